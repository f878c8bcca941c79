#include "diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const char *tool = "wm";
static int n_errors;
static int n_refused;
static int n_failed;
static int n_held;
static bool silent;		/* the last message was held back */
static bool warnings_are_errors;

static struct {
	const char *name;
	bool on;
} warnings[] = {
	{ "deps", false },	/* dependencies found but not declared */
	{ "macro", true },	/* a macro's name inside a longer word */
	{ "delta", true },	/* migrations of tables that are not there */
	{ "sql", true },	/* SQL that the parser does not know */
	{ "conf", true },	/* configuration that is not read */
	{ "init", true },	/* a release without initial SQL */
	{ "gone", true },	/* tables that a release no longer has */
	{ "roles", false },	/* grants to roles of other tools */
	{ "text", true },	/* texts that say something else than meant */
	{ "style", true },	/* hints that nothing comes of */
	{ "init", true },	/* programs that print nothing */
};

void
diag_tool(const char *name)
{
	tool = name;
}

bool
diag_colour(FILE *f)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(fileno(f)) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

static void
print_message(const struct loc *at, const char *kind, const char *colour,
    const char *flag, const char *fmt, va_list ap)
{
	bool c = diag_colour(stderr);

	if (c)
		fputs("\033[1m", stderr);
	if (at != NULL && at->file != NULL) {
		fputs(at->file, stderr);
		if (at->line > 0)
			fprintf(stderr, ":%d", at->line);
		if (at->line > 0 && at->col > 0)
			fprintf(stderr, ":%d", at->col);
	} else
		fputs(tool, stderr);
	fputs(": ", stderr);
	if (c)
		fprintf(stderr, "\033[0m\033[1;%sm", colour);
	fprintf(stderr, "%s: ", kind);
	if (c)
		fputs("\033[0m", stderr);
	vfprintf(stderr, fmt, ap);
	if (flag != NULL)
		fprintf(stderr, " [-W%s]", flag);
	fputc('\n', stderr);
}

static void
vreport(const struct loc *at, const char *flag, const char *fmt, va_list ap)
{
	n_errors++;
	silent = n_errors > DIAG_CAP;
	if (silent)
		n_held++;
	else
		print_message(at, "error", "31", flag, fmt, ap);
}

void
diag_error(const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(at, NULL, fmt, ap);
	va_end(ap);
}

void
diag_failed(const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	n_failed++;
	va_start(ap, fmt);
	vreport(at, NULL, fmt, ap);
	va_end(ap);
}

void
diag_refuse(const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	n_refused++;
	va_start(ap, fmt);
	vreport(at, NULL, fmt, ap);
	va_end(ap);
}

bool
diag_warning_on(const char *flag)
{
	for (size_t i = 0; i < WM_LEN(warnings); i++)
		if (strcmp(warnings[i].name, flag) == 0)
			return warnings[i].on;
	assert(!"a warning that the table does not know");
	return false;
}

void
diag_warn(const struct loc *at, const char *flag, const char *fmt, ...)
{
	va_list ap;

	if (flag != NULL && !diag_warning_on(flag)) {
		silent = true;
		return;
	}
	va_start(ap, fmt);
	if (warnings_are_errors)
		vreport(at, flag, fmt, ap);
	else {
		silent = false;
		print_message(at, "warning", "35", flag, fmt, ap);
	}
	va_end(ap);
}

void
diag_note(const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	if (silent)
		return;
	va_start(ap, fmt);
	print_message(at, "note", "36", NULL, fmt, ap);
	va_end(ap);
}

void
diag_hint(const char *fmt, ...)
{
	va_list ap;

	if (silent)
		return;
	va_start(ap, fmt);
	print_message(NULL, "hint", "36", NULL, fmt, ap);
	va_end(ap);
}

const char *
diag_line(const char *text, int line)
{
	while (text != NULL && --line > 0) {
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return text;
}

/* Of a longer line only so much is shown, around the column. */
#define QUOTE_MAX ((size_t)400)

static bool
is_inside(const char *s)
{
	return ((unsigned char)*s & 0xc0) == 0x80;
}

void
diag_quote(int line, const char *text, int col)
{
	size_t len = text == NULL ? 0 : strcspn(text, "\n"), at = 0;
	size_t from = 0, end = len;
	bool c = diag_colour(stderr);

	if (silent || text == NULL)
		return;
	for (int i = 1; i < col && at < len; i++)
		for (at++; at < len && is_inside(text + at);)
			at++;
	if (len > QUOTE_MAX) {
		from = at > QUOTE_MAX / 2 ? at - QUOTE_MAX / 2 : 0;
		while (from > 0 && is_inside(text + from))
			from--;
		end = from + QUOTE_MAX < len ? from + QUOTE_MAX : len;
		while (end < len && is_inside(text + end))
			end++;
	}
	if (line > 0)
		fprintf(stderr, "%5d | ", line);
	else
		fputs("      | ", stderr);
	fputs(from > 0 ? "..." : "", stderr);
	fwrite(text + from, 1, end - from, stderr);
	fputs(end < len ? "...\n" : "\n", stderr);
	if (col <= 0)
		return;
	fputs(from > 0 ? "      |    " : "      | ", stderr);
	for (const char *p = text + from; p < text + at; p++)
		if (!is_inside(p))
			fputc(*p == '\t' ? '\t' : ' ', stderr);
	fprintf(stderr, "%s^%s\n", c ? "\033[1;32m" : "", c ? "\033[0m" : "");
}

int
diag_errors(void)
{
	return n_errors;
}

int
diag_failures(void)
{
	return n_failed;
}

int
diag_refused(void)
{
	return n_refused;
}

bool
diag_warning_option(const char *arg)
{
	bool on = strncmp(arg, "no-", 3) != 0;
	const char *name = on ? arg : arg + 3;

	if (strcmp(name, "error") == 0) {
		warnings_are_errors = on;
		return true;
	}
	for (size_t i = 0; i < WM_LEN(warnings); i++) {
		if (strcmp(name, "all") == 0 ||
		    strcmp(warnings[i].name, name) == 0) {
			warnings[i].on = on;
			if (strcmp(name, "all") != 0)
				return true;
		}
	}
	return strcmp(name, "all") == 0;
}

void
diag_finish(void)
{
	if (n_held > 0)
		fprintf(stderr, "%s: %d more errors are not shown\n", tool,
		    n_held);
	n_held = 0;
}

void
die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	print_message(NULL, "error", "31", NULL, fmt, ap);
	va_end(ap);
	exit(WM_EXIT_SYSTEM);
}

void
usage_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(NULL, "error", "31", NULL, fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try \"%s --help\" for more information.\n", tool);
	exit(WM_EXIT_USAGE);
}
