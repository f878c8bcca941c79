/*
 * style.h - how tables and columns are to be shown: records, whatever form of
 * file they were written in.
 */
#ifndef STYLE_H
#define STYLE_H

#include "parse.h"

/* A table whose styles are being read. */
struct style {
	struct parse *p;
	const char *sch;
	const char *tab;
	const char *module;
};

/*
 * style_begin - a table's styles follow; what another file said about them is
 * forgotten.
 *
 * at   of the table's name
 */
void style_begin(const struct style *s, const struct loc *at);

/*
 * style_put - record one style, of the table where col is NULL. What was said
 * about the same thing before is replaced.
 *
 * at   also where a value that cannot be kept is reported
 */
void style_put(const struct style *s, const char *col, const char *name,
    const struct json *value, const struct loc *at);

/* style_has - whether a column has a style of that name already. */
bool style_has(const struct style *s, const char *col, const char *name);

/*
 * style_places - give every column that a list names a style of the list's
 * name: its place in the list, from 1; 0 for one with "!" in front, which has
 * no place. A style of that name that the column has already stays.
 *
 * name    "display" or "sort"
 * cols    of const char *
 */
void style_places(const struct style *s, const char *name,
    const struct vec *cols, const struct loc *at);

/*
 * style_finish - when all files are read: places in lists are taken from
 * columns that do not exist.
 */
void style_finish(struct parse *p);

/* json_new - a value by itself: a string, or a number by its digits. */
struct json *json_new(struct arena *mem, enum json_type type, const char *s);

/* json_push - append to an array, or with a key to an object. */
void json_push(struct json *list, const char *key, struct json *value);

/* style_command - tabdef, the form in Tcl; data is the struct parse. */
Tcl_ObjCmdProc style_command;

/* style_is_yaml - whether a file's text is YAML, not Tcl. */
bool style_is_yaml(const char *text, size_t len);

/*
 * style_yaml - record the styles that a YAML file has.
 *
 * text   its bytes; src is what messages quote
 */
void style_yaml(struct parse *p, const struct source *src, const char *text,
    size_t len);

#endif
