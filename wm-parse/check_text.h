/*
 * check_text.h - which texts are missing, and which describe nothing.
 */
#ifndef CHECK_TEXT_H
#define CHECK_TEXT_H

#include "wm.h"

#include "model.h"

/*
 * check_text - look through the texts of a list, in all languages that it has.
 *
 * json   NULL: findings are warnings; else they are written there as a
 *        document wm-text/1
 */
void check_text(const struct model *m, struct json_out *json);

#endif
