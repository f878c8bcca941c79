#include "sequence_options.h"

#include <stdlib.h>

#include "diag.h"
#include "pg.h"

/* A number of a sequence's option, as text; NULL where it is not given. */
static const char *
number(struct arena *mem, const struct json *opts, const char *name)
{
	const struct json *arg = sql_defelem(opts, name);
	const char *f = json_str(json_get(arg, "Float"), "fval");

	if (arg == NULL)
		return NULL;
	if (f != NULL)
		return f;
	return arena_printf(mem, "%ld",
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

void
sequence_limits(struct arena *mem, const struct json *type,
    struct sequence_options *o)
{
	const struct json *names = json_get(type, "names");
	long long min, max;

	sequence_range(names && names->last ? sql_string(names->last) : NULL,
	    o->down, o->min, o->max, &min, &max);
	o->min = arena_printf(mem, "%lld", min);
	o->max = arena_printf(mem, "%lld", max);
}

bool
sequence_restart(struct diff *d, struct change *c, const char *fq,
    const char *type, const struct sequence_options *o, bool *out_restart)
{
	struct plan_check *k;
	WM_PGRES *there = NULL;
	WM_PGRES *r = NULL;
	long long last, range[2];
	bool called;

	*out_restart = false;
	if (d->db == NULL || d->elsewhere)
		return true;
	sequence_range(type, o->down, o->min, o->max, &range[0], &range[1]);
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
	if (!called || o->cycle)
		return true;
	if (o->down ? last < range[0] : last > range[1]) {
		diag_refuse(&c->new->loc, "sequence %s stands at %lld, beyond "
		    "its new limit", fq, last);
		diag_hint("Let it begin again first, if its old values may "
		    "come again: select setval('%s', ...)", fq);
	}
	k = arena_alloc(d->mem, sizeof(*k));
	k->obj_typ = c->new->kind->name;
	k->obj_nam = c->new->nam;
	k->loc = c->new->loc;
	k->message = arena_printf(d->mem, "sequence %s has gone on, and must "
	    "not begin again", fq);
	k->sql = arena_printf(d->mem, "select last_value from %s where "
	    "last_value %s %lld", fq, o->down ? "<=" : ">=", range[o->down]);
	vec_push(&d->plan.checks, k);
	return true;
}

void
sequence_options(struct arena *mem, const struct json *opts,
    struct sequence_options *out)
{
	out->increment = number(mem, opts, "increment");
	out->min = number(mem, opts, "minvalue");
	out->max = number(mem, opts, "maxvalue");
	out->start = number(mem, opts, "start");
	out->cache = number(mem, opts, "cache");
	out->down = out->increment != NULL && out->increment[0] == '-';
	out->cycle = json_bool(json_get(sql_defelem(opts, "cycle"), "Boolean"),
	    "boolval");
	if (out->start == NULL)
		out->start = out->down ? (out->max ? out->max : "-1") :
		    (out->min ? out->min : "1");
	if (out->cache == NULL)
		out->cache = "1";
}

void
sequence_options_put(struct sbuf *b, const struct sequence_options *o,
    const char *set, bool restart)
{
	sbuf_printf(b, " %sincrement by %s", set, o->increment ? o->increment :
	    "1");
	sbuf_printf(b, o->min ? " %sminvalue %s" : " %sno minvalue", set,
	    o->min);
	sbuf_printf(b, o->max ? " %smaxvalue %s" : " %sno maxvalue", set,
	    o->max);
	sbuf_printf(b, " %sstart with %s%s %scache %s %s%s", set, o->start,
	    restart ? " restart" : "", set, o->cache, set, o->cycle ? "cycle" :
	    "no cycle");
}
