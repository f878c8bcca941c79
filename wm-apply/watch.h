/*
 * watch.h - who holds us up: seen through a second connection, opened only
 * when a statement has been waiting for a while.
 */
#ifndef WM_WATCH_H
#define WM_WATCH_H

#include "wm.h"

#include <libpq-fe.h>

/* What is told of a session, from pg_stat_activity a. */
#define WATCH_COLUMNS \
    "a.application_name as app, a.usename as usr, a.state," \
    " floor(extract(epoch from clock_timestamp() - a.xact_start)) as age," \
    " a.query"

/* A value; zero-initialise, give back with watch_clear. */
struct watch {
	PGconn *db;
	bool tried;	/* to connect */
	PGresult *seen;	/* row 0: who blocks, and on what; NULL: nobody */
};

void watch_clear(struct watch *w);

/*
 * watch_look - see whom the server process waits for, if anybody. Failures
 * are silent: it only serves the messages.
 *
 * db    the connection that waits; its parameters are used again
 * pid   of its server process
 */
void watch_look(struct watch *w, PGconn *db, int pid);

/* watch_forget - what was seen is over. */
void watch_forget(struct watch *w);

/* watch_relation - the relation waited for, or NULL. */
const char *watch_relation(const struct watch *w);

/* watch_tell - note who was seen, if anybody. */
void watch_tell(const struct watch *w);

/*
 * watch_note - one note on a session, from a row that has a pid and
 * WATCH_COLUMNS.
 *
 * lead   the words before it, such as "held by"
 */
void watch_note(const PGresult *r, int row, const char *lead);

#endif
