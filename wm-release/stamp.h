/*
 * stamp.h - when a release was committed: UTC, ISO 8601.
 */
#ifndef STAMP_H
#define STAMP_H

#include "wm.h"

struct arena;

/*
 * stamp_text - the time to write, "2026-11-21T20:46:00Z".
 *
 * given   --timestamp: that form, or seconds since 1970; NULL: the
 *         environment's SOURCE_DATE_EPOCH, else now
 *
 * Ends the process with WM_EXIT_USAGE where it is no time.
 */
const char *stamp_text(struct arena *mem, const char *given);

#endif
