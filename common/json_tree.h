/*
 * json_tree.h - JSON that a library has made in this process, such as the trees
 * of SQL parsers: most of what these tools read is that.
 */
#ifndef WM_JSON_TREE_H
#define WM_JSON_TREE_H

#include "json_in.h"

struct arena;

/*
 * json_tree - a text as a tree in an arena, as json_parse makes it, in a third
 * of the time: nothing is looked at twice that its writer cannot get wrong,
 * such as UTF-8 and members that stand twice; lines are not counted.
 *
 * depth   limit of nesting
 *
 * Returns NULL, silently, where the text is not as such writers write it;
 * json_parse can say what is wrong, or does read it.
 */
WM_MUST struct json *json_tree(struct arena *a, const char *text, size_t len,
    size_t depth);

#endif
