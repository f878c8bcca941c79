#include "tables.h"

#include "casts_known.h"
#include "diag.h"
#include "migrate.h"
#include "next.h"
#include "structure.h"
#include "table.h"

/* One table on its way. */
struct way {
	struct arena *mem;
	const struct object *was, *is;
	struct table *old, *new;
	struct vec commands;	/* of struct migration * */
};

/* --- casts that assignment does, between types every server has ---------- */

/* Types of which all pairs, to and fro, are known here. */
static const char *const known[] = { "int2", "int4", "int8", "float4",
	"float8", "numeric", "money", "bool", "text", "varchar", "bpchar",
	"date", "timestamp", "timestamptz", "time", "timetz", "interval",
	"json", "jsonb", "uuid", "bytea", "inet", "cidr" };
static bool
is_in(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

/* Name of a type that is no array; NULL: some other one. */
static const char *
plain(const struct json *type)
{
	const struct json *names = json_get(type, "names");

	return names == NULL || names->last == NULL ||
	    json_get(type, "arrayBounds") != NULL ? NULL :
	    sql_string(names->last);
}

/* Whether it is sure that no assignment casts one to the other. */
static bool
never_casts(const struct json *from, const struct json *to)
{
	const char *a = plain(from), *b = plain(to);

	if (a == NULL || b == NULL || strcmp(a, b) == 0 ||
	    !is_in(known, WM_LEN(known), a) || !is_in(known, WM_LEN(known), b))
		return false;
	return !cast_string(b) && cast_known(a, b) == NULL;
}

/* --- one table ----------------------------------------------------------- */

/*
 * The column that one of the new table was in the old one; NULL where it was
 * none, or where a command says what becomes of it.
 */
static const struct column *
ancestor(const struct way *w, const char *name)
{
	for (size_t i = w->commands.n; i-- > 0;) {
		const struct migration *m = w->commands.v[i];

		if (m->verb == MIGRATE_RENAME && strcmp(m->to, name) == 0)
			name = m->col;
		else if ((m->verb == MIGRATE_TYPE || m->verb == MIGRATE_ADD)
		    && strcmp(m->col, name) == 0)
			return NULL;
		for (size_t k = 0; k < m->n_parts; k++)
			if (strcmp(m->parts[k].col, name) == 0)
				return NULL;
	}
	return table_column(w->old, name);
}

static void
check_types(const struct way *w)
{
	for (size_t i = 0; i < w->new->columns.n; i++) {
		const struct column *is = w->new->columns.v[i];
		const struct column *was = ancestor(w, is->name);

		if (was == NULL || !never_casts(was->type, is->type))
			continue;
		diag_refuse(&w->is->loc, "table \"%s\": column \"%s\" changes "
		    "type %s to %s without a conversion", w->is->nam, is->name,
		    was->type_text, is->type_text);
		diag_hint("Say how: wm-migrate %s type %s '%s' using "
		    "'%s::%s'", w->is->nam, is->name, is->type_text, is->name,
		    is->type_text);
	}
}

/* A new column that a vanished one may have become. */
static const char *
heir(const struct way *w, const struct structure *s, const char *gone)
{
	const struct column *was = table_column(w->old, gone);
	const char *found = NULL;

	for (size_t i = 0; was != NULL && i < w->new->columns.n; i++) {
		const struct column *is = w->new->columns.v[i];
		bool there = false;

		for (size_t k = 0; k < s->columns.n; k++)
			there = there || strcmp(s->columns.v[k],
			    is->name) == 0;
		if (there || !type_equal(was->type, is->type))
			continue;
		if (found != NULL)
			return NULL;
		found = is->name;
	}
	return found;
}

static void
check_columns(const struct way *w, const struct structure *s)
{
	for (size_t i = 0; i < s->columns.n; i++) {
		const char *name = s->columns.v[i], *to;

		if (table_column(w->new, name) != NULL)
			continue;
		to = heir(w, s, name);
		diag_refuse(&w->is->loc, "table \"%s\": column \"%s\" is gone, "
		    "and nothing says what becomes of its data", w->is->nam,
		    name);
		if (to != NULL)
			diag_hint("If it has a new name: wm-migrate %s rename "
			    "%s %s", w->is->nam, name, to);
		diag_hint("If its data may go: wm-migrate %s drop %s",
		    w->is->nam, name);
	}
}

/* Do to the old columns what is declared. */
static bool
run_commands(struct way *w, struct structure *s)
{
	for (size_t i = 0; i < w->is->delta.n; i++) {
		struct migration *m = arena_alloc(w->mem, sizeof(*m));
		const char *why;

		if (!migrate_parse(w->mem, w->is->delta.v[i], m, &why) ||
		    !structure_apply(s, m, &why)) {
			diag_refuse(&w->is->loc, "table \"%s\": migration "
			    "\"%s\" cannot run: %s", w->is->nam,
			    (const char *)w->is->delta.v[i], why);
			return false;
		}
		vec_push(&w->commands, m);
	}
	return true;
}

static void
check_table(struct way *w)
{
	struct structure s;

	if (!structure_of(&s, w->mem, w->was->create))
		return;
	structure_leads_to(&s, w->is->create);
	w->old = table_read(w->mem, w->was->create);
	w->new = table_read(w->mem, w->is->create);
	if (w->old != NULL && w->new != NULL && run_commands(w, &s) &&
	    !s.open && w->new->unknown == NULL &&
	    json_get(w->new->node, "inhRelations") == NULL) {
		check_columns(w, &s);
		check_types(w);
	}
	if (w->old != NULL)
		table_clear(w->old);
	if (w->new != NULL)
		table_clear(w->new);
	vec_clear(&w->commands);
	structure_clear(&s);
}

bool
tables_check(struct session *s, const struct model *list)
{
	/* trees of SQL are large: those of one table at a time */
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	int before = diag_refused();

	for (size_t i = 0; i < list->objects.n; i++) {
		struct way w = { .mem = mem, .is = list->objects.v[i] };

		if (strcmp(w.is->kind->name, "table") != 0)
			continue;
		w.was = next_was(s, list, w.is);
		/* commands of a table that is new have nothing to work on */
		if (w.was != NULL && (w.is->delta.n > 0 ||
		    strcmp(w.was->create, w.is->create) != 0))
			check_table(&w);
		arena_reset(mem);
	}
	return diag_refused() == before;
}
