/*
 * sql_fold.h - a table as it is in the end: where a script takes back what it
 * has said of one (drops a column, renames it, gives it another type), the
 * statements become one CREATE TABLE of what is left, and foreign keys behind
 * it: these may close a circle, and are made last then.
 *
 * Otherwise a text would have to be run with all that stood around it when it
 * was written: tables and functions that are gone, keys that others had then.
 */
#ifndef SQL_FOLD_H
#define SQL_FOLD_H

#include "sql_source.h"

/*
 * fold_wanted - whether a statement about a table takes back what stands before
 * it; or says several things that may have to stand apart.
 */
bool fold_wanted(const struct sql_stmt *st);

/*
 * fold_tables - when the owners of all statements are known, and before it is
 * looked up what they need. Tables of which something is not understood keep
 * their statements as they are.
 */
void fold_tables(struct parse *p);

#endif
