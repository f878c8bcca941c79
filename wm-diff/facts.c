#include "alter_impl.h"

#include <stdlib.h>

#include "embed.h"
#include "pg.h"
#include "sequences.h"

const char *
alter_original(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->names.n; i++) {
		const struct naming *k = a->names.v[i];

		if (strcmp(k->now, col) == 0)
			return k->was;
	}
	return col;
}

void
alter_named(struct alter *a, const char *was, const char *now)
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

void
alter_unnamed(struct alter *a, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < a->names.n; i++)
		if (strcmp(((struct naming *)a->names.v[i])->now, name) != 0)
			a->names.v[n++] = a->names.v[i];
	a->names.n = n;
}

void
alter_touch(struct alter *a, const char *col, bool gone)
{
	struct alter_column *t = arena_alloc(a->d->mem, sizeof(*t));

	col = alter_original(a, col);
	if (col == NULL)
		return;
	t->schema = a->was_id.schema;
	t->table = a->was_id.name;
	t->name = col;
	t->gone = gone;
	vec_push(&a->c->touched, t);
}

void
alter_touch_key(struct alter *a, const struct fact *f)
{
	struct alter_column *t;

	if (f == NULL || f->was == NULL || (f->kind != CON_PRIMARY &&
	    f->kind != CON_UNIQUE))
		return;
	t = arena_alloc(a->d->mem, sizeof(*t));
	t->schema = a->was_id.schema;
	t->table = a->was_id.name;
	t->name = f->was;
	t->constraint = true;
	vec_push(&a->c->touched, t);
}

struct fact *
alter_fact(struct alter *a, const struct con *k)
{
	struct fact *only = NULL;
	int n = 0;

	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		if (f->con == k && !f->gone)
			return f;
	}
	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		if (f->kind == (char)k->kind && f->con == NULL && !f->gone &&
		    strcmp(f->name, k->name) == 0)
			return f;
	}
	for (size_t i = 0; i < a->facts.n && !k->named; i++) {
		struct fact *f = a->facts.v[i];

		if (f->kind == (char)k->kind && f->con == NULL && !f->gone &&
		    (k->kind == CON_CHECK ? vec_same_set :
		    vec_same_strings)(&f->cols, &k->cols)) {
			only = f;
			n++;
		}
	}
	return n == 1 ? only : NULL;
}

void
alter_made(struct alter *a, const struct con *k)
{
	struct fact *f = arena_alloc(a->d->mem, sizeof(*f));

	f->kind = (char)k->kind;
	f->name = k->name;
	f->con = k;
	vec_push(&a->facts, f);
}

/* Without a server: the names that it gives to the sequences of columns. */
static void
guess_owned(struct alter *a)
{
	for (size_t i = 0; i < a->old->columns.n; i++) {
		const struct column *k = a->old->columns.v[i];
		struct owned *o;

		if (!k->serial && k->identity == 0)
			continue;
		o = arena_alloc(a->d->mem, sizeof(*o));
		o->col = o->was = k->name;
		o->schema = a->old->id.schema;
		o->name = sequences_old_name(a->d, o->schema,
		    a->old->id.name, k->name);
		vec_push(&a->owned, o);
	}
}

/* Without a server: constraints as the text has them, and rows, maybe. */
static void
guess_facts(struct alter *a)
{
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct fact *f;

		alter_made(a, a->old->cons.v[i]);
		f = a->facts.v[a->facts.n - 1];
		f->was = f->name;
	}
	a->has_rows = true;
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
	if (a->d->db == NULL || a->c->born) {
		guess_owned(a);
		return true;
	}
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

struct owned *
alter_owned(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];

		if (!o->gone && strcmp(o->col, col) == 0)
			return o;
	}
	return NULL;
}

const char *
alter_owned_text(struct alter *a, const struct owned *o)
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
	f->name = f->was = arena_strdup(d->mem, pg_col(r, i, "conname"));
	f->ref = arena_strdup(d->mem, pg_col(r, i, "ref"));
	f->comment = arena_strdup(d->mem, pg_col(r, i, "comment"));
	f->root_schema = arena_strdup(d->mem, pg_col(r, i, "root_sch"));
	f->root = arena_strdup(d->mem, pg_col(r, i, "root"));
	pg_array(d->mem, pg_col(r, i, "cols"), &f->cols);
	vec_push(f->root != NULL ? &t->inherited : &t->facts, f);
}

PGresult *
alter_ask(struct diff *d, const char *sql, const struct vec *tables)
{
	WM_SBUF sch = SBUF_INIT;
	WM_SBUF nam = SBUF_INIT;
	const char *args[2];

	for (size_t i = 0; i < tables->n; i++) {
		const struct ident *id = change_ident(d, tables->v[i], true);

		pg_array_put(&sch, id->schema);
		pg_array_put(&nam, id->name);
	}
	sbuf_putc(&sch, '}');
	sbuf_putc(&nam, '}');
	args[0] = sch.s;
	args[1] = nam.s;
	return pg_query(d->db, PG_ROWS, sql, 2, args);
}

bool
alter_facts(struct diff *d, const struct vec *tables)
{
	WM_VEC asked = VEC_INIT;

	for (size_t i = 0; i < tables->n; i++) {
		struct change *c = tables->v[i];

		if (change_ident(d, c, true) == NULL)
			continue;
		c->facts = arena_alloc(d->mem, sizeof(*c->facts));
		vec_push(&asked, c);
	}
	if (asked.n == 0 || d->db == NULL)
		return true;
	WM_PGRES *r = alter_ask(d, embed_tables_sql, &asked);
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
	for (size_t i = 0; i < c->facts->inherited.n; i++)
		vec_clear(&((struct fact *)c->facts->inherited.v[i])->cols);
	vec_clear(&c->facts->facts);
	vec_clear(&c->facts->inherited);
}

bool
alter_load(struct alter *a)
{
	const struct table_facts *t = a->c->facts;

	if (!load_owned(a))
		return false;
	if (a->d->db == NULL || a->c->born)
		guess_facts(a);
	if (a->d->db == NULL || a->c->born || t == NULL)
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
