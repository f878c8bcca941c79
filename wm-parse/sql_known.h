/*
 * sql_known.h - what there is at a place of the scripts, by the names that it
 * has there. They are looked through ahead for that: blocks of PL/pgSQL ask the
 * catalog before they make something (sql_do.h), and what is renamed has to
 * have been made before (sql_ahead.c).
 */
#ifndef SQL_KNOWN_H
#define SQL_KNOWN_H

#include "sql_source.h"

/* Classes beside those of objects. */
enum {
	KNOWN_COLUMN = 512,
	KNOWN_VALUE = 513	/* of an enum */
};

/* Something that there is. */
struct known_thing {
	int cls;		/* an ident_class, or one of the above */
	const char *schema;	/* NULL: it is in none */
	const char *name;
	const char *args;
	struct known_thing *of;	/* the table, or the enum */
	struct vec parts;		/* of struct known_thing *: of it */
	bool open;			/* may have parts that are not known */
	bool gone;
	int script;			/* that has made it; they are counted */
};

/* Zero-initialise, set mem; give back with known_clear. */
struct known {
	struct arena *mem;
	struct map by_name;		/* of struct vec * */
	struct vec lists;		/* those: of struct known_thing * */
	struct vec all;			/* of struct known_thing * */
	int script;			/* that is looked through */
};

/* known_read - take over what scripts before have left. */
void known_read(struct known *k, const struct parse *p);

/*
 * known_statement - what a statement makes, renames or drops.
 *
 * scratch   is used meanwhile
 * text, st  the statement, its names with the schemas that are meant
 */
void known_statement(struct known *k, struct arena *scratch, const char *text,
    const struct sql_stmt *st);

/* known_find - what an identity is of, at that place; NULL: of nothing. */
struct known_thing *known_find(const struct known *k,
    const struct ident *id);

/* known_part - a column or constraint of a table, a value of an enum. */
struct known_thing *known_part(const struct known_thing *of, int cls,
    const char *name);

/* What somebody asks for. */
struct known_query {
	int cls;
	const char *schema;		/* NULL: any */
	const char *of;			/* NULL: any */
	const char *name;		/* NULL: any */
};

/*
 * known_count - how many there are; SIZE_MAX where the scripts do not say.
 */
size_t known_count(const struct known *k, const struct known_query *q);

/* How it would end to run a statement. */
enum known_end {
	KNOWN_RUNS,
	KNOWN_DUPLICATE,	/* there is that already */
	KNOWN_MISSING,		/* there is nothing of that name */
	KNOWN_UNSURE		/* what it is about, no script has made */
};

enum known_end known_end(const struct known *k, struct arena *scratch,
    const struct sql_stmt *st);

void known_clear(struct known *k);

#endif
