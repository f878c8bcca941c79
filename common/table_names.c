/* Names that the server chooses for what belongs to a table. */
#include "table.h"

#include "arena.h"
#include "map.h"
#include "sbuf.h"

#define NAME_MAX_BYTES 63	/* NAMEDATALEN - 1 */

/* Bytes of the first n bytes of s that end with a whole character. */
static size_t
clip(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Source: makeObjectName, in PostgreSQL's indexcmds.c. */
const char *
table_object_name(struct arena *mem, const char *a, const char *b,
    const char *label)
{
	size_t la = strlen(a), lb = b ? strlen(b) : 0;
	size_t over = strlen(label) + 1 + (b ? 1 : 0);

	while (la + lb > NAME_MAX_BYTES - over) {
		if (la > lb)
			la--;
		else
			lb--;
	}
	la = clip(a, la);
	lb = b ? clip(b, lb) : 0;
	return arena_printf(mem, "%.*s%s%.*s_%s", (int)la, a, b ? "_" : "",
	    (int)lb, b ? b : "", label);
}

/* Columns behind INCLUDE are in an index's name. */
static void
including(const struct json *node, struct sbuf *out)
{
	const struct json *l = json_get(node, "including");

	for (const struct json *j = l ? l->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL)
			sbuf_printf(out, "_%s", sql_string(j));
}

/*
 * The kinds in the order in which the server finds their names.
 *
 * Source: transformCreateStmt, in PostgreSQL's parse_utilcmd.c, whose steps run
 * behind the one that makes the table with its checks.
 */
static const struct {
	enum con_kind kind;
	const char *label;
} passes[] = { { CON_CHECK, "check" }, { CON_PRIMARY, "pkey" },
	{ CON_UNIQUE, "key" }, { CON_EXCLUDE, "excl" },
	{ CON_FOREIGN, "fkey" } };

/* What stands between the table's name and the label; NULL: nothing does. */
static const char *
columns_part(struct arena *mem, const struct con *c)
{
	WM_SBUF b = SBUF_INIT;

	if (c->kind == CON_PRIMARY || (c->kind == CON_CHECK &&
	    c->cols.n != 1))
		return NULL;
	for (size_t i = 0; i < c->cols.n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? "_" : "",
		    (const char *)c->cols.v[i]);
	if (c->kind == CON_UNIQUE || c->kind == CON_EXCLUDE)
		including(c->node, &b);
	return sbuf_take(&b, mem);
}

const char *
con_object_name(struct arena *mem, const char *table, const struct con *c,
    int n)
{
	size_t p = 0;

	while (passes[p].kind != c->kind)
		p++;
	return table_object_name(mem, table, columns_part(mem, c), n == 0 ?
	    passes[p].label : arena_printf(mem, "%s%d", passes[p].label, n));
}

void
table_names(struct arena *mem, struct table *t)
{
	WM_MAP used = MAP_INIT;

	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *c = t->cons.v[i];

		if (c->name != NULL)
			map_put(&used, c->name, c);
	}
	for (size_t p = 0; p < WM_LEN(passes); p++) {
		for (size_t i = 0; i < t->cons.n; i++) {
			struct con *c = t->cons.v[i];
			int n = 0;

			if (c->kind != passes[p].kind || c->name != NULL)
				continue;
			do {
				c->name = con_object_name(mem, t->id.name, c,
				    n);
				c->number = n++;
			} while (map_get(&used, c->name) != NULL);
			map_put(&used, c->name, c);
		}
	}
}
