/*
 * decide_kinds.h - changes in place of the kinds that plain SQL brings.
 */
#ifndef DECIDE_KINDS_H
#define DECIDE_KINDS_H

#include "diff.h"

/*
 * decide_kind - the alteration of an object whose kind knows one.
 *
 * Returns false, with nothing changed, where it has to be made again.
 */
bool decide_kind(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is);

#endif
