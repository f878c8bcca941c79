/*
 * look.h - what the rows of a database say. Nothing is changed; a question that
 * takes too long has no answer.
 */
#ifndef LOOK_H
#define LOOK_H

#include "wm.h"

#include <libpq-fe.h>

struct arena;

/* Most numbers that one question has for an answer. */
#define LOOK_MAX 4

struct look {
	struct arena *mem;
	PGconn *db;		/* NULL: there are no rows to look at */
	bool lost;		/* the connection, which has been reported */
};

enum look_answer {
	LOOK_OK,
	LOOK_FAILS,	/* the expression does, for some row: *out_why */
	LOOK_UNKNOWN	/* no database, no such table, no time, no privilege */
};

/* look_begin - make the session one that only reads, and not for long. */
void look_begin(struct look *l);

/*
 * look - ask for whole numbers: one row, as many columns as there are numbers.
 *
 * out      0 for null
 * n        1 to LOOK_MAX
 * out_why  message of the server, in the arena; NULL allowed
 */
enum look_answer look(struct look *l, const char *sql, long long *out, int n,
    const char **out_why);

#endif
