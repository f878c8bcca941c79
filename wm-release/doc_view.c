/* The columns of views, and where they come from, as far as their SQL tells. */
#include "doc.h"

/* Views over views over views: no further. */
#define DEPTH_MAX 10

/* Where a column comes from. */
struct origin {
	struct doc_object *from;	/* NULL: not known */
	const char *col;
};

/* A view's query; of a union, its first. */
static const struct json *
view_query(const struct doc_object *d)
{
	const struct json *q = d->n_stmts > 0 ? json_get2(d->stmts[0].node,
	    "query", "SelectStmt") : NULL;

	while (q != NULL && json_get(q, "larg") != NULL)
		q = json_get(q, "larg");
	return q;
}

static const char *
target_name(const struct json *target)
{
	const struct json *t = json_get(target, "ResTarget"), *f;
	const char *name = json_str(t, "name");

	if (name != NULL)
		return name;
	f = json_get(json_get2(t, "val", "ColumnRef"), "fields");
	if (f == NULL || f->last == NULL)
		return NULL;
	return json_get(f->last, "A_Star") != NULL ? "*" :
	    sql_string(f->last);
}

/* The column that a view's -native names: nat,COL,TABLE,NATIVECOL. */
static bool
told(struct doc *doc, const struct doc_object *d, const char *col,
    struct origin *out)
{
	for (size_t i = 0; i < d->o->col_data.n; i++) {
		char *s = arena_strdup(doc->mem, d->o->col_data.v[i]);
		char *part[4] = { NULL }, *save = NULL;
		size_t n = 0;
		const char *sch, *tab;

		for (char *p = strtok_r(s, ",", &save); p != NULL && n < 4;
		    p = strtok_r(NULL, ",", &save))
			part[n++] = p;
		if (n < 4 || strcmp(part[0], "nat") != 0 ||
		    strcmp(part[1], col) != 0)
			continue;
		ident_split(doc->mem, part[2], &sch, &tab);
		out->from = doc_find(doc, sch, tab);
		out->col = part[3];
		return out->from != NULL;
	}
	return false;
}

/* The only relation of a FROM clause that goes by a name; NULL name: any. */
static void
find_from(struct doc *doc, const struct json *item, const char *name,
    const struct doc_object **out, int *n)
{
	const struct json *r = json_get(item, "RangeVar");
	const struct json *j = json_get(item, "JoinExpr");
	const char *sch, *tab, *alias;

	if (j != NULL) {
		find_from(doc, json_get(j, "larg"), name, out, n);
		find_from(doc, json_get(j, "rarg"), name, out, n);
		return;
	}
	tab = json_str(r, "relname");
	alias = json_str(json_get(r, "alias"), "aliasname");
	if (r == NULL || tab == NULL) {
		*n += name == NULL;	/* a query or function: unknown */
		return;
	}
	if (name != NULL && strcmp(name, alias != NULL ? alias : tab) != 0)
		return;
	++*n;
	sch = json_str(r, "schemaname");
	*out = doc_find(doc, sch != NULL ? sch : IDENT_SCHEMA, tab);
}

/* The column that a target of a query is, where it is just that. */
static bool
found(struct doc *doc, const struct json *query, const struct json *target,
    struct origin *out)
{
	const struct json *f = json_get(json_get2(json_get(target,
	    "ResTarget"), "val", "ColumnRef"), "fields");
	const struct json *from = json_get(query, "fromClause");
	const struct doc_object *d = NULL;
	const char *name = NULL, *col;
	int n = 0;

	if (f == NULL || f->first == NULL)
		return false;
	col = sql_string(f->last);
	if (f->first->next == f->last)
		name = sql_string(f->first);
	else if (f->first != f->last)
		return false;
	for (const struct json *j = from ? from->first : NULL; j != NULL;
	    j = j->next)
		find_from(doc, j, name, &d, &n);
	if (n != 1 || d == NULL || col == NULL)
		return false;
	out->from = map_get(&doc->by_key, d->o->key);
	out->col = col;
	return true;
}

static struct origin
origin_of(struct doc *doc, const struct doc_object *d,
    const struct json *query, const struct json *target, const char *col)
{
	struct origin o = { NULL, NULL };

	if (!told(doc, d, col, &o) && !found(doc, query, target, &o))
		o.from = NULL;
	return o;
}

/* A column's own words, else those of what it comes from. */
static struct doc_words
words_of(struct doc *doc, const struct doc_object *d, const char *col,
    int depth)
{
	struct doc_words w = doc_words(doc, d->sch, d->tab, col);
	const struct json *q = view_query(d);
	const struct json *list = json_get(q, "targetList");

	if (w.title != NULL || w.help != NULL || depth > DEPTH_MAX)
		return w;
	for (const struct json *j = list ? list->first : NULL; j != NULL;
	    j = j->next) {
		const char *name = target_name(j);
		struct origin o;

		if (name == NULL || strcmp(name, col) != 0)
			continue;
		o = origin_of(doc, d, q, j, col);
		return o.from != NULL ? words_of(doc, o.from, o.col,
		    depth + 1) : w;
	}
	return w;
}

void
doc_view(struct doc *doc, const struct doc_object *d)
{
	const struct json *q = view_query(d);
	const struct json *list = json_get(q, "targetList");

	if (list == NULL || list->first == NULL)
		return;
	doc_columns(doc, "Comes from");
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		const char *col = target_name(j);
		struct origin o;

		if (col == NULL)
			continue;
		o = origin_of(doc, d, q, j, col);
		doc_html(doc, "<tr><th scope=\"row\"><code>%s</code></th><td>",
		    col);
		if (o.from != NULL) {
			doc_link(doc, o.from, o.from->o->nam);
			doc_html(doc, ".<code>%s</code>", o.col);
		}
		doc_html(doc, "</td>");
		doc_about(doc, d, words_of(doc, d, col, 0), col);
		doc_html(doc, "</tr>\n");
	}
	doc_html(doc, "</tbody></table>\n");
}
