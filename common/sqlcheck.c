#include "sqlcheck.h"

#include <ctype.h>

#include "arena.h"
#include "diag.h"
#include "sql.h"

/* The text at work, and where what is found goes. */
struct look {
	struct arena *mem;
	struct arena *scratch;
	const char *text;
	struct vec *out;
};

static void
complain(struct look *l, const struct sql_error *err, size_t off,
    const char *where)
{
	struct sql_fault *f = arena_alloc(l->mem, sizeof(*f));

	f->message = arena_strdup(l->mem, err->message);
	f->where = where;
	f->off = off;
	vec_push(l->out, f);
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
check_sql_bodies(struct look *l)
{
	struct sql_error err;
	struct sql_stmt *st, *inner;
	size_t n, k, off;

	if (!sql_parse(l->scratch, l->text, &st, &n, &err))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *lang, *body;

		if (strcmp(st[i].tag, "CreateFunctionStmt") != 0)
			continue;
		sql_function_body(st[i].node, &lang, &body);
		if (lang == NULL || strcasecmp(lang, "sql") != 0)
			continue;
		if (body == NULL && json_get(st[i].node, "sql_body") == NULL) {
			err.message = "no function body specified";
			complain(l, &err, st[i].off, "");
		}
		if (body == NULL ||
		    sql_split(l->scratch, body, &inner, &k, &err))
			continue;
		off = SIZE_MAX;
		if (strstr(l->text, body) != NULL && err.off != SIZE_MAX)
			off = (size_t)(strstr(l->text, body) - l->text) +
			    err.off;
		complain(l, &err, off, " in the function's body");
	}
}

/* Bodies in PL/pgSQL, of functions and DO. */
static void
check_plpgsql(struct look *l)
{
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (sql_check_plpgsql(l->scratch, l->text, NULL, &err))
		return;
	if (!sql_parse(l->scratch, l->text, &st, &n, &(struct sql_error){ 0 }))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		const char *lang, *body;

		if (sql_check_plpgsql(l->scratch, arena_strndup(l->scratch,
		    l->text + st[i].off, st[i].len), NULL, &err))
			continue;
		sql_function_body(st[i].node, &lang, &body);
		if (body == NULL)
			complain(l, &err, st[i].off, "");
		else
			complain(l, &err, body_offset(l->text, body, &err),
			    " in PL/pgSQL");
		return;
	}
	if (n == 0)
		complain(l, &err, SIZE_MAX, " in PL/pgSQL");
}

size_t
sqlcheck(struct arena *mem, struct arena *scratch, const char *text,
    bool bodies, struct vec *out)
{
	struct look l = { mem, scratch, text, out };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_split(scratch, text, &st, &n, &err)) {
		complain(&l, &err, err.off, "");
		return 0;
	}
	if (n == 0 || !bodies)
		return n;
	if (names_language(text, "plpgsql") ||
	    strncasecmp(text + st[0].off, "do", 2) == 0)
		check_plpgsql(&l);
	if (names_language(text, "sql"))
		check_sql_bodies(&l);
	return n;
}
