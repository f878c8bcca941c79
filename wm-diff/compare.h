/*
 * compare.h - one comparison: both sides in, a plan out.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "diff.h"

/*
 * compare - pair the target's objects with the origin's, decide what becomes of
 * each, and fill the plan.
 *
 * d   both models read, plan.from set
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool compare(struct diff *d);

#endif
