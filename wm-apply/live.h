/*
 * live.h - the connection: statements whose waiting a signal ends.
 *
 * Once connected, SIGINT, SIGTERM and SIGHUP set a mark instead of ending the
 * process. Whoever waits here sees the mark, cancels the statement at work,
 * waits until the server has let go of it, and fails.
 */
#ifndef WM_LIVE_H
#define WM_LIVE_H

#include "wm.h"

#include <libpq-fe.h>

#include "watch.h"

struct apply_opts;

struct live {
	const struct apply_opts *opts;
	PGconn *db;
	int pid;	/* of the server process; 0 until turn_take */
	bool stopping;	/* a signal came and the statement was cancelled */
	bool broken;	/* server, network or lock failed: exit code 3 */
	bool ended;	/* said that it was interrupted, or lost */
	bool created;	/* this run made the database */
	size_t kept;	/* steps that are committed already */
	size_t total;	/* steps of the plan */
	char reason[256];	/* why the last live_try found no server */

	struct watch watch;	/* who holds up the statement at work */
	int64_t since;		/* when it was sent, or something came */
	int64_t looked;		/* when the watch last looked */
};

enum live_event {
	LIVE_READY,	/* something came; ask PQisBusy again */
	LIVE_TIME,	/* the time is over */
	LIVE_STOP,	/* a signal came; told once */
	LIVE_LOST	/* the connection is gone */
};

/*
 * live_early - from here on signals end the process at once, with a message
 * and WM_EXIT_SYSTEM: nothing has been changed yet.
 */
void live_early(void);

/*
 * live_open - connect, make the database if that was asked for, and let
 * signals only set the mark from then on.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool live_open(struct live *l, const struct apply_opts *o);

/* live_close - close the connections; the server rolls back what is open. */
void live_close(struct live *l);

/* live_stopped - whether a signal came. */
bool live_stopped(void);

/* live_stops - how many came. */
int live_stops(void);

/*
 * live_wait - until the server has sent something, a signal came or the time
 * is over. Sends what is still to be sent meanwhile.
 *
 * timeout_ms   -1 waits for ever
 * heed         whether a signal ends the waiting
 */
enum live_event live_wait(struct live *l, int timeout_ms, bool heed);

/*
 * live_idle - nothing has come for a while: see whether somebody holds a lock
 * that we want. Where there is no lock timeout, says so once.
 */
void live_idle(struct live *l);

/* live_moved - something has come, or a new statement was sent. */
void live_moved(struct live *l);

/* live_tick - how long to wait for anything before live_idle. */
int live_tick(const struct live *l);

/* live_sleep - false, silently, where a signal came meanwhile. */
WM_MUST bool live_sleep(int ms);

/* live_cancel - ask the server to cancel the statement at work. */
void live_cancel(struct live *l);

/* live_now - milliseconds of a clock that only goes forward. */
int64_t live_now(void);

/* live_jitter - a random time between half and one and a half times ms. */
int live_jitter(int ms);

/*
 * live_try - run a statement, or, without parameters, several.
 *
 * n        number of parameters
 * values   text, NULL for null
 *
 * Returns the last result, or the first that failed, which the caller has to
 * report and to clear. NULL once a lost connection or the interruption has
 * been reported.
 */
WM_MUST PGresult *live_try(struct live *l, const char *sql, int n,
    const char *const *values);

/*
 * live_query - the same; a failing statement is reported as the server's
 * failure, and gives NULL as well.
 */
WM_MUST PGresult *live_query(struct live *l, const char *sql, int n,
    const char *const *values);

/*
 * live_finish - run the last statement of a transaction: signals do not end
 * it any more.
 *
 * Returns NULL, silently, where the connection was lost; the result of the
 * statement, failed or not, otherwise.
 */
WM_MUST PGresult *live_finish(struct live *l, const char *sql);

/* live_ok - whether a result is none of a failure. */
bool live_ok(const PGresult *r);

/*
 * live_end - report that the run was interrupted, or that the connection is
 * lost, and what that means for the database. Says so once.
 *
 * why   what the server or libpq said; NULL after a signal
 */
void live_end(struct live *l, const char *why);

/* live_fate - note what has become of the database after a failure. */
void live_fate(const struct live *l);

#endif
