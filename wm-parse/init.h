/*
 * init.h - programs that print the SQL of first rows: .wmi files.
 */
#ifndef INIT_H
#define INIT_H

#include "parse.h"

/* How programs are run. */
struct init_opts {
	bool no_exec;		/* refuse them */
	int time_ms;		/* that one may take; 0: no limit */
	long long max_bytes;	/* that one may print */
	struct vec env;		/* of const char *: "NAME,NAME" */
};

/* init_is_program - whether a file's name says that it is one. */
bool init_is_program(const char *name);

/*
 * init_run - run a program, without a shell, and take what it prints as SQL.
 * It gets nothing to read, an environment of PATH, HOME, LC_ALL, WM_* and what
 * opts names, and a process group of its own, which is gone when it has ended.
 *
 * name    as the user named it
 * check   have the SQL read by PostgreSQL's parser; what is no SQL is an error
 *         or, with warn, a warning
 *
 * What is wrong is reported.
 */
void init_run(struct parse *p, const struct init_opts *opts, const char *name,
    bool check, bool warn);

#endif
