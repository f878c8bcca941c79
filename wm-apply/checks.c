#include "checks.h"

#include <stdlib.h>

#include "arena.h"
#include "blame.h"
#include "diag.h"
#include "pg.h"
#include "sbuf.h"

/* Keys that a message shows, and characters of each value. */
#define KEYS_MAX 5
#define VALUE_MAX 40

/* Parallel workers would not show in the count of rows. */
static const char begin_sql[] =
    "begin isolation level repeatable read read only;"
    " set local statement_timeout = 0;"
    " set local max_parallel_workers_per_gather = 0";

static const char rows_sql[] =
    "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)"
    " from pg_catalog.pg_stat_xact_user_tables";

static void
put_value(struct sbuf *b, const PGresult *r, int row, int col)
{
	const char *v = PQgetvalue(r, row, col);
	size_t n = 0;

	sbuf_printf(b, "%s=", PQfname(r, col));
	if (PQgetisnull(r, row, col)) {
		sbuf_puts(b, "null");
		return;
	}
	for (; *v != '\0'; v++) {
		if (((unsigned char)*v & 0xc0) != 0x80 && n++ >= VALUE_MAX) {
			sbuf_puts(b, "...");
			break;
		}
		sbuf_putc(b, *v == '\n' ? ' ' : *v);
	}
}

/* Column 0 has the number of rows, the others have the keys of some. */
static void
refuse_rows(const struct plan_check *c, const PGresult *r)
{
	long n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
	int cols = PQnfields(r);
	WM_SBUF keys = SBUF_INIT;

	diag_refuse(&c->loc, "%s \"%s\": %s (%ld row%s)", c->obj_typ,
	    c->obj_nam, c->message, n, n == 1 ? "" : "s");
	for (int i = 0; i < PQntuples(r); i++) {
		if (i > 0)
			sbuf_puts(&keys, "; ");
		for (int k = 1; k < cols; k++) {
			if (k > 1)
				sbuf_puts(&keys, ", ");
			put_value(&keys, r, i, k);
		}
	}
	if (cols > 1)
		diag_note(NULL, "row%s %s%s", n == 1 ? "" : "s",
		    sbuf_str(&keys), n > PQntuples(r) ? "; ..." : "");
	if (c->hint != NULL)
		diag_hint("%s", c->hint);
}

static enum run_end
check_one(struct live *l, const struct plan *p, const struct plan_check *c,
    bool *bad, struct server_msg **out_held)
{
	size_t len = strlen(c->sql);
	WM_SBUF sql = SBUF_INIT;

	while (len > 0 && strchr("; \t\r\n", c->sql[len - 1]) != NULL)
		len--;
	sbuf_puts(&sql, "with wm_bad as materialized (");
	sbuf_putn(&sql, c->sql, len);
	sbuf_printf(&sql, "\n) select (select pg_catalog.count(*) from wm_bad)"
	    ", k.* from (select * from wm_bad limit %d) k", KEYS_MAX);
	WM_PGRES *r = live_try(l, sbuf_str(&sql), 0, NULL);
	if (r == NULL)
		return RUN_FAILED;
	if (!live_ok(r)) {
		struct server_msg *m = server_msg_take(p->mem, r);

		if (run_conflict(m)) {
			*out_held = m;
			return RUN_AGAIN;
		}
		diag_error(&c->loc, "could not check %s \"%s\": %s",
		    c->obj_typ, c->obj_nam, m->message);
		live_fate(l);
		l->broken = true;
		return RUN_FAILED;
	}
	if (PQntuples(r) > 0) {
		refuse_rows(c, r);
		*bad = true;
	}
	return RUN_DONE;
}

enum run_end
checks_run(struct live *l, const struct plan *p, int64_t *out_rows,
    struct server_msg **out_held)
{
	enum run_end end = RUN_DONE;
	bool bad = false;
	const char *path[] = { p->search_path };

	WM_PGRES *b = live_query(l, begin_sql, 0, NULL);
	if (b == NULL)
		return RUN_FAILED;
	WM_PGRES *s = live_query(l, "select set_config('search_path', $1, "
	    "true)", 1, path);
	if (s == NULL)
		return RUN_FAILED;
	for (size_t i = 0; i < p->checks.n && end == RUN_DONE; i++)
		end = check_one(l, p, p->checks.v[i], &bad, out_held);
	if (l->ended)
		return RUN_FAILED;
	if (end == RUN_DONE) {
		WM_PGRES *r = live_query(l, rows_sql, 0, NULL);

		if (r == NULL)
			return RUN_FAILED;
		*out_rows = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	}
	WM_PGRES *e = live_finish(l, "rollback");
	if (e == NULL) {
		live_end(l, l->reason);
		return RUN_FAILED;
	}
	if (bad)
		live_fate(l);
	return bad && end == RUN_DONE ? RUN_FAILED : end;
}
