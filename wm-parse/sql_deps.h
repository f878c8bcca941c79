/*
 * sql_deps.h - dependencies of objects from plain SQL.
 */
#ifndef SQL_DEPS_H
#define SQL_DEPS_H

#include "sql_source.h"

/*
 * deps_find - resolve all references; fill in the objects' dependencies so that
 * the list can be built in their order: a statement that would close a circle
 * becomes an object of its own; of what functions' bodies use, what would
 * close one is left out.
 */
void deps_find(struct parse *p);

#endif
