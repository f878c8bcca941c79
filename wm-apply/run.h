/*
 * run.h - the plan's transactions: tried again on lock conflicts, committed
 * or rolled back.
 */
#ifndef WM_RUN_H
#define WM_RUN_H

#include "wm.h"

#include "apply.h"
#include "blame.h"
#include "live.h"
#include "plan.h"
#include "ready.h"
#include "report.h"

enum run_end {
	RUN_DONE,
	RUN_AGAIN,	/* a lock conflict: rolled back, worth another try */
	RUN_FAILED	/* reported */
};

/* run_conflict - whether the server's error is worth another try. */
bool run_conflict(const struct server_msg *m);

/*
 * run_batch_end - the step after the last one of a transaction.
 *
 * begin   its first step
 * batch   steps after which a record step ends it; 0: none does
 */
size_t run_batch_end(const struct plan *p, size_t begin, int batch);

/*
 * run_checks - the plan's checks, tried again on lock conflicts.
 * run_plan - all of its steps.
 *
 * Both fill in the report, and return false once the failure has been
 * reported; l->kept then tells how many steps are committed.
 */
WM_MUST bool run_checks(struct live *l, const struct plan *p,
    const struct apply_opts *o, struct report *rep);
WM_MUST bool run_plan(struct live *l, const struct plan *p,
    const struct apply_opts *o, const struct facts *f, struct report *rep);

#endif
