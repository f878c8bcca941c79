/*
 * sql_session.h - what settings of a script mean for the statements behind
 * them: the search_path, and defaults that dumps use in place of clauses.
 */
#ifndef SQL_SESSION_H
#define SQL_SESSION_H

#include "sql_reader.h"

/* session_begin - as a script finds it that another one does not read. */
void session_begin(struct parse *p);

/*
 * session_statement - SET, RESET, a call of set_config, and what begins or ends
 * a transaction.
 *
 * Returns false where a statement is none of these.
 */
bool session_statement(struct reader *r, const struct sql_stmt *st);

/* session_commit - the transaction has ended: SET LOCAL is over. */
void session_commit(struct parse *p);

/* session_role - who runs the statements, where the script says so; or NULL. */
const char *session_role(const struct parse *p);

/*
 * path_creates - the schema that the path makes bare names ones of, "public"
 * where there is no path.
 */
const char *path_creates(const struct sql_path *path);

/*
 * path_text - the path as SET takes it.
 */
const char *path_text(struct arena *mem, const struct sql_path *path);

#endif
