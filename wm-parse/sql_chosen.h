/*
 * sql_chosen.h - names that the server chooses for what comes with a table,
 * where they are others than it would choose when the list is built: the table
 * was called differently then, or another one had the name.
 */
#ifndef SQL_CHOSEN_H
#define SQL_CHOSEN_H

#include "sql_source.h"
#include "table.h"

/* One of them; the table's statements are folded then (sql_fold.h). */
struct chosen {
	const char *column;	/* whose sequence it is; NULL: a constraint */
	const char *usual;	/* what it would be called */
	const char *name;
	struct vec cols;	/* of const char *: a constraint's */
	bool used;
	bool gone;		/* another one may have the name */
};

/*
 * chosen_names - let a table be found by the indexes and sequences that come
 * with it, and note those whose names are not the usual ones.
 */
void chosen_names(struct parse *p, struct made *m, const struct table *t);

/*
 * chosen_settle - at the end of all: sequences keep to the usual name where
 * that is taken by an object that stays in front of the table. The server will
 * do so again, and the column stays as it is written.
 */
void chosen_settle(const struct parse *p, struct made *m);

/* chosen_added - the same of what an ALTER TABLE adds. */
void chosen_added(struct parse *p, struct made *m, const char *text,
    const struct sql_stmt *st);

#endif
