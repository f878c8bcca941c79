/*
 * json_in.h - reading JSON. yajl's callbacks are hidden here.
 *
 * Documents are read as a stream: each element of the arrays that the caller
 * names is built as a small tree in scratch memory, handed over, and
 * forgotten; so memory does not grow with the document. NUL characters,
 * duplicate members, nesting beyond the limit and text behind the document are
 * errors, each with line and column.
 */
#ifndef WM_JSON_IN_H
#define WM_JSON_IN_H

#include "wm.h"

#include "vec.h"

struct arena;

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,	/* str has the digits as they stand in the text */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value. Members and elements are a linked list in source order. */
struct json {
	enum json_type type;
	bool boolean;
	const char *key;	/* of a member, else NULL */
	const char *str;	/* string or number, NUL-terminated */
	size_t len;
	struct json *first;
	struct json *next;
	struct json *last;
	int line;		/* of the document, from 1 */
};

/* Nesting that documents may have. */
#define JSON_DEPTH 200

/*
 * One member of the document's top level.
 *
 * name    of the member; NULL, in the last row: any other
 * each    true: it is an array, fn gets its elements one by one; false: fn
 *         gets the value
 * fn      the value lives until fn returns, with the member's name as its key
 *         where each is false; returns false once it has
 *         reported a failure, which ends the reading
 */
struct json_member {
	const char *name;
	bool each;
	bool (*fn)(void *ctx, const struct json *value);
};

/*
 * json_read - read one document, a JSON object, from a stream to its end.
 *
 * in        not closed; a stream that fails with ECANCELED has said why
 * name      what messages call it, such as "standard input"
 * members   those to hand over; others are skipped
 *
 * Returns false once the failure has been reported: not JSON (located), cut
 * short, empty, a member of the wrong type, or fn said so.
 */
WM_MUST bool json_read(FILE *in, const char *name,
    const struct json_member *members, size_t n, void *ctx);

/*
 * json_parse - a whole text as a tree in an arena.
 *
 * depth   limit of nesting
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST struct json *json_parse(struct arena *a, const char *text, size_t len,
    const char *name, int depth);

/* json_get - member of an object; NULL where it has none or is no object. */
const struct json *json_get(const struct json *obj, const char *key);

/* json_get2 - json_get(json_get(obj, key), key2). */
const struct json *json_get2(const struct json *obj, const char *key,
    const char *key2);

/* json_str - text of a string member; NULL where it is absent or null. */
const char *json_str(const struct json *obj, const char *key);

/* json_int - number of a member, dflt where it is absent. */
long json_int(const struct json *obj, const char *key, long dflt);

/* json_bool - whether a member is there and true. */
bool json_bool(const struct json *obj, const char *key);

/*
 * json_need_str - text of a string member that must be there.
 *
 * name   what messages call the document
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST const char *json_need_str(const struct json *obj, const char *key,
    const char *name);

/*
 * json_strings - the strings of an array member, copied into an arena.
 *
 * out   appended to (vec_settle); an absent member or null adds nothing
 *
 * Returns false once it has reported that it is no array of strings.
 */
WM_MUST bool json_strings(const struct json *obj, const char *key,
    const char *name, struct arena *a, struct vec *out);

/* json_type_name - "string", "array" and so on, for messages. */
const char *json_type_name(enum json_type t);

#endif
