/*
 * decide_impl.h - what the files of decide.h share: decide.c has the table of
 * types, decide_view.c, decide_sequence.c and decide_routine.c how some change.
 */
#ifndef DECIDE_IMPL_H
#define DECIDE_IMPL_H

#include "decide.h"

/*
 * A decide_fn sets the fate of an object whose text has changed, and is SQL on
 * both sides. Returns false once a failure of the server has been reported.
 */
typedef bool decide_fn(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is);

decide_fn decide_view, decide_sequence, decide_function, decide_aggregate;

/* decide_replaced - what OR REPLACE makes of it, keeps who uses it. */
decide_fn decide_replaced;

/* decide_fate - set it; the reason is not copied. */
void decide_fate(struct change *c, enum fate f, const char *reason);

/* decide_recreate - dropped and made again; returns true. */
bool decide_recreate(struct change *c, const char *reason);

/*
 * decide_repeatable - whether everything behind the first statement can be run
 * again: nothing that the old text made is missing from the new one. Settings
 * that go are taken back early then.
 */
bool decide_repeatable(struct diff *d, struct change *c,
    const struct parsed *was, const struct parsed *is);

/* decide_same_first - whether both first statements make the same thing. */
bool decide_same_first(struct diff *d, const struct parsed *was,
    const struct parsed *is);

#endif
