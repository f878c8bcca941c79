/*
 * sql_path.h - names without a schema, where a script has set its search_path:
 * they get the schema that psql would have found them in, so that no text
 * depends on what stands before it.
 *
 * That can be told of what the sources make, and of what an extension brings,
 * where only one can be meant. Bodies in strings stay as they are: they are
 * read with the path of whoever calls them.
 */
#ifndef SQL_PATH_H
#define SQL_PATH_H

#include "sql_reader.h"

/* path_qualify - give the names of the statement at hand their schemas. */
void path_qualify(struct reader *r);

/*
 * path_ahead - the same in a statement of which the ones before it have not
 * been read: what is not known is made by them. Where it is one that sets the
 * path, that is set.
 *
 * r   its text is the statement; for this alone: its marks, and the session
 * that
 *     its scripts have, are changed
 */
void path_ahead(struct reader *r);

/* path_home - remember the schema that an extension's members get. */
void path_home(struct reader *r, const struct made *m,
    const struct sql_stmt *st);

#endif
