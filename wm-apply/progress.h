/*
 * progress.h - one line on standard error that tells how far the run is;
 * only where that is a terminal.
 */
#ifndef WM_PROGRESS_H
#define WM_PROGRESS_H

#include "wm.h"

struct plan_step;

/* A value; zero-initialise. */
struct progress {
	bool on;	/* standard error is a terminal */
	bool shown;	/* the line stands there now */
	size_t total;
	int64_t last;	/* when it was drawn, by live_now */
};

void progress_init(struct progress *p, size_t total);

/*
 * progress_show - draw the line anew, not too often.
 *
 * done   steps that are done
 * s      the step at work
 */
void progress_show(struct progress *p, size_t done, const struct plan_step *s);

/* progress_hide - erase the line; before any other message. */
void progress_hide(struct progress *p);

#endif
