/*
 * leavers.h - tables that leave something behind: what goes for good waits for
 * them.
 */
#ifndef LEAVERS_H
#define LEAVERS_H

#include "diff.h"

/*
 * leavers_find - what goes and a table is altered to do without goes late, and
 * becomes a use of the table's last steps: types, functions, collations that it
 * names, the schema that it moves out of, extensions.
 *
 * d   hops_find has run; fates are not decided
 */
void leavers_find(struct diff *d);

#endif
