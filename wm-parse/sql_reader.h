/*
 * sql_reader.h - what the parts share that read a script of plain SQL.
 */
#ifndef SQL_READER_H
#define SQL_READER_H

#include "script.h"
#include "sql_do.h"
#include "sql_source.h"

/* What is left out of a file, to be told in one line. */
enum left {
	LEFT_SETTING,
	LEFT_META,
	LEFT_COPY,
	LEFT_LINES,
	LEFT_ROWS,
	LEFT_OWNER,
	LEFT_ROLE,
	LEFT_CLUSTER,
	LEFT_TEMP,
	LEFT_OWN,
	N_LEFT
};

/* Begins a comment that tells what something was called before. */
#define SQL_RENAMED "renamed from:"

/* One script that is being read. */
struct reader {
	struct parse *p;
	struct source *src;
	struct script script;
	struct arena *mem;	/* of one statement */
	const char *text;	/* that statement */
	struct piece piece;
	struct loc at;
	size_t left[N_LEFT];
	size_t first_made;	/* objects there were before this script */
	const char *database;	/* that it has connected to, or NULL */
	size_t order;		/* of that statement: SQL_ORDER */
	struct vec renames;	/* of struct renaming *: sql_rename.h */
	struct map words;	/* of struct vec *: their numbers, by a word */
	struct vec lists;	/* those */
	size_t n_words;		/* of them, that are there */
	struct vec blocks;	/* sql_ahead.c */
	struct vec lost;	/* of struct renaming *: what the statement at
				   hand cannot be written with */
	struct made *latest;	/* what it creates, or NULL */
	struct vec marks;	/* sql_drop.c */
	struct vec siblings;	/* of struct ident *: what the same statement
				   makes (sql_schema.c) */
	bool has_path;		/* one that the script may set */
	bool in_dump;		/* its end has not come yet */
};

/* --- names: sql_names.c --- */

/* sql_keep - a copy of an identity in an arena, with short types. */
struct ident sql_keep(struct arena *mem, const struct ident *id);

/*
 * sql_stand_for - let an object be found in the place of another's identity,
 * and of all that have the same name.
 */
void sql_stand_for(struct parse *p, struct made *m, const struct ident *id);

/*
 * sql_register_part - let an object be found by the name of an index or a
 * sequence that comes with it, in the object's schema.
 *
 * name   NULL: nothing is done
 */
void sql_register_part(struct reader *r, struct made *m, const char *name);

/* --- tables and indexes: sql_tables.c --- */

/* sql_table_parts - indexes and sequences that a CREATE TABLE makes. */
void sql_table_parts(struct reader *r, struct made *m,
    const struct sql_stmt *st);

/* sql_table_renames - comments that say what a table was called before. */
void sql_table_renames(struct reader *r, struct made *m,
    const struct sql_stmt *st);

/* sql_index_facts - an index's table and columns. */
void sql_index_facts(struct reader *r, struct made *m,
    const struct sql_stmt *st);

/* sql_statistics_table - the table that CREATE STATISTICS is about. */
void sql_statistics_table(struct reader *r, struct made *m,
    const struct sql_stmt *st);

/*
 * sql_index_name - the name that the server will choose for an index without
 * one.
 *
 * out   valid until the statement has been read
 */
void sql_index_name(struct reader *r, const struct sql_stmt *st,
    struct ident *out);

/*
 * sql_index_named - the statement at hand, which creates an index, with the
 * name in it that the server will choose; as it is where it has one.
 *
 * Returns text that is valid until the statement has been read.
 */
const char *sql_index_named(struct reader *r, const struct sql_stmt *st);

/*
 * sql_columns - where ALTER TABLE renames or drops columns, let the table's
 * indexes follow.
 */
void sql_columns(struct reader *r, const struct sql_stmt *st);

/* sql_cut_concurrently - take the word out of the statement's piece. */
void sql_cut_concurrently(struct reader *r, const struct sql_stmt *st);

/* --- what is to come: sql_ahead.c --- */

/*
 * The place of a statement among all of a script: by the byte that it, or the
 * block that it is in, begins at, and its number there.
 */
#define SQL_ORDER(off, i) (((off) << 20) + (i))

/*
 * sql_ahead - find the statements of a script that rename or move what it has
 * made before, and read its DO blocks. Scripts without any are only searched
 * for the words.
 */
void sql_ahead(struct reader *r);

/* sql_block - the DO block that stands at a byte; NULL where none does. */
const struct do_block *sql_block(const struct reader *r, size_t off);

void sql_ahead_clear(struct reader *r);

/*
 * sql_as_table - the statement at hand; where it makes a table of what a query
 * yields, with the columns that this has there. It stays as it is where their
 * types cannot be told (sql_as.c).
 */
void sql_as_table(struct reader *r);

/* --- names that change: sql_rename.c --- */

/*
 * sql_rename - give the statement that is at hand the names that come later.
 *
 * Returns false where it is itself one that renames, and has had its effect.
 */
WM_MUST bool sql_rename(struct reader *r);

/*
 * sql_doubt - when a statement has been read: remember what sql_rename could
 * not do for it. That is told by sql_doubts, in the end, if what it creates is
 * still there.
 */
void sql_doubt(struct reader *r);
void sql_doubts(const struct parse *p);

/*
 * sql_renamed - whether there is, at the statement at hand, an object of that
 * class and name which a later one gives another.
 */
bool sql_renamed(const struct reader *r, int cls, const char *schema,
    const char *name);

/*
 * sql_enum - ALTER TYPE that adds a value to an enum, or renames one: part of
 * the CREATE TYPE, where a script has that (sql_enum.c).
 *
 * Returns false, with nothing done, where it has not.
 */
bool sql_enum(struct reader *r, const struct sql_stmt *st);

/* --- what is taken back: sql_drop.c --- */

/* sql_drop - DROP of what a script has made, with what goes along. */
void sql_drop(struct reader *r, const struct sql_stmt *st);

/*
 * sql_drop_readers - what else goes with the columns that an ALTER TABLE drops
 * with CASCADE: views, policies, triggers that read them.
 */
void sql_drop_readers(struct reader *r, const struct sql_stmt *st);

/* sql_forget - one object is gone from here on. */
void sql_forget(struct reader *r, struct made *m);

/* sql_drop_roles - the same of roles. */
void sql_drop_roles(struct reader *r, const struct sql_stmt *st);

/* sql_on_temporary - whether a statement makes something of such a table. */
bool sql_on_temporary(struct reader *r, const struct sql_stmt *st);

/* sql_temporary - remember an object that goes with the session. */
void sql_temporary(struct reader *r, const struct ident *id,
    const char *kind);

/* sql_transaction - BEGIN, SAVEPOINT, ROLLBACK and their like. */
void sql_transaction(struct reader *r, const struct sql_stmt *st);

/* sql_open_transaction - at the end: warn of one that has not ended. */
void sql_open_transaction(const struct reader *r);

/* --- statements --- */

/* sql_statement - read one statement, of whatever kind (sql_stmts.c). */
void sql_statement(struct reader *r, const struct sql_stmt *st);

/* sql_copy - COPY, with the data behind it (sql_stmts.c). */
void sql_copy(struct reader *r, const struct sql_stmt *st);

/*
 * sql_psql - a command of psql's own (sql_psql.c).
 *
 * text   begins with its '\'; without blanks at the end
 */
void sql_psql(struct reader *r, const char *text);

/*
 * sql_own - when a script has been read: take out the tools' own record (schema
 * wm with its table releases, and wm_attic), which a dump of a database that
 * they have built has in it. wm-diff adds it by itself.
 */
void sql_own(struct reader *r);

/* sql_is_temporary - whether what a statement creates is (sql_create.c). */
bool sql_is_temporary(const struct sql_stmt *st);

/*
 * sql_schema - CREATE SCHEMA with what is to be in it (sql_schema.c).
 *
 * Returns false, with nothing done, where a statement is something else.
 */
bool sql_schema(struct reader *r, const struct sql_stmt *st);

/* sql_create - one that creates an object of a known kind (sql_create.c). */
void sql_create(struct reader *r, const struct sql_stmt *st);

/*
 * sql_pass_on - make a statement an object that is only run (sql_unknown.c); to
 * drop it is to take back what it did, where that is known.
 *
 * st   NULL where the parser does not take it
 */
void sql_pass_on(struct reader *r, const struct sql_stmt *st);

/*
 * sql_unknown - one that the parser does not take: an error, or passed on with
 * a warning, as the options say (sql_unknown.c).
 *
 * ended   by its ';'; where it is not, it may have been cut, and is an error
 */
void sql_unknown(struct reader *r, const struct sql_error *err, bool ended);

#endif
