/*
 * sbuf.h - a string that grows, and SQL quoting into it.
 */
#ifndef WM_SBUF_H
#define WM_SBUF_H

#include "wm.h"

#include <stdarg.h>

struct arena;

/*
 * A value; zero-initialise it (SBUF_INIT) and give it back with sbuf_clear.
 * s is NULL or NUL-terminated, len bytes without the NUL.
 */
struct sbuf {
	char *s;
	size_t len;
	size_t cap;
};

#define SBUF_INIT { NULL, 0, 0 }
#define WM_SBUF WM_CLEANUP(sbuf_clear) struct sbuf

void sbuf_clear(struct sbuf *b);	/* frees; may be used again */
void sbuf_reset(struct sbuf *b);	/* empties, keeps the memory */
void sbuf_putc(struct sbuf *b, char c);
void sbuf_putn(struct sbuf *b, const char *s, size_t len);
void sbuf_puts(struct sbuf *b, const char *s);
void sbuf_printf(struct sbuf *b, const char *fmt, ...) WM_PRINTF(2, 3);
void sbuf_vprintf(struct sbuf *b, const char *fmt, va_list ap) WM_PRINTF(2, 0);

/*
 * sbuf_room - where more bytes, and a NUL, may be written behind the text; the
 * caller adds what it has written to len.
 */
char *sbuf_room(struct sbuf *b, size_t more);

/* sbuf_str - the text; "" where nothing was put; owned by the buffer. */
const char *sbuf_str(const struct sbuf *b);

/* sbuf_take - copy of the text in an arena; the buffer is emptied. */
char *sbuf_take(struct sbuf *b, struct arena *a);

/*
 * sbuf_ident - an SQL identifier, in double quotes where it needs them: not
 * all lower case, digits and underscores, or a key word of PostgreSQL that is
 * not unreserved (source: quote_identifier in its ruleutils.c).
 */
void sbuf_ident(struct sbuf *b, const char *name);

/* sbuf_literal - an SQL string literal; E'' form where it has backslashes. */
void sbuf_literal(struct sbuf *b, const char *s);

/*
 * sql_quoted, sql_literal - the same as texts of their own, in an arena.
 */
const char *sql_quoted(struct arena *mem, const char *name);
const char *sql_literal(struct arena *mem, const char *text);

/*
 * sbuf_dollar - a dollar-quoted literal whose tag does not occur in s.
 */
void sbuf_dollar(struct sbuf *b, const char *s);

#endif
