/*
 * ready.h - whether the database is what the plan expects, and has what the
 * plan needs; asked under the advisory lock, before anything is changed.
 */
#ifndef WM_READY_H
#define WM_READY_H

#include "wm.h"

#include "live.h"
#include "plan.h"

/* What the server tells of itself; texts live in the plan's arena. */
struct facts {
	const char *user;
	const char *database;
	const char *version;
	bool unfinished;	/* a run with --batch has not come to its end */
	long long lock_room;	/* entries free in the lock table */
	long lock_share;	/* entries that each max_locks_... brings */
};

/* ready_facts - ask for them. */
WM_MUST bool ready_facts(struct live *l, struct arena *mem, struct facts *out);

/*
 * ready_state - compare the database's state with the one expected.
 *
 * want   such as the plan's "from"
 * to     where the plan leads, for the message; NULL allowed
 *
 * Returns false once the failure, or the refusal, has been reported.
 */
WM_MUST bool ready_state(struct live *l, const struct plan_state *want,
    const struct plan_state *to);

/* ready_needs - refuse where privileges are missing; names all of them. */
WM_MUST bool ready_needs(struct live *l, const struct plan *p,
    const struct facts *f);

/*
 * ready_locks - refuse where the locks that one transaction takes do not fit
 * into the server's lock table.
 */
WM_MUST bool ready_locks(const struct plan *p, const struct apply_opts *o,
    const struct facts *f);

/* ready_batch - refuse --batch on a database in use. */
WM_MUST bool ready_batch(const struct plan *p, const struct apply_opts *o,
    const struct facts *f);

#endif
