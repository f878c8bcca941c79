/*
 * swap.h - a type that columns use, made anew: the old one steps aside under
 * another name, the new one is made, the columns move over, the old one goes.
 */
#ifndef SWAP_H
#define SWAP_H

#include "diff.h"

/*
 * swap_heirs - find domains that became enums of the same name, and enums that
 * became domains: columns move over from one to the other.
 *
 * heirs   gets the record's objects, by the keys of the source's
 */
void swap_heirs(struct diff *d, struct map *heirs);

/*
 * swap_wanted - whether an enum's new value is used by what else changes:
 * PostgreSQL does not let it be used in the transaction that adds it.
 */
bool swap_wanted(struct diff *d, const struct change *c,
    const struct parsed *was, const struct parsed *is);

/*
 * swap_decide - have a type made anew with the columns that use it.
 *
 * Sets the fate, and marks the columns as touched. Returns false once a failure
 * of the server has been reported.
 */
WM_MUST bool swap_decide(struct diff *d, struct change *c,
    const struct parsed *was, const struct parsed *is);

/*
 * swap_attribute_gone - have the plan check that no column holds a value of an
 * attribute that its composite type loses.
 *
 * type   as it is named now
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool swap_attribute_gone(struct diff *d, struct change *c,
    const struct ident *type, const char *name);

/*
 * swap_using - the expression that a declared command gives for a column whose
 * type is made anew; the command is taken then, and does not run by itself.
 *
 * col        as it is named now
 * type       the new one
 * array      the column is of its array type
 * out_typed  whether the expression yields the new type; else the old one
 *
 * Returns NULL where none does, or another command stands before it.
 */
const char *swap_using(struct diff *d, struct change *table, const char *col,
    const struct ident *type, bool array, bool *out_typed);

/*
 * swap_possible - whether a text makes a type that has values in columns, which
 * have to be kept.
 */
bool swap_possible(const struct parsed *p);

/*
 * swap_spread - have types made anew that are made of such: domains over them,
 * composites that have them. To be called when the types are decided.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool swap_spread(struct diff *d);

/* swap_has - whether a table's columns move over to a change's new type. */
bool swap_has(const struct change *type, const struct change *table);

/* swap_aside - SQL that gives the old type its other name. */
const char *swap_aside(struct diff *d, struct change *c);

/* swap_move - SQL that moves the columns. */
void swap_move(struct diff *d, struct change *c, struct vec *out);

/* swap_end - SQL that drops the old type. */
const char *swap_end(struct diff *d, struct change *c);

#endif
