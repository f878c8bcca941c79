#include "alter.h"

#include <stdlib.h>

#include "closure.h"
#include "diag.h"
#include "embed.h"
#include "migrate.h"
#include "pg.h"
#include "table.h"

/* A constraint of the catalog. */
struct fact {
	char kind;
	const char *name;
	struct vec cols;
	const char *ref;
	bool taken;
};

/* A sequence that a column owns: serial, identity. */
struct owned {
	const char *col;	/* as it is named by now */
	const char *was;	/* as the catalog has it */
	const char *schema;
	const char *name;
	bool gone;
};

/* A column that migrations have renamed or made. */
struct naming {
	const char *now;
	const char *was;	/* in the catalog; NULL: not there */
};

/* A name that a constraint of the catalog is to have. */
struct renaming {
	const char *from;
	const char *to;
};

/* What the catalog tells of a table. */
struct table_facts {
	struct vec facts;	/* of struct fact * */
	bool has_rows;		/* it may */
	long long rows;		/* estimates */
	long long bytes;
};

/* One table on its way. */
struct alter {
	struct diff *d;
	struct change *c;
	struct table *old;	/* changed as migrations are worked out */
	struct table *new;
	const char *fq;		/* as SQL names it, at this point */
	const char *was_fq;	/* before anything ran */
	struct ident was_id;
	const char *cmd_nam;	/* as wm-migrate names it */
	struct vec facts;	/* of struct fact * */
	bool has_rows;
	long long rows;		/* estimates */
	long long bytes;
	bool migrated;		/* a migration may have written any row */
	struct vec moved;	/* columns that migrations make or write */
	size_t main;		/* in change.alters: behind the migrations */
	struct vec owned;	/* of struct owned * */
	struct vec renamings;	/* of struct renaming * */
	struct vec dropped;	/* of const char *: constraints that go */
	struct vec names;	/* of struct naming * */
	struct vec remade;	/* columns dropped and made again */
	bool pending;		/* of the migrations, some are to come */

	struct vec subs;	/* of const char *: of the ALTER TABLE at work */
	struct alter_stmt cost;	/* of those */
};

static void
flush(struct alter *a)
{
	struct alter_stmt *s;
	WM_SBUF b = SBUF_INIT;

	if (a->subs.n == 0)
		return;
	s = arena_alloc(a->d->mem, sizeof(*s));
	*s = a->cost;
	sbuf_printf(&b, "alter table %s", a->fq);
	for (size_t i = 0; i < a->subs.n; i++)
		sbuf_printf(&b, "%s %s", i > 0 ? "," : "",
		    (const char *)a->subs.v[i]);
	s->sql = sbuf_take(&b, a->d->mem);
	s->lock = s->lock ? s->lock : "AccessExclusiveLock";
	s->rows = a->rows;
	s->bytes = a->bytes;
	vec_push(&a->c->alters, s);
	a->subs.n = 0;
	memset(&a->cost, 0, sizeof(a->cost));
}

static void
sub(struct alter *a, const char *sql)
{
	vec_push(&a->subs, sql);
}

/* A statement of its own. */
static struct alter_stmt *
stmt(struct alter *a, const char *sql)
{
	struct alter_stmt *s;

	flush(a);
	s = arena_alloc(a->d->mem, sizeof(*s));
	s->sql = sql;
	s->rows = a->rows;
	s->bytes = a->bytes;
	vec_push(&a->c->alters, s);
	return s;
}

static const char *
quoted(struct alter *a, const char *name)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, name);
	return sbuf_take(&b, a->d->mem);
}

static const char *
sql_literal(struct alter *a, const char *text)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_literal(&b, text);
	return sbuf_take(&b, a->d->mem);
}

static void refuse(struct alter *a, const char *fmt, ...) WM_PRINTF(2, 3);

static void
refuse(struct alter *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	diag_refuse(&a->c->new->loc, "table \"%s\": %s", a->c->new->nam, s);
	free(s);
}

/* What a column is called in the catalog; NULL: it is not there yet. */
static const char *
original(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->names.n; i++) {
		const struct naming *k = a->names.v[i];

		if (strcmp(k->now, col) == 0)
			return k->was;
	}
	return col;
}

static void
named(struct alter *a, const char *was, const char *now)
{
	struct naming *n;

	for (size_t i = 0; was != NULL && i < a->names.n; i++) {
		n = a->names.v[i];
		if (strcmp(n->now, was) == 0) {
			n->now = now;
			return;
		}
	}
	n = arena_alloc(a->d->mem, sizeof(*n));
	n->now = now;
	n->was = was;
	vec_push(&a->names, n);
}

/* To be called before the column changes or goes. */
static void
touch(struct alter *a, const char *col, bool gone)
{
	struct alter_column *t = arena_alloc(a->d->mem, sizeof(*t));

	col = original(a, col);
	if (col == NULL)
		return;
	t->schema = a->was_id.schema;
	t->table = a->was_id.name;
	t->name = col;
	t->gone = gone;
	vec_push(&a->c->touched, t);
}

static bool
has_string(const struct vec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return true;
	return false;
}

static bool
has_ptr(const struct vec *v, const void *p)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i] == p)
			return true;
	return false;
}

static bool
same_names(const struct vec *a, const struct vec *b, bool ordered)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (ordered ? strcmp(a->v[i], b->v[i]) != 0 :
		    !has_string(b, a->v[i]))
			return false;
	return true;
}

/*
 * The name that a constraint of the old text has in the catalog: the one it
 * was given, the one the server will have chosen, or the only one alike.
 */
static struct fact *
find_fact(struct alter *a, const struct con *k)
{
	struct fact *only = NULL;
	int n = 0;

	if (k->made) {
		only = arena_alloc(a->d->mem, sizeof(*only));
		only->kind = (char)k->kind;
		only->name = k->name;
		return only;
	}
	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		if (f->kind == (char)k->kind && !f->taken &&
		    strcmp(f->name, k->name) == 0)
			return f;
	}
	for (size_t i = 0; i < a->facts.n && !k->named; i++) {
		struct fact *f = a->facts.v[i];

		if (f->kind == (char)k->kind && !f->taken &&
		    same_names(&f->cols, &k->cols, k->kind != CON_CHECK)) {
			only = f;
			n++;
		}
	}
	return n == 1 ? only : NULL;
}

static bool
load_owned(struct alter *a)
{
	const char *args[] = { a->fq };
	bool any = false;

	for (size_t i = 0; i < a->old->columns.n; i++) {
		const struct column *k = a->old->columns.v[i];

		any = any || k->serial || k->identity != 0;
	}
	if (!any)
		return true;
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS,
	    "select t.attname, n.nspname, s.relname"
	    " from pg_catalog.pg_depend d"
	    " join pg_catalog.pg_class s on s.oid = d.objid"
	    " and s.relkind = 'S'"
	    " join pg_catalog.pg_namespace n on n.oid = s.relnamespace"
	    " join pg_catalog.pg_attribute t on t.attrelid = d.refobjid"
	    " and t.attnum = d.refobjsubid"
	    " where d.refobjid = pg_catalog.to_regclass($1)"
	    " and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	    " and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	    " and d.deptype in ('a', 'i') order by t.attnum", 1, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct owned *o = arena_alloc(a->d->mem, sizeof(*o));

		o->col = o->was = arena_strdup(a->d->mem,
		    PQgetvalue(r, i, 0));
		o->schema = arena_strdup(a->d->mem, PQgetvalue(r, i, 1));
		o->name = arena_strdup(a->d->mem, PQgetvalue(r, i, 2));
		vec_push(&a->owned, o);
	}
	return true;
}

static struct owned *
find_owned(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];

		if (!o->gone && strcmp(o->col, col) == 0)
			return o;
	}
	return NULL;
}

static const char *
owned_text(struct alter *a, const struct owned *o)
{
	struct ident id = { .cls = ID_RELATION, .schema = o->schema,
		.name = o->name };

	return ident_text(a->d->mem, &id);
}

static void
load_fact(struct diff *d, struct table_facts *t, const PGresult *r, int i)
{
	const char *type = pg_col(r, i, "contype");
	struct fact *f;

	t->has_rows = pg_col(r, i, "has_pages")[0] == 't';
	t->rows = strtoll(pg_col(r, i, "rows"), NULL, 10);
	t->bytes = strtoll(pg_col(r, i, "bytes"), NULL, 10);
	if (type == NULL)
		return;
	f = arena_alloc(d->mem, sizeof(*f));
	f->kind = type[0];
	f->name = arena_strdup(d->mem, pg_col(r, i, "conname"));
	f->ref = arena_strdup(d->mem, pg_col(r, i, "ref"));
	pg_array(d->mem, pg_col(r, i, "cols"), &f->cols);
	vec_push(&t->facts, f);
}

bool
alter_facts(struct diff *d, const struct vec *tables)
{
	WM_SBUF sch = SBUF_INIT;
	WM_SBUF nam = SBUF_INIT;
	WM_VEC asked = VEC_INIT;
	const char *args[2];

	for (size_t i = 0; i < tables->n; i++) {
		struct change *c = tables->v[i];
		const struct ident *id = change_ident(d, c, true);

		if (id == NULL)
			continue;
		c->facts = arena_alloc(d->mem, sizeof(*c->facts));
		pg_array_put(&sch, id->schema);
		pg_array_put(&nam, id->name);
		vec_push(&asked, c);
	}
	if (asked.n == 0)
		return true;
	sbuf_putc(&sch, '}');
	sbuf_putc(&nam, '}');
	args[0] = sch.s;
	args[1] = nam.s;
	WM_PGRES *r = pg_query(d->db, PG_ROWS, embed_tables_sql, 2, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct change *c = asked.v[strtoul(pg_col(r, i, "ord"), NULL,
		    10) - 1];

		load_fact(d, c->facts, r, i);
	}
	return true;
}

void
alter_forget(struct change *c)
{
	if (c->facts == NULL)
		return;
	for (size_t i = 0; i < c->facts->facts.n; i++)
		vec_clear(&((struct fact *)c->facts->facts.v[i])->cols);
	vec_clear(&c->facts->facts);
}

/* Take what was asked for all tables; whether this one has rows. */
static bool
load_facts(struct alter *a)
{
	const struct table_facts *t = a->c->facts;

	if (!load_owned(a))
		return false;
	if (t == NULL)
		return true;
	for (size_t i = 0; i < t->facts.n; i++)
		vec_push(&a->facts, t->facts.v[i]);
	a->has_rows = t->has_rows;
	a->rows = t->rows;
	a->bytes = t->bytes;
	if (a->has_rows) {
		WM_PGRES *e = pg_query(a->d->db, PG_ONE_ROW,
		    arena_printf(a->d->mem, "select exists (select from %s)",
		    a->fq), 0, NULL);

		if (e == NULL)
			return false;
		a->has_rows = PQgetvalue(e, 0, 0)[0] == 't';
	}
	return true;
}

/* Rows by their key: what a check query returns. */
static const char *
key_columns(struct alter *a)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];

		for (size_t x = 0; k->kind == CON_PRIMARY && x < k->cols.n;
		    x++) {
			const char *col = original(a, k->cols.v[x]);

			if (col == NULL)
				continue;
			sbuf_puts(&b, b.len ? ", x." : "x.");
			sbuf_ident(&b, col);
		}
	}
	if (b.len == 0)
		sbuf_puts(&b, "x.ctid");
	return sbuf_take(&b, a->d->mem);
}

/*
 * A query for rows that would break the change. It runs before the plan, on
 * the old structure: columns that a migration makes or writes are not in it.
 */
static void
add_check(struct alter *a, const struct vec *cols, const char *message,
    const char *where)
{
	struct plan_check *k;

	if (!a->has_rows || a->migrated)
		return;
	for (size_t i = 0; i < cols->n; i++)
		if (has_string(&a->moved, cols->v[i]))
			return;
	k = arena_alloc(a->d->mem, sizeof(*k));
	k->obj_typ = "table";
	k->obj_nam = a->c->new->nam;
	k->message = message;
	k->sql = arena_printf(a->d->mem, "select %s from %s x where %s",
	    key_columns(a), a->was_fq, where);
	k->loc = a->c->new->loc;
	/* it may name what only the plan makes: then the server checks */
	PGresult *r = PQprepare(a->d->db, "", k->sql, 0, NULL);
	if (PQresultStatus(r) == PGRES_COMMAND_OK)
		vec_push(&a->d->plan.checks, k);
	PQclear(r);
}

/* How a column's type can change. */
enum cast {
	CAST_NONE,	/* the server has none */
	CAST_LOSSY,	/* may fail, or cut */
	CAST_REWRITE,	/* keeps all, writes the table anew */
	CAST_FREE	/* metadata only */
};

static long
modifier(const struct json *type, int which, long none)
{
	const struct json *m = json_get(type, "typmods");
	const struct json *j = m ? m->first : NULL;

	while (j != NULL && which-- > 0)
		j = j->next;
	return j == NULL ? none : json_int(json_get2(j, "A_Const", "ival"),
	    "ival", 0);
}

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
	long m0 = modifier(a, 0, -1), n0 = modifier(b, 0, -1);
	long m1 = modifier(a, 1, 0), n1 = modifier(b, 1, 0);

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
};

static struct known_cast *
ask_cast(struct diff *d, const char *const *types)
{
	struct known_cast *k = arena_alloc(d->mem, sizeof(*k));
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select k.castcontext, k.castmethod, t.typcategory = 'S' and"
	    " f.typcategory <> 'A'"
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
	}
	return k;
}

static bool
find_cast(struct alter *a, const struct column *was, const struct column *is,
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
		known = ask_cast(a->d, args);
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
	return true;
}

static const char *
type_clause(struct alter *a, const struct column *k)
{
	return k->collation_text == NULL ? k->type_text :
	    arena_printf(a->d->mem, "%s collate %s", k->type_text,
	    k->collation_text);
}

/*
 * A generated column cannot stay while the type of a column that it reads
 * changes, nor take another expression: it is dropped, and added again with
 * the rest.
 */
static void
remake(struct alter *a, const char *name)
{
	const char *keep = arena_strdup(a->d->mem, name);

	touch(a, keep, false);
	sub(a, arena_printf(a->d->mem, "drop column %s", quoted(a, keep)));
	table_forget(a->old, keep);
	vec_push(&a->remade, keep);
}

static void
remake_readers(struct alter *a, const char *col)
{
	for (size_t i = a->old->columns.n; i-- > 0;) {
		const struct column *k = a->old->columns.v[i];
		WM_VEC reads = VEC_INIT;

		if (k->generated == NULL)
			continue;
		tree_columns(k->generated, &reads);
		if (has_string(&reads, col))
			remake(a, k->name);
	}
}

static void
alter_type(struct alter *a, struct column *was, const struct column *is,
    enum cast cast, const char *using)
{
	const char *q = quoted(a, is->name);
	bool again = was->dflt != NULL && (cast != CAST_FREE ||
	    !type_names_equal(was->type, is->type));

	touch(a, is->name, false);
	remake_readers(a, is->name);
	/* a default of the old type need not fit the new one */
	if (again)
		sub(a, arena_printf(a->d->mem, "alter column %s drop default",
		    q));
	sub(a, arena_printf(a->d->mem, "alter column %s type %s%s%s", q,
	    type_clause(a, is), using ? " using " : "", using ? using : ""));
	if (again) {
		if (is->dflt != NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "default %s", q, is->dflt_text));
		was->dflt = is->dflt;
		was->dflt_text = is->dflt_text;
	}
	a->cost.rewrite = a->cost.rewrite || cast != CAST_FREE;
	if (was->serial && is->serial && find_owned(a, is->name) != NULL)
		stmt(a, arena_printf(a->d->mem, "alter sequence %s as %s",
		    owned_text(a, find_owned(a, is->name)), is->type_text));
	was->type = is->type;
	was->type_text = is->type_text;
	was->collation = is->collation;
	was->collation_text = is->collation_text;
}

static bool
column_type(struct alter *a, struct column *was, const struct column *is)
{
	enum cast cast;
	bool same = type_equal(was->type, is->type);

	if (same && sql_equal(json_get(was->collation, "collname"),
	    json_get(is->collation, "collname")))
		return true;
	if (same) {
		alter_type(a, was, is, CAST_FREE, NULL);
		a->cost.scan = true;	/* indexes are built anew */
		return true;
	}
	if (!find_cast(a, was, is, &cast))
		return false;
	if (cast == CAST_NONE || (cast == CAST_LOSSY && a->has_rows)) {
		refuse(a, "column \"%s\" changes type from %s to %s, %s",
		    is->name, was->type_text, is->type_text,
		    cast == CAST_NONE ? "and there is no cast for that" :
		    "which can fail or cut values");
		diag_hint("Declare it: wm-migrate %s type %s '%s' using "
		    "'%s::%s'", a->cmd_nam, is->name, is->type_text,
		    quoted(a, is->name), is->type_text);
		return true;
	}
	alter_type(a, was, is, cast, NULL);
	return true;
}

static void
column_default(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = quoted(a, is->name);

	if (sql_equal(was->dflt, is->dflt))
		return;
	if (is->dflt != NULL)
		sub(a, arena_printf(a->d->mem, "alter column %s set default "
		    "%s", q, is->dflt_text));
	else
		sub(a, arena_printf(a->d->mem, "alter column %s drop default",
		    q));
}

static void
column_not_null(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = quoted(a, is->name);
	WM_VEC cols = VEC_INIT;

	if (was->not_null == is->not_null)
		return;
	if (!is->not_null) {
		sub(a, arena_printf(a->d->mem, "alter column %s drop not null",
		    q));
		return;
	}
	sub(a, arena_printf(a->d->mem, "alter column %s set not null", q));
	a->cost.scan = true;
	vec_push(&cols, is->name);
	add_check(a, &cols, arena_printf(a->d->mem, "column \"%s\" is to be "
	    "not null", is->name), arena_printf(a->d->mem, "x.%s is null", q));
}

static const char *
option_number(struct alter *a, const struct json *opts, const char *name)
{
	const struct json *arg = sql_defelem(opts, name);
	const char *f = json_str(json_get(arg, "Float"), "fval");

	if (arg == NULL)
		return NULL;
	return f != NULL ? f : arena_printf(a->d->mem, "%ld",
	    json_int(json_get(arg, "Integer"), "ival", 0));
}

/*
 * START, INCREMENT and so on of an identity column, as ALTER spells them: all
 * of them, so that it ends as a new one would be, but goes on from where it
 * is. Returns false where that cannot be said.
 */
static bool
identity_options(struct alter *a, const struct column *was,
    const struct column *is, struct sbuf *b)
{
	const struct json *o = is->identity_opts;
	const char *inc, *min, *max, *start, *cache;
	bool down;

	if (sql_equal(was->identity_opts, o))
		return true;
	if (!sql_equal(sql_defelem(was->identity_opts, "sequence_name"),
	    sql_defelem(o, "sequence_name")))
		return false;
	inc = option_number(a, o, "increment");
	min = option_number(a, o, "minvalue");
	max = option_number(a, o, "maxvalue");
	start = option_number(a, o, "start");
	cache = option_number(a, o, "cache");
	down = inc != NULL && inc[0] == '-';
	if (start == NULL)
		start = down ? (max ? max : "-1") : (min ? min : "1");
	sbuf_printf(b, " set increment by %s", inc ? inc : "1");
	sbuf_printf(b, min ? " set minvalue %s" : " set no minvalue", min);
	sbuf_printf(b, max ? " set maxvalue %s" : " set no maxvalue", max);
	sbuf_printf(b, " set start with %s set cache %s set %s", start,
	    cache ? cache : "1", json_bool(json_get(sql_defelem(o, "cycle"),
	    "Boolean"), "boolval") ? "cycle" : "no cycle");
	return true;
}

/* A serial column's sequence, which an identity takes the place of. */
static void
serial_to_identity(struct alter *a, struct owned *o, const char *q,
    const struct column *is)
{
	struct owned old = *o;
	struct alter_stmt *s;

	flush(a);
	old.name = "wm old sequence";
	stmt(a, arena_printf(a->d->mem, "alter sequence %s owned by none",
	    owned_text(a, o)));
	stmt(a, arena_printf(a->d->mem, "alter sequence %s rename to %s",
	    owned_text(a, o), quoted(a, old.name)));
	sub(a, arena_printf(a->d->mem, "alter column %s add %s", q,
	    is->identity_text));
	s = stmt(a, arena_printf(a->d->mem, "select pg_catalog.setval("
	    "pg_catalog.pg_get_serial_sequence(%s, %s), last_value, "
	    "is_called) from %s", sql_literal(a, a->fq), sql_literal(a,
	    is->name), owned_text(a, &old)));
	s->data = true;
	stmt(a, arena_printf(a->d->mem, "drop sequence %s",
	    owned_text(a, &old)));
	o->gone = true;
}

static void
column_identity(struct alter *a, struct column *was, const struct column *is)
{
	const char *q = quoted(a, is->name), *seq;
	struct owned *o = find_owned(a, is->name);
	const char *inc;
	struct alter_stmt *s;
	bool down;
	WM_SBUF b = SBUF_INIT;

	if (was->identity == is->identity && (is->identity == 0 ||
	    sql_equal(was->identity_opts, is->identity_opts)))
		return;
	if (is->identity == 0) {
		sub(a, arena_printf(a->d->mem, "alter column %s drop identity",
		    q));
		if (o != NULL)
			o->gone = true;
		return;
	}
	if (was->identity != 0) {
		if (!identity_options(a, was, is, &b)) {
			refuse(a, "the identity options of column \"%s\" "
			    "change", is->name);
			diag_hint("Declare it: wm-migrate %s sql 'alter "
			    "sequence ...'", a->cmd_nam);
			return;
		}
		sub(a, arena_printf(a->d->mem, "alter column %s set generated "
		    "%s%s", q, is->identity == 'a' ? "always" : "by default",
		    sbuf_str(&b)));
		return;
	}
	if (was->serial && o != NULL) {
		serial_to_identity(a, o, q, is);
		return;
	}
	sub(a, arena_printf(a->d->mem, "alter column %s add %s", q,
	    is->identity_text));
	if (!a->has_rows && !a->migrated)
		return;
	/* it goes on behind what is there */
	inc = option_number(a, is->identity_opts, "increment");
	down = inc != NULL && inc[0] == '-';
	seq = arena_printf(a->d->mem, "pg_catalog.pg_get_serial_sequence(%s, "
	    "%s)", sql_literal(a, a->fq), sql_literal(a, is->name));
	s = stmt(a, arena_printf(a->d->mem, "select pg_catalog.setval(%s, "
	    "%s(%s)) from %s having %s(%s) %s (select seqstart from "
	    "pg_catalog.pg_sequence where seqrelid = "
	    "%s::pg_catalog.regclass)", seq, down ? "min" : "max", q, a->fq,
	    down ? "min" : "max", q, down ? "<=" : ">=", seq));
	s->data = true;
	s->scan = true;
}

/* Whether an expression calls a function: it may differ from row to row. */
static bool
calls_function(const struct json *j)
{
	if (j == NULL)
		return false;
	if (j->key != NULL && strcmp(j->key, "FuncCall") == 0)
		return true;
	for (const struct json *k = j->first; k != NULL; k = k->next)
		if (calls_function(k))
			return true;
	return false;
}

/*
 * A column's definition for ADD COLUMN; its constraints are added to the
 * table, in the same ALTER TABLE, under the names that a new table would have.
 */
static const char *
element_text(struct alter *a, const struct column *k)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, k->name);
	if (k->serial)
		sbuf_printf(&b, " %s", strcmp(k->type_text, "bigint") == 0 ?
		    "bigserial" : strcmp(k->type_text, "smallint") == 0 ?
		    "smallserial" : "serial");
	else
		sbuf_printf(&b, " %s", k->type_text);
	if (k->compression != NULL)
		sbuf_printf(&b, " compression %s", k->compression);
	if (k->collation_text != NULL)
		sbuf_printf(&b, " collate %s", k->collation_text);
	if (k->not_null && !k->serial && k->identity == 0)
		sbuf_puts(&b, " not null");
	if (k->dflt != NULL)
		sbuf_printf(&b, " default %s", k->dflt_text);
	if (k->identity != 0)
		sbuf_printf(&b, " %s", k->identity_text);
	if (k->generated != NULL)
		sbuf_printf(&b, " %s", k->generated_text);
	return sbuf_take(&b, a->d->mem);
}

/* What no column's definition can say. */
static void
column_settings(struct alter *a, const struct column *k)
{
	const char *q = quoted(a, k->name);

	if (k->storage != NULL)
		sub(a, arena_printf(a->d->mem, "alter column %s set storage "
		    "%s", q, k->storage));
	if (k->statistics != NULL)
		sub(a, arena_printf(a->d->mem, "alter column %s set "
		    "statistics %s", q, k->statistics));
}

/* init: SQL of what old rows get; NULL: the default. */
static void
add_column(struct alter *a, const struct column *k, const char *init)
{
	if (k->not_null && k->dflt == NULL && k->identity == 0 &&
	    k->generated == NULL && !k->serial && init == NULL &&
	    a->has_rows) {
		refuse(a, "new column \"%s\" is not null without a default, "
		    "and the table holds rows", k->name);
		diag_hint("Declare their value: wm-migrate %s add %s '%s not "
		    "null' 'VALUE'", a->cmd_nam, k->name, k->type_text);
		return;
	}
	a->cost.rewrite = a->cost.rewrite || k->serial || k->identity != 0 ||
	    k->generated != NULL || calls_function(k->dflt);
	if (init != NULL) {
		struct column with = *k;

		/* old rows get the declared value, new ones the default */
		with.dflt = k->dflt ? k->dflt : k->type;
		with.dflt_text = init;
		sub(a, arena_printf(a->d->mem, "add column %s",
		    element_text(a, &with)));
		flush(a);
		column_settings(a, k);
		if (k->dflt != NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "default %s", quoted(a, k->name), k->dflt_text));
		else
			sub(a, arena_printf(a->d->mem, "alter column %s drop "
			    "default", quoted(a, k->name)));
		return;
	}
	sub(a, arena_printf(a->d->mem, "add column %s",
	    element_text(a, k)));
	column_settings(a, k);
}

/* New columns that could be what has become of a column that vanished. */
static const char *
look_alike(struct alter *a, const struct column *gone)
{
	const char *any = NULL;

	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *k = a->new->columns.v[i];

		if (table_column(a->old, k->name) != NULL ||
		    !type_equal(k->type, gone->type))
			continue;
		if (any == NULL || k->not_null == gone->not_null)
			any = k->name;
	}
	return any;
}

static void drop_declared(struct alter *a, const char *name);

static void
columns_gone(struct alter *a)
{
	WM_VEC gone = VEC_INIT;

	/* a table that comes under a parent has its columns from there */
	if (json_get(a->new->node, "inhRelations") != NULL &&
	    json_get(a->old->node, "inhRelations") == NULL)
		return;
	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];

		if (table_column(a->new, k->name) == NULL)
			vec_push(&gone, k);
	}
	for (size_t i = 0; i < gone.n; i++) {
		struct column *k = gone.v[i];
		const char *heir = look_alike(a, k);

		if (heir == NULL && a->d->opts->allow_data_loss) {
			drop_declared(a, k->name);
			continue;
		}
		refuse(a, "column \"%s\" is gone from the source", k->name);
		if (heir != NULL)
			diag_hint("If it is \"%s\" now: wm-migrate %s rename "
			    "%s to %s", heir, a->cmd_nam, k->name, heir);
		diag_hint("%sf its data may go: wm-migrate %s drop %s",
		    heir ? "Or i" : "I", a->cmd_nam, k->name);
	}
}

static bool
columns_differ(struct alter *a)
{
	columns_gone(a);
	for (size_t i = 0; i < a->new->columns.n; i++) {
		struct column *is = a->new->columns.v[i];
		struct column *was = table_column(a->old, is->name);
		const char *q = quoted(a, is->name);

		if (was == NULL)
			continue;
		if (!column_type(a, was, is))
			return false;
		if (is->serial && !was->serial) {
			refuse(a, "column \"%s\" becomes serial", is->name);
			diag_hint("Make it \"generated by default as "
			    "identity\" instead.");
			continue;
		}
		if (was->serial && !is->serial && is->dflt == NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s drop "
			    "default", q));
		if (is->identity == 0 && was->identity != 0)
			column_identity(a, was, is);
		column_default(a, was, is);
		column_not_null(a, was, is);
		if (is->identity != 0)
			column_identity(a, was, is);
		if (was->serial && !is->serial && is->identity == 0 &&
		    find_owned(a, is->name) != NULL) {
			stmt(a, arena_printf(a->d->mem, "drop sequence %s",
			    owned_text(a, find_owned(a, is->name))));
			find_owned(a, is->name)->gone = true;
		}
		if (!sql_equal(was->generated, is->generated)) {
			if (is->generated == NULL)
				sub(a, arena_printf(a->d->mem, "alter column "
				    "%s drop expression", q));
			else {
				refuse(a, "column \"%s\" is generated in "
				    "another way", is->name);
				diag_hint("Declare it: wm-migrate %s sql "
				    "'alter table %s drop column %s, add "
				    "column %s'", a->cmd_nam, a->fq, q,
				    is->element);
			}
		}
		if (is->compression != NULL && (was->compression == NULL ||
		    strcmp(is->compression, was->compression) != 0))
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "compression %s", q, is->compression));
		else if (is->compression == NULL && was->compression != NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "compression default", q));
		if (is->storage != NULL && (was->storage == NULL ||
		    strcmp(is->storage, was->storage) != 0))
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "storage %s", q, is->storage));
		else if (is->storage == NULL && was->storage != NULL)
			refuse(a, "the storage of column \"%s\" is no longer "
			    "set; say which it is to be", is->name);
		if (strcmp(is->statistics ? is->statistics : "-1",
		    was->statistics ? was->statistics : "-1") != 0)
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "statistics %s", q, is->statistics ?
			    is->statistics : "-1"));
	}
	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *is = a->new->columns.v[i];

		if (table_column(a->old, is->name) == NULL)
			add_column(a, is, NULL);
	}
	return true;
}

static const char *
column_list(struct alter *a, const struct vec *cols, const char *prefix)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < cols->n; i++) {
		sbuf_printf(&b, "%s%s", i > 0 ? ", " : "", prefix);
		sbuf_ident(&b, cols->v[i]);
	}
	return sbuf_take(&b, a->d->mem);
}

/* The table of the source that a foreign key names. */
static const struct change *
referenced(struct alter *a, const struct json *rv)
{
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	for (size_t i = 0; name != NULL && i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;

		if (c->new == NULL || c->old == NULL ||
		    c->new->delta.n <= (size_t)c->old->del_idx ||
		    strcmp(c->new->kind->name, "table") != 0)
			continue;
		id = change_ident(a->d, c, false);
		if (id != NULL && strcmp(id->name, name) == 0 &&
		    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0)
			return c;
	}
	return NULL;
}

static bool
old_has_all(struct alter *a, const struct vec *cols)
{
	for (size_t i = 0; i < cols->n; i++)
		if (table_column(a->old, cols->v[i]) == NULL)
			return false;
	return true;
}

/* What rows would break a new constraint. */
static void
constraint_check(struct alter *a, const struct con *k)
{
	struct arena *mem = a->d->mem;
	const char *what = arena_printf(mem, "new constraint \"%s\" (%s)",
	    k->name, k->text), *cols;
	WM_SBUF b = SBUF_INIT;
	struct ident ref = { .cls = ID_RELATION };
	const struct json *rv = json_get(k->node, "pktable");
	const struct json *pk = json_get(k->node, "pk_attrs");
	const struct json *j;

	if (k->not_valid || !old_has_all(a, &k->cols) ||
	    k->kind == CON_EXCLUDE)
		return;
	cols = column_list(a, &k->cols, "x.");
	if (k->kind == CON_CHECK) {
		const char *open = strchr(k->text, '(');
		const char *close = strrchr(k->text, ')');

		if (open == NULL || close == NULL)
			return;
		add_check(a, &k->cols, what, arena_printf(mem, "not %.*s",
		    (int)(close + 1 - open), open));
		return;
	}
	if (k->kind != CON_FOREIGN) {
		if (json_bool(k->node, "nulls_not_distinct")) {
			for (size_t i = 0; i < k->cols.n; i++)
				sbuf_printf(&b, "%sy.%s is not distinct from "
				    "x.%s", i > 0 ? " and " : "", quoted(a,
				    k->cols.v[i]), quoted(a, k->cols.v[i]));
			add_check(a, &k->cols, what, arena_printf(mem,
			    "exists (select from (select %s from %s y group "
			    "by %s having count(*) > 1) y where %s)",
			    column_list(a, &k->cols, "y."), a->was_fq,
			    column_list(a, &k->cols, "y."), sbuf_str(&b)));
			return;
		}
		add_check(a, &k->cols, what, arena_printf(mem, "(%s) in "
		    "(select %s from %s y group by %s having count(*) > 1)", cols,
		    column_list(a, &k->cols, "y."), a->was_fq,
		    column_list(a, &k->cols, "y.")));
		return;
	}
	ref.schema = json_str(rv, "schemaname");
	ref.name = json_str(rv, "relname");
	if (ref.schema == NULL)
		ref.schema = IDENT_SCHEMA;
	if (pk == NULL || ref.name == NULL || referenced(a, rv) != NULL)
		return;		/* its key is known to the server only */
	for (size_t i = 0; i < k->cols.n; i++)
		sbuf_printf(&b, "x.%s is not null and ",
		    quoted(a, k->cols.v[i]));
	sbuf_printf(&b, "not exists (select from %s y where ",
	    ident_text(mem, &ref));
	j = pk->first;
	for (size_t i = 0; i < k->cols.n && j != NULL; i++, j = j->next)
		sbuf_printf(&b, "%sy.%s = x.%s", i > 0 ? " and " : "",
		    quoted(a, sql_string(j)), quoted(a, k->cols.v[i]));
	sbuf_putc(&b, ')');
	add_check(a, &k->cols, what, sbuf_take(&b, mem));
}

static void
add_constraint(struct alter *a, const struct con *k)
{
	sub(a, arena_printf(a->d->mem, "add constraint %s %s",
	    quoted(a, k->name), k->text));
	a->cost.scan = a->cost.scan || !k->not_valid;
	constraint_check(a, k);
}

/* A statement before the ALTER TABLE that is being collected. */
static void
before(struct alter *a, const char *sql)
{
	struct alter_stmt *s = arena_alloc(a->d->mem, sizeof(*s));
	struct vec *v = &a->c->alters;

	s->sql = sql;
	s->lock = "AccessExclusiveLock";
	s->rows = a->rows;
	s->bytes = a->bytes;
	vec_push(v, s);
	memmove(v->v + a->main + 1, v->v + a->main,
	    (v->n - a->main - 1) * sizeof(*v->v));
	v->v[a->main++] = s;
}

static void
rename_one(struct alter *a, const char *from, const char *to)
{
	before(a, arena_printf(a->d->mem, "alter table %s rename constraint "
	    "%s to %s", a->fq, quoted(a, from), quoted(a, to)));
}

/* Whether a name is still to be given away. */
static bool
name_waits(const struct alter *a, const char *name)
{
	for (size_t i = 0; i < a->renamings.n; i++)
		if (strcmp(((struct renaming *)a->renamings.v[i])->from, name)
		    == 0)
			return true;
	return false;
}

/*
 * Constraints that only change their names. Names are free for new ones then:
 * so it comes before the ALTER TABLE that is being collected. Those that take
 * one another's name go around.
 */
static void
rename_constraints(struct alter *a)
{
	struct vec *v = &a->renamings;

	for (size_t i = 0; i < a->dropped.n; i++) {
		const char *name = a->dropped.v[i];
		bool taken = false;

		for (size_t k = 0; k < v->n; k++)
			taken = taken || strcmp(((struct renaming *)v->v[k])
			    ->to, name) == 0;
		if (taken)
			before(a, arena_printf(a->d->mem, "alter table %s "
			    "drop constraint %s", a->fq, quoted(a, name)));
		else
			sub(a, arena_printf(a->d->mem, "drop constraint %s",
			    quoted(a, name)));
	}
	while (v->n > 0) {
		size_t n = 0, was = v->n;

		for (size_t i = 0; i < was; i++) {
			struct renaming *k = v->v[i];

			v->n = was;
			if (name_waits(a, k->to)) {
				v->v[n++] = k;
				continue;
			}
			rename_one(a, k->from, k->to);
			k->from = "";
		}
		v->n = n;
		if (n == was) {
			struct renaming *k = v->v[0];
			const char *aside = "wm renamed constraint";

			rename_one(a, k->from, aside);
			k->from = aside;
		}
	}
}

/* Whether the table that a foreign key refers to changes or goes as well. */
static bool
changes_too(struct alter *a, const struct con *k)
{
	const struct json *rv = json_get(k->node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	for (size_t i = 0; name != NULL && i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;

		if (c == a->c || c->old == NULL || (c->new != NULL &&
		    !c->record) || strcmp(c->old->kind->name, "table") != 0)
			continue;
		id = change_ident(a->d, c, true);
		if (id != NULL && strcmp(id->name, name) == 0 &&
		    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0)
			return true;
	}
	return false;
}

static void
constraints_differ(struct alter *a)
{
	WM_VEC matched = VEC_INIT;
	struct vec *old = &a->old->cons, *new = &a->new->cons;

	/* pairs: the same by name first, then by what they say */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < new->n; i++) {
			struct con *is = new->v[i];

			if (has_ptr(&matched, is))
				continue;
			for (size_t k = 0; k < old->n; k++) {
				struct con *was = old->v[k];
				struct fact *f;

				if (has_ptr(&matched, was) ||
				    !con_equal(was, is) || (pass == 0 &&
				    strcmp(was->name, is->name) != 0))
					continue;
				vec_push(&matched, was);
				vec_push(&matched, is);
				f = find_fact(a, was);
				if (f != NULL)
					f->taken = true;
				if (was->not_valid && !is->not_valid) {
					sub(a, arena_printf(a->d->mem,
					    "validate constraint %s",
					    quoted(a, f ? is->name :
					    was->name)));
					a->cost.scan = true;
					constraint_check(a, is);
				}
				if (f != NULL && strcmp(f->name, is->name) !=
				    0) {
					struct renaming *n = arena_alloc(
					    a->d->mem, sizeof(*n));

					n->from = f->name;
					n->to = is->name;
					vec_push(&a->renamings, n);
				}
				break;
			}
		}
	for (size_t k = 0; k < old->n; k++) {
		struct con *was = old->v[k];
		struct fact *f;

		if (has_ptr(&matched, was))
			continue;
		if (was->kind == CON_PRIMARY) {
			refuse(a, "the primary key changes");
			diag_hint("Declare it: wm-migrate %s sql 'alter table "
			    "%s drop constraint %s, add ...'", a->cmd_nam,
			    a->fq, was->name);
			continue;
		}
		f = find_fact(a, was);
		if (f == NULL) {
			refuse(a, "constraint \"%s\" is not in the database",
			    was->name);
			continue;
		}
		f->taken = true;
		if (was->kind == CON_FOREIGN && !was->made &&
		    changes_too(a, was))
			vec_push(&a->c->early, arena_printf(a->d->mem,
			    "alter table %s drop constraint %s", a->was_fq,
			    quoted(a, f->name)));
		else
			vec_push(&a->dropped, f->name);
	}
	rename_constraints(a);
	for (size_t i = 0; i < new->n; i++)
		if (!has_ptr(&matched, new->v[i]))
			add_constraint(a, new->v[i]);
}

static const char *
option_name(struct alter *a, const struct json *elem)
{
	const struct json *o = json_get(elem, "DefElem");
	const char *ns = json_str(o, "defnamespace");

	return ns == NULL ? json_str(o, "defname") : arena_printf(a->d->mem,
	    "%s.%s", ns, json_str(o, "defname"));
}

/* Storage parameters: those that differ are set, those that went are reset. */
static void
options_differ(struct alter *a)
{
	const struct json *was = json_get(a->old->node, "options");
	const struct json *is = json_get(a->new->node, "options");
	const struct json *ts = json_get(a->new->node, "tablespacename");
	WM_SBUF set = SBUF_INIT;
	WM_SBUF reset = SBUF_INIT;

	if (!sql_equal(was, is)) {
		for (const struct json *j = is ? is->first : NULL; j;
		    j = j->next) {
			const struct json *o = json_get(j, "DefElem");
			const struct json *arg = json_get(o, "arg");
			const char *ns = json_str(o, "defnamespace");
			const char *s = sql_string(arg);
			const char *f = json_str(json_get(arg, "Float"),
			    "fval");

			sbuf_printf(&set, "%s%s%s%s", set.len ? ", " : "",
			    ns ? ns : "", ns ? "." : "",
			    json_str(o, "defname"));
			if (f != NULL)
				sbuf_printf(&set, " = %s", f);
			else if (s != NULL)
				sbuf_printf(&set, " = %s", s);
			else if (json_get(arg, "Integer") != NULL)
				sbuf_printf(&set, " = %ld", json_int(
				    json_get(arg, "Integer"), "ival", 0));
			else if (json_get(arg, "TypeName") != NULL)
				sbuf_printf(&set, " = %s", sql_type_text(
				    a->d->mem, json_get(arg, "TypeName")));
		}
		for (const struct json *j = was ? was->first : NULL; j;
		    j = j->next) {
			bool stays = false;

			for (const struct json *k = is ? is->first : NULL; k;
			    k = k->next)
				stays = stays || strcmp(option_name(a, k),
				    option_name(a, j)) == 0;
			if (!stays)
				sbuf_printf(&reset, "%s%s", reset.len ? ", " :
				    "", option_name(a, j));
		}
		if (set.len > 0)
			sub(a, arena_printf(a->d->mem, "set (%s)",
			    sbuf_str(&set)));
		if (reset.len > 0)
			sub(a, arena_printf(a->d->mem, "reset (%s)",
			    sbuf_str(&reset)));
	}
	if (!sql_equal(json_get(a->old->node, "tablespacename"), ts)) {
		sub(a, arena_printf(a->d->mem, "set tablespace %s", ts ?
		    quoted(a, ts->str) : "pg_default"));
		a->cost.rewrite = true;
	}
}

static const char *
range_text(struct alter *a, const struct json *rv)
{
	struct ident id = { .cls = ID_RELATION,
		.schema = json_str(rv, "schemaname"),
		.name = json_str(rv, "relname") };

	if (id.schema == NULL)
		id.schema = IDENT_SCHEMA;
	return ident_text(a->d->mem, &id);
}

static bool
in_list(const struct json *list, const struct json *rv)
{
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (sql_equal(json_get(j, "RangeVar"), rv))
			return true;
	return false;
}

/* A partition that gets other bounds, another parent, or none at all. */
static bool
partition_differs(struct alter *a, const struct json *was,
    const struct json *is)
{
	const struct json *old = json_get(a->old->node, "partbound");
	const struct json *new = json_get(a->new->node, "partbound");

	if (old == NULL && new == NULL)
		return false;
	if (sql_equal(old, new) && sql_equal(was, is))
		return true;
	if (old != NULL && was != NULL && was->first != NULL)
		stmt(a, arena_printf(a->d->mem, "alter table %s detach "
		    "partition %s", range_text(a, json_get(was->first,
		    "RangeVar")), a->fq))->lock = "AccessExclusiveLock";
	if (new != NULL && is != NULL && is->first != NULL) {
		struct alter_stmt *s = stmt(a, arena_printf(a->d->mem,
		    "alter table %s attach partition %s %s", range_text(a,
		    json_get(is->first, "RangeVar")), a->fq,
		    a->new->bound_text));

		s->lock = "AccessExclusiveLock";
		s->scan = true;
	}
	return true;
}

static void
table_differs(struct alter *a)
{
	const struct json *was = json_get(a->old->node, "inhRelations");
	const struct json *is = json_get(a->new->node, "inhRelations");

	if (strcmp(a->old->persistence ? a->old->persistence : "p",
	    a->new->persistence ? a->new->persistence : "p") != 0) {
		sub(a, a->new->persistence && a->new->persistence[0] == 'u' ?
		    "set unlogged" : "set logged");
		a->cost.rewrite = true;
	}
	options_differ(a);
	if (!sql_equal(json_get(a->old->node, "partspec"),
	    json_get(a->new->node, "partspec"))) {
		refuse(a, "it is partitioned in another way; that needs a new "
		    "table, which is not possible yet");
		return;
	}
	if (partition_differs(a, was, is))
		return;
	for (const struct json *j = was ? was->first : NULL; j; j = j->next)
		if (!in_list(is, json_get(j, "RangeVar")))
			sub(a, arena_printf(a->d->mem, "no inherit %s",
			    range_text(a, json_get(j, "RangeVar"))));
	for (const struct json *j = is ? is->first : NULL; j; j = j->next)
		if (!in_list(was, json_get(j, "RangeVar")))
			sub(a, arena_printf(a->d->mem, "inherit %s",
			    range_text(a, json_get(j, "RangeVar"))));
}

static bool
has_stmt(const struct vec *v, const struct sql_stmt *st)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct sql_stmt *k = v->v[i];

		if (strcmp(k->tag, st->tag) == 0 &&
		    sql_equal(k->node, st->node))
			return true;
	}
	return false;
}

/* What takes back a statement that the table's text no longer has. */
static const char *
inverse(struct alter *a, const struct sql_stmt *st)
{
	static const struct {
		const char *sub, *sql;
	} rows[] = { { "AT_EnableRowSecurity", "disable row level security" },
		{ "AT_ForceRowSecurity", "no force row level security" },
		{ "AT_ReplicaIdentity", "replica identity default" },
		{ "AT_ClusterOn", "set without cluster" } };
	const struct json *cmds = json_get(st->node, "cmds");
	const char *subtype = cmds && cmds->first && !cmds->first->next ?
	    json_str(json_get(cmds->first, "AlterTableCmd"), "subtype") : NULL;
	struct ident id;

	for (size_t i = 0; subtype != NULL && i < WM_LEN(rows); i++)
		if (strcmp(rows[i].sub, subtype) == 0)
			return arena_printf(a->d->mem, "alter table %s %s",
			    a->fq, rows[i].sql);
	if (strcmp(st->tag, "CommentStmt") == 0) {
		const char *text = arena_strndup(a->d->mem, a->old->text +
		    st->off, st->len);
		struct sql_token *t;
		size_t n;

		/* its last token but one is IS */
		if (sql_scan(a->d->mem, text, &t, &n) && n > 2)
			return arena_printf(a->d->mem, "%.*s null",
			    (int)(t[n - 2].off + t[n - 2].len), text);
	}
	if (strcmp(st->tag, "IndexStmt") == 0 &&
	    ident_of(a->d->mem, st, &id) && id.cls == ID_RELATION) {
		id.table = NULL;
		return arena_printf(a->d->mem, "drop index if exists %s",
		    ident_text(a->d->mem, &id));
	}
	return NULL;
}

static void
rest_differs(struct alter *a)
{
	for (size_t i = 0; i < a->old->rest.n; i++) {
		const struct sql_stmt *st = a->old->rest.v[i];
		const char *sql;

		if (has_stmt(&a->new->rest, st))
			continue;
		sql = inverse(a, st);
		if (sql == NULL) {
			refuse(a, "a statement behind the table is gone or "
			    "changed, and how to take it back is not known: "
			    "%.*s", (int)st->len, a->old->text + st->off);
			continue;
		}
		stmt(a, sql);
	}
	flush(a);
	for (size_t i = 0; i < a->new->rest.n; i++) {
		const struct sql_stmt *st = a->new->rest.v[i];

		if (!has_stmt(&a->old->rest, st))
			stmt(a, arena_strndup(a->d->mem, a->new->text +
			    st->off, st->len));
	}
}

/* Names of columns that stand as such in a constraint's tree. */
static void
rename_in_node(struct alter *a, const struct json *node, const char *from,
    const char *to)
{
	static const char *const lists[] = { "including", "fk_del_set_cols",
		"pk_attrs" };
	const struct json *rv = json_get(node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");
	const struct json *x = json_get(node, "exclusions");
	bool self = name != NULL && strcmp(name, a->old->id.name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, a->old->id.schema) == 0;

	for (size_t i = 0; i < WM_LEN(lists); i++) {
		const struct json *l = json_get(node, lists[i]);

		if (strcmp(lists[i], "pk_attrs") == 0 && !self)
			continue;
		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next)
			(void)tree_rename_name(j, from, to);
	}
	tree_rename(json_get(node, "where_clause"), a->old->id.name, from, to);
	for (const struct json *j = x ? x->first : NULL; j; j = j->next) {
		const struct json *l = json_get2(j, "List", "items");
		const struct json *e = json_get(l ? l->first : NULL,
		    "IndexElem");
		struct json *s = (struct json *)(uintptr_t)json_get(e, "name");

		tree_rename(json_get(e, "expr"), a->old->id.name, from, to);
		if (s != NULL && strcmp(s->str, from) == 0) {
			s->str = to;
			s->len = strlen(to);
		}
	}
}

/* A rename in the old structure: columns, keys, expressions. */
static void
rename_in_old(struct alter *a, const char *from, const char *to)
{
	named(a, from, to);
	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];

		if (strcmp(k->name, from) == 0)
			k->name = to;
		tree_rename(k->generated, a->old->id.name, from, to);
	}
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];

		for (size_t x = 0; x < k->cols.n; x++)
			if (strcmp(k->cols.v[x], from) == 0)
				k->cols.v[x] = (void *)(uintptr_t)to;
		tree_rename(json_get(k->node, "raw_expr"), a->old->id.name,
		    from, to);
		rename_in_node(a, k->node, from, to);
	}
	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];

		if (!o->gone && strcmp(o->col, from) == 0)
			o->col = to;
	}
	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		for (size_t x = 0; x < f->cols.n; x++)
			if (strcmp(f->cols.v[x], from) == 0)
				f->cols.v[x] = (void *)(uintptr_t)to;
	}
}

/* A column's declaration, read as the element of a table. */
static struct table *
declared(struct alter *a, const char *col, const char *type)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *sql = arena_printf(a->d->mem, "create table %s (%s %s)",
	    a->fq, quoted(a, col), type);
	struct table *t;

	if (!sql_parse(a->d->mem, sql, &st, &n, &err) ||
	    (t = table_parse(a->d->mem, sql, st, n)) == NULL)
		return NULL;
	if (t->columns.n == 1)
		return t;
	table_clear(t);
	return NULL;
}

/* Whether an expression reads columns: no default can. */
static bool
reads_columns(struct alter *a, const char *expr)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	WM_VEC cols = VEC_INIT;

	if (!sql_parse(a->d->mem, arena_printf(a->d->mem, "values ((%s\n))",
	    expr), &st, &n, &err) || n != 1)
		return false;
	tree_columns(st->node, &cols);
	return cols.n > 0;
}

/* Deferred triggers of an UPDATE would keep ALTER TABLE from its table. */
static void
settle(struct alter *a)
{
	stmt(a, "set constraints all immediate")->data = true;
}

static void
update_rows(struct alter *a, const char *col, const char *expr)
{
	struct alter_stmt *s = stmt(a, arena_printf(a->d->mem,
	    "update %s set %s = %s", a->fq, quoted(a, col), expr));

	s->data = s->scan = true;
	s->lock = "RowExclusiveLock";
	settle(a);
}

/*
 * Add a column as the source has it by now, or as it was declared where the
 * source has no such column any more, or has it with another type. What the
 * declaration lacks, later migrations may supply: the rest is altered behind
 * them.
 */
static void
add_declared(struct alter *a, const struct migration *m)
{
	const struct column *is = table_column(a->new, m->col);
	struct table *t = declared(a, m->col, m->type);
	struct column *k = arena_alloc(a->d->mem, sizeof(*k));
	const struct column *as;
	const char *init = m->init;
	bool valued;

	if (t == NULL) {
		refuse(a, "migration \"%s\" cannot be read", m->text);
		return;
	}
	as = t->columns.v[0];
	*k = is != NULL ? *is : *as;
	if (is != NULL && as->dflt != NULL && init == NULL &&
	    !sql_equal(as->dflt, is->dflt))
		init = as->dflt_text;
	if (is != NULL && !as->serial && !is->serial && is->identity == 0 &&
	    !type_equal(as->type, is->type)) {
		*k = *as;
		k->not_null = is->not_null || as->not_null;
		init = m->init;
	}
	valued = init != NULL || k->dflt != NULL || k->serial ||
	    k->identity != 0 || k->generated != NULL;
	if (!valued && a->pending)
		k->not_null = false;
	if (init != NULL && reads_columns(a, init)) {
		k->dflt = NULL;
		k->dflt_text = NULL;
		k->not_null = false;
		add_column(a, k, NULL);
		update_rows(a, k->name, init);
	} else
		add_column(a, k, init);
	vec_push(&a->old->columns, k);
	named(a, NULL, k->name);
	a->c->shape = true;
	table_clear(t);
}

static void
forget_name(struct alter *a, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < a->names.n; i++)
		if (strcmp(((struct naming *)a->names.v[i])->now, name) != 0)
			a->names.v[n++] = a->names.v[i];
	a->names.n = n;
}

static void
drop_declared(struct alter *a, const char *name)
{
	const struct column *is = table_column(a->new, name);
	struct owned *o = find_owned(a, name);

	remake_readers(a, name);
	touch(a, name, true);
	sub(a, arena_printf(a->d->mem, "drop column %s", quoted(a, name)));
	a->cost.loss = true;
	table_forget(a->old, name);
	forget_name(a, name);
	if (o != NULL)
		o->gone = true;
	if (is != NULL)
		vec_push(&a->remade, is->name);
	a->c->shape = true;
}

/* A declared ALTER TABLE, in the old structure. */
static void
follow(struct alter *a, const char *sql)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *what;
	const struct json *rel;
	const char *schema, *name;
	WM_VEC cons = VEC_INIT;
	WM_VEC cols = VEC_INIT;

	if (!sql_parse(a->d->mem, sql, &st, &n, &err) || n != 1)
		return;
	rel = json_get(st->node, "relation");
	schema = json_str(rel, "schemaname");
	name = json_str(rel, "relname");
	if (name == NULL || strcmp(name, a->old->id.name) != 0 ||
	    strcmp(schema ? schema : IDENT_SCHEMA, a->old->id.schema) != 0)
		return;
	what = json_str(st->node, "renameType");
	if (what != NULL) {
		const char *from = json_str(st->node, "subname");
		const char *to = json_str(st->node, "newname");

		if (from == NULL || to == NULL)
			return;
		if (strcmp(what, "OBJECT_COLUMN") == 0)
			rename_in_old(a, from, to);
		for (size_t i = 0; i < a->facts.n && strcmp(what,
		    "OBJECT_TABCONSTRAINT") == 0; i++)
			if (strcmp(((struct fact *)a->facts.v[i])->name, from)
			    == 0)
				((struct fact *)a->facts.v[i])->name = to;
		for (size_t i = 0; i < a->old->cons.n && strcmp(what,
		    "OBJECT_TABCONSTRAINT") == 0; i++)
			if (strcmp(((struct con *)a->old->cons.v[i])->name,
			    from) == 0)
				((struct con *)a->old->cons.v[i])->name = to;
		return;
	}
	for (size_t i = 0; i < a->old->cons.n; i++)
		vec_push(&cons, a->old->cons.v[i]);
	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = arena_alloc(a->d->mem, sizeof(*k));

		*k = *(struct column *)a->old->columns.v[i];
		vec_push(&cols, k);
	}
	if (!table_alter(a->d->mem, a->old, sql, st))
		return;
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];

		k->made = k->made || !has_ptr(&cons, k);
	}
	for (size_t i = 0; i < cols.n; i++) {
		const struct column *was = cols.v[i];
		const struct column *is = table_column(a->old, was->name);

		if (is == NULL || !type_equal(is->type, was->type))
			touch(a, was->name, is == NULL);
	}
	a->c->shape = a->c->shape || cols.n != a->old->columns.n;
}

/* Checks of a column's old type, which the new one need not take. */
static void
drop_stale_checks(struct alter *a, const char *col)
{
	size_t n = 0;

	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];
		const struct fact *f = NULL;
		bool stays = k->kind != CON_CHECK || !has_string(&k->cols,
		    col);

		for (size_t x = 0; !stays && x < a->new->cons.n; x++)
			stays = con_equal(k, a->new->cons.v[x]);
		if (!stays)
			f = find_fact(a, k);
		if (f == NULL) {
			a->old->cons.v[n++] = k;
			continue;
		}
		sub(a, arena_printf(a->d->mem, "drop constraint %s",
		    quoted(a, f->name)));
		vec_clear(&k->cols);
	}
	a->old->cons.n = n;
}

static void
migrate_type(struct alter *a, const struct migration *m, struct column *col)
{
	struct table *t = declared(a, m->col, m->type);
	const struct column *is = table_column(a->new, m->col);
	struct column k;

	if (t == NULL) {
		refuse(a, "migration \"%s\" cannot be read", m->text);
		return;
	}
	k = *(const struct column *)t->columns.v[0];
	k.name = col->name;
	k.serial = col->serial;
	if (is != NULL && type_equal(is->type, k.type)) {
		k.dflt = is->dflt;
		k.dflt_text = is->dflt_text;
		if (k.collation == NULL) {
			k.collation = is->collation;
			k.collation_text = is->collation_text;
		}
	} else {
		k.dflt = col->dflt;
		k.dflt_text = col->dflt_text;
	}
	drop_stale_checks(a, col->name);
	if (m->expr != NULL || !type_equal(col->type, k.type))
		alter_type(a, col, &k, CAST_REWRITE, m->expr);
	table_clear(t);
}

/*
 * A column of the source that a migration writes: it has to be there by then,
 * and may be empty until it is written.
 */
static struct column *
add_empty(struct alter *a, const struct column *is)
{
	struct column *early = arena_alloc(a->d->mem, sizeof(*early));

	*early = *is;
	early->not_null = false;
	add_column(a, early, NULL);
	vec_push(&a->old->columns, early);
	named(a, NULL, early->name);
	a->c->shape = true;
	return early;
}

/* The same, for a column that the source brings in the same change. */
static struct column *
add_early(struct alter *a, const struct migration *m)
{
	const struct column *is = table_column(a->new, m->col);

	if (is == NULL || is->generated != NULL || is->identity != 0 ||
	    is->serial || m->verb != MIGRATE_UPDATE)
		return NULL;
	return add_empty(a, is);
}

/*
 * Whether a migration is about a column that came and went between two states
 * of this database, so that here there is nothing to do. What it left undone
 * would show: a column that vanishes undeclared is refused.
 */
static bool
passed_by(const struct alter *a, const struct migration *m)
{
	if (m->verb != MIGRATE_RENAME && m->verb != MIGRATE_DROP)
		return false;
	diag_warn(&a->c->new->loc, "delta", "table \"%s\": nothing to do for "
	    "\"%s\": this database never had that column", a->c->new->nam,
	    m->text);
	return true;
}

/* Another name, or another schema; sequences of its columns follow. */
static void
move_table(struct alter *a, const struct migration *m)
{
	struct arena *mem = a->d->mem;
	bool rename = m->verb == MIGRATE_RENAME_TABLE;

	stmt(a, arena_printf(mem, rename ? "alter table %s rename to %s" :
	    "alter table %s set schema %s", a->fq, quoted(a, m->to)))->lock =
	    "AccessExclusiveLock";
	for (size_t i = 0; !rename && i < a->owned.n; i++)
		((struct owned *)a->owned.v[i])->schema = m->to;
	if (rename)
		a->old->id.name = m->to;
	else
		a->old->id.schema = m->to;
	a->fq = ident_text(mem, &a->old->id);
}

/*
 * split and merge: the new columns, empty at first; one UPDATE fills them all;
 * then the old ones go. What the source says of them beyond that comes with
 * the rest of the change.
 */
static void
turn(struct alter *a, const struct migration *m)
{
	WM_SBUF b = SBUF_INIT;
	struct alter_stmt *s;

	for (size_t i = 0; i < m->n_from; i++)
		if (table_column(a->old, m->from[i]) == NULL) {
			refuse(a, "migration \"%s\" names column \"%s\", "
			    "which the table does not have then", m->text,
			    m->from[i]);
			return;
		}
	sbuf_printf(&b, "update %s set ", a->fq);
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct migrate_part *p = &m->parts[i];
		const struct column *is = table_column(a->new, p->col);
		struct migration add = { .verb = MIGRATE_ADD, .text = m->text,
			.col = p->col, .type = p->type };

		if (table_column(a->old, p->col) != NULL) {
			refuse(a, "migration \"%s\" makes column \"%s\", "
			    "which is there", m->text, p->col);
			return;
		}
		if (is != NULL && is->generated == NULL && is->identity == 0)
			(void)add_empty(a, is);
		else
			add_declared(a, &add);
		sbuf_printf(&b, "%s%s = %s", i > 0 ? ", " : "",
		    quoted(a, p->col), p->expr);
		vec_push(&a->moved, p->col);
	}
	s = stmt(a, sbuf_take(&b, a->d->mem));
	s->data = s->scan = true;
	s->lock = "RowExclusiveLock";
	settle(a);
	for (size_t i = 0; i < m->n_from; i++)
		drop_declared(a, m->from[i]);
}

static void
migrate(struct alter *a, const struct migration *m)
{
	struct arena *mem = a->d->mem;
	struct column *col = m->col ? table_column(a->old, m->col) : NULL;

	/* migrate_parse has seen to it that these have what they need */
	assert(m->col != NULL || (m->verb != MIGRATE_DROP && m->verb !=
	    MIGRATE_RENAME && m->verb != MIGRATE_UPDATE && m->verb !=
	    MIGRATE_TYPE && m->verb != MIGRATE_ADD));
	assert(m->to != NULL || m->verb != MIGRATE_RENAME);
	if (m->verb != MIGRATE_ADD && m->col != NULL && col == NULL) {
		if (passed_by(a, m))
			return;
		col = add_early(a, m);
	}
	if (m->verb != MIGRATE_ADD && m->col != NULL && col == NULL) {
		refuse(a, "migration \"%s\" names column \"%s\", which the "
		    "table does not have then", m->text, m->col);
		return;
	}
	if ((m->verb == MIGRATE_ADD && col != NULL) || (m->verb ==
	    MIGRATE_RENAME && table_column(a->old, m->to) != NULL)) {
		refuse(a, "migration \"%s\" adds a column that is there",
		    m->text);
		return;
	}
	switch (m->verb) {
	case MIGRATE_ADD:
		add_declared(a, m);
		break;
	case MIGRATE_DROP:
		drop_declared(a, m->col);
		break;
	case MIGRATE_RENAME:
		stmt(a, arena_printf(mem, "alter table %s rename column %s "
		    "to %s", a->fq, quoted(a, m->col), quoted(a, m->to)))
		    ->lock = "AccessExclusiveLock";
		rename_in_old(a, m->col, m->to);
		a->c->shape = true;
		break;
	case MIGRATE_UPDATE:
		update_rows(a, m->col, m->expr);
		break;
	case MIGRATE_TYPE:
		assert(col != NULL);
		migrate_type(a, m, col);
		break;
	case MIGRATE_TURN:
		turn(a, m);
		break;
	case MIGRATE_FROM:
		break;
	case MIGRATE_RENAME_TABLE:
	case MIGRATE_MOVE:
		move_table(a, m);
		break;
	case MIGRATE_SQL:
		stmt(a, m->expr)->data = true;
		settle(a);
		follow(a, m->expr);
		break;
	case MIGRATE_CHECK: {
		struct plan_check *k = arena_alloc(mem, sizeof(*k));

		k->obj_typ = "table";
		k->obj_nam = a->c->new->nam;
		k->message = m->to;
		k->sql = m->expr;
		k->loc = a->c->new->loc;
		vec_push(&a->d->plan.checks, k);
		break;
	}
	case MIGRATE_ALTER: {
		const char *sql = arena_printf(mem, "alter table %s %s", a->fq,
		    m->expr);

		stmt(a, sql)->lock = "AccessExclusiveLock";
		follow(a, sql);
		break;
	}
	}
	if (m->col != NULL)
		vec_push(&a->moved, m->to != NULL && m->verb ==
		    MIGRATE_RENAME ? m->to : m->col);
	a->migrated = a->migrated || m->verb == MIGRATE_SQL ||
	    m->verb == MIGRATE_ALTER;
}

/* Run those of the table's declared migrations that have not run. */
static bool
migrations(struct alter *a)
{
	const struct vec *is = &a->c->new->delta, *was = &a->c->old->delta;
	size_t done = (size_t)a->c->old->del_idx, skip;
	bool ok = true;

	/* "from OLD" stands in front where the record has the old name yet */
	skip = a->c->renamed && (was->n == 0 ||
	    strncmp(was->v[0], "from ", 5) != 0);

	if (done > was->n)
		done = was->n;
	for (size_t i = 0; i < done && is->n > 0; i++) {
		if (i + skip < is->n &&
		    strcmp(is->v[i + skip], was->v[i]) == 0)
			continue;
		refuse(a, "migration %zu, \"%s\", has run here and is no "
		    "longer declared as it was", i + 1,
		    (const char *)was->v[i]);
		diag_hint("Put it back, and declare what follows behind it.");
		return true;
	}
	for (size_t i = is->n > 0 ? done + skip : 0; i < is->n; i++) {
		struct migration *m = arena_alloc(a->d->mem, sizeof(*m));
		const char *why;

		if (!migrate_parse(a->d->mem, is->v[i], m, &why)) {
			refuse(a, "migration \"%s\" cannot be read: %s",
			    (const char *)is->v[i], why);
			ok = false;
		} else if (ok) {
			a->pending = i + 1 < is->n;
			migrate(a, m);
		}
	}
	flush(a);
	return true;
}

static void
alter_clear(struct alter *a)
{
	vec_clear(&a->facts);
	vec_clear(&a->subs);
	vec_clear(&a->owned);
	vec_clear(&a->names);
	vec_clear(&a->renamings);
	vec_clear(&a->dropped);
	vec_clear(&a->remade);
	vec_clear(&a->moved);
	table_clear(a->old);
	table_clear(a->new);
}

static bool
shapes_differ(const struct table *x, const struct table *y)
{
	if (x->columns.n != y->columns.n)
		return true;
	for (size_t i = 0; i < x->columns.n; i++)
		if (table_column(y,
		    ((struct column *)x->columns.v[i])->name) == NULL)
			return true;
	return false;
}

/* Sequences of columns follow the names of these, as in a new table. */
static void
rename_sequences(struct alter *a)
{
	struct arena *mem = a->d->mem;

	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];
		const char *to;
		WM_SBUF b = SBUF_INIT;

		if (o->gone || table_column(a->new, o->col) == NULL ||
		    strcmp(o->name, table_object_name(mem, a->was_id.name,
		    o->was, "seq")) != 0)
			continue;
		to = table_object_name(mem, a->old->id.name, o->col, "seq");
		if (strcmp(to, o->name) == 0)
			continue;
		sbuf_printf(&b, "alter sequence %s rename to %s",
		    owned_text(a, o), quoted(a, to));
		stmt(a, sbuf_take(&b, mem));
		o->name = to;
	}
}

/*
 * Foreign keys of this table name columns of others; those that a migration
 * renames are meant by their new names.
 */
static void
foreign_renames(struct alter *a)
{
	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];
		const struct json *rv = json_get(k->node, "pktable");
		const struct json *attrs = json_get(k->node, "pk_attrs");
		const struct change *t;

		if (k->kind != CON_FOREIGN || attrs == NULL)
			continue;
		t = referenced(a, rv);
		if (t == NULL || t == a->c)
			continue;
		for (size_t m = (size_t)t->old->del_idx; m < t->new->delta.n;
		    m++) {
			struct migration g;
			const char *why;

			if (!migrate_parse(a->d->mem, t->new->delta.v[m], &g,
			    &why) || g.verb != MIGRATE_RENAME)
				continue;
			for (struct json *j = attrs->first; j; j = j->next)
				tree_rename_name(j, g.col, g.to);
		}
	}
}

/* Whether a tree of an index reads one of these columns. */
static bool
reads_any(const struct json *tree, const struct vec *cols)
{
	WM_VEC reads = VEC_INIT;
	const struct json *lists[] = { json_get(tree, "indexParams"),
		json_get(tree, "indexIncludingParams") };

	tree_columns(tree, &reads);
	for (size_t i = 0; i < WM_LEN(lists); i++)
		for (const struct json *j = lists[i] ? lists[i]->first : NULL;
		    j; j = j->next) {
			const char *s = json_str(json_get(j, "IndexElem"),
			    "name");

			if (s != NULL)
				vec_push(&reads, s);
		}
	for (size_t i = 0; i < reads.n; i++)
		if (has_string(cols, reads.v[i]))
			return true;
	return false;
}

/* Indexes go with a column; those of the source have to be made again. */
static void
remake_indexes(struct alter *a)
{
	struct diff *d = a->d;

	for (size_t i = 0; a->remade.n > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct parsed *p;

		if (c->new == NULL || c->old == NULL || !c->old->built ||
		    strcmp(c->new->kind->name, "index") != 0 ||
		    c->fate != FATE_SAME || !change_parse(d, c, false, &p) ||
		    p->n == 0 || p->idents[0].table == NULL ||
		    strcmp(p->idents[0].table, a->old->id.name) != 0 ||
		    strcmp(p->idents[0].schema, a->old->id.schema) != 0)
			continue;
		if (!reads_any(p->stmts[0].node, &a->remade))
			continue;
		c->fate = FATE_RECREATE;
		c->reason = "its column is made again";
	}
}

/* What is lost with a column that is made again, or with its old type. */
static bool
restore_attached(struct alter *a)
{
	WM_SBUF cols = SBUF_INIT;
	WM_SBUF names = SBUF_INIT;
	const char *args[4] = { a->was_id.schema, a->was_id.name };

	if (a->c->touched.n == 0)
		return true;
	for (size_t i = 0; i < a->remade.n; i++)
		pg_array_put(&cols, a->remade.v[i]);
	for (size_t i = 0; i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;

		if (strcmp(change_object(c)->kind->name, "index") != 0)
			continue;
		id = change_ident(a->d, c, c->new == NULL);
		if (id != NULL && strcmp(id->schema, a->was_id.schema) == 0)
			pg_array_put(&names, id->name);
	}
	sbuf_puts(&cols, cols.len ? "}" : "{}");
	sbuf_puts(&names, names.len ? "}" : "{}");
	args[2] = cols.s;
	args[3] = names.s;
	WM_PGRES *r = pg_query_again(a->d->db, PG_ROWS, "wm_attached",
	    &a->d->attached_known, embed_attached_sql, 4, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		stmt(a, arena_strdup(a->d->mem, PQgetvalue(r, i, 1)));
	return true;
}

bool
alter_table(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	struct alter a = { .d = d, .c = c, .cmd_nam = c->new->nam };
	bool ok = true;

	a.old = table_parse(d->mem, c->old->create, was->stmts, was->n);
	a.new = table_parse(d->mem, c->new->create, is->stmts, is->n);
	if (a.old == NULL || a.new == NULL || (!c->renamed &&
	    strcmp(ident_key(d->mem, &a.old->id),
	    ident_key(d->mem, &a.new->id)) != 0)) {
		refuse(&a, "its text is not one CREATE TABLE of that name");
		alter_clear(&a);
		return true;
	}
	a.was_id = a.old->id;
	a.fq = a.was_fq = ident_text(d->mem, &a.old->id);
	if (a.old->unknown != NULL || a.new->unknown != NULL) {
		refuse(&a, "it changes, and its definition has %s, which "
		    "cannot be altered yet", a.new->unknown ? a.new->unknown :
		    a.old->unknown);
		alter_clear(&a);
		return true;
	}
	c->shape = shapes_differ(a.old, a.new);
	ok = load_facts(&a) && migrations(&a);
	a.main = c->alters.n;
	if (ok && strcmp(a.fq, ident_text(d->mem, &a.new->id)) != 0) {
		refuse(&a, "its migrations lead to table %s", a.fq);
		ok = false;
	}
	ok = ok && columns_differ(&a);
	if (ok) {
		foreign_renames(&a);
		constraints_differ(&a);
		table_differs(&a);
		rest_differs(&a);
		flush(&a);
		rename_sequences(&a);
		remake_indexes(&a);
		ok = restore_attached(&a);
	}
	if (ok && (c->alters.n > 0 || c->early.n > 0))
		c->fate = FATE_ALTER;
	alter_clear(&a);
	return ok;
}

static struct table *
table_of(struct diff *d, struct change *c, bool old)
{
	struct parsed *p;

	if (!change_parse(d, c, old, &p))
		return NULL;
	return table_parse(d->mem, old ? c->old->create : c->new->create,
	    p->stmts, p->n);
}

/* Columns that two tables have in common, by name and type; of ten. */
static int
common_columns(const struct table *x, const struct table *y)
{
	size_t n = 0, max = x->columns.n > y->columns.n ? x->columns.n :
	    y->columns.n;

	for (size_t i = 0; i < x->columns.n; i++) {
		const struct column *k = x->columns.v[i];
		const struct column *j = table_column(y, k->name);

		n += j != NULL && type_equal(k->type, j->type);
	}
	return max == 0 ? 0 : (int)(10 * n / max);
}

static void
refuse_heir(const struct change *gone, const struct change *new)
{
	const char *was = gone->old->nam, *is = new->new->nam;
	const char *dot = strchr(is, '.'), *old = strchr(was, '.');
	bool moved = dot != NULL && old != NULL && strcmp(dot, old) == 0;

	diag_refuse(&new->new->loc, "table \"%s\" left the source, and new "
	    "table \"%s\" looks like it", was, is);
	if (moved)
		diag_hint("If it is that table: wm-migrate %s move to %.*s",
		    was, (int)(dot - is), is);
	else
		diag_hint("If it is that table: wm-migrate %s rename table "
		    "to %s", was, dot ? dot + 1 : is);
	diag_hint("If it is not: --allow data-loss drops \"%s\".", was);
}

void
alter_heirs(struct diff *d)
{
	if (d->opts->allow_data_loss)
		return;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *gone = d->all.v[i];
		struct table *t;

		if (gone->fate != FATE_DROP || !gone->old->built ||
		    strcmp(gone->old->kind->name, "table") != 0 ||
		    (t = table_of(d, gone, true)) == NULL)
			continue;
		for (size_t k = 0; k < d->all.n; k++) {
			struct change *new = d->all.v[k];
			struct table *u;

			if (new->fate != FATE_CREATE || new->old != NULL ||
			    strcmp(new->new->kind->name, "table") != 0 ||
			    (u = table_of(d, new, false)) == NULL)
				continue;
			if (common_columns(t, u) >= 7)
				refuse_heir(gone, new);
			table_clear(u);
		}
		table_clear(t);
	}
}

/* Whether a tree has "*" in it, or reads a relation as a whole row. */
static bool
has_star(const struct json *j)
{
	if (j->key != NULL && strcmp(j->key, "A_Star") == 0)
		return true;
	for (const struct json *k = j->first; k != NULL; k = k->next)
		if (has_star(k))
			return true;
	return false;
}

void
alter_stars(struct diff *d)
{
	WM_VEC wide = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->fate == FATE_ALTER && c->shape)
			vec_push(&wide, c);
	}
	for (size_t w = 0; w < wide.n; w++) {
		const struct change *t = wide.v[w];

		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];
			struct parsed *p;
			WM_VEC refs = VEC_INIT;
			const char *schema, *name;

			if (c->new == NULL || c->old == NULL ||
			    !c->old->built || strcmp(c->new->kind->name,
			    "view") != 0 || (c->fate != FATE_SAME &&
			    c->fate != FATE_REPLACE))
				continue;
			ident_split(d->mem, change_object(t)->nam, &schema,
			    &name);
			/* most views do not even name the table */
			if (strchr(c->new->create, '*') == NULL ||
			    strcasestr(c->new->create, name) == NULL ||
			    !change_parse(d, c, false, &p) || p->n == 0 ||
			    !has_star(p->stmts[0].node))
				continue;
			refs_of(d->mem, c->new->create, &refs);
			for (size_t r = 0; r < refs.n; r++) {
				const struct ref *k = refs.v[r];

				if (strcmp(k->name, name) != 0 ||
				    strcmp(k->schema, schema) != 0)
					continue;
				c->fate = FATE_RECREATE;
				c->shape = true;
				c->reason = arena_printf(d->mem, "it reads all "
				    "columns of \"%s\"", change_object(t)->nam);
				vec_push(&wide, c);
				break;
			}
		}
	}
}
