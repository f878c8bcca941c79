/*
 * pending.h - declared migrations: those of the object list are the ones that
 * the commit takes out of Wyseman.delta.
 */
#ifndef PENDING_H
#define PENDING_H

#include "wm.h"

#include "command.h"
#include "delta.h"

/*
 * pending_check - compare what the list declares with the module's file.
 *
 * d   the file, loaded
 *
 * Returns false once the difference has been reported: the list is older than
 * the file, or it has migrations of another module that is not committed yet.
 */
WM_MUST bool pending_check(const struct session *s, const struct delta *d,
    const struct model *list);

#endif
