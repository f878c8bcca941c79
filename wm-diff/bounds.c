/*
 * Partitions whose bounds change while their table stays. All of them are
 * detached before the first one is attached again, since they may want what
 * another one has. Rows that are somewhere else by then wait in a table of
 * their own, and come back through the partitioned table.
 */
#include "alter_impl.h"

#include <limits.h>

#include "embed.h"
#include "pg.h"

/* What happens to the partitions of one table. */
struct regroup {
	struct change *table;
	struct sbuf parts;	/* text of an array: that lose rows */
	struct sbuf bounds;	/* the same: theirs from now on; '' for those
				   that go */
	struct sbuf fresh;	/* the same: bounds of those that come */
	struct vec lose;	/* of const char *: the parts */
	struct vec detach;	/* the same: those of them that are to be */
	struct vec drop;	/* the same: those that go */
	bool any;		/* some get other bounds, or come, or go */
	bool comes;		/* one that is not the default */
	bool takes;		/* one may take rows of others */
	struct vec gone;	/* of struct change * */
	struct vec joins;	/* the same: to be there before the rows */
	const char *dflt;	/* the default partition that stays */
};

static bool
is_default(const struct json *bound)
{
	return json_bool(bound, "is_default");
}

static void
put_loser(struct regroup *g, const char *fq, const char *bound)
{
	pg_array_put(&g->parts, fq);
	pg_array_put(&g->bounds, bound);
	vec_push(&g->lose, fq);
}

static void
put_part(struct diff *d, struct regroup *g, struct change *c,
    const char *bound, struct vec *also)
{
	const char *fq = ident_text(d->mem, change_ident(d, c, true));

	put_loser(g, fq, bound);
	vec_push(also, fq);
}

/* A partition that keeps its table, at other bounds. */
static void
put_moved(struct diff *d, struct regroup *g, struct change *c,
    const struct alter_place *was, const struct alter_place *is)
{
	put_part(d, g, c, is->text, &g->detach);
	g->any = g->takes = true;
	g->comes = g->comes || !is_default(is->bound);
	vec_push(&g->joins, c);
	/* the rows are put away first */
	if (was->object != NULL)
		was->object->carried = true;
	if (is->object != NULL)
		vec_push(&g->joins, is->object);
}

static void
put_table(struct diff *d, struct regroup *g, struct change *c)
{
	struct alter_place at, to;
	bool was = c->old != NULL && c->old->built && alter_place(d, c, true,
	    &at) && at.table == g->table;
	bool is = c->new != NULL && alter_place(d, c, false, &to) &&
	    to.table == g->table;

	if (was && is && !c->settled && !sql_equal(at.bound, to.bound))
		put_moved(d, g, c, &at, &to);
	else if (was && is && is_default(at.bound))
		g->dflt = ident_text(d->mem, change_ident(d, c, true));
	else if (is && !was) {
		vec_push(&g->joins, c->fate == FATE_CREATE || to.object == NULL
		    ? c : to.object);
		if (c->fate == FATE_CREATE && to.object != NULL)
			vec_push(&g->joins, to.object);
		g->any = g->takes = true;
		if (is_default(to.bound))
			return;
		pg_array_put(&g->fresh, to.text);
		g->comes = true;
	} else if (was && c->new == NULL && c->fate == FATE_DROP)
		vec_push(&g->gone, c);
}

/* Whether a table may have rows; false: failed. */
static bool
has_rows(struct diff *d, const char *fq, bool *out)
{
	*out = true;
	if (d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW, arena_printf(d->mem,
	    "select exists (select from %s)", fq), 0, NULL);
	if (r == NULL)
		return false;
	*out = PQgetvalue(r, 0, 0)[0] == 't';
	return true;
}

/* A table that goes when its rows have: its indexes go with it. */
static void
carry(struct diff *d, struct change *t)
{
	const struct ident *table = change_ident(d, t, true);

	t->carried = true;
	if (t->part_was != NULL)
		t->part_was->carried = true;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (c->fate != FATE_DROP || strcmp(c->old->kind->name, "index")
		    != 0)
			continue;
		id = change_ident(d, c, true);
		c->carried = c->carried || (id != NULL && id->table != NULL &&
		    strcmp(id->table, table->name) == 0 &&
		    strcmp(id->schema, table->schema) == 0);
	}
}

/*
 * Partitions that go while others may take their rows. Where nothing takes
 * them, or losing them has been permitted, they are dropped as any table.
 */
static bool
put_gone(struct diff *d, struct regroup *g)
{
	if (d->opts->allow_data_loss || d->opts->keep_dropped || (!g->takes &&
	    g->dflt == NULL))
		return true;
	for (size_t i = 0; i < g->gone.n; i++) {
		struct change *c = g->gone.v[i];
		bool rows;

		if (!has_rows(d, ident_text(d->mem, change_ident(d, c, true)),
		    &rows))
			return false;
		if (!rows)
			continue;
		put_part(d, g, c, "", &g->drop);
		carry(d, c);
		g->any = true;
	}
	return true;
}

static struct alter_stmt *
put_stmt(struct diff *d, struct change *c, struct vec *list, const char *sql)
{
	struct alter_stmt *s = arena_alloc(d->mem, sizeof(*s));

	s->sql = sql;
	/* or behind all, when its partitions are as they are to be */
	s->release = list == &c->fill ? INT_MAX : c->alters.n > 0 ?
	    ((struct alter_stmt *)c->alters.v[c->alters.n - 1])->release : 0;
	s->lock = "AccessExclusiveLock";
	vec_push(list, s);
	return s;
}

static const char *
array_end(struct sbuf *b)
{
	sbuf_puts(b, b->len > 0 ? "}" : "{}");
	return sbuf_str(b);
}

/* The same words for each of some tables. */
static void
put_each(struct diff *d, struct change *t, const struct vec *names,
    const char *words)
{
	for (size_t i = 0; i < names->n; i++)
		put_stmt(d, t, &t->alters, arena_printf(d->mem, "%s %s",
		    words, (const char *)names->v[i]));
}

/* A name of its own beside the table. */
static const char *
beside(struct diff *d, const struct change *t, const char *word)
{
	struct ident id = *change_ident(d, (struct change *)t, false);

	id.name = arena_printf(d->mem, "wm %s %zu", word, t->index);
	return ident_text(d->mem, &id);
}

static void
put_steps(struct diff *d, struct regroup *g)
{
	struct change *t = g->table;
	const char *setting = arena_printf(d->mem, "wm.moved_%zu", t->index);
	const char *fq = ident_text(d->mem, change_ident(d, t, false));
	const char *hold = beside(d, t, "moved");
	const char *bounds = beside(d, t, "bounds");

	put_stmt(d, t, &t->alters, alter_block(d->mem, embed_bounds_sql,
	    (const char *[]){ fq, hold, bounds, setting,
	    array_end(&g->parts), array_end(&g->bounds),
	    array_end(&g->fresh) }));
	for (size_t i = 0; i < g->lose.n; i++)
		put_stmt(d, t, &t->alters, alter_block(d->mem, embed_move_sql,
		    (const char *[]){ g->lose.v[i], hold, setting }))->scan =
		    true;
	put_stmt(d, t, &t->alters, arena_printf(d->mem, "drop table %s",
	    bounds));
	put_each(d, t, &g->detach, arena_printf(d->mem, "alter table %s detach "
	    "partition", fq));
	put_each(d, t, &g->drop, "drop table");
	put_stmt(d, t, &t->fill, alter_block(d->mem, embed_regroup_sql,
	    (const char *[]){ fq, hold, setting }))->scan = true;
	put_stmt(d, t, &t->fill, alter_block(d->mem, embed_keys_sql,
	    (const char *[]){ setting }))->scan = true;
	put_stmt(d, t, &t->fill, arena_printf(d->mem, "drop table %s", hold));
	if (t->fate == FATE_SAME)
		t->reason = "its partitions get other bounds";
	t->fate = FATE_ALTER;
	for (size_t i = 0; i < g->joins.n; i++)
		((struct change *)g->joins.v[i])->joins = t;
}

static void
regroup_clear(struct regroup *g)
{
	sbuf_clear(&g->parts);
	sbuf_clear(&g->bounds);
	sbuf_clear(&g->fresh);
	vec_clear(&g->lose);
	vec_clear(&g->detach);
	vec_clear(&g->drop);
	vec_clear(&g->gone);
	vec_clear(&g->joins);
}

static bool
regroup_table(struct diff *d, struct change *t)
{
	WM_CLEANUP(regroup_clear) struct regroup g = { .table = t };
	bool rows;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (strcmp(change_object(c)->kind->name, "table") == 0)
			put_table(d, &g, c);
	}
	if (!put_gone(d, &g))
		return false;
	if (!g.any)
		return true;
	/* what comes beside others takes rows of the default partition only */
	if (g.detach.n == 0 && g.drop.n == 0) {
		if (!g.comes || g.dflt == NULL)
			return true;
		if (!has_rows(d, g.dflt, &rows))
			return false;
		if (!rows)
			return true;
	}
	if (g.dflt != NULL)
		put_loser(&g, g.dflt, "default");
	put_steps(d, &g);
	return true;
}

/* Whether a table was partitioned, and stays so. */
static bool
stays_partitioned(struct diff *d, struct change *c)
{
	struct parsed *p;

	if (c->old == NULL || c->new == NULL || !c->old->built ||
	    strcmp(c->new->kind->name, "table") != 0 || c->rebuild ||
	    c->root != NULL || c->born || c->fate == FATE_CREATE ||
	    strcasestr(c->new->create, "partition") == NULL)
		return false;
	return change_parse(d, c, true, &p) && p->n > 0 &&
	    json_get(p->stmts[0].node, "partspec") != NULL;
}

bool
alter_bounds(struct diff *d)
{
	bool any = false;

	/* most changes are of no partition */
	for (size_t i = 0; i < d->all.n && !any; i++) {
		const struct change *c = d->all.v[i];

		any = c->fate != FATE_SAME && strcasestr(change_object(c)
		    ->create, "partition") != NULL;
	}
	for (size_t i = 0; any && i < d->all.n; i++)
		if (stays_partitioned(d, d->all.v[i]) &&
		    !regroup_table(d, d->all.v[i]))
			return false;
	return true;
}
