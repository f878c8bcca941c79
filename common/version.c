#include "version.h"

#include <limits.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "ident.h"
#include "sql.h"

/* Releases and versions beyond this are a damaged file. */
#define NUMBER_MAX 1000000

static bool
number(const struct json *rec, const char *key, const char *name, int *out)
{
	const struct json *j = json_get(rec, key);
	struct loc at = { name, j != NULL ? j->line : rec->line, 0 };
	long n = j != NULL && j->type == JSON_NUMBER && j->len < 8 &&
	    strspn(j->str, "0123456789") == j->len ?
	    strtol(j->str, NULL, 10) : 0;

	if (n < 1 || n > NUMBER_MAX) {
		diag_error(&at, "member \"%s\" has to be a whole number "
		    "from 1 on", key);
		return false;
	}
	*out = (int)n;
	return true;
}

bool
version_read(struct arena *mem, const struct json *rec, const char *name,
    struct object *o)
{
	struct loc at = { name, rec->line, 0 };
	const char *typ, *nam, *module;

	if (rec->type != JSON_OBJECT) {
		diag_error(&at, "an object's record has to be a JSON object");
		return false;
	}
	typ = json_need_str(rec, "obj_typ", name);
	nam = json_need_str(rec, "obj_nam", name);
	module = json_need_str(rec, "module", name);
	if (!typ || !nam || !module)
		return false;
	o->kind = kind_find(typ);
	if (o->kind == NULL) {
		diag_error(&at, "unknown object type \"%s\"", typ);
		return false;
	}
	o->loc.file = name;
	o->loc.line = rec->line;
	o->key = arena_printf(mem, "%s:%s", typ, nam);
	o->nam = o->key + strlen(typ) + 1;
	o->module = arena_strdup(mem, module);
	if (!number(rec, "obj_ver", name, &o->obj_ver) ||
	    !number(rec, "min_rel", name, &o->min_rel) ||
	    !number(rec, "max_rel", name, &o->max_rel))
		return false;
	if (o->min_rel > o->max_rel) {
		diag_error(&at, "\"%s\" is said to last from release %d to "
		    "release %d", o->key, o->min_rel, o->max_rel);
		return false;
	}
	return json_strings(rec, "deps", name, mem, &o->deps) &&
	    json_strings(rec, "grants", name, mem, &o->grants) &&
	    json_strings(rec, "col_data", name, mem, &o->col_data) &&
	    json_strings(rec, "delta", name, mem, &o->delta);
}

static bool
text(struct arena *mem, const struct json *rec, const char *key,
    const char *name, struct codec *codec, const char *object,
    const char **out)
{
	const struct json *j = json_get(rec, key);
	struct loc at = { name, j != NULL ? j->line : rec->line, 0 };

	*out = "";
	if (j == NULL || j->type == JSON_NULL)
		return true;
	if (j->type != JSON_STRING) {
		diag_error(&at, "member \"%s\" has to be a string, not %s",
		    key, json_type_name(j->type));
		return false;
	}
	*out = codec_decode(codec, j->str, j->len, mem);
	if (*out == NULL)
		diag_error(&at, "member \"%s\" of \"%s\" cannot be read: %s",
		    key, object, codec->error);
	return *out != NULL;
}

bool
version_texts(struct arena *mem, const struct json *rec, const char *name,
    struct codec *codec, struct object *o)
{
	if (!text(mem, rec, "create", name, codec, o->key, &o->create) ||
	    !text(mem, rec, "drop", name, codec, o->key, &o->drop))
		return false;
	object_hash(o);
	return true;
}

static void
write_text(struct json_out *out, const char *key, const char *s,
    struct codec *codec)
{
	WM_SBUF code = SBUF_INIT;

	codec_encode(codec, s, &code);
	json_out_strn(out, key, sbuf_str(&code), code.len);
}

void
version_write(struct json_out *out, const struct object *o,
    struct codec *codec)
{
	json_out_open(out, NULL, '{', false);
	json_out_str(out, "obj_typ", o->kind->name);
	json_out_str(out, "obj_nam", o->nam);
	json_out_int(out, "obj_ver", o->obj_ver);
	json_out_str(out, "module", o->module);
	json_out_int(out, "min_rel", o->min_rel);
	json_out_int(out, "max_rel", o->max_rel);
	json_out_strings(out, "deps", &o->deps);
	json_out_strings(out, "delta", &o->delta);
	json_out_strings(out, "grants", &o->grants);
	json_out_strings(out, "col_data", &o->col_data);
	write_text(out, "create", o->create, codec);
	write_text(out, "drop", o->drop, codec);
	json_out_close(out);
}

void
version_clear(struct object *o)
{
	vec_clear(&o->deps);
	vec_clear(&o->grants);
	vec_clear(&o->col_data);
	vec_clear(&o->delta);
}

void
versions_clear(struct vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		version_clear(v->v[i]);
	vec_clear(v);
}

int
version_cmp(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int c = strcmp(x->kind->name, y->kind->name);

	if (c == 0)
		c = strcmp(x->nam, y->nam);
	return c != 0 ? c : (x->obj_ver > y->obj_ver) -
	    (x->obj_ver < y->obj_ver);
}

/* --- the order of a release --------------------------------------------- */

struct place {
	struct object *obj;
	struct vec users;	/* of struct place *: depend on it */
	size_t waits;		/* dependencies not yet placed */
	int rank;		/* see struct kind */
	size_t depth;
};

const struct object *
version_needs(struct model *m, const struct object *o, const char *dep)
{
	/* type:name first, then the name alone */
	const struct object *on = model_get(m, dep);
	const struct named *n;

	if (on != NULL)
		return on;
	n = model_named(m, dep);
	if (n == NULL) {
		diag_error(&o->loc, "%s \"%s\" depends on \"%s\", which is "
		    "not defined", o->kind->name, o->nam, dep);
		return NULL;
	}
	if (n->next != NULL) {
		diag_error(&o->loc, "%s \"%s\" depends on \"%s\", which is "
		    "both \"%s\" and \"%s\"", o->kind->name, o->nam, dep,
		    n->next->obj->key, n->obj->key);
		diag_hint("Write the dependency as TYPE:NAME.");
		return NULL;
	}
	return n->obj;
}

static bool
link_places(struct model *m, struct place *places)
{
	bool ok = true;

	for (size_t i = 0; i < m->objects.n; i++) {
		const struct object *o = m->objects.v[i];

		for (size_t k = 0; k < o->deps.n; k++) {
			const struct object *on = version_needs(m, o,
			    o->deps.v[k]);

			ok = ok && on != NULL;
			if (on == NULL)
				continue;
			vec_push(&places[on->index].users, &places[i]);
			places[i].waits++;
		}
	}
	return ok;
}

/* Follow what waits for what until an object comes again. */
static void
say_circle(struct model *m, struct place *places, struct place *p)
{
	struct place *from = p;
	WM_SBUF names = SBUF_INIT;

	/* depth is not used any more: it marks who was met */
	for (bool told = false;;) {
		struct place *next = NULL;

		for (size_t i = 0; i < p->obj->deps.n && next == NULL; i++) {
			const struct object *o = version_needs(m, p->obj,
			    p->obj->deps.v[i]);
			struct place *on;

			assert(o != NULL);	/* link_places has found it */
			on = &places[o->index];
			if (on->waits > 0)
				next = on;
		}
		if (next == NULL)
			return;
		if (told)
			sbuf_printf(&names, "%s\"%s\"", names.len > 0 ?
			    ", " : "", p->obj->key);
		p->depth = SIZE_MAX;
		p = next;
		if (told && p == from)
			break;
		if (!told && p->depth == SIZE_MAX) {
			told = true;
			from = p;
		}
	}
	diag_error(&from->obj->loc, "these objects depend on each other: %s",
	    sbuf_str(&names));
}

static bool
set_depths(struct model *m, struct place *places, size_t n)
{
	WM_VEC ready = VEC_INIT;

	for (size_t i = 0; i < n; i++)
		if (places[i].waits == 0)
			vec_push(&ready, &places[i]);
	for (size_t i = 0; i < ready.n; i++) {
		struct place *p = ready.v[i];

		for (size_t k = 0; k < p->users.n; k++) {
			struct place *u = p->users.v[k];

			if (u->depth < p->depth + 1)
				u->depth = p->depth + 1;
			if (--u->waits == 0)
				vec_push(&ready, u);
		}
	}
	for (size_t i = 0; ready.n < n && i < n; i++)
		if (places[i].waits > 0) {
			say_circle(m, places, &places[i]);
			return false;
		}
	return true;
}

static int statement_rank(struct arena *mem, const char *text,
    const struct sql_stmt *st, const struct kind *other);

/* The first of what a block makes decides, extensions before all. */
static int
block_rank(struct arena *mem, const char *text, const struct sql_stmt *block,
    const struct kind *other)
{
	WM_VEC inside = VEC_INIT;
	int rank = INT_MAX;

	refs_inside(mem, text, block, &inside);
	for (size_t i = 0; i < inside.n; i++) {
		struct sql_stmt *st;
		struct sql_error err;
		size_t n = 0;

		if (!sql_parse(mem, inside.v[i], &st, &n, &err))
			continue;
		for (size_t k = 0; k < n; k++) {
			int own = statement_rank(mem, inside.v[i], &st[k],
			    other);

			rank = own < rank ? own : rank;
		}
	}
	return rank;
}

static int
statement_rank(struct arena *mem, const char *text, const struct sql_stmt *st,
    const struct kind *other)
{
	struct ident id;

	if (strcmp(st->tag, "DoStmt") == 0)
		return block_rank(mem, text, st, other);
	if (!ident_of(mem, st, &id))
		return INT_MAX;
	return id.cls == ID_EXTENSION ? kind_find("extension")->rank :
	    other->rank;
}

int
object_rank(const struct object *o)
{
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	struct sql_stmt *st;
	struct sql_error err;
	int rank = INT_MAX;
	size_t n;

	if (strcmp(o->kind->name, "other") != 0)
		return o->kind->rank;
	mem = arena_new();
	if (!sql_parse(mem, o->create, &st, &n, &err))
		return o->kind->rank;
	for (size_t i = 0; i < n; i++) {
		int own = statement_rank(mem, o->create, &st[i], o->kind);

		rank = own < rank ? own : rank;
	}
	return rank;
}

static int
place_cmp(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	int c;

	if (x->rank != y->rank)
		return x->rank - y->rank;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	c = strcmp(x->obj->nam, y->obj->nam);
	return c != 0 ? c : version_cmp(x->obj, y->obj);
}

/* A heap of places; the first of them is the one to be made next. */
static void
heap_push(struct place **heap, size_t n, struct place *p)
{
	while (n > 0 && place_cmp(p, heap[(n - 1) / 2]) < 0) {
		heap[n] = heap[(n - 1) / 2];
		n = (n - 1) / 2;
	}
	heap[n] = p;
}

static struct place *
heap_pop(struct place **heap, size_t n)
{
	struct place *first = heap[0], *last = heap[--n];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && place_cmp(heap[child + 1],
		    heap[child]) < 0)
			child++;
		if (place_cmp(last, heap[child]) <= 0)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return first;
}

/* The first that waits for nothing any more is next, again and again. */
static void
settle(struct model *m, struct place *places, size_t n)
{
	struct place **heap = xmalloc((n + 1) * sizeof(struct place *));
	size_t ready = 0, done = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < places[i].users.n; k++)
			((struct place *)places[i].users.v[k])->waits++;
	for (size_t i = 0; i < n; i++)
		if (places[i].waits == 0)
			heap_push(heap, ready++, &places[i]);
	while (ready > 0) {
		struct place *p = heap_pop(heap, ready--);

		p->obj->index = done;
		m->objects.v[done++] = p->obj;
		for (size_t k = 0; k < p->users.n; k++) {
			struct place *u = p->users.v[k];

			if (--u->waits == 0)
				heap_push(heap, ready++, u);
		}
	}
	assert(done == n);	/* depths were found: there are no circles */
	free(heap);
}

bool
versions_in_order(struct model *m)
{
	size_t n = m->objects.n;
	struct place *places = xmalloc((n + 1) * sizeof(*places));
	bool ok;

	memset(places, 0, (n + 1) * sizeof(*places));
	for (size_t i = 0; i < n; i++) {
		places[i].obj = m->objects.v[i];
		places[i].rank = object_rank(places[i].obj);
		places[i].obj->index = i;
	}
	ok = link_places(m, places) && set_depths(m, places, n);
	if (ok)
		settle(m, places, n);
	for (size_t i = 0; i < n; i++)
		vec_clear(&places[i].users);
	free(places);
	return ok;
}
