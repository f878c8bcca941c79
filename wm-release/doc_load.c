/* The objects of a release, by module; tables with all that hangs on them. */
#include "doc.h"

#include <ctype.h>
#include <stdlib.h>

struct doc_object *
doc_find(const struct doc *doc, const char *sch, const char *tab)
{
	return map_get(&doc->by_name, dict_name_key(doc->mem, sch, tab));
}

/* A fragment: letters, digits, '.' and '-' stay, '_' begins two digits. */
static const char *
make_anchor(struct arena *mem, const struct object *o)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_printf(&b, "%s-", o->kind->name);
	for (const char *s = o->nam; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 128 && (isalnum(c) || c == '.' || c == '-'))
			sbuf_putc(&b, *s);
		else
			sbuf_printf(&b, "_%02x", c);
	}
	return sbuf_take(&b, mem);
}

static bool
is_relation(const struct object *o)
{
	return strcmp(o->kind->name, "table") == 0 ||
	    strcmp(o->kind->name, "view") == 0;
}

static struct doc_object *
add_object(struct doc *doc, const struct object *o)
{
	struct doc_object *d = arena_alloc(doc->mem, sizeof(*d));
	struct ident *id = arena_alloc(doc->mem, sizeof(*id));
	struct sql_error err;

	d->o = o;
	d->anchor = make_anchor(doc->mem, o);
	ident_split(doc->mem, o->nam, &d->sch, &d->tab);
	if (!sql_parse(doc->mem, o->create, &d->stmts, &d->n_stmts, &err))
		d->n_stmts = 0;
	if (d->n_stmts > 0 && ident_of(doc->mem, &d->stmts[0], id))
		d->id = id;
	if (d->n_stmts > 0 && strcmp(o->kind->name, "table") == 0)
		d->table = table_parse(doc->mem, o->create, d->stmts,
		    d->n_stmts);
	if (d->table != NULL)
		table_names(doc->mem, d->table);
	map_put(&doc->by_key, o->key, d);
	if (is_relation(o))
		map_put(&doc->by_name, dict_name_key(doc->mem, d->sch,
		    d->tab), d);
	return d;
}

static struct doc_module *
module_of(struct doc *doc, const char *name)
{
	struct doc_module *m;

	for (size_t i = 0; i < doc->modules.n; i++) {
		m = doc->modules.v[i];
		if (strcmp(m->name, name) == 0)
			return m;
	}
	m = arena_alloc(doc->mem, sizeof(*m));
	m->name = name;
	vec_push(&doc->modules, m);
	return m;
}

static int
by_name(const void *a, const void *b)
{
	const struct doc_object *x = a, *y = b;
	int c = strcmp(x->sch, y->sch);

	if (c == 0)
		c = strcmp(x->tab, y->tab);
	return c != 0 ? c : strcmp(x->o->key, y->o->key);
}

static int
module_cmp(const void *a, const void *b)
{
	const struct doc_module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* What hangs on a table is shown with it. */
static void
hang_up(struct doc *doc, struct doc_object *d)
{
	const char *kind = d->o->kind->name;
	struct doc_object *t;

	if (d->id == NULL || d->id->table == NULL)
		return;
	t = doc_find(doc, d->id->schema ? d->id->schema : IDENT_SCHEMA,
	    d->id->table);
	if (t == NULL)
		return;
	if (strcmp(kind, "index") == 0)
		vec_push(&t->indexes, d);
	else if (strcmp(kind, "trigger") == 0 || strcmp(kind, "rule") == 0)
		vec_push(&t->triggers, d);
}

static void
refer(struct doc *doc, struct doc_object *d)
{
	for (size_t i = 0; d->table != NULL && i < d->table->cons.n; i++) {
		const struct con *k = d->table->cons.v[i];
		const struct json *t = json_get(k->node, "pktable");
		struct doc_ref *r;

		if (k->kind != CON_FOREIGN || t == NULL)
			continue;
		r = arena_alloc(doc->mem, sizeof(*r));
		r->from = d;
		r->con = k;
		r->sch = json_str(t, "schemaname");
		r->tab = json_str(t, "relname");
		if (r->sch == NULL)
			r->sch = IDENT_SCHEMA;
		if (r->tab == NULL)
			continue;
		r->to = doc_find(doc, r->sch, r->tab);
		vec_push(&doc->refs, r);
		if (r->to != NULL)
			vec_push(&r->to->referred, r);
	}
}

/* The language to show: what was asked for, else English, else the first. */
static void
choose_language(struct doc *doc)
{
	const struct vec *rows = &doc->model->dict.rows;
	const char *first = NULL;

	if (doc->language != NULL)
		return;
	for (size_t i = 0; i < rows->n; i++) {
		const char *l = dict_language(rows->v[i]);

		if (l != NULL && strcmp(l, "eng") == 0) {
			doc->language = l;
			return;
		}
		if (l != NULL && (first == NULL || strcmp(l, first) < 0))
			first = l;
	}
	doc->language = first;
}

static void
collect_words(struct doc *doc)
{
	WM_VEC rows = VEC_INIT;

	for (size_t i = 0; i < doc->model->dict.rows.n; i++) {
		const struct dict_row *r = doc->model->dict.rows.v[i];
		const char *l = dict_language(r);

		if (l == NULL || (doc->language != NULL &&
		    strcmp(l, doc->language) == 0))
			vec_push(&rows, r);
	}
	vec_sort(&rows, dict_row_cmp);
	for (size_t i = 0; i < rows.n; i++) {
		struct dict_row *r = rows.v[i];
		const char *key = dict_name_key(doc->mem, r->val[DICT_SCH],
		    r->val[DICT_TAB]);
		struct vec *v = map_get(&doc->words, key);

		if (v == NULL) {
			v = arena_alloc(doc->mem, sizeof(*v));
			map_put(&doc->words, key, v);
		}
		vec_push(v, r);
	}
}

const struct vec *
doc_rows(const struct doc *doc, const char *sch, const char *tab)
{
	static const struct vec none;
	const struct vec *v = map_get(&doc->words, dict_name_key(doc->mem, sch,
	    tab));

	return v != NULL ? v : &none;
}

struct doc_words
doc_words(const struct doc *doc, const char *sch, const char *tab,
    const char *col)
{
	const struct dict_kind *k = &dict_kinds[col != NULL ?
	    DICT_COLUMN_TEXT : DICT_TABLE_TEXT];
	const struct vec *rows = doc_rows(doc, sch, tab);
	struct doc_words w = { NULL, NULL };

	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];

		if (r->kind != k || (col != NULL &&
		    strcmp(r->val[DICT_COL], col) != 0))
			continue;
		w.title = r->val[dict_at(k, "title")];
		w.help = r->val[dict_at(k, "help")];
	}
	return w;
}

void
doc_load(struct doc *doc)
{
	WM_VEC all = VEC_INIT;

	choose_language(doc);
	collect_words(doc);
	for (size_t i = 0; i < doc->model->objects.n; i++) {
		const struct object *o = doc->model->objects.v[i];

		if (strcmp(o->module, "wyseman") != 0)
			vec_push(&all, add_object(doc, o));
	}
	vec_sort(&all, by_name);
	for (size_t i = 0; i < all.n; i++) {
		struct doc_object *d = all.v[i];

		vec_push(&module_of(doc, d->o->module)->objects, d);
		hang_up(doc, d);
		refer(doc, d);
	}
	vec_sort(&doc->modules, module_cmp);
}

void
doc_clear(struct doc *doc)
{
	for (size_t i = 0; i < doc->modules.n; i++) {
		struct doc_module *m = doc->modules.v[i];

		for (size_t k = 0; k < m->objects.n; k++) {
			struct doc_object *d = m->objects.v[k];

			if (d->table != NULL)
				table_clear(d->table);
			vec_clear(&d->indexes);
			vec_clear(&d->triggers);
			vec_clear(&d->referred);
		}
		vec_clear(&m->objects);
	}
	for (size_t i = 0; i < doc->words.cap; i++)
		if (doc->words.slots[i].key != NULL)
			vec_clear(doc->words.slots[i].value);
	vec_clear(&doc->modules);
	vec_clear(&doc->refs);
	map_clear(&doc->by_key);
	map_clear(&doc->by_name);
	map_clear(&doc->words);
}
