/*
 * Declared commands that say how a column's values become those of a type that
 * is made anew: the column moves over by them, as it could not do without.
 */
#include "swap.h"

#include "alter_impl.h"
#include "hops.h"
#include "migrate.h"

/* A type as a command names it; NULL where that cannot be read. */
static const struct json *
type_of(struct diff *d, const char *type, struct table **out)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *sql = arena_printf(d->mem, "create table t (c %s\n)",
	    type);

	*out = sql_parse(d->mem, sql, &st, &n, &err) ?
	    table_parse(d->mem, sql, st, n) : NULL;
	return *out != NULL && (*out)->columns.n == 1 ?
	    ((struct column *)(*out)->columns.v[0])->type : NULL;
}

static bool
is_type(struct diff *d, const char *type, const struct ident *id, bool array)
{
	struct table *a, *b;
	const struct json *x = type_of(d, type, &a);
	const struct json *y = type_of(d, arena_printf(d->mem, "%s%s",
	    ident_text(d->mem, id), array ? "[]" : ""), &b);
	bool same = x != NULL && y != NULL && type_equal(x, y);

	table_clear(a);
	table_clear(b);
	return same;
}

const char *
swap_using(struct diff *d, struct change *table, const char *col,
    const struct ident *type, bool array, bool *out_typed)
{
	for (size_t i = 0; !table->renamed && i < table->hops.n; i++) {
		const struct hop *h = table->hops.v[i];

		for (size_t k = h->done; !h->arrived && k < h->o->delta.n;
		    k++) {
			struct migration *m = arena_alloc(d->mem, sizeof(*m));
			const char *why;

			if (vec_has(&table->taken, h->o->delta.v[k]))
				continue;
			if (!migrate_parse(d->mem, h->o->delta.v[k], m, &why))
				return NULL;
			if (m->verb == MIGRATE_CHECK)
				continue;
			*out_typed = m->verb == MIGRATE_TYPE;
			/* what comes before may be what it reads */
			if ((!*out_typed && m->verb != MIGRATE_UPDATE) ||
			    strcmp(m->col, col) != 0 || m->expr == NULL ||
			    (*out_typed && !is_type(d, m->type, type, array)))
				return NULL;
			vec_push(&table->taken, h->o->delta.v[k]);
			return m->expr;
		}
	}
	return NULL;
}
