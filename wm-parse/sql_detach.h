/*
 * sql_detach.h - partitions that a script detaches.
 */
#ifndef SQL_DETACH_H
#define SQL_DETACH_H

#include "sql_source.h"

/*
 * detach_take - what the script has attached and detaches again: neither
 * statement is left. Of what was created as a partition, DETACH is a statement
 * as others are.
 *
 * a     the statement, not yet among those of p
 * cmd   its AlterTableCmd
 */
void detach_take(struct parse *p, struct attached *a, const struct json *cmd);

/*
 * detach_undo - the ALTER TABLE that attaches a partition again where it was
 * created; in p's arena.
 *
 * Returns NULL where the statement detaches none that the script has created.
 */
const char *detach_undo(const struct parse *p, const struct sql_stmt *st);

#endif
