/*
 * text.h - what people wrote about tables: the command tabtext.
 */
#ifndef TEXT_H
#define TEXT_H

#include "parse.h"

/*
 * text_table - record the texts of one table in one language.
 *
 * table   [SCHEMA.]TABLE
 * list    arguments behind the table's name; not shared, is used up
 *
 * Returns TCL_OK, or TCL_ERROR with a message in the interpreter. What is
 * wrong with single records is reported at their place.
 */
WM_MUST int text_table(struct parse *p, const char *table, Tcl_Obj *list);

/* text_command - tabtext; data is the struct parse. */
Tcl_ObjCmdProc text_command;

#endif
