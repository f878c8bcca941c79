#include "arena.h"

#include <errno.h>
#include <stdlib.h>

#include "diag.h"
#include "fault.h"

#define CHUNK ((size_t)64 * 1024)
#define ALIGN ((size_t)16)

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EACH 1
#else
#define ARENA_EACH 0
#endif

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	size_t pad;
};

struct arena {
	struct chunk *head;
};

void *
xmalloc(size_t size)
{
	void *p;

	p = fault(FAULT_ALLOC) ? NULL : malloc(size ? size : 1);
	if (p == NULL)
		die("out of memory (%zu bytes wanted)", size);
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p;

	p = fault(FAULT_ALLOC) ? NULL : realloc(old, size ? size : 1);
	if (p == NULL)
		die("out of memory (%zu bytes wanted)", size);
	return p;
}

struct arena *
arena_new(void)
{
	struct arena *a = xmalloc(sizeof(*a));

	a->head = NULL;
	return a;
}

static void
chunks_free(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	chunks_free(a->head);
	free(a);
}

void
arena_freep(struct arena **a)
{
	arena_free(*a);
	*a = NULL;
}

void
arena_reset(struct arena *a)
{
	if (a->head == NULL)
		return;
	chunks_free(a->head->next);
	a->head->next = NULL;
	if (ARENA_EACH) {
		free(a->head);
		a->head = NULL;
	} else
		a->head->used = 0;
}

/* A piece that begins at a multiple of align; not cleared. */
static void *
piece(struct arena *a, size_t size, size_t align)
{
	size_t need = (size + align - 1) / align * align;
	struct chunk *c = a->head;
	size_t at = c == NULL ? 0 : (c->used + align - 1) / align * align;
	void *p;

	if (need < size || need > SIZE_MAX - sizeof(*c))
		die("out of memory (%zu bytes wanted)", size);
	/* a chunk for one large piece may end anywhere */
	if (ARENA_EACH || c == NULL || at > c->size || c->size - at < need) {
		size_t room = ARENA_EACH || need > CHUNK / 4 ? need : CHUNK;

		c = xmalloc(sizeof(*c) + room);
		c->size = room;
		at = 0;
		/* a large piece goes behind the chunk that still has room */
		if (room != CHUNK && a->head != NULL && !ARENA_EACH) {
			c->next = a->head->next;
			a->head->next = c;
		} else {
			c->next = a->head;
			a->head = c;
		}
	}
	p = (char *)(c + 1) + at;
	c->used = at + need;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(piece(a, size, ALIGN), 0, size);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = piece(a, len + 1, 1);

	if (len > 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(n >= 0);
	p = piece(a, (size_t)n + 1, 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}
