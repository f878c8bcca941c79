/*
 * adopt.h - compare by meaning: what is in a database and not in its record
 * (--adopt), and what somebody did behind the record's back (--drift).
 */
#ifndef ADOPT_H
#define ADOPT_H

#include "diff.h"

/*
 * adopt_read - read what source and database mean, where it is asked for and
 * there is anything to compare. To be called with both sides read.
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool adopt_read(struct diff *d);

/*
 * adopt_pair - the two sides of an object as the server words them.
 *
 * o         in the source
 * known     in the record; NULL: it is not there
 * out_old   as the database has it; NULL: it does not
 * out_new   as the source has it: o itself, where both are the same
 *
 * Returns false where the object is not one to compare.
 */
bool adopt_pair(struct diff *d, const struct object *o,
    const struct object *known, const struct object **out_old,
    const struct object **out_new);

/*
 * adopt_gone - an object that left the source, as the plan has to see it: one
 * that is not in the database any more is only taken out of the record.
 */
const struct object *adopt_gone(struct diff *d, const struct object *o);

/*
 * adopt_rest - changes of what no object of the source makes by its own words,
 * such as sequences of columns; what nothing in the source or record is about
 * is listed. To be called when all objects are paired.
 *
 * add   makes the change, part of d->all
 */
void adopt_rest(struct diff *d, struct change *(*add)(struct diff *,
    const struct object *, const struct object *));

/*
 * adopt_others - what nothing in the source or record is about, those that are
 * ignored included, as an SQL literal: a JSON array of obj_typ and obj_nam;
 * '' where nothing was compared.
 */
const char *adopt_others(struct diff *d);

/*
 * adopt_take - write the text of what differs from the record, as the database
 * has it.
 */
void adopt_take(struct diff *d, struct sbuf *out);

/* adopt_clear - free what adopt_read has read. */
void adopt_clear(struct diff *d);

#endif
