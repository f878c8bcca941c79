/*
 * scratch.h - databases to try things in: on a server of our own, or on one
 * that the user names. They are gone when the process is, however it ends.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "wm.h"

#include <libpq-fe.h>

struct arena;
struct scratch;

/* What a scratch server is made for. */
struct scratch_use {
	const char *tool;	/* the program's name, for connections */
	const char *option;	/* that names a server instead: "--dbname" */
	const char *user;	/* superuser to make; NULL: postgres */
	const char *dbname;	/* NULL; else a connection string or URI: no
				   server is made, databases are made there,
				   with names of their own */
};

/*
 * scratch_start - make a private server: initdb and postgres, found beside
 * pg_config, in PATH or where distributions put them, in a folder below TMPDIR
 * or /tmp, reached through a socket there and by nobody else.
 *
 * use   its strings have to last as long as the server
 *
 * A second process waits for the first one to end, and then stops the server or
 * drops the databases, and removes the folder. Where a server is made, the
 * environment's PG* variables are unset: they are for the user's.
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST struct scratch *scratch_start(struct arena *mem,
    const struct scratch_use *use);

/* scratch_stop - take all of it away; returns when that is done. */
void scratch_stop(struct scratch *s);
void scratch_stopp(struct scratch **s);

/* scratch_dir - a folder for files. */
const char *scratch_dir(const struct scratch *s);

/*
 * scratch_create - make a database.
 *
 * name   short; letters, digits and "_"
 * from   the one it is a copy of, that nobody is connected to; NULL: empty
 *
 * scratch_drop - drop it.
 *
 * Both return false once the failure has been reported.
 */
WM_MUST bool scratch_create(struct scratch *s, const char *name,
    const char *from);
WM_MUST bool scratch_drop(struct scratch *s, const char *name);

/* scratch_conninfo - what -d of a program takes to reach a database. */
const char *scratch_conninfo(const struct scratch *s, const char *name);

/* scratch_connect - NULL once the failure has been reported. */
WM_MUST PGconn *scratch_connect(const struct scratch *s, const char *name);

/*
 * scratch_program - path of one of PostgreSQL's programs, such as pg_dump, as
 * new as can be found; its bare name where none is.
 */
const char *scratch_program(struct arena *mem, const char *name);

#endif
