/*
 * sql_parts.h - indexes of partitions that are part of one on all of them, and
 * constraints that are made of these.
 */
#ifndef SQL_PARTS_H
#define SQL_PARTS_H

#include "sql_source.h"

/*
 * parts_implied - the index on all partitions that brings the one of which a
 * statement makes a constraint; it gets its partition as a need, and how both
 * go.
 *
 * a   names an index that no statement creates
 *
 * Returns NULL where there is none.
 */
struct made *parts_implied(struct parse *p, struct attached *a);

/*
 * parts_drops - when all is resolved: let the drop of an index on all
 * partitions take the constraints along that are made of its parts, which do
 * not go without it.
 */
void parts_drops(struct parse *p);

#endif
