#include "history.h"

#include <stdlib.h>

#include "arena.h"
#include "canon.h"
#include "codec.h"
#include "diag.h"
#include "file.h"
#include "fileset.h"
#include "version.h"

static const char *const text_names[HISTORY_TEXTS] = { "boot", "init",
	"dict" };

void
history_init(struct history *h, struct arena *mem)
{
	memset(h, 0, sizeof(*h));
	h->mem = mem;
	model_init(&h->objects, mem);
	model_init(&h->work, mem);
}

void
history_clear(struct history *h)
{
	vec_clear(&h->releases);
	vec_clear(&h->prev);
	vec_clear(&h->arch);
	model_clear(&h->objects);
	model_clear(&h->work);
	vec_clear(&h->extra);
}

/* --- reading ------------------------------------------------------------ */

struct reading {
	struct history *h;
	struct codec codec;
	const struct json *labels, *work;	/* copies, read at the end */
	int manifest;		/* release that "objects" is said to be of */
	size_t bundles;
};

static struct archive *
archive(struct reading *r, size_t i)
{
	struct history *h = r->h;

	while (h->arch.n <= i)
		vec_push(&h->arch, arena_alloc(h->mem,
		    sizeof(struct archive)));
	return h->arch.v[i];
}

/* A value that outlives its reading. */
static const struct json *
keep(struct reading *r, const struct json *v)
{
	WM_SBUF text = SBUF_INIT;
	struct json *copy;

	canon_value(&text, v);
	copy = json_parse(r->h->mem, sbuf_str(&text), text.len, r->h->path,
	    JSON_DEPTH);
	if (copy != NULL)
		copy->key = arena_strdup(r->h->mem, v->key);
	return copy;
}

static bool
wrong_type(const struct reading *r, const struct json *v, const char *key,
    const char *wanted)
{
	struct loc at = { r->h->path, v->line, 0 };

	diag_error(&at, "member \"%s\" has to be %s, not %s", key, wanted,
	    json_type_name(v->type));
	return false;
}

static bool
on_module(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_STRING)
		return wrong_type(r, v, v->key, "a string");
	r->h->module = arena_strdup(r->h->mem, v->str);
	return true;
}

/* The older tool's number of the release that is worked on: it follows. */
static bool
on_release(void *ctx, const struct json *v)
{
	(void)ctx;
	(void)v;
	return true;
}

static bool
on_releases(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	return releases_read(v, r->h->path, r->h->mem, &r->h->releases);
}

static bool
on_labels(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	r->labels = keep(r, v);
	return r->labels != NULL;
}

static bool
on_manifest(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	if (v->type != JSON_NUMBER || v->len > 7)
		return wrong_type(r, v, v->key, "a release's number");
	r->manifest = (int)strtol(v->str, NULL, 10);
	return true;
}

static bool
on_bundle(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	struct arena *mem = r->h->mem;
	struct archive *a = archive(r, r->bundles++);

	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_OBJECT)
		return wrong_type(r, v, "bundles", "an array of objects");
	a->known = true;
	a->compress = json_bool(v, "compress");
	a->digest = arena_strdup(mem, json_str(v, "digest"));
	a->signature = arena_strdup(mem, json_str(v, "signature"));
	return true;
}

static bool
on_arch(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	struct history *h = r->h;
	struct archive *a = NULL;

	/* "bundles" may have made some */
	for (size_t i = 0; i < h->arch.n && a == NULL; i++) {
		struct archive *k = h->arch.v[i];

		a = k->line == 0 ? k : NULL;
	}
	if (a == NULL)
		a = archive(r, h->arch.n);
	a->line = v->line;
	if (v->type == JSON_NULL) {
		a->lost = true;
		return true;
	}
	if (v->type != JSON_OBJECT)
		return wrong_type(r, v, "arch", "an array of objects");
	for (int i = 0; i < HISTORY_TEXTS; i++) {
		const struct json *t = json_get(v, text_names[i]);

		if (t != NULL && t->type != JSON_STRING &&
		    t->type != JSON_NULL)
			return wrong_type(r, t, text_names[i], "a string");
		a->text[i] = arena_strdup(h->mem, json_str(v, text_names[i]));
	}
	return true;
}

static bool
on_prev(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	struct object *o = arena_alloc(r->h->mem, sizeof(*o));

	vec_push(&r->h->prev, o);
	return version_read(r->h->mem, v, r->h->path, o) &&
	    version_texts(r->h->mem, v, r->h->path, &r->codec, o);
}

static bool
put_object(struct reading *r, const struct json *v, struct model *m)
{
	struct history *h = r->h;
	struct object *o = arena_alloc(h->mem, sizeof(*o));

	if (version_read(h->mem, v, h->path, o) &&
	    version_texts(h->mem, v, h->path, &r->codec, o)) {
		if (model_put(m, o))
			return true;
		diag_error(&o->loc, "object \"%s\" stands twice in "
		    "\"objects\"", o->key);
	}
	version_clear(o);
	return false;
}

static bool
on_object(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	return put_object(r, v, &r->h->objects);
}

static bool
on_work(void *ctx, const struct json *v)
{
	struct reading *r = ctx;

	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_OBJECT)
		return wrong_type(r, v, v->key, "an object");
	r->work = keep(r, v);
	return r->work != NULL;
}

static bool
on_extra(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	const struct json *copy = keep(r, v);

	if (copy != NULL)
		vec_push(&r->h->extra, copy);
	return copy != NULL;
}

/* What was staged: what is other than in the manifest, and what is gone. */
static bool
read_work(struct reading *r)
{
	struct history *h = r->h;
	const struct json *objects = json_get(r->work, "objects");
	struct loc at = { h->path, 0, 0 };
	WM_MAP gone = MAP_INIT;
	WM_VEC names = VEC_INIT;
	bool ok = json_strings(r->work, "gone", h->path, h->mem, &names);

	for (size_t i = 0; ok && i < names.n; i++)
		map_put(&gone, names.v[i], h);
	for (const struct json *j = objects ? objects->first : NULL;
	    ok && j != NULL; j = j->next)
		ok = put_object(r, j, &h->work);
	for (size_t i = 0; ok && i < h->objects.objects.n; i++) {
		const struct object *old = h->objects.objects.v[i];

		/* what is worked on has been read: it is the newer one */
		if (map_get(&gone, old->key) == NULL)
			(void)model_copy(&h->work, old);
	}
	for (int i = 0; ok && i < HISTORY_TEXTS; i++) {
		const char *s = json_str(r->work, text_names[i]);

		h->work_text[i] = s == NULL ? "" :
		    codec_decode_either(&r->codec, s, strlen(s), h->mem);
		ok = h->work_text[i] != NULL;
		if (!ok)
			diag_error(&at, "\"%s\" in \"work\" cannot be read: "
			    "%s", text_names[i], r->codec.error);
	}
	h->staged = ok;
	return ok;
}

static bool
settle(struct reading *r)
{
	struct history *h = r->h;
	struct loc at = { h->path, 0, 0 };
	size_t last = (size_t)history_last(h);

	if (h->arch.n > last) {
		diag_error(&at, "%zu releases are archived, but %zu are "
		    "committed", h->arch.n, last);
		return false;
	}
	while (h->arch.n < last)
		archive(r, h->arch.n)->lost = true;
	for (size_t i = 0; i < last; i++) {
		struct archive *a = h->arch.v[i];

		a->lost = a->lost || a->line == 0;
	}
	h->manifest = last == 0 || r->manifest == (int)last;
	if (!h->manifest) {
		/* of an older release: the older tool has committed since */
		model_clear(&h->objects);
		model_init(&h->objects, h->mem);
		return true;
	}
	return (r->labels == NULL || labels_read(r->labels, h->path, h->mem,
	    &h->releases)) && (r->work == NULL || read_work(r));
}

bool
history_read(struct history *h, const char *path)
{
	static const struct json_member members[] = {
		{ "release", false, on_release },
		{ "module", false, on_module },
		{ "releases", false, on_releases },
		{ "labels", false, on_labels },
		{ "manifest", false, on_manifest },
		{ "bundles", true, on_bundle },
		{ "prev", true, on_prev },
		{ "arch", true, on_arch },
		{ "objects", true, on_object },
		{ "work", false, on_work },
		{ NULL, false, on_extra },
	};
	struct reading r = { .h = h };
	const char *name, *now;
	FILE *f;
	bool ok;

	h->path = path;
	h->manifest = true;
	/* after a crash while a release was committed, the new one counts */
	now = fileset_current(h->mem, path);
	if (!file_exists(now))
		return true;
	f = file_open(now, &name);
	if (f == NULL)
		return false;
	codec_init(&r.codec, false, 0);
	ok = json_read(f, path, members, WM_LEN(members), &r) && settle(&r);
	codec_clear(&r.codec);
	fclose(f);
	return ok;
}

/* --- writing ------------------------------------------------------------ */

static void
write_bundles(const struct history *h, struct json_out *out)
{
	json_out_open(out, "bundles", '[', true);
	for (size_t i = 0; i < h->arch.n; i++) {
		const struct archive *a = h->arch.v[i];

		if (!a->known) {
			json_out_str(out, NULL, NULL);
			continue;
		}
		json_out_open(out, NULL, '{', false);
		json_out_bool(out, "compress", a->compress);
		json_out_str(out, "digest", a->digest);
		if (a->signature != NULL)
			json_out_str(out, "signature", a->signature);
		json_out_close(out);
	}
	json_out_close(out);
}

static void
write_arch(const struct history *h, struct json_out *out)
{
	json_out_open(out, "arch", '[', true);
	for (size_t i = 0; i < h->arch.n; i++) {
		const struct archive *a = h->arch.v[i];

		if (a->lost) {
			json_out_str(out, NULL, NULL);
			continue;
		}
		json_out_open(out, NULL, '{', false);
		for (int k = 0; k < HISTORY_TEXTS; k++)
			json_out_str(out, text_names[k], a->text[k]);
		json_out_close(out);
	}
	json_out_close(out);
}

static void
write_work(const struct history *h, struct codec *plain, struct json_out *out)
{
	struct codec packed;

	json_out_open(out, "work", '{', true);
	json_out_open(out, "objects", '[', true);
	for (size_t i = 0; i < h->work.objects.n; i++) {
		const struct object *o = h->work.objects.v[i];
		const struct object *old = model_get(&h->objects, o->key);

		if (old == NULL || old->obj_ver != o->obj_ver)
			version_write(out, o, plain);
	}
	json_out_close(out);
	json_out_open(out, "gone", '[', true);
	for (size_t i = 0; i < h->objects.objects.n; i++) {
		const struct object *old = h->objects.objects.v[i];

		if (model_get(&h->work, old->key) == NULL)
			json_out_str(out, NULL, old->key);
	}
	json_out_close(out);
	codec_init(&packed, true, 0);
	for (int i = 0; i < HISTORY_TEXTS; i++) {
		WM_SBUF text = SBUF_INIT;

		codec_encode(&packed, h->work_text[i], &text);
		json_out_strn(out, text_names[i], sbuf_str(&text), text.len);
	}
	codec_clear(&packed);
	json_out_close(out);
}

static void
write_versions(struct json_out *out, const char *key, const struct vec *v,
    struct codec *codec)
{
	json_out_open(out, key, '[', true);
	for (size_t i = 0; i < v->n; i++)
		version_write(out, v->v[i], codec);
	json_out_close(out);
}

void
history_write(struct history *h, struct json_out *out)
{
	struct codec c;

	codec_init(&c, false, 0);
	vec_sort(&h->prev, version_cmp);
	json_out_open(out, NULL, '{', true);
	json_out_int(out, "release", history_last(h) + 1);
	json_out_str(out, "module", h->module);
	releases_write(out, &h->releases, h->releases.n);
	labels_write(out, &h->releases, h->releases.n);
	write_bundles(h, out);
	write_versions(out, "prev", &h->prev, &c);
	write_arch(h, out);
	if (h->manifest) {
		json_out_int(out, "manifest", history_last(h));
		write_versions(out, "objects", &h->objects.objects, &c);
		if (h->staged)
			write_work(h, &c, out);
	}
	for (size_t i = 0; i < h->extra.n; i++) {
		const struct json *j = h->extra.v[i];

		json_out_tree(out, j->key, j);
	}
	json_out_close(out);
	codec_clear(&c);
}

/* --- using -------------------------------------------------------------- */

int
history_last(const struct history *h)
{
	return releases_committed(&h->releases);
}

bool
history_ready(const struct history *h)
{
	struct loc at = { h->path, 0, 0 };

	if (h->manifest)
		return true;
	diag_error(&at, "the objects of release %d are not in it",
	    history_last(h));
	diag_hint("Add them from its bundle: wm-release rebuild-history "
	    "schema-%d.json", history_last(h));
	return false;
}

const char *
history_text(const struct history *h, int release, enum history_text which)
{
	struct loc at = { h->path, 0, 0 };
	struct codec c;
	const char *s = "";

	for (int i = release; i >= 1; i--) {
		const struct archive *a = h->arch.v[i - 1];

		if (a->lost) {
			diag_error(&at, "the texts of release %d are not in "
			    "the history", release);
			diag_hint("Add them from its bundle: wm-release "
			    "rebuild-history schema-%d.json", i);
			return NULL;
		}
		if (a->text[which] == NULL)
			continue;
		at.line = a->line;
		codec_init(&c, false, 0);
		s = codec_decode_either(&c, a->text[which],
		    strlen(a->text[which]), h->mem);
		if (s == NULL)
			diag_error(&at, "\"%s\" of release %d cannot be read: "
			    "%s", text_names[which], i, c.error);
		codec_clear(&c);
		break;
	}
	return s;
}

static bool
take_object(struct bundle *b, const struct object *from, bool past)
{
	struct object *o;

	if (past) {
		vec_push(&b->prev, from);
		return true;
	}
	o = model_copy(&b->objects, from);
	if (o == NULL) {
		diag_error(&from->loc, "two versions of \"%s\" are in release "
		    "%d", from->key, b->release);
		return false;
	}
	o->max_rel = b->release;
	return true;
}

/* Objects of a committed release. */
static bool
take_committed(const struct history *h, struct bundle *b)
{
	bool ok = true;

	for (size_t i = 0; ok && i < h->objects.objects.n; i++) {
		const struct object *o = h->objects.objects.v[i];

		if (o->min_rel <= b->release)
			ok = take_object(b, o, false);
	}
	for (size_t i = 0; ok && i < h->prev.n; i++) {
		const struct object *o = h->prev.v[i];

		if (o->min_rel <= b->release)
			ok = take_object(b, o, o->max_rel < b->release);
	}
	return ok;
}

/* Objects of the release that is worked on. */
static bool
take_work(const struct history *h, struct bundle *b)
{
	bool ok = true;

	for (size_t i = 0; ok && i < h->work.objects.n; i++)
		ok = take_object(b, h->work.objects.v[i], false);
	for (size_t i = 0; ok && i < h->prev.n; i++)
		ok = take_object(b, h->prev.v[i], true);
	for (size_t i = 0; ok && i < h->objects.objects.n; i++) {
		const struct object *o = h->objects.objects.v[i];
		const struct object *now = model_get(&h->work, o->key);

		if (now == NULL || now->obj_ver != o->obj_ver)
			ok = take_object(b, o, true);
	}
	return ok;
}

static void
take_releases(const struct history *h, struct bundle *b)
{
	for (size_t i = 0; i < h->releases.n && i < (size_t)b->release; i++)
		vec_push(&b->releases, h->releases.v[i]);
	if (b->releases.n < (size_t)b->release)
		vec_push(&b->releases, arena_alloc(b->mem,
		    sizeof(struct release)));
}

bool
history_bundle(const struct history *h, int release, struct bundle *out)
{
	bool beta = release > history_last(h);
	const char *text[HISTORY_TEXTS];
	struct loc at = { h->path, 0, 0 };

	if (!history_ready(h))
		return false;
	if (beta && !h->staged) {
		diag_error(&at, "nothing of release %d has been staged",
		    release);
		diag_hint("wm-parse FILE... | wm-release stage");
		return false;
	}
	for (int i = 0; i < HISTORY_TEXTS; i++) {
		text[i] = beta ? h->work_text[i] :
		    history_text(h, release, (enum history_text)i);
		if (text[i] == NULL)
			return false;
	}
	out->boot = text[HISTORY_BOOT];
	out->init = text[HISTORY_INIT];
	out->dict = text[HISTORY_DICT];
	out->module = h->module;
	out->release = release;
	out->compress = true;
	take_releases(h, out);
	if (!beta) {
		const struct release *r = out->releases.v[release - 1];
		const struct archive *a = h->arch.v[release - 1];

		out->publish = r->committed;
		out->compress = !a->known || a->compress;
		out->digest = a->digest;
		out->signature = a->signature;
	}
	if (!(beta ? take_work(h, out) : take_committed(h, out)))
		return false;
	vec_sort(&out->prev, version_cmp);
	return versions_in_order(&out->objects);
}

bool
history_seal(const struct history *h, struct bundle *b, bundle_sign_fn *sign,
    void *ctx)
{
	const char *was = b->digest;
	struct loc at = { h->path, 0, 0 };

	if (!bundle_seal(b, sign, ctx))
		return false;
	if (was == NULL || strcmp(was, b->digest) == 0)
		return true;
	diag_refuse(&at, "release %d is no longer what was committed: its "
	    "digest differs", b->release);
	diag_hint("The history was edited, or was made by another version of "
	    "zlib; its committed bundle is the one that counts.");
	return false;
}

void
history_archive(struct history *h, const struct bundle *b)
{
	struct archive *a = arena_alloc(h->mem, sizeof(*a));
	struct codec c;

	vec_push(&h->arch, a);
	a->lost = b == NULL;
	if (b == NULL)
		return;
	codec_init(&c, true, 0);
	for (int i = 0; i < HISTORY_TEXTS; i++) {
		const char *text[HISTORY_TEXTS] = { b->boot, b->init,
			b->dict };
		WM_SBUF code = SBUF_INIT;
		const char *was = NULL;

		for (size_t k = h->arch.n - 1; k > 0 && was == NULL; k--) {
			const struct archive *p = h->arch.v[k - 1];

			/* nothing is known to be as in a lost one */
			if (p->lost)
				break;
			was = p->text[i];
		}
		codec_encode(&c, text[i], &code);
		if (was == NULL || strcmp(was, sbuf_str(&code)) != 0)
			a->text[i] = sbuf_take(&code, h->mem);
	}
	codec_clear(&c);
	a->known = true;
	a->compress = b->compress;
	a->digest = b->digest;
	a->signature = b->signature;
}

/* A version of a bundle, as a history has it that ends with release last. */
static void
adopt_version(struct history *h, const struct object *from, int last)
{
	struct object *o;

	if (from->min_rel > last)
		return;
	if (from->max_rel < last) {
		vec_push(&h->prev, from);
		return;
	}
	o = model_copy(&h->objects, from);
	if (o != NULL)		/* a bundle has no two of a name */
		o->max_rel = last;
}

/* No objects, nothing staged. */
static void
forget(struct history *h)
{
	vec_clear(&h->prev);
	model_clear(&h->objects);
	model_clear(&h->work);
	model_init(&h->objects, h->mem);
	model_init(&h->work, h->mem);
	h->staged = false;
}

/* The releases; behind the last committed one the next is open. */
static void
take_list(struct history *h, const struct bundle *b)
{
	vec_clear(&h->releases);
	for (size_t i = 0; i < b->releases.n; i++)
		vec_push(&h->releases, b->releases.v[i]);
	if (b->publish != NULL)
		vec_push(&h->releases, arena_alloc(h->mem,
		    sizeof(struct release)));
}

bool
history_adopt(struct history *h, const struct bundle *b)
{
	int last = b->release - (b->publish == NULL);

	forget(h);
	h->module = b->module;
	h->manifest = true;
	h->staged = b->publish == NULL;
	for (size_t i = 0; i < b->prev.n; i++)
		adopt_version(h, b->prev.v[i], last);
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *from = b->objects.objects.v[i];

		adopt_version(h, from, last);
		if (h->staged)
			(void)model_copy(&h->work, from);
	}
	h->work_text[HISTORY_BOOT] = b->boot;
	h->work_text[HISTORY_INIT] = b->init;
	h->work_text[HISTORY_DICT] = b->dict;
	take_list(h, b);
	return versions_in_order(&h->objects);
}

void
history_close(struct history *h, struct bundle *b)
{
	history_archive(h, b);
	forget(h);
	h->module = b->module;
	h->manifest = true;
	/* what the bundle owns changes hands: there may be much of it */
	h->prev = b->prev;
	memset(&b->prev, 0, sizeof(b->prev));
	h->objects = b->objects;
	model_init(&b->objects, b->mem);
	take_list(h, b);
}
