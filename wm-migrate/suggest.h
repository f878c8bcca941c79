/*
 * suggest.h - what the parts of wm-migrate suggest share.
 */
#ifndef SUGGEST_H
#define SUGGEST_H

#include "migrate_cmd.h"

#include "look.h"
#include "sbuf.h"
#include "table.h"

/* Commands that may be missing, or what is to be thought about. */
struct proposal {
	const char *table;	/* as the delta names it */
	struct vec texts;	/* of const char *; none: a remark only */
	const char *reason;
	int score;		/* 1: somebody has to decide; 10: likely */
	bool safe;		/* one likely reading, and nothing is lost */
	const struct loc *loc;	/* of the table in the source */
};

struct suggester {
	const struct known *k;
	struct arena *mem;
	struct look look;
	struct vec found;	/* of struct proposal * */
};

/* One table, as it was and as the source has it. */
struct pair {
	const char *name;	/* as the delta names it */
	const struct object *source;
	struct table *old;	/* after the commands that are declared */
	struct table *new;
	struct map real;	/* name in old to name in the database, where
				   it has another */
	struct map declared;	/* columns that commands add or convert */
	struct map updated;	/* columns that commands write */
	const char *from;	/* the table in the database, for SQL */
	int limit;		/* greatest score of its columns */
	bool certain;		/* that it is the same table */
};

/*
 * suggest_add - one proposal more.
 *
 * text   NULL: a remark
 */
struct proposal *suggest_add(struct suggester *s, const struct pair *p,
    int score, const char *text, const char *reason);

/* suggest_columns - compare the columns of a pair. */
void suggest_columns(struct suggester *s, const struct pair *p);

/*
 * suggest_cast - whether all values of a column convert, by some expression.
 *
 * name      what the column is called where the expression will stand
 * out_expr  the expression; NULL: none does, *out_why says why
 *
 * Returns points for the likeness of data: 1 where nothing is known.
 */
int suggest_cast(struct suggester *s, const struct pair *p,
    const struct column *was, const struct column *is, const char *name,
    const char **out_expr, const char **out_why);

/*
 * suggest_turns - columns that may have been split or merged.
 *
 * gone, fresh   struct column *, without a likely heir or forebear
 */
void suggest_turns(struct suggester *s, const struct pair *p,
    const struct vec *gone, const struct vec *fresh);

/* suggest_real - a column's name in the database, as SQL writes it. */
const char *suggest_real(struct suggester *s, const struct pair *p,
    const char *name);

/* suggest_value - what rows may get where nothing is said; NULL: no idea. */
const char *suggest_value(const struct column *c);

#endif
