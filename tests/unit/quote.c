/*
 * Quoting of SQL without a server, as quote_ident and quote_literal do it.
 */
#include "arena.h"
#include "sbuf.h"
#include "sql.h"
#include "tap.h"

struct example {
	const char *in;
	const char *out;
};

static void
each(const char *name, void (*fn)(struct sbuf *, const char *),
    const struct example *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		WM_SBUF b = SBUF_INIT;
		WM_SBUF what = SBUF_INIT;

		fn(&b, e[i].in);
		sbuf_printf(&what, "%s of example %zu", name, i);
		is(sbuf_str(&b), e[i].out, sbuf_str(&what));
	}
}

/* Whether a dollar-quoted text is one token, and holds just the text. */
static bool
holds(const char *quoted, const char *text)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct sql_token *t;
	size_t n, tag;

	if (!sql_scan(mem, quoted, &t, &n) || n != 1 ||
	    t[0].len != strlen(quoted))
		return false;
	tag = strcspn(quoted + 1, "$") + 2;
	return strlen(quoted) == strlen(text) + 2 * tag &&
	    memcmp(quoted + tag, text, strlen(text)) == 0;
}

int
main(void)
{
	static const struct example idents[] = {
		{ "a", "a" }, { "a1_b", "a1_b" }, { "_x", "_x" },
		{ "", "\"\"" }, { "A", "\"A\"" }, { "1a", "\"1a\"" },
		{ "a b", "\"a b\"" }, { "a$b", "\"a$b\"" },
		{ "a\"b", "\"a\"\"b\"" }, { "\"", "\"\"\"\"" },
		{ "\303\244", "\"\303\244\"" },
		{ "\360\237\230\200", "\"\360\237\230\200\"" },
		{ "a.b", "\"a.b\"" }, { "a-b", "\"a-b\"" },
		/* reserved; for functions or types; for columns; not at all */
		{ "select", "\"select\"" }, { "user", "\"user\"" },
		{ "authorization", "\"authorization\"" },
		{ "left", "\"left\"" }, { "between", "\"between\"" },
		{ "int", "\"int\"" }, { "values", "\"values\"" },
		{ "name", "name" }, { "value", "value" }, { "view", "view" },
		{ "selects", "selects" },
	};
	static const struct example literals[] = {
		{ "", "''" }, { "a", "'a'" }, { "it's", "'it''s'" },
		{ "''", "''''''" }, { "a\\b", "E'a\\\\b'" },
		{ "\\'", "E'\\\\'''" }, { "a\nb", "'a\nb'" },
		{ "\360\237\230\200", "'\360\237\230\200'" },
	};
	static const char *const bodies[] = { "", "x", "$$", "$wm$", "$wm",
		"$", "a $wm$ b $q1$ c", "$q1$ $q2$ $wm$", "wm$", "$wm$q1$",
		"x$q1", "$wm x$q1", "$wm x$q1$q2$q3", "$wm $q1", "'\\\n",
		"\360\237\230\200$" };

	each("ident", sbuf_ident, idents, WM_LEN(idents));
	each("literal", sbuf_literal, literals, WM_LEN(literals));
	for (size_t i = 0; i < WM_LEN(bodies); i++) {
		WM_SBUF b = SBUF_INIT;

		sbuf_dollar(&b, bodies[i]);
		if (!ok(holds(sbuf_str(&b), bodies[i]), "dollar quotes, %zu",
		    i))
			tap_show("got", sbuf_str(&b));
	}
	return tap_done();
}
