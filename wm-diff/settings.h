/*
 * settings.h - statements of an object's text that only say something of it:
 * comments, grants, what is enabled. Their differences need no new object.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "diff.h"

/*
 * settings_only - where two texts differ in settings alone, make an alteration
 * of that: what is gone is taken back, what is new is said.
 *
 * Returns false, with nothing changed, where they differ otherwise.
 */
bool settings_only(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is);

/*
 * settings_undo - sql_undo, where the database says who owns what.
 */
const char *settings_undo(struct diff *d, const char *text,
    const struct sql_stmt *st);

/*
 * settings_early - before the new text is run over the object: have all taken
 * back that it no longer says. Adds to the change's early statements.
 */
void settings_early(struct diff *d, struct change *c,
    const struct parsed *was, const struct parsed *is);

/*
 * settings_leave - the same for an object that is made anew and takes over what
 * it has in the catalog: that then is what its text still says, and what others
 * have said.
 */
void settings_leave(struct diff *d, struct change *c);

/*
 * settings_core - a text without its settings: the first statement, and what
 * else belongs to the object itself.
 */
struct parsed settings_core(struct diff *d, const struct object *o,
    const struct parsed *p);

/* settings_sql - what takes the settings of one text to those of another. */
void settings_sql(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is, struct sbuf *out);

/* settings_has - whether a text has such a statement, spelling apart. */
bool settings_has(const struct parsed *p, const struct sql_stmt *st);

#endif
