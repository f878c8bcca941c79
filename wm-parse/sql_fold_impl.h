/*
 * sql_fold_impl.h - what the files of sql_fold.h share: sql_fold.c goes through
 * the statements, sql_fold_names.c gives other names, sql_fold_parts.c knows
 * sequences and constraints, sql_fold_text.c writes what is left.
 */
#ifndef SQL_FOLD_IMPL_H
#define SQL_FOLD_IMPL_H

#include "sql_reader.h"
#include "table.h"

/* A statement that is kept beside the CREATE TABLE. */
struct kept {
	struct attached *a;	/* as it came; NULL: text is one of several */
	const char *text;
	const char *column;	/* that it is about, or NULL */
	const char *con;	/* the same of a constraint */
	bool identity;		/* what the column's sequence is like */
	struct vec grants;	/* of const char *: columns of privileges */
};

/*
 * A sequence that came with a serial column, and is seen to be one by itself.
 */
struct loose {
	const char *name;	/* in the table's schema */
	const char *column;	/* that owns it */
	const char *type;
};

/* A table whose statements are gone through, from the first to the last. */
struct fold {
	struct parse *p;
	struct arena *mem;
	struct made *m;
	struct table *t;
	struct vec kept;	/* of struct kept * */
	struct vec loose;	/* of struct loose * */
	struct vec indexes;	/* of struct made *: constraints now */
	const char *name;	/* of the table, quoted */
};

/* --- names: sql_fold_names.c --- */

/*
 * fold_rename_column - the column, and all that says its name. Its sequence
 * keeps the name that it has.
 *
 * Returns false where the table has no such column of its own.
 */
WM_MUST bool fold_rename_column(struct fold *f, const char *old,
    const char *name);

/* fold_rename_con - the same of a constraint. */
WM_MUST bool fold_rename_con(struct fold *f, const char *old,
    const char *name);

/* fold_rename_part - the same of an index, or of a column's sequence. */
WM_MUST bool fold_rename_part(struct fold *f, const char *old,
    const char *name);

/* --- sequences and constraints: sql_fold_parts.c --- */

/* fold_nextval - the default that takes numbers from a sequence. */
const char *fold_nextval(struct fold *f, const char *sequence);

/*
 * fold_loosen - see a serial column as what it is made of: a type, a default, a
 * sequence. Others stay as they are.
 *
 * sequence   what that is called; NULL: as usual
 */
void fold_loosen(struct fold *f, struct column *c, const char *sequence);

/* fold_tighten - take that back where nothing came of it. */
void fold_tighten(struct fold *f);

/* fold_rename_loose - another name for such a sequence. */
void fold_rename_loose(struct fold *f, struct loose *k, const char *name);

/*
 * fold_name_sequence - have an identity column's sequence be called so.
 *
 * Returns false where that cannot be written.
 */
WM_MUST bool fold_name_sequence(struct fold *f, struct column *c,
    const char *name);

/* fold_keep_sequence - the same with the name that it has. */
WM_MUST bool fold_keep_sequence(struct fold *f, struct column *c);

/* fold_take_chosen - names that are not the usual ones (sql_chosen.h). */
WM_MUST bool fold_take_chosen(struct fold *f);

/* fold_drop_sequence - a sequence goes, and the default with it. */
void fold_drop_sequence(struct fold *f, const char *name);

/* fold_forget_column - a column goes, with all that is said of it. */
void fold_forget_column(struct fold *f, const char *name);

/* fold_forget_con - what is said of a constraint goes. */
void fold_forget_con(struct fold *f, const char *name);

/* fold_forget_identity - what is said of how a column counts goes. */
void fold_forget_identity(struct fold *f, const char *column);

/* --- what is left: sql_fold_text.c --- */

/*
 * fold_text - the CREATE TABLE with what is left between its parentheses.
 *
 * text   as it was
 *
 * Returns NULL where it has none.
 */
const char *fold_text(struct fold *f, const char *text);

/*
 * fold_replace - give the table its new text, and what has to stand beside it.
 *
 * said     of struct attached *: the statements that are in it now
 * create   fold_text
 */
void fold_replace(struct fold *f, const struct vec *said,
    const char *create);

#endif
