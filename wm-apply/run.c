#include "run.h"

#include <stdlib.h>

#include "arena.h"
#include "checks.h"
#include "diag.h"
#include "fault.h"
#include "pg.h"
#include "pipe.h"
#include "prints.h"
#include "progress.h"
#include "record.h"
#include "sbuf.h"
#include "turn.h"
#include "watch.h"

/* Pauses between tries: growing by half each time, half to 1.5 times that. */
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 10000

/* How long to look for a server that went away during the commit. */
#define RETURN_MS 30000

/* What all transactions of one run share. */
struct run {
	struct live *live;
	const struct plan *plan;
	const struct apply_opts *opts;
	struct report *rep;
	struct progress progress;
	struct pipe pipe;
	struct plan_state expect;	/* of the database, before each */
	bool marked;	/* the database says that it is unfinished */

	/* of the transaction at work */
	size_t begin, end;
	bool last;
	char xid[32];
	struct plan_state after;
};

bool
run_conflict(const struct server_msg *m)
{
	/* lock not to be had, deadlock, serialization */
	if (strcmp(m->state, "55P03") == 0 || strcmp(m->state, "40P01") == 0 ||
	    strcmp(m->state, "40001") == 0)
		return true;
	/* two sessions at one row of a catalog, as in GRANT */
	if (strcmp(m->state, "XX000") == 0 &&
	    strncmp(m->message, "tuple concurrently ", 19) == 0)
		return true;
	return strcmp(m->state, "23505") == 0 && m->schema != NULL &&
	    strcmp(m->schema, "pg_catalog") == 0;
}

/* Whether the server itself, not what it was told to do, is at fault. */
static bool
is_system(const char *state)
{
	static const char *const classes[] = { "08", "53", "57", "58", "F0",
		"XX" };

	for (size_t i = 0; i < WM_LEN(classes); i++)
		if (strncmp(state, classes[i], 2) == 0)
			return true;
	return false;
}

size_t
run_batch_end(const struct plan *p, size_t begin, int batch)
{
	size_t i;

	for (i = begin; batch > 0 && i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];

		if (s->action == PLAN_RECORD && i + 1 - begin >=
		    (size_t)batch)
			return i + 1;
	}
	return p->steps.n;
}

static const char *
duration(int ms, char *buf, size_t size)
{
	if (ms % 1000 == 0)
		snprintf(buf, size, "%d s", ms / 1000);
	else
		snprintf(buf, size, "%d ms", ms);
	return buf;
}

/* What a conflict is about, in words. */
static const char *
conflict_text(const struct run *r, const struct server_msg *m,
    struct arena *mem)
{
	const char *rel = watch_relation(&r->live->watch);
	char buf[32];

	if (strcmp(m->state, "55P03") != 0)
		return m->message;
	return arena_printf(mem, "could not lock %s within %s",
	    rel ? rel : "what the step needs",
	    duration(r->opts->lock_timeout_ms, buf, sizeof(buf)));
}

/* Tell of a conflict; the last time it is an error. */
static void
tell_conflict(struct run *r, const struct server_msg *m, const struct loc *at,
    int try)
{
	const char *text = conflict_text(r, m, r->plan->mem);

	progress_hide(&r->progress);
	if (try < r->opts->retries)
		diag_warn(at, NULL, "%s", text);
	else
		diag_error(at, "%s", text);
	if (m->detail != NULL)
		diag_note(NULL, "%.*s", (int)strcspn(m->detail, "\n"),
		    m->detail);
	watch_tell(&r->live->watch);
	if (try < r->opts->retries) {
		diag_note(NULL, "retry %d of %d follows", try + 1,
		    r->opts->retries);
		return;
	}
	live_fate(r->live);
	diag_hint("Try again later, or with more --retries or a longer "
	    "--lock-timeout.");
	r->live->broken = true;
}

/* The pause before another try; false once an interruption was reported. */
static bool
pause_before(struct run *r, int try)
{
	double ms = FIRST_PAUSE_MS;

	for (int i = 0; i < try && ms < LONGEST_PAUSE_MS; i++)
		ms *= 1.5;
	if (ms > LONGEST_PAUSE_MS)
		ms = LONGEST_PAUSE_MS;
	r->rep->retries++;
	if (live_sleep(live_jitter((int)ms)))
		return true;
	live_end(r->live, NULL);
	return false;
}

/* Roll back after a failure that the connection has survived. */
static void
roll_back(struct run *r)
{
	WM_PGRES *res = live_finish(r->live, "rollback");

	if (res == NULL)
		r->live->broken = true;
}

/*
 * A statement between the steps. A conflict gives RUN_AGAIN after rolling
 * back; out_res gets the result of RUN_DONE.
 */
static enum run_end
between(struct run *r, const char *sql, PGresult **out_res,
    struct server_msg **out_held)
{
	WM_PGRES *res = live_try(r->live, sql, 0, NULL);

	if (res == NULL)
		return RUN_FAILED;
	if (live_ok(res)) {
		if (out_res != NULL) {
			*out_res = res;
			res = NULL;
		}
		return RUN_DONE;
	}
	*out_held = server_msg_take(r->plan->mem, res);
	roll_back(r);
	if (run_conflict(*out_held))
		return RUN_AGAIN;
	progress_hide(&r->progress);
	blame_plain(BLAME_ERROR, *out_held);
	live_fate(r->live);
	r->live->broken = true;
	return RUN_FAILED;
}

/*
 * Begin: settings of roles and databases that could end the plan half way are
 * put aside; while a statement runs, the server looks whether we are still
 * there; the record is locked, so that reading it never waits.
 */
static enum run_end
begin(struct run *r, struct server_msg **out_held)
{
	WM_SBUF sql = SBUF_INIT;
	WM_PGRES *res = NULL;
	enum run_end e;

	sbuf_printf(&sql, "begin isolation level read committed read write;"
	    " set local lock_timeout = %d;"
	    " set local statement_timeout = 0;"
	    " set local idle_in_transaction_session_timeout = 0;"
	    " set local client_min_messages = warning;"
	    " set local check_function_bodies = off;"
	    " select set_config('client_connection_check_interval', '1000',"
	    "   true) where version() ~ 'linux' and"
	    "   current_setting('server_version_num')::int >= 140000;"
	    " do $$ begin if to_regclass('wm.objects') is not null and"
	    "   to_regclass('wm.releases') is not null then"
	    "   lock table wm.releases, wm.objects in access share mode;"
	    " end if; end $$;"
	    " %s select set_config('search_path', ", r->opts->lock_timeout_ms,
	    prints_before());
	sbuf_literal(&sql, r->plan->search_path);
	sbuf_puts(&sql, ", true), pg_backend_pid(), txid_current()");
	e = between(r, sbuf_str(&sql), &res, out_held);
	if (e != RUN_DONE)
		return e;
	snprintf(r->xid, sizeof(r->xid), "%s", PQgetvalue(res, 0, 2));
	if (strtol(PQgetvalue(res, 0, 1), NULL, 10) == r->live->pid)
		return RUN_DONE;
	diag_error(NULL, "the session changed under the lock: a connection "
	    "pooler stands before the server");
	r->live->broken = true;
	roll_back(r);
	return RUN_FAILED;
}

/* Report a statement that failed for good. */
static void
tell_error(struct run *r)
{
	const struct server_msg *m = r->pipe.error;
	const struct pipe_stmt *t = &r->pipe.stmts[r->pipe.done];
	enum blame_as as = BLAME_ERROR;

	if (strcmp(m->state, "42501") == 0 ||
	    strcmp(m->state, WM_MOVED_STATE) == 0)
		as = BLAME_REFUSAL;
	if (is_system(m->state))
		r->live->broken = true;
	blame_server(as, r->plan, t->step, t->off, m);
	if (strcmp(m->state, "53200") == 0 && r->opts->batch == 0 &&
	    r->plan->from.release == 0)
		diag_hint("Or use --batch 500.");
	live_fate(r->live);
}

/* Warnings of the transaction that is over, to people and to the report. */
static void
tell_warnings(struct run *r)
{
	progress_hide(&r->progress);
	for (size_t i = 0; i < r->pipe.warnings.n; i++) {
		const struct pipe_warning *w = r->pipe.warnings.v[i];

		blame_server(BLAME_WARNING, r->plan, w->step, w->off, w->msg);
		vec_push(&r->rep->warnings, blame_line(r->plan, w->step,
		    w->off, w->msg));
	}
	r->pipe.warnings.n = 0;
}

static enum run_end
steps(struct run *r, struct server_msg **out_held)
{
	struct live *l = r->live;

	switch (pipe_run(&r->pipe)) {
	case PIPE_DONE:
		return RUN_DONE;
	case PIPE_STOPPED:
		progress_hide(&r->progress);
		roll_back(r);
		live_end(l, NULL);
		return RUN_FAILED;
	case PIPE_LOST:
		/* closing it makes the server roll back */
		progress_hide(&r->progress);
		live_close(l);
		live_end(l, live_stopped() ? NULL : l->reason);
		return RUN_FAILED;
	case PIPE_ERROR:
		break;
	}
	roll_back(r);
	if (run_conflict(r->pipe.error)) {
		*out_held = r->pipe.error;
		return RUN_AGAIN;
	}
	tell_warnings(r);
	tell_error(r);
	return RUN_FAILED;
}

/* The mark on a database between two batches, a comment on schema wm. */
static enum run_end
mark(struct run *r, struct server_msg **out_held)
{
	WM_PGRES *res = NULL;
	WM_SBUF sql = SBUF_INIT;
	enum run_end e;

	if (r->last && !r->marked)
		return RUN_DONE;
	e = between(r, "select to_regnamespace('wm') is not null", &res,
	    out_held);
	if (e != RUN_DONE)
		return e;
	if (PQgetvalue(res, 0, 0)[0] != 't') {
		if (r->last)
			return RUN_DONE;
		roll_back(r);
		diag_refuse(NULL, "the plan cannot be run in batches: its "
		    "first %zu steps do not make schema \"wm\"", r->end);
		live_fate(r->live);
		return RUN_FAILED;
	}
	if (r->last)
		sbuf_puts(&sql, "comment on schema wm is null");
	else
		sbuf_printf(&sql, "comment on schema wm is 'unfinished: %zu "
		    "of %zu steps'", r->end, r->plan->steps.n);
	return between(r, sbuf_str(&sql), NULL, out_held);
}

/* Whether the record came out as the plan says. */
static bool
verify(struct run *r)
{
	const struct plan_state *to = &r->plan->to;

	if (!record_state(r->live->db, &r->after)) {
		live_close(r->live);
		r->live->broken = true;
		live_fate(r->live);
		return false;
	}
	/* a plan whose end has no record says nothing of it */
	if (!r->last || to->release == 0 ||
	    (to->release == r->after.release &&
	    strcmp(to->state, r->after.state) == 0))
		return true;
	progress_hide(&r->progress);
	diag_error(NULL, "the record does not come out as planned: release "
	    "%d, state %.12s instead of release %d, state %.12s",
	    r->after.release, r->after.state, to->release, to->state);
	roll_back(r);
	live_fate(r->live);
	diag_hint("This is a fault of wm-diff or wm-apply: please report it.");
	r->live->broken = true;
	return false;
}

/* What became of a transaction whose commit was lost. */
enum fate {
	FATE_COMMITTED,
	FATE_ABORTED,
	FATE_LATER,	/* no server yet, or the old session is still there */
	FATE_UNKNOWN
};

static enum fate
ask_fate(struct run *r)
{
	struct live *l = r->live;
	const char *xid[] = { r->xid };
	const char *state;

	if (PQstatus(l->db) != CONNECTION_OK)
		PQreset(l->db);
	if (PQstatus(l->db) != CONNECTION_OK)
		return FATE_LATER;
	WM_PGRES *s = PQexecParams(l->db, "select "
	    "pg_catalog.txid_status($1::bigint)", 1, NULL, xid, NULL, NULL, 0);
	if (PQresultStatus(s) != PGRES_TUPLES_OK) {
		state = PQresultErrorField(s, PG_DIAG_SQLSTATE);
		/* its number lies in the future: a crash has wiped it out */
		return state != NULL && strcmp(state, "22023") == 0 ?
		    FATE_ABORTED : FATE_LATER;
	}
	if (PQgetisnull(s, 0, 0))
		return FATE_UNKNOWN;
	if (strcmp(PQgetvalue(s, 0, 0), "committed") == 0)
		return FATE_COMMITTED;
	return strcmp(PQgetvalue(s, 0, 0), "aborted") == 0 ? FATE_ABORTED :
	    FATE_LATER;
}

static enum fate
find_fate(struct run *r)
{
	int64_t end = live_now() + RETURN_MS;

	/* given up after a second signal: the commit may go on for long */
	if (PQstatus(r->live->db) == CONNECTION_OK)
		return FATE_UNKNOWN;
	for (;;) {
		enum fate f = ask_fate(r);

		if (f != FATE_LATER)
			return f;
		if (live_now() > end || !live_sleep(live_jitter(300)))
			return FATE_UNKNOWN;
	}
}

static bool
commit_lost(struct run *r)
{
	struct live *l = r->live;
	char why[sizeof(l->reason)];

	memcpy(why, l->reason, sizeof(why));
	progress_hide(&r->progress);
	diag_note(NULL, "connection lost during the commit (%s): looking what "
	    "has become of it", why);
	switch (find_fate(r)) {
	case FATE_COMMITTED:
		diag_note(NULL, "it was committed");
		return true;
	case FATE_ABORTED:
		live_end(l, why);
		return false;
	default:
		l->ended = true;
		l->broken = true;
		diag_error(NULL, "connection lost: %s", why);
		diag_note(NULL, "whether the change was committed could not "
		    "be found out");
		diag_hint("Run wm-diff: where its plan is empty, it was.");
		return false;
	}
}

static enum run_end
commit(struct run *r, struct server_msg **out_held)
{
	struct live *l = r->live;

	if (fault(FAULT_QUERY)) {
		progress_hide(&r->progress);
		live_close(l);
		live_end(l, "on order");
		return RUN_FAILED;
	}
	if (live_stopped()) {
		progress_hide(&r->progress);
		roll_back(r);
		live_end(l, NULL);
		return RUN_FAILED;
	}
	WM_PGRES *res = live_finish(l, r->opts->dry_run ? "rollback" :
	    "commit");
	if (res == NULL)
		return r->opts->dry_run || commit_lost(r) ? RUN_DONE :
		    RUN_FAILED;
	if (live_ok(res)) {
		if (r->opts->dry_run ||
		    strcmp(PQcmdStatus(res), "COMMIT") == 0)
			return RUN_DONE;
		progress_hide(&r->progress);
		diag_error(NULL, "the server answered commit with \"%s\"",
		    PQcmdStatus(res));
		live_fate(l);
		l->broken = true;
		return RUN_FAILED;
	}
	/* constraints that are checked at the end */
	*out_held = server_msg_take(r->plan->mem, res);
	if (run_conflict(*out_held))
		return RUN_AGAIN;
	tell_warnings(r);
	if (is_system((*out_held)->state))
		l->broken = true;
	blame_plain(BLAME_ERROR, *out_held);
	diag_note(NULL, "in the commit");
	live_fate(l);
	return RUN_FAILED;
}

/* One try of one transaction. */
static enum run_end
attempt(struct run *r, int try, struct server_msg **out_held)
{
	struct live *l = r->live;
	enum run_end e;

	e = begin(r, out_held);
	if (e != RUN_DONE)
		return e;
	/* the first time it has just been looked at, under the same lock */
	if ((try > 0 || r->begin > 0 || r->plan->checks.n > 0) &&
	    !ready_state(l, &r->expect, NULL)) {
		progress_hide(&r->progress);
		roll_back(r);
		return RUN_FAILED;
	}
	e = steps(r, out_held);
	if (e == RUN_DONE)
		e = between(r, prints_after(r->plan->mem), NULL, out_held);
	if (e == RUN_DONE)
		e = mark(r, out_held);
	if (e != RUN_DONE)
		return e;
	if (!verify(r))
		return RUN_FAILED;
	return commit(r, out_held);
}

/* One transaction, tried until it is through. */
static bool
transaction(struct run *r)
{
	for (int try = 0;; try++) {
		struct server_msg *held = NULL;
		const struct loc *at = NULL;

		switch (attempt(r, try, &held)) {
		case RUN_DONE:
			tell_warnings(r);
			return true;
		case RUN_FAILED:
			return false;
		case RUN_AGAIN:
			break;
		}
		assert(held != NULL);
		if (held == r->pipe.error) {
			size_t step = r->pipe.stmts[r->pipe.done].step;

			at = &((struct plan_step *)
			    r->plan->steps.v[step])->loc;
		}
		tell_conflict(r, held, at, try);
		if (try >= r->opts->retries || !pause_before(r, try))
			return false;
	}
}

static void
run_init(struct run *r, struct live *l, const struct plan *p,
    const struct apply_opts *o, struct report *rep)
{
	memset(r, 0, sizeof(*r));
	r->live = l;
	r->plan = p;
	r->opts = o;
	r->rep = rep;
	r->expect = p->from;
	progress_init(&r->progress, p->steps.n);
	r->pipe.live = l;
	r->pipe.plan = p;
	r->pipe.progress = &r->progress;
	r->pipe.step_ms = rep->step_ms;
}

bool
run_checks(struct live *l, const struct plan *p, const struct apply_opts *o,
    struct report *rep)
{
	struct run r;

	if (p->checks.n == 0)
		return true;
	run_init(&r, l, p, o, rep);
	for (int try = 0;; try++) {
		struct server_msg *held = NULL;
		enum run_end e = checks_run(l, p, &rep->rows_read, &held);

		if (e != RUN_AGAIN)
			return e == RUN_DONE;
		tell_conflict(&r, held, NULL, try);
		if (try >= o->retries || !pause_before(&r, try))
			return false;
	}
}

bool
run_plan(struct live *l, const struct plan *p, const struct apply_opts *o,
    const struct facts *f, struct report *rep)
{
	struct run r;
	bool fine = true;

	run_init(&r, l, p, o, rep);
	r.marked = f->unfinished;
	while (fine && r.end < p->steps.n) {
		r.begin = r.end;
		/* a dry run is one transaction: nothing may stay */
		r.end = run_batch_end(p, r.begin, o->dry_run ? 0 : o->batch);
		r.last = r.end == p->steps.n;
		pipe_load(&r.pipe, r.begin, r.end);
		fine = transaction(&r);
		if (fine) {
			rep->batches++;
			r.expect = r.after;
			r.marked = !r.last;
			l->kept = o->dry_run ? 0 : r.end;
		}
	}
	progress_hide(&r.progress);
	pipe_clear(&r.pipe);
	return fine;
}
