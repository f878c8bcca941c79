/*
 * kept.h - what an upgrade has to leave as it is: the rows of every table, and
 * in them every value that no migration names.
 */
#ifndef KEPT_H
#define KEPT_H

#include "wm.h"

#include <libpq-fe.h>

#include "bundle.h"
#include "vec.h"

struct arena;

/*
 * kept_compare - compare the rows of a database before and after an upgrade.
 *
 * from, to     the releases: tables and columns are followed through the
 *              migrations between them
 * before, db   a database at the first release, and one that held the same and
 *              was upgraded
 * out          appended to: what differs, one text each, in the arena
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool kept_compare(struct arena *mem, const struct bundle *from,
    const struct bundle *to, PGconn *before, PGconn *db, struct vec *out);

#endif
