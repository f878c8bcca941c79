#include "next.h"

#include "diag.h"
#include "dict.h"
#include "embed.h"
#include "file.h"
#include "migrate.h"
#include "own.h"
#include "sbuf.h"
#include "version.h"

bool
next_read(struct session *s, struct model *list, const char *path)
{
	const char *name;
	FILE *f = file_open(path, &name);
	struct loc at = { NULL, 0, 0 };
	size_t own;
	bool ok;

	if (f == NULL)
		return false;
	list->like = &s->hist.objects;
	if (!own_objects(list))
		return false;
	own = list->objects.n;
	ok = model_read(list, f, name);
	if (f != stdin)
		fclose(f);
	if (!ok)
		return false;
	own_protect(list, own);
	if (list->module == NULL)
		list->module = s->conf.module;
	at.file = s->hist.path;
	if (s->hist.module != NULL && list->module != NULL &&
	    strcmp(s->hist.module, list->module) != 0)
		diag_error(&at, "is the history of module \"%s\", and the "
		    "object list is of module \"%s\"", s->hist.module,
		    list->module);
	return diag_errors() == 0;
}

const struct object *
next_was(const struct session *s, const struct model *list,
    const struct object *o)
{
	const struct model *last = &s->hist.objects;
	const struct object *was = model_get(last, o->key);
	WM_VEC names = VEC_INIT;

	if (was == NULL)
		migrate_names(s->mem, &o->delta, &names);
	for (size_t i = 0; was == NULL && i < names.n; i++) {
		const char *key = arena_printf(s->mem, "table:%s",
		    (const char *)names.v[i]);

		if (model_get(list, key) == NULL)
			was = model_get(last, key);
	}
	return was;
}

/* Highest version that an object had in any release. */
static void
past_versions(const struct history *h, struct map *out)
{
	for (size_t i = 0; i < h->prev.n; i++) {
		const struct object *o = h->prev.v[i];
		const struct object *max = map_get(out, o->key);

		if (max == NULL || max->obj_ver < o->obj_ver)
			map_put(out, o->key, o);
	}
}

/*
 * An object of the list, as the bundle has it; was is what it is equal to.
 *
 * There is much of it in a release, and most is as it was: it is the list's
 * own, unless it had migrations then, which the list does not have.
 */
static struct object *
take(const struct bundle *b, struct object *o, const struct object *was)
{
	struct object *new;

	if (was == NULL || was->delta.n == 0)
		return o;
	new = arena_alloc(b->mem, sizeof(*new));
	object_borrow(new, was);
	new->loc = o->loc;
	return new;
}

static bool
add(struct session *s, const struct model *list, struct bundle *b,
    struct next_counts *n)
{
	WM_MAP past = MAP_INIT;

	past_versions(&s->hist, &past);
	for (size_t i = 0; i < list->objects.n; i++) {
		struct object *o = list->objects.v[i];
		const struct object *old = model_get(&s->hist.objects, o->key);
		const struct object *gone = map_get(&past, o->key);
		bool same = old != NULL && o->delta.n == 0 &&
		    strcmp(old->hash, o->hash) == 0;
		struct object *new = take(b, o, same ? old : NULL);

		new->max_rel = b->release;
		new->min_rel = same ? old->min_rel : b->release;
		new->obj_ver = same ? old->obj_ver :
		    1 + (old != NULL ? old->obj_ver : gone != NULL ?
		    gone->obj_ver : 0);
		n->added += old == NULL;
		n->changed += old != NULL && !same;
		if (!model_put(&b->objects, new))
			return false;	/* the list has each name once */
	}
	return true;
}

static void
end(struct session *s, struct bundle *b, struct next_counts *n)
{
	for (size_t i = 0; i < s->hist.prev.n; i++)
		vec_push(&b->prev, s->hist.prev.v[i]);
	for (size_t i = 0; i < s->hist.objects.objects.n; i++) {
		const struct object *old = s->hist.objects.objects.v[i];
		const struct object *new = model_get(&b->objects, old->key);

		if (new != NULL && new->obj_ver == old->obj_ver)
			continue;
		vec_push(&b->prev, old);
		n->dropped += new == NULL;
	}
	vec_sort(&b->prev, version_cmp);
}

static const char *
dict_text(struct session *s, const struct model *list)
{
	WM_SBUF b = SBUF_INIT;

	dict_sql(&list->dict, &b);
	if (model_get(list, "function:wm.init_dictionary()") != NULL)
		sbuf_puts(&b, "select wm.init_dictionary();\n");
	return sbuf_take(&b, s->mem);
}

static const char *
init_text(struct session *s, const struct model *list)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < list->init.n; i++) {
		const struct init_sql *sql = list->init.v[i];
		size_t len = strlen(sql->sql);

		sbuf_putn(&b, sql->sql, len);
		/* its last line may be a comment */
		if (len > 0 && sql->sql[len - 1] != '\n')
			sbuf_putc(&b, '\n');
	}
	return sbuf_take(&b, s->mem);
}

bool
next_bundle(struct session *s, const struct model *list, struct bundle *out,
    struct next_counts *out_counts)
{
	const struct history *h = &s->hist;
	size_t last = (size_t)history_last(h);

	if (!history_ready(h))
		return false;
	memset(out_counts, 0, sizeof(*out_counts));
	out->module = list->module;
	out->release = (int)last + 1;
	out->compress = true;
	/* what the older runtime calls to build it, as well */
	out->boot = arena_printf(s->mem, "%s\n%s", embed_boot_sql,
	    embed_loader_sql);
	out->dict = dict_text(s, list);
	out->init = init_text(s, list);
	for (size_t i = 0; i < last; i++)
		vec_push(&out->releases, h->releases.v[i]);
	vec_push(&out->releases, arena_alloc(s->mem, sizeof(struct release)));
	if (h->releases.n > last)
		*(struct release *)out->releases.v[last] =
		    *(struct release *)h->releases.v[last];
	if (!add(s, list, out, out_counts))
		return false;
	end(s, out, out_counts);
	return versions_in_order(&out->objects);
}
