/*
 * sql_do.h - what a DO block does in a new database. A list says what there is,
 * so that a block counts for the statements that it runs: those of the branches
 * that are taken, in loops over what the block says itself, and those that it
 * puts together of constants. What it asks the catalog, the scripts answer
 * (sql_known.h). Blocks that only change rows are left out, as other statements
 * are that do.
 */
#ifndef SQL_DO_H
#define SQL_DO_H

#include "sql_known.h"

/* A block of a script. */
struct do_block {
	struct vec run;		/* of struct do_statement * */
	size_t rows;		/* statements about rows, not among those; a
				   block of nothing else has one at least */
	const char *setting;	/* that is taken as not set; NULL: none */
	const char *why;	/* it is not known what it does; NULL: it is */
	size_t where;		/* then: where, in the block */
};

/* A statement that a block runs. */
struct do_statement {
	const char *text;
	size_t off;		/* in the block, where it stands ... */
	bool as_it_is;		/* ... and not only what puts it together */
	const char *extension;	/* that it makes, where the block would go on
				   without; else NULL */
};

/*
 * Called for each statement that is run, before the next one is looked at.
 *
 * i   its number in the block, from 0
 */
typedef void do_statement_fn(void *ctx, const char *text, size_t i);

/* What it takes to read one. */
struct do_reader {
	struct arena *mem;		/* for what the block is told by */
	struct arena *scratch;
	const struct known *known;	/* fn is to keep it up to date */
	do_statement_fn *fn;
	void *ctx;
};

/* do_is_block - whether a statement begins like one. */
bool do_is_block(const char *text);

/* do_has_blocks - whether a script may have any: a quick look. */
bool do_has_blocks(const char *script);

/*
 * do_read - what a block does.
 *
 * text   the DO statement
 * out    zero-initialised; free its run with vec_clear
 */
void do_read(struct do_reader *r, const char *text, struct do_block *out);

#endif
