/*
 * sql_needs.h - what objects of plain SQL need, without circles.
 *
 * Some needs are certain. Others are wishes: of a statement that could stand
 * behind all objects by itself, or of a body that creating does not look into.
 */
#ifndef SQL_NEEDS_H
#define SQL_NEEDS_H

#include "sql_source.h"

/*
 * needs_has - whether an object is known to need another one, directly. O(1).
 */
bool needs_has(const struct made *m, const struct made *on);

/* needs_add - let an object need another one: once, and never itself. */
void needs_add(struct made *m, struct made *on);

/* needs_clear - free what an object keeps for it. */
void needs_clear(struct made *m);

/*
 * needs_wish - a need that is given up where it would close a circle.
 *
 * wishes   appended to; for needs_grant
 * of       the statement that wants it, or NULL
 */
void needs_wish(struct parse *p, struct vec *wishes, struct made *from,
    struct made *to, struct attached *of);

/*
 * needs_components - number all objects by what they need so far: those that
 * need one another in a circle have the same number, others one of their own.
 * Linear.
 */
void needs_components(struct parse *p);

/*
 * needs_grant - take all wishes that close no circle, in their order; what of
 * statements closes one makes them objects of their own. With m needs and
 * wishes O(m) where none can be part of a circle, else O(m^1.5) for those that
 * are granted; one that closes a circle costs up to O(m).
 */
void needs_grant(struct parse *p, const struct vec *wishes);

#endif
