#include "record_sql.h"

#include <stdlib.h>

#include "bundle.h"
#include "json_out.h"
#include "needs.h"
#include "pg.h"
#include "record.h"
#include "record_release.h"

void
record_open(struct diff *d)
{
	int rel = d->plan.to.release;

	if (d->bundle != NULL) {
		record_release_open(d);
		return;
	}
	if (d->plan.from.release == 0 || d->plan.from.release == rel)
		return;
	plan_add(&d->plan, PLAN_RECORD, NULL, NULL, arena_printf(d->mem,
	    "with r as (insert into wm.releases (release) values (%d)"
	    " returning release) update wm.objects set max_rel = r.release"
	    " from r where max_rel = %d", rel, rel - 1));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
put_object(struct diff *d, struct json_out *out, struct change *c)
{
	const struct object *o = change_source(c);
	WM_VEC ndeps = VEC_INIT;

	for (size_t i = 0; i < c->needs.n; i++) {
		const struct need *n = c->needs.v[i];

		if (n->declared)
			vec_push(&ndeps, n->on->new->key);
	}
	vec_sort(&ndeps, by_text);
	json_out_open(out, NULL, '{', false);
	json_out_str(out, "t", o->kind->name);
	json_out_str(out, "n", o->nam);
	json_out_int(out, "v", c->version);
	if (d->bundle != NULL)
		json_out_int(out, "min", o->min_rel);
	json_out_str(out, "m", o->module);
	json_out_strings(out, "deps", &o->deps);
	json_out_strings(out, "ndeps", &ndeps);
	json_out_strings(out, "g", &o->grants);
	json_out_strings(out, "c", &o->col_data);
	json_out_strings(out, "delta", &o->delta);
	json_out_str(out, "crt", o->create);
	json_out_str(out, "drp", o->drop);
	json_out_close(out);
}

/* Rows that change within the release, and new versions of those before it. */
static const char write_sql[] =
    "with d as materialized (select * from pg_catalog.jsonb_to_recordset(%s)"
    " as x(t text, n text, v int, m text, deps text[], ndeps text[], g text[],"
    " c text[], delta text[], crt text, drp text)),\n"
    "a as (update wm.objects o set max_rel = %d - 1, checkit = false,"
    " build = false, built = false from d where o.obj_typ = d.t"
    " and o.obj_nam = d.n and o.max_rel = %d and o.min_rel < %d),\n"
    "b as (update wm.objects o set module = m, deps = d.deps, ndeps = d.ndeps,"
    " grants = g, col_data = c, delta = d.delta,"
    " del_idx = pg_catalog.cardinality(d.delta), crt_sql = crt,"
    " drp_sql = drp, checkit = false, build = false, built = true,"
    " mod_date = current_timestamp from d where o.obj_typ = d.t"
    " and o.obj_nam = d.n and o.max_rel = %d and o.min_rel >= %d"
    " and o.obj_ver > 0 returning o.obj_typ, o.obj_nam)\n"
    "insert into wm.objects (obj_typ, obj_nam, obj_ver, checkit, build, built,"
    " module, deps, ndeps, grants, col_data, delta, del_idx, crt_sql, drp_sql,"
    " min_rel, max_rel) select t, n, v, false, false, true, m, deps, ndeps, g,"
    " c, delta, pg_catalog.cardinality(delta), crt, drp, %d, %d from d"
    " where not exists (select from wm.objects o where o.obj_typ = d.t"
    " and o.obj_nam = d.n and o.max_rel = %d and o.min_rel >= %d"
    " and o.obj_ver > 0)";

static const char drop_sql[] =
    "with d as materialized (select * from pg_catalog.jsonb_to_recordset(%s)"
    " as x(t text, n text)),\n"
    "a as (update wm.objects o set max_rel = %d - 1, checkit = false,"
    " build = false, built = false from d where o.obj_typ = d.t"
    " and o.obj_nam = d.n and o.max_rel = %d and o.min_rel < %d)\n"
    "delete from wm.objects o using d where o.obj_typ = d.t"
    " and o.obj_nam = d.n and o.max_rel = %d and o.min_rel >= %d";

void
record_step(struct diff *d, struct vec *list)
{
	WM_JSON_OUT put = JSON_OUT_INIT;
	WM_JSON_OUT gone = JSON_OUT_INIT;
	WM_SBUF lit = SBUF_INIT;
	int rel = d->plan.to.release, n_put = 0, n_gone = 0;

	json_out_open(&put, NULL, '[', true);
	json_out_open(&gone, NULL, '[', true);
	for (size_t i = 0; i < list->n; i++) {
		struct change *c = list->v[i];

		if (c->new != NULL) {
			put_object(d, &put, c);
			n_put++;
			if (!c->renamed)
				continue;
		}
		json_out_open(&gone, NULL, '{', false);
		json_out_str(&gone, "t", c->old->kind->name);
		json_out_str(&gone, "n", c->old->nam);
		json_out_close(&gone);
		n_gone++;
	}
	json_out_close(&put);
	json_out_close(&gone);
	if (n_gone > 0) {
		sbuf_dollar(&lit, sbuf_str(&gone.text));
		plan_add(&d->plan, PLAN_RECORD, NULL, NULL, arena_printf(
		    d->mem, drop_sql, sbuf_str(&lit), rel, rel, rel, rel,
		    rel));
	}
	if (n_put > 0 && d->bundle != NULL)
		record_release_put(d, sbuf_str(&put.text));
	else if (n_put > 0) {
		sbuf_reset(&lit);
		sbuf_dollar(&lit, sbuf_str(&put.text));
		plan_add(&d->plan, PLAN_RECORD, NULL, NULL, arena_printf(
		    d->mem, write_sql, sbuf_str(&lit), rel, rel, rel, rel,
		    rel, rel, rel, rel, rel));
	}
	list->n = 0;
}

/* Versions that earlier releases gave to objects which are not there now. */
static bool
past_versions(struct diff *d, struct map *out)
{
	if (d->plan.from.release < 2 || d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select obj_typ || ':' || obj_nam, max(obj_ver) from wm.objects"
	    " where obj_ver > 0 group by obj_typ, obj_nam", 0, NULL);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		map_put(out, arena_strdup(d->mem, PQgetvalue(r, i, 0)),
		    (void *)strtoul(PQgetvalue(r, i, 1), NULL, 10));
	return true;
}

bool
record_target(struct diff *d)
{
	WM_MAP past = MAP_INIT;
	struct model to;
	int rel = d->plan.to.release;

	if (!past_versions(d, &past))
		return false;
	model_init(&to, d->mem);
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct object *new = change_source(c);
		struct object *o;

		if (new == NULL || c->temp || c->loose)
			continue;
		if (d->bundle != NULL && !c->kept)
			c->version = new->obj_ver;
		else if (c->record) {
			c->version = (int)(uintptr_t)map_get(&past,
			    new->key) + 1;
			/* what a column made has no version */
			if (c->old != NULL && c->old->obj_ver > 0 &&
			    !c->renamed && !c->adopted)
				c->version = c->old->obj_ver +
				    (c->old->min_rel < rel);
		} else
			c->version = c->old->obj_ver;
		o = model_add(&to, new->kind, new->nam);
		o->module = new->module;
		o->create = new->create;
		o->drop = new->drop;
		o->obj_ver = c->version;
		o->built = true;
		vec_borrow(&o->deps, &new->deps);
		vec_borrow(&o->grants, &new->grants);
		vec_borrow(&o->col_data, &new->col_data);
		vec_borrow(&o->delta, c->record ? &new->delta :
		    &c->old->delta);
		o->del_idx = c->record ? (int)o->delta.n : c->old->del_idx;
	}
	record_fingerprint(&to, rel, d->bundle == NULL ||
	    d->bundle->publish == NULL, &d->plan.to);
	model_clear(&to);
	return true;
}
