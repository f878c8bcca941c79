/*
 * back.h - the way back to an older release: versions undone one by one, the
 * newest first.
 */
#ifndef BACK_H
#define BACK_H

#include "diff.h"

/*
 * back_read - read what the record knows of the versions that are to be undone,
 * and what was kept of dropped data.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool back_read(struct diff *d);

/*
 * back_origin - the recorded object that a table of the target has become.
 *
 * Returns NULL where there is none.
 */
const struct object *back_origin(struct diff *d, const struct object *o);

/*
 * back_hops - fill in the hops of a table: each undoes one version.
 *
 * What cannot be undone is refused, unless data loss is allowed.
 */
void back_hops(struct diff *d, struct change *c);

/*
 * back_refill - statements that fill a table again that comes back; appended to
 * out, of const char *.
 */
void back_refill(struct diff *d, const struct change *c, struct vec *out);

#endif
