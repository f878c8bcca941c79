/*
 * alter_impl.h - what the parts that alter a table share: its structure, which
 * follows the statements, and the statements worked out so far.
 *
 * Each part looks at one aspect of the old structure and the new one, and
 * appends to the ALTER TABLE that is being collected, or statements of its
 * own. What the user has to decide goes to alter_refuse.
 */
#ifndef ALTER_IMPL_H
#define ALTER_IMPL_H

#include "alter.h"
#include "shell.h"
#include "table.h"

struct migration;

/* A constraint of the database. */
struct fact {
	char kind;		/* as in pg_constraint */
	const char *name;	/* by now */
	const char *was;	/* in the catalog; NULL: made on the way */
	struct vec cols;
	const char *ref;
	const char *root_schema, *root;	/* of a key that a partition has
					   through it: the table; or NULL */
	const char *comment;
	const struct con *con;	/* of the structure; NULL: not matched yet */
	bool gone;
};

/* A sequence that a column owns: serial, identity. */
struct owned {
	const char *col;	/* as it is named by now */
	const char *was;	/* when the step began */
	const char *schema;
	const char *name;
	bool gone;
};

/* A column that migrations have renamed or made. */
struct naming {
	const char *now;
	const char *was;	/* in the catalog; NULL: not there */
};

/* A name that a constraint of the catalog is to have. */
struct renaming {
	const char *from;
	const char *to;
};

/* A column that comes to the new table as another type. */
struct copy_as {
	const char *col;
	const char *expr;	/* of the old row */
};

/* What the catalog tells of a table. */
struct table_facts {
	struct vec facts;	/* of struct fact * */
	struct vec inherited;	/* the same: keys that it has through the
				   table that it is a partition of */
	bool has_rows;		/* it may */
	long long rows;		/* estimates */
	long long bytes;
};

/* One table on its way. */
struct alter {
	struct diff *d;
	struct change *c;
	struct table *old;	/* as it is by now: statements change it */
	struct table *new;	/* where this step leads */
	const char *fq;		/* as SQL names it, at this point */
	const char *was_fq;	/* before anything ran */
	struct ident was_id;
	bool parted;		/* partitioned, before anything ran */
	const char *step_name;	/* without schema, when the step began */
	const char *cmd_nam;	/* as a shell gives it to wm-migrate */
	struct vec facts;	/* of struct fact * */
	bool has_rows;
	long long rows;		/* estimates */
	long long bytes;
	bool migrated;		/* a migration may have written any row */
	struct vec moved;	/* columns that migrations make or write */
	int release;		/* of the version that the step leads to */
	int since;		/* of the one that it begins with */
	size_t main;		/* in change.alters: behind the migrations */
	struct vec owned;	/* of struct owned * */
	struct vec renamings;	/* of struct renaming * */
	struct vec dropped;	/* of const char *: constraints that go */
	struct vec sooner;	/* of those, what may be gone by then */
	struct vec names;	/* of struct naming * */
	struct vec behind;	/* of const char *: SQL behind all that the
				   step alters */
	struct vec missing;	/* names of columns that are refused as gone */
	struct vec retyped;	/* columns of another type in this step */
	struct vec typed;	/* the same, in all steps; in the catalog */
	struct vec remade;	/* columns dropped and made again */
	struct vec first;	/* names of columns that the old text has */
	struct vec said;	/* storage parameters that texts name */
	const char *rebuild;	/* why a new table is needed; or NULL */
	bool parts_go;		/* it is not partitioned as it was */
	struct vec copies;	/* of struct copy_as *: of the partition key,
				   which nothing alters in place */
	struct vec behind_key;	/* of const char *: its columns that go */
	bool pending;		/* of the migrations, some are to come */
	struct vec left;	/* of const char *: tables above that it has
				   left already */
	const char *from_above;	/* why it cannot have from there what it is
				   to have from there alone; or NULL */
	struct vec gained;	/* of const struct column *: that it has not,
				   and is to have from there alone */
	struct vec own;		/* of const char *: SQL that makes its own what
				   it gets from there */
	struct vec gained_cons;	/* the same: of struct con * */
	bool settled;		/* it stays the partition that it is */
	bool moves;		/* of the same table, at other bounds */
	bool regrant;		/* a grant was taken back in this step */

	struct vec subs;	/* of const char *: of the ALTER TABLE at
				   work */
	struct alter_stmt cost;	/* of those */
};

/* collect.c: the statements, one behind the other */

/* alter_flush - end the ALTER TABLE that is being collected. */
void alter_flush(struct alter *a);

/* alter_sub - one more command of the ALTER TABLE being collected. */
void alter_sub(struct alter *a, const char *fmt, ...) WM_PRINTF(2, 3);

/*
 * alter_do - a statement of its own, behind what was collected.
 *
 * Returns it, for what it costs to be filled in.
 */
struct alter_stmt *alter_do(struct alter *a, const char *fmt, ...)
    WM_PRINTF(2, 3);

/* alter_before - a statement before all that this step alters. */
void alter_before(struct alter *a, const char *fmt, ...) WM_PRINTF(2, 3);

/*
 * alter_way - the way out of what was refused, a command for wm-migrate: the
 * table as it was is not the source's where drift is undone, so that there
 * it is another one.
 */
void alter_way(struct alter *a, const char *fmt, ...) WM_PRINTF(2, 3);

/* alter_refuse - refuse the table's change; a hint may follow. */
void alter_refuse(struct alter *a, const char *fmt, ...) WM_PRINTF(2, 3);

/* facts.c: what the catalog says of the table */

/*
 * alter_ask - a query of the catalog about tables, as they are there: its
 * parameters are arrays of their schemas and names, in order.
 *
 * tables   of struct change *; of each the text makes a table
 *
 * Returns NULL once a failure of the server has been reported.
 */
PGresult *alter_ask(struct diff *d, const char *sql,
    const struct vec *tables);

/*
 * alter_load - take what alter_facts has brought, ask for the sequences.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_load(struct alter *a);

/* alter_original - a column's name in the catalog; NULL: not there yet. */
const char *alter_original(const struct alter *a, const char *col);

/* alter_named - a column is renamed, or (was NULL) made. */
void alter_named(struct alter *a, const char *was, const char *now);

/* alter_unnamed - a column goes. */
void alter_unnamed(struct alter *a, const char *name);

/*
 * alter_touch - have what uses a column get out of the way; to be called
 * before the column changes or goes.
 */
void alter_touch(struct alter *a, const char *col, bool gone);

/* alter_touch_key - the same for what hangs on a key that goes. */
void alter_touch_key(struct alter *a, const struct fact *f);

/*
 * alter_fact - the constraint of the database that one of the old structure
 * is: that of its name, the one the server will have named, or the only one
 * alike. NULL where there is none.
 */
struct fact *alter_fact(struct alter *a, const struct con *k);

/* alter_made - a constraint that the database has from this point on. */
void alter_made(struct alter *a, const struct con *k);

/* alter_owned - the sequence of a serial or identity column, or NULL. */
struct owned *alter_owned(const struct alter *a, const char *col);

/* alter_owned_text - its name in SQL. */
const char *alter_owned_text(struct alter *a, const struct owned *o);

/* checks.c: rows that would break the change */

/*
 * alter_check - a check query, where it can be asked before the plan runs.
 *
 * cols     of const char *: that the condition reads
 * where    the condition that rows must not meet; the table is "x"
 */
void alter_check(struct alter *a, const struct vec *cols, const char *message,
    const char *where);

/* alter_check_constraint - the same, for a new constraint. */
void alter_check_constraint(struct alter *a, const struct con *k);

/*
 * alter_referenced - the table of the source that a RangeVar names, where
 * migrations of it are to run; NULL else.
 */
const struct change *alter_referenced(struct alter *a, const struct json *rv);

/* casts.c: how a column's type can change */

enum cast {
	CAST_NONE,	/* the server has none */
	CAST_ASKED,	/* only where a query asks for it: "x::type" */
	CAST_LOSSY,	/* may fail, or cut */
	CAST_REWRITE,	/* keeps all, writes the table anew */
	CAST_FREE	/* metadata only */
};

/*
 * alter_cast - from one column's type to another's.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_cast(struct alter *a, const struct column *was,
    const struct column *is, enum cast *out);

/* expand.c: columns that come from elsewhere */

/*
 * alter_expand - give a table the columns of its type (OF), or of tables that
 * it is LIKE; what cannot be told stays in its "unknown".
 *
 * old     as the record has these, not the list
 * depth   of tables that are like or below one another; 0 to begin with
 */
void alter_expand(struct diff *d, struct table *t, bool old, int depth);
#define ALTER_DEPTH 20

/*
 * alter_type_changes - whether a table is of a type (OF) that changes: then it
 * does without it meanwhile.
 */
bool alter_type_changes(struct diff *d, struct change *c);

/* columns.c */

/*
 * alter_columns - columns of the old structure become those of the new one.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_columns(struct alter *a);

/*
 * alter_add_column - ADD COLUMN; the structure does not have it by that.
 *
 * init   SQL of what old rows get; NULL: the default
 */
void alter_add_column(struct alter *a, const struct column *k,
    const char *init);

/* alter_drop_column - DROP COLUMN, with its data; the structure follows. */
void alter_drop_column(struct alter *a, const char *name);

/*
 * alter_column_type - ALTER COLUMN TYPE; the structure follows.
 *
 * is      has the type, and the default that fits it
 * using   SQL expression, or NULL
 */
void alter_column_type(struct alter *a, struct column *was,
    const struct column *is, enum cast cast, const char *using);

/* identity.c: identity, serial, and their sequences */

/* alter_identity - a column's identity comes, goes or changes. */
void alter_identity(struct alter *a, struct column *was,
    const struct column *is);

/*
 * alter_add_identity - add a column that is an identity to a table that may
 * have others below it; their rows get numbers, too.
 */
void alter_add_identity(struct alter *a, const struct column *k);

/*
 * alter_identity_like - the sequence of an identity counts as one that LIKE has
 * copied does, or no longer so; behind all else that makes it or changes it.
 *
 * was   NULL: the column is made
 */
void alter_identity_like(struct alter *a, const struct column *was,
    const struct column *is);

/*
 * alter_serial - a column becomes serial: its sequence goes on behind what the
 * column holds, or from where that of its identity was.
 */
void alter_serial(struct alter *a, const struct column *was,
    const struct column *is);

/*
 * alter_sequences_early - sequences of columns make room for those of their
 * names that get a text of their own; to be called before the first step.
 *
 * to   the structure that the last step leads to
 */
void alter_sequences_early(struct alter *a, const struct table *to);

/*
 * alter_sequences - sequences of columns follow the names of these, as they
 * would be named in a new table.
 */
void alter_sequences(struct alter *a);

/* constraints.c */

/* alter_constraints - those of the old structure become the new one's. */
void alter_constraints(struct alter *a);

/*
 * alter_drop_foreign - drop foreign keys before anything else: those over a
 * column, where what they refer to changes as well, or its values become
 * others; and those of the table that refer to the column itself.
 */
void alter_drop_foreign(struct alter *a, const char *col, bool others);

/*
 * alter_foreign_renames - foreign keys of the old structure name columns of
 * other tables; those that a migration there renames get their new names.
 */
void alter_foreign_renames(struct alter *a);

/* runtime.c: partitions that no source has, of a table that is made anew */

/*
 * runtime_find - these partitions, as SQL names them, appended to out. Those
 * that the new table has no place for are warned of.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool runtime_find(struct alter *a, struct vec *out);

/* runtime_names - the names as the text of an array. */
const char *runtime_names(struct arena *mem, const struct vec *names);

/*
 * runtime_keep, runtime_make - SQL that notes them before the old table steps
 * aside, and that makes them again when the new one is there.
 *
 * names   as runtime_names has them
 */
const char *runtime_keep(struct alter *a, const char *names);
const char *runtime_make(struct alter *a);

/* part_keys.c: keys that a partition has through another table */

/*
 * alter_has_key - whether a new key is one that the partition has already,
 * because the table that it is of has it; it gets the name that the text says.
 *
 * is   of the new structure
 *
 * A second primary key is refused, unless that of the other table goes.
 */
bool alter_has_key(struct alter *a, const struct con *is);

/*
 * alter_taken_in - whether a key that the partition's text no longer has is one
 * that the table which it is of gets: it stays, and becomes part of that; under
 * the name that the server would have given to it.
 */
bool alter_taken_in(struct alter *a, const struct con *was, struct fact *f);

/*
 * alter_gives_way - whether a primary key of a partition goes because the table
 * that it is of gets one for all: it does so before.
 */
bool alter_gives_way(struct alter *a, const struct con *was,
    const struct fact *f);

/* key_index.c: keys that take the place of indexes */

/*
 * alter_key_of_index - the name of a unique index, which leaves the source, of
 * which a new key can be made: it does not go by itself then. NULL where there
 * is none.
 */
const char *alter_key_of_index(struct alter *a, const struct con *k);

/* storage.c: what concerns the table as a whole */

/* alter_storage - persistence, parameters, tablespace, parents, bounds. */
void alter_storage(struct alter *a);

/*
 * alter_gain - what a table that is made anew will have from above, where
 * others are below it: these have to have it before they come under the new
 * one.
 */
void alter_gain(struct alter *a);

/* rest.c: statements behind the CREATE TABLE */

/*
 * alter_rest_names - statements behind the old text of a table that migrations
 * have renamed or moved are about its new name from here on (rest_names.c).
 */
void alter_rest_names(struct alter *a);

/*
 * alter_rest_back - take back those about columns and constraints that are
 * gone, before these are dropped or get other names, and sequences that the
 * text no longer gives to a column, which would go with it.
 *
 * to   the structure that the table stands still at next
 */
void alter_rest_back(struct alter *a, const struct table *to);

/* alter_rest - run those that are new, take back those that are gone. */
void alter_rest(struct alter *a);

/* follow.c: what a statement does to the old structure */

/* follow_rename - a column gets another name: also in keys, expressions. */
void follow_rename(struct alter *a, const char *from, const char *to);

/* follow_sql - an ALTER TABLE that was declared; others change nothing. */
void follow_sql(struct alter *a, const char *sql);

/* migrations.c: the declared commands */

/*
 * migrations - run commands of Wyseman.delta, one by one; the old structure
 * follows.
 *
 * commands   of const char *
 */
void migrations(struct alter *a, const struct vec *commands);

/* attached.c: what hangs on columns and does not survive their change */

/* alter_indexes - have the source's indexes of remade columns made again. */
void alter_indexes(struct alter *a);

/*
 * alter_restore - note what else is lost with remade columns; alter_attached
 * asks for it.
 */
void alter_restore(struct alter *a);

/* inherited.c: what the server named, of partitions */

/*
 * alter_inherited_names - note the table's names, as they were and will be,
 * where any changes; alter_inherited uses that. To be called at the end.
 */
void alter_inherited_names(struct alter *a);

/* pass.c: versions that the table need not stand still at */

/*
 * alter_pass - a step that runs the commands of a version and makes the columns
 * that are new in it; what else differs is left to a later step.
 *
 * next   index in the change's hops of the version behind this one
 */
void alter_pass(struct alter *a, const struct vec *commands,
    struct table *to, size_t next);

/*
 * part_fit.c: part_fit_check - a check for rows that no partition takes, where
 * the table is partitioned in another way by then.
 */
void part_fit_check(struct alter *a);

/* rebuild.c: a new table in place of the old one */

/*
 * alter_form - find out whether the step needs a new table; refuse it where
 * that is not allowed.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_form(struct alter *a);

/*
 * alter_rebuild - behind all steps: the new table, its rows, and what the old
 * one has that its text does not say; statements go to the change's alters
 * and, behind its partitions, fill.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_rebuild(struct alter *a);

/*
 * alter_make_text - the statements of a text that is made anew.
 *
 * release   that they belong to, see hops.h
 * out   &c->alters: those that make relations; &c->fill: the rest. Where the
 *       change is a partition of what is made anew, alters has all
 */
void alter_make_text(struct diff *d, struct change *c, int release,
    struct vec *out);

/* parents.c: tables that it inherits from or is a partition of */

/*
 * alter_follow_table - the name that a table of the old side has by the end.
 *
 * id   changed where its table is renamed
 */
void alter_follow_table(struct diff *d, struct ident *id);

/*
 * alter_parents - give the old structure what the tables above it do to it, and
 * both what they have through them while the other side says it itself; leave
 * those that it is not to be below any more. To be called before the first
 * step.
 *
 * to   the structure that the last step leads to
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_parents(struct alter *a, struct table *to);

/*
 * alter_copy_as - a column of the partition key gets another type: where the
 * table is made anew, what an expression makes of it is copied.
 *
 * expr   NULL: the column itself
 */
void alter_copy_as(struct alter *a, const char *col, const char *expr);

/* alter_in_key - whether a partitioned table's key reads a column. */
bool alter_in_key(const struct table *t, const char *col);

/*
 * alter_block - a DO statement whose body is a file of wm-diff/sql, with
 * literals in place of $1, $2, ... up to $9.
 */
const char *alter_block(struct arena *mem, const char *sql,
    const char *const *args);

/*
 * alter_holder - SQL's name for a table that stands above another one for as
 * long as its parents change: what that has from above, and not of its own,
 * stays so.
 */
const char *alter_holder(struct alter *a);

/*
 * alter_name_above - what the tables above make of the name of a column that
 * the table has from there; NULL where they do not rename it.
 */
const char *alter_name_above(struct diff *d, struct change *c,
    const char *col);

/*
 * alter_complete - what one side's text says of columns that it has from
 * above: columns without a type get theirs, ALTER TABLE statements behind the
 * text are part of the structure. What cannot be told stays in its "unknown".
 */
void alter_complete(struct diff *d, struct change *c, struct table *t,
    bool old);

/*
 * alter_parents_find - note which objects attach which partitions.
 */
void alter_parents_find(struct diff *d);

/*
 * alter_is_below - whether a table above one changes, as far as it is marked,
 * so that it has to be looked at, too; or it is below none any more.
 */
bool alter_is_below(struct diff *d, struct change *c);

/*
 * alter_is_above - whether a table of the record inherits from one.
 *
 * O(changes).
 */
bool alter_is_above(struct diff *d, const struct change *c);

/*
 * alter_whole - one side's structure with what comes from above: columns, and
 * checks. What cannot be told stays in its "unknown".
 *
 * c       NULL allowed: so is what comes back
 * depth   as alter_expand
 *
 * Free with table_clear.
 */
struct table *alter_whole(struct diff *d, struct change *c, bool old,
    int depth);

/* alter.c */

/*
 * alter_step - one step of the table's way: the commands run, then what still
 * differs from the structure `to` is altered. Statements are appended to the
 * change's; the old structure ends as `to`, so that another step can follow.
 *
 * commands   of const char *: as Wyseman.delta has them
 * to         given away; cleared with the rest
 *
 * Refusals go to diag. Returns false once a failure of the server has been
 * reported, or where the commands do not lead to `to`: then no further step
 * makes sense.
 */
WM_MUST bool alter_step(struct alter *a, const struct vec *commands,
    struct table *to);

#endif
