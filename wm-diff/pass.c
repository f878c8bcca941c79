#include "alter_impl.h"

#include "hops.h"
#include "migrate.h"

/*
 * Whether a column goes again before anything looks at it: a later version
 * drops it, or simply has it no more.
 */
static bool
short_lived(struct alter *a, size_t next, const char *name)
{
	const struct vec *hops = &a->c->hops;
	const struct hop *last = hops->v[hops->n - 1];
	struct table *t;
	bool stays;

	for (size_t i = next; i < hops->n; i++) {
		const struct hop *h = hops->v[i];

		if (h->writes)
			return false;
		for (size_t k = 0; k < h->o->delta.n; k++) {
			struct migration m;
			const char *why;

			if (!migrate_parse(a->d->mem, h->o->delta.v[k], &m,
			    &why) || m.col == NULL ||
			    strcmp(m.col, name) != 0)
				continue;
			if (m.verb == MIGRATE_DROP)
				return true;
			if (m.verb == MIGRATE_RENAME)
				name = m.to;
		}
	}
	t = table_read(a->d->mem, last->o->create);
	stays = t == NULL || table_column(t, name) != NULL;
	table_clear(t);
	return !stays;
}

void
alter_pass(struct alter *a, const struct vec *commands, struct table *to,
    size_t next)
{
	a->new = to;
	migrations(a, commands);
	for (size_t i = 0; i < to->columns.n; i++) {
		struct column *k = arena_alloc(a->d->mem, sizeof(*k));

		*k = *(struct column *)to->columns.v[i];
		if (table_column(a->old, k->name) != NULL ||
		    short_lived(a, next, k->name))
			continue;
		alter_add_column(a, k, NULL);
		vec_push(&a->old->columns, k);
		alter_named(a, NULL, k->name);
		vec_push(&a->moved, k->name);
		a->c->shape = true;
	}
	a->new = NULL;
	table_clear(to);
}
