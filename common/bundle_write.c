/*
 * A bundle is made three times over: for its hash, which stands in front and is
 * part of what the digest is over; for its digest; and to be written. So it
 * never is in memory as a whole.
 */
#include "bundle_impl.h"

#include "arena.h"
#include "canon.h"
#include "version.h"

/* What of a bundle is made where. */
struct writing {
	const struct bundle *b;
	struct codec codec, plain;	/* plain: of prev */
};

static const char *
text_of(const struct bundle *b, const char *name)
{
	return strcmp(name, "boot") == 0 ? b->boot :
	    strcmp(name, "init") == 0 ? b->init : b->dict;
}

static void
put_hash(struct writing *w, struct json_out *out, const char *name)
{
	json_out_str(out, name, w->b->hash);
}

static void
put_module(struct writing *w, struct json_out *out, const char *name)
{
	json_out_str(out, name, w->b->module);
}

static void
put_release(struct writing *w, struct json_out *out, const char *name)
{
	json_out_int(out, name, w->b->release);
}

static void
put_publish(struct writing *w, struct json_out *out, const char *name)
{
	const struct release *last = w->b->releases.v[w->b->release - 1];

	if (w->b->publish != NULL)
		json_out_str(out, name, w->b->publish);
	else
		json_out_int(out, name, last->beta);
}

static void
put_compress(struct writing *w, struct json_out *out, const char *name)
{
	json_out_bool(out, name, w->b->compress);
}

static void
put_releases(struct writing *w, struct json_out *out, const char *name)
{
	(void)name;
	releases_write(out, &w->b->releases, (size_t)w->b->release);
}

static void
put_labels(struct writing *w, struct json_out *out, const char *name)
{
	(void)name;
	labels_write(out, &w->b->releases, (size_t)w->b->release);
}

static void
put_text(struct writing *w, struct json_out *out, const char *name)
{
	WM_SBUF code = SBUF_INIT;

	codec_encode(&w->codec, text_of(w->b, name), &code);
	json_out_strn(out, name, sbuf_str(&code), code.len);
}

static const struct vec *
objects_of(const struct bundle *b)
{
	return &b->objects.objects;
}

static const struct vec *
prev_of(const struct bundle *b)
{
	return &b->prev;
}

/* The members, in the document's order; either put or array. */
static const struct out_member {
	const char *name;
	void (*put)(struct writing *w, struct json_out *out, const char *name);
	const struct vec *(*array)(const struct bundle *b);
	bool plain;
} out_members[] = {
	{ "hash", put_hash, NULL, false },
	{ "module", put_module, NULL, false },
	{ "release", put_release, NULL, false },
	{ "publish", put_publish, NULL, false },
	{ "compress", put_compress, NULL, false },
	{ "releases", put_releases, NULL, false },
	{ "boot", put_text, NULL, false },
	{ "init", put_text, NULL, false },
	{ "dict", put_text, NULL, false },
	{ "objects", NULL, objects_of, false },
	{ "prev", NULL, prev_of, true },
	{ "labels", put_labels, NULL, false },
};

static void
sum_text(struct codec *c, const char *s, struct sha256 *sum)
{
	WM_SBUF code = SBUF_INIT;

	codec_encode(c, s, &code);
	sha256_put(sum, sbuf_str(&code), code.len);
}

static void
make_hash(struct writing *w, struct bundle *b)
{
	unsigned char bytes[SHA256_SIZE];
	WM_SBUF hash = SBUF_INIT;
	struct sha256 sum;

	sha256_begin(&sum);
	sum_text(&w->codec, b->boot, &sum);
	sum_text(&w->codec, b->init, &sum);
	sum_text(&w->codec, b->dict, &sum);
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];

		sum_text(&w->codec, o->create, &sum);
		sum_text(&w->codec, o->drop, &sum);
	}
	sha256_end(&sum, bytes);
	base64_put(&hash, bytes, sizeof(bytes));
	b->hash = sbuf_take(&hash, b->mem);
}

/* Add a value that was written, in its canonical form. */
static void
sum_value(struct arena *scratch, const struct json_out *from, bool member,
    struct sbuf *out)
{
	const struct json *v = json_parse(scratch, sbuf_str(&from->text),
	    from->text.len, "bundle", JSON_DEPTH);

	assert(v != NULL);
	canon_value(out, member ? v->first : v);
}

/* One member into the sum; those that are not there add nothing. */
static void
sum_member(struct writing *w, const struct out_member *m,
    struct arena *scratch, struct sha256 *sum)
{
	const struct vec *array = m->array ? m->array(w->b) : NULL;
	size_t n = array ? array->n : 1;
	WM_SBUF text = SBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		WM_JSON_OUT out = JSON_OUT_INIT;

		if (array != NULL)
			version_write(&out, array->v[i], m->plain ? &w->plain :
			    &w->codec);
		else {
			json_out_open(&out, NULL, '{', false);
			m->put(w, &out, m->name);
			json_out_close(&out);
			if (out.text.len == strlen("{}"))
				return;
		}
		if (i == 0)
			bundle_sum_key(sum, strcmp(m->name, "boot") == 0,
			    m->name);
		sbuf_reset(&text);
		if (array != NULL)
			sbuf_putc(&text, i > 0 ? ',' : '[');
		sum_value(scratch, &out, array == NULL, &text);
		sha256_put(sum, text.s, text.len);
		arena_reset(scratch);
	}
	if (array != NULL && n == 0) {
		bundle_sum_key(sum, false, m->name);
		sha256_put(sum, "[", 1);
	}
	if (array != NULL)
		sha256_put(sum, "]", 1);
}

static int
by_name(const void *a, const void *b)
{
	const struct out_member *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
make_digest(struct writing *w, struct bundle *b)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	char hex[2 * SHA256_SIZE + 1];
	WM_VEC sorted = VEC_INIT;
	struct sha256 sum;

	for (size_t i = 0; i < WM_LEN(out_members); i++)
		vec_push(&sorted, &out_members[i]);
	vec_sort(&sorted, by_name);
	sha256_begin(&sum);
	for (size_t i = 0; i < sorted.n; i++)
		sum_member(w, sorted.v[i], scratch, &sum);
	bundle_sum_end(&sum, hex);
	b->digest = arena_strdup(b->mem, hex);
}

static void
writing_init(struct writing *w, const struct bundle *b)
{
	w->b = b;
	codec_init(&w->codec, b->compress, 0);
	codec_init(&w->plain, false, 0);
}

static void
writing_clear(struct writing *w)
{
	codec_clear(&w->codec);
	codec_clear(&w->plain);
}

bool
bundle_seal(struct bundle *b, bundle_sign_fn *sign, void *ctx)
{
	struct writing w;

	vec_sort(&b->prev, version_cmp);
	writing_init(&w, b);
	make_hash(&w, b);
	make_digest(&w, b);
	writing_clear(&w);
	if (sign != NULL)
		b->signature = sign(ctx, b->mem, b->digest);
	return sign == NULL || b->signature != NULL;
}

void
bundle_put(const struct bundle *b, struct json_out *out)
{
	struct writing w;

	writing_init(&w, b);
	json_out_open(out, NULL, '{', true);
	for (size_t i = 0; i < WM_LEN(out_members); i++) {
		const struct out_member *m = &out_members[i];
		const struct vec *array = m->array ? m->array(b) : NULL;

		if (array == NULL) {
			m->put(&w, out, m->name);
			continue;
		}
		json_out_open(out, m->name, '[', true);
		for (size_t k = 0; k < array->n; k++)
			version_write(out, array->v[k], m->plain ? &w.plain :
			    &w.codec);
		json_out_close(out);
	}
	json_out_str(out, "digest", b->digest);
	if (b->signature != NULL)
		json_out_str(out, "signature", b->signature);
	json_out_close(out);
	writing_clear(&w);
}

bool
bundle_write(struct bundle *b, bundle_sign_fn *sign, void *ctx,
    struct json_out *out)
{
	if (!bundle_seal(b, sign, ctx))
		return false;
	bundle_put(b, out);
	return true;
}
