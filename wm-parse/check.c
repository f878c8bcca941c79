#include "check.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "parse.h"
#include "sql.h"

/* Something in an object's SQL that the parser did not take. */
struct complaint {
	const struct object *o;
	const char *text;	/* the create or drop text */
	const char *message;
	const char *where;	/* ends the message */
	size_t off;		/* in text, or SIZE_MAX */
};

struct check {
	enum sql_level level;
	const struct parse *parse;
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct vec queue;	/* of const struct object *; under the lock */
	bool closed;		/* under the lock */

	/* the worker's, until it has ended */
	struct arena *mem;	/* complaints */
	struct arena *scratch;
	struct vec complaints;
};

static void
complain(struct check *c, const struct object *o, const char *text,
    const struct sql_error *err, size_t off, const char *where)
{
	struct complaint *k = arena_alloc(c->mem, sizeof(*k));

	k->o = o;
	k->text = text;
	k->message = arena_strdup(c->mem, err->message);
	k->where = where;
	k->off = off;
	vec_push(&c->complaints, k);
}

/* The word in a text, [s, end), whole where it is made of letters; or NULL. */
static const char *
find_word(const char *s, const char *end, const char *word, size_t len)
{
	const char *hit;

	for (; (hit = memmem(s, (size_t)(end - s), word, len)) != NULL;
	    s = hit + 1) {
		if (!isalnum((unsigned char)*word))
			return hit;
		if (!isalnum((unsigned char)hit[-1]) && hit[-1] != '_' &&
		    !isalnum((unsigned char)hit[len]) && hit[len] != '_')
			return hit;
	}
	return NULL;
}

/*
 * Byte of the text at which a function's body has the token that a message
 * names. The line that comes with it is the last one that the PL/pgSQL parser
 * had read as a statement: the token stands there or further down.
 */
static size_t
body_offset(const char *text, const char *body, const struct sql_error *err)
{
	const char *start = strstr(text, body), *end, *line, *quote, *hit;

	if (start == NULL || err->line <= 0)
		return SIZE_MAX;
	end = start + strlen(body);
	line = diag_line(start, err->line);
	if (line == NULL || line > end)
		return SIZE_MAX;
	quote = strstr(err->message, "near \"");
	if (quote != NULL) {
		const char *close = strrchr(quote + 6, '"');
		size_t n = close ? (size_t)(close - quote - 6) : 0;

		hit = n > 0 ? find_word(line, end, quote + 6, n) : NULL;
		if (hit != NULL)
			return (size_t)(hit - text);
	}
	line += strspn(line, " \t\n");
	return line < end ? (size_t)(line - text) : SIZE_MAX;
}

/* Whether the text names a language, in any case and with or without quotes. */
static bool
names_language(const char *text, const char *language)
{
	for (const char *s = text; (s = strcasestr(s, language)) != NULL; s++) {
		const char *word = s;

		while (word > text && strchr(" \t\n'\"", word[-1]) != NULL)
			word--;
		if (word >= text + 8 && word < s &&
		    strncasecmp(word - 8, "language", 8) == 0)
			return true;
	}
	return false;
}

/* Bodies of functions in SQL. */
static void
check_sql_bodies(struct check *c, const struct object *o)
{
	struct arena *mem = c->scratch;
	struct sql_error err;
	struct sql_stmt *st, *inner;
	size_t n, k, off;

	if (!sql_parse(mem, o->create, &st, &n, &err))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *lang, *body;

		if (strcmp(st[i].tag, "CreateFunctionStmt") != 0)
			continue;
		sql_function_body(st[i].node, &lang, &body);
		if (body == NULL || lang == NULL ||
		    strcasecmp(lang, "sql") != 0 ||
		    sql_split(mem, body, &inner, &k, &err))
			continue;
		off = SIZE_MAX;
		if (strstr(o->create, body) != NULL && err.off != SIZE_MAX)
			off = (size_t)(strstr(o->create, body) - o->create) +
			    err.off;
		complain(c, o, o->create, &err, off, " in the function's body");
	}
}

/* Bodies in PL/pgSQL, of functions and DO. */
static void
check_plpgsql(struct check *c, const struct object *o)
{
	struct arena *mem = c->scratch;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (sql_check_plpgsql(mem, o->create, NULL, &err))
		return;
	if (!sql_parse(mem, o->create, &st, &n, &(struct sql_error){ 0 }))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		const char *lang, *body;

		sql_function_body(st[i].node, &lang, &body);
		if (body == NULL || sql_check_plpgsql(mem, arena_strndup(mem,
		    o->create + st[i].off, st[i].len), NULL, &err))
			continue;
		complain(c, o, o->create, &err,
		    body_offset(o->create, body, &err), " in PL/pgSQL");
		return;
	}
	complain(c, o, o->create, &err, SIZE_MAX, " in PL/pgSQL");
}

static void
check_object(struct check *c, const struct object *o)
{
	static const struct sql_error none = { "no SQL statement", 0, 0 };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_split(c->scratch, o->create, &st, &n, &err))
		complain(c, o, o->create, &err, err.off, "");
	else if (n == 0)
		complain(c, o, o->create, &none, 0, "");
	else {
		if (names_language(o->create, "plpgsql") ||
		    strncasecmp(o->create + st[0].off, "do", 2) == 0)
			check_plpgsql(c, o);
		if (names_language(o->create, "sql"))
			check_sql_bodies(c, o);
	}
	if (!sql_split(c->scratch, o->drop, &st, &n, &err))
		complain(c, o, o->drop, &err, err.off, " in the drop text");
	arena_reset(c->scratch);
}

static void *
work(void *arg)
{
	struct check *c = arg;

	for (size_t i = 0;; i++) {
		const struct object *o = NULL;

		pthread_mutex_lock(&c->lock);
		while (i >= c->queue.n && !c->closed)
			pthread_cond_wait(&c->more, &c->lock);
		if (i < c->queue.n)
			o = c->queue.v[i];
		pthread_mutex_unlock(&c->lock);
		if (o == NULL)
			return NULL;
		check_object(c, o);
	}
}

struct check *
check_start(enum sql_level level, const struct parse *p)
{
	struct check *c = xmalloc(sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->level = level;
	c->parse = p;
	c->mem = arena_new();
	c->scratch = arena_new();
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	/* failures on order are counted, so all has to happen in one order */
	c->threaded = level != SQL_OFF && !fault_planned() &&
	    pthread_create(&c->thread, NULL, work, c) == 0;
	return c;
}

void
check_add(struct check *c, const struct object *o)
{
	if (c->level == SQL_OFF)
		return;
	if (!c->threaded) {
		check_object(c, o);
		return;
	}
	pthread_mutex_lock(&c->lock);
	vec_push(&c->queue, o);
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->lock);
}

static void
report(const struct check *c, const struct complaint *k)
{
	struct loc at = k->o->loc;
	bool exact = false;
	int line, col;

	if (k->off != SIZE_MAX && k->text == k->o->create)
		at = object_place(k->o, k->off, &exact);
	if (c->level == SQL_WARN)
		diag_warn(&at, "sql", "%s%s", k->message, k->where);
	else
		diag_error(&at, "%s%s", k->message, k->where);
	if (exact || k->off == SIZE_MAX)
		parse_quote(c->parse, &at);
	else {
		byte_to_line_col(k->text, k->off, &line, &col);
		diag_quote(0, diag_line(k->text, line), col);
	}
	if (!exact)
		diag_note(&k->o->loc, "in the SQL of %s \"%s\"",
		    k->o->kind->name, k->o->nam);
}

void
check_finish(struct check *c)
{
	if (c->threaded) {
		pthread_mutex_lock(&c->lock);
		c->closed = true;
		pthread_cond_signal(&c->more);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->thread, NULL);
	}
	for (size_t i = 0; i < c->complaints.n; i++)
		report(c, c->complaints.v[i]);
	pthread_cond_destroy(&c->more);
	pthread_mutex_destroy(&c->lock);
	vec_clear(&c->queue);
	vec_clear(&c->complaints);
	arena_free(c->scratch);
	arena_free(c->mem);
	free(c);
}
