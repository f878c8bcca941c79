#include "sbuf.h"

#include <stdlib.h>

#include "arena.h"
#include "sql.h"

static void
grow(struct sbuf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need < more)
		need = SIZE_MAX;	/* xrealloc reports it */
	if (need <= b->cap)
		return;
	if (need < b->cap * 2)
		need = b->cap * 2;
	if (need < 64)
		need = 64;
	b->s = xrealloc(b->s, need);
	b->cap = need;
}

void
sbuf_clear(struct sbuf *b)
{
	free(b->s);
	b->s = NULL;
	b->len = b->cap = 0;
}

void
sbuf_reset(struct sbuf *b)
{
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

void
sbuf_putn(struct sbuf *b, const char *s, size_t len)
{
	grow(b, len);
	assert(b->s != NULL);	/* room for the end at least */
	if (len > 0)
		memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

char *
sbuf_room(struct sbuf *b, size_t more)
{
	grow(b, more);
	return b->s + b->len;
}

void
sbuf_putc(struct sbuf *b, char c)
{
	sbuf_putn(b, &c, 1);
}

void
sbuf_puts(struct sbuf *b, const char *s)
{
	sbuf_putn(b, s, strlen(s));
}

void
sbuf_vprintf(struct sbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(n >= 0);
	grow(b, (size_t)n);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
sbuf_printf(struct sbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *
sbuf_str(const struct sbuf *b)
{
	return b->s == NULL ? "" : b->s;
}

char *
sbuf_take(struct sbuf *b, struct arena *a)
{
	char *s = arena_strndup(a, sbuf_str(b), b->len);

	sbuf_reset(b);
	return s;
}

void
sbuf_ident(struct sbuf *b, const char *name)
{
	bool plain = (name[0] >= 'a' && name[0] <= 'z') || name[0] == '_';

	for (const char *p = name; plain && *p != '\0'; p++)
		plain = (*p >= 'a' && *p <= 'z') || *p == '_' ||
		    (*p >= '0' && *p <= '9');
	if (plain && !sql_is_reserved(name)) {
		sbuf_puts(b, name);
		return;
	}
	sbuf_putc(b, '"');
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			sbuf_putc(b, '"');
		sbuf_putc(b, *p);
	}
	sbuf_putc(b, '"');
}

void
sbuf_literal(struct sbuf *b, const char *s)
{
	if (strchr(s, '\\') != NULL)
		sbuf_putc(b, 'E');
	sbuf_putc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			sbuf_putc(b, *s);
		sbuf_putc(b, *s);
	}
	sbuf_putc(b, '\'');
}

const char *
sql_quoted(struct arena *mem, const char *name)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, name);
	return sbuf_take(&b, mem);
}

const char *
sql_literal(struct arena *mem, const char *text)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_literal(&b, text);
	return sbuf_take(&b, mem);
}

void
sbuf_dollar(struct sbuf *b, const char *s)
{
	char tag[24] = "$wm";

	/* without its last "$", which the text's end would share with it */
	for (unsigned i = 1; strstr(s, tag) != NULL; i++)
		snprintf(tag, sizeof(tag), "$q%u", i);
	sbuf_printf(b, "%s$", tag);
	sbuf_puts(b, s);
	sbuf_printf(b, "%s$", tag);
}
