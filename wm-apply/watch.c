#include "watch.h"

#include <stdlib.h>
#include <strings.h>

#include "diag.h"
#include "pg.h"
#include "sbuf.h"
#include "vec.h"

/* Characters of a query that a message shows. */
#define QUERY_MAX 70

static const char blocker_sql[] =
    "select b.pid, " WATCH_COLUMNS ","
    "  (select pg_catalog.format('%s %s', case c.relkind when 'i' then 'index'"
    "     when 'S' then 'sequence' when 'v' then 'view' else 'table' end,"
    "     '\"' || n.nspname || '.' || c.relname || '\"')"
    "   from pg_catalog.pg_locks k"
    "   join pg_catalog.pg_class c on c.oid = k.relation"
    "   join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    "   where k.pid = $1 and not k.granted limit 1) as relation"
    " from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) b (pid)"
    " left join pg_catalog.pg_stat_activity a on a.pid = b.pid"
    " order by a.xact_start nulls last limit 1";

/* The same server, database and user, whatever it was found by. */
static PGconn *
connect_again(PGconn *db)
{
	PQconninfoOption *opts = PQconninfo(db);
	WM_VEC keys = VEC_INIT;
	WM_VEC values = VEC_INIT;
	PGconn *again;

	for (PQconninfoOption *o = opts; o && o->keyword; o++) {
		if (o->val == NULL ||
		    strcmp(o->keyword, "connect_timeout") == 0)
			continue;
		vec_push(&keys, o->keyword);
		vec_push(&values, o->val);
	}
	vec_push(&keys, "connect_timeout");
	vec_push(&values, "2");
	vec_push(&keys, NULL);
	vec_push(&values, NULL);
	again = PQconnectdbParams((const char *const *)keys.v,
	    (const char *const *)values.v, 0);
	PQconninfoFree(opts);
	if (PQstatus(again) == CONNECTION_OK) {
		WM_PGRES *r = PQexec(again, "set statement_timeout = 2000");

		if (PQresultStatus(r) == PGRES_COMMAND_OK)
			return again;
	}
	PQfinish(again);
	return NULL;
}

void
watch_look(struct watch *w, PGconn *db, int pid)
{
	char text[16];
	const char *values[] = { text };

	if (w->db == NULL && !w->tried) {
		w->tried = true;
		w->db = connect_again(db);
	}
	if (w->db == NULL)
		return;
	snprintf(text, sizeof(text), "%d", pid);
	WM_PGRES *r = PQexecParams(w->db, blocker_sql, 1, NULL, values, NULL,
	    NULL, 0);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) {
		PQclear(w->seen);
		w->seen = r;
		r = NULL;
	}
}

void
watch_forget(struct watch *w)
{
	PQclear(w->seen);
	w->seen = NULL;
}

void
watch_clear(struct watch *w)
{
	watch_forget(w);
	PQfinish(w->db);
	w->db = NULL;
	w->tried = false;
}

const char *
watch_relation(const struct watch *w)
{
	return w->seen ? pg_col(w->seen, 0, "relation") : NULL;
}

/* A query in one line, cut; nothing of it where it may hold a secret. */
static void
put_query(struct sbuf *b, const char *query)
{
	size_t n = 0;
	bool blank = true;

	if (strcasestr(query, "password") != NULL) {
		sbuf_puts(b, "(a statement with a password)");
		return;
	}
	for (const char *p = query; *p != '\0'; p++) {
		bool space = strchr(" \t\r\n", *p) != NULL;

		if (space && blank)
			continue;
		blank = space;
		if (((unsigned char)*p & 0xc0) != 0x80 && n++ >= QUERY_MAX) {
			sbuf_puts(b, "...");
			return;
		}
		sbuf_putc(b, space ? ' ' : *p);
	}
}

static void
put_age(struct sbuf *b, long s)
{
	if (s < 120)
		sbuf_printf(b, "%ld s", s);
	else if (s < 7200)
		sbuf_printf(b, "%ld min", s / 60);
	else
		sbuf_printf(b, "%ld h", s / 3600);
}

void
watch_note(const PGresult *r, int row, const char *lead)
{
	const char *pid = pg_col(r, row, "pid");
	const char *app = pg_col(r, row, "app"), *usr = pg_col(r, row, "usr");
	const char *state = pg_col(r, row, "state");
	const char *age = pg_col(r, row, "age");
	const char *query = pg_col(r, row, "query");
	WM_SBUF b = SBUF_INIT;

	if (pid == NULL || strcmp(pid, "0") == 0) {
		diag_note(NULL, "%s a prepared transaction", lead);
		return;
	}
	sbuf_printf(&b, "%s pid %s", lead, pid);
	if (app != NULL && *app != '\0')
		sbuf_printf(&b, ", %s", app);
	if (usr != NULL)
		sbuf_printf(&b, ", user \"%s\"", usr);
	if (state != NULL && strcmp(state, "active") != 0)
		sbuf_printf(&b, ", %s", state);
	if (age != NULL) {
		sbuf_puts(&b, ", its transaction is ");
		put_age(&b, strtol(age, NULL, 10));
		sbuf_puts(&b, " old");
	}
	if (query != NULL && *query != '\0') {
		sbuf_puts(&b, ": ");
		put_query(&b, query);
	}
	diag_note(NULL, "%s", sbuf_str(&b));
}

void
watch_tell(const struct watch *w)
{
	if (w->seen != NULL)
		watch_note(w->seen, 0, "held by");
}
