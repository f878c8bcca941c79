#include "look.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "pg.h"

/* Longer than this nobody waits for a suggestion. */
#define LOOK_SQL "set statement_timeout = '30s'; set lock_timeout = '2s'; " \
	"set default_transaction_read_only = on; set search_path = public"

void
look_begin(struct look *l)
{
	if (l->db != NULL && !pg_do(l->db, LOOK_SQL))
		l->lost = true;
}

enum look_answer
look(struct look *l, const char *sql, long long *out, int n,
    const char **out_why)
{
	const char *state, *why;

	if (l->db == NULL || l->lost)
		return LOOK_UNKNOWN;
	WM_PGRES *r = PQexec(l->db, sql);
	if (PQresultStatus(r) == PGRES_TUPLES_OK) {
		assert(PQntuples(r) == 1 && PQnfields(r) == n);
		for (int i = 0; i < n; i++)
			out[i] = strtoll(PQgetvalue(r, 0, i), NULL, 10);
		return LOOK_OK;
	}
	if (PQstatus(l->db) != CONNECTION_OK) {
		diag_failed(NULL, "connection lost: %s",
		    PQerrorMessage(l->db));
		l->lost = true;
		return LOOK_UNKNOWN;
	}
	state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	why = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (out_why != NULL)
		*out_why = arena_strdup(l->mem, why ? why : "unknown error");
	/* class 22: a value is at fault; 42846: there is no such cast */
	return state != NULL && (strncmp(state, "22", 2) == 0 ||
	    strncmp(state, "23", 2) == 0 || strcmp(state, "42846") == 0) ?
	    LOOK_FAILS : LOOK_UNKNOWN;
}
