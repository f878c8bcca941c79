/*
 * check.h - reading each object's SQL with PostgreSQL's parser, on a thread of
 * its own while Tcl goes on with the next file.
 */
#ifndef CHECK_H
#define CHECK_H

#include "wm.h"

#include "model.h"

struct parse;

/* What a text that PostgreSQL's parser does not know means. */
enum sql_level { SQL_ERROR, SQL_WARN, SQL_OFF };

struct check;

/*
 * check_start - begin; with SQL_OFF nothing is ever checked. Give it back with
 * check_finish.
 *
 * p   whose source lines messages quote; must outlive it
 */
struct check *check_start(enum sql_level level, const struct parse *p);

/*
 * check_add - have an object's create and drop text read. The object must not
 * change until check_finish.
 */
void check_add(struct check *c, const struct object *o);

/*
 * check_finish - wait for the rest, report what is no SQL, in the order in
 * which the objects were added, each at its place in the source; free.
 */
void check_finish(struct check *c);

#endif
