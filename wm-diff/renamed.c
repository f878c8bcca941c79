#include "renamed.h"

#include <stdlib.h>

#include "closure.h"
#include "phrase.h"

/* Places in FROM that name a table; const struct json *, as they stand. */
static void
places(const struct json *tree, const struct ident *id, struct vec *out)
{
	const char *schema = json_str(tree, "schemaname");
	const char *name = json_str(tree, "relname");

	if (tree->key != NULL && strcmp(tree->key, "RangeVar") == 0 &&
	    name != NULL && strcmp(name, id->name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, id->schema) == 0)
		vec_push(out, tree);
	for (const struct json *j = tree->first; j != NULL; j = j->next)
		places(j, id, out);
}

/*
 * One place: the new name, and the old one as its alias, since the columns are
 * named by that.
 */
static const char *
put(struct arena *mem, const char *text, const struct json *rv,
    const struct ident *was, const struct ident *is)
{
	size_t from = (size_t)json_int(rv, "location", 0), at, last;
	WM_SBUF b = SBUF_INIT;
	struct phrase w;

	if (!phrase_scan(mem, text, &w))
		return text;
	at = phrase_at(&w, (long)from);
	last = at + (json_str(rv, "schemaname") != NULL ? 2 : 0);
	if (last >= w.n)
		return text;
	sbuf_printf(&b, "%.*s%s", (int)from, text, ident_text(mem, is));
	if (json_get(rv, "alias") == NULL) {
		sbuf_putc(&b, ' ');
		sbuf_ident(&b, was->name);
	}
	sbuf_puts(&b, text + phrase_end(&w, last));
	return sbuf_take(&b, mem);
}

static int
by_place(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;
	long p = json_int(*x, "location", 0), q = json_int(*y, "location", 0);

	return (p < q) - (p > q);	/* the last one first */
}

static const char *
rename_in(struct diff *d, const char *text, const struct ident *was,
    const struct ident *is)
{
	WM_VEC list = VEC_INIT;
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (!sql_parse(d->mem, text, &st, &n, &err) || n != 1 ||
	    sql_has_with(st[0].node, was->name))
		return text;
	places(st[0].node, was, &list);
	if (list.n > 0)
		qsort(list.v, list.n, sizeof(*list.v), by_place);
	for (size_t i = 0; i < list.n; i++)
		text = put(d->mem, text, list.v[i], was, is);
	return text;
}

void
renamed_views(struct diff *d)
{
	for (size_t i = 0; i < d->foreign.n; i++) {
		struct closure_node *n = d->foreign.v[i];

		if (n->create_sql == NULL || (strcmp(n->kind, "v") != 0 &&
		    strcmp(n->kind, "m") != 0))
			continue;
		for (size_t k = 0; k < d->all.n; k++) {
			struct change *c = d->all.v[k];
			const struct ident *was, *is;

			if (!c->renamed || c->new == NULL || c->old == NULL ||
			    strcmp(c->new->kind->name, "table") != 0)
				continue;
			was = change_ident(d, c, true);
			is = change_ident(d, c, false);
			if (was != NULL && is != NULL)
				n->create_sql = rename_in(d, n->create_sql,
				    was, is);
		}
	}
}
