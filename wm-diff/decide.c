#include "decide.h"

#include <pg_query/pg_query.pb-c.h>
#include <stdlib.h>

#include "alter.h"
#include "decide_kinds.h"
#include "diag.h"
#include "pg.h"
#include "restore.h"
#include "settings.h"
#include "swap.h"
#include "text.h"
#include "undo.h"

/* How one type changes; rows of the table at the end. */
typedef bool decide_fn(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is);

static void
fate(struct change *c, enum fate f, const char *reason)
{
	c->fate = f;
	c->reason = reason;
}

static bool
recreate(struct change *c, const char *reason)
{
	fate(c, FATE_RECREATE, reason);
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

/*
 * Whether everything behind the first statement can be run again: nothing that
 * the old text made is missing from the new one.
 */
static bool
rest_repeatable(struct diff *d, struct change *c, const struct parsed *was,
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

static bool
same_first(struct diff *d, const struct parsed *was, const struct parsed *is)
{
	return was->n > 0 && is->n > 0 && was->idents[0].cls != 0 &&
	    is->idents[0].cls != 0 &&
	    strcmp(was->stmts[0].tag, is->stmts[0].tag) == 0 &&
	    strcmp(ident_key(d->mem, &was->idents[0]),
	    ident_key(d->mem, &is->idents[0])) == 0;
}

/* The query of a CREATE VIEW, cut out of its text; NULL where it is unclear. */
static const char *
view_query(struct diff *d, const char *text, const struct sql_stmt *st)
{
	const char *s = arena_strndup(d->mem, text + st->off, st->len);
	const char *check = json_str(st->node, "withCheckOption");
	struct sql_token *t;
	size_t n, from = 0, to = st->len;
	int depth = 0;

	if (!sql_scan(d->mem, s, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (t[i].kind == PG_QUERY__TOKEN__RECURSIVE && from == 0)
			return NULL;
		if (s[t[i].off] == '(' && t[i].len == 1)
			depth++;
		else if (s[t[i].off] == ')' && t[i].len == 1)
			depth--;
		else if (depth == 0 && from == 0 &&
		    t[i].kind == PG_QUERY__TOKEN__AS)
			from = t[i].off + t[i].len;
		else if (depth == 0 && from > 0 && check != NULL &&
		    strcmp(check, "NO_CHECK_OPTION") != 0 &&
		    (t[i].kind == PG_QUERY__TOKEN__WITH ||
		    (t[i].len == 4 && strncasecmp(s + t[i].off, "with", 4) ==
		    0)))
			to = t[i].off;
	}
	if (from == 0 || to <= from)
		return NULL;
	return arena_strndup(d->mem, s + from, to - from);
}

/*
 * Types and collations of a query's first columns, as a view of it would have
 * them. What the server describes by itself leaves out both domains and
 * collations; so one row is asked for that the query itself does not make.
 *
 * old   columns of the view: attcollation is 0 where there is none to ask for
 *
 * Returns NULL where the query does not work as things are.
 */
static PGresult *
query_types(struct diff *d, const char *query, const PGresult *old, int n)
{
	WM_SBUF b = SBUF_INIT;
	PGresult *r;

	sbuf_puts(&b, "select null");
	for (int i = 0; i < PQntuples(old); i++) {
		sbuf_printf(&b, ", pg_catalog.pg_typeof(c%d)::oid, ", i);
		if (strcmp(PQgetvalue(old, i, 3), "0") == 0)
			sbuf_puts(&b, "0");
		else
			sbuf_printf(&b, "pg_catalog.to_regcollation("
			    "pg_catalog.pg_collation_for(c%d))::oid", i);
	}
	sbuf_printf(&b, " from (select) o left join (%s\n) q (", query);
	for (int i = 0; i < n; i++)
		sbuf_printf(&b, "%sc%d", i > 0 ? ", " : "", i);
	sbuf_puts(&b, ") on false");
	r = PQexec(d->db, sbuf_str(&b));
	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		return r;
	PQclear(r);
	return NULL;
}

/* Whether a query's columns begin with those that the view has now. */
static bool
columns_fit(struct diff *d, const struct ident *view, const char *query,
    const struct json *aliases, bool *out_fit)
{
	const char *args[] = { view->schema, view->name };
	const struct json *alias = aliases ? aliases->first : NULL;
	WM_PGRES *old = pg_query(d->db, PG_ROWS,
	    "select a.attname, a.atttypid, a.atttypmod, a.attcollation"
	    "  from pg_catalog.pg_attribute a"
	    "  join pg_catalog.pg_class c on c.oid = a.attrelid"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  where n.nspname = $1 and c.relname = $2 and c.relkind = 'v'"
	    "    and a.attnum > 0 and not a.attisdropped order by a.attnum",
	    2, args);
	WM_PGRES *now = NULL;
	WM_PGRES *types = NULL;

	*out_fit = false;
	if (old == NULL)
		return false;
	now = PQprepare(d->db, "", query, 0, NULL);
	if (PQresultStatus(now) == PGRES_COMMAND_OK) {
		PQclear(now);
		now = PQdescribePrepared(d->db, "");
	}
	/* it may use what this plan makes: the careful way then */
	if (PQresultStatus(now) != PGRES_COMMAND_OK ||
	    PQntuples(old) == 0 || PQnfields(now) < PQntuples(old) ||
	    (types = query_types(d, query, old, PQnfields(now))) == NULL)
		return PQstatus(d->db) == CONNECTION_OK;
	*out_fit = true;
	for (int i = 0; *out_fit && i < PQntuples(old); i++) {
		const char *name = alias != NULL ? sql_string(alias) :
		    PQfname(now, i);
		unsigned long type = strtoul(PQgetvalue(old, i, 1), NULL, 10);

		*out_fit = name != NULL &&
		    strcmp(PQgetvalue(old, i, 0), name) == 0 &&
		    type == strtoul(PQgetvalue(types, 0, 1 + 2 * i), NULL, 10)
		    && strcmp(PQgetvalue(old, i, 3), PQgetvalue(types, 0,
		    2 + 2 * i)) == 0 &&
		    /* a domain has its modifier inside */
		    (type != PQftype(now, i) ||
		    strtol(PQgetvalue(old, i, 2), NULL, 10) == PQfmod(now, i));
		alias = alias != NULL ? alias->next : NULL;
	}
	return true;
}

/* Options that somebody else set: CREATE OR REPLACE VIEW would drop them. */
static bool
keep_options(struct diff *d, struct change *c, const struct ident *view)
{
	const char *args[] = { view->schema, view->name };
	WM_SBUF b = SBUF_INIT;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select o.option_name, pg_catalog.quote_literal(o.option_value)"
	    "  from pg_catalog.pg_class c"
	    "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	    "  cross join pg_catalog.pg_options_to_table(c.reloptions) o"
	    "  where n.nspname = $1 and c.relname = $2", 2, args);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *name = PQgetvalue(r, i, 0);

		if (restore_said(d, c, arena_printf(d->mem, "option|%s",
		    name)))
			continue;
		sbuf_printf(&b, "%s%s = %s", b.len > 0 ? ", " : "", name,
		    PQgetvalue(r, i, 1));
	}
	if (b.len > 0)
		c->keep = arena_printf(d->mem, "alter view %s set (%s)",
		    ident_text(d->mem, view), sbuf_str(&b));
	return true;
}

static bool
decide_view(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	const char *query;
	bool fit;

	if (!same_first(d, was, is) ||
	    strcmp(is->stmts[0].tag, "ViewStmt") != 0)
		return recreate(c, "it is another kind of view");
	if (!rest_repeatable(d, c, was, is))
		return recreate(c, "its text makes more than the view");
	query = view_query(d, c->new->create, &is->stmts[0]);
	/* only the server knows the types of its columns */
	if (query == NULL || d->db == NULL)
		return recreate(c, "its columns may change");
	if (!columns_fit(d, &is->idents[0], query, json_get(is->stmts[0].node,
	    "aliases"), &fit))
		return false;
	if (!fit)
		return recreate(c, "its columns change");
	fate(c, FATE_REPLACE, NULL);
	return keep_options(d, c, &is->idents[0]);
}

/* What CREATE OR REPLACE FUNCTION demands of the parameters. */
static const char *
parameters_differ(const struct json *was, const struct json *is)
{
	const struct json *a = json_get(was, "parameters");
	const struct json *b = json_get(is, "parameters");

	if (json_bool(was, "is_procedure") != json_bool(is, "is_procedure"))
		return "it is another kind of function";
	if (!sql_equal(json_get(was, "returnType"), json_get(is,
	    "returnType")))
		return "its return type changes";
	a = a ? a->first : NULL;
	b = b ? b->first : NULL;
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		const struct json *p = json_get(a, "FunctionParameter");
		const struct json *q = json_get(b, "FunctionParameter");
		const char *n = json_str(p, "name"), *m = json_str(q, "name");
		const char *mode = json_str(p, "mode");
		const char *mode2 = json_str(q, "mode");

		if (!sql_equal(json_get(p, "argType"), json_get(q, "argType")))
			return "a parameter's type changes";
		if (strcmp(mode ? mode : "", mode2 ? mode2 : "") != 0)
			return "a parameter's mode changes";
		if (n != NULL && strcmp(n, m ? m : "") != 0)
			return "a parameter's name changes";
		if (json_get(p, "defexpr") != NULL &&
		    json_get(q, "defexpr") == NULL)
			return "a parameter's default is gone";
	}
	return a != NULL || b != NULL ? "its parameters change" : NULL;
}

static bool
decide_function(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	const char *why;

	if (!same_first(d, was, is) ||
	    strcmp(is->stmts[0].tag, "CreateFunctionStmt") != 0)
		return recreate(c, "its signature changes");
	why = parameters_differ(was->stmts[0].node, is->stmts[0].node);
	if (why != NULL)
		return recreate(c, why);
	if (!rest_repeatable(d, c, was, is))
		return recreate(c, "its text makes more than the function");
	fate(c, FATE_REPLACE, NULL);
	return true;
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
	if (!same_first(d, was, is) || !text_repeatable(d, &is->stmts[0]) ||
	    json_bool(was->stmts[0].node, "isconstraint"))
		return recreate(c, NULL);
	if (!rest_repeatable(d, c, was, is))
		return recreate(c, "its text makes more than the trigger");
	fate(c, FATE_REPLACE, NULL);
	return d->db == NULL || keep_enabled(d, c, &is->idents[0]);
}

static bool
decide_rule(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!same_first(d, was, is) || !rest_repeatable(d, c, was, is))
		return recreate(c, NULL);
	fate(c, FATE_REPLACE, NULL);
	return true;
}

static bool
decide_index(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	(void)d;
	(void)was;
	(void)is;
	return recreate(c, NULL);
}

/* A number of a sequence's option, as text; NULL where it is not given. */
static const char *
sequence_number(struct diff *d, const struct json *opts, const char *name)
{
	const struct json *arg = sql_defelem(opts, name);
	const char *f = json_str(json_get(arg, "Float"), "fval");

	if (arg == NULL)
		return NULL;
	if (f != NULL)
		return f;
	return arena_printf(d->mem, "%ld",
	    json_int(json_get(arg, "Integer"), "ival", 0));
}

/* Limits of a sequence, where they are not given. */
static void
sequence_range(const char *type, bool down, const char *min, const char *max,
    long long *out_min, long long *out_max)
{
	long long top = type != NULL && strstr(type, "int2") ? INT16_MAX :
	    type != NULL && strstr(type, "int4") ? INT32_MAX : INT64_MAX;

	*out_min = min != NULL ? strtoll(min, NULL, 10) : down ? -top - 1 : 1;
	*out_max = max != NULL ? strtoll(max, NULL, 10) : down ? -1 : top;
}

/*
 * Where a sequence stands, if that is outside of its new limits: it has to
 * begin again. On this side of them it has given out nothing that comes again;
 * on the far side what it gave out could, so that is refused.
 */
static bool
sequence_restart(struct diff *d, struct change *c, const struct ident *id,
    bool down, const long long *range, bool cycle, bool *out_restart)
{
	const char *fq = ident_text(d->mem, id);
	struct plan_check *k;
	WM_PGRES *there = NULL;
	WM_PGRES *r = NULL;
	long long last;
	bool called;

	*out_restart = false;
	if (d->db == NULL)
		return true;
	there = pg_query(d->db, PG_ONE_ROW,
	    "select pg_catalog.to_regclass($1) is not null", 1, &fq);
	if (there == NULL || PQgetvalue(there, 0, 0)[0] != 't')
		return there != NULL;
	r = pg_query(d->db, PG_ONE_ROW, arena_printf(d->mem,
	    "select last_value, is_called from %s", fq), 0, NULL);
	if (r == NULL)
		return false;
	last = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	called = PQgetvalue(r, 0, 1)[0] == 't';
	if (last >= range[0] && last <= range[1])
		return true;
	*out_restart = true;
	if (!called || cycle)
		return true;
	if (down ? last < range[0] : last > range[1]) {
		diag_refuse(&c->new->loc, "sequence \"%s\" stands at %lld, "
		    "beyond its new limit", c->new->nam, last);
		diag_hint("Let it begin again first, if its old values may "
		    "come again: select setval('%s', ...)", c->new->nam);
	}
	k = arena_alloc(d->mem, sizeof(*k));
	k->obj_typ = c->new->kind->name;
	k->obj_nam = c->new->nam;
	k->loc = c->new->loc;
	k->message = arena_printf(d->mem, "sequence \"%s\" has gone on, and "
	    "must not begin again", c->new->nam);
	k->sql = arena_printf(d->mem, "select last_value from %s where "
	    "last_value %s %lld", fq, down ? "<=" : ">=", range[down]);
	vec_push(&d->plan.checks, k);
	return true;
}

/*
 * Every option is set, to the default where the source says nothing: so the
 * sequence ends as a new one would be, but goes on from where it is.
 */
static bool
decide_sequence(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *opts, *owner, *type, *cycle;
	const char *inc, *min, *max, *start, *cache, *type_text;
	long long range[2];
	bool down, owned, restart;

	if (!same_first(d, was, is) ||
	    settings_core(d, c->new, is).n != 1 ||
	    settings_core(d, c->old, was).n != 1 ||
	    strcmp(is->stmts[0].tag, "CreateSeqStmt") != 0)
		return recreate(c, NULL);
	owned = sql_defelem(json_get(was->stmts[0].node, "options"),
	    "owned_by") != NULL;
	opts = json_get(is->stmts[0].node, "options");
	inc = sequence_number(d, opts, "increment");
	min = sequence_number(d, opts, "minvalue");
	max = sequence_number(d, opts, "maxvalue");
	start = sequence_number(d, opts, "start");
	cache = sequence_number(d, opts, "cache");
	type = json_get(sql_defelem(opts, "as"), "TypeName");
	cycle = json_get(sql_defelem(opts, "cycle"), "Boolean");
	owner = sql_defelem(opts, "owned_by");
	down = inc != NULL && inc[0] == '-';
	type_text = type ? sql_type_text(d->mem, type) : "bigint";
	sbuf_printf(&b, "alter sequence %s as %s increment by %s",
	    ident_text(d->mem, &is->idents[0]), type_text ? type_text :
	    "bigint", inc ? inc : "1");
	sbuf_puts(&b, min ? " minvalue " : " no minvalue");
	sbuf_puts(&b, min ? min : "");
	sbuf_puts(&b, max ? " maxvalue " : " no maxvalue");
	sbuf_puts(&b, max ? max : "");
	if (start == NULL)
		start = down ? (max ? max : "-1") : (min ? min : "1");
	sequence_range(type_text, down, min, max, &range[0], &range[1]);
	if (!sequence_restart(d, c, &was->idents[0], down, range,
	    json_bool(cycle, "boolval"), &restart))
		return false;
	sbuf_printf(&b, " start with %s%s cache %s%s", start, restart ?
	    " restart" : "", cache ? cache : "1",
	    json_bool(cycle, "boolval") ? " cycle" : " no cycle");
	/* what no text says, the column's table may have said */
	if (owner == NULL)
		sbuf_puts(&b, owned ? " owned by none" : "");
	else {
		const struct json *l = json_get2(owner, "List", "items");

		sbuf_puts(&b, " owned by ");
		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next) {
			const char *s = sql_string(j);

			if (j != l->first)
				sbuf_putc(&b, '.');
			/* "none" is a word here, not a name */
			if (l->first->next == NULL)
				sbuf_puts(&b, s ? s : "none");
			else
				sbuf_ident(&b, s ? s : "");
		}
	}
	settings_sql(d, c, was, is, &b);
	c->sql = sbuf_take(&b, d->mem);
	fate(c, FATE_ALTER, NULL);
	return true;
}

static bool
decide_schema(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *role;
	const char *name;

	if (!same_first(d, was, is) || is->n != 1 || was->n != 1 ||
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
	fate(c, FATE_ALTER, NULL);
	return true;
}

/* What OR REPLACE makes of it, keeps who uses it. */
static bool
decide_replaced(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!same_first(d, was, is) || !text_repeatable(d, &is->stmts[0]) ||
	    !rest_repeatable(d, c, was, is))
		return recreate(c, NULL);
	fate(c, FATE_REPLACE, NULL);
	return true;
}

/* An aggregate can be replaced where its result has the type it had. */
static bool
decide_aggregate(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	static const char *const names[] = { "stype", "finalfunc",
		"finalfunc_extra", "hypothetical" };
	const struct json *a, *b;

	if (was->n == 0 || is->n == 0)
		return recreate(c, NULL);
	a = was->stmts[0].node;
	b = is->stmts[0].node;
	if (!sql_equal(json_get(a, "args"), json_get(b, "args")))
		return recreate(c, "its parameters change");
	a = json_get(a, "definition");
	b = json_get(b, "definition");
	for (size_t i = 0; i < WM_LEN(names); i++)
		if (!sql_equal(sql_option(a, names[i]), sql_option(b,
		    names[i])))
			return recreate(c, "its result may change");
	return decide_replaced(d, c, was, is);
}

/* Types that have values in columns, which have to be kept. */
static bool
is_swappable(const struct parsed *p)
{
	static const char *const tags[] = { "CreateEnumStmt",
		"CreateDomainStmt", "CreateRangeStmt", "CompositeTypeStmt" };

	for (size_t i = 0; i < WM_LEN(tags); i++)
		if (strcmp(tags[i], p->stmts[0].tag) == 0)
			return p->idents[0].cls == ID_TYPE;
	return false;
}

/* What has no function of its own: as its statement's kind can be. */
static bool
decide_other(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (was->bad || is->bad || was->n == 0 || is->n == 0)
		return recreate(c, NULL);
	if (!swap_wanted(d, c, was, is) && decide_kind(d, c, was, is))
		return true;
	if (is_swappable(is) && is_swappable(was) && same_first(d, was, is))
		return swap_decide(d, c, was, is);
	return recreate(c, NULL);
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
	    !strings_equal(&c->old->delta, &c->new->delta);
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
	    (c->reorder || c->follows || ((c->record || c->adopted) && (strcmp(c->old->create,
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
		    &is) || is->n == 0 || !is_swappable(is))
			continue;
		if (!decide_changed(d, c))
			return false;
		c->decided = true;
	}
	return true;
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
	alter_partitions(d);
	if (!alter_inherited(d))
		return false;
	alter_heirs(d);
	alter_stars(d);
	return true;
}
