/* The structure of a CREATE TABLE text. */
#include "tap.h"

#include "arena.h"
#include "sbuf.h"
#include "table.h"

static struct table *
read_table(struct arena *mem, const char *sql)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	return sql_parse(mem, sql, &st, &n, &err) ? table_parse(mem, sql, st,
	    n) : NULL;
}

/* Names of the constraints, a blank behind each. */
static void
names(struct arena *mem, const char *sql, const char *expected)
{
	struct table *t = read_table(mem, sql);
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; t != NULL && i < t->cons.n; i++)
		sbuf_printf(&b, "%s ", ((struct con *)t->cons.v[i])->name);
	ok(strcmp(sbuf_str(&b), expected) == 0, "%s", sql);
	if (strcmp(sbuf_str(&b), expected) != 0)
		printf("# %s\n", sbuf_str(&b));
	table_clear(t);
}

int
main(void)
{
	struct arena *mem = arena_new();
	struct table *t;

	names(mem, "create table t (a int primary key, b int unique)",
	    "t_pkey t_b_key ");
	names(mem, "create table t (a int primary key, unique (a))",
	    "t_pkey ");
	names(mem, "create table t (a int primary key, constraint u unique "
	    "(a))", "u ");
	names(mem, "create table t (a int unique, unique (a), unique (a) "
	    "deferrable)", "t_a_key t_a_key1 ");
	names(mem, "create table t (a int, b int, unique (a, b), unique (b, "
	    "a))", "t_a_b_key t_b_a_key ");

	t = read_table(mem, "create table t of ty (a with options not null)");
	ok(t != NULL && t->unknown != NULL && t->columns.n == 1 &&
	    ((struct column *)t->columns.v[0])->not_null,
	    "a typed table says what its text has, and that more is unknown");
	table_clear(t);
	arena_freep(&mem);
	return tap_done();
}
