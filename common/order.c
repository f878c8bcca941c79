#include "order.h"

#include "arena.h"

struct edge {
	size_t to;
	bool hard;
	struct edge *next;
};

struct node {
	struct edge *out;
	size_t waits;		/* edges into it, all kinds */
	size_t waits_hard;
	bool done;
	bool queued[2];		/* per heap */
};

struct graph {
	struct arena *mem;
	struct node *nodes;
	size_t n;
};

/* A heap of node numbers, smallest first. */
struct heap {
	size_t *v;
	size_t n;
};

static void
heap_push(struct heap *h, size_t x)
{
	size_t i = h->n++;

	while (i > 0 && h->v[(i - 1) / 2] > x) {
		h->v[i] = h->v[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->v[i] = x;
}

static size_t
heap_pop(struct heap *h)
{
	size_t top = h->v[0], x = h->v[--h->n], i = 0;

	for (;;) {
		size_t k = 2 * i + 1;

		if (k >= h->n)
			break;
		if (k + 1 < h->n && h->v[k + 1] < h->v[k])
			k++;
		if (h->v[k] >= x)
			break;
		h->v[i] = h->v[k];
		i = k;
	}
	h->v[i] = x;
	return top;
}

struct graph *
graph_new(struct arena *mem, size_t n)
{
	struct graph *g = arena_alloc(mem, sizeof(*g));

	g->mem = mem;
	g->n = n;
	g->nodes = arena_alloc(mem, n * sizeof(*g->nodes));
	return g;
}

void
graph_edge(struct graph *g, size_t before, size_t after, bool hard)
{
	struct edge *e;

	if (before == after)
		return;
	e = arena_alloc(g->mem, sizeof(*e));
	e->to = after;
	e->hard = hard;
	e->next = g->nodes[before].out;
	g->nodes[before].out = e;
	g->nodes[after].waits++;
	g->nodes[after].waits_hard += hard;
}

/* Two heaps: nodes nobody holds back, and nodes held back by wishes only. */
static void
enqueue(struct graph *g, struct heap *ready, struct heap *wishing, size_t i)
{
	struct node *n = &g->nodes[i];

	if (n->waits == 0 && !n->queued[0]) {
		n->queued[0] = true;
		heap_push(ready, i);
	} else if (n->waits > 0 && n->waits_hard == 0 && !n->queued[1]) {
		n->queued[1] = true;
		heap_push(wishing, i);
	}
}

/*
 * All nodes that are left wait for another that is left: walking from one to
 * the one it waits for ends in a circle.
 */
static void
find_cycle(struct graph *g, size_t **out, size_t *out_n)
{
	size_t *waits_for = arena_alloc(g->mem, g->n * sizeof(size_t));
	size_t *step = arena_alloc(g->mem, g->n * sizeof(size_t));
	size_t at = g->n, k = 0, first;

	for (size_t i = 0; i < g->n; i++) {
		if (g->nodes[i].done)
			continue;
		for (struct edge *e = g->nodes[i].out; e; e = e->next)
			if (e->hard)
				waits_for[e->to] = i;
	}
	for (size_t i = 0; i < g->n && at == g->n; i++)
		if (!g->nodes[i].done && g->nodes[i].waits_hard > 0)
			at = i;
	while (step[at] == 0) {
		step[at] = ++k;
		at = waits_for[at];
	}
	first = step[at];
	*out_n = k - first + 1;
	*out = arena_alloc(g->mem, *out_n * sizeof(size_t));
	for (size_t i = 0; i < *out_n; i++) {
		(*out)[i] = at;
		at = waits_for[at];
	}
}

bool
graph_sort(struct graph *g, size_t **out_order, size_t **out_cycle,
    size_t *out_cycle_n)
{
	struct heap ready = { arena_alloc(g->mem, g->n * sizeof(size_t)), 0 };
	struct heap wishing = { arena_alloc(g->mem, g->n * sizeof(size_t)),
		0 };
	size_t done = 0;

	*out_order = arena_alloc(g->mem, g->n * sizeof(size_t));
	for (size_t i = 0; i < g->n; i++)
		enqueue(g, &ready, &wishing, i);
	while (done < g->n) {
		size_t i;

		if (ready.n > 0)
			i = heap_pop(&ready);
		else if (wishing.n > 0)
			i = heap_pop(&wishing);
		else {
			find_cycle(g, out_cycle, out_cycle_n);
			return false;
		}
		if (g->nodes[i].done)
			continue;
		g->nodes[i].done = true;
		(*out_order)[done++] = i;
		for (struct edge *e = g->nodes[i].out; e; e = e->next) {
			struct node *to = &g->nodes[e->to];

			to->waits--;
			to->waits_hard -= e->hard;
			if (!to->done)
				enqueue(g, &ready, &wishing, e->to);
		}
	}
	return true;
}
