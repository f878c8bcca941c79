/* What a column and a constraint are written as. */
#include "table.h"

#include <strings.h>

#include "arena.h"
#include "sbuf.h"

static const char *
type_word(const struct column *c)
{
	static const struct {
		const char *type, *serial;
	} rows[] = { { "integer", "serial" }, { "bigint", "bigserial" },
		{ "smallint", "smallserial" } };

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (c->serial && strcmp(rows[i].type, c->type_text) == 0)
			return rows[i].serial;
	return c->type_text;
}

const char *
column_text(struct arena *mem, const struct column *c)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, c->name);
	sbuf_printf(&b, " %s", type_word(c));
	if (c->compression != NULL)
		sbuf_printf(&b, " compression %s", c->compression);
	if (c->collation_text != NULL)
		sbuf_printf(&b, " collate %s", c->collation_text);
	if (c->not_null && !c->serial && c->identity == 0)
		sbuf_puts(&b, " not null");
	if (c->dflt_text != NULL)
		sbuf_printf(&b, " default %s", c->dflt_text);
	if (c->identity != 0)
		sbuf_printf(&b, " %s", c->identity_text);
	if (c->generated_text != NULL)
		sbuf_printf(&b, " %s", c->generated_text);
	return sbuf_take(&b, mem);
}

const char *
con_text(struct arena *mem, const struct con *c)
{
	struct sql_token *t;
	size_t n;

	if (c->not_valid || strcasestr(c->text, "valid") == NULL ||
	    !sql_scan(mem, c->text, &t, &n))
		return c->text;
	for (size_t i = n; i-- > 1;)
		if (sql_token_is(c->text, &t[i], "valid") &&
		    sql_token_is(c->text, &t[i - 1], "not"))
			return arena_printf(mem, "%.*s%s",
			    (int)t[i - 1].off, c->text, c->text + t[i].off +
			    5);
	return c->text;
}
