#include "notes.h"

#include "arena.h"
#include "map.h"
#include "sbuf.h"
#include "sha256.h"
#include "version.h"

static void
put_head(const struct bundle *b, struct sbuf *out)
{
	const struct release *r = b->releases.v[b->release - 1];

	sbuf_printf(out, "%s, release %d", b->module ? b->module : "release",
	    b->release);
	if (r->label != NULL)
		sbuf_printf(out, " (%s)", r->label);
	sbuf_printf(out, "\npublished %s\n", b->publish ? b->publish :
	    "not yet");
}

static void
put_sum(const struct object *o, struct sbuf *out)
{
	unsigned char sum[SHA256_SIZE];
	struct sha256 h;

	sha256_begin(&h);
	sha256_put(&h, o->create, strlen(o->create));
	sha256_put(&h, "", 1);
	sha256_put(&h, o->drop, strlen(o->drop));
	sha256_end(&h, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		sbuf_printf(out, "%02x", sum[i]);
}

void
notes_manifest(const struct bundle *b, struct sbuf *out)
{
	WM_VEC sorted = VEC_INIT;

	put_head(b, out);
	sbuf_printf(out, "hash %s\ndigest %s\n\n", b->hash, b->digest);
	for (size_t i = 0; i < b->objects.objects.n; i++)
		vec_push(&sorted, b->objects.objects.v[i]);
	vec_sort(&sorted, version_cmp);
	for (size_t i = 0; i < sorted.n; i++) {
		const struct object *o = sorted.v[i];

		put_sum(o, out);
		sbuf_printf(out, "  %-8s %s  version %d, module %s\n",
		    o->kind->name, o->nam, o->obj_ver, o->module);
	}
}

static void
put_list(const char *title, const struct vec *list, bool deltas,
    struct sbuf *out)
{
	if (list->n == 0)
		return;
	sbuf_printf(out, "\n%s\n", title);
	for (size_t i = 0; i < list->n; i++) {
		const struct object *o = list->v[i];

		sbuf_printf(out, "  %s %s\n", o->kind->name, o->nam);
		/* what was declared of a table says what happens to rows */
		for (size_t d = 0; deltas && d < o->delta.n; d++)
			sbuf_printf(out, "    %s\n",
			    (const char *)o->delta.v[d]);
	}
}

void
notes_changes(const struct bundle *b, struct sbuf *out)
{
	WM_VEC new = VEC_INIT;
	WM_VEC changed = VEC_INIT;
	WM_VEC gone = VEC_INIT;
	WM_MAP before = MAP_INIT;	/* what the release before had */

	put_head(b, out);
	for (size_t i = 0; i < b->prev.n; i++) {
		struct object *o = b->prev.v[i];

		if (o->max_rel == b->release - 1)
			map_put(&before, o->key, o);
	}
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		struct object *o = b->objects.objects.v[i];

		if (o->min_rel == b->release)
			vec_push(map_get(&before, o->key) ? &changed : &new,
			    o);
	}
	for (size_t i = 0; i < b->prev.n; i++) {
		struct object *o = b->prev.v[i];

		if (o->max_rel == b->release - 1 &&
		    model_get(&b->objects, o->key) == NULL)
			vec_push(&gone, o);
	}
	vec_sort(&new, version_cmp);
	vec_sort(&changed, version_cmp);
	vec_sort(&gone, version_cmp);
	if (new.n + changed.n + gone.n == 0)
		sbuf_puts(out, "\nNo object has changed.\n");
	put_list("New", &new, true, out);
	put_list("Changed", &changed, true, out);
	put_list("Gone", &gone, false, out);
}
