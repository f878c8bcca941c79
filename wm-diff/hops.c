#include "hops.h"

#include <limits.h>
#include <stdlib.h>

#include "back.h"
#include "bundle.h"
#include "diag.h"
#include "migrate.h"
#include "sql.h"
#include "version.h"

/* Versions of one name, the oldest first. */
struct versions {
	struct vec v;	/* of const struct object * */
};

static int
by_version(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return x->min_rel != y->min_rel ? x->min_rel - y->min_rel :
	    x->obj_ver - y->obj_ver;
}

void
hops_index_version(struct diff *d, const struct object *o)
{
	struct versions *k = map_get(&d->versions, o->key);

	if (strcmp(o->kind->name, "table") != 0)
		return;
	if (k == NULL) {
		k = arena_alloc(d->mem, sizeof(*k));
		map_put(&d->versions, o->key, k);
		vec_push(&d->version_lists, k);
	}
	vec_push(&k->v, (void *)(uintptr_t)o);
}

bool
hops_index(struct diff *d)
{
	if (d->bundle == NULL)
		return true;
	if (d->back && !back_read(d))
		return false;
	for (size_t i = 0; !d->back && i < d->bundle->prev.n; i++)
		hops_index_version(d, d->bundle->prev.v[i]);
	for (size_t i = 0; !d->back && i < d->src.objects.n; i++)
		hops_index_version(d, d->src.objects.v[i]);
	for (size_t i = 0; i < d->version_lists.n; i++) {
		struct versions *k = d->version_lists.v[i];

		vec_sort(&k->v, by_version);
	}
	return true;
}

/*
 * The first release whose versions are still to come, or to be undone. One that
 * is being worked on may have changed again since it came to the database.
 */
static int
first_release(const struct diff *d)
{
	if (d->back)
		return d->bundle->release + 1;
	return d->plan.from.release + !d->plan.from.beta;
}

/* The name that the commands of a version begin with, and lead away from. */
static const char *
begins_as(struct diff *d, const struct object *o)
{
	struct migration m;
	const char *why;

	if (o->delta.n == 0 || !migrate_parse(d->mem, o->delta.v[0], &m,
	    &why) || m.verb != MIGRATE_FROM)
		return NULL;
	return arena_printf(d->mem, "table:%s", m.to);
}

/*
 * The table of the record that a new object of a list begins as, though another
 * one of the list takes its name; or NULL.
 */
static const struct object *
handed_on(struct diff *d, const struct object *o)
{
	const char *key = d->bundle != NULL ? NULL : begins_as(d, o);
	const struct object *r = key == NULL || strcmp(key, o->key) == 0 ?
	    NULL : model_get(&d->rec, key);

	return r != NULL && r->built && model_get(&d->rec, o->key) == NULL &&
	    model_get(&d->src, key) != NULL ? r : NULL;
}

void
hops_handed_on(struct diff *d, struct map *heirs, struct map *given)
{
	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];
		const struct object *r = o->delta.n > 0 && strcmp(
		    o->kind->name, "table") == 0 ? handed_on(d, o) : NULL;

		if (r == NULL || map_get(given, r->key) != NULL)
			continue;
		map_put(heirs, o->key, r);
		map_put(given, r->key, o);
	}
}

/* The last name among those that an object's commands give it in passing. */
static const struct object *
origin_here(struct diff *d, const struct object *o)
{
	const struct object *found = NULL;
	WM_VEC names = VEC_INIT;

	migrate_names(d->mem, &o->delta, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *key = arena_printf(d->mem, "table:%s",
		    (const char *)names.v[i]);
		const struct object *r = model_get(&d->rec, key);

		/* else it is the one that has that name now */
		if (r != NULL && (model_get(&d->src, key) == NULL ||
		    !hops_continue(d, r)))
			found = r;
	}
	return found;
}

/*
 * Where the last life of a name begins, among versions before a release: a name
 * that was given up and taken again has several.
 *
 * until   index behind the last version of it
 *
 * Returns the index of its first version; until where there is none.
 */
static size_t
life_begins(const struct versions *k, size_t until)
{
	size_t i = until;

	while (i > 0) {
		const struct object *o = k->v.v[i - 1];
		const struct object *next = i < until ? k->v.v[i] : NULL;

		if (next != NULL && o->max_rel != next->min_rel - 1)
			break;
		i--;
	}
	return i;
}

/*
 * Versions of a name that are still to come, of its last life before a release,
 * and of those it had before.
 */
static void
collect(struct diff *d, const char *key, int until, struct vec *out, int depth)
{
	const struct versions *k = map_get(&d->versions, key);
	const struct object *first;
	const char *before;
	size_t i, end = 0;

	while (k != NULL && end < k->v.n &&
	    ((const struct object *)k->v.v[end])->min_rel < until)
		end++;
	if (end == 0 || depth > 100)
		return;
	i = life_begins(k, end);
	first = k->v.v[i];
	before = first->min_rel >= first_release(d) ? begins_as(d, first) :
	    NULL;
	if (before != NULL && strcmp(before, key) != 0)
		collect(d, before, first->min_rel, out, depth + 1);
	for (; i < end; i++) {
		const struct object *o = k->v.v[i];

		if (o->min_rel >= first_release(d))
			vec_push(out, o);
	}
}

bool
hops_continue(struct diff *d, const struct object *old)
{
	const struct versions *k = map_get(&d->versions, old->key);
	size_t i;

	/* one that was developed has numbers of its own */
	if (k == NULL || d->back || d->plan.from.beta)
		return true;
	for (i = life_begins(k, k->v.n); i < k->v.n; i++)
		if (((const struct object *)k->v.v[i])->min_rel <=
		    d->plan.from.release)
			return true;
	/* not one of the versions: the record has another history */
	for (i = 0; i < k->v.n; i++)
		if (((const struct object *)k->v.v[i])->obj_ver ==
		    old->obj_ver)
			return false;
	return true;
}

const struct object *
hops_origin(struct diff *d, const struct object *o)
{
	WM_VEC way = VEC_INIT;

	if (strcmp(o->kind->name, "table") != 0)
		return NULL;
	if (d->bundle == NULL)
		return o->delta.n > 0 ? origin_here(d, o) : NULL;
	if (d->back)
		return back_origin(d, o);
	collect(d, o->key, INT_MAX, &way, 0);
	for (size_t i = 0; i < way.n; i++) {
		const struct object *r = origin_here(d, way.v[i]);

		if (r != NULL)
			return r;
	}
	return NULL;
}

/* Whether an expression may read more than the row at hand. */
static bool
looks_around(const struct json *j)
{
	const struct json *name;

	if (j == NULL)
		return false;
	if (j->key != NULL && strcmp(j->key, "SubLink") == 0)
		return true;
	name = j->key != NULL && strcmp(j->key, "FuncCall") == 0 ?
	    json_get(j, "funcname") : NULL;
	/* a function with a schema: written by the user, who knows what for */
	if (name != NULL && name->first != NULL && name->first->next != NULL)
		return true;
	for (const struct json *k = j->first; k != NULL; k = k->next)
		if (looks_around(k))
			return true;
	return false;
}

static bool
expr_looks_around(struct diff *d, const char *expr)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (expr == NULL)
		return false;
	if (!sql_parse(d->mem, arena_printf(d->mem, "select (%s\n)", expr),
	    &st, &n, &err) || n != 1)
		return true;
	return looks_around(st->node);
}

static void
weigh(struct diff *d, struct hop *h, const struct migration *m)
{
	switch (m->verb) {
	case MIGRATE_SQL:
	case MIGRATE_CHECK:
		h->writes = h->foreign = true;
		break;
	case MIGRATE_UPDATE:
		h->writes = true;
		h->foreign = h->foreign || expr_looks_around(d, m->expr);
		break;
	case MIGRATE_TYPE:
		h->writes = h->writes || m->expr != NULL;
		break;
	case MIGRATE_ADD:
		h->writes = h->writes || m->init != NULL;
		h->foreign = h->foreign || expr_looks_around(d, m->init);
		break;
	case MIGRATE_TURN:
		h->writes = true;
		for (size_t i = 0; i < m->n_parts; i++)
			h->foreign = h->foreign || expr_looks_around(d,
			    m->parts[i].expr);
		break;
	case MIGRATE_ALTER:
		h->writes = true;	/* it may say "using" */
		break;
	default:
		break;
	}
}

static struct hop *
add_hop(struct diff *d, struct change *c, const struct object *o)
{
	struct hop *h = arena_alloc(d->mem, sizeof(*h));

	h->o = o;
	h->release = d->bundle != NULL ? o->min_rel : 0;
	/* what has run of a version that was worked on when it came here */
	if (!d->back && c->hops.n == 0 && c->old != NULL && d->plan.from.beta &&
	    h->release <= d->plan.from.release)
		h->done = (size_t)c->old->del_idx;
	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (migrate_parse(d->mem, o->delta.v[i], &m, &why))
			weigh(d, h, &m);
		/* else it is refused where it would run */
	}
	vec_push(&c->hops, h);
	return h;
}

void
hops_add_back(struct diff *d, struct change *c, const struct object *o,
    int release)
{
	add_hop(d, c, o)->release = release;
}

bool
hops_fills(const struct migration *m)
{
	return m->verb == MIGRATE_SQL || m->verb == MIGRATE_UPDATE ||
	    m->verb == MIGRATE_CHECK;
}

void
hops_add(struct diff *d, struct change *c, const struct vec *versions,
    size_t i)
{
	for (; i < versions->n; i++)
		add_hop(d, c, versions->v[i]);
}

bool
hops_had(const struct diff *d, const struct object *o, int release)
{
	const struct vec *prev = &d->bundle->prev;

	for (size_t i = 0; o->min_rel > release && i < prev->n;) {
		const struct object *k = prev->v[i++];

		if (k->max_rel == o->min_rel - 1 &&
		    strcmp(k->key, o->key) == 0) {
			o = k;
			i = 0;
		}
	}
	return o->min_rel <= release;
}

void
hops_versions(struct diff *d, const char *key, int until, struct vec *out)
{
	collect(d, key, until, out, 0);
}

/*
 * A database that was developed: its table is as some version has it, whatever
 * release its record says; what comes behind that one is still to come.
 */
static void
find_developed(struct diff *d, struct change *c)
{
	const struct versions *k = map_get(&d->versions, c->new->key);
	size_t i = k != NULL ? k->v.n : 0;
	struct hop *h;

	while (i > 0 && strcmp(((const struct object *)k->v.v[i - 1])->create,
	    c->old->create) != 0)
		i--;
	if (i == 0)
		return;
	hops_add(d, c, &k->v, i);
	for (size_t x = 0; x < c->hops.n; x++)
		((struct hop *)c->hops.v[x])->done = 0;
	if (c->hops.n > 0)
		return;
	/* it is at the end; all that was declared has run */
	h = add_hop(d, c, c->new);
	h->done = c->new->delta.n;
	h->arrived = true;
}

static void
find(struct diff *d, struct change *c)
{
	WM_VEC way = VEC_INIT;

	if (c->adopted) {
		struct hop *h = add_hop(d, c, c->new);

		/* of a list, what is declared may still be wanted */
		h->done = d->bundle != NULL || d->opts->drift ?
		    c->new->delta.n : 0;
		return;
	}
	if (d->bundle != NULL && d->plan.from.beta && !d->back &&
	    !c->renamed)
		find_developed(d, c);
	if (c->hops.n > 0)
		return;

	if (d->back)
		back_hops(d, c);
	else if (d->bundle != NULL)
		collect(d, c->new->key, INT_MAX, &way, 0);
	hops_add(d, c, &way, 0);
	/* a list; or a record unlike the history: the target counts */
	if (c->hops.n == 0)
		add_hop(d, c, c->new);
}

static int
by_release(const void *a, const void *b)
{
	intptr_t x = (intptr_t)a, y = (intptr_t)b;

	return (x > y) - (x < y);
}

/* Releases whose commands may look at the tables as they were then. */
static void
find_stages(struct diff *d)
{
	WM_VEC all = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->hops.n; k++) {
			const struct hop *h = c->hops.v[k];

			if (h->foreign)
				vec_push(&all, (void *)(intptr_t)h->release);
		}
	}
	vec_sort(&all, by_release);
	for (size_t i = 0; i < all.n; i++)
		if (i == 0 || all.v[i] != all.v[i - 1])
			vec_push(&d->stages, all.v[i]);
}

size_t
hops_stage(const struct diff *d, int release)
{
	size_t n = 0;

	while (n < d->stages.n && (intptr_t)d->stages.v[n] <= release)
		n++;
	return n;
}

/* Where a table has to stand still for what comes behind. */
static void
find_settling(struct diff *d, struct change *c)
{
	for (size_t i = 0; i + 1 < c->hops.n; i++) {
		struct hop *h = c->hops.v[i];
		const struct hop *next = c->hops.v[i + 1];

		h->settle = next->writes || hops_stage(d, h->release) !=
		    hops_stage(d, next->release);
	}
}

void
hops_find(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new != NULL && c->old != NULL && (c->record ||
		    c->adopted || c->follows || d->opts->column_order) &&
		    strcmp(c->new->kind->name, "table") == 0)
			find(d, c);
	}
}

void
hops_settle(struct diff *d)
{
	if (d->bundle != NULL)
		find_stages(d);
	for (size_t i = 0; i < d->all.n; i++)
		find_settling(d, d->all.v[i]);
}

void
hops_clear(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++)
		vec_clear(&((struct change *)d->all.v[i])->hops);
	for (size_t i = 0; i < d->version_lists.n; i++)
		vec_clear(&((struct versions *)d->version_lists.v[i])->v);
	versions_clear(&d->past);
	for (size_t i = 0; i < d->back_steps.n; i++)
		vec_clear(&((struct object *)d->back_steps.v[i])->delta);
	vec_clear(&d->back_steps);
	vec_clear(&d->version_lists);
	vec_clear(&d->stages);
	map_clear(&d->versions);
}
