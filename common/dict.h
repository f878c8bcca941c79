/*
 * dict.h - rows of the data dictionary: what people wrote about tables, in
 * words (text) and in hints for user interfaces (style).
 *
 * A row's place in the documents, in SQL and in the database is told by one
 * table, dict_kinds: which columns there are, under which names, what is key.
 */
#ifndef WM_DICT_H
#define WM_DICT_H

#include "wm.h"

#include "json_in.h"
#include "map.h"
#include "sbuf.h"
#include "vec.h"

struct arena;
struct json_out;

enum dict_table {
	DICT_TABLE_TEXT,
	DICT_COLUMN_TEXT,
	DICT_VALUE_TEXT,
	DICT_MESSAGE_TEXT,
	DICT_TABLE_STYLE,
	DICT_COLUMN_STYLE,
	DICT_TABLES		/* how many there are */
};

/* Most columns that one has. */
#define DICT_COLS 7

enum dict_type {
	DICT_NAME,	/* of at most 63 bytes; what is longer is cut */
	DICT_TEXT,
	DICT_JSON,	/* as jsonb.h writes it */
	DICT_BOOL	/* "true" or "false" */
};

struct dict_column {
	const char *sql;	/* "tt_sch" */
	const char *json;	/* "sch" */
	enum dict_type type;
	bool key;		/* of the primary key, so never NULL */
	bool need;		/* else: must not be NULL either */
};

struct dict_kind {
	const char *name;	/* "table_text", of schema wm */
	bool text;		/* words; else style */
	size_t n;
	struct dict_column cols[DICT_COLS];	/* key columns first */
};

extern const struct dict_kind dict_kinds[DICT_TABLES];

/*
 * The first two columns of each, and where "col" stands in those that have it.
 */
#define DICT_SCH 0
#define DICT_TAB 1
#define DICT_COL 2

/* dict_kind_find - by table name without schema; NULL where it is none. */
const struct dict_kind *dict_kind_find(const char *name);

/* dict_at - position of the column a document calls json; SIZE_MAX: none. */
size_t dict_at(const struct dict_kind *k, const char *json);

struct dict_row {
	const struct dict_kind *kind;
	const char *val[DICT_COLS];	/* by position; NULL is SQL's NULL */
	const char *module;		/* that wrote it; NULL: unknown */
	const char *original;		/* of a text: the mark of the text that
					   it was translated from (dict_mark);
					   NULL: unknown. Not in databases */
	struct loc loc;
	const char *key;		/* names the row among all */
};

/*
 * Rows in the order in which they came; one of a key. Zero-initialise but for
 * mem, in which rows and texts live; dict_clear frees the rest.
 */
struct dict {
	struct arena *mem;
	struct vec rows;	/* of struct dict_row * */
	struct map by_key;
};

void dict_clear(struct dict *d);

/*
 * dict_put - add a row, or give the row of that key new values.
 *
 * val      k->n texts, copied; those of the key are not NULL; JSON as jsonb.h
 *          writes it
 * out_was  NULL allowed; whether the key was there
 *
 * Returns the row, its module and place left as they were (NULL in a new one).
 */
struct dict_row *dict_put(struct dict *d, const struct dict_kind *k,
    const char *const *val, bool *out_was);

/* dict_get - row of a key; NULL where there is none. */
struct dict_row *dict_get(const struct dict *d, const char *key);

/* dict_forget - take out all rows of which fn says true. */
void dict_forget(struct dict *d,
    bool (*fn)(void *ctx, const struct dict_row *row), void *ctx);

/* dict_row_cmp - order of rows: kind, then key columns, bytewise. */
int dict_row_cmp(const void *a, const void *b);

/* dict_row_equal - whether two rows of one key hold the same. */
bool dict_row_equal(const struct dict_row *a, const struct dict_row *b);

/* dict_key_put - append a text to a key so that no two run together. */
void dict_key_put(struct sbuf *b, const char *s);

/* dict_name_key - such a key of a table's name; in the arena. */
const char *dict_name_key(struct arena *mem, const char *sch, const char *tab);

/*
 * dict_language - a text row's language; NULL for style.
 */
const char *dict_language(const struct dict_row *row);

/*
 * dict_mark - what a translation is compared with, to tell whether its original
 * has changed since: eight hexadecimal digits each of title and help, with a
 * "." between them; a side whose text is empty is empty.
 *
 * mem   what the result goes into
 */
const char *dict_mark(struct arena *mem, const char *title, const char *help);

/* dict_mark_text - one side of that. */
const char *dict_mark_text(struct arena *mem, const char *text);

/*
 * dict_from_json - one record of "text" (text true) or "style" of a document.
 */
WM_MUST bool dict_from_json(struct dict *d, const struct json *rec, bool text,
    const char *name);

/* dict_write - the members "text" and "style" of a document. */
void dict_write(const struct dict *d, struct json_out *out);

/*
 * dict_sql - all rows as INSERT statements, in the order of dict_row_cmp, a
 * bounded number of rows in each; "" where there are none. Equal rows give
 * equal bytes.
 */
void dict_sql(const struct dict *d, struct sbuf *out);


/*
 * dict_read_sql - rows of a text of INSERT statements into tables of the
 * dictionary, as dict_sql and the older Wyseman write it. Rows of
 * wm.column_native are left out: the server computes them.
 *
 * name   what messages call the text
 *
 * Returns false once it has been reported what else stands there.
 */
WM_MUST bool dict_read_sql(struct dict *d, const char *text, const char *name);

#endif
