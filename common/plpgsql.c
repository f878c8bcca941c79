#include "plpgsql.h"

#include <pg_query/pg_query.pb-c.h>

#include "arena.h"
#include "phrase.h"
#include "sbuf.h"
#include "vec.h"

/* A body that is being said otherwise. */
struct plain {
	struct phrase w;
	struct vec cursors;	/* of const char *: variables, as written */
	bool refcursors;	/* a parameter may be one */
	struct sbuf out;
	size_t done;		/* bytes of the text that are in out */
	bool any;
};

/* Replace tokens from .. to - 1; their lines stay. */
static void
replace(struct plain *p, size_t from, size_t to, const char *with)
{
	size_t begin = p->w.t[from].off, end = phrase_end(&p->w, to - 1);

	sbuf_putn(&p->out, p->w.text + p->done, begin - p->done);
	sbuf_puts(&p->out, with);
	for (size_t i = begin; i < end; i++)
		if (p->w.text[i] == '\n')
			sbuf_putc(&p->out, '\n');
	p->done = end;
	p->any = true;
}

/* --- variables that are cursors ------------------------------------------- */

static bool
is_cursor(const struct plain *p, const struct phrase *w, size_t i)
{
	for (size_t k = 0; k < p->cursors.n; k++)
		if (phrase_is(w, i, p->cursors.v[k]))
			return true;
	return false;
}

/* "$1" */
static bool
is_parameter(const struct phrase *w, size_t i)
{
	return i < w->n && w->t[i].kind == PG_QUERY__TOKEN__PARAM;
}

static void
add_cursor(struct plain *p, const struct phrase *w, size_t i)
{
	vec_push(&p->cursors, phrase_slice(w, i, i + 1));
}

/* "c no scroll cursor", "c refcursor", "d alias for c" */
static void
find_cursors(struct plain *p, const struct phrase *w)
{
	for (size_t i = 1; i < w->n; i++) {
		size_t k = i - 1;

		if (phrase_is(w, i, "cursor")) {
			k -= k > 0 && phrase_is(w, k, "scroll");
			k -= k > 0 && phrase_is(w, k, "no");
			add_cursor(p, w, k);
		} else if (phrase_is(w, i, "refcursor"))
			add_cursor(p, w, k >= 2 && phrase_is(w, k, ".") ?
			    k - 2 : k);
		else if (phrase_is(w, i, "alias") && (is_cursor(p, w, i + 2) ||
		    (p->refcursors && is_parameter(w, i + 2))))
			add_cursor(p, w, k);
	}
}

/* --- rules ----------------------------------------------------------------
 *
 * Each looks at the tokens from i on, where its word stands; returns the first
 * token behind what it has replaced, or 0 where the rule does not apply.
 */

/* Whether a token begins a statement. */
static bool
begins(const struct plain *p, size_t i)
{
	static const char *const before[] = { ";", "begin", "then", "else",
		"loop", ">>" };
	bool yes = i == 0;

	for (size_t k = 0; !yes && k < WM_LEN(before); k++)
		yes = phrase_is(&p->w, i - 1, before[k]);
	return yes;
}

/* OPEN c [FOR query] */
static size_t
on_open(struct plain *p, size_t i)
{
	size_t end = phrase_find(&p->w, i, ";");
	size_t query = phrase_find(&p->w, i, "for") + 1;

	if (!begins(p, i) || !is_cursor(p, &p->w, i + 1))
		return 0;
	if (query >= end) {
		replace(p, i, end, "null");
		return end;
	}
	replace(p, i, query, "");
	return query;
}

/* FETCH, MOVE, CLOSE */
static size_t
on_fetch(struct plain *p, size_t i)
{
	size_t end = phrase_find(&p->w, i, ";");

	if (!begins(p, i))
		return 0;
	for (size_t k = i + 1; k < end; k++)
		if (is_cursor(p, &p->w, k)) {
			replace(p, i, end, "null");
			return end;
		}
	return 0;
}

/* FOR r IN c [(arguments)] LOOP: a loop that makes its variable as well */
static size_t
on_for(struct plain *p, size_t i)
{
	size_t at = i + 3, loop = phrase_find(&p->w, i, "loop");

	if (!begins(p, i) || !phrase_is(&p->w, i + 2, "in") ||
	    !is_cursor(p, &p->w, at) || loop >= p->w.n ||
	    (loop != at + 1 && !phrase_is(&p->w, at + 1, "(")))
		return 0;
	replace(p, at, loop, "1..1");
	return loop;
}

static size_t
on_return(struct plain *p, size_t i)
{
	if (!phrase_is(&p->w, i + 1, "next") || !phrase_is(&p->w, i + 2, ";"))
		return 0;
	replace(p, i, i + 2, "null");
	return i + 2;
}

/* "x alias for $1": the type does not matter */
static size_t
on_alias(struct plain *p, size_t i)
{
	if (!phrase_is(&p->w, i + 1, "for") || !is_parameter(&p->w, i + 2))
		return 0;
	replace(p, i, i + 3, "text");
	return i + 3;
}

static size_t
on_collate(struct plain *p, size_t i)
{
	size_t end = phrase_is(&p->w, i + 2, ".") ? i + 4 : i + 2;

	if (end > p->w.n)
		return 0;
	replace(p, i, end, "");
	return end;
}

static const struct {
	const char *word;
	size_t (*fn)(struct plain *p, size_t i);
} rules[] = {
	{ "open", on_open }, { "fetch", on_fetch }, { "move", on_fetch },
	{ "close", on_fetch }, { "for", on_for }, { "return", on_return },
	{ "alias", on_alias }, { "collate", on_collate },
};

/* --- statements ----------------------------------------------------------- */

/* The text of a string constant; NULL where it has escapes. */
static const char *
constant(const struct phrase *w, const struct sql_token *t)
{
	const char *s = w->text + t->off, *end = s + t->len;
	WM_SBUF b = SBUF_INIT;
	size_t tag;

	if (*s == '$') {
		tag = (size_t)((const char *)memchr(s + 1, '$', t->len - 1) -
		    s) + 1;
		return arena_strndup(w->mem, s + tag, t->len - 2 * tag);
	}
	if (*s != '\'')
		return NULL;
	for (s++; s < end - 1; s++) {
		s += s[0] == '\'' && s[1] == '\'';
		sbuf_putc(&b, *s);
	}
	return sbuf_take(&b, w->mem);
}

static bool
plain_body(const struct phrase *stmt, const char *body, struct sbuf *out)
{
	struct plain p = { .any = false };
	bool ok = phrase_scan(stmt->mem, body, &p.w);

	if (ok) {
		find_cursors(&p, stmt);
		p.refcursors = p.cursors.n > 0;
		find_cursors(&p, &p.w);
	}
	for (size_t i = 0; ok && i < p.w.n;) {
		size_t next = 0;

		for (size_t k = 0; next == 0 && k < WM_LEN(rules); k++)
			if (phrase_is(&p.w, i, rules[k].word))
				next = rules[k].fn(&p, i);
		i = next > 0 ? next : i + 1;
	}
	if (p.any) {
		sbuf_puts(&p.out, body + p.done);
		sbuf_dollar(out, sbuf_str(&p.out));
	}
	vec_clear(&p.cursors);
	sbuf_clear(&p.out);
	return p.any;
}

const char *
plpgsql_plain(struct arena *mem, const char *stmt)
{
	struct phrase w;
	WM_SBUF b = SBUF_INIT;
	size_t done = 0;

	if (!phrase_scan(mem, stmt, &w))
		return NULL;
	for (size_t i = 0; i < w.n; i++) {
		const char *body = w.t[i].kind == PG_QUERY__TOKEN__SCONST ?
		    constant(&w, &w.t[i]) : NULL;
		WM_SBUF plain = SBUF_INIT;

		if (body == NULL || !plain_body(&w, body, &plain))
			continue;
		sbuf_putn(&b, stmt + done, w.t[i].off - done);
		sbuf_puts(&b, sbuf_str(&plain));
		done = phrase_end(&w, i);
	}
	if (done == 0)
		return NULL;
	sbuf_puts(&b, stmt + done);
	return sbuf_take(&b, mem);
}
