/*
 * delta.h - Wyseman.delta: the migrations of tables that are not released.
 *
 * A JSON object: table name to array of texts.
 */
#ifndef WM_DELTA_H
#define WM_DELTA_H

#include "wm.h"

#include "model.h"

/*
 * delta_read - append what a file holds to the deltas of the model's tables.
 *
 * path   a file that does not exist holds nothing
 *
 * Returns false once the failure has been reported. A table that the model
 * does not have is warned about (-Wdelta).
 */
WM_MUST bool delta_read(struct model *m, const char *path);

#endif
