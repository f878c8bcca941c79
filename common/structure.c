#include "structure.h"

#include "arena.h"
#include "sql.h"
#include "table.h"

static size_t
find(const struct structure *s, const char *name)
{
	size_t i = 0;

	while (i < s->columns.n && strcmp(s->columns.v[i], name) != 0)
		i++;
	return i;
}

bool
structure_of(struct structure *s, struct arena *mem, const char *create)
{
	struct table *t = table_read(mem, create);

	memset(s, 0, sizeof(*s));
	s->mem = mem;
	if (t == NULL)
		return false;
	for (size_t i = 0; i < t->columns.n; i++)
		vec_push(&s->columns, ((struct column *)t->columns.v[i])->name);
	/* columns may come from elsewhere: a parent, a type, LIKE */
	s->open = t->unknown != NULL ||
	    json_get(t->node, "inhRelations") != NULL;
	table_clear(t);
	return true;
}

void
structure_clear(struct structure *s)
{
	vec_clear(&s->columns);
	vec_clear(&s->coming);
}

void
structure_leads_to(struct structure *s, const char *create)
{
	struct structure to;

	if (!structure_of(&to, s->mem, create))
		return;
	for (size_t i = 0; i < to.columns.n; i++)
		vec_push(&s->coming, to.columns.v[i]);
	structure_clear(&to);
}

/* split and merge: some columns go, others come. */
static bool
turn(struct structure *s, const struct migration *m, const char **out_error)
{
	for (size_t i = 0; i < m->n_from; i++)
		if (find(s, m->from[i]) == s->columns.n && !s->open) {
			*out_error = arena_printf(s->mem, "there is no column "
			    "\"%s\"", m->from[i]);
			return false;
		}
	for (size_t i = 0; i < m->n_from; i++) {
		size_t at = find(s, m->from[i]);

		if (at == s->columns.n)
			continue;
		memmove(&s->columns.v[at], &s->columns.v[at + 1],
		    (s->columns.n - at - 1) * sizeof(void *));
		s->columns.n--;
	}
	for (size_t i = 0; i < m->n_parts; i++)
		if (find(s, m->parts[i].col) == s->columns.n)
			vec_push(&s->columns, m->parts[i].col);
	return true;
}

bool
structure_apply(struct structure *s, const struct migration *m,
    const char **out_error)
{
	size_t at = m->col ? find(s, m->col) : 0;
	bool there = m->col != NULL && at < s->columns.n;

	switch (m->verb) {
	case MIGRATE_SQL:
	case MIGRATE_ALTER:
		s->open = true;
		return true;
	case MIGRATE_CHECK:
	case MIGRATE_FROM:
	case MIGRATE_RENAME_TABLE:
	case MIGRATE_MOVE:
		return true;
	case MIGRATE_ADD:
		if (there && !s->open) {
			*out_error = arena_printf(s->mem, "column \"%s\" is "
			    "there already", m->col);
			return false;
		}
		if (!there)
			vec_push(&s->columns, m->col);
		return true;
	default:
		break;
	}
	if (!there && m->verb == MIGRATE_UPDATE &&
	    vec_has_string(&s->coming, m->col)) {
		vec_push(&s->columns, (void *)(uintptr_t)m->col);
		return true;
	}
	if (m->verb == MIGRATE_TURN)
		return turn(s, m, out_error);
	if (!there && !s->open) {
		*out_error = arena_printf(s->mem, "there is no column \"%s\"",
		    m->col);
		return false;
	}
	if (!there)
		return true;
	if (m->verb == MIGRATE_DROP) {
		memmove(&s->columns.v[at], &s->columns.v[at + 1],
		    (s->columns.n - at - 1) * sizeof(void *));
		s->columns.n--;
	} else if (m->verb == MIGRATE_RENAME) {
		if (find(s, m->to) < s->columns.n && !s->open) {
			*out_error = arena_printf(s->mem, "column \"%s\" is "
			    "there already", m->to);
			return false;
		}
		s->columns.v[at] = (void *)(uintptr_t)m->to;
	}
	return true;
}
