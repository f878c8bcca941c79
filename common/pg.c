#include "pg.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "sbuf.h"
#include "vec.h"

void
pg_clearp(PGresult **r)
{
	PQclear(*r);
	*r = NULL;
}

void
pg_finishp(PGconn **c)
{
	PQfinish(*c);
	*c = NULL;
}

/* libpq's messages end in newlines, and may have several lines. */
static void
report_conn(const char *text, const char *what)
{
	size_t len = strcspn(text, "\n");

	diag_failed(NULL, "%s: %.*s", what, (int)len, text);
	while (text[len] == '\n' && text[len + 1] != '\0') {
		text += len + 1;
		text += strspn(text, "\t ");
		len = strcspn(text, "\n");
		diag_note(NULL, "%.*s", (int)len, text);
	}
}

static void
notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;	/* "does not exist, skipping" and the like */
}

PGconn *
pg_connect(const struct conn_opts *c, const char *app, bool *out_missing)
{
	return pg_connect_to(c, NULL, app, out_missing);
}

/* What was asked of libpq, in its own form. */
struct wanted {
	const char *keys[8];
	const char *values[8];
};

/* The last of equal key words counts; only the first is expanded. */
static void
want(struct wanted *w, const struct conn_opts *c, const char *dbname,
    const char *app)
{
	*w = (struct wanted){
		{ "dbname", "host", "port", "user",
		    "fallback_application_name", "client_encoding", "dbname",
		    NULL },
		{ c->dbname ? c->dbname : dbname, c->host, c->port, c->user,
		    app, "UTF8", dbname, NULL }
	};
	if (fault(FAULT_QUERY))
		die("could not connect to server: lost on order");
}

/* What every session of ours has set. */
static bool
set_up(PGconn *db)
{
	/* limits of roles and databases are for other work than this */
	return pg_do(db, "set statement_timeout = 0; "
	    "set idle_in_transaction_session_timeout = 0") &&
	    (PQserverVersion(db) < 140000 ||
	    pg_do(db, "set idle_session_timeout = 0")) &&
	    (PQserverVersion(db) < 170000 ||
	    pg_do(db, "set transaction_timeout = 0")) &&
	    pg_do(db, "set search_path = ''; "
	    "set standard_conforming_strings = on; "
	    "set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; "
	    "set extra_float_digits = 3; set bytea_output = 'hex'; "
	    "set jit = off");
}

/* Databases that a server has, unless somebody has taken them away. */
static const char *const common_databases[] = { "postgres", "template1" };

/* The same as a connection that failed, but to another database. */
static PGconn *
neighbour(PGconn *db, const char *dbname)
{
	PQconninfoOption *opts = PQconninfo(db);
	const char *keys[64], *values[64];
	size_t n = 0;
	PGconn *other;

	for (PQconninfoOption *o = opts; o && o->keyword; o++) {
		if (o->val == NULL || *o->val == '\0')
			continue;
		assert(n + 1 < WM_LEN(keys));
		keys[n] = o->keyword;
		values[n++] = strcmp(o->keyword, "dbname") == 0 ? dbname :
		    o->val;
	}
	keys[n] = values[n] = NULL;
	other = PQconnectdbParams(keys, values, 0);
	PQconninfoFree(opts);
	return other;
}

/*
 * Whether a connection failed because there is no such database. libpq has no
 * SQLSTATE of that, and the message is in the server's language; so the server
 * is asked, through a database that it has.
 */
static bool
is_missing(PGconn *db)
{
	const char *name = PQdb(db);

	if (name == NULL || strstr(PQerrorMessage(db), name) == NULL)
		return false;
	for (size_t i = 0; i < WM_LEN(common_databases); i++) {
		WM_PGCONN *other = neighbour(db, common_databases[i]);

		if (PQstatus(other) != CONNECTION_OK)
			continue;
		WM_PGRES *r = PQexecParams(other, "select from "
		    "pg_catalog.pg_database where datname = $1", 1, NULL,
		    &name, NULL, NULL, 0);
		return PQresultStatus(r) == PGRES_TUPLES_OK &&
		    PQntuples(r) == 0;
	}
	/* nobody to ask */
	return strstr(PQerrorMessage(db), "does not exist") != NULL &&
	    strstr(PQerrorMessage(db), "database \"") != NULL;
}

/* From libpq's connection to one that can be used; NULL with a message. */
static PGconn *
take(PGconn *db, bool *out_missing)
{
	if (out_missing != NULL)
		*out_missing = false;
	if (PQstatus(db) != CONNECTION_OK) {
		if (out_missing != NULL && is_missing(db))
			*out_missing = true;
		else
			report_conn(PQerrorMessage(db), "could not connect");
		PQfinish(db);
		return NULL;
	}
	PQsetNoticeReceiver(db, notice, NULL);
	if (PQserverVersion(db) < 120000) {
		diag_failed(NULL, "server version %d is too old; 12 or later "
		    "is needed", PQserverVersion(db) / 10000);
		PQfinish(db);
		return NULL;
	}
	if (!set_up(db)) {
		PQfinish(db);
		return NULL;
	}
	return db;
}

PGconn *
pg_connect_to(const struct conn_opts *c, const char *dbname, const char *app,
    bool *out_missing)
{
	struct wanted w;
	PGconn *db;

	want(&w, c, dbname, app);
	db = PQconnectdbParams(w.keys, w.values, 1);
	if (db == NULL)
		die("out of memory");
	return take(db, out_missing);
}

PGconn *
pg_connect_start(const struct conn_opts *c, const char *app)
{
	struct wanted w;
	PGconn *db;

	want(&w, c, NULL, app);
	db = PQconnectStartParams(w.keys, w.values, 1);
	if (db == NULL)
		die("out of memory");
	/* the start-up packet goes out now, where the socket takes it */
	if (PQstatus(db) != CONNECTION_BAD) {
		struct pollfd p = { PQsocket(db), POLLOUT, 0 };

		if (poll(&p, 1, 0) > 0)
			(void)PQconnectPoll(db);
	}
	return db;
}

/* Seconds that the parameters allow for connecting; 0: no limit. */
static long
connect_timeout(PGconn *db)
{
	PQconninfoOption *opts = PQconninfo(db);
	long n = 0;

	for (PQconninfoOption *o = opts; o && o->keyword; o++)
		if (strcmp(o->keyword, "connect_timeout") == 0 && o->val)
			n = strtol(o->val, NULL, 10);
	PQconninfoFree(opts);
	return n;
}

PGconn *
pg_connect_finish(PGconn *db, bool *out_missing)
{
	long limit = connect_timeout(db);
	time_t end = time(NULL) + limit;
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;

	/* it is ready or has failed once it waits for neither direction */
	while (PQstatus(db) != CONNECTION_BAD &&
	    PQstatus(db) != CONNECTION_OK) {
		struct pollfd p = { PQsocket(db), POLLIN | (st ==
		    PGRES_POLLING_WRITING ? POLLOUT : 0), 0 };

		if (poll(&p, 1, limit > 0 ? 1000 : -1) <= 0) {
			if (limit == 0 || time(NULL) < end)
				continue;
			report_conn("timeout expired", "could not connect");
			PQfinish(db);
			if (out_missing != NULL)
				*out_missing = false;
			return NULL;
		}
		st = PQconnectPoll(db);
	}
	/* begun long ago, it may have been given up: then once more */
	if (PQstatus(db) == CONNECTION_BAD &&
	    strstr(PQerrorMessage(db), "closed the connection") != NULL)
		PQreset(db);
	return take(db, out_missing);
}

PGconn *
pg_maintenance(const struct conn_opts *c, const char *app)
{
	PGconn *dbs[WM_LEN(common_databases)];
	size_t n = 0, use = 0;

	do {
		struct wanted w;

		want(&w, c, common_databases[n], app);
		dbs[n] = PQconnectdbParams(w.keys, w.values, 1);
		if (PQstatus(dbs[n]) == CONNECTION_OK)
			use = n;
	} while (PQstatus(dbs[n++]) != CONNECTION_OK && n < WM_LEN(dbs));
	for (size_t i = 0; i < n; i++)
		if (i != use)
			PQfinish(dbs[i]);
	/* where none can be reached, the first says why */
	return take(dbs[use], NULL);
}

void
pg_conninfo_put(struct sbuf *b, const PQconninfoOption *opts,
    const char *const *without)
{
	for (const PQconninfoOption *o = opts; o && o->keyword; o++) {
		bool skip = o->val == NULL || *o->val == '\0';

		for (const char *const *n = without; *n != NULL && !skip; n++)
			skip = strcmp(o->keyword, *n) == 0;
		if (skip)
			continue;
		sbuf_printf(b, "%s='", o->keyword);
		for (const char *c = o->val; *c != '\0'; c++) {
			if (*c == '\'' || *c == '\\')
				sbuf_putc(b, '\\');
			sbuf_putc(b, *c);
		}
		sbuf_puts(b, "' ");
	}
}

const char *
pg_dbname(const struct conn_opts *c, char *buf, size_t size)
{
	PQconninfoOption *opts = NULL, *defaults = PQconndefaults();
	const char *name = NULL, *user = NULL;

	if (c->dbname != NULL && (strchr(c->dbname, '=') != NULL ||
	    strncmp(c->dbname, "postgres://", 11) == 0 ||
	    strncmp(c->dbname, "postgresql://", 13) == 0))
		opts = PQconninfoParse(c->dbname, NULL);
	else if (c->dbname != NULL)
		name = c->dbname;
	for (PQconninfoOption *o = opts; o && o->keyword; o++) {
		if (strcmp(o->keyword, "dbname") == 0 && o->val)
			name = o->val;
		if (strcmp(o->keyword, "user") == 0 && o->val)
			user = o->val;
	}
	if (user == NULL)
		user = c->user;
	for (PQconninfoOption *o = defaults; o && o->keyword; o++) {
		if (name == NULL && strcmp(o->keyword, "dbname") == 0)
			name = o->val;
	}
	if (name == NULL)
		name = user;
	for (PQconninfoOption *o = defaults; o && o->keyword; o++)
		if (name == NULL && strcmp(o->keyword, "user") == 0)
			name = o->val;
	snprintf(buf, size, "%s", name ? name : "");
	PQconninfoFree(opts);
	PQconninfoFree(defaults);
	return buf;
}

static PGresult *
report(PGconn *db, PGresult *r)
{
	const char *msg = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) :
	    NULL;

	if (msg != NULL)
		diag_failed(NULL, "server: %s", msg);
	else
		report_conn(PQerrorMessage(db), "connection lost");
	PQclear(r);
	return NULL;
}

static PGresult *
answer(PGconn *db, PGresult *r, enum pg_rows rows, const char *sql)
{
	if (PQresultStatus(r) != PGRES_TUPLES_OK &&
	    PQresultStatus(r) != PGRES_COMMAND_OK)
		return report(db, r);
	if ((rows == PG_NOTHING) != (PQresultStatus(r) == PGRES_COMMAND_OK) ||
	    (rows == PG_ONE_ROW && PQntuples(r) != 1)) {
		diag_failed(NULL, "the server returned %d rows to \"%s\"",
		    PQntuples(r), sql);
		PQclear(r);
		return NULL;
	}
	return r;
}

bool
pg_do(PGconn *db, const char *sql)
{
	PGresult *r;

	if (fault(FAULT_QUERY)) {
		diag_failed(NULL, "connection lost: on order");
		return false;
	}
	r = PQexec(db, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		return report(db, r) != NULL;
	PQclear(r);
	return true;
}

PGresult *
pg_query(PGconn *db, enum pg_rows rows, const char *sql, int n,
    const char *const *values)
{
	if (fault(FAULT_QUERY)) {
		diag_failed(NULL, "connection lost: on order");
		return NULL;
	}
	return answer(db, PQexecParams(db, sql, n, NULL, values, NULL, NULL,
	    0), rows, sql);
}

bool
pg_send(PGconn *db, const char *sql)
{
	if (fault(FAULT_QUERY)) {
		diag_failed(NULL, "connection lost: on order");
		return false;
	}
	return PQsendQueryParams(db, sql, 0, NULL, NULL, NULL, NULL, 0) == 1 ||
	    report(db, NULL) != NULL;
}

PGresult *
pg_receive(PGconn *db, enum pg_rows rows)
{
	PGresult *last = NULL, *r;

	while ((r = PQgetResult(db)) != NULL) {
		PQclear(last);
		last = r;
	}
	return answer(db, last, rows, "");
}

const char *
pg_col(const PGresult *r, int i, const char *name)
{
	int c = PQfnumber(r, name);

	assert(c >= 0);
	return PQgetisnull(r, i, c) ? NULL : PQgetvalue(r, i, c);
}

void
pg_array(struct arena *mem, const char *value, struct vec *out)
{
	const char *p = value;
	WM_SBUF b = SBUF_INIT;

	if (p == NULL || *p != '{' || p[1] == '}')
		return;
	/* source: array_out, in PostgreSQL's arrayfuncs.c */
	for (p++; *p != '\0'; p++) {
		bool quoted = *p == '"';

		if (quoted)
			p++;
		while (*p != '\0' && (quoted ? *p != '"' :
		    *p != ',' && *p != '}')) {
			if (*p == '\\' && p[1] != '\0')
				p++;
			sbuf_putc(&b, *p++);
		}
		if (quoted && *p == '"')
			p++;
		vec_push(out, sbuf_take(&b, mem));
		if (*p != ',')
			break;
	}
}

void
pg_array_put(struct sbuf *b, const char *s)
{
	sbuf_putc(b, b->len == 0 ? '{' : ',');
	if (s == NULL) {
		sbuf_puts(b, "NULL");
		return;
	}
	sbuf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			sbuf_putc(b, '\\');
		sbuf_putc(b, *s);
	}
	sbuf_putc(b, '"');
}
