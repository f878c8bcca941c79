/*
 * sql_heirs.h - who is whose child, in the order of the script: a constraint
 * may be another thing for children that stand before it.
 */
#ifndef SQL_HEIRS_H
#define SQL_HEIRS_H

#include "sql_source.h"

/* heirs_find - fill in the heirs of all tables. */
void heirs_find(struct parse *p);

/*
 * heirs_wait - a constraint that children which are there have otherwise than
 * those made later: it becomes an object of its own, between these and those.
 *
 * a   not resolved
 *
 * Returns false, with nothing done, where it is part of its table.
 */
bool heirs_wait(struct parse *p, struct attached *a);

/*
 * heirs_join - let a partition be attached behind the constraints that were
 * resolved before it.
 *
 * m   what attaches it
 */
void heirs_join(struct parse *p, struct made *m);

#endif
