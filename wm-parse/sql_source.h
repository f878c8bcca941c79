/*
 * sql_source.h - plain SQL as a source: scripts read into objects.
 *
 * A script's statements are read one by one. Those that create something
 * become objects; those that belong to an object become part of its text,
 * wherever they stand (sql_owner.h); what depends on what is found when all
 * files have been read (sql_deps.h).
 */
#ifndef SQL_SOURCE_H
#define SQL_SOURCE_H

#include "ident.h"
#include "parse.h"

/* A piece of an object's text: a statement, without its ';'. */
struct piece {
	const char *text;
	size_t len;
	const struct source *src;	/* NULL: not as it stands in a file */
	size_t off;			/* there */
	bool late;			/* stands behind all others */
};

/* Columns that a foreign key refers to. */
struct foreign_key {
	const char *schema;
	const char *table;
	struct vec cols;	/* of const char *; none: the primary key */
};

/* An object that plain SQL has made, or another's, to refer to. */
struct made {
	struct object *o;
	struct ident id;	/* short types */
	const struct sql_path *path;	/* where it was made; bodies in
					   strings are read with it */
	struct vec pieces;	/* of struct piece * */
	struct vec partners;	/* of struct ident *: operators that one
				   names */
	struct vec undos;	/* of const char *: they begin the drop text,
				   the last one first */
	struct vec refs;	/* of struct ref * */
	struct vec keys;	/* of struct foreign_key * */
	struct vec needs;	/* of struct made *: sql_needs.h */
	struct map needed;	/* the same by key, where there are many */
	struct vec children;	/* of struct made *: partitions */
	struct vec parents;	/* of struct ident *: what it inherits from */
	struct vec heirs;	/* of struct made *: what is created as its
				   child */
	struct vec waiting;	/* the same: its constraints that some of these
				   do not have as those made later */
	struct made *whole;	/* of an index: what it is attached to */
	bool keyed;		/* a constraint is made of it */
	bool key_parts;		/* keys of tables are attached to it */
	struct vec indexes;	/* of struct made *: unique ones */
	struct vec cols;	/* of an index: its columns */
	struct vec reads;	/* ... those in expressions as well */
	struct made *partition;	/* of a table: how it is attached */
	const char *on_schema;	/* of an index: its table */
	const char *on_table;
	const char *of_schema;	/* a sequence's owner, a statistics' table */
	const char *of_table;
	const char *parent_schema;	/* of a partition: what it is one of */
	const char *parent;
	size_t version;		/* how often it has been replaced */
	bool only;		/* an index without those of partitions */
	bool unique;
	bool temporary;		/* gone_at is when it is dropped, if it is */
	bool typed;		/* CREATE TABLE ... OF type */
	bool unread;		/* the parser does not take a piece */
	bool body;		/* has one, in another language */
	bool shell;		/* a type that is not complete yet */
	bool foreign;		/* defined in a .wms file */
	bool folds;		/* a statement about it does: sql_fold.c */
	struct vec chosen;	/* of struct chosen *: sql_chosen.h */
	struct vec said;	/* then: of struct attached * */
	bool gone;		/* dropped again by the script ... */
	size_t gone_at;		/* ... behind so many attached statements */
	size_t gone_no;		/* ... as this one of all that went */
	size_t number;		/* sql_needs.c */
	size_t place;		/* among all that is made, as the source has
				   it */
	struct made *next;	/* of the same name */
};

/* What a constraint of a table is for its children that are there before it. */
enum heirs {
	HEIRS_ALL,		/* what it is for all others */
	HEIRS_UNCHECKED,	/* they may have rows that break it */
	HEIRS_WITHOUT		/* they have it once it is attached */
};

/* A statement about an object. */
struct attached {
	struct ident id;	/* what it is about */
	struct piece piece;
	const char *tag;
	const char *words;	/* what an object of its own is called */
	const char *schema;	/* on all in a schema: GRANT; else NULL */
	const char *all;	/* then: the type, as the tree has it */
	bool later;		/* on what is made behind it: DEFAULT
				   PRIVILEGES */
	size_t made;		/* objects that were made before */
	struct vec refs;	/* of struct ref * */
	struct vec keys;	/* of struct foreign_key * */
	const char *constraint;	/* that it adds, or NULL */
	bool folds;		/* takes back what stands before: sql_fold.h */
	bool of_index;		/* makes a constraint of an index ... */
	bool primary;		/* ... a primary key */
	enum heirs heirs;	/* what it is for those that are children */
	struct vec parts;	/* of const char *: names it gives to indexes
				   and sequences, in the object's schema */
	const char *decides;	/* what only the last such statement does */
	struct made *owner;
	struct loc at;
	const char *parent_schema;	/* what it attaches the object to */
	const char *parent;
};

/* sql_is - whether a file is plain SQL: by its name, or as options say. */
bool sql_is(const struct parse *p, const char *name);

/*
 * sql_read - read a script; all that is wrong with it is reported.
 *
 * src   its text is UTF-8, with newlines only
 */
void sql_read(struct parse *p, struct source *src);

/*
 * sql_finish - when all files are read: put the texts together, with what
 * belongs to them and what they depend on.
 */
void sql_finish(struct parse *p);

/* sql_clear - free what arenas do not hold. */
void sql_clear(struct parse *p);

/* --- for the parts of it --- */

/* sql_gone - an object is none from here on. */
void sql_gone(struct parse *p, struct made *m);

/*
 * sql_register - let an object be found by an identity; made_find finds the
 * first that was registered.
 */
void sql_register(struct parse *p, struct made *m, const struct ident *id);

/* sql_unregister - let what came with an object not be found any more. */
void sql_unregister(struct parse *p, const struct ident *id);

/*
 * sql_find - the object of an identity, NULL where there is none. Functions
 * are told apart by their types, as far as these can be compared by name.
 */
struct made *sql_find(const struct parse *p, const struct ident *id);

/*
 * sql_find_at - the same, when so many statements about objects had been read:
 * what was dropped later is found, and is gone.
 */
struct made *sql_find_at(const struct parse *p, const struct ident *id,
    size_t at);

/* sql_bare - the first of all objects of one class and name. */
struct made *sql_bare(const struct parse *p, int cls, const char *schema,
    const char *name);

/*
 * sql_add - a new object of a kind.
 *
 * Returns NULL where there is one of that name.
 */
struct made *sql_add(struct parse *p, const char *kind, const char *name,
    const struct ident *id, const struct loc *at);

/*
 * sql_ident - a copy of an identity that outlives the statement, types short.
 */
struct ident sql_ident(struct parse *p, const struct ident *id);

/* sql_piece - copy of a piece at the end of an object's text. */
void sql_piece(struct parse *p, struct made *m, const struct piece *piece);

#endif
