/*
 * bundle.c - reading and writing of bundles: what is written is read again,
 * what was altered is not.
 */
#include "bundle.h"

#include <stdlib.h>

#include "arena.h"
#include "codec.h"
#include "diag.h"
#include "document.h"
#include "sha256.h"
#include "tap.h"
#include "version.h"

static FILE *
open_text(const char *s, size_t len)
{
	FILE *f = fmemopen((void *)(uintptr_t)s, len, "r");

	if (f == NULL)
		die("out of memory");
	return f;
}

/* Read a document; messages go nowhere. */
static bool
readable(const char *s, size_t len, long long max_size)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct bundle b;
	FILE *f = open_text(s, len);
	bool read;

	bundle_init(&b, mem);
	b.max_size = max_size;
	read = bundle_read(&b, f, "test");
	bundle_clear(&b);
	fclose(f);
	return read;
}

static struct object *
object(struct arena *mem, const char *typ, const char *nam, int ver, int min,
    int max)
{
	struct object *o = arena_alloc(mem, sizeof(*o));

	o->kind = kind_find(typ);
	o->key = arena_printf(mem, "%s:%s", typ, nam);
	o->nam = o->key + strlen(typ) + 1;
	o->module = "m";
	o->create = arena_printf(mem, "create %s %s -- \xc3\xa9 \\ \"v%d\"",
	    typ, nam, ver);
	o->drop = "";
	o->obj_ver = ver;
	o->min_rel = min;
	o->max_rel = max;
	object_hash(o);
	return o;
}

static void
make(struct arena *mem, struct bundle *b, bool compress)
{
	struct release *r = arena_alloc(mem, 2 * sizeof(*r));
	struct object *o = object(mem, "view", "a.v", 2, 2, 2);
	struct object *t = object(mem, "table", "a.t", 1, 1, 2);

	r[0].committed = "2020-01-01T00:00:00Z";
	r[1].committed = "2021-01-01T00:00:00Z";
	r[1].label = "1.1";
	bundle_init(b, mem);
	b->module = "m";
	b->release = 2;
	b->publish = r[1].committed;
	b->compress = compress;
	vec_push(&b->releases, &r[0]);
	vec_push(&b->releases, &r[1]);
	b->boot = "boot";
	vec_push(&o->deps, "a.t");
	vec_push(&t->grants, "table:a.t|g|1|select");
	vec_push(&t->delta, "rename \"a\" to b");
	ok(model_put(&b->objects, o) && model_put(&b->objects, t), "put");
	vec_push(&b->prev, object(mem, "view", "a.v", 1, 1, 1));
	ok(versions_in_order(&b->objects), "dependencies resolve");
	ok(b->objects.objects.v[0] == t, "what others need comes first");
}

static void
round_trip(bool compress)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_JSON_OUT one = JSON_OUT_INIT;
	WM_JSON_OUT two = JSON_OUT_INIT;
	struct bundle b, c;
	const struct object *o;
	FILE *f;
	int caught = 0, passed = 0;

	make(mem, &b, compress);
	ok(bundle_write(&b, NULL, NULL, &one), "written");
	f = open_text(one.text.s, one.text.len);
	bundle_init(&c, mem);
	ok(bundle_read(&c, f, "test"), "read");
	fclose(f);
	ok(c.release == 2 && c.publish != NULL && c.releases.n == 2, "release");
	ok(strcmp(c.boot, "boot") == 0 && c.init[0] == '\0', "texts");
	o = c.objects.objects.v[1];
	ok(strcmp(o->key, "view:a.v") == 0 && o->obj_ver == 2 &&
	    strcmp(o->deps.v[0], "a.t") == 0 && o->min_rel == 2, "an object");
	ok(strcmp(o->create, ((struct object *)b.objects.objects.v[1])->create)
	    == 0, "its text");
	ok(c.prev.n == 1 && ((struct object *)c.prev.v[0])->max_rel == 1,
	    "what came before");
	ok(bundle_write(&c, NULL, NULL, &two) && one.text.len ==
	    two.text.len && memcmp(one.text.s, two.text.s, one.text.len) == 0,
	    "written again, the same bytes");
	/* every byte, in three ways: none goes through */
	for (size_t i = 0; i < one.text.len; i++)
		for (int k = 0; k < 3; k++) {
			static const char flips[] = { 1, 0x20, (char)0x80 };

			one.text.s[i] ^= flips[k];
			if (readable(one.text.s, one.text.len, 0)) {
				passed++;
				printf("# byte %zu: %.20s\n", i,
				    one.text.s + i);
			} else
				caught++;
			one.text.s[i] ^= flips[k];
		}
	ok(passed == 0 && caught > 1000, "every flipped byte is caught");
	for (size_t i = 0; i < one.text.len; i++)
		if (readable(one.text.s, i, 0))
			passed++;
	ok(passed == 0, "cut short anywhere, it is not read");
	bundle_clear(&b);
	bundle_clear(&c);
}

static void
bounded(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_JSON_OUT out = JSON_OUT_INIT;
	size_t len = 1 << 20;
	char *zeros = arena_alloc(mem, len + 1);
	struct bundle b;

	make(mem, &b, true);
	memset(zeros, ' ', len);
	b.init = zeros;
	ok(bundle_write(&b, NULL, NULL, &out), "a bomb");
	ok(out.text.len < 10000, "is small");
	ok(!readable(out.text.s, out.text.len, 1 << 19), "and refused");
	ok(readable(out.text.s, out.text.len, 1 << 21),
	    "where it is too large");
	bundle_clear(&b);
}

static void
base64(void)
{
	static const struct {
		const char *code, *text;	/* text NULL: refused */
	} rows[] = { { "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg==", "foob" }, { "Zg=", NULL },
		{ "Zg", NULL }, { "Zh==", NULL }, { "Zm9=", NULL },
		{ "Z===", NULL }, { "====", NULL }, { "Zm 9", NULL },
		{ "Zg==Zg==", NULL }, { "Zm9v\n", NULL } };

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		WM_SBUF out = SBUF_INIT;
		bool good = base64_get(&out, rows[i].code,
		    strlen(rows[i].code));

		ok(good == (rows[i].text != NULL) && (!good ||
		    strcmp(sbuf_str(&out), rows[i].text) == 0), "base64 %s",
		    rows[i].code);
	}
}

static void
kinds(void)
{
	static const struct {
		const char *text;
		enum document kind;
	} rows[] = { { "{\"format\": \"wm-objects/1\"}", DOCUMENT_LIST },
		{ " {\n \"hash\": 1}", DOCUMENT_BUNDLE },
		{ "{\"boot\"", DOCUMENT_BUNDLE },
		{ "{\"module\": 1}", DOCUMENT_LIST },
		{ "{\"init\": []}", DOCUMENT_LIST },
		{ "{\"init\" :\"\"}", DOCUMENT_BUNDLE },
		{ "{\"style\": []}", DOCUMENT_LIST },
		{ "{\"module\":\"a\" , \"hash\": 1", DOCUMENT_BUNDLE },
		{ "{\"module\":\"a\", \"text\": 1", DOCUMENT_LIST },
		{ "{\"module\":\"a", DOCUMENT_LIST },
		{ "{\"mod", DOCUMENT_LIST },
		{ "[]", DOCUMENT_LIST }, { "", DOCUMENT_LIST } };

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		FILE *was = open_text(rows[i].text[0] ? rows[i].text : " ",
		    rows[i].text[0] ? strlen(rows[i].text) : 1), *f = was;
		char buf[64] = "";
		size_t n;

		ok(document_kind(&f) == rows[i].kind, "kind of %s",
		    rows[i].text);
		n = fread(buf, 1, sizeof(buf) - 1, f);
		buf[n] = '\0';
		ok(rows[i].text[0] == '\0' || strcmp(buf, rows[i].text) == 0,
		    "all of it is there");
		fclose(f);
		fclose(was);
	}
}

int
main(void)
{
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	diag_tool("test");
	base64();
	kinds();
	round_trip(false);
	round_trip(true);
	bounded();
	return tap_done();
}
