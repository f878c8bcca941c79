/*
 * privileges.h - what the role that runs a plan has to be allowed to do.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "diff.h"

/*
 * privileges - add to the plan what its steps need: wm-apply asks for all of it
 * before the first step, and names what is missing.
 */
void privileges(struct diff *d);

#endif
