/*
 * blame.h - from what the server says to the place in the source that made
 * it say so.
 */
#ifndef WM_BLAME_H
#define WM_BLAME_H

#include "wm.h"

#include <libpq-fe.h>

#include "plan.h"

/* What the server said; texts live in an arena, NULL where it left it out. */
struct server_msg {
	const char *severity;		/* "ERROR", "WARNING", in English */
	const char *state;		/* SQLSTATE, "" when unknown */
	const char *message;
	const char *detail;
	const char *hint;
	const char *context;
	const char *schema;
	size_t pos;			/* character from 1; 0: none */
	const char *query;		/* inner query that failed */
	size_t query_pos;
};

enum blame_as { BLAME_ERROR, BLAME_REFUSAL, BLAME_WARNING };

/* server_msg_take - copy a result's error or notice into an arena. */
struct server_msg *server_msg_take(struct arena *mem, const PGresult *r);

/*
 * blame_server - report what the server said of a step: its place in the
 * source, the line quoted and marked; detail, hint, functions it went
 * through, and the step.
 *
 * step   its index in the plan
 * off    byte of the step's SQL at which the statement begins
 */
void blame_server(enum blame_as as, const struct plan *p, size_t step,
    size_t off, const struct server_msg *m);

/*
 * blame_plain - the same for a statement that belongs to no step.
 */
void blame_plain(enum blame_as as, const struct server_msg *m);

/* blame_loc - the place of a byte of a step's SQL. */
struct loc blame_loc(const struct plan_step *s, size_t off);

/* blame_quote - quote and mark the line that a byte of the SQL is in. */
void blame_quote(const struct plan_step *s, size_t off);

/* blame_step - note which step it is. */
void blame_step(const struct plan *p, size_t step);

/* blame_line - "file:line:col: message" for the report. */
const char *blame_line(const struct plan *p, size_t step, size_t off,
    const struct server_msg *m);

#endif
