#include "vec.h"

#include <stdlib.h>

#include "arena.h"

void
vec_push(struct vec *v, const void *p)
{
	if (v->n >= v->cap) {
		/* small at first: each object has several, mostly empty */
		void **theirs = v->cap == 0 ? v->v : NULL;

		v->cap = v->n > 2 ? v->n * 2 : 4;
		v->v = xrealloc(theirs != NULL ? NULL : v->v,
		    v->cap * sizeof(*v->v));
		if (theirs != NULL)
			memcpy(v->v, theirs, v->n * sizeof(*v->v));
	}
	v->v[v->n++] = (void *)(uintptr_t)p;
}

void
vec_clear(struct vec *v)
{
	if (v->cap > 0)
		free(v->v);
	v->v = NULL;
	v->n = v->cap = 0;
}

void
vec_borrow(struct vec *v, const struct vec *from)
{
	v->v = from->n > 0 ? from->v : NULL;
	v->n = from->n;
	v->cap = 0;
}

void
vec_settle(struct vec *v, struct arena *mem, const struct vec *from)
{
	if (v->n > 0 || v->cap > 0 || from->n == 0) {
		for (size_t i = 0; i < from->n; i++)
			vec_push(v, from->v[i]);
		return;
	}
	v->v = arena_alloc(mem, from->n * sizeof(*v->v));
	memcpy(v->v, from->v, from->n * sizeof(*v->v));
	v->n = from->n;
}

bool
vec_has(const struct vec *v, const void *p)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i] == p)
			return true;
	return false;
}

bool
vec_has_string(const struct vec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return true;
	return false;
}

bool
vec_same_strings(const struct vec *a, const struct vec *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

bool
vec_same_set(const struct vec *a, const struct vec *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!vec_has_string(b, a->v[i]))
			return false;
	return true;
}

static void
merge(void **a, void **tmp, size_t n, int (*cmp)(const void *, const void *))
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	merge(a, tmp, half, cmp);
	merge(a + half, tmp, n - half, cmp);
	while (i < half && j < n)
		tmp[k++] = cmp(a[j], a[i]) < 0 ? a[j++] : a[i++];
	while (i < half)
		tmp[k++] = a[i++];
	memcpy(a, tmp, k * sizeof(*a));	/* the rest of a is in place */
}

void
vec_sort(struct vec *v, int (*cmp)(const void *, const void *))
{
	void **tmp;

	if (v->n < 2)
		return;
	tmp = xmalloc(v->n * sizeof(*tmp));
	merge(v->v, tmp, v->n, cmp);
	free(tmp);
}
