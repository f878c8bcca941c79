/*
 * build.h - from decided changes to the steps of the plan, in order.
 */
#ifndef BUILD_H
#define BUILD_H

#include "diff.h"

/*
 * build_plan - fill d->plan.
 *
 * Returns false once a failure has been reported: of the server, or a circle
 * among the objects to be made.
 */
WM_MUST bool build_plan(struct diff *d);

#endif
