#include <stdlib.h>
#include <limits.h>

#include "arena.h"
#include "diag.h"
#include "json_out.h"
#include "model.h"

struct ctx {
	struct model *m;
	const char *name;
	bool format;
};

void
spans_write(struct json_out *out, const struct span *s, size_t n)
{
	if (n == 0)
		return;
	json_out_open(out, "map", '[', false);
	for (size_t i = 0; i < n; i++) {
		json_out_int(out, NULL, (long)s[i].off);
		json_out_int(out, NULL, (long)s[i].len);
		json_out_int(out, NULL, s[i].line);
		json_out_int(out, NULL, s[i].col);
	}
	json_out_close(out);
}

bool
spans_read(const struct json *rec, const char *name, struct arena *mem,
    struct span **out_spans, size_t *out_n)
{
	const struct json *map = json_get(rec, "map");
	struct loc at = { name, rec->line, 0 };
	size_t n = 0, i = 0;

	if (map == NULL)
		return true;
	for (const struct json *j = map->first; j != NULL; j = j->next) {
		/* six digits are more than any file has lines */
		if (j->type != JSON_NUMBER || j->len > 9 ||
		    strspn(j->str, "0123456789") != j->len)
			n = SIZE_MAX - 1;
		n++;
	}
	if (map->type != JSON_ARRAY || n % 4 != 0 || n > 1000000) {
		diag_error(&at, "member \"map\" has to be an array of "
		    "numbers, four each");
		return false;
	}
	*out_spans = arena_alloc(mem, n / 4 * sizeof(struct span));
	*out_n = n / 4;
	for (const struct json *j = map->first; j != NULL; j = j->next, i++) {
		struct span *s = &(*out_spans)[i / 4];
		long v = strtol(j->str, NULL, 10);

		switch (i % 4) {
		case 0:
			s->off = (size_t)v;
			break;
		case 1:
			s->len = (size_t)v;
			break;
		case 2:
			s->line = (int)v;
			break;
		default:
			s->col = (int)v;
		}
	}
	return true;
}

/*
 * The text that the object before has, too: most of a list have it in common.
 */
static const char *
again(struct model *m, const char *s, const char *before)
{
	return s != NULL && before != NULL && strcmp(s, before) == 0 ? before :
	    arena_strdup(m->mem, s);
}

/*
 * Give an object texts that last; those of its record end with it.
 *
 * was   the object before it in the list, or NULL
 *
 * Returns whether they are those of an equal object elsewhere.
 */
static bool
keep_texts(struct model *m, struct object *o, const struct object *was)
{
	const struct object *twin = m->like ? model_get(m->like, o->key) : NULL;

	object_hash(o);	/* never trusted from the document */
	if (twin != NULL && strcmp(twin->hash, o->hash) == 0) {
		o->module = twin->module;
		o->create = twin->create;
		o->drop = twin->drop;
		return true;
	}
	o->module = again(m, o->module, was ? was->module : NULL);
	o->create = arena_strdup(m->mem, o->create);
	o->drop = arena_strdup(m->mem, o->drop);
	return false;
}

/* Where the object's text stands in its file. */
static bool
keep_spans(struct model *m, struct object *o, const struct json *rec,
    const char *name)
{
	struct loc at = { name, rec->line, 0 };
	size_t len = strlen(o->create);

	if (!spans_read(rec, name, m->mem, &o->spans, &o->n_spans))
		return false;
	for (size_t i = 0; i < o->n_spans; i++) {
		const struct span *s = &o->spans[i];

		if (s->off > len || s->len > len || s->off + s->len > len) {
			diag_error(&at, "member \"map\" points behind the "
			    "text of \"%s\"", o->key);
			return false;
		}
	}
	return true;
}

struct object *
object_from_json(struct model *m, const struct json *rec, const char *name)
{
	struct loc at = { name, rec->line, 0 };
	const struct object *was = m->objects.n > 0 ?
	    m->objects.v[m->objects.n - 1] : NULL;
	const char *typ, *nam, *module, *create, *drop;
	const struct kind *kind;
	struct object *o;
	long line;

	if (rec->type != JSON_OBJECT) {
		diag_error(&at, "an object's record has to be a JSON object");
		return NULL;
	}
	typ = json_need_str(rec, "obj_typ", name);
	nam = json_need_str(rec, "obj_nam", name);
	module = json_need_str(rec, "module", name);
	create = json_need_str(rec, "create", name);
	drop = json_need_str(rec, "drop", name);
	if (!typ || !nam || !module || !create || !drop)
		return NULL;
	kind = kind_find(typ);
	if (kind == NULL) {
		diag_error(&at, "unknown object type \"%s\"", typ);
		return NULL;
	}
	o = model_add(m, kind, nam);
	if (o == NULL) {
		diag_error(&at, "object \"%s:%s\" stands twice in the list",
		    typ, nam);
		return NULL;
	}
	o->module = module;
	o->create = create;
	o->drop = drop;
	if (!json_strings(rec, "deps", name, m->mem, &o->deps) ||
	    !json_strings(rec, "grants", name, m->mem, &o->grants) ||
	    !json_strings(rec, "col_data", name, m->mem, &o->col_data) ||
	    !json_strings(rec, "delta", name, m->mem, &o->delta))
		return NULL;
	/* where a text stands is of no interest in one that is as it was */
	if ((!keep_texts(m, o, was) || o->delta.n > 0) &&
	    !keep_spans(m, o, rec, name))
		return NULL;
	line = json_int(rec, "line", 0);
	o->loc.file = again(m, json_str(rec, "file"),
	    was ? was->loc.file : NULL);
	o->loc.line = line > 0 && line < INT_MAX ? (int)line : 0;
	return o;
}

static bool
on_format(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct loc at = { c->name, v->line, 0 };

	if (v->type != JSON_STRING || strcmp(v->str, "wm-objects/1") != 0) {
		diag_error(&at, "format is \"%s\"; an object list "
		    "\"wm-objects/1\" was expected",
		    v->type == JSON_STRING ? v->str : json_type_name(v->type));
		return false;
	}
	c->format = true;
	return true;
}

static bool
on_module(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	if (v->type == JSON_STRING)
		c->m->module = arena_strdup(c->m->mem, v->str);
	return true;
}

static bool
on_object(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	return object_from_json(c->m, v, c->name) != NULL;
}

static bool
on_text(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	return dict_from_json(&c->m->dict, v, true, c->name);
}

static bool
on_style(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	return dict_from_json(&c->m->dict, v, false, c->name);
}

static bool
on_init(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	const char *sql = json_need_str(v, "sql", c->name);

	if (sql == NULL)
		return false;
	model_add_init(c->m, json_str(v, "file"), sql, json_str(v, "module"));
	return true;
}

bool
model_read(struct model *m, FILE *in, const char *name)
{
	static const struct json_member members[] = {
		{ "format", false, on_format },
		{ "module", false, on_module },
		{ "objects", true, on_object },
		{ "text", true, on_text },
		{ "style", true, on_style },
		{ "init", true, on_init },
	};
	struct ctx c = { m, name, false };
	struct loc at = { name, 0, 0 };

	if (!json_read(in, name, members, WM_LEN(members), &c))
		return false;
	if (!c.format) {
		diag_error(&at, "no member \"format\": an object list "
		    "\"wm-objects/1\" was expected");
		return false;
	}
	return true;
}

void
model_write(const struct model *m, struct json_out *out)
{
	json_out_open(out, NULL, '{', true);
	json_out_str(out, "format", "wm-objects/1");
	json_out_str(out, "module", m->module);
	json_out_open(out, "objects", '[', true);
	for (size_t i = 0; i < m->objects.n; i++) {
		const struct object *o = m->objects.v[i];

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "obj_typ", o->kind->name);
		json_out_str(out, "obj_nam", o->nam);
		json_out_str(out, "module", o->module);
		json_out_strings(out, "deps", &o->deps);
		json_out_strings(out, "grants", &o->grants);
		json_out_strings(out, "col_data", &o->col_data);
		json_out_strings(out, "delta", &o->delta);
		json_out_str(out, "create", o->create);
		json_out_str(out, "drop", o->drop);
		json_out_str(out, "file", o->loc.file);
		json_out_int(out, "line", o->loc.line);
		spans_write(out, o->spans, o->n_spans);
		json_out_str(out, "hash", o->hash);
		json_out_close(out);
	}
	json_out_close(out);
	dict_write(&m->dict, out);
	json_out_open(out, "init", '[', true);
	for (size_t i = 0; i < m->init.n; i++) {
		const struct init_sql *t = m->init.v[i];

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "file", t->file);
		json_out_str(out, "sql", t->sql);
		json_out_str(out, "module", t->module);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
}
