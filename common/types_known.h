/*
 * types_known.h - names of types that the server has by itself.
 */
#ifndef WM_TYPES_KNOWN_H
#define WM_TYPES_KNOWN_H

#include "wm.h"

/*
 * type_known - whether pg_catalog has a type of that name, or the parser takes
 * it for one, such as "serial". O(log names).
 */
bool type_known(const char *name);

#endif
