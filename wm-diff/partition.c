#include "partition.h"

#include "needs.h"

static bool
is_kind(const struct change *c, const char *kind)
{
	return strcmp(change_object(c)->kind->name, kind) == 0;
}

/* Whether a partition is detached. */
static bool
detached(const struct change *c)
{
	return is_kind(c, "partition") && c->old != NULL && c->old->built &&
	    !c->late && (c->fate == FATE_DROP || c->fate == FATE_RECREATE);
}

bool
partition_attaches(const struct change *all, const struct change *index)
{
	return vec_has_string(&all->old->deps, index->old->key);
}

/* Whether an index of the partition has been attached to one, or below it. */
static bool
attached_by(struct diff *d, const struct change *part,
    const struct change *all, int depth)
{
	for (size_t i = 0; i < all->old->deps.n; i++) {
		const char *dep = all->old->deps.v[i];
		const struct change *c;

		if (strncmp(dep, "index:", 6) != 0)
			continue;
		c = map_get(&d->by_key, dep);
		if (vec_has_string(&part->old->deps, dep) || (c != NULL &&
		    c->old != NULL && depth < 100 &&
		    attached_by(d, part, c, depth + 1)))
			return true;
	}
	return false;
}

bool
partition_outlives(const struct diff *d, const struct change *index,
    const struct change *all)
{
	if (!partition_attaches(all, index))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		if (detached(c) && vec_has_string(&c->old->deps,
		    index->old->key))
			return true;
	}
	return false;
}

/* Whether an index is on the table that a partition is detached from. */
static bool
same_table(struct diff *d, struct change *part, struct change *index)
{
	const struct ident *id = change_ident(d, index, true);
	const struct json *rv;
	const char *schema, *name;
	struct parsed *p;

	if (id == NULL || id->table == NULL ||
	    !change_parse(d, part, true, &p) || p->n == 0)
		return false;
	rv = json_get(p->stmts[0].node, "relation");
	schema = json_str(rv, "schemaname");
	name = json_str(rv, "relname");
	return name != NULL && strcmp(id->table, name) == 0 &&
	    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0;
}

/* Whether a table is made as a partition. */
static bool
born_partition(struct diff *d, struct change *c)
{
	struct parsed *p;

	return is_kind(c, "table") && c->old != NULL &&
	    change_parse(d, c, true, &p) && p->n > 0 &&
	    json_get(p->stmts[0].node, "partbound") != NULL;
}

/*
 * An index of a partition may be part of one on all partitions, which then does
 * not let it go alone: it goes with its table.
 */
static void
go_with_table(struct diff *d, struct graph *g, const size_t *at,
    struct change *index, const struct vec *tables)
{
	const struct ident *id = change_ident(d, index, true);

	for (size_t i = 0; id != NULL && id->table != NULL && i < tables->n;
	    i++) {
		struct change *t = tables->v[i];
		const struct ident *tid = change_ident(d, t, true);

		if (strcmp(tid->name, id->table) == 0 &&
		    strcmp(tid->schema, id->schema) == 0)
			graph_edge(g, at[t->index] - 1, at[index->index] - 1,
			    true);
	}
}

void
partition_edges(struct diff *d, struct graph *g, const size_t *at)
{
	WM_VEC parts = VEC_INIT;
	WM_VEC tables = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (at[i] > 0 && detached(c))
			vec_push(&parts, c);
		else if (at[i] > 0 && born_partition(d, c))
			vec_push(&tables, c);
	}
	for (size_t i = 0; parts.n + tables.n > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (at[i] == 0 || !is_kind(c, "index"))
			continue;
		go_with_table(d, g, at, c, &tables);
		for (size_t k = 0; k < parts.n; k++) {
			struct change *part = parts.v[k];
			size_t n = at[part->index] - 1;

			if (attached_by(d, part, c, 0))
				graph_edge(g, n, at[i] - 1, true);
			else if (same_table(d, part, c))
				graph_edge(g, at[i] - 1, n, false);
		}
	}
}

bool
partition_same_index(const struct json *a, const struct json *b)
{
	static const char *const members[] = { "accessMethod", "indexParams",
		"indexIncludingParams", "whereClause", "unique", "options",
		"nulls_not_distinct", "tableSpace" };

	for (size_t i = 0; i < WM_LEN(members); i++)
		if (!sql_equal(json_get(a, members[i]), json_get(b,
		    members[i])))
			return false;
	return true;
}

static bool
is_named(const struct json *rv, const char *schema, const char *name)
{
	const char *s = json_str(rv, "schemaname"), *n = json_str(rv,
	    "relname");

	return n != NULL && strcmp(n, name) == 0 &&
	    strcmp(s ? s : IDENT_SCHEMA, schema) == 0;
}

/* The table that a new table is made a partition of; NULL: of none. */
static const struct json *
new_partition(struct diff *d, const char *schema, const char *name)
{
	struct bare *b = needs_bare(d, ID_RELATION, schema, name);
	const struct json *inh;
	struct parsed *p;

	for (; b != NULL; b = b->next) {
		struct change *c = b->change;

		if (c->fate != FATE_CREATE || c->born || !is_kind(c, "table")
		    || !change_parse(d, c, false, &p) || p->n == 0 ||
		    json_get(p->stmts[0].node, "partbound") == NULL)
			continue;
		inh = json_get(p->stmts[0].node, "inhRelations");
		return inh ? json_get(inh->first, "RangeVar") : NULL;
	}
	return NULL;
}

/* The index of a table that stays, like a new one that stands before it. */
static struct change *
index_alike(struct diff *d, const struct change *index,
    const struct json *node, const struct json *table)
{
	const char *schema = json_str(table, "schemaname");
	const char *name = json_str(table, "relname");

	for (size_t i = index->index + 1; name && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct json *rel;
		struct parsed *p;

		if (c->fate != FATE_SAME || c->new == NULL || c->old == NULL ||
		    !is_kind(c, "index") || !change_parse(d, c, false, &p) ||
		    p->n == 0)
			continue;
		rel = json_get(p->stmts[0].node, "relation");
		if (json_bool(rel, "inh") && is_named(rel, schema ? schema :
		    IDENT_SCHEMA, name) && partition_same_index(node, p->stmts[0].node))
			return c;
	}
	return NULL;
}

const char *
partition_index_sql(struct diff *d, struct change *index)
{
	const struct ident *id;
	const struct json *table;
	struct change *all;
	struct parsed *p;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	if (!is_kind(index, "index") || !change_parse(d, index, false, &p) ||
	    p->n == 0 || p->idents[0].table == NULL)
		return NULL;
	id = &p->idents[0];
	table = new_partition(d, id->schema, id->table);
	all = table == NULL ? NULL : index_alike(d, index, p->stmts[0].node,
	    table);
	if (all == NULL)
		return NULL;
	sbuf_puts(&body, "declare\n"
	    "  made pg_catalog.regclass := (select h.inhrelid\n"
	    "    from pg_catalog.pg_inherits h\n"
	    "    join pg_catalog.pg_index i on i.indexrelid = h.inhrelid\n"
	    "    where h.inhparent = ");
	sbuf_literal(&body, ident_text(d->mem, change_ident(d, all, false)));
	sbuf_puts(&body, "::pg_catalog.regclass\n      and i.indrelid = ");
	sbuf_literal(&body, ident_text(d->mem, &(struct ident){
	    .cls = ID_RELATION, .schema = id->schema, .name = id->table }));
	sbuf_puts(&body, "::pg_catalog.regclass);\nbegin\n"
	    "  execute pg_catalog.format('alter index %s rename to %I', made, ");
	sbuf_literal(&body, id->name);
	sbuf_puts(&body, ");\nend");
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	if (p->n > 1)
		sbuf_printf(&b, ";\n%s", index->new->create +
		    p->stmts[1].off);
	return sbuf_take(&b, d->mem);
}
