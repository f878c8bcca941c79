/* What is to be dropped or made, and what the catalog says of its order. */
#include "build_impl.h"

#include "text.h"

struct plan_step *
build_step(struct diff *d, struct change *c, enum plan_action action,
    const char *sql)
{
	const struct object *o = change_object(c);
	struct plan_step *s = plan_add(&d->plan, action, o->kind->name,
	    o->nam, sql);

	s->module = o->module;
	s->loc = o->loc;
	s->reason = c->reason;
	text_split(d, s);
	return s;
}

bool
build_is_dropped(const struct change *c)
{
	return c->old != NULL && c->old->built &&
	    (c->fate == FATE_DROP || c->fate == FATE_RECREATE);
}

bool
build_is_made(const struct change *c)
{
	return c->new != NULL && c->fate != FATE_SAME && c->fate != FATE_DROP;
}

static size_t
item_of(const struct map *by_id, const char *id)
{
	return (size_t)(uintptr_t)map_get(by_id, id);	/* 0: none; else + 1 */
}

void
item_known(struct map *by_id, const struct closure_node *n, size_t number)
{
	for (; n != NULL; n = n->more)
		map_put(by_id, n->id, (void *)(uintptr_t)number);
}

struct item *
item_add(struct diff *d, struct vec *items, struct map *by_id,
    struct change *c, struct closure_node *n)
{
	struct item *it = arena_alloc(d->mem, sizeof(*it));

	it->change = c;
	it->node = n;
	it->first = it->last = true;
	vec_push(items, it);
	item_known(by_id, n, items->n);
	return it;
}

/* An index of a partition goes with the one it is attached to. */
static bool
is_index(const struct closure_node *n)
{
	return n != NULL && n->cls == ID_RELATION && (n->kind[0] == 'i' ||
	    n->kind[0] == 'I');
}

void
item_edges(struct graph *g, const struct vec *items,
    const struct map *by_id, bool drop)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *it = items->v[i];

		for (const struct closure_node *n = it->node; n != NULL;
		    n = n->more)
			for (size_t k = 0; k < n->needs.n; k++) {
				size_t j = item_of(by_id, n->needs.v[k]);

				if (j == 0)
					continue;
				/* wishes: changed sources know better */
				if (drop && is_index(n) &&
				    is_index(((struct item *)items->v[j - 1])
				    ->node))
					graph_edge(g, j - 1, i, true);
				else if (drop)
					graph_edge(g, i, j - 1, false);
				/* which takes in the other, the source says */
				else if (!is_index(n) || !is_index(
				    ((struct item *)items->v[j - 1])->node))
					graph_edge(g, j - 1, i, false);
			}
	}
}
