#include "closure.h"

#include "alter.h"
#include "closure_offline.h"
#include "diag.h"
#include "extensions.h"
#include "needs.h"
#include "part_index.h"
#include "partition.h"
#include "pg.h"
#include "renamed.h"
#include "restore.h"
#include "swap.h"
#include "table.h"

/* Whether a node goes with what it belongs to. */
static bool
goes_with_owner(const struct closure_node *n, const struct map *by_id)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	/* constraints of a domain are part of its text */
	return o != NULL && o->change != NULL &&
	    (o->change->fate == FATE_DROP || (o->cls == ID_TYPE &&
	    o->change->fate == FATE_RECREATE) || o->cls == ID_PUBLICATION);
}

/*
 * Whether a domain can do without what goes, as only its default needs it: not
 * what it is of, nor its collation.
 */
static bool
survives(const struct closure_node *n, const struct map *by_id, int depth)
{
	if (n->cls != ID_TYPE || n->kind[0] != 'd' || n->drop_sql == NULL ||
	    n->wanted || depth > 100 || (n->change != NULL &&
	    (n->change->fate == FATE_DROP || n->change->fate ==
	    FATE_RECREATE)))
		return false;
	for (size_t i = 0; i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k != NULL && k != n && (k->cls == ID_COLLATION ||
		    (k->cls == ID_TYPE && !survives(k, by_id, depth + 1))))
			return false;
	}
	return true;
}

/* Whether a node is there only because of a domain that does not go. */
static bool
is_spared(const struct closure_node *n, const struct map *by_id, int depth)
{
	bool spared = false;

	for (size_t i = 0; i < n->needs.n && depth < 100; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k == NULL || k == n)
			continue;
		if (!k->survives && !is_spared(k, by_id, depth + 1))
			return false;
		spared = true;
	}
	return spared;
}

static void
refuse_drop(const struct closure_node *n, const struct change *on)
{
	const struct change *c = n->change;

	if (c != NULL && c->new != NULL)
		diag_refuse(&c->new->loc, "%s \"%s\" depends on %s \"%s\", "
		    "which left the source", c->new->kind->name, c->new->nam,
		    on->old->kind->name, on->old->nam);
	else if (n->table != NULL && n->table->new != NULL)
		diag_refuse(&n->table->new->loc, "%s depends on %s \"%s\", "
		    "which left the source", n->text, on->old->kind->name,
		    on->old->nam);
	else
		diag_refuse(NULL, "%s \"%s\" left the source, but %s, which "
		    "is not in the record, depends on it", on->old->kind->name,
		    on->old->nam, n->text);
}

/* A generated column: it goes with its expression, and comes back with it. */
static bool
is_generated(const struct closure_node *n)
{
	return strcmp(n->kind, "generated") == 0;
}

static bool
is_index(const struct closure_node *n)
{
	return n->cls == ID_RELATION && (n->kind[0] == 'i' ||
	    n->kind[0] == 'I');
}

/* The index on all partitions that a partition's index is part of, or NULL. */
static const struct closure_node *
index_on_all(const struct closure_node *n, const struct map *by_id)
{
	for (size_t i = 0; is_index(n) && i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k != NULL && k != n && is_index(k))
			return k;
	}
	return NULL;
}

/*
 * Whether an index of ours stays though the one on all partitions goes: so it
 * was attached by the source, as those above were.
 */
static bool
outlives(const struct diff *d, const struct closure_node *n,
    const struct closure_node *all, const struct map *by_id)
{
	bool by_source = is_index(n) && is_index(all);

	for (bool first = true; by_source && all != NULL; first = false) {
		by_source = n->change != NULL && n->change->old != NULL &&
		    all->change != NULL && all->change->old != NULL &&
		    (first ? partition_outlives(d, n->change, all->change) :
		    partition_attaches(all->change, n->change));
		n = all;
		all = index_on_all(n, by_id);
	}
	return by_source;
}

/* Whether the index on all partitions goes, and takes this one along. */
static bool
goes_with_index(const struct diff *d, const struct closure_node *n,
    const struct map *by_id, int depth)
{
	const struct closure_node *k = index_on_all(n, by_id);

	if (k == NULL || depth > 100 || outlives(d, n, k, by_id))
		return false;
	return (k->change != NULL && (k->change->fate == FATE_DROP ||
	    k->change->fate == FATE_RECREATE)) ||
	    goes_with_index(d, k, by_id, depth + 1);
}

/* The object that goes and that a node needs, directly or not. */
static struct change *
cause(const struct diff *d, const struct closure_node *n,
    const struct map *by_id, int depth)
{
	for (size_t i = 0; i < n->needs.n && depth < 100; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);
		struct change *c;

		if (k == NULL || k == n || k->survives || outlives(d, n, k,
		    by_id))
			continue;
		if (k->change != NULL && k->wanted)
			return k->change;
		c = cause(d, k, by_id, depth + 1);
		if (c != NULL)
			return c;
	}
	return NULL;
}

/* Whether a node is of the table that t is. */
static bool
belongs(const struct closure_node *n, const struct closure_node *t)
{
	return n->owner != NULL && strcmp(n->owner, t->id) == 0;
}

/*
 * Whether something goes with a table that is made anew, or comes with it: its
 * constraints, defaults, sequences, statistics, the indexes of its text.
 */
static bool
made_anew_with(const struct closure_node *n, const struct closure_node *t)
{
	if (strcmp(n->kind, "i") == 0 || strcmp(n->kind, "I") == 0)
		return n->part == t->change;
	/* those of others are carried over by the rebuild itself */
	if (strcmp(n->kind, "statistics") == 0 && n->change == NULL &&
	    n->part == NULL)
		return true;
	return strcmp(n->kind, "other") == 0 || belongs(n, t);
}

/*
 * What ALTER TABLE takes along by itself when a column changes or goes: its
 * indexes, constraints, default, statistics, sequence; unless they hang on
 * something else that goes as well.
 */
static bool
moves_along(const struct closure_node *n, const struct map *by_id, int depth)
{
	static const char *const kinds[] = { "i", "I", "constraint", "S",
		"statistics", "other" };
	bool generated = is_generated(n);
	bool kind = generated || strcmp(n->kind, "default") == 0;
	bool moves = false;

	for (size_t i = 0; i < WM_LEN(kinds); i++)
		kind = kind || strcmp(n->kind, kinds[i]) == 0;
	/* a generated column reads its own table, and maybe functions */
	for (size_t i = 0; generated && i < n->needs.n; i++) {
		const struct closure_node *t = map_get(by_id, n->needs.v[i]);

		if (t != NULL && t != n && (t->change == NULL ||
		    t->change->fate != FATE_ALTER))
			return false;
	}
	for (size_t i = 0; kind && i < n->needs.n; i++) {
		const struct closure_node *t = map_get(by_id, n->needs.v[i]);

		if (t == NULL || t == n)
			continue;
		/* what goes takes nothing along: what needs it is in the way */
		if (strcmp(n->kind, "default") == 0 && t->wanted &&
		    t->change != NULL && t->change->fate == FATE_DROP)
			return false;
		/* a key that goes leaves nothing of what refers to it */
		if (t->wanted && t->change != NULL && ((t->cls == 0 &&
		    !belongs(n, t)) || (t->change->rebuild &&
		    !made_anew_with(n, t))))
			return false;
		if ((t->change == NULL || t->change->fate != FATE_ALTER) &&
		    (depth > 100 || !moves_along(t, by_id, depth + 1)))
			return false;
		moves = true;
	}
	return moves;
}

/*
 * Whether a text that names what goes will find another of that name. A table
 * has a type of its name.
 */
static bool
finds_another(struct diff *d, struct change *gone)
{
	const struct ident *id = change_ident(d, gone, true);

	if (strcmp(gone->old->kind->name, "extension") == 0)
		return extensions_clash(d, gone);
	if (id == NULL)
		return false;
	if (extensions_bring(d, id))
		return true;
	if (id->cls == ID_FUNCTION)
		return needs_bare(d, ID_FUNCTION, id->schema, id->name) !=
		    NULL;
	return (id->cls == ID_RELATION || id->cls == ID_TYPE) &&
	    (needs_bare(d, ID_RELATION, id->schema, id->name) != NULL ||
	    needs_bare(d, ID_TYPE, id->schema, id->name) != NULL);
}

bool
closure_names(struct diff *d, struct change *c, struct change *gone)
{
	const struct ident *id = change_ident(d, gone, true);
	WM_VEC refs = VEC_INIT;

	if (id == NULL)
		return false;
	refs_of(d->mem, c->new->create, &refs);
	return refs_name(&refs, id);
}

/*
 * Whether a node needs an object itself, not only through another one. The type
 * of a column may come from another view, which will have another one.
 */
static bool
needs_itself(const struct closure_node *n, const struct change *on,
    const struct map *by_id)
{
	bool itself = false, through = false;

	for (size_t i = 0; i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k == NULL || k == n)
			continue;
		if (k->change == on || k->part == on)
			itself = itself || k->cls != ID_TYPE ||
			    n->cls != ID_RELATION;
		else
			through = through || (k->change != NULL &&
			    k->change->fate == FATE_RECREATE);
	}
	return itself || !through;
}

/*
 * Whether an object of ours will still need what goes. One that stays as it is
 * may need it without naming it; what is between them may change.
 */
static bool
still_needs(struct diff *d, const struct closure_node *n, struct change *gone,
    const struct map *by_id)
{
	return closure_names(d, n->change, gone) ||
	    (n->change->fate == FATE_SAME && needs_itself(n, gone, by_id));
}

/* Make an object again because of what it uses. */
static void
pull(struct diff *d, struct change *c, const char *what, const char *nam)
{
	/* a table and a sequence are altered whatever goes */
	if (c->fate != FATE_SAME && c->fate != FATE_REPLACE &&
	    (c->fate != FATE_ALTER || c->sql == NULL ||
	    strcmp(c->new->kind->name, "sequence") == 0))
		return;
	c->fate = FATE_RECREATE;
	c->sql = NULL;
	c->reason = arena_printf(d->mem, "it uses %s \"%s\"", what, nam);
}

static bool
is_table(const struct change *c)
{
	return strcmp(change_object(c)->kind->name, "table") == 0;
}

static bool
is_cast(struct diff *d, struct change *c)
{
	const struct ident *id = change_ident(d, c, true);

	return id != NULL && id->cls == ID_CAST;
}

/* Something that a text of ours has made beside its object. */
static bool
spread_part(struct diff *d, struct closure_node *n, const struct map *by_id,
    const char *what, const char *nam)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	if (n->part != NULL && !is_table(n->part) &&
	    n->part->fate != FATE_ALTER) {
		pull(d, n->part, what, nam);
		catalog_chain(n->part, n);
		return true;
	}
	/* the default of a view's column */
	return strcmp(n->kind, "default") == 0 && o != NULL &&
	    o->change != NULL && !is_table(o->change) &&
	    restore_said(d, o->change, arena_printf(d->mem, "default|%s",
	    n->nam));
}

/*
 * A foreign key or default that its own table drops before anything else; the
 * same of what a publication has.
 */
static bool
goes_early(const struct diff *d, const struct closure_node *n)
{
	if ((strcmp(n->kind, "constraint") != 0 &&
	    strcmp(n->kind, "default") != 0 &&
	    strcmp(n->kind, "publication") != 0) || n->drop_sql == NULL)
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->early.n; k++)
			if (strcmp(c->early.v[k], n->drop_sql) == 0)
				return true;
	}
	return false;
}

/* Whether its table's text has it, and that is made again. */
static bool
comes_with_text(const struct closure_node *n)
{
	bool constraint = strcmp(n->kind, "constraint") == 0;

	return n->table != NULL && n->table->rebuild && (is_generated(n) ||
	    strcmp(n->kind, "default") == 0 || (constraint &&
	    vec_has_string(&n->table->cons, n->nam)));
}

/* A constraint of that name, as a text of the table has it; or NULL. */
static const struct con *
named_constraint(const struct table *t, const char *name)
{
	for (size_t i = 0; t != NULL && i < t->cons.n; i++)
		if (strcmp(((struct con *)t->cons.v[i])->name, name) == 0)
			return t->cons.v[i];
	return NULL;
}

/* Whether it reads a column that moves over to a type made anew. */
static bool
moves_over(const struct change *table, const struct con *k)
{
	for (size_t i = 0; i < table->touched.n; i++) {
		const struct alter_column *t = table->touched.v[i];

		if (t->swapped && vec_has_string(&k->cols, t->name))
			return true;
	}
	return false;
}

/*
 * A constraint that its table's text no longer has, or not as it was where a
 * value of it may be gone, or a function: it only goes sooner.
 */
static bool
goes_with_text(struct diff *d, const struct closure_node *n)
{
	const struct con *x, *y;
	struct table *was, *is;
	bool goes;

	if (strcmp(n->kind, "constraint") != 0 || n->table == NULL ||
	    !is_table(n->table) || n->table->fate != FATE_ALTER ||
	    n->table->new == NULL)
		return false;
	was = change_table(d, n->table, true);
	is = change_table(d, n->table, false);
	x = named_constraint(was, n->nam);
	y = named_constraint(is, n->nam);
	goes = x != NULL && (y == NULL || (!con_equal(x, y) &&
	    (moves_over(n->table, x) || (x->kind != CON_FOREIGN &&
	    tree_calls(x->node)))));
	table_clear(was);
	table_clear(is);
	return goes;
}

/* What a column of the catalog will be called. */
static const char *
later_name(const struct change *table, const char *col)
{
	for (size_t i = 0; i < table->renames.n; i++) {
		const struct alter_column *t = table->renames.v[i];

		if (strcmp(t->name, col) == 0)
			return t->to;
	}
	return col;
}

/* Whether its table drops a column, maybe to make it again. */
static bool
is_dropped_by_table(const struct closure_node *n)
{
	for (size_t i = 0; n->table != NULL && i < n->table->touched.n; i++) {
		const struct alter_column *t = n->table->touched.v[i];

		if (!t->constraint && strcmp(t->name, n->nam) == 0)
			return true;
	}
	return false;
}

/* Whether a domain's own alteration does away with a check, or its default. */
static bool
is_changed_by_domain(struct diff *d, const struct closure_node *n)
{
	const struct change *c = n->survives ? n->change : n->table;
	const char *sub = n->survives ? "T" :
	    strcmp(n->kind, "constraint") == 0 ? "X" : NULL;
	struct sql_error err;
	struct sql_stmt *st;
	size_t count;

	if (c == NULL || is_table(c) || c->fate != FATE_ALTER ||
	    c->sql == NULL || sub == NULL ||
	    !sql_parse(d->mem, c->sql, &st, &count, &err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_str(st[i].node, "name");

		if (strcmp(st[i].tag, "AlterDomainStmt") == 0 &&
		    strcmp(json_str(st[i].node, "subtype"), sub) == 0 &&
		    (n->survives || strcmp(name, n->nam) == 0))
			return true;
	}
	return false;
}

/*
 * A default that its table's alteration sets anew, or does away with: the old
 * one may not fit. So is a generated column.
 */
static bool
is_set_anew(struct diff *d, const struct closure_node *n)
{
	struct table *was, *is;
	struct column *x, *y;
	bool anew = false;

	if (is_generated(n))
		return is_dropped_by_table(n);
	if (is_changed_by_domain(d, n))
		return true;
	if (strcmp(n->kind, "default") != 0 || n->table == NULL ||
	    !is_table(n->table) ||
	    n->table->fate != FATE_ALTER || n->table->old == NULL ||
	    n->table->new == NULL)
		return false;
	was = change_table(d, n->table, true);
	is = change_table(d, n->table, false);
	if (was != NULL && is != NULL) {
		x = table_column(was, n->nam);
		y = table_column(is, later_name(n->table, n->nam));
		anew = x != NULL && (y == NULL || y->serial ||
		    y->identity != 0 || !sql_equal(x->dflt, y->dflt));
	}
	table_clear(was);
	table_clear(is);
	return anew;
}

/* The change that a node is of, or is made with, or belongs to; or NULL. */
static struct change *
change_of(const struct closure_node *n, const struct map *by_id)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	return n->change ? n->change : n->table ? n->table : n->part ?
	    n->part : o ? o->change : NULL;
}

/* What is out of a schema before that goes: a table, and what is its own. */
static bool
moves_out(const struct closure_node *n, const struct map *by_id)
{
	const struct change *of = change_of(n, by_id);

	return of != NULL && of->renamed;
}

/* What is altered to do without what goes late: a table, what is its own. */
static bool
leaves(struct diff *d, const struct closure_node *n, struct change *on,
    const struct map *by_id)
{
	struct change *of = change_of(n, by_id);

	return of != NULL && is_table(of) && of->new != NULL &&
	    of->fate == FATE_ALTER && !closure_names(d, of, on);
}

/*
 * Whether all that binds a table to one that is made anew is that it inherits
 * from it: it is put under the new one.
 */
static bool
is_heir(struct diff *d, const struct closure_node *n, const struct change *on,
    bool *out)
{
	const char *slash = strchr(n->id, '/');
	const char *args[] = { slash ? slash + 1 : n->id,
		on->node ? strchr(on->node->id, '/') + 1 : "0" };

	*out = false;
	if (!on->rebuild)
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ONE_ROW,
	    "select exists (select from pg_catalog.pg_inherits h"
	    "    join pg_catalog.pg_class c on c.oid = h.inhrelid"
	    "    where h.inhrelid = $1::oid and h.inhparent = $2::oid"
	    "      and not c.relispartition)"
	    "  and not exists (select from pg_catalog.pg_attribute a"
	    "    join pg_catalog.pg_class p on p.reltype = a.atttypid"
	    "    where a.attrelid = $1::oid and p.oid = $2::oid)", 2, args);
	if (r == NULL)
		return false;
	*out = PQgetvalue(r, 0, 0)[0] == 't';
	return true;
}

/*
 * The server shows a default or a constraint with casts to types as they were.
 * Where the text of its table has it on both sides, that is what makes it
 * again.
 */
static void
as_text_says(struct diff *d, struct closure_node *n)
{
	struct change *c = n->table;
	struct table *was, *is;
	const struct column *x, *y;
	const struct con *k, *l;

	if (c == NULL || !is_table(c) || c->old == NULL || c->new == NULL ||
	    c->renamed || c->renames.n > 0)
		return;
	was = change_table(d, c, true);
	is = change_table(d, c, false);
	k = named_constraint(was, n->nam);
	l = named_constraint(is, n->nam);
	x = was != NULL ? table_column(was, n->nam) : NULL;
	y = is != NULL ? table_column(is, n->nam) : NULL;
	if (strcmp(n->kind, "default") == 0 && x != NULL && y != NULL &&
	    y->dflt != NULL && sql_equal(x->dflt, y->dflt))
		n->create_sql = arena_printf(d->mem, "alter table only %s "
		    "alter column %s set default %s", ident_text(d->mem,
		    &is->id), sql_quoted(d->mem, y->name), y->dflt_text);
	if (strcmp(n->kind, "constraint") == 0 && k != NULL && l != NULL &&
	    con_equal(k, l) && !k->not_valid && !l->not_valid)
		n->create_sql = arena_printf(d->mem, "alter table %s%s add "
		    "constraint %s %s", l->only ? "only " : "", ident_text(
		    d->mem, &is->id), sql_quoted(d->mem, l->name), l->text);
	table_clear(was);
	table_clear(is);
}

/*
 * Whether it need not be touched when what it depends on goes: PostgreSQL, or
 * what is done before, takes it along.
 *
 * on   what goes, as cause() has it; NULL: nothing of ours
 */
static bool
is_taken_along(struct diff *d, struct closure_node *n, const struct map *by_id,
    const struct change *on)
{
	bool others = n->change == NULL && n->part == NULL;

	/* nothing takes it away; or PostgreSQL has made it, and will again */
	return (index_on_all(n, by_id) != NULL && (on == NULL || others)) ||
	    moves_along(n, by_id, 0) || goes_early(d, n) ||
	    goes_with_owner(n, by_id) ||
	    (on == NULL && is_spared(n, by_id, 0));
}

/* Whether a table's columns move over from all types that are made anew. */
static bool
moves_over_all(const struct closure_node *n, const struct map *by_id)
{
	bool moves = false;

	for (size_t i = 0; i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k == NULL || k == n || k->cls != ID_TYPE || !k->wanted ||
		    k->change == NULL || k->change->fate != FATE_RECREATE)
			continue;
		if (!swap_has(k->change, n->change))
			return false;
		moves = true;
	}
	return moves;
}

/* Whether it is free of what goes by the time that does. */
static bool
is_free_by_then(struct diff *d, struct closure_node *n,
    const struct map *by_id, struct change *on)
{
	struct change *c = n->change;

	if (c != NULL && is_table(c) && (c->rebuild || c->carried ||
	    (swap_has(on, c) && moves_over_all(n, by_id))))
		return true;
	/* its table does without the sequence before that goes */
	if (on != NULL && on->late && (is_set_anew(d, n) ||
	    comes_with_text(n) || moves_out(n, by_id) ||
	    leaves(d, n, on, by_id)))
		return true;
	/* a table that was above it, and that it has left */
	return c != NULL && is_table(c) && c->new != NULL && on != NULL &&
	    is_table(on) && on->fate == FATE_DROP && !closure_names(d, c, on);
}

static void
refuse_table(const struct change *c, const char *what, const char *nam)
{
	diag_refuse(&change_object(c)->loc, "%s \"%s\" cannot be dropped and "
	    "made again: table \"%s\" uses it", what, nam, c->old->nam);
	diag_hint("Make it under another name, which the table uses then: the "
	    "old one goes when the table has left it.");
}

static void
refuse_foreign(const struct closure_node *n, const char *what,
    const char *nam)
{
	diag_refuse(NULL, "%s \"%s\" cannot be dropped and made again: %s "
	    "depends on it", what, nam, n->text);
	if (is_generated(n))
		diag_hint("It generates the column, which is inherited as "
		    "well. Give what changes a new name, and let the column "
		    "go in the change before.");
}

/* Whether a node hangs on a partition that no source has, of a table. */
static bool
of_runtime(const struct closure_node *n, const struct change *table,
    const struct map *by_id)
{
	for (size_t i = 0; i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k == NULL || k->change != table || k->sch == NULL)
			continue;
		for (size_t p = 0; p < table->runtime.n; p++) {
			const struct ident *id = table->runtime.v[p];

			if (strcmp(k->nam, id->name) == 0 &&
			    strcmp(k->sch, id->schema) == 0)
				return true;
		}
	}
	return false;
}

/* The table that gets a key of its text in the place of an index that goes. */
static struct change *
with_key_instead(struct diff *d, struct change *index)
{
	struct change *t = NULL;
	struct table *is;
	struct parsed *p;
	bool has = false;

	if (index->fate != FATE_DROP ||
	    strcmp(index->old->kind->name, "index") != 0 ||
	    !change_parse(d, index, true, &p) || p->n == 0)
		return NULL;
	t = change_find(d, "table", ID_RELATION, p->idents[0].schema,
	    p->idents[0].table, true);
	if (t == NULL || t->new == NULL)
		return NULL;
	is = change_table(d, t, false);
	for (size_t i = 0; is != NULL && i < is->cons.n; i++) {
		const struct con *k = is->cons.v[i];

		has = has || ((k->kind == CON_PRIMARY || k->kind ==
		    CON_UNIQUE) && part_index_like_key(&p->stmts[0], k));
	}
	table_clear(is);
	return has ? t : NULL;
}

/*
 * Whether somebody needs what goes for good; a cast's function may be called.
 */
static bool
is_missed(struct diff *d, const struct closure_node *n, struct change *gone,
    const struct map *by_id)
{
	return gone->fate == FATE_DROP && !is_cast(d, gone) &&
	    (n->change != NULL ? still_needs(d, n, gone, by_id) :
	    n->part == NULL) && !finds_another(d, gone) && !is_set_anew(d, n);
}

/*
 * What somebody needs and nothing else will be: what goes first, or a relation,
 * whatever else goes that is needed.
 *
 * on   as cause() has it
 */
static struct change *
missing(struct diff *d, const struct closure_node *n, const struct map *by_id,
    struct change *on)
{
	if (on != NULL && is_missed(d, n, on, by_id))
		return on;
	for (size_t i = 0; i < n->needs.n; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);

		if (k != NULL && k != n && k->wanted && k->change != NULL &&
		    k->cls == ID_RELATION && !outlives(d, n, k, by_id) &&
		    is_missed(d, n, k->change, by_id))
			return k->change;
	}
	return NULL;
}

/*
 * One node that depends on what goes: have it made again, or go along, or say
 * why it cannot. Returns false, having reported, where the server cannot say.
 */
static bool
spread(struct diff *d, struct closure_node *n, const struct map *by_id)
{
	struct change *on = cause(d, n, by_id, 0), *missed;
	struct change *c = n->change;
	const char *what = on != NULL ? on->old->kind->name : "object";
	const char *nam = on != NULL ? on->old->nam : "?";

	if ((c != NULL && c->fate == FATE_DROP) ||
	    (n->part != NULL && n->part->fate == FATE_DROP))
		return true;
	if (c != NULL && goes_with_index(d, n, by_id, 0)) {
		pull(d, c, what, nam);
		return true;
	}
	if (is_taken_along(d, n, by_id, on))
		return true;
	if (n->survives) {
		n->stays_out = is_set_anew(d, n);
		vec_push(&d->foreign, n);
		return true;
	}
	if (is_free_by_then(d, n, by_id, on))
		return true;
	/* it is free of it by then, if it is made again */
	if (on != NULL && on->late && c != NULL && c->new != NULL &&
	    !is_table(c) && !closure_names(d, c, on)) {
		if (!is_index(n))
			pull(d, c, what, nam);
		return true;
	}
	if (on != NULL && n->cls == ID_RELATION && (c == NULL || is_table(c))) {
		bool heir = c != NULL && vec_has(&c->left, on);

		if (!heir && !is_heir(d, n, on, &heir))
			return false;
		if (heir)
			return true;
	}
	if (c != NULL && is_table(c)) {
		refuse_table(c, what, nam);
		return true;
	}
	n->after = on != NULL && c == NULL && strcmp(n->kind, "constraint") ==
	    0 ? with_key_instead(d, on) : NULL;
	if (n->after != NULL) {
		n->stays_out = goes_with_text(d, n);
		as_text_says(d, n);
		vec_push(&d->foreign, n);
		return true;
	}
	missed = missing(d, n, by_id, on);
	if (missed != NULL) {
		refuse_drop(n, missed);
		return true;
	}
	if (c != NULL) {
		pull(d, c, what, nam);
		return true;
	}
	if (spread_part(d, n, by_id, what, nam))
		return true;
	if (n->create_sql == NULL || n->drop_sql == NULL || n->cls == ID_TYPE) {
		refuse_foreign(n, what, nam);
		return true;
	}
	if (on != NULL && on->runtime_goes && of_runtime(n, on, by_id)) {
		if (n->tab == NULL && !is_index(n)) {
			refuse_foreign(n, what, nam);
			diag_hint("It uses a partition that goes. Drop it "
			    "first, or let the application do so.");
			return true;
		}
		n->stays_out = true;
	}
	n->stays_out = n->stays_out || comes_with_text(n) ||
	    goes_with_text(d, n) || is_set_anew(d, n);
	as_text_says(d, n);
	vec_push(&d->foreign, n);
	return true;
}

/* What belongs to a domain that goes because of what was met later. */
static void
gone_after_all(struct diff *d, const struct map *by_id)
{
	size_t n = 0;

	for (size_t i = 0; i < d->foreign.n; i++) {
		struct closure_node *k = d->foreign.v[i];

		if (!goes_with_owner(k, by_id) && (!k->survives ||
		    k->change == NULL || k->change->fate != FATE_RECREATE))
			d->foreign.v[n++] = k;
	}
	d->foreign.n = n;
}

/* Changes that take something away and have not been asked about. */
static void
find_start(struct diff *d, bool *asked, struct vec *out)
{
	out->n = 0;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (asked[i] || c->taken_over || (c->fate != FATE_RECREATE &&
		    c->touched.n == 0 && !c->rebuild &&
		    (c->fate != FATE_DROP || !c->old->built)))
			continue;
		asked[i] = true;
		vec_push(out, c);
	}
}

bool
closure(struct diff *d)
{
	WM_VEC start = VEC_INIT;
	WM_CLEANUP(catalog_clear) struct catalog cat = { .by_id = MAP_INIT };
	bool *asked = arena_alloc(d->mem, d->all.n + 1);
	size_t done = 0;

	if (d->db == NULL) {
		closure_offline(d);
		return true;
	}
	/* what is made again because of others may itself be used */
	for (;;) {
		if (!partition_pull(d, asked))
			return false;
		find_start(d, asked, &start);
		if (start.n == 0) {
			gone_after_all(d, &cat.by_id);
			renamed_views(d);
			return catalog_users(d, &cat);
		}
		if (!catalog_fetch(d, &cat, &start))
			return false;
		for (size_t i = done; i < d->nodes.n; i++) {
			struct closure_node *n = d->nodes.v[i];

			n->survives = survives(n, &cat.by_id, 0);
		}
		for (; done < d->nodes.n; done++) {
			struct closure_node *n = d->nodes.v[done];

			if (!n->wanted && !spread(d, n, &cat.by_id))
				return false;
		}
	}
}
