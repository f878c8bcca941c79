#include "cutter.h"

#include "arena.h"

bool
cutter_is(const struct cutter *k, size_t i, char c)
{
	return k->tokens[i].len == 1 && k->text[k->tokens[i].off] == c;
}

bool
cutter_is_word(const struct cutter *k, size_t i, const char *word)
{
	return i < k->n && sql_token_is(k->text, &k->tokens[i], word);
}

const char *
cutter_text(const struct cutter *k, size_t from, size_t to)
{
	while (from < to && strchr(" \t\r\n", k->text[from]) != NULL)
		from++;
	while (to > from && strchr(" \t\r\n", k->text[to - 1]) != NULL)
		to--;
	return arena_strndup(k->mem, k->text + from, to - from);
}

size_t
cutter_token(const struct cutter *k, size_t off)
{
	return sql_token_at(k->tokens, k->n, off);
}

size_t
cutter_place(const struct cutter *k, const struct json *node)
{
	return (size_t)json_int(node, "location", 0) - k->base;
}
