/*
 * record.h - the database's own record: schema wm, tables wm.releases and
 * wm.objects. Reading it, and the fingerprint of its state.
 */
#ifndef WM_RECORD_H
#define WM_RECORD_H

#include "wm.h"

#include <libpq-fe.h>

#include "model.h"
#include "plan.h"

/*
 * record_read - the objects of the working release, with versions, and the
 * state. A database without the record is empty, not an error.
 *
 * m       initialised and empty
 * state   its release is 0 where there is no record
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool record_read(PGconn *db, struct model *m,
    struct plan_state *out_state);

/* record_none - the state of a database without a record. */
void record_none(struct plan_state *out_state);

/*
 * record_state - the state alone, computed by the server; equal to what
 * record_read finds.
 */
WM_MUST bool record_state(PGconn *db, struct plan_state *out_state);

/* record_state_sql - query that returns the state, one text. */
const char *record_state_sql(void);

/*
 * record_fingerprint - the state that a record with these objects would have.
 *
 * m        objects with obj_ver set
 * release  working release
 * beta     whether it is uncommitted
 */
void record_fingerprint(const struct model *m, int release, bool beta,
    struct plan_state *out_state);

#endif
