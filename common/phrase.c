#include "phrase.h"

#include "arena.h"

bool
phrase_scan(struct arena *mem, const char *text, struct phrase *out)
{
	out->mem = mem;
	out->text = text;
	return sql_scan(mem, text, &out->t, &out->n);
}

bool
phrase_stmt(struct arena *mem, const char *text, const struct sql_stmt *st,
    struct phrase *out)
{
	return phrase_scan(mem, arena_strndup(mem, text + st->off, st->len),
	    out);
}

bool
phrase_is(const struct phrase *w, size_t i, const char *word)
{
	return i < w->n && sql_token_is(w->text, &w->t[i], word);
}

size_t
phrase_at(const struct phrase *w, long off)
{
	return off < 0 ? 0 : sql_token_at(w->t, w->n, (size_t)off);
}

size_t
phrase_find(const struct phrase *w, size_t from, const char *word)
{
	int depth = 0;

	for (size_t i = from; i < w->n; i++) {
		if (depth == 0 && phrase_is(w, i, word))
			return i;
		depth += phrase_is(w, i, "(") - phrase_is(w, i, ")");
	}
	return w->n;
}

size_t
phrase_end(const struct phrase *w, size_t i)
{
	return w->t[i].off + w->t[i].len;
}

const char *
phrase_slice(const struct phrase *w, size_t from, size_t to)
{
	if (from >= to || to > w->n)
		return "";
	return arena_strndup(w->mem, w->text + w->t[from].off,
	    phrase_end(w, to - 1) - w->t[from].off);
}
