/* Drops: tables only where no row is lost, or somebody has said so. */
#include "build_impl.h"

#include "attic.h"
#include "diag.h"
#include "needs.h"
#include "partition.h"
#include "pg.h"
#include "swap.h"

/* Whether a table is there, and has rows; without a database both may be. */
static bool
may_hold_rows(struct diff *d, const char *name, bool *out_there,
    bool *out_rows)
{
	*out_there = *out_rows = true;
	if (d->db == NULL)
		return true;
	WM_PGRES *there = pg_query(d->db, PG_ONE_ROW,
	    "select pg_catalog.to_regclass($1) is not null", 1, &name);
	if (there == NULL)
		return false;
	*out_there = PQgetvalue(there, 0, 0)[0] == 't';
	if (!*out_there)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW, arena_printf(d->mem,
	    "select exists (select from %s)", name), 0, NULL);
	if (r == NULL)
		return false;
	*out_rows = PQgetvalue(r, 0, 0)[0] == 't';
	return true;
}

/*
 * A table that left the source: its rows are data. Empty now is not enough;
 * the plan asks again when it runs, with the table locked.
 */
static bool
guard_drop(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);
	const char *name = id ? ident_text(d->mem, id) : c->old->nam;
	WM_SBUF guard = SBUF_INIT;
	WM_SBUF body = SBUF_INIT;
	struct plan_step *s;
	bool there, rows;

	if (!may_hold_rows(d, name, &there, &rows))
		return false;
	if (!there)
		return true;
	if (rows && d->db != NULL) {
		diag_refuse(NULL, "table \"%s\" of module \"%s\" left the "
		    "source, and it holds rows", c->old->nam, c->old->module);
		diag_hint("Name all files of the module, or use --no-prune to "
		    "keep the table, or --allow data-loss to drop it.");
	}
	sbuf_printf(&body, "begin\n"
	    "  lock table %s in access exclusive mode;\n"
	    "  if exists (select from %s) then\n"
	    "    raise exception 'table %% holds rows', ", name, name);
	sbuf_literal(&body, name);
	sbuf_puts(&body, "\n      using hint = 'wm-diff --allow data-loss "
	    "plans to drop it all the same.';\n  end if;\nend");
	sbuf_puts(&guard, "do ");
	sbuf_dollar(&guard, sbuf_str(&body));
	s = build_step(d, c, PLAN_CHECK, sbuf_take(&guard, d->mem));
	s->lock = "AccessExclusiveLock";
	s->lock_on = c->old->nam;
	s->reason = "it has to be empty";
	return true;
}

static bool
drop_table(struct diff *d, struct change *c)
{
	const char *sql = c->old->drop;
	struct plan_step *s;
	WM_VEC keep = VEC_INIT;

	if (d->opts->keep_dropped) {
		const struct ident *id = change_ident(d, c, true);

		attic_table_sql(d, c->old->nam, id ? ident_text(d->mem, id) :
		    c->old->nam, &keep);
		for (size_t i = 0; i < keep.n; i++)
			build_step(d, c, PLAN_DATA, keep.v[i])->reason =
			    "kept in wm_attic";
	} else if (!d->opts->allow_data_loss && !guard_drop(d, c))
		return false;
	if (!partition_drop_sql(d, c, &sql))
		return false;
	s = build_step(d, c, PLAN_DROP, sql);
	s->lock = "AccessExclusiveLock";
	s->lock_on = c->old->nam;
	s->loss = d->opts->allow_data_loss && !d->opts->keep_dropped;
	s->reason = c->reason ? c->reason : "it left the source";
	return true;
}

static bool
drop_item(struct diff *d, const struct item *it)
{
	struct change *c = it->change;
	struct plan_step *s;

	if (c == NULL) {
		s = plan_add(&d->plan, PLAN_DROP, "other", it->node->text,
		    it->node->drop_sql);
		s->reason = "it is in the way, and comes back";
		return true;
	}
	if (c->fate == FATE_DROP && !c->carried &&
	    strcmp(c->old->kind->name, "table") == 0)
		return drop_table(d, c);
	if (c->carried)
		return true;	/* with the old table, when the rows are over */
	if (c->swapping || (c->aside != NULL && !it->drop)) {
		build_step(d, c, PLAN_ALTER, c->swapping ?
		    swap_aside(d, c) : c->aside);
		return true;
	}
	s = build_step(d, c, PLAN_DROP, c->old->drop);
	if (c->fate == FATE_DROP)
		s->reason = c->reason ? c->reason : "it left the source";
	if (strcmp(c->old->kind->name, "view") == 0 ||
	    strcmp(c->old->kind->name, "index") == 0 ||
	    strcmp(c->old->kind->name, "sequence") == 0) {
		s->lock = "AccessExclusiveLock";
		s->lock_on = c->old->nam;
	}
	s->loss = strcmp(c->old->kind->name, "sequence") == 0 &&
	    c->fate == FATE_DROP;
	return true;
}

bool
build_drop_late(struct diff *d, const struct item *it)
{
	struct change *c = it->change;

	if (!c->temp)
		return drop_item(d, it);
	build_step(d, c, PLAN_DROP, c->new->drop)->reason =
	    "only a release on the way has it";
	return true;
}

bool
build_drops(struct diff *d)
{
	WM_VEC items = VEC_INIT;
	WM_MAP by_id = MAP_INIT;
	size_t *at = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *order, *cycle, n;
	struct graph *g;
	bool ok;

	for (size_t i = 0; i < d->foreign.n; i++)
		item_add(d, &items, &by_id, NULL, d->foreign.v[i]);
	for (size_t i = d->all.n; i-- > 0;) {
		struct change *c = d->all.v[i];

		if (!build_is_dropped(c) || (c->late && c->aside == NULL))
			continue;
		item_add(d, &items, &by_id, c, c->node);
		at[i] = items.n;
	}
	g = graph_new(d->mem, items.n);
	partition_edges(d, g, at);
	item_edges(g, &items, &by_id, true);
	for (size_t i = 0; i < items.n; i++) {
		struct change *c = ((struct item *)items.v[i])->change;
		WM_VEC on = VEC_INIT;

		if (c == NULL)
			continue;
		needs_old(d, c, &on);
		for (size_t k = 0; k < on.n; k++) {
			const struct change *o = on.v[k];

			/* a partition goes before its table and its indexes */
			if (o != NULL && at[o->index] > 0)
				graph_edge(g, i, at[o->index] - 1, strcmp(
				    c->old->kind->name, "partition") == 0);
		}
	}
	ok = graph_sort(g, &order, &cycle, &n);
	assert(ok);	/* there are only wishes */
	for (size_t i = 0; i < items.n; i++)
		if (!drop_item(d, items.v[order[i]]))
			return false;
	return true;
}
