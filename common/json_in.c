#include "json_in.h"

#include <errno.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "map.h"
#include "utf8.h"

#define READ_SIZE ((size_t)64 * 1024)
/* objects with more members than this are checked for duplicates by map */
#define FEW 16

struct reader {
	const char *name;
	const struct json_member *members;
	size_t n_members;
	void *ctx;
	yajl_handle yajl;

	/* position: newlines are counted up to what yajl has consumed */
	const unsigned char *text;	/* the piece that yajl is working on */
	size_t counted;		/* lines up to here, */
	size_t col_counted;	/* columns only up to here */
	int line;
	int col;		/* of the byte at col_counted, from 1 */

	int depth;
	int max_depth;
	bool failed;		/* a message has been printed */
	bool done;		/* the top-level value has ended */
	bool stream;		/* json_read; else json_parse */

	struct arena *mem;	/* trees are built here */
	struct json **stack;	/* open arrays and objects of the tree */
	size_t n_stack;
	size_t cap_stack;
	char *key;		/* of the member that comes next */
	const char *top_key;	/* of the top level's member */
	struct json *root;	/* json_parse: the result */
	const struct json_member *member;	/* json_read: at work, or
						   NULL */
	struct map seen;	/* top-level member names */
	struct arena *seen_mem;
};

static void
count_to(struct reader *r, size_t end)
{
	const unsigned char *nl;

	while (r->counted < end && (nl = memchr(r->text + r->counted, '\n',
	    end - r->counted)) != NULL) {
		r->line++;
		r->col = 1;
		r->counted = r->col_counted = (size_t)(nl + 1 - r->text);
	}
	if (end > r->counted)
		r->counted = end;
}

static void
count_col(struct reader *r)
{
	for (; r->col_counted < r->counted; r->col_counted++)
		r->col += (r->text[r->col_counted] & 0xc0) != 0x80;
}

static int fail_at(struct reader *r, const char *fmt, ...) WM_PRINTF(2, 3);

static int
fail_at(struct reader *r, const char *fmt, ...)
{
	struct loc at;
	char text[256];
	va_list ap;

	count_to(r, yajl_get_bytes_consumed(r->yajl));
	count_col(r);
	at = (struct loc){ r->name, r->line, r->col > 1 ? r->col - 1 : 1 };
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!r->failed)
		diag_error(&at, "%s", text);
	r->failed = true;
	return 0;
}

/* Whether the value that comes now is to be built. */
static bool
building(const struct reader *r)
{
	return !r->stream || r->n_stack > 0 ||
	    (r->member != NULL && r->depth == (r->member->each ? 2 : 1));
}

static bool
duplicate(const struct json *obj)
{
	size_t n = 0;

	for (const struct json *j = obj->first; j != obj->last; j = j->next) {
		/* names mostly differ in their first character */
		if (j->key[0] == obj->last->key[0] &&
		    strcmp(j->key, obj->last->key) == 0)
			return true;
		if (++n > FEW)
			break;
	}
	return false;
}

static const char *
duplicate_many(const struct json *obj)
{
	WM_MAP m = MAP_INIT;
	size_t n = 0;

	for (const struct json *j = obj->first; j != NULL; j = j->next)
		n++;
	if (n <= FEW)
		return NULL;
	for (const struct json *j = obj->first; j != NULL; j = j->next)
		if (map_put(&m, j->key, j) != NULL)
			return j->key;
	return NULL;
}

static int
deliver(struct reader *r, struct json *v)
{
	if (!r->stream) {
		r->root = v;
		return 1;
	}
	if (!r->member->fn(r->ctx, v)) {
		r->failed = true;
		return 0;
	}
	if (!r->member->each)
		r->member = NULL;
	arena_reset(r->mem);
	return 1;
}

static struct json *
add(struct reader *r, enum json_type type)
{
	struct json *v = arena_alloc(r->mem, sizeof(*v)), *up;

	count_to(r, yajl_get_bytes_consumed(r->yajl));
	v->type = type;
	v->line = r->line;
	if (r->n_stack == 0) {
		if (r->stream && !r->member->each)
			v->key = r->top_key;
		return v;
	}
	up = r->stack[r->n_stack - 1];
	if (up->type == JSON_OBJECT) {
		v->key = r->key;
		r->key = NULL;
	}
	if (up->last == NULL)
		up->first = v;
	else
		up->last->next = v;
	up->last = v;
	if (up->type == JSON_OBJECT && duplicate(up)) {
		fail_at(r, "duplicate member \"%s\"", v->key);
		return NULL;
	}
	return v;
}

static int
scalar(struct reader *r, enum json_type type, const void *s, size_t len,
    bool boolean)
{
	struct json *v;

	if (r->stream && r->depth == 0)
		return fail_at(r, "expected a JSON object");
	if (!building(r)) {
		if (r->stream && r->depth == 1 && r->member != NULL)
			return fail_at(r, "member \"%s\" has to be an array",
			    r->member->name);
		return 1;
	}
	if (s != NULL && memchr(s, 0, len) != NULL)
		return fail_at(r, "NUL character in a string");
	if (s != NULL && !utf8_valid(s, len))
		return fail_at(r, "not JSON: a string is not UTF-8");
	v = add(r, type);
	if (v == NULL)
		return 0;
	v->boolean = boolean;
	if (s != NULL) {
		v->str = arena_strndup(r->mem, s, len);
		v->len = len;
	}
	return r->n_stack > 0 ? 1 : deliver(r, v);
}

static int
on_null(void *ctx)
{
	struct reader *r = ctx;

	/* null stands for an array without elements, too */
	if (r->stream && r->depth == 1 && r->member != NULL && r->member->each)
		return 1;
	return scalar(r, JSON_NULL, NULL, 0, false);
}

static int
on_bool(void *ctx, int b)
{
	return scalar(ctx, JSON_BOOL, NULL, 0, b != 0);
}

static int
on_number(void *ctx, const char *s, size_t len)
{
	return scalar(ctx, JSON_NUMBER, s, len, false);
}

static int
on_string(void *ctx, const unsigned char *s, size_t len)
{
	return scalar(ctx, JSON_STRING, s, len, false);
}

static int
open_value(struct reader *r, enum json_type type)
{
	struct json *v;

	if (r->stream && r->depth == 0 && type == JSON_ARRAY)
		return fail_at(r, "expected a JSON object");
	if (r->depth >= r->max_depth)
		return fail_at(r, "nested deeper than %d levels",
		    r->max_depth);
	if (r->stream && r->depth == 1 && r->member != NULL &&
	    r->member->each && type != JSON_ARRAY)
		return fail_at(r, "member \"%s\" has to be an array",
		    r->member->name);
	if (building(r)) {
		v = add(r, type);
		if (v == NULL)
			return 0;
		if (r->n_stack == r->cap_stack) {
			r->cap_stack = r->cap_stack ? r->cap_stack * 2 : 64;
			r->stack = xrealloc(r->stack,
			    r->cap_stack * sizeof(struct json *));
		}
		r->stack[r->n_stack++] = v;
	}
	r->depth++;
	return 1;
}

static int
close_value(struct reader *r)
{
	struct json *v;
	const char *twice;

	r->depth--;
	if (r->depth == 0)
		r->done = true;
	if (r->n_stack == 0)
		return 1;
	v = r->stack[--r->n_stack];
	twice = v->type == JSON_OBJECT ? duplicate_many(v) : NULL;
	if (twice != NULL)
		return fail_at(r, "duplicate member \"%s\"", twice);
	return r->n_stack > 0 ? 1 : deliver(r, v);
}

static int
on_open_object(void *ctx)
{
	return open_value(ctx, JSON_OBJECT);
}

static int
on_open_array(void *ctx)
{
	return open_value(ctx, JSON_ARRAY);
}

static int
on_close(void *ctx)
{
	return close_value(ctx);
}

static int
on_key(void *ctx, const unsigned char *s, size_t len)
{
	struct reader *r = ctx;

	if (memchr(s, 0, len) != NULL)
		return fail_at(r, "NUL character in a name");
	if (!utf8_valid((const char *)s, len))
		return fail_at(r, "not JSON: a name is not UTF-8");
	if (r->n_stack > 0) {
		r->key = arena_strndup(r->mem, (const char *)s, len);
		return 1;
	}
	if (!r->stream || r->depth != 1)
		return 1;	/* inside a value that is skipped */
	r->member = NULL;
	for (size_t i = 0; i < r->n_members && r->member == NULL; i++)
		if (r->members[i].name == NULL ||
		    (strlen(r->members[i].name) == len &&
		    memcmp(r->members[i].name, s, len) == 0))
			r->member = &r->members[i];
	r->top_key = arena_strndup(r->seen_mem, (const char *)s, len);
	if (map_put(&r->seen, r->top_key, r) != NULL)
		return fail_at(r, "duplicate member \"%.*s\"", (int)len,
		    (const char *)s);
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close,
};

/* yajl's own message says "lexical error: invalid char in json text." */
static void
fail_syntax(struct reader *r, const unsigned char *text, size_t len)
{
	static const char *const words[][2] = {
		{ "trailing garbage", "text stands behind the document" },
		{ "after key and value, inside map, I expect ',' or '}'",
		    "',' or '}' is missing" },
		{ "after array element, I expect ',' or ']'",
		    "',' or ']' is missing" },
	};
	unsigned char *msg;
	const char *s;

	if (r->failed)
		return;
	msg = yajl_get_error(r->yajl, 0, text, len);
	s = (const char *)msg;
	if (strncmp(s, "lexical error: ", 15) == 0)
		s += 15;
	else if (strncmp(s, "parse error: ", 13) == 0)
		s += 13;
	for (size_t i = 0; i < WM_LEN(words); i++)
		if (strncmp(s, words[i][0], strlen(words[i][0])) == 0)
			s = words[i][1];
	fail_at(r, "not JSON: %.*s", (int)strcspn(s, ".\n"), s);
	yajl_free_error(r->yajl, msg);
}

static bool
feed(struct reader *r, const void *text, size_t len)
{
	/* blanks to yajl, and to nobody else */
	const void *vt = memchr(text, '\v', len), *ff = memchr(text, '\f', len);
	const char *bad = vt == NULL || (ff != NULL && ff < vt) ? ff : vt;
	size_t good = bad != NULL ? (size_t)(bad - (const char *)text) : len;

	r->text = text;
	r->counted = r->col_counted = 0;
	if (yajl_parse(r->yajl, text, good) != yajl_status_ok) {
		fail_syntax(r, text, good);
		return false;
	}
	count_to(r, bad != NULL ? good + 1 : good);
	count_col(r);
	if (bad != NULL)
		fail_at(r, "not JSON: invalid char in json text");
	return bad == NULL;
}

static bool
finish(struct reader *r, bool any)
{
	struct loc at = { r->name, 0, 0 };

	if (!any) {
		diag_error(NULL, "%s is empty: a JSON document was expected",
		    r->name);
		return false;
	}
	r->text = (const unsigned char *)"";
	r->counted = r->col_counted = 0;
	if (yajl_complete_parse(r->yajl) != yajl_status_ok || !r->done) {
		at.line = r->line;
		at.col = r->col;
		if (!r->failed)
			diag_error(&at, "cut short: the JSON document does "
			    "not end");
		return false;
	}
	return true;
}

static void
reader_init(struct reader *r, const char *name, int depth)
{
	memset(r, 0, sizeof(*r));
	r->name = name;
	r->line = 1;
	r->col = 1;
	r->max_depth = depth;
	r->yajl = yajl_alloc(&callbacks, NULL, r);
	if (r->yajl == NULL)
		die("out of memory");
}

static void
reader_clear(struct reader *r)
{
	yajl_free(r->yajl);
	free(r->stack);
}

bool
json_read(FILE *in, const char *name, const struct json_member *members,
    size_t n, void *ctx)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_CLEANUP(arena_freep) struct arena *seen_mem = arena_new();
	struct loc at = { name, 0, 0 };
	struct reader r;
	char *buf;
	bool ok = true, any = false;
	size_t got;

	reader_init(&r, name, JSON_DEPTH);
	r.stream = true;
	r.members = members;
	r.n_members = n;
	r.ctx = ctx;
	r.mem = mem;
	r.seen_mem = seen_mem;
	buf = xmalloc(READ_SIZE);
	errno = 0;
	while (ok && (got = fread(buf, 1, READ_SIZE, in)) > 0) {
		for (size_t i = 0; !any && i < got; i++)
			any = strchr(" \t\r\n", buf[i]) == NULL;
		ok = feed(&r, buf, got);
	}
	if (ok && (ferror(in) || fault(FAULT_READ))) {
		if (!ferror(in) || errno != ECANCELED)
			diag_failed(&at, "could not read: %s",
			    strerror(ferror(in) ? errno : EIO));
		ok = false;
	}
	ok = ok && finish(&r, any);
	free(buf);
	reader_clear(&r);
	map_clear(&r.seen);
	return ok;
}

struct json *
json_parse(struct arena *a, const char *text, size_t len, const char *name,
    int depth)
{
	struct reader r;
	bool ok;

	reader_init(&r, name, depth);
	r.mem = a;
	ok = feed(&r, text, len);
	/* a number ends where the text does, so only now there is a root */
	r.done = true;
	ok = ok && finish(&r, len > 0) && r.root != NULL;
	reader_clear(&r);
	return ok ? r.root : NULL;
}

const struct json *
json_get(const struct json *obj, const char *key)
{
	if (obj == NULL || obj->type != JSON_OBJECT)
		return NULL;
	for (const struct json *j = obj->first; j != NULL; j = j->next)
		if (strcmp(j->key, key) == 0)
			return j;
	return NULL;
}

const struct json *
json_get2(const struct json *obj, const char *key, const char *key2)
{
	return json_get(json_get(obj, key), key2);
}

const char *
json_str(const struct json *obj, const char *key)
{
	const struct json *j = json_get(obj, key);

	return j != NULL && j->type == JSON_STRING ? j->str : NULL;
}

long
json_int(const struct json *obj, const char *key, long dflt)
{
	const struct json *j = json_get(obj, key);

	return j != NULL && j->type == JSON_NUMBER ? strtol(j->str, NULL, 10) :
	    dflt;
}

bool
json_bool(const struct json *obj, const char *key)
{
	const struct json *j = json_get(obj, key);

	return j != NULL && j->type == JSON_BOOL && j->boolean;
}

const char *
json_type_name(enum json_type t)
{
	static const char *const names[] = { "null", "boolean", "number",
		"string", "array", "object" };

	return names[t];
}

const char *
json_need_str(const struct json *obj, const char *key, const char *name)
{
	const struct json *j = json_get(obj, key);
	struct loc at = { name, j ? j->line : 0, 0 };

	if (j == NULL && obj != NULL)
		at.line = obj->line;
	if (j == NULL)
		diag_error(&at, "a record has no member \"%s\"", key);
	else if (j->type != JSON_STRING)
		diag_error(&at, "member \"%s\" has to be a string, not %s",
		    key, json_type_name(j->type));
	else
		return j->str;
	return NULL;
}

bool
json_strings(const struct json *obj, const char *key, const char *name,
    struct arena *a, struct vec *out)
{
	struct loc at = { name, obj->line, 0 };
	const struct json *j = json_get(obj, key);
	WM_VEC all = VEC_INIT;

	if (j == NULL || j->type == JSON_NULL)
		return true;
	at.line = j->line;
	if (j->type != JSON_ARRAY) {
		diag_error(&at, "member \"%s\" has to be an array, not %s",
		    key, json_type_name(j->type));
		return false;
	}
	for (const struct json *e = j->first; e != NULL; e = e->next) {
		if (e->type != JSON_STRING) {
			at.line = e->line;
			diag_error(&at, "member \"%s\" has to hold strings, "
			    "not %s", key, json_type_name(e->type));
			return false;
		}
		vec_push(&all, arena_strndup(a, e->str, e->len));
	}
	vec_settle(out, a, &all);
	return true;
}
