#include "required.h"

#include <stdlib.h>

#include "diag.h"
#include "file.h"
#include "migrate.h"
#include "version.h"

/* Names that a table can have had; a history may have been edited. */
#define RENAMES_MAX 16

/* Histories that have been looked for, by path; lost with the arena. */
struct required {
	struct session *s;
	struct model *list;
	struct map by_path;
};

/* The history beside a file; NULL: there is none, or it is our own. */
static bool
history_of(struct required *r, const char *file, struct history **out)
{
	char *dir = file_folder(file);
	const char *path = arena_printf(r->s->mem, "%s/%s", dir, HISTORY_FILE);
	char *ours = realpath(r->s->hist.path, NULL);
	char *theirs = realpath(path, NULL);
	struct history *h = map_get(&r->by_path, path);
	bool ok = true;

	free(dir);
	*out = h;
	if (h == NULL && theirs != NULL &&
	    (ours == NULL || strcmp(ours, theirs) != 0)) {
		h = arena_alloc(r->s->mem, sizeof(*h));
		history_init(h, r->s->mem);
		map_put(&r->by_path, path, h);
		*out = h;
		ok = history_read(h, path);
	}
	free(ours);
	free(theirs);
	return ok;
}

/* All versions of an object in a history, in order. */
static void
versions_of(const struct history *h, const char *key, struct vec *out)
{
	const struct object *now = model_get(&h->objects, key);

	for (size_t i = 0; i < h->prev.n; i++) {
		const struct object *o = h->prev.v[i];

		if (strcmp(o->key, key) == 0)
			vec_push(out, o);
	}
	if (now != NULL)
		vec_push(out, now);
	vec_sort(out, version_cmp);
}

/* The name that a version's table had before, if its commands say so. */
static const char *
origin(struct required *r, const struct object *o)
{
	struct migration m;
	const char *why;

	return o->delta.n > 0 && migrate_parse(r->s->mem, o->delta.v[0], &m,
	    &why) && m.verb == MIGRATE_FROM ? m.to : NULL;
}

/*
 * Commands of all versions behind the one that is in our last release. Those
 * of a renamed table stand behind those that it had under its old name.
 *
 * Returns false where nothing leads there from what we have released.
 */
static bool
collect(struct required *r, const struct history *h, const char *key,
    struct vec *out, int depth)
{
	const struct object *ours = model_get(&r->s->hist.objects, key);
	WM_VEC versions = VEC_INIT;
	size_t from = 0;

	versions_of(h, key, &versions);
	for (size_t i = 0; ours != NULL && i < versions.n; i++) {
		const struct object *v = versions.v[i];

		if (strcmp(v->create, ours->create) == 0)
			from = i + 1;
	}
	if (ours != NULL && from == 0)
		return false;
	if (ours == NULL) {
		const char *was = versions.n > 0 && depth < RENAMES_MAX ?
		    origin(r, versions.v[0]) : NULL;

		if (was == NULL || !collect(r, h, arena_printf(r->s->mem,
		    "table:%s", was), out, depth + 1))
			return false;
	}
	for (size_t i = from; i < versions.n; i++) {
		const struct object *v = versions.v[i];

		for (size_t k = 0; k < v->delta.n; k++)
			vec_push(out, v->delta.v[k]);
	}
	return true;
}

static bool
add(struct required *r, struct object *o)
{
	const struct object *ours = model_get(&r->s->hist.objects, o->key);
	struct history *h;

	if (strcmp(o->kind->name, "table") != 0 || o->loc.file == NULL ||
	    o->delta.n > 0 || (ours != NULL && strcmp(ours->hash, o->hash)
	    == 0))
		return true;
	if (!history_of(r, o->loc.file, &h))
		return false;
	if (h != NULL && h->module != NULL &&
	    strcmp(h->module, o->module) == 0)
		(void)collect(r, h, o->key, &o->delta, 0);
	return true;
}

bool
required_deltas(struct session *s, struct model *list)
{
	struct required r = { .s = s, .list = list };
	bool ok = true;

	/* nothing is released that could differ */
	for (size_t i = 0; ok && history_last(&s->hist) > 0 &&
	    i < list->objects.n; i++)
		ok = add(&r, list->objects.v[i]);
	for (size_t i = 0; i < r.by_path.cap; i++)
		if (r.by_path.slots[i].value != NULL)
			history_clear(r.by_path.slots[i].value);
	map_clear(&r.by_path);
	return ok;
}
