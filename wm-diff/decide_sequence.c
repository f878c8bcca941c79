/* How a sequence changes: altered, and it gives nothing out twice. */
#include "decide_impl.h"

#include "sequence_options.h"
#include "settings.h"

bool
decide_sequence(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *opts, *owner, *type;
	struct sequence_options o;
	const char *type_text;
	bool owned, restart;

	if (!decide_same_first(d, was, is) ||
	    settings_core(d, c->new, is).n != 1 ||
	    settings_core(d, c->old, was).n != 1 ||
	    strcmp(is->stmts[0].tag, "CreateSeqStmt") != 0)
		return decide_recreate(c, NULL);
	owned = sql_defelem(json_get(was->stmts[0].node, "options"),
	    "owned_by") != NULL;
	opts = json_get(is->stmts[0].node, "options");
	sequence_options(d->mem, opts, &o);
	type = json_get(sql_defelem(opts, "as"), "TypeName");
	owner = sql_defelem(opts, "owned_by");
	type_text = type ? sql_type_text(d->mem, type) : NULL;
	sbuf_printf(&b, "alter sequence %s as %s",
	    ident_text(d->mem, &is->idents[0]), type_text ? type_text :
	    "bigint");
	if (!sequence_restart(d, c, ident_text(d->mem, &was->idents[0]),
	    type_text, &o, &restart))
		return false;
	sequence_options_put(&b, &o, "", restart);
	/* what no text says, the column's table may have said */
	if (owner == NULL)
		sbuf_puts(&b, owned ? " owned by none" : "");
	else {
		const struct json *l = json_get2(owner, "List", "items");

		sbuf_puts(&b, " owned by ");
		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next) {
			const char *s = sql_string(j);

			if (j != l->first)
				sbuf_putc(&b, '.');
			/* "none" is a word here, not a name */
			if (l->first->next == NULL)
				sbuf_puts(&b, s ? s : "none");
			else
				sbuf_ident(&b, s ? s : "");
		}
	}
	settings_sql(d, c, was, is, &b);
	c->sql = sbuf_take(&b, d->mem);
	decide_fate(c, FATE_ALTER, NULL);
	return true;
}
