/*
 * record_sql.h - SQL that brings the database's record to what the plan makes.
 */
#ifndef RECORD_SQL_H
#define RECORD_SQL_H

#include "diff.h"

/* record_open - open the next working release, where the last is committed. */
void record_open(struct diff *d);

/*
 * record_step - one step that writes the record of these changes.
 *
 * list   struct change *; emptied
 */
void record_step(struct diff *d, struct vec *list);

/*
 * record_target - the state that the record will have: versions of all objects,
 * the fingerprint in d->plan.to.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool record_target(struct diff *d);

#endif
