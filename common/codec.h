/*
 * codec.h - texts as bundles and histories hold them: base64, of the text or
 * of its zlib stream.
 */
#ifndef WM_CODEC_H
#define WM_CODEC_H

#include "wm.h"

#include "sbuf.h"

struct arena;

/* What the texts of one document may grow to, in bytes, unless said else. */
#define CODEC_MAX (1LL << 30)

/* Zero-initialise with codec_init, give back with codec_clear. */
struct codec {
	bool compress;
	long long left;		/* bytes that decoding may still give */
	const char *error;	/* why the last decoding failed */
	struct z_stream_s *in, *out;
	struct sbuf raw;
};

/*
 * codec_init - compress says what texts are, and are to be; max_size bounds
 * all that is decoded together, 0 is CODEC_MAX.
 */
void codec_init(struct codec *c, bool compress, long long max_size);

void codec_clear(struct codec *c);

/* codec_encode - append the encoded form of a text. */
void codec_encode(struct codec *c, const char *text, struct sbuf *out);

/*
 * codec_decode - the text that an encoded one stands for.
 *
 * Returns a text in the arena, UTF-8; NULL, silently and with error set, where
 * it is not that: other characters, cut short, too large, not UTF-8.
 */
WM_MUST const char *codec_decode(struct codec *c, const char *s, size_t len,
    struct arena *mem);

/*
 * codec_decode_either - the same, for texts that may be a zlib stream or not:
 * the older Wyseman deflates those of a history's archive.
 */
WM_MUST const char *codec_decode_either(struct codec *c, const char *s,
    size_t len, struct arena *mem);

/* base64_put - append data as base64, padded, without line ends. */
void base64_put(struct sbuf *out, const void *data, size_t len);

/*
 * base64_get - append what base64 stands for.
 *
 * Returns false, silently, where it is not exactly what base64_put writes;
 * nothing is appended then.
 */
WM_MUST bool base64_get(struct sbuf *out, const char *s, size_t len);

#endif
