#include "kinds_impl.h"

#include <strings.h>

#include "pg.h"
#include "swap.h"
#include "table.h"

/* --- domains --- */

struct domain_check {
	const char *name;
	const struct json *expr;
	const char *text;	/* "check (...)" */
};

/* What all statements of a domain's text say together. */
struct domain {
	const struct json *type, *collation;
	const struct json *dflt;
	const char *dflt_text;
	bool not_null;
	struct vec checks;	/* of struct domain_check * */
	bool unclear;
};

static bool
has_check(const struct domain *m, const char *name)
{
	for (size_t i = 0; i < m->checks.n; i++)
		if (strcmp(((struct domain_check *)m->checks.v[i])->name,
		    name) == 0)
			return true;
	return false;
}

/* From one place of a statement to the next, or to its end. */
static const char *
cut(struct kind_pair *p, const char *text, const struct sql_stmt *st,
    long from, long to)
{
	size_t end = to < 0 ? st->off + st->len : (size_t)to;
	size_t start = (size_t)from;

	while (end > start && strchr(" \t\r\n", text[end - 1]) != NULL)
		end--;
	return arena_strndup(p->d->mem, text + start, end - start);
}

static void
domain_constraint(struct kind_pair *p, struct domain *m, const char *base,
    const struct json *con, const char *text)
{
	const char *type = json_str(con, "contype");
	const char *name = json_str(con, "conname");
	struct domain_check *k;

	if (type == NULL)
		return;
	if (strcmp(type, "CONSTR_DEFAULT") == 0) {
		m->dflt = json_get(con, "raw_expr");
		m->dflt_text = text;
	} else if (strcmp(type, "CONSTR_NOTNULL") == 0)
		m->not_null = true;
	else if (strcmp(type, "CONSTR_NULL") == 0)
		m->not_null = false;
	else if (strcmp(type, "CONSTR_CHECK") == 0) {
		k = arena_alloc(p->d->mem, sizeof(*k));
		k->expr = json_get(con, "raw_expr");
		k->text = text;
		k->name = name;
		/* as ChooseConstraintName has it */
		for (int n = 0; k->name == NULL || (name == NULL &&
		    has_check(m, k->name)); n++)
			k->name = table_object_name(p->d->mem, base, NULL,
			    n == 0 ? "check" : arena_printf(p->d->mem,
			    "check%d", n));
		vec_push(&m->checks, k);
	} else
		m->unclear = true;
}

/* ALTER DOMAIN ... SET DEFAULT, DROP DEFAULT, SET and DROP NOT NULL. */
static bool
domain_setting(struct kind_pair *p, struct domain *m, const char *text,
    const struct sql_stmt *st, const char *sub)
{
	const char *s = arena_strndup(p->d->mem, text + st->off, st->len);
	struct sql_token *t;
	size_t n, i = 0;

	if (strcmp(st->tag, "AlterDomainStmt") != 0 || sub == NULL ||
	    strchr("TNO", *sub) == NULL || !sql_scan(p->d->mem, s, &t, &n))
		return false;
	if (*sub != 'T') {
		m->not_null = *sub == 'O';
		return true;
	}
	m->dflt = json_get(st->node, "def");
	while (i < n && !sql_token_is(s, &t[i], "default"))
		i++;
	m->dflt_text = m->dflt != NULL && i < n ? s + t[i].off : NULL;
	return true;
}

static void
read_domain(struct kind_pair *p, bool old, struct domain *m)
{
	const struct parsed *t = old ? p->was : p->is;
	const char *text = kind_text(p, old);
	const struct json *node = t->stmts[0].node;
	const struct json *cons = json_get(node, "constraints");

	m->type = json_get(node, "typeName");
	m->collation = json_get(node, "collClause");
	for (const struct json *j = cons ? cons->first : NULL; j;
	    j = j->next) {
		const struct json *con = json_get(j, "Constraint");
		long from = json_int(con, "location", -1);
		long to = json_int(json_get(j->next, "Constraint"),
		    "location", -1);

		if (from < 0)
			m->unclear = true;
		else
			domain_constraint(p, m, t->idents[0].name, con,
			    cut(p, text, &t->stmts[0], from, to));
	}
	for (size_t i = 1; i < t->n; i++) {
		const struct sql_stmt *st = &t->stmts[i];
		const struct json *con = json_get2(st->node, "def",
		    "Constraint");
		const char *sub = json_str(st->node, "subtype");

		if (domain_setting(p, m, text, st, sub))
			continue;
		if (strcmp(st->tag, "AlterDomainStmt") != 0 || sub == NULL ||
		    *sub != 'C' || con == NULL) {
			m->unclear = m->unclear ||
			    strcmp(st->tag, "AlterDomainStmt") == 0;
			continue;
		}
		domain_constraint(p, m, t->idents[0].name, con, cut(p, text,
		    st, json_int(con, "location", 0), -1));
	}
}

/* The words of a constraint behind its name. */
static const char *
nameless(struct kind_pair *p, const char *text)
{
	struct sql_token *t;
	size_t n;

	if (strncasecmp(text, "constraint", 10) == 0 &&
	    sql_scan(p->d->mem, text, &t, &n) && n > 2)
		return text + t[2].off;
	return text;
}

/* Whether a domain has a check by that name that says the same. */
static bool
has_same(const struct domain *m, const struct domain_check *k)
{
	for (size_t i = 0; i < m->checks.n; i++) {
		const struct domain_check *o = m->checks.v[i];

		if (strcmp(k->name, o->name) == 0 &&
		    sql_equal(k->expr, o->expr))
			return true;
	}
	return false;
}

/* Columns of arrays, composites and ranges that have the domain inside. */
static const char inside_sql[] =
    "with recursive h (id, inside) as ("
    "  select t.oid, false from pg_catalog.pg_type t"
    "    join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
    "    where n.nspname = $1 and t.typname = $2"
    "  union"
    "  select x.id, x.inside from h cross join lateral ("
    "    select t.typarray as id, true as inside from pg_catalog.pg_type t"
    "      where t.oid = h.id and t.typarray <> 0"
    "    union all"
    "    select t.oid, h.inside from pg_catalog.pg_type t"
    "      where t.typbasetype = h.id"
    "    union all"
    "    select c.reltype, true from pg_catalog.pg_attribute a"
    "      join pg_catalog.pg_class c on c.oid = a.attrelid"
    "      where a.atttypid = h.id and c.relkind = 'c'"
    "        and not a.attisdropped"
    "    union all"
    "    select r.rngtypid, true from pg_catalog.pg_range r"
    "      where r.rngsubtype = h.id) x)"
    "select exists (select from h"
    "  join pg_catalog.pg_attribute a on a.atttypid = h.id"
    "  join pg_catalog.pg_class c on c.oid = a.attrelid"
    "  where h.inside and c.relkind in ('r', 'p', 'm') and a.attnum > 0"
    "    and not a.attisdropped)";

/*
 * Whether a domain is to allow less while values of it are inside of others:
 * the server does not look at these, and alters no such domain.
 */
static bool
binds_inside(struct kind_pair *p, const struct domain *a,
    const struct domain *b)
{
	const char *args[] = { p->was->idents[0].schema,
		p->was->idents[0].name };
	bool less = b->not_null && !a->not_null;
	WM_PGRES *r = NULL;

	for (size_t i = 0; i < b->checks.n; i++)
		less = less || !has_same(a, b->checks.v[i]);
	if (less && p->d->db != NULL)
		r = pg_query(p->d->db, PG_ONE_ROW, inside_sql, 2, args);
	return r != NULL && PQgetvalue(r, 0, 0)[0] == 't';
}

static void
domain_checks(struct kind_pair *p, const struct domain *a,
    const struct domain *b)
{
	for (int add = 0; add < 2; add++) {
		const struct domain *x = add ? b : a, *y = add ? a : b;

		for (size_t i = 0; i < x->checks.n; i++) {
			const struct domain_check *k = x->checks.v[i];

			if (has_same(y, k))
				continue;
			if (add)
				kind_emit(p,
				    "alter domain %s add constraint %s %s",
				    p->fq, sql_quoted(p->d->mem, k->name),
				    nameless(p,
				    k->text));
			else	/* it may be out of the way already */
				kind_emit(p, "alter domain %s drop constraint "
				    "if exists %s", p->fq,
				    sql_quoted(p->d->mem, k->name));
		}
	}
}

bool
kind_domain(struct kind_pair *p)
{
	struct domain a = { .type = NULL }, b = { .type = NULL };
	bool ok;

	read_domain(p, true, &a);
	read_domain(p, false, &b);
	ok = !a.unclear && !b.unclear && type_equal(a.type, b.type) &&
	    sql_equal(a.collation, b.collation) && !binds_inside(p, &a, &b);
	if (ok && !sql_equal(a.dflt, b.dflt)) {
		if (b.dflt_text != NULL)
			kind_emit(p, "alter domain %s set %s", p->fq,
			    nameless(p, b.dflt_text));
		else
			kind_emit(p, "alter domain %s drop default", p->fq);
	}
	if (ok && a.not_null != b.not_null)
		kind_emit(p, "alter domain %s %s not null", p->fq,
		    b.not_null ? "set" : "drop");
	if (ok)
		domain_checks(p, &a, &b);
	vec_clear(&a.checks);
	vec_clear(&b.checks);
	return ok;
}

/* --- enums --- */

/* Labels of an enum, appended to out. */
static void
labels(const struct json *node, struct vec *out)
{
	const struct json *vals = json_get(node, "vals");

	for (const struct json *j = vals ? vals->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL)
			vec_push(out, sql_string(j));
}

/* An enum whose labels only become more, in the same order. */
bool
kind_enum(struct kind_pair *p)
{
	WM_VEC old = VEC_INIT;
	WM_VEC new = VEC_INIT;
	size_t k = 0;

	labels(p->was->stmts[0].node, &old);
	labels(p->is->stmts[0].node, &new);
	for (size_t i = 0; i < new.n; i++)
		if (k < old.n && strcmp(new.v[i], old.v[k]) == 0)
			k++;
		else if (vec_has_string(&old, new.v[i]))
			return false;
	if (k < old.n || old.n == 0 || !kind_single(p))
		return false;
	for (size_t i = 0; i < new.n; i++) {
		if (vec_has_string(&old, new.v[i]))
			continue;
		kind_emit(p, "alter type %s add value %s %s %s", p->fq,
		    sql_literal(p->d->mem, new.v[i]), i > 0 ? "after" :
		    "before",
		    sql_literal(p->d->mem, i > 0 ? new.v[i - 1] : old.v[0]));
	}
	return true;
}

/* --- composite types --- */

struct attribute {
	const char *name;
	const struct json *def;
	const char *text;	/* type and collation */
};

static void
read_attributes(struct kind_pair *p, bool old, struct vec *out)
{
	const struct parsed *t = old ? p->was : p->is;
	const char *text = kind_text(p, old);
	const struct json *list = json_get(t->stmts[0].node, "coldeflist");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		struct attribute *a = arena_alloc(p->d->mem, sizeof(*a));
		const struct json *next = json_get(j->next, "ColumnDef");
		long to = json_int(next, "location", -1);
		const char *s;
		size_t len;

		a->def = json_get(j, "ColumnDef");
		a->name = json_str(a->def, "colname");
		s = cut(p, text, &t->stmts[0], json_int(json_get(a->def,
		    "typeName"), "location", 0), to);
		len = strlen(s);
		/* what ends it: a comma, or the list's parenthesis */
		while (len > 0 && s[len - 1] != (to < 0 ? ')' : ','))
			len--;
		a->text = arena_strndup(p->d->mem, s, len > 0 ? len - 1 : 0);
		vec_push(out, a);
	}
}

static const struct attribute *
find_attribute(const struct vec *v, const char *name, size_t *out_at)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(((struct attribute *)v->v[i])->name, name) == 0) {
			*out_at = i;
			return v->v[i];
		}
	return NULL;
}

/* New attributes come last; what was there keeps its place. */
static bool
attributes_fit(const struct vec *was, const struct vec *is)
{
	size_t at, next = 0;
	bool added = false;

	for (size_t i = 0; i < is->n; i++) {
		const struct attribute *a = is->v[i];

		if (find_attribute(was, a->name, &at) == NULL)
			added = true;
		else if (added || at < next)
			return false;
		else
			next = at + 1;
	}
	return true;
}

/* Whether there are tables of the type, which get the attribute as well. */
static bool
has_typed(struct kind_pair *p)
{
	const struct ident *id = &p->was->idents[0];
	const char *args[] = { id->schema, id->name };
	WM_PGRES *r = p->d->db == NULL ? NULL : pg_query(p->d->db, PG_ROWS,
	    "select from pg_catalog.pg_class c"
	    "  join pg_catalog.pg_type t on t.oid = c.reloftype"
	    "  join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
	    "  where n.nspname = $1 and t.typname = $2 limit 1", 2, args);

	return r != NULL && PQntuples(r) > 0;
}

bool
kind_composite(struct kind_pair *p)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;
	size_t at;

	if (!kind_single(p) ||
	    strcmp(p->is->stmts[0].tag, "CompositeTypeStmt") != 0)
		return false;
	read_attributes(p, true, &was);
	read_attributes(p, false, &is);
	if (!attributes_fit(&was, &is))
		return false;
	for (size_t i = 0; i < was.n; i++) {
		const struct attribute *a = was.v[i];

		if (find_attribute(&is, a->name, &at) == NULL)
			kind_emit(p, "alter type %s drop attribute %s", p->fq,
			    sql_quoted(p->d->mem, a->name));
	}
	for (size_t i = 0; i < is.n; i++) {
		const struct attribute *a = is.v[i];
		const struct attribute *o = find_attribute(&was, a->name, &at);

		if (o == NULL)
			kind_emit(p, "alter type %s add attribute %s %s%s",
			    p->fq, sql_quoted(p->d->mem, a->name), a->text,
			    has_typed(p) ? " cascade" : "");
		/* one that tables use cannot change: the server says so */
		else if (!type_equal(json_get(o->def, "typeName"),
		    json_get(a->def, "typeName")) || !sql_equal(json_get(
		    o->def, "collClause"), json_get(a->def, "collClause")))
			return false;
	}
	for (size_t i = 0; i < was.n; i++) {
		const struct attribute *a = was.v[i];

		if (find_attribute(&is, a->name, &at) == NULL &&
		    !swap_attribute_gone(p->d, p->c, &p->was->idents[0],
		    a->name))
			return false;
	}
	return true;
}
