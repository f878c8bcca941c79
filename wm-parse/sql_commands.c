#include "sql_commands.h"

#include "arena.h"
#include "phrase.h"

/* The token that the first command begins with. */
static size_t
first_command(const struct phrase *w)
{
	size_t i = 2;

	if (phrase_is(w, i, "if"))
		i += 2;
	i += phrase_is(w, i, "only");
	i++;
	while (phrase_is(w, i, "."))
		i += 2;
	return i + phrase_is(w, i, "*");
}

bool
sql_commands(struct arena *mem, const char *text, const struct sql_stmt *st,
    const char *table, struct vec *out)
{
	bool only = !json_bool(json_get(st->node, "relation"), "inh");
	struct phrase w;
	size_t from;
	int depth = 0;

	if (!phrase_stmt(mem, text, st, &w))
		return false;
	from = first_command(&w);
	for (size_t i = from; i <= w.n; i++) {
		depth += phrase_is(&w, i, "(") || phrase_is(&w, i, "[");
		depth -= phrase_is(&w, i, ")") || phrase_is(&w, i, "]");
		if (i < w.n && (depth > 0 || !phrase_is(&w, i, ",")))
			continue;
		vec_push(out, arena_printf(mem, "alter table %s%s %s", only ?
		    "only " : "", table, phrase_slice(&w, from, i)));
		from = i + 1;
	}
	return true;
}
