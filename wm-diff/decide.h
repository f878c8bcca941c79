/*
 * decide.h - the least harmful action that takes an object from its recorded
 * form to its form in the source.
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "diff.h"

/*
 * decide - set the fate of every change, apart from what dependents demand.
 *
 * Returns false where the server could not be asked; refusals are reported
 * through diag_refuse.
 */
WM_MUST bool decide(struct diff *d);

#endif
