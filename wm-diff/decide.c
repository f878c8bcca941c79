/* What becomes of each object: by its type, a row of a table. */
#include "decide_impl.h"

#include "alter.h"
#include "closure.h"
#include "decide_kinds.h"
#include "diag.h"
#include "index_names.h"
#include "part_index.h"
#include "pg.h"
#include "restore.h"
#include "settings.h"
#include "swap.h"
#include "text.h"
#include "undo.h"

void
decide_fate(struct change *c, enum fate f, const char *reason)
{
	c->fate = f;
	c->reason = reason;
}

bool
decide_recreate(struct change *c, const char *reason)
{
	decide_fate(c, FATE_RECREATE, reason);
	return true;
}

/* Whether both texts say the same, spelling apart. */
static bool
same_meaning(const struct parsed *a, const struct parsed *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->stmts[i].tag, b->stmts[i].tag) != 0 ||
		    !sql_alike(a->stmts[i].node, b->stmts[i].node))
			return false;
	return true;
}

bool
decide_repeatable(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	for (size_t i = 1; i < is->n; i++)
		if (!text_repeatable(d, &is->stmts[i]))
			return false;
	for (size_t i = 1; i < was->n; i++) {
		bool found = false;

		for (size_t k = 1; k < is->n && !found; k++) {
			if (sql_is_setting(d->mem, c->old->create,
			    &was->stmts[i]))
				found = true;	/* it can be taken back */
			else if (was->idents[i].cls == 0)
				found = strcmp(was->stmts[i].tag,
				    is->stmts[k].tag) == 0 &&
				    sql_equal(was->stmts[i].node,
				    is->stmts[k].node);
			else
				found = is->idents[k].cls != 0 && strcmp(
				    ident_key(d->mem, &was->idents[i]),
				    ident_key(d->mem, &is->idents[k])) == 0;
		}
		if (!found)
			return false;
	}
	settings_early(d, c, was, is);
	return true;
}

bool
decide_same_first(struct diff *d, const struct parsed *was, const struct parsed
    *is)
{
	return was->n > 0 && is->n > 0 && was->idents[0].cls != 0 &&
	    is->idents[0].cls != 0 &&
	    strcmp(was->stmts[0].tag, is->stmts[0].tag) == 0 &&
	    strcmp(ident_key(d->mem, &was->idents[0]),
	    ident_key(d->mem, &is->idents[0])) == 0;
}

/* Who switched a trigger off: CREATE OR REPLACE would switch it on. */
static bool
keep_enabled(struct diff *d, struct change *c, const struct ident *trigger)
{
	const char *args[] = { trigger->schema, trigger->table,
		trigger->name };
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select pg_catalog.format('alter table %I.%I %s trigger %I',"
	    "    n.nspname, c.relname, case t.tgenabled when 'D' then "
	    "'disable' when 'R' then 'enable replica' else 'enable always' "
	    "end, t.tgname)"
	    "  from pg_catalog.pg_trigger t"
	    "  join pg_catalog.pg_class c on c.oid = t.tgrelid"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  where n.nspname = $1 and c.relname = $2 and t.tgname = $3"
	    "    and t.tgenabled <> 'O'", 3, args);

	if (r == NULL)
		return false;
	if (PQntuples(r) > 0 && !restore_said(d, c, "enabled"))
		c->keep = arena_strdup(d->mem, PQgetvalue(r, 0, 0));
	return true;
}

static bool
decide_trigger(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!decide_same_first(d, was, is) || !text_repeatable(d, &is->stmts[0])
	    ||
	    json_bool(was->stmts[0].node, "isconstraint"))
		return decide_recreate(c, NULL);
	if (!decide_repeatable(d, c, was, is))
		return decide_recreate(c,
		    "its text makes more than the trigger");
	decide_fate(c, FATE_REPLACE, NULL);
	return d->db == NULL || keep_enabled(d, c, &is->idents[0]);
}

static bool
decide_rule(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!decide_same_first(d, was, is) || !decide_repeatable(d, c, was, is))
		return decide_recreate(c, NULL);
	decide_fate(c, FATE_REPLACE, NULL);
	return true;
}

static bool
decide_index(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!c->renamed)
		return decide_kind(d, c, was, is) || decide_recreate(c, NULL);
	index_names_decide(d, c, is);
	return true;
}

static bool
decide_schema(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *role;
	const char *name;

	if (!decide_same_first(d, was, is) || is->n != 1 || was->n != 1 ||
	    json_get(is->stmts[0].node, "schemaElts") != NULL) {
		diag_refuse(&c->new->loc, "schema \"%s\" exists and is defined "
		    "differently now; a schema cannot be dropped and made "
		    "again", c->new->nam);
		diag_hint("Make what the schema's text holds objects of "
		    "their own.");
		return true;
	}
	role = json_get(is->stmts[0].node, "authrole");
	name = json_str(role, "rolename");
	sbuf_puts(&b, "alter schema ");
	sbuf_ident(&b, is->idents[0].name);
	sbuf_puts(&b, " owner to ");
	if (name != NULL)
		sbuf_ident(&b, name);
	else
		sbuf_puts(&b, "current_user");
	c->sql = sbuf_take(&b, d->mem);
	decide_fate(c, FATE_ALTER, NULL);
	return true;
}

/* Whether a type stays of its kind, or one becomes an enum or a domain. */
static bool
same_values(struct diff *d, const struct parsed *was, const struct parsed *is)
{
	static const char *const tags[] = { "CreateEnumStmt",
		"CreateDomainStmt" };
	bool was_plain = false, is_plain = false;

	for (size_t i = 0; i < WM_LEN(tags); i++) {
		was_plain = was_plain || strcmp(tags[i], was->stmts[0].tag) ==
		    0;
		is_plain = is_plain || strcmp(tags[i], is->stmts[0].tag) == 0;
	}
	return decide_same_first(d, was, is) || (was_plain && is_plain &&
	    strcmp(ident_key(d->mem, &was->idents[0]), ident_key(d->mem,
	    &is->idents[0])) == 0);
}

/* What has no function of its own: as its statement's kind can be. */
static bool
decide_other(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (was->bad || is->bad || was->n == 0 || is->n == 0)
		return decide_recreate(c, NULL);
	if (!swap_wanted(d, c, was, is) && decide_kind(d, c, was, is))
		return true;
	if (swap_possible(is) && swap_possible(was) && same_values(d, was, is))
		return swap_decide(d, c, was, is);
	return decide_recreate(c, NULL);
}

static const struct {
	const char *kind;
	decide_fn *fn;
} deciders[] = {
	{ "table", alter_table }, { "view", decide_view },
	{ "sequence", decide_sequence }, { "index", decide_index },
	{ "function", decide_function }, { "trigger", decide_trigger },
	{ "rule", decide_rule }, { "schema", decide_schema },
	{ "other", decide_other }, { "procedure", decide_function },
	{ "language", decide_replaced }, { "transform", decide_replaced },
	{ "aggregate", decide_aggregate },
};

/* Whether declared migrations of a table have not run. */
static bool
pending(const struct change *c)
{
	return strcmp(c->new->kind->name, "table") == 0 &&
	    !vec_same_strings(&c->old->delta, &c->new->delta);
}

static bool
decide_changed(struct diff *d, struct change *c)
{
	struct parsed *was, *is;
	bool known = change_parse(d, c, true, &was);

	known = change_parse(d, c, false, &is) && known;
	if (known && same_meaning(was, is) && !pending(c) && !c->reorder &&
	    !c->follows)
		return true;	/* white space, comments: the record only */
	if (known && part_index_let_go(d, c, was, is))
		return decide_recreate(c, "an index is no longer part of it");
	if (known && strcmp(c->new->kind->name, "table") != 0 &&
	    settings_only(d, c, was, is))
		return true;
	for (size_t i = 0; i < WM_LEN(deciders); i++)
		if (strcmp(deciders[i].kind, c->new->kind->name) == 0)
			return deciders[i].fn(d, c, was, is);
	return decide_other(d, c, was, is);
}

static bool
to_decide(const struct change *c)
{
	return c->new != NULL && c->old != NULL && c->old->built &&
	    (c->reorder || c->follows || ((c->record || c->adopted) &&
	    (strcmp(c->old->create,
	    c->new->create) != 0 || pending(c))));
}

/* A new table that is made as it was at first, and follows from there. */
static bool
decide_born(struct diff *d, struct change *c)
{
	struct parsed *was, *is;
	bool known = change_parse(d, c, true, &was);

	known = change_parse(d, c, false, &is) && known;
	if (known && !alter_table(d, c, was, is))
		return false;
	c->fate = FATE_CREATE;
	return true;
}

/* Types come first: tables know then which of their columns move over. */
static bool
decide_swaps(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct parsed *is;

		if (c->kept || !to_decide(c) || !change_parse(d, c, false,
		    &is) || is->n == 0 || !swap_possible(is))
			continue;
		if (!decide_changed(d, c))
			return false;
		c->decided = true;
	}
	return swap_spread(d);
}

/* Whether both texts of an object name a table of the record. */
static bool
names_on_both(struct diff *d, struct change *c, struct change *t)
{
	const struct ident *id = change_ident(d, t, true);
	WM_VEC refs = VEC_INIT;

	refs_of(d->mem, c->old->create, &refs);
	return id != NULL && refs_name(&refs, id) && closure_names(d, c, t);
}

/*
 * What names a table whose name another one takes is about that one from now
 * on, though nobody has changed it: it is made again. A table is not.
 */
static void
decide_retaken(struct diff *d, struct change *t)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL || c->old == NULL || !c->old->built ||
		    c->fate == FATE_RECREATE || !names_on_both(d, c, t))
			continue;
		if (!c->kept && strcmp(c->new->kind->name, "table") != 0) {
			(void)decide_recreate(c, arena_printf(d->mem,
			    "\"%s\" is another table now", t->old->nam));
			c->sql = NULL;
			continue;
		}
		diag_refuse(&c->new->loc, "%s \"%s\" names table \"%s\", "
		    "which becomes \"%s\", while another table takes its name",
		    c->new->kind->name, c->new->nam, t->old->nam, t->new->nam);
		diag_hint("Rename the table in a change of its own, and make "
		    "the new one in the next.");
	}
}

bool
decide(struct diff *d)
{
	WM_VEC tables = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		bool table = strcmp(change_object(c)->kind->name, "table") ==
		    0;

		c->reorder = table && d->opts->column_order && !c->kept;
		if (table && to_decide(c))
			vec_push(&tables, c);
	}
	if (!alter_facts(d, &tables) || !decide_swaps(d))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL)
			c->fate = FATE_DROP;
		else if (c->old == NULL || !c->old->built)
			c->fate = FATE_CREATE;
		if (c->born && !decide_born(d, c))
			return false;
		if (c->fate == FATE_SAME && !c->decided && to_decide(c) &&
		    !decide_changed(d, c))
			return false;
	}
	for (size_t i = 0; i < d->all.n; i++)
		if (((struct change *)d->all.v[i])->retaken)
			decide_retaken(d, d->all.v[i]);
	/* what a table's own text says by now, or its object does */
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (!c->settled)
			continue;
		c->carried = c->fate == FATE_DROP;
		if (c->fate == FATE_CREATE)
			c->fate = FATE_SAME;
	}
	if (!alter_attached(d, &d->all))
		return false;
	alter_keys_first(d);
	alter_partitions(d);
	if (!alter_bounds(d) || !alter_inherited(d))
		return false;
	alter_heirs(d);
	alter_stars(d);
	part_index_behind(d);
	return true;
}
