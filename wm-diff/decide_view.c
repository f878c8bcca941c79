/* How a view changes: replaced while its old columns stay the first ones. */
#include "decide_impl.h"

#include <pg_query/pg_query.pb-c.h>
#include <stdlib.h>

#include "pg.h"
#include "restore.h"

/* The query of a CREATE VIEW, cut out of its text; NULL where it is unclear. */
static const char *
view_query(struct diff *d, const char *text, const struct sql_stmt *st)
{
	const char *s = arena_strndup(d->mem, text + st->off, st->len);
	const char *check = json_str(st->node, "withCheckOption");
	struct sql_token *t;
	size_t n, from = 0, to = st->len;
	int depth = 0;

	if (!sql_scan(d->mem, s, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (t[i].kind == PG_QUERY__TOKEN__RECURSIVE && from == 0)
			return NULL;
		if (s[t[i].off] == '(' && t[i].len == 1)
			depth++;
		else if (s[t[i].off] == ')' && t[i].len == 1)
			depth--;
		else if (depth == 0 && from == 0 &&
		    t[i].kind == PG_QUERY__TOKEN__AS)
			from = t[i].off + t[i].len;
		else if (depth == 0 && from > 0 && check != NULL &&
		    strcmp(check, "NO_CHECK_OPTION") != 0 &&
		    (t[i].kind == PG_QUERY__TOKEN__WITH ||
		    sql_token_is(s, &t[i], "with")))
			to = t[i].off;
	}
	if (from == 0 || to <= from)
		return NULL;
	return arena_strndup(d->mem, s + from, to - from);
}

/*
 * Types and collations of a query's first columns, as a view of it would have
 * them. What the server describes by itself leaves out both domains and
 * collations; so one row is asked for that the query itself does not make.
 *
 * old   columns of the view: attcollation is 0 where there is none to ask for
 *
 * Returns NULL where the query does not work as things are.
 */
static PGresult *
query_types(struct diff *d, const char *query, const PGresult *old, int n)
{
	WM_SBUF b = SBUF_INIT;
	PGresult *r;

	sbuf_puts(&b, "select null");
	for (int i = 0; i < PQntuples(old); i++) {
		sbuf_printf(&b, ", pg_catalog.pg_typeof(c%d)::oid, ", i);
		if (strcmp(PQgetvalue(old, i, 3), "0") == 0)
			sbuf_puts(&b, "0");
		else
			sbuf_printf(&b, "pg_catalog.to_regcollation("
			    "pg_catalog.pg_collation_for(c%d))::oid", i);
	}
	sbuf_printf(&b, " from (select) o left join (%s\n) q (", query);
	for (int i = 0; i < n; i++)
		sbuf_printf(&b, "%sc%d", i > 0 ? ", " : "", i);
	sbuf_puts(&b, ") on false");
	r = PQexec(d->db, sbuf_str(&b));
	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		return r;
	PQclear(r);
	return NULL;
}

/* Whether a query's columns begin with those that the view has now. */
static bool
columns_fit(struct diff *d, const struct ident *view, const char *query,
    const struct json *aliases, bool *out_fit)
{
	const char *args[] = { view->schema, view->name };
	const struct json *alias = aliases ? aliases->first : NULL;
	WM_PGRES *old = pg_query(d->db, PG_ROWS,
	    "select a.attname, a.atttypid, a.atttypmod, a.attcollation"
	    "  from pg_catalog.pg_attribute a"
	    "  join pg_catalog.pg_class c on c.oid = a.attrelid"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  where n.nspname = $1 and c.relname = $2 and c.relkind = 'v'"
	    "    and a.attnum > 0 and not a.attisdropped order by a.attnum",
	    2, args);
	WM_PGRES *now = NULL;
	WM_PGRES *types = NULL;

	*out_fit = false;
	if (old == NULL)
		return false;
	now = PQprepare(d->db, "", query, 0, NULL);
	if (PQresultStatus(now) == PGRES_COMMAND_OK) {
		PQclear(now);
		now = PQdescribePrepared(d->db, "");
	}
	/* it may use what this plan makes: the careful way then */
	if (PQresultStatus(now) != PGRES_COMMAND_OK ||
	    PQntuples(old) == 0 || PQnfields(now) < PQntuples(old) ||
	    (types = query_types(d, query, old, PQnfields(now))) == NULL)
		return PQstatus(d->db) == CONNECTION_OK;
	*out_fit = true;
	for (int i = 0; *out_fit && i < PQntuples(old); i++) {
		const char *name = alias != NULL ? sql_string(alias) :
		    PQfname(now, i);
		unsigned long type = strtoul(PQgetvalue(old, i, 1), NULL, 10);

		*out_fit = name != NULL &&
		    strcmp(PQgetvalue(old, i, 0), name) == 0 &&
		    type == strtoul(PQgetvalue(types, 0, 1 + 2 * i), NULL, 10)
		    && strcmp(PQgetvalue(old, i, 3), PQgetvalue(types, 0,
		    2 + 2 * i)) == 0 &&
		    /* a domain has its modifier inside */
		    (type != PQftype(now, i) ||
		    strtol(PQgetvalue(old, i, 2), NULL, 10) == PQfmod(now, i));
		alias = alias != NULL ? alias->next : NULL;
	}
	return true;
}

/* Options that somebody else set: CREATE OR REPLACE VIEW would drop them. */
static bool
keep_options(struct diff *d, struct change *c, const struct ident *view)
{
	const char *args[] = { view->schema, view->name };
	WM_SBUF b = SBUF_INIT;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select o.option_name, pg_catalog.quote_literal(o.option_value)"
	    "  from pg_catalog.pg_class c"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  cross join pg_catalog.pg_options_to_table(c.reloptions) o"
	    "  where n.nspname = $1 and c.relname = $2", 2, args);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *name = PQgetvalue(r, i, 0);

		if (restore_said(d, c, arena_printf(d->mem, "option|%s",
		    name)))
			continue;
		sbuf_printf(&b, "%s%s = %s", b.len > 0 ? ", " : "", name,
		    PQgetvalue(r, i, 1));
	}
	if (b.len > 0)
		c->keep = arena_printf(d->mem, "alter view %s set (%s)",
		    ident_text(d->mem, view), sbuf_str(&b));
	return true;
}

bool
decide_view(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	const char *query;
	bool fit;

	if (!decide_same_first(d, was, is) ||
	    strcmp(is->stmts[0].tag, "ViewStmt") != 0)
		return decide_recreate(c, "it is another kind of view");
	if (!decide_repeatable(d, c, was, is))
		return decide_recreate(c, "its text makes more than the view");
	query = view_query(d, c->new->create, &is->stmts[0]);
	/* only the server knows the types of its columns */
	if (query == NULL || d->db == NULL)
		return decide_recreate(c, "its columns may change");
	if (!columns_fit(d, &is->idents[0], query, json_get(is->stmts[0].node,
	    "aliases"), &fit))
		return false;
	if (!fit)
		return decide_recreate(c, "its columns change");
	decide_fate(c, FATE_REPLACE, NULL);
	return keep_options(d, c, &is->idents[0]);
}
