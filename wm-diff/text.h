/*
 * text.h - SQL texts that are edited and still know their source places.
 */
#ifndef TEXT_H
#define TEXT_H

#include "diff.h"

/*
 * text_step - a step that runs an object's create text as it stands, with its
 * places and its cuts between statements.
 */
struct plan_step *text_step(struct diff *d, struct change *c,
    enum plan_action action);

/*
 * text_split - tell a step of other SQL where its statements begin; what the
 * parser does not take is sent whole.
 */
void text_split(struct diff *d, struct plan_step *s);

/*
 * text_or_replace - put "or replace" into every statement of the step that
 * takes it and does not have it.
 */
void text_or_replace(struct diff *d, struct change *c, struct plan_step *s);

/*
 * text_repeatable - whether a statement behind the first one of an object's
 * text can be run again over its own result.
 */
bool text_repeatable(const struct diff *d, const struct sql_stmt *st);

#endif
