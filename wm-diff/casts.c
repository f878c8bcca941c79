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

bool
alter_cast(struct alter *a, const struct column *was, const struct column *is,
    enum cast *out)
{
	const char *args[2] = { sql_type_text(a->d->mem, was->type),
		sql_type_text(a->d->mem, is->type) };
	struct known_cast *known;
	const char *key;

	*out = CAST_NONE;
	if (args[0] == NULL || args[1] == NULL)
		return true;
	if (type_names_equal(was->type, is->type)) {
		*out = modifier_cast(was->type, is->type);
		return true;
	}
	key = arena_printf(a->d->mem, "%s>%s", args[0], args[1]);
	known = map_get(&a->d->casts, key);
	if (known == NULL) {
		known = a->d->db == NULL ? look_up_cast(a->d, was->type,
		    is->type) : ask_cast(a->d, args);
		if (known == NULL)
			return false;
		map_put(&a->d->casts, key, known);
	}
	if (known->context == 'i') {
		bool limit = json_get(is->type, "typmods") != NULL &&
		    !base_is(is->type, "numeric");

		*out = limit ? CAST_LOSSY : known->binary ? CAST_FREE :
		    CAST_REWRITE;
	} else if (known->to_text && json_get(is->type, "typmods") == NULL)
		*out = known->context == 'a' && known->binary ? CAST_FREE :
		    CAST_REWRITE;	/* anything as text */
	else if (known->context == 'a')
		*out = CAST_LOSSY;
	else if (known->context != 0 || known->from_text || known->to_text)
		*out = CAST_ASKED;
	return true;
}
