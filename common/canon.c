#include "canon.h"

void
canon_string(struct sbuf *out, const char *s, size_t len)
{
	static const char from[] = "\"\\\b\t\n\f\r", to[] = "\"\\btnfr";
	size_t done = 0;

	sbuf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *at;

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		sbuf_putn(out, s + done, i - done);
		done = i + 1;
		at = memchr(from, c, sizeof(from) - 1);
		if (at != NULL)
			sbuf_printf(out, "\\%c", to[at - from]);
		else
			sbuf_printf(out, "\\u%04x", c);
	}
	sbuf_putn(out, s + done, len - done);
	sbuf_putc(out, '"');
}

static int
by_key(const void *a, const void *b)
{
	const struct json *x = a, *y = b;

	return strcmp(x->key, y->key);
}

void
canon_sorted(const struct json *obj, struct vec *out)
{
	for (const struct json *j = obj->first; j != NULL; j = j->next)
		vec_push(out, j);
	vec_sort(out, by_key);
}

static void
put_object(struct sbuf *out, const struct json *v)
{
	WM_VEC sorted = VEC_INIT;

	canon_sorted(v, &sorted);
	sbuf_putc(out, '{');
	for (size_t i = 0; i < sorted.n; i++) {
		const struct json *j = sorted.v[i];

		if (i > 0)
			sbuf_putc(out, ',');
		canon_string(out, j->key, strlen(j->key));
		sbuf_putc(out, ':');
		canon_value(out, j);
	}
	sbuf_putc(out, '}');
}

/* Nesting is bounded by JSON_DEPTH. */
void
canon_value(struct sbuf *out, const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		sbuf_puts(out, "null");
		break;
	case JSON_BOOL:
		sbuf_puts(out, v->boolean ? "true" : "false");
		break;
	case JSON_NUMBER:
		sbuf_putn(out, v->str, v->len);
		break;
	case JSON_STRING:
		canon_string(out, v->str, v->len);
		break;
	case JSON_ARRAY:
		sbuf_putc(out, '[');
		for (const struct json *e = v->first; e != NULL; e = e->next) {
			if (e != v->first)
				sbuf_putc(out, ',');
			canon_value(out, e);
		}
		sbuf_putc(out, ']');
		break;
	case JSON_OBJECT:
		put_object(out, v);
		break;
	}
}
