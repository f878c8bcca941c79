#include "migrate_cmd.h"

#include "arena.h"
#include "diag.h"
#include "migrate.h"

bool
known_structure(const struct known *k, const char *table,
    struct structure *out, size_t *out_done)
{
	const char *key = arena_printf(k->mem, "table:%s", table);
	const struct object *o = k->have_record ?
	    model_get(&k->record, key) : NULL;

	*out_done = o != NULL ? (size_t)o->del_idx : 0;
	return o != NULL && structure_of(out, k->mem, o->create);
}

/* Columns known by the source: what a command makes has to end up there. */
static void
warn_unknown(const struct known *k, const char *table, const char *col)
{
	const struct object *o = model_get(&k->source,
	    arena_printf(k->mem, "table:%s", table));
	struct structure s;
	bool found = false;

	if (o == NULL || !structure_of(&s, k->mem, o->create))
		return;
	for (size_t i = 0; i < s.columns.n; i++)
		found = found || strcmp(s.columns.v[i], col) == 0;
	if (!found && !s.open)
		diag_warn(&o->loc, NULL, "the source of table \"%s\" has no "
		    "column \"%s\"", table, col);
	structure_clear(&s);
}

/* Whether the source has the table, under the name that its commands give. */
static bool
in_source(const struct known *k, const struct delta_table *before,
    size_t done, const char *table, const struct migration *m)
{
	const char *name = table, *why;

	for (size_t i = done; before && i < before->texts.n; i++) {
		struct migration b;

		if (migrate_parse(k->mem, before->texts.v[i], &b, &why))
			name = migrate_table_name(k->mem, name, &b);
	}
	name = migrate_table_name(k->mem, name, m);
	return model_get(&k->source, arena_printf(k->mem, "table:%s", name))
	    != NULL;
}

bool
command_check(const struct known *k, const struct delta_table *before,
    const char *table, const char *text)
{
	struct structure s = { .mem = k->mem };
	const struct object *to;
	struct migration m;
	const char *why;
	size_t done = 0;
	bool ok, past;

	if (!migrate_parse(k->mem, text, &m, &why)) {
		diag_error(NULL, "\"%s\" cannot be read: %s", text, why);
		return false;
	}
	past = known_structure(k, table, &s, &done);
	if (k->have_source && !in_source(k, before, done, table, &m)) {
		structure_clear(&s);
		diag_error(NULL, "no table \"%s\" is in the source", table);
		return false;
	}
	to = k->have_source ? model_get(&k->source, arena_printf(k->mem,
	    "table:%s", table)) : NULL;
	if (to != NULL)
		structure_leads_to(&s, to->create);
	for (size_t i = done; past && before && i < before->texts.n; i++) {
		struct migration b;

		if (!migrate_parse(k->mem, before->texts.v[i], &b, &why) ||
		    !structure_apply(&s, &b, &why))
			s.open = true;	/* it is wm-diff that refuses it */
	}
	ok = !past || structure_apply(&s, &m, &why);
	if (!ok)
		diag_error(NULL, "table \"%s\": \"%s\": %s", table, text, why);
	else if (k->have_source && (m.verb == MIGRATE_ADD ||
	    m.verb == MIGRATE_TYPE))
		warn_unknown(k, table, m.col);
	else if (k->have_source && m.verb == MIGRATE_RENAME)
		warn_unknown(k, table, m.to);
	structure_clear(&s);
	return ok;
}
