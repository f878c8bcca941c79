/* How a sequence changes: altered, and it gives nothing out twice. */
#include "decide_impl.h"

#include <stdlib.h>

#include "diag.h"
#include "pg.h"
#include "settings.h"

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
bool
decide_sequence(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *opts, *owner, *type, *cycle;
	const char *inc, *min, *max, *start, *cache, *type_text;
	long long range[2];
	bool down, owned, restart;

	if (!decide_same_first(d, was, is) ||
	    settings_core(d, c->new, is).n != 1 ||
	    settings_core(d, c->old, was).n != 1 ||
	    strcmp(is->stmts[0].tag, "CreateSeqStmt") != 0)
		return decide_recreate(c, NULL);
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
	decide_fate(c, FATE_ALTER, NULL);
	return true;
}
