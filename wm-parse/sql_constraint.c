/* Constraints that become objects of their own, and have no name yet. */
#include "sql_owner.h"

#include <strings.h>

#include "table.h"

/* Where the constraint begins in its statement; SIZE_MAX: it has a name. */
static size_t
nameless_at(const struct sql_stmt *st)
{
	const struct json *cmd = sql_alter_cmd(st);
	const struct json *con = json_get2(cmd, "def", "Constraint");
	const char *sub = json_str(cmd, "subtype");
	long at = json_int(con, "location", -1);

	if (sub == NULL || strcmp(sub, "AT_AddConstraint") != 0 ||
	    json_str(con, "conname") != NULL || at < 0)
		return SIZE_MAX;
	return (size_t)at;
}

/* The table, with what belongs to it up to the statement and with that. */
static const char *
text_up_to(struct arena *mem, const struct parse *p, const struct made *owner,
    const struct attached *last)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < owner->pieces.n; i++) {
		const struct piece *k = owner->pieces.v[i];

		sbuf_printf(&b, "%.*s\n;", (int)k->len, k->text);
	}
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		if (a == last)
			break;
		if (a->owner == owner && a->tag != NULL &&
		    strcmp(a->tag, "AlterTableStmt") == 0)
			sbuf_printf(&b, "%.*s\n;", (int)a->piece.len,
			    a->piece.text);
	}
	sbuf_printf(&b, "%.*s", (int)last->piece.len, last->piece.text);
	return sbuf_take(&b, mem);
}

void
constraint_name(struct parse *p, struct attached *a, const struct made *owner)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const char *text = arena_strndup(mem, a->piece.text, a->piece.len);
	struct sql_error err;
	struct sql_stmt *st;
	struct table *t = NULL;
	size_t n, at = SIZE_MAX;
	WM_SBUF b = SBUF_INIT;

	if (strcmp(a->tag, "AlterTableStmt") != 0 || owner == NULL ||
	    strcmp(owner->o->kind->name, "table") != 0)
		return;
	if (sql_parse(mem, text, &st, &n, &err) && n == 1)
		at = nameless_at(&st[0]);
	if (at == SIZE_MAX)
		return;
	text = text_up_to(mem, p, owner, a);
	if (sql_parse(mem, text, &st, &n, &err))
		t = table_parse(mem, text, st, n);
	if (t != NULL && t->cons.n > 0) {
		const struct con *k = t->cons.v[t->cons.n - 1];

		sbuf_printf(&b, "%.*sconstraint ", (int)at, a->piece.text);
		sbuf_ident(&b, k->name);
		sbuf_printf(&b, " %.*s", (int)(a->piece.len - at),
		    a->piece.text + at);
		a->constraint = arena_strdup(p->mem, k->name);
		a->piece.len = b.len;
		a->piece.text = sbuf_take(&b, p->mem);
		a->piece.src = NULL;
	}
	table_clear(t);
}

/*
 * Which of an index's columns may be null, as far as the text of a table says:
 * others are taken out of cols.
 *
 * top   no table above it can say more of them
 */
static void
not_null_by_text(struct parse *p, const struct made *m,
    const struct attached *a, bool top, struct vec *cols)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const char *text = text_up_to(mem, p, m, a);
	struct sql_error err;
	struct sql_stmt *st;
	struct table *t = NULL;
	size_t n, kept = 0;

	if (sql_parse(mem, text, &st, &n, &err))
		t = table_parse(mem, text, st, n);
	for (size_t i = 0; i < cols->n; i++) {
		const struct column *k = t == NULL ? NULL : table_column(t,
		    cols->v[i]);

		if (k == NULL ? !top : !k->not_null && !k->serial &&
		    k->identity == 0)
			cols->v[kept++] = cols->v[i];
	}
	cols->n = kept;
	table_clear(t);
}

const char *
constraint_nulls(struct parse *p, struct attached *a)
{
	const struct made *m = sql_bare(p, ID_RELATION, a->id.schema,
	    a->id.name);
	WM_VEC cols = VEC_INIT;
	WM_SBUF b = SBUF_INIT;

	/* of those that tables above have, they say it */
	if (!a->primary || m == NULL || (m->parents.n > 0 &&
	    owner_parent(p, m) == NULL))
		return NULL;
	for (size_t i = 0; i < a->owner->cols.n; i++)
		vec_push(&cols, a->owner->cols.v[i]);
	while (m != NULL && cols.n > 0) {
		const struct made *up = owner_parent(p, m);

		not_null_by_text(p, m, a, up == NULL, &cols);
		m = up;
	}
	for (size_t i = 0; i < cols.n; i++)
		sbuf_printf(&b, "%s alter column %s drop not null", b.len > 0 ?
		    "," : "", sql_quoted(p->mem, cols.v[i]));
	return b.len == 0 ? NULL : arena_printf(p->mem, "alter table if exists "
	    "%s.%s%s", sql_quoted(p->mem, a->id.schema), sql_quoted(p->mem,
	    a->id.name), sbuf_str(&b));
}
