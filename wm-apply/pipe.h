/*
 * pipe.h - many statements without waiting for each: libpq's pipeline mode,
 * kept from locking up, and watched while it waits for locks.
 */
#ifndef WM_PIPE_H
#define WM_PIPE_H

#include "wm.h"

#include "blame.h"
#include "live.h"
#include "plan.h"
#include "progress.h"

/* A statement on its way. */
struct pipe_stmt {
	size_t step;		/* index in the plan */
	const char *sql;	/* not terminated */
	size_t len;
	size_t off;		/* byte of the step's SQL where it begins */
	bool simple;		/* not for the pipeline: send it whole */
	bool own;		/* not of the plan: put between its steps */
};

/* A warning of the server, with the step that made it. */
struct pipe_warning {
	size_t step;
	size_t off;
	struct server_msg *msg;
};

struct pipe {
	struct live *live;
	const struct plan *plan;
	struct progress *progress;
	double *step_ms;	/* times are added here; NULL: not taken */
	struct pipe_stmt *stmts;
	size_t n;
	size_t done;		/* statements that have their result */
	struct vec warnings;	/* of struct pipe_warning *, in the arena */
	struct server_msg *error;	/* of statement number done */
	double mark;		/* when the last result came, in ms */
};

enum pipe_end {
	PIPE_DONE,
	PIPE_ERROR,	/* error is set; the transaction waits for rollback */
	PIPE_STOPPED,	/* a signal came; the same */
	PIPE_LOST	/* connection or fault; not reported: l->reason */
};

/*
 * pipe_load - cut the steps into statements.
 *
 * begin, end   steps of the transaction
 */
void pipe_load(struct pipe *p, size_t begin, size_t end);

/* pipe_run - send them all and take their results. */
enum pipe_end pipe_run(struct pipe *p);

void pipe_clear(struct pipe *p);

#endif
