#include "alter_impl.h"

#include "diag.h"
#include "sequence_options.h"
#include "sequences.h"

/* START, INCREMENT and so on of an identity column, as ALTER spells them. */
static const char *
identity_options(struct alter *a, const struct column *k, bool restart)
{
	struct sequence_options o;
	WM_SBUF b = SBUF_INIT;

	sequence_options(a->d->mem, k->identity_opts, &o);
	sequence_options_put(&b, &o, "set ", restart);
	return sbuf_take(&b, a->d->mem);
}

/* SEQUENCE NAME, as dumps say it even where it is the one of its own. */
static const char *
sequence_name(struct alter *a, const struct table *t, const struct column *k)
{
	const struct json *names = json_get2(sql_defelem(k->identity_opts,
	    "sequence_name"), "List", "items");
	struct ident id = { .cls = ID_RELATION, .schema = t->id.schema,
		.name = table_object_name(a->d->mem, t->id.name, k->name,
		"seq") };

	if (names != NULL && names->last != NULL) {
		id.schema = names->first != names->last ?
		    sql_string(names->first) : IDENT_SCHEMA;
		id.name = sql_string(names->last);
	}
	return ident_text(a->d->mem, &id);
}

/* An identity column that stays one. */
static void
identity_changes(struct alter *a, const struct column *was,
    const struct column *is)
{
	const char *seq = sequence_name(a, a->old, was), *opts = "";

	if (strcmp(seq, sequence_name(a, a->new, is)) != 0) {
		alter_refuse(a, "the identity options of column \"%s\" change",
		    is->name);
		alter_way(a, "Declare it: wm-migrate %s sql 'alter sequence "
		    "...'", a->cmd_nam);
		return;
	}
	if (strcmp(identity_options(a, was, false),
	    identity_options(a, is, false)) != 0) {
		struct sequence_options o;
		bool restart;

		sequence_options(a->d->mem, is->identity_opts, &o);
		if (!sequence_restart(a->d, a->c, seq, is->type_text, &o,
		    &restart))
			return;
		opts = identity_options(a, is, restart);
	}
	if (was->identity != is->identity || *opts != '\0')
		alter_sub(a, "alter column %s set generated %s%s",
		    sql_quoted(a->d->mem, is->name), is->identity == 'a' ?
		    "always" : "by default", opts);
}

/* A serial column's sequence, which an identity takes the place of. */
static void
serial_to_identity(struct alter *a, struct owned *o, const char *q,
    const struct column *is)
{
	struct owned old = *o;
	struct alter_stmt *s;

	alter_flush(a);
	old.name = "wm old sequence";
	alter_do(a, "alter sequence %s owned by none", alter_owned_text(a, o));
	alter_do(a, "alter sequence %s rename to %s", alter_owned_text(a, o),
	    sql_quoted(a->d->mem, old.name));
	alter_sub(a, "alter column %s add %s", q, is->identity_text);
	s = alter_do(a, "select "
	    "pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%s, %s), "
	    "last_value, is_called) from %s", sql_literal(a->d->mem, a->fq),
	    sql_literal(a->d->mem, is->name), alter_owned_text(a, &old));
	s->data = true;
	alter_do(a, "drop sequence %s", alter_owned_text(a, &old));
	o->gone = true;
}

/*
 * An identity goes, and a text of its own makes a sequence of the same name,
 * which goes on from where the other one was.
 */
static void
identity_to_own(struct alter *a, const struct owned *o)
{
	struct owned old = *o;

	/* before that text runs; of several columns, none is in the way */
	old.name = arena_printf(a->d->mem, "wm old sequence %zu.%zu",
	    a->c->index, a->c->early.n);
	vec_push(&a->c->early, arena_printf(a->d->mem, "alter sequence %s "
	    "rename to %s", alter_owned_text(a, o), sql_quoted(a->d->mem,
	    old.name)));
	alter_do(a, "select pg_catalog.setval(%s, last_value, is_called) from "
	    "%s", sql_literal(a->d->mem, alter_owned_text(a, o)),
	    alter_owned_text(a, &old))->data = true;
}

/* A column becomes an identity, and a sequence that had a text its own. */
static bool
own_to_identity(struct alter *a, const char *q, const struct column *is)
{
	struct owned o = { .col = is->name, .was = is->name,
		.schema = a->old->id.schema,
		.name = table_object_name(a->d->mem, a->old->id.name,
		is->name, "seq") };

	if (!sequences_handed(a->d, o.schema, o.name))
		return false;
	serial_to_identity(a, &o, q, is);
	return true;
}

/*
 * What LIKE copies of an identity is a sequence of bigint that has the other
 * one's limits (source: sequence_options in PostgreSQL's sequence.c): there is
 * no column that says so.
 */
void
alter_identity_like(struct alter *a, const struct column *was,
    const struct column *is)
{
	const struct json *x = was == NULL || was->identity == 0 ? NULL :
	    was->identity_like, *y = is->identity_like;
	struct sequence_options o;
	WM_SBUF b = SBUF_INIT;

	if (is->identity == 0 || a->rebuild != NULL || (x == NULL && y == NULL))
		return;
	if (x != NULL && y != NULL && type_equal(x, y) &&
	    was->identity == is->identity && sql_equal(was->identity_opts,
	    is->identity_opts) && !vec_has_string(&a->retyped, is->name))
		return;
	sequence_options(a->d->mem, is->identity_opts, &o);
	sequence_limits(a->d->mem, y != NULL ? y : is->type, &o);
	sequence_options_put(&b, &o, "", false);
	alter_flush(a);
	alter_do(a, "alter sequence %s as %s%s", sequence_name(a, a->old, is),
	    y != NULL ? "bigint" : is->type_text, sbuf_str(&b));
}

static void
make_identity(struct alter *a, struct column *was, const struct column *is)
{
	const char *q = sql_quoted(a->d->mem, is->name), *seq;
	struct owned *o = alter_owned(a, is->name);
	struct sequence_options opts;
	struct alter_stmt *s;

	if (was->identity == is->identity && (is->identity == 0 ||
	    sql_equal(was->identity_opts, is->identity_opts)))
		return;
	if (is->identity == 0) {
		if (o != NULL && sequences_handed(a->d, o->schema, o->name))
			identity_to_own(a, o);
		alter_sub(a, "alter column %s drop identity", q);
		if (o != NULL)
			o->gone = true;
		return;
	}
	if (was->identity != 0) {
		identity_changes(a, was, is);
		return;
	}
	if (was->serial && o != NULL) {
		serial_to_identity(a, o, q, is);
		return;
	}
	if (own_to_identity(a, q, is))
		return;
	/* the server looks at the type before all of a statement is done */
	if (vec_has_string(&a->retyped, is->name))
		alter_flush(a);
	alter_sub(a, "alter column %s add %s", q, is->identity_text);
	if (!a->has_rows && !a->migrated)
		return;
	/* it goes on behind what is there */
	sequence_options(a->d->mem, is->identity_opts, &opts);
	seq = arena_printf(a->d->mem, "pg_catalog.pg_get_serial_sequence(%s, "
	    "%s)", sql_literal(a->d->mem, a->fq), sql_literal(a->d->mem,
	    is->name));
	s = alter_do(a, "select pg_catalog.setval(%s, %s(%s)) from %s having "
	    "%s(%s) %s (select seqstart from pg_catalog.pg_sequence where "
	    "seqrelid = %s::pg_catalog.regclass)", seq, opts.down ? "min" :
	    "max", q, a->fq, opts.down ? "min" : "max", q, opts.down ? "<=" :
	    ">=", seq);
	s->data = true;
	s->scan = true;
}

void
alter_identity(struct alter *a, struct column *was, const struct column *is)
{
	make_identity(a, was, is);
	alter_identity_like(a, was, is);
}

/*
 * The server adds no identity column where there are tables below: it comes as
 * one with a sequence, from which its rows take their numbers, and becomes one
 * then.
 */
void
alter_add_identity(struct alter *a, const struct column *k)
{
	struct owned o = { .schema = a->old->id.schema,
		.name = arena_printf(a->d->mem, "wm new sequence %zu",
		a->c->index) };
	const char *q = sql_quoted(a->d->mem, k->name);
	struct sequence_options opts;
	struct column plain = *k;
	const char *seq = alter_owned_text(a, &o);
	struct alter_stmt *s;
	WM_SBUF b = SBUF_INIT;

	sequence_options(a->d->mem, k->identity_opts, &opts);
	sequence_options_put(&b, &opts, "", false);
	alter_flush(a);
	alter_do(a, "create sequence %s as %s%s", seq, k->type_text,
	    sbuf_str(&b));
	plain.identity = 0;
	plain.not_null = true;
	plain.dflt_text = arena_printf(a->d->mem, "pg_catalog.nextval(%s)",
	    sql_literal(a->d->mem, seq));
	alter_sub(a, "add column %s", column_text(a->d->mem, &plain));
	alter_flush(a);
	alter_sub(a, "alter column %s drop default", q);
	alter_sub(a, "alter column %s add %s", q, k->identity_text);
	alter_flush(a);
	s = alter_do(a, "select pg_catalog.setval("
	    "pg_catalog.pg_get_serial_sequence(%s, %s), last_value, is_called) "
	    "from %s", sql_literal(a->d->mem, a->fq), sql_literal(a->d->mem,
	    k->name), seq);
	s->data = true;
	alter_do(a, "drop sequence %s", seq);
}

void
alter_serial(struct alter *a, const struct column *was,
    const struct column *is)
{
	struct owned *old = alter_owned(a, is->name);
	struct owned *o = arena_alloc(a->d->mem, sizeof(*o));
	const char *q = sql_quoted(a->d->mem, is->name), *seq;

	o->col = o->was = is->name;
	o->schema = a->old->id.schema;
	o->name = sequences_free_name(a->d, o->schema, a->old->id.name,
	    is->name);
	seq = alter_owned_text(a, o);
	if (sequences_handed(a->d, o->schema, o->name)) {
		alter_sub(a, "alter column %s set default pg_catalog."
		    "nextval(%s)", q, sql_literal(a->d->mem, seq));
		vec_push(&a->owned, o);
		return;
	}
	if (was->identity != 0 && old != NULL) {
		struct owned aside = *old;

		aside.name = "wm old sequence";
		alter_do(a, "alter sequence %s rename to %s",
		    alter_owned_text(a, old), sql_quoted(a->d->mem,
		    aside.name));
		alter_do(a, "create sequence %s as %s", seq, is->type_text);
		alter_do(a, "select pg_catalog.setval(%s, last_value, "
		    "is_called) from %s", sql_literal(a->d->mem, seq),
		    alter_owned_text(a, &aside))->data = true;
		alter_sub(a, "alter column %s drop identity", q);
		old->gone = true;
	} else {
		alter_do(a, "create sequence %s as %s", seq, is->type_text);
		alter_do(a, "select pg_catalog.setval(%s, max(%s)) from %s "
		    "having max(%s) > 0", sql_literal(a->d->mem, seq), q, a->fq,
		    q)->data = true;
	}
	alter_sub(a, "alter column %s set default pg_catalog.nextval(%s)", q,
	    sql_literal(a->d->mem, seq));
	alter_do(a, "alter sequence %s owned by %s.%s", seq, a->fq, q);
	vec_push(&a->owned, o);
}

void
alter_sequences_early(struct alter *a, const struct table *to)
{
	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];
		const struct column *k = table_column(to, o->col);
		const char *name;

		if (k == NULL || (!k->serial && k->identity == 0) ||
		    strcmp(a->old->id.name, to->id.name) != 0 ||
		    strcmp(o->schema, to->id.schema) != 0 ||
		    strcmp(o->name, sequences_old_name(a->d, o->schema,
		    a->old->id.name, o->col)) != 0)
			continue;
		name = sequences_free_name(a->d, o->schema, to->id.name,
		    o->col);
		/* a shorter one is given up by another sequence before that */
		if (strlen(name) <= strlen(o->name))
			continue;
		vec_push(&a->c->early, arena_printf(a->d->mem, "alter sequence "
		    "%s rename to %s", alter_owned_text(a, o),
		    sql_quoted(a->d->mem, name)));
		o->name = name;
	}
}

void
alter_sequences(struct alter *a)
{
	struct arena *mem = a->d->mem;

	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];
		const char *to;
		WM_SBUF b = SBUF_INIT;

		if (o->gone || table_column(a->new, o->col) == NULL ||
		    strcmp(o->name, sequences_old_name(a->d, o->schema,
		    a->was_id.name, o->was)) != 0)
			continue;
		to = sequences_free_name(a->d, o->schema, a->old->id.name,
		    o->col);
		if (strcmp(to, o->name) == 0)
			continue;
		sbuf_printf(&b, "alter sequence %s rename to %s",
		    alter_owned_text(a, o), sql_quoted(a->d->mem, to));
		alter_do(a, "%s", sbuf_take(&b, mem));
		o->name = to;
	}
}
