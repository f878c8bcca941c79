/*
 * Where a byte of an object's text stands in its source file.
 */
#include "arena.h"
#include "json_out.h"
#include "model.h"
#include "sbuf.h"
#include "tap.h"

/* "create view v as " is made; the rest stands in line 7 of the file. */
static const char text[] = "create view v as select \303\251,\n\tx + 2 frm t;";

static void
at(const struct object *o, size_t off, int line, int col, bool exact)
{
	bool out;
	struct loc l = object_place(o, off, &out);

	ok(l.line == line && l.col == col && out == exact &&
	    strcmp(l.file, "a.wms") == 0, "byte %zu stands at %d:%d", off,
	    line, col);
	if (l.line != line || l.col != col || out != exact)
		printf("# got %d:%d, %s\n", l.line, l.col,
		    out ? "exact" : "not exact");
}

static void
test_place(void)
{
	size_t x = (size_t)(strstr(text, "\tx") + 1 - text);
	size_t frm = (size_t)(strstr(text, "frm") - text);
	/* a macro made "+ 2": two pieces of source */
	struct span spans[] = {
		{ 17, x + 1 - 17, 7, 12 },
		{ frm, 5, 8, 15 },
	};
	struct object o = { .create = text, .loc = { "a.wms", 7, 1 },
		.spans = spans, .n_spans = 2 };

	at(&o, 0, 7, 1, false);
	at(&o, 16, 7, 1, false);
	at(&o, 17, 7, 12, true);
	at(&o, 24, 7, 19, true);
	at(&o, 26, 7, 20, true);
	at(&o, x, 8, 2, true);
	at(&o, x + 2, 7, 1, false);
	at(&o, frm, 8, 15, true);
	at(&o, frm + 4, 8, 19, true);
	at(&o, strlen(text) + 5, 7, 1, false);
	o.n_spans = 0;
	at(&o, 20, 7, 1, false);
}

static void
test_round(struct arena *mem)
{
	static const struct span spans[] = { { 0, 5, 1, 2 },
		{ 7, 100, 900000, 40 } };
	WM_JSON_OUT out = JSON_OUT_INIT;
	struct span *back = NULL;
	size_t n = 0;
	const struct json *j;

	json_out_open(&out, NULL, '{', false);
	spans_write(&out, spans, 2);
	json_out_close(&out);
	is(sbuf_str(&out.text), "{\"map\": [0, 5, 1, 2, 7, 100, 900000, 40]}",
	    "written");
	j = json_parse(mem, out.text.s, out.text.len, "text", JSON_DEPTH);
	ok(j != NULL && spans_read(j, "text", mem, &back, &n) && n == 2 &&
	    memcmp(back, spans, sizeof(spans)) == 0, "and read again");
	j = json_parse(mem, "{}", 2, "text", JSON_DEPTH);
	ok(j != NULL && spans_read(j, "text", mem, &back, &n), "none is fine");
}

static void
test_model(struct arena *mem)
{
	struct model m;
	const struct kind *view = kind_find("view");
	const struct kind *table = kind_find("table");
	struct object *a, *b;
	char hash[33];

	model_init(&m, mem);
	a = model_add(&m, view, "s.x");
	ok(a != NULL && model_add(&m, view, "s.x") == NULL,
	    "a key stands once");
	b = model_add(&m, table, "s.x");
	if (!ok(b != NULL && strcmp(b->key, "table:s.x") == 0,
	    "a name may have two types") || a == NULL || b == NULL)
		return;
	ok(model_get(&m, "view:s.x") == a && model_get(&m, "table:s.x") == b &&
	    model_get(&m, "s.x") == NULL, "found by key");
	ok(model_named(&m, "s.x") != NULL &&
	    model_named(&m, "s.x")->next != NULL &&
	    model_named(&m, "y") == NULL, "and by name");
	ok(kind_find("tabel") == NULL, "a type that is none");
	a->module = b->module = "m";
	a->create = b->create = "x";
	a->drop = b->drop = "y";
	object_hash(a);
	memcpy(hash, a->hash, sizeof(hash));
	object_hash(a);
	ok(strcmp(hash, a->hash) == 0 && strlen(hash) == 32, "a hash");
	/* one text must not be taken for another */
	a->create = "xy";
	a->drop = "";
	object_hash(a);
	ok(strcmp(hash, a->hash) != 0, "parts do not run together");
	a->create = "x";
	a->drop = "y";
	vec_push(&a->deps, "d");
	object_hash(a);
	ok(strcmp(hash, a->hash) != 0, "dependencies count");
	a->deps.n = 0;
	vec_push(&a->grants, "d");
	object_hash(a);
	ok(strcmp(hash, a->hash) != 0, "grants count");
	ok(!vec_same_strings(&a->grants, &a->deps) &&
	    vec_same_strings(&b->grants, &a->deps), "lists are compared");
	model_clear(&m);
}

int
main(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	test_place();
	test_round(mem);
	test_model(mem);
	return tap_done();
}
