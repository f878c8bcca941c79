/*
 * sqlcheck.h - what PostgreSQL's parser does not take in a text, and in the
 * bodies of functions that it makes.
 */
#ifndef WM_SQLCHECK_H
#define WM_SQLCHECK_H

#include "wm.h"

#include "vec.h"

struct arena;

struct sql_fault {
	const char *message;
	const char *where;	/* ends the message; or "" */
	size_t off;		/* byte in the text; SIZE_MAX: not known */
};

/*
 * sqlcheck - look through a text of SQL statements.
 *
 * mem      faults live here
 * scratch  what the parser makes; may be reset afterwards
 * bodies   look into functions in SQL and PL/pgSQL, and DO
 * out      appended to: struct sql_fault *
 *
 * Returns the number of statements; 0 where it is no SQL.
 */
size_t sqlcheck(struct arena *mem, struct arena *scratch, const char *text,
    bool bodies, struct vec *out);

#endif
