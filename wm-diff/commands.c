#include "commands.h"

#include <limits.h>

#include "bundle.h"
#include "closure.h"
#include "hops.h"
#include "leavers.h"
#include "migrate.h"
#include "needs.h"
#include "table.h"

bool
commands_use(const struct change *table, const struct change *on)
{
	for (size_t i = 0; i < table->uses.n; i++)
		if (((const struct use *)table->uses.v[i])->on == on)
			return true;
	return false;
}

bool
commands_go_first(const struct change *table, const struct change *on)
{
	for (size_t i = 0; i < table->uses.n; i++) {
		const struct use *u = table->uses.v[i];

		if (u->on == on && u->first)
			return true;
	}
	return false;
}

/* Whether a version's commands take away or rename one of these columns. */
static bool
takes_away(struct diff *d, const struct hop *h, const struct vec *cols)
{
	for (size_t i = h->done; i < h->o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (!migrate_parse(d->mem, h->o->delta.v[i], &m, &why))
			continue;
		if ((m.verb == MIGRATE_DROP || m.verb == MIGRATE_RENAME) &&
		    m.col != NULL && vec_has_string(cols, m.col))
			return true;
		for (size_t k = 0; k < m.n_from; k++)
			if (vec_has_string(cols, m.from[k]))
				return true;
	}
	return false;
}

/* cols   columns that the command reads, of whatever table */
static void
add_use(struct diff *d, struct change *c, int release, struct change *on,
    const struct vec *cols)
{
	struct use *u;

	if (on == c)
		return;
	u = arena_alloc(d->mem, sizeof(*u));
	u->release = release;
	u->on = on;
	for (size_t i = 0; i < on->hops.n; i++) {
		const struct hop *h = on->hops.v[i];

		u->first = u->first || (h->release == release &&
		    takes_away(d, h, cols));
	}
	vec_push(&c->uses, u);
}

static bool
is_table(const struct object *o)
{
	return strcmp(o->kind->name, "table") == 0;
}

/* Whether a text makes first what a name refers to. */
static bool
makes(struct diff *d, const struct object *o, const struct ref *r)
{
	const char *schema, *name;
	struct parsed p = { .done = false };

	ident_split(d->mem, o->nam, &schema, &name);
	if (strcmp(o->kind->name, "other") != 0 &&
	    (strcmp(name, r->name) != 0 || strcmp(schema, r->schema) != 0))
		return false;
	parsed_fill(d->mem, o, &p);
	return !p.bad && p.n > 0 && p.idents[0].cls != 0 &&
	    ((int)p.idents[0].cls & r->classes) != 0 &&
	    strcmp(p.idents[0].name, r->name) == 0 &&
	    p.idents[0].schema != NULL &&
	    strcmp(p.idents[0].schema, r->schema) == 0;
}

/* Something that leaves with this plan, and is looked at before. */
static struct change *
find_gone(struct diff *d, const struct ref *r)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL && c->old->built && makes(d, c->old, r))
			return c;
	}
	return NULL;
}

/* Whether a version's commands write rows: a new table may be filled so. */
static bool
fills(struct diff *d, const struct object *o)
{
	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (migrate_parse(d->mem, o->delta.v[i], &m, &why) &&
		    hops_fills(&m))
			return true;
	}
	return false;
}

static void look_at_commands(struct diff *d, struct change *c);

/* Make a table as its first version has it; the others follow as hops. */
static void
bear(struct diff *d, struct change *c, const struct vec *way)
{
	struct object *base = arena_alloc(d->mem, sizeof(*base));

	*base = *(const struct object *)way->v[0];
	base->built = false;
	base->del_idx = (int)base->delta.n;
	c->old = base;
	c->born = true;
	hops_add(d, c, way, 0);
	((struct hop *)c->hops.v[0])->made = true;
	look_at_commands(d, c);
}

/* A change for what only releases on the way have. */
static struct change *
make_temp(struct diff *d, const struct object *o)
{
	struct change *c = map_get(&d->temps, o->key);
	WM_VEC way = VEC_INIT;

	if (c != NULL)
		return c;
	c = arena_alloc(d->mem, sizeof(*c));
	c->new = o;
	c->temp = true;
	c->index = d->all.n;
	vec_push(&d->all, c);
	map_put(&d->temps, o->key, c);
	if (!is_table(o))
		return c;
	hops_versions(d, o->key, o->max_rel + 1, &way);
	if (way.n > 0) {
		c->new = way.v[way.n - 1];
		bear(d, c, &way);
	}
	return c;
}

static bool
was_there(const struct object *o, int release)
{
	return o->min_rel <= release && o->max_rel >= release - 1;
}

/* Something that only a release on the way had. */
static struct change *
find_passed(struct diff *d, const struct ref *r, int release)
{
	const struct vec *prev = &d->bundle->prev;

	for (size_t i = 0; i < prev->n; i++)
		if (was_there(prev->v[i], release) && makes(d, prev->v[i], r))
			return make_temp(d, prev->v[i]);
	return NULL;
}

/* A schema that was given up: the record keeps past versions of tables only. */
static const struct object *
plain_schema(struct diff *d, const char *name)
{
	struct object *o = arena_alloc(d->mem, sizeof(*o));
	WM_SBUF quoted = SBUF_INIT;

	sbuf_ident(&quoted, name);
	o->kind = kind_find("schema");
	o->nam = name;
	o->key = arena_printf(d->mem, "schema:%s", name);
	o->module = "";
	o->create = arena_printf(d->mem, "create schema %s;",
	    sbuf_str(&quoted));
	o->drop = arena_printf(d->mem, "drop schema if exists %s;",
	    sbuf_str(&quoted));
	object_hash(o);
	return o;
}

/* The schema that a table moves to, whichever release has it. */
static struct change *
find_schema(struct diff *d, const char *name, int release)
{
	const char *key = arena_printf(d->mem, "schema:%s", name);
	struct change *c = map_get(&d->by_key, key);

	if (c != NULL) {
		c->late = c->late || c->new == NULL;
		return c;
	}
	for (size_t i = 0; d->bundle && i < d->bundle->prev.n; i++) {
		const struct object *o = d->bundle->prev.v[i];

		if (was_there(o, release) && strcmp(o->key, key) == 0)
			return make_temp(d, o);
	}
	return d->back ? make_temp(d, plain_schema(d, name)) : NULL;
}

/*
 * A table that is new, and not as its first version had it: commands that were
 * written for that one have to find it.
 */
static void
bear_for(struct diff *d, struct change *c, int release)
{
	WM_VEC way = VEC_INIT;

	if (c->born || c->old != NULL || c->temp || !is_table(c->new))
		return;
	hops_versions(d, c->new->key, INT_MAX, &way);
	if (way.n > 1 && ((const struct object *)way.v[0])->min_rel <= release)
		bear(d, c, &way);
}

/* A new table whose commands fill it, in a database that has a past. */
static void
bear_filled(struct diff *d, struct change *c)
{
	WM_VEC way = VEC_INIT;
	bool any = false;

	if (d->plan.from.release == 0 || c->born || c->old != NULL ||
	    c->new == NULL || !is_table(c->new))
		return;
	if (d->bundle != NULL)
		hops_versions(d, c->new->key, INT_MAX, &way);
	else
		vec_push(&way, c->new);
	for (size_t i = 0; i < way.n; i++)
		any = any || fills(d, way.v[i]);
	if (any)
		bear(d, c, &way);
}

/* Whether something has its name only since a later release. */
static bool
is_new_life(struct diff *d, const struct change *c, int release)
{
	return d->bundle != NULL && !d->back && c->old == NULL &&
	    c->new != NULL && !c->kept && c->new->min_rel > release &&
	    !hops_had(d, c->new, release);
}

/* A table that goes by that name on its way. */
static struct change *
find_on_way(struct diff *d, const struct ref *r)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->hops.n > 0 && !c->temp && c->old != NULL &&
		    makes(d, c->old, r))
			return c;
		for (size_t k = 0; k < c->hops.n && !c->temp; k++)
			if (makes(d, ((struct hop *)c->hops.v[k])->o, r))
				return c;
	}
	return NULL;
}

static void
look(struct diff *d, struct change *c, const struct hop *h, const char *sql)
{
	WM_VEC refs = VEC_INIT;
	WM_VEC cols = VEC_INIT;
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (!sql_parse(d->mem, sql, &st, &n, &err))
		return;
	for (size_t i = 0; i < n; i++)
		tree_columns(st[i].node, &cols);
	refs_of_stmts(d->mem, sql, st, n, &refs);
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *r = refs.v[i];
		struct change *on;
		bool found = false;

		for (int cls = ID_RELATION; cls <= ID_TYPE; cls *= 2) {
			struct bare *b = r->classes & cls ? needs_bare(d, cls,
			    r->schema, r->name) : NULL;

			for (; b != NULL; b = b->next) {
				if (is_new_life(d, b->change, h->release))
					continue;
				found = true;
				add_use(d, c, h->release, b->change, &cols);
				if (d->bundle != NULL)
					bear_for(d, b->change, h->release);
			}
		}
		if (found)
			continue;
		on = find_on_way(d, r);
		if (on == NULL)
			on = find_gone(d, r);
		if (on == NULL && d->bundle != NULL)
			on = find_passed(d, r, h->release);
		if (on == NULL)
			continue;
		on->late = on->new == NULL;
		add_use(d, c, h->release, on, &cols);
	}
}

static void
look_at_command(struct diff *d, struct change *c, const struct hop *h,
    const struct migration *m)
{
	const char *exprs[] = { m->expr, m->init };
	WM_VEC none = VEC_INIT;

	if (m->verb == MIGRATE_SQL || m->verb == MIGRATE_CHECK) {
		look(d, c, h, m->expr);
		return;
	}
	if (m->verb == MIGRATE_ALTER)
		return;
	if (m->verb == MIGRATE_MOVE) {
		struct change *to = find_schema(d, m->to, h->release);

		if (to != NULL)
			add_use(d, c, h->release, to, &none);
		return;
	}
	for (size_t i = 0; i < WM_LEN(exprs); i++)
		if (exprs[i] != NULL)
			look(d, c, h, arena_printf(d->mem, "select (%s\n)",
			    exprs[i]));
	for (size_t i = 0; i < m->n_parts; i++)
		look(d, c, h, arena_printf(d->mem, "select (%s\n)",
		    m->parts[i].expr));
}

static void
look_at_commands(struct diff *d, struct change *c)
{
	for (size_t k = 0; k < c->hops.n; k++) {
		const struct hop *h = c->hops.v[k];

		for (size_t x = h->done; x < h->o->delta.n; x++) {
			struct migration m;
			const char *why;

			if (migrate_parse(d->mem, h->o->delta.v[x], &m, &why))
				look_at_command(d, c, h, &m);
		}
	}
}

void
commands_find(struct diff *d)
{
	size_t n = d->all.n;	/* what is added is looked at then */

	leavers_find(d);
	for (size_t i = 0; i < n; i++) {
		struct change *c = d->all.v[i];

		if (c->hops.n > 0 && !c->born)
			look_at_commands(d, c);
		else
			bear_filled(d, c);
	}
}

void
commands_clear(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++)
		vec_clear(&((struct change *)d->all.v[i])->uses);
	map_clear(&d->temps);
}
