#include "part_index.h"

#include "alter.h"
#include "partition.h"
#include "settings.h"
#include "table.h"

static bool
is_kind(const struct change *c, const char *kind)
{
	return strcmp(change_object(c)->kind->name, kind) == 0;
}

/* The table that an index of the source is on, where that is a partition. */
static struct change *
partition_with(struct diff *d, struct change *index, struct alter_place *out)
{
	const struct ident *id = change_ident(d, index, false);
	struct change *t = id == NULL || id->table == NULL ? NULL :
	    change_find(d, "table", ID_RELATION, id->schema,
	    id->table, false);

	return t != NULL && alter_place(d, t, false, out) ? t : NULL;
}

bool
part_index_let_go(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	if (!is_kind(c, "index") && !is_kind(c, "constraint"))
		return false;
	for (size_t i = 1; i < was->n; i++) {
		const struct json *cmd = sql_alter_cmd(&was->stmts[i]);
		const char *sub = json_str(cmd, "subtype");
		const struct json *rv = json_get2(json_get(cmd, "def"),
		    "PartitionCmd", "name");
		const char *schema = json_str(rv, "schemaname");
		const char *name = json_str(rv, "relname");
		struct alter_place at;
		struct change *part;

		if (sub == NULL || strcmp(sub, "AT_AttachPartition") != 0 ||
		    name == NULL || settings_has(is, &was->stmts[i]))
			continue;
		part = change_find(d, "index", ID_RELATION, schema, name,
		    false);
		if (part != NULL && part->old != NULL &&
		    partition_with(d, part, &at) != NULL)
			return true;
	}
	return false;
}

/*
 * An index on all partitions of a table, by what it is of; only one that stands
 * behind a change or, else, in front of it. NULL where there is none.
 */
static struct change *
index_on_all(struct diff *d, const struct change *table,
    const struct change *at, bool behind,
    bool (*like)(const struct sql_stmt *, const void *), const void *what)
{
	const struct ident *id = table == NULL ? NULL : change_ident(d,
	    (struct change *)table, false);

	for (size_t i = 0; id != NULL && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *on;
		struct parsed *p;

		if (c->new == NULL || !is_kind(c, "index") ||
		    (c->index > at->index) != behind ||
		    !change_parse(d, c, false, &p) || p->n == 0)
			continue;
		on = &p->idents[0];
		if (on->table != NULL && strcmp(on->table, id->name) == 0 &&
		    strcmp(on->schema, id->schema) == 0 && json_bool(
		    json_get(p->stmts[0].node, "relation"), "inh") &&
		    like(&p->stmts[0], what))
			return c;
	}
	return NULL;
}

static bool
like_index(const struct sql_stmt *st, const void *index)
{
	return partition_same_index(st->node,
	    ((const struct sql_stmt *)index)->node);
}

/* Whether the plan makes what an object stands behind; cheap. */
static bool
is_behind_made(const struct diff *d, const struct change *c)
{
	for (size_t i = 0; i < c->new->deps.n; i++) {
		const struct change *k = map_get(&d->by_key,
		    c->new->deps.v[i]);

		if (k != NULL && (k->fate == FATE_CREATE ||
		    k->fate == FATE_RECREATE))
			return true;
	}
	return false;
}

void
part_index_behind(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct alter_place at;
		struct parsed *p;

		if (c->fate != FATE_SAME || c->old == NULL || c->new == NULL ||
		    !c->old->built || !is_kind(c, "index") ||
		    !is_behind_made(d, c) ||
		    partition_with(d, c, &at) == NULL || at.object == NULL ||
		    (at.object->fate != FATE_CREATE &&
		    at.object->fate != FATE_RECREATE) ||
		    !vec_has_string(&c->new->deps, at.object->new->key) ||
		    !change_parse(d, c, false, &p) || p->n == 0 ||
		    index_on_all(d, at.table, c, false, like_index,
		    &p->stmts[0]) == NULL)
			continue;
		c->fate = FATE_RECREATE;
		c->reason = arena_printf(d->mem, "it comes behind %s \"%s\"",
		    at.object->new->kind->name, at.object->new->nam);
	}
}

bool
part_index_like_key(const struct sql_stmt *st, const void *key)
{
	const struct vec *cols = &((const struct con *)key)->cols;
	const struct json *list = json_get(st->node, "indexParams");
	size_t n = 0;

	if (!json_bool(st->node, "unique") ||
	    json_get(st->node, "whereClause") != NULL ||
	    json_get(st->node, "indexIncludingParams") != NULL)
		return false;
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next, n++) {
		const struct json *e = json_get(j, "IndexElem");
		const char *name = json_str(e, "name");
		const char *order = json_str(e, "ordering");

		if (n >= cols->n || name == NULL ||
		    strcmp(name, cols->v[n]) != 0 ||
		    json_get(e, "opclass") != NULL ||
		    json_get(e, "collation") != NULL ||
		    (order != NULL && strcmp(order, "SORTBY_DEFAULT") != 0))
			return false;
	}
	return n == cols->n;
}

/* The index that takes a key of a new partition in, built fresh. */
static struct change *
takes_in(struct diff *d, struct change *table, const struct change *above)
{
	struct table *t = change_table(d, table, false);
	struct change *all = NULL;

	for (size_t i = 0; t != NULL && all == NULL && i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (k->kind == CON_PRIMARY || k->kind == CON_UNIQUE)
			all = index_on_all(d, above, table, true,
			    part_index_like_key, k);
	}
	table_clear(t);
	return all != NULL && (all->fate == FATE_SAME || all->fate ==
	    FATE_ALTER) ? all : NULL;
}

const char *
part_index_key_sql(struct diff *d, struct change *table)
{
	const char *name, *up, *index;
	struct change *all;
	struct alter_place at;
	struct parsed *p;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	if (!is_kind(table, "table") || table->born ||
	    !alter_place(d, table, false, &at) || at.object != NULL ||
	    !change_parse(d, table, false, &p) || p->n == 0)
		return NULL;
	all = takes_in(d, table, at.table);
	if (all == NULL)
		return NULL;
	name = ident_text(d->mem, change_ident(d, table, false));
	up = ident_text(d->mem, &at.id);
	index = ident_text(d->mem, change_ident(d, all, false));
	sbuf_printf(&body, "declare\n"
	    "  made pg_catalog.regclass := (select h.inhrelid\n"
	    "    from pg_catalog.pg_inherits h\n"
	    "    join pg_catalog.pg_index i on i.indexrelid = h.inhrelid\n"
	    "    where h.inhparent = %s::pg_catalog.regclass\n"
	    "      and i.indrelid = %s::pg_catalog.regclass);\n"
	    "begin\n"
	    "  alter table %s detach partition %s;\n"
	    "  execute pg_catalog.format('drop index %%s', made);\n"
	    "  alter table %s attach partition %s %s;\n"
	    "end", sql_literal(d->mem, index), sql_literal(d->mem, name), up,
	    name, up, name, at.text);
	sbuf_printf(&b, "%s\ndo ", table->new->create);
	sbuf_dollar(&b, sbuf_str(&body));
	return sbuf_take(&b, d->mem);
}
