/*
 * init.h - SQL that gives a new database its first rows.
 */
#ifndef INIT_H
#define INIT_H

#include "diff.h"

/* init_any - whether the list's init texts are to run: on a new database, or
 * where that was asked for. */
bool init_any(const struct diff *d);

/* init_steps - add them to the plan, behind all else. */
void init_steps(struct diff *d);

#endif
