#include "swap.h"

#include "alter_impl.h"
#include "diag.h"
#include "needs.h"
#include "pg.h"
#include "table.h"

/* A column that uses the type, or an array of it. */
struct moved {
	const struct change *table;
	const char *fq;		/* of the table */
	const char *col;	/* quoted */
	bool array;
	bool follows;		/* inherited: it moves with the one above */
	const char *using;	/* what becomes of a value; NULL: it stays */
	bool typed;		/* that yields the new type already */
};

/*
 * What a range type brings along, under names of their own: its multirange
 * (PostgreSQL 14), the constructors of both.
 */
static const char beside_sql[] =
    "with own as ("
    "  select r.rngtypid as id,"
    "      (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid as multi"
    "    from pg_catalog.pg_range r"
    "    join pg_catalog.pg_type t on t.oid = r.rngtypid"
    "    join pg_catalog.pg_namespace m on m.oid = t.typnamespace"
    "    where m.nspname = $1 and t.typname = $2)"
    "select 'function' as kind, n.nspname, p.proname as name,"
    "    pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,"
    "      pg_catalog.pg_get_function_identity_arguments(p.oid)) as sig"
    "  from own"
    "  join pg_catalog.pg_depend d on d.deptype = 'i'"
    "    and d.refobjid in (own.id, own.multi)"
    "    and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass"
    "    and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass"
    "  join pg_catalog.pg_proc p on p.oid = d.objid"
    "  join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
    " union all "
    "select 'type', n.nspname, t.typname,"
    "    pg_catalog.format('%I.%I', n.nspname, t.typname)"
    "  from own"
    "  join pg_catalog.pg_type t on t.oid = own.multi"
    "  join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
    "  order by 1, 4";

/* Columns of tables; those that are inherited follow. */
static const char columns_sql[] =
    "select n.nspname, c.relname, a.attname,"
    "    pg_catalog.format('%I.%I', n.nspname, c.relname) as fq,"
    "    pg_catalog.quote_ident(a.attname) as col,"
    "    a.atttypid <> t.oid as is_array,"
    "    a.attinhcount > 0 as follows,"
    "    exists (select from pg_catalog.pg_partitioned_table p"
    "      where p.partrelid = c.oid and a.attnum = any (p.partattrs::int2[]))"
    "      as is_key"
    "  from pg_catalog.pg_type t"
    "  join pg_catalog.pg_namespace m on m.oid = t.typnamespace"
    "  join pg_catalog.pg_attribute a on a.atttypid in (t.oid, t.typarray)"
    "  join pg_catalog.pg_class c on c.oid = a.attrelid"
    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    "  where m.nspname = $1 and t.typname = $2 and c.relkind in ('r', 'p')"
    "    and not a.attisdropped"
    "  order by 1, 2, a.attnum";

/* Columns of tables whose types have that one inside. */
static const char inside_sql[] =
    "with recursive own (oid) as ("
    "  select t.oid"
    "    from pg_catalog.pg_type t"
    "    join pg_catalog.pg_namespace m on m.oid = t.typnamespace"
    "    where m.nspname = $1 and t.typname = $2"
    "  union "
    "  select o.oid"
    "    from own"
    "    join pg_catalog.pg_type t on t.oid = own.oid"
    "    cross join lateral (select k.oid"
    "        from pg_catalog.pg_attribute a"
    "        join pg_catalog.pg_class c on c.oid = a.attrelid"
    "          and c.relkind = 'c'"
    "        join pg_catalog.pg_type k on k.oid = c.reltype"
    "        where a.atttypid in (t.oid, t.typarray)"
    "          and not a.attisdropped"
    "      union all"
    "      select k.oid from pg_catalog.pg_type k"
    "        where k.typbasetype in (t.oid, t.typarray)) o)"
    "select pg_catalog.format('%I.%I', n.nspname, c.relname) as fq,"
    "    pg_catalog.quote_ident(a.attname) as col"
    "  from own"
    "  join pg_catalog.pg_type t on t.oid = own.oid"
    "  join pg_catalog.pg_namespace m on m.oid = t.typnamespace"
    "  join pg_catalog.pg_attribute a on a.atttypid in (t.oid, t.typarray)"
    "  join pg_catalog.pg_class c on c.oid = a.attrelid"
    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    "  where (m.nspname <> $1 or t.typname <> $2) and not a.attisdropped"
    "    and c.relkind in ('r', 'p') and a.attinhcount = 0"
    "  order by 1, a.attnum";

/* A domain, or an enum; what else has values is not written alike. */
static bool
is_plain(struct diff *d, const struct object *o)
{
	struct parsed p = { .done = false };

	parsed_fill(d->mem, o, &p);
	return !p.bad && p.n > 0 &&
	    (strcmp(p.stmts[0].tag, "CreateEnumStmt") == 0 ||
	    strcmp(p.stmts[0].tag, "CreateDomainStmt") == 0);
}

void
swap_heirs(struct diff *d, struct map *heirs)
{
	if (d->adopt != NULL || d->opts->drift || d->opts->no_prune)
		return;
	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i], *old;
		bool type = strcmp(o->kind->name, "type") == 0;
		const char *key;

		if ((!type && strcmp(o->kind->name, "domain") != 0) ||
		    model_get(&d->rec, o->key) != NULL)
			continue;
		key = arena_printf(d->mem, "%s:%s", type ? "domain" : "type",
		    o->nam);
		old = model_get(&d->rec, key);
		if (old != NULL && old->built &&
		    model_get(&d->src, key) == NULL &&
		    strcmp(old->module, o->module) == 0 &&
		    is_plain(d, old) && is_plain(d, o))
			map_put(heirs, o->key, (void *)old);
	}
}

static const char *
quoted_label(struct diff *d, const struct json *label)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_literal(&b, sql_string(label) ? sql_string(label) : "");
	return sbuf_take(&b, d->mem);
}

static const struct json *
labels(const struct parsed *p)
{
	const struct json *vals = json_get(p->stmts[0].node, "vals");

	return vals ? vals->first : NULL;
}

static bool
has_label(const struct parsed *p, const struct json *label)
{
	for (const struct json *j = labels(p); j != NULL; j = j->next)
		if (sql_equal(j, label))
			return true;
	return false;
}

bool
swap_wanted(struct diff *d, const struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	if (strcmp(is->stmts[0].tag, "CreateEnumStmt") != 0)
		return false;
	for (const struct json *j = labels(is); j != NULL; j = j->next) {
		const char *label = quoted_label(d, j);

		if (has_label(was, j))
			continue;
		for (size_t i = 0; i < d->all.n; i++) {
			const struct change *k = d->all.v[i];

			/* what PL/pgSQL says is not read before it runs */
			if (k != c && k->new != NULL && k->record &&
			    strcasestr(k->new->create, "plpgsql") == NULL &&
			    strstr(k->new->create, label) != NULL &&
			    (k->old == NULL ||
			    strstr(k->old->create, label) == NULL))
				return true;
		}
	}
	return false;
}

/* Rows with a value that the new type does not have. */
static void
check_rows(struct diff *d, struct change *c, const struct parsed *is,
    const struct moved *m)
{
	struct plan_check *k = arena_alloc(d->mem, sizeof(*k));
	const char *value = m->using ? m->using : m->col;
	const char *type = ident_text(d->mem, change_ident(d, c, false));
	WM_SBUF list = SBUF_INIT;

	if (strcmp(is->stmts[0].tag, "CreateEnumStmt") != 0)
		return;
	for (const struct json *j = labels(is); j != NULL; j = j->next)
		sbuf_printf(&list, "%s%s", list.len ? ", " : "",
		    quoted_label(d, j));
	k->hint = arena_printf(d->mem, "Say what becomes of them: wm-migrate "
	    "%s type %s %s using %s", shell_word(d->mem, m->table->new->nam),
	    shell_word(d->mem, m->col), shell_word(d->mem, arena_printf(d->mem,
	    "%s%s", type, m->array ? "[]" : "")), shell_text(d->mem,
	    m->array ? arena_printf(d->mem, "array_replace(%s::text[], 'OLD', "
	    "'NEW')::%s[]", m->col, type) : arena_printf(d->mem, "(case "
	    "%s::text when 'OLD' then 'NEW' else %s::text end)::%s", m->col,
	    m->col, type)));
	k->obj_typ = c->new->kind->name;
	k->obj_nam = c->new->nam;
	k->loc = c->new->loc;
	k->message = arena_printf(d->mem, "column %s of table %s holds values "
	    "that are gone", m->col, m->fq);
	k->sql = m->array ?
	    arena_printf(d->mem, "select distinct v from %s t, "
	    "pg_catalog.unnest(t.%s::text[]) v where v not in (%s)", m->fq,
	    m->col, sbuf_str(&list)) :
	    arena_printf(d->mem, "select distinct (%s)::text as value from %s"
	    " where (%s)::text not in (%s)", value, m->fq, value,
	    sbuf_str(&list));
	vec_push(&d->plan.checks, k);
}

/* A check of what a column holds: there are to be no such rows. */
static void
check_column(struct diff *d, struct change *c, const char *fq, const char *col,
    const char *what, const char *where)
{
	struct plan_check *k = arena_alloc(d->mem, sizeof(*k));

	k->obj_typ = c->new->kind->name;
	k->obj_nam = c->new->nam;
	k->loc = c->new->loc;
	k->message = arena_printf(d->mem, "column %s of table %s holds %s", col,
	    fq, what);
	k->sql = arena_printf(d->mem, "select %s from %s where %s", col, fq,
	    where);
	vec_push(&d->plan.checks, k);
}

/*
 * The same of columns whose types have the type inside, wherever: another
 * attribute of that name counts as well.
 */
static bool
attribute_gone_inside(struct diff *d, struct change *c,
    const char *const *args, const char *name)
{
	WM_PGRES *r = pg_query(d->db, PG_ROWS, inside_sql, 2, args);

	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		const char *col = pg_col(r, i, "col");

		check_column(d, c, pg_col(r, i, "fq"), col, arena_printf(
		    d->mem, "values with attribute %s of %s inside, which is "
		    "gone", name, ident_text(d->mem, change_ident(d, c,
		    false))), arena_printf(d->mem,
		    "pg_catalog.jsonb_path_exists(pg_catalog.to_jsonb(%s), "
		    "('$.** ? (@.' || pg_catalog.to_json(%s::text) || "
		    "' != null)')::pg_catalog.jsonpath)", col,
		    sql_literal(d->mem, name)));
	}
	return r != NULL;
}

bool
swap_attribute_gone(struct diff *d, struct change *c, const struct ident *type,
    const char *name)
{
	const char *args[] = { type->schema, type->name };
	WM_PGRES *r = NULL;

	if (d->db == NULL || d->opts->allow_data_loss)
		return true;
	r = pg_query(d->db, PG_ROWS, columns_sql, 2, args);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		struct plan_check *k = arena_alloc(d->mem, sizeof(*k));
		const char *fq = pg_col(r, i, "fq"), *col = pg_col(r, i,
		    "col");
		WM_SBUF attr = SBUF_INIT;

		/* rows of tables below are read with the one above */
		if (pg_col(r, i, "follows")[0] == 't')
			continue;
		sbuf_ident(&attr, name);
		k->obj_typ = c->new->kind->name;
		k->obj_nam = c->new->nam;
		k->loc = c->new->loc;
		k->message = arena_printf(d->mem, "column %s of table %s holds "
		    "values of attribute %s, which is gone", col, fq,
		    sbuf_str(&attr));
		k->sql = pg_col(r, i, "is_array")[0] == 't' ?
		    arena_printf(d->mem, "select v.%s from %s t, "
		    "pg_catalog.unnest(t.%s) v where v.%s is not null",
		    sbuf_str(&attr), fq, col, sbuf_str(&attr)) :
		    arena_printf(d->mem, "select (t.%s).%s from %s t where "
		    "(t.%s).%s is not null", col, sbuf_str(&attr), fq, col,
		    sbuf_str(&attr));
		vec_push(&d->plan.checks, k);
	}
	return r != NULL && attribute_gone_inside(d, c, args, name);
}

/* An attribute of that name, or NULL. */
static const struct json *
attribute(const struct parsed *p, const char *name)
{
	const struct json *list = json_get(p->stmts[0].node, "coldeflist");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *def = json_get(j, "ColumnDef");
		const char *s = json_str(def, "colname");

		if (s != NULL && strcmp(s, name) == 0)
			return def;
	}
	return NULL;
}

/* A type that is as it was, but for what it is made of. */
static bool
said_again(const struct change *c)
{
	return strcmp(c->old->create, c->new->create) == 0;
}

static bool
is_composite(const struct parsed *p)
{
	return strcmp(p->stmts[0].tag, "CompositeTypeStmt") == 0;
}

static bool
is_type(const struct json *type, const struct ident *id)
{
	const struct json *n = json_get(type, "names");
	const char *name = n && n->last ? sql_string(n->last) : NULL;
	const char *schema = n && n->first != n->last ? sql_string(n->first) :
	    IDENT_SCHEMA;

	return name != NULL && schema != NULL &&
	    strcmp(name, id->name) == 0 && strcmp(schema, id->schema) == 0;
}

/* The composite type made anew that an attribute is of, or NULL. */
static struct change *
attribute_composite(struct diff *d, const struct json *def)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id = c->fate != FATE_RECREATE ||
		    c->old == NULL || c->new == NULL ? NULL : change_ident(d,
		    c, false);
		struct parsed *p;

		if (id != NULL && id->cls == ID_TYPE && is_type(json_get(def,
		    "typeName"), id) && change_parse(d, c, false, &p) &&
		    is_composite(p))
			return c;
	}
	return NULL;
}

/*
 * Whether values of a composite type are written as those of the old one are:
 * else they move attribute by attribute.
 */
static bool
is_written_alike(struct diff *d, struct change *c)
{
	const struct json *list;
	struct parsed *is;

	if (!said_again(c) || !change_parse(d, c, false, &is))
		return false;
	list = json_get(is->stmts[0].node, "coldeflist");
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		struct change *k = attribute_composite(d, json_get(j,
		    "ColumnDef"));

		if (k != NULL && k != c && !is_written_alike(d, k))
			return false;
	}
	return true;
}

/*
 * Whether every value of a composite type has one of the new type; attributes
 * that are gone get a check.
 */
static bool
attributes_fit(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is, bool *out)
{
	const struct json *list = json_get(was->stmts[0].node, "coldeflist");
	struct alter a = { .d = d, .c = c };

	*out = true;
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *def = json_get(j, "ColumnDef");
		const struct json *now = attribute(is, json_str(def,
		    "colname"));
		struct column x = { .type = json_get(def, "typeName") };
		struct column y = { .type = json_get(now, "typeName") };
		enum cast cast = CAST_FREE;

		if (now == NULL) {
			if (!swap_attribute_gone(d, c, &was->idents[0],
			    json_str(def, "colname")))
				return false;
		} else if (!type_equal(x.type, y.type) &&
		    !alter_cast(&a, &x, &y, &cast))
			return false;
		*out = *out && (cast == CAST_REWRITE || cast == CAST_FREE);
	}
	return true;
}

static void
touch(struct diff *d, struct change *table, const char *schema,
    const char *name, const char *col)
{
	struct alter_column *t = arena_alloc(d->mem, sizeof(*t));

	t->schema = schema;
	t->table = name;
	t->name = col;
	t->swapped = true;
	vec_push(&table->touched, t);
}

/* The old type's name meanwhile, with its schema. */
static struct ident
aside(struct diff *d, struct change *c)
{
	struct ident id = *change_ident(d, c, true);

	id.name = table_object_name(d->mem, id.name, NULL, "old");
	return id;
}

/*
 * The checks of a domain that steps aside go: their names are wanted, and what
 * is in the columns has passed them.
 */
static bool
free_names(struct diff *d, struct change *c, const char *const *args)
{
	const struct ident old = aside(d, c);
	WM_SBUF b = SBUF_INIT;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select pg_catalog.quote_ident(k.conname)"
	    "  from pg_catalog.pg_constraint k"
	    "  join pg_catalog.pg_type t on t.oid = k.contypid"
	    "  join pg_catalog.pg_namespace m on m.oid = t.typnamespace"
	    "  where m.nspname = $1 and t.typname = $2 order by 1", 2, args);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		sbuf_printf(&b, ";\nalter domain %s drop constraint %s",
		    ident_text(d->mem, &old), PQgetvalue(r, i, 0));
	c->sql = sbuf_take(&b, d->mem);
	return true;
}

/* The same of what came with a range type. */
static bool
free_beside(struct diff *d, struct change *c, const char *const *args)
{
	WM_PGRES *r = pg_query(d->db, PG_ROWS, beside_sql, 2, args);

	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		vec_push(&c->early, arena_printf(d->mem, "alter %s %s rename "
		    "to %s", pg_col(r, i, "kind"), pg_col(r, i, "sig"),
		    sql_quoted(d->mem, table_object_name(d->mem, pg_col(r, i,
		    "name"), NULL, "old"))));
	return r != NULL;
}

/* A column whose values cannot be made ones of the new type. */
static void
refuse_column(const struct change *c, const struct change *table,
    const char *col, bool key)
{
	diag_refuse(&change_object(table)->loc, "%s \"%s\" cannot be dropped "
	    "and made again: column %s of table \"%s\" %s", c->new->kind->name,
	    c->new->nam, col, table->old->nam, key ? "is of it, and part of "
	    "the partition key" : "has values that do not become such of the "
	    "new one by themselves");
	diag_hint("Make it under another name, which the table uses then: the "
	    "old one goes when the table has left it.");
}

bool
swap_decide(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	const char *args[] = { was->idents[0].schema, was->idents[0].name };
	bool composite = is_composite(was), fit = true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS, columns_sql, 2, args);

	if (r == NULL || (composite && PQntuples(r) > 0 &&
	    !attributes_fit(d, c, was, is, &fit)))
		return false;
	c->fate = FATE_RECREATE;
	if (!free_names(d, c, args) || (PQntuples(r) > 0 &&
	    !free_beside(d, c, args)))
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct moved *m = arena_alloc(d->mem, sizeof(*m));
		const char *schema = arena_strdup(d->mem, pg_col(r, i,
		    "nspname"));
		const char *name = arena_strdup(d->mem, pg_col(r, i,
		    "relname"));
		struct bare *t = needs_bare(d, ID_RELATION, schema, name);

		/* refused later: it is not ours */
		if (t == NULL || t->change->old == NULL)
			continue;
		m->table = t->change;
		if (!fit || pg_col(r, i, "is_key")[0] == 't') {
			bool key = pg_col(r, i, "is_key")[0] == 't';

			if (key || pg_col(r, i, "follows")[0] == 'f')
				refuse_column(c, m->table, pg_col(r, i, "col"),
				    key);
			vec_push(&c->swap, m);
			continue;
		}
		m->fq = arena_strdup(d->mem, pg_col(r, i, "fq"));
		m->col = arena_strdup(d->mem, pg_col(r, i, "col"));
		m->array = pg_col(r, i, "is_array")[0] == 't';
		m->follows = pg_col(r, i, "follows")[0] == 't';
		if (!composite && !m->follows)
			m->using = swap_using(d, t->change, arena_strdup(
			    d->mem, pg_col(r, i, "attname")), change_ident(d,
			    c, false), m->array, &m->typed);
		vec_push(&c->swap, m);
		touch(d, t->change, schema, name, arena_strdup(d->mem,
		    pg_col(r, i, "attname")));
		if (!m->follows && (m->using == NULL || !m->typed))
			check_rows(d, c, is, m);
		if (!m->follows && composite && is_composite(is) && m->array &&
		    !is_written_alike(d, c))
			check_column(d, c, m->fq, m->col, "arrays whose "
			    "elements are not counted from 1 on alone",
			    arena_printf(d->mem, "pg_catalog.array_ndims(%s) "
			    "> 1 or pg_catalog.array_lower(%s, 1) <> 1",
			    m->col, m->col));
	}
	if (c->swap.n > 0)
		c->reason = "its columns move over to a new one";
	c->swapping = c->swap.n > 0;
	return true;
}

bool
swap_possible(const struct parsed *p)
{
	static const char *const tags[] = { "CreateEnumStmt",
		"CreateDomainStmt", "CreateRangeStmt", "CompositeTypeStmt" };

	for (size_t i = 0; i < WM_LEN(tags); i++)
		if (strcmp(tags[i], p->stmts[0].tag) == 0)
			return p->idents[0].cls == ID_TYPE;
	return false;
}

/* Whether a type is one over another, or has attributes of that. */
static bool
is_made_of(const struct parsed *p, const struct ident *of)
{
	const struct json *node = p->stmts[0].node;
	const struct json *list = json_get(node, "coldeflist");

	if (is_type(json_get(node, "typeName"), of) || is_type(json_get(
	    sql_defelem(json_get(node, "params"), "subtype"), "TypeName"), of))
		return true;
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (is_type(json_get2(j, "ColumnDef", "typeName"), of))
			return true;
	return false;
}

/* A type of ours that stays, with both its texts; false: it is none. */
static bool
type_texts(struct diff *d, struct change *c, struct parsed **was,
    struct parsed **is)
{
	return !c->kept && c->old != NULL && c->new != NULL && c->old->built &&
	    strcmp(c->new->kind->name, "table") != 0 &&
	    change_ident(d, c, true) != NULL &&
	    change_ident(d, c, true)->cls == ID_TYPE &&
	    change_parse(d, c, true, was) && change_parse(d, c, false, is) &&
	    (*is)->n > 0 && swap_possible(*was) && swap_possible(*is);
}

/* Whether a type is made anew. */
static bool
is_anew(struct diff *d, struct change *c)
{
	const struct ident *id = c->fate != FATE_RECREATE || c->old == NULL ?
	    NULL : change_ident(d, c, true);

	return id != NULL && id->cls == ID_TYPE;
}

/* Whether a type is made of any of these, as it was. */
static bool
is_made_of_any(struct diff *d, const struct parsed *was,
    const struct vec *anew)
{
	for (size_t i = 0; i < anew->n; i++)
		if (is_made_of(was, change_ident(d, anew->v[i], true)))
			return true;
	return false;
}

/* What stands aside keeps what it is made of from going. */
static void
stand_aside(struct diff *d)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];
			struct parsed *was;

			if (!c->swapping || !change_parse(d, c, true, &was))
				continue;
			for (size_t k = 0; k < d->all.n; k++) {
				struct change *o = d->all.v[k];
				const struct ident *id = o->swapping ||
				    o->fate != FATE_RECREATE ? NULL :
				    change_ident(d, o, true);

				if (id == NULL || id->cls != ID_TYPE ||
				    !is_made_of(was, id))
					continue;
				o->swapping = more = true;
			}
		}
	}
}

bool
swap_spread(struct diff *d)
{
	WM_VEC anew = VEC_INIT;	/* of struct change * */
	size_t known = 0;

	for (size_t i = 0; i < d->all.n; i++)
		if (is_anew(d, d->all.v[i]))
			vec_push(&anew, d->all.v[i]);
	/* most plans make none: then no text is read */
	while (d->db != NULL && known < anew.n) {
		known = anew.n;
		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];
			struct parsed *was, *is;

			if (c->fate == FATE_RECREATE ||
			    !type_texts(d, c, &was, &is) ||
			    !is_made_of_any(d, was, &anew))
				continue;
			if (!swap_decide(d, c, was, is))
				return false;
			c->decided = true;
			vec_push(&anew, c);
		}
	}
	if (anew.n > 0)
		stand_aside(d);
	return true;
}

bool
swap_has(const struct change *type, const struct change *table)
{
	for (size_t i = 0; type != NULL && i < type->swap.n; i++)
		if (((struct moved *)type->swap.v[i])->table == table)
			return true;
	return false;
}

const char *
swap_aside(struct diff *d, struct change *c)
{
	struct ident id = aside(d, c);
	WM_SBUF b = SBUF_INIT;

	sbuf_printf(&b, "alter type %s rename to ", ident_text(d->mem,
	    change_ident(d, c, true)));
	sbuf_ident(&b, id.name);
	sbuf_puts(&b, c->sql ? c->sql : "");
	return sbuf_take(&b, d->mem);
}

/* Whether an attribute is of a type that is made anew as well. */
static bool
attribute_anew(struct diff *d, const struct json *def)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id = c->swapping ? change_ident(d, c,
		    false) : NULL;

		if (id != NULL && is_type(json_get(def, "typeName"), id))
			return true;
	}
	return false;
}

/* The function that moves values of a type, and arrays of them. */
static const char *
mover(struct diff *d, struct change *c)
{
	struct ident id = *change_ident(d, c, false);

	id.cls = ID_RELATION;
	id.name = "wm moves";
	return ident_text(d->mem, &id);
}

/* A composite value, attribute by attribute; what is null stays null. */
static const char *
as_row(struct diff *d, struct change *c, const char *col, const char *type)
{
	const struct json *list;
	struct parsed *was, *is;
	WM_SBUF b = SBUF_INIT;

	if (!change_parse(d, c, true, &was) || !change_parse(d, c, false, &is))
		return col;
	list = json_get(is->stmts[0].node, "coldeflist");
	sbuf_printf(&b, "case when %s is distinct from null then row(", col);
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *def = json_get(j, "ColumnDef");
		const char *name = json_str(def, "colname");
		struct change *k = attribute_composite(d, def);
		bool moves = k != NULL && !is_written_alike(d, k);

		sbuf_puts(&b, j != list->first ? ", " : "");
		if (attribute(was, name) == NULL) {
			sbuf_puts(&b, "null");
			continue;
		}
		if (moves)
			sbuf_printf(&b, "%s(", mover(d, k));
		sbuf_printf(&b, "(%s).", col);
		sbuf_ident(&b, name);
		if (moves)
			sbuf_putc(&b, ')');
		else if (attribute_anew(d, def))
			sbuf_printf(&b, "::text::%s", sql_type_text(d->mem,
			    json_get(def, "typeName")));
	}
	sbuf_printf(&b, ")::%s end", type);
	return sbuf_take(&b, d->mem);
}

/* Whether values move by a function: in arrays, or inside of others. */
static bool
needs_mover(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);
	struct parsed *p;

	if (!change_parse(d, c, false, &p) || !is_composite(p) ||
	    !change_parse(d, c, true, &p) || !is_composite(p) ||
	    is_written_alike(d, c))
		return false;
	for (size_t i = 0; i < c->swap.n; i++)
		if (((struct moved *)c->swap.v[i])->array)
			return true;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *k = d->all.v[i];

		if (k != c && k->swapping && change_parse(d, k, true, &p) &&
		    is_made_of(p, id))
			return true;
	}
	return false;
}

static void
make_mover(struct diff *d, struct change *c, struct vec *out)
{
	const char *type = ident_text(d->mem, change_ident(d, c, false));
	struct ident old = aside(d, c);
	const char *was = ident_text(d->mem, &old), *fn = mover(d, c);

	vec_push(out, arena_printf(d->mem, "create function %s(%s) returns %s "
	    "language sql as %s", fn, was, type, sql_literal(d->mem,
	    arena_printf(d->mem, "select %s", as_row(d, c, "$1", type)))));
	vec_push(out, arena_printf(d->mem, "create function %s(%s[]) returns "
	    "%s[] language sql as %s", fn, was, type, sql_literal(d->mem,
	    arena_printf(d->mem, "select case when $1 is not null then "
	    "coalesce((select pg_catalog.array_agg(%s($1[i]) order by i) from "
	    "pg_catalog.generate_subscripts($1, 1) i), '{}') end", fn))));
}

void
swap_move(struct diff *d, struct change *c, struct vec *out)
{
	const char *type = ident_text(d->mem, change_ident(d, c, false));
	struct parsed *was, *is;
	bool parsed = change_parse(d, c, false, &is) &&
	    change_parse(d, c, true, &was);
	bool composite = parsed && is_composite(is) && is_composite(was);
	bool alike = !composite || is_written_alike(d, c);
	/* what no cast leads to, though it is written alike */
	bool by_text = parsed &&
	    (strcmp(is->stmts[0].tag, "CreateEnumStmt") == 0 ||
	    strcmp(is->stmts[0].tag, "CreateRangeStmt") == 0 ||
	    strcmp(is->stmts[0].tag, was->stmts[0].tag) != 0 ||
	    said_again(c));

	if (needs_mover(d, c))
		make_mover(d, c, out);
	for (size_t i = 0; i < c->swap.n; i++) {
		const struct moved *m = c->swap.v[i];
		const char *dims = m->array ? "[]" : "";

		if (m->follows)
			continue;
		if (!alike) {
			vec_push(out, arena_printf(d->mem, "alter table %s "
			    "alter column %s type %s%s using %s", m->fq, m->col,
			    type, dims, m->array ? arena_printf(d->mem,
			    "%s(%s)", mover(d, c), m->col) : as_row(d, c,
			    m->col, type)));
			continue;
		}
		if (m->using != NULL && m->typed) {
			vec_push(out, arena_printf(d->mem, "alter table %s "
			    "alter column %s type %s%s using %s", m->fq,
			    m->col, type, dims, m->using));
			continue;
		}
		vec_push(out, arena_printf(d->mem, m->using == NULL ?
		    "alter table %s alter column %s type %s%s using "
		    "%s%s%s::%s%s" : "alter table %s alter column %s type "
		    "%s%s using (%s)%s%s::%s%s", m->fq, m->col, type, dims,
		    m->using ? m->using : m->col, by_text ? "::text" : "",
		    by_text ? dims : "", type, dims));
	}
}

const char *
swap_end(struct diff *d, struct change *c)
{
	struct ident id = aside(d, c);
	const char *old = ident_text(d->mem, &id);

	return !needs_mover(d, c) ? arena_printf(d->mem, "drop type %s", old) :
	    arena_printf(d->mem, "drop function %s(%s), %s(%s[]);\n"
	    "drop type %s", mover(d, c), old, mover(d, c), old, old);
}
