#include "jsonb.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"

/* Larger exponents are no number that a person means. */
#define EXPONENT_MAX 1000

static void
put_string(struct sbuf *b, const char *s, size_t len)
{
	static const char plain[] = "\"\\\b\f\n\r\t", word[] = "\"\\bfnrt";

	sbuf_putc(b, '"');
	for (size_t i = 0; i < len; i++) {
		const char *p = memchr(plain, s[i], sizeof(plain) - 1);

		if (p != NULL) {
			sbuf_putc(b, '\\');
			sbuf_putc(b, word[p - plain]);
		} else if ((unsigned char)s[i] < ' ')
			sbuf_printf(b, "\\u%04x", (unsigned char)s[i]);
		else
			sbuf_putc(b, s[i]);
	}
	sbuf_putc(b, '"');
}

/* As numeric_in reads and numeric_out writes: 1.50e1 is 15.0. */
static const char *
put_number(struct sbuf *b, const char *s)
{
	bool minus = *s == '-', zero;
	const char *whole = s + minus;
	size_t n = strspn(whole, "0123456789");
	const char *part = whole + n + (whole[n] == '.');
	size_t n_part = strspn(part, "0123456789");
	long exp = 0, point, places;
	WM_SBUF digits = SBUF_INIT;

	if (part[n_part] == 'e' || part[n_part] == 'E')
		exp = strtol(part + n_part + 1, NULL, 10);
	if (exp > EXPONENT_MAX || exp < -EXPONENT_MAX)
		return "a number in it is out of range";
	sbuf_putn(&digits, whole, n);
	sbuf_putn(&digits, part, n_part);
	point = (long)n + exp;
	places = (long)n_part > exp ? (long)n_part - exp : 0;
	zero = strspn(digits.s, "0") == digits.len;
	if (minus && !zero)
		sbuf_putc(b, '-');
	s = digits.s;
	n = digits.len;
	/* zeros in front go, but for the one before the point */
	for (; n > 0 && *s == '0' && point > 1; s++, n--)
		point--;
	if (zero)
		point = 1;
	if (point <= 0)
		sbuf_putc(b, '0');
	for (long i = point < 0 ? point : 0; i < point + places; i++) {
		if (i == point)
			sbuf_putc(b, '.');
		if (i >= 0 && i < (long)n)
			sbuf_putc(b, s[i]);
		else
			sbuf_putc(b, '0');
	}
	return NULL;
}

static int
by_key(const void *pa, const void *pb)
{
	const struct json *a = pa, *b = pb;
	size_t na = strlen(a->key), nb = strlen(b->key);

	if (na != nb)
		return na < nb ? -1 : 1;
	return memcmp(a->key, b->key, na);
}

static const char *put(struct sbuf *b, const struct json *j, int depth);

static const char *
put_members(struct sbuf *b, const struct json *j, int depth)
{
	WM_VEC v = VEC_INIT;
	const char *why = NULL;

	if (depth >= JSONB_DEPTH)
		return "it nests too deeply";
	for (const struct json *e = j->first; e != NULL; e = e->next)
		vec_push(&v, e);
	if (j->type == JSON_OBJECT)
		vec_sort(&v, by_key);
	sbuf_putc(b, j->type == JSON_OBJECT ? '{' : '[');
	for (size_t i = 0; i < v.n && why == NULL; i++) {
		const struct json *e = v.v[i];

		if (i > 0)
			sbuf_puts(b, ", ");
		if (e->key != NULL) {
			put_string(b, e->key, strlen(e->key));
			sbuf_puts(b, ": ");
		}
		why = put(b, e, depth + 1);
	}
	sbuf_putc(b, j->type == JSON_OBJECT ? '}' : ']');
	return why;
}

static const char *
put(struct sbuf *b, const struct json *j, int depth)
{
	switch (j->type) {
	case JSON_NULL:
		sbuf_puts(b, "null");
		break;
	case JSON_BOOL:
		sbuf_puts(b, j->boolean ? "true" : "false");
		break;
	case JSON_NUMBER:
		return put_number(b, j->str);
	case JSON_STRING:
		put_string(b, j->str, j->len);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return put_members(b, j, depth);
	}
	return NULL;
}

const char *
jsonb_put(struct sbuf *b, const struct json *j)
{
	return put(b, j, 0);
}

const char *
jsonb_text(struct arena *mem, const char *text, const char *name)
{
	WM_CLEANUP(arena_freep) struct arena *tmp = arena_new();
	WM_SBUF b = SBUF_INIT;
	const struct json *j = json_parse(tmp, text, strlen(text), name,
	    JSON_DEPTH);
	struct loc at = { name, 0, 0 };
	const char *why;

	if (j == NULL)
		return NULL;
	why = jsonb_put(&b, j);
	if (why != NULL) {
		diag_error(&at, "a value cannot be kept: %s", why);
		return NULL;
	}
	return sbuf_take(&b, mem);
}
