#include "sql_needs.h"

#include <stdlib.h>

#include "sql_owner.h"

/* With more than these a map tells what is among them. */
#define FEW 16

/* One that may be given up. */
struct wish {
	struct made *from, *to;
	struct attached *of;
};

/* A need, found by what is needed. */
struct user {
	size_t from;
	struct user *next;
};

/*
 * Objects are numbered nodes; an edge leads to what one needs.
 *
 * Circles that all wishes together close are found as strongly connected
 * components (Tarjan, SIAM J. Comput. 1, 1972), without recursion: chains of
 * views can be long. Whether one wish closes one with what has been granted
 * before is told by levels, which never fall along an edge (Bender, Fineman,
 * Gilbert, Tarjan, ACM Trans. Algorithms 12, 2015): most edges need no search,
 * and no search backwards has more than `limit` steps.
 */
struct graph {
	struct arena *mem;
	struct made **nodes;
	size_t n;
	size_t *low, *order, *component;
	bool *on_stack;
	size_t *stack, depth;
	size_t *path, *edge;	/* visit: nodes, and how far in their needs */
	size_t next, components;

	size_t *level;
	struct user **users;	/* inside of its component */
	size_t n_users;
	size_t limit;
	size_t *seen;		/* number of the last search that met it */
	size_t search;
};

/* --- needs --- */

bool
needs_has(const struct made *m, const struct made *on)
{
	if (m->needs.n > FEW)
		return map_get(&m->needed, on->o->key) != NULL;
	return vec_has(&m->needs, on);
}

void
needs_add(struct made *m, struct made *on)
{
	if (m == on || needs_has(m, on))
		return;
	vec_push(&m->needs, on);
	if (m->needs.n == FEW + 1)
		for (size_t i = 0; i < m->needs.n; i++) {
			const struct made *k = m->needs.v[i];

			map_put(&m->needed, k->o->key, k);
		}
	else if (m->needs.n > FEW)
		map_put(&m->needed, on->o->key, on);
}

void
needs_clear(struct made *m)
{
	vec_clear(&m->needs);
	map_clear(&m->needed);
}

void
needs_wish(struct parse *p, struct vec *wishes, struct made *from,
    struct made *to, struct attached *of)
{
	struct wish *w;

	if (from == to || needs_has(from, to))
		return;
	w = arena_alloc(p->mem, sizeof(*w));
	*w = (struct wish){ from, to, of };
	vec_push(wishes, w);
}

/* --- components --- */

static void
graph_init(struct graph *g, struct parse *p)
{
	size_t max = p->sql.made.n, bytes = max * sizeof(size_t);

	memset(g, 0, sizeof(*g));
	g->mem = arena_new();
	g->nodes = arena_alloc(g->mem, (max + 1) * sizeof(void *));
	for (size_t i = 0; i < max; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone)
			continue;
		m->number = g->n;
		g->nodes[g->n++] = m;
	}
	g->low = arena_alloc(g->mem, bytes);
	g->order = arena_alloc(g->mem, bytes);
	g->component = arena_alloc(g->mem, bytes);
	g->stack = arena_alloc(g->mem, bytes);
	g->path = arena_alloc(g->mem, bytes);
	g->edge = arena_alloc(g->mem, bytes);
	g->on_stack = arena_alloc(g->mem, max);
}

static void
visit(struct graph *g, size_t root)
{
	size_t *path = g->path, *edge = g->edge, n = 0;

	edge[n] = 0;
	path[n++] = root;
	while (n > 0) {
		size_t v = path[n - 1];
		struct made *m = g->nodes[v];

		if (edge[n - 1] == 0 && g->order[v] == 0) {
			g->order[v] = g->low[v] = ++g->next;
			g->stack[g->depth++] = v;
			g->on_stack[v] = true;
		}
		if (edge[n - 1] < m->needs.n) {
			size_t w = ((struct made *)m->needs.v[edge[n - 1]++])
			    ->number;

			if (g->order[w] == 0) {
				path[n] = w;
				edge[n++] = 0;
			} else if (g->on_stack[w] && g->order[w] < g->low[v])
				g->low[v] = g->order[w];
			continue;
		}
		if (g->low[v] == g->order[v]) {
			size_t w;

			g->components++;
			do {
				w = g->stack[--g->depth];
				g->on_stack[w] = false;
				g->component[w] = g->components;
			} while (w != v);
		}
		n--;
		if (n > 0 && g->low[v] < g->low[path[n - 1]])
			g->low[path[n - 1]] = g->low[v];
	}
}

/* Number the components of all needs and wishes together. */
static void
components(struct graph *g, const struct vec *wishes)
{
	for (size_t i = 0; i < wishes->n; i++) {
		struct wish *w = wishes->v[i];

		vec_push(&w->from->needs, w->to);
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->order[i] == 0)
			visit(g, i);
	/* wishes came last, in their order, so they go first */
	for (size_t i = wishes->n; i-- > 0;)
		((struct wish *)wishes->v[i])->from->needs.n--;
}

void
needs_components(struct parse *p)
{
	WM_VEC none = VEC_INIT;
	struct graph g;

	graph_init(&g, p);
	components(&g, &none);
	for (size_t i = 0; i < g.n; i++)
		g.nodes[i]->number = g.component[i];
	arena_free(g.mem);
}

/* --- does a wish close a circle? --- */

static void
add_user(struct graph *g, size_t from, size_t to)
{
	struct user *u;

	if (g->component[from] != g->component[to])
		return;
	u = arena_alloc(g->mem, sizeof(*u));
	u->from = from;
	u->next = g->users[to];
	g->users[to] = u;
	g->n_users++;
}

static void
levels_init(struct graph *g, size_t n_wishes)
{
	g->level = arena_alloc(g->mem, g->n * sizeof(size_t));
	g->seen = arena_alloc(g->mem, g->n * sizeof(size_t));
	g->users = arena_alloc(g->mem, g->n * sizeof(void *));
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->nodes[i]->needs.n; k++)
			add_user(g, i, ((struct made *)
			    g->nodes[i]->needs.v[k])->number);
	while (g->limit * g->limit < g->n_users + n_wishes)
		g->limit++;
}

enum answer { NO, YES, TOO_FAR };

/* Whether `to` is among those of v's level that lead to v; all are seen. */
static enum answer
search_back(struct graph *g, size_t v, size_t to)
{
	size_t n = 0, steps = 0;

	g->search++;
	g->stack[n++] = v;
	g->seen[v] = g->search;
	for (size_t i = 0; i < n; i++) {
		const struct user *u = g->users[g->stack[i]];

		for (; u != NULL; u = u->next) {
			if (++steps > g->limit)
				return TOO_FAR;
			if (g->level[u->from] != g->level[v] ||
			    g->seen[u->from] == g->search)
				continue;
			if (u->from == to)
				return YES;
			g->seen[u->from] = g->search;
			g->stack[n++] = u->from;
		}
	}
	return NO;
}

/*
 * Raise a node and all that would lie below it. Where one of them has been
 * seen by the search back, all stay where they were, and it returns true.
 */
static bool
raise(struct graph *g, size_t w, size_t level)
{
	size_t n = 0;
	bool met = false;

	g->edge[n] = g->level[w];
	g->level[w] = level;
	g->stack[n++] = w;
	for (size_t at = 0; at < n && !met; at++) {
		const struct made *m = g->nodes[g->stack[at]];

		for (size_t i = 0; i < m->needs.n && !met; i++) {
			size_t y = ((struct made *)m->needs.v[i])->number;

			if (g->component[y] != g->component[w])
				continue;
			met = g->seen[y] == g->search;
			if (g->level[y] >= level)
				continue;
			g->edge[n] = g->level[y];
			g->level[y] = level;
			g->stack[n++] = y;
		}
	}
	while (met && n-- > 0)
		g->level[g->stack[n]] = g->edge[n];
	return met;
}

/* Whether a path leads back from w to v already. */
static bool
closes(struct graph *g, size_t v, size_t w)
{
	size_t level = g->level[v];

	if (level < g->level[w])
		return false;
	switch (search_back(g, v, w)) {
	case YES:
		return true;
	case TOO_FAR:
		return raise(g, w, level + 1);
	default:
		return g->level[w] < level && raise(g, w, level);
	}
}

static void
grant_doubtful(struct parse *p, struct graph *g, const struct vec *wishes)
{
	levels_init(g, wishes->n);
	for (size_t i = 0; i < wishes->n; i++) {
		struct wish *w = wishes->v[i];

		if (w->of != NULL && w->of->owner == NULL)
			continue;	/* it stands alone already */
		if (needs_has(w->from, w->to))
			continue;
		if (!closes(g, w->from->number, w->to->number)) {
			needs_add(w->from, w->to);
			add_user(g, w->from->number, w->to->number);
		} else if (w->of != NULL)
			owner_separate(p, w->of);
	}
}

void
needs_grant(struct parse *p, const struct vec *wishes)
{
	WM_VEC doubtful = VEC_INIT;
	struct graph g;

	graph_init(&g, p);
	components(&g, wishes);
	for (size_t i = 0; i < wishes->n; i++) {
		struct wish *w = wishes->v[i];

		if (g.component[w->from->number] ==
		    g.component[w->to->number])
			vec_push(&doubtful, w);
		else if (w->of == NULL || w->of->owner != NULL)
			needs_add(w->from, w->to);
	}
	if (doubtful.n > 0)
		grant_doubtful(p, &g, &doubtful);
	arena_free(g.mem);
}
