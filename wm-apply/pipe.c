#include "pipe.h"

#include <stdlib.h>
#include <time.h>

#include "apply.h"
#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "pg.h"
#include "sbuf.h"

/*
 * Statements on their way at once, and after how many the server is asked to
 * send what it has. The window is a multiple: so the last one sent is always
 * asked for, and waiting for it ends.
 */
#define WINDOW 128
#define FLUSH_EVERY 8

/* Rounds of cancelling before the connection is just closed. */
#define CANCEL_ROUNDS 50

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static const struct plan_step *
step_of(const struct pipe *p, size_t stmt)
{
	return p->plan->steps.v[p->stmts[stmt].step];
}

static void
add(struct pipe *p, size_t step, const char *sql, size_t len, size_t off)
{
	struct pipe_stmt *t = &p->stmts[p->n++];

	memset(t, 0, sizeof(*t));
	t->step = step;
	t->sql = sql;
	t->len = len;
	t->off = off;
}

static void
add_own(struct pipe *p, size_t step, const char *sql)
{
	add(p, step, sql, strlen(sql), 0);
	p->stmts[p->n - 1].own = true;
}

void
pipe_load(struct pipe *p, size_t begin, size_t end)
{
	const struct plan *plan = p->plan;
	bool checking = false;
	size_t n = 1;

	for (size_t i = begin; i < end; i++)
		n += ((struct plan_step *)plan->steps.v[i])->n_split + 2;
	free(p->stmts);
	p->stmts = xmalloc(n * sizeof(*p->stmts));
	p->n = 0;
	for (size_t i = begin; i < end; i++) {
		const struct plan_step *s = plan->steps.v[i];
		size_t from = 0, to, all = strlen(s->sql);

		/* bodies are left alone while building, and checked after */
		if (checking != (s->action == PLAN_CHECK)) {
			checking = !checking;
			add_own(p, i, checking ?
			    "set local check_function_bodies = on" :
			    "set local check_function_bodies = off");
		}
		if (s->simple) {
			add(p, i, s->sql, all, 0);
			p->stmts[p->n - 1].simple = true;
			continue;
		}
		for (size_t k = 0; k <= s->n_split; k++, from = to) {
			to = k < s->n_split ? s->split[k] : all;
			add(p, i, s->sql + from, to - from, from);
		}
	}
}

void
pipe_clear(struct pipe *p)
{
	free(p->stmts);
	p->stmts = NULL;
	vec_clear(&p->warnings);
}

/* The server's notices: warnings are kept with their step. */
static void
on_notice(void *arg, const PGresult *r)
{
	struct pipe *p = arg;
	const char *sev = PQresultErrorField(r,
	    PG_DIAG_SEVERITY_NONLOCALIZED);
	struct pipe_warning *w;

	if (sev == NULL || strcmp(sev, "WARNING") != 0 || p->done >= p->n)
		return;
	w = arena_alloc(p->plan->mem, sizeof(*w));
	w->step = p->stmts[p->done].step;
	w->off = p->stmts[p->done].off;
	w->msg = server_msg_take(p->plan->mem, r);
	vec_push(&p->warnings, w);
}

/* One statement has its result. */
static void
advance(struct pipe *p)
{
	double now = now_ms();

	if (p->step_ms != NULL)
		p->step_ms[p->stmts[p->done].step] += now - p->mark;
	p->mark = now;
	live_moved(p->live);
	p->done++;
	if (p->done < p->n)
		progress_show(p->progress, p->stmts[p->done].step,
		    step_of(p, p->done));
}

static void
keep_error(struct pipe *p, const PGresult *r)
{
	if (p->error == NULL)
		p->error = server_msg_take(p->plan->mem, r);
}

static bool
lost(struct pipe *p)
{
	struct live *l = p->live;
	const char *s = p->error ? p->error->message :
	    PQerrorMessage(l->db);

	snprintf(l->reason, sizeof(l->reason), "%.*s", (int)strcspn(s, "\n"),
	    s);
	return PQstatus(l->db) != CONNECTION_OK;
}

/*
 * Wait once, for statements [done, ...). Returns false where waiting makes no
 * sense any more.
 */
static bool
wait_once(struct pipe *p, int *rounds)
{
	struct live *l = p->live;
	enum live_event e = live_wait(l, live_tick(l), !l->stopping);

	if (e == LIVE_LOST && PQisBusy(l->db))
		return false;
	if (e == LIVE_STOP || (e == LIVE_TIME && l->stopping)) {
		if ((*rounds)++ >= CANCEL_ROUNDS || live_stops() > 1)
			return false;
		live_cancel(l);
	}
	if (e == LIVE_TIME && !l->stopping) {
		if (l->opts->lock_timeout_ms == 0)
			progress_hide(p->progress);
		live_idle(l);
		if (p->done < p->n)
			progress_show(p->progress, p->stmts[p->done].step,
			    step_of(p, p->done));
	}
	return true;
}

static enum pipe_end
how(struct pipe *p, bool drained)
{
	if (live_stopped())
		return drained ? PIPE_STOPPED : PIPE_LOST;
	if (lost(p) || !drained)
		return PIPE_LOST;
	return p->error != NULL ? PIPE_ERROR : PIPE_DONE;
}

/* A statement that needs the simple protocol. */
static enum pipe_end
run_simple(struct pipe *p)
{
	struct live *l = p->live;
	const struct pipe_stmt *t = &p->stmts[p->done];
	WM_SBUF sql = SBUF_INIT;
	int rounds = 0;

	sbuf_putn(&sql, t->sql, t->len);
	if (fault(FAULT_QUERY)) {
		snprintf(l->reason, sizeof(l->reason), "on order");
		return PIPE_LOST;
	}
	if (PQsendQuery(l->db, sbuf_str(&sql)) == 0) {
		lost(p);
		return PIPE_LOST;
	}
	for (;;) {
		while (!PQisBusy(l->db)) {
			WM_PGRES *r = PQgetResult(l->db);

			if (r == NULL) {
				enum pipe_end e = how(p, true);

				if (e == PIPE_DONE)
					advance(p);
				return e;
			}
			if (PQresultStatus(r) == PGRES_COPY_IN)
				PQputCopyEnd(l->db, "there are no data");
			else if (!live_ok(r))
				keep_error(p, r);
		}
		if (!wait_once(p, &rounds))
			return how(p, false);
	}
}

/* Statements from p->done on, before end, through the pipeline. */
struct flow {
	size_t end;
	size_t sent;
	bool synced;	/* the end of the pipeline is on its way */
	bool over;	/* and has come back */
	bool result;	/* the statement at work has its result */
	bool copy;	/* it copies, which no pipeline comes back from */
};

/* Send what the window has room for. Returns false on a lost connection. */
static bool
send_some(struct pipe *p, struct flow *f)
{
	struct live *l = p->live;
	bool on = p->error == NULL && !l->stopping && !live_stopped();
	int every = p->step_ms != NULL ? 1 : FLUSH_EVERY;
	WM_SBUF sql = SBUF_INIT;

	while (on && f->sent < f->end && f->sent - p->done < WINDOW) {
		const struct pipe_stmt *t = &p->stmts[f->sent];

		if (fault(FAULT_QUERY)) {
			snprintf(l->reason, sizeof(l->reason), "on order");
			return false;
		}
		if (live_stopped())
			break;
		sbuf_reset(&sql);
		sbuf_putn(&sql, t->sql, t->len);
		if (PQsendQueryParams(l->db, sbuf_str(&sql), 0, NULL, NULL,
		    NULL, NULL, 0) == 0) {
			lost(p);
			return false;
		}
		f->sent++;
		if (f->sent % (size_t)every == 0 &&
		    PQsendFlushRequest(l->db) == 0) {
			lost(p);
			return false;
		}
	}
	if (!f->synced && (!on || live_stopped() || f->sent == f->end)) {
		if (PQpipelineSync(l->db) == 0) {
			lost(p);
			return false;
		}
		f->synced = true;
	}
	return true;
}

/* Take one thing that has come. Returns false when there is nothing. */
static bool
take_one(struct pipe *p, struct flow *f)
{
	WM_PGRES *r = PQgetResult(p->live->db);

	if (r == NULL) {
		if (!f->result)
			return false;
		f->result = false;
		if (p->error == NULL)
			advance(p);
		return true;
	}
	switch (PQresultStatus(r)) {
	case PGRES_PIPELINE_SYNC:
		f->over = true;
		return true;
	case PGRES_PIPELINE_ABORTED:
		break;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		f->copy = true;
		return false;
	default:
		if (!live_ok(r))
			keep_error(p, r);
		break;
	}
	f->result = true;
	return true;
}

static enum pipe_end
run_pipeline(struct pipe *p, size_t end)
{
	struct live *l = p->live;
	struct flow f = { .end = end, .sent = p->done };
	int rounds = 0;

	if (PQenterPipelineMode(l->db) == 0)
		return how(p, false);
	while (!f.over) {
		if (!send_some(p, &f))
			return PIPE_LOST;
		while (!f.over && !PQisBusy(l->db) && take_one(p, &f))
			;
		if (f.over)
			break;
		if (PQstatus(l->db) != CONNECTION_OK || f.copy)
			return how(p, false);
		/* room in the window: fill it before waiting */
		if (p->error == NULL && !live_stopped() && f.sent < end &&
		    f.sent - p->done < WINDOW)
			continue;
		if (!wait_once(p, &rounds))
			return how(p, false);
	}
	if (PQexitPipelineMode(l->db) == 0)
		return how(p, false);
	return how(p, true);
}

enum pipe_end
pipe_run(struct pipe *p)
{
	enum pipe_end e = PIPE_DONE;

	p->done = 0;
	p->error = NULL;
	p->warnings.n = 0;
	live_moved(p->live);
	p->mark = now_ms();
	for (size_t i = 0; p->step_ms != NULL && i < p->n; i++)
		p->step_ms[p->stmts[i].step] = 0;
	PQsetNoticeReceiver(p->live->db, on_notice, p);
	while (e == PIPE_DONE && p->done < p->n) {
		size_t end = p->done;

		while (end < p->n && !p->stmts[end].simple)
			end++;
		e = end > p->done ? run_pipeline(p, end) : run_simple(p);
	}
	return e;
}
