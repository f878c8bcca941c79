/* What LIKE takes along of another table. */
#include "table.h"

#include "arena.h"

static bool
is_bigint(const struct json *type)
{
	const struct json *names = json_get(type, "names");
	const char *name = names && names->last ? sql_string(names->last) :
	    NULL;

	return name != NULL && strcmp(name, "int8") == 0;
}

struct column *
table_like_column(struct arena *mem, const struct column *from, long opts)
{
	struct column *k = arena_alloc(mem, sizeof(*k));

	*k = *from;
	k->serial = false;
	if ((opts & LIKE_DEFAULTS) == 0) {
		k->dflt = NULL;
		k->dflt_text = NULL;
	}
	if ((opts & LIKE_IDENTITY) == 0)
		k->identity = 0;
	if (k->identity == 0)
		k->identity_like = NULL;
	else if (k->identity_like == NULL && !is_bigint(from->type))
		k->identity_like = from->type;
	if ((opts & LIKE_GENERATED) == 0) {
		k->generated = NULL;
		k->generated_text = NULL;
	}
	if ((opts & LIKE_COMPRESSION) == 0)
		k->compression = NULL;
	if ((opts & LIKE_STORAGE) == 0)
		k->storage = NULL;
	k->statistics = NULL;
	return k;
}

bool
table_like_con(const struct con *k, long opts)
{
	return k->kind != CON_FOREIGN && (opts & (k->kind == CON_CHECK ?
	    LIKE_CONSTRAINTS : LIKE_INDEXES)) != 0;
}
