/*
 * text.h - the table that translators fill in, both ways.
 *
 * One row a string, with the columns what (table, column, value or message),
 * table, column, item (the value, or the message's code), field (title or
 * help), then one named by each language, state, mark. A mark is three marks of
 * common/dict.h with "." between them: of the original; of the translation as
 * it was written there; and of the original that it is known to translate,
 * empty where that is not known.
 */
#ifndef TEXT_H
#define TEXT_H

#include "wm.h"

struct arena;

/* Words of the column "what", by enum dict_table. */
extern const char *const text_what[];

/*
 * text_import - write a filled table as a file of tabtext commands to standard
 * output.
 *
 * language   that the table has to be for; NULL: whatever it says
 *
 * What is wrong with the table is reported; then nothing is written.
 */
void text_import(struct arena *mem, const char *path, const char *language);

#endif
