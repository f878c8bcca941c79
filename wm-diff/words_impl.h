/*
 * words_impl.h - what the parts of words share.
 */
#ifndef WORDS_IMPL_H
#define WORDS_IMPL_H

#include "dict.h"
#include "diff.h"
#include "words.h"

/* Hexadecimal SHA-256, with its NUL. */
#define DIGEST 65

/* The rows about one table, of one kind, in one language. */
struct words_group {
	const struct dict_kind *kind;
	const char *language;	/* "" for style */
	const char *sch;
	const char *tab;
	char was[DIGEST];	/* of the database's rows; "" without any */
	char is[DIGEST];	/* of the list's rows */
	struct vec rows;	/* const struct dict_row *: the list's */
	bool fetch;		/* its rows in the database are looked at */
};

/* A row that comes, goes, or changes (both are set). */
struct words_op {
	const struct dict_row *old;
	const struct dict_row *new;
};

struct words {
	struct map groups;	/* by words_key */
	struct vec list;	/* of struct words_group *: the same, sorted */
	bool guard;		/* there are rows that could have changed */
	char seen[DIGEST];	/* digest of all that the database has */
	struct dict was;	/* rows that have been looked at */
	struct dict moved;	/* rows that go along with what they are
				   about */
	struct vec ops;		/* of struct words_op *, sorted */
};

/* words_group - the group of a table, kind and language; made where missing. */
struct words_group *words_group(struct diff *d, const struct dict_kind *k,
    const char *language, const char *sch, const char *tab);

/* words_group_cmp - order of groups; bytewise, as words_seen_sql has it. */
int words_group_cmp(const void *a, const void *b);

/*
 * words_digest - of rows of one group, in the order of dict_row_cmp; equal to
 * what the server computes.
 */
void words_digest(const struct vec *rows, char *out);

/*
 * words_known - whether the database has the tables; what it has not, the plan
 * makes, and there are no rows.
 */
bool words_known(const struct diff *d);

/*
 * words_ask - have the server begin with what words_look waits for. Between the
 * two, nothing else may be asked.
 *
 * words_look - fill in each group's was, adding groups where there are rows
 * that the list knows nothing of; and seen.
 *
 * words_fetch - the rows of some groups, into words.was.
 *
 * These alone read rows of the database; without one, those that came
 * with the record are taken. All return false once a failure has been
 * reported.
 */
WM_MUST bool words_ask(struct diff *d);
WM_MUST bool words_look(struct diff *d);
WM_MUST bool words_fetch(struct diff *d, const struct vec *groups);

/* words_seen_sql - query whose one value is what words_look found in seen. */
void words_seen_sql(struct sbuf *out);

#endif
