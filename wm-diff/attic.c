#include "attic.h"

#include <stdlib.h>
#include <xxhash.h>

#include "pg.h"

#define ATTIC "wm_attic"

/*
 * A name for what is kept: whose it is, which release drops it, and from what
 * state, so that it cannot be there already. Drift is dropped from a state
 * that stays: there it is what is kept so far that tells one from the other.
 */
static const char *
place_of(struct diff *d, const char *obj_nam, const char *col, int release)
{
	const char *all = arena_printf(d->mem, "%s.%s %d %s%s", obj_nam,
	    col ? col : "*", release, d->plan.from.state,
	    d->kept_last ? d->kept_last : "");
	struct ident id = { .cls = ID_RELATION, .schema = ATTIC };

	id.name = table_object_name(d->mem, obj_nam, col, arena_printf(d->mem,
	    "%d_%08x", release, (unsigned)XXH3_64bits(all, strlen(all))));
	return ident_text(d->mem, &id);
}

static const char *
register_sql(struct diff *d, const char *obj_nam, const char *col, int release,
    const char *place, const struct vec *keys)
{
	WM_SBUF list = SBUF_INIT;

	for (size_t i = 0; keys != NULL && i < keys->n; i++)
		pg_array_put(&list, keys->v[i]);
	sbuf_puts(&list, list.len > 0 ? "}" : "{}");
	d->kept_any = true;
	return arena_printf(d->mem, "insert into " ATTIC ".kept (obj_nam, col,"
	    " release, place, keys) values (%s, %s, %d, %s, %s)",
	    sql_literal(d->mem, obj_nam), col ? sql_literal(d->mem, col) :
	    "null", release, sql_literal(d->mem, place),
	    sql_literal(d->mem, sbuf_str(&list)));
}

/*
 * The release that a statement belongs to; a list's is the one worked on. Drift
 * belongs to none, so that no way back brings it.
 */
static int
release_of(const struct diff *d, int release)
{
	if (d->opts->drift)
		return 0;
	if (release != 0)
		return abs(release);
	return d->plan.from.release + !d->plan.from.beta;
}

void
attic_column(struct alter *a, const char *col)
{
	struct diff *d = a->d;
	const struct con *key = NULL;
	int release = release_of(d, a->release);
	const char *name = a->old->id.schema, *place;
	WM_SBUF b = SBUF_INIT;
	WM_VEC keys = VEC_INIT;

	/* what came on the way leaves no trace */
	if (!d->opts->keep_dropped || alter_original(a, col) == NULL)
		return;
	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];

		if (k->kind == CON_PRIMARY)
			key = k;
	}
	if (key == NULL) {
		alter_refuse(a, "column \"%s\" cannot be kept: without a "
		    "primary key its rows could not be found again", col);
		return;
	}
	name = arena_printf(d->mem, "%s.%s", name, a->old->id.name);
	place = place_of(d, name, col, release);
	sbuf_printf(&b, "create table %s as select ", place);
	for (size_t i = 0; i < key->cols.n; i++) {
		vec_push(&keys, key->cols.v[i]);
		if (strcmp(key->cols.v[i], col) != 0)
			sbuf_printf(&b, "%s, ", sql_quoted(a->d->mem,
			    key->cols.v[i]));
	}
	sbuf_printf(&b, "%s from %s", sql_quoted(a->d->mem, col), a->fq);
	alter_do(a, "%s", sbuf_take(&b, d->mem))->data = true;
	alter_do(a, "%s", register_sql(d, name, col, release, place, &keys))
	    ->data = true;
}

void
attic_table_sql(struct diff *d, const char *obj_nam, const char *fq,
    struct vec *out)
{
	int release = release_of(d, d->plan.to.release);
	const char *place = place_of(d, obj_nam, NULL, release);

	vec_push(out, arena_printf(d->mem, "create table "
	    "%s as table %s", place, fq));
	vec_push(out, register_sql(d, obj_nam, NULL,
	    release, place, NULL));
}

const char *
attic_open_sql(const struct diff *d)
{
	if (!d->kept_any)
		return NULL;
	return "create schema if not exists " ATTIC ";\n"
	    "create table if not exists " ATTIC ".kept ("
	    "id bigint generated always as identity primary key, "
	    "obj_nam text not null, col text, release int not null, "
	    "place text not null, keys text[] not null, "
	    "kept timestamptz not null default current_timestamp)";
}

static bool
is_there(struct diff *d, bool *out)
{
	*out = false;
	if (d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW, "select "
	    "pg_catalog.to_regclass('" ATTIC ".kept') is not null", 0, NULL);
	if (r != NULL)
		*out = PQgetvalue(r, 0, 0)[0] == 't';
	return r != NULL;
}

bool
attic_start(struct diff *d)
{
	bool there;

	if (!d->opts->drift || !d->opts->keep_dropped)
		return true;
	if (!is_there(d, &there))
		return false;
	if (!there)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW,
	    "select max(id) from " ATTIC ".kept", 0, NULL);
	if (r != NULL)
		d->kept_last = arena_strdup(d->mem, PQgetvalue(r, 0, 0));
	return r != NULL;
}

bool
attic_read(struct diff *d, int since)
{
	const char *arg = arena_printf(d->mem, "%d", since);
	bool there;

	if (!is_there(d, &there))
		return false;
	if (!there)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select obj_nam, col, release,"
	    " place, keys from " ATTIC ".kept where release > $1"
	    " order by id desc", 1, &arg);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct kept *k = arena_alloc(d->mem, sizeof(*k));

		k->obj_nam = arena_strdup(d->mem, pg_col(r, i, "obj_nam"));
		k->col = arena_strdup(d->mem, pg_col(r, i, "col"));
		k->release = (int)strtol(pg_col(r, i, "release"), NULL, 10);
		k->place = arena_strdup(d->mem, pg_col(r, i, "place"));
		pg_array(d->mem, pg_col(r, i, "keys"), &k->keys);
		vec_push(&d->kept, k);
	}
	return true;
}

const struct kept *
attic_find(const struct diff *d, const char *obj_nam, const char *col,
    int release)
{
	for (size_t i = 0; i < d->kept.n; i++) {
		const struct kept *k = d->kept.v[i];

		if (strcmp(k->obj_nam, obj_nam) == 0 &&
		    (k->col == NULL) == (col == NULL) &&
		    (col == NULL || strcmp(k->col, col) == 0) &&
		    (release == 0 || k->release == release))
			return k;
	}
	return NULL;
}

const char *
attic_done_sql(struct diff *d, const struct kept *k)
{
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	sbuf_printf(&body, "begin delete from " ATTIC ".kept where place = %s;"
	    " drop table %s; end", sql_literal(d->mem, k->place), k->place);
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	return sbuf_take(&b, d->mem);
}

void
attic_clear(struct diff *d)
{
	for (size_t i = 0; i < d->kept.n; i++)
		vec_clear(&((struct kept *)d->kept.v[i])->keys);
	vec_clear(&d->kept);
}
