#include "pool.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "pg.h"
#include "sbuf.h"
#include "sql.h"

/* How many values are made of a template. */
#define MADE 6
/* Values of which others are composed. */
#define PARTS ((size_t)4)

/*
 * Values of base types. In templates # is a number from 1 on. What a type
 * does not take is left out later: so a row may say more than its type allows.
 */
static const struct base {
	const char *type;	/* pg_type.typname; NULL: any other */
	const char *templates[3];
	const char *extra[16];
} bases[] = {
	{ "bool", { NULL }, { "true", "false" } },
	{ "int2", { "#" }, { "0", "-1", "10", "100", "1000", "32767" } },
	{ "int4", { "#" }, { "0", "-1", "10", "100", "1000", "2000",
	    "100000" } },
	{ "int8", { "#" }, { "0", "-1", "10", "100", "1000", "2000",
	    "5000000000" } },
	{ "numeric", { "#", "#.5" }, { "0", "-1", "0.01", "0.1", "10", "100",
	    "1000", "99999" } },
	{ "float4", { "#", "#.5" }, { "0", "-1", "0.25", "100", "NaN" } },
	{ "float8", { "#", "#.5" }, { "0", "-1", "0.25", "100", "NaN" } },
	{ "money", { "#.05" }, { "0", "-1" } },
	{ "oid", { "#" }, { "0" } },
	{ "date", { "2001-02-0#", "2030-01-0#" }, { "1999-12-31",
	    "infinity" } },
	{ "timestamp", { "2001-02-0# 10:20:30.5", "2030-01-0# 10:00" },
	    { "1999-12-31", "infinity" } },
	{ "timestamptz", { "2001-02-0# 10:20:30.5Z", "2030-01-0# 10:00Z" },
	    { "1999-12-31Z", "infinity" } },
	{ "time", { "0#:30:15.25" }, { "00:00", "24:00" } },
	{ "timetz", { "0#:30:15.25Z" }, { "00:00Z" } },
	{ "interval", { "# days", "0#:00:01" }, { "0", "1 year -1 day" } },
	{ "uuid", { "00000000-0000-4000-8000-00000000000#" }, { NULL } },
	{ "json", { "{\"a\": #}" }, { "{}", "[]", "1", "\"x\"", "null" } },
	{ "jsonb", { "{\"a\": #}" }, { "{}", "[]", "1", "\"x\"", "null" } },
	{ "jsonpath", { "$.a[#]" }, { NULL } },
	{ "bytea", { "\\x0#ff" }, { "\\x", "\\x00" } },
	{ "inet", { "10.0.0.#", "10.#.0.0/16" }, { "::1" } },
	{ "cidr", { "10.#.0.0/16" }, { "::/0" } },
	{ "macaddr", { "08:00:2b:01:02:0#" }, { NULL } },
	{ "macaddr8", { "08:00:2b:01:02:03:04:0#" }, { NULL } },
	{ "point", { "(#,1)" }, { NULL } },
	{ "line", { "{1,2,#}" }, { NULL } },
	{ "lseg", { "[(0,0),(#,1)]" }, { NULL } },
	{ "box", { "(#,1),(0,0)" }, { NULL } },
	{ "path", { "[(0,0),(#,1)]" }, { NULL } },
	{ "polygon", { "((0,0),(#,1),(1,0))" }, { NULL } },
	{ "circle", { "<(0,#),2>" }, { NULL } },
	{ "tsvector", { "'a':# 'b':1" }, { NULL } },
	{ "tsquery", { "'a' & 'b#'" }, { NULL } },
	{ "xml", { "<a>#</a>" }, { NULL } },
	{ "pg_lsn", { "0/#" }, { NULL } },
	{ "ltree", { "a.b#" }, { NULL } },
	{ "hstore", { "\"a\"=>\"#\"" }, { NULL } },
	{ NULL, { "a#", "#" }, { "a", "A", "AB", "ABC", "abc", "0", "",
	    "a@b.example", "https://a.example/b", "+1 800 555 0100",
	    "A-1", "eng", "123456789", "gr\303\274n \342\202\254", "{}",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
};

void
pool_init(struct pool *p, struct arena *mem, PGconn *db)
{
	memset(p, 0, sizeof(*p));
	p->mem = mem;
	p->db = db;
}

void
pool_clear(struct pool *p)
{
	map_clear(&p->types);
	for (size_t i = 0; i < p->all.n; i++) {
		struct values *v = p->all.v[i];

		vec_clear(&v->v);
	}
	vec_clear(&p->all);
}

static void
plain(PGconn *db, const char *sql)
{
	PQclear(PQexec(db, sql));
}

PGresult *
pool_try(struct pool *p, const char *sql, int n, const char *const *values,
    const char **out_error)
{
	PGresult *r;
	ExecStatusType s;

	plain(p->db, "savepoint wm_try");
	r = PQexecParams(p->db, sql, n, NULL, values, NULL, NULL, 0);
	s = PQresultStatus(r);
	if (s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK) {
		plain(p->db, "release wm_try");
		return r;
	}
	if (out_error != NULL) {
		const char *why = PQresultErrorField(r,
		    PG_DIAG_MESSAGE_PRIMARY);

		*out_error = arena_strdup(p->mem, why ? why :
		    PQerrorMessage(p->db));
	}
	PQclear(r);
	plain(p->db, "rollback to wm_try; release wm_try");
	return NULL;
}

static void
put_new(struct arena *mem, struct vec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return;
	vec_push(v, arena_strdup(mem, s));
}

static void
put_rows(struct pool *p, const PGresult *r, struct vec *out)
{
	for (int i = 0; i < PQntuples(r); i++)
		if (!PQgetisnull(r, i, 0))
			put_new(p->mem, out, PQgetvalue(r, i, 0));
}

void
pool_cast(struct pool *p, const char *type, const struct vec *texts,
    struct vec *out)
{
	WM_SBUF one = SBUF_INIT;

	sbuf_printf(&one, "select ($1::text)::%s::text", type);
	for (size_t i = 0; i < texts->n; i++) {
		const char *s = texts->v[i];
		WM_PGRES *r = pool_try(p, one.s, 1, &s, NULL);

		if (r != NULL)
			put_rows(p, r, out);
	}
}

static void
base_texts(struct arena *mem, const char *typname, struct vec *out)
{
	const struct base *b = bases;

	while (b->type != NULL && strcmp(b->type, typname) != 0)
		b++;
	for (size_t t = 0; t < WM_LEN(b->templates) && b->templates[t]; t++)
		for (int i = 1; i <= MADE; i++) {
			WM_SBUF s = SBUF_INIT;

			for (const char *c = b->templates[t]; *c; c++)
				if (*c == '#')
					sbuf_printf(&s, "%d", i);
				else
					sbuf_putc(&s, *c);
			vec_push(out, sbuf_take(&s, mem));
		}
	for (size_t e = 0; e < WM_LEN(b->extra) && b->extra[e]; e++)
		vec_push(out, b->extra[e]);
}

static void
constants_of(struct arena *mem, const struct json *j, struct vec *out)
{
	const struct json *c = j->key && strcmp(j->key, "A_Const") == 0 ?
	    j : NULL;
	const char *s;

	if (c != NULL && (s = json_str(json_get(c, "sval"), "sval")) != NULL)
		put_new(mem, out, s);
	if (c != NULL && (s = json_str(json_get(c, "fval"), "fval")) != NULL)
		put_new(mem, out, s);
	if (c != NULL && json_get(c, "ival") != NULL) {
		/* zero is left out of the tree */
		long n = json_int(json_get(c, "ival"), "ival", 0);

		put_new(mem, out, arena_printf(mem, "%ld", n));
		put_new(mem, out, arena_printf(mem, "%ld", n + 1));
		put_new(mem, out, arena_printf(mem, "%ld", n - 1));
		/* it may be the length that a text has to have */
		if (n > 1 && n <= 256) {
			char *run = arena_alloc(mem, (size_t)n + 1);

			memset(run, 'a', (size_t)n);
			put_new(mem, out, run);
		}
	}
	for (const struct json *k = j->first; k != NULL; k = k->next)
		constants_of(mem, k, out);
}

void
pool_constants(struct arena *mem, const char *expr, struct vec *out)
{
	struct sql_stmt *stmts;
	struct sql_error err;
	size_t n;

	if (!sql_parse(mem, arena_printf(mem, "select %s", expr), &stmts, &n,
	    &err))
		return;
	for (size_t i = 0; i < n; i++)
		constants_of(mem, stmts[i].node, out);
}

/* Values of a domain: those of its base, with what its checks name. */
static void
make_domain(struct pool *p, const char *type, const char *base,
    struct vec *out)
{
	const char *param = type;
	WM_VEC texts = VEC_INIT;
	WM_VEC consts = VEC_INIT;
	WM_PGRES *r = pool_try(p, "select pg_get_expr(c.conbin, 0)"
	    " from pg_constraint c where c.contypid = $1::regtype"
	    " and c.contype = 'c' order by c.conname collate \"C\"", 1, &param,
	    NULL);
	const struct values *v = pool_values(p, base);

	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		pool_constants(p->mem, PQgetvalue(r, i, 0), &consts);
	pool_cast(p, base, &consts, &texts);
	for (size_t i = 0; i < v->v.n; i++)
		vec_push(&texts, v->v.v[i]);
	pool_cast(p, type, &texts, out);
}

static void
make_array(struct pool *p, const char *type, const char *elem,
    struct vec *out)
{
	const struct values *v = pool_values(p, elem);
	WM_SBUF sql = SBUF_INIT;

	for (size_t i = 0; i <= v->v.n && i <= PARTS; i++) {
		const char *params[2];

		sbuf_reset(&sql);
		if (i == 0)
			sbuf_printf(&sql, "select '{}'::%s::text", type);
		else {
			params[0] = v->v.v[i - 1];
			params[1] = v->v.v[i % v->v.n];
			sbuf_printf(&sql, "select array[$1::text::%s, "
			    "$2::text::%s]::%s::text", elem, elem, type);
		}
		WM_PGRES *r = pool_try(p, sql.s, i == 0 ? 0 : 2, params, NULL);
		if (r != NULL)
			put_rows(p, r, out);
	}
	/* plain ones first */
	if (out->n > 1) {
		const void *empty = out->v[0];

		memmove(out->v, out->v + 1, (out->n - 1) * sizeof(*out->v));
		memcpy(&out->v[out->n - 1], &empty, sizeof(empty));
	}
}

/* Ranges that lie one behind the other, then some that do not. */
static void
make_range(struct pool *p, const char *type, const char *sub, struct vec *out)
{
	const struct values *v = pool_values(p, sub);
	WM_SBUF sql = SBUF_INIT;

	sbuf_printf(&sql, "select %s(least($1::text::%s, $2::text::%s), "
	    "greatest($1::text::%s, $2::text::%s))::text", type, sub, sub, sub,
	    sub);
	for (size_t step = 1; step < 3; step++)
		for (size_t i = 0; i + 1 < v->v.n && i < 2 * PARTS; i++) {
			const char *params[] = { v->v.v[i],
				v->v.v[(i + step) % v->v.n] };
			WM_PGRES *r = pool_try(p, sql.s, 2, params, NULL);

			if (r != NULL)
				put_rows(p, r, out);
		}
}

static void
make_multirange(struct pool *p, const char *type, const char *range,
    struct vec *out)
{
	const struct values *v = pool_values(p, range);
	WM_VEC texts = VEC_INIT;

	for (size_t i = 0; i < v->v.n && i < PARTS; i++)
		vec_push(&texts, arena_printf(p->mem, "{%s}",
		    (const char *)v->v.v[i]));
	vec_push(&texts, "{}");
	pool_cast(p, type, &texts, out);
}

static void
make_composite(struct pool *p, const char *type, struct vec *out)
{
	const char *param = type;
	WM_PGRES *atts = pool_try(p, "select format_type(a.atttypid,"
	    " a.atttypmod) from pg_attribute a join pg_type t"
	    " on t.typrelid = a.attrelid where t.oid = $1::regtype"
	    " and a.attnum > 0 and not a.attisdropped order by a.attnum", 1,
	    &param, NULL);

	for (size_t row = 0; atts != NULL && row < PARTS; row++) {
		WM_SBUF sql = SBUF_INIT;
		WM_VEC params = VEC_INIT;

		sbuf_puts(&sql, "select row(");
		for (int i = 0; i < PQntuples(atts); i++) {
			const char *t = PQgetvalue(atts, i, 0);
			const struct values *v = pool_values(p, t);

			vec_push(&params, v->v.n == 0 ? NULL :
			    v->v.v[row % v->v.n]);
			sbuf_printf(&sql, "%s$%d::text::%s", i ? ", " : "",
			    i + 1, t);
		}
		sbuf_printf(&sql, ")::%s::text", type);
		WM_PGRES *r = pool_try(p, sql.s, PQntuples(atts),
		    (const char *const *)params.v, NULL);
		if (r != NULL)
			put_rows(p, r, out);
	}
}

static void
make_enum(struct pool *p, const char *type, struct vec *out)
{
	const char *param = type;
	WM_PGRES *r = pool_try(p, "select enumlabel from pg_enum"
	    " where enumtypid = $1::regtype order by enumsortorder", 1, &param,
	    NULL);

	if (r != NULL)
		put_rows(p, r, out);
}

static void
make_base(struct pool *p, const char *type, const char *typname,
    struct vec *out)
{
	WM_VEC texts = VEC_INIT;

	base_texts(p->mem, typname, &texts);
	pool_cast(p, type, &texts, out);
}

const struct values *
pool_values(struct pool *p, const char *type)
{
	static const char sql[] =
	    "select t.typtype, t.typname, t.typcategory = 'A' and"
	    " t.typelem <> 0, format_type(t.typelem, null),"
	    " format_type(nullif(t.typbasetype, 0), t.typtypmod),"
	    " (select format_type(r.rngsubtype, null) from pg_range r"
	    "  where r.rngtypid = t.oid),"
	    " (select format_type((to_jsonb(r) ->> 'rngtypid')::oid, null)"
	    "  from pg_range r"
	    "  where (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid)"
	    " from pg_type t where t.oid = $1::regtype";
	struct values *v = map_get(&p->types, type);
	char kind;

	if (v != NULL)
		return v;
	v = arena_alloc(p->mem, sizeof(*v));
	v->type = arena_strdup(p->mem, type);
	/* in the map before it is full: types may contain themselves */
	map_put(&p->types, v->type, v);
	vec_push(&p->all, v);
	WM_PGRES *r = pool_try(p, sql, 1, &type, NULL);
	if (r == NULL || PQntuples(r) != 1)
		return v;
	kind = PQgetvalue(r, 0, 0)[0];
	if (kind == 'e')
		make_enum(p, type, &v->v);
	else if (kind == 'd')
		make_domain(p, type, PQgetvalue(r, 0, 4), &v->v);
	else if (kind == 'c')
		make_composite(p, type, &v->v);
	else if (kind == 'r')
		make_range(p, type, PQgetvalue(r, 0, 5), &v->v);
	else if (kind == 'm')
		make_multirange(p, type, PQgetvalue(r, 0, 6), &v->v);
	else if (PQgetvalue(r, 0, 2)[0] == 't')
		make_array(p, type, PQgetvalue(r, 0, 3), &v->v);
	else
		make_base(p, type, PQgetvalue(r, 0, 1), &v->v);
	return v;
}
