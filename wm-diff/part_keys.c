#include "alter_impl.h"

#include "diag.h"

/* Whether one side's text of a table has a key as another table has it. */
static bool
text_has_key(struct diff *d, struct change *c, bool old, const struct con *key)
{
	struct table *t = change_table(d, c, old);
	bool found = false;

	if (t == NULL)
		return false;
	alter_expand(d, t, old, 0);
	for (size_t i = 0; i < t->cons.n; i++)
		found = found || con_equal(t->cons.v[i], key);
	table_clear(t);
	return found;
}

/* The nearest of the tables above that has or had a key; NULL: none. */
static struct change *
above_with(struct alter *a, bool old, const struct con *key)
{
	struct change *c = a->c;
	struct alter_place at;

	while (alter_place(a->d, c, old, &at) && (c = at.table) != NULL)
		if ((old ? c->old : c->new) != NULL && text_has_key(a->d, c,
		    old, key))
			return c;
	return NULL;
}

/*
 * Whether the table that the key comes from had it, and keeps it; those in
 * between may have come to say it as well.
 */
static bool
root_keeps(struct alter *a, const struct con *key)
{
	const struct change *t = above_with(a, true, key);
	struct change *c = a->c;
	struct alter_place at;

	while (t != NULL && alter_place(a->d, c, false, &at) &&
	    (c = at.table) != NULL)
		if (c == t)
			return c->new != NULL && text_has_key(a->d, c, false,
			    key);
	return false;
}

/* The table above that has a primary key by its new text; NULL: none. */
static struct change *
primary_above(struct alter *a)
{
	struct change *c = a->c, *found = NULL;
	struct alter_place at;

	while (found == NULL && alter_place(a->d, c, false, &at) &&
	    (c = at.table) != NULL) {
		struct table *t = change_table(a->d, c, false);

		for (size_t i = 0; t != NULL && i < t->cons.n; i++)
			if (((struct con *)t->cons.v[i])->kind == CON_PRIMARY)
				found = c;
		table_clear(t);
	}
	return found;
}

/* Whether the partition's own text has said the key, and it was attached. */
static bool
own(const struct alter *a, const struct fact *f)
{
	for (size_t i = 0; i < a->old->cons.n; i++)
		if (strcmp(((const struct con *)a->old->cons.v[i])->name,
		    f->name) == 0)
			return true;
	return false;
}

static bool
same_key(const struct fact *f, const struct con *k)
{
	return f->kind == (char)k->kind && vec_same_strings(&f->cols,
	    &k->cols);
}

static void
refuse_second(struct alter *a, const struct fact *f)
{
	alter_refuse(a, "it is to have a primary key of its own, and has one "
	    "already, \"%s\", through table \"%s.%s\"", f->name,
	    f->root_schema, f->root);
	diag_hint("Write the same key for both tables; or first take that of "
	    "\"%s.%s\" away, in a change of its own.", f->root_schema,
	    f->root);
}

static void
rename_key(struct alter *a, struct fact *f, const char *name)
{
	struct renaming *n;

	if (strcmp(f->name, name) == 0)
		return;
	n = arena_alloc(a->d->mem, sizeof(*n));
	n->from = f->name;
	n->to = name;
	vec_push(&a->renamings, n);
	f->name = name;
}

bool
alter_has_key(struct alter *a, const struct con *is)
{
	const struct table_facts *t = a->c->facts;
	struct fact *key = NULL;

	if ((is->kind != CON_PRIMARY && is->kind != CON_UNIQUE) || t == NULL ||
	    a->c->born)
		return false;
	for (size_t i = 0; i < t->inherited.n && key == NULL; i++) {
		struct fact *f = t->inherited.v[i];

		if (f->con != NULL || own(a, f))
			continue;
		/* what it leaves, it takes its key along from */
		if (same_key(f, is) && (a->left.n > 0 || root_keeps(a, is)))
			key = f;
		else if (is->kind == CON_PRIMARY && f->kind == CON_PRIMARY &&
		    primary_above(a) != NULL)
			refuse_second(a, f);
	}
	if (key == NULL)
		return false;
	key->con = is;
	vec_push(&a->facts, key);
	rename_key(a, key, is->name);
	return true;
}

/* A key that the partition has as part of another table's. */
static struct fact *
part_fact(const struct alter *a, const char *name)
{
	const struct vec *list = a->c->facts ? &a->c->facts->inherited : NULL;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		struct fact *f = list->v[i];

		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

bool
alter_taken_in(struct alter *a, const struct con *was, struct fact *f)
{
	if ((was->kind != CON_PRIMARY && was->kind != CON_UNIQUE) ||
	    a->left.n > 0 || a->c->born || above_with(a, false, was) == NULL)
		return false;
	if (f == NULL)
		f = part_fact(a, was->name);
	if (f != NULL)
		rename_key(a, f, con_object_name(a->d->mem,
		    a->old->id.name, was, 0));
	return true;
}

bool
alter_gives_way(struct alter *a, const struct con *was, const struct fact *f)
{
	if (was->kind != CON_PRIMARY || f == NULL || f->was == NULL ||
	    a->c->born || primary_above(a) == NULL)
		return false;
	a->c->gives_way = arena_printf(a->d->mem, "alter table %s drop "
	    "constraint %s", a->was_fq, sql_quoted(a->d->mem, f->was));
	return true;
}

/* A statement in front of all others of a change. */
static void
put_first(struct diff *d, struct change *t, const char *sql)
{
	struct alter_stmt *s = arena_alloc(d->mem, sizeof(*s));
	struct vec *v = &t->alters;

	s->sql = sql;
	s->lock = "AccessExclusiveLock";
	s->release = ((struct alter_stmt *)v->v[0])->release;
	vec_push(v, s);
	memmove(v->v + 1, v->v, (v->n - 1) * sizeof(*v->v));
	v->v[0] = s;
}

void
alter_keys_first(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i], *t = c;
		struct alter_place at;

		if (c->gives_way == NULL)
			continue;
		while (alter_place(d, t, false, &at) && at.table != NULL)
			t = at.table;
		if (t != c && t->alters.n > 0)
			put_first(d, t, c->gives_way);
		else
			vec_push(&c->early, c->gives_way);
	}
}
