/*
 * next.h - the release that is worked on: the object list beside the last
 * release, with numbers given to what is new.
 */
#ifndef NEXT_H
#define NEXT_H

#include "wm.h"

#include "command.h"

/*
 * next_read - read an object list, and add the tools' own objects.
 *
 * list   initialised and empty
 * path   NULL or "-" is standard input
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool next_read(struct session *s, struct model *list,
    const char *path);

/* How the release differs from the last one. */
struct next_counts {
	size_t added, changed, dropped;
};

/*
 * next_bundle - the bundle of the release that is worked on; texts are shared
 * with the list and the history. It is beta: publish is NULL.
 *
 * An object whose text, deps, grants or module are other than in the last
 * release, or which has declared migrations, is a new version; the version
 * that was ends with the last release.
 *
 * out          initialised
 * out_counts   what has changed
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool next_bundle(struct session *s, const struct model *list,
    struct bundle *out, struct next_counts *out_counts);

/*
 * next_was - the version of an object in the last release; of a table that
 * declared commands have renamed, under the name it had. NULL: it is new.
 */
const struct object *next_was(const struct session *s,
    const struct model *list, const struct object *o);

#endif
