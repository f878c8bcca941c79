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
	return r != NULL;
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
		if (!fit || pg_col(r, i, "is_key")[0] == 't' || (composite &&
		    !said_again(c) && pg_col(r, i, "is_array")[0] == 't')) {
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

		sbuf_puts(&b, j != list->first ? ", " : "");
		if (attribute(was, name) == NULL) {
			sbuf_puts(&b, "null");
			continue;
		}
		sbuf_printf(&b, "(%s).", col);
		sbuf_ident(&b, name);
		if (attribute_anew(d, def))
			sbuf_printf(&b, "::text::%s", sql_type_text(d->mem,
			    json_get(def, "typeName")));
	}
	sbuf_printf(&b, ")::%s end", type);
	return sbuf_take(&b, d->mem);
}

void
swap_move(struct diff *d, struct change *c, struct vec *out)
{
	const char *type = ident_text(d->mem, change_ident(d, c, false));
	struct parsed *was, *is;
	/* what no cast leads to, though it is written alike */
	bool by_text = change_parse(d, c, false, &is) &&
	    change_parse(d, c, true, &was) &&
	    (strcmp(is->stmts[0].tag, "CreateEnumStmt") == 0 ||
	    strcmp(is->stmts[0].tag, "CreateRangeStmt") == 0 ||
	    strcmp(is->stmts[0].tag, was->stmts[0].tag) != 0 ||
	    said_again(c));

	for (size_t i = 0; i < c->swap.n; i++) {
		const struct moved *m = c->swap.v[i];
		const char *dims = m->array ? "[]" : "";

		if (m->follows)
			continue;
		if (is_composite(is) && !said_again(c)) {
			vec_push(out, arena_printf(d->mem, "alter table %s "
			    "alter column %s type %s using %s", m->fq, m->col,
			    type, as_row(d, c, m->col, type)));
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

	return arena_printf(d->mem, "drop type %s", ident_text(d->mem, &id));
}
