/*
 * pg.h - strict libpq: each call says how many rows it expects, and anything
 * else is an error.
 */
#ifndef WM_PG_H
#define WM_PG_H

#include "wm.h"

#include <libpq-fe.h>

#include "opt.h"

struct arena;
struct sbuf;
struct vec;

/* A result that is cleared where its scope ends. */
#define WM_PGRES WM_CLEANUP(pg_clearp) PGresult
void pg_clearp(PGresult **r);

/* A connection that is closed where its scope ends. */
#define WM_PGCONN WM_CLEANUP(pg_finishp) PGconn
void pg_finishp(PGconn **c);

enum pg_rows {
	PG_NOTHING,	/* a command that returns no rows */
	PG_ONE_ROW,
	PG_ROWS		/* any number */
};

/*
 * pg_connect - connect as psql would: parameters (a database name, a
 * connection string or a URI), then the PG* variables and the service file.
 *
 * app    application name shown by the server, such as "wm-diff"
 *
 * Sets UTF-8, standard_conforming_strings, an empty search_path and
 * date and number formats that do not depend on the user. Returns NULL once
 * the failure has been reported; *out_missing (NULL allowed) then tells
 * whether the server is there and only the database is not.
 */
WM_MUST PGconn *pg_connect(const struct conn_opts *c, const char *app,
    bool *out_missing);

/*
 * pg_connect_start - begin to connect, and return at once, so that the server
 * can do its part meanwhile.
 *
 * Returns what pg_connect_finish takes; failures are reported there.
 */
PGconn *pg_connect_start(const struct conn_opts *c, const char *app);

/*
 * pg_connect_finish - wait for a connection that was begun; as pg_connect.
 */
WM_MUST PGconn *pg_connect_finish(PGconn *db, bool *out_missing);

/*
 * pg_connect_to - the same, to another database of that server.
 *
 * dbname   its plain name; NULL takes the one that the parameters name
 */
WM_MUST PGconn *pg_connect_to(const struct conn_opts *c, const char *dbname,
    const char *app, bool *out_missing);

/*
 * pg_maintenance - connect to a database that every server has: postgres, else
 * template1.
 */
WM_MUST PGconn *pg_maintenance(const struct conn_opts *c, const char *app);

/*
 * pg_conninfo_put - append parameters to a connection string, each with a space
 * behind it.
 *
 * opts      as PQconninfo or PQconninfoParse returns them; NULL: none. Those
 *           without a value are left out
 * without   keywords that are left out; ends in a NULL
 */
void pg_conninfo_put(struct sbuf *b, const PQconninfoOption *opts,
    const char *const *without);

/* pg_dbname - the database that the options name, before connecting. */
const char *pg_dbname(const struct conn_opts *c, char *buf, size_t size);

/*
 * pg_query - run one statement with parameters.
 *
 * sql      $1 ... are the parameters
 * n        their number
 * values   text, NULL for null; NULL allowed when n is 0
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST PGresult *pg_query(PGconn *db, enum pg_rows rows, const char *sql,
    int n, const char *const *values);

/*
 * pg_send, pg_receive - the same in two parts, so that this program can work
 * while the server does. Nothing may be asked between the two.
 *
 * pg_send returns false, pg_receive NULL, once the failure has been reported.
 */
WM_MUST bool pg_send(PGconn *db, const char *sql);
WM_MUST PGresult *pg_receive(PGconn *db, enum pg_rows rows);

/* pg_do - several statements without parameters or result. */
WM_MUST bool pg_do(PGconn *db, const char *sql);

/* pg_col - value of column NAME in row i; NULL for null. */
const char *pg_col(const PGresult *r, int i, const char *name);

/*
 * pg_array - the elements of a text[] value, copied into an arena and
 * appended to out.
 */
void pg_array(struct arena *mem, const char *value, struct vec *out);

/*
 * pg_array_put - append an element to the text of an array; the caller puts
 * the "}" behind the last one, and "{}" where there is none.
 *
 * s   NULL for null
 */
void pg_array_put(struct sbuf *b, const char *s);

#endif
