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

void
table_names(struct arena *mem, struct table *t)
{
	static const struct {
		enum con_kind kind;
		const char *label;
	} passes[] = { { CON_CHECK, "check" }, { CON_PRIMARY, "pkey" },
		{ CON_UNIQUE, "key" }, { CON_EXCLUDE, "excl" },
		{ CON_FOREIGN, "fkey" } };
	WM_MAP used = MAP_INIT;

	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *c = t->cons.v[i];

		if (c->name != NULL)
			map_put(&used, c->name, c);
	}
	for (size_t p = 0; p < WM_LEN(passes); p++) {
		for (size_t i = 0; i < t->cons.n; i++) {
			struct con *c = t->cons.v[i];
			WM_SBUF cols = SBUF_INIT;
			const char *b = NULL, *name;

			if (c->kind != passes[p].kind || c->name != NULL)
				continue;
			for (size_t x = 0; x < c->cols.n; x++)
				sbuf_printf(&cols, "%s%s", x ? "_" : "",
				    (const char *)c->cols.v[x]);
			if (c->kind == CON_UNIQUE || c->kind == CON_EXCLUDE)
				including(c->node, &cols);
			if (c->kind == CON_CHECK)
				b = c->cols.n == 1 ? c->cols.v[0] : NULL;
			else if (c->kind != CON_PRIMARY)
				b = sbuf_str(&cols);
			name = table_object_name(mem, t->id.name, b,
			    passes[p].label);
			for (int n = 1; map_get(&used, name) != NULL; n++)
				name = table_object_name(mem, t->id.name, b,
				    arena_printf(mem, "%s%d", passes[p].label,
				    n));
			c->name = name;
			map_put(&used, name, c);
		}
	}
}
