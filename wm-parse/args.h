/*
 * args.h - argument lists of the source language: positional values and
 * switches that may be shortened, mixed.
 */
#ifndef ARGS_H
#define ARGS_H

#include "wm.h"

#include <tcl.h>

/* A word that may be shortened, down to min letters, to mean std. */
struct abbrev {
	const char *full;
	size_t min;
	const char *std;
};

/* args_unabbrev - std of the first row that the word shortens, or the word. */
const char *args_unabbrev(const struct abbrev *table, const char *word);

/*
 * args_fill - put the switches that are left out in front of positional
 * values: the list is walked in steps of two, and where a word does not begin
 * with "-", the next unused positional switch is inserted.
 *
 * list         not shared
 * positional   switches, with "-"; n of them
 */
void args_fill(Tcl_Obj *list, const char *const *positional, size_t n);

/*
 * args_expand - write out shortened switches, in steps of two.
 *
 * list    not shared
 * table   ends with a row whose full is NULL
 */
void args_expand(Tcl_Obj *list, const struct abbrev *table);

/*
 * args_take - take every occurrence of a switch out of a list that is not
 * shared; the last value counts.
 *
 * Returns a reference that the caller gives back, or NULL.
 */
Tcl_Obj *args_take(Tcl_Obj *list, const char *name);

#endif
