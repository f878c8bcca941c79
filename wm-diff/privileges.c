#include "privileges.h"

static void
need(struct diff *d, const char *what, const char *name, const char *sql,
    const char *reason)
{
	struct plan_need *n = arena_alloc(d->mem, sizeof(*n));

	n->what = what;
	n->name = name;
	n->sql = sql;
	n->reason = reason;
	vec_push(&d->plan.needs, n);
}

/* Whoever may do this to an object has to be, or be member of, its owner. */
static void
need_owner(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);
	const struct object *o = c->old;
	WM_SBUF b = SBUF_INIT;
	struct ident t;

	if (id == NULL)
		return;
	t = *id;
	if (id->table != NULL && id->cls != ID_RELATION) {
		t.cls = ID_RELATION;
		t.name = id->table;
	}
	sbuf_puts(&b, "select coalesce((select bool_and("
	    "pg_catalog.pg_has_role(");
	if (t.cls == ID_FUNCTION) {
		sbuf_puts(&b, "proowner, 'usage')) from pg_catalog.pg_proc p"
		    " join pg_catalog.pg_namespace n on n.oid = pronamespace"
		    " where proname = ");
	} else if (t.cls == ID_TYPE) {
		sbuf_puts(&b, "typowner, 'usage')) from pg_catalog.pg_type p"
		    " join pg_catalog.pg_namespace n on n.oid = typnamespace"
		    " where typname = ");
	} else if (t.cls == ID_RELATION) {
		sbuf_puts(&b, "relowner, 'usage')) from pg_catalog.pg_class p"
		    " join pg_catalog.pg_namespace n on n.oid = relnamespace"
		    " where relname = ");
	} else
		return;
	sbuf_literal(&b, t.name);
	sbuf_puts(&b, " and nspname = ");
	sbuf_literal(&b, t.schema);
	sbuf_puts(&b, "), true)");
	need(d, "owner", o->key, sbuf_take(&b, d->mem), arena_printf(d->mem,
	    "%s %s \"%s\"", c->fate == FATE_DROP ? "to drop" : "to change",
	    o->kind->name, o->nam));
}

static void
need_create(struct diff *d, struct change *c, struct map *seen)
{
	const struct ident *id = change_ident(d, c, false);
	const char *key, *schema;
	WM_SBUF b = SBUF_INIT;

	if (id == NULL)
		return;
	if (id->cls == ID_SCHEMA || id->cls == ID_EXTENSION) {
		if (map_put(seen, "", d) == NULL)
			need(d, "create", "this database", "select "
			    "pg_catalog.has_database_privilege("
			    "current_database(), 'create')",
			    arena_printf(d->mem, "to create %s",
			    c->new->nam));
		return;
	}
	schema = id->schema;
	if (schema == NULL || map_get(seen, schema) != NULL)
		return;
	key = arena_printf(d->mem, "%d||%s", (int)ID_SCHEMA, schema);
	map_put(seen, arena_strdup(d->mem, schema), d);
	if (map_get(&d->by_ident, key) != NULL &&
	    ((struct bare *)map_get(&d->by_ident, key))->change->fate ==
	    FATE_CREATE)
		return;
	sbuf_puts(&b, "select coalesce((select "
	    "pg_catalog.has_schema_privilege(oid, 'create')"
	    " from pg_catalog.pg_namespace where nspname = ");
	sbuf_literal(&b, schema);
	sbuf_puts(&b, "), true)");
	need(d, "create", arena_printf(d->mem, "schema \"%s\"", schema),
	    sbuf_take(&b, d->mem), arena_printf(d->mem, "to create %s \"%s\"",
	    c->new->kind->name, c->new->nam));
}

void
privileges(struct diff *d)
{
	WM_MAP seen = MAP_INIT;

	if (plan_empty(&d->plan))
		return;
	if (d->plan.from.release == 0) {
		need(d, "create", "this database", "select "
		    "pg_catalog.has_database_privilege(current_database(), "
		    "'create')", "to create schema \"wm\"");
		map_put(&seen, "", d);
		map_put(&seen, "wm", d);
	} else
		need(d, "write", "table \"wm.objects\"", "select "
		    "pg_catalog.has_table_privilege('wm.objects', "
		    "'insert') and pg_catalog.has_table_privilege("
		    "'wm.objects', 'update') and "
		    "pg_catalog.has_table_privilege('wm.objects', 'delete')",
		    "to write the record");
	for (size_t i = 0; i < d->plan.steps.n; i++) {
		const struct plan_step *s = d->plan.steps.v[i];

		if (s->obj_typ != NULL && strcmp(s->obj_typ, "role") == 0) {
			need(d, "createrole", arena_printf(d->mem,
			    "role \"%s\"", s->obj_nam), "select rolcreaterole "
			    "or rolsuper from pg_catalog.pg_roles where "
			    "rolname = current_user",
			    "to create the roles that grants name");
			break;
		}
	}
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->fate == FATE_SAME)
			continue;
		if (c->old != NULL && c->old->built)
			need_owner(d, c);
		if (c->fate == FATE_CREATE || c->rebuild)
			need_create(d, c, &seen);
	}
}
