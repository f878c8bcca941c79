#include "record_release.h"

#include "bundle.h"
#include "json_out.h"
#include "pg.h"

static void
record(struct diff *d, const char *sql)
{
	plan_add(&d->plan, PLAN_RECORD, NULL, NULL, sql);
}

/* Versions that the way back undoes; other modules' only change numbers. */
static void
forget(struct diff *d)
{
	int rel = d->bundle->release;
	WM_MAP seen = MAP_INIT;
	WM_SBUF list = SBUF_INIT;
	WM_SBUF lit = SBUF_INIT;

	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];

		if (map_put(&seen, o->module, d) == NULL)
			pg_array_put(&list, o->module);
	}
	sbuf_puts(&list, list.len > 0 ? "}" : "{}");
	sbuf_literal(&lit, sbuf_str(&list));
	record(d, arena_printf(d->mem, "delete from wm.objects where min_rel >"
	    " %d and module = any (%s)", rel, sbuf_str(&lit)));
	record(d, arena_printf(d->mem, "update wm.objects set min_rel ="
	    " least(min_rel, %d), max_rel = %d where max_rel > %d", rel, rel,
	    rel));
}

/* All releases that the target knows; the last is committed at the end. */
void
record_release_open(struct diff *d)
{
	const struct bundle *b = d->bundle;
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_SBUF lit = SBUF_INIT;
	int from = d->plan.from.release;

	json_out_open(&out, NULL, '[', false);
	for (size_t i = 0; i < b->releases.n && (int)i < b->release; i++) {
		const struct release *r = b->releases.v[i];

		json_out_open(&out, NULL, '{', false);
		json_out_int(&out, "r", (long)i + 1);
		json_out_str(&out, "t", (int)i + 1 < b->release ?
		    r->committed : NULL);
		json_out_close(&out);
	}
	json_out_close(&out);
	sbuf_dollar(&lit, sbuf_str(&out.text));
	record(d, arena_printf(d->mem, "insert into wm.releases (release,"
	    " committed) select r, t from pg_catalog.jsonb_to_recordset(%s)"
	    " as x(r int, t timestamptz) on conflict (release) do update"
	    " set committed = excluded.committed", sbuf_str(&lit)));
	if (d->back)
		forget(d);
	else if (from != 0 && from != b->release)
		record(d, arena_printf(d->mem, "update wm.objects set max_rel"
		    " = %d where max_rel = %d", b->release, from));
}

/* A version takes its row; the one before it ends. */
static const char put_sql[] =
    "with d as materialized (select * from pg_catalog.jsonb_to_recordset(%s)"
    " as x(t text, n text, v int, min int, m text, deps text[], ndeps text[],"
    " g text[], c text[], delta text[], crt text, drp text)),\n"
    "a as (update wm.objects o set max_rel = greatest(o.min_rel, d.min - 1),"
    " checkit = false, build = false, built = false from d"
    " where o.obj_typ = d.t and o.obj_nam = d.n and o.max_rel = %d"
    " and o.obj_ver <> d.v)\n"
    "insert into wm.objects (obj_typ, obj_nam, obj_ver, checkit, build, built,"
    " module, deps, ndeps, grants, col_data, delta, del_idx, crt_sql, drp_sql,"
    " min_rel, max_rel) select t, n, v, false, false, true, m, deps, ndeps, g,"
    " c, delta, pg_catalog.cardinality(delta), crt, drp, min, %d from d"
    " on conflict (obj_typ, obj_nam, obj_ver) do update set checkit = false,"
    " build = false, built = true, module = excluded.module,"
    " deps = excluded.deps, ndeps = excluded.ndeps, grants = excluded.grants,"
    " col_data = excluded.col_data, delta = excluded.delta,"
    " del_idx = excluded.del_idx, crt_sql = excluded.crt_sql,"
    " drp_sql = excluded.drp_sql, min_rel = excluded.min_rel,"
    " max_rel = excluded.max_rel, mod_date = current_timestamp";

void
record_release_put(struct diff *d, const char *objects)
{
	WM_SBUF lit = SBUF_INIT;

	sbuf_dollar(&lit, objects);
	record(d, arena_printf(d->mem, put_sql, sbuf_str(&lit),
	    d->bundle->release, d->bundle->release));
}

static const char passed_sql[] =
    "insert into wm.objects (obj_typ, obj_nam, obj_ver, checkit, build, built,"
    " module, deps, grants, col_data, delta, del_idx, crt_sql, drp_sql,"
    " min_rel, max_rel) select t, n, v, false, false, false, m, deps, g, c,"
    " delta, pg_catalog.cardinality(delta), crt, drp, min, max"
    " from pg_catalog.jsonb_to_recordset(%s) as x(t text, n text, v int,"
    " min int, max int, m text, deps text[], g text[], c text[], delta text[],"
    " crt text, drp text) on conflict (obj_typ, obj_nam, obj_ver) do update"
    " set ndeps = null, min_rel = excluded.min_rel,"
    " max_rel = excluded.max_rel";

/* Versions that are over; those before the origin have their rows. */
static void
passed(struct diff *d)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_SBUF lit = SBUF_INIT;
	size_t n = 0;

	json_out_open(&out, NULL, '[', true);
	for (size_t i = 0; i < d->bundle->prev.n; i++) {
		const struct object *o = d->bundle->prev.v[i];

		if (o->max_rel < d->plan.from.release)
			continue;
		n++;
		json_out_open(&out, NULL, '{', false);
		json_out_str(&out, "t", o->kind->name);
		json_out_str(&out, "n", o->nam);
		json_out_int(&out, "v", o->obj_ver);
		json_out_int(&out, "min", o->min_rel);
		json_out_int(&out, "max", o->max_rel);
		json_out_str(&out, "m", o->module);
		json_out_strings(&out, "deps", &o->deps);
		json_out_strings(&out, "g", &o->grants);
		json_out_strings(&out, "c", &o->col_data);
		json_out_strings(&out, "delta", &o->delta);
		json_out_str(&out, "crt", o->create);
		json_out_str(&out, "drp", o->drop);
		json_out_close(&out);
	}
	json_out_close(&out);
	if (n == 0)
		return;
	sbuf_dollar(&lit, sbuf_str(&out.text));
	record(d, arena_printf(d->mem, passed_sql, sbuf_str(&lit)));
}

void
record_release_close(struct diff *d)
{
	const struct bundle *b = d->bundle;
	const struct release *last = b->releases.v[b->release - 1];
	WM_SBUF lit = SBUF_INIT;

	passed(d);
	if (d->back)
		record(d, arena_printf(d->mem, "delete from wm.releases where "
		    "release > %d", b->release));
	if (last->committed == NULL)
		return;
	sbuf_literal(&lit, last->committed);
	record(d, arena_printf(d->mem, "update wm.releases set committed = %s"
	    " where release = %d", sbuf_str(&lit), b->release));
}
