/*
 * ignore.h - objects that are left alone: --ignore, and "ignore" in the
 * configuration.
 *
 * A pattern is a name as the object list has it, with the wildcards of the
 * shell (fnmatch(3)), or TYPE:NAME; "*" stands for dots as well.
 */
#ifndef IGNORE_H
#define IGNORE_H

#include "wm.h"

#include "model.h"

struct conf;

/* ignore_conf - the configuration's patterns join those of the command line. */
void ignore_conf(struct vec *patterns, const struct conf *c);

/* ignored - whether any pattern matches an object. */
bool ignored(const struct vec *patterns, const struct object *o);

/*
 * ignore_schemas - schemas that are ignored as a whole: patterns "NAME.*".
 *
 * mem   where their names go
 * out   of const char *, appended to
 */
void ignore_schemas(struct arena *mem, const struct vec *patterns,
    struct vec *out);

#endif
