#include "interp.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "dialect.h"
#include "diag.h"
#include "file.h"
#include "style.h"
#include "sql_source.h"
#include "utf8.h"

/* Files of one another's require that are open at once. */
#define MAX_OPEN 100

/* A single command that looks at no limit is stopped this much later. */
#define GRACE_MS 1000

/* What is being evaluated, for the two ways out that get no argument. */
static const struct parse *running;

struct loc
parse_here(const struct parse *p)
{
	struct loc at = { NULL, 0, 0 };

	if (p->place.src == NULL)
		return at;
	at.file = p->place.src->name;
	source_place(p->place.src, p->place.start, &at.line, &at.col);
	return at;
}

static void
index_lines(struct parse *p, struct source *src)
{
	size_t n = 1;

	for (size_t i = 0; i < src->len; i++)
		n += src->text[i] == '\n';
	src->lines = arena_alloc(p->mem, n * sizeof(*src->lines));
	src->n_lines = 1;
	for (size_t i = 0; i < src->len; i++)
		if (src->text[i] == '\n')
			src->lines[src->n_lines++] = i + 1;
}

void
source_place(const struct source *src, size_t off, int *out_line, int *out_col)
{
	size_t lo = 0, hi = src->n_lines;
	const unsigned char *s = (const unsigned char *)src->text;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (src->lines[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	*out_line = (int)lo + 1;
	*out_col = 1;
	for (size_t i = src->lines[lo]; i < off; i++)
		/* the second half of a surrogate pair is no character */
		if ((s[i] & 0xc0) != 0x80 && !(s[i] == 0xed &&
		    s[i + 1] >= 0xb0))
			++*out_col;
}

/* Bytes in front of one that is not taken as it is; counts the place. */
static size_t
plain_run(const char *text, size_t len, struct loc *at)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, n;

	while (i < len) {
		n = s[i] < 0x80 ? 1 : utf8_char(text + i, len - i);
		if (n == 0 || n == 4 || s[i] == '\0' || s[i] == '\r' ||
		    s[i] == 0x1a)
			break;
		at->col = s[i] == '\n' ? 1 : at->col + 1;
		at->line += s[i] == '\n';
		i += n;
	}
	return i;
}

/* A character of four bytes as a surrogate pair, three bytes each. */
static void
put_pair(struct sbuf *out, const unsigned char *s)
{
	unsigned c = (unsigned)(s[0] & 7) << 18 | (unsigned)(s[1] & 63) << 12 |
	    (unsigned)(s[2] & 63) << 6 | (s[3] & 63);
	unsigned pair[2];

	pair[0] = 0xd800 + ((c - 0x10000) >> 10);
	pair[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
	for (int k = 0; k < 2; k++) {
		sbuf_putc(out, (char)(0xe0 | pair[k] >> 12));
		sbuf_putc(out, (char)(0x80 | (pair[k] >> 6 & 63)));
		sbuf_putc(out, (char)(0x80 | (pair[k] & 63)));
	}
}

/*
 * From the bytes of a file to what the interpreter gets: newlines as Tcl's
 * channels translate them, characters beyond U+FFFF as surrogate pairs, which
 * is what Tcl 8.6 makes of them when it reads a file itself.
 *
 * pairs   false: for a script in SQL, which keeps its characters
 */
static bool
to_tcl(const char *name, const char *text, size_t len, bool pairs,
    struct sbuf *out)
{
	struct loc at = { name, 1, 1 };
	const unsigned char *s = (const unsigned char *)text;
	size_t plain = 0;

	/* most files are plain as a whole */
	while (plain < len && s[plain] < 0x80 && s[plain] != '\0' &&
	    s[plain] != '\r' && s[plain] != 0x1a)
		plain++;
	if (plain == len) {
		sbuf_putn(out, text, len);
		return true;
	}
	for (size_t i = 0; i < len;) {
		size_t run = plain_run(text + i, len - i, &at), n;

		sbuf_putn(out, text + i, run);
		i += run;
		if (i == len)
			break;
		n = utf8_char(text + i, len - i);
		if (n == 0 || s[i] == '\0' || s[i] == 0x1a) {
			diag_error(&at, n == 0 ?
			    "byte 0x%02x is not UTF-8" :
			    "control character 0x%02x is no text", s[i]);
			if (n == 0)
				diag_hint("Save the file in UTF-8.");
			return false;
		}
		if (s[i] == '\r') {
			sbuf_putc(out, '\n');
			i += i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
			at.line++;
			at.col = 1;
			continue;
		}
		if (pairs)
			put_pair(out, s + i);
		else
			sbuf_putn(out, text + i, n);
		at.col++;
		i += n;
	}
	return true;
}

const char *
tcl_utf8(struct arena *mem, const char *str, size_t len)
{
	const unsigned char *s = (const unsigned char *)str;
	WM_SBUF b = SBUF_INIT;
	size_t i = 0;

	while (i < len && s[i] != 0xed && s[i] != 0xc0 && s[i] != 0)
		i++;
	if (i == len)
		return arena_strndup(mem, str, len);
	for (i = 0; i < len;) {
		if (s[i] == 0 || s[i] == 0xc0)
			return NULL;
		if (s[i] == 0xed && i + 2 < len && s[i + 1] >= 0xa0) {
			unsigned c;

			if (s[i + 1] >= 0xb0 || i + 5 >= len ||
			    s[i + 3] != 0xed || s[i + 4] < 0xb0)
				return NULL;
			c = 0x10000 + (((unsigned)(s[i + 1] & 15) << 16) |
			    ((unsigned)(s[i + 2] & 63) << 10) |
			    ((unsigned)(s[i + 4] & 15) << 6) |
			    (s[i + 5] & 63));
			sbuf_putc(&b, (char)(0xf0 | c >> 18));
			sbuf_putc(&b, (char)(0x80 | (c >> 12 & 63)));
			sbuf_putc(&b, (char)(0x80 | (c >> 6 & 63)));
			sbuf_putc(&b, (char)(0x80 | (c & 63)));
			i += 6;
		} else
			sbuf_putc(&b, str[i++]);
	}
	return sbuf_take(&b, mem);
}

void
parse_quote(const struct parse *p, const struct loc *at)
{
	for (size_t i = 0; at->file != NULL && i < p->sources.n; i++) {
		const struct source *src = p->sources.v[i];
		const char *line, *plain;

		if (strcmp(src->name, at->file) != 0)
			continue;
		if (at->line < 1 || (size_t)at->line > src->n_lines)
			return;
		line = src->text + src->lines[at->line - 1];
		plain = tcl_utf8(p->mem, line, strcspn(line, "\n"));
		diag_quote(at->line, plain ? plain : line, at->col);
		return;
	}
}

const char *
parse_module(const struct parse *p, const char *file)
{
	const char *base = strrchr(file, '/'), *dot;

	if (p->module != NULL)
		return p->module;
	if (strcmp(file, "-") == 0)
		return "stdin";
	base = base ? base + 1 : file;
	dot = strrchr(base, '.');
	return dot == NULL || dot == base ? arena_strdup(p->mem, base) :
	    arena_strndup(p->mem, base, (size_t)(dot - base));
}

/* The folder part of a path; "." where it has none. */
static const char *
folder(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path ? "/" :
	    arena_strndup(mem, path, (size_t)(slash - path));
}

/* Lines that errorInfo adds to the place of the outermost command. */
static int
inner_lines(const char *info)
{
	int lines[64], n = 0, sum = 0;
	bool proc[64];

	for (const char *s = info; (s = strstr(s, "\n    (")) != NULL; s++) {
		size_t len = strcspn(s + 1, "\n");
		const char *hit = memmem(s, len + 1, " line ", 6);

		if (hit == NULL || n == 64)
			continue;
		proc[n] = strncmp(s + 6, "procedure", 9) == 0 ||
		    strncmp(s + 6, "in macro", 8) == 0;
		lines[n++] = (int)strtol(hit + 6, NULL, 10);
	}
	while (n-- > 0 && !proc[n])
		sum += lines[n] - 1;
	return sum;
}

/* Commands that a safe interpreter does not have. */
static bool
is_unsafe(const char *message)
{
	static const char *const names[] = { "exec", "open", "socket", "file",
		"load", "glob", "cd", "pwd", "exit", "fconfigure", "puts" };

	for (size_t i = 0; i < WM_LEN(names); i++) {
		char text[64];

		snprintf(text, sizeof(text), "invalid command name \"%s\"",
		    names[i]);
		if (strcmp(message, text) == 0)
			return true;
	}
	return strstr(message, "can not find channel named") != NULL;
}

/* The interpreter's result in plain UTF-8, in one line. */
static const char *
result_text(const struct parse *p)
{
	const char *s = Tcl_GetString(Tcl_GetObjResult(p->interp));
	const char *plain = tcl_utf8(p->mem, s, strlen(s));
	char *line = arena_strdup(p->mem, plain != NULL ? plain : s);

	for (char *c = line; (c = strchr(c, '\n')) != NULL;)
		*c = ' ';
	return line;
}

/* The procedure in which it happened; its file is not known. */
static void
note_procedure(const struct parse *p, const struct loc *at, const char *info)
{
	static const char lead[] = "\n    (procedure \"";
	const char *name = strstr(info, lead), *end, *plain;

	if (name == NULL)
		return;
	name += sizeof(lead) - 1;
	end = strstr(name, "\" line ");
	if (end == NULL)
		return;
	plain = tcl_utf8(p->mem, name, (size_t)(end - name));
	diag_note(at, "in procedure \"%s\", line %ld of its body",
	    plain ? plain : "", strtol(end + 7, NULL, 10));
}

/* Report the interpreter's error for the command at p->place. */
static void
report(struct parse *p, int rc)
{
	struct loc at = parse_here(p);
	const char *info, *note, *message;
	int line;

	/* a copy: reading the variables below may change the result */
	message = result_text(p);
	note = Tcl_GetVar(p->interp, "::wm_note", 0);
	info = Tcl_GetVar(p->interp, "::errorInfo", 0);
	if (rc == TCL_BREAK || rc == TCL_CONTINUE) {
		diag_error(&at, "\"%s\" outside of a loop",
		    rc == TCL_BREAK ? "break" : "continue");
		return;
	}
	line = rc == TCL_ERROR && info != NULL ? inner_lines(info) : 0;
	if (line > 0) {
		at.line += line;
		at.col = 0;
	}
	p->stopped = Tcl_LimitExceeded(p->interp) != 0;
	diag_error(&at, "%s", p->stopped ? "time limit exceeded" : message);
	parse_quote(p, &at);
	if (rc == TCL_ERROR && info != NULL)
		note_procedure(p, &at, info);
	if (p->stopped)
		diag_hint("A loop without end? --time-limit raises the "
		    "limit.");
	else if (is_unsafe(message))
		diag_hint("Schema files run in a safe interpreter: no files, "
		    "programs, sockets or output.");
	if (note != NULL) {
		struct loc first = { NULL, 0, 0 };
		const char *colon = strrchr(note, ':');

		first.file = arena_strndup(p->mem, note,
		    (size_t)(colon - note));
		first.line = (int)strtol(colon + 1, NULL, 10);
		diag_note(&first, "the first definition is here");
		Tcl_UnsetVar(p->interp, "::wm_note", 0);
	}
}

static void
report_parse(struct parse *p, const struct source *src, const Tcl_Parse *t,
    size_t start)
{
	struct loc at = { src->name, 0, 0 };
	const char *message = result_text(p);

	if (t->term != NULL && t->term >= src->text &&
	    t->term < src->text + src->len)
		start = (size_t)(t->term - src->text);
	source_place(src, start, &at.line, &at.col);
	diag_error(&at, "%s", message);
	parse_quote(p, &at);
	if (t->incomplete)
		diag_hint("What opens here is not closed before the end of "
		    "the file.");
}

static void
evaluate(struct parse *p, struct source *src)
{
	struct place outer = p->place;
	const char *s = src->text, *end = s + src->len;

	src->open = true;
	while (s < end && !p->stopped) {
		Tcl_Parse t;
		int rc;

		if (Tcl_ParseCommand(p->interp, s, (int)(end - s), 0, &t) !=
		    TCL_OK) {
			report_parse(p, src, &t, (size_t)(s - src->text));
			Tcl_ResetResult(p->interp);
			break;
		}
		s = t.commandStart + t.commandSize;
		if (t.numWords > 0) {
			p->place.src = src;
			p->place.start = (size_t)(t.commandStart - src->text);
			p->place.len = (size_t)t.commandSize;
			rc = Tcl_EvalEx(p->interp, t.commandStart,
			    t.commandSize, 0);
			if (rc == TCL_RETURN)
				s = end;
			else if (rc != TCL_OK)
				report(p, rc);
			Tcl_ResetResult(p->interp);
		}
		Tcl_FreeParse(&t);
		if (t.commandSize == 0 && t.numWords == 0 &&
		    s >= end)
			break;
	}
	src->open = false;
	p->place = outer;
}

/* The file's place in the order of folders that require looks into. */
static void
add_dir(struct parse *p, const struct source *src)
{
	for (size_t i = 0; i < p->dirs.n; i++) {
		const struct source *d = p->dirs.v[i];

		if (strcmp(d->dir, src->dir) == 0)
			return;
	}
	vec_push(&p->dirs, src);
}

static bool
run_file(struct parse *p, const char *name, const char *path)
{
	WM_SBUF raw = SBUF_INIT;
	WM_SBUF text = SBUF_INIT;
	struct source *src;
	const char *start;
	size_t open = 0, len;
	bool sql = sql_is(p, name);

	for (size_t i = 0; i < p->sources.n; i++)
		open += ((struct source *)p->sources.v[i])->open;
	if (open >= MAX_OPEN) {
		struct loc at = parse_here(p);

		diag_error(&at, "more than %d files require one another",
		    MAX_OPEN);
		return false;
	}
	if (!file_read(name, &raw))
		return false;
	start = sbuf_str(&raw);
	if (raw.len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3;
	len = raw.len - (size_t)(start - sbuf_str(&raw));
	if (!to_tcl(name, start, len, !sql, &text))
		return false;

	src = arena_alloc(p->mem, sizeof(*src));
	src->name = arena_strdup(p->mem, name);
	src->path = arena_strdup(p->mem, path);
	src->dir = folder(p->mem, src->path);
	src->dir_name = folder(p->mem, src->name);
	src->len = text.len;
	src->text = sbuf_take(&text, p->mem);
	index_lines(p, src);
	vec_push(&p->sources, src);
	map_put(&p->by_path, src->path, src);
	add_dir(p, src);
	sbuf_clear(&text);
	if (!sql && style_is_yaml(start, len)) {
		style_yaml(p, src, start, len);
		return true;
	}
	sbuf_clear(&raw);
	p->latest = src;
	p->module = parse_module(p, src->name);
	if (sql)
		sql_read(p, src);
	else
		evaluate(p, src);
	return true;
}

static void
tell(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) < 0)
		_exit(WM_EXIT_SYSTEM);
}

/* Signal handler: only what POSIX allows in one. */
static void
on_alarm(int sig)
{
	const struct place *at = &running->place;
	char digits[24], *d = digits + sizeof(digits) - 1;
	int line = 1;

	(void)sig;
	for (size_t i = 0; at->src != NULL && i < at->start; i++)
		line += at->src->text[i] == '\n';
	for (*d = '\0'; line > 0; line /= 10)
		*--d = (char)('0' + line % 10);
	tell(at->src != NULL ? at->src->name : "wm-parse");
	tell(":");
	tell(at->src != NULL ? d : "");
	tell(": error: time limit exceeded\n");
	tell("wm-parse: hint: One command takes too long; --time-limit raises "
	    "the limit.\n");
	_exit(WM_EXIT_INPUT);
}

static long long
now_ms(void)
{
	Tcl_Time now;

	Tcl_GetTime(&now);
	return now.sec * 1000LL + now.usec / 1000;
}

/* Plain SQL runs nothing that may not end: its time is added to the limit. */
static void
set_limit(struct parse *p, long long deadline_ms)
{
	Tcl_Time t = { .sec = deadline_ms / 1000,
		.usec = deadline_ms % 1000 * 1000 };

	p->deadline_ms = deadline_ms;
	Tcl_LimitSetTime(p->interp, &t);
}

/*
 * Tcl looks at its limit between commands. For one that never ends, such as
 * 10**1000000000, there is the alarm; 0 turns it off.
 */
static void
set_alarm(const struct parse *p)
{
	struct itimerval t = { .it_interval = { 0, 0 } };
	long long ms;

	if (p != NULL && p->deadline_ms == 0)
		return;
	if (p != NULL) {
		ms = p->deadline_ms + GRACE_MS - now_ms();
		if (ms < 1)
			ms = 1;
		t.it_value.tv_sec = ms / 1000;
		t.it_value.tv_usec = ms % 1000 * 1000;
		signal(SIGALRM, on_alarm);
	}
	setitimer(ITIMER_REAL, &t, NULL);
}

/* Tcl gives up: a value of 2 GB, or memory is out. */
static void
on_panic(const char *fmt, ...)
{
	struct loc at = parse_here(running);
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_failed(&at, "Tcl gave up: %s", text);
	_exit(WM_EXIT_SYSTEM);
}

bool
interp_file(struct parse *p, const char *name)
{
	struct loc at = { name, 0, 0 };
	char path[PATH_MAX];
	long long began;
	bool fine;

	if (p->stopped)
		return true;
	if (strcmp(name, "-") == 0)
		name = "/dev/stdin";
	/* what is no file on a disk, such as a pipe, has no path */
	if (realpath(name, path) == NULL) {
		if (access(name, F_OK) != 0 || strlen(name) >= sizeof(path)) {
			diag_failed(&at, "could not open file: %s",
			    strerror(errno));
			return false;
		}
		memcpy(path, name, strlen(name) + 1);
	}
	if (map_get(&p->by_path, path) != NULL)
		return true;
	began = now_ms();
	set_alarm(sql_is(p, name) ? NULL : p);
	fine = run_file(p, name, path);
	if (sql_is(p, name) && p->deadline_ms > 0)
		set_limit(p, p->deadline_ms + now_ms() - began);
	set_alarm(p->place.src != NULL ? p : NULL);
	return fine;
}

/* "a/./b" and "a/x/../b" as people would write them. */
static const char *
tidy(struct arena *mem, const char *dir, const char *file)
{
	WM_VEC parts = VEC_INIT;
	WM_SBUF b = SBUF_INIT;
	const char *s;

	if (file[0] == '/' || strcmp(dir, ".") == 0)
		s = arena_strdup(mem, file);
	else
		s = arena_printf(mem, "%s/%s", dir, file);
	if (*s == '/')
		sbuf_putc(&b, '/');
	while (*s != '\0') {
		size_t len = strcspn(s, "/");
		const char *one = arena_strndup(mem, s, len);
		const char *last = parts.n ? parts.v[parts.n - 1] : NULL;

		s += len + (s[len] == '/');
		if (len == 0 || strcmp(one, ".") == 0)
			continue;
		if (strcmp(one, "..") == 0 && last != NULL &&
		    strcmp(last, "..") != 0)
			parts.n--;
		else
			vec_push(&parts, one);
	}
	for (size_t i = 0; i < parts.n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? "/" : "",
		    (const char *)parts.v[i]);
	return sbuf_take(&b, mem);
}

/* The file that is being read now; only while one is. */
static const struct source *
innermost(const struct parse *p)
{
	const struct source *src = NULL;

	for (size_t i = p->sources.n; src == NULL || !src->open;)
		src = p->sources.v[--i];
	return src;
}

/* Read a file that another one asks for, and that is there. */
static int
require_path(struct parse *p, const char *name, const char *path)
{
	const struct source *known = map_get(&p->by_path, path);

	if (known != NULL && known->open) {
		Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
		    "file \"%s\" requires itself, over \"%s\"",
		    known->name, innermost(p)->name));
		return TCL_ERROR;
	}
	if (known != NULL || run_file(p, name, path))
		return TCL_OK;
	Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
	    "could not read required file \"%s\"", name));
	return TCL_ERROR;
}

static int
require_one(struct parse *p, const char *file)
{
	WM_SBUF tried = SBUF_INIT;
	const struct source *src;
	char path[PATH_MAX];
	const char *name;

	/* beside the file begun last, then in all folders, as they were met */
	for (size_t i = 0; i <= p->dirs.n; i++) {
		src = i == 0 ? p->latest : p->dirs.v[i - 1];
		if (src == NULL)
			continue;
		name = tidy(p->mem, src->dir_name, file);
		if (realpath(name, path) == NULL) {
			if (i > 0)
				sbuf_printf(&tried, "%s%s", tried.len > 0 ?
				    ", " : "", src->dir_name);
			continue;
		}
		return require_path(p, name, path);
	}
	Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
	    "required file \"%s\" is in none of: %s", file, sbuf_str(&tried)));
	return TCL_ERROR;
}

void
interp_require(struct parse *p, const char *file, bool here,
    const struct loc *at)
{
	char path[PATH_MAX];

	if ((here && realpath(file, path) != NULL ? require_path(p, file,
	    path) : require_one(p, file)) != TCL_OK) {
		diag_error(at, "%s", result_text(p));
		parse_quote(p, at);
	}
	Tcl_ResetResult(p->interp);
}

static int
on_require(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[])
{
	(void)interp;
	for (int i = 1; i < objc; i++)
		if (require_one(data, Tcl_GetString(objv[i])) != TCL_OK)
			return TCL_ERROR;
	return TCL_OK;
}

/* Whether a path is below one of the folders in Tcl's own library path. */
static bool
in_library(struct parse *p, const char *path)
{
	Tcl_Obj *list = Tcl_GetVar2Ex(p->master, "auto_path", NULL,
	    TCL_GLOBAL_ONLY), **v;
	int n;

	if (list == NULL ||
	    Tcl_ListObjGetElements(NULL, list, &n, &v) != TCL_OK)
		return false;
	for (int i = 0; i < n; i++) {
		char dir[PATH_MAX];

		if (realpath(Tcl_GetString(v[i]), dir) != NULL &&
		    strncmp(dir, path, strlen(dir)) == 0 &&
		    path[strlen(dir)] == '/')
			return true;
	}
	return false;
}

/* source: only files beside those named; packages may read the library's. */
static int
on_source(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct parse *p = data;
	const char *file;
	char path[PATH_MAX];
	WM_SBUF text = SBUF_INIT;

	if (objc != 2 && objc != 4) {
		Tcl_WrongNumArgs(interp, 1, objv, "fileName");
		return TCL_ERROR;
	}
	file = Tcl_GetString(objv[objc - 1]);
	if (p->packages > 0 && realpath(file, path) != NULL &&
	    in_library(p, path)) {
		struct place outer = p->place;
		int rc;

		if (!file_read(path, &text))
			return TCL_ERROR;
		rc = Tcl_EvalEx(interp, sbuf_str(&text), (int)text.len,
		    TCL_EVAL_GLOBAL);
		p->place = outer;
		return rc == TCL_RETURN ? TCL_OK : rc;
	}
	if (strchr(file, '/') != NULL) {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf("\"%s\" cannot be "
		    "sourced: only files beside those named", file));
		return TCL_ERROR;
	}
	return require_one(p, file);
}

/* Run the interpreter's own package command, which is hidden. */
static int
hidden_package(struct parse *p, int objc, Tcl_Obj *const objv[])
{
	Tcl_Obj *list = Tcl_NewListObj(0, NULL);
	int rc;

	Tcl_IncrRefCount(list);
	Tcl_ListObjAppendElement(NULL, list,
	    Tcl_NewStringObj("interp", -1));
	Tcl_ListObjAppendElement(NULL, list,
	    Tcl_NewStringObj("invokehidden", -1));
	Tcl_ListObjAppendElement(NULL, list, Tcl_NewStringObj("wm", -1));
	for (int i = 0; i < objc; i++)
		Tcl_ListObjAppendElement(NULL, list, objv[i]);
	rc = Tcl_EvalObjEx(p->master, list, TCL_EVAL_DIRECT);
	Tcl_SetObjResult(p->interp, Tcl_GetObjResult(p->master));
	Tcl_DecrRefCount(list);
	return rc;
}

/*
 * package require: the master interpreter finds the package in Tcl's library
 * path; its pure Tcl script is then run in the safe one.
 */
static int
on_package(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[])
{
	struct parse *p = data;
	const char *name;
	Tcl_Obj *script;
	int at, rc;

	if (objc < 3 || strcmp(Tcl_GetString(objv[1]), "require") != 0)
		return hidden_package(p, objc, objv);
	at = strcmp(Tcl_GetString(objv[2]), "-exact") == 0 ? 3 : 2;
	if (hidden_package(p, objc, objv) == TCL_OK || at >= objc)
		return at < objc ? TCL_OK : TCL_ERROR;
	name = Tcl_GetString(objv[at]);
	if (!p->master_ready && Tcl_Init(p->master) != TCL_OK) {
		Tcl_SetObjResult(interp, Tcl_GetObjResult(p->master));
		return TCL_ERROR;
	}
	p->master_ready = true;
	Tcl_SetVar2Ex(p->master, "wm_package", NULL, objv[at], 0);
	/* the index in a folder of its name first: reading all takes time */
	rc = Tcl_Eval(p->master,
	    "foreach root $auto_path {\n"
	    "  foreach index [glob -nocomplain -directory $root "
	    "    $wm_package*/pkgIndex.tcl */$wm_package/pkgIndex.tcl] {\n"
	    "    apply {{dir index} {catch {source $index}}} "
	    "      [file dirname $index] $index\n"
	    "  }\n"
	    "}\n"
	    "if {[package versions $wm_package] eq {}} {\n"
	    "  catch {{*}[package unknown] $wm_package}\n"
	    "}\n"
	    "package ifneeded $wm_package [lindex [lsort -command "
	    "{package vcompare} [package versions $wm_package]] end]");
	script = Tcl_GetObjResult(p->master);
	if (rc != TCL_OK || Tcl_GetString(script)[0] == '\0') {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf(
		    "no package \"%s\" is in Tcl's library path", name));
		return TCL_ERROR;
	}
	Tcl_IncrRefCount(script);
	Tcl_ResetResult(interp);
	p->packages++;
	rc = Tcl_EvalObjEx(interp, script, TCL_EVAL_GLOBAL);
	p->packages--;
	Tcl_DecrRefCount(script);
	return rc != TCL_OK ? rc : hidden_package(p, objc, objv);
}

void
interp_open(struct parse *p, int time_limit_ms)
{
	running = p;
	Tcl_SetPanicProc(on_panic);
	Tcl_FindExecutable("wm-parse");
	p->master = Tcl_CreateInterp();
	p->interp = Tcl_CreateSlave(p->master, "wm", 1);
	if (p->interp == NULL)
		die("could not make a Tcl interpreter");
	Tcl_HideCommand(p->interp, "package", "package");
	Tcl_CreateObjCommand(p->interp, "package", on_package, p, NULL);
	Tcl_CreateObjCommand(p->interp, "require", on_require, p, NULL);
	Tcl_CreateObjCommand(p->interp, "source", on_source, p, NULL);
	dialect_commands(p);
	Tcl_SetRecursionLimit(p->interp, 500);
	if (time_limit_ms > 0) {
		set_limit(p, now_ms() + time_limit_ms);
		Tcl_LimitSetGranularity(p->interp, TCL_LIMIT_TIME, 100);
		Tcl_LimitTypeSet(p->interp, TCL_LIMIT_TIME);
	}
}

void
interp_close(struct parse *p)
{
	Tcl_DeleteInterp(p->master);
	vec_clear(&p->sources);
	vec_clear(&p->dirs);
	vec_clear(&p->macro_names);
	vec_clear(&p->late_grants);
	map_clear(&p->by_path);
	map_clear(&p->text_sets);
	map_clear(&p->style_sets);
	vec_clear(&p->listed);
}
