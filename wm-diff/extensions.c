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
