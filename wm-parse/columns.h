/*
 * columns.h - which columns the tables and views of an object list have, read
 * from their SQL without a server.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "wm.h"

#include "model.h"

struct columns;

/* Whether a table has a column. */
enum column_known {
	COLUMN_NO,
	COLUMN_YES,
	COLUMN_UNKNOWN	/* the list does not tell */
};

/* A column, and which other one it shows, if it is one as it stands. */
struct relation_column {
	const char *name;
	const struct relation *native;	/* NULL: of its own, or computed */
	const char *native_col;
};

/* A table or view. */
struct relation {
	const char *sch;
	const char *tab;
	const struct object *obj;
	struct vec cols;	/* of struct relation_column * */
	struct vec added;	/* by other objects than its own */
	bool known;		/* cols are all there are */
	bool busy;		/* being read: a view that uses itself */
};

/*
 * columns_new - for the tables and views of a list, which must outlive it.
 * SQL is read when somebody asks. Give it back with columns_free.
 */
struct columns *columns_new(const struct model *m);
void columns_free(struct columns *c);

/* columns_of - a table or view by name, read; NULL where none has the name. */
const struct relation *columns_of(struct columns *c, const char *sch,
    const char *tab);

/* columns_find - a relation's column; NULL where it has none of the name. */
const struct relation_column *columns_find(const struct relation *r,
    const char *col);

/*
 * columns_schema - whether the list has tables or views of a schema; then it is
 * taken to have all of them.
 */
bool columns_schema(const struct columns *c, const char *sch);

/* columns_has - whether there is such a column. */
enum column_known columns_has(struct columns *c, const char *sch,
    const char *tab, const char *col);

#endif
