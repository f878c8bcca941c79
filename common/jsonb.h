/*
 * jsonb.h - JSON as PostgreSQL writes a value of its type jsonb: members
 * sorted by length, then by bytes; numbers without exponent. So a value in a
 * document and one that a server sends can be compared as texts.
 */
#ifndef WM_JSONB_H
#define WM_JSONB_H

#include "wm.h"

#include "json_in.h"
#include "sbuf.h"

/* Nesting that a value may have; documents that hold it nest deeper. */
#define JSONB_DEPTH 50

/*
 * jsonb_put - append a value's text.
 *
 * Returns NULL, or why it cannot be written: words to end a message with.
 */
WM_MUST const char *jsonb_put(struct sbuf *b, const struct json *j);

/*
 * jsonb_text - the same in an arena, from a text.
 *
 * name   what messages call the text
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST const char *jsonb_text(struct arena *mem, const char *text,
    const char *name);

#endif
