/*
 * needs.h - which object needs which: the declared dependencies, and those
 * that the SQL shows.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include "diff.h"

/*
 * needs_declared - resolve every declared dependency.
 *
 * Returns false once unknown and ambiguous names have been reported.
 */
WM_MUST bool needs_declared(struct diff *d);

/*
 * needs_found - add to a change's needs what its new text refers to; what is
 * not declared is warned about (-Wdeps). Does its work once.
 */
void needs_found(struct diff *d, struct change *c);

/*
 * needs_bare - objects of the source that make something of that class and
 * name; NULL where there are none.
 *
 * schema   "" for schemas
 */
struct bare *needs_bare(struct diff *d, int cls, const char *schema,
    const char *name);

/*
 * needs_circles - report circles of declared dependencies, naming members.
 *
 * Returns false where there are any.
 */
WM_MUST bool needs_circles(struct diff *d);

/*
 * needs_old - what the recorded text of an object that goes refers to, among
 * objects that have a record.
 *
 * out   of struct change *, appended to
 */
void needs_old(struct diff *d, struct change *c, struct vec *out);

#endif
