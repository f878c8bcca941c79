/*
 * closure.h - what PostgreSQL will not let live through a drop: taken out of
 * the way and made again, by whoever it was made.
 */
#ifndef CLOSURE_H
#define CLOSURE_H

#include "catalog.h"

/*
 * closure - spread FATE_RECREATE to what hangs on the objects that are dropped
 * or recreated; refuse what cannot be made again.
 *
 * Foreign objects to drop and make again go to d->foreign. Returns false once
 * a failure of the server has been reported; refusals go to diag_refuse.
 */
WM_MUST bool closure(struct diff *d);

/*
 * closure_names - whether an object's text, as the source has it now, names
 * what goes.
 *
 * c   has a new text
 */
bool closure_names(struct diff *d, struct change *c, struct change *gone);

#endif
