/*
 * undo_grant.h - what takes back a statement about privileges.
 */
#ifndef WM_UNDO_GRANT_H
#define WM_UNDO_GRANT_H

#include "wm.h"

struct json;
struct map;
struct phrase;

/*
 * undo_grant - SQL that takes a GRANT, REVOKE, or ALTER DEFAULT PRIVILEGES
 * back, but for what a role has of an object without being given it: its owner
 * everything, PUBLIC the use of functions, types and languages.
 *
 * w        the statement's words
 * node     its parse tree
 * owners   the roles that own something, by their names; NULL: not known
 *
 * Returns NULL where nothing is known to; else the text is in w's arena.
 */
const char *undo_grant(const struct phrase *w, const struct json *node,
    const struct map *owners);

#endif
