#include "sql_heirs.h"

#include "sql_needs.h"
#include "sql_owner.h"

void
heirs_find(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i], *on;

		for (size_t k = 0; k < m->parents.n && !m->gone; k++) {
			on = sql_find(p, m->parents.v[k]);
			if (on != NULL)
				vec_push(&on->heirs, m);
		}
	}
}

/*
 * All below a table, created so or attached before the statement that is being
 * resolved: of those attached, what attaches them.
 *
 * before   objects that had been made
 * later    gets those that were not among them; NULL: nobody asks
 */
static void
all_below(const struct parse *p, struct made *top, size_t before,
    struct vec *out, struct vec *later)
{
	WM_VEC todo = VEC_INIT;

	vec_push(&todo, top);
	for (size_t i = 0; i < todo.n; i++) {
		const struct made *t = todo.v[i];

		for (size_t k = 0; k < t->heirs.n; k++) {
			struct made *m = t->heirs.v[k];

			if (vec_has(&todo, m))
				continue;
			vec_push(&todo, m);
			if (m->place < before)
				vec_push(out, m);
			else if (later != NULL)
				vec_push(later, m);
		}
	}
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		for (size_t k = 0; k < todo.n && m->partition != NULL; k++)
			if (owner_parent(p, m) == todo.v[k]) {
				vec_push(out, m->partition);
				break;
			}
	}
}

/* How many statements attach something to a table's key. */
static size_t
parts_attached(const struct parse *p, const struct made *t, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < p->sql.attached.n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		n += a->tag != NULL && a->parent != NULL &&
		    strcmp(a->parent, key) == 0 &&
		    strcmp(a->parent_schema, t->id.schema) == 0;
	}
	return n;
}

/*
 * Of a key without those of its partitions: where each of these attaches one,
 * those that are attached themselves do it then; else it comes behind them all.
 * Tables that only inherit have nothing of it.
 */
static void
with_own_keys(const struct parse *p, const struct made *t, const char *key,
    struct vec *before)
{
	size_t direct = 0, n = 0;

	for (size_t i = 0; i < before->n; i++) {
		struct made *m = before->v[i];

		direct += owner_parent(p, m) == t;
		if (m->parent != NULL)
			before->v[n++] = m;
	}
	before->n = n;
	n = 0;
	if (parts_attached(p, t, key) < direct)
		return;
	for (size_t i = 0; i < before->n; i++) {
		struct made *m = before->v[i];

		if (strcmp(m->o->kind->name, "partition") != 0)
			before->v[n++] = m;
	}
	before->n = n;
}

static void
register_name(struct parse *p, struct made *m, const struct attached *a,
    const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = a->id.schema,
		.name = name };

	if (sql_bare(p, ID_RELATION, id.schema, id.name) == NULL)
		sql_register(p, m, &id);
}

bool
heirs_wait(struct parse *p, struct attached *a)
{
	struct made *t = a->heirs == HEIRS_ALL ? NULL : sql_find(p, &a->id);
	WM_VEC before = VEC_INIT;
	WM_VEC later = VEC_INIT;
	struct made *m;

	if (t == NULL || t->foreign)
		return false;
	all_below(p, t, a->made, &before, &later);
	if (before.n == 0)
		return false;
	if (a->constraint == NULL)
		constraint_name(p, a, t);
	if (a->constraint == NULL)
		return false;
	if (a->heirs == HEIRS_WITHOUT)
		with_own_keys(p, t, a->constraint, &before);
	if (before.n == 0)
		return false;
	owner_separate(p, a);
	m = p->sql.made.v[p->sql.made.n - 1];
	m->place = a->made;
	for (size_t i = 0; i < before.n; i++)
		needs_add(m, before.v[i]);
	for (size_t i = 0; i < later.n; i++)
		needs_add(later.v[i], m);
	if (a->heirs == HEIRS_WITHOUT)
		register_name(p, m, a, a->constraint);
	vec_push(&t->waiting, m);
	return true;
}

void
heirs_join(struct parse *p, struct made *m)
{
	const struct made *t = sql_bare(p, ID_RELATION, m->parent_schema,
	    m->parent);

	for (; t != NULL; t = owner_parent(p, t))
		for (size_t i = 0; i < t->waiting.n; i++)
			needs_add(m, t->waiting.v[i]);
}
