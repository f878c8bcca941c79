/*
 * rewrite.h - a text with some of its tokens in other words. What is said of a
 * token is kept beside it, and the text is put together once, at the end.
 */
#ifndef WM_REWRITE_H
#define WM_REWRITE_H

#include "wm.h"

#include "phrase.h"

struct arena;

/* What becomes of one token; NULL: nothing. */
struct rewrite_token {
	const char *before;
	const char *with;	/* in its place */
	size_t span;		/* ... and in that of those behind it: of so
				   many in all, where "with" is there */
	const char *after;
};

struct rewrite {
	struct phrase p;
	struct rewrite_token *at;	/* by token */
	bool any;		/* it will not be the same text */
};

/*
 * rewrite_scan - the tokens of a text, with nothing said of them yet.
 *
 * out   lives as long as the arena and the text
 *
 * Returns false, silently, where it cannot be scanned.
 */
WM_MUST bool rewrite_scan(struct arena *mem, const char *text,
    struct rewrite *out);

/* rewrite_reset - forget what was said of all tokens. */
void rewrite_reset(struct rewrite *w);

/*
 * rewrite_put - other words in place of tokens i .. i + n - 1; rewrite_before,
 * rewrite_after add some before and behind token i.
 *
 * i, n    within the tokens; n from 1
 * words   kept, not copied
 */
void rewrite_put(struct rewrite *w, size_t i, size_t n, const char *words);
void rewrite_before(struct rewrite *w, size_t i, const char *words);
void rewrite_after(struct rewrite *w, size_t i, const char *words);

/*
 * rewrite_text - the new text, in the arena; the old one if nothing was said.
 */
const char *rewrite_text(const struct rewrite *w);

#endif
