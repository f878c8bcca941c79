/*
 * What ALTER TABLE of a table above does to those below, which they do not do
 * again; and what stays of it in a table that leaves.
 */
#include "parents_impl.h"

#include "embed.h"
#include "migrate.h"
#include "pg.h"

/* The name that a declared command gives a column of the table; or NULL. */
static const char *
renamed_to(struct diff *d, const struct change *t, const char *col)
{
	for (size_t i = t->old->delta.n; i < t->new->delta.n; i++) {
		struct migration m = { .text = NULL };
		const char *why;

		if (migrate_parse(d->mem, t->new->delta.v[i], &m, &why) &&
		    m.verb == MIGRATE_RENAME && m.col != NULL &&
		    strcmp(m.col, col) == 0)
			return m.to;
	}
	return NULL;
}

const char *
alter_name_above(struct diff *d, struct change *c, const char *col)
{
	WM_VEC up = VEC_INIT;

	parents_of(d, c, true, &up);
	for (size_t i = 0; i < up.n; i++) {
		struct change *t = ((struct parent *)up.v[i])->table;
		const char *to = t == NULL || t->old == NULL || t->new == NULL
		    ? NULL : renamed_to(d, t, col);

		if (to == NULL && t != NULL)
			to = alter_name_above(d, t, col);
		if (to != NULL)
			return to;
	}
	return NULL;
}

static bool
same_text(const char *x, const char *y)
{
	return strcmp(x ? x : "", y ? y : "") == 0;
}

/* One column: what its table does to it is done here, too. */
static void
reach_column(struct alter *a, struct column *x, const struct column *was,
    const struct column *is)
{
	if (!type_equal(was->type, is->type) || !sql_equal(json_get(
	    was->collation, "collname"), json_get(is->collation,
	    "collname"))) {
		alter_touch(a, is->name, false);
		if (x == NULL)
			return;
		x->type = is->type;
		x->type_text = is->type_text;
		x->collation = is->collation;
		x->collation_text = is->collation_text;
	}
	if (x == NULL)
		return;
	/* with another type, a default is said again */
	if (!sql_equal(was->dflt, is->dflt) || (was->dflt != NULL &&
	    !type_equal(was->type, is->type))) {
		x->dflt = is->dflt;
		x->dflt_text = is->dflt_text;
	}
	if (was->not_null != is->not_null)
		x->not_null = is->not_null;
	if (!same_text(was->storage, is->storage))
		x->storage = is->storage;
}

static void
drop_default_early(struct alter *a, const char *col)
{
	vec_push(&a->c->early, arena_printf(a->d->mem, "alter table only %s "
	    "alter column %s drop default", a->was_fq, sql_quoted(a->d->mem,
	    col)));
}

/* A column that the table above loses, or calls otherwise. */
static void
reach_gone(struct alter *a, const struct parent *up, const struct column *was,
    const struct table *is)
{
	const char *name = was->name;
	const char *to = renamed_to(a->d, up->table, name);
	const struct column *own = table_column(a->old, name);

	if (own == NULL)
		return;
	if (to != NULL && table_column(is, to) != NULL) {
		follow_rename(a, arena_strdup(a->d->mem, name), to);
		return;
	}
	/* of its own, it stays */
	if (up->bound == NULL && !own->above) {
		/* what its text does not say, it has had of the other */
		if ((was->serial || was->dflt != NULL) && !own->serial &&
		    own->dflt == NULL && own->identity == 0 &&
		    own->generated == NULL)
			drop_default_early(a, name);
		if ((was->serial || was->not_null) && !own->serial &&
		    !own->not_null && own->identity == 0)
			vec_push(&a->own, arena_printf(a->d->mem, "alter table "
			    "only %s alter column %s drop not null", a->fq,
			    sql_quoted(a->d->mem, name)));
		return;
	}
	alter_touch(a, name, true);
	table_forget(a->old, name);
	alter_unnamed(a, name);
	a->c->shape = true;
}

/* A column of the table above as it was, whatever it was called; or NULL. */
static const struct column *
column_before(struct diff *d, const struct parent *up, const struct table *was,
    const struct column *is)
{
	for (size_t i = 0; i < was->columns.n; i++) {
		const struct column *k = was->columns.v[i];
		const char *to = renamed_to(d, up->table, k->name);

		if (strcmp(to != NULL ? to : k->name, is->name) == 0)
			return k;
	}
	return NULL;
}

/*
 * A new table has the compression of its columns from above; but where that is
 * set, it stays as it is below (source: ATPrepCmd in PostgreSQL's tablecmds.c).
 * So a column that no text of the table lists is looked at for that alone.
 */
static void
reach_compression(struct alter *a, const struct parent *up, struct table *to,
    const struct table *was, const struct table *is)
{
	for (size_t i = 0; i < is->columns.n; i++) {
		const struct column *k = is->columns.v[i];
		const struct column *o = column_before(a->d, up, was, k);

		if (o == NULL || same_text(o->compression, k->compression) ||
		    table_column(a->old, k->name) != NULL ||
		    table_column(to, k->name) != NULL)
			continue;
		(void)parents_copy_column(a->d->mem, to, k, is);
		parents_copy_column(a->d->mem, a->old, k, is)->compression =
		    o->compression;
	}
}

/* Whether a table has a check by that name that says the same. */
static bool
has_same(const struct table *t, const struct con *k)
{
	const struct con *o = table_con(t, k->name);

	return o != NULL && con_equal(o, k);
}

/* Whether a column of it is to have another type: then it is made again. */
static bool
is_retyped(const struct con *k, const struct table *was,
    const struct table *is)
{
	for (size_t i = 0; i < k->cols.n; i++) {
		const struct column *x = table_column(was, k->cols.v[i]);
		const struct column *y = table_column(is, k->cols.v[i]);

		if (x == NULL || y == NULL || !type_names_equal(x->type,
		    y->type))
			return true;
	}
	return false;
}

/* Give both sides a column that the table has from above all the time. */
static void
show_column(struct alter *a, struct table *to, const struct table *is,
    const char *col)
{
	const struct column *k = table_column(is, col);

	if (k == NULL || table_column(a->old, col) != NULL ||
	    table_column(to, col) != NULL)
		return;
	(void)parents_copy_column(a->d->mem, to, k, is);
	(void)parents_copy_column(a->d->mem, a->old, k, is);
}

/*
 * A check that comes from above without a look at the rows: a new table below
 * would have it checked, so that is done behind it.
 *
 * was, is   of the table above
 */
static void
reach_unchecked(struct alter *a, struct table *to, const struct table *was,
    const struct table *is)
{
	for (size_t i = 0; i < is->cons.n; i++) {
		const struct con *k = is->cons.v[i];
		const struct con *o = table_con(was, k->name);

		if (!k->not_valid || !parents_is_inherited(k) ||
		    table_con(a->old, k->name) != NULL ||
		    table_con(to, k->name) != NULL ||
		    (o != NULL && o->not_valid && con_equal(o, k) &&
		    !is_retyped(k, was, is)))
			continue;
		(void)parents_copy_con(a->d->mem, to, k);
		parents_copy_con(a->d->mem, a->old, k)->not_valid = true;
		/* what it reads, for the query */
		for (size_t c = 0; c < k->cols.n; c++)
			show_column(a, to, is, k->cols.v[c]);
	}
}

static void
reach_constraints(struct alter *a, const struct parent *up,
    const struct table *to, const struct table *was, const struct table *is)
{
	for (size_t i = 0; i < was->cons.n; i++) {
		const struct con *k = was->cons.v[i];
		const struct con *own = table_con(a->old, k->name);

		if (parents_is_inherited(k) && !has_same(is, k) &&
		    own != NULL &&
		    (up->bound != NULL || own->above))
			parents_forget_con(a->old, k->name);
	}
	if (up->bound == NULL)
		return;
	for (size_t i = 0; i < is->cons.n; i++) {
		const struct con *k = is->cons.v[i];

		if (parents_is_inherited(k) && !has_same(was, k) &&
		    table_con(a->old, k->name) == NULL &&
		    table_con(to, k->name) != NULL)
			parents_copy_con(a->d->mem, a->old, k)->not_valid =
			    k->not_valid;
	}
}

void
parents_reach(struct alter *a, const struct parent *up, struct table *to)
{
	struct table *was = parents_structure(a->d, up->table, true, 0);
	struct table *is = parents_structure(a->d, up->table, false, 0);

	if (was != NULL && is != NULL) {
		vec_push(&a->c->above, up->table);
		parents_take_over(a, a->old, to, was);
		parents_take_over(a, to, a->old, is);
		for (size_t i = 0; i < is->columns.n; i++) {
			const struct column *k = is->columns.v[i];
			const struct column *o = table_column(was, k->name);

			if (o != NULL)
				reach_column(a, table_column(a->old, k->name),
				    o, k);
			else if (table_column(a->old, k->name) == NULL &&
			    table_column(to, k->name))
				(void)parents_copy_column(a->d->mem, a->old, k,
				    is);
		}
		for (size_t i = 0; i < was->columns.n; i++) {
			const struct column *k = was->columns.v[i];

			if (table_column(is, k->name) == NULL)
				reach_gone(a, up, k, is);
		}
		reach_compression(a, up, to, was, is);
		reach_constraints(a, up, to, was, is);
		reach_unchecked(a, to, was, is);
	}
	table_clear(was);
	table_clear(is);
}

/*
 * What it has through a table stays when that is left: now it is its own. Of
 * foreign keys, these are those that it is to have; see drop_copies.
 */
static void
keep_all(struct alter *a, const struct table *above, const struct table *to,
    bool partition)
{
	for (size_t i = 0; i < above->columns.n; i++) {
		const struct column *k = above->columns.v[i];

		if (table_column(a->old, k->name) == NULL)
			(void)parents_copy_column(a->d->mem, a->old, k,
			    above);
	}
	for (size_t i = 0; i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];
		bool foreign = partition && k->kind == CON_FOREIGN &&
		    (a->d->db == NULL || table_con(to, k->name) != NULL);

		if ((!parents_is_inherited(k) && !foreign) ||
		    table_con(a->old, k->name) != NULL)
			continue;
		k = parents_copy_con(a->d->mem, a->old, k);
		if (foreign)
			alter_made(a, k);
	}
}

static bool
has_key(const struct table *t, const struct fact *f)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if ((char)k->kind == f->kind && vec_same_strings(&k->cols,
		    &f->cols))
			return true;
	}
	return false;
}

/*
 * Keys and indexes that the server has made for the partition: a table that was
 * never one would not have them.
 */
static bool
drop_made(struct alter *a, const struct table *to)
{
	const struct table_facts *t = a->c->facts;
	const char *args[] = { a->was_id.schema, a->was_id.name };

	for (size_t i = 0; t != NULL && i < t->inherited.n; i++) {
		const struct fact *f = t->inherited.v[i];

		if (table_con(a->old, f->name) == NULL &&
		    !has_key(to, f))
			alter_do(a, "alter table %s drop constraint %s", a->fq,
			    sql_quoted(a->d->mem, f->name))->lock =
			    "AccessExclusiveLock";
	}
	if (a->d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS, embed_parted_sql, 2, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct ident id = { .cls = ID_RELATION,
			.schema = PQgetvalue(r, i, 0),
			.name = PQgetvalue(r, i, 1) };

		if (change_find(a->d, "index", 0, id.schema, id.name, true) ==
		    NULL)
			alter_do(a, "drop index if exists %s", ident_text(
			    a->d->mem, &id))->lock = "AccessExclusiveLock";
	}
	return true;
}

/*
 * Foreign keys that the server has copied for the partition, from the table or
 * from constraints that are objects: they are its own when it is detached, and
 * would hold what they refer to.
 */
static bool
drop_copies(struct alter *a, const struct parent *up)
{
	const char *args[] = { a->was_id.schema, a->was_id.name };

	if (a->d->db == NULL)
		return true;
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS, embed_copies_sql, 2, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *name = PQgetvalue(r, i, 0);

		if (table_con(a->old, name) != NULL)
			continue;
		name = sql_quoted(a->d->mem, name);
		/* an object that attaches it detaches it behind all this */
		if (up->object != NULL)
			alter_do(a, "alter table %s drop constraint %s", a->fq,
			    name)->lock = "AccessExclusiveLock";
		else
			vec_push(&a->c->early, arena_printf(a->d->mem, "alter "
			    "table %s drop constraint %s", a->was_fq, name));
	}
	return true;
}

/*
 * Defaults that a table has from above, of a serial column there, and is not to
 * keep: the sequence may go before the table is altered.
 */
static void
leave_sequences(struct alter *a, const struct table *above,
    const struct table *to)
{
	for (size_t i = 0; i < above->columns.n; i++) {
		const struct column *k = above->columns.v[i];
		struct column *was = table_column(a->old, k->name);
		const struct column *is = table_column(to, k->name);

		if (!k->serial || was == NULL || !was->above || was->serial ||
		    was->dflt == NULL || (is != NULL && !is->serial &&
		    sql_equal(is->dflt, was->dflt)))
			continue;
		drop_default_early(a, k->name);
		was->dflt = NULL;
		was->dflt_text = NULL;
	}
}

bool
parents_leave(struct alter *a, const struct parent *up, const struct table *to)
{
	struct table *was = alter_whole(a->d, up->table, true, 0);
	const char *fq = ident_text(a->d->mem, &up->id);
	struct ident later = up->id;

	if (was != NULL) {
		keep_all(a, was, to, up->bound != NULL);
		leave_sequences(a, was, to);
	}
	table_clear(was);
	alter_follow_table(a->d, &later);
	vec_push(&a->left, ident_text(a->d->mem, &later));
	if (up->table != NULL)
		vec_push(&a->c->left, up->table);
	if (up->bound != NULL && !drop_made(a, to))
		return false;
	/* an object that attaches it is dropped, which does that */
	if (up->object == NULL)
		vec_push(&a->c->early, up->bound != NULL ?
		    arena_printf(a->d->mem, "alter table %s detach partition "
		    "%s", fq, a->was_fq) : arena_printf(a->d->mem, "alter "
		    "table %s no inherit %s", a->was_fq, fq));
	return up->bound == NULL || drop_copies(a, up);
}
