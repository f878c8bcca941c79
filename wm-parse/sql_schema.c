/*
 * CREATE SCHEMA with elements: each of them is a statement of its own, in the
 * new schema, and may refer to those behind it.
 */
#include "sql_reader.h"

#include <stdlib.h>

#include "phrase.h"
#include "sql_path.h"
#include "sql_session.h"

/* One element, or the statement's head. */
struct element {
	const char *text;
	size_t off;		/* in the statement */
	int rank;
	size_t number;
};

/* The server's order; what is not here is a grant. */
static int
rank(struct arena *mem, const char *text)
{
	static const char *const tags[] = { "CreateSchemaStmt",
		"CreateSeqStmt", "CreateStmt", "ViewStmt", "IndexStmt",
		"CreateTrigStmt" };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n = 0, i = 0;

	if (sql_parse(mem, text, &st, &n, &err) && n == 1)
		while (i < WM_LEN(tags) && strcmp(tags[i], st->tag) != 0)
			i++;
	return (int)i;
}

static int
by_rank(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank - y->rank;
	return x->number < y->number ? -1 : 1;
}

/* Cut it at the words that begin an element. */
static bool
cut(struct reader *r, struct vec *out)
{
	struct phrase w;
	size_t from = 0;
	int depth = 0;

	if (!phrase_scan(r->mem, r->text, &w))
		return false;
	for (size_t i = 1; i <= w.n; i++) {
		struct element *e;

		if (i < w.n) {
			depth += phrase_is(&w, i, "(") -
			    phrase_is(&w, i, ")");
			if (depth > 0 || (!phrase_is(&w, i, "create") &&
			    !phrase_is(&w, i, "grant")))
				continue;
		}
		e = arena_alloc(r->p->mem, sizeof(*e));
		e->text = arena_strdup(r->p->mem, phrase_slice(&w, from, i));
		e->off = w.t[from].off;
		e->number = out->n;
		e->rank = rank(r->mem, e->text);
		vec_push(out, e);
		from = i;
	}
	return true;
}

/* What the elements make, so that each of them can refer to it. */
static void
find_siblings(struct reader *r, const struct vec *elements,
    const char *schema)
{
	for (size_t i = 1; i < elements->n; i++) {
		const struct element *e = elements->v[i];
		struct sql_error err;
		struct sql_stmt *st;
		struct ident id, *own;
		size_t n = 0;

		if (!sql_parse(r->mem, e->text, &st, &n, &err) || n != 1 ||
		    ident_kind(st) == NULL || !ident_of(r->mem, st, &id))
			continue;
		own = arena_alloc(r->p->mem, sizeof(*own));
		*own = sql_keep(r->p->mem, &id);
		own->schema = schema;
		vec_push(&r->siblings, own);
	}
}

static const struct sql_path *
inner_path(struct arena *mem, const char *schema, const struct sql_path *outer)
{
	struct sql_path *path = arena_alloc(mem, sizeof(*path));
	size_t n = outer != NULL ? outer->n : 1;

	path->v = arena_alloc(mem, (n + 1) * sizeof(*path->v));
	path->v[path->n++] = schema;
	for (size_t i = 0; i < n; i++)
		path->v[path->n++] = outer != NULL ? outer->v[i] :
		    IDENT_SCHEMA;
	return path;
}

static void
read_element(struct reader *r, const struct element *e, size_t off)
{
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	r->text = e->text;
	r->piece = (struct piece){ .text = e->text, .len = strlen(e->text),
		.src = r->src, .off = off + e->off };
	source_place(r->src, r->piece.off, &r->at.line, &r->at.col);
	if (e->rank > 0)
		path_qualify(r);
	if (!sql_parse(r->mem, r->text, &st, &n, &err))
		sql_unknown(r, &err, true);
	else if (n == 1)
		sql_statement(r, st);
}

bool
sql_schema(struct reader *r, const struct sql_stmt *st)
{
	struct sql_session *s = &r->p->sql.session;
	const struct sql_path *outer = s->path;
	const char *name = json_str(st->node, "schemaname");
	size_t off = r->piece.off;
	WM_VEC elements = VEC_INIT;

	if (strcmp(st->tag, "CreateSchemaStmt") != 0 ||
	    json_get(st->node, "schemaElts") == NULL || !cut(r, &elements))
		return false;
	name = arena_strdup(r->p->mem, name != NULL ? name :
	    ident_role(json_get(st->node, "authrole")));
	find_siblings(r, &elements, name);
	vec_sort(&elements, by_rank);
	read_element(r, elements.v[0], off);
	s->path = inner_path(r->p->mem, name, outer);
	for (size_t i = 1; i < elements.n; i++)
		read_element(r, elements.v[i], off);
	s->path = outer;
	vec_clear(&r->siblings);
	return true;
}
