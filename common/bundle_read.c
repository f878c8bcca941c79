/*
 * Bundles are read as a stream, verified by their sums, and only then decoded
 * and looked at.
 */
#include "bundle_impl.h"

#include <stdlib.h>

#include "arena.h"
#include "canon.h"
#include "diag.h"
#include "version.h"

/* One member of the top level in canonical form. */
struct part {
	const char *key;
	struct sbuf text;
};

/* An encoded text: a piece of a part, so that no text is kept twice. */
struct coded {
	const struct part *part;	/* NULL: absent */
	size_t off;
	size_t len;
	int line;
};

struct record {
	struct object *obj;
	struct coded create, drop;
};

struct reading {
	struct bundle *b;
	const char *name;
	struct vec parts;	/* of struct part * */
	struct part objects, prev;
	struct coded texts[3];	/* boot, init, dict */
	struct vec records;	/* of struct record * */
	struct codec plain;	/* of prev */
	const struct json *labels;	/* copy: read when releases is there */
	struct arena *scratch;
	const char *publish;	/* text, or "" where it is a number */
	bool newer;		/* has members that older bundles do not have */
};

static bool
wrong_type(const struct reading *r, const struct json *v, const char *wanted)
{
	struct loc at = { r->name, v->line, 0 };

	diag_error(&at, "member \"%s\" has to be %s, not %s", v->key, wanted,
	    json_type_name(v->type));
	return false;
}

static bool
need_string(const struct reading *r, const struct json *v, const char **out)
{
	if (v->type != JSON_STRING)
		return wrong_type(r, v, "a string");
	*out = arena_strdup(r->b->mem, v->str);
	return true;
}

static bool
on_hash(struct reading *r, const struct json *v)
{
	return need_string(r, v, &r->b->hash);
}

static bool
on_digest(struct reading *r, const struct json *v)
{
	return need_string(r, v, &r->b->digest);
}

static bool
on_signature(struct reading *r, const struct json *v)
{
	return need_string(r, v, &r->b->signature);
}

static bool
on_module(struct reading *r, const struct json *v)
{
	return v->type == JSON_NULL || need_string(r, v, &r->b->module);
}

static bool
on_release(struct reading *r, const struct json *v)
{
	long n = v->type == JSON_NUMBER && v->len < 8 &&
	    strspn(v->str, "0123456789") == v->len ?
	    strtol(v->str, NULL, 10) : 0;

	if (n < 1 || n > RELEASE_MAX)
		return wrong_type(r, v, "a whole number from 1 on");
	r->b->release = (int)n;
	return true;
}

static bool
on_publish(struct reading *r, const struct json *v)
{
	r->publish = "";
	if (v->type == JSON_NUMBER || v->type == JSON_NULL)
		return true;
	return need_string(r, v, &r->publish);
}

static bool
on_compress(struct reading *r, const struct json *v)
{
	if (v->type != JSON_BOOL)
		return wrong_type(r, v, "true or false");
	r->b->compress = v->boolean;
	return true;
}

static bool
on_releases(struct reading *r, const struct json *v)
{
	return releases_read(v, r->name, r->b->mem, &r->b->releases);
}

static bool
on_labels(struct reading *r, const struct json *v)
{
	WM_SBUF text = SBUF_INIT;

	/* they name releases, which may stand behind them */
	canon_value(&text, v);
	r->labels = json_parse(r->scratch, sbuf_str(&text), text.len, r->name,
	    JSON_DEPTH);
	return r->labels != NULL;
}

static bool
on_text(struct reading *r, const struct json *v, struct coded *c)
{
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_STRING)
		return wrong_type(r, v, "a string");
	c->part = r->parts.v[r->parts.n - 1];
	c->off = 1;
	c->len = c->part->text.len - 2;
	c->line = v->line;
	return true;
}

static bool
on_boot(struct reading *r, const struct json *v)
{
	return on_text(r, v, &r->texts[0]);
}

static bool
on_init(struct reading *r, const struct json *v)
{
	return on_text(r, v, &r->texts[1]);
}

static bool
on_dict(struct reading *r, const struct json *v)
{
	return on_text(r, v, &r->texts[2]);
}

/* Bundles have no format: it is some other document. */
static bool
on_format(struct reading *r, const struct json *v)
{
	struct loc at = { r->name, v->line, 0 };

	diag_error(&at, "format is \"%s\"; a bundle was expected",
	    v->type == JSON_STRING ? v->str : json_type_name(v->type));
	return false;
}

static const struct {
	const char *name;
	bool (*fn)(struct reading *r, const struct json *v);
	bool older;	/* the older Wyseman writes it */
	bool summed;	/* the digest is over it */
	bool common;	/* object lists have it, too */
} members[] = {
	{ "hash", on_hash, true, true, false },
	{ "module", on_module, true, true, true },
	{ "release", on_release, true, true, false },
	{ "publish", on_publish, true, true, false },
	{ "compress", on_compress, true, true, false },
	{ "releases", on_releases, true, true, false },
	{ "boot", on_boot, true, true, false },
	{ "init", on_init, true, true, true },
	{ "dict", on_dict, true, true, false },
	{ "objects", NULL, true, true, true },
	{ "prev", NULL, true, true, false },
	{ "labels", on_labels, false, true, false },
	{ "digest", on_digest, true, false, false },
	{ "signature", on_signature, false, false, false },
	{ "format", on_format, false, true, true },
};

bool
bundle_member(const char *name, size_t len, bool *out_common)
{
	for (size_t i = 0; i < WM_LEN(members); i++)
		if (strlen(members[i].name) == len &&
		    strncmp(name, members[i].name, len) == 0) {
			*out_common = members[i].common;
			return true;
		}
	return false;
}

static bool
on_member(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	size_t i = 0;

	while (i < WM_LEN(members) && strcmp(members[i].name, v->key) != 0)
		i++;
	if (i == WM_LEN(members) || members[i].summed) {
		struct part *p = arena_alloc(r->scratch, sizeof(*p));

		p->key = arena_strdup(r->scratch, v->key);
		canon_value(&p->text, v);
		vec_push(&r->parts, p);
	}
	r->newer = r->newer || i == WM_LEN(members) || !members[i].older;
	return i == WM_LEN(members) || members[i].fn(r, v);
}

/* One element of an array, where its create and drop stand is kept. */
static void
add_record(struct part *p, const struct json *v, struct coded *create,
    struct coded *drop)
{
	WM_VEC sorted = VEC_INIT;

	sbuf_putc(&p->text, p->text.len > 0 ? ',' : '[');
	if (v->type != JSON_OBJECT) {
		canon_value(&p->text, v);
		return;
	}
	canon_sorted(v, &sorted);
	for (size_t i = 0; i < sorted.n; i++) {
		const struct json *j = sorted.v[i];
		struct coded *c = strcmp(j->key, "create") == 0 ? create :
		    strcmp(j->key, "drop") == 0 ? drop : NULL;

		sbuf_putc(&p->text, i > 0 ? ',' : '{');
		canon_string(&p->text, j->key, strlen(j->key));
		sbuf_putc(&p->text, ':');
		if (c != NULL && j->type == JSON_STRING) {
			c->part = p;
			c->off = p->text.len + 1;
			c->line = j->line;
		}
		canon_value(&p->text, j);
		if (c != NULL && j->type == JSON_STRING)
			c->len = p->text.len - 1 - c->off;
	}
	sbuf_puts(&p->text, sorted.n > 0 ? "}" : "{}");
}

static bool
on_object(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	struct record *rec;
	struct loc at = { r->name, v->line, 0 };

	rec = arena_alloc(r->scratch, sizeof(*rec));
	add_record(&r->objects, v, &rec->create, &rec->drop);
	rec->obj = arena_alloc(r->b->mem, sizeof(*rec->obj));
	vec_push(&r->records, rec);
	if (!version_read(r->b->mem, v, r->name, rec->obj)) {
		version_clear(rec->obj);
		return false;
	}
	if (model_put(&r->b->objects, rec->obj))
		return true;
	version_clear(rec->obj);
	diag_error(&at, "object \"%s\" stands twice in the bundle",
	    rec->obj->key);
	return false;
}

static bool
on_prev(void *ctx, const struct json *v)
{
	struct reading *r = ctx;
	struct coded none;
	struct object *o;

	add_record(&r->prev, v, &none, &none);
	o = arena_alloc(r->b->mem, sizeof(*o));
	vec_push(&r->b->prev, o);
	return version_read(r->b->mem, v, r->name, o) &&
	    version_texts(r->b->mem, v, r->name, &r->plain, o);
}

static int
part_cmp(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* The digest of all parts, in their order. */
static void
digest_of(struct reading *r, char out_hex[2 * SHA256_SIZE + 1])
{
	struct sha256 sum;

	r->objects.key = "objects";
	r->prev.key = "prev";
	vec_push(&r->parts, &r->objects);
	vec_push(&r->parts, &r->prev);
	vec_sort(&r->parts, part_cmp);
	sha256_begin(&sum);
	for (size_t i = 0; i < r->parts.n; i++) {
		const struct part *p = r->parts.v[i];
		bool array = p == &r->objects || p == &r->prev;

		bundle_sum_key(&sum, i == 0, p->key);
		sha256_put(&sum, p->text.s, p->text.len);
		if (array)
			sha256_put(&sum, &"[]"[p->text.len > 0],
			    2 - (p->text.len > 0));
	}
	bundle_sum_end(&sum, out_hex);
}

static const char *
code(const struct coded *c)
{
	return c->part != NULL ? c->part->text.s + c->off : "";
}

static const char *
hash_of(const struct reading *r)
{
	unsigned char sum[SHA256_SIZE];
	struct sha256 h;
	WM_SBUF out = SBUF_INIT;

	sha256_begin(&h);
	for (size_t i = 0; i < WM_LEN(r->texts); i++)
		sha256_put(&h, code(&r->texts[i]), r->texts[i].len);
	for (size_t i = 0; i < r->records.n; i++) {
		const struct record *rec = r->records.v[i];

		sha256_put(&h, code(&rec->create), rec->create.len);
		sha256_put(&h, code(&rec->drop), rec->drop.len);
	}
	sha256_end(&h, sum);
	base64_put(&out, sum, sizeof(sum));
	return sbuf_take(&out, r->b->mem);
}

/* Which encoded text cannot be right; the sums do not tell. */
static void
note_damaged(struct reading *r)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct codec c;

	codec_init(&c, r->b->compress, r->b->max_size);
	for (size_t i = 0; i < r->records.n; i++) {
		const struct record *rec = r->records.v[i];
		const struct coded *bad = NULL;

		if (codec_decode(&c, code(&rec->create), rec->create.len,
		    mem) == NULL)
			bad = &rec->create;
		else if (codec_decode(&c, code(&rec->drop), rec->drop.len,
		    mem) == NULL)
			bad = &rec->drop;
		if (bad != NULL) {
			struct loc at = { r->name, bad->line, 0 };

			diag_note(&at, "the SQL of \"%s\" cannot be read: %s",
			    rec->obj->key, c.error);
			break;
		}
		arena_reset(mem);
	}
	codec_clear(&c);
}

static bool
verify(struct reading *r)
{
	struct loc at = { r->name, 0, 0 };
	char digest[2 * SHA256_SIZE + 1];
	const struct bundle *b = r->b;

	digest_of(r, digest);
	if (b->hash == NULL) {
		diag_refuse(&at, "the bundle has no hash");
		return false;
	}
	if (strcmp(b->hash, hash_of(r)) != 0) {
		diag_refuse(&at, "the bundle has been altered: its hash does "
		    "not belong to its boot, init, dict, create and drop "
		    "texts");
		note_damaged(r);
		return false;
	}
	if (b->digest != NULL && strcmp(b->digest, digest) != 0) {
		diag_refuse(&at, "the bundle has been altered: its digest "
		    "does not belong to it, though its SQL texts are whole");
		diag_hint("Something else was changed: a name, a version, "
		    "deps, grants, a migration, or \"prev\".");
		return false;
	}
	if (b->digest == NULL && r->newer) {
		diag_refuse(&at, "the bundle has no digest, but members that "
		    "only bundles with one have");
		return false;
	}
	return true;
}

static bool
decode(struct reading *r, struct codec *c, const struct coded *from,
    const char *member, const struct object *o, const char **out)
{
	struct loc at = { r->name, from->line, 0 };

	*out = codec_decode(c, code(from), from->len, r->b->mem);
	if (*out == NULL && o != NULL)
		diag_error(&at, "member \"%s\" of \"%s\" cannot be read: %s",
		    member, o->key, c->error);
	else if (*out == NULL)
		diag_error(&at, "member \"%s\" cannot be read: %s", member,
		    c->error);
	return *out != NULL;
}

static bool
decode_all(struct reading *r)
{
	struct bundle *b = r->b;
	struct codec c;
	bool ok;

	codec_init(&c, b->compress, b->max_size);
	c.left = r->plain.left;
	ok = decode(r, &c, &r->texts[0], "boot", NULL, &b->boot) &&
	    decode(r, &c, &r->texts[1], "init", NULL, &b->init) &&
	    decode(r, &c, &r->texts[2], "dict", NULL, &b->dict);
	for (size_t i = 0; ok && i < r->records.n; i++) {
		const struct record *rec = r->records.v[i];

		ok = decode(r, &c, &rec->create, "create", rec->obj,
		    &rec->obj->create) &&
		    decode(r, &c, &rec->drop, "drop", rec->obj,
		    &rec->obj->drop);
		if (ok)
			object_hash(rec->obj);
	}
	codec_clear(&c);
	return ok;
}

static bool
check_objects(const struct bundle *b)
{
	WM_VEC sorted = VEC_INIT;

	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];

		if (o->min_rel > b->release || o->max_rel != b->release) {
			diag_error(&o->loc, "\"%s\" lasts from release %d to "
			    "%d, but the bundle is release %d", o->key,
			    o->min_rel, o->max_rel, b->release);
			return false;
		}
		vec_push(&sorted, o);
	}
	for (size_t i = 0; i < b->prev.n; i++) {
		const struct object *o = b->prev.v[i];

		if (o->max_rel >= b->release) {
			diag_error(&o->loc, "version %d of \"%s\" in \"prev\" "
			    "lasts to release %d, and the bundle is release "
			    "%d", o->obj_ver, o->key, o->max_rel, b->release);
			return false;
		}
		vec_push(&sorted, o);
	}
	vec_sort(&sorted, version_cmp);
	for (size_t i = 1; i < sorted.n; i++) {
		const struct object *o = sorted.v[i];

		if (version_cmp(sorted.v[i - 1], o) == 0) {
			diag_error(&o->loc, "version %d of \"%s\" stands "
			    "twice in the bundle", o->obj_ver, o->key);
			return false;
		}
	}
	return true;
}

static bool
check(struct reading *r)
{
	struct bundle *b = r->b;
	struct loc at = { r->name, 0, 0 };
	const struct release *last;

	if (b->release == 0 || b->releases.n != (size_t)b->release) {
		if (b->release == 0)
			diag_error(&at, "no member \"release\": a bundle was "
			    "expected");
		else
			diag_error(&at, "the bundle is release %d, but has "
			    "%zu in \"releases\"", b->release, b->releases.n);
		return false;
	}
	last = b->releases.v[b->release - 1];
	b->publish = last->committed;
	if (r->publish != NULL && strcmp(r->publish, b->publish == NULL ? "" :
	    b->publish) != 0) {
		diag_error(&at, "\"publish\" is not the time of release %d in "
		    "\"releases\"", b->release);
		return false;
	}
	return (r->labels == NULL || labels_read(r->labels, r->name, b->mem,
	    &b->releases)) && check_objects(b);
}

static void
reading_clear(struct reading *r)
{
	for (size_t i = 0; i < r->parts.n; i++) {
		struct part *p = r->parts.v[i];

		sbuf_clear(&p->text);
	}
	/* they are among the parts only when all was read */
	sbuf_clear(&r->objects.text);
	sbuf_clear(&r->prev.text);
	vec_clear(&r->parts);
	vec_clear(&r->records);
	codec_clear(&r->plain);
}

static const struct json_member streams[] = {
	{ "objects", true, on_object },
	{ "prev", true, on_prev },
	{ NULL, false, on_member },
};

bool
bundle_read(struct bundle *b, FILE *in, const char *name)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct reading r = { .b = b, .name = arena_strdup(b->mem, name),
		.scratch = scratch };
	bool ok;

	b->name = r.name;
	codec_init(&r.plain, false, b->max_size);
	ok = json_read(in, r.name, streams, WM_LEN(streams), &r) &&
	    verify(&r) && decode_all(&r) && check(&r);
	reading_clear(&r);
	return ok;
}
