/*
 * command.h - what the subcommands of wm-release share.
 *
 * Each subcommand is a file with its options and one row, which main.c lists.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "wm.h"

#include "arena.h"
#include "conf.h"
#include "history.h"
#include "opt.h"

/* A subcommand. */
struct command {
	const char *name;
	struct tool tool;	/* its own command line */

	/*
	 * argc, argv   the operands
	 *
	 * What fails has been reported: tool_exit tells the exit code.
	 */
	void (*run)(struct arena *mem, int argc, char **argv);
};

extern const struct command command_build, command_commit, command_diff,
    command_doc,
    command_keygen, command_log, command_pack, command_rebuild, command_show,
    command_sign, command_stage, command_text, command_verify;

/* Options of all that work on a history. */
struct where {
	const char *conf_path;
	const char *dir;
};

#define OPT_WHERE(w)                                                         \
	{ 'c', "config", OPT_STR, &(w)->conf_path, "FILE",                   \
	    "read FILE instead of ./Wyseman.conf", NULL },                   \
	{ 'C', "dir", OPT_STR, &(w)->dir, "DIR",                             \
	    "where Wyseman.hist and Wyseman.delta are", NULL }

#define OPT_OUTPUT(target)                                                   \
	{ 'o', "output", OPT_STR, (target), "FILE",                          \
	    "write the document to FILE", NULL }

/* A module's folder, opened. */
struct session {
	struct arena *mem;
	struct conf conf;
	const char *dir;
	const char *delta_path;
	struct history hist;
};

/*
 * session_open - read the configuration and the history.
 *
 * lock   the caller will write: others are kept out, and what a crash has left
 *        is put in order first
 *
 * Returns false once the failure has been reported. Give back with
 * session_clear whatever is returned.
 */
WM_MUST bool session_open(struct session *s, struct arena *mem,
    const struct where *w, bool lock);

/*
 * session_known - whether there is a release to speak of.
 *
 * Returns false once it has been reported that there is none.
 */
WM_MUST bool session_known(const struct session *s);

void session_clear(struct session *s);

/*
 * put_document - write a finished document to a file, in one piece, or to
 * standard output.
 *
 * path   NULL or "-" is standard output
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool put_document(const char *path, const char *text, size_t len);

/*
 * put_bundle - the same for a sealed bundle, in pieces.
 *
 * put_history - write a history to its file.
 */
WM_MUST bool put_bundle(const char *path, const struct bundle *b);
WM_MUST bool put_history(struct history *h);

#endif
