/*
 * record_release.h - the bookkeeping of a database that is taken to a release:
 * numbers of versions and releases come from the bundle, not from here.
 */
#ifndef RECORD_RELEASE_H
#define RECORD_RELEASE_H

#include "diff.h"

/* record_release_open - plan the rows of all releases up to the target. */
void record_release_open(struct diff *d);

/*
 * record_release_put - plan the rows of changes that have been made.
 *
 * objects   JSON array: t n v min m deps ndeps g c delta crt drp
 */
void record_release_put(struct diff *d, const char *objects);

/*
 * record_release_close - plan the rows of versions that were passed, and the
 * release's time of commit: nothing says that it is there before it all is.
 */
void record_release_close(struct diff *d);

#endif
