/*
 * undo.h - what takes a statement back, read off its text.
 */
#ifndef WM_UNDO_H
#define WM_UNDO_H

#include "sql.h"

struct map;

/*
 * sql_undo - SQL that takes back what a statement did to an object: REVOKE for
 * GRANT, a comment that is null, the default of a setting.
 *
 * text     that the statement stands in
 * owners   the roles that own something (see undo_grant); NULL: not known
 *
 * Returns NULL where nothing is known to.
 */
const char *sql_undo(struct arena *mem, const char *text,
    const struct sql_stmt *st, const struct map *owners);

/*
 * sql_is_setting - whether a statement belongs to an object that another one
 * creates, says what is true of it, and can be taken back or said again by
 * itself: the way to change it is not to change the object. An owner, and the
 * index that one is attached to, stay where nothing is said any more; row
 * security that is said to be disabled is so without a word.
 */
bool sql_is_setting(struct arena *mem, const char *text,
    const struct sql_stmt *st);

#endif
