/*
 * plpgsql.h - PL/pgSQL in other words, for a parser without a catalog.
 */
#ifndef WM_PLPGSQL_H
#define WM_PLPGSQL_H

#include "wm.h"

struct arena;

/*
 * plpgsql_plain - a CREATE FUNCTION or DO statement without what libpg_query's
 * PL/pgSQL parser turns down for want of types: cursors, aliases of unnamed
 * parameters, collations of variables, RETURN NEXT of what has output
 * parameters. Queries stay, and each line stays where it is.
 *
 * Returns NULL where the statement has none of them, or cannot be scanned.
 */
const char *plpgsql_plain(struct arena *mem, const char *stmt);

#endif
