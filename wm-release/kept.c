#include "kept.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "ident.h"
#include "map.h"
#include "migrate.h"
#include "pg.h"
#include "sbuf.h"

/* A column on its way through the migrations. */
struct col {
	const char *old;	/* name before */
	const char *old_type;
	const char *now;
	bool touched;		/* a migration says that values change */
};

/* A table on its way. */
struct tab {
	const char *old;	/* name of the object before */
	const char *now;
	struct vec deltas;	/* of const char *, in order */
	struct vec cols;	/* of struct col * */
	bool rows_change;	/* a statement of the user's may do anything */
};

struct keeper {
	struct arena *mem;
	const struct bundle *from;
	const struct bundle *to;
	struct map free_tables;	/* that statements of other tables name */
	struct vec tabs;	/* of struct tab * */
};

/* --- following a table ---------------------------------------------------- */

/* The version of a table that a release had; NULL where it had none. */
static const struct object *
version_at(const struct bundle *b, const char *name, int release)
{
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];

		if (strcmp(o->kind->name, "table") == 0 &&
		    strcmp(o->nam, name) == 0 && o->min_rel <= release)
			return o;
	}
	for (size_t i = 0; i < b->prev.n; i++) {
		const struct object *o = b->prev.v[i];

		if (strcmp(o->kind->name, "table") == 0 &&
		    strcmp(o->nam, name) == 0 && o->min_rel <= release &&
		    o->max_rel >= release)
			return o;
	}
	return NULL;
}

/* The name under which the table was known before a version of it. */
static const char *
name_before(struct arena *mem, const struct object *o)
{
	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (migrate_parse(mem, o->delta.v[i], &m, &why) &&
		    m.verb == MIGRATE_FROM)
			return m.to;
	}
	return o->nam;
}

/*
 * Go back from a table of the later release to what it was in the earlier one,
 * and gather the migrations on the way.
 *
 * Returns false where it was made in between.
 */
static bool
follow(struct keeper *k, struct tab *t)
{
	const struct object *o = version_at(k->to, t->now, k->to->release);
	WM_VEC back = VEC_INIT;		/* of const struct object * */

	t->old = t->now;
	while (o != NULL && o->min_rel > k->from->release) {
		vec_push(&back, o);
		t->old = name_before(k->mem, o);
		o = version_at(k->to, t->old, o->min_rel - 1);
	}
	for (size_t i = back.n; i-- > 0;) {
		const struct object *v = back.v[i];

		for (size_t d = 0; d < v->delta.n; d++)
			vec_push(&t->deltas, v->delta.v[d]);
	}
	return o != NULL;
}

/* --- what migrations do to rows ------------------------------------------- */

static struct col *
col_now(const struct tab *t, const char *name)
{
	for (size_t i = 0; i < t->cols.n; i++) {
		struct col *c = t->cols.v[i];

		if (c->now != NULL && strcmp(c->now, name) == 0)
			return c;
	}
	return NULL;
}

static void
touch_all(struct tab *t)
{
	for (size_t i = 0; i < t->cols.n; i++)
		((struct col *)t->cols.v[i])->touched = true;
}

static const char *
key_of(struct arena *mem, const char *schema, const char *name)
{
	return arena_printf(mem, "%s.%s", schema ? schema : IDENT_SCHEMA, name);
}

/* Note the tables that a statement names, whatever it does to them. */
static void
free_statement(struct keeper *k, const char *sql)
{
	WM_VEC refs = VEC_INIT;

	refs_of(k->mem, sql, &refs);
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *r = refs.v[i];

		if ((r->classes & ID_RELATION) != 0)
			map_put(&k->free_tables, key_of(k->mem, r->schema,
			    r->name), k);
	}
}

/* Whether a user's statement has been at a table. */
static bool
is_free(struct keeper *k, const char *table)
{
	const char *schema, *name;

	ident_split(k->mem, table, &schema, &name);
	return map_get(&k->free_tables, key_of(k->mem, schema, name)) != NULL;
}

static void
migrate(struct keeper *k, struct tab *t, const struct migration *m)
{
	struct col *c = m->col ? col_now(t, m->col) : NULL;

	switch (m->verb) {
	case MIGRATE_RENAME:
		if (c != NULL)
			c->now = m->to;
		break;
	case MIGRATE_DROP:
		if (c != NULL)
			c->now = NULL;
		break;
	case MIGRATE_UPDATE:
	case MIGRATE_TYPE:
		if (c != NULL)
			c->touched = true;
		break;
	case MIGRATE_TURN:
		for (size_t i = 0; i < m->n_from; i++) {
			c = col_now(t, m->from[i]);
			if (c != NULL)
				c->now = NULL;
		}
		break;
	case MIGRATE_SQL:
		free_statement(k, m->expr);
		t->rows_change = true;
		touch_all(t);
		break;
	case MIGRATE_ALTER:
		touch_all(t);
		break;
	case MIGRATE_ADD:
	case MIGRATE_CHECK:
	case MIGRATE_FROM:
	case MIGRATE_RENAME_TABLE:
	case MIGRATE_MOVE:
		break;
	}
}

/*
 * The qualified name of a table; NULL where it is not there.
 *
 * out_only   whether the rows are its own
 */
static const char *
relation(struct arena *mem, PGconn *db, const char *table, bool *out_only)
{
	const char *params[2];

	ident_split(mem, table, &params[0], &params[1]);
	if (params[0] == NULL)
		params[0] = IDENT_SCHEMA;
	WM_PGRES *r = pg_query(db, PG_ROWS, "select format('%I.%I', nspname,"
	    " relname), relkind from pg_class c join pg_namespace n on n.oid ="
	    " relnamespace where nspname = $1 and relname = $2 and relkind in"
	    " ('r', 'p')", 2, params);
	if (r == NULL || PQntuples(r) == 0)
		return NULL;
	/* partitions hold the rows of a partitioned table */
	*out_only = PQgetvalue(r, 0, 1)[0] == 'r';
	return arena_strdup(mem, PQgetvalue(r, 0, 0));
}

static bool
read_columns(struct keeper *k, struct tab *t, PGconn *before)
{
	bool only;
	const char *rel = relation(k->mem, before, t->old, &only);

	if (rel == NULL)
		return true;
	WM_PGRES *r = pg_query(before, PG_ROWS, "select attname,"
	    " format_type(atttypid, atttypmod), attgenerated"
	    " from pg_attribute where attrelid = $1::regclass"
	    " and attnum > 0 and not attisdropped order by attnum", 1, &rel);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		struct col *c = arena_alloc(k->mem, sizeof(*c));

		c->old = c->now = arena_strdup(k->mem, PQgetvalue(r, i, 0));
		c->old_type = arena_strdup(k->mem, PQgetvalue(r, i, 1));
		/* these follow from the others */
		c->touched = PQgetvalue(r, i, 2)[0] != '\0';
		vec_push(&t->cols, c);
	}
	return r != NULL;
}

/* --- comparing ------------------------------------------------------------ */

/* Name and type of a column after the upgrade; NULL where it is not kept. */
static const char *
type_now(struct arena *mem, PGconn *db, const char *rel, const char *col)
{
	const char *params[] = { rel, col };
	WM_PGRES *r = pg_query(db, PG_ROWS, "select format_type(atttypid,"
	    " atttypmod) from pg_attribute where attrelid = $1::regclass"
	    " and attname = $2 and attnum > 0 and not attisdropped"
	    " and attgenerated = ''", 2, params);

	return r == NULL || PQntuples(r) == 0 ? NULL :
	    arena_strdup(mem, PQgetvalue(r, 0, 0));
}

static PGresult *
rows_of(PGconn *db, const char *rel, bool only, const char *cols)
{
	WM_SBUF sql = SBUF_INIT;

	sbuf_printf(&sql, "select r from (select row(%s)::text as r from %s%s)"
	    " as s order by r collate \"C\"", cols, only ? "only " : "", rel);
	return pg_query(db, PG_ROWS, sql.s, 0, NULL);
}

static void
say_different(struct arena *mem, const struct tab *t, const PGresult *a,
    const PGresult *b, struct vec *out)
{
	int na = PQntuples(a), nb = PQntuples(b), i = 0;

	while (i < na && i < nb &&
	    strcmp(PQgetvalue(a, i, 0), PQgetvalue(b, i, 0)) == 0)
		i++;
	if (i == na && i == nb)
		return;
	if (na != nb)
		vec_push(out, arena_printf(mem, "table \"%s\" had %d rows, and "
		    "has %d", t->now, na, nb));
	else
		vec_push(out, arena_printf(mem, "table \"%s\": a row was %s, "
		    "and is %s", t->now, PQgetvalue(a, i, 0),
		    PQgetvalue(b, i, 0)));
}

static bool
compare(struct keeper *k, struct tab *t, PGconn *before, PGconn *db,
    struct vec *out)
{
	bool only_a = true, only_b = true;
	const char *a = relation(k->mem, before, t->old, &only_a);
	const char *b = relation(k->mem, db, t->now, &only_b);
	WM_SBUF cols_a = SBUF_INIT;
	WM_SBUF cols_b = SBUF_INIT;

	if (a == NULL || b == NULL || t->rows_change ||
	    is_free(k, t->old) || is_free(k, t->now))
		return true;
	/* a table that became another kind holds its rows elsewhere */
	if (only_a != only_b)
		only_a = only_b = false;
	for (size_t i = 0; i < t->cols.n; i++) {
		const struct col *c = t->cols.v[i];
		const char *type = c->now && !c->touched ?
		    type_now(k->mem, db, b, c->now) : NULL;

		if (type == NULL)
			continue;
		if (cols_a.len > 0) {
			sbuf_puts(&cols_a, ", ");
			sbuf_puts(&cols_b, ", ");
		}
		sbuf_ident(&cols_a, c->old);
		sbuf_ident(&cols_b, c->now);
		/* types of the server's; others may be new */
		if (strcmp(type, c->old_type) != 0 && strchr(type, '.') == NULL)
			sbuf_printf(&cols_a, "::%s", type);
		sbuf_puts(&cols_a, "::text");
		sbuf_puts(&cols_b, "::text");
	}
	WM_PGRES *ra = rows_of(before, a, only_a, sbuf_str(&cols_a));
	WM_PGRES *rb = ra ? rows_of(db, b, only_b, sbuf_str(&cols_b)) : NULL;
	if (ra == NULL || rb == NULL)
		return false;
	say_different(k->mem, t, ra, rb, out);
	return true;
}

/* Sequences go on where they were. */
static bool
compare_sequences(struct keeper *k, PGconn *before, PGconn *db,
    struct vec *out)
{
	static const char sql[] = "select format('%I.%I', schemaname,"
	    " sequencename), last_value from pg_sequences"
	    " where schemaname <> 'wm' order by 1";
	WM_PGRES *a = pg_query(before, PG_ROWS, sql, 0, NULL);
	WM_PGRES *b = pg_query(db, PG_ROWS, sql, 0, NULL);
	WM_MAP now = MAP_INIT;

	if (a == NULL || b == NULL)
		return false;
	for (int i = 0; i < PQntuples(b); i++)
		map_put(&now, PQgetvalue(b, i, 0), PQgetvalue(b, i, 1));
	for (int i = 0; i < PQntuples(a); i++) {
		const char *v = map_get(&now, PQgetvalue(a, i, 0));

		if (v != NULL && strcmp(v, PQgetvalue(a, i, 1)) != 0)
			vec_push(out, arena_printf(k->mem, "sequence \"%s\" "
			    "was at %s, and is at %s", PQgetvalue(a, i, 0),
			    PQgetvalue(a, i, 1), v));
	}
	return true;
}

static bool
follow_all(struct keeper *k, PGconn *before)
{
	for (size_t i = 0; i < k->to->objects.objects.n; i++) {
		const struct object *o = k->to->objects.objects.v[i];
		struct tab *t;

		if (strcmp(o->kind->name, "table") != 0 ||
		    strncmp(o->nam, "wm.", 3) == 0)
			continue;
		t = arena_alloc(k->mem, sizeof(*t));
		t->now = o->nam;
		vec_push(&k->tabs, t);
		if (!follow(k, t)) {
			t->rows_change = true;	/* there were none */
			continue;
		}
		if (!read_columns(k, t, before))
			return false;
		for (size_t d = 0; d < t->deltas.n; d++) {
			struct migration m;
			const char *why;

			if (migrate_parse(k->mem, t->deltas.v[d], &m, &why))
				migrate(k, t, &m);
		}
	}
	return true;
}

bool
kept_compare(struct arena *mem, const struct bundle *from,
    const struct bundle *to, PGconn *before, PGconn *db, struct vec *out)
{
	struct keeper k = { .mem = mem, .from = from, .to = to };
	bool ok = follow_all(&k, before);

	for (size_t i = 0; i < k.tabs.n; i++) {
		struct tab *t = k.tabs.v[i];

		ok = ok && compare(&k, t, before, db, out);
		vec_clear(&t->deltas);
		vec_clear(&t->cols);
	}
	ok = ok && compare_sequences(&k, before, db, out);
	vec_clear(&k.tabs);
	map_clear(&k.free_tables);
	return ok;
}
