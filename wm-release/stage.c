/*
 * stage - note the release that is worked on, as it is now.
 */
#include "command.h"

#include "diag.h"
#include "file.h"
#include "next.h"
#include "required.h"
#include "version.h"

static struct where where;

static const struct opt options[] = {
	OPT_WHERE(&where),
};

/* Whether the objects are others than those last noted. */
static bool
objects_differ(const struct history *h, const struct bundle *b)
{
	const struct model *was = h->staged ? &h->work : &h->objects;

	if (was->objects.n != b->objects.objects.n)
		return true;
	for (size_t i = 0; i < was->objects.n; i++) {
		const struct object *o = was->objects.v[i];
		const struct object *n = model_get(&b->objects, o->key);

		if (n == NULL || n->obj_ver != o->obj_ver ||
		    strcmp(n->hash, o->hash) != 0 ||
		    !vec_same_strings(&n->delta, &o->delta))
			return true;
	}
	return false;
}

static bool
texts_differ(const struct history *h, const char *const *text)
{
	for (int i = 0; h->staged && i < HISTORY_TEXTS; i++)
		if (strcmp(h->work_text[i], text[i]) != 0)
			return true;
	return !h->staged;
}

static void
note(struct session *s, const struct bundle *b)
{
	struct history *h = &s->hist;
	const char *text[HISTORY_TEXTS] = { b->boot, b->init, b->dict };
	struct release *r = b->releases.v[b->release - 1];
	bool differ = objects_differ(h, b);

	/* what is noted already leaves the file as it is */
	if (!differ && !texts_differ(h, text))
		return;
	r->beta += differ;
	h->module = b->module;
	vec_clear(&h->releases);
	for (size_t i = 0; i < b->releases.n; i++)
		vec_push(&h->releases, b->releases.v[i]);
	model_clear(&h->work);
	model_init(&h->work, s->mem);
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *new = model_copy(&h->work,
		    b->objects.objects.v[i]);

		assert(new != NULL);
	}
	memcpy(h->work_text, text, sizeof(text));
	h->staged = true;
	if (!put_history(h))
		return;		/* reported: nothing is noted */
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct session s;
	struct model list;
	struct next_counts n;
	struct bundle b;

	if (argc > 1)
		usage_die("more than one object list named");
	model_init(&list, mem);
	bundle_init(&b, mem);
	if (session_open(&s, mem, &where, true) &&
	    next_read(&s, &list, argc > 0 ? argv[0] : NULL) &&
	    required_deltas(&s, &list) && next_bundle(&s, &list, &b, &n))
		note(&s, &b);
	bundle_clear(&b);
	model_clear(&list);
	session_clear(&s);
}

const struct command command_stage = {
	"stage",
	{ .name = "wm-release stage", .synopsis = "[FILE]",
	    .about = "Note the release that is worked on, as it is now.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
