/*
 * rebuild-history - make Wyseman.hist of bundles, where it was lost.
 */
#include "command.h"

#include "diag.h"
#include "file.h"
#include "json_out.h"
#include "sbuf.h"
#include "unpack.h"

static struct where where;
static long long max_size = UNPACK_MAX;

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 0, "max-size", OPT_SIZE, &max_size, "SIZE",
	    "what a packed bundle may grow to (1GB)", NULL },
};

static bool
read_one(struct arena *mem, const char *path, struct bundle *b)
{
	const char *name;
	FILE *f = unpack_open(mem, path, max_size, &name);
	bool ok;

	if (f == NULL)
		return false;
	b->max_size = max_size;
	ok = bundle_read(b, f, name);
	if (f != stdin)
		fclose(f);
	return ok;
}

static int
by_release(const void *a, const void *b)
{
	const struct bundle *x = a, *y = b;

	return (x->release > y->release) - (x->release < y->release);
}

/* Whether two bundles can be of one history. */
static bool
agree(const struct bundle *b, const struct bundle *newest)
{
	struct loc at = { b->name, 0, 0 };

	if (b->module != NULL && newest->module != NULL &&
	    strcmp(b->module, newest->module) != 0) {
		diag_error(&at, "is of module \"%s\", and %s of module \"%s\"",
		    b->module, newest->name, newest->module);
		return false;
	}
	if (b != newest && b->release == newest->release) {
		diag_error(&at, "is release %d, as %s", b->release,
		    newest->name);
		return false;
	}
	if (b != newest && b->publish == NULL) {
		diag_error(&at, "is a beta of release %d, which %s knows as "
		    "committed", b->release, newest->name);
		return false;
	}
	for (size_t i = 0; b != newest && i < b->releases.n; i++) {
		const struct release *r = b->releases.v[i];
		const struct release *k = newest->releases.v[i];

		if (strcmp(r->committed, k->committed != NULL ? k->committed :
		    "") != 0) {
			diag_error(&at, "release %zu was committed at another "
			    "time than %s says", i + 1, newest->name);
			return false;
		}
	}
	return true;
}

/* A bundle that holds a release's texts, from the history that there is. */
static bool
from_history(const struct history *old, int release,
    const struct bundle *newest, struct bundle *out)
{
	const struct archive *a;
	const struct release *r, *k = newest->releases.v[release - 1];

	if (release > history_last(old))
		return false;
	a = old->arch.v[release - 1];
	r = old->releases.v[release - 1];
	if (a->lost || strcmp(r->committed, k->committed) != 0)
		return false;
	out->boot = history_text(old, release, HISTORY_BOOT);
	out->init = history_text(old, release, HISTORY_INIT);
	out->dict = history_text(old, release, HISTORY_DICT);
	out->compress = !a->known || a->compress;
	out->digest = a->digest;
	out->signature = a->signature;
	return out->boot != NULL && out->init != NULL && out->dict != NULL;
}

/* One line for releases that follow one another. */
static void
warn_lost(const struct history *h, int from, int to)
{
	struct loc at = { h->path, 0, 0 };

	if (from == 0)
		return;
	if (from == to)
		diag_warn(&at, NULL, "release %d has no bundle here: it cannot "
		    "be made again", from);
	else
		diag_warn(&at, NULL, "releases %d to %d have no bundles here: "
		    "they cannot be made again", from, to);
}

static void
archive_all(struct history *h, const struct history *old,
    const struct vec *bundles)
{
	const struct bundle *newest = bundles->v[bundles->n - 1];
	int last = newest->release - (newest->publish == NULL);
	int lost = 0;	/* first of those in a row; 0: none */
	size_t k = 0;

	for (int n = 1; n <= last; n++) {
		struct bundle texts;

		while (((struct bundle *)bundles->v[k])->release < n)
			k++;
		bundle_init(&texts, h->mem);
		if (((struct bundle *)bundles->v[k])->release == n)
			history_archive(h, bundles->v[k]);
		else if (from_history(old, n, newest, &texts))
			history_archive(h, &texts);
		else {
			history_archive(h, NULL);
			lost = lost > 0 ? lost : n;
			bundle_clear(&texts);
			continue;
		}
		bundle_clear(&texts);
		warn_lost(h, lost, n - 1);
		lost = 0;
	}
	warn_lost(h, lost, last);
}

/* What the history says of a release is what its bundle said. */
static bool
prove(const struct history *h, const struct bundle *b)
{
	struct loc at = { b->name, 0, 0 };
	struct bundle again;
	bool ok;

	bundle_init(&again, h->mem);
	ok = history_bundle(h, b->release, &again);
	if (ok && again.objects.objects.n != b->objects.objects.n)
		ok = false;
	for (size_t i = 0; ok && i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];
		const struct object *n = model_get(&again.objects, o->key);

		ok = n != NULL && n->obj_ver == o->obj_ver &&
		    strcmp(n->hash, o->hash) == 0;
	}
	if (ok && b->digest != NULL)
		ok = bundle_seal(&again, NULL, NULL) &&
		    strcmp(again.digest, b->digest) == 0;
	if (!ok)
		diag_refuse(&at, "release %d cannot be made again from the "
		    "later bundles: they do not belong together", b->release);
	bundle_clear(&again);
	return ok;
}

static void
rebuild(struct session *s, struct vec *bundles)
{
	const struct bundle *newest;
	struct loc at = { s->hist.path, 0, 0 };
	struct history h;
	bool ok = true;

	vec_sort(bundles, by_release);
	newest = bundles->v[bundles->n - 1];
	if (history_last(&s->hist) > newest->release -
	    (newest->publish == NULL)) {
		diag_refuse(&at, "has release %d, which is later than that of "
		    "%s", history_last(&s->hist), newest->name);
		return;
	}
	for (size_t i = 0; i < bundles->n; i++)
		ok = agree(bundles->v[i], newest) && ok;
	if (!ok)
		return;
	history_init(&h, s->mem);
	h.path = s->hist.path;
	archive_all(&h, &s->hist, bundles);
	ok = history_adopt(&h, newest);
	for (size_t i = 0; ok && i < bundles->n; i++)
		ok = prove(&h, bundles->v[i]);
	for (size_t i = 0; i < s->hist.extra.n; i++)
		vec_push(&h.extra, s->hist.extra.v[i]);
	/* what fails has been reported */
	(void)(ok && put_history(&h));
	history_clear(&h);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct bundle *b = arena_alloc(mem, ((size_t)argc + 1) * sizeof(*b));
	WM_VEC bundles = VEC_INIT;
	struct session s;
	bool ok;

	if (argc == 0)
		usage_die("no bundles named");
	ok = session_open(&s, mem, &where, true);
	for (int i = 0; i < argc; i++) {
		bundle_init(&b[i], mem);
		ok = ok && read_one(mem, argv[i], &b[i]);
		vec_push(&bundles, &b[i]);
	}
	if (ok)
		rebuild(&s, &bundles);
	for (int i = 0; i < argc; i++)
		bundle_clear(&b[i]);
	session_clear(&s);
}

const struct command command_rebuild = {
	"rebuild-history",
	{ .name = "wm-release rebuild-history", .synopsis = "BUNDLE...",
	    .about = "Make Wyseman.hist again, from bundles.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
