/*
 * restore.h - what was done to an object since it was made, and has to be done
 * again when the object is made again: owner, privileges, comments, options.
 *
 * A fact says what it is about: "owner", "grant|PRIVILEGE|ROLE",
 * "grant||ROLE" (all that the role has by default was taken away),
 * "comment|COLUMN" (empty for the object itself), "option|NAME",
 * "default|COLUMN", "enabled" (of a trigger), "mark" (of an index).
 */
#ifndef RESTORE_H
#define RESTORE_H

#include "diff.h"

struct closure_node;

/*
 * restore_said - whether the object's own text, old or new, says something
 * about it: then the text is what counts.
 */
bool restore_said(struct diff *d, struct change *c, const char *about);

/*
 * restore_sql - statements that take an object that was just made to where its
 * old self was; NULL where there are none.
 *
 * c   ours, whose text made the node; NULL: somebody else's
 */
const char *restore_sql(struct diff *d, struct change *c,
    const struct closure_node *n);

#endif
