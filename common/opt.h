/*
 * opt.h - command lines: one table of options drives parsing, --help and the
 * check of the manual pages.
 */
#ifndef WM_OPT_H
#define WM_OPT_H

#include "wm.h"

#include "vec.h"

enum opt_type {
	OPT_FLAG,	/* bool *: set to true */
	OPT_STR,	/* const char **: points into argv */
	OPT_INT,	/* int *: a whole number >= 0 */
	OPT_MS,		/* int *: duration in ms; takes ms, s, min; bare is s */
	OPT_SIZE,	/* long long *: bytes; takes kB, MB, GB, TB */
	OPT_CHOICE,	/* const char **: one of the words in choices */
	OPT_LIST,	/* struct vec *: appended; may be given again */
	OPT_WARN	/* no target: the argument of -W */
};

struct opt {
	int letter;		/* short form, or 0 */
	const char *name;	/* long form */
	enum opt_type type;
	void *target;
	const char *arg;	/* what help calls the argument; else NULL */
	const char *help;	/* one line; NULL: the next option's is about
				   both, and they stand in one line */
	const char *choices;	/* OPT_CHOICE: "a|b|c" */
};

/* What one option means beside others. */
enum opt_relation {
	OPT_EXCLUDES,	/* nothing: it is wrong with any of them */
	OPT_NEEDS	/* something only with one of them */
};

/*
 * No option is taken and then ignored: those that do nothing in some mode are
 * in a table of these, and end the process.
 */
struct opt_rule {
	const char *name;	/* long form */
	enum opt_relation relation;
	const char *others;	/* long forms: "a|b|c" */
};

/* The command line of a program. */
struct tool {
	const char *name;	/* "wm-release commit": program, command */
	const char *synopsis;	/* what follows the name, such as "FILE..." */
	const char *about;	/* one sentence */
	const struct opt *opts;
	size_t n_opts;
	const struct opt_rule *rules;
	size_t n_rules;
};

/*
 * tool_init - read the command line; --help, --version end the process here.
 *
 * t      the tool's table; must outlive the process
 * argc   as main has it
 * argv   as main has it; reordered, so that the operands come last
 *
 * Returns the index of the first operand in argv. A wrong command line ends
 * the process with WM_EXIT_USAGE, a standard output that cannot be written with
 * WM_EXIT_SYSTEM, before anything is done. Also ignores SIGPIPE.
 */
int tool_init(const struct tool *t, int argc, char **argv);

/*
 * opt_given - which option of the command line is one of these, for rules that
 * operands have a part in. To be called after tool_init.
 *
 * names   long forms: "a|b|c"
 *
 * Returns the name of the first one in the tool's table, or NULL.
 */
const char *opt_given(const char *names);

/*
 * tool_write - write to a stream at once; why it failed the first time is kept
 * for tool_exit.
 */
void tool_write(FILE *f, const char *s, size_t len);

/* tool_put - the same; whether all that was written to the stream got there. */
WM_MUST bool tool_put(FILE *f, const char *s, size_t len);

/*
 * tool_exit - close and check standard output, sum up the diagnostics.
 *
 * Returns the exit code for main: WM_EXIT_SYSTEM where standard output could
 * not be written or anything else failed that is not the input's fault,
 * WM_EXIT_REFUSED after a refusal, WM_EXIT_INPUT after other errors, else
 * WM_EXIT_OK.
 */
int tool_exit(void);

/*
 * The options that every program with a database connection shares, as psql
 * has them; put them into a table with OPT_CONN(&conn). OPT_CONN_NAMES is for
 * rules.
 */
struct conn_opts {
	const char *dbname;
	const char *host;
	const char *port;
	const char *user;
};

#define OPT_CONN(c)                                                          \
	{ 'd', "dbname", OPT_STR, &(c)->dbname, "VALUE", NULL, NULL },       \
	{ 'h', "host", OPT_STR, &(c)->host, "VALUE", NULL, NULL },           \
	{ 'p', "port", OPT_STR, &(c)->port, "VALUE", NULL, NULL },           \
	{ 'U', "username", OPT_STR, &(c)->user, "VALUE", "as for psql", NULL }
#define OPT_CONN_NAMES "dbname|host|port|username"

#endif
