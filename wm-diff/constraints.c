#include "alter_impl.h"

#include "diag.h"
#include "hops.h"
#include "migrate.h"

static void
rename_one(struct alter *a, const char *from, const char *to)
{
	alter_before(a, "alter table %s rename constraint %s to %s", a->fq,
	    sql_quoted(a->d->mem, from), sql_quoted(a->d->mem, to));
}

/* Whether a name is still to be given away. */
static bool
name_waits(const struct alter *a, const char *name)
{
	for (size_t i = 0; i < a->renamings.n; i++)
		if (strcmp(((struct renaming *)a->renamings.v[i])->from, name)
		    == 0)
			return true;
	return false;
}

/*
 * Constraints that only change their names. Names are free for new ones then:
 * so it comes before the ALTER TABLE that is being collected. Those that take
 * one another's name go around.
 */
static void
rename_constraints(struct alter *a)
{
	struct vec *v = &a->renamings;

	for (size_t i = 0; i < a->dropped.n; i++) {
		const char *name = a->dropped.v[i];
		bool taken = false;

		for (size_t k = 0; k < v->n; k++)
			taken = taken || strcmp(((struct renaming *)v->v[k])
			    ->to, name) == 0;
		if (taken)
			alter_before(a, "alter table %s drop constraint %s%s",
			    a->fq, vec_has_string(&a->sooner, name) ?
			    "if exists " : "", sql_quoted(a->d->mem, name));
		else
			alter_sub(a, "drop constraint %s%s", vec_has_string(
			    &a->sooner, name) ? "if exists " : "",
			    sql_quoted(a->d->mem, name));
	}
	while (v->n > 0) {
		size_t n = 0, was = v->n;

		for (size_t i = 0; i < was; i++) {
			struct renaming *k = v->v[i];

			v->n = was;
			if (name_waits(a, k->to)) {
				v->v[n++] = k;
				continue;
			}
			rename_one(a, k->from, k->to);
			k->from = "";
		}
		v->n = n;
		if (n == was) {
			struct renaming *k = v->v[0];
			const char *aside = "wm renamed constraint";

			rename_one(a, k->from, aside);
			k->from = aside;
		}
	}
}

static bool
is_named_so(const struct ident *id, const char *schema, const char *name)
{
	return strcmp(id->name, name) == 0 && strcmp(id->schema, schema ?
	    schema : IDENT_SCHEMA) == 0;
}

/* Whether a table was a partition of one, or of partitions of it. */
static bool
is_below(struct diff *d, struct change *c, const char *schema,
    const char *name)
{
	struct alter_place at;

	for (; c != NULL && alter_place(d, c, true, &at); c = at.table)
		if (is_named_so(&at.id, schema, name))
			return true;
	return false;
}

/*
 * Whether the table that a foreign key refers to changes or goes as well, a
 * partition of it, or an index, which may be what makes its rows unique.
 */
static bool
changes_too(struct alter *a, const struct con *k)
{
	const struct json *rv = json_get(k->node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	for (size_t i = 0; name != NULL && i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;
		bool index;

		if (c == a->c || c->old == NULL || (c->new != NULL &&
		    !c->record))
			continue;
		index = strcmp(c->old->kind->name, "index") == 0;
		if (!index && strcmp(c->old->kind->name, "table") != 0)
			continue;
		id = change_ident(a->d, c, true);
		if (id != NULL && strcmp(index && id->table ? id->table :
		    id->name, name) == 0 &&
		    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0)
			return true;
		if (!index && is_below(a->d, c, schema, name))
			return true;
	}
	return false;
}

static void
add_constraint(struct alter *a, const struct con *k)
{
	const char *index = alter_key_of_index(a, k);

	if (index != NULL) {
		alter_sub(a, "add constraint %s %s using index %s",
		    sql_quoted(a->d->mem, k->name), k->kind == CON_PRIMARY ?
		    "primary key" : "unique", sql_quoted(a->d->mem, index));
		a->cost.scan = a->cost.scan || k->kind == CON_PRIMARY;
		alter_made(a, k);
		return;
	}
	alter_check_constraint(a, k);
	if (a->rebuild != NULL)
		return;		/* it comes with the new table */
	if (k->only) {
		alter_flush(a);
		alter_do(a, "alter table only %s add constraint %s %s", a->fq,
		    sql_quoted(a->d->mem, k->name), k->text);
	} else
		alter_sub(a, "add constraint %s %s", sql_quoted(a->d->mem,
		    k->name),
		    k->text);
	a->cost.scan = a->cost.scan || !k->not_valid;
	alter_made(a, k);
}

/* The index of a key that is to be in another tablespace. */
static void
move_index(struct alter *a, const struct con *was, const struct con *is)
{
	const char *space = json_str(is->node, "indexspace");
	/* where the name changes, that stands in front of it all */
	struct ident id = { .cls = ID_RELATION, .schema = a->old->id.schema,
		.name = is->name };
	struct alter_stmt *s;

	if (sql_equal(json_get(was->node, "indexspace"), json_get(is->node,
	    "indexspace")) || a->rebuild != NULL)
		return;
	s = alter_do(a, "alter index %s set tablespace %s", ident_text(
	    a->d->mem, &id), space ? sql_quoted(a->d->mem, space) :
	    "pg_default");
	s->lock = "AccessExclusiveLock";
	s->rewrite = true;
}

/* The same constraint on both sides; names may differ. */
static void
keep_constraint(struct alter *a, const struct con *was, const struct con *is)
{
	struct fact *f = alter_fact(a, was);

	if (was->not_valid && !is->not_valid) {
		alter_sub(a, "validate constraint %s", sql_quoted(a->d->mem, f ?
		    is->name : was->name));
		a->cost.scan = true;
		alter_check_constraint(a, is);
	}
	if (f == NULL)
		return;
	move_index(a, was, is);
	f->con = is;
	if (strcmp(f->name, is->name) != 0) {
		struct renaming *n = arena_alloc(a->d->mem, sizeof(*n));

		n->from = f->name;
		n->to = is->name;
		vec_push(&a->renamings, n);
		f->name = is->name;
	}
}

/* Another primary key may merge rows, or break what refers to them. */
static void
refuse_key(struct alter *a, const char *name)
{
	bool another = false;

	for (size_t i = 0; i < a->new->cons.n; i++)
		another = another || ((struct con *)a->new->cons.v[i])->kind ==
		    CON_PRIMARY;
	alter_refuse(a, another ? "the primary key changes" :
	    "the primary key is gone from the source");
	/* the new one comes by itself, when its columns are there */
	alter_way(a, "Declare it: wm-migrate %s sql %s", a->cmd_nam,
	    shell_text(a->d->mem, arena_printf(a->d->mem, "alter table %s drop "
	    "constraint %s", a->fq, sql_quoted(a->d->mem, name))));
}

/* Before what it refers to is altered or dropped. */
static void
drop_early(struct alter *a, const struct fact *f)
{
	vec_push(&a->c->early, arena_printf(a->d->mem, "alter table %s drop "
	    "constraint %s", a->was_fq, sql_quoted(a->d->mem, f->was)));
}

/* Whether a foreign key refers to a column of its own table. */
static bool
refers_to_own(const struct alter *a, const struct con *k, const char *col)
{
	const struct json *rv = json_get(k->node, "pktable");
	const struct json *attrs = json_get(k->node, "pk_attrs");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	if (name == NULL || strcmp(name, a->old->id.name) != 0 ||
	    strcmp(schema ? schema : IDENT_SCHEMA, a->old->id.schema) != 0)
		return false;
	for (const struct json *j = attrs ? attrs->first : NULL; j;
	    j = j->next)
		if (strcmp(sql_string(j), col) == 0)
			return true;
	for (size_t i = 0; attrs == NULL && i < a->old->cons.n; i++) {
		const struct con *key = a->old->cons.v[i];

		if (key->kind == CON_PRIMARY)
			return vec_has_string(&key->cols, col);
	}
	return false;
}

void
alter_drop_foreign(struct alter *a, const char *col, bool others)
{
	struct vec *cons = &a->old->cons;
	size_t n = 0;

	for (size_t i = 0; i < cons->n; i++) {
		struct con *k = cons->v[i];
		struct fact *f = NULL;

		if (k->kind == CON_FOREIGN && ((vec_has_string(&k->cols, col)
		    && (others || changes_too(a, k))) ||
		    refers_to_own(a, k, col)))
			f = alter_fact(a, k);
		if (f == NULL || f->gone || f->was == NULL) {
			cons->v[n++] = k;
			continue;
		}
		f->gone = true;
		drop_early(a, f);
		vec_clear(&k->cols);
	}
	cons->n = n;
}

/*
 * Whether it may go before all this: with the type that a column of it leaves,
 * or a function that it calls.
 */
static bool
goes_sooner(const struct alter *a, const struct con *k)
{
	if (k->kind != CON_FOREIGN && tree_calls(k->node))
		return true;
	for (size_t i = 0; i < k->cols.n; i++) {
		const char *col = alter_original(a, k->cols.v[i]);

		for (size_t t = 0; col != NULL && t < a->c->touched.n; t++) {
			const struct alter_column *x = a->c->touched.v[t];

			if (x->swapped && strcmp(x->name, col) == 0)
				return true;
		}
	}
	return false;
}

/* A column of it is gone, which has been said: a key follows its columns. */
static bool
follows_missing(const struct alter *a, const struct con *k)
{
	for (size_t i = 0; i < k->cols.n; i++)
		if (vec_has_string(&a->missing, k->cols.v[i]))
			return true;
	return false;
}

static void
drop_constraint(struct alter *a, const struct con *was)
{
	struct fact *f;

	f = alter_fact(a, was);
	if (alter_taken_in(a, was, f))
		return;
	if (alter_gives_way(a, was, f)) {
		f->gone = true;
		alter_touch_key(a, f);
		return;
	}
	if (was->kind == CON_PRIMARY && !a->d->back) {
		if (!follows_missing(a, was))
			refuse_key(a, f != NULL ? f->name : was->name);
		return;
	}
	if (f == NULL) {
		alter_refuse(a, "constraint \"%s\" is not in the database",
		    was->name);
		return;
	}
	f->gone = true;
	alter_touch_key(a, f);
	if (was->kind == CON_FOREIGN && f->was != NULL && changes_too(a, was))
		drop_early(a, f);
	else
		vec_push(&a->dropped, f->name);
	if (goes_sooner(a, was))
		vec_push(&a->sooner, f->name);
}

/*
 * The server keeps a check as a tree that has the column's old type in it, with
 * casts around: it is made again, and reads as a new table's does.
 */
static bool
bound_to_type(const struct alter *a, const struct con *k)
{
	for (size_t i = 0; k->kind == CON_CHECK && i < k->cols.n; i++)
		if (vec_has_string(&a->retyped, k->cols.v[i]))
			return true;
	return false;
}

/* The comment of a check that is made again as it was. */
static void
keep_comment(struct alter *a, const struct con *was)
{
	const struct fact *f = bound_to_type(a, was) ? alter_fact(a, was) :
	    NULL;

	for (size_t i = 0; f != NULL && f->comment != NULL &&
	    i < a->new->cons.n; i++) {
		const struct con *is = a->new->cons.v[i];

		if (!con_equal(was, is))
			continue;
		vec_push(&a->behind, arena_printf(a->d->mem, "comment on "
		    "constraint %s on %s is %s", sql_quoted(a->d->mem,
		    is->name),
		    a->fq, sql_literal(a->d->mem, f->comment)));
		return;
	}
}

/*
 * A foreign key that gets another name while the table it refers to is made
 * anew: it has to go for that, and comes back by its new name.
 */
static bool
comes_back(struct alter *a, const struct con *was, const struct con *is)
{
	const struct json *rv = json_get(is->node, "pktable");
	const struct change *t = was->kind != CON_FOREIGN ||
	    strcmp(was->name, is->name) == 0 ? NULL : change_find(a->d, NULL,
	    ID_RELATION, json_str(rv, "schemaname"), json_str(rv, "relname"),
	    false);

	return t != NULL && t != a->c && t->rebuild;
}

void
alter_constraints(struct alter *a)
{
	WM_VEC matched = VEC_INIT;
	struct vec *old = &a->old->cons, *new = &a->new->cons;

	/* pairs: the same by name first, then by what they say */
	for (size_t i = 0; i < 2 * new->n; i++) {
		struct con *is = new->v[i < new->n ? i : i - new->n];
		bool by_name = i < new->n;

		for (size_t k = 0; k < old->n && !vec_has(&matched, is); k++) {
			struct con *was = old->v[k];

			/* what is checked does not become unchecked */
			if (vec_has(&matched, was) || !con_equal(was, is) ||
			    (is->not_valid && !was->not_valid) ||
			    bound_to_type(a, was) ||
			    comes_back(a, was, is) ||
			    (by_name && strcmp(was->name, is->name) != 0))
				continue;
			vec_push(&matched, was);
			vec_push(&matched, is);
			keep_constraint(a, was, is);
		}
	}
	for (size_t i = 0; i < new->n; i++)
		if (!vec_has(&matched, new->v[i]) &&
		    alter_has_key(a, new->v[i]))
			vec_push(&matched, new->v[i]);
	for (size_t k = 0; k < old->n; k++)
		if (!vec_has(&matched, old->v[k])) {
			keep_comment(a, old->v[k]);
			drop_constraint(a, old->v[k]);
		}
	rename_constraints(a);
	for (size_t i = 0; i < new->n; i++)
		if (!vec_has(&matched, new->v[i]))
			add_constraint(a, new->v[i]);
}

/* What a version's commands rename, in the columns of a foreign key. */
static void
rename_attrs(struct alter *a, const struct hop *h, const struct json *attrs)
{
	for (size_t i = h->done; i < h->o->delta.n; i++) {
		struct migration g;
		const char *why;

		if (!migrate_parse(a->d->mem, h->o->delta.v[i], &g, &why) ||
		    g.verb != MIGRATE_RENAME)
			continue;
		for (struct json *j = attrs->first; j; j = j->next)
			tree_rename_name(j, g.col, g.to);
	}
}

void
alter_foreign_renames(struct alter *a)
{
	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];
		const struct json *rv = json_get(k->node, "pktable");
		const struct json *attrs = json_get(k->node, "pk_attrs");
		const struct change *t;

		if (k->kind != CON_FOREIGN || attrs == NULL)
			continue;
		t = alter_referenced(a, rv);
		if (t == NULL || t == a->c)
			continue;
		for (size_t m = 0; m < t->hops.n; m++) {
			const struct hop *h = t->hops.v[m];

			if (h->release > a->since && h->release <= a->release)
				rename_attrs(a, h, attrs);
		}
	}
}
