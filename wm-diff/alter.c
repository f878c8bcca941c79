#include "alter_impl.h"

#include <limits.h>

#include "diag.h"
#include "hops.h"
#include "migrate.h"

static void
alter_clear(struct alter *a)
{
	vec_clear(&a->facts);
	vec_clear(&a->subs);
	vec_clear(&a->owned);
	vec_clear(&a->names);
	vec_clear(&a->renamings);
	vec_clear(&a->dropped);
	vec_clear(&a->sooner);
	vec_clear(&a->missing);
	vec_clear(&a->retyped);
	vec_clear(&a->typed);
	vec_clear(&a->behind);
	vec_clear(&a->copies);
	vec_clear(&a->behind_key);
	vec_clear(&a->remade);
	vec_clear(&a->moved);
	vec_clear(&a->first);
	vec_clear(&a->said);
	vec_clear(&a->left);
	vec_clear(&a->own);
	vec_clear(&a->gained);
	for (size_t i = 0; i < a->gained_cons.n; i++)
		vec_clear(&((struct con *)a->gained_cons.v[i])->cols);
	vec_clear(&a->gained_cons);
	table_clear(a->old);
}

static bool
shapes_differ(const struct table *x, const struct table *y)
{
	if (x->columns.n != y->columns.n)
		return true;
	for (size_t i = 0; i < x->columns.n; i++)
		if (table_column(y,
		    ((struct column *)x->columns.v[i])->name) == NULL)
			return true;
	return false;
}

/* The step is done: what it led to is what there is. */
static void
arrive(struct alter *a)
{
	struct table *was = a->old;

	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *k = a->new->columns.v[i];
		struct owned *o = alter_owned(a, k->name);

		if (table_column(was, k->name) == NULL) {
			alter_named(a, NULL, k->name);
			vec_push(&a->moved, k->name);
		}
		if (o == NULL && (k->serial || k->identity != 0)) {
			o = arena_alloc(a->d->mem, sizeof(*o));
			o->col = k->name;
			o->schema = a->new->id.schema;
			o->name = table_object_name(a->d->mem,
			    a->new->id.name, k->name, "seq");
			vec_push(&a->owned, o);
		}
		if (o != NULL)
			o->was = k->name;
	}
	a->renamings.n = a->dropped.n = a->sooner.n = a->retyped.n = 0;
	a->step_name = a->new->id.name;
	a->old = a->new;
	a->new = NULL;
	table_clear(was);
}

bool
alter_step(struct alter *a, const struct vec *commands, struct table *to)
{
	bool ok = true;

	a->new = to;
	a->c->shape = a->c->shape || shapes_differ(a->old, to);
	migrations(a, commands);
	alter_rest_names(a);
	a->main = a->c->alters.n;
	if (strcmp(a->fq, ident_text(a->d->mem, &to->id)) != 0) {
		alter_refuse(a, "its migrations lead to table %s", a->fq);
		ok = false;
	}
	ok = ok && alter_form(a) && alter_columns(a);
	if (ok) {
		alter_foreign_renames(a);
		alter_constraints(a);
		if (a->rebuild == NULL)
			alter_storage(a);
		else
			alter_gain(a);
		alter_rest(a);
		alter_flush(a);
		for (size_t i = 0; i < a->behind.n; i++)
			alter_do(a, "%s", (const char *)a->behind.v[i]);
		a->behind.n = 0;
		alter_sequences(a);
	}
	arrive(a);
	return ok;
}

/*
 * Those of a version's declared commands that have not run here; none where
 * its past was edited, which is refused.
 */
static void
pending(struct alter *a, const struct hop *h, struct vec *out)
{
	const struct vec *is = &h->o->delta, *was = &a->c->old->delta;
	size_t done = h->done, skip = 0;

	/* "from OLD" stands in front where the record has the old name yet */
	if (done > 0 || a->d->bundle == NULL)
		skip = a->c->renamed && (was->n == 0 ||
		    strncmp(was->v[0], "from ", 5) != 0);
	if (h->arrived)
		return;
	if (done > was->n)
		done = was->n;
	for (size_t i = 0; i < done && is->n > 0; i++) {
		if (i + skip < is->n &&
		    strcmp(is->v[i + skip], was->v[i]) == 0)
			continue;
		alter_refuse(a, "migration %zu, \"%s\", has run here and is "
		    "no longer declared as it was", i + 1,
		    (const char *)was->v[i]);
		diag_hint("Put it back, and declare what follows behind it; "
		    "or, if it has been released since, first bring the "
		    "database to that release.");
		return;
	}
	for (size_t i = done + skip; i < is->n; i++) {
		struct migration m;
		const char *why;

		if (vec_has(&a->c->taken, is->v[i])) {
			if (migrate_parse(a->d->mem, is->v[i], &m, &why))
				vec_push(&a->moved, m.col);
			continue;
		}
		if (h->made && migrate_parse(a->d->mem, is->v[i], &m, &why) &&
		    !hops_fills(&m))
			continue;
		vec_push(out, is->v[i]);
	}
}

/*
 * The structures that the way begins with and leads to; false where they
 * cannot be altered, which has been refused.
 */
static bool
begin(struct alter *a, struct parsed *was, struct parsed *is,
    struct table **out_to)
{
	struct change *c = a->c;
	struct table *to = table_parse(a->d->mem, c->new->create, is->stmts,
	    is->n);

	a->old = table_parse(a->d->mem, c->old->create, was->stmts, was->n);
	if (a->old == NULL || to == NULL || (!c->renamed &&
	    strcmp(ident_key(a->d->mem, &a->old->id),
	    ident_key(a->d->mem, &to->id)) != 0)) {
		alter_refuse(a, "its text is not one CREATE TABLE of that "
		    "name");
		table_clear(to);
		return false;
	}
	alter_expand(a->d, a->old, true, 0);
	alter_expand(a->d, to, false, 0);
	alter_complete(a->d, c, a->old, true);
	alter_complete(a->d, c, to, false);
	if (a->old->unknown != NULL || to->unknown != NULL) {
		alter_refuse(a, "it changes, and its definition has %s, which "
		    "cannot be altered yet", to->unknown ? to->unknown :
		    a->old->unknown);
		table_clear(to);
		return false;
	}
	for (size_t i = 0; i < a->old->columns.n; i++)
		vec_push(&a->first,
		    ((struct column *)a->old->columns.v[i])->name);
	a->was_id = a->old->id;
	a->parted = json_get(a->old->node, "partspec") != NULL;
	a->step_name = a->old->id.name;
	a->fq = a->was_fq = ident_text(a->d->mem, &a->old->id);
	*out_to = to;
	return true;
}

/* The structure of a version on the way; NULL once it has been refused. */
static struct table *
structure_of_hop(struct alter *a, const struct hop *h)
{
	struct table *t = table_read(a->d->mem, h->o->create);

	if (t != NULL)
		alter_expand(a->d, t, false, 0);
	if (t != NULL && t->unknown == NULL)
		return t;
	alter_refuse(a, "version %d of it, of release %d, cannot be read%s%s",
	    h->o->obj_ver, h->o->min_rel, t ? ": it has " : "",
	    t ? t->unknown : "");
	diag_hint("Bring the database to release %d first.", h->o->min_rel);
	table_clear(t);
	return NULL;
}

/*
 * Where a step, or several that only pass on, begins.
 *
 * to   the structure of the first of them
 */
static void
set_out(struct alter *a, size_t first, const struct table *to,
    const struct table *last)
{
	const struct vec *hops = &a->c->hops;
	struct table *t;
	size_t i = first;

	while (i + 1 < hops->n && !((const struct hop *)hops->v[i])->settle)
		i++;
	if (i == first || i + 1 == hops->n) {
		alter_rest_back(a, i == first ? to : last);
		return;
	}
	t = structure_of_hop(a, hops->v[i]);
	if (t != NULL)
		alter_rest_back(a, t);
	table_clear(t);
}

/* All the steps from the recorded version to the last, which is given away. */
static bool
walk(struct alter *a, struct table *last)
{
	const struct vec *hops = &a->c->hops;
	bool ok = true, standing = true;

	a->since = INT_MIN;
	for (size_t i = 0; ok && i < hops->n; i++) {
		const struct hop *h = hops->v[i];
		bool end = i + 1 == hops->n;
		struct table *to = end ? last : structure_of_hop(a, h);
		WM_VEC commands = VEC_INIT;

		if (to == NULL)
			break;
		a->release = h->release;
		if (standing)
			set_out(a, i, to, last);
		standing = end || h->settle;
		pending(a, h, &commands);
		if (end || h->settle) {
			ok = alter_step(a, &commands, to);
			a->since = h->release;
		} else
			alter_pass(a, &commands, to, i + 1);
		if (end)
			return ok;
	}
	table_clear(last);
	return ok;
}

/* The new table takes over what the old one has: that is restored first. */
static bool
restore_and_rebuild(struct alter *a)
{
	WM_VEC one = VEC_INIT;

	vec_push(&one, a->c);
	return alter_attached(a->d, &one) && alter_rebuild(a);
}

/* Columns of the catalog that have got other names on the way. */
static void
note_renames(struct alter *a)
{
	for (size_t i = 0; i < a->names.n; i++) {
		const struct naming *n = a->names.v[i];
		struct alter_column *t;

		if (n->was == NULL || strcmp(n->was, n->now) == 0)
			continue;
		t = arena_alloc(a->d->mem, sizeof(*t));
		t->schema = a->was_id.schema;
		t->table = a->was_id.name;
		t->name = n->was;
		t->to = n->now;
		vec_push(&a->c->renames, t);
	}
}

bool
alter_table(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	struct alter a = { .d = d, .c = c,
		.cmd_nam = shell_word(d->mem, c->new->nam) };
	struct table *to;
	bool ok = false;

	if (!begin(&a, was, is, &to)) {
		alter_clear(&a);
		return true;
	}
	if (alter_load(&a) && alter_parents(&a, to)) {
		alter_sequences_early(&a, to);
		ok = walk(&a, to);
	} else
		table_clear(to);
	if (ok) {
		note_renames(&a);
		alter_indexes(&a);
		alter_restore(&a);
		alter_inherited_names(&a);
		ok = a.rebuild == NULL || restore_and_rebuild(&a);
	}
	if (ok && (c->alters.n > 0 || c->early.n > 0 || c->touched.n > 0))
		c->fate = FATE_ALTER;
	alter_clear(&a);
	return ok;
}
