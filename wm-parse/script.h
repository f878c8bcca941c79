/*
 * script.h - an SQL script as psql reads it: cut into statements, its own
 * commands, data of COPY, and comments that tell something.
 *
 * PostgreSQL's parser reads statements; what stands between them in a script
 * it does not know. The rules are those of psql's scanner (psqlscan.l).
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "wm.h"

/* A script; zero-initialise, set text and len. */
struct script {
	const char *text;	/* NUL-terminated */
	size_t len;
	size_t at;		/* where the next part begins */
};

enum script_kind {
	SCRIPT_STATEMENT,	/* without its ';' */
	SCRIPT_META,		/* "\connect x", to the end of its line */
	SCRIPT_COMMENT,		/* "-- x" outside of statements, without "--" */
	SCRIPT_OPEN,		/* a quote or comment without end */
	SCRIPT_END
};

struct script_part {
	enum script_kind kind;
	size_t off;
	size_t len;
	const char *what;	/* SCRIPT_OPEN: what is open, and where */
	size_t open;
	bool ended;		/* SCRIPT_STATEMENT: by ';' or \g */
};

/* script_next - the next part; SCRIPT_END or SCRIPT_OPEN at the end. */
void script_next(struct script *s, struct script_part *out);

/*
 * script_skip_data - skip the lines behind COPY ... FROM STDIN, up to the one
 * that is "\.".
 *
 * out_lines   how many, without that one
 *
 * Returns false where the script ends before.
 */
WM_MUST bool script_skip_data(struct script *s, size_t *out_lines);

#endif
