/*
 * sql_owner.h - what belongs to what: statements that say something of an
 * object which another statement creates.
 */
#ifndef SQL_OWNER_H
#define SQL_OWNER_H

#include "sql_source.h"

/*
 * owner_add - keep a statement until all files are read.
 *
 * text   that the statement stands in
 * piece  the statement; copied
 *
 * Returns false where the statement is about no object.
 */
WM_MUST bool owner_add(struct parse *p, const char *text,
    const struct sql_stmt *st, const struct piece *piece,
    const struct loc *at);

/*
 * owner_resolve - find the owner of each statement; what is about an object
 * that no file makes becomes an object of its own.
 */
void owner_resolve(struct parse *p);

/*
 * owner_separate - make a statement an object of its own.
 */
void owner_separate(struct parse *p, struct attached *a);

/*
 * owner_of_sequence - note the table that owns a sequence, as options of CREATE
 * or ALTER SEQUENCE have it.
 *
 * Returns false where they name no table.
 */
bool owner_of_sequence(struct parse *p, const struct json *opts,
    struct made *m);

/*
 * constraint_name - where a statement adds a constraint without a name, and is
 * to be an object of its own: write the name that the server would choose.
 *
 * owner   the table; what belongs to it before the statement counts
 */
void constraint_name(struct parse *p, struct attached *a,
    const struct made *owner);

/*
 * constraint_nulls - where a statement makes a primary key of an index: SQL
 * that allows nulls again in columns of which the text of the table, or of one
 * above it, does not say otherwise.
 *
 * a   its owner is the index, or the one on all partitions that brings it
 *
 * Returns NULL where there is none to allow.
 */
const char *constraint_nulls(struct parse *p, struct attached *a);

/* owner_parent - what a table is a partition of; NULL where it is none. */
struct made *owner_parent(const struct parse *p, const struct made *m);

/* owner_keys - foreign keys in a tree, appended to keys. */
void owner_keys(struct arena *mem, const struct json *tree, struct vec *keys);

#endif
