/*
 * JSON in and out: round trips, limits, pieces of any size.
 */
#include "wm.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "json_in.h"
#include "json_out.h"
#include "sbuf.h"
#include "tap.h"

/* The text again, as json_out writes what json_parse has read. */
static const char *
again(struct arena *mem, const char *text)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	const struct json *j = json_parse(mem, text, strlen(text), "text",
	    JSON_DEPTH);

	if (j == NULL)
		return NULL;
	json_out_tree(&out, NULL, j);
	return sbuf_take(&out.text, mem);
}

static void
test_round(struct arena *mem)
{
	static const char *const same[] = {
		"{}", "[]", "null", "true", "false", "0", "-1", "1.50",
		"1e400", "-0.0E-7", "123456789012345678901234567890",
		"\"\"", "\"a\"", "\"\\\"\\\\\\n\\t\\r\\b\\f\"",
		"\"\\u0001\\u001F\"", "\"\303\251\360\237\230\200\"",
		"[1, [2, [3, {\"a\": [null]}]]]",
		"{\"a\": 1, \"\": 2, \"b\": {\"a\": []}}",
		"{\"a b\": \"c d\"}", "[\"\177\"]",
	};
	static const char *const changed[][2] = {
		{ " [ 1 ,2 ] \n", "[1, 2]" },
		{ "\"\\u0041\\/\"", "\"A/\"" },
		{ "\"\\ud83d\\ude00\"", "\"\360\237\230\200\"" },
		{ "{\"a\" :\t1}", "{\"a\": 1}" },
	};

	for (size_t i = 0; i < WM_LEN(same); i++)
		is(again(mem, same[i]), same[i], same[i]);
	for (size_t i = 0; i < WM_LEN(changed); i++)
		is(again(mem, changed[i][0]), changed[i][1], changed[i][1]);
}

static void
test_long(struct arena *mem)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_putc(&b, '"');
	for (int i = 0; i < 300000; i++)
		sbuf_puts(&b, i % 3 ? "\303\251" : "\\n");
	sbuf_putc(&b, '"');
	is(again(mem, sbuf_str(&b)), sbuf_str(&b), "a string of 1 MB");
	sbuf_reset(&b);
	sbuf_puts(&b, "{\"m0\": 0");
	for (int i = 1; i < 5000; i++)
		sbuf_printf(&b, ", \"m%d\": %d", i, i);
	sbuf_putc(&b, '}');
	is(again(mem, sbuf_str(&b)), sbuf_str(&b), "5000 members");
}

/* Whether a text is turned down, with messages put aside. */
static bool
refused(struct arena *mem, const char *text, size_t len, int depth)
{
	int before = diag_errors();
	const struct json *j = json_parse(mem, text, len, "text", depth);

	return j == NULL && diag_errors() == before + 1;
}

static void
test_limits(struct arena *mem)
{
	WM_SBUF b = SBUF_INIT;
	static const char *const wrong[] = { "", " ", "{", "[1", "\"a", "[1,]",
		"{\"a\"}", "{\"a\": 1,}", "[1 2]", "tru", "01", "1.", "-",
		"+1", "nan", "'a'", "{a: 1}", "[] []", "\"\\x\"", "\"\\u12\"",
		"\"\t\"", "// x\n[]", "/* x */ []", "\"\\u0000\"",
		"{\"\\u0000\": 1}", "{\"a\": 1, \"a\": 2}",
		"[{\"a\": {\"b\": 1, \"b\": 1}}]", "\"\377\"", "\"\300\200\"",
		"\"\355\240\200\"" };

	for (size_t i = 0; i < WM_LEN(wrong); i++)
		ok(refused(mem, wrong[i], strlen(wrong[i]), JSON_DEPTH),
		    "turned down, %zu", i);
	ok(refused(mem, "[\"a\0b\"]", 7, JSON_DEPTH), "a NUL byte");
	for (int i = 0; i < 10; i++)
		sbuf_putc(&b, '[');
	for (int i = 0; i < 10; i++)
		sbuf_putc(&b, ']');
	ok(json_parse(mem, sbuf_str(&b), b.len, "text", 10) != NULL,
	    "as deep as allowed");
	ok(refused(mem, sbuf_str(&b), b.len, 9), "deeper than allowed");
}

static void
test_get(struct arena *mem)
{
	static const char text[] = "{\"s\": \"x\", \"n\": -17, \"b\": true,\n"
	    "\"z\": null, \"o\": {\"k\": \"v\"},\n\"a\": [\"p\", \"q\"]}";
	const struct json *j = json_parse(mem, text, strlen(text), "text",
	    JSON_DEPTH);
	WM_VEC v = VEC_INIT;
	int before = diag_errors();

	is(json_str(j, "s"), "x", "a string");
	is(json_str(j, "n"), NULL, "a number is no string");
	is(json_str(j, "none"), NULL, "nor is what is not there");
	is(json_str(NULL, "s"), NULL, "nor a member of nothing");
	ok(json_int(j, "n", 5) == -17 && json_int(j, "s", 5) == 5 &&
	    json_int(j, "none", 5) == 5, "numbers");
	ok(json_bool(j, "b") && !json_bool(j, "s") && !json_bool(j, "none"),
	    "booleans");
	is(json_str(json_get(j, "o"), "k"), "v", "a member of a member");
	ok(json_get2(j, "o", "k") != NULL && json_get2(j, "s", "k") == NULL,
	    "get2");
	ok(json_get(j, "z")->line == 2 && json_get(j, "a")->line == 3,
	    "lines");
	ok(json_strings(j, "a", "text", mem, &v) && v.n == 2 &&
	    json_strings(j, "z", "text", mem, &v) &&
	    json_strings(j, "none", "text", mem, &v) && v.n == 2,
	    "strings of an array");
	ok(!json_strings(j, "s", "text", mem, &v) &&
	    !json_strings(j, "o", "text", mem, &v) &&
	    diag_errors() == before + 2, "what is no array of strings");
	ok(json_need_str(j, "none", "text") == NULL &&
	    json_need_str(j, "n", "text") == NULL &&
	    diag_errors() == before + 4, "what has to be there");
}

/* A stream that gives a text in pieces. */
struct pieces {
	const char *text;
	size_t left;
	size_t size;
};

static ssize_t
read_piece(void *cookie, char *buf, size_t size)
{
	struct pieces *p = cookie;
	size_t n = p->left < p->size ? p->left : p->size;

	if (n > size)
		n = size;
	memcpy(buf, p->text, n);
	p->text += n;
	p->left -= n;
	return (ssize_t)n;
}

/* What the callbacks saw, as text. */
struct seen {
	struct sbuf text;
};

static bool
see(void *ctx, const struct json *v)
{
	struct seen *s = ctx;
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_tree(&out, NULL, v);
	sbuf_printf(&s->text, "%d:%s\n", v->line, sbuf_str(&out.text));
	return true;
}

static bool
stop(void *ctx, const struct json *v)
{
	(void)ctx;
	(void)v;
	return false;
}

static const struct json_member members[] = {
	{ "format", false, see },
	{ "each", true, see },
	{ "whole", false, see },
};

static bool
stream(const char *text, size_t size, struct seen *s)
{
	struct pieces p = { text, strlen(text), size };
	cookie_io_functions_t io = { .read = read_piece };
	FILE *f = fopencookie(&p, "r", io);
	bool fine;

	setvbuf(f, NULL, _IONBF, 0);
	fine = json_read(f, "text", members, WM_LEN(members), s);
	fclose(f);
	return fine;
}

static void
test_pieces(void)
{
	static const char text[] = "{\"skipped\": [1, {\"a\": [2]}],\n"
	    "\"format\": \"x/1\",\n\"each\": [\n{\"n\": 1.5e3},\n"
	    "[null, true],\n"
	    "\"\\ud83d\\ude00 \303\251\360\237\230\200\"\n],\n"
	    "\"whole\": {\"a\": [], \"b\": \"c\"}\n}\n";
	static const char want[] = "2:\"x/1\"\n4:{\"n\": 1.5e3}\n"
	    "5:[null, true]\n"
	    "6:\"\360\237\230\200 \303\251\360\237\230\200\"\n"
	    "8:{\"a\": [], \"b\": \"c\"}\n";

	for (size_t size = 1; size <= 31; size++) {
		struct seen s = { SBUF_INIT };
		WM_SBUF what = SBUF_INIT;

		sbuf_printf(&what, "in pieces of %zu bytes", size);
		if (stream(text, size, &s))
			is(sbuf_str(&s.text), want, sbuf_str(&what));
		else
			ok(false, "%s", sbuf_str(&what));
		sbuf_clear(&s.text);
	}
	for (size_t len = 0; len < sizeof(text) - 3; len++) {
		struct seen s = { SBUF_INIT };
		char *cut = strndup(text, len);
		int before = diag_errors();
		bool fine = stream(cut, 7, &s);

		if (fine || diag_errors() != before + 1)
			ok(false, "cut at %zu", len);
		free(cut);
		sbuf_clear(&s.text);
	}
	ok(true, "cut anywhere it is turned down, once");
}

static void
test_stop(void)
{
	static const struct json_member one[] = { { "a", true, stop } };
	char text[] = "{\"a\": [1, 2, 3]}";
	FILE *f = fmemopen(text, strlen(text), "r");
	int before = diag_errors();

	ok(!json_read(f, "text", one, 1, NULL), "a callback ends it");
	ok(diag_errors() == before, "and has reported why");
	fclose(f);
}

static void
test_out(struct arena *mem)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_VEC v = VEC_INIT;

	vec_push(&v, "a\"b");
	vec_push(&v, "\001\177\303\251");
	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "s", NULL);
	json_out_strings(&out, "v", &v);
	json_out_int(&out, "i", -5);
	json_out_bool(&out, "b", true);
	json_out_double(&out, "d", 1.25, 3);
	json_out_open(&out, "empty", '[', true);
	json_out_close(&out);
	json_out_open(&out, "lines", '[', true);
	json_out_strn(&out, NULL, "a\0b", 3);
	json_out_open(&out, NULL, '{', false);
	json_out_close(&out);
	json_out_close(&out);
	json_out_close(&out);
	is(sbuf_take(&out.text, mem), "{\n\"s\": null,\n"
	    "\"v\": [\"a\\\"b\", \"\\u0001\177\303\251\"],\n\"i\": -5,\n"
	    "\"b\": true,\n\"d\": 1.250,\n\"empty\": [],\n\"lines\": [\n"
	    "\"a\\u0000b\",\n{}\n]\n}", "a document");
}

int
main(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	/* messages are counted, not read */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	test_round(mem);
	test_long(mem);
	test_limits(mem);
	test_get(mem);
	test_pieces();
	test_stop();
	test_out(mem);
	return tap_done();
}
