/*
 * attic.h - dropped data that is kept, in schema wm_attic, for the way back.
 *
 * Each table there holds one dropped column beside the key of its rows, or a
 * whole dropped table; wm_attic.kept says which.
 */
#ifndef ATTIC_H
#define ATTIC_H

#include "alter_impl.h"

/* What the attic has of an object. */
struct kept {
	const char *obj_nam;	/* of the table, as it was named then */
	const char *col;	/* NULL: all of it */
	int release;		/* that dropped it; 0: it was drift */
	const char *place;	/* where it is, quoted */
	struct vec keys;	/* of const char *: columns of the key */
};

/*
 * attic_start - find out what is kept already, where that is needed to name
 * more: of drift. To be called before anything is decided.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool attic_start(struct diff *d);

/* attic_column - plan to keep a column that is about to be dropped. */
void attic_column(struct alter *a, const char *col);

/*
 * attic_table_sql - statements that keep a table that is about to be dropped.
 *
 * out   of const char *, appended to
 */
void attic_table_sql(struct diff *d, const char *obj_nam, const char *fq,
    struct vec *out);

/*
 * attic_open_sql - statements that make the attic where it is missing; NULL
 * where nothing is kept by this plan.
 */
const char *attic_open_sql(const struct diff *d);

/*
 * attic_read - what the database has kept since a release, the newest first.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool attic_read(struct diff *d, int since);

/* attic_find - what was kept of a column (NULL: a table) by a release. */
const struct kept *attic_find(const struct diff *d, const char *obj_nam,
    const char *col, int release);

/* attic_done_sql - a statement behind the one that has brought it back. */
const char *attic_done_sql(struct diff *d, const struct kept *k);

/* attic_clear - free what attic_read has brought. */
void attic_clear(struct diff *d);

#endif
