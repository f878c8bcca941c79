#include "partition.h"

#include <stdlib.h>

#include "alter.h"
#include "catalog.h"
#include "diag.h"
#include "embed.h"
#include "needs.h"
#include "pg.h"

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
	    !c->late && !c->carried && (c->fate == FATE_DROP ||
	    c->fate == FATE_RECREATE);
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

/* Whether an index's table goes, or leaves the table above it, before it. */
static bool
table_leaves(struct diff *d, struct change *index)
{
	const struct ident *id = change_ident(d, index, true);
	const struct change *t = change_find(d, "table", 0, id->schema,
	    id->table, true);

	return t != NULL && (t->fate == FATE_DROP || t->rebuild ||
	    t->root != NULL || t->left.n > 0 || (t->part_was != NULL &&
	    detached(t->part_was)));
}

/* Whether an index goes that may be part of another one. */
static bool
goes_alone(struct diff *d, struct change *c)
{
	return is_kind(c, "index") && c->old != NULL && c->old->built &&
	    !c->late && !c->carried && (c->fate == FATE_DROP ||
	    c->fate == FATE_RECREATE) &&
	    change_ident(d, c, true) != NULL && !table_leaves(d, c);
}

static void
pull_whole(struct diff *d, struct change *c, const PGresult *r, int i)
{
	const char *schema = pg_col(r, i, "schema");
	const char *name = pg_col(r, i, "name");
	struct change *all = change_find(d, "index", 0, schema, name, true);

	if (all == NULL)
		all = catalog_constraint(d, schema, pg_col(r, i, "table"),
		    name);
	if (all == NULL) {
		diag_refuse(&change_object(c)->loc, "index \"%s\" is part of "
		    "index \"%s.%s\", which no source has, and cannot go "
		    "without it", c->old->nam, schema, name);
		diag_hint("Write that index down in the source, too; or drop "
		    "it first.");
		return;
	}
	if (all->fate == FATE_DROP)
		return;
	all->fate = FATE_RECREATE;
	all->sql = NULL;
	all->reason = arena_printf(d->mem, "index \"%s\" is part of it",
	    c->old->nam);
}

bool
partition_pull(struct diff *d, const bool *asked)
{
	WM_VEC list = VEC_INIT;
	WM_SBUF schemas = SBUF_INIT;
	WM_SBUF names = SBUF_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (asked[i] || !goes_alone(d, c))
			continue;
		id = change_ident(d, c, true);
		vec_push(&list, c);
		pg_array_put(&schemas, id->schema);
		pg_array_put(&names, id->name);
	}
	if (list.n == 0)
		return true;
	sbuf_putc(&schemas, '}');
	sbuf_putc(&names, '}');
	WM_PGRES *r = pg_query(d->db, PG_ROWS, embed_whole_sql, 2,
	    (const char *[]){ schemas.s, names.s });
	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		pull_whole(d, list.v[strtoul(pg_col(r, i, "ord"), NULL, 10) -
		    1], r, i);
	return r != NULL;
}

static bool
is_named_so(const struct ident *id, const char *schema, const char *name)
{
	return strcmp(id->name, name) == 0 && strcmp(id->schema, schema) == 0;
}

/*
 * An index of a partition may be part of one on all partitions, which then does
 * not let it go alone: it goes with its table. A key of a partition may be,
 * too: the one on all goes behind the partition.
 */
static void
go_with_table(struct diff *d, struct graph *g, const size_t *at,
    struct change *index, const struct vec *tables)
{
	const struct ident *id = change_ident(d, index, true);

	for (size_t i = 0; id != NULL && id->table != NULL && i < tables->n;
	    i++) {
		struct change *t = tables->v[i];
		struct ident up;

		if (is_named_so(change_ident(d, t, true), id->schema,
		    id->table) || (alter_parent(d, t, true, &up) &&
		    is_named_so(&up, id->schema, id->table)))
			graph_edge(g, at[t->index] - 1, at[index->index] - 1,
			    true);
	}
}

/*
 * Tables and foreign keys that go and refer to a table: before its partitions,
 * which these hold as well.
 *
 * part   a table that is made as a partition, and goes
 */
static void
referrers_first(struct diff *d, struct graph *g, const size_t *at,
    struct change *part)
{
	const struct change *all;
	struct ident up;

	if (!alter_parent(d, part, true, &up) || (all = change_find(d,
	    "table", 0, up.schema, up.name, true)) == NULL)
		return;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct ident of;

		if (at[i] == 0 || c == part || (!is_kind(c, "table") &&
		    !is_kind(c, "constraint")) ||
		    !vec_has_string(&c->old->deps, all->old->key))
			continue;
		if (!alter_parent(d, c, true, &of) || strcmp(of.name,
		    up.name) != 0 || strcmp(of.schema, up.schema) != 0)
			graph_edge(g, at[i] - 1, at[part->index] - 1, false);
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
	for (size_t i = 0; i < tables.n; i++)
		referrers_first(d, g, at, tables.v[i]);
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
partition_drop_sql(struct diff *d, struct change *c, const char **out)
{
	const struct change *all;
	const char *name;
	struct ident up;

	/* by then, what it is part of may have another name */
	if (c->late || !born_partition(d, c) || !alter_parent(d, c, true, &up))
		return true;
	all = change_find(d, "table", 0, up.schema, up.name, true);
	if (all == NULL || all->fate == FATE_DROP)
		return true;
	name = ident_text(d->mem, change_ident(d, c, true));
	if (d->db != NULL) {
		WM_PGRES *r = pg_query(d->db, PG_ONE_ROW,
		    "select exists (select from pg_catalog.pg_constraint"
		    "  where confrelid = pg_catalog.to_regclass($1)"
		    "    and conparentid <> 0)", 1, &name);

		if (r == NULL)
			return false;
		if (PQgetvalue(r, 0, 0)[0] != 't')
			return true;
	}
	*out = arena_printf(d->mem, "alter table %s detach partition %s;\n%s",
	    ident_text(d->mem, &up), name, c->old->drop);
	return true;
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

/* The table whose partition a table of the source is; false: it is of none. */
static bool
partition_of(struct diff *d, const char *schema, const char *name,
    struct ident *out)
{
	struct bare *b = needs_bare(d, ID_RELATION, schema, name);

	for (; b != NULL; b = b->next)
		if (is_kind(b->change, "table") && !b->change->born)
			return alter_parent(d, b->change, false, out);
	return false;
}

/* The index of a table that stays, like a new one that stands before it. */
static struct change *
index_alike(struct diff *d, const struct change *index,
    const struct json *node, const struct ident *table)
{
	for (size_t i = index->index + 1; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct json *rel;
		struct parsed *p;

		if (c->fate != FATE_SAME || c->new == NULL || c->old == NULL ||
		    !is_kind(c, "index") || !change_parse(d, c, false, &p) ||
		    p->n == 0)
			continue;
		rel = json_get(p->stmts[0].node, "relation");
		if (json_bool(rel, "inh") && is_named(rel, table->schema,
		    table->name) && partition_same_index(node,
		    p->stmts[0].node))
			return c;
	}
	return NULL;
}

/*
 * Whether the server has made the part of an index on a partition by itself, or
 * will when that is made.
 */
static bool
part_is_made(struct diff *d, struct change *all, const struct ident *table,
    bool *out)
{
	const struct ident *id = change_ident(d, all, true);
	struct bare *b = needs_bare(d, ID_RELATION, table->schema,
	    table->name);
	const char *args[] = { ident_text(d->mem, id), ident_text(d->mem,
		table) };

	for (*out = false; b != NULL && !*out; b = b->next)
		*out = is_kind(b->change, "table") && b->change->fate ==
		    FATE_CREATE;
	if (*out || d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select n.nspname as schema, c.relname as name"
	    "  from pg_catalog.pg_inherits h"
	    "  join pg_catalog.pg_index i on i.indexrelid = h.inhrelid"
	    "  join pg_catalog.pg_class c on c.oid = h.inhrelid"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  where h.inhparent = pg_catalog.to_regclass($1)"
	    "    and i.indrelid = pg_catalog.to_regclass($2)", 2, args);
	if (r == NULL)
		return false;
	*out = PQntuples(r) == 1 && change_find(d, "index", 0, pg_col(r, 0,
	    "schema"), pg_col(r, 0, "name"), true) == NULL;
	return true;
}

bool
partition_index_sql(struct diff *d, struct change *index, const char **out)
{
	const struct ident *id;
	struct ident table;
	struct change *all;
	struct parsed *p;
	bool made = false;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	if (!is_kind(index, "index") || !change_parse(d, index, false, &p) ||
	    p->n == 0 || p->idents[0].table == NULL)
		return true;
	id = &p->idents[0];
	all = partition_of(d, id->schema, id->table, &table) ? index_alike(d,
	    index, p->stmts[0].node, &table) : NULL;
	if (all == NULL)
		return true;
	table = (struct ident){ .cls = ID_RELATION, .schema = id->schema,
		.name = id->table };
	if (!part_is_made(d, all, &table, &made))
		return false;
	if (!made)
		return true;
	sbuf_puts(&body, "declare\n"
	    "  made pg_catalog.regclass := (select h.inhrelid\n"
	    "    from pg_catalog.pg_inherits h\n"
	    "    join pg_catalog.pg_index i on i.indexrelid = h.inhrelid\n"
	    "    where h.inhparent = ");
	sbuf_literal(&body, ident_text(d->mem, change_ident(d, all, false)));
	sbuf_puts(&body, "::pg_catalog.regclass\n      and i.indrelid = ");
	sbuf_literal(&body, ident_text(d->mem, &table));
	sbuf_puts(&body, "::pg_catalog.regclass);\nbegin\n"
	    "  execute pg_catalog.format('alter index %s rename to %I', made, "
	    );
	sbuf_literal(&body, id->name);
	sbuf_puts(&body, ");\nend");
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	if (p->n > 1)
		sbuf_printf(&b, ";\n%s", index->new->create +
		    p->stmts[1].off);
	*out = sbuf_take(&b, d->mem);
	return true;
}

/*
 * Indexes of partitions like one on all of them, that stay: those behind it in
 * the source are none of its parts, built fresh; those before it are.
 *
 * before   texts of an array: names as SQL has them
 *
 * Returns whether there are any behind it.
 */
static bool
parts_alike(struct diff *d, const struct change *index,
    const struct json *node, const struct ident *table, struct sbuf *before)
{
	bool behind = false;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct ident up;
		struct parsed *p;

		if (c == index || c->new == NULL || !is_kind(c, "index") ||
		    !change_parse(d, c, false, &p) || p->n == 0 ||
		    p->idents[0].table == NULL ||
		    !partition_same_index(node, p->stmts[0].node) ||
		    !partition_of(d, p->idents[0].schema, p->idents[0].table,
		    &up) || strcmp(up.name, table->name) != 0 ||
		    strcmp(up.schema, table->schema) != 0)
			continue;
		if (c->index < index->index)
			pg_array_put(before, ident_text(d->mem,
			    &p->idents[0]));
		else
			behind = behind || c->fate == FATE_SAME || c->fate ==
			    FATE_ALTER;
	}
	return behind;
}

/* Whether the source makes that table, and it can have no partitions. */
static bool
is_undivided(struct diff *d, const struct ident *table)
{
	struct bare *b = needs_bare(d, ID_RELATION, table->schema,
	    table->name);
	struct parsed *p;

	return b != NULL && b->next == NULL &&
	    change_parse(d, b->change, false, &p) && p->n > 0 &&
	    json_get(p->stmts[0].node, "partspec") == NULL;
}

/* CREATE INDEX in pieces: up to the name, and behind the table. */
static bool
cut_index(struct arena *mem, const char *text, const struct sql_stmt *st,
    const char **out_head, const char **out_tail)
{
	const char *s = arena_strndup(mem, text + st->off, st->len);
	struct sql_token *t;
	size_t n, on = 0, end;

	if (!sql_scan(mem, s, &t, &n))
		return false;
	while (on < n && !sql_token_is(s, &t[on], "on"))
		on++;
	end = on + 2;		/* behind the table, or its schema */
	if (end < n && s[t[end].off] == '.')
		end += 2;
	if (end >= n)
		return false;
	*out_head = arena_strndup(mem, s, t[on].off);
	*out_tail = arena_strdup(mem, s + t[end].off);
	return true;
}

const char *
partition_whole_sql(struct diff *d, struct change *index)
{
	const char *head, *tail, *fq;
	const struct json *node;
	struct ident table;
	struct parsed *p;
	WM_SBUF before = SBUF_INIT;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	if (!is_kind(index, "index") || !change_parse(d, index, false, &p) ||
	    p->n == 0 || p->idents[0].table == NULL)
		return NULL;
	node = p->stmts[0].node;
	table = (struct ident){ .cls = ID_RELATION,
		.schema = p->idents[0].schema, .name = p->idents[0].table };
	if (!json_bool(json_get(node, "relation"), "inh") ||
	    is_undivided(d, &table) ||
	    !parts_alike(d, index, node, &table, &before) ||
	    !cut_index(d->mem, index->new->create, &p->stmts[0], &head, &tail))
		return NULL;
	sbuf_puts(&before, before.len > 0 ? "}" : "{}");
	fq = ident_text(d->mem, &table);
	sbuf_printf(&body, "declare\n"
	    "  part pg_catalog.regclass;\n"
	    "  made pg_catalog.regclass;\n"
	    "begin\n"
	    "  for part in select inhrelid from pg_catalog.pg_inherits\n"
	    "      where inhparent = %s::pg_catalog.regclass order by 1 loop\n"
	    "    select i.indexrelid into made\n"
	    "      from pg_catalog.unnest(%s::text[]) w(name)\n"
	    "      join pg_catalog.pg_index i on i.indexrelid =\n"
	    "        pg_catalog.to_regclass(w.name)\n"
	    "      where i.indrelid = part and not exists (select from\n"
	    "        pg_catalog.pg_inherits h where h.inhrelid = "
	    "i.indexrelid)\n"
	    "      order by 1 limit 1;\n"
	    "    if made is null then\n"
	    "      execute pg_catalog.concat(%s, ' on ', part, ' ', %s);\n"
	    "      select pg_catalog.max(indexrelid) into made\n"
	    "        from pg_catalog.pg_index where indrelid = part;\n"
	    "    end if;\n"
	    "    execute pg_catalog.format('alter index %%s attach partition "
	    "%%s', %s, made);\n"
	    "  end loop;\n"
	    "end", sql_literal(d->mem, fq), sql_literal(d->mem,
	    sbuf_str(&before)), sql_literal(d->mem, json_bool(node, "unique")
	    ? "create unique index" : "create index"), sql_literal(d->mem,
	    tail), sql_literal(d->mem, ident_text(d->mem, &p->idents[0])));
	sbuf_printf(&b, "%son only %s %s;\ndo ", head, fq, tail);
	sbuf_dollar(&b, sbuf_str(&body));
	if (p->n > 1)
		sbuf_printf(&b, ";\n%s", index->new->create +
		    p->stmts[1].off);
	return sbuf_take(&b, d->mem);
}
