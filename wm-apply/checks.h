/*
 * checks.h - the plan's queries for rows that would break the change; run
 * before the first step, read-only, without strong locks.
 */
#ifndef WM_CHECKS_H
#define WM_CHECKS_H

#include "wm.h"

#include "live.h"
#include "plan.h"
#include "run.h"

/*
 * checks_run - run them all in one transaction and roll it back.
 *
 * out_rows   rows that were read
 * out_held   set with RUN_AGAIN: the lock that was not to be had
 *
 * Returns RUN_DONE, RUN_AGAIN on a lock conflict, not reported, or RUN_FAILED
 * once all rows, or the failure, have been reported.
 */
enum run_end checks_run(struct live *l, const struct plan *p,
    int64_t *out_rows, struct server_msg **out_held);

#endif
