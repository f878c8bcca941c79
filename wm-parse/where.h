/*
 * where.h - where in a source file the elements of a list stand that a command
 * was given, and which table a name means.
 */
#ifndef WHERE_H
#define WHERE_H

#include "parse.h"

/*
 * A walk through the text of the command that is being evaluated. The lists'
 * elements stand there in their order, verbatim, unless a procedure or a macro
 * made them.
 */
struct where {
	const struct parse *p;
	const char *cursor;	/* all before it is done; NULL: nothing known */
	const char *end;
};

/* where_start - begin at the command's first byte. */
void where_start(struct where *w, const struct parse *p);

/*
 * where_enter - go to an element: the next place at which it stands.
 *
 * Returns its end, for where_leave; NULL, and nothing has moved, where it is
 * not found.
 */
const char *where_enter(struct where *w, Tcl_Obj *element);

/* where_here - the place of the element that was entered last. */
struct loc where_here(const struct where *w);

/* where_leave - go on behind an element. */
void where_leave(struct where *w, const char *end);

/*
 * where_table - schema and name of a table, as the dictionary's commands name
 * it; public where no schema is named.
 *
 * Returns false, with a message in the interpreter, where it is no name.
 */
WM_MUST bool where_table(struct parse *p, const char *table,
    const char **out_sch, const char **out_tab);

#endif
