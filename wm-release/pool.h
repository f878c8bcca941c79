/*
 * pool.h - values of any type of a database, for rows that are made up.
 *
 * Nothing is random: the same type gives the same values. All are in the text
 * form that the server prints.
 */
#ifndef POOL_H
#define POOL_H

#include "wm.h"

#include <libpq-fe.h>

#include "map.h"
#include "vec.h"

struct arena;

/* Values of one type. */
struct values {
	const char *type;	/* as format_type has it, with modifier */
	struct vec v;		/* of const char *, different from each other */
};

struct pool {
	struct arena *mem;
	PGconn *db;		/* in a transaction; not owned */
	struct map types;	/* type: struct values * */
	struct vec all;		/* of struct values * */
};

void pool_init(struct pool *p, struct arena *mem, PGconn *db);
void pool_clear(struct pool *p);

/*
 * pool_values - values of a type: plain ones first, then rarer ones.
 *
 * type   as format_type gives it, with modifier
 *
 * Returns an empty list for a type of which nothing is known. The list lives
 * as long as the pool.
 */
const struct values *pool_values(struct pool *p, const char *type);

/*
 * pool_cast - those of some texts that are values of a type, as the server
 * prints them; appended to out where they are not in it.
 */
void pool_cast(struct pool *p, const char *type, const struct vec *texts,
    struct vec *out);

/*
 * pool_try - run a statement in a savepoint.
 *
 * out_error   NULL allowed; why not, in the arena
 *
 * Returns NULL, silently, where it fails; nothing has happened then.
 */
PGresult *pool_try(struct pool *p, const char *sql, int n,
    const char *const *values, const char **out_error);

/*
 * pool_constants - the constants in an SQL expression, as texts: of numbers
 * their neighbours as well.
 */
void pool_constants(struct arena *mem, const char *expr, struct vec *out);

#endif
