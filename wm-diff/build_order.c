/*
 * What is made, in the order of dependencies; tables that pass releases stage
 * by stage, and what their commands look at goes when they have run.
 */
#include "build_impl.h"

#include <assert.h>

#include "alter.h"
#include "commands.h"
#include "diag.h"
#include "hops.h"
#include "needs.h"
#include "record_sql.h"

/* Records are written after so many objects: a batch can end there. */
#define RECORD_EVERY 200

static void
report_circle(struct diff *d, const struct vec *items, const size_t *cycle,
    size_t n)
{
	assert(items->v != NULL);
	diag_error(NULL, "%zu objects need one another, and none can be made "
	    "first", n);
	for (size_t i = 0; i < n; i++) {
		const struct item *a = items->v[cycle[i]];
		const struct item *b = items->v[cycle[(i + 1) % n]];

		if (a->change != NULL && b->change != NULL)
			diag_note(&a->change->new->loc, "%s \"%s\" needs %s "
			    "\"%s\"", a->change->new->kind->name,
			    a->change->new->nam, b->change->new->kind->name,
			    b->change->new->nam);
	}
	(void)d;
}

/*
 * A default or check is back before its table takes another one; anything else
 * of the table, such as a publication, when the table has its new columns.
 *
 * table   number of the table's item, plus 1; 0: it is not made
 */
static void
table_edge(struct graph *g, size_t i, const struct closure_node *n,
    size_t table)
{
	bool first = node_comes_first(n);

	if (table > 0)
		graph_edge(g, first ? i : table - 1, first ? table - 1 : i,
		    false);
}

/* Whether any statement of a change belongs to a stage. */
static bool
works_in(const struct diff *d, const struct change *c, size_t stage)
{
	if (c->born && hops_stage(d, c->old->min_rel) == stage)
		return true;
	for (size_t i = 0; i < c->alters.n; i++)
		if (hops_stage(d, ((struct alter_stmt *)c->alters.v[i])
		    ->release) == stage)
			return true;
	return false;
}

/* Whether a change is worked out as statements that belong to releases. */
static bool
staged(const struct change *c)
{
	return c->alters.n > 0 || c->born;
}

/* Keys that an alteration takes away: what refers to them comes behind it. */
static void
keys(struct map *by_id, const struct change *c, size_t number)
{
	const struct closure_node *n = c->fate == FATE_ALTER ? c->node : NULL;

	for (; n != NULL; n = n->more)
		if (strcmp(n->kind, "constraint") == 0)
			map_put(by_id, n->id, (void *)(uintptr_t)number);
}

/*
 * The items of one change; at[] gets the number of its last, plus 1, first[]
 * that of the last behind which its partitions can be made.
 */
static void
add_change_items(struct diff *d, struct vec *items, struct map *by_id,
    struct change *c, size_t *at, size_t *first_part)
{
	struct closure_node *node = c->fate == FATE_RECREATE ? c->node : NULL;
	struct item *it = NULL;

	for (size_t s = 0; staged(c) && s <= d->stages.n; s++) {
		if (!works_in(d, c, s))
			continue;
		if (it != NULL)
			it->last = false;
		bool first = it == NULL;
		it = item_add(d, items, by_id, c, NULL);
		it->stage = s;
		it->first = first;
	}
	if (it == NULL)
		it = item_add(d, items, by_id, c, node);
	keys(by_id, c, items->n);
	first_part[c->index] = items->n;
	if (c->rebuild && c->fill.n == 0)
		item_known(by_id, c->node, items->n);
	if (c->fill.n > 0) {
		/* rows of partitions are back when these are, at the end */
		size_t stage = c->rebuild ? it->stage : d->stages.n;

		/* whoever needs it means it with its rows */
		it->last = false;
		it = item_add(d, items, by_id, c, c->node);
		it->stage = stage;
		it->first = false;
		it->fill = true;
	}
	at[c->index] = items->n;
}

/* The last item of a change that is not behind a stage, plus 1; 0: none. */
static size_t
item_before(const struct vec *items, size_t last, size_t stage)
{
	for (; last > 0; last--) {
		const struct item *it = items->v[last - 1];

		if (it->stage <= stage)
			return last;
		if (it->first)
			break;
	}
	return 0;
}

/*
 * Stages of tables: each behind the one before it, of whatever table, since
 * commands may look around.
 */
static void
stage_edges(struct diff *d, struct graph *g, const struct vec *items)
{
	WM_VEC before = VEC_INIT;
	WM_VEC here = VEC_INIT;

	for (size_t s = 0; d->stages.n > 0 && s <= d->stages.n; s++) {
		here.n = 0;
		for (size_t i = 0; i < items->n; i++) {
			const struct item *it = items->v[i];

			if (it->change != NULL && staged(it->change) &&
			    !it->drop && it->stage == s)
				vec_push(&here, (void *)(uintptr_t)i);
		}
		for (size_t i = 0; i < before.n; i++)
			for (size_t k = 0; k < here.n; k++)
				graph_edge(g, (size_t)(uintptr_t)before.v[i],
				    (size_t)(uintptr_t)here.v[k], true);
		if (here.n > 0) {
			before.n = 0;
			for (size_t i = 0; i < here.n; i++)
				vec_push(&before, here.v[i]);
		}
	}
}

/* What goes when the commands that look at it have run. */
static void
add_late_drops(struct diff *d, struct vec *items, struct map *by_id,
    size_t *gone)
{
	for (size_t i = d->all.n; i-- > 0;) {
		struct change *c = d->all.v[i];
		struct item *it;

		if (!c->temp && !(c->late && build_is_dropped(c)))
			continue;
		it = item_add(d, items, by_id, c, NULL);
		it->drop = true;
		gone[i] = items->n;
	}
}

/* Something to drop late, behind those who look at it or stand on it. */
static void
late_edges(struct diff *d, struct graph *g, const struct vec *items,
    const size_t *at, const size_t *first, const size_t *gone)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *it = items->v[i];
		struct change *c = it->change;
		struct change *same;

		if (c == NULL)
			continue;
		for (size_t k = 0; !it->drop && k < c->uses.n; k++) {
			const struct use *u = c->uses.v[k];

			if (gone[u->on->index] > 0 &&
			    hops_stage(d, u->release) == it->stage)
				graph_edge(g, i, gone[u->on->index] - 1, true);
		}
		if (gone[c->index] == 0)
			continue;
		if (!it->drop) {
			graph_edge(g, i, gone[c->index] - 1, true);
			continue;
		}
		/* then the name can be taken again */
		same = map_get(&d->by_key, change_object(c)->key);
		if (same != NULL && same != c && at[same->index] > 0)
			graph_edge(g, i, first[same->index] - 1, true);
		WM_VEC on = VEC_INIT;
		if (c->old != NULL && c->new == NULL)
			needs_old(d, c, &on);
		for (size_t k = 0; k < c->needs.n; k++)
			vec_push(&on, ((struct need *)c->needs.v[k])->on);
		for (size_t k = 0; k < on.n; k++) {
			const struct change *o = on.v[k];

			if (o != NULL && o != c && gone[o->index] > 0)
				graph_edge(g, i, gone[o->index] - 1, false);
		}
	}
}

bool
build_makes(struct diff *d, struct vec *recorded)
{
	WM_VEC items = VEC_INIT;
	WM_MAP by_id = MAP_INIT;
	size_t *at = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *first = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *gone = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *order, *cycle, n;
	struct graph *g;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (build_is_made(c))
			add_change_items(d, &items, &by_id, c, at, first);
	}
	for (size_t i = 0; i < d->foreign.n; i++)
		item_add(d, &items, &by_id, NULL, d->foreign.v[i]);
	add_late_drops(d, &items, &by_id, gone);
	g = graph_new(d->mem, items.n);
	item_edges(g, &items, &by_id, false);
	for (size_t i = 0; i < items.n; i++) {
		const struct item *it = items.v[i];
		struct change *c = it->change;

		if (c == NULL && it->node->table != NULL)
			table_edge(g, i, it->node,
			    at[it->node->table->index]);
		if (c == NULL && it->node->after != NULL &&
		    at[it->node->after->index] > 0)
			graph_edge(g, at[it->node->after->index] - 1, i, true);
		if (c == NULL || it->drop)
			continue;
		if (it->fill) {
			graph_edge(g, first[c->index] - 1, i, true);
			continue;
		}
		const struct change *root = c->joins ? c->joins : c->root;

		if (root != NULL)
			graph_edge(g, i, at[root->index] - 1, true);
		needs_found(d, c);
		for (size_t k = 0; k < c->above.n; k++) {
			const struct change *t = c->above.v[k];
			size_t on;

			assert(t != NULL);
			on = t == root ? first[t->index] : at[t->index];
			if (on > 0)
				graph_edge(g, on - 1, i, false);
		}
		for (size_t k = 0; k < c->needs.n; k++) {
			const struct need *need = c->needs.v[k];
			/* another life of its own name */
			if (strcmp(need->on->new->key, c->new->key) == 0)
				continue;
			size_t on = root == need->on ?
			    first[need->on->index] : at[need->on->index];

			if (on > 0 && staged(c) && staged(need->on))
				on = item_before(&items, on, it->stage);
			/* what its commands use is there before it changes */
			if (on > 0 && !commands_use(need->on, c) &&
			    !commands_go_first(c, need->on))
				graph_edge(g, on - 1, i, need->hard);
		}
		for (size_t k = 0; k < c->uses.n; k++) {
			const struct use *u = c->uses.v[k];
			size_t on = at[u->on->index];

			if (on > 0 && staged(u->on))
				on = item_before(&items, on, it->stage);
			if (on == 0 || hops_stage(d, u->release) != it->stage)
				continue;
			graph_edge(g, u->first ? i : on - 1, u->first ? on - 1 :
			    i, false);
		}
	}
	stage_edges(d, g, &items);
	late_edges(d, g, &items, at, first, gone);
	if (!graph_sort(g, &order, &cycle, &n)) {
		report_circle(d, &items, cycle, n);
		return false;
	}
	for (size_t i = 0; i < items.n; i++) {
		const struct item *it = items.v[order[i]];

		if (it->drop) {
			if (!build_drop_late(d, it))
				return false;
			continue;
		}
		if (!build_make(d, it))
			return false;
		if (it->change != NULL && it->change->record && it->last)
			vec_push(recorded, it->change);
		if (recorded->n >= RECORD_EVERY)
			record_step(d, recorded);
	}
	return true;
}
