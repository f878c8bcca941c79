/*
 * alter.h - a table in place: from its recorded text to the source's, by the
 * declared migrations and then by ALTER TABLE.
 */
#ifndef ALTER_H
#define ALTER_H

#include "diff.h"

/* One statement of an alteration, with what it costs. */
struct alter_stmt {
	const char *sql;
	const char *lock;
	bool scan;
	bool rewrite;
	bool loss;
	bool data;	/* writes rows; no DDL */
	int release;	/* of the version that it belongs to; hops.h */
	bool rebuild;	/* part of making the table anew */
	long long rows;	/* of the table, about */
	long long bytes;
};

/* A column that changes so that what uses it has to get out of the way. */
struct alter_column {
	const char *schema;
	const char *table;
	const char *name;
	bool gone;
	bool constraint;	/* no column, but a key that goes */
	bool swapped;		/* it moves over to a type that is made anew */
	const char *to;		/* the name it gets; or NULL */
};

/*
 * alter_facts - ask the catalog, at once, for all tables that may be altered.
 *
 * tables   struct change *
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_facts(struct diff *d, const struct vec *tables);

/* alter_forget - free what alter_facts has brought for a change. */
void alter_forget(struct change *c);

/*
 * alter_table - work out a change of a table: fills the change's alters and
 * touched columns, sets its fate, adds check queries to the plan.
 *
 * What would lose data, or could mean two things, is refused with the
 * wm-migrate command that would declare it. Returns false once a failure of
 * the server has been reported.
 */
WM_MUST bool alter_table(struct diff *d, struct change *c,
    struct parsed *was, struct parsed *is);

/*
 * alter_follow - mark tables that are LIKE one that changes, or below it: they
 * change, too, whether or not their own text does. Also notes which objects
 * attach which partitions.
 */
void alter_follow(struct diff *d);

/*
 * alter_attached - append to the alters of changes what makes again that which
 * hangs on their columns and does not survive; the catalog is asked once.
 *
 * changes   struct change *
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool alter_attached(struct diff *d, const struct vec *changes);

/*
 * alter_inherited - append to the alters of tables what brings the names of
 * the indexes and foreign keys that the server made for partitions to what it
 * would choose by now; the catalog is asked once, if anything has been renamed.
 *
 * To be called when the fates of all changes are known. Returns false once a
 * failure of the server has been reported.
 */
WM_MUST bool alter_inherited(struct diff *d);

/*
 * alter_partitions - what becomes of the partitions of tables that are made
 * anew: those that stay are made anew with them, before the rows come.
 */
void alter_partitions(struct diff *d);

/*
 * alter_parent - the table that one is a partition of, on one side: by its own
 * text, or by what attaches it; false where it is of none.
 */
bool alter_parent(struct diff *d, struct change *c, bool old,
    struct ident *out);

/* Where a partition stands, on one side. */
struct alter_place {
	struct change *table;	/* that it is of; NULL: the side has it not */
	struct ident id;	/* of that table */
	const struct json *bound;
	const char *text;	/* of the bound: FOR VALUES ..., DEFAULT */
	struct change *object;	/* that attaches it; NULL: its own text does */
};

/*
 * alter_place - where a table stands as a partition, on one side; false where
 * it is none.
 */
bool alter_place(struct diff *d, struct change *c, bool old,
    struct alter_place *out);

/*
 * alter_bounds - partitions that come, go, or get other bounds, while their
 * table stays: rows that they do not take any more, or that new ones take from
 * the default partition, move to where they belong.
 *
 * To be called when the fates of all changes are known. Returns false once a
 * failure of the server has been reported.
 */
WM_MUST bool alter_bounds(struct diff *d);

/*
 * alter_keys_first - have primary keys of partitions go before the tables that
 * they are of get one for all. To be called when those are altered.
 */
void alter_keys_first(struct diff *d);

/*
 * alter_heirs - refuse to drop a table while a new one looks like it: it may
 * have been renamed or moved.
 */
void alter_heirs(struct diff *d);

/*
 * alter_stars - have views made again whose "*" or whole-row reads a table
 * that gains, loses or renames columns.
 */
void alter_stars(struct diff *d);

#endif
