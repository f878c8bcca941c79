#include "blame.h"

#include <stdarg.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "sql.h"

/* Lines of context that a message shows. */
#define CONTEXT_MAX 5

/* Where a message belongs: a byte of a step's SQL. */
struct spot {
	const struct plan_step *s;
	size_t off;
	bool line_only;		/* the column is not known */
	bool apart;		/* the inner query stands elsewhere */
};

static const char *
field(struct arena *mem, const PGresult *r, int code)
{
	return arena_strdup(mem, PQresultErrorField(r, code));
}

static size_t
number(const PGresult *r, int code)
{
	const char *s = PQresultErrorField(r, code);

	return s ? strtoul(s, NULL, 10) : 0;
}

struct server_msg *
server_msg_take(struct arena *mem, const PGresult *r)
{
	struct server_msg *m = arena_alloc(mem, sizeof(*m));
	const char *text = PQresultErrorMessage(r);

	m->severity = field(mem, r, PG_DIAG_SEVERITY_NONLOCALIZED);
	m->state = field(mem, r, PG_DIAG_SQLSTATE);
	m->message = field(mem, r, PG_DIAG_MESSAGE_PRIMARY);
	m->detail = field(mem, r, PG_DIAG_MESSAGE_DETAIL);
	m->hint = field(mem, r, PG_DIAG_MESSAGE_HINT);
	m->context = field(mem, r, PG_DIAG_CONTEXT);
	m->schema = field(mem, r, PG_DIAG_SCHEMA_NAME);
	m->pos = number(r, PG_DIAG_STATEMENT_POSITION);
	m->query = field(mem, r, PG_DIAG_INTERNAL_QUERY);
	m->query_pos = number(r, PG_DIAG_INTERNAL_POSITION);
	/* what libpq itself says has no fields */
	if (m->message == NULL)
		m->message = arena_strndup(mem, text, strcspn(text, "\n"));
	if (m->state == NULL)
		m->state = "";
	return m;
}

static struct loc
place(const struct plan_step *s, size_t off, bool *out_exact)
{
	const struct object o = { .create = s->sql, .loc = s->loc,
		.spans = s->spans, .n_spans = s->n_spans };

	return object_place(&o, off, out_exact);
}

struct loc
blame_loc(const struct plan_step *s, size_t off)
{
	bool exact;

	return place(s, off, &exact);
}

static void
quote(const struct plan_step *s, size_t off, bool mark)
{
	bool exact;
	struct loc at = place(s, off, &exact);
	size_t begin = off;
	int col = 1;

	while (begin > 0 && s->sql[begin - 1] != '\n')
		begin--;
	for (size_t i = begin; i < off; i++)
		if (((unsigned char)s->sql[i] & 0xc0) != 0x80)
			col++;
	/* the line's number only where the line is the same */
	diag_quote(exact && at.col == col ? at.line : 0, s->sql + begin,
	    mark ? col : 0);
}

void
blame_quote(const struct plan_step *s, size_t off)
{
	quote(s, off, true);
}

void
blame_step(const struct plan *p, size_t step)
{
	const struct plan_step *s = p->steps.v[step];

	if (s->obj_typ != NULL && s->obj_nam != NULL)
		diag_note(NULL, "in step %zu of %zu: %s %s \"%s\"", step + 1,
		    p->steps.n, plan_action_name(s->action), s->obj_typ,
		    s->obj_nam);
	else
		diag_note(NULL, "in step %zu of %zu: %s", step + 1,
		    p->steps.n, plan_action_name(s->action));
}

/* The longest string of a text: in CREATE FUNCTION and DO, the body. */
static bool
find_body(const char *sql, size_t *out_begin, size_t *out_end)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct sql_token *tokens;
	size_t n, longest = 0;

	if (!sql_scan(mem, sql, &tokens, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *t = sql + tokens[i].off;
		size_t len = tokens[i].len, tag;

		if (len <= longest || len < 2 || t[len - 1] != t[0])
			continue;
		if (t[0] == '\'')
			tag = 1;
		else if (t[0] == '$')
			tag = strcspn(t + 1, "$") + 2;
		else
			continue;
		longest = len;
		*out_begin = tokens[i].off + tag;
		*out_end = tokens[i].off + len - tag;
	}
	return longest > 0;
}

/* Byte at which a line of the function's body begins, blanks left out. */
static bool
body_line(const char *sql, long line, size_t *out_off)
{
	size_t begin, end;

	if (!find_body(sql, &begin, &end))
		return false;
	for (; line > 1; line--) {
		while (begin < end && sql[begin] != '\n')
			begin++;
		if (begin >= end)
			return false;
		begin++;
	}
	while (begin < end && (sql[begin] == ' ' || sql[begin] == '\t'))
		begin++;
	*out_off = begin;
	return true;
}

/* A function in a line of context: what is called what, and its line. */
struct frame {
	const char *name;	/* not terminated */
	size_t len;
	long line;		/* of the body, from 1; 0: unknown */
	bool here;		/* an inline block: the step's own text */
};

/*
 * The forms are
 *	PL/pgSQL function app.f(integer) line 3 at RAISE
 *	compilation of PL/pgSQL function "f" near line 3
 *	PL/pgSQL function inline_code_block line 1 at SQL statement
 */
static bool
read_frame(const char *text, size_t len, struct frame *out)
{
	const char *f = memmem(text, len, "function ", 9), *n;
	const char *end = text + len;

	if (f == NULL)
		return false;
	memset(out, 0, sizeof(*out));
	f += 9;
	out->name = f;
	if (f < end && *f == '"' && memchr(f + 1, '"', (size_t)(end - f - 1)))
		out->name = ++f;
	while (f < end && strchr("\"( ", *f) == NULL)
		f++;
	out->len = (size_t)(f - out->name);
	out->here = out->len == 17 &&
	    strncmp(out->name, "inline_code_block", 17) == 0;
	n = memmem(f, (size_t)(end - f), " line ", 6);
	out->line = n ? strtol(n + 6, NULL, 10) : 0;
	return true;
}

/* Whether a step makes the function, its schema and arguments apart. */
static bool
makes(const struct plan_step *s, const struct frame *f)
{
	size_t len;

	if (s->obj_typ == NULL || s->obj_nam == NULL ||
	    strcmp(s->obj_typ, "function") != 0 ||
	    (s->action != PLAN_CREATE && s->action != PLAN_REPLACE &&
	    s->action != PLAN_REBUILD))
		return false;
	len = strcspn(s->obj_nam, "(");
	while (len > 0 && s->obj_nam[len - 1] == ' ')
		len--;
	if (len == f->len)
		return strncmp(s->obj_nam, f->name, len) == 0;
	/* the server leaves out a schema that is in the search path */
	return len > f->len && s->obj_nam[len - f->len - 1] == '.' &&
	    strncmp(s->obj_nam + len - f->len, f->name, f->len) == 0;
}

/*
 * The place of an inner query in a step: from the line on that the frame
 * tells, or anywhere.
 */
static bool
find_query(const struct plan_step *s, const struct server_msg *m,
    const struct frame *f, struct spot *out)
{
	size_t from = 0;
	const char *at;

	if (f != NULL && f->line > 0 && !body_line(s->sql, f->line, &from))
		from = 0;
	at = strstr(s->sql + from, m->query);
	if (at == NULL)
		return false;
	out->s = s;
	out->off = (size_t)(at - s->sql) +
	    char_to_byte(m->query, m->query_pos ? m->query_pos - 1 : 0);
	return true;
}

/* The step that a frame speaks of; the last one before or at the step. */
static const struct plan_step *
frame_step(const struct plan *p, size_t step, const struct frame *f)
{
	const struct plan_step *found = NULL;

	if (f->here)
		return p->steps.v[step];
	for (size_t i = 0; i <= step; i++)
		if (makes(p->steps.v[i], f)) {
			if (found != NULL && strcmp(found->obj_nam,
			    ((struct plan_step *)p->steps.v[i])->obj_nam) != 0)
				return NULL;	/* one name, two functions */
			found = p->steps.v[i];
		}
	return found;
}

/* Look for the place through the functions that the context names. */
static bool
find_in_frames(const struct plan *p, size_t step, const struct server_msg *m,
    struct spot *out)
{
	const char *line = m->context;
	bool innermost = true;

	for (; line != NULL && *line != '\0';) {
		size_t len = strcspn(line, "\n");
		const struct plan_step *s;
		struct frame f;

		if (read_frame(line, len, &f) &&
		    (s = frame_step(p, step, &f)) != NULL) {
			if (innermost && m->query != NULL &&
			    find_query(s, m, &f, out))
				return true;
			if (f.line > 0 && body_line(s->sql, f.line,
			    &out->off)) {
				out->s = s;
				out->line_only = true;
				out->apart = m->query != NULL;
				return true;
			}
		}
		innermost = innermost && memmem(line, len, "function ", 9) ==
		    NULL;
		line += len;
		line += *line == '\n';
	}
	return false;
}

static bool
same_object(const struct plan_step *a, const struct plan_step *b)
{
	return a->obj_typ != NULL && b->obj_typ != NULL &&
	    a->obj_nam != NULL && b->obj_nam != NULL &&
	    strcmp(a->obj_typ, b->obj_typ) == 0 &&
	    strcmp(a->obj_nam, b->obj_nam) == 0;
}

/* Byte at which a statement's first word stands, comments left out. */
static size_t
first_word(const char *sql, size_t off)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct sql_token *tokens;
	size_t n;

	if (sql_scan(mem, sql + off, &tokens, &n) && n > 0)
		return off + tokens[0].off;
	return off;
}

static struct spot
find_spot(const struct plan *p, size_t step, size_t off,
    const struct server_msg *m)
{
	const struct plan_step *s = p->steps.v[step];
	struct spot at = { .s = s, .off = off };

	if (m->pos > 0 && m->query == NULL) {
		at.off = off + char_to_byte(s->sql + off, m->pos - 1);
		return at;
	}
	/* a body that a validator looks at is the whole inner query */
	if (m->query != NULL && strchr(m->query, '\n') != NULL) {
		for (size_t i = step + 1; i-- > 0;) {
			const struct plan_step *o = p->steps.v[i];

			if ((i == step || same_object(o, s)) &&
			    find_query(o, m, NULL, &at))
				return at;
		}
	}
	if (find_in_frames(p, step, m, &at))
		return at;
	if (m->query != NULL) {
		for (size_t i = step + 1; i-- > 0;) {
			const struct plan_step *o = p->steps.v[i];

			if ((i == step || same_object(o, s)) &&
			    find_query(o, m, NULL, &at))
				return at;
		}
	}
	at.off = first_word(s->sql, off);
	at.apart = m->query != NULL;
	return at;
}

static void
say(enum blame_as as, const struct loc *at, const char *message)
{
	switch (as) {
	case BLAME_ERROR:
		diag_error(at, "%s", message);
		break;
	case BLAME_REFUSAL:
		diag_refuse(at, "%s", message);
		break;
	case BLAME_WARNING:
		diag_warn(at, NULL, "%s", message);
		break;
	}
}

static void
notes(const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");

		diag_note(NULL, "%.*s", (int)len, text);
		text += len;
		text += *text == '\n';
	}
}

/* The lines of the context that tell functions, innermost first. */
static void
frames(const char *text)
{
	int n = 0;

	while (text != NULL && *text != '\0' && n < CONTEXT_MAX) {
		size_t len = strcspn(text, "\n");
		struct frame f;

		if (read_frame(text, len, &f)) {
			diag_note(NULL, "%.*s", (int)len, text);
			n++;
		}
		text += len;
		text += *text == '\n';
	}
}

static void
rest(const struct server_msg *m)
{
	notes(m->detail);
	frames(m->context);
}

/* An inner query whose text stands nowhere in the plan. */
static void
quote_query(const struct server_msg *m)
{
	size_t off = char_to_byte(m->query,
	    m->query_pos ? m->query_pos - 1 : 0);
	const struct plan_step inner = { .sql = m->query };

	diag_note(NULL, "in the query");
	quote(&inner, off, m->query_pos > 0);
}

/* Whether a step has the server read a function's body. */
static bool
reads_body(const struct plan_step *s)
{
	return s->action == PLAN_CHECK && strstr(s->sql, "_validator(") &&
	    strncmp(s->sql, "select pg_catalog.", 18) == 0;
}

/* Whether something is not there: another search_path may lead to it. */
static bool
is_undefined(const struct server_msg *m)
{
	/* table, function, object, schema */
	static const char *const states[] = { "42P01", "42883", "42704",
		"3F000" };

	for (size_t i = 0; i < WM_LEN(states); i++)
		if (strcmp(states[i], m->state) == 0)
			return true;
	return false;
}

void
blame_server(enum blame_as as, const struct plan *p, size_t step, size_t off,
    const struct server_msg *m)
{
	struct spot spot = find_spot(p, step, off, m);
	struct loc at = blame_loc(spot.s, spot.off);

	if (spot.line_only)
		at.col = 0;
	say(as, &at, m->message);
	quote(spot.s, spot.off, !spot.line_only);
	if (spot.apart)
		quote_query(m);
	rest(m);
	blame_step(p, step);
	if (m->hint != NULL)
		diag_hint("%s", m->hint);
	if (!reads_body(p->steps.v[step]))
		return;
	if (is_undefined(m))
		diag_hint("If the function is called with a search_path of its "
		    "own, give it that: set search_path = ...; or have it "
		    "unread: wm-diff --no-body-check.");
	else if (m->hint == NULL)
		diag_hint("If it is meant to be there as it is: wm-diff "
		    "--no-body-check.");
}

void
blame_plain(enum blame_as as, const struct server_msg *m)
{
	say(as, NULL, m->message);
	rest(m);
	if (m->hint != NULL)
		diag_hint("%s", m->hint);
}

const char *
blame_line(const struct plan *p, size_t step, size_t off,
    const struct server_msg *m)
{
	struct spot spot = find_spot(p, step, off, m);
	struct loc at = blame_loc(spot.s, spot.off);

	if (at.file == NULL)
		return m->message;
	if (at.line == 0)
		return arena_printf(p->mem, "%s: %s", at.file, m->message);
	if (at.col == 0 || spot.line_only)
		return arena_printf(p->mem, "%s:%d: %s", at.file, at.line,
		    m->message);
	return arena_printf(p->mem, "%s:%d:%d: %s", at.file, at.line, at.col,
	    m->message);
}
