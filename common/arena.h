/*
 * arena.h - memory that is freed all at once, and malloc that cannot fail.
 *
 * Model data lives in one arena per run. Out of memory ends the process
 * inside the allocator, with exit code 3, so nobody checks. Under the address
 * sanitizer each piece is malloc'ed on its own, so that overruns show.
 */
#ifndef WM_ARENA_H
#define WM_ARENA_H

#include "wm.h"

#include <stdarg.h>

#include <stdarg.h>

struct arena;

/* arena_new - an empty arena; the caller frees it with arena_free. */
struct arena *arena_new(void);

/* arena_free - give back the arena and all it holds; NULL is allowed. */
void arena_free(struct arena *a);

/* arena_freep - arena_free for WM_CLEANUP. */
void arena_freep(struct arena **a);

/* arena_reset - forget all pieces, keep one chunk for the next round. */
void arena_reset(struct arena *a);

/* arena_alloc - size bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);

/* arena_strndup - copy of len bytes plus a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* arena_strdup - copy of a string; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);

/* arena_printf - formatted string in the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) WM_PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    WM_PRINTF(2, 0);

/*
 * xmalloc, xrealloc - malloc and realloc that end the process (exit 3) when
 * memory is out. The caller frees.
 */
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);

#endif
