#include "extensions.h"

#include "needs.h"
#include "pg.h"

bool
extensions_path(struct diff *d, struct change *c, const char *version)
{
	const struct ident *id = change_ident(d, c, true);

	if (id == NULL || d->db == NULL || d->elsewhere)
		return true;

	const char *args[] = { id->name, version };

	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select from"
	    " pg_catalog.pg_extension e cross join"
	    " pg_catalog.pg_extension_update_paths(e.extname) p"
	    " where e.extname = $1 and p.source = e.extversion"
	    " and p.target = $2 and p.path is null", 2, args);

	return r == NULL || PQntuples(r) == 0;
}

bool
extensions_clash(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);
	bool clash = false;

	if (id == NULL || d->db == NULL || d->elsewhere)
		return false;

	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select n.nspname, m.name, m.cls"
	    " from pg_catalog.pg_extension e"
	    " join pg_catalog.pg_depend p on p.deptype = 'e'"
	    " and p.refclassid = 'pg_catalog.pg_extension'::regclass"
	    " and p.refobjid = e.oid"
	    " join (select 'pg_catalog.pg_proc'::regclass, oid, proname,"
	    " pronamespace, 'f' from pg_catalog.pg_proc"
	    " union all select 'pg_catalog.pg_class'::regclass, oid, relname,"
	    " relnamespace, 'r' from pg_catalog.pg_class"
	    " union all select 'pg_catalog.pg_type'::regclass, oid, typname,"
	    " typnamespace, 't' from pg_catalog.pg_type)"
	    " as m(catalog, oid, name, nsp, cls)"
	    " on m.catalog = p.classid and m.oid = p.objid"
	    " join pg_catalog.pg_namespace n on n.oid = m.nsp"
	    " where e.extname = $1", 1, &id->name);

	for (int i = 0; r != NULL && i < PQntuples(r) && !clash; i++) {
		const char *cls = PQgetvalue(r, i, 2);

		clash = needs_bare(d, *cls == 'f' ? ID_FUNCTION : *cls == 'r' ?
		    ID_RELATION : ID_TYPE, PQgetvalue(r, i, 0),
		    PQgetvalue(r, i, 1)) != NULL;
	}
	return clash;
}

/* Of a schema, or NULL: what a relocatable extension has, is all in that. */
static const char *
home(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, false);
	const char *schema = IDENT_SCHEMA;
	struct parsed *p;

	if (id == NULL || d->db == NULL || !change_parse(d, c, false, &p) ||
	    p->n == 0)
		return NULL;

	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select v.schema"
	    " from pg_catalog.pg_available_extensions a"
	    " join pg_catalog.pg_available_extension_versions v"
	    " on v.name = a.name and v.version = a.default_version"
	    " where a.name = $1 and v.relocatable", 1, &id->name);

	if (r == NULL || PQntuples(r) != 1)
		return NULL;
	if (!PQgetisnull(r, 0, 0))
		schema = arena_strdup(d->mem, PQgetvalue(r, 0, 0));
	else if (sql_string(sql_defelem(json_get(p->stmts[0].node, "options"),
	    "schema")) != NULL)
		schema = sql_string(sql_defelem(json_get(p->stmts[0].node,
		    "options"), "schema"));
	return schema;
}

/*
 * No catalog lists what an extension will have, and its script is the server's:
 * so what counts is what it can be. Extensions bring code: functions, types and
 * what is made of these. A relation that leaves the source is refused as ever,
 * as rows may be in it, or be read through it; so is what stands in a schema
 * that the extension does not go to.
 */
bool
extensions_bring(struct diff *d, const struct ident *id)
{
	const int code = ID_FUNCTION | ID_TYPE | ID_LANGUAGE | ID_OPERATOR |
	    ID_CAST | ID_OPCLASS | ID_OPFAMILY | ID_COLLATION | ID_CONVERSION |
	    ID_TSPARSER | ID_TSTEMPLATE | ID_TSDICT | ID_TSCONFIG |
	    ID_TRANSFORM | ID_FDW | ID_ACCESS_METHOD;

	if (((int)id->cls & code) == 0)
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const char *schema;

		if (c->fate != FATE_CREATE ||
		    strcmp(c->new->kind->name, "extension") != 0)
			continue;
		schema = id->schema == NULL ? NULL : home(d, c);
		if (schema == NULL || strcmp(schema, id->schema) == 0)
			return true;
	}
	return false;
}
