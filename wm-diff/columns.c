#include "alter_impl.h"

#include "attic.h"
#include "diag.h"
#include "pg.h"
#include "sequences.h"

static const char *
type_clause(struct alter *a, const struct column *k)
{
	return k->collation_text == NULL ? k->type_text :
	    arena_printf(a->d->mem, "%s collate %s", k->type_text,
	    k->collation_text);
}

/* It has gone before, where a function that it calls is made anew. */
static void
drop_generated(struct alter *a, const char *name)
{
	alter_sub(a, "drop column if exists %s", sql_quoted(a->d->mem, name));
}

/*
 * A generated column cannot stay while the type of a column that it reads
 * changes, nor take another expression: it is dropped, and added again with
 * the rest.
 */
static void
remake(struct alter *a, const char *name)
{
	const char *keep = arena_strdup(a->d->mem, name);

	alter_touch(a, keep, false);
	drop_generated(a, keep);
	table_forget(a->old, keep);
	vec_push(&a->remade, keep);
}

static void
remake_readers(struct alter *a, const char *col)
{
	for (size_t i = a->old->columns.n; i-- > 0;) {
		const struct column *k = a->old->columns.v[i];
		WM_VEC reads = VEC_INIT;

		if (k->generated == NULL)
			continue;
		tree_columns(k->generated, &reads);
		if (vec_has_string(&reads, col))
			remake(a, k->name);
	}
}

/* Whether a type is one that a sequence can have. */
static bool
is_whole_number(const struct json *type)
{
	static const char *const types[] = { "int2", "int4", "int8" };
	const struct json *names = json_get(type, "names");
	const char *name = names != NULL && names->last != NULL ?
	    sql_string(names->last) : NULL;

	for (size_t i = 0; name != NULL && i < WM_LEN(types); i++)
		if (strcmp(types[i], name) == 0)
			return true;
	return false;
}

/*
 * An identity goes first, where the end has none: with another type, the server
 * would want a sequence of that.
 */
static void
drop_identity(struct alter *a, struct column *was)
{
	const struct column *last = table_column(a->new, was->name);
	struct column none = *was;

	if (was->identity == 0 || last == NULL || last->identity != 0 ||
	    last->serial)
		return;
	none.identity = 0;
	alter_identity(a, was, &none);
	alter_flush(a);
	was->identity = 0;
}

void
alter_column_type(struct alter *a, struct column *was, const struct column *is,
    enum cast cast, const char *using)
{
	const char *q = sql_quoted(a->d->mem, is->name);
	bool counts = is_whole_number(is->type);
	bool again = (was->dflt != NULL && (cast != CAST_FREE ||
	    !type_names_equal(was->type, is->type))) ||
	    (was->serial && !counts);

	/* in between, a key that both sides convert has nothing to compare
	   by; nor has one that is to refer to another column then */
	if (using != NULL)
		alter_drop_foreign(a, is->name, true);
	alter_touch(a, is->name, false);
	remake_readers(a, is->name);
	drop_identity(a, was);
	/* a default of the old type need not fit the new one */
	if (again)
		alter_sub(a, "alter column %s drop default", q);
	alter_sub(a, "alter column %s type %s%s%s", q, type_clause(a, is), using
	    ? " using " : "", using ? using : "");
	if (again) {
		if (is->dflt != NULL)
			alter_sub(a, "alter column %s set default %s", q,
			    is->dflt_text);
		was->dflt = is->dflt;
		was->dflt_text = is->dflt_text;
	}
	a->cost.rewrite = a->cost.rewrite || cast != CAST_FREE;
	if (!type_names_equal(was->type, is->type))
		vec_push(&a->retyped, was->name);
	if (alter_original(a, is->name) != NULL)
		vec_push(&a->typed, alter_original(a, is->name));
	if (was->serial && is->serial && counts &&
	    alter_owned(a, is->name) != NULL)
		alter_do(a, "alter sequence %s as %s", alter_owned_text(a,
		    alter_owned(a, is->name)), is->type_text);
	was->type = is->type;
	was->type_text = is->type_text;
	was->collation = is->collation;
	was->collation_text = is->collation_text;
}

static bool
column_type(struct alter *a, struct column *was, const struct column *is)
{
	enum cast cast;
	bool same = type_equal(was->type, is->type);

	if (same && sql_equal(json_get(was->collation, "collname"),
	    json_get(is->collation, "collname")))
		return true;
	if (same && a->rebuild != NULL && alter_in_key(a->old, is->name)) {
		was->collation = is->collation;
		was->collation_text = is->collation_text;
		return true;
	}
	if (same) {
		alter_column_type(a, was, is, CAST_FREE, NULL);
		a->cost.scan = true;	/* indexes are built anew */
		return true;
	}
	if (!alter_cast(a, was, is, &cast))
		return false;
	if (cast == CAST_NONE || cast == CAST_ASKED ||
	    (cast == CAST_LOSSY && a->has_rows)) {
		alter_refuse(a, "column \"%s\" changes type from %s to %s, %s",
		    is->name, was->type_text, is->type_text,
		    cast == CAST_LOSSY ? "which can fail or cut values" :
		    "and there is no cast for that");
		/* what has no cast at all is read from text */
		alter_way(a, "Declare it: wm-migrate %s type %s %s using %s",
		    a->cmd_nam, shell_name(a->d->mem, is->name),
		    shell_text(a->d->mem, is->type_text), shell_text(a->d->mem,
		    arena_printf(a->d->mem, "%s%s::%s", sql_quoted(a->d->mem,
		    is->name), cast == CAST_NONE ? "::text" : "",
		    is->type_text)));
		return true;
	}
	if (a->rebuild != NULL && alter_in_key(a->old, is->name)) {
		was->type = is->type;	/* on its way to the new table */
		was->type_text = is->type_text;
		return true;
	}
	alter_column_type(a, was, is, cast, NULL);
	return true;
}

static void
column_default(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = sql_quoted(a->d->mem, is->name);

	if (sql_equal(was->dflt, is->dflt))
		return;
	if (is->dflt != NULL)
		alter_sub(a, "alter column %s set default %s", q,
		    is->dflt_text);
	else
		alter_sub(a, "alter column %s drop default", q);
}

static void
column_not_null(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = sql_quoted(a->d->mem, is->name);
	WM_VEC cols = VEC_INIT;

	if (was->not_null == is->not_null)
		return;
	if (!is->not_null) {
		alter_sub(a, "alter column %s drop not null", q);
		return;
	}
	alter_sub(a, "alter column %s set not null", q);
	a->cost.scan = true;
	vec_push(&cols, is->name);
	alter_check(a, &cols, arena_printf(a->d->mem, "column \"%s\" is to be "
	    "not null", is->name), arena_printf(a->d->mem, "x.%s is null", q));
}

/*
 * Of this table alone: one that is made below it has none of it either, while
 * the command would reach those that are there.
 */
static void
set_statistics(struct alter *a, const struct column *k)
{
	const char *q = sql_quoted(a->d->mem, k->name);
	const char *target = k->statistics ? k->statistics : "-1";

	if (json_get(a->new->node, "partspec") == NULL &&
	    !alter_is_above(a->d, a->c)) {
		alter_sub(a, "alter column %s set statistics %s", q, target);
		return;
	}
	alter_flush(a);
	alter_do(a, "alter table only %s alter column %s set statistics %s",
	    a->fq, q, target)->lock = "ShareUpdateExclusiveLock";
}

/* What no column's definition can say. */
static void
column_settings(struct alter *a, const struct column *k)
{
	const char *q = sql_quoted(a->d->mem, k->name);

	if (k->storage != NULL)
		alter_sub(a, "alter column %s set storage %s", q, k->storage);
	if (k->statistics != NULL)
		set_statistics(a, k);
}

/* init: SQL of what old rows get; NULL: the default. */
void
alter_add_column(struct alter *a, const struct column *k, const char *init)
{
	if (k->not_null && k->dflt == NULL && k->identity == 0 &&
	    k->generated == NULL && !k->serial && init == NULL &&
	    a->has_rows) {
		alter_refuse(a, "new column \"%s\" is not null without a "
		    "default, and the table holds rows", k->name);
		alter_way(a, "Declare their value: wm-migrate %s add %s %s "
		    "'VALUE'", a->cmd_nam, shell_name(a->d->mem, k->name),
		    shell_text(a->d->mem, arena_printf(a->d->mem, "%s not null",
		    k->type_text)));
		return;
	}
	a->cost.rewrite = a->cost.rewrite || k->serial || k->identity != 0 ||
	    k->generated != NULL || tree_calls(k->dflt);
	if (init != NULL) {
		struct column with = *k;

		/* old rows get the declared value, new ones the default */
		with.dflt_text = init;
		alter_sub(a, "add column %s", column_text(a->d->mem,
		    &with));
		alter_flush(a);
		column_settings(a, k);
		if (k->dflt != NULL)
			alter_sub(a, "alter column %s set default %s",
			    sql_quoted(a->d->mem, k->name), k->dflt_text);
		else
			alter_sub(a, "alter column %s drop default",
			    sql_quoted(a->d->mem, k->name));
		return;
	}
	if (k->identity != 0 && (a->parted || alter_is_above(a->d, a->c)))
		alter_add_identity(a, k);
	else
		alter_sub(a, "add column %s", column_text(a->d->mem, k));
	column_settings(a, k);
	alter_identity_like(a, NULL, k);
}

/*
 * Checks that read a column go with it; but the server would leave tables below
 * with checks that are inherited from nobody.
 */
static void
drop_checks(struct alter *a, const char *name)
{
	bool above = false, asked = false;

	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];
		struct fact *f;

		if (k->kind != CON_CHECK || !vec_has_string(&k->cols, name))
			continue;
		above = asked ? above : alter_is_above(a->d, a->c);
		asked = true;
		f = above ? alter_fact(a, k) : NULL;
		if (f == NULL || f->gone)
			continue;
		f->gone = true;
		alter_sub(a, "drop constraint %s", sql_quoted(a->d->mem,
		    f->name));
	}
}

void
alter_drop_column(struct alter *a, const char *name)
{
	const struct column *is = table_column(a->new, name);
	const struct column *was = table_column(a->old, name);
	struct owned *o = alter_owned(a, name);

	attic_column(a, name);
	remake_readers(a, name);
	alter_touch(a, name, is == NULL);
	alter_drop_foreign(a, name, false);
	drop_checks(a, name);
	if (was != NULL && was->generated != NULL)
		drop_generated(a, name);
	else if (alter_in_key(a->old, name))
		/* the new table that another key needs comes without it */
		vec_push(&a->behind_key, arena_strdup(a->d->mem, name));
	else
		alter_sub(a, "drop column %s", sql_quoted(a->d->mem, name));
	a->cost.loss = true;
	table_forget(a->old, name);
	alter_unnamed(a, name);
	if (o != NULL)
		o->gone = true;
	if (is != NULL)
		vec_push(&a->remade, is->name);
	a->c->shape = true;
}

/* New columns that could be what has become of a column that vanished. */
static const char *
look_alike(struct alter *a, const struct column *gone)
{
	const char *any = NULL;

	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *k = a->new->columns.v[i];

		if (table_column(a->old, k->name) != NULL ||
		    !type_equal(k->type, gone->type))
			continue;
		if (any == NULL || k->not_null == gone->not_null)
			any = k->name;
	}
	return any;
}

static void
columns_gone(struct alter *a)
{
	WM_VEC gone = VEC_INIT;

	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];

		if (table_column(a->new, k->name) == NULL)
			vec_push(&gone, k);
	}
	for (size_t i = 0; i < gone.n; i++) {
		struct column *k = gone.v[i];
		const char *heir = look_alike(a, k);

		if (heir == NULL && a->d->opts->allow_data_loss) {
			alter_drop_column(a, k->name);
			continue;
		}
		vec_push(&a->missing, k->name);
		alter_refuse(a, a->d->opts->drift ? "column \"%s\" is not in "
		    "the record" : "column \"%s\" is gone from the source",
		    k->name);
		if (a->d->opts->drift)
			heir = NULL;
		if (heir != NULL)
			alter_way(a, "If it is \"%s\" now: wm-migrate %s "
			    "rename %s to %s", heir, a->cmd_nam,
			    shell_name(a->d->mem, k->name),
			    shell_name(a->d->mem, heir));
		alter_way(a, "%sf its data may go: wm-migrate %s drop %s",
		    heir ? "Or i" : "I", a->cmd_nam, shell_name(a->d->mem,
		    k->name));
	}
}

static void
column_generated(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = sql_quoted(a->d->mem, is->name);

	if (sql_equal(was->generated, is->generated))
		return;
	if (is->generated == NULL) {
		alter_sub(a, "alter column %s drop expression", q);
		return;
	}
	if (was->generated != NULL) {
		remake(a, is->name);	/* its values come anew */
		return;
	}
	alter_refuse(a, "column \"%s\" becomes generated, and what it holds "
	    "would go", is->name);
	alter_way(a, "Declare it: wm-migrate %s drop %s", a->cmd_nam,
	    shell_name(a->d->mem, is->name));
}

/* Back to what the type has; SET STORAGE DEFAULT came with PostgreSQL 16. */
static void
storage_unset(struct alter *a, const struct column *is)
{
	WM_PGRES *r = a->d->db == NULL ? NULL : pg_query(a->d->db, PG_ROWS,
	    "select case typstorage when 'p' then 'plain' when 'm' then 'main'"
	    " when 'e' then 'external' else 'extended' end"
	    " from pg_catalog.pg_type where oid ="
	    " pg_catalog.to_regtype($1)::oid", 1, &is->type_text);

	if (r != NULL && PQntuples(r) == 1)
		alter_sub(a, "alter column %s set storage %s",
		    sql_quoted(a->d->mem,
		    is->name), PQgetvalue(r, 0, 0));
	else
		alter_refuse(a, "the storage of column \"%s\" is no longer "
		    "set; say which it is to be", is->name);
}

static void
column_storage(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *q = sql_quoted(a->d->mem, is->name);

	if (is->compression != NULL && (was->compression == NULL ||
	    strcmp(is->compression, was->compression) != 0))
		alter_sub(a, "alter column %s set compression %s", q,
		    is->compression);
	else if (is->compression == NULL && was->compression != NULL)
		alter_sub(a, "alter column %s set compression default", q);
	if (is->storage != NULL && (was->storage == NULL ||
	    strcmp(is->storage, was->storage) != 0))
		alter_sub(a, "alter column %s set storage %s", q, is->storage);
	else if (is->storage == NULL && was->storage != NULL)
		storage_unset(a, is);
	if (strcmp(is->statistics ? is->statistics : "-1",
	    was->statistics ? was->statistics : "-1") != 0)
		set_statistics(a, is);
}

/* Default, not null, identity: each needs the one before it settled. */
static void
column_value(struct alter *a, struct column *was, const struct column *is)
{
	struct owned *o = alter_owned(a, is->name);

	if (is->serial && !was->serial) {
		column_not_null(a, was, is);
		alter_serial(a, was, is);
		return;
	}
	/* the sequence stays, by a text of its own */
	if (was->serial && !is->serial && o != NULL &&
	    sequences_handed(a->d, o->schema, o->name))
		o->gone = true;
	if (was->serial && !is->serial && is->dflt == NULL)
		alter_sub(a, "alter column %s drop default",
		    sql_quoted(a->d->mem, is->name));
	if (is->identity == 0 && was->identity != 0)
		alter_identity(a, was, is);
	column_default(a, was, is);
	column_not_null(a, was, is);
	if (is->identity != 0)
		alter_identity(a, was, is);
	if (was->serial && !is->serial && is->identity == 0 && o != NULL &&
	    !o->gone) {
		vec_push(&a->behind, arena_printf(a->d->mem, "drop sequence %s",
		    alter_owned_text(a, o)));
		o->gone = true;
	}
}

bool
alter_columns(struct alter *a)
{
	columns_gone(a);
	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *is = a->new->columns.v[i];
		struct column *was = table_column(a->old, is->name);

		if (was == NULL)
			continue;
		if (!column_type(a, was, is))
			return false;
		column_value(a, was, is);
		column_storage(a, was, is);
		column_generated(a, was, is);
	}
	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *is = a->new->columns.v[i];

		if (table_column(a->old, is->name) == NULL)
			alter_add_column(a, is, NULL);
	}
	return true;
}
