/* ALTER TYPE of an enum: a list of its values says what they are in the end. */
#include "sql_reader.h"

#include "phrase.h"
#include "sbuf.h"

/* The values with one more, or one called differently. */
static bool
change(const struct sql_stmt *st, struct vec *values)
{
	const char *old = json_str(st->node, "oldVal");
	const char *name = json_str(st->node, "newVal");
	const char *next = json_str(st->node, "newValNeighbor");
	size_t at = values->n;

	if (name == NULL)
		return false;
	if (vec_has_string(values, name))
		return json_bool(st->node, "skipIfNewValExists");
	for (size_t i = 0; i < values->n; i++) {
		if (old != NULL && strcmp(values->v[i], old) == 0) {
			values->v[i] = (void *)(uintptr_t)name;
			return true;
		}
		if (next != NULL && strcmp(values->v[i], next) == 0)
			at = i + json_bool(st->node, "newValIsAfter");
	}
	if (old != NULL)
		return false;
	vec_push(values, name);
	for (size_t i = values->n - 1; i > at; i--)
		values->v[i] = values->v[i - 1];
	values->v[at] = (void *)(uintptr_t)name;
	return true;
}

/* CREATE TYPE with other values. */
static const char *
put_values(struct reader *r, const char *text, const struct vec *values)
{
	WM_SBUF b = SBUF_INIT;
	struct phrase w;
	size_t open;

	if (!phrase_scan(r->mem, text, &w))
		return NULL;
	open = phrase_find(&w, 0, "enum") + 1;
	if (!phrase_is(&w, open, "("))
		return NULL;
	sbuf_printf(&b, "%s (", phrase_slice(&w, 0, open));
	for (size_t i = 0; i < values->n; i++) {
		sbuf_puts(&b, i > 0 ? ", " : "");
		sbuf_literal(&b, values->v[i]);
	}
	sbuf_putc(&b, ')');
	return sbuf_take(&b, r->p->mem);
}

bool
sql_enum(struct reader *r, const struct sql_stmt *st)
{
	WM_VEC ids = VEC_INIT;
	WM_VEC values = VEC_INIT;
	const struct json *list;
	struct made *m;
	struct piece *piece;
	struct sql_error err;
	struct sql_stmt *create;
	const char *text;
	struct ident id;
	size_t n;

	if (strcmp(st->tag, "AlterEnumStmt") != 0 ||
	    !ident_targets(r->mem, st, &ids) || ids.n != 1)
		return false;
	id = sql_keep(r->mem, ids.v[0]);
	m = sql_find(r->p, &id);
	if (m == NULL || m->foreign || m->pieces.n == 0)
		return false;
	piece = m->pieces.v[0];
	text = arena_strndup(r->mem, piece->text, piece->len);
	if (!sql_parse(r->mem, text, &create, &n, &err) || n != 1 ||
	    strcmp(create->tag, "CreateEnumStmt") != 0)
		return false;
	list = json_get(create->node, "vals");
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		vec_push(&values, sql_string(j));
	text = change(st, &values) ? put_values(r, text, &values) : NULL;
	if (text == NULL)
		return false;
	piece->text = text;
	piece->len = strlen(text);
	piece->src = NULL;
	return true;
}
