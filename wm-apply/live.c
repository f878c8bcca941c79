#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "diag.h"
#include "fault.h"
#include "pg.h"
#include "sbuf.h"

/* A cancelled statement ends soon; else its connection is just closed. */
#define CANCEL_ROUNDS 50

/* A statement that takes so long may be waiting for a lock. */
#define LOOK_MS 400

/* Set by signals; a handler has no other way to reach anything. */
static volatile sig_atomic_t stops;
static int stop_pipe[2] = { -1, -1 };

static void
on_signal_early(int sig)
{
	static const char text[] =
	    "wm-apply: error: interrupted: nothing was changed\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(WM_EXIT_SYSTEM);
	_exit(WM_EXIT_SYSTEM);
}

static void
on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	stops++;
	if (write(stop_pipe[1], "", 1) < 0) {
		/* full: then whoever waits on it wakes up anyway */
	}
	errno = saved;
}

static void
handle(void (*fn)(int))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = fn }, old;

	sigemptyset(&sa.sa_mask);
	sa.sa_flags = SA_RESTART;
	for (size_t i = 0; i < WM_LEN(signals); i++) {
		/* nohup, and shells for jobs behind &, have some ignored */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

void
live_early(void)
{
	handle(on_signal_early);
}

/* Let signals set the mark from here on. */
static void
guard(void)
{
	if (stop_pipe[0] < 0 && pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		die("could not make a pipe: %s", strerror(errno));
	handle(on_signal);
}

bool
live_stopped(void)
{
	return stops > 0;
}

int
live_stops(void)
{
	return stops;
}

int64_t
live_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
live_jitter(int ms)
{
	uint32_t r = 0;

	if (ms <= 0 || getrandom(&r, sizeof(r), 0) != sizeof(r))
		return ms;
	return ms / 2 + (int)(r % ((uint32_t)ms + 1));
}

bool
live_sleep(int ms)
{
	int64_t end = live_now() + ms;

	for (;;) {
		struct pollfd fd = { .fd = stop_pipe[0], .events = POLLIN };
		int64_t left = end - live_now();

		if (live_stopped())
			return false;
		if (left <= 0)
			return true;
		poll(&fd, 1, (int)left);
	}
}

void
live_fate(const struct live *l)
{
	if (l->kept > 0) {
		diag_note(NULL, "%zu of %zu steps are committed; the database "
		    "is marked unfinished", l->kept, l->total);
		diag_hint("Run the pipe again, with --batch, to go on.");
	} else if (l->created)
		diag_note(NULL, "the database was created and stays, empty");
	else
		diag_note(NULL, "nothing was changed");
}

void
live_end(struct live *l, const char *why)
{
	l->broken = true;
	if (l->ended)
		return;
	l->ended = true;
	if (why == NULL && l->kept == 0 && !l->created) {
		diag_error(NULL, "interrupted: nothing was changed");
		return;
	}
	if (why == NULL)
		diag_error(NULL, "interrupted");
	else
		diag_error(NULL, "connection lost: %s", why);
	live_fate(l);
}

enum live_event
live_wait(struct live *l, int timeout_ms, bool heed)
{
	struct pollfd fds[2] = { { .fd = PQsocket(l->db) },
		{ .fd = stop_pipe[0], .events = POLLIN } };
	int unsent, n;

	if (heed && live_stopped())
		return LIVE_STOP;
	/* a failed write shows as a failed read, behind what came before */
	unsent = PQflush(l->db);
	if (fds[0].fd < 0)
		return LIVE_LOST;
	fds[0].events = (short)(POLLIN | (unsent == 1 ? POLLOUT : 0));
	n = poll(fds, heed ? 2 : 1, timeout_ms);
	if (heed && live_stopped())
		return LIVE_STOP;
	if (n == 0)
		return LIVE_TIME;
	if (n > 0 && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
	    PQconsumeInput(l->db) == 0)
		return LIVE_LOST;
	return LIVE_READY;
}

void
live_cancel(struct live *l)
{
	PGcancel *c = PQgetCancel(l->db);
	char why[256];

	/* where it does not get through, the connection is closed later */
	if (c != NULL && PQcancel(c, why, sizeof(why)) == 0) {
		/* the next round tries again */
	}
	PQfreeCancel(c);
	l->stopping = true;
}

void
live_moved(struct live *l)
{
	l->since = live_now();
	watch_forget(&l->watch);
}

int
live_tick(const struct live *l)
{
	int quarter = l->opts->lock_timeout_ms / 4;

	return quarter > 0 && quarter < LOOK_MS / 2 ? quarter + 1 :
	    LOOK_MS / 2;
}

void
live_idle(struct live *l)
{
	int half = l->opts->lock_timeout_ms / 2;
	int every = half > 0 && half < LOOK_MS ? half : LOOK_MS;
	bool first = l->looked < l->since;

	if (l->pid == 0 ||
	    live_now() - (first ? l->since : l->looked) < every)
		return;
	watch_look(&l->watch, l->db, l->pid);
	l->looked = live_now();
	/* who waits for ever is told why */
	if (first && l->opts->lock_timeout_ms == 0 && l->watch.seen != NULL) {
		diag_note(NULL, "waiting for a lock");
		watch_tell(&l->watch);
	}
}

bool
live_ok(const PGresult *r)
{
	ExecStatusType st = PQresultStatus(r);

	return st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ||
	    st == PGRES_EMPTY_QUERY;
}

/* Why the connection is gone, in one line. */
static void
keep_reason(struct live *l, const PGresult *r)
{
	const char *s = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) :
	    NULL;

	if (s == NULL)
		s = PQerrorMessage(l->db);
	snprintf(l->reason, sizeof(l->reason), "%.*s", (int)strcspn(s, "\n"),
	    s);
	if (l->reason[0] == '\0')
		snprintf(l->reason, sizeof(l->reason), "no message");
}

/*
 * Wait for the results of what was sent. Returns NULL, silently, where the
 * connection was lost (reason is set) or, when signals are heeded, a signal
 * came.
 */
static PGresult *
results(struct live *l, bool heed)
{
	WM_PGRES *kept = NULL;
	PGresult *r;
	int rounds = 0, before = live_stops();

	/* a rollback leaves what was seen, for the message */
	if (heed)
		live_moved(l);
	for (;;) {
		enum live_event e;

		while (!PQisBusy(l->db)) {
			r = PQgetResult(l->db);
			if (r == NULL)
				goto end;
			if (kept != NULL && !live_ok(kept)) {
				PQclear(r);	/* the first one tells */
				continue;
			}
			PQclear(kept);
			kept = r;
			if (PQresultStatus(r) == PGRES_COPY_IN)
				PQputCopyEnd(l->db, "there are no data");
		}
		e = live_wait(l, live_tick(l), heed && !l->stopping);
		if (e == LIVE_LOST && PQisBusy(l->db))
			goto end;
		if (live_stops() > before + 1) {
			snprintf(l->reason, sizeof(l->reason), "given up");
			return NULL;
		}
		if (heed && (e == LIVE_STOP ||
		    (e == LIVE_TIME && l->stopping))) {
			if (rounds++ >= CANCEL_ROUNDS)
				return NULL;
			live_cancel(l);
		} else if (heed && e == LIVE_TIME)
			live_idle(l);
	}
end:
	if (PQstatus(l->db) != CONNECTION_OK) {
		keep_reason(l, kept);
		return NULL;
	}
	if (l->stopping && heed)
		return NULL;
	r = kept;
	kept = NULL;
	return r;
}

PGresult *
live_try(struct live *l, const char *sql, int n, const char *const *values)
{
	PGresult *r;
	bool sent;

	if (fault(FAULT_QUERY)) {
		live_end(l, "on order");
		return NULL;
	}
	if (live_stopped() && !l->stopping) {
		l->stopping = true;
		live_end(l, NULL);
		return NULL;
	}
	sent = n > 0 ? PQsendQueryParams(l->db, sql, n, NULL, values, NULL,
	    NULL, 0) : PQsendQuery(l->db, sql);
	r = sent ? results(l, true) : NULL;
	if (r != NULL)
		return r;
	if (!sent)
		keep_reason(l, NULL);
	live_end(l, live_stopped() ? NULL : l->reason);
	return NULL;
}

PGresult *
live_query(struct live *l, const char *sql, int n, const char *const *values)
{
	PGresult *r = live_try(l, sql, n, values);
	const char *msg;

	if (r == NULL || live_ok(r))
		return r;
	msg = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	diag_error(NULL, "server: %s", msg ? msg : "no message");
	l->broken = true;
	PQclear(r);
	return NULL;
}

PGresult *
live_finish(struct live *l, const char *sql)
{
	if (PQsendQuery(l->db, sql) == 0) {
		keep_reason(l, NULL);
		return NULL;
	}
	return results(l, false);
}

static bool
create_database(struct live *l, const char *name)
{
	WM_PGCONN *db = pg_maintenance(&l->opts->conn, "wm-apply");
	WM_SBUF sql = SBUF_INIT;

	if (db == NULL)
		return false;
	sbuf_puts(&sql, "create database ");
	sbuf_ident(&sql, name);
	for (int i = 0; ; i++) {
		WM_PGRES *r = PQexec(db, sbuf_str(&sql));
		const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
		const char *msg = PQresultErrorField(r,
		    PG_DIAG_MESSAGE_PRIMARY);

		if (live_ok(r)) {
			l->created = true;
			return true;
		}
		/* another run may make it at the same time: just as well */
		if (state != NULL && (strcmp(state, "42P04") == 0 ||
		    strcmp(state, "23505") == 0))
			return true;
		/* the template is in use for a moment */
		if (state != NULL && strcmp(state, "55006") == 0 && i < 20) {
			poll(NULL, 0, live_jitter(200));
			continue;
		}
		diag_error(NULL, "could not create database \"%s\": %s", name,
		    msg ? msg : PQerrorMessage(db));
		return false;
	}
}

bool
live_open(struct live *l, const struct apply_opts *o)
{
	bool missing = false;
	char name[256], sql[64];

	l->opts = o;
	l->broken = true;
	l->db = pg_connect(&o->conn, "wm-apply", &missing);
	if (l->db == NULL && missing) {
		pg_dbname(&o->conn, name, sizeof(name));
		if (!o->create_db || o->dry_run) {
			diag_error(NULL, "database \"%s\" does not exist",
			    name);
			if (o->create_db)
				diag_hint("--dry-run does not create it.");
			else
				diag_hint("Use --create-db to create it.");
			return false;
		}
		if (!create_database(l, name))
			return false;
		l->db = pg_connect(&o->conn, "wm-apply", &missing);
		if (l->db == NULL && missing)
			diag_error(NULL, "database \"%s\" was dropped again",
			    name);
	}
	if (l->db == NULL)
		return false;
	guard();
	if (PQsetnonblocking(l->db, 1) != 0)
		die("out of memory");
	/* for what runs outside of the transaction as well */
	snprintf(sql, sizeof(sql), "set lock_timeout = %d",
	    o->lock_timeout_ms);
	WM_PGRES *r = live_query(l, sql, 0, NULL);
	if (r == NULL)
		return false;
	l->broken = false;
	return true;
}

void
live_close(struct live *l)
{
	watch_clear(&l->watch);
	PQfinish(l->db);
	l->db = NULL;
}
