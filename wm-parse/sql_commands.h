/*
 * sql_commands.h - an ALTER TABLE as statements of one command each.
 */
#ifndef SQL_COMMANDS_H
#define SQL_COMMANDS_H

#include "sql.h"
#include "vec.h"

/*
 * sql_commands - the commands of an ALTER TABLE, a statement for each.
 *
 * table   what the table is called in them, as SQL
 * out     appended to; const char *, in the arena
 *
 * Returns false, silently, where the text cannot be scanned.
 */
WM_MUST bool sql_commands(struct arena *mem, const char *text,
    const struct sql_stmt *st, const char *table, struct vec *out);

#endif
