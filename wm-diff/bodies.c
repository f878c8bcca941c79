#include "bodies.h"

#include <strings.h>

#include "sql.h"
#include "text.h"

static bool
is_made(const struct change *c)
{
	return c->new != NULL && !c->temp && (c->fate == FATE_CREATE ||
	    c->fate == FATE_REPLACE || c->fate == FATE_RECREATE);
}

/* The function that reads the body of a CREATE FUNCTION; NULL: nobody does. */
static const char *
validator(const struct sql_stmt *st)
{
	static const struct {
		const char *language, *name;
	} known[] = { { "sql", "pg_catalog.fmgr_sql_validator" },
		{ "plpgsql", "pg_catalog.plpgsql_validator" } };
	const char *lang, *body;

	sql_function_body(st->node, &lang, &body);
	for (size_t i = 0; lang && body && i < WM_LEN(known); i++)
		if (strcasecmp(known[i].language, lang) == 0)
			return known[i].name;
	return NULL;
}

/* Whether the plan's path is not where the function will look. */
static bool
has_own_path(const struct object *o, const struct ident *id)
{
	return strcmp(id->schema, IDENT_SCHEMA) != 0 ||
	    strcasestr(o->create, "search_path") != NULL;
}

/* The set_config that comes before a body is read. */
static void
put_path(struct diff *d, const struct ident *id, const char *function,
    struct sbuf *b)
{
	WM_SBUF path = SBUF_INIT;

	sbuf_ident(&path, id->schema);
	if (strcmp(id->schema, d->plan.search_path) != 0)
		sbuf_printf(&path, ", %s", d->plan.search_path);
	sbuf_puts(b, "pg_catalog.set_config('search_path', coalesce((\n"
	    "  select pg_catalog.substr(s, 13)\n"
	    "    from pg_catalog.pg_proc p, pg_catalog.unnest(p.proconfig) s\n"
	    "    where s like 'search\\_path=%' and p.oid = ");
	sbuf_literal(b, function);
	sbuf_puts(b, "::pg_catalog.regprocedure),\n  ");
	sbuf_literal(b, sbuf_str(&path));
	sbuf_puts(b, "), true), ");
}

static void
check(struct diff *d, const struct object *o, const struct ident *id,
    const char *with)
{
	const char *function = ident_text(d->mem, id);
	bool own = has_own_path(o, id);
	struct plan_step *s;
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "select ");
	if (own)
		put_path(d, id, function, &b);
	sbuf_printf(&b, "%s(", with);
	sbuf_literal(&b, function);
	sbuf_puts(&b, "::pg_catalog.regprocedure)");
	if (own) {
		sbuf_puts(&b, ", pg_catalog.set_config('search_path', ");
		sbuf_literal(&b, d->plan.search_path);
		sbuf_puts(&b, ", true)");
	}
	s = plan_add(&d->plan, PLAN_CHECK, o->kind->name, o->nam,
	    sbuf_take(&b, d->mem));
	s->module = o->module;
	s->loc = o->loc;
	s->reason = "its body is read now that all is there";
	text_split(d, s);
}

void
bodies_check(struct diff *d)
{
	for (size_t i = 0; !d->opts->no_body_check && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct parsed *p;

		if (!is_made(c) || !change_parse(d, c, false, &p))
			continue;
		for (size_t k = 0; k < p->n; k++) {
			const struct ident *id = &p->idents[k];
			const char *with = id->cls == ID_FUNCTION &&
			    strpbrk(id->args, "?%") == NULL ?
			    validator(&p->stmts[k]) : NULL;

			if (with != NULL)
				check(d, c->new, id, with);
		}
	}
}
