/*
 * table.h - a CREATE TABLE text, read into columns and constraints.
 */
#ifndef TABLE_H
#define TABLE_H

#include "wm.h"

#include "ident.h"
#include "sql.h"
#include "vec.h"

struct arena;

struct column {
	const char *name;
	const struct json *type;	/* TypeName */
	const char *type_text;		/* as the source has it */
	const struct json *collation;	/* CollateClause, or NULL */
	const char *collation_text;	/* "x"."y", quoted; or NULL */
	bool not_null;			/* said, or by primary key, identity */
	bool serial;
	const struct json *dflt;	/* expression, or NULL */
	const char *dflt_text;
	char identity;			/* 'a', 'd', or 0 */
	const struct json *identity_opts;
	const char *identity_text;	/* "generated ... as identity (...)" */
	const struct json *identity_like;	/* the type whose limits its
					   sequence has, of bigint itself, as
					   LIKE copies it; or NULL: its own */
	const struct json *generated;	/* expression, or NULL */
	const char *generated_text;	/* "generated always as ..." */
	const char *compression;	/* or NULL */
	const char *element;		/* the whole definition, cut out */
	bool above;			/* no text of the table itself lists
					   it: it has it through another one */

	/* from statements behind the CREATE TABLE */
	const char *storage;
	const char *statistics;
};

/* Constraints that have a row in pg_constraint; also the letters there. */
enum con_kind {
	CON_PRIMARY = 'p',
	CON_UNIQUE = 'u',
	CON_CHECK = 'c',
	CON_FOREIGN = 'f',
	CON_EXCLUDE = 'x'
};

struct con {
	enum con_kind kind;
	const char *name;	/* given, or as the server will choose it */
	bool named;
	int number;		/* behind a name that was chosen; 0: none */
	struct vec cols;	/* of const char *; of a check: those it
				   reads */
	const struct json *node;	/* Constraint */
	const char *text;	/* what follows ADD CONSTRAINT name */
	bool deferrable;
	bool deferred;
	bool not_valid;
	bool in_column;
	bool above;		/* as of a column */
	bool only;		/* not made on partitions: they are attached */
};

struct table {
	struct ident id;
	struct vec columns;	/* of struct column * */
	struct vec cons;	/* of struct con * */
	const struct json *node;	/* CreateStmt */
	const char *persistence;	/* "p", "u" */
	const char *bound_text;	/* of a partition: FOR VALUES ..., DEFAULT */
	const char *unknown;	/* what is not understood; NULL: all is */
	struct vec joined;	/* of const struct json *: RangeVars of INHERIT
				   behind it; those of its text are not here */
	struct vec rest;	/* of struct sql_stmt *: other statements */
	const char *text;
};

/* What is unknown of a table that has columns whose types are said above it. */
#define TABLE_UNTYPED "a column without a type"

/*
 * table_parse - read the statements of a table's create text.
 *
 * Returns NULL where the first statement is no CREATE TABLE; what else is not
 * understood is named in the table's unknown. Free with table_clear.
 */
struct table *table_parse(struct arena *mem, const char *text,
    const struct sql_stmt *stmts, size_t n);

/*
 * table_read - the same, of a text.
 *
 * Returns NULL also where the parser does not take it.
 */
struct table *table_read(struct arena *mem, const char *text);

void table_clear(struct table *t);

/*
 * table_alter - what an ALTER TABLE, or RENAME CONSTRAINT, does to the
 * structure.
 *
 * text, st   the statement; the table is not compared
 *
 * Returns false, with nothing changed, where it has a command that says
 * something else than what a table's structure holds.
 */
bool table_alter(struct arena *mem, struct table *t, const char *text,
    const struct sql_stmt *st);

/*
 * table_follow - a statement behind the text: what it does is part of the
 * structure, command by command, as far as that holds it.
 *
 * st     of t->text, which may be a longer one behind this
 * rest   of struct sql_stmt *: gets what is left, as statements of t->text
 */
void table_follow(struct arena *mem, struct table *t,
    const struct sql_stmt *st, struct vec *rest);

/* What LIKE can take along (source: TableLikeOption, parsenodes.h). */
enum {
	LIKE_COMMENTS = 1 << 0,
	LIKE_COMPRESSION = 1 << 1,
	LIKE_CONSTRAINTS = 1 << 2,
	LIKE_DEFAULTS = 1 << 3,
	LIKE_GENERATED = 1 << 4,
	LIKE_IDENTITY = 1 << 5,
	LIKE_INDEXES = 1 << 6,
	LIKE_STATISTICS = 1 << 7,
	LIKE_STORAGE = 1 << 8
};

/*
 * table_like_column - a column as LIKE copies it; but one that is serial does
 * not get its default, which names a sequence of the other table.
 *
 * opts   of LIKE_..., or'ed
 */
struct column *table_like_column(struct arena *mem, const struct column *from,
    long opts);

/* table_like_con - whether LIKE copies a constraint. */
bool table_like_con(const struct con *k, long opts);

/* table_forget - take out a column, with the constraints that it carries. */
void table_forget(struct table *t, const char *name);

/* table_object_name - as the server makes it: table_column_label, cut. */
const char *table_object_name(struct arena *mem, const char *table,
    const char *column, const char *label);

/*
 * con_object_name - what the server calls a constraint that says no name.
 *
 * table   the name of its table
 * n       0 at first; 1, 2 ... where the names before are taken
 *
 * The name is in the arena, of 63 bytes at most.
 */
const char *con_object_name(struct arena *mem, const char *table,
    const struct con *c, int n);

/* table_con - constraint by name, NULL where there is none. */
struct con *table_con(const struct table *t, const char *name);

/* table_column - column by name, NULL where there is none. */
struct column *table_column(const struct table *t, const char *name);

/*
 * table_names - give every constraint without a name the one the server would
 * choose when the table is made (source: ChooseConstraintName and
 * ChooseIndexName in PostgreSQL's pg_constraint.c and indexcmds.c).
 */
void table_names(struct arena *mem, struct table *t);

/*
 * column_text - a column's definition, as ADD COLUMN has it; in the arena.
 * Constraints are none of it: they are added to the table, under the names that
 * a new one would have.
 */
const char *column_text(struct arena *mem, const struct column *c);

/*
 * con_text - what follows ADD CONSTRAINT name, without NOT VALID where it has
 * been validated since; in the arena.
 */
const char *con_text(struct arena *mem, const struct con *c);

/* table_validated - make it one that is checked: NOT VALID goes. */
void table_validated(struct arena *mem, struct con *c);

/*
 * con_equal - whether two constraints are the same, names and the place of
 * their indexes apart.
 */
bool con_equal(const struct con *a, const struct con *b);

/*
 * type_equal - whether two types are, with modifiers and arrays; "int" is
 * "pg_catalog.int4".
 */
bool type_equal(const struct json *a, const struct json *b);

/*
 * type_modifier - a number in brackets behind a type's name: varchar(10).
 *
 * which   from 0
 * none    what comes back where there is none
 */
long type_modifier(const struct json *type, int which, long none);

/* type_names_equal - the same, modifiers apart. */
bool type_names_equal(const struct json *a, const struct json *b);

/* tree_rename - change a column's name in an expression's tree, in place. */
void tree_rename(const struct json *tree, const char *from, const char *to);

/* tree_rename_name - the same for a String; returns whether it was that. */
bool tree_rename_name(const struct json *string, const char *from,
    const char *to);

/* tree_calls - whether an expression calls a function by its name. */
bool tree_calls(const struct json *tree);

/* tree_columns - names of all columns a tree reads; appended, each once. */
void tree_columns(const struct json *tree, struct vec *out);

#endif
