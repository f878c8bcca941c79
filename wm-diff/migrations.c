#include "alter_impl.h"

#include "diag.h"
#include "migrate.h"

/* A column's declaration, read as the element of a table. */
static struct table *
declared(struct alter *a, const char *col, const char *type)
{
	struct table *t = table_read(a->d->mem, arena_printf(a->d->mem,
	    "create table %s (%s %s)", a->fq, sql_quoted(a->d->mem, col),
	    type));

	if (t == NULL || t->columns.n == 1)
		return t;
	table_clear(t);
	return NULL;
}

/* Whether an expression reads columns: no default can. */
static bool
reads_columns(struct alter *a, const char *expr)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	WM_VEC cols = VEC_INIT;

	if (!sql_parse(a->d->mem, arena_printf(a->d->mem, "values ((%s\n))",
	    expr), &st, &n, &err) || n != 1)
		return false;
	tree_columns(st->node, &cols);
	return cols.n > 0;
}

/* Deferred triggers of an UPDATE would keep ALTER TABLE from its table. */
static void
settle(struct alter *a)
{
	alter_do(a, "set constraints all immediate")->data = true;
}

static void
update_rows(struct alter *a, const char *col, const char *expr)
{
	struct alter_stmt *s = alter_do(a, "update %s set %s = %s", a->fq,
	    sql_quoted(a->d->mem, col), expr);

	s->data = s->scan = true;
	s->lock = "RowExclusiveLock";
	settle(a);
}

/*
 * Add a column as the source has it by now, or as it was declared where the
 * source has no such column any more, or has it with another type. What the
 * declaration lacks, later migrations may supply: the rest is altered behind
 * them.
 */
static void
add_declared(struct alter *a, const struct migration *m)
{
	const struct column *is = table_column(a->new, m->col);
	struct table *t = declared(a, m->col, m->type);
	struct column *k = arena_alloc(a->d->mem, sizeof(*k));
	const struct column *as;
	const char *init = m->init;
	bool valued;

	if (t == NULL) {
		alter_refuse(a, "migration \"%s\" cannot be read", m->text);
		return;
	}
	as = t->columns.v[0];
	*k = is != NULL ? *is : *as;
	if (is != NULL && as->dflt != NULL && init == NULL &&
	    !sql_equal(as->dflt, is->dflt))
		init = as->dflt_text;
	if (is != NULL && !as->serial && !is->serial && is->identity == 0 &&
	    !type_equal(as->type, is->type)) {
		*k = *as;
		k->not_null = is->not_null || as->not_null;
		init = m->init;
	}
	valued = init != NULL || k->dflt != NULL || k->serial ||
	    k->identity != 0 || k->generated != NULL;
	if (!valued && a->pending)
		k->not_null = false;
	if (init != NULL && reads_columns(a, init)) {
		k->dflt = NULL;
		k->dflt_text = NULL;
		k->not_null = false;
		alter_add_column(a, k, NULL);
		update_rows(a, k->name, init);
	} else
		alter_add_column(a, k, init);
	vec_push(&a->old->columns, k);
	alter_named(a, NULL, k->name);
	a->c->shape = true;
	table_clear(t);
}

/* Checks of a column's old type, which the new one need not take. */
static void
drop_stale_checks(struct alter *a, const char *col)
{
	size_t n = 0;

	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];
		const struct fact *f = NULL;
		bool stays = k->kind != CON_CHECK || !vec_has_string(&k->cols,
		    col);

		for (size_t x = 0; !stays && x < a->new->cons.n; x++)
			stays = con_equal(k, a->new->cons.v[x]);
		if (!stays)
			f = alter_fact(a, k);
		if (f == NULL) {
			a->old->cons.v[n++] = k;
			continue;
		}
		alter_sub(a, "drop constraint %s", sql_quoted(a->d->mem,
		    f->name));
		vec_clear(&k->cols);
	}
	a->old->cons.n = n;
}

static void
migrate_type(struct alter *a, const struct migration *m, struct column *col)
{
	struct table *t = declared(a, m->col, m->type);
	const struct column *is = table_column(a->new, m->col);
	struct column k;

	if (t == NULL) {
		alter_refuse(a, "migration \"%s\" cannot be read", m->text);
		return;
	}
	k = *(const struct column *)t->columns.v[0];
	k.name = col->name;
	k.serial = col->serial;
	if (is != NULL && type_equal(is->type, k.type)) {
		k.dflt = is->dflt;
		k.dflt_text = is->dflt_text;
		if (k.collation == NULL) {
			k.collation = is->collation;
			k.collation_text = is->collation_text;
		}
	} else {
		k.dflt = col->dflt;
		k.dflt_text = col->dflt_text;
	}
	if (alter_in_key(a->old, col->name) && !type_equal(col->type,
	    k.type)) {
		alter_copy_as(a, col->name, m->expr);
		col->type = k.type;
		col->type_text = k.type_text;
		col->collation = k.collation;
		col->collation_text = k.collation_text;
		table_clear(t);
		return;
	}
	drop_stale_checks(a, col->name);
	if (m->expr != NULL || !type_equal(col->type, k.type))
		alter_column_type(a, col, &k, CAST_REWRITE, m->expr);
	table_clear(t);
}

/*
 * A column of the source that a migration writes: it has to be there by then,
 * and may be empty until it is written.
 */
static struct column *
add_empty(struct alter *a, const struct column *is)
{
	struct column *early = arena_alloc(a->d->mem, sizeof(*early));

	*early = *is;
	early->not_null = false;
	alter_add_column(a, early, NULL);
	vec_push(&a->old->columns, early);
	alter_named(a, NULL, early->name);
	a->c->shape = true;
	return early;
}

/* The same, for a column that the source brings in the same change. */
static struct column *
add_early(struct alter *a, const struct migration *m)
{
	const struct column *is = table_column(a->new, m->col);

	if (is == NULL || is->generated != NULL || is->identity != 0 ||
	    is->serial || m->verb != MIGRATE_UPDATE)
		return NULL;
	return add_empty(a, is);
}

/* In a release's history that is nothing to wonder about. */
static void
tell_done(const struct alter *a, const struct migration *m, const char *why)
{
	if (a->d->bundle == NULL)
		diag_warn(&a->c->new->loc, "delta", "table \"%s\": nothing to "
		    "do for \"%s\": %s", a->c->new->nam, m->text, why);
}

/*
 * Whether a migration is about a column that came and went between two states
 * of this database, so that here there is nothing to do. What it left undone
 * would show: a column that vanishes undeclared is refused.
 */
static bool
passed_by(const struct alter *a, const struct migration *m)
{
	if (m->verb != MIGRATE_RENAME && m->verb != MIGRATE_DROP)
		return false;
	tell_done(a, m, "this database never had that column");
	return true;
}

/*
 * Another name, or another schema; sequences of its columns follow. The table
 * may be there by that name already: the rename was declared afterwards.
 */
static void
move_table(struct alter *a, const struct migration *m)
{
	struct arena *mem = a->d->mem;
	bool rename = m->verb == MIGRATE_RENAME_TABLE;

	if (wm_is(m->to, rename ? a->old->id.name : a->old->id.schema)) {
		tell_done(a, m, rename ? "the table has that name" :
		    "the table is in that schema");
		return;
	}
	alter_do(a, rename ? "alter table %s rename to %s" : "alter table %s "
	    "set schema %s", a->fq, sql_quoted(a->d->mem, m->to))->lock =
	    "AccessExclusiveLock";
	for (size_t i = 0; !rename && i < a->owned.n; i++)
		((struct owned *)a->owned.v[i])->schema = m->to;
	if (rename)
		a->old->id.name = m->to;
	else
		a->old->id.schema = m->to;
	a->fq = ident_text(mem, &a->old->id);
}

/*
 * split and merge: the new columns, empty at first; one UPDATE fills them all;
 * then the old ones go. What the source says of them beyond that comes with
 * the rest of the change.
 */
static void
turn(struct alter *a, const struct migration *m)
{
	WM_SBUF b = SBUF_INIT;
	struct alter_stmt *s;

	for (size_t i = 0; i < m->n_from; i++)
		if (table_column(a->old, m->from[i]) == NULL) {
			alter_refuse(a, "migration \"%s\" names column \"%s\", "
			    "which the table does not have then", m->text,
			    m->from[i]);
			return;
		}
	sbuf_printf(&b, "update %s set ", a->fq);
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct migrate_part *p = &m->parts[i];
		const struct column *is = table_column(a->new, p->col);
		struct migration add = { .verb = MIGRATE_ADD, .text = m->text,
			.col = p->col, .type = p->type };

		if (table_column(a->old, p->col) != NULL) {
			alter_refuse(a, "migration \"%s\" makes column \"%s\", "
			    "which is there", m->text, p->col);
			return;
		}
		if (is != NULL && is->generated == NULL && is->identity == 0)
			(void)add_empty(a, is);
		else
			add_declared(a, &add);
		sbuf_printf(&b, "%s%s = %s", i > 0 ? ", " : "",
		    sql_quoted(a->d->mem, p->col), p->expr);
		vec_push(&a->moved, p->col);
	}
	s = alter_do(a, "%s", sbuf_take(&b, a->d->mem));
	s->data = s->scan = true;
	s->lock = "RowExclusiveLock";
	settle(a);
	for (size_t i = 0; i < m->n_from; i++)
		alter_drop_column(a, m->from[i]);
}

static void
migrate(struct alter *a, const struct migration *m)
{
	struct arena *mem = a->d->mem;
	struct column *col = m->col ? table_column(a->old, m->col) : NULL;

	/* migrate_parse has seen to it that these have what they need */
	assert(m->col != NULL || (m->verb != MIGRATE_DROP && m->verb !=
	    MIGRATE_RENAME && m->verb != MIGRATE_UPDATE && m->verb !=
	    MIGRATE_TYPE && m->verb != MIGRATE_ADD));
	assert(m->to != NULL || m->verb != MIGRATE_RENAME);
	if (m->verb != MIGRATE_ADD && m->col != NULL && col == NULL) {
		if (passed_by(a, m))
			return;
		col = add_early(a, m);
	}
	if (m->verb != MIGRATE_ADD && m->col != NULL && col == NULL) {
		alter_refuse(a, "migration \"%s\" names column \"%s\", which "
		    "the table does not have then", m->text, m->col);
		return;
	}
	if ((m->verb == MIGRATE_ADD && col != NULL) || (m->verb ==
	    MIGRATE_RENAME && table_column(a->old, m->to) != NULL)) {
		alter_refuse(a, "migration \"%s\" adds a column that is there",
		    m->text);
		return;
	}
	switch (m->verb) {
	case MIGRATE_ADD:
		add_declared(a, m);
		break;
	case MIGRATE_DROP:
		alter_drop_column(a, m->col);
		break;
	case MIGRATE_RENAME:
		alter_do(a, "alter table %s rename column %s to %s", a->fq,
		    sql_quoted(a->d->mem, m->col), sql_quoted(a->d->mem,
		    m->to))->lock =
		    "AccessExclusiveLock";
		follow_rename(a, m->col, m->to);
		a->c->shape = true;
		break;
	case MIGRATE_UPDATE:
		update_rows(a, m->col, m->expr);
		break;
	case MIGRATE_TYPE:
		assert(col != NULL);
		migrate_type(a, m, col);
		break;
	case MIGRATE_TURN:
		turn(a, m);
		break;
	case MIGRATE_FROM:
		break;
	case MIGRATE_RENAME_TABLE:
	case MIGRATE_MOVE:
		move_table(a, m);
		break;
	case MIGRATE_SQL:
		alter_do(a, "%s", m->expr)->data = true;
		settle(a);
		follow_sql(a, m->expr);
		break;
	case MIGRATE_CHECK: {
		struct plan_check *k = arena_alloc(mem, sizeof(*k));

		k->obj_typ = "table";
		k->obj_nam = a->c->new->nam;
		k->message = m->to;
		k->sql = m->expr;
		k->loc = a->c->new->loc;
		vec_push(&a->d->plan.checks, k);
		break;
	}
	case MIGRATE_ALTER: {
		const char *sql = arena_printf(mem, "alter table %s %s", a->fq,
		    m->expr);

		alter_do(a, "%s", sql)->lock = "AccessExclusiveLock";
		follow_sql(a, sql);
		break;
	}
	}
	if (m->col != NULL)
		vec_push(&a->moved, m->to != NULL && m->verb ==
		    MIGRATE_RENAME ? m->to : m->col);
	a->migrated = a->migrated || m->verb == MIGRATE_SQL ||
	    m->verb == MIGRATE_ALTER;
}

void
migrations(struct alter *a, const struct vec *commands)
{
	bool ok = true;

	for (size_t i = 0; i < commands->n; i++) {
		struct migration *m = arena_alloc(a->d->mem, sizeof(*m));
		const char *why;

		if (!migrate_parse(a->d->mem, commands->v[i], m, &why)) {
			alter_refuse(a, "migration \"%s\" cannot be read: %s",
			    (const char *)commands->v[i], why);
			ok = false;
		} else if (ok) {
			a->pending = i + 1 < commands->n;
			migrate(a, m);
		}
	}
	alter_flush(a);
}
