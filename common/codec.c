#include "codec.h"

#include <stdlib.h>
#include <zlib.h>

#include "arena.h"
#include "diag.h"
#include "utf8.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct sbuf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	char *to = sbuf_room(out, (len + 2) / 3 * 4), *q = to;

	for (; len >= 3; p += 3, len -= 3) {
		*q++ = digits[p[0] >> 2];
		*q++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
		*q++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
		*q++ = digits[p[2] & 63];
	}
	if (len > 0) {
		*q++ = digits[p[0] >> 2];
		*q++ = digits[(p[0] & 3) << 4 | (len > 1 ? p[1] >> 4 : 0)];
		*q++ = len > 1 ? digits[(p[1] & 15) << 2] : '=';
		*q++ = '=';
	}
	*q = '\0';
	out->len += (size_t)(q - to);
}

/* Value of each digit; 64 for what is none. */
static const unsigned char *
values(void)
{
	static unsigned char table[256];

	if (table['B'] == 1)
		return table;
	memset(table, 64, sizeof(table));
	for (size_t i = 0; i < 64; i++)
		table[(unsigned char)digits[i]] = (unsigned char)i;
	return table;
}

bool
base64_get(struct sbuf *out, const char *s, size_t len)
{
	const unsigned char *val = values();
	unsigned char *q;
	size_t pad = 0;

	if (len % 4 != 0)
		return false;
	if (len > 0 && s[len - 1] == '=')
		pad = s[len - 2] == '=' ? 2 : 1;
	q = (unsigned char *)sbuf_room(out, len / 4 * 3);
	for (size_t i = 0; i < len; i += 4, q += 3) {
		size_t cut = i + 4 < len ? 0 : pad;
		unsigned char v[4];

		for (size_t k = 0; k < 4; k++) {
			v[k] = k < 4 - cut ? val[(unsigned char)s[i + k]] : 0;
			if (v[k] == 64)
				return false;
		}
		q[0] = (unsigned char)(v[0] << 2 | v[1] >> 4);
		q[1] = (unsigned char)(v[1] << 4 | v[2] >> 2);
		q[2] = (unsigned char)(v[2] << 6 | v[3]);
		/* bits that no byte takes have to be 0: one form for each */
		if ((cut == 1 && q[2] != 0) || (cut == 2 && q[1] != 0))
			return false;
	}
	out->len += len / 4 * 3 - pad;
	out->s[out->len] = '\0';
	return true;
}

void
codec_init(struct codec *c, bool compress, long long max_size)
{
	memset(c, 0, sizeof(*c));
	c->compress = compress;
	c->left = max_size > 0 ? max_size : CODEC_MAX;
}

void
codec_clear(struct codec *c)
{
	if (c->in != NULL)
		inflateEnd(c->in);
	if (c->out != NULL)
		deflateEnd(c->out);
	free(c->in);
	free(c->out);
	sbuf_clear(&c->raw);
	memset(c, 0, sizeof(*c));
}

static z_stream *
stream(void)
{
	z_stream *z = xmalloc(sizeof(*z));

	memset(z, 0, sizeof(*z));
	return z;
}

static void
deflate_text(struct codec *c, const char *text, size_t len)
{
	size_t bound;

	/* one stream for all: making one costs more than a small text */
	if (c->out == NULL) {
		c->out = stream();
		if (deflateInit(c->out, Z_DEFAULT_COMPRESSION) != Z_OK)
			die("could not start zlib");
	} else if (deflateReset(c->out) != Z_OK)
		die("could not start zlib");
	if (len > UINT32_MAX / 2)
		die("a text of %zu bytes is too long to be compressed", len);
	bound = deflateBound(c->out, len);
	sbuf_reset(&c->raw);
	c->out->next_out = (Bytef *)sbuf_room(&c->raw, bound);
	c->out->next_in = (Bytef *)(uintptr_t)text;
	c->out->avail_in = (uInt)len;
	c->out->avail_out = (uInt)bound;
	if (deflate(c->out, Z_FINISH) != Z_STREAM_END)
		die("could not compress a text");
	c->raw.len = bound - c->out->avail_out;
}

void
codec_encode(struct codec *c, const char *text, struct sbuf *out)
{
	size_t len = strlen(text);

	if (!c->compress) {
		base64_put(out, text, len);
		return;
	}
	deflate_text(c, text, len);
	base64_put(out, c->raw.s, c->raw.len);
}

/* What stands in raw is a zlib stream: its text, bounded. */
static bool
inflate_raw(struct codec *c, struct sbuf *out)
{
	char piece[16384];
	int rc = Z_OK;

	if (c->in == NULL) {
		c->in = stream();
		if (inflateInit(c->in) != Z_OK)
			die("could not start zlib");
	} else if (inflateReset(c->in) != Z_OK)
		die("could not start zlib");
	c->in->next_in = (Bytef *)c->raw.s;
	c->in->avail_in = (uInt)c->raw.len;
	c->error = "its compressed data are damaged";
	if (c->raw.len > UINT32_MAX / 2)
		return false;
	while (rc == Z_OK) {
		size_t n;

		c->in->next_out = (Bytef *)piece;
		c->in->avail_out = sizeof(piece);
		rc = inflate(c->in, Z_NO_FLUSH);
		n = sizeof(piece) - c->in->avail_out;
		if ((long long)(out->len + n) > c->left) {
			c->error = "it is larger than allowed when unpacked";
			return false;
		}
		sbuf_putn(out, piece, n);
	}
	if (rc == Z_BUF_ERROR)
		c->error = "its compressed data are cut short";
	else if (rc == Z_STREAM_END && c->in->avail_in > 0)
		c->error = "something stands behind its compressed data";
	return rc == Z_STREAM_END && c->in->avail_in == 0;
}

static const char *
decode(struct codec *c, const char *s, size_t len, bool compress,
    bool either, struct arena *mem)
{
	WM_SBUF plain = SBUF_INIT;
	struct sbuf *text = &c->raw;

	/* an absent one is written as "", by whom ever */
	if (len == 0)
		return "";
	sbuf_reset(&c->raw);
	c->error = "it is not base64";
	if (!base64_get(&c->raw, s, len))
		return NULL;
	/* how zlib's streams begin; no UTF-8 has 0x9c behind an 'x' */
	if (either)
		compress = c->raw.len > 2 && c->raw.s[0] == 'x' &&
		    (unsigned char)c->raw.s[1] == 0x9c;
	if (compress) {
		text = &plain;
		if (!inflate_raw(c, &plain))
			return NULL;
	}
	c->error = "it is larger than allowed when unpacked";
	if ((long long)text->len > c->left)
		return NULL;
	c->error = "it is not UTF-8";
	if (text->len > 0 && !utf8_valid(text->s, text->len))
		return NULL;
	c->error = "it holds a NUL character";
	if (text->len > 0 && memchr(text->s, 0, text->len) != NULL)
		return NULL;
	c->left -= (long long)text->len;
	return arena_strndup(mem, sbuf_str(text), text->len);
}

const char *
codec_decode(struct codec *c, const char *s, size_t len, struct arena *mem)
{
	return decode(c, s, len, c->compress, false, mem);
}

const char *
codec_decode_either(struct codec *c, const char *s, size_t len,
    struct arena *mem)
{
	return decode(c, s, len, false, true, mem);
}
