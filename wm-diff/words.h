/*
 * words.h - the data dictionary's rows, compared as data: those of the list
 * with those of the database, or of the record where there is no database.
 *
 * For each language that the list has rows of (and for style, where it has
 * any), the rows of tables in the list's modules become those of the list.
 * Other languages and other modules' tables are left alone; but rows about
 * tables and columns that leave the schema go with them, and those about
 * renamed ones go along.
 */
#ifndef WORDS_H
#define WORDS_H

#include "diff.h"

/*
 * words_compare - find what differs. The objects have been matched; nothing is
 * added to the plan yet.
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool words_compare(struct diff *d);

/* words_any - whether words_steps has something to add. */
bool words_any(const struct diff *d);

/* words_steps - add the steps of what words_compare has found. */
void words_steps(struct diff *d);

void words_clear(struct diff *d);

#endif
