#include "compare.h"

#include <limits.h>

#include "adopt.h"
#include "ahead.h"
#include "alter.h"
#include "attic.h"
#include "build.h"
#include "bundle.h"
#include "closure.h"
#include "commands.h"
#include "decide.h"
#include "diag.h"
#include "hops.h"
#include "ignore.h"
#include "index_names.h"
#include "init.h"
#include "needs.h"
#include "older.h"
#include "sequences.h"
#include "sides.h"
#include "swap.h"
#include "version.h"
#include "words.h"

static struct change *
add_change(struct diff *d, const struct object *old, const struct object *new)
{
	struct change *c = arena_alloc(d->mem, sizeof(*c));

	c->old = old;
	c->new = new;
	c->index = d->all.n;
	vec_push(&d->all, c);
	/* a name that was given up and taken again is the new one's */
	if (new != NULL || map_get(&d->by_key, old->key) == NULL)
		map_put(&d->by_key, change_object(c)->key, c);
	return c;
}

static void
index_name(struct diff *d, struct change *c)
{
	struct bare *b = arena_alloc(d->mem, sizeof(*b));

	b->change = c;
	b->next = map_put(&d->by_name, c->new->nam, b);
}

/*
 * Whether a list declares nothing for a table that is at a release: what the
 * release declared has run, and is past.
 */
static bool
released(const struct diff *d, const struct object *o)
{
	return d->bundle == NULL && !d->plan.from.beta && o->delta.n == 0;
}

/* An object that the tools are to leave alone: as it is, whatever that is. */
static void
leave_alone(struct diff *d, const struct object *o)
{
	struct change *c = add_change(d, o, o);

	c->kept = true;
	c->loose = model_get(&d->rec, o->key) == NULL;
	index_name(d, c);
}

/* The sides of an object that was compared by meaning. */
static struct change *
pair(struct diff *d, const struct object *o, const struct object *known)
{
	const struct object *old, *new;
	struct change *c;

	if (!adopt_pair(d, o, known, &old, &new))
		return NULL;
	c = add_change(d, old, new);
	c->source = o;
	c->adopted = true;
	c->record = !d->opts->drift;
	index_name(d, c);
	return c;
}

/*
 * One object of the source and its record.
 *
 * heirs     what only gets another name or kind: index_names.h, swap.h
 * given     keys of the record's that go on by another name: hops.h
 * origins   keys of the record's that have another name now; added to
 */
static void
match_one(struct diff *d, const struct object *o, const struct map *heirs,
    const struct map *given, struct map *origins)
{
	const struct object *old = model_get(&d->rec, o->key);
	struct change *c;
	bool renamed = false;

	if (ignored(&d->ignore, o)) {
		leave_alone(d, old ? old : o);
		return;
	}
	if (old != NULL && (!hops_continue(d, old) || map_get(given,
	    old->key) != NULL))
		old = NULL;
	if (old == NULL) {
		old = hops_origin(d, o);
		if (old == NULL)
			old = map_get(heirs, o->key);
		renamed = old != NULL;
	}
	if (pair(d, o, old) != NULL)
		return;
	c = add_change(d, old, o);
	c->renamed = renamed;
	c->retaken = renamed && map_get(given, old->key) != NULL;
	if (renamed)
		map_put(origins, old->key, d);
	c->record = old == NULL || !old->built ||
	    strcmp(old->hash, o->hash) != 0 ||
	    (!vec_same_strings(&old->delta, &o->delta) && !released(d, o)) ||
	    (d->bundle != NULL && old->obj_ver != o->obj_ver);
	index_name(d, c);
}

/*
 * Whether an object is to run behind all that does not need it, wherever the
 * source has it: one that makes nothing, but does something to what is there.
 */
static bool
comes_last(struct diff *d, const struct object *o)
{
	const struct object *old;

	if (strcmp(o->kind->name, "other") != 0)
		return false;
	old = model_get(&d->rec, o->key);
	return (old == NULL || strcmp(old->hash, o->hash) != 0) &&
	    object_rank(o) == INT_MAX;
}

/* Pair source and record; say which records have to be written. */
static void
match(struct diff *d)
{
	WM_MAP modules = MAP_INIT;
	WM_MAP origins = MAP_INIT;
	WM_MAP heirs = MAP_INIT;
	WM_MAP given = MAP_INIT;
	WM_VEC last = VEC_INIT;

	hops_handed_on(d, &heirs, &given);
	index_names_find(d, &heirs);
	swap_heirs(d, &heirs);
	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];

		map_put(&modules, o->module, d);
		if (comes_last(d, o))
			vec_push(&last, o);
		else
			match_one(d, o, &heirs, &given, &origins);
	}
	for (size_t i = 0; i < last.n; i++)
		match_one(d, last.v[i], &heirs, &given,
		    &origins);
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		struct object *o = d->rec.objects.v[i];
		struct change *c;

		if (map_get(&origins, o->key) != NULL ||
		    (model_get(&d->src, o->key) != NULL &&
		    hops_continue(d, o)))
			continue;
		if (ignored(&d->ignore, o)) {
			leave_alone(d, o);
			continue;
		}
		if (map_get(&modules, o->module) != NULL &&
		    !d->opts->no_prune) {
			add_change(d, adopt_gone(d, o), NULL);
			continue;
		}
		c = add_change(d, o, o);
		c->kept = true;
		c->record = !o->built;
		index_name(d, c);
	}
}

static bool
any_work(const struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		if (c->record || c->new == NULL)
			return true;
	}
	return false;
}

/* Whether the record says that the target's release is there. */
static bool
at_target(const struct diff *d)
{
	return d->bundle == NULL || (d->plan.from.release ==
	    d->bundle->release && d->plan.from.beta ==
	    (d->bundle->publish == NULL));
}

/* All that is decided becomes steps. */
static bool
plan(struct diff *d)
{
	sequences_hand_over(d, add_change);
	if (!decide(d) || diag_errors() > 0)
		return false;
	sequences_wait(d);
	return d->opts->take || (closure(d) && build_plan(d));
}

static bool
screen(struct diff *d)
{
	hazard_screen(&d->opts->hazards, &d->plan);
	return diag_errors() == 0;
}

bool
compare(struct diff *d)
{
	bool known, work;

	d->back = d->bundle != NULL &&
	    d->plan.from.release > d->bundle->release;
	if (!older_keep(d) || !hops_index(d) || !attic_start(d) ||
	    !adopt_read(d))
		return false;
	match(d);
	adopt_rest(d, add_change);
	known = needs_declared(d);
	if (!needs_circles(d) || !known)
		return false;
	d->plan.to = d->plan.from;
	work = any_work(d) || d->adopt != NULL || !at_target(d) ||
	    d->opts->column_order;
	if (work) {
		ahead_parse(d);
		alter_follow(d);
		sequences_follow(d);
		hops_find(d);
		commands_find(d);
		hops_settle(d);
	}
	/* rows are not compared with the record */
	if (d->opts->drift)
		return !work || (plan(d) && screen(d));
	/* a release has brought its words along */
	if (!work && d->bundle != NULL && d->opts->languages == NULL &&
	    !init_any(d))
		return true;
	if (!sides_words(d) || !words_compare(d))
		return false;
	if (!work && !words_any(d) && !init_any(d))
		return true;
	if (work && !plan(d))
		return false;
	words_steps(d);
	init_steps(d);
	return screen(d);
}
