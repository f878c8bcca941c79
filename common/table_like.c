/* What LIKE takes along of another table. */
#include "table.h"

#include "arena.h"
#include "sbuf.h"

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
	if ((opts & LIKE_DEFAULTS) == 0)
		k->dflt = NULL;
	if ((opts & LIKE_IDENTITY) == 0)
		k->identity = 0;
	if (k->identity == 0)
		k->identity_like = NULL;
	else if (k->identity_like == NULL && !is_bigint(from->type))
		k->identity_like = from->type;
	if ((opts & LIKE_GENERATED) == 0)
		k->generated = NULL;
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

const char *
table_column_text(struct arena *mem, const struct column *k)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, k->name);
	if (k->serial)
		sbuf_printf(&b, " %s", strcmp(k->type_text, "bigint") == 0 ?
		    "bigserial" : strcmp(k->type_text, "smallint") == 0 ?
		    "smallserial" : "serial");
	else
		sbuf_printf(&b, " %s", k->type_text);
	if (k->compression != NULL)
		sbuf_printf(&b, " compression %s", k->compression);
	if (k->collation_text != NULL)
		sbuf_printf(&b, " collate %s", k->collation_text);
	if (k->not_null && !k->serial && k->identity == 0)
		sbuf_puts(&b, " not null");
	if (k->dflt != NULL)
		sbuf_printf(&b, " default %s", k->dflt_text);
	if (k->identity != 0)
		sbuf_printf(&b, " %s", k->identity_text);
	if (k->generated != NULL)
		sbuf_printf(&b, " %s", k->generated_text);
	return sbuf_take(&b, mem);
}
