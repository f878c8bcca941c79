/*
 * tables.h - whether every table can go from what it is in the last release to
 * what it is now, as far as that can be told without a server.
 */
#ifndef TABLES_H
#define TABLES_H

#include "wm.h"

#include "command.h"

/*
 * tables_check - compare the tables of a list with those of the last release:
 * declared migrations have to lead from one to the other, but for columns that
 * are new and types that cast by themselves.
 *
 * Returns false once what is missing has been refused, with the command that
 * declares it.
 */
WM_MUST bool tables_check(struct session *s, const struct model *list);

#endif
