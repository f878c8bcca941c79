/*
 * report.h - the document wm-report/1: what was done.
 */
#ifndef WM_REPORT_H
#define WM_REPORT_H

#include "wm.h"

#include "plan.h"

enum report_status {
	REPORT_UNCHANGED,	/* there was nothing to do */
	REPORT_APPLIED,
	REPORT_DRY_RUN		/* done and rolled back */
};

/* Strings live in the plan's arena; report_clear frees the vectors. */
struct report {
	enum report_status status;
	const char *database;
	const char *server;	/* version; NULL where none was asked */
	size_t batches;		/* transactions that were committed */
	int retries;
	int64_t ms;
	int64_t rows_read;	/* by the checks */
	struct vec warnings;	/* of char *: place and text */
	double *step_ms;	/* of each step; NULL without --timing */
};

void report_clear(struct report *r);

/* report_write - write the document to a stream; does not flush it. */
void report_write(const struct report *r, const struct plan *p, FILE *f);

#endif
