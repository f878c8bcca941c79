/*
 * order.h - a topological order that keeps the given order where it can.
 */
#ifndef WM_ORDER_H
#define WM_ORDER_H

#include "wm.h"

#include "vec.h"

struct arena;
struct graph;

/* graph_new - n nodes, 0 to n - 1, without edges; lives in the arena. */
struct graph *graph_new(struct arena *mem, size_t n);

/*
 * graph_edge - node `after` comes behind node `before`.
 *
 * hard   false: a wish, given up where it would close a circle
 */
void graph_edge(struct graph *g, size_t before, size_t after, bool hard);

/*
 * graph_sort - nodes in an order that keeps all hard edges; among what is
 * ready, the lowest number comes first. O((n + edges) log n).
 *
 * out_order   n numbers, in the arena
 * out_cycle   on failure, numbers of the members of one circle of hard edges,
 *             each a node that the one before it waits for
 *
 * Returns false, silently, where hard edges form a circle.
 */
WM_MUST bool graph_sort(struct graph *g, size_t **out_order,
    size_t **out_cycle, size_t *out_cycle_n);

#endif
