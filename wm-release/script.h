/*
 * script.h - a release as one script of plain SQL.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "wm.h"

#include "bundle.h"
#include "sbuf.h"

struct arena;

/*
 * script_write - SQL that makes the release in an empty database, with its
 * record, dictionary and first rows; for psql -1, or any client that runs
 * statements one by one.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool script_write(struct arena *mem, struct bundle *b,
    struct sbuf *out);

#endif
