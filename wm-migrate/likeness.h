/*
 * likeness.h - how likely it is that one thing has become another, by what two
 * definitions show.
 */
#ifndef LIKENESS_H
#define LIKENESS_H

#include "wm.h"

#include "sbuf.h"
#include "table.h"

/* likeness_names - of two names, 0 (nothing in common) to 6 (the same). */
int likeness_names(const char *a, const char *b);

/*
 * likeness_columns - of a column that is gone and one that is new: type, what
 * stands beside it, constraints, name.
 *
 * old, new   their tables
 * why        reasons are appended, comma-separated
 *
 * Returns points, 0 where it cannot be: about 5 is a guess, 10 is likely.
 */
int likeness_columns(const struct table *old, const struct column *was,
    const struct table *new, const struct column *is, struct sbuf *why);

/*
 * likeness_tables - of a table that is gone and one that is new: columns,
 * constraints, name; schemas apart.
 *
 * out_common   columns of both that have name and type in common, of 100
 */
int likeness_tables(const struct table *old, const struct table *new,
    struct sbuf *why, int *out_common);

/*
 * type_widens - whether every value of a type is one of another, and the server
 * knows that: int to bigint, varchar(20) to varchar(50), anything to text.
 */
bool type_widens(const struct json *from, const struct json *to);

/* type_base - last part of a type's name, "int4"; "" where it has none. */
const char *type_base(const struct json *type);

#endif
