#include "alter_impl.h"

#include "casts_known.h"
#include "pg.h"

static bool
base_is(const struct json *type, const char *name)
{
	const struct json *n = json_get(type, "names");
	const char *s = n && n->last ? sql_string(n->last) : NULL;

	return s != NULL && strcmp(s, name) == 0;
}

/* Same base type, other modifiers. Source: the types' own typmod casts. */
static enum cast
modifier_cast(const struct json *a, const struct json *b)
{
	bool none = json_get(b, "typmods") == NULL;
	long m0 = type_modifier(a, 0, -1), n0 = type_modifier(b, 0, -1);
	long m1 = type_modifier(a, 1, 0), n1 = type_modifier(b, 1, 0);

	if (base_is(a, "varchar") || base_is(a, "varbit"))
		return none || (m0 >= 0 && n0 >= m0) ? CAST_FREE : CAST_LOSSY;
	if (base_is(a, "numeric")) {
		if (none || (m0 >= 0 && n1 == m1 && n0 >= m0))
			return CAST_FREE;
		return m0 >= 0 && n1 >= m1 && n0 - n1 >= m0 - m1 ?
		    CAST_REWRITE : CAST_LOSSY;
	}
	if (base_is(a, "bpchar"))
		return m0 >= 0 && n0 >= m0 ? CAST_REWRITE : CAST_LOSSY;
	if (base_is(a, "timestamp") || base_is(a, "timestamptz") ||
	    base_is(a, "time") || base_is(a, "timetz"))
		return none || (m0 >= 0 && n0 >= m0) ? CAST_FREE : CAST_LOSSY;
	return none ? CAST_REWRITE : CAST_LOSSY;
}

/* How the server casts one type to another; asked once for each pair. */
struct known_cast {
	char context;	/* of pg_cast; 0: there is none */
	bool binary;
	bool to_text;	/* a string type: all can be written as text */
	bool from_text;	/* of one: all can be read from text */
};

/* The last name of a type; NULL for arrays. */
static const char *
bare_type(const struct json *type)
{
	const struct json *n = json_get(type, "names");

	return json_get(type, "arrayBounds") != NULL || n == NULL ||
	    n->last == NULL ? NULL : sql_string(n->last);
}

/* Without a server. */
static struct known_cast *
look_up_cast(struct diff *d, const struct json *from, const struct json *to)
{
	struct known_cast *k = arena_alloc(d->mem, sizeof(*k));
	const char *f = bare_type(from), *t = bare_type(to);
	const struct cast_known *c = f && t ? cast_known(f, t) : NULL;

	if (c != NULL) {
		k->context = c->context;
		k->binary = c->binary;
	}
	k->to_text = f != NULL && t != NULL && cast_string(t);
	k->from_text = f != NULL && cast_string(f);
	return k;
}

static struct known_cast *
ask_cast(struct diff *d, const char *const *types)
{
	struct known_cast *k = arena_alloc(d->mem, sizeof(*k));
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select k.castcontext, k.castmethod, t.typcategory = 'S' and"
	    " f.typcategory <> 'A', f.typcategory = 'S'"
	    " from (select to_regtype($1) as f, to_regtype($2) as t) x"
	    " left join pg_catalog.pg_type t on t.oid = x.t"
	    " left join pg_catalog.pg_type f on f.oid = x.f"
	    " left join pg_catalog.pg_cast k on k.castsource = x.f"
	    " and k.casttarget = x.t", 2, types);

	if (r == NULL)
		return NULL;
	if (PQntuples(r) > 0) {
		if (!PQgetisnull(r, 0, 0))
			k->context = PQgetvalue(r, 0, 0)[0];
		k->binary = PQgetvalue(r, 0, 1)[0] == 'b';
		k->to_text = PQgetvalue(r, 0, 2)[0] == 't';
		k->from_text = PQgetvalue(r, 0, 3)[0] == 't';
	}
	return k;
}

/* --- arrays and domains -------------------------------------------------- */

/* The type of an array's elements, as they are cast one by one. */
static const struct json *
element(struct diff *d, const struct json *type)
{
	struct json *e = arena_alloc(d->mem, sizeof(*e));

	*e = *type;
	e->first = e->last = NULL;
	for (const struct json *j = type->first; j != NULL; j = j->next) {
		struct json *k;

		if (strcmp(j->key, "arrayBounds") == 0)
			continue;
		k = arena_alloc(d->mem, sizeof(*k));
		*k = *j;
		k->next = NULL;
		if (e->last != NULL)
			e->last->next = k;
		else
			e->first = k;
		e->last = k;
	}
	return e;
}

/* The text of one side that makes a domain of that name, or NULL. */
static struct parsed *
domain_text(struct diff *d, const char *schema, const char *name, bool old)
{
	/* the server's own are none of ours */
	struct change *c = strcmp(schema, "pg_catalog") != 0 ?
	    change_find(d, NULL, ID_TYPE, schema, name, old) : NULL;
	struct parsed *p;

	return c != NULL && change_parse(d, c, old, &p) &&
	    strcmp(p->stmts[0].tag, "CreateDomainStmt") == 0 ? p : NULL;
}

/* Whether a domain's text says more than which type it is of. */
static bool
has_conditions(const struct parsed *domain)
{
	const struct json *cons = json_get(domain->stmts[0].node,
	    "constraints");

	for (const struct json *j = cons ? cons->first : NULL; j; j = j->next) {
		const char *type = json_str(json_get(j, "Constraint"),
		    "contype");

		if (type != NULL && (strcmp(type, "CONSTR_CHECK") == 0 ||
		    strcmp(type, "CONSTR_NOTNULL") == 0))
			return true;
	}
	for (size_t i = 1; i < domain->n; i++)
		if (strcmp(domain->stmts[i].tag, "AlterDomainStmt") == 0)
			return true;
	return false;
}

/*
 * What a domain is of, however many there are on the way.
 *
 * out_conditions   set where a value may be turned down; else unchanged
 */
static const struct json *
base_type(struct diff *d, const struct json *type, bool old,
    bool *out_conditions)
{
	for (int depth = 0; depth < 100; depth++) {
		const struct json *n = json_get(type, "names");
		const char *name = bare_type(type);
		struct parsed *p = name == NULL ? NULL : domain_text(d,
		    n->first != n->last ? sql_string(n->first) : IDENT_SCHEMA,
		    name, old);

		if (p == NULL)
			break;
		*out_conditions = *out_conditions || has_conditions(p);
		type = json_get(p->stmts[0].node, "typeName");
	}
	return type;
}

/* Values of a type other than by name. */
static bool
cast_of_names(struct diff *d, const struct json *from, const struct json *to,
    enum cast *out)
{
	const char *args[2] = { sql_type_text(d->mem, from),
		sql_type_text(d->mem, to) };
	struct known_cast *known;
	const char *key;

	*out = CAST_NONE;
	if (args[0] == NULL || args[1] == NULL)
		return true;
	key = arena_printf(d->mem, "%s>%s", args[0], args[1]);
	known = map_get(&d->casts, key);
	if (known == NULL) {
		known = d->db == NULL ? look_up_cast(d, from, to) :
		    ask_cast(d, args);
		if (known == NULL)
			return false;
		map_put(&d->casts, key, known);
	}
	if (known->context == 'i') {
		bool limit = json_get(to, "typmods") != NULL &&
		    !base_is(to, "numeric");

		*out = limit ? CAST_LOSSY : known->binary ? CAST_FREE :
		    CAST_REWRITE;
	} else if (known->to_text && json_get(to, "typmods") == NULL)
		*out = known->context == 'a' && known->binary ? CAST_FREE :
		    CAST_REWRITE;	/* anything as text */
	else if (known->context == 'a')
		*out = CAST_LOSSY;
	else if (known->context != 0 || known->from_text || known->to_text)
		*out = CAST_ASKED;
	return true;
}

bool
alter_cast(struct alter *a, const struct column *was, const struct column *is,
    enum cast *out)
{
	const struct json *from = was->type, *to = is->type;
	bool array = json_get(from, "arrayBounds") != NULL &&
	    json_get(to, "arrayBounds") != NULL;
	bool same = type_names_equal(from, to), conditions = false, any = false;

	if (array) {
		from = element(a->d, from);
		to = element(a->d, to);
	}
	if (!same) {
		from = base_type(a->d, from, true, &any);
		to = base_type(a->d, to, false, &conditions);
	}
	if (!same && type_equal(from, to))
		*out = CAST_FREE;
	else if (type_names_equal(from, to))
		*out = modifier_cast(from, to);
	else if (!cast_of_names(a->d, from, to, out))
		return false;
	/* an array says in itself what its elements are */
	if (array && *out == CAST_FREE && (!same || json_get(to, "typmods")))
		*out = CAST_REWRITE;
	if (conditions && *out > CAST_LOSSY)
		*out = CAST_LOSSY;
	return true;
}
