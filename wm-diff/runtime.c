/*
 * Partitions that an application makes, and no source has: they go on when
 * their table is made anew.
 */
#include "alter_impl.h"

#include "diag.h"
#include "embed.h"
#include "pg.h"

static struct ident *
keep_ident(struct arena *mem, const struct ident *id)
{
	struct ident *k = arena_alloc(mem, sizeof(*k));

	*k = *id;
	k->schema = arena_strdup(mem, id->schema);
	k->name = arena_strdup(mem, id->name);
	return k;
}

/* Partitions of the database that no recorded text makes. */
static bool
find(struct alter *a, struct vec *out)
{
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS,
	    "select n.nspname, c.relname, c.relkind"
	    " from pg_catalog.pg_partition_tree("
	    "pg_catalog.to_regclass($1)) p"
	    " join pg_catalog.pg_class c on c.oid = p.relid"
	    " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    " where p.level > 0 order by 1, 2", 1, &a->was_fq);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct ident id = { .cls = ID_RELATION,
			.schema = PQgetvalue(r, i, 0),
			.name = PQgetvalue(r, i, 1) };
		const char *fq;

		if (change_find(a->d, "table", ID_RELATION, id.schema,
		    id.name, true) != NULL)
			continue;
		fq = ident_text(a->d->mem, &id);
		if (PQgetvalue(r, i, 2)[0] == 'f') {
			alter_refuse(a, "%s, and its partition \"%s.%s\" is a "
			    "foreign table that is in no source", a->rebuild,
			    id.schema, id.name);
			diag_hint("Detach it first, and attach it again "
			    "afterwards: alter table %s detach partition %s",
			    a->was_fq, fq);
			continue;
		}
		vec_push(out, fq);
		vec_push(&a->c->runtime, keep_ident(a->d->mem, &id));
	}
	return true;
}

bool
runtime_find(struct alter *a, struct vec *out)
{
	if (a->d->db == NULL || a->c->born)
		return true;
	if (!find(a, out))
		return false;
	a->c->runtime_goes = a->parts_go;
	for (size_t i = 0; a->parts_go && i < out->n; i++)
		diag_warn(&a->c->new->loc, NULL, "table \"%s\": %s; partition "
		    "%s, which is in no source, goes, and its rows go where "
		    "the new table has them", a->c->new->nam, a->rebuild,
		    (const char *)out->v[i]);
	return true;
}

const char *
runtime_names(struct arena *mem, const struct vec *names)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < names->n; i++)
		pg_array_put(&b, names->v[i]);
	sbuf_puts(&b, b.len > 0 ? "}" : "{}");
	return sbuf_take(&b, mem);
}

const char *
runtime_keep(struct alter *a, const char *names)
{
	return alter_block(a->d->mem, embed_runtime_sql, (const char *[]){
	    arena_printf(a->d->mem, "wm.parts_%zu", a->c->index), a->fq,
	    names });
}

const char *
runtime_make(struct alter *a)
{
	return alter_block(a->d->mem, embed_runtime_make_sql,
	    (const char *[]){ arena_printf(a->d->mem, "wm.parts_%zu",
	    a->c->index), a->fq });
}
