/* Tables and views, with all that is known of them. */
#include "doc.h"

#include "grant.h"

/* Whether a column is among those of a constraint. */
static bool
in_con(const struct con *k, const char *col)
{
	for (size_t i = 0; i < k->cols.n; i++)
		if (strcmp(k->cols.v[i], col) == 0)
			return true;
	return false;
}

static void
put_keys(struct doc *doc, const struct doc_object *d, const char *col)
{
	static const struct {
		enum con_kind kind;
		const char *mark, *title;
	} marks[] = { { CON_PRIMARY, "PK", "primary key" },
		{ CON_FOREIGN, "FK", "foreign key" },
		{ CON_UNIQUE, "UQ", "unique" } };

	for (size_t i = 0; i < WM_LEN(marks); i++)
		for (size_t k = 0; k < d->table->cons.n; k++) {
			const struct con *c = d->table->cons.v[k];

			if (c->kind != marks[i].kind || !in_con(c, col))
				continue;
			doc_html(doc, " <abbr class=\"key\" title=\"%s\">%s"
			    "</abbr>", marks[i].title, marks[i].mark);
			break;
		}
}

/* Where a column's foreign keys lead. */
static void
put_targets(struct doc *doc, const struct doc_object *d, const char *col)
{
	for (size_t i = 0; i < doc->refs.n; i++) {
		const struct doc_ref *r = doc->refs.v[i];
		const char *name;

		if (r->from != d || !in_con(r->con, col))
			continue;
		name = arena_printf(doc->mem, "%s.%s", r->sch, r->tab);
		doc_html(doc, " <span class=\"ref\">\xe2\x86\x92&nbsp;");
		if (r->to != NULL)
			doc_link(doc, r->to, name);
		else
			doc_text(doc, name);
		doc_html(doc, "</span>");
	}
}

/* The values a column may hold, and how it is to be shown. */
static void
put_details(struct doc *doc, const struct vec *rows, const char *col)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];

		if (r->kind != &dict_kinds[DICT_VALUE_TEXT] ||
		    strcmp(r->val[DICT_COL], col) != 0)
			continue;
		doc_html(doc, "<div><dt><code>%s</code></dt><dd><b>%s</b> "
		    "%s</dd></div>", r->val[3], r->val[5], r->val[6]);
	}
}

static bool
has_values(const struct vec *rows, const char *col)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];

		if (r->kind == &dict_kinds[DICT_VALUE_TEXT] &&
		    strcmp(r->val[DICT_COL], col) == 0)
			return true;
	}
	return false;
}

static void
put_styles(struct doc *doc, const struct vec *rows, enum dict_table kind,
    const char *col)
{
	bool any = false;

	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];
		size_t name = col != NULL ? 3 : 2;

		if (r->kind != &dict_kinds[kind] || (col != NULL &&
		    strcmp(r->val[DICT_COL], col) != 0))
			continue;
		if (!any)
			doc_html(doc, "<ul class=\"styles\">");
		any = true;
		doc_html(doc, "<li><code>%s: %s</code></li>", r->val[name],
		    r->val[name + 1]);
	}
	if (any)
		doc_html(doc, "</ul>");
}

void
doc_about(struct doc *doc, const struct doc_object *d, struct doc_words w,
    const char *col)
{
	const struct vec *rows = doc_rows(doc, d->sch, d->tab);

	doc_html(doc, "<td class=\"about\">");
	if (w.title != NULL)
		doc_html(doc, "<b>%s</b> ", w.title);
	doc_text(doc, w.help);
	if (has_values(rows, col)) {
		doc_html(doc, "<dl class=\"values\">");
		put_details(doc, rows, col);
		doc_html(doc, "</dl>");
	}
	put_styles(doc, rows, DICT_COLUMN_STYLE, col);
	doc_html(doc, "</td>");
}

void
doc_columns(struct doc *doc, const char *second)
{
	doc_html(doc, "<table class=\"cols\"><thead><tr><th>Column</th>"
	    "<th>%s</th><th>Meaning</th></tr></thead><tbody>\n", second);
}

static void
table_columns(struct doc *doc, const struct doc_object *d)
{
	doc_columns(doc, "Type");
	for (size_t i = 0; i < d->table->columns.n; i++) {
		const struct column *c = d->table->columns.v[i];

		doc_html(doc, "<tr><th scope=\"row\"><code>%s</code>", c->name);
		put_keys(doc, d, c->name);
		doc_html(doc, "</th><td><code>%s</code>", c->type_text);
		if (c->not_null)
			doc_html(doc, " <span class=\"nn\">not null</span>");
		if (c->dflt_text != NULL)
			doc_html(doc, " <span class=\"dflt\">default "
			    "<code>%s</code></span>", c->dflt_text);
		if (c->identity_text != NULL)
			doc_html(doc, " <span class=\"dflt\">%s</span>",
			    c->identity_text);
		if (c->generated_text != NULL)
			doc_html(doc, " <span class=\"dflt\">%s</span>",
			    c->generated_text);
		put_targets(doc, d, c->name);
		doc_html(doc, "</td>");
		doc_about(doc, d, doc_words(doc, d->sch, d->tab, c->name),
		    c->name);
		doc_html(doc, "</tr>\n");
	}
	doc_html(doc, "</tbody></table>\n");
}

static void
put_constraints(struct doc *doc, const struct doc_object *d)
{
	bool any = false;

	for (size_t i = 0; i < d->table->cons.n; i++) {
		const struct con *k = d->table->cons.v[i];

		if (!any)
			doc_html(doc, "<h4>Keys and checks</h4><ul "
			    "class=\"plain\">");
		any = true;
		doc_html(doc, "<li><code>%s</code>%s", k->text,
		    k->name != NULL ? " " : "");
		if (k->name != NULL)
			doc_html(doc, "<span class=\"dim\">%s</span>", k->name);
		doc_html(doc, "</li>\n");
	}
	if (any)
		doc_html(doc, "</ul>\n");
}

static void
put_list(struct doc *doc, const char *heading, const struct vec *v)
{
	if (v->n == 0)
		return;
	doc_html(doc, "<h4>%s</h4><ul class=\"plain\">", heading);
	for (size_t i = 0; i < v->n; i++) {
		const struct doc_object *o = v->v[i];

		doc_html(doc, "<li>");
		doc_link(doc, o, o->o->nam);
		doc_html(doc, "</li>");
	}
	doc_html(doc, "</ul>\n");
}

static void
put_referred(struct doc *doc, const struct doc_object *d)
{
	if (d->referred.n == 0)
		return;
	doc_html(doc, "<h4>Referred to by</h4><ul class=\"plain\">");
	for (size_t i = 0; i < d->referred.n; i++) {
		const struct doc_ref *r = d->referred.v[i];

		doc_html(doc, "<li>");
		doc_link(doc, r->from, r->from->o->nam);
		doc_html(doc, " <span class=\"dim\">");
		for (size_t k = 0; k < r->con->cols.n; k++)
			doc_html(doc, "%s<code>%s</code>", k > 0 ? ", " : "",
			    r->con->cols.v[k]);
		doc_html(doc, "</span></li>");
	}
	doc_html(doc, "</ul>\n");
}

static void
put_messages(struct doc *doc, const struct vec *rows)
{
	bool any = false;

	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];

		if (r->kind != &dict_kinds[DICT_MESSAGE_TEXT])
			continue;
		if (!any)
			doc_html(doc, "<details class=\"msgs\"><summary>"
			    "Messages</summary><dl class=\"values\">");
		any = true;
		doc_html(doc, "<div><dt><code>%s</code></dt><dd><b>%s</b> %s"
		    "</dd></div>", r->val[2], r->val[4], r->val[5]);
	}
	if (any)
		doc_html(doc, "</dl></details>\n");
}

void
doc_grants(struct doc *doc, const struct doc_object *d)
{
	WM_VEC grants = VEC_INIT;
	const char *last = NULL;

	grant_list(doc->mem, &d->o->grants, &grants);
	if (grants.n == 0)
		return;
	doc_html(doc, "<p class=\"grants\"><span class=\"dim\">May use it:"
	    "</span>");
	for (size_t i = 0; i < grants.n; i++) {
		const struct grant *g = grants.v[i];

		if (last != NULL && strcmp(last, g->role) == 0)
			doc_html(doc, ", %s", g->privilege);
		else
			doc_html(doc, "%s<span class=\"role\">%s</span> %s",
			    last != NULL ? "; " : " ", g->role, g->privilege);
		last = g->role;
	}
	doc_html(doc, "</p>\n");
}

void
doc_relation(struct doc *doc, const struct doc_object *d)
{
	const struct vec *rows = doc_rows(doc, d->sch, d->tab);
	struct doc_words w = doc_words(doc, d->sch, d->tab, NULL);

	doc_html(doc, "<section class=\"obj\" id=\"%s\" data-find=\"%s\" "
	    "data-about=\"%s\"><h3><span class=\"kind %s\">%s</span> "
	    "<code>%s</code> <span class=\"title\">%s</span></h3>\n",
	    d->anchor, d->o->nam, w.title, d->o->kind->name, d->o->kind->name,
	    d->o->nam, w.title);
	if (w.help != NULL && *w.help != '\0')
		doc_html(doc, "<p class=\"help\">%s</p>\n", w.help);
	doc_grants(doc, d);
	put_styles(doc, rows, DICT_TABLE_STYLE, NULL);
	if (d->table != NULL) {
		table_columns(doc, d);
		put_constraints(doc, d);
	} else
		doc_view(doc, d);
	put_referred(doc, d);
	put_list(doc, "Indexes", &d->indexes);
	put_list(doc, "Triggers and rules", &d->triggers);
	put_messages(doc, rows);
	doc_sql(doc, "SQL", d->o->create);
	doc_html(doc, "</section>\n");
}
