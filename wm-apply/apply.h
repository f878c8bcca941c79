/*
 * apply.h - what the files of wm-apply share: the options.
 */
#ifndef WM_APPLY_H
#define WM_APPLY_H

#include "wm.h"

#include "hazard.h"
#include "opt.h"
#include "vec.h"

struct apply_opts {
	struct conn_opts conn;
	int lock_timeout_ms;	/* of each statement; 0 waits for ever */
	int retries;		/* of one transaction, after the first try */
	int wait_ms;		/* for another wm-apply to end */
	int batch;		/* steps per transaction; 0: all in one */
	bool dry_run;
	bool create_db;
	bool timing;
	struct hazard_opts hazards;
};

#endif
