/*
 * phrase.h - one statement as its tokens, for cutting pieces out of it that a
 * parse tree cannot be turned back into.
 */
#ifndef WM_PHRASE_H
#define WM_PHRASE_H

#include "wm.h"

#include "sql.h"

struct arena;

struct phrase {
	struct arena *mem;
	const char *text;
	struct sql_token *t;
	size_t n;
};

/*
 * phrase_scan - tokens of a text; phrase_stmt those of one statement of it.
 *
 * out   lives as long as the arena and, of phrase_scan, the text
 *
 * Return false, silently, where it cannot be scanned.
 */
WM_MUST bool phrase_scan(struct arena *mem, const char *text,
    struct phrase *out);
WM_MUST bool phrase_stmt(struct arena *mem, const char *text,
    const struct sql_stmt *st, struct phrase *out);

/* phrase_is - whether token i is this word, in whatever case. */
bool phrase_is(const struct phrase *w, size_t i, const char *word);

/*
 * phrase_find - the first such word, from a token on, that is in no
 * parentheses; the number of tokens where there is none.
 */
size_t phrase_find(const struct phrase *w, size_t from, const char *word);

/* phrase_at - number of the first token at a byte or behind it. O(log n). */
size_t phrase_at(const struct phrase *w, long off);

/* phrase_end - the byte behind token i. */
size_t phrase_end(const struct phrase *w, size_t i);

/* phrase_slice - the text of tokens from .. to - 1, "" where there are none. */
const char *phrase_slice(const struct phrase *w, size_t from, size_t to);

#endif
