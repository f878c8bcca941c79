#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "fault.h"
#include "sql.h"
#include "utf8.h"

extern char **environ;

/* What is kept of a program's standard error. */
#define ERR_BYTES 65536

/* Lines of it that are shown. */
#define ERR_LINES 20

/* Why a program was stopped. */
enum stopped { NOT_STOPPED, TOO_LONG, TOO_MUCH, UNREADABLE };

/* A program that runs. */
struct program {
	const char *name;
	const struct init_opts *opts;
	pid_t pid;
	int fd[3];		/* output, errors, why it did not start */
	struct sbuf text[3];
	long long deadline;	/* of the clock, ms; 0: none */
	enum stopped stopped;
	int read_errno;		/* where it is UNREADABLE */
	int status;		/* as waitpid has it */
};

bool
init_is_program(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".wmi") == 0;
}

static long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Whether --init-env names a variable; s is NAME=VALUE. */
static bool
is_named(const struct init_opts *opts, const char *s)
{
	size_t len = strcspn(s, "=");

	for (size_t i = 0; i < opts->env.n; i++) {
		const char *list = opts->env.v[i];

		while (*list != '\0') {
			size_t n = strcspn(list, ",");

			if (n == len && strncmp(list, s, len) == 0)
				return true;
			list += n + (list[n] == ',');
		}
	}
	return false;
}

/* The environment, NULL at its end; strings are not copied. */
static void
environment(struct parse *p, const struct init_opts *opts, struct vec *out)
{
	const char *path = getenv("PATH");
	bool locale = false;

	for (char **e = environ; *e != NULL; e++) {
		bool named = is_named(opts, *e);

		if (!named && strncmp(*e, "WM_", 3) != 0 &&
		    strncmp(*e, "HOME=", 5) != 0)
			continue;
		if (strncmp(*e, "PATH=", 5) == 0)
			continue;
		locale = locale || strncmp(*e, "LC_ALL=", 7) == 0;
		vec_push(out, *e);
	}
	vec_push(out, arena_printf(p->mem, "PATH=%s", path != NULL ? path :
	    "/usr/local/bin:/usr/bin:/bin"));
	if (!locale)
		vec_push(out, "LC_ALL=C.UTF-8");
	vec_push(out, NULL);
}

/* In the child: only what may follow a fork in a program with threads. */
static void WM_NORETURN
become(const char *path, char **env, const int out[3])
{
	static const int none = -1;
	char *argv[2] = { (char *)(uintptr_t)path, NULL };
	struct sigaction dflt = { .sa_handler = SIG_DFL };
	sigset_t all;
	int null = open("/dev/null", O_RDONLY), why;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&dflt.sa_mask);
	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &dflt, NULL);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out[0], 1) >= 0 &&
	    dup2(out[1], 2) >= 0)
		execve(path, argv, env);
	why = errno;
	if (write(out[2], &why, sizeof(why)) < 0)
		_exit(none);
	_exit(127);
}

static bool
start(struct parse *p, struct program *g)
{
	struct loc at = { g->name, 0, 0 };
	WM_VEC env = VEC_INIT;
	int there[3] = { -1, -1, -1 };
	const char *path = strchr(g->name, '/') != NULL ? g->name :
	    arena_printf(p->mem, "./%s", g->name);

	environment(p, g->opts, &env);
	for (int i = 0; i < 3; i++) {
		int pair[2];

		if (pipe2(pair, O_CLOEXEC) != 0) {
			diag_failed(&at, "could not make a pipe: %s",
			    strerror(errno));
			for (int k = 0; k < i; k++)
				close(there[k]);
			return false;
		}
		g->fd[i] = pair[0];
		there[i] = pair[1];
	}
	fflush(stderr);
	g->pid = fork();
	if (g->pid == 0)
		become(path, (char **)env.v, there);
	for (int i = 0; i < 3; i++)
		close(there[i]);
	if (g->pid < 0) {
		diag_failed(&at, "could not start it: %s", strerror(errno));
		return false;
	}
	setpgid(g->pid, g->pid);
	if (g->opts->time_ms > 0)
		g->deadline = now_ms() + g->opts->time_ms;
	return true;
}

/* One read of what came; false at its end. */
static bool
take(struct program *g, int i)
{
	char buf[65536];
	ssize_t n = fault(FAULT_READ) ? (errno = EIO, -1) :
	    read(g->fd[i], buf, sizeof(buf));
	size_t room = ERR_BYTES > g->text[i].len ? ERR_BYTES - g->text[i].len :
	    0;

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0) {
		g->stopped = UNREADABLE;
		g->read_errno = errno;
	}
	if (n <= 0)
		return false;
	if (i == 0 && g->text[0].len + (size_t)n >
	    (unsigned long long)g->opts->max_bytes) {
		g->stopped = TOO_MUCH;
		return false;
	}
	sbuf_putn(&g->text[i], buf, i == 1 && (size_t)n > room ? room :
	    (size_t)n);
	return true;
}

/* Read all it prints, until it has closed everything or has to be stopped. */
static void
listen_to(struct program *g)
{
	int open = 3;

	while (open > 0 && g->stopped == NOT_STOPPED) {
		struct pollfd f[3];
		long long left = -1;

		for (int i = 0; i < 3; i++)
			f[i] = (struct pollfd){ g->fd[i], POLLIN, 0 };
		if (g->deadline > 0) {
			left = g->deadline - now_ms();
			if (left <= 0) {
				g->stopped = TOO_LONG;
				break;
			}
		}
		if (poll(f, 3, left > 1000000 ? 1000000 : (int)left) < 0 &&
		    errno != EINTR)
			die("could not wait for a program: %s",
			    strerror(errno));
		for (int i = 0; i < 3; i++) {
			if (f[i].fd < 0 || f[i].revents == 0 || take(g, i))
				continue;
			close(g->fd[i]);
			g->fd[i] = -1;
			open--;
		}
	}
	for (int i = 0; i < 3; i++)
		if (g->fd[i] >= 0)
			close(g->fd[i]);
}

/* Its end, and that of all it has started. */
static void
finish(struct program *g)
{
	struct timespec pause = { 0, 2000000 };

	/* it has closed its output; now it may end by itself */
	while (g->stopped == NOT_STOPPED &&
	    waitpid(g->pid, &g->status, WNOHANG) == 0) {
		if (g->deadline > 0 && now_ms() > g->deadline)
			g->stopped = TOO_LONG;
		nanosleep(&pause, NULL);
	}
	kill(-g->pid, SIGKILL);
	if (g->stopped != NOT_STOPPED) {
		kill(g->pid, SIGKILL);
		while (waitpid(g->pid, &g->status, 0) < 0 && errno == EINTR)
			continue;
	}
}

/* What it had to say about its failure. */
static void
show_errors(const struct program *g)
{
	struct loc at = { g->name, 0, 0 };
	const char *s = sbuf_str(&g->text[1]), *end = s + g->text[1].len;

	if (s < end)
		diag_note(&at, "on its standard error:");
	for (int i = 0; s < end && i <= ERR_LINES; i++) {
		size_t len = strcspn(s, "\n");
		WM_SBUF line = SBUF_INIT;

		for (size_t k = 0; k < len;) {
			size_t n = utf8_char(s + k, len - k);

			/* nothing that moves a terminal's cursor */
			if (n == 0 || (unsigned char)s[k] < ' ')
				sbuf_putc(&line, s[k] == '\t' ? ' ' : '?');
			else
				sbuf_putn(&line, s + k, n);
			k += n > 0 ? n : 1;
		}
		diag_quote(0, i < ERR_LINES ? sbuf_str(&line) : "...", 0);
		s += len + (s[len] == '\n');
	}
}

static void
not_started(const struct program *g, int why)
{
	struct loc at = { g->name, 0, 0 };
	struct stat st;

	if (stat(g->name, &st) == 0 && S_ISDIR(st.st_mode))
		diag_error(&at, "it is a directory");
	else if (why == EACCES) {
		diag_error(&at, "it is not executable");
		diag_hint("It is a program that prints SQL: chmod +x %s",
		    g->name);
	} else if (why == ENOEXEC) {
		diag_error(&at, "it is no program: no \"#!\" line, and no "
		    "binary");
		diag_hint("Its first line has to name what runs it, such as "
		    "#!/bin/sh.");
	} else if (why == ENOENT && access(g->name, F_OK) == 0) {
		diag_error(&at, "what its \"#!\" line names is not there");
	} else
		diag_failed(&at, "could not start it: %s", strerror(why));
}

/* Whether it ended well; reports why not. */
static bool
ended_well(const struct program *g)
{
	struct loc at = { g->name, 0, 0 };
	int why;

	if (g->text[2].len == sizeof(why)) {
		memcpy(&why, g->text[2].s, sizeof(why));
		not_started(g, why);
		return false;
	}
	if (g->stopped == TOO_LONG) {
		diag_error(&at, "it has not ended in %d ms and was stopped",
		    g->opts->time_ms);
		show_errors(g);
		diag_hint("--init-time raises the limit.");
		return false;
	}
	if (g->stopped == TOO_MUCH) {
		diag_error(&at, "it has printed more than %lld bytes and was "
		    "stopped", g->opts->max_bytes);
		show_errors(g);
		diag_hint("--init-size raises the limit.");
		return false;
	}
	if (g->stopped == UNREADABLE) {
		diag_failed(&at, "could not read what it prints: %s",
		    strerror(g->read_errno));
		return false;
	}
	if (WIFSIGNALED(g->status))
		diag_error(&at, "it was ended by signal %d (%s)",
		    WTERMSIG(g->status), strsignal(WTERMSIG(g->status)));
	else if (WEXITSTATUS(g->status) != 0)
		diag_error(&at, "it ended with status %d",
		    WEXITSTATUS(g->status));
	else
		return true;
	show_errors(g);
	return false;
}

/* Whether the text is SQL; reports where it is not. */
static bool
is_sql(const struct program *g, bool warn)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const char *text = sbuf_str(&g->text[0]);
	struct loc at = { g->name, 0, 0 };
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	int line = 0, col = 0;

	if (sql_split(mem, text, &st, &n, &err)) {
		if (n == 0)
			diag_warn(&at, "init", "it prints no SQL statement");
		return true;
	}
	if (err.off != SIZE_MAX)
		byte_to_line_col(text, err.off, &line, &col);
	if (warn)
		diag_warn(&at, "sql", "%s in line %d of what it prints",
		    err.message, line);
	else
		diag_error(&at, "%s in line %d of what it prints", err.message,
		    line);
	if (line > 0)
		diag_quote(line, diag_line(text, line), col);
	return warn;
}

static void
take_over(struct parse *p, const struct program *g, bool check, bool warn)
{
	const struct sbuf *out = &g->text[0];
	struct loc at = { g->name, 0, 0 };

	if (!utf8_valid(sbuf_str(out), out->len) ||
	    strlen(sbuf_str(out)) != out->len) {
		diag_error(&at, "what it prints is not UTF-8 text");
		return;
	}
	if (strspn(sbuf_str(out), " \t\r\n") == out->len) {
		diag_warn(&at, "init", "it prints nothing");
		return;
	}
	if (!check || is_sql(g, warn))
		model_add_init(&p->model, g->name, sbuf_str(out),
		    parse_module(p, g->name));
}

void
init_run(struct parse *p, const struct init_opts *opts, const char *name,
    bool check, bool warn)
{
	struct program g = { .name = arena_strdup(p->mem, name),
		.opts = opts, .fd = { -1, -1, -1 } };
	struct loc at = { g.name, 0, 0 };

	if (opts->no_exec) {
		diag_refuse(&at, "it is a program, and --no-exec is given");
		diag_hint("Leave it out, or allow it to run.");
		return;
	}
	if (start(p, &g)) {
		listen_to(&g);
		finish(&g);
		if (ended_well(&g))
			take_over(p, &g, check, warn);
	}
	for (int i = 0; i < 3; i++)
		sbuf_clear(&g.text[i]);
}
