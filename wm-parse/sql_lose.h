/*
 * sql_lose.h - what a table loses when something else is dropped with CASCADE:
 * foreign keys, checks, defaults, columns. Its text says that it drops them
 * (sql_fold.h).
 */
#ifndef SQL_LOSE_H
#define SQL_LOSE_H

#include "sql_source.h"

/* A column that goes along. */
struct lost_column {
	const struct made *of;
	const char *name;
};

/*
 * lose_parts - have tables lose what names an object that is gone.
 *
 * at         where that is dropped
 * out_cols   of struct lost_column *: appended to
 */
void lose_parts(struct parse *p, const struct made *with,
    const struct loc *at, struct vec *out_cols);

/*
 * lose_keys - have tables lose the foreign keys that rest on columns of one: a
 * unique index or a key goes, or a column.
 *
 * cols   of const char *
 * any    one of them is enough
 */
void lose_keys(struct parse *p, const struct ident *table,
    const struct vec *cols, bool any, const struct loc *at);

/*
 * lose_by_command - the same for what an ALTER TABLE drops with CASCADE.
 */
void lose_by_command(struct parse *p, const struct ident *table,
    const struct json *cmd, const struct loc *at);

#endif
