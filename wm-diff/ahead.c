#include "ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fault.h"

/* Fewer are not worth a thread. */
#define MANY 20

struct ahead {
	struct vec changes;	/* of struct change * */
	atomic_size_t next;
};

struct worker {
	struct ahead *a;
	struct arena *mem;
	pthread_t thread;
};

/* Take one change after the other; each is touched by one thread only. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->a->next, 1)) < w->a->changes.n) {
		struct change *c = w->a->changes.v[i];

		parsed_fill(w->mem, c->new, &c->is);
		if (c->is.bad)
			continue;
		refs_of_stmts(w->mem, c->new->create, c->is.stmts, c->is.n,
		    &c->is.refs);
		c->is.refs_done = true;
	}
	return NULL;
}

void
ahead_parse(struct diff *d)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	struct ahead a = { .changes = VEC_INIT };
	struct worker w[AHEAD_MAX];
	size_t started = 0;

	/* failures on order are counted, so all has to happen in one order */
	if (n < 2 || fault_planned())
		return;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->record && c->new != NULL && !c->kept && (!c->adopted ||
		    c->old == NULL || c->old->create != c->new->create))
			vec_push(&a.changes, c);
	}
	if (a.changes.n >= MANY) {
		while (started < WM_LEN(w) && (long)started < n) {
			struct worker *k = &w[started];

			*k = (struct worker){ .a = &a, .mem = arena_new() };
			d->ahead[started] = k->mem;
			if (pthread_create(&k->thread, NULL, work, k) != 0)
				break;
			started++;
		}
		for (size_t i = 0; i < started; i++)
			pthread_join(w[i].thread, NULL);
	}
	vec_clear(&a.changes);
}

void
ahead_clear(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++)
		vec_clear(&((struct change *)d->all.v[i])->is.refs);
	for (size_t i = 0; i < WM_LEN(d->ahead); i++)
		arena_freep(&d->ahead[i]);
}
