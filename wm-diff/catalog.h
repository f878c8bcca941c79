/*
 * catalog.h - what the server's catalog says hangs on objects, and how it
 * makes them again.
 */
#ifndef CATALOG_H
#define CATALOG_H

#include "diff.h"

/* An object of the catalog that hangs on something that is dropped. */
struct closure_node {
	const char *id;		/* "classid/objid" */
	int cls;		/* enum ident_class, or 0 */
	const char *kind;	/* "v", "trigger", "constraint", ... */
	const char *sch;	/* NULL where it has none */
	const char *nam;
	const char *tab;	/* of a trigger, constraint, ...; or NULL */
	const char *args;	/* of a function, an operator; or NULL */
	const char *text;	/* for messages: what and which */
	const char *owner;	/* id of what it belongs to, or NULL */
	const char *create_sql;	/* NULL: only its maker knows */
	const char *drop_sql;
	struct vec needs;	/* of const char *: ids */
	struct vec restore;	/* of struct closure_fact * */
	struct change *change;	/* ours; NULL: somebody else's */
	struct change *part;	/* ours, made by a further statement of it */
	struct change *table;	/* ours, whose default or constraint it is: a
				   table or a domain */
	struct closure_node *more;	/* next that is made by the same text */
	bool wanted;		/* asked for; not met on the way */
	struct change *after;	/* it is made again behind that one; or NULL */
	bool stays_out;		/* dropped, and made again by a text */
	bool survives;		/* a domain that only its default ties to what
				   goes: create_sql and drop_sql are of that */
};

/* Something that was done to an object since it was made. */
struct closure_fact {
	const char *about;	/* "owner", "comment|COLUMN": see restore.h */
	const char *sql;	/* does it again */
};

/* What has been read of the catalog; zero-initialise it. */
struct catalog {
	struct map by_id;	/* struct closure_node * */
	struct map by_key;	/* the same, by full identity */
};

void catalog_clear(struct catalog *c);

/*
 * catalog_fetch - read what changes take away, and all that hangs on it.
 *
 * c       filled; a node that is there already stays as it is
 * start   struct change *
 *
 * New nodes are appended to d->nodes; those of ours are chained to their
 * changes. Returns false once a failure of the server has been reported.
 */
WM_MUST bool catalog_fetch(struct diff *d, struct catalog *c,
    const struct vec *start);

/*
 * catalog_constraint - the record's object that is a constraint of a table;
 * NULL where none is: its table's text may have it.
 */
struct change *catalog_constraint(struct diff *d, const char *schema,
    const char *table, const char *name);

/*
 * catalog_users - refuse to drop columns that something else reads, which is
 * none of ours and would be made again as it is.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool catalog_users(struct diff *d, const struct catalog *c);

/*
 * node_comes_first - whether a node of a table is made again before the table
 * gets its new form: a default or a constraint; the new form may have another.
 */
bool node_comes_first(const struct closure_node *n);

/* catalog_chain - put a node to all that the change's text has made. */
void catalog_chain(struct change *c, struct closure_node *n);

#endif
