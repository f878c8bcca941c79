#include "delta.h"

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "fileset.h"
#include "json_out.h"
#include "migrate.h"
#include "sbuf.h"

bool
delta_load(struct delta *d, struct arena *mem, const char *path)
{
	WM_SBUF text = SBUF_INIT;
	const struct json *doc;
	struct loc at = { path, 0, 0 };
	const char *now;

	memset(d, 0, sizeof(*d));
	d->mem = mem;
	/* after a crash while a release was committed, the new one counts */
	now = fileset_current(mem, path);
	if (!file_exists(now))
		return true;
	if (!file_read(now, &text))
		return false;
	doc = json_parse(mem, sbuf_str(&text), text.len, path, JSON_DEPTH);
	if (doc == NULL)
		return false;
	if (doc->type != JSON_OBJECT) {
		diag_error(&at, "has to be a JSON object, table name to array "
		    "of texts, not %s", json_type_name(doc->type));
		return false;
	}
	for (const struct json *j = doc->first; j != NULL; j = j->next) {
		struct delta_table *t = delta_find(d, j->key, true);

		t->line = j->line;
		if (!json_strings(doc, j->key, path, mem, &t->texts)) {
			delta_clear(d);
			return false;
		}
	}
	return true;
}

void
delta_clear(struct delta *d)
{
	for (size_t i = 0; i < d->tables.n; i++)
		vec_clear(&((struct delta_table *)d->tables.v[i])->texts);
	vec_clear(&d->tables);
}

struct delta_table *
delta_find(struct delta *d, const char *table, bool create)
{
	struct delta_table *t;

	for (size_t i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (strcmp(t->name, table) == 0)
			return t;
	}
	if (!create)
		return NULL;
	t = arena_alloc(d->mem, sizeof(*t));
	t->name = arena_strdup(d->mem, table);
	vec_push(&d->tables, t);
	return t;
}

void
delta_text(const struct delta *d, struct sbuf *text)
{
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_open(&out, NULL, '{', true);
	for (size_t i = 0; i < d->tables.n; i++) {
		const struct delta_table *t = d->tables.v[i];

		if (t->texts.n == 0)
			continue;
		json_out_open(&out, t->name, '[', true);
		for (size_t k = 0; k < t->texts.n; k++)
			json_out_str(&out, NULL, t->texts.v[k]);
		json_out_close(&out);
	}
	json_out_close(&out);
	sbuf_putc(&out.text, '\n');
	sbuf_putn(text, out.text.s, out.text.len);
}

bool
delta_save(const struct delta *d, const char *path)
{
	WM_SBUF text = SBUF_INIT;

	delta_text(d, &text);
	return file_replace(path, text.s, text.len);
}

/* The table of the model that a table became by rename and move. */
static struct object *
heir(struct model *m, const struct delta_table *t)
{
	const char *name = t->name, *why;

	for (size_t i = 0; i < t->texts.n; i++) {
		struct migration c;

		if (migrate_parse(m->mem, t->texts.v[i], &c, &why))
			name = migrate_table_name(m->mem, name, &c);
	}
	return strcmp(name, t->name) == 0 ? NULL :
	    model_get(m, arena_printf(m->mem, "table:%s", name));
}

bool
delta_read(struct model *m, const char *path)
{
	struct delta d;
	bool ok = delta_load(&d, m->mem, path);

	for (size_t i = 0; ok && i < d.tables.n; i++) {
		const struct delta_table *t = d.tables.v[i];
		struct loc at = { path, t->line, 0 };
		struct object *o = heir(m, t);

		/* another table may have taken the name that was given up */
		if (o != NULL)
			vec_push(&o->delta, arena_printf(m->mem, "from %s",
			    t->name));
		else
			o = model_get(m, arena_printf(m->mem, "table:%s",
			    t->name));
		if (o == NULL)
			diag_warn(&at, "delta", "no table \"%s\" is in the "
			    "files read", t->name);
		for (size_t k = 0; o != NULL && k < t->texts.n; k++)
			vec_push(&o->delta, t->texts.v[k]);
	}
	delta_clear(&d);
	return ok;
}
