#include "script.h"

#include <ctype.h>

/* What has been seen of the statement that is being read. */
struct state {
	int parens;
	int begins;		/* BEGIN ATOMIC ... END, CASE in it */
	char words[4];		/* first letters of create or replace ... */
	int n_words;
};

static bool
is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind a quoted text that begins at i; the length where it has no end. */
static size_t
skip_quoted(const struct script *s, size_t i, bool *out_open)
{
	char quote = s->text[i];
	bool escapes = quote == '\'' && i > 0 &&
	    (s->text[i - 1] | 0x20) == 'e' &&
	    (i == 1 || !is_word((unsigned char)s->text[i - 2]));

	for (i++; i < s->len; i++) {
		if (escapes && s->text[i] == '\\')
			i++;
		else if (s->text[i] == quote && s->text[i + 1] == quote)
			i++;
		else if (s->text[i] == quote)
			return i + 1;
	}
	*out_open = true;
	return s->len;
}

/* The same for $tag$ ... $tag$; i + 1 where it is none. */
static size_t
skip_dollar(const struct script *s, size_t i, bool *out_open)
{
	size_t tag = i + 1;
	const char *end;

	if (isdigit((unsigned char)s->text[tag]))
		return tag;
	while (s->text[tag] != '$' && is_word((unsigned char)s->text[tag]))
		tag++;
	if (s->text[tag] != '$')
		return i + 1;
	tag++;
	end = memmem(s->text + tag, s->len - tag, s->text + i, tag - i);
	*out_open = end == NULL;
	return end == NULL ? s->len : (size_t)(end - s->text) + tag - i;
}

static size_t
skip_comment(const struct script *s, size_t i, bool *out_open)
{
	int depth = 1;

	for (i += 2; i < s->len; i++) {
		if (s->text[i] == '/' && s->text[i + 1] == '*') {
			depth++;
			i++;
		} else if (s->text[i] == '*' && s->text[i + 1] == '/') {
			i++;
			if (--depth == 0)
				return i + 1;
		}
	}
	*out_open = true;
	return s->len;
}

static size_t
line_end(const struct script *s, size_t i)
{
	const char *nl = memchr(s->text + i, '\n', s->len - i);

	return nl != NULL ? (size_t)(nl - s->text) : s->len;
}

/*
 * A command of psql's ends where its line does, or at two backslashes; but for
 * those that take all of the line.
 */
static size_t
command_end(const struct script *s, size_t i)
{
	size_t end = line_end(s, i);
	char quote = '\0';

	if (s->text[i + 1] == '!' || strncmp(s->text + i, "\\copy", 5) == 0)
		return end;
	for (; i < end; i++) {
		char c = s->text[i];

		if (quote == '\0' && c == '\\' && s->text[i + 1] == '\\')
			return i;
		if (quote == '\0' && (c == '\'' || c == '"' || c == '`'))
			quote = c;
		else if (c == quote)
			quote = '\0';
	}
	return end;
}

static bool
word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(s, word, len) == 0;
}

/* Bodies that are no strings have ';' inside: CREATE FUNCTION BEGIN ATOMIC. */
static void
see_word(struct state *st, const char *s, size_t len)
{
	static const char *const heads[] = { "create", "or", "replace",
		"function", "procedure" };
	const char *w = st->words;
	size_t n = 0;

	if (st->n_words < 4) {
		for (size_t i = 0; i < WM_LEN(heads); i++)
			if (word_is(s, len, heads[i]))
				st->words[st->n_words] = heads[i][0];
		st->n_words++;
	}
	if (w[0] != 'c' || st->parens > 0)
		return;
	n = w[1] == 'o' && w[2] == 'r' ? 3 : 1;
	if (w[n] != 'f' && w[n] != 'p')
		return;
	if (word_is(s, len, "begin"))
		st->begins++;
	else if (word_is(s, len, "case") && st->begins > 0)
		st->begins++;
	else if (word_is(s, len, "end") && st->begins > 0)
		st->begins--;
}

static void
finish(const struct script *s, struct script_part *out, size_t from,
    size_t end)
{
	while (end > from && is_space(s->text[end - 1]))
		end--;
	out->kind = SCRIPT_STATEMENT;
	out->off = from;
	out->len = end - from;
}

static void
open_at(struct script *s, struct script_part *out, const char *what,
    size_t where)
{
	out->kind = SCRIPT_OPEN;
	out->what = what;
	out->open = where;
	s->at = s->len;
}

/* A statement that begins at s->at. */
static void
read_statement(struct script *s, struct script_part *out)
{
	struct state st = { .parens = 0 };
	size_t from = s->at, i = from;

	while (i < s->len) {
		char c = s->text[i];
		size_t start = i;
		bool open = false;

		if (c == '\'' || c == '"')
			i = skip_quoted(s, i, &open);
		else if (c == '$')
			i = skip_dollar(s, i, &open);
		else if (c == '-' && s->text[i + 1] == '-')
			i = line_end(s, i);
		else if (c == '/' && s->text[i + 1] == '*')
			i = skip_comment(s, i, &open);
		else if (is_word((unsigned char)c)) {
			while (i < s->len && is_word((unsigned char)s->text[i]))
				i++;
			see_word(&st, s->text + start, i - start);
		} else if (c == '\\' || (c == ';' && st.parens <= 0 &&
		    st.begins == 0)) {
			size_t end = c == ';' ? 1 : s->text[i + 1] == ';' ? 2 :
			    0;

			finish(s, out, from, i);
			out->ended = end > 0 || s->text[i + 1] == 'g';
			s->at = i + end;
			return;
		} else {
			st.parens += c == '(' ? 1 : c == ')' ? -1 : 0;
			i++;
		}
		if (open) {
			open_at(s, out, c == '\'' ? "string" : c == '"' ?
			    "quoted name" : c == '$' ? "dollar-quoted string" :
			    "comment", start);
			return;
		}
	}
	finish(s, out, from, s->len);
	s->at = s->len;
}

void
script_next(struct script *s, struct script_part *out)
{
	memset(out, 0, sizeof(*out));
	while (s->at < s->len) {
		const char *t = s->text + s->at;
		size_t start = s->at;
		bool open = false;

		if (is_space(*t) || *t == ';')
			s->at++;
		else if (*t == '/' && t[1] == '*') {
			s->at = skip_comment(s, s->at, &open);
			if (open) {
				open_at(s, out, "comment", start);
				return;
			}
		} else if (*t == '\\' || (*t == '-' && t[1] == '-')) {
			s->at = *t == '\\' ? command_end(s, s->at) :
			    line_end(s, s->at);
			out->kind = *t == '\\' ? SCRIPT_META : SCRIPT_COMMENT;
			out->off = start + (*t == '-' ? 2 : 0);
			out->len = s->at - out->off;
			if (strncmp(s->text + s->at, "\\\\", 2) == 0)
				s->at += 2;
			return;
		} else {
			read_statement(s, out);
			return;
		}
	}
	out->kind = SCRIPT_END;
}

bool
script_skip_data(struct script *s, size_t *out_lines)
{
	size_t i = line_end(s, s->at);

	*out_lines = 0;
	while (i < s->len) {
		size_t end = line_end(s, ++i);

		if (end - i == 2 && s->text[i] == '\\' &&
		    s->text[i + 1] == '.') {
			s->at = end;
			return true;
		}
		if (i < s->len)
			++*out_lines;
		i = end;
	}
	s->at = s->len;
	return false;
}
