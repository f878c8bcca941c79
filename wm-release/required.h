/*
 * required.h - modules that this one requires have histories of their own: what
 * they declared for their tables is in those.
 */
#ifndef REQUIRED_H
#define REQUIRED_H

#include "wm.h"

#include "command.h"

/*
 * required_deltas - give tables of other modules that have changed since our
 * last release the migrations that their own releases had meanwhile.
 *
 * list   its tables get them as if they were declared; the history of a module
 *        is looked for beside the file that a table is from
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool required_deltas(struct session *s, struct model *list);

#endif
