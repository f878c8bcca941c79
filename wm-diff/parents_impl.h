/*
 * parents_impl.h - what the parts that look after tables above others share:
 * who is above whom (above.c), structures with what comes from there (whole.c),
 * what reaches a table from above, or stays where it leaves (reach.c), and what
 * is to come from above alone (parents.c).
 */
#ifndef PARENTS_IMPL_H
#define PARENTS_IMPL_H

#include "alter_impl.h"

/* One table above, on one side. */
struct parent {
	struct change *table;	/* NULL: the side does not have it */
	struct ident id;
	const struct json *bound;	/* of a partition; or NULL */
	struct change *object;	/* that attaches it; NULL: its own text does */
	bool joined;		/* by INHERIT, behind CREATE TABLE */
};

/* parents_of - those above a table, on one side; struct parent *, appended. */
void parents_of(struct diff *d, struct change *c, bool old, struct vec *out);

/*
 * parents_structure - a table as its text has it, with what that says of
 * columns from above filled in; the caller clears it.
 *
 * c       may be NULL
 * depth   as alter_expand
 *
 * Returns NULL where the side does not have it, or it cannot be read.
 */
struct table *parents_structure(struct diff *d, struct change *c, bool old,
    int depth);

/*
 * parents_copy_column, parents_copy_con - give a table another one's column, or
 * constraint, as one from above: so it is checked, whatever is above, since a
 * new table has it before it has rows. Return the copy, in the arena.
 *
 * above   the table that the column is of
 */
struct column *parents_copy_column(struct arena *mem, struct table *t,
    const struct column *from, const struct table *above);
struct con *parents_copy_con(struct arena *mem, struct table *t,
    const struct con *from);

/* parents_forget_con - take constraints of that name out of a structure. */
void parents_forget_con(struct table *t, const char *name);

/* parents_is_inherited - whether tables below get a constraint: checks do. */
bool parents_is_inherited(const struct con *k);

/*
 * parents_take_over - give a structure what it has through a table above, where
 * the other side's text says it itself.
 *
 * t       changed
 * other   the other side's structure
 * above   NULL: nothing
 */
void parents_take_over(struct alter *a, struct table *t,
    const struct table *other, const struct table *above);

/*
 * parents_reach - a table that stays above: its alteration comes first, and
 * reaches the one below, whose old structure is changed.
 */
void parents_reach(struct alter *a, const struct parent *up, struct table *to);

/*
 * parents_leave - have a table leave one above before anything else, so that it
 * may go or change.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool parents_leave(struct alter *a, const struct parent *up,
    const struct table *to);

#endif
