#include "back.h"

#include <limits.h>
#include <stdlib.h>

#include "attic.h"
#include "bundle.h"
#include "diag.h"
#include "hops.h"
#include "migrate.h"
#include "pg.h"
#include "table.h"

static struct object *
load_version(struct diff *d, const PGresult *r, int i)
{
	struct object *o = arena_alloc(d->mem, sizeof(*o));

	o->kind = kind_find("table");
	o->key = arena_printf(d->mem, "table:%s", pg_col(r, i, "obj_nam"));
	o->nam = o->key + strlen("table:");
	o->obj_ver = (int)strtol(pg_col(r, i, "obj_ver"), NULL, 10);
	o->min_rel = (int)strtol(pg_col(r, i, "min_rel"), NULL, 10);
	o->max_rel = (int)strtol(pg_col(r, i, "max_rel"), NULL, 10);
	o->module = arena_strdup(d->mem, pg_col(r, i, "module"));
	o->create = arena_strdup(d->mem, pg_col(r, i, "crt_sql"));
	o->drop = arena_strdup(d->mem, pg_col(r, i, "drp_sql"));
	pg_array(d->mem, pg_col(r, i, "delta"), &o->delta);
	return o;
}

bool
back_read(struct diff *d)
{
	const char *arg = arena_printf(d->mem, "%d", d->bundle->release);

	if (d->db == NULL) {
		for (size_t i = 0; d->origin && i < d->origin->prev.n; i++)
			hops_index_version(d, d->origin->prev.v[i]);
		for (size_t i = 0; i < d->rec.objects.n; i++)
			hops_index_version(d, d->rec.objects.v[i]);
		return true;
	}
	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select obj_nam, obj_ver,"
	    " min_rel, max_rel, module, delta, crt_sql, drp_sql from wm.objects"
	    " where obj_typ = 'table' and obj_ver > 0 and max_rel >= $1"
	    " order by obj_nam, obj_ver", 1, &arg);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct object *o = load_version(d, r, i);

		vec_push(&d->past, o);
		hops_index_version(d, o);
	}
	return attic_read(d, d->bundle->release);
}

/* The versions to undo, the newest first, over all names. */
static void
undone(struct diff *d, const char *key, struct vec *out)
{
	WM_VEC up = VEC_INIT;

	hops_versions(d, key, INT_MAX, &up);
	for (size_t i = up.n; i-- > 0;)
		vec_push(out, up.v[i]);
}

const struct object *
back_origin(struct diff *d, const struct object *o)
{
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		const struct object *r = d->rec.objects.v[i];
		WM_VEC way = VEC_INIT;

		if (strcmp(r->kind->name, "table") != 0 ||
		    model_get(&d->src, r->key) != NULL)
			continue;
		undone(d, r->key, &way);
		for (size_t k = 0; k < way.n; k++) {
			const struct object *v = way.v[k];
			struct migration m;
			const char *why;

			if (v->delta.n > 0 && migrate_parse(d->mem,
			    v->delta.v[0], &m, &why) &&
			    m.verb == MIGRATE_FROM && strcmp(m.to, o->nam) == 0)
				return r;
		}
	}
	return NULL;
}

/* One version that is undone, and what it is undone to. */
struct undo {
	struct diff *d;
	struct change *c;
	const struct object *from, *to;
	struct table *was, *is;		/* structures of from, to */
	const char *name;		/* the table's, at this point */
	struct object *step;		/* the hop's object, of the commands */
	const struct vec *way;		/* all versions that are undone ... */
	size_t at;			/* ... and which of them this is */
	struct vec moved;		/* struct moved *: of the columns */
};

/* A column of the version that is undone. */
struct moved {
	const char *was;	/* there */
	const char *now;	/* after the commands so far; NULL: gone */
};

static void
command(struct undo *u, const char *text)
{
	vec_push(&u->step->delta, text);
}

static const char *
sql_name(struct diff *d, const char *nam)
{
	struct ident id = { .cls = ID_RELATION };

	ident_split(d->mem, nam, &id.schema, &id.name);
	return ident_text(d->mem, &id);
}

static struct moved *
column_now(const struct undo *u, const char *name)
{
	for (size_t i = 0; i < u->moved.n; i++) {
		struct moved *k = u->moved.v[i];

		if (k->now != NULL && strcmp(k->now, name) == 0)
			return k;
	}
	return NULL;
}

/* Whether a column that comes back goes again with an older version. */
static bool
goes_again(const struct undo *u, const char *col)
{
	struct diff *d = u->d;

	for (size_t i = u->at + 1; i < u->way->n; i++) {
		const struct object *o = u->way->v[i];
		const struct object *to = i + 1 < u->way->n ?
		    u->way->v[i + 1] : u->c->new;
		struct table *t = table_read(d->mem, to->create);
		bool there;

		for (size_t k = o->delta.n; k-- > 0;) {
			struct migration m;
			const char *why;

			if (migrate_parse(d->mem, o->delta.v[k], &m, &why) &&
			    m.verb == MIGRATE_RENAME &&
			    strcmp(m.to, col) == 0)
				col = m.col;
		}
		there = t == NULL || table_column(t, col) != NULL;
		table_clear(t);
		if (!there)
			return true;
	}
	return false;
}

/* Something that does not come back as it was. */
static void
cannot(struct undo *u, const char *what)
{
	if (u->d->opts->allow_data_loss) {
		diag_warn(&u->c->new->loc, NULL, "table \"%s\": %s",
		    u->c->new->nam, what);
		return;
	}
	diag_refuse(&u->c->new->loc, "table \"%s\": %s", u->c->new->nam,
	    what);
	diag_hint("--allow data-loss goes back all the same.");
}

/* A column that the version dropped: with what the attic has of it. */
static void
bring_back(struct undo *u, const char *col)
{
	struct diff *d = u->d;
	const struct column *k = table_column(u->is, col);
	const struct kept *kept = attic_find(d, u->name, col,
	    u->from->min_rel);
	WM_SBUF b = SBUF_INIT;

	if (k == NULL)
		return;
	if (goes_again(u, col))
		return;
	if (kept == NULL) {
		cannot(u, arena_printf(d->mem, "release %d dropped column "
		    "\"%s\", and nothing was kept of it", u->from->min_rel,
		    col));
		return;
	}
	command(u, arena_printf(d->mem, "add %s %s", sql_quoted(d->mem, col),
	    migrate_quote(d->mem, k->type_text)));
	sbuf_printf(&b, "update %s t set %s = k.%s from %s k where ",
	    sql_name(d, u->name), sql_quoted(d->mem, col),
	    sql_quoted(d->mem, col), kept->place);
	for (size_t i = 0; i < kept->keys.n; i++)
		sbuf_printf(&b, "%st.%s = k.%s", i > 0 ? " and " : "",
		    sql_quoted(d->mem, kept->keys.v[i]),
		    sql_quoted(d->mem, kept->keys.v[i]));
	command(u, arena_printf(d->mem, "sql %s", migrate_quote(d->mem,
	    sbuf_str(&b))));
	command(u, arena_printf(d->mem, "sql %s", migrate_quote(d->mem,
	    attic_done_sql(d, kept))));
}

static void
take_away(struct undo *u, const char *col)
{
	if (!u->d->opts->keep_dropped)
		cannot(u, arena_printf(u->d->mem, "release %d brought column "
		    "\"%s\", which goes with its data", u->from->min_rel,
		    col));
	command(u, arena_printf(u->d->mem, "drop %s", sql_quoted(u->d->mem,
	    col)));
	if (column_now(u, col) != NULL)
		column_now(u, col)->now = NULL;
}

/*
 * Types as they were. A cast that cuts would lose what it cuts: so it has to
 * come out the same there and back, unless data may be lost.
 */
static void
old_types(struct undo *u)
{
	struct diff *d = u->d;

	for (size_t i = 0; i < u->is->columns.n; i++) {
		const struct column *is = u->is->columns.v[i];
		const struct moved *k = column_now(u, is->name);
		const struct column *was = k ? table_column(u->was, k->was) :
		    NULL;
		const char *q = sql_quoted(d->mem, is->name);
		WM_SBUF name = SBUF_INIT;
		WM_SBUF body = SBUF_INIT;
		WM_SBUF guard = SBUF_INIT;

		if (was == NULL || type_equal(was->type, is->type))
			continue;
		sbuf_literal(&name, is->name);
		sbuf_printf(&body, "begin if exists (select from %s where "
		    "%s::%s::%s is distinct from %s) then raise 'column \"%%\" "
		    "has values that do not fit their older type', %s; end if;"
		    " end", sql_name(d, u->name), q, is->type_text,
		    was->type_text, q, sbuf_str(&name));
		sbuf_puts(&guard, "do ");
		sbuf_dollar(&guard, sbuf_str(&body));
		if (!d->opts->allow_data_loss)
			command(u, arena_printf(d->mem, "sql %s",
			    migrate_quote(d->mem,
			    sbuf_str(&guard))));
		command(u, arena_printf(d->mem, "type %s %s using %s", q,
		    migrate_quote(d->mem, is->type_text),
		    migrate_quote(d->mem, arena_printf(
		    d->mem, "%s::%s", q, is->type_text))));
	}
}

/*
 * The inverse of one command.
 *
 * before   the table's name before the command ran
 */
static void
invert(struct undo *u, const struct migration *m, const char *before)
{
	struct diff *d = u->d;
	const char *schema, *name;

	switch (m->verb) {
	case MIGRATE_ADD:
		take_away(u, m->col);
		break;
	case MIGRATE_DROP:
		bring_back(u, m->col);
		break;
	case MIGRATE_RENAME:
		command(u, arena_printf(d->mem, "rename %s to %s",
		    sql_quoted(d->mem, m->to), sql_quoted(d->mem, m->col)));
		if (column_now(u, m->to) != NULL)
			column_now(u, m->to)->now = m->col;
		break;
	case MIGRATE_TURN:
		for (size_t i = 0; i < m->n_from; i++)
			bring_back(u, m->from[i]);
		for (size_t i = 0; i < m->n_parts; i++)
			take_away(u, m->parts[i].col);
		break;
	case MIGRATE_RENAME_TABLE:
		ident_split(d->mem, before, &schema, &name);
		command(u, arena_printf(d->mem, "rename table to %s",
		    sql_quoted(d->mem, name)));
		u->name = before;
		break;
	case MIGRATE_MOVE:
		ident_split(d->mem, before, &schema, &name);
		command(u, arena_printf(d->mem, "move to %s",
		    sql_quoted(d->mem, schema)));
		u->name = before;
		break;
	case MIGRATE_UPDATE:
		if (table_column(u->is, m->col) == NULL)
			break;	/* it goes as a whole */
		/* FALLTHROUGH */
	case MIGRATE_SQL:
	case MIGRATE_ALTER:
		cannot(u, arena_printf(d->mem, "what release %d did by \"%s\" "
		    "cannot be undone", u->from->min_rel, m->text));
		break;
	case MIGRATE_TYPE:	/* the types are compared */
	case MIGRATE_CHECK:
	case MIGRATE_FROM:
		break;
	}
}

/* Whether a version's commands say where a column comes from. */
static bool
made_by_command(struct diff *d, const struct object *o, const char *col)
{
	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (!migrate_parse(d->mem, o->delta.v[i], &m, &why))
			continue;
		if ((m.verb == MIGRATE_ADD && strcmp(m.col, col) == 0) ||
		    (m.verb == MIGRATE_RENAME && strcmp(m.to, col) == 0))
			return true;
		for (size_t k = 0; k < m.n_parts; k++)
			if (strcmp(m.parts[k].col, col) == 0)
				return true;
	}
	return false;
}

static void
undo_version(struct undo *u)
{
	struct diff *d = u->d;
	const struct object *o = u->from;
	struct migration *m = arena_alloc(d->mem, (o->delta.n + 1) *
	    sizeof(*m));
	const char **before = arena_alloc(d->mem, (o->delta.n + 1) *
	    sizeof(*before));
	const char *name = o->nam, *why;
	size_t n = 0;

	for (size_t i = 0; i < u->was->columns.n; i++) {
		struct moved *k = arena_alloc(d->mem, sizeof(*k));

		k->was = k->now = ((struct column *)u->was->columns.v[i])
		    ->name;
		vec_push(&u->moved, k);
	}
	/* columns that came without a command go first */
	for (size_t i = 0; i < u->was->columns.n; i++) {
		const struct column *k = u->was->columns.v[i];

		if (table_column(u->is, k->name) == NULL &&
		    !made_by_command(d, o, k->name))
			take_away(u, k->name);
	}
	for (size_t i = 0; i < o->delta.n; i++) {
		if (!migrate_parse(d->mem, o->delta.v[i], &m[n], &why))
			continue;
		if (m[n].verb == MIGRATE_FROM)
			name = m[n].to;
		before[n] = name;
		name = migrate_table_name(d->mem, name, &m[n]);
		n++;
	}
	while (n-- > 0)
		invert(u, &m[n], before[n]);
	old_types(u);
	vec_clear(&u->moved);
}

void
back_hops(struct diff *d, struct change *c)
{
	WM_VEC way = VEC_INIT;

	undone(d, c->old->key, &way);
	for (size_t i = 0; i < way.n; i++) {
		struct undo u = { .d = d, .c = c, .from = way.v[i],
			.to = i + 1 < way.n ? way.v[i + 1] : c->new,
			.way = &way, .at = i };
		struct object *o = arena_alloc(d->mem, sizeof(*o));

		*o = *u.to;
		memset(&o->delta, 0, sizeof(o->delta));
		vec_push(&d->back_steps, o);
		u.step = o;
		u.name = u.from->nam;
		u.was = table_read(d->mem, u.from->create);
		u.is = table_read(d->mem, u.to->create);
		if (u.was != NULL && u.is != NULL)
			undo_version(&u);
		else
			cannot(&u, "a version of it cannot be read");
		table_clear(u.was);
		table_clear(u.is);
		hops_add_back(d, c, o, -u.from->min_rel);
	}
}

void
back_refill(struct diff *d, const struct change *c, struct vec *out)
{
	const struct kept *k = attic_find(d, c->new->nam, NULL, 0);
	struct table *t;
	WM_SBUF cols = SBUF_INIT;

	if (k == NULL || (t = table_read(d->mem, c->new->create)) == NULL)
		return;
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *col = t->columns.v[i];

		if (col->generated != NULL)
			continue;
		sbuf_puts(&cols, cols.len > 0 ? ", " : "");
		sbuf_ident(&cols, col->name);
	}
	vec_push(out, arena_printf(d->mem, "insert into %s "
	    "(%s) overriding system value select %s from %s",
	    sql_name(d, c->new->nam), sbuf_str(&cols), sbuf_str(&cols),
	    k->place));
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *col = t->columns.v[i];
		WM_SBUF lit = SBUF_INIT;
		WM_SBUF name = SBUF_INIT;

		if (!col->serial && col->identity == 0)
			continue;
		sbuf_literal(&lit, sql_name(d, c->new->nam));
		sbuf_literal(&name, col->name);
		vec_push(out, arena_printf(d->mem,
		    "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence"
		    "(%s, %s), max(%s)) from %s having max(%s) is not null",
		    sbuf_str(&lit), sbuf_str(&name), sql_quoted(d->mem,
		    col->name), sql_name(d, c->new->nam),
		    sql_quoted(d->mem, col->name)));
	}
	vec_push(out, attic_done_sql(d, k));
	table_clear(t);
}
