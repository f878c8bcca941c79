/*
 * wm.h - what every file of the wm tools includes first: attributes, exit
 * codes, the life of a tool.
 */
#ifndef WM_H
#define WM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WM_MUST __attribute__((warn_unused_result))
#define WM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define WM_NORETURN __attribute__((noreturn))
#define WM_CLEANUP(fn) __attribute__((cleanup(fn)))
#define WM_UNUSED __attribute__((unused))

#define WM_LEN(array) (sizeof(array) / sizeof((array)[0]))

#ifndef WM_VERSION
#define WM_VERSION "0.1"
#endif

/*
 * wm_same - whether two strings are the same; NULL is the same as NULL alone.
 * wm_is: as nothing.
 */
static inline bool
wm_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static inline bool
wm_is(const char *a, const char *b)
{
	return a != NULL && wm_same(a, b);
}

/*
 * Exit codes, the same for every tool; scripts branch on them.
 */
enum wm_exit {
	WM_EXIT_OK = 0,		/* done */
	WM_EXIT_INPUT = 1,	/* input rejected; diagnostics on stderr */
	WM_EXIT_USAGE = 2,	/* wrong words on the command line */
	WM_EXIT_SYSTEM = 3,	/* file, network or server failed */
	WM_EXIT_REFUSED = 4	/* destructive step, drift, bad signature */
};

/*
 * A place in a source file.
 *
 * file    as the user named it; NULL when unknown
 * line    from 1; 0 when unknown
 * col     from 1, in characters; 0 when unknown
 */
struct loc {
	const char *file;
	int line;
	int col;
};

#endif
