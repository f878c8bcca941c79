/*
 * Orders of a graph, with circles of wishes and of hard edges.
 */
#include "order.h"

#include "arena.h"
#include "tap.h"

/*
 * Edges as "0<1" (1 comes behind 0; a wish) and "0<<1" (hard), divided by
 * blanks; a number has one digit. The order, or "circle" and its members.
 */
static void
sorts(size_t n, const char *edges, const char *want)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct graph *g = graph_new(mem, n);
	size_t *order, *cycle, n_cycle = 0;
	char got[100] = "";
	size_t len = 0;

	for (const char *s = edges; *s != '\0'; s += s[0] == ' ') {
		bool hard = s[2] == '<';
		const char *to = s + (hard ? 3 : 2);

		graph_edge(g, (size_t)(s[0] - '0'), (size_t)(to[0] - '0'),
		    hard);
		s = to + 1;
	}
	if (graph_sort(g, &order, &cycle, &n_cycle))
		for (size_t i = 0; i < n; i++)
			got[len++] = (char)('0' + order[i]);
	else {
		len = (size_t)snprintf(got, sizeof(got), "circle ");
		for (size_t i = 0; i < n_cycle; i++)
			got[len++] = (char)('0' + cycle[i]);
	}
	got[len] = '\0';
	is(got, want, *edges ? edges : "no edges");
}

int
main(void)
{
	sorts(0, "", "");
	sorts(3, "", "012");
	sorts(4, "3<0 2<1", "2130");
	sorts(4, "3<<0 2<<1", "2130");
	/* a circle: the lowest that nothing hard holds back */
	sorts(3, "0<1 1<2 2<0", "012");
	sorts(3, "0<1 1<2 2<<0", "120");
	sorts(2, "0<1 1<<0", "10");
	/* what stands behind a circle waits for it */
	sorts(3, "1<2 2<1 1<0", "102");
	sorts(3, "1<2 2<1 2<0", "120");
	sorts(5, "3<4 4<3 4<1 1<2 2<1 2<0", "34120");
	sorts(5, "3<4 4<<3 4<1 1<2 2<<1 2<0", "43201");
	/* two ways around */
	sorts(4, "0<1 1<0 0<2 2<3 3<0", "0123");
	/* no order */
	sorts(2, "0<<1 1<<0", "circle 01");
	sorts(4, "1<<2 2<<3 3<<1 3<0", "circle 321");
	sorts(4, "1<<2 2<<1 2<0 0<3 3<0", "circle 21");
	return tap_done();
}
