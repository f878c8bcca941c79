/*
 * sql_do_value.h - expressions of a PL/pgSQL block that can be told without a
 * server: constants, variables that have got one, a few functions, and what the
 * catalog is asked.
 */
#ifndef SQL_DO_VALUE_H
#define SQL_DO_VALUE_H

#include "sql_known.h"

struct do_value {
	bool known;
	bool list;		/* an array; then items */
	const char *text;	/* "true", "false"; NULL: null */
	struct vec items;	/* of const char * */
};

/* Where expressions are evaluated. */
struct do_scope {
	struct arena *mem;
	const struct known *known;
	struct map vars;	/* of struct do_value * */
	const char *setting;	/* set: one that is taken as not set */
};

/* do_value - the value of an expression; not known where that is not clear. */
struct do_value do_value(struct do_scope *s, const char *expression);

/* do_query - the value of a query's first column, if it has one row. */
struct do_value do_query(struct do_scope *s, const char *query);

/* do_set - give a variable a value. */
void do_set(struct do_scope *s, const char *name, const struct do_value *v);

/* do_is - whether a value is known, and true; or false. */
bool do_is(const struct do_value *v, bool wanted);

#endif
