#include "document.h"

#include <stdlib.h>

#include "arena.h"
#include "bundle_impl.h"
#include "diag.h"

/* A stream of which a beginning has been read already. */
struct rest {
	FILE *in;
	size_t n;
	size_t done;
	char begin[512];
};

static ssize_t
rest_read(void *cookie, char *buf, size_t size)
{
	struct rest *r = cookie;
	size_t n = r->n - r->done;

	if (n == 0) {
		n = fread(buf, 1, size, r->in);
		return n == 0 && ferror(r->in) ? -1 : (ssize_t)n;
	}
	n = n < size ? n : size;
	memcpy(buf, r->begin + r->done, n);
	r->done += n;
	return (ssize_t)n;
}

static int
rest_close(void *cookie)
{
	free(cookie);
	return 0;
}

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* By the first member that only one of them has. */
static enum document
kind_of(const char *s)
{
	s = skip_blanks(s);
	if (*s == '{')
		s = skip_blanks(s + 1);
	while (*s == '"') {
		size_t len = strcspn(++s, "\"");
		const char *value = s + len;
		bool common;

		if (!bundle_member(s, len, &common))
			break;
		if (!common)
			return DOCUMENT_BUNDLE;
		value = *value == '"' ? skip_blanks(value + 1) : value;
		value = *value == ':' ? skip_blanks(value + 1) : value;
		if (*value != '"')
			break;
		/* only in a bundle it is a text */
		if (strncmp(s, "init", len) == 0)
			return DOCUMENT_BUNDLE;
		s = value + 1 + strcspn(value + 1, "\"");
		s = *s == '"' ? skip_blanks(s + 1) : s;
		s = *s == ',' ? skip_blanks(s + 1) : s;
	}
	return DOCUMENT_LIST;
}

enum document
document_kind(FILE **in)
{
	static const cookie_io_functions_t io = { .read = rest_read,
		.close = rest_close };
	struct rest *r = xmalloc(sizeof(*r));
	enum document kind;
	FILE *f;

	r->in = *in;
	r->done = 0;
	r->n = fread(r->begin, 1, sizeof(r->begin) - 1, *in);
	r->begin[r->n] = '\0';
	kind = kind_of(r->begin);
	f = fopencookie(r, "r", io);
	if (f == NULL)
		die("out of memory");
	*in = f;
	return kind;
}
