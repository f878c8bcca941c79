#include "screen.h"

#include <ctype.h>
#include <strings.h>

#include "arena.h"
#include "blame.h"
#include "diag.h"
#include "sql.h"

/* Words with which a statement that may not be here can begin. */
static const char *const suspects[] = { "abort", "commit", "copy", "end",
	"prepare", "rollback" };

/* Whether one of a statement's tokens is the word. */
static bool
has_word(const char *sql, const struct sql_token *t, size_t n,
    const char *word)
{
	for (size_t i = 0; i < n && sql[t[i].off] != ';'; i++)
		if (sql_token_is(sql, &t[i], word))
			return true;
	return false;
}

/* Look at one statement; n are all tokens up to the end of the text. */
static const char *
fault_of(const char *sql, const struct sql_token *t, size_t n)
{
	if (sql_token_is(sql, t, "copy") && (has_word(sql, t, n, "stdin") ||
	    has_word(sql, t, n, "stdout")))
		return "copies from or to the client, which a plan cannot";
	if (sql_token_is(sql, t, "commit") || sql_token_is(sql, t, "abort") ||
	    (sql_token_is(sql, t, "rollback") && !has_word(sql, t, n, "to")) ||
	    (sql_token_is(sql, t, "end") && (n == 1 || sql[t[1].off] == ';' ||
	    sql_token_is(sql, &t[1], "work") ||
	    sql_token_is(sql, &t[1], "transaction"))) ||
	    (sql_token_is(sql, t, "prepare") && n > 1 &&
	    sql_token_is(sql, &t[1], "transaction")))
		return "ends the transaction that the whole plan runs in";
	return NULL;
}

/* Whether a statement needs the scanner: most begin with a harmless word. */
static bool
suspect(const char *s)
{
	s += strspn(s, " \t\r\n");
	if (!isalpha((unsigned char)*s))
		return *s != '\0';
	for (size_t i = 0; i < WM_LEN(suspects); i++)
		if (strncasecmp(s, suspects[i], strlen(suspects[i])) == 0)
			return true;
	return false;
}

/* Look at every statement of a text. Scratch memory is reset. */
static void
screen_text(struct arena *mem, const struct plan *p, size_t step, size_t off,
    size_t len)
{
	const struct plan_step *s = p->steps.v[step];
	const char *sql = arena_strndup(mem, s->sql + off, len);
	struct sql_token *t;
	size_t n;
	bool atomic, begins = true;

	if (!sql_scan(mem, sql, &t, &n))
		n = 0;		/* the server will say what is wrong */
	atomic = false;
	for (size_t i = 0; i < n; i++) {
		const char *what = begins ? fault_of(sql, t + i, n - i) :
		    NULL;

		atomic = atomic || sql_token_is(sql, &t[i], "atomic");
		/* in BEGIN ATOMIC ... END the last word ends no transaction */
		if (what != NULL && !(atomic && sql_token_is(sql, &t[i],
		    "end"))) {
			struct loc at = blame_loc(s, off + t[i].off);

			diag_error(&at, "\"%.*s\" %s", (int)t[i].len,
			    sql + t[i].off, what);
			blame_quote(s, off + t[i].off);
			blame_step(p, step);
		}
		begins = sql[t[i].off] == ';';
	}
	arena_reset(mem);
}

static void
screen_statements(const struct plan *p)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];
		size_t end = strlen(s->sql);

		if (s->simple) {
			screen_text(mem, p, i, 0, end);
			continue;
		}
		for (size_t k = 0; k <= s->n_split; k++) {
			size_t from = k > 0 ? s->split[k - 1] : 0;
			size_t to = k < s->n_split ? s->split[k] : end;

			if (suspect(s->sql + from))
				screen_text(mem, p, i, from, to - from);
		}
	}
}

bool
screen_plan(const struct plan *p, const struct apply_opts *o)
{
	int before = diag_errors();

	hazard_screen(&o->hazards, p);
	screen_statements(p);
	return diag_errors() == before;
}
