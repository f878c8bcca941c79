/* Functions and all other objects; roles; the history of releases. */
#include "doc.h"

#include "grant.h"

/* A type as people write it: most are the server's own. */
static const char *
short_type(struct doc *doc, const struct json *type)
{
	const char *s = type != NULL ? sql_type_text(doc->mem, type) : NULL;

	return s != NULL && strncmp(s, "pg_catalog.", 11) == 0 ? s + 11 : s;
}

/* Arguments and result of a function, as its text has them. */
static void
put_signature(struct doc *doc, const struct doc_object *d)
{
	const struct json *node = d->n_stmts > 0 ? d->stmts[0].node : NULL;
	const struct json *args = json_get(node, "parameters");
	const struct json *result = json_get(node, "returnType");
	const char *lang, *body, *type;
	bool first = true;

	if (d->id == NULL || d->id->cls != ID_FUNCTION)
		return;
	doc_html(doc, "<p class=\"signature\"><code>(");
	for (const struct json *j = args ? args->first : NULL; j != NULL;
	    j = j->next) {
		const struct json *p = json_get(j, "FunctionParameter");
		const char *name = json_str(p, "name");

		type = short_type(doc, json_get(p, "argType"));
		doc_html(doc, "%s%s%s%s", first ? "" : ", ", name,
		    name != NULL ? " " : "", type);
		first = false;
	}
	doc_html(doc, ")");
	type = short_type(doc, result);
	if (type != NULL)
		doc_html(doc, " \xe2\x86\x92 %s%s",
		    json_bool(result, "setof") ? "setof " : "", type);
	doc_html(doc, "</code>");
	sql_function_body(node, &lang, &body);
	if (lang != NULL)
		doc_html(doc, " <span class=\"dim\">%s</span>", lang);
	doc_html(doc, "</p>\n");
}

void
doc_other(struct doc *doc, const struct doc_object *d)
{
	doc_html(doc, "<section class=\"obj small\" id=\"%s\" data-find=\"%s\""
	    "><h3><span class=\"kind %s\">%s</span> <code>%s</code></h3>\n",
	    d->anchor, d->o->nam, d->o->kind->name, d->o->kind->name,
	    d->o->nam);
	put_signature(doc, d);
	if (d->id != NULL && d->id->table != NULL) {
		const char *sch = d->id->schema ? d->id->schema :
		    IDENT_SCHEMA;
		const struct doc_object *t = doc_find(doc, sch, d->id->table);

		if (t != NULL) {
			doc_html(doc, "<p class=\"dim\">on ");
			doc_link(doc, t, t->o->nam);
			doc_html(doc, "</p>\n");
		}
	}
	doc_grants(doc, d);
	doc_sql(doc, "SQL", d->o->create);
	doc_html(doc, "</section>\n");
}

/* What one role may do with one object. */
struct right {
	const char *role;
	const struct doc_object *on;
	struct sbuf what;
};

static int
right_cmp(const void *a, const void *b)
{
	const struct right *x = a, *y = b;
	int c = strcmp(x->role, y->role);

	return c != 0 ? c : strcmp(x->on->o->key, y->on->o->key);
}

static void
collect_rights(struct doc *doc, const struct doc_object *d, struct vec *out)
{
	WM_VEC grants = VEC_INIT;
	size_t begin = out->n;

	grant_list(doc->mem, &d->o->grants, &grants);
	for (size_t i = 0; i < grants.n; i++) {
		const struct grant *g = grants.v[i];
		struct right *r = NULL;

		for (size_t k = begin; k < out->n; k++) {
			struct right *o = out->v[k];

			if (strcmp(o->role, g->role) == 0)
				r = o;
		}
		if (r == NULL) {
			r = arena_alloc(doc->mem, sizeof(*r));
			r->role = g->role;
			r->on = d;
			vec_push(out, r);
		} else
			sbuf_puts(&r->what, ", ");
		sbuf_puts(&r->what, g->privilege);
	}
}

void
doc_roles(struct doc *doc)
{
	WM_VEC all = VEC_INIT;
	const char *role = NULL;

	for (size_t i = 0; i < doc->modules.n; i++) {
		const struct doc_module *m = doc->modules.v[i];

		for (size_t k = 0; k < m->objects.n; k++)
			collect_rights(doc, m->objects.v[k], &all);
	}
	vec_sort(&all, right_cmp);
	for (size_t i = 0; i < all.n; i++) {
		struct right *r = all.v[i];

		if (role == NULL || strcmp(role, r->role) != 0) {
			doc_html(doc, "<details class=\"rights\" "
			    "data-find=\"%s\" id=\"role-%d\"><summary><span "
			    "class=\"role\">%s</span></summary><ul>\n",
			    r->role, (int)i, r->role);
			role = r->role;
		}
		doc_html(doc, "<li>");
		doc_link(doc, r->on, r->on->o->nam);
		doc_html(doc, " <span class=\"dim\">%s</span></li>\n",
		    sbuf_str(&r->what));
		sbuf_clear(&r->what);
		if (i + 1 == all.n || strcmp(role,
		    ((struct right *)all.v[i + 1])->role) != 0)
			doc_html(doc, "</ul></details>\n");
	}
	if (all.n == 0)
		doc_html(doc, "<p class=\"dim\">Nothing is granted.</p>\n");
}

static void
put_change(struct doc *doc, const struct change *c)
{
	const struct object *o = c->new != NULL ? c->new : c->old;
	const struct doc_object *d = c->new != NULL ?
	    map_get(&doc->by_key, o->key) : NULL;
	const char *verb = c->old == NULL ? "added" :
	    c->new == NULL ? "dropped" : "changed";

	if (strcmp(o->module, "wyseman") == 0)
		return;
	doc_html(doc, "<li class=\"%s\"><span class=\"verb\">%s</span> %s ",
	    verb, verb, o->kind->name);
	if (d != NULL)
		doc_link(doc, d, o->nam);
	else
		doc_html(doc, "<code>%s</code>", o->nam);
	for (size_t i = 0; i < c->delta.n; i++)
		doc_html(doc, "%s<code class=\"delta\">%s</code>",
		    i > 0 ? ", " : ": ", c->delta.v[i]);
	doc_html(doc, "</li>\n");
}

void
doc_history(struct doc *doc)
{
	const struct history *h = &doc->s->hist;
	struct lives all;

	lives_open(&all, doc->s);
	for (int n = changes_last(h); n >= 1; n--) {
		struct changes c = { .added = 0 };
		WM_SBUF line = SBUF_INIT;

		changes_between(&all, n - 1, n, &c);
		release_line(h, n, &line);
		doc_html(doc, "<details class=\"release\" id=\"release-%d\" "
		    "data-find=\"release %d\"><summary><b>%s</b> <span "
		    "class=\"dim\">%d added, %d changed, %d dropped</span>"
		    "</summary><ul>\n", n, n, sbuf_str(&line),
		    (int)c.added, (int)c.changed, (int)c.dropped);
		for (size_t i = 0; i < c.list.n; i++)
			put_change(doc, c.list.v[i]);
		doc_html(doc, "</ul></details>\n");
		changes_clear(&c);
	}
	lives_clear(&all);
}
