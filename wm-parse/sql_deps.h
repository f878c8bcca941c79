/*
 * sql_deps.h - dependencies of objects from plain SQL.
 */
#ifndef SQL_DEPS_H
#define SQL_DEPS_H

#include "sql_source.h"

/*
 * deps_circles - find tables that could not be made as they stand: inside of
 * their CREATE TABLE they refer to one behind it, which needs them in turn.
 *
 * out   appended to: struct made *
 */
void deps_circles(struct parse *p, struct vec *out);

/*
 * deps_find - resolve all references; fill in the objects' dependencies so that
 * the list can be built in their order: a statement that would close a circle
 * becomes an object of its own; of what functions' bodies use, what would
 * close one is left out.
 */
void deps_find(struct parse *p);

#endif
