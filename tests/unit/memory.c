/*
 * arena, vec, map: memory that is freed at once, order, names.
 */
#include "arena.h"
#include "map.h"
#include "sbuf.h"
#include "tap.h"
#include "vec.h"

#include <stdlib.h>

#define MANY 20000

static void
test_arena(void)
{
	WM_CLEANUP(arena_freep) struct arena *a = arena_new();
	bool aligned = true, zeroed = true, apart = true;
	char *last = NULL;

	for (size_t size = 1; size < 3000; size += 7) {
		char *p = arena_alloc(a, size);

		aligned = aligned && (uintptr_t)p % 16 == 0;
		for (size_t i = 0; i < size; i++)
			zeroed = zeroed && p[i] == '\0';
		memset(p, 'x', size);
		apart = apart && p != last;
		last = p;
	}
	ok(aligned, "pieces are aligned");
	ok(zeroed, "pieces are zeroed");
	ok(apart, "pieces are apart");
	is(arena_strndup(a, "a\0b", 3) + 2, "b", "NUL characters are copied");
	ok(arena_strdup(a, NULL) == NULL, "no string gives none");
	is(arena_printf(a, "%s-%d", "x", 7), "x-7", "printf");
	ok(strlen(arena_printf(a, "%200000d", 1)) == 200000, "a long printf");
	memset(arena_alloc(a, 1000000), 'y', 1000000);
	last = arena_strdup(a, "after");
	is(last, "after", "a piece behind a large one");
	arena_reset(a);
	zeroed = true;
	for (int i = 0; i < 100; i++) {
		char *p = arena_alloc(a, 900);

		for (size_t k = 0; k < 900; k++)
			zeroed = zeroed && p[k] == '\0';
	}
	ok(zeroed, "pieces are zeroed after a reset");
}

/* A chunk that is as long as its one text ends where no piece may begin. */
static void
test_long_text_first(void)
{
	static const char text[40000] = { 0 };
	bool apart = true;

	for (size_t len = 20000; len < 20032; len++) {
		WM_CLEANUP(arena_freep) struct arena *a = arena_new();
		char *p = arena_strndup(a, text, len);
		char *next = malloc(64);

		memset(next, 'n', 64);
		for (int i = 0; i < 4; i++) {
			char *piece = arena_alloc(a, 48);

			memset(piece, 'x', 48);
			apart = apart && (piece + 48 <= p ||
			    piece > p + len);
		}
		for (int i = 0; i < 64; i++)
			apart = apart && next[i] == 'n';
		free(next);
	}
	ok(apart, "pieces behind a long text");
}

struct pair {
	int key;
	int place;
};

static int
by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->key - y->key;
}

/* A generator of its own: the test is the same everywhere. */
static unsigned
number(void)
{
	static unsigned state = 1;

	state = state * 1103515245u + 12345u;
	return state >> 16 & 0x7fff;
}

static void
test_vec(void)
{
	static struct pair pairs[MANY];
	static const size_t sizes[] = { 0, 1, 2, 3, 15, 16, 17, 1000, MANY };

	for (size_t s = 0; s < WM_LEN(sizes); s++) {
		WM_VEC v = VEC_INIT;
		bool sorted = true, stable = true;

		for (size_t i = 0; i < sizes[s]; i++) {
			pairs[i] = (struct pair){ (int)(number() % 100),
				(int)i };
			vec_push(&v, &pairs[i]);
		}
		vec_sort(&v, by_key);
		for (size_t i = 1; i < v.n; i++) {
			const struct pair *x = v.v[i - 1], *y = v.v[i];

			sorted = sorted && x->key <= y->key;
			stable = stable && (x->key < y->key ||
			    x->place < y->place);
		}
		ok(v.n == sizes[s] && sorted, "%zu are sorted", sizes[s]);
		ok(stable, "%zu keep their order", sizes[s]);
	}
}

static void
test_map(void)
{
	WM_CLEANUP(arena_freep) struct arena *a = arena_new();
	WM_MAP m = MAP_INIT;
	static int values[MANY];
	bool fresh = true, found = true;
	int other;

	ok(map_get(&m, "x") == NULL, "an empty map has nothing");
	for (int i = 0; i < MANY; i++) {
		const char *key = arena_printf(a, "key %d", i);

		fresh = fresh && map_put(&m, key, &values[i]) == NULL;
	}
	for (int i = 0; i < MANY; i++) {
		const char *key = arena_printf(a, "key %d", i);

		found = found && map_get(&m, key) == &values[i] &&
		    map_getn(&m, key, strlen(key)) == &values[i];
	}
	ok(fresh, "keys are new");
	ok(found, "all are found");
	ok(m.n == MANY, "and counted");
	ok(map_get(&m, "key") == NULL && map_get(&m, "key 1x") == NULL &&
	    map_get(&m, "") == NULL, "parts and others are not");
	ok(map_getn(&m, "key 17 and more", 6) == &values[17],
	    "a key that is not terminated");
	ok(map_put(&m, "key 5", &other) == &values[5] &&
	    map_get(&m, "key 5") == &other && m.n == MANY,
	    "a value is replaced");
	ok(map_put(&m, "", &other) == NULL && map_get(&m, "") == &other,
	    "the empty key");
}

static void
test_sbuf(void)
{
	WM_CLEANUP(arena_freep) struct arena *a = arena_new();
	WM_SBUF b = SBUF_INIT;
	const char *taken;

	is(sbuf_str(&b), "", "an empty buffer is a text");
	sbuf_reset(&b);
	for (int i = 0; i < 100000; i++)
		sbuf_putc(&b, (char)('a' + i % 26));
	ok(b.len == 100000 && strlen(b.s) == 100000 && b.s[99999] == 'd',
	    "it grows");
	taken = sbuf_take(&b, a);
	ok(strlen(taken) == 100000 && b.len == 0, "its text can be taken");
	is(sbuf_str(&b), "", "then it is empty");
	sbuf_printf(&b, "%d%s", 1, "");
	sbuf_putn(&b, "abc", 2);
	sbuf_putn(&b, "", 0);
	is(sbuf_str(&b), "1ab", "put");
	sbuf_clear(&b);
	sbuf_puts(&b, "again");
	is(sbuf_str(&b), "again", "it may be used after clear");
}

int
main(void)
{
	test_arena();
	test_long_text_first();
	test_vec();
	test_map();
	test_sbuf();
	return tap_done();
}
