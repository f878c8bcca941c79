#include "alter_impl.h"

#include "storage.h"

static const char *
option_name(struct arena *mem, const struct json *elem)
{
	const struct json *o = json_get(elem, "DefElem");
	const char *ns = json_str(o, "defnamespace");

	return ns == NULL ? json_str(o, "defname") : arena_printf(mem,
	    "%s.%s", ns, json_str(o, "defname"));
}

static void
put_value(struct arena *mem, const struct json *arg, struct sbuf *out)
{
	const char *s = sql_string(arg);
	const char *f = json_str(json_get(arg, "Float"), "fval");

	if (f != NULL)
		sbuf_printf(out, " = %s", f);
	else if (s != NULL)
		sbuf_printf(out, " = %s", s);
	else if (json_get(arg, "Integer") != NULL)
		sbuf_printf(out, " = %ld", json_int(json_get(arg, "Integer"),
		    "ival", 0));
	else if (json_get(arg, "TypeName") != NULL)
		sbuf_printf(out, " = %s", sql_type_text(mem, json_get(arg,
		    "TypeName")));
}

void
storage_changes(struct arena *mem, const struct json *was,
    const struct json *is, struct sbuf *set, struct sbuf *reset)
{
	if (sql_equal(was, is))
		return;
	for (const struct json *j = is ? is->first : NULL; j; j = j->next) {
		sbuf_printf(set, "%s%s", set->len ? ", " : "",
		    option_name(mem, j));
		put_value(mem, json_get2(j, "DefElem", "arg"), set);
	}
	for (const struct json *j = was ? was->first : NULL; j; j = j->next) {
		bool stays = false;

		for (const struct json *k = is ? is->first : NULL; k;
		    k = k->next)
			stays = stays || strcmp(option_name(mem, k),
			    option_name(mem, j)) == 0;
		if (!stays)
			sbuf_printf(reset, "%s%s", reset->len ? ", " : "",
			    option_name(mem, j));
	}
}

/* Storage parameters: those that differ are set, those that went are reset. */
static void
options_differ(struct alter *a)
{
	const struct json *ts = json_get(a->new->node, "tablespacename");
	WM_SBUF set = SBUF_INIT;
	WM_SBUF reset = SBUF_INIT;

	storage_changes(a->d->mem, json_get(a->old->node, "options"),
	    json_get(a->new->node, "options"), &set, &reset);
	if (set.len > 0)
		alter_sub(a, "set (%s)", sbuf_str(&set));
	if (reset.len > 0)
		alter_sub(a, "reset (%s)", sbuf_str(&reset));
	if (!sql_equal(json_get(a->old->node, "tablespacename"), ts)) {
		alter_sub(a, "set tablespace %s", ts ? sql_quoted(a->d->mem,
		    ts->str)
		    : "pg_default");
		a->cost.rewrite = true;
	}
}

static void
up_of(struct alter *a, const struct json *rv, bool old, struct vec *out)
{
	const char *schema = json_str(rv, "schemaname");
	struct ident id = { .cls = ID_RELATION,
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };

	if (old)
		alter_follow_table(a->d, &id);
	vec_push(out, ident_text(a->d->mem, &id));
}

/* Tables above, as they are called by then. */
static void
ups_of(struct alter *a, const struct table *t, bool old, struct vec *out)
{
	const struct json *list = json_get(t->node, "inhRelations");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next)
		up_of(a, json_get(j, "RangeVar"), old, out);
	for (size_t i = 0; i < t->joined.n; i++)
		up_of(a, t->joined.v[i], old, out);
}

/* A partition that gets other bounds, another parent, or none at all. */
static bool
partition_differs(struct alter *a, const struct vec *was,
    const struct vec *is)
{
	const struct json *old = json_get(a->old->node, "partbound");
	const struct json *new = json_get(a->new->node, "partbound");

	if (old == NULL && new == NULL)
		return false;
	if (a->settled)
		return true;
	if (new == NULL && a->left.n > 0)
		return false;
	if (sql_equal(old, new) && vec_same_strings(was, is))
		return true;
	/* that has been done where it leaves, or moves: parents.c, bounds.c */
	if (old != NULL && was->n > 0 && !a->moves && a->left.n == 0 &&
	    (new == NULL || !vec_same_strings(was, is)))
		alter_do(a, "alter table %s detach partition %s",
		    (const char *)was->v[0], a->fq)->lock =
		    "AccessExclusiveLock";
	if (new != NULL && is->n > 0) {
		struct alter_stmt *s = alter_do(a, "alter table %s attach "
		    "partition %s %s", (const char *)is->v[0], a->fq,
		    a->new->bound_text);

		s->lock = "AccessExclusiveLock";
		s->scan = true;
	}
	return true;
}

/* A table that becomes one of a type, or no longer is. */
static void
type_differs(struct alter *a)
{
	const struct json *was = json_get(a->old->node, "ofTypename");
	const struct json *is = json_get(a->new->node, "ofTypename");

	if (type_equal(was, is) && !alter_type_changes(a->d, a->c))
		return;
	alter_flush(a);		/* by then it has the columns */
	if (type_equal(was, is) && is != NULL)
		vec_push(&a->c->early, arena_printf(a->d->mem,
		    "alter table %s not of", a->was_fq));
	if (is == NULL)
		alter_before(a, "alter table %s not of", a->fq);
	else
		alter_sub(a, "of %s", sql_type_text(a->d->mem, is));
}

/*
 * Tables that come above it. Columns and checks that it has not come from one
 * that holds their place first, so that they are none of its own.
 */
static void
inherit(struct alter *a, const struct vec *was, const struct vec *is)
{
	const char *holder = alter_holder(a);

	if (a->gained.n + a->gained_cons.n > 0) {
		alter_flush(a);
		alter_do(a, "create table %s (like %s including generated)",
		    holder, a->fq);
		alter_do(a, "alter table %s inherit %s", a->fq, holder)->lock =
		    "AccessExclusiveLock";
	}
	for (size_t i = 0; i < a->gained.n; i++)
		alter_do(a, "alter table %s add column %s", holder,
		    column_text(a->d->mem, a->gained.v[i]));
	for (size_t i = 0; i < a->gained_cons.n; i++) {
		const struct con *k = a->gained_cons.v[i];

		alter_check_constraint(a, k);
		alter_do(a, "alter table %s add constraint %s %s", holder,
		    sql_quoted(a->d->mem, k->name), k->text)->scan = true;
	}
	for (size_t i = 0; i < is->n; i++)
		if (!vec_has_string(was, is->v[i]) ||
		    vec_has_string(&a->left, is->v[i]))
			alter_sub(a, "inherit %s", (const char *)is->v[i]);
	if (a->gained.n + a->gained_cons.n == 0)
		return;
	alter_flush(a);
	alter_do(a, "alter table %s no inherit %s", a->fq, holder);
	alter_do(a, "drop table %s", holder);
}

void
alter_gain(struct alter *a)
{
	if (a->gained.n + a->gained_cons.n == 0 || !alter_is_above(a->d, a->c))
		return;
	for (size_t i = 0; i < a->gained.n; i++)
		alter_sub(a, "add column %s", column_text(a->d->mem,
		    a->gained.v[i]));
	for (size_t i = 0; i < a->gained_cons.n; i++) {
		const struct con *k = a->gained_cons.v[i];

		alter_sub(a, "add constraint %s %s", sql_quoted(a->d->mem,
		    k->name), k->text);
	}
}

void
alter_storage(struct alter *a)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;

	ups_of(a, a->old, true, &was);
	ups_of(a, a->new, false, &is);
	if (strcmp(a->old->persistence ? a->old->persistence : "p",
	    a->new->persistence ? a->new->persistence : "p") != 0) {
		alter_sub(a, "%s", a->new->persistence && a->new->persistence[0]
		    == 'u' ? "set unlogged" : "set logged");
		a->cost.rewrite = true;
	}
	options_differ(a);
	type_differs(a);
	if (partition_differs(a, &was, &is))
		return;
	for (size_t i = 0; i < was.n; i++)
		if (!vec_has_string(&is, was.v[i]) &&
		    !vec_has_string(&a->left, was.v[i]))
			alter_sub(a, "no inherit %s", (const char *)was.v[i]);
	inherit(a, &was, &is);
	if (a->own.n > 0)
		alter_flush(a);
	for (size_t i = 0; i < a->own.n; i++)
		alter_do(a, "%s", (const char *)a->own.v[i])->lock =
		    "AccessExclusiveLock";
}
