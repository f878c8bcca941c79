/*
 * sql.h - PostgreSQL's own parser (libpg_query), and what is read off its
 * trees. Nothing here needs a server.
 *
 * Trees are the JSON of pg_query_parse, as json_in builds it; locations in
 * them count bytes from 0. Source of the node names: PostgreSQL's parsenodes.h.
 */
#ifndef WM_SQL_H
#define WM_SQL_H

#include "wm.h"

#include "json_in.h"
#include "vec.h"

struct arena;

/*
 * Why a text is not SQL.
 *
 * off   byte where the parser stopped; SIZE_MAX when it did not say
 * line  line of a function's body, from 1, where off is not known; else 0
 */
struct sql_error {
	const char *message;
	size_t off;
	int line;
};

/* One statement of a text. */
struct sql_stmt {
	size_t off;		/* first byte, white space and comments apart */
	size_t len;		/* without the ';' */
	const char *tag;	/* "ViewStmt", ... */
	const struct json *node;	/* its fields; NULL from sql_split */
};

/*
 * sql_split - cut a text into statements with the real parser.
 *
 * out_stmts, out_n   in the arena; empty statements are left out
 *
 * Returns false, silently, with the reason in err, when it is not SQL.
 */
WM_MUST bool sql_split(struct arena *mem, const char *text,
    struct sql_stmt **out_stmts, size_t *out_n, struct sql_error *err);

/*
 * sql_parse - the same, with each statement's tree. A text whose tree nests
 * deeper than any person writes (some thousand operators in a row) is turned
 * down like one that is not SQL; sql_split takes it.
 */
WM_MUST bool sql_parse(struct arena *mem, const char *text,
    struct sql_stmt **out_stmts, size_t *out_n, struct sql_error *err);

/*
 * sql_check_plpgsql - syntax of the PL/pgSQL body in a CREATE FUNCTION or DO
 * statement. What needs a catalog is not looked at.
 *
 * out_tree   NULL allowed; gets the parsed function as JSON, or NULL where
 *            the parser needed a catalog
 *
 * Returns false, silently, with the reason in err.
 */
WM_MUST bool sql_check_plpgsql(struct arena *mem, const char *stmt,
    const struct json **out_tree, struct sql_error *err);

/* sql_is_reserved - whether an identifier has to be quoted everywhere. */
bool sql_is_reserved(const char *name);

/* One token of a text. */
struct sql_token {
	size_t off;
	size_t len;
	int kind;		/* PG_QUERY__TOKEN__... */
	int keyword;		/* PG_QUERY__KEYWORD_KIND__..., 0 for none */
};

/*
 * sql_scan - the tokens of a text, comments left out.
 *
 * Returns false, silently, where it cannot be scanned.
 */
WM_MUST bool sql_scan(struct arena *mem, const char *text,
    struct sql_token **out_tokens, size_t *out_n);

/* sql_token_is - whether a token of a text is this word, in whatever case. */
bool sql_token_is(const char *text, const struct sql_token *t,
    const char *word);

/*
 * sql_token_at - number of the first token at a byte or behind it; n where
 * there is none. O(log n).
 */
size_t sql_token_at(const struct sql_token *tokens, size_t n, size_t off);

/*
 * sql_function_body - language and body of a CreateFunctionStmt.
 *
 * out_lang   as written, lower case; NULL where none is given
 * out_body   text of the AS clause; NULL for BEGIN ATOMIC or C symbols
 */
void sql_function_body(const struct json *node, const char **out_lang,
    const char **out_body);

/*
 * sql_has_with - whether a query has a WITH of that name, which is meant where
 * it says no schema.
 */
bool sql_has_with(const struct json *tree, const char *name);

/* sql_option - a DefElem in a list such as "options", by name. */
const struct json *sql_option(const struct json *list, const char *name);

/* sql_defelem - the value of one; NULL also where it has none. */
const struct json *sql_defelem(const struct json *list, const char *name);

/*
 * sql_alter_cmd - the AlterTableCmd of a statement that has one, and no other;
 * NULL of all else.
 */
const struct json *sql_alter_cmd(const struct sql_stmt *st);

/* sql_string - the text of a String or of a single-element list of one. */
const char *sql_string(const struct json *j);

/*
 * sql_type_text - a TypeName as text: qualified as written, quoted, array
 * marks, without modifiers. NULL for %TYPE.
 */
const char *sql_type_text(struct arena *mem, const struct json *type);

/*
 * sql_equal - whether two trees mean the same: locations are ignored, and how
 * built-in types are spelled.
 */
bool sql_equal(const struct json *a, const struct json *b);

/*
 * sql_names_equal - whether the names of two types are: "int" is
 * "pg_catalog.int4", and "int4" is found there.
 *
 * a, b   members "names" of TypeNames; or NULL
 */
bool sql_names_equal(const struct json *a, const struct json *b);

/*
 * sql_alike - as sql_equal, and a name without schema is one of schema
 * "public", where the plan's search_path finds it; but for functions that
 * pg_catalog has as well, which is searched first.
 */
bool sql_alike(const struct json *a, const struct json *b);

/* char_to_byte - byte offset of character n (from 0) of UTF-8 text. */
size_t char_to_byte(const char *s, size_t n);

/* byte_to_col - 1-based line and column of a byte in a text. */
void byte_to_line_col(const char *s, size_t off, int *out_line, int *out_col);

#endif
