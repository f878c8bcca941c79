#include "json_tree.h"

#include "arena.h"

/* Where it stands in a copy of the text, in which strings are ended. */
struct place {
	char *p;
	char c;		/* what stood at p before a number was ended there */
};

static void
step(struct place *at)
{
	at->p++;
	at->c = '\0';
}

/* The character that comes next, blanks aside. */
static char
next(struct place *at)
{
	for (;;) {
		char c = at->c != '\0' ? at->c : *at->p;

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return c;
		step(at);
	}
}

/* A character that an escape stands for; 0: another one, or none. */
static char
escaped(char **p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = **p != '\0' ? strchr(from, **p) : NULL;
	unsigned n;

	if (at != NULL) {
		++*p;
		return to[at - from];
	}
	if (sscanf(*p, "u00%2x", &n) != 1 || n >= 0x80)
		return '\0';
	*p += 5;
	return (char)n;
}

/* The string that begins here, ended and without its escapes. */
static char *
string(struct place *at, size_t *out_len)
{
	char *begin = at->p + 1, *r = begin, *w;

	while (*r != '"' && *r != '\\' && *r != '\0')
		r++;
	for (w = r; *r != '"'; w++) {
		if (*r == '\0')
			return NULL;
		if (*r != '\\') {
			*w = *r++;
			continue;
		}
		r++;
		if ((*w = escaped(&r)) == '\0')
			return NULL;
	}
	*w = '\0';
	*out_len = (size_t)(w - begin);
	at->p = r + 1;
	return begin;
}

static bool
word(struct place *at, const char *w)
{
	size_t n = strlen(w);

	if (strncmp(at->p, w, n) != 0)
		return false;
	at->p += n;
	return true;
}

/* A value that holds no others; false: it is none. */
static bool
scalar(struct place *at, struct json *v)
{
	size_t n = strspn(at->p, "+-.0123456789eE");

	if (*at->p == '"') {
		v->type = JSON_STRING;
		v->str = string(at, &v->len);
		return v->str != NULL;
	}
	if (n == 0) {
		v->boolean = word(at, "true");
		v->type = v->boolean || word(at, "false") ? JSON_BOOL :
		    JSON_NULL;
		return v->type == JSON_BOOL || word(at, "null");
	}
	v->type = JSON_NUMBER;
	v->str = at->p;
	v->len = n;
	at->p += n;
	at->c = *at->p;
	*at->p = '\0';
	return true;
}

/* The name of a member, and its colon. */
static const char *
name(struct place *at)
{
	size_t len;
	char *s = next(at) == '"' ? string(at, &len) : NULL;

	if (s == NULL || next(at) != ':')
		return NULL;
	step(at);
	return s;
}

static struct json *
add(struct arena *mem, struct json *up, const char *key)
{
	struct json *v = arena_alloc(mem, sizeof(*v));

	v->line = 1;
	v->key = key;
	if (up == NULL)
		return v;
	if (up->last == NULL)
		up->first = v;
	else
		up->last->next = v;
	up->last = v;
	return v;
}

/*
 * Go on behind a value: out of what ends there, to where the next one begins.
 *
 * Returns false at the end, and where something else stands.
 */
static bool
go_on(struct place *at, struct vec *open, const char **out_key)
{
	while (open->n > 0) {
		struct json *up = open->v[open->n - 1];
		bool object = up->type == JSON_OBJECT;
		char c = next(at);

		if (c == (object ? '}' : ']')) {
			step(at);
			open->n--;
			continue;
		}
		if (up->first != NULL) {
			if (c != ',')
				return false;
			step(at);
		}
		*out_key = object ? name(at) : NULL;
		(void)next(at);
		return !object || *out_key != NULL;
	}
	return false;
}

struct json *
json_tree(struct arena *a, const char *text, size_t len, size_t depth)
{
	struct place at = { arena_strndup(a, text, len), '\0' };
	WM_VEC open = VEC_INIT;		/* of struct json * */
	struct json *root = NULL, *v;
	const char *key = NULL;

	(void)next(&at);
	do {
		v = add(a, open.n > 0 ? open.v[open.n - 1] : NULL, key);
		root = root ? root : v;
		if (*at.p == '{' || *at.p == '[') {
			v->type = *at.p == '{' ? JSON_OBJECT : JSON_ARRAY;
			step(&at);
			vec_push(&open, v);
			if (open.n > depth)
				return NULL;
		} else if (!scalar(&at, v))
			return NULL;
	} while (go_on(&at, &open, &key));
	return open.n == 0 && next(&at) == '\0' ? root : NULL;
}
