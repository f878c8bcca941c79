/*
 * Trees read by json_tree are those of json_parse; what is not as such writers
 * write is left to it.
 */
#include "json_tree.h"

#include "arena.h"
#include "canon.h"
#include "tap.h"

static const char *const good[] = {
	"{}", "[]", "{\"a\":1}", "[1,2,[3,{}],-4.5e+10]", "\"x\"", "12", "true",
	"{\"a\":{\"b\":[],\"c\":null},\"d\":false,\"e\":\"\"}",
	" { \"a\" : [ 1 , 2 ] ,\n\t\"b\" : \"x\\ny\\\"\\\\\\/\\t\\u001f\" } ",
	"{\"nested\":[[[[[[[1]]]]]]],\"last\":0}",
	"{\"\xc3\xa4\":\"\xf0\x9f\x90\x98\"}",
};

static const char *const bad[] = {
	"", "{", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}",
	"{a:1}",
	"{\"a\" 1}", "[1 2]", "tru", "nul", "\"x", "\"\\x\"", "\"\\", "[1]]",
	"{}{}", "]", ",", "[}", "{]", "\"\\u00e4\"", "\"\\u0000\"",
	"[[[[[1]]]]]",
};

int
main(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	for (size_t i = 0; i < WM_LEN(good); i++) {
		size_t len = strlen(good[i]);
		const struct json *a = json_tree(mem, good[i], len, 20);
		const struct json *b = json_parse(mem, good[i], len, "text",
		    20);
		WM_SBUF x = SBUF_INIT;
		WM_SBUF y = SBUF_INIT;

		if (a != NULL)
			canon_value(&x, a);
		if (b != NULL)
			canon_value(&y, b);
		if (x.len == 0 || strcmp(sbuf_str(&x), sbuf_str(&y)) != 0)
			tap_show("got", sbuf_str(&x));
		ok(x.len > 0 && strcmp(sbuf_str(&x), sbuf_str(&y)) == 0, "%s",
		    sbuf_str(&y));
	}
	for (size_t i = 0; i < WM_LEN(bad); i++)
		ok(json_tree(mem, bad[i], strlen(bad[i]), 4) == NULL,
		    "not: %s", bad[i]);
	return tap_done();
}
