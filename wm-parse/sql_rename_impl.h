/*
 * sql_rename_impl.h - what the files of rename_column share: sql_rename_from.c
 * has what stands in the FROM of a query, sql_rename_column.c what reads it.
 */
#ifndef SQL_RENAME_IMPL_H
#define SQL_RENAME_IMPL_H

#include "rewrite.h"
#include "sql_rename.h"

/* Whether what stands in a FROM has the column. */
enum has {
	HAS_NOT,
	HAS_MAYBE,	/* it is another table's then */
	HAS_OTHER,	/* its own, of that name */
	HAS_IT		/* it is the table, or passes its column on */
};

/* One item of a FROM. */
struct entry {
	const char *schema;	/* of a table without alias; else NULL */
	const char *name;	/* that it goes by; NULL: none */
	enum has has;
	bool named_only;	/* no bare name means its columns */
	long at;		/* of a table in a FROM: where; else -1 */
	const char *of_schema;	/* ... and which, whatever it goes by */
	const char *of;
	const struct json *names;	/* that its columns have instead */
	const struct json *query;	/* that it is instead; or NULL */
};

/* What names can mean at a place, the innermost first. */
struct scope {
	const struct scope *up;
	struct vec entries;	/* of struct entry * */
	struct vec ctes;	/* of struct entry *: WITH queries by name */
	bool merged;		/* columns of several are one: USING, NATURAL */
};

/* A statement that is rewritten. */
struct edit {
	struct arena *mem;
	const struct renaming *k;
	rename_columns_fn *columns;
	void *ctx;
	struct rewrite w;
	struct vec aliased;	/* of intptr_t: places of tables in a FROM that
				   get the old names there */
	bool unsure;		/* another one does */
	bool lost;		/* nor is that a way */
};

#define SCOPE WM_CLEANUP(scope_clear) struct scope

/* scope_clear - free its lists; what they have is the arena's. */
void scope_clear(struct scope *s);

/* --- tokens --- */

/* edit_put - the new name in place of token i, if that is the old one. */
void edit_put(struct edit *e, size_t i);

/* edit_put_list - the same of all in the brackets that open behind token i. */
void edit_put_list(struct edit *e, size_t i);

/* --- trees --- */

/* list_has - whether a list of Strings has a name; NULL allowed. */
bool list_has(const struct json *list, const char *name);

/*
 * target_names - the ColumnRef that gives an expression of a target list its
 * name; NULL where none does (source: FigureColname in PostgreSQL's
 * parse_target.c).
 */
const struct json *target_names(const struct json *expr);

/* ref_name - the last name of a ColumnRef; NULL for a star. */
const char *ref_name(const struct json *ref);

/* ref_is_star - whether a ColumnRef is one. */
bool ref_is_star(const struct json *ref);

/* query_yields - whether a query yields a column of a name; stars may. */
enum has query_yields(const struct json *query, const char *column);

/* query_has - the same, of the old name. */
enum has query_has(const struct edit *e, const struct json *query);

/* edit_is_table - whether a RangeVar names the table of the column. */
bool edit_is_table(const struct edit *e, const struct json *rv);

/* --- scopes --- */

/* scope_add - one more entry, or WITH query. */
struct entry *scope_add(struct edit *e, struct vec *to, const char *name,
    enum has has);

/* scope_add_table, scope_add_from - the entries of an item of a FROM. */
void scope_add_table(struct edit *e, struct scope *s, const struct json *rv);
void scope_add_from(struct edit *e, struct scope *s, const struct json *item);

/*
 * scope_has_it - whether an entry from the first on is the table, or passes its
 * column on.
 */
bool scope_has_it(const struct scope *s, size_t first);

/*
 * scope_doubt - have the tables of a FROM get the old names there: which column
 * a name is of then, the server says.
 */
void scope_doubt(struct edit *e, const struct scope *s, size_t first);

#endif
