/*
 * sequences.h - sequences that one side makes with a column (serial, identity),
 * and the other by a statement of their own.
 *
 * It is one sequence, and where it stands is data: it is neither dropped nor
 * made, but handed over.
 */
#ifndef SEQUENCES_H
#define SEQUENCES_H

#include "diff.h"

/*
 * sequences_follow - mark tables that stay as they are, but for the names of
 * their columns' sequences, which others take or leave.
 */
void sequences_follow(struct diff *d);

/*
 * sequences_hand_over - find those sequences, and see to their own changes; to
 * be called before anything is decided.
 *
 * add   as in adopt_rest
 */
void sequences_hand_over(struct diff *d, struct change *(*add)(struct diff *,
    const struct object *, const struct object *));

/*
 * sequences_handed - whether the sequence of that name is made with a column on
 * one side only: the table's alteration then takes care of the column.
 */
bool sequences_handed(const struct diff *d, const char *schema,
    const char *name);

/*
 * sequences_free_name - the name that the server gives to a column's sequence,
 * where sequences of the source have the first ones.
 *
 * table, col   names, without schema
 */
const char *sequences_free_name(struct diff *d, const char *schema,
    const char *table, const char *col);

/* sequences_old_name - the same, as the recorded texts had it. */
const char *sequences_old_name(struct diff *d, const char *schema,
    const char *table, const char *col);

/*
 * sequences_wait - have sequences that left the source go when the tables that
 * use them have been altered, and those that stay be released by tables that
 * go; to be called when all is decided.
 */
void sequences_wait(struct diff *d);

#endif
