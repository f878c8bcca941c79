/*
 * sides.h - what is compared: the target, a list or a bundle; and the origin,
 * where that is a file and no database.
 */
#ifndef SIDES_H
#define SIDES_H

#include "diff.h"

struct conf;

/*
 * sides_target - read the object list or bundle that the plan leads to.
 *
 * path   NULL or "-": standard input
 * c      for the keys that bundles have to be signed with
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool sides_target(struct diff *d, const char *path,
    const struct conf *c);

/*
 * sides_origin - read the state that the plan begins with from the file that
 * --from or --history names.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool sides_origin(struct diff *d, const struct conf *c);

/*
 * sides_agree - whether a bundle may follow on the origin: not older, not over
 * work in progress, of the same history.
 *
 * Returns false once it has been refused, or the server has failed.
 */
WM_MUST bool sides_agree(struct diff *d);

/*
 * sides_words - read the dictionary's rows out of bundles; object lists have
 * been read with theirs.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool sides_words(struct diff *d);

/* sides_clear - free what was read. */
void sides_clear(struct diff *d);

/*
 * sides_record - the record is both sides: what the database should be.
 *
 * Returns false where there is none; that has been reported.
 */
WM_MUST bool sides_record(struct diff *d);

#endif
