#include "leavers.h"

#include <assert.h>

#include "closure.h"
#include "commands.h"
#include "extensions.h"
#include "hops.h"
#include "needs.h"
#include "table.h"

/*
 * What waits while something new takes its name: a type steps aside. A relation
 * has a type of its name as well.
 */
static void
free_name(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);
	struct ident aside;
	struct object *o;

	if (id == NULL || id->cls != ID_TYPE || (needs_bare(d, ID_TYPE,
	    id->schema, id->name) == NULL && needs_bare(d, ID_RELATION,
	    id->schema, id->name) == NULL))
		return;
	aside = *id;
	aside.name = table_object_name(d->mem, id->name, NULL, "old");
	c->aside = arena_printf(d->mem, "alter type %s rename to %s",
	    ident_text(d->mem, id), sql_quoted(d->mem, aside.name));
	o = arena_alloc(d->mem, sizeof(*o));
	*o = *c->old;
	o->drop = arena_printf(d->mem, "drop type %s;", ident_text(d->mem,
	    &aside));
	c->old = o;
}

/* Something goes when the last of a table's own steps has run. */
static void
wait(struct diff *d, struct change *table, struct change *on)
{
	struct use *u = arena_alloc(d->mem, sizeof(*u));
	WM_VEC below = VEC_INIT;
	bool was = on->late;

	u->on = on;
	u->release = ((struct hop *)table->hops.v[table->hops.n - 1])->release;
	vec_push(&table->uses, u);
	on->late = true;
	if (was)
		return;
	free_name(d, on);
	/* and so does what that stands on, such as a schema */
	needs_old(d, on, &below);
	for (size_t i = 0; i < below.n; i++) {
		struct change *o = below.v[i];

		if (o != NULL && o->new == NULL && o->old->built)
			wait(d, table, o);
	}
}

/* A schema that goes has to wait for the table that moves out of it. */
static void
wait_for_move(struct diff *d, struct change *c)
{
	const char *was, *is, *name;
	struct change *schema;

	if (!c->renamed || c->hops.n == 0)
		return;
	assert(c->old != NULL && c->new != NULL);
	ident_split(d->mem, c->old->nam, &was, &name);
	ident_split(d->mem, c->new->nam, &is, &name);
	schema = map_get(&d->by_key, arena_printf(d->mem, "schema:%s", was));
	if (strcmp(was, is) == 0 || schema == NULL || schema->new != NULL)
		return;
	wait(d, c, schema);
}

/*
 * A type or function that goes has to wait for the table whose columns,
 * defaults, checks do without it from now on; so does an operator class of its
 * partition key.
 */
static void
wait_for_leave(struct diff *d, struct change *c)
{
	const int classes = ID_TYPE | ID_FUNCTION | ID_COLLATION |
	    ID_OPCLASS;
	WM_VEC on = VEC_INIT;

	needs_old(d, c, &on);
	for (size_t i = 0; i < on.n; i++) {
		struct change *o = on.v[i];
		const struct ident *id = o != NULL && o->new == NULL &&
		    o->old->built ? change_ident(d, o, true) : NULL;

		if (id == NULL || ((int)id->cls & classes) == 0 ||
		    closure_names(d, c, o))
			continue;
		/* who names it without a type must not find it any more */
		if (id->cls == ID_FUNCTION && needs_bare(d, id->cls,
		    id->schema, id->name) != NULL)
			continue;
		wait(d, c, o);
	}
}

/* Which of the members a table has, only the server knows. */
static void
wait_for_extensions(struct diff *d, struct change *c)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *o = d->all.v[i];

		if (o->new == NULL && o->old != NULL && o->old->built &&
		    strcmp(o->old->kind->name, "extension") == 0 &&
		    (o->late || !extensions_clash(d, o)))
			wait(d, c, o);
	}
}

void
leavers_find(struct diff *d)
{
	size_t gone = 0;

	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		gone += c->new == NULL && c->old != NULL && c->old->built;
	}
	for (size_t i = 0; gone > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		wait_for_move(d, c);
		if (c->old == NULL || c->new == NULL || c->born ||
		    c->hops.n == 0 || strcmp(c->new->kind->name, "table") != 0)
			continue;
		wait_for_leave(d, c);
		wait_for_extensions(d, c);
	}
}
