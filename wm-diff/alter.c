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
	struct vec initial;	/* of struct migration *: add with a value */

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

static void
touch(struct alter *a, const char *col, bool gone)
{
	struct alter_column *t = arena_alloc(a->d->mem, sizeof(*t));

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
load_facts(struct alter *a)
{
	WM_SBUF sch = SBUF_INIT;
	WM_SBUF nam = SBUF_INIT;
	const char *args[2];

	closure_array_put(&sch, a->old->id.schema);
	closure_array_put(&nam, a->old->id.name);
	sbuf_putc(&sch, '}');
	sbuf_putc(&nam, '}');
	args[0] = sch.s;
	args[1] = nam.s;
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS, embed_tables_sql, 2, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *type = pg_col(r, i, "contype");
		struct fact *f;

		a->has_rows = pg_col(r, i, "has_pages")[0] == 't';
		a->rows = strtoll(pg_col(r, i, "rows"), NULL, 10);
		a->bytes = strtoll(pg_col(r, i, "bytes"), NULL, 10);
		if (type == NULL)
			continue;
		f = arena_alloc(a->d->mem, sizeof(*f));
		f->kind = type[0];
		f->name = arena_strdup(a->d->mem, pg_col(r, i, "conname"));
		f->ref = arena_strdup(a->d->mem, pg_col(r, i, "ref"));
		pg_array(a->d->mem, pg_col(r, i, "cols"), &f->cols);
		vec_push(&a->facts, f);
	}
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
			sbuf_puts(&b, b.len ? ", x." : "x.");
			sbuf_ident(&b, k->cols.v[x]);
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
	vec_push(&a->d->plan.checks, k);
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

static bool
without_modifiers_equal(const struct json *a, const struct json *b)
{
	return sql_equal(json_get(a, "names"), json_get(b, "names")) &&
	    sql_equal(json_get(a, "arrayBounds"), json_get(b, "arrayBounds"));
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

static bool
find_cast(struct alter *a, const struct column *was, const struct column *is,
    enum cast *out)
{
	const char *args[2] = { sql_type_text(a->d->mem, was->type),
		sql_type_text(a->d->mem, is->type) };
	const char *ctx;

	*out = CAST_NONE;
	if (args[0] == NULL || args[1] == NULL)
		return true;
	if (was->serial || is->serial) {
		args[0] = was->type_text;
		args[1] = is->type_text;
		if (strcmp(args[0], args[1]) == 0) {
			*out = CAST_FREE;
			return true;
		}
	} else if (without_modifiers_equal(was->type, is->type)) {
		*out = modifier_cast(was->type, is->type);
		return true;
	}
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS,
	    "select k.castcontext, k.castmethod, t.typcategory = 'S' and"
	    " f.typcategory <> 'A', t.typname"
	    " from (select to_regtype($1) as f, to_regtype($2) as t) x"
	    " left join pg_catalog.pg_type t on t.oid = x.t"
	    " left join pg_catalog.pg_type f on f.oid = x.f"
	    " left join pg_catalog.pg_cast k on k.castsource = x.f"
	    " and k.casttarget = x.t", 2, args);
	if (r == NULL)
		return false;
	if (PQntuples(r) == 0)
		return true;
	ctx = PQgetisnull(r, 0, 0) ? "" : PQgetvalue(r, 0, 0);
	if (ctx[0] == 'i') {
		bool binary = PQgetvalue(r, 0, 1)[0] == 'b';
		bool limit = json_get(is->type, "typmods") != NULL &&
		    !base_is(is->type, "numeric");

		*out = limit ? CAST_LOSSY : binary ? CAST_FREE : CAST_REWRITE;
	} else if (PQgetvalue(r, 0, 2)[0] == 't' &&
	    json_get(is->type, "typmods") == NULL)
		*out = ctx[0] == 'a' && PQgetvalue(r, 0, 1)[0] == 'b' ?
		    CAST_FREE : CAST_REWRITE;	/* anything as text */
	else if (ctx[0] == 'a')
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

static void
alter_type(struct alter *a, const struct column *was, const struct column *is,
    enum cast cast, const char *using)
{
	const char *q = quoted(a, is->name);

	touch(a, is->name, false);
	/* a default of the old type need not fit the new one */
	if (was->dflt != NULL && cast != CAST_FREE)
		sub(a, arena_printf(a->d->mem, "alter column %s drop default",
		    q));
	sub(a, arena_printf(a->d->mem, "alter column %s type %s%s%s", q,
	    type_clause(a, is), using ? " using " : "", using ? using : ""));
	/* what the server keeps of a default has its old type in it */
	if (is->dflt != NULL && was->dflt != NULL)
		sub(a, arena_printf(a->d->mem, "alter column %s set default "
		    "%s", q, is->dflt_text));
	a->cost.rewrite = a->cost.rewrite || cast != CAST_FREE;
}

static bool
column_type(struct alter *a, struct column *was, const struct column *is)
{
	enum cast cast;
	bool same = type_equal(was->type, is->type);

	if (was->serial != is->serial && strcmp(was->type_text, is->type_text)
	    == 0)
		same = true;
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
	add_check(a, &cols, arena_printf(a->d->mem, "column \"%s\" is to be not null",
	    is->name), arena_printf(a->d->mem, "x.%s is null", q));
}

/* START, INCREMENT and so on of an identity column, as ALTER spells them. */
static bool
identity_options(struct alter *a, const struct column *is, struct sbuf *b)
{
	const char *open = strchr(is->identity_text, '(');

	(void)a;
	if (is->identity_opts == NULL || is->identity_opts->first == NULL)
		return true;
	if (open == NULL)
		return false;
	/* each option becomes "set option" */
	for (const struct json *j = is->identity_opts->first; j; j = j->next) {
		const struct json *o = json_get(j, "DefElem");
		const char *name = json_str(o, "defname");
		const struct json *arg = json_get(o, "arg");
		long n = json_int(json_get(arg, "Integer"), "ival", 0);
		const char *f = json_str(json_get(arg, "Float"), "fval");

		if (name == NULL || strcmp(name, "sequence_name") == 0)
			return false;
		if (strcmp(name, "cycle") == 0)
			sbuf_puts(b, json_bool(json_get(arg, "Boolean"),
			    "boolval") ? " set cycle" : " set no cycle");
		else if (arg == NULL)
			sbuf_printf(b, " set no %s", name);
		else if (f != NULL)
			sbuf_printf(b, " set %s %s", name, f);
		else
			sbuf_printf(b, " set %s %ld", name, n);
	}
	return true;
}

static void
column_identity(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = quoted(a, is->name);
	WM_SBUF b = SBUF_INIT;

	if (was->identity == is->identity && (is->identity == 0 ||
	    sql_equal(was->identity_opts, is->identity_opts)))
		return;
	if (is->identity == 0) {
		sub(a, arena_printf(a->d->mem, "alter column %s drop identity",
		    q));
		return;
	}
	if (was->identity == 0) {
		if (was->serial) {
			/* the sequence goes; the new one goes on from there */
			sub(a, arena_printf(a->d->mem, "alter column %s drop "
			    "default", q));
			flush(a);
			stmt(a, arena_printf(a->d->mem, "drop sequence if "
			    "exists %s", quoted(a, arena_printf(a->d->mem,
			    "%s_%s_seq", a->old->id.name, is->name))));
		} else if (was->dflt != NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s drop "
			    "default", q));
		if (!was->not_null)
			sub(a, arena_printf(a->d->mem, "alter column %s set "
			    "not null", q));
		flush(a);
		sub(a, arena_printf(a->d->mem, "alter column %s add %s", q,
		    is->identity_text));
		if (a->has_rows)
			stmt(a, arena_printf(a->d->mem, "select "
			    "pg_catalog.setval(pg_catalog."
			    "pg_get_serial_sequence('%s', '%s'), "
			    "pg_catalog.greatest(max(%s), 1)) from %s having "
			    "max(%s) is not null", a->fq, is->name, q, a->fq,
			    q))->data = true;
		return;
	}
	if (!identity_options(a, is, &b)) {
		refuse(a, "the identity options of column \"%s\" change",
		    is->name);
		return;
	}
	sub(a, arena_printf(a->d->mem, "alter column %s set generated %s%s", q,
	    is->identity == 'a' ? "always" : "by default", sbuf_str(&b)));
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
	if (k->generated != NULL) {
		const char *g = strcasestr(k->element, "generated");

		sbuf_printf(&b, " %s", g ? g : "");
	}
	return sbuf_take(&b, a->d->mem);
}

static const struct migration *
initial_of(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->initial.n; i++) {
		const struct migration *m = a->initial.v[i];

		if (strcmp(m->col, col) == 0)
			return m;
	}
	return NULL;
}

static void
add_column(struct alter *a, const struct column *k)
{
	const struct migration *m = initial_of(a, k->name);
	const char *init = m != NULL ? m->init : NULL;

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

static void
drop_column(struct alter *a, const char *name)
{
	touch(a, name, true);
	sub(a, arena_printf(a->d->mem, "drop column %s", quoted(a, name)));
	a->cost.loss = true;
}

/* Take a column out of the old structure, with the constraints it carries. */
static void
forget_column(struct alter *a, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];

		if (strcmp(k->name, name) != 0)
			a->old->columns.v[n++] = k;
	}
	a->old->columns.n = n;
	n = 0;
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];

		if (!has_string(&k->cols, name))
			a->old->cons.v[n++] = k;
		else
			vec_clear(&k->cols);
	}
	a->old->cons.n = n;
}

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
			drop_column(a, k->name);
			forget_column(a, k->name);
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

		if (was == NULL) {
			add_column(a, is);
			continue;
		}
		if (!column_type(a, was, is))
			return false;
		if (is->serial && !was->serial) {
			refuse(a, "column \"%s\" becomes serial", is->name);
			diag_hint("Make it \"generated by default as "
			    "identity\" instead.");
			continue;
		}
		if (was->serial && !is->serial && is->identity == 0 &&
		    is->dflt == NULL)
			sub(a, arena_printf(a->d->mem, "alter column %s drop "
			    "default", q));
		if (is->identity == 0 && was->identity != 0)
			column_identity(a, was, is);
		column_default(a, was, is);
		column_not_null(a, was, is);
		if (is->identity != 0)
			column_identity(a, was, is);
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
		add_check(a, &k->cols, what, arena_printf(mem, "(%s) in (select %s from "
		    "%s y group by %s having count(*) > 1)", cols,
		    column_list(a, &k->cols, "y."), a->was_fq,
		    column_list(a, &k->cols, "y.")));
		return;
	}
	ref.schema = json_str(rv, "schemaname");
	ref.name = json_str(rv, "relname");
	if (ref.schema == NULL)
		ref.schema = IDENT_SCHEMA;
	if (pk == NULL || ref.name == NULL)
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

/*
 * A constraint that only changes its name. Names are free for new ones then:
 * so it comes before the ALTER TABLE that is being collected.
 */
static void
rename_constraint(struct alter *a, const char *from, const char *to)
{
	struct alter_stmt *s = arena_alloc(a->d->mem, sizeof(*s));
	struct vec *v = &a->c->alters;

	s->sql = arena_printf(a->d->mem, "alter table %s rename constraint %s "
	    "to %s", a->fq, quoted(a, from), quoted(a, to));
	s->lock = "AccessExclusiveLock";
	vec_push(v, s);
	memmove(v->v + a->main + 1, v->v + a->main,
	    (v->n - a->main - 1) * sizeof(*v->v));
	v->v[a->main++] = s;
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
					    quoted(a, f ? f->name :
					    was->name)));
					a->cost.scan = true;
					constraint_check(a, is);
				}
				if (f != NULL && strcmp(f->name, is->name) !=
				    0)
					rename_constraint(a, f->name,
					    is->name);
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
		sub(a, arena_printf(a->d->mem, "drop constraint %s",
		    quoted(a, f->name)));
	}
	for (size_t i = 0; i < new->n; i++)
		if (!has_ptr(&matched, new->v[i]))
			add_constraint(a, new->v[i]);
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
			const struct json *o = json_get(j, "DefElem");
			bool stays = false;

			for (const struct json *k = is ? is->first : NULL; k;
			    k = k->next)
				stays = stays || strcmp(json_str(json_get(k,
				    "DefElem"), "defname"),
				    json_str(o, "defname")) == 0;
			if (!stays)
				sbuf_printf(&reset, "%s%s", reset.len ? ", " :
				    "", json_str(o, "defname"));
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

/* A rename in the old structure: columns, keys, expressions. */
static void
rename_in_old(struct alter *a, const char *from, const char *to)
{
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
	}
	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		for (size_t x = 0; x < f->cols.n; x++)
			if (strcmp(f->cols.v[x], from) == 0)
				f->cols.v[x] = (void *)(uintptr_t)to;
	}
}

/* A column that a migration adds and that is no longer in the source. */
static void
add_passing(struct alter *a, const struct migration *m)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *sql = arena_printf(a->d->mem, "create table %s (%s %s)",
	    a->fq, quoted(a, m->col), m->type);
	struct table *t;

	if (!sql_parse(a->d->mem, sql, &st, &n, &err) ||
	    (t = table_parse(a->d->mem, sql, st, n)) == NULL)
		return;
	if (t->columns.n == 1) {
		add_column(a, t->columns.v[0]);
		vec_push(&a->old->columns, t->columns.v[0]);
	}
	table_clear(t);
}

/*
 * A migration writes a column that the source brings in the same change: it
 * has to be there by then, and may be empty until it is written.
 */
static const struct column *
add_early(struct alter *a, const struct migration *m)
{
	const struct column *is = table_column(a->new, m->col);
	struct column *early;

	if (is == NULL || is->generated != NULL || is->identity != 0 ||
	    is->serial || m->verb != MIGRATE_UPDATE)
		return NULL;
	early = arena_alloc(a->d->mem, sizeof(*early));
	*early = *is;
	early->not_null = false;
	add_column(a, early);
	vec_push(&a->old->columns, early);
	return early;
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

/* Deferred triggers of an UPDATE would keep ALTER TABLE from its table. */
static void
settle(struct alter *a)
{
	stmt(a, "set constraints all immediate")->data = true;
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
	for (size_t i = 0; rename && i < a->old->columns.n; i++) {
		const struct column *k = a->old->columns.v[i];
		const char *from = arena_printf(mem, "%s_%s_seq",
		    a->old->id.name, k->name);

		if (k->serial || k->identity != 0)
			stmt(a, arena_printf(mem, "alter sequence if exists "
			    "%s.%s rename to %s", quoted(a, a->old->id.schema),
			    quoted(a, from), quoted(a, arena_printf(mem,
			    "%s_%s_seq", m->to, k->name))));
	}
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
		if (is != NULL) {
			struct column *early = arena_alloc(a->d->mem,
			    sizeof(*early));

			*early = *is;
			early->not_null = false;
			add_column(a, early);
			vec_push(&a->old->columns, early);
		} else
			add_passing(a, &add);
		sbuf_printf(&b, "%s%s = %s", i > 0 ? ", " : "",
		    quoted(a, p->col), p->expr);
		vec_push(&a->moved, p->col);
	}
	s = stmt(a, sbuf_take(&b, a->d->mem));
	s->data = s->scan = true;
	s->lock = "RowExclusiveLock";
	settle(a);
	for (size_t i = 0; i < m->n_from; i++) {
		drop_column(a, m->from[i]);
		forget_column(a, m->from[i]);
	}
}

static void
migrate(struct alter *a, const struct migration *m)
{
	struct arena *mem = a->d->mem;
	const struct column *col = m->col ? table_column(a->old, m->col) :
	    NULL;
	const struct column *is;

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
	switch (m->verb) {
	case MIGRATE_ADD:
		vec_push(&a->initial, m);
		is = table_column(a->new, m->col);
		if (col != NULL)
			refuse(a, "migration \"%s\" adds a column that is "
			    "there", m->text);
		else if (is == NULL)
			add_passing(a, m);
		else {
			add_column(a, is);
			vec_push(&a->old->columns, is);
		}
		break;
	case MIGRATE_DROP:
		drop_column(a, m->col);
		forget_column(a, m->col);
		break;
	case MIGRATE_RENAME:
		stmt(a, arena_printf(mem, "alter table %s rename column %s "
		    "to %s", a->fq, quoted(a, m->col), quoted(a, m->to)))
		    ->lock = "AccessExclusiveLock";
		rename_in_old(a, m->col, m->to);
		a->c->shape = true;
		break;
	case MIGRATE_UPDATE: {
		struct alter_stmt *s = stmt(a, arena_printf(mem,
		    "update %s set %s = %s", a->fq, quoted(a, m->col),
		    m->expr));

		s->data = s->scan = true;
		s->lock = "RowExclusiveLock";
		settle(a);
		break;
	}
	case MIGRATE_TYPE:
		is = table_column(a->new, m->col);
		if (is != NULL && !type_equal(is->type, col->type)) {
			alter_type(a, col, is, CAST_REWRITE, m->expr);
			((struct column *)(uintptr_t)col)->type = is->type;
			((struct column *)(uintptr_t)col)->type_text =
			    is->type_text;
			((struct column *)(uintptr_t)col)->collation =
			    is->collation;
			((struct column *)(uintptr_t)col)->dflt = is->dflt;
		}
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
	case MIGRATE_ALTER:
		flush(a);
		sub(a, m->expr);
		flush(a);
		break;
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
		} else if (ok)
			migrate(a, m);
	}
	return true;
}

static void
alter_clear(struct alter *a)
{
	for (size_t i = 0; i < a->facts.n; i++)
		vec_clear(&((struct fact *)a->facts.v[i])->cols);
	vec_clear(&a->facts);
	vec_clear(&a->subs);
	vec_clear(&a->initial);
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
		constraints_differ(&a);
		table_differs(&a);
		rest_differs(&a);
		flush(&a);
	}
	if (ok && c->alters.n > 0)
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
