/*
 * vec.h - an array of pointers that grows.
 */
#ifndef WM_VEC_H
#define WM_VEC_H

#include "wm.h"

struct arena;

/* A value; zero-initialise (VEC_INIT), give back with vec_clear. */
struct vec {
	void **v;
	size_t n;
	size_t cap;	/* 0: v is borrowed, or NULL */
};

#define VEC_INIT { NULL, 0, 0 }
#define WM_VEC WM_CLEANUP(vec_clear) struct vec

/* vec_push - append one pointer; the vector does not own what it points to. */
void vec_push(struct vec *v, const void *p);

/*
 * vec_borrow - make an empty vector read another one's elements, which have to
 * stay where they are; the first vec_push makes a copy.
 */
void vec_borrow(struct vec *v, const struct vec *from);

/*
 * vec_settle - append what another one holds; an empty one then takes just as
 * much room as that needs, in an arena, and nothing has to be freed: of many
 * vectors most never change again. A vec_push makes a copy.
 */
void vec_settle(struct vec *v, struct arena *mem, const struct vec *from);

/* vec_clear - free the array, not what it points to. */
void vec_clear(struct vec *v);

/* vec_has - whether an element is that very pointer. */
bool vec_has(const struct vec *v, const void *p);

/* vec_has_string - whether an element, of const char *, is that string. */
bool vec_has_string(const struct vec *v, const char *s);

/*
 * vec_same_strings - whether the elements of two, of const char *, are the same
 * in that order; vec_same_set: in any order, where none stands twice.
 */
bool vec_same_strings(const struct vec *a, const struct vec *b);
bool vec_same_set(const struct vec *a, const struct vec *b);

/*
 * vec_sort - stable merge sort.
 *
 * cmp   compares two elements (not pointers to them), as strcmp does
 */
void vec_sort(struct vec *v, int (*cmp)(const void *, const void *));

#endif
