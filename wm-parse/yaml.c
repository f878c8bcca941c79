#include "yaml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <yaml.h>

#include "diag.h"
#include "style.h"
#include "utf8.h"

/* Digits that tell every double apart. */
#define DOUBLE_DIGITS 17

/* A value with its column; yaml_read makes no others. */
struct node {
	struct json json;	/* first, so that a value is its node */
	int col;
	bool open;		/* its end has not been read */
};

/* A collection that is open, and the key that waits for its value. */
struct level {
	struct node *node;
	const char *key;
};

/* Empty keys in one file that are repaired; see empty_key. */
#define MAX_REPAIRS 200

struct reader {
	const struct parse *p;
	const struct source *src;
	yaml_parser_t yaml;
	struct sbuf text;	/* what libyaml gets */
	yaml_mark_t repairs[MAX_REPAIRS];	/* in the order of the text */
	size_t n_repairs;
	struct level stack[YAML_DEPTH];
	int depth;
	struct map anchors;	/* name to struct node * */
	struct node *root;
	size_t values;		/* that aliases have added */
	size_t bytes;
};

/* What is put in front of an empty key. */
#define REPAIR "? "

/* A column of the file, from 1, of what libyaml has read. */
static int
file_col(const struct reader *r, const yaml_mark_t *mark)
{
	size_t col = mark->column;

	for (size_t i = 0; i < r->n_repairs; i++)
		if (r->repairs[i].line == mark->line &&
		    r->repairs[i].column < mark->column)
			col -= strlen(REPAIR);
	return (int)col + 1;
}

static void
place(const struct reader *r, const yaml_mark_t *mark, struct loc *out)
{
	out->file = r->src->name;
	out->line = (int)mark->line + 1;
	out->col = file_col(r, mark);
}

static bool
fail(const struct reader *r, const yaml_mark_t *mark, const char *fmt, ...)
    WM_PRINTF(3, 4);

static bool
fail(const struct reader *r, const yaml_mark_t *mark, const char *fmt, ...)
{
	struct loc at;
	va_list ap;
	char text[512];

	place(r, mark, &at);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(&at, "%s", text);
	parse_quote(r->p, &at);
	return false;
}

/* Whether the text has a tab at a mark. */
static bool
tab_at(const struct reader *r, const yaml_mark_t *mark)
{
	const char *line = diag_line(r->src->text, (int)mark->line + 1);

	for (size_t i = 0; line != NULL && i < mark->column; i++)
		if (line[i] == '\n' || line[i] == '\0')
			return false;
	return line != NULL && line[mark->column] == '\t';
}

/* What libyaml has to say. */
static bool
report(const struct reader *r)
{
	const yaml_parser_t *y = &r->yaml;
	struct loc begin;

	if (y->error == YAML_MEMORY_ERROR)
		die("out of memory");
	if (tab_at(r, &y->problem_mark)) {
		fail(r, &y->problem_mark, "a tab where YAML wants spaces");
		diag_hint("Indent with spaces; tabs may only stand between "
		    "values of one line.");
		return false;
	}
	fail(r, &y->problem_mark, "this is no YAML: %s", y->problem ?
	    y->problem : "it cannot be read");
	if (y->context != NULL &&
	    y->context_mark.line != y->problem_mark.line) {
		place(r, &y->context_mark, &begin);
		diag_note(&begin, "%s that begins here", y->context);
	}
	return false;
}

static struct node *
new_node(const struct reader *r, const yaml_mark_t *mark, enum json_type type)
{
	struct node *n = arena_alloc(r->p->mem, sizeof(*n));

	n->json.type = type;
	n->json.line = (int)mark->line + 1;
	n->col = file_col(r, mark);
	return n;
}

static void
set_text(struct node *n, enum json_type type, const char *s)
{
	n->json.type = type;
	n->json.str = s;
	n->json.len = strlen(s);
}

static bool
one_of(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

/* The digits of a whole number, without zeros in front; "-" kept. */
static const char *
decimal(struct arena *mem, const char *s)
{
	bool minus = *s == '-';

	s += *s == '-' || *s == '+';
	s += strspn(s, "0");
	if (*s == '\0')
		return "0";
	return minus ? arena_printf(mem, "-%s", s) : s;
}

/* A number in base 16 or 8. */
static bool
based(struct reader *r, const yaml_mark_t *mark, const char *s, int base,
    struct node *out)
{
	unsigned long long n;

	errno = 0;
	n = strtoull(s, NULL, base);
	if (errno != 0)
		return fail(r, mark, "a number is out of range");
	set_text(out, JSON_NUMBER, arena_printf(r->p->mem, "%llu", n));
	return true;
}

/* A number with a point or an exponent: the shortest that means the double. */
static bool
floating(struct reader *r, const yaml_mark_t *mark, const char *s,
    struct node *out)
{
	double d = strtod(s, NULL);
	char text[64];
	int digits = 15;

	if (!isfinite(d))
		return fail(r, mark, "a number is out of range");
	do
		snprintf(text, sizeof(text), "%.*g", digits, d);
	while (strtod(text, NULL) != d && digits++ < DOUBLE_DIGITS);
	set_text(out, JSON_NUMBER, arena_strdup(r->p->mem,
	    d == 0 ? "0" : text));
	return true;
}

/* Whether s is digits of a set, one at least. */
static bool
digits(const char *s, const char *set)
{
	return *s != '\0' && s[strspn(s, set)] == '\0';
}

/* [-+] digits . digits e [-+] digits, with a point or an exponent. */
static bool
is_float(const char *s)
{
	static const char set[] = "0123456789";
	size_t whole, part = 0;
	bool point;

	s += *s == '-' || *s == '+';
	whole = strspn(s, set);
	s += whole;
	point = *s == '.';
	if (point)
		part = strspn(++s, set);
	s += part;
	if (whole + part == 0)
		return false;
	if (*s != 'e' && *s != 'E')
		return *s == '\0' && point;
	s++;
	s += *s == '-' || *s == '+';
	return digits(s, set);
}

/* A plain scalar's type is what it looks like. */
static bool
typed(struct reader *r, const yaml_mark_t *mark, const char *s,
    struct node *out)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const yes[] = { "true", "True", "TRUE" };
	static const char *const no[] = { "false", "False", "FALSE" };
	static const char *const not_json[] = { ".inf", ".Inf", ".INF",
		".nan", ".NaN", ".NAN" };
	const char *unsign = s + (*s == '-' || *s == '+');

	if (one_of(s, nulls, WM_LEN(nulls))) {
		out->json.type = JSON_NULL;
		return true;
	}
	if (one_of(s, yes, WM_LEN(yes)) || one_of(s, no, WM_LEN(no))) {
		out->json.type = JSON_BOOL;
		out->json.boolean = (*s | 0x20) == 't';
		return true;
	}
	if (one_of(unsign, not_json, WM_LEN(not_json)))
		return fail(r, mark, "\"%s\" is a number that JSON does not "
		    "have", s);
	if (digits(unsign, "0123456789")) {
		set_text(out, JSON_NUMBER, decimal(r->p->mem, s));
		return true;
	}
	if (s[0] == '0' && s[1] == 'o' && digits(s + 2, "01234567"))
		return based(r, mark, s + 2, 8, out);
	if (s[0] == '0' && s[1] == 'x' &&
	    digits(s + 2, "0123456789abcdefABCDEF"))
		return based(r, mark, s + 2, 16, out);
	if (is_float(s))
		return floating(r, mark, s, out);
	set_text(out, JSON_STRING, s);
	return true;
}

/* Tags that say what the value looks like anyway, and "a string". */
static bool
tagged(struct reader *r, const yaml_mark_t *mark, const char *tag,
    const char *s, struct node *out)
{
	static const char core[] = "tag:yaml.org,2002:";
	static const char *const types[] = { "null", "bool", "int", "float" };
	enum json_type want[] = { JSON_NULL, JSON_BOOL, JSON_NUMBER,
		JSON_NUMBER };
	const char *type = strncmp(tag, core, strlen(core)) == 0 ?
	    tag + strlen(core) : "";

	if (strcmp(tag, "!") == 0 || strcmp(type, "str") == 0) {
		set_text(out, JSON_STRING, s);
		return true;
	}
	for (size_t i = 0; i < WM_LEN(types); i++) {
		if (strcmp(type, types[i]) != 0)
			continue;
		if (!typed(r, mark, s, out))
			return false;
		return out->json.type == want[i] || fail(r, mark,
		    "\"%s\" is no %s", s, type);
	}
	return fail(r, mark, "unknown tag \"%s\"", tag);
}

static bool
scalar(struct reader *r, const yaml_event_t *e, struct node **out)
{
	const yaml_mark_t *mark = &e->start_mark;
	const char *tag = (const char *)e->data.scalar.tag;
	size_t len = e->data.scalar.length;
	const char *s = arena_strndup(r->p->mem,
	    (const char *)e->data.scalar.value, len);

	*out = new_node(r, mark, JSON_STRING);
	if (strlen(s) != len)
		return fail(r, mark, "a text holds a NUL character");
	if (tag != NULL)
		return tagged(r, mark, tag, s, *out);
	if (e->data.scalar.plain_implicit &&
	    e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return typed(r, mark, s, *out);
	set_text(*out, JSON_STRING, s);
	return true;
}

/* A value as a key: what JSON's texts make of it. */
static const char *
key_text(const struct node *n)
{
	switch (n->json.type) {
	case JSON_NULL:
		return "";
	case JSON_BOOL:
		return n->json.boolean ? "true" : "false";
	default:
		return n->json.str;
	}
}

static bool
add_key(struct reader *r, struct level *l, const struct node *n,
    const yaml_mark_t *mark)
{
	struct loc first;

	if (n->json.type == JSON_ARRAY || n->json.type == JSON_OBJECT)
		return fail(r, mark, "a list or mapping cannot be a key");
	l->key = key_text(n);
	if (n->json.type == JSON_STRING && strcmp(l->key, "<<") == 0) {
		fail(r, mark, "merge keys (\"<<\") are not part of YAML 1.2");
		diag_hint("Write the keys out; an alias can stand for a whole "
		    "value.");
		return false;
	}
	for (const struct json *j = l->node->json.first; j; j = j->next) {
		if (strcmp(j->key, l->key) != 0)
			continue;
		fail(r, mark, "key \"%s\" stands twice in one mapping",
		    l->key);
		first = yaml_place(r->src, j);
		diag_note(&first, "its first value is here");
		return false;
	}
	return true;
}

/* Put a finished or just opened value where it belongs. */
static bool
add(struct reader *r, struct node *n, const yaml_mark_t *mark)
{
	struct level *l = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;

	if (l == NULL) {
		r->root = n;
		return true;
	}
	if (l->node->json.type == JSON_OBJECT && l->key == NULL)
		return add_key(r, l, n, mark);
	json_push(&l->node->json, l->key, &n->json);
	l->key = NULL;
	return true;
}

/* A copy of a value, and of all in it, for an alias. */
static struct node *
copy(struct reader *r, const struct node *from)
{
	struct node *n = arena_alloc(r->p->mem, sizeof(*n));

	n->json.type = from->json.type;
	n->json.boolean = from->json.boolean;
	n->json.str = from->json.str;
	n->json.len = from->json.len;
	n->json.line = from->json.line;
	n->col = from->col;
	r->values++;
	r->bytes += from->json.len;
	for (const struct json *j = from->json.first; j != NULL &&
	    r->values <= YAML_ALIAS_VALUES && r->bytes <= YAML_ALIAS_BYTES;
	    j = j->next) {
		r->bytes += j->key != NULL ? strlen(j->key) : 0;
		json_push(&n->json, j->key,
		    &copy(r, (const struct node *)j)->json);
	}
	return n;
}

static int
height(const struct json *j)
{
	int most = 0;

	if (j->type != JSON_ARRAY && j->type != JSON_OBJECT)
		return 0;
	for (j = j->first; j != NULL; j = j->next) {
		int h = height(j);

		most = h > most ? h : most;
	}
	return most + 1;
}

static bool
alias(struct reader *r, const yaml_event_t *e)
{
	const yaml_mark_t *mark = &e->start_mark;
	const char *name = (const char *)e->data.alias.anchor;
	const struct node *n = map_get(&r->anchors, name);
	struct node *new;

	if (n == NULL)
		return fail(r, mark, "alias \"*%s\" has no anchor before it",
		    name);
	if (n->open)
		return fail(r, mark, "alias \"*%s\" stands inside the value "
		    "that it stands for", name);
	if (r->depth + height(&n->json) > YAML_DEPTH)
		return fail(r, mark, "nested deeper than %d levels",
		    YAML_DEPTH);
	new = copy(r, n);
	if (r->values > YAML_ALIAS_VALUES || r->bytes > YAML_ALIAS_BYTES)
		return fail(r, mark, "aliases stand for more than %d values "
		    "or %d bytes", YAML_ALIAS_VALUES, YAML_ALIAS_BYTES);
	return add(r, new, mark);
}

static bool
begin(struct reader *r, const yaml_event_t *e, enum json_type type,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	static const char *const tags[] = { "!", "tag:yaml.org,2002:seq",
		"tag:yaml.org,2002:map" };
	const yaml_mark_t *mark = &e->start_mark;
	struct node *n = new_node(r, mark, type);

	if (tag != NULL && !one_of((const char *)tag, tags, WM_LEN(tags)))
		return fail(r, mark, "unknown tag \"%s\"",
		    (const char *)tag);
	if (r->depth == YAML_DEPTH)
		return fail(r, mark, "nested deeper than %d levels",
		    YAML_DEPTH);
	if (!add(r, n, mark))
		return false;
	n->open = true;
	if (anchor != NULL)
		map_put(&r->anchors, arena_strdup(r->p->mem,
		    (const char *)anchor), n);
	r->stack[r->depth++] = (struct level){ n, NULL };
	return true;
}

static bool
event(struct reader *r, const yaml_event_t *e)
{
	struct node *n;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->root != NULL)
			return fail(r, &e->start_mark,
			    "a second document begins; one is read");
		return true;
	case YAML_SEQUENCE_START_EVENT:
		return begin(r, e, JSON_ARRAY, e->data.sequence_start.anchor,
		    e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return begin(r, e, JSON_OBJECT, e->data.mapping_start.anchor,
		    e->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->stack[--r->depth].node->open = false;
		return true;
	case YAML_ALIAS_EVENT:
		return alias(r, e);
	case YAML_SCALAR_EVENT:
		if (!scalar(r, e, &n) || !add(r, n, &e->start_mark))
			return false;
		if (e->data.scalar.anchor != NULL)
			map_put(&r->anchors, arena_strdup(r->p->mem,
			    (const char *)e->data.scalar.anchor), n);
		return true;
	default:
		return true;
	}
}

/*
 * libyaml does not read an empty key in a mapping such as {:}, which YAML has
 * and schemas use. Where that is why it stopped, the key is marked as one, and
 * the file read again.
 */
static bool
empty_key(struct reader *r)
{
	const yaml_mark_t *mark = &r->yaml.problem_mark;
	const char *s = diag_line(sbuf_str(&r->text), (int)mark->line + 1);
	WM_SBUF new = SBUF_INIT;
	size_t len, off;

	if (r->yaml.error != YAML_PARSER_ERROR || s == NULL || r->n_repairs ==
	    MAX_REPAIRS)
		return false;
	for (size_t i = 0; i < mark->column && *s != '\0'; i++)
		s += (len = utf8_char(s, strlen(s))) > 0 ? len : 1;
	off = (size_t)(s - sbuf_str(&r->text));
	if (*s != ':' || (off >= strlen(REPAIR) && strncmp(s - strlen(REPAIR),
	    REPAIR, strlen(REPAIR)) == 0))
		return false;
	sbuf_putn(&new, sbuf_str(&r->text), off);
	sbuf_puts(&new, REPAIR);
	sbuf_putn(&new, s, r->text.len - off);
	sbuf_reset(&r->text);
	sbuf_putn(&r->text, sbuf_str(&new), new.len);
	r->repairs[r->n_repairs++] = *mark;
	return true;
}

/* Read the text once; false once a failure is reported, or to be repaired. */
static bool
read_once(struct reader *r, bool *out_again)
{
	bool more = true, ok = true;

	r->depth = 0;
	r->root = NULL;
	r->values = r->bytes = 0;
	*out_again = false;
	if (!yaml_parser_initialize(&r->yaml))
		die("out of memory");
	yaml_parser_set_encoding(&r->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->yaml,
	    (const unsigned char *)sbuf_str(&r->text), r->text.len);
	while (ok && more) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->yaml, &e)) {
			*out_again = empty_key(r);
			ok = !*out_again && report(r);
			break;
		}
		more = e.type != YAML_STREAM_END_EVENT;
		ok = event(r, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&r->yaml);
	map_clear(&r->anchors);
	return ok;
}

const struct json *
yaml_read(const struct parse *p, const struct source *src, const char *text,
    size_t len)
{
	struct reader *r = xmalloc(sizeof(*r));
	const yaml_mark_t top = { 0, 0, 0 };
	const struct json *root = NULL;
	bool again, ok;

	memset(r, 0, sizeof(*r));
	r->p = p;
	r->src = src;
	sbuf_putn(&r->text, text, len);
	do
		ok = read_once(r, &again);
	while (again);
	if (ok)
		root = r->root != NULL ? &r->root->json :
		    &new_node(r, &top, JSON_NULL)->json;
	sbuf_clear(&r->text);
	free(r);
	return root;
}

struct loc
yaml_place(const struct source *src, const struct json *j)
{
	struct loc at = { src->name, j->line, ((const struct node *)j)->col };

	return at;
}

struct json *
yaml_again(struct arena *mem, const struct json *j)
{
	struct node *n = arena_alloc(mem, sizeof(*n));

	*n = *(const struct node *)j;
	n->json.next = NULL;
	n->json.key = NULL;
	return &n->json;
}
