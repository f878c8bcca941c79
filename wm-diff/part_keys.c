#include "alter_impl.h"

#include "diag.h"
#include "needs.h"

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

/* Whether the table that the key comes from had it, and keeps it. */
static bool
root_keeps(struct alter *a, const struct fact *f, const struct con *key)
{
	struct bare *b = needs_bare(a->d, ID_RELATION, f->root_schema,
	    f->root);

	for (; b != NULL; b = b->next) {
		struct change *c = b->change;

		if (c->old != NULL && c->new != NULL &&
		    strcmp(c->new->kind->name, "table") == 0)
			return text_has_key(a->d, c, true, key) &&
			    text_has_key(a->d, c, false, key);
	}
	return false;
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
	if (f->kind != (char)k->kind || f->cols.n != k->cols.n)
		return false;
	for (size_t i = 0; i < k->cols.n; i++)
		if (strcmp(f->cols.v[i], k->cols.v[i]) != 0)
			return false;
	return true;
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

bool
alter_has_key(struct alter *a, const struct con *is)
{
	const struct table_facts *t = a->c->facts;
	struct fact *key = NULL;
	struct renaming *n;

	if ((is->kind != CON_PRIMARY && is->kind != CON_UNIQUE) || t == NULL ||
	    a->c->born)
		return false;
	for (size_t i = 0; i < t->inherited.n && key == NULL; i++) {
		struct fact *f = t->inherited.v[i];

		if (f->con != NULL || own(a, f))
			continue;
		/* what it leaves, it takes its key along from */
		if (same_key(f, is) && (a->left.n > 0 || root_keeps(a, f,
		    is)))
			key = f;
		else if (is->kind == CON_PRIMARY && f->kind == CON_PRIMARY)
			refuse_second(a, f);
	}
	if (key == NULL)
		return false;
	key->con = is;
	vec_push(&a->facts, key);
	if (strcmp(key->name, is->name) != 0) {
		n = arena_alloc(a->d->mem, sizeof(*n));
		n->from = key->name;
		n->to = is->name;
		vec_push(&a->renamings, n);
		key->name = is->name;
	}
	return true;
}
