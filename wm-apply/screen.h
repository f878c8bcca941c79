/*
 * screen.h - what is wrong with a plan before any server is asked.
 */
#ifndef WM_SCREEN_H
#define WM_SCREEN_H

#include "wm.h"

#include "apply.h"
#include "plan.h"

/*
 * screen_plan - refuse hazards that --deny names; report statements that
 * would end the transaction, or want data from the client.
 *
 * Returns false once all of them have been reported.
 */
WM_MUST bool screen_plan(const struct plan *p, const struct apply_opts *o);

#endif
