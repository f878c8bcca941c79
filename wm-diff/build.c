#include "build.h"

#include <stdlib.h>

#include "adopt.h"
#include "alter.h"
#include "attic.h"
#include "back.h"
#include "bundle.h"
#include "closure.h"
#include "commands.h"
#include "diag.h"
#include "embed.h"
#include "grants.h"
#include "hops.h"
#include "needs.h"
#include "order.h"
#include "partition.h"
#include "pg.h"
#include "privileges.h"
#include "record_release.h"
#include "record_sql.h"
#include "restore.h"
#include "role.h"
#include "swap.h"
#include "text.h"

/* Records are written after so many objects: a batch can end there. */
#define RECORD_EVERY 200

/*
 * Something to drop or to make: a change of ours, or a foreign object. A table
 * that passes releases is altered in stages, each an item of its own.
 */
struct item {
	struct change *change;
	struct closure_node *node;
	size_t stage;
	bool first, last;	/* of the change's items */
	bool drop;		/* what commands looked at goes */
	bool fill;		/* the rows of a table that is made anew */
};

static struct plan_step *
step(struct diff *d, struct change *c, enum plan_action action,
    const char *sql)
{
	const struct object *o = change_object(c);
	struct plan_step *s = plan_add(&d->plan, action, o->kind->name,
	    o->nam, sql);

	s->module = o->module;
	s->loc = o->loc;
	s->reason = c->reason;
	text_split(d, s);
	return s;
}

/* Schema wm with its tables and functions, where the database has none. */
static void
boot(struct diff *d)
{
	struct plan_step *s;

	if (d->plan.from.release != 0)
		return;
	s = plan_add(&d->plan, PLAN_CREATE, "schema", "wm", embed_boot_sql);
	s->module = "wyseman";
	s->locks = 12;
	text_split(d, s);
}

static void
role_step(struct diff *d, const char *nam)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "select wm.create_role(");
	sbuf_literal(&b, nam);
	sbuf_putc(&b, ')');
	plan_add(&d->plan, PLAN_CREATE, "role", nam, sbuf_take(&b, d->mem));
}

static bool
roles(struct diff *d)
{
	WM_MAP seen = MAP_INIT;
	WM_VEC names = VEC_INIT;
	WM_SBUF list = SBUF_INIT;
	const char *args[1];

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new != NULL && (c->fate != FATE_SAME || (c->record &&
		    !c->adopted)))
			grants_roles(d, c, &seen, &names);
	}
	if (names.n == 0)
		return true;
	/* nobody to ask: each is made where it is missing */
	for (size_t i = 0; d->db == NULL && i < names.n; i++)
		role_step(d, names.v[i]);
	if (d->db == NULL)
		return true;
	for (size_t i = 0; i < names.n; i++)
		pg_array_put(&list, names.v[i]);
	sbuf_putc(&list, '}');
	args[0] = list.s;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select n from unnest($1::text[]) with ordinality as x(n, i)"
	    " where not exists (select from pg_catalog.pg_roles"
	    " where rolname = n) order by i", 1, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		role_step(d, arena_strdup(d->mem, PQgetvalue(r, i, 0)));
	return true;
}

static bool
dropped(const struct change *c)
{
	return c->old != NULL && c->old->built &&
	    (c->fate == FATE_DROP || c->fate == FATE_RECREATE);
}

static bool
made(const struct change *c)
{
	return c->new != NULL && c->fate != FATE_SAME && c->fate != FATE_DROP;
}

static size_t
item_of(const struct map *by_id, const char *id)
{
	return (size_t)(uintptr_t)map_get(by_id, id);	/* 0: none; else + 1 */
}

/* What the catalog has of an item, to find its number. */
static void
by_nodes(struct map *by_id, const struct closure_node *n, size_t number)
{
	for (; n != NULL; n = n->more)
		map_put(by_id, n->id, (void *)(uintptr_t)number);
}

static struct item *
add_item(struct diff *d, struct vec *items, struct map *by_id,
    struct change *c, struct closure_node *n)
{
	struct item *it = arena_alloc(d->mem, sizeof(*it));

	it->change = c;
	it->node = n;
	it->first = it->last = true;
	vec_push(items, it);
	by_nodes(by_id, n, items->n);
	return it;
}

/* An index of a partition goes with the one it is attached to. */
static bool
is_index(const struct closure_node *n)
{
	return n != NULL && n->cls == ID_RELATION && (n->kind[0] == 'i' ||
	    n->kind[0] == 'I');
}

/* Edges from what the catalog says: "first" comes before "then". */
static void
catalog_edges(struct graph *g, const struct vec *items,
    const struct map *by_id, bool drop)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *it = items->v[i];

		for (const struct closure_node *n = it->node; n != NULL;
		    n = n->more)
			for (size_t k = 0; k < n->needs.n; k++) {
				size_t j = item_of(by_id, n->needs.v[k]);

				if (j == 0)
					continue;
				/* wishes: changed sources know better */
				if (drop && is_index(n) &&
				    is_index(((struct item *)items->v[j - 1])
				    ->node))
					graph_edge(g, j - 1, i, true);
				else if (drop)
					graph_edge(g, i, j - 1, false);
				else
					graph_edge(g, j - 1, i, false);
			}
	}
}

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
	s = step(d, c, PLAN_CHECK, sbuf_take(&guard, d->mem));
	s->lock = "AccessExclusiveLock";
	s->lock_on = c->old->nam;
	s->reason = "it has to be empty";
	return true;
}

static bool
drop_table(struct diff *d, struct change *c)
{
	struct plan_step *s;
	WM_VEC keep = VEC_INIT;

	if (d->opts->keep_dropped) {
		const struct ident *id = change_ident(d, c, true);

		attic_table_sql(d, c->old->nam, id ? ident_text(d->mem, id) :
		    c->old->nam, &keep);
		for (size_t i = 0; i < keep.n; i++)
			step(d, c, PLAN_DATA, keep.v[i])->reason =
			    "kept in wm_attic";
	} else if (!d->opts->allow_data_loss && !guard_drop(d, c))
		return false;
	s = step(d, c, PLAN_DROP, c->old->drop);
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
	if (c->swap.n > 0) {
		step(d, c, PLAN_ALTER, swap_aside(d, c));
		return true;
	}
	s = step(d, c, PLAN_DROP, c->old->drop);
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

/* What commands looked at; a table of the way only is no data of anybody. */
static bool
drop_late(struct diff *d, const struct item *it)
{
	struct change *c = it->change;

	if (!c->temp)
		return drop_item(d, it);
	step(d, c, PLAN_DROP, c->new->drop)->reason =
	    "only a release on the way has it";
	return true;
}

/* Drops: what others need comes last. What commands look at is not in it. */
static bool
drops(struct diff *d)
{
	WM_VEC items = VEC_INIT;
	WM_MAP by_id = MAP_INIT;
	size_t *at = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *order, *cycle, n;
	struct graph *g;
	bool ok;

	for (size_t i = 0; i < d->foreign.n; i++)
		add_item(d, &items, &by_id, NULL, d->foreign.v[i]);
	for (size_t i = d->all.n; i-- > 0;) {
		struct change *c = d->all.v[i];

		if (!dropped(c) || c->late)
			continue;
		add_item(d, &items, &by_id, c, c->node);
		at[i] = items.n;
	}
	g = graph_new(d->mem, items.n);
	partition_edges(d, g, at);
	catalog_edges(g, &items, &by_id, true);
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

/* Entries in the lock table that creating a table takes: it, its indexes... */
static int
count_locks(const struct parsed *p)
{
	int n = 1;

	for (size_t i = 0; p != NULL && i < p->n; i++) {
		const struct json *elts = json_get(p->stmts[i].node,
		    "tableElts");

		if (strcmp(p->stmts[i].tag, "CreateStmt") != 0) {
			n += strcmp(p->stmts[i].tag, "IndexStmt") == 0;
			continue;
		}
		n += 2;		/* TOAST table and its index */
		for (const struct json *j = elts ? elts->first : NULL; j;
		    j = j->next) {
			const struct json *col = json_get(j, "ColumnDef");
			const struct json *cons = json_get(col, "constraints");
			const struct json *k = cons ? cons->first : j;

			if (col != NULL && cons == NULL)
				continue;
			for (; k != NULL; k = cons ? k->next : NULL) {
				const char *t = json_str(json_get(k,
				    "Constraint"), "contype");

				if (t != NULL && (strcmp(t, "CONSTR_PRIMARY")
				    == 0 || strcmp(t, "CONSTR_UNIQUE") == 0 ||
				    strcmp(t, "CONSTR_IDENTITY") == 0))
					n++;
			}
		}
	}
	return n;
}

static void
set_locks(struct diff *d, struct change *c, struct plan_step *s)
{
	const struct kind *k = c->new->kind;
	struct parsed *p;

	s->locks = count_locks(change_parse(d, c, false, &p) ? p : NULL);
	if (k->create_lock != NULL && p != NULL && p->n > 0 &&
	    p->idents[0].table != NULL) {
		struct ident t = { .cls = ID_RELATION,
			.schema = p->idents[0].schema,
			.name = p->idents[0].table };

		s->lock = k->create_lock;
		s->lock_on = ident_text(d->mem, &t);
		s->scan = strcmp(k->name, "index") == 0;
	}
	if (c->fate == FATE_REPLACE && strcmp(k->name, "view") == 0) {
		s->lock = "AccessExclusiveLock";
		s->lock_on = c->new->nam;
	}
}

/* Owner, foreign grants, comments of an object that was made again. */
static void
restore(struct diff *d, struct change *c, const struct closure_node *n,
    const char *nam)
{
	for (; n != NULL; n = n->more) {
		const char *sql = restore_sql(d, c, n);
		struct plan_step *s;

		if (sql == NULL)
			continue;
		if (c != NULL)
			s = step(d, c, PLAN_ALTER, sql);
		else {
			s = plan_add(&d->plan, PLAN_ALTER, "other", nam, sql);
			text_split(d, s);
		}
		s->reason = "owner, grants and comments as before";
	}
}

/* Foreign keys that hold up what other tables are to lose. */
static void
early_steps(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->early.n; k++) {
			struct plan_step *s = step(d, c, PLAN_ALTER,
			    c->early.v[k]);

			if (strcmp(c->old->kind->name, "table") != 0)
				continue;
			s->lock = "AccessExclusiveLock";
			s->lock_on = c->old->nam;
		}
	}
}

static void
alter_steps(struct diff *d, struct change *c, const struct vec *alters,
    size_t stage)
{
	for (size_t i = 0; i < alters->n; i++) {
		const struct alter_stmt *a = alters->v[i];
		struct plan_step *s;

		if (hops_stage(d, a->release) != stage)
			continue;
		s = step(d, c, a->rebuild ? PLAN_REBUILD : a->data ?
		    PLAN_DATA : PLAN_ALTER, a->sql);
		s->lock = a->lock;
		s->lock_on = a->lock ? c->new->nam : NULL;
		s->scan = a->scan;
		s->rewrite = a->rewrite;
		s->loss = a->loss;
		s->rows = a->rows;
		s->bytes = a->bytes;
	}
}

/* A table that comes back on the way to an older release. */
static void
refill(struct diff *d, struct change *c)
{
	WM_VEC sql = VEC_INIT;

	if (!d->back || c->fate != FATE_CREATE ||
	    strcmp(c->new->kind->name, "table") != 0)
		return;
	back_refill(d, c, &sql);
	for (size_t i = 0; i < sql.n; i++)
		step(d, c, PLAN_DATA, sql.v[i])->reason =
		    "as it was kept in wm_attic";
}

/* Columns move over to a type that was made anew. */
static void
swap_steps(struct diff *d, struct change *c)
{
	WM_VEC list = VEC_INIT;

	if (c->swap.n == 0)
		return;
	swap_move(d, c, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct plan_step *s = step(d, c, PLAN_ALTER, list.v[i]);

		s->rewrite = i + 1 < list.n;
		s->lock = "AccessExclusiveLock";
		s->lock_on = c->new->nam;
	}
}

static void
make_item(struct diff *d, const struct item *it)
{
	struct change *c = it->change;
	struct plan_step *s;
	const char *sql;

	if (it->fill) {
		alter_steps(d, c, &c->fill, it->stage);
		return;
	}
	if (c == NULL) {
		if (it->node->stays_out)
			return;
		s = plan_add(&d->plan, PLAN_CREATE, "other", it->node->text,
		    it->node->create_sql);
		s->reason = "it was in the way";
		text_split(d, s);
		restore(d, NULL, it->node, it->node->text);
		return;
	}
	switch (c->fate) {
	case FATE_CREATE:
		if (c->born && it->first)
			step(d, c, PLAN_CREATE, c->old->create)->reason =
			    "as its first version has it, for commands";
		if (c->born) {
			alter_steps(d, c, &c->alters, it->stage);
			break;
		}
		sql = partition_index_sql(d, c);
		if (sql != NULL) {
			text_split(d, step(d, c, PLAN_CREATE, sql));
			break;
		}
		/* FALLTHROUGH */
	case FATE_RECREATE:
		s = text_step(d, c, PLAN_CREATE);
		role_if_missing(d, c, s);
		set_locks(d, c, s);
		refill(d, c);
		swap_steps(d, c);
		break;
	case FATE_REPLACE:
		s = text_step(d, c, PLAN_REPLACE);
		text_or_replace(d, c, s);
		set_locks(d, c, s);
		if (c->keep != NULL) {
			s = step(d, c, PLAN_ALTER, c->keep);
			s->reason = "as others have set it";
		}
		break;
	case FATE_ALTER:
		if (c->sql == NULL) {
			alter_steps(d, c, &c->alters, it->stage);
			break;
		}
		s = step(d, c, PLAN_ALTER, c->sql);
		s->lock = strcmp(c->new->kind->name, "sequence") == 0 ?
		    "ShareRowExclusiveLock" : NULL;
		s->lock_on = s->lock ? c->new->nam : NULL;
		break;
	case FATE_SAME:
	case FATE_DROP:
		break;
	}
	if (c->fate == FATE_RECREATE)
		restore(d, c, c->node, NULL);
	if (it->last && !c->temp)
		grants_steps(d, c);
}

static void
report_circle(struct diff *d, const struct vec *items, const size_t *cycle,
    size_t n)
{
	assert(items->v != NULL);
	diag_error(NULL, "%zu objects need one another, and none can be made "
	    "first", n);
	for (size_t i = 0; i < n; i++) {
		const struct item *a = items->v[cycle[i]];
		const struct item *b = items->v[cycle[(i + 1) % n]];

		if (a->change != NULL && b->change != NULL)
			diag_note(&a->change->new->loc, "%s \"%s\" needs %s "
			    "\"%s\"", a->change->new->kind->name,
			    a->change->new->nam, b->change->new->kind->name,
			    b->change->new->nam);
	}
	(void)d;
}

/*
 * A default or check is back before its table takes another one; anything else
 * of the table, such as a publication, when the table has its new columns.
 *
 * table   number of the table's item, plus 1; 0: it is not made
 */
static void
table_edge(struct graph *g, size_t i, const struct closure_node *n,
    size_t table)
{
	bool first = node_comes_first(n);

	if (table > 0)
		graph_edge(g, first ? i : table - 1, first ? table - 1 : i,
		    false);
}

/* Whether any statement of a change belongs to a stage. */
static bool
works_in(const struct diff *d, const struct change *c, size_t stage)
{
	if (c->born && hops_stage(d, c->old->min_rel) == stage)
		return true;
	for (size_t i = 0; i < c->alters.n; i++)
		if (hops_stage(d, ((struct alter_stmt *)c->alters.v[i])
		    ->release) == stage)
			return true;
	return false;
}

/* Whether a change is worked out as statements that belong to releases. */
static bool
staged(const struct change *c)
{
	return c->alters.n > 0 || c->born;
}

/* Keys that an alteration takes away: what refers to them comes behind it. */
static void
keys(struct map *by_id, const struct change *c, size_t number)
{
	const struct closure_node *n = c->fate == FATE_ALTER ? c->node : NULL;

	for (; n != NULL; n = n->more)
		if (strcmp(n->kind, "constraint") == 0)
			map_put(by_id, n->id, (void *)(uintptr_t)number);
}

/*
 * The items of one change; at[] gets the number of its last, plus 1, first[]
 * that of the last behind which its partitions can be made.
 */
static void
add_change_items(struct diff *d, struct vec *items, struct map *by_id,
    struct change *c, size_t *at, size_t *first_part)
{
	struct closure_node *node = c->fate == FATE_RECREATE ? c->node : NULL;
	struct item *it = NULL;

	for (size_t s = 0; staged(c) && s <= d->stages.n; s++) {
		if (!works_in(d, c, s))
			continue;
		if (it != NULL)
			it->last = false;
		bool first = it == NULL;
		it = add_item(d, items, by_id, c, NULL);
		it->stage = s;
		it->first = first;
	}
	if (it == NULL)
		it = add_item(d, items, by_id, c, node);
	keys(by_id, c, items->n);
	first_part[c->index] = items->n;
	if (c->rebuild && c->fill.n == 0)
		by_nodes(by_id, c->node, items->n);
	if (c->fill.n > 0) {
		size_t stage = it->stage;

		/* whoever needs it means it with its rows */
		it->last = false;
		it = add_item(d, items, by_id, c, c->node);
		it->stage = stage;
		it->first = false;
		it->fill = true;
	}
	at[c->index] = items->n;
}

/* The last item of a change that is not behind a stage, plus 1; 0: none. */
static size_t
item_before(const struct vec *items, size_t last, size_t stage)
{
	for (; last > 0; last--) {
		const struct item *it = items->v[last - 1];

		if (it->stage <= stage)
			return last;
		if (it->first)
			break;
	}
	return 0;
}

/*
 * Stages of tables: each behind the one before it, of whatever table, since
 * commands may look around.
 */
static void
stage_edges(struct diff *d, struct graph *g, const struct vec *items)
{
	WM_VEC before = VEC_INIT;
	WM_VEC here = VEC_INIT;

	for (size_t s = 0; d->stages.n > 0 && s <= d->stages.n; s++) {
		here.n = 0;
		for (size_t i = 0; i < items->n; i++) {
			const struct item *it = items->v[i];

			if (it->change != NULL && staged(it->change) &&
			    !it->drop && it->stage == s)
				vec_push(&here, (void *)(uintptr_t)i);
		}
		for (size_t i = 0; i < before.n; i++)
			for (size_t k = 0; k < here.n; k++)
				graph_edge(g, (size_t)(uintptr_t)before.v[i],
				    (size_t)(uintptr_t)here.v[k], true);
		if (here.n > 0) {
			before.n = 0;
			for (size_t i = 0; i < here.n; i++)
				vec_push(&before, here.v[i]);
		}
	}
}

/* What goes when the commands that look at it have run. */
static void
add_late_drops(struct diff *d, struct vec *items, struct map *by_id,
    size_t *gone)
{
	for (size_t i = d->all.n; i-- > 0;) {
		struct change *c = d->all.v[i];
		struct item *it;

		if (!c->temp && !(c->late && dropped(c)))
			continue;
		it = add_item(d, items, by_id, c, NULL);
		it->drop = true;
		gone[i] = items->n;
	}
}

/* Something to drop late, behind those who look at it or stand on it. */
static void
late_edges(struct diff *d, struct graph *g, const struct vec *items,
    const size_t *at, const size_t *first, const size_t *gone)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *it = items->v[i];
		struct change *c = it->change;
		struct change *same;

		if (c == NULL)
			continue;
		for (size_t k = 0; !it->drop && k < c->uses.n; k++) {
			const struct use *u = c->uses.v[k];

			if (gone[u->on->index] > 0 &&
			    hops_stage(d, u->release) == it->stage)
				graph_edge(g, i, gone[u->on->index] - 1, true);
		}
		if (gone[c->index] == 0)
			continue;
		if (!it->drop) {
			graph_edge(g, i, gone[c->index] - 1, true);
			continue;
		}
		/* then the name can be taken again */
		same = map_get(&d->by_key, change_object(c)->key);
		if (same != NULL && same != c && at[same->index] > 0)
			graph_edge(g, i, first[same->index] - 1, true);
		WM_VEC on = VEC_INIT;
		if (c->old != NULL && c->new == NULL)
			needs_old(d, c, &on);
		for (size_t k = 0; k < c->needs.n; k++)
			vec_push(&on, ((struct need *)c->needs.v[k])->on);
		for (size_t k = 0; k < on.n; k++) {
			const struct change *o = on.v[k];

			if (o != NULL && o != c && gone[o->index] > 0)
				graph_edge(g, i, gone[o->index] - 1, false);
		}
	}
}

/* What is made, in the order of dependencies; else as the source has it. */
static bool
makes(struct diff *d, struct vec *recorded)
{
	WM_VEC items = VEC_INIT;
	WM_MAP by_id = MAP_INIT;
	size_t *at = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *first = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *gone = arena_alloc(d->mem, d->all.n * sizeof(*at));
	size_t *order, *cycle, n;
	struct graph *g;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (made(c))
			add_change_items(d, &items, &by_id, c, at, first);
	}
	for (size_t i = 0; i < d->foreign.n; i++)
		add_item(d, &items, &by_id, NULL, d->foreign.v[i]);
	add_late_drops(d, &items, &by_id, gone);
	g = graph_new(d->mem, items.n);
	catalog_edges(g, &items, &by_id, false);
	for (size_t i = 0; i < items.n; i++) {
		const struct item *it = items.v[i];
		struct change *c = it->change;

		if (c == NULL && it->node->table != NULL)
			table_edge(g, i, it->node,
			    at[it->node->table->index]);
		if (c == NULL || it->drop)
			continue;
		if (it->fill) {
			graph_edge(g, first[c->index] - 1, i, true);
			continue;
		}
		if (c->root != NULL)
			graph_edge(g, i, at[c->root->index] - 1, true);
		needs_found(d, c);
		for (size_t k = 0; k < c->above.n; k++) {
			const struct change *t = c->above.v[k];

			if (at[t->index] > 0)
				graph_edge(g, at[t->index] - 1, i, false);
		}
		for (size_t k = 0; k < c->needs.n; k++) {
			const struct need *need = c->needs.v[k];
			/* another life of its own name */
			if (strcmp(need->on->new->key, c->new->key) == 0)
				continue;
			size_t on = c->root == need->on ?
			    first[need->on->index] : at[need->on->index];

			if (on > 0 && staged(c) && staged(need->on))
				on = item_before(&items, on, it->stage);
			/* what its commands use is there before it changes */
			if (on > 0 && !commands_use(need->on, c) &&
			    !commands_go_first(c, need->on))
				graph_edge(g, on - 1, i, need->hard);
		}
		for (size_t k = 0; k < c->uses.n; k++) {
			const struct use *u = c->uses.v[k];
			size_t on = at[u->on->index];

			if (on > 0 && staged(u->on))
				on = item_before(&items, on, it->stage);
			if (on == 0 || hops_stage(d, u->release) != it->stage)
				continue;
			graph_edge(g, u->first ? i : on - 1, u->first ? on - 1 :
			    i, false);
		}
	}
	stage_edges(d, g, &items);
	late_edges(d, g, &items, at, first, gone);
	if (!graph_sort(g, &order, &cycle, &n)) {
		report_circle(d, &items, cycle, n);
		return false;
	}
	for (size_t i = 0; i < items.n; i++) {
		const struct item *it = items.v[order[i]];

		if (it->drop) {
			if (!drop_late(d, it))
				return false;
			continue;
		}
		make_item(d, it);
		if (it->change != NULL && it->change->record && it->last)
			vec_push(recorded, it->change);
		if (recorded->n >= RECORD_EVERY)
			record_step(d, recorded);
	}
	return true;
}

/*
 * Bodies of functions are not looked into while objects are made; now all is
 * there, so the language's validator is asked.
 */
static void
check_bodies(struct diff *d)
{
	static const struct {
		const char *language, *validator;
	} known[] = { { "sql", "pg_catalog.fmgr_sql_validator" },
		{ "plpgsql", "pg_catalog.plpgsql_validator" } };

	for (size_t i = 0; i < d->all.n && !d->opts->no_body_check; i++) {
		struct change *c = d->all.v[i];
		struct parsed *p;

		if (!made(c) || c->temp || c->fate == FATE_ALTER ||
		    !change_parse(d, c, false, &p))
			continue;
		for (size_t k = 0; k < p->n; k++) {
			const struct ident *id = &p->idents[k];
			const char *lang, *body, *validator = NULL;
			WM_SBUF b = SBUF_INIT;

			if (id->cls != ID_FUNCTION ||
			    strpbrk(id->args, "?%") != NULL)
				continue;
			sql_function_body(p->stmts[k].node, &lang, &body);
			for (size_t j = 0; lang && j < WM_LEN(known); j++)
				if (strcasecmp(known[j].language, lang) == 0)
					validator = known[j].validator;
			if (validator == NULL || body == NULL)
				continue;
			sbuf_printf(&b, "select %s(", validator);
			sbuf_literal(&b, ident_text(d->mem, id));
			sbuf_puts(&b, "::pg_catalog.regprocedure)");
			step(d, c, PLAN_CHECK, sbuf_take(&b, d->mem))->reason =
			    "its body is read now that all is there";
		}
	}
}

/* Whether what the dictionary tells of the catalog has changed. */
static bool
dictionary_stale(const struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];
		const char *typ = change_object(c)->kind->name;

		if (strcmp(typ, "table") != 0 && strcmp(typ, "view") != 0 &&
		    strcmp(typ, "other") != 0)
			continue;
		if (c->fate != FATE_SAME || (c->record && c->adopted) ||
		    (c->record && c->old != NULL &&
		    c->new != NULL && !strings_equal(&c->old->col_data,
		    &c->new->col_data)))
			return true;
	}
	return false;
}

static void
refresh_dictionary(struct diff *d)
{
	static const char name[] = "wm.init_dictionary()";
	struct change *c = map_get(&d->by_key, "function:wm.init_dictionary()");

	if (c == NULL || c->new == NULL || !dictionary_stale(d))
		return;
	plan_add(&d->plan, PLAN_DATA, "function", name,
	    "select wm.init_dictionary()")->module = c->new->module;
}

/* Where what is dropped is kept, if anything is. */
static void
attic(struct diff *d)
{
	const char *sql;
	struct plan_step *s;

	for (size_t i = 0; i < d->all.n && d->opts->keep_dropped; i++) {
		const struct change *c = d->all.v[i];

		if (c->fate == FATE_DROP && c->old->built &&
		    strcmp(c->old->kind->name, "table") == 0)
			d->kept_any = true;
	}
	sql = attic_open_sql(d);
	if (sql == NULL)
		return;
	s = plan_add(&d->plan, PLAN_CREATE, "schema", "wm_attic", sql);
	s->reason = "for what is dropped";
	text_split(d, s);
}

/*
 * The older Wyseman's record has triggers that drop objects where their rows
 * are deleted, and keep releases from being closed: where the record changes,
 * they go first.
 */
static bool
take_over(struct diff *d)
{
	static const char sql[] =
	    "drop trigger if exists objects_tr_bd on wm.objects;\n"
	    "drop trigger if exists releases_tr on wm.releases;\n"
	    "drop function if exists wm.objects_tf_bd();\n"
	    "drop function if exists wm.releases_tf();";
	struct plan_step *s;

	if (d->db == NULL || d->plan.from.release == 0 || plan_empty(&d->plan))
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select from pg_catalog.pg_trigger where tgname in"
	    " ('objects_tr_bd', 'releases_tr') and tgrelid in"
	    " (pg_catalog.to_regclass('wm.objects'),"
	    " pg_catalog.to_regclass('wm.releases'))", 0, NULL);
	if (r == NULL)
		return false;
	if (PQntuples(r) == 0)
		return true;
	s = plan_add(&d->plan, PLAN_RECORD, NULL, NULL, arena_printf(d->mem,
	    "%s\n%s", sql, embed_prints_sql));
	s->reason = "the record of an older Wyseman is taken over";
	text_split(d, s);
	memmove(d->plan.steps.v + 1, d->plan.steps.v,
	    (d->plan.steps.n - 1) * sizeof(*d->plan.steps.v));
	d->plan.steps.v[0] = s;
	return true;
}

/* All was compared: wm-apply is to keep no old print. */
static void
take_prints(struct diff *d)
{
	const char *sql = arena_printf(d->mem, "select pg_catalog.set_config("
	    "'wm.drifted', '', false), pg_catalog.set_config('wm.others', %s, "
	    "false)", adopt_others(d));

	plan_add(&d->plan, PLAN_RECORD, NULL, NULL, sql)->reason =
	    "fingerprints are taken of all there is";
}

/* What takes a database back to its record, which stays as it is. */
static bool
build_steps(struct diff *d)
{
	WM_VEC recorded = VEC_INIT;

	attic(d);
	early_steps(d);
	if (!drops(d) || !makes(d, &recorded))
		return false;
	check_bodies(d);
	refresh_dictionary(d);
	privileges(d);
	/* they were not there, or were of other things */
	take_prints(d);
	return true;
}

bool
build_plan(struct diff *d)
{
	WM_VEC recorded = VEC_INIT;

	if (d->opts->drift)
		return build_steps(d);
	d->plan.to.release = d->bundle != NULL ? d->bundle->release :
	    d->plan.from.release == 0 ? 1 :
	    d->plan.from.release + !d->plan.from.beta;
	boot(d);
	record_open(d);
	if (!roles(d) || !record_target(d))
		return false;
	attic(d);
	early_steps(d);
	if (!drops(d))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL && !c->loose)
			vec_push(&recorded, c);
	}
	if (!makes(d, &recorded))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL || !c->record || c->fate != FATE_SAME)
			continue;
		grants_steps(d, c);
		vec_push(&recorded, c);
	}
	check_bodies(d);
	if (recorded.n > 0)
		record_step(d, &recorded);
	if (d->bundle != NULL)
		record_release_close(d);
	refresh_dictionary(d);
	privileges(d);
	if (d->adopt != NULL)
		take_prints(d);
	return take_over(d);
}
