#include "sql_parts.h"

#include "sql_needs.h"
#include "sql_owner.h"
#include "table.h"

/* As many names of one kind as are looked for. */
enum { ATTEMPTS = 100 };

/*
 * Whether an index of a partition has the name that the server gives it where
 * it comes with one on all.
 */
static bool
named_after(struct parse *p, const struct made *all, const char *table,
    const char *index)
{
	WM_SBUF cols = SBUF_INIT;

	for (size_t i = 0; i < all->cols.n; i++) {
		const char *col = all->cols.v[i];

		sbuf_printf(&cols, "%s%s", i > 0 ? "_" : "", *col != '\0' ?
		    col : "expr");
	}
	for (int n = 0; n < ATTEMPTS; n++)
		if (strcmp(table_object_name(p->mem, table, sbuf_str(&cols),
		    n == 0 ? "idx" : arena_printf(p->mem, "idx%d", n)), index)
		    == 0)
			return true;
	return false;
}

static struct made *
index_on(struct parse *p, const struct made *t, const char *table,
    const char *index)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (!m->gone && !m->only && m->on_table != NULL &&
		    strcmp(m->on_table, t->id.name) == 0 &&
		    strcmp(m->on_schema, t->id.schema) == 0 &&
		    named_after(p, m, table, index))
			return m;
	}
	return NULL;
}

static void
drop_cascade(struct parse *p, struct made *all)
{
	all->o->drop = arena_printf(p->mem, "drop index if exists %s cascade;",
	    all->o->nam);
}

struct made *
parts_implied(struct parse *p, struct attached *a)
{
	struct made *m = sql_bare(p, ID_RELATION, a->id.schema, a->id.name);
	struct made *all = NULL;
	const char *nulls;

	if (m == NULL || a->id.table == NULL)
		return NULL;
	for (struct made *t = m; all == NULL && (t = owner_parent(p, t)) !=
	    NULL;)
		all = index_on(p, t, a->id.name, a->id.table);
	if (all == NULL || all->foreign)
		return NULL;
	needs_add(all, m->partition != NULL ? m->partition : m);
	a->owner = all;
	nulls = constraint_nulls(p, a);
	drop_cascade(p, all);
	if (nulls != NULL)
		all->o->drop = arena_printf(p->mem, "%s\n%s;", all->o->drop,
		    nulls);
	return all;
}

void
parts_drops(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i], *all = m->whole;

		if (m->gone || (!m->keyed && !m->key_parts))
			continue;
		if (m->key_parts)
			all = m;
		for (; all != NULL; all = all->whole)
			if (all->on_table != NULL)
				drop_cascade(p, all);
	}
}
