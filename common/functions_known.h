/*
 * functions_known.h - names of PostgreSQL's own functions, which are found
 * before those of schema public.
 */
#ifndef WM_FUNCTIONS_KNOWN_H
#define WM_FUNCTIONS_KNOWN_H

#include "wm.h"

/*
 * function_known - whether pg_catalog has a function of that name, which SQL may
 * call; of whatever arguments. O(log names).
 */
bool function_known(const char *name);

#endif
