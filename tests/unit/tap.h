/*
 * tap.h - TAP for tests/unit/NAME.c; each is a program of its own.
 *
 *	ok(x == 1, "x is one");
 *	is(got, "wanted", "what it is");
 *	return tap_done();
 */
#ifndef TAP_H
#define TAP_H

#include "wm.h"

#include <stdarg.h>

static int tap_count, tap_failed;

static inline bool ok(bool good, const char *fmt, ...) WM_PRINTF(2, 3);

static inline bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !good;
	return good;
}

/* Print a text, which may have several lines, as diagnostics. */
static inline void
tap_show(const char *what, const char *text)
{
	printf("# %s: ", what);
	for (const char *s = text ? text : "(null)"; *s != '\0'; s++)
		printf("%c%s", *s, *s == '\n' ? "#   " : "");
	putchar('\n');
}

static inline bool
is(const char *got, const char *want, const char *what)
{
	bool same = got != NULL && want != NULL ? strcmp(got, want) == 0 :
	    got == want;

	ok(same, "%s", what);
	if (!same) {
		tap_show("got", got);
		tap_show("want", want);
	}
	return same;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
