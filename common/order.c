#include "order.h"

#include "arena.h"

/* There are many: numbers take no more room than they need. */
struct edge {
	struct edge *next;
	uint32_t node;		/* at the other end */
	bool hard;
};

struct node {
	struct edge *out, *in;
	struct edge *next;	/* of in: where the walk of find_circle goes
				   on */
	size_t number, low;	/* of find_circle */
	uint32_t waits;		/* edges into it, all kinds */
	uint32_t waits_hard : 31;
	uint32_t done : 1;
};

struct graph {
	struct arena *mem;
	struct node *nodes;
	size_t n;
	size_t numbered;	/* nodes that walks have met, each time */
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

	assert(n < UINT32_MAX);
	g->mem = mem;
	g->n = n;
	g->nodes = arena_alloc(mem, n * sizeof(*g->nodes));
	return g;
}

static void
put_edge(struct graph *g, struct edge **list, size_t node, bool hard)
{
	struct edge *e = arena_alloc(g->mem, sizeof(*e));

	e->node = (uint32_t)node;
	e->hard = hard;
	e->next = *list;
	*list = e;
}

void
graph_edge(struct graph *g, size_t before, size_t after, bool hard)
{
	if (before == after)
		return;
	put_edge(g, &g->nodes[before].out, after, hard);
	put_edge(g, &g->nodes[after].in, before, hard);
	g->nodes[after].waits++;
	g->nodes[after].waits_hard += hard;
}

/* Room for find_circle; each has a place for every node. */
struct walk {
	size_t *path;		/* from the start to where it is */
	size_t *open;		/* met, in a circle that is not known whole */
	size_t n_path, n_open;
};

static void
enter(struct graph *g, struct walk *w, size_t i)
{
	struct node *n = &g->nodes[i];

	n->number = n->low = ++g->numbered;
	n->next = n->in;
	w->path[w->n_path++] = i;
	w->open[w->n_open++] = i;
}

/*
 * Nodes that wait for one another, and for nothing else that is left: the
 * first strongly connected component that Tarjan's walk against the edges
 * finds. They are w->open[first] to the end of it.
 */
static size_t
find_circle(struct graph *g, struct walk *w, size_t start)
{
	size_t met = g->numbered, first;

	w->n_path = w->n_open = 0;
	enter(g, w, start);
	for (;;) {
		struct node *n = &g->nodes[w->path[w->n_path - 1]], *other;
		struct edge *e = n->next;

		if (e != NULL) {
			n->next = e->next;
			other = &g->nodes[e->node];
			if (!other->done && other->number <= met)
				enter(g, w, e->node);
			else if (!other->done && other->number < n->low)
				n->low = other->number;
			continue;
		}
		if (n->low == n->number)
			break;
		other = &g->nodes[w->path[--w->n_path - 1]];
		if (n->low < other->low)
			other->low = n->low;
	}
	first = w->n_open - 1;
	while (w->open[first] != w->path[w->n_path - 1])
		first--;
	return first;
}

/* The lowest of a circle that only wishes hold back; g->n: there is none. */
static size_t
give_up(const struct graph *g, const struct walk *w, size_t first)
{
	size_t best = g->n;

	for (size_t k = first; k < w->n_open; k++)
		if (g->nodes[w->open[k]].waits_hard == 0 && w->open[k] < best)
			best = w->open[k];
	return best;
}

/*
 * All nodes of this circle wait for another that is in it: walking from one to
 * the one it waits for goes around.
 */
static void
hard_circle(struct graph *g, size_t at, size_t **out, size_t *out_n)
{
	size_t *step = arena_alloc(g->mem, g->n * sizeof(size_t));
	size_t *met = arena_alloc(g->mem, g->n * sizeof(size_t));
	size_t k = 0;

	while (step[at] == 0) {
		struct edge *e = g->nodes[at].in;

		met[k++] = at;
		step[at] = k;
		while (!e->hard || g->nodes[e->node].done)
			e = e->next;
		at = e->node;
	}
	*out = met + step[at] - 1;
	*out_n = k - step[at] + 1;
}

bool
graph_sort(struct graph *g, size_t **out_order, size_t **out_cycle,
    size_t *out_cycle_n)
{
	size_t size = (g->n + 1) * sizeof(size_t), done = 0, lowest = 0;
	struct heap ready = { arena_alloc(g->mem, size), 0 };
	struct walk w = { .path = arena_alloc(g->mem, size),
		.open = arena_alloc(g->mem, size) };

	*out_order = arena_alloc(g->mem, size);
	for (size_t i = 0; i < g->n; i++)
		if (g->nodes[i].waits == 0)
			heap_push(&ready, i);
	while (done < g->n) {
		size_t i, first;

		if (ready.n > 0)
			i = heap_pop(&ready);
		else {
			while (g->nodes[lowest].done)
				lowest++;
			first = find_circle(g, &w, lowest);
			i = give_up(g, &w, first);
			if (i == g->n) {
				hard_circle(g, w.open[first], out_cycle,
				    out_cycle_n);
				return false;
			}
		}
		g->nodes[i].done = true;
		(*out_order)[done++] = i;
		for (struct edge *e = g->nodes[i].out; e; e = e->next) {
			struct node *to = &g->nodes[e->node];

			to->waits--;
			to->waits_hard -= e->hard;
			if (to->waits == 0 && !to->done)
				heap_push(&ready, e->node);
		}
	}
	return true;
}
