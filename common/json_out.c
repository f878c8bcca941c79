#include "json_out.h"

#include <yajl/yajl_gen.h>

#include "diag.h"
#include "opt.h"

/* What collects before it is handed on. */
#define PIECE ((size_t)32 * 1024)

static void
to_file(void *ctx, const char *s, size_t len)
{
	tool_write(ctx, s, len);
}

void
json_out_stream(struct json_out *o, FILE *f)
{
	o->put = to_file;
	o->ctx = f;
}

void
json_out_clear(struct json_out *o)
{
	sbuf_clear(&o->text);
	if (o->gen != NULL)
		yajl_gen_free(o->gen);
	o->gen = NULL;
}

/* Whether a string stands as it is between quotes: most do, and all keys. */
static bool
plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == '"' || s[i] == '\\')
			return false;
	return true;
}

static void
quote(struct json_out *o, const char *s, size_t len)
{
	const unsigned char *text;
	size_t n;

	if (plain(s, len)) {
		sbuf_putc(&o->text, '"');
		sbuf_putn(&o->text, s, len);
		sbuf_putc(&o->text, '"');
		return;
	}
	/* not yajl_gen_print_callback: setting it leaks yajl's own buffer */
	if (o->gen == NULL)
		o->gen = yajl_gen_alloc(NULL);
	if (o->gen == NULL)
		die("out of memory");
	yajl_gen_string(o->gen, (const unsigned char *)s, len);
	yajl_gen_get_buf(o->gen, &text, &n);
	sbuf_putn(&o->text, (const char *)text, n);
	yajl_gen_clear(o->gen);
	yajl_gen_reset(o->gen, NULL);
}

static void
hand_on(struct json_out *o)
{
	o->put(o->ctx, sbuf_str(&o->text), o->text.len);
	sbuf_reset(&o->text);
}

static void
begin(struct json_out *o, const char *key)
{
	int d = o->depth - 1;

	if (o->put != NULL && o->text.len >= PIECE)
		hand_on(o);
	if (d < 0)
		return;
	if (!o->first[d])
		sbuf_putc(&o->text, ',');
	if (o->lines[d])
		sbuf_putc(&o->text, '\n');
	else if (!o->first[d])
		sbuf_putc(&o->text, ' ');
	o->first[d] = false;
	assert((key != NULL) == (o->close[d] == '}'));
	if (key != NULL) {
		quote(o, key, strlen(key));
		sbuf_puts(&o->text, ": ");
	}
}

void
json_out_open(struct json_out *o, const char *key, char kind, bool lines)
{
	assert(o->depth < JSON_OUT_DEPTH);
	begin(o, key);
	sbuf_putc(&o->text, kind);
	o->close[o->depth] = kind == '{' ? '}' : ']';
	o->first[o->depth] = true;
	o->lines[o->depth] = lines;
	o->depth++;
}

void
json_out_close(struct json_out *o)
{
	int d = --o->depth;

	assert(d >= 0);
	if (o->lines[d] && !o->first[d])
		sbuf_putc(&o->text, '\n');
	sbuf_putc(&o->text, o->close[d]);
}

void
json_out_strn(struct json_out *o, const char *key, const char *s, size_t len)
{
	begin(o, key);
	quote(o, s, len);
}

void
json_out_str(struct json_out *o, const char *key, const char *s)
{
	if (s != NULL) {
		json_out_strn(o, key, s, strlen(s));
		return;
	}
	begin(o, key);
	sbuf_puts(&o->text, "null");
}

void
json_out_int(struct json_out *o, const char *key, long n)
{
	begin(o, key);
	sbuf_printf(&o->text, "%ld", n);
}

void
json_out_double(struct json_out *o, const char *key, double d, int places)
{
	begin(o, key);
	sbuf_printf(&o->text, "%.*f", places, d);
}

void
json_out_bool(struct json_out *o, const char *key, bool b)
{
	begin(o, key);
	sbuf_puts(&o->text, b ? "true" : "false");
}

void
json_out_strings(struct json_out *o, const char *key, const struct vec *v)
{
	json_out_open(o, key, '[', false);
	for (size_t i = 0; i < v->n; i++)
		json_out_str(o, NULL, v->v[i]);
	json_out_close(o);
}

void
json_out_tree(struct json_out *o, const char *key, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		json_out_str(o, key, NULL);
		break;
	case JSON_BOOL:
		json_out_bool(o, key, j->boolean);
		break;
	case JSON_NUMBER:
		begin(o, key);
		sbuf_putn(&o->text, j->str, j->len);
		break;
	case JSON_STRING:
		json_out_strn(o, key, j->str, j->len);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_out_open(o, key, j->type == JSON_ARRAY ? '[' : '{',
		    false);
		for (const struct json *e = j->first; e != NULL; e = e->next)
			json_out_tree(o, e->key, e);
		json_out_close(o);
		break;
	}
}

void
json_out_flush(struct json_out *o, FILE *f)
{
	assert(o->depth == 0);
	sbuf_putc(&o->text, '\n');
	tool_write(f, sbuf_str(&o->text), o->text.len);
	sbuf_reset(&o->text);
}

void
json_out_end(struct json_out *o)
{
	assert(o->depth == 0);
	sbuf_putc(&o->text, '\n');
	if (o->put != NULL)
		hand_on(o);
}
