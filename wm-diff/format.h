/*
 * format.h - a plan for people and for psql.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "diff.h"

/* format_text - one line an object, coloured on a terminal. */
void format_text(const struct plan *p, struct sbuf *out, bool colour);

/*
 * format_sql - a script that psql runs, in one transaction with -1 or without,
 * and that stops where the database is not the one it was made for.
 */
void format_sql(const struct plan *p, struct sbuf *out);

#endif
