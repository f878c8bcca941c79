/*
 * known.h - names of what the server has by itself, and finds before those of
 * schema public.
 */
#ifndef WM_KNOWN_H
#define WM_KNOWN_H

#include "wm.h"

/*
 * type_known - whether pg_catalog has a type of that name, or the parser takes
 * it for one, such as "serial". O(log names).
 */
bool type_known(const char *name);

/*
 * function_known - whether pg_catalog has a function of that name, which SQL
 * may call; of whatever arguments. O(log names).
 */
bool function_known(const char *name);

#endif
