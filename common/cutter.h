/*
 * cutter.h - pieces of a statement's text, found by its tokens and by the
 * places that its tree has.
 */
#ifndef CUTTER_H
#define CUTTER_H

#include "wm.h"

#include "sql.h"

struct arena;

struct cutter {
	struct arena *mem;
	const char *text;	/* the statement */
	size_t base;		/* where it stands in the whole text */
	struct sql_token *tokens;	/* of text: sql_scan */
	size_t n;
};

/* cutter_is - whether a token, from 0, is that character. */
bool cutter_is(const struct cutter *k, size_t i, char c);

/* cutter_is_word - whether it is that word; past the last one none is. */
bool cutter_is_word(const struct cutter *k, size_t i, const char *word);

/* cutter_text - bytes [from, to) of the statement, trimmed; in the arena. */
const char *cutter_text(const struct cutter *k, size_t from, size_t to);

/* cutter_token - the first token at or behind a byte; n where there is none. */
size_t cutter_token(const struct cutter *k, size_t off);

/* cutter_place - byte of the statement at which a node of its tree stands. */
size_t cutter_place(const struct cutter *k, const struct json *node);

#endif
