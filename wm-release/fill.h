/*
 * fill.h - rows made up for every table of a database, such as its constraints
 * allow.
 */
#ifndef FILL_H
#define FILL_H

#include "wm.h"

#include <libpq-fe.h>

#include "vec.h"

struct arena;

/* What became of a table. */
struct fill_table {
	const char *name;	/* qualified and quoted */
	int rows;		/* that were put in */
	const char *reason;	/* why there are none; NULL where there are */
};

/*
 * fill_rules - read what a database demands of rows, for fill_database of
 * another one.
 *
 * out   of private records; strings in the arena, vectors inside are freed by
 *       fill_rules_clear
 */
WM_MUST bool fill_rules(PGconn *db, struct arena *mem, struct vec *out);
void fill_rules_clear(struct vec *rules);

/*
 * fill_database - put some rows into every table outside of schema wm. They
 * satisfy all its constraints; and, where that can be, what later releases of
 * the schema will demand: an upgrade is refused, rightly, where rows break a
 * new constraint. Equal databases get equal rows. Triggers run, unless no row
 * gets in with them.
 *
 * later  rules of later releases; names that are not here are ignored
 * out    appended to: one struct fill_table * for each table, in the arena
 *
 * Returns false once a failure has been reported. A table without rows is none.
 */
WM_MUST bool fill_database(PGconn *db, struct arena *mem,
    const struct vec *later, struct vec *out);

#endif
