/*
 * sql_rename.h - what the files about names that change share: sql_rename.c has
 * those of objects, sql_rename_column.c those of columns.
 */
#ifndef SQL_RENAME_H
#define SQL_RENAME_H

#include "rewrite.h"
#include "sql_reader.h"

/*
 * A statement that renames something, or moves it; or changes what columns a
 * table has, which is no matter but for stars that stand before it.
 */
struct renaming {
	struct ident from;		/* of a column: what it is of */
	const char *schema, *name;	/* that it has then */
	bool of_columns;
	const char *column, *to;	/* then: the one that is renamed; or
					   NULL: some come, or go */
	bool like_only;			/* nor that: what is LIKE the table
					   would be another */
	bool stays;			/* the statement does more than that */
	const char *value, *to_value;	/* of an enum */
	bool part;			/* of what comes with a table: only
					   constants follow, its text says it */
	size_t off;			/* of the statement: SQL_ORDER */
};

/* A text that names may be rewritten in. */
struct rename_text {
	const char *text;
	struct sql_stmt *st;	/* rename_statement */
	struct phrase tokens;	/* rename_scan */
	bool read, scanned;
};

/*
 * rename_statement - the statement that a text is, which is parsed once; NULL
 * where it is not just one.
 */
const struct sql_stmt *rename_statement(struct arena *mem,
    struct rename_text *t);

/* rename_scan - rewrite_scan, of which the tokens are read once. */
WM_MUST bool rename_scan(struct arena *mem, struct rename_text *t,
    struct rewrite *out);

/*
 * rename_column_read - what a statement renames, if that is a column; or which
 * table it changes.
 *
 * Returns false where it is none of that kind.
 */
bool rename_column_read(struct arena *mem, const struct sql_stmt *st,
    struct renaming *out);

/* rename_same - whether two identities, of one class, are the same object's. */
bool rename_same(const struct ident *a, const struct ident *b);

/*
 * as_strings - strings of a statement that stand where an expression of a type
 * does: compared with one, in a list with it (sql_as.c).
 *
 * fn     gets their A_Const
 */
typedef void as_string_fn(void *ctx, const struct json *constant);
void as_strings(struct reader *r, const struct sql_stmt *st,
    const struct ident *type, as_string_fn *fn, void *ctx);

/*
 * rename_reads - whether a statement that has been read, a view's for instance,
 * reads a column of a table; it may where that cannot be told.
 */
bool rename_reads(struct reader *r, const char *text,
    const struct ident *table, const char *column);

/* rename_last - what is called so at the statement at hand: its last name. */
void rename_last(const struct reader *r, struct ident *id);

/*
 * rename_table_text - a table's text as far as it has been read, with what is
 * said of it; NULL where it is not known.
 *
 * id   the last that it has in the script
 */
const char *rename_table_text(struct reader *r, const struct ident *id);

/*
 * rename_like - the statement at hand; where it makes a table LIKE one that
 * changes behind it, with the columns and constraints instead that are there. A
 * clause for which that cannot be written stays, and is warned about.
 *
 * off   of the statement in the script
 */
const char *rename_like(struct reader *r, const struct vec *renames,
    size_t off);

/* rename_has_like - whether a script may have such a clause: a quick look. */
bool rename_has_like(const char *script);

/*
 * The columns of a table or view at the statement that is rewritten, by the
 * names that they have there.
 *
 * out   of const char *: appended to
 *
 * Returns false where they are not known.
 */
typedef bool rename_columns_fn(void *ctx, const char *schema, const char *name,
    struct vec *out);

/* Which statement is rewritten, for which of the script's renamings. */
struct rename_spot {
	struct reader *r;
	const struct vec *renames;
	size_t i;
	size_t off;
	struct map *tables;	/* of struct vec *: the columns of those that
				   have been asked for, by the last name */
};

/*
 * rename_columns_at - a rename_columns_fn that knows the tables of the scripts.
 *
 * ctx   a struct rename_spot
 */
bool rename_columns_at(void *ctx, const char *schema, const char *name,
    struct vec *out);

/*
 * rename_column - a statement's text with a column's later name in it, as the
 * server will show the statement then: what reads the column goes on to call it
 * as before. A query of which that cannot be told for sure (NATURAL, USING,
 * tables that are not known) gets the old names in its FROM. A star is the
 * columns that are there.
 *
 * out_lost   set where the statement cannot be written with the new name; else
 *            unchanged
 *
 * Returns the same text where the statement does not read the column.
 */
const char *rename_column(struct arena *mem, struct rename_text *t,
    const struct renaming *k, rename_columns_fn *columns, void *ctx,
    bool *out_lost);

#endif
