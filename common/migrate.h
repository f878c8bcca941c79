/*
 * migrate.h - the commands of Wyseman.delta: declared migrations of a table.
 */
#ifndef WM_MIGRATE_H
#define WM_MIGRATE_H

#include "wm.h"

#include "vec.h"

struct arena;

enum migrate_verb {
	MIGRATE_ADD,		/* col, type, init */
	MIGRATE_DROP,		/* col */
	MIGRATE_RENAME,		/* col, to */
	MIGRATE_UPDATE,		/* col, expr */
	MIGRATE_TYPE,		/* col, type, expr */
	MIGRATE_SQL,		/* expr: the statement */
	MIGRATE_CHECK,		/* to: message, expr: the query */
	MIGRATE_TURN,		/* split, merge: from, parts */
	MIGRATE_FROM,		/* to: the name the table began with */
	MIGRATE_RENAME_TABLE,	/* to: its name, without schema */
	MIGRATE_MOVE,		/* to: a schema */
	MIGRATE_ALTER		/* expr: words of ALTER TABLE, as they are */
};

/* A column that split or merge makes. */
struct migrate_part {
	const char *col;
	const char *type;
	const char *expr;
};

struct migration {
	enum migrate_verb verb;
	const char *text;	/* the command as declared */
	const char *col;
	const char *to;
	const char *type;	/* with its constraints, for add */
	const char *init;	/* SQL expression, or NULL */
	const char *expr;

	/* MIGRATE_TURN: columns that go, and those made of them */
	const char **from;
	size_t n_from;
	struct migrate_part *parts;
	size_t n_parts;
};

/*
 * migrate_parse - read one command.
 *
 *	add COL 'TYPE [constraints]' [INITIAL]     drop COL
 *	rename OLD [to] NEW                        update COL 'EXPR'
 *	type COL 'NEWTYPE' using 'EXPR'            sql 'STATEMENT'
 *	check 'MESSAGE' 'QUERY THAT FINDS BAD ROWS'
 *	split COL into A 'TYPE' = 'EXPR', B 'TYPE' = 'EXPR' ...
 *	merge A, B ... into COL 'TYPE' = 'EXPR'
 *	rename table to NEW                        move to SCHEMA
 *
 * and the words of ALTER TABLE behind add, drop, rename, alter. Every piece of
 * SQL is read with PostgreSQL's parser, so that nothing stands behind a ';'.
 *
 * out_error   why not, in the arena
 *
 * Returns false, silently, where the command cannot be understood.
 */
WM_MUST bool migrate_parse(struct arena *mem, const char *text,
    struct migration *out, const char **out_error);

/*
 * migrate_quote - a text in '...', as commands have it; in the arena.
 */
const char *migrate_quote(struct arena *mem, const char *text);

/*
 * migrate_table_name - the name that a table has after a command: other than
 * before only with rename table and move.
 *
 * name   SCHEMA.TABLE or TABLE, as the delta file has it
 *
 * Returns a text in the arena, or name itself.
 */
const char *migrate_table_name(struct arena *mem, const char *name,
    const struct migration *m);

/*
 * migrate_names - names that a table has in passing, from the one that "from"
 * says on.
 *
 * delta   of const char *: its commands; what cannot be read is passed over
 * out     of const char *, in the arena; appended to, in order
 */
void migrate_names(struct arena *mem, const struct vec *delta,
    struct vec *out);

#endif
