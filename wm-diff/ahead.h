/*
 * ahead.h - read the texts of many changed objects on all processors.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "diff.h"

/*
 * ahead_parse - parse the new text of every change whose record has to be
 * written, and collect what it refers to, where they are many; else, and
 * what is left, change_parse and needs_found do it on demand.
 */
void ahead_parse(struct diff *d);

/* ahead_clear - free what ahead_parse has read. */
void ahead_clear(struct diff *d);

#endif
