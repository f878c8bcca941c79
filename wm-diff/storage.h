/*
 * storage.h - storage parameters of tables and indexes.
 */
#ifndef STORAGE_H
#define STORAGE_H

#include "wm.h"

struct arena;
struct json;
struct sbuf;

/*
 * storage_changes - what leads from one list of parameters to another.
 *
 * was, is       lists of DefElem; NULL: none
 * set, reset    appended to: what goes between the parentheses of SET and of
 *               RESET; nothing where nothing has to
 */
void storage_changes(struct arena *mem, const struct json *was,
    const struct json *is, struct sbuf *set, struct sbuf *reset);

#endif
