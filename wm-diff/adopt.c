#include "adopt.h"

#include "diag.h"
#include "ignore.h"
#include "json_out.h"
#include "meaning.h"
#include "own.h"
#include "pg.h"
#include "version.h"

/* Objects that are named where many are left out. */
#define SHOWN ((size_t)10)

struct adopt {
	struct meaning *m;
	struct map met_source;	/* key of those that belong to an object */
	struct map met_database;
	struct map blurred;	/* schemas whose grants depend on when some text
				   ran: keys; nothing tells when it did */
	struct vec others;	/* struct object *: nothing is about them */
	struct map along;	/* struct object * of the database, by key: what
				   comes with the text of another object */
	struct map missing;	/* keys of the source's that the database
				   lacks, and a text of the source makes */
	struct map needed;	/* keys of what those need */
};

/*
 * Whether an object is compared by meaning, as far as it is known: what has
 * another text than its record may be in the database already.
 */
static bool
wanted(const struct diff *d, const struct object *o,
    const struct object *known)
{
	return strcmp(o->module, OWN_MODULE) != 0 &&
	    !ignored(&d->ignore, o) && (d->opts->drift || known == NULL ||
	    !known->built || strcmp(known->create, o->create) != 0);
}

static bool
any_wanted(struct diff *d)
{
	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];

		if (wanted(d, o, model_get(&d->rec, o->key)))
			return true;
	}
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		const struct object *o = d->rec.objects.v[i];

		if (o->built && model_get(&d->src, o->key) == NULL)
			return true;
	}
	return false;
}

/* What is built: the source, and what modules beside it have in the record. */
static bool
read_all(struct diff *d)
{
	WM_MAP modules = MAP_INIT;
	struct model all;

	model_init(&all, d->mem);
	all.module = d->src.module;
	for (int rec = 0; rec < 2; rec++) {
		const struct model *m = rec ? &d->rec : &d->src;

		for (size_t i = 0; i < m->objects.n; i++) {
			const struct object *o = m->objects.v[i];

			if (!rec)
				map_put(&modules, o->module, d);
			else if (map_get(&modules, o->module) != NULL)
				continue;
			/* where both have it, it is the source's */
			(void)model_copy(&all, o);
		}
	}
	/* a record has no order */
	if (!d->opts->drift || versions_in_order(&all))
		d->adopt->m = meaning_read(d, &all);
	model_clear(&all);
	return d->adopt->m != NULL;
}

/*
 * GRANT and REVOKE ... ON ALL ... IN SCHEMA, in a text that makes nothing
 * itself: what it was about is what there was when it ran.
 */
static void
find_blurred(struct diff *d, const struct object *o)
{
	struct parsed p = { .done = false };

	if (strcmp(o->kind->name, "other") != 0)
		return;
	parsed_fill(d->mem, o, &p);
	for (size_t i = 0; i < p.n; i++) {
		const struct json *node = p.stmts[i].node;
		const char *target = json_str(node, "targtype");
		const struct json *l = json_get(node, "objects");

		if (strcmp(p.stmts[i].tag, "GrantStmt") != 0 ||
		    target == NULL ||
		    strcmp(target, "ACL_TARGET_ALL_IN_SCHEMA") != 0)
			continue;
		for (const struct json *j = l ? l->first : NULL; j; j = j->next)
			if (sql_string(j) != NULL && map_put(
			    &d->adopt->blurred, sql_string(j), d) == NULL)
				diag_note(&o->loc, "grants in schema \"%s\" "
				    "are not compared: \"%s\" sets them on "
				    "what is there when it runs",
				    sql_string(j), o->nam);
	}
}

static bool
is_blurred(struct diff *d, const struct object *o)
{
	const char *schema, *name;

	if (d->adopt->blurred.n == 0)
		return false;
	ident_split(d->mem, o->nam, &schema, &name);
	return map_get(&d->adopt->blurred, schema) != NULL;
}

/*
 * Whether the catalog is as the last plan has left it: the prints say so. No
 * prints, no answer.
 */
static bool
untouched(struct diff *d, bool *out)
{
	WM_PGRES *there = pg_query(d->db, PG_ONE_ROW, "select"
	    " pg_catalog.to_regprocedure('wm.prints_now()') is not null", 0,
	    NULL);
	WM_PGRES *r = NULL;

	*out = false;
	if (there == NULL || PQgetvalue(there, 0, 0)[0] != 't')
		return there != NULL;
	r = pg_query(d->db, PG_ONE_ROW, "select (select count(*) from"
	    " wm.prints), count(*) from wm.prints_now() n full join wm.prints"
	    " p on p.classid = n.classid and p.objid = n.objid"
	    " where n.print is distinct from p.print", 0, NULL);
	if (r == NULL)
		return false;
	*out = strcmp(PQgetvalue(r, 0, 0), "0") != 0 &&
	    strcmp(PQgetvalue(r, 0, 1), "0") == 0;
	return true;
}

static void list_extra(const struct diff *d, const struct vec *extra);

/*
 * What nothing in the record was about when the prints were taken, and is as it
 * was then. It is told again; false where it may have to go, or is not known.
 */
static bool
still_others(struct diff *d)
{
	WM_VEC extra = VEC_INIT;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW, "select"
	    " pg_catalog.to_regclass('wm.others') is not null", 0, NULL);

	if (r == NULL || PQgetvalue(r, 0, 0)[0] != 't')
		return false;
	WM_PGRES *list = pg_query(d->db, PG_ROWS, "select obj_typ, obj_nam"
	    " from wm.others order by obj_typ collate \"C\","
	    " obj_nam collate \"C\"", 0, NULL);
	for (int i = 0; list != NULL && i < PQntuples(list); i++) {
		struct object *o = arena_alloc(d->mem, sizeof(*o));

		o->kind = kind_find(PQgetvalue(list, i, 0));
		o->nam = arena_strdup(d->mem, PQgetvalue(list, i, 1));
		if (o->kind != NULL && !ignored(&d->ignore, o))
			vec_push(&extra, o);
	}
	if (list == NULL || (d->opts->prune && extra.n > 0))
		return false;
	list_extra(d, &extra);
	return true;
}

bool
adopt_read(struct diff *d)
{
	if ((!d->opts->adopt && !d->opts->drift) || d->elsewhere ||
	    !any_wanted(d))
		return true;
	if (d->opts->drift) {
		bool same;

		if (!untouched(d, &same))
			return false;
		if (same && still_others(d))
			return true;
	}
	d->adopt = arena_alloc(d->mem, sizeof(*d->adopt));
	for (size_t i = 0; i < d->src.objects.n; i++)
		find_blurred(d, d->src.objects.v[i]);
	return read_all(d);
}

/* --- pairs ---------------------------------------------------------------- */

static const char *
join(struct diff *d, const struct vec *objects)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < objects->n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? "\n" : "",
		    ((struct object *)objects->v[i])->create);
	return sbuf_take(&b, d->mem);
}

/*
 * A text without the grants that another one does not have: whoever gave them
 * may have had reasons, and the source says nothing of them.
 */
static const char *
without_grants(struct diff *d, const char *text, const char *other)
{
	struct object a = { .create = text }, b = { .create = other };
	struct parsed was = { .done = false }, is = { .done = false };
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	WM_SBUF out = SBUF_INIT;
	size_t from = 0;

	if (strcmp(text, other) == 0)
		return text;
	mem = arena_new();
	parsed_fill(mem, &a, &was);
	parsed_fill(mem, &b, &is);
	if (was.bad || is.bad)
		return text;
	for (size_t i = 0; i < was.n; i++) {
		const struct sql_stmt *st = &was.stmts[i];
		size_t end = i + 1 < was.n ? was.stmts[i + 1].off :
		    strlen(text);
		bool keep = strcmp(st->tag, "GrantStmt") != 0;

		for (size_t k = 0; k < is.n && !keep; k++)
			keep = strcmp(is.stmts[k].tag, st->tag) == 0 &&
			    sql_alike(st->node, is.stmts[k].node);
		if (keep)
			sbuf_printf(&out, "%.*s", (int)(end - from),
			    text + from);
		from = end;
	}
	return sbuf_take(&out, d->mem);
}

static struct object *
reworded(struct diff *d, const struct object *o, const char *create)
{
	struct object *n = arena_alloc(d->mem, sizeof(*n));

	*n = *o;
	if (create == NULL)
		return n;
	n->create = create;
	n->spans = NULL;
	n->n_spans = 0;
	/* what was granted stands in the text */
	memset(&n->grants, 0, sizeof(n->grants));
	return n;
}

static void
meet(struct map *met, const struct vec *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		map_put(met, ((struct object *)objects->v[i])->key, met);
}

/*
 * What the record has, and the source has otherwise: where the database is as
 * the source says already, it only has to be recorded.
 */
static bool
pair_known(struct diff *d, const struct object *o, const struct object *known,
    const struct vec *src, const struct vec *db,
    const struct object **out_old, const struct object **out_new)
{
	struct object *old;

	if (src->n == 0 || db->n == 0 ||
	    strcmp(join(d, db), join(d, src)) != 0)
		return false;
	old = reworded(d, known, NULL);
	old->create = o->create;
	old->spans = o->spans;
	old->n_spans = o->n_spans;
	old->grants = o->grants;
	old->col_data = o->col_data;
	old->delta = o->delta;
	*out_old = old;
	*out_new = o;
	return true;
}

const struct object *
adopt_gone(struct diff *d, const struct object *o)
{
	struct parsed p = { .done = false };
	WM_VEC db = VEC_INIT;
	struct object *old;

	if (d->adopt == NULL || d->opts->drift || !o->built ||
	    strcmp(o->module, OWN_MODULE) == 0)
		return o;
	parsed_fill(d->mem, o, &p);
	if (p.n == 0 || p.idents[0].cls == 0)
		return o;	/* nothing tells */
	(void)!meaning_find(d, &d->adopt->m->by_database,
	    &d->adopt->m->database, o, &db);
	if (db.n > 0)
		return o;
	old = reworded(d, o, NULL);
	old->built = false;
	return old;
}

bool
adopt_pair(struct diff *d, const struct object *o, const struct object *known,
    const struct object **out_old, const struct object **out_new)
{
	struct adopt *a = d->adopt;
	const char *was, *is;
	struct object *old;
	WM_VEC src = VEC_INIT;
	WM_VEC db = VEC_INIT;

	if (a == NULL || !wanted(d, o, known))
		return false;
	(void)!meaning_find(d, &a->m->by_source, &a->m->source, o, &src);
	for (size_t i = 0; i < src.n; i++)
		(void)!meaning_find(d, &a->m->by_database, &a->m->database,
		    src.v[i], &db);
	meet(&a->met_source, &src);
	meet(&a->met_database, &db);
	if (!d->opts->drift && known != NULL && known->built)
		return pair_known(d, o, known, &src, &db, out_old, out_new);
	*out_new = o;
	old = reworded(d, known ? known : o, NULL);
	old->built = true;
	*out_old = old;
	/* a text that leaves nothing to see was run once, or it was not */
	if (src.n == 0)
		return true;
	if (db.n == 0) {
		meet(&a->missing, &src);
		old->built = false;
		if (known == NULL)
			*out_old = NULL;
		return true;
	}
	was = join(d, &db);
	is = join(d, &src);
	if (!d->opts->drift || is_blurred(d, o))
		was = without_grants(d, was, is);
	if (is_blurred(d, o))
		is = without_grants(d, is, was);
	if (strcmp(was, is) == 0)
		return true;
	*out_new = reworded(d, o, is);
	old = reworded(d, known ? known : o, was);
	old->built = true;
	/* what is declared has not been done, as far as one can see */
	if (known == NULL)
		memset(&old->delta, 0, sizeof(old->delta));
	*out_old = old;
	return true;
}

/* --- the rest ------------------------------------------------------------- */

static struct object *
find_one(struct diff *d, const struct map *by, const struct model *m,
    const struct object *o)
{
	WM_VEC found = VEC_INIT;

	(void)!meaning_find(d, by, m, o, &found);
	return found.n > 0 ? found.v[0] : NULL;
}

static void
find_needed(struct adopt *a)
{
	for (size_t i = 0; i < a->m->source.objects.n; i++) {
		const struct object *o = a->m->source.objects.v[i];
		bool missing = map_get(&a->missing, o->key) != NULL;

		for (size_t k = 0; missing && k < o->deps.n; k++)
			map_put(&a->needed, o->deps.v[k], a);
	}
}

/* Whether it comes with something that a text of the source will make. */
static bool
comes_along(const struct adopt *a, const struct object *o)
{
	if (map_get(&a->needed, o->key) != NULL)
		return true;
	for (size_t i = 0; i < o->deps.n; i++)
		if (map_get(&a->missing, o->deps.v[i]) != NULL)
			return true;
	return false;
}

/* Without what was declared: names of another list. */
static struct object *
loose(struct diff *d, const struct object *o)
{
	struct object *n = o ? reworded(d, o, o->create) : NULL;

	if (n != NULL) {
		memset(&n->deps, 0, sizeof(n->deps));
		n->built = true;
	}
	return n;
}

static void
mark(struct change *c)
{
	c->loose = true;
	c->adopted = true;
	c->reason = c->new == NULL ? "nothing in the record says so" : NULL;
}

/*
 * Whether something hangs on tables that are all of the record's: an index, a
 * trigger, a policy.
 */
static bool
hangs_on_ours(const struct adopt *a, const struct object *o)
{
	bool any = false;

	if (strcmp(o->kind->create_locks, "table") != 0)
		return false;
	for (size_t i = 0; i < o->deps.n; i++) {
		const struct object *on = model_get(&a->m->database,
		    o->deps.v[i]);

		if (on == NULL || strcmp(on->kind->name, "table") != 0)
			continue;
		any = true;
		if (map_get(&a->met_database, on->key) == NULL)
			return false;
	}
	return any;
}

static void
list_extra(const struct diff *d, const struct vec *extra)
{
	WM_SBUF b = SBUF_INIT;

	if (extra->n == 0)
		return;
	if (d->opts->drift) {
		for (size_t i = 0; i < extra->n; i++) {
			const struct object *o = extra->v[i];

			diag_note(NULL, "%s \"%s\" is in the database, and "
			    "nothing in the record is about it",
			    o->kind->name, o->nam);
		}
		return;
	}
	for (size_t i = 0; i < extra->n && i < SHOWN; i++) {
		const struct object *o = extra->v[i];

		sbuf_printf(&b, "%s%s \"%s\"", i > 0 ? ", " : "",
		    o->kind->name, o->nam);
	}
	if (extra->n > SHOWN)
		sbuf_printf(&b, " and %zu more", extra->n - SHOWN);
	diag_note(NULL, "left alone, since the source does not have %s: %s",
	    extra->n == 1 ? "it" : "them", sbuf_str(&b));
}

/* All that belongs to objects that are compared as always. */
static void
meet_others(struct diff *d)
{
	struct adopt *a = d->adopt;

	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];
		const struct object *sides[] = { c->old, c->new };

		for (size_t k = 0; k < WM_LEN(sides) && !c->adopted; k++) {
			WM_VEC src = VEC_INIT;
			WM_VEC db = VEC_INIT;

			if (sides[k] == NULL)
				continue;
			(void)!meaning_find(d, &a->m->by_source, &a->m->source,
			    sides[k], &src);
			(void)!meaning_find(d, &a->m->by_database,
			    &a->m->database, sides[k], &db);
			meet(&a->met_source, &src);
			meet(&a->met_database, &db);
		}
	}
}

void
adopt_rest(struct diff *d, struct change *(*add)(struct diff *,
    const struct object *, const struct object *))
{
	struct adopt *a = d->adopt;
	WM_VEC extra = VEC_INIT;

	if (a == NULL)
		return;
	meet_others(d);
	find_needed(a);
	for (size_t i = 0; i < a->m->source.objects.n; i++) {
		struct object *o = a->m->source.objects.v[i], *old;

		if (map_get(&a->met_source, o->key) != NULL ||
		    ignored(&d->ignore, o))
			continue;
		old = find_one(d, &a->m->by_database, &a->m->database, o);
		if (old != NULL) {
			map_put(&a->met_database, old->key, a);
			map_put(&a->along, old->key, old);
		}
		if (comes_along(a, o) || (old != NULL && strcmp(
		    d->opts->drift ? old->create : without_grants(d,
		    old->create, o->create), o->create) == 0))
			continue;
		mark(add(d, loose(d, old), loose(d, o)));
	}
	for (size_t i = 0; i < a->m->database.objects.n; i++) {
		struct object *o = a->m->database.objects.v[i];

		if (map_get(&a->met_database, o->key) != NULL)
			continue;
		if (ignored(&d->ignore, o)) {
			vec_push(&a->others, o);
			continue;
		}
		if (d->opts->drift && (d->opts->prune || hangs_on_ours(a, o)))
			mark(add(d, loose(d, o), NULL));
		else
			vec_push(&extra, o);
	}
	for (size_t i = 0; i < extra.n; i++)
		vec_push(&a->others, extra.v[i]);
	list_extra(d, &extra);
}

const char *
adopt_others(struct diff *d)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_SBUF b = SBUF_INIT;

	if (d->adopt == NULL)
		return "''";
	json_out_open(&out, NULL, '[', false);
	for (size_t i = 0; i < d->adopt->others.n; i++) {
		const struct object *o = d->adopt->others.v[i];

		json_out_open(&out, NULL, '{', false);
		json_out_str(&out, "obj_typ", o->kind->name);
		json_out_str(&out, "obj_nam", o->nam);
		json_out_close(&out);
	}
	json_out_close(&out);
	sbuf_literal(&b, sbuf_str(&out.text));
	return sbuf_take(&b, d->mem);
}

/* --- taking over ---------------------------------------------------------- */

/* Whether what was compared by meaning is not as it is to be. */
static bool
differs(const struct change *c)
{
	return c->adopted && c->fate != FATE_SAME &&
	    (c->fate != FATE_ALTER || c->sql != NULL || c->alters.n > 0);
}

/*
 * What the database has of a change; what comes with the record's text, and not
 * with that of the database, stands in front: sequences of columns.
 */
static void
in_database(struct diff *d, const struct change *c, struct map *done,
    struct vec *out)
{
	struct adopt *a = d->adopt;
	WM_VEC found = VEC_INIT;

	(void)!meaning_find(d, &a->m->by_database, &a->m->database,
	    change_object(c), &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct object *o = found.v[i];

		for (size_t k = 0; k < o->deps.n; k++) {
			struct object *along = map_get(&a->along,
			    o->deps.v[k]);

			if (along != NULL && map_put(done, along->key, a) ==
			    NULL)
				vec_push(out, along);
		}
		if (map_put(done, o->key, a) == NULL)
			vec_push(out, found.v[i]);
	}
}

/*
 * Whether it only has to step aside for others: the source's words say what the
 * database has, and mean it even when those others are taken over.
 */
static bool
only_moves(struct diff *d, const struct change *c, const struct vec *have)
{
	WM_VEC src = VEC_INIT;

	if (c->fate != FATE_RECREATE || c->shape)
		return false;
	(void)!meaning_find(d, &d->adopt->m->by_source, &d->adopt->m->source,
	    change_object(c), &src);
	return strcmp(join(d, &src), join(d, have)) == 0;
}

void
adopt_take(struct diff *d, struct sbuf *out)
{
	WM_MAP done = MAP_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];
		const struct object *o = change_object(c);
		WM_VEC have = VEC_INIT;

		if (!differs(c) || map_get(&done, o->key) != NULL)
			continue;
		if (c->fate != FATE_CREATE)
			in_database(d, c, &done, &have);
		if (only_moves(d, c, &have))
			continue;
		sbuf_printf(out, "-- %s %s", o->kind->name, o->nam);
		if (o->loc.file != NULL && !c->loose)
			sbuf_printf(out, ", %s:%d", o->loc.file, o->loc.line);
		if (c->fate == FATE_CREATE) {
			sbuf_puts(out, ": is not in the database\n\n");
			continue;
		}
		sbuf_printf(out, "\n%s\n\n", have.n > 0 ? join(d, &have) :
		    c->old->create);
	}
}

void
adopt_clear(struct diff *d)
{
	if (d->adopt == NULL)
		return;
	meaning_clear(d->adopt->m);
	map_clear(&d->adopt->met_source);
	map_clear(&d->adopt->met_database);
	map_clear(&d->adopt->blurred);
	map_clear(&d->adopt->missing);
	map_clear(&d->adopt->along);
	vec_clear(&d->adopt->others);
	map_clear(&d->adopt->needed);
}
