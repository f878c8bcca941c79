#include "turn.h"

#include <stdlib.h>

#include "apply.h"
#include "diag.h"
#include "pg.h"
#include "watch.h"

#define FIRST_PAUSE_MS 50
#define LONGEST_PAUSE_MS 1000
#define TELL_AFTER_MS 1000


/* The lock of this database in pg_locks; $1 and $2 are its two numbers. */
#define LOCK_ROW \
    "locktype = 'advisory' and granted and objsubid = 2" \
    " and classid = $1::bigint::oid and objid = $2::bigint::oid and database" \
    " = (select oid from pg_catalog.pg_database where datname =" \
    " current_database())"

static void
tell_holder(struct live *l, const char *const *key)
{
	WM_PGRES *r = live_try(l, "select a.pid, " WATCH_COLUMNS
	    " from pg_catalog.pg_locks k"
	    " left join pg_catalog.pg_stat_activity a on a.pid = k.pid"
	    " where " LOCK_ROW " limit 1", 2, key);

	if (r != NULL && live_ok(r) && PQntuples(r) == 1)
		watch_note(r, 0, "held by");
}

/* Whether the session is the same one from statement to statement. */
static bool
stable(struct live *l, const char *const *key)
{
	WM_PGRES *r = live_query(l, "select pg_backend_pid(), exists (select"
	    " from pg_catalog.pg_locks where pid = pg_backend_pid() and "
	    LOCK_ROW ")", 2, key);

	if (r == NULL)
		return false;
	if (strtol(PQgetvalue(r, 0, 0), NULL, 10) == l->pid &&
	    PQgetvalue(r, 0, 1)[0] == 't')
		return true;
	diag_error(NULL, "the session changes between statements: a "
	    "connection pooler stands before the server");
	live_fate(l);
	diag_hint("Connect to the server itself, or through a pool in "
	    "session mode.");
	l->broken = true;
	/* in whichever session the lock was left, if this reaches it */
	PQclear(live_try(l, "select pg_advisory_unlock($1::int, $2::int)", 2,
	    key));
	return false;
}

bool
turn_take(struct live *l)
{
	int64_t start = live_now();
	int pause = FIRST_PAUSE_MS;
	bool told = false;
	char class[16], id[16];
	const char *key[] = { class, id };

	snprintf(class, sizeof(class), "%d", TURN_CLASS);
	snprintf(id, sizeof(id), "%d", TURN_ID);
	for (;;) {
		WM_PGRES *r = live_query(l, "select "
		    "pg_try_advisory_lock($1::int, $2::int), "
		    "pg_backend_pid()", 2, key);
		int64_t spent = live_now() - start;

		if (r == NULL)
			return false;
		l->pid = (int)strtol(PQgetvalue(r, 0, 1), NULL, 10);
		if (PQgetvalue(r, 0, 0)[0] == 't')
			return stable(l, key);
		if (spent >= l->opts->wait_ms) {
			diag_error(NULL, "another wm-apply is at work on this "
			    "database");
			tell_holder(l, key);
			live_fate(l);
			l->broken = true;
			return false;
		}
		if (!told && spent >= TELL_AFTER_MS) {
			told = true;
			diag_note(NULL, "waiting for another wm-apply on this "
			    "database");
			tell_holder(l, key);
		}
		if (pause > l->opts->wait_ms - spent)
			pause = (int)(l->opts->wait_ms - spent);
		if (!live_sleep(live_jitter(pause))) {
			live_end(l, NULL);
			return false;
		}
		pause = pause * 3 / 2;
		if (pause > LONGEST_PAUSE_MS)
			pause = LONGEST_PAUSE_MS;
		if (pause < FIRST_PAUSE_MS)
			pause = FIRST_PAUSE_MS;
	}
}
