/*
 * diag.h - messages to people, on standard error.
 *
 * A located message reads as a compiler's: file:line:col: error: text. Errors
 * in the user's input accumulate, so that one run shows all; a broken
 * environment calls die. Messages are lower case without a full stop and quote
 * names; hints are sentences. Colours only where standard error is a terminal
 * and NO_COLOR is not set.
 */
#ifndef WM_DIAG_H
#define WM_DIAG_H

#include "wm.h"

/* Messages after this many errors are counted, not printed. */
#define DIAG_CAP 50

/* diag_tool - the program's name, for messages without a place. */
void diag_tool(const char *name);

/*
 * diag_error - one error; counted.
 *
 * at    where; NULL or a loc without file prints the program's name instead
 */
void diag_error(const struct loc *at, const char *fmt, ...) WM_PRINTF(2, 3);

/*
 * diag_failed - the same for a file, network or server that failed: the
 * program goes on to look for more errors, but ends with WM_EXIT_SYSTEM.
 */
void diag_failed(const struct loc *at, const char *fmt, ...) WM_PRINTF(2, 3);

/*
 * diag_warn - a warning, where the flag is on (-W).
 *
 * flag   name of the warning, such as "deps"; printed behind the text; NULL
 *        for one that cannot be turned off
 *
 * Under -Werror it counts as an error.
 */
void diag_warn(const struct loc *at, const char *flag, const char *fmt, ...)
    WM_PRINTF(3, 4);

/* diag_note - more about the message before it. */
void diag_note(const struct loc *at, const char *fmt, ...) WM_PRINTF(2, 3);

/* diag_hint - the way out, as a sentence. */
void diag_hint(const char *fmt, ...) WM_PRINTF(1, 2);

/*
 * diag_quote - the source line with its column marked.
 *
 * line   number printed in the margin; 0 leaves it blank
 * text   the line, or text that begins with it; ends at newline or NUL
 * col    from 1, in characters; 0 marks nothing
 */
void diag_quote(int line, const char *text, int col);

/* diag_line - line number LINE (from 1) of text; NULL when it has fewer. */
const char *diag_line(const char *text, int line);

/* diag_errors - how many errors so far. */
int diag_errors(void);

/* diag_failures - how many of them are failures of the environment. */
int diag_failures(void);

/* diag_refuse - a refusal (exit code 4), written and counted as an error. */
void diag_refuse(const struct loc *at, const char *fmt, ...) WM_PRINTF(2, 3);

/* diag_refused - how many refusals so far. */
int diag_refused(void);

/*
 * diag_warning_option - act on the argument of -W: NAME, no-NAME, error.
 *
 * Returns false, silently, where no warning has that name.
 */
WM_MUST bool diag_warning_option(const char *arg);

/* diag_warning_on - whether the named warning is on. */
bool diag_warning_on(const char *flag);

/* diag_finish - say how many messages the cap has held back. */
void diag_finish(void);

/* diag_colour - whether the stream is a terminal that takes colours. */
bool diag_colour(FILE *f);

/* die - print the cause and end with WM_EXIT_SYSTEM. */
void die(const char *fmt, ...) WM_PRINTF(1, 2) WM_NORETURN;

/* usage_die - a wrong command line: the fault, a pointer to --help, exit 2. */
void usage_die(const char *fmt, ...) WM_PRINTF(1, 2) WM_NORETURN;

#endif
