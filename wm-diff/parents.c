/*
 * What a table has through others: that it inherits from, or is a partition
 * of. ALTER TABLE reaches those below, so that what the one does, the other
 * does not do again; and columns that no text of its own lists are there all
 * the same, when the others are left.
 */
#include "alter_impl.h"

#include <strings.h>

#include "embed.h"
#include "hops.h"
#include "migrate.h"
#include "needs.h"
#include "pg.h"

/* One table above, on one side. */
struct parent {
	struct change *table;	/* NULL: the side does not have it */
	struct ident id;
	const struct json *bound;	/* of a partition; or NULL */
	struct change *object;	/* that attaches it; NULL: its own text does */
};

/* --- who is above whom --- */

static struct ident
range_ident(const struct json *rv)
{
	struct ident id = { .cls = ID_RELATION,
		.schema = json_str(rv, "schemaname"),
		.name = json_str(rv, "relname") };

	if (id.schema == NULL)
		id.schema = IDENT_SCHEMA;
	return id;
}

/* The table of that name; of the old side, also one that goes. */
static struct change *
table_of(struct diff *d, const struct ident *id, bool old)
{
	struct bare *b;

	if (id->name == NULL)
		return NULL;
	/* names are those of what stays, by the end */
	for (size_t i = 0; old && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *was = c->old == NULL || (c->new != NULL &&
		    !c->renamed) || strcmp(c->old->kind->name, "table") != 0 ?
		    NULL : change_ident(d, c, true);

		if (was != NULL && strcmp(was->name, id->name) == 0 &&
		    strcmp(was->schema, id->schema) == 0)
			return c;
	}
	b = needs_bare(d, ID_RELATION, id->schema, id->name);
	for (; b != NULL; b = b->next)
		if (strcmp(change_object(b->change)->kind->name, "table") == 0)
			return b->change;
	return NULL;
}

/* ALTER TABLE p ATTACH PARTITION c: what it says; false where it is another. */
static bool
read_attach(struct diff *d, struct change *c, bool old, struct ident *out_child,
    struct parent *out)
{
	const struct json *cmds, *part;
	struct parsed *p;

	if ((old ? c->old : c->new) == NULL || strcmp(
	    change_object(c)->kind->name, "partition") != 0 ||
	    !change_parse(d, c, old, &p) || p->n == 0)
		return false;
	cmds = json_get(p->stmts[0].node, "cmds");
	part = cmds == NULL ? NULL : json_get2(json_get(cmds->first,
	    "AlterTableCmd"), "def", "PartitionCmd");
	if (part == NULL)
		return false;
	*out_child = range_ident(json_get(part, "name"));
	out->id = range_ident(json_get(p->stmts[0].node, "relation"));
	out->table = table_of(d, &out->id, old);
	out->bound = json_get(part, "bound");
	out->object = c;
	return out_child->name != NULL && out->id.name != NULL;
}

/* Those above a table, on one side; struct parent *, appended. */
static void
parents_of(struct diff *d, struct change *c, bool old, struct vec *out)
{
	const struct json *list, *bound;
	struct change *object = old ? c->part_was : c->part_is;
	struct parsed *p;
	struct parent *up;
	struct ident child;

	if ((old ? c->old : c->new) == NULL || !change_parse(d, c, old, &p) ||
	    p->n == 0)
		return;
	list = json_get(p->stmts[0].node, "inhRelations");
	bound = json_get(p->stmts[0].node, "partbound");
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		up = arena_alloc(d->mem, sizeof(*up));
		up->id = range_ident(json_get(j, "RangeVar"));
		up->table = table_of(d, &up->id, old);
		up->bound = bound;
		vec_push(out, up);
	}
	if (object == NULL)
		return;
	up = arena_alloc(d->mem, sizeof(*up));
	if (read_attach(d, object, old, &child, up))
		vec_push(out, up);
}

/* The bound that a text says, from FOR or DEFAULT on, to the end. */
static const char *
bound_text(struct diff *d, struct change *c, bool old)
{
	const char *s = (old ? c->old : c->new)->create;
	struct sql_token *t;
	struct parsed *p;
	size_t n;
	int depth = 0;

	if (!change_parse(d, c, old, &p) || p->n == 0)
		return NULL;
	s = arena_strndup(d->mem, s + p->stmts[0].off, p->stmts[0].len);
	if (!sql_scan(d->mem, s, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		char first = s[t[i].off];

		depth += (first == '(') - (first == ')');
		if (depth == 0 && ((t[i].len == 3 && strncasecmp(s + t[i].off,
		    "for", 3) == 0) || (t[i].len == 7 && strncasecmp(s +
		    t[i].off, "default", 7) == 0)))
			return s + t[i].off;
	}
	return NULL;
}

void
alter_follow_table(struct diff *d, struct ident *id)
{
	struct change *c = table_of(d, id, true);
	const struct ident *is = c != NULL && c->renamed ? change_ident(d, c,
	    false) : NULL;

	if (is != NULL) {
		id->schema = is->schema;
		id->name = is->name;
	}
}

bool
alter_place(struct diff *d, struct change *c, bool old,
    struct alter_place *out)
{
	WM_VEC up = VEC_INIT;

	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		const struct parent *p = up.v[i];
		struct table *t;

		if (p->bound == NULL || p->id.name == NULL)
			continue;
		*out = (struct alter_place){ .table = p->table, .id = p->id,
			.bound = p->bound, .object = p->object };
		if (p->object != NULL) {
			out->text = bound_text(d, p->object, old);
			return out->text != NULL;
		}
		t = change_table(d, c, old);
		out->text = t != NULL ? t->bound_text : NULL;
		table_clear(t);
		return out->text != NULL;
	}
	return false;
}

bool
alter_parent(struct diff *d, struct change *c, bool old, struct ident *out)
{
	struct alter_place at;
	bool is = alter_place(d, c, old, &at);

	if (is)
		*out = at.id;
	return is;
}

bool
alter_is_below(struct diff *d, struct change *c)
{
	WM_VEC up = VEC_INIT;

	/* nothing attaches it any more */
	if (c->part_was != NULL && c->part_is == NULL)
		return true;
	if (c->part_is == NULL &&
	    strcasestr(c->new->create, "inherits") == NULL &&
	    strcasestr(c->new->create, "partition") == NULL)
		return false;
	parents_of(d, c, false, &up);
	for (size_t i = 0; i < up.n; i++) {
		const struct change *t = ((struct parent *)up.v[i])->table;

		if (t != NULL && t != c && t->old != NULL &&
		    (t->record || t->follows))
			return true;
	}
	return false;
}

bool
alter_is_above(struct diff *d, const struct change *c)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *k = d->all.v[i];
		WM_VEC up = VEC_INIT;

		if (k->old == NULL || strcmp(k->old->kind->name, "table") != 0
		    || strcasestr(k->old->create, "inherits") == NULL)
			continue;
		parents_of(d, k, true, &up);
		for (size_t n = 0; n < up.n; n++)
			if (((struct parent *)up.v[n])->table == c)
				return true;
	}
	return false;
}

void
alter_parents_find(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i], *t;
		struct parent up;
		struct ident child;

		for (int old = 0; old < 2; old++) {
			if (!read_attach(d, c, old, &child, &up) ||
			    (t = table_of(d, &child, old)) == NULL)
				continue;
			*(old ? &t->part_was : &t->part_is) = c;
		}
	}
}

/* --- structures --- */

static struct column *
copy_column(struct arena *mem, struct table *t, const struct column *from)
{
	struct column *k = arena_alloc(mem, sizeof(*k));

	*k = *from;
	/* neither does identity come from above, nor a sequence of one's own */
	k->identity = 0;
	k->serial = false;
	k->above = true;
	vec_push(&t->columns, k);
	return k;
}

/* What a text says of columns whose types it leaves out. */
static void
complete_columns(struct table *t, const struct table *above)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		struct column *k = t->columns.v[i];
		const struct column *x = k->type != NULL ? NULL :
		    table_column(above, k->name);

		if (x == NULL)
			continue;
		k->type = x->type;
		k->type_text = x->type_text;
		k->collation = x->collation;
		k->collation_text = x->collation_text;
		k->not_null = k->not_null || x->not_null;
		if (k->dflt == NULL && k->generated == NULL) {
			k->dflt = x->dflt;
			k->dflt_text = x->dflt_text;
			k->generated = x->generated;
			k->generated_text = x->generated_text;
		}
	}
}

/* ALTER TABLE statements behind a text, of columns that it does not list. */
static void
complete_rest(struct diff *d, struct table *t, const struct table *above)
{
	size_t n = 0;

	for (size_t i = 0; i < t->rest.n; i++) {
		const struct sql_stmt *st = t->rest.v[i];
		const struct json *cmds = json_get(st->node, "cmds");

		for (const struct json *j = cmds ? cmds->first : NULL; j;
		    j = j->next) {
			const char *name = json_str(json_get(j,
			    "AlterTableCmd"), "name");
			const struct column *x = name == NULL ? NULL :
			    table_column(above, name);

			if (x != NULL && table_column(t, name) == NULL)
				(void)copy_column(d->mem, t, x);
		}
		if (cmds == NULL || !table_alter(d->mem, t, t->text, st))
			t->rest.v[n++] = t->rest.v[i];
	}
	t->rest.n = n;
}

/* A primary key of columns that a text does not list: they are not null. */
static void
complete_keys(struct diff *d, struct table *t, const struct table *above)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		for (size_t c = 0; k->kind == CON_PRIMARY && c < k->cols.n;
		    c++) {
			const struct column *x = table_column(above,
			    k->cols.v[c]);

			if (x != NULL && table_column(t, x->name) == NULL)
				copy_column(d->mem, t, x)->not_null = true;
		}
	}
}

/* Whether a primary key has a column that the text does not list. */
static bool
key_of_others(const struct table *t)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		for (size_t c = 0; k->kind == CON_PRIMARY && c < k->cols.n;
		    c++)
			if (table_column(t, k->cols.v[c]) == NULL)
				return true;
	}
	return false;
}

/* Whether a text says something of columns that it has from above. */
static bool
says_of_others(const struct table *t)
{
	if (key_of_others(t))
		return true;
	for (size_t i = 0; i < t->columns.n; i++)
		if (((struct column *)t->columns.v[i])->type == NULL)
			return true;
	for (size_t i = 0; i < t->rest.n; i++)
		if (strcmp(((struct sql_stmt *)t->rest.v[i])->tag,
		    "AlterTableStmt") == 0)
			return true;
	return false;
}

static void
complete(struct diff *d, struct table *t, const struct table *above)
{
	bool typed = true;

	complete_columns(t, above);
	complete_rest(d, t, above);
	complete_keys(d, t, above);
	for (size_t i = 0; i < t->columns.n; i++)
		typed = typed && ((struct column *)t->columns.v[i])->type;
	if (typed && t->unknown != NULL && strcmp(t->unknown,
	    TABLE_UNTYPED) == 0)
		t->unknown = NULL;
}

static struct table *
structure(struct diff *d, struct change *c, bool old, int depth)
{
	WM_VEC up = VEC_INIT;
	struct table *t;

	if (c == NULL || (old ? c->old : c->new) == NULL ||
	    depth > ALTER_DEPTH)
		return NULL;
	t = change_table(d, c, old);
	if (t == NULL)
		return NULL;
	alter_expand(d, t, old, depth);
	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		struct table *above = structure(d, ((struct parent *)up.v[i])
		    ->table, old, depth + 1);

		if (above != NULL)
			complete(d, t, above);
		for (size_t k = 0; above && k < above->columns.n; k++) {
			const struct column *x = above->columns.v[k];

			/* who copies its default has to know */
			if (table_column(t, x->name) == NULL)
				copy_column(d->mem, t, x)->serial = x->serial;
		}
		table_clear(above);
	}
	return t;
}

void
alter_complete(struct diff *d, struct change *c, struct table *t, bool old)
{
	WM_VEC up = VEC_INIT;

	if (!says_of_others(t))
		return;
	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		struct table *above = structure(d, ((struct parent *)up.v[i])
		    ->table, old, 1);

		if (above != NULL)
			complete(d, t, above);
		table_clear(above);
	}
}

static struct con *
find_con(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->cons.n; i++)
		if (strcmp(((struct con *)t->cons.v[i])->name, name) == 0)
			return t->cons.v[i];
	return NULL;
}

static void
forget_con(struct table *t, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *k = t->cons.v[i];

		if (strcmp(k->name, name) != 0)
			t->cons.v[n++] = k;
		else
			vec_clear(&k->cols);
	}
	t->cons.n = n;
}

static const struct con *
copy_con(struct arena *mem, struct table *t, const struct con *from)
{
	struct con *k = arena_alloc(mem, sizeof(*k));

	*k = *from;
	k->cols = (struct vec)VEC_INIT;
	for (size_t i = 0; i < from->cols.n; i++)
		vec_push(&k->cols, from->cols.v[i]);
	k->above = true;
	vec_push(&t->cons, k);
	return k;
}

static bool
is_inherited(const struct con *k)
{
	return k->kind == CON_CHECK && !json_bool(k->node, "is_no_inherit");
}

struct table *
alter_whole(struct diff *d, struct change *c, bool old, int depth)
{
	struct table *t = structure(d, c, old, depth);
	WM_VEC up = VEC_INIT;

	if (t == NULL)
		return NULL;
	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		struct table *above = alter_whole(d, ((struct parent *)
		    up.v[i])->table, old, depth + 1);

		if (above == NULL)
			t->unknown = "columns of a table that is not there";
		else if (above->unknown != NULL)
			t->unknown = above->unknown;
		for (size_t k = 0; above && k < above->cons.n; k++) {
			const struct con *x = above->cons.v[k];

			if (is_inherited(x) && find_con(t, x->name) == NULL)
				(void)copy_con(d->mem, t, x);
		}
		table_clear(above);
	}
	return t;
}

/* What it has through a table, where the other side's text says it itself. */
static void
take_over(struct alter *a, struct table *t, const struct table *other,
    const struct table *above)
{
	for (size_t i = 0; above != NULL && i < above->columns.n; i++) {
		const struct column *k = above->columns.v[i];

		if (table_column(t, k->name) == NULL &&
		    table_column(other, k->name) != NULL)
			(void)copy_column(a->d->mem, t, k);
	}
	for (size_t i = 0; above != NULL && i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];

		if (is_inherited(k) && find_con(t, k->name) == NULL &&
		    find_con(other, k->name) != NULL)
			(void)copy_con(a->d->mem, t, k);
	}
}

/* --- what reaches a table from above --- */

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
	if (!same_text(was->statistics, is->statistics))
		x->statistics = is->statistics;
}

/* A column that the table above loses, or calls otherwise. */
static void
reach_gone(struct alter *a, const struct parent *up, const char *name,
    const struct table *is)
{
	const char *to = renamed_to(a->d, up->table, name);

	if (table_column(a->old, name) == NULL)
		return;
	if (to != NULL && table_column(is, to) != NULL) {
		follow_rename(a, arena_strdup(a->d->mem, name), to);
		return;
	}
	/* of its own, it stays */
	if (up->bound == NULL && !table_column(a->old, name)->above)
		return;
	alter_touch(a, name, true);
	table_forget(a->old, name);
	alter_unnamed(a, name);
	a->c->shape = true;
}

/* Whether a table has a check by that name that says the same. */
static bool
has_same(const struct table *t, const struct con *k)
{
	const struct con *o = find_con(t, k->name);

	return o != NULL && con_equal(o, k);
}

static void
reach_constraints(struct alter *a, const struct parent *up,
    const struct table *to, const struct table *was, const struct table *is)
{
	for (size_t i = 0; i < was->cons.n; i++) {
		const struct con *k = was->cons.v[i];
		const struct con *own = find_con(a->old, k->name);

		if (is_inherited(k) && !has_same(is, k) && own != NULL &&
		    (up->bound != NULL || own->above))
			forget_con(a->old, k->name);
	}
	if (up->bound == NULL)
		return;
	for (size_t i = 0; i < is->cons.n; i++) {
		const struct con *k = is->cons.v[i];

		if (is_inherited(k) && !has_same(was, k) &&
		    find_con(a->old, k->name) == NULL &&
		    find_con(to, k->name) != NULL)
			(void)copy_con(a->d->mem, a->old, k);
	}
}

/* A key of its own that a partition no longer says: it has that from above. */
static void
keys_from_above(struct alter *a, const struct table *to,
    const struct table *is)
{
	for (size_t i = a->old->cons.n; i-- > 0;) {
		const struct con *k = a->old->cons.v[i];
		bool said = false, above = false;

		if (k->kind != CON_PRIMARY && k->kind != CON_UNIQUE)
			continue;
		for (size_t n = 0; n < to->cons.n; n++)
			said = said || con_equal(to->cons.v[n], k);
		for (size_t n = 0; n < is->cons.n; n++)
			above = above || con_equal(is->cons.v[n], k);
		if (!said && above)
			forget_con(a->old, k->name);
	}
}

/* A table that stays above: its alteration comes first, and reaches here. */
static void
reach(struct alter *a, const struct parent *up, struct table *to)
{
	struct table *was = structure(a->d, up->table, true, 0);
	struct table *is = structure(a->d, up->table, false, 0);

	if (was != NULL && is != NULL) {
		vec_push(&a->c->above, up->table);
		take_over(a, a->old, to, was);
		take_over(a, to, a->old, is);
		for (size_t i = 0; i < is->columns.n; i++) {
			const struct column *k = is->columns.v[i];
			const struct column *o = table_column(was, k->name);

			if (o != NULL)
				reach_column(a, table_column(a->old, k->name),
				    o, k);
			else if (table_column(a->old, k->name) == NULL &&
			    table_column(to, k->name))
				(void)copy_column(a->d->mem, a->old, k);
		}
		for (size_t i = 0; i < was->columns.n; i++) {
			const char *name = ((struct column *)was->columns.v[i])
			    ->name;

			if (table_column(is, name) == NULL)
				reach_gone(a, up, name, is);
		}
		reach_constraints(a, up, to, was, is);
		if (up->bound != NULL)
			keys_from_above(a, to, is);
	}
	table_clear(was);
	table_clear(is);
}

/* --- tables that are left --- */

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
			(void)copy_column(a->d->mem, a->old, k);
	}
	for (size_t i = 0; i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];
		bool foreign = partition && k->kind == CON_FOREIGN &&
		    (a->d->db == NULL || find_con(to, k->name) != NULL);

		if ((!is_inherited(k) && !foreign) || find_con(a->old,
		    k->name) != NULL)
			continue;
		k = copy_con(a->d->mem, a->old, k);
		if (foreign)
			alter_made(a, k);
	}
}

static bool
has_key(const struct table *t, const struct fact *f)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];
		bool same = (char)k->kind == f->kind && k->cols.n ==
		    f->cols.n;

		for (size_t x = 0; same && x < k->cols.n; x++)
			same = strcmp(k->cols.v[x], f->cols.v[x]) == 0;
		if (same)
			return true;
	}
	return false;
}

/* Whether the record has an index of that name. */
static bool
is_recorded(struct diff *d, const char *schema, const char *name)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (c->old == NULL || strcmp(c->old->kind->name, "index") != 0)
			continue;
		id = change_ident(d, c, true);
		if (id != NULL && strcmp(id->name, name) == 0 &&
		    strcmp(id->schema, schema) == 0)
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

		if (find_con(a->old, f->name) == NULL && !has_key(to, f))
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

		if (!is_recorded(a->d, id.schema, id.name))
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

		if (find_con(a->old, name) != NULL)
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

/* A table that is left: before anything else, so that it may go or change. */
static bool
leave(struct alter *a, const struct parent *up, const struct table *to)
{
	struct table *was = structure(a->d, up->table, true, 0);
	const char *fq = ident_text(a->d->mem, &up->id);
	struct ident later = up->id;

	if (was != NULL)
		keep_all(a, was, to, up->bound != NULL);
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

/* --- what is to come from above alone --- */

const char *
alter_holder(struct alter *a)
{
	struct ident id = { .cls = ID_RELATION, .schema = a->old->id.schema,
		.name = arena_printf(a->d->mem, "wm holds %zu", a->c->index) };

	return ident_text(a->d->mem, &id);
}

static const char *
own_reason(struct alter *a, const char *what, const char *name,
    const struct parent *up)
{
	return arena_printf(a->d->mem, "%s \"%s\" is its own, and is to be "
	    "there through \"%s.%s\" alone", what, name, up->id.schema,
	    up->id.name);
}

static bool
lists(const struct table *t, const char *col)
{
	const struct column *k = table_column(t, col);

	return k != NULL && !k->above;
}

/* Whether a table that stays above gives it that column. */
static bool
stays_above(struct alter *a, const struct vec *stay, const char *col)
{
	for (size_t i = 0; i < stay->n; i++) {
		struct table *t = structure(a->d, ((const struct parent *)
		    stay->v[i])->table, true, 0);
		bool has = t != NULL && table_column(t, col) != NULL;

		table_clear(t);
		if (has)
			return true;
	}
	return false;
}

/*
 * Columns of a table that comes above, which the text does not list: those that
 * are the table's own by now would stay its own, those that it has not come
 * with what holds its place (storage.c).
 *
 * old   what it has by its own text, and what it keeps of what it leaves
 */
static void
settle_columns(struct alter *a, const struct table *to,
    const struct table *above, const struct parent *up, const struct vec *stay)
{
	for (size_t i = 0; i < above->columns.n; i++) {
		const struct column *k = above->columns.v[i];
		struct column *gained;

		if (lists(to, k->name) || stays_above(a, stay, k->name))
			continue;
		if (table_column(a->old, k->name) != NULL)
			a->from_above = own_reason(a, "column", k->name, up);
		else if (!vec_has(&a->gained, k)) {
			gained = arena_alloc(a->d->mem, sizeof(*gained));
			*gained = *k;
			gained->identity = 0;
			gained->serial = false;
			vec_push(&a->gained, gained);
		}
	}
}

static bool
is_named_con(const struct vec *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(((const struct con *)list->v[i])->name, name) == 0)
			return true;
	return false;
}

/* The same of checks. */
static void
settle_checks(struct alter *a, const struct table *to,
    const struct parent *up)
{
	struct table *above = alter_whole(a->d, up->table, false, 0);

	for (size_t i = 0; above != NULL && i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];

		if (!is_inherited(k) || find_con(to, k->name) != NULL)
			continue;
		if (find_con(a->old, k->name) != NULL)
			a->from_above = own_reason(a, "check", k->name, up);
		else if (!is_named_con(&a->gained_cons, k->name))
			vec_push(&a->gained_cons, k);
	}
	table_clear(above);
}

/*
 * Checks that its own text has said, and that the table above is to have first:
 * they go, and come back from there.
 */
static void
hand_up(struct alter *a, const struct table *was, const struct table *is,
    const struct table *to)
{
	for (size_t i = 0; i < is->cons.n; i++) {
		const struct con *k = is->cons.v[i];

		if (!is_inherited(k) || find_con(was, k->name) != NULL ||
		    find_con(a->old, k->name) == NULL || find_con(to, k->name)
		    != NULL)
			continue;
		vec_push(&a->c->early, arena_printf(a->d->mem, "alter table %s "
		    "drop constraint %s", a->was_fq, sql_quoted(a->d->mem,
		    k->name)));
		forget_con(a->old, k->name);
	}
}

/* What its text no longer says, and a table that stays above it has. */
static void
settle_stay(struct alter *a, const struct table *to, const struct table *above,
    const struct parent *up)
{
	for (size_t i = 0; i < above->columns.n; i++) {
		const char *name = ((struct column *)above->columns.v[i])
		    ->name;

		if (lists(a->old, name) && !lists(to, name))
			a->from_above = own_reason(a, "column", name, up);
	}
	for (size_t i = 0; i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];
		const struct con *own = find_con(a->old, k->name);

		if (is_inherited(k) && own != NULL && !own->above &&
		    find_con(to, k->name) == NULL)
			a->from_above = own_reason(a, "check", k->name, up);
	}
}

/*
 * SQL that makes columns and checks the table's own, which it has from above:
 * it is without its parents for a moment, while what is like it, but for these,
 * holds the place of the rest.
 *
 * fq      the table, when this runs
 * which   of const char *: "column x", "constraint y"
 * stay    of struct parent *: those above it
 * out     of const char *; appended
 */
static void
make_own(struct alter *a, const char *fq, const struct vec *which,
    const struct vec *stay, struct vec *out)
{
	const char *holder = alter_holder(a);
	struct arena *mem = a->d->mem;

	vec_push(out, arena_printf(mem, "create table %s (like %s including "
	    "constraints including generated)", holder, fq));
	/* a check goes before the columns that it reads */
	for (size_t i = which->n; i-- > 0;)
		vec_push(out, arena_printf(mem, "alter table %s drop %s",
		    holder, (const char *)which->v[i]));
	vec_push(out, arena_printf(mem, "alter table %s inherit %s", fq,
	    holder));
	for (size_t i = 0; i < 2 * stay->n; i++) {
		const struct parent *up = stay->v[i % stay->n];

		vec_push(out, arena_printf(mem, "alter table %s %sinherit %s",
		    fq, i < stay->n ? "no " : "", ident_text(mem, &up->id)));
	}
	vec_push(out, arena_printf(mem, "alter table %s no inherit %s", fq,
	    holder));
	vec_push(out, arena_printf(mem, "drop table %s", holder));
}

/* What its text says by now, and it has had from above: before that may go. */
static void
settle_own(struct alter *a, const struct table *to, const struct vec *stay)
{
	WM_VEC which = VEC_INIT;

	for (size_t i = 0; i < to->columns.n; i++) {
		const struct column *k = to->columns.v[i];
		struct column *was = table_column(a->old, k->name);

		if (k->above || was == NULL || !was->above)
			continue;
		was->above = false;
		vec_push(&which, arena_printf(a->d->mem, "column %s",
		    sql_quoted(a->d->mem, k->name)));
	}
	for (size_t i = 0; i < to->cons.n; i++) {
		const struct con *k = to->cons.v[i];
		struct con *was = find_con(a->old, k->name);

		if (k->above || was == NULL || !was->above)
			continue;
		was->above = false;
		vec_push(&which, arena_printf(a->d->mem, "constraint %s",
		    sql_quoted(a->d->mem, k->name)));
	}
	if (which.n > 0)
		make_own(a, a->was_fq, &which, stay, &a->c->early);
}

/* The same of columns that the tables above get in this change. */
static void
settle_new(struct alter *a, const struct table *to, const struct vec *stay)
{
	WM_VEC which = VEC_INIT;

	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];
		const struct column *is = table_column(to, k->name);

		if (!k->above || is == NULL || is->above)
			continue;
		k->above = false;
		vec_push(&which, arena_printf(a->d->mem, "column %s",
		    sql_quoted(a->d->mem, k->name)));
	}
	if (which.n > 0)
		make_own(a, ident_text(a->d->mem, &to->id), &which, stay,
		    &a->own);
}

/* The same table on the other side, whatever it is called there; or NULL. */
static const struct parent *
find_parent(const struct vec *list, const struct parent *up)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct parent *k = list->v[i];

		if (k->table != NULL && up->table != NULL ? k->table ==
		    up->table : strcmp(k->id.name, up->id.name) == 0 &&
		    strcmp(k->id.schema, up->id.schema) == 0)
			return k;
	}
	return NULL;
}

/*
 * Whether a table stays below another all the time. A partition may get other
 * bounds: it leaves behind all that reaches it, and comes back (bounds.c).
 */
static bool
stays(const struct parent *was, const struct parent *is)
{
	return is != NULL && (was->bound != NULL) == (is->bound != NULL);
}

/* Whether a column that two tables give is another one in the end. */
static bool
changes_in(struct diff *d, const struct parent *up, const char *col)
{
	struct table *was = structure(d, up->table, true, 0);
	struct table *is = structure(d, up->table, false, 0);
	const struct column *x = was == NULL ? NULL : table_column(was, col);
	const struct column *y = is == NULL ? NULL : table_column(is, col);
	bool changes = x != NULL && (y == NULL || !type_equal(x->type,
	    y->type));

	table_clear(was);
	table_clear(is);
	return changes;
}

/*
 * Whether a column changes that it has from two tables: the server alters that
 * in neither of them while both are above it.
 */
static bool
is_torn(struct diff *d, const struct vec *was)
{
	bool torn = false;

	for (size_t i = 0; was->n > 1 && i < was->n; i++) {
		struct table *t = structure(d, ((struct parent *)was->v[i])
		    ->table, true, 0);

		for (size_t k = 0; t != NULL && k < t->columns.n; k++) {
			const char *col = ((struct column *)t->columns.v[k])
			    ->name;

			for (size_t o = 0; o < was->n; o++) {
				struct table *u = o == i ? NULL : structure(d,
				    ((struct parent *)was->v[o])->table, true,
				    0);

				torn = torn || (u != NULL && table_column(u,
				    col) != NULL && changes_in(d, was->v[i],
				    col));
				table_clear(u);
			}
		}
		table_clear(t);
	}
	return torn;
}

/*
 * Tables above that are in another order: all are left, and come again, when
 * nothing else is left to do.
 */
static void
settle_order(struct alter *a, const struct table *to, const struct vec *was,
    const struct vec *is)
{
	WM_VEC none = VEC_INIT;
	size_t at = 0;
	bool staying = true, differs = false;

	/* what stays comes first, as it was; then what is new */
	for (size_t i = 0; i < is->n; i++) {
		const struct parent *up = is->v[i];
		size_t k = 0;

		while (k < was->n && find_parent(was, up) != was->v[k])
			k++;
		differs = differs || (k < was->n && (!staying || k < at));
		staying = k < was->n;
		at = staying ? k : at;
	}
	if (differs)
		make_own(a, ident_text(a->d->mem, &to->id), &none, is,
		    &a->own);
}

/* Tables that it inherits from all the time; struct parent *, appended. */
static void
find_stay(struct alter *a, const struct vec *was, const struct vec *is,
    struct table *to, struct vec *out)
{
	for (size_t i = 0; i < was->n; i++) {
		const struct parent *old = was->v[i];
		const struct parent *up = find_parent(is, old);
		struct table *above, *then;

		if (old->bound != NULL || !stays(old, up))
			continue;
		vec_push(out, up);
		above = alter_whole(a->d, up->table, true, 0);
		then = alter_whole(a->d, up->table, false, 0);
		if (above != NULL && then != NULL) {
			hand_up(a, above, then, to);
			take_over(a, a->old, to, above);
			settle_stay(a, to, then, up);
		}
		table_clear(above);
		table_clear(then);
	}
	if (out->n > 0)
		settle_own(a, to, out);
}

bool
alter_parents(struct alter *a, struct table *to)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;
	WM_VEC stay = VEC_INIT;
	bool torn;

	/* versions in between have others above them */
	if (a->c->born || a->c->hops.n > 1)
		return true;
	a->release = a->c->hops.n > 0 ?
	    ((struct hop *)a->c->hops.v[0])->release : 0;
	parents_of(a->d, a->c, true, &was);
	parents_of(a->d, a->c, false, &is);
	torn = is_torn(a->d, &was);
	if (!torn)
		find_stay(a, &was, &is, to, &stay);
	for (size_t i = 0; i < was.n; i++) {
		const struct parent *up = was.v[i];
		const struct parent *now = find_parent(&is, up);

		if (torn || !stays(up, now)) {
			if (!leave(a, up, to))
				return false;
			continue;
		}
		if (up->table != NULL && up->table->old != NULL &&
		    up->table->new != NULL)
			reach(a, up, to);
		a->moves = a->moves || !sql_equal(up->bound, now->bound);
		if (up->object == now->object || a->moves)
			continue;
		/* said in another way */
		a->settled = true;
		if (up->object != NULL)
			up->object->settled = true;
		if (now->object != NULL)
			now->object->settled = true;
	}
	if (stay.n > 0)
		settle_new(a, to, &stay);
	/* what it comes under gives it columns that its own text leaves out */
	for (size_t i = 0; i < is.n; i++) {
		const struct parent *up = is.v[i];
		struct table *above;

		if (!torn && find_parent(&was, up) != NULL &&
		    stays(find_parent(&was, up), up))
			continue;
		above = structure(a->d, up->table, false, 0);
		if (above != NULL && up->bound == NULL) {
			settle_columns(a, to, above, up, &stay);
			settle_checks(a, to, up);
		}
		take_over(a, to, a->old, above);
		table_clear(above);
	}
	if (!torn)
		settle_order(a, to, &was, &is);
	return true;
}
