/*
 * replay.h - releases tried on a server: every one built, filled with rows and
 * upgraded to every later one.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "wm.h"

#include "vec.h"

struct arena;
struct json_out;

/*
 * replay - build each release; upgrade from each to all later ones; compare
 * with the one built fresh, by catalog and by row.
 *
 * bundles  struct bundle *, by release
 * name     what they were read from
 * dbname   connection to the server to use; NULL: a server of our own
 * json     an object that is open: what came of it is its members "releases",
 *          "pairs" and "equal"; NULL: it is printed
 *
 * What fails is reported (exit code 1): a pair that is not equal, a release
 * that cannot be built. Returns false where the trial itself could not be held.
 */
WM_MUST bool replay(struct arena *mem, const struct vec *bundles,
    const char *name, const char *dbname, struct json_out *json);

#endif
