/*
 * json_out.h - writing JSON: records on one line each, in a fixed order.
 *
 * The text is collected in memory and written by json_out_flush after the
 * last check, so that a failure leaves the output empty; where nothing can fail
 * any more, or what was written can be taken back, a large document goes out in
 * pieces (put). yajl does the escaping; the nesting is kept here, since yajl's
 * generator accepts closers that do not match and gives up at 128 levels.
 */
#ifndef WM_JSON_OUT_H
#define WM_JSON_OUT_H

#include "wm.h"

#include "json_in.h"
#include "sbuf.h"
#include "vec.h"

#define JSON_OUT_DEPTH 64

/* A value; zero-initialise (JSON_OUT_INIT), give back with json_out_clear. */
struct json_out {
	struct sbuf text;
	struct yajl_gen_t *gen;
	int depth;
	char close[JSON_OUT_DEPTH];	/* the closer of each open level */
	bool first[JSON_OUT_DEPTH];	/* nothing stands in it yet */
	bool lines[JSON_OUT_DEPTH];	/* each element on a line */

	/* NULL: all stays in text; else it is called with what is there as soon
	   as there is much; it keeps its own first error */
	void (*put)(void *ctx, const char *s, size_t len);
	void *ctx;
};

#define JSON_OUT_INIT { .depth = 0 }
#define WM_JSON_OUT WM_CLEANUP(json_out_clear) struct json_out

void json_out_clear(struct json_out *o);

/*
 * json_out_stream - write the text in pieces from now on, not only at the end:
 * for large documents that nothing can stop any more. json_out_flush is called
 * all the same.
 */
void json_out_stream(struct json_out *o, FILE *f);

/*
 * json_out_open, json_out_close - an object ('{') or array ('[').
 *
 * key     inside an object the member's name, inside an array NULL
 * lines   whether each element stands on a line of its own
 */
void json_out_open(struct json_out *o, const char *key, char kind, bool lines);
void json_out_close(struct json_out *o);

/* json_out_str - a string; NULL writes null. */
void json_out_str(struct json_out *o, const char *key, const char *s);
void json_out_strn(struct json_out *o, const char *key, const char *s,
    size_t len);
void json_out_int(struct json_out *o, const char *key, long n);
void json_out_bool(struct json_out *o, const char *key, bool b);
void json_out_double(struct json_out *o, const char *key, double d, int places);

/* json_out_strings - a vector of strings as an array. */
void json_out_strings(struct json_out *o, const char *key,
    const struct vec *v);

/* json_out_tree - a value that json_in has read, in its own order. */
void json_out_tree(struct json_out *o, const char *key, const struct json *j);

/*
 * json_out_flush - write the text and a newline; all levels must be closed.
 * tool_exit reports it where that fails.
 */
void json_out_flush(struct json_out *o, FILE *f);

/*
 * json_out_end - write a newline and hand on what is left, where the text goes
 * out in pieces; all levels must be closed.
 */
void json_out_end(struct json_out *o);

#endif
