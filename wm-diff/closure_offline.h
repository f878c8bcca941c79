/*
 * closure_offline.h - what hangs on what, without a server: by the names that
 * the recorded texts use.
 */
#ifndef CLOSURE_OFFLINE_H
#define CLOSURE_OFFLINE_H

#include "diff.h"

/*
 * closure_offline - spread FATE_RECREATE to what uses an object that is
 * dropped, recreated, or loses or changes columns.
 *
 * More is made again than a server would ask for: which column a view reads is
 * not known here. What nobody declared in the source stays unknown. Refusals go
 * to diag_refuse.
 */
void closure_offline(struct diff *d);

#endif
