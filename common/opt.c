#include "opt.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "sbuf.h"

/* long options without a letter get numbers from here */
#define FIRST_LONG 1000

/* Why writing failed, the first time; 0: it did not. */
static int write_errno;

/*
 * The document has to go somewhere: find out before anything is done. The
 * number of a closed stream would also be given to the next file that is
 * opened, and the document would go there.
 */
static void
check_stdout(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		die("could not write standard output: %s", strerror(EBADF));
}

/* Of "wm-release commit" the program is the first word. */
static int
program_len(const struct tool *t)
{
	return (int)strcspn(t->name, " ");
}

/* An option and, unless the next one of its line has it, too, its argument. */
static void
put_option(struct sbuf *b, const struct opt *o)
{
	bool shared = o->help == NULL && o->arg != NULL &&
	    o[1].arg != NULL && strcmp(o->arg, o[1].arg) == 0;

	if (b->len > 0)
		sbuf_puts(b, ", ");
	else
		sbuf_puts(b, o->letter != 0 ? "  " : "      ");
	if (o->letter != 0)
		sbuf_printf(b, "-%c", o->letter);
	if (o->type != OPT_WARN)
		sbuf_printf(b, "%s--%s", o->letter ? ", " : "", o->name);
	if (o->arg != NULL && !shared)
		sbuf_printf(b, " %s", o->arg);
}

static void
help(const struct tool *t)
{
	WM_SBUF left = SBUF_INIT;

	printf("usage: %s [OPTION]...%s%s\n%s\n\n", t->name,
	    *t->synopsis != '\0' ? " " : "", t->synopsis, t->about);
	for (size_t i = 0; i < t->n_opts; i++) {
		put_option(&left, &t->opts[i]);
		if (t->opts[i].help == NULL)
			continue;
		printf("%-30s  %s\n", sbuf_str(&left), t->opts[i].help);
		sbuf_reset(&left);
	}
	printf("%-30s  this text; the version; see %.*s(1)\n",
	    "      --help, --version", program_len(t), t->name);
}

static int
parse_int(const struct opt *o, const char *s)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (!isdigit((unsigned char)*s) || *end != '\0' || errno != 0 ||
	    n > INT_MAX)
		usage_die("--%s takes a whole number, not \"%s\"", o->name, s);
	return (int)n;
}

static int
parse_ms(const struct opt *o, const char *s)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 },
		{ "min", 60000 } };
	char *end;
	double n;

	n = strtod(s, &end);
	for (size_t i = 0; isdigit((unsigned char)*s) && i < WM_LEN(units); i++)
		if (strcmp(end, units[i].unit) == 0 &&
		    n * units[i].ms <= INT_MAX)
			return (int)(n * units[i].ms);
	usage_die("--%s takes a duration such as 5s, 500ms or 2min, not \"%s\"",
	    o->name, s);
}

static long long
parse_size(const struct opt *o, const char *s)
{
	static const char *const units[] = { "", "kB", "MB", "GB", "TB" };
	char *end;
	double n = strtod(s, &end);

	for (size_t i = 0; isdigit((unsigned char)*s) && i < WM_LEN(units);
	    i++) {
		if (strcmp(end, units[i]) == 0 && n < 1e18)
			return (long long)n;
		n *= 1024;
	}
	usage_die("--%s takes a size such as 100MB, not \"%s\"", o->name, s);
}

static const char *
parse_choice(const struct opt *o, const char *s)
{
	size_t len = strlen(s);

	for (const char *p = o->choices; p != NULL;) {
		size_t n = strcspn(p, "|");

		if (n == len && strncmp(p, s, n) == 0)
			return s;
		p = p[n] == '\0' ? NULL : p + n + 1;
	}
	usage_die("--%s takes %s, not \"%s\"", o->name, o->choices, s);
}

static void
set(const struct opt *o, const char *arg)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->target = true;
		break;
	case OPT_STR:
		*(const char **)o->target = arg;
		break;
	case OPT_INT:
		*(int *)o->target = parse_int(o, arg);
		break;
	case OPT_MS:
		*(int *)o->target = parse_ms(o, arg);
		break;
	case OPT_SIZE:
		*(long long *)o->target = parse_size(o, arg);
		break;
	case OPT_CHOICE:
		*(const char **)o->target = parse_choice(o, arg);
		break;
	case OPT_LIST:
		vec_push(o->target, arg);
		break;
	case OPT_WARN:
		if (!diag_warning_option(arg))
			usage_die("no warning is named \"%s\"", arg);
		break;
	}
}

/* --- which were given, and what they say together ------------------------ */

static const struct tool *tool;
static uint64_t given;	/* a bit for each row of the tool's table */

/* The length of the first of names in a text "a|b|c"; *s goes to the next. */
static size_t
next_name(const char **s, const char **out_name)
{
	size_t n = strcspn(*s, "|");

	*out_name = *s;
	*s += n + ((*s)[n] == '|');
	return n;
}

const char *
opt_given(const char *names)
{
	for (size_t i = 0; i < tool->n_opts; i++) {
		const char *all = names, *name;

		for (size_t n; (given >> i & 1) && *all != '\0';) {
			n = next_name(&all, &name);
			if (strncmp(tool->opts[i].name, name, n) == 0 &&
			    tool->opts[i].name[n] == '\0')
				return tool->opts[i].name;
		}
	}
	return NULL;
}

static void
check_rules(void)
{
	for (size_t i = 0; i < tool->n_rules; i++) {
		const struct opt_rule *r = &tool->rules[i];
		const char *other = opt_given(r->others), *name;
		const char *all = r->others;
		WM_SBUF names = SBUF_INIT;

		if (opt_given(r->name) == NULL ||
		    (other == NULL) == (r->relation == OPT_EXCLUDES))
			continue;
		if (r->relation == OPT_EXCLUDES)
			usage_die("--%s and --%s exclude each other", r->name,
			    other);
		for (size_t n; *all != '\0';) {
			n = next_name(&all, &name);
			sbuf_printf(&names, "%s--%.*s", names.len == 0 ? "" :
			    " or ", (int)n, name);
		}
		usage_die("--%s goes with %s", r->name, sbuf_str(&names));
	}
}

int
tool_init(const struct tool *t, int argc, char **argv)
{
	struct option *longs;
	WM_SBUF letters = SBUF_INIT;
	size_t n = t->n_opts;
	int c;

	assert(n <= 64);
	tool = t;
	given = 0;
	diag_tool(t->name);
	signal(SIGPIPE, SIG_IGN);
	check_stdout();
	longs = xmalloc((n + 3) * sizeof(*longs));
	memset(longs, 0, (n + 3) * sizeof(*longs));
	sbuf_putc(&letters, ':');
	for (size_t i = 0; i < n; i++) {
		const struct opt *o = &t->opts[i];

		/* -W alone has no long form: a name nobody can type */
		longs[i].name = o->type == OPT_WARN ? " " : o->name;
		longs[i].has_arg = o->arg ? required_argument : no_argument;
		longs[i].val = FIRST_LONG + (int)i;
		if (o->letter != 0) {
			sbuf_putc(&letters, (char)o->letter);
			if (o->arg != NULL)
				sbuf_putc(&letters, ':');
		}
	}
	longs[n].name = "help";
	longs[n].val = FIRST_LONG + (int)n;
	longs[n + 1].name = "version";
	longs[n + 1].val = FIRST_LONG + (int)n + 1;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters.s, longs, NULL)) != -1) {
		size_t i;

		if (c == ':')
			usage_die("option \"%s\" needs a value",
			    argv[optind - 1]);
		if (c == '?' && optopt != 0 && optopt < FIRST_LONG)
			usage_die("unknown option \"-%c\"", optopt);
		if (c == '?' && optopt != 0)
			usage_die("option \"%s\" takes no value",
			    argv[optind - 1]);
		if (c == '?')
			usage_die("unknown or ambiguous option \"%s\"",
			    argv[optind - 1]);
		if (c == FIRST_LONG + (int)n) {
			help(t);
			free(longs);
			exit(tool_exit());
		}
		if (c == FIRST_LONG + (int)n + 1) {
			printf("%.*s (wm-tools) %s\n", program_len(t),
			    t->name, WM_VERSION);
			free(longs);
			exit(tool_exit());
		}
		for (i = 0; i < n; i++)
			if (c == FIRST_LONG + (int)i ||
			    c == t->opts[i].letter)
				break;
		set(&t->opts[i], optarg);
		given |= UINT64_C(1) << i;
	}
	free(longs);
	check_rules();
	return optind;
}

void
tool_write(FILE *f, const char *s, size_t len)
{
	bool bad = fault(FAULT_WRITE);

	errno = bad ? EIO : 0;
	if ((bad || fwrite(s, 1, len, f) != len || fflush(f) != 0) &&
	    write_errno == 0)
		write_errno = errno != 0 ? errno : EIO;
}

bool
tool_put(FILE *f, const char *s, size_t len)
{
	tool_write(f, s, len);
	return write_errno == 0;
}

int
tool_exit(void)
{
	diag_finish();
	errno = 0;
	if ((ferror(stdout) != 0 || fflush(stdout) != 0 ||
	    fclose(stdout) != 0) && write_errno == 0)
		write_errno = errno != 0 ? errno : EIO;
	/* from here on the stream is gone: nothing of ours may touch it */
	if (write_errno != 0) {
		diag_error(NULL, "could not write standard output: %s",
		    strerror(write_errno));
		return WM_EXIT_SYSTEM;
	}
	if (diag_failures() > 0)
		return WM_EXIT_SYSTEM;
	if (diag_refused() > 0)
		return WM_EXIT_REFUSED;
	return diag_errors() > 0 ? WM_EXIT_INPUT : WM_EXIT_OK;
}
