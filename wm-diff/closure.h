/*
 * closure.h - what PostgreSQL will not let live through a drop: taken out of
 * the way and made again, by whoever it was made.
 */
#ifndef CLOSURE_H
#define CLOSURE_H

#include "diff.h"

/* An object of the catalog that hangs on something that is dropped. */
struct closure_node {
	const char *id;		/* "classid/objid" */
	int cls;		/* enum ident_class, or 0 */
	const char *kind;	/* "v", "trigger", "constraint", ... */
	const char *nam;
	const char *text;	/* for messages: what and which */
	const char *owner;	/* id of what it belongs to, or NULL */
	const char *create_sql;	/* NULL: only its maker knows */
	const char *drop_sql;
	struct vec needs;	/* of const char *: ids */
	struct vec restore;	/* of struct closure_fact * */
	struct change *change;	/* ours; NULL: somebody else's */
	struct change *part;	/* ours, made by a further statement of it */
	struct change *table;	/* ours, whose default or constraint it is */
	struct closure_node *more;	/* next that is made by the same text */
	bool wanted;		/* asked for; not met on the way */
};

/* Something that was done to an object since it was made. */
struct closure_fact {
	const char *about;	/* "owner", "comment|COLUMN": see restore.h */
	const char *sql;	/* does it again */
};

/*
 * closure - spread FATE_RECREATE to what hangs on the objects that are dropped
 * or recreated; refuse what cannot be made again.
 *
 * Foreign objects to drop and make again go to d->foreign. Returns false once
 * a failure of the server has been reported; refusals go to diag_refuse.
 */
WM_MUST bool closure(struct diff *d);

#endif
