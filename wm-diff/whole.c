/*
 * Structures of tables with what they have through those above: columns and
 * checks that no text of their own lists are there all the same.
 */
#include "parents_impl.h"

/* Who has a serial column from above takes its numbers from there. */
static void
default_of_serial(struct arena *mem, struct column *k,
    const struct table *above)
{
	struct ident seq = { .cls = ID_RELATION, .schema = above->id.schema,
		.name = table_object_name(mem, above->id.name, k->name,
		    "seq") };
	const char *text = arena_printf(mem, "nextval(%s::regclass)",
	    sql_literal(mem, ident_text(mem, &seq)));
	const struct json *list;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_parse(mem, arena_printf(mem, "select %s", text), &st, &n,
	    &err) || n != 1)
		return;
	list = json_get(st->node, "targetList");
	k->dflt = json_get2(list->first, "ResTarget", "val");
	k->dflt_text = text;
	k->not_null = true;
}

struct column *
parents_copy_column(struct arena *mem, struct table *t,
    const struct column *from, const struct table *above)
{
	struct column *k = arena_alloc(mem, sizeof(*k));

	*k = *from;
	if (k->serial && k->dflt == NULL)
		default_of_serial(mem, k, above);
	/* that does not come from above, nor a sequence of one's own */
	k->identity = 0;
	k->statistics = NULL;
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

/*
 * Columns that a text lists, and that a table has from which it inherits: they
 * are one each (source: MergeAttributes in PostgreSQL's tablecmds.c).
 */
static void
merge_columns(struct table *t, const struct table *above)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		struct column *k = t->columns.v[i];
		const struct column *x = k->above ? NULL :
		    table_column(above, k->name);

		if (x == NULL)
			continue;
		k->not_null = k->not_null || x->not_null;
		if (k->storage == NULL)
			k->storage = x->storage;
		if (k->compression == NULL)
			k->compression = x->compression;
		if (k->dflt != NULL || k->generated != NULL || k->serial ||
		    k->identity != 0)
			continue;
		k->dflt = x->dflt;
		k->dflt_text = x->dflt_text;
		k->generated = x->generated;
		k->generated_text = x->generated_text;
	}
}

/* Whether CREATE TABLE puts one below the other. */
static bool
inherits(const struct table *t, const struct parent *up)
{
	return up->bound == NULL && up->object == NULL && !up->joined &&
	    json_get(t->node, "inhRelations") != NULL;
}

/*
 * A check that a text adds, and that the new table has had from above: it is
 * that one, which is checked (source: MergeWithExistingConstraint in
 * PostgreSQL's heap.c).
 */
static void
merge_checks(struct diff *d, struct table *t, const struct parent *up,
    bool old, int depth)
{
	struct table *above;
	bool any = false;

	for (size_t i = 0; i < t->cons.n; i++)
		any = any || ((struct con *)t->cons.v[i])->not_valid;
	if (!any || up->object != NULL || up->joined ||
	    json_get(t->node, "inhRelations") == NULL)
		return;
	above = alter_whole(d, up->table, old, depth + 1);
	for (size_t i = 0; above != NULL && i < t->cons.n; i++) {
		struct con *k = t->cons.v[i];
		const struct con *x = table_con(above, k->name);

		if (x != NULL && parents_is_inherited(x))
			table_validated(d->mem, k);
	}
	table_clear(above);
}

/* ALTER TABLE statements behind a text, of columns that it does not list. */
static void
complete_rest(struct diff *d, struct table *t, const struct table *above)
{
	WM_VEC rest = VEC_INIT;

	for (size_t i = 0; i < t->rest.n; i++)
		vec_push(&rest, t->rest.v[i]);
	t->rest.n = 0;
	for (size_t i = 0; i < rest.n; i++) {
		const struct sql_stmt *st = rest.v[i];
		const struct json *cmds = json_get(st->node, "cmds");

		for (const struct json *j = cmds ? cmds->first : NULL; j;
		    j = j->next) {
			const char *name = json_str(json_get(j,
			    "AlterTableCmd"), "name");
			const struct column *x = name == NULL ? NULL :
			    table_column(above, name);

			if (x != NULL && table_column(t, name) == NULL)
				(void)parents_copy_column(d->mem, t, x,
				    above);
		}
		table_follow(d->mem, t, st, &t->rest);
	}
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
				parents_copy_column(d->mem, t, x, above)
				    ->not_null = true;
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

struct table *
parents_structure(struct diff *d, struct change *c, bool old, int depth)
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
		struct table *above = parents_structure(d,
		    ((struct parent *)up.v[i])->table, old, depth + 1);

		if (above != NULL && inherits(t, up.v[i]))
			merge_columns(t, above);
		if (above != NULL)
			complete(d, t, above);
		merge_checks(d, t, up.v[i], old, depth);
		for (size_t k = 0; above && k < above->columns.n; k++) {
			const struct column *x = above->columns.v[k];

			/* who copies its default has to know */
			if (table_column(t, x->name) == NULL)
				parents_copy_column(d->mem, t, x, above)
				    ->serial = x->serial;
		}
		table_clear(above);
	}
	return t;
}

void
alter_complete(struct diff *d, struct change *c, struct table *t, bool old)
{
	WM_VEC up = VEC_INIT;

	if (!says_of_others(t) && json_get(t->node, "inhRelations") == NULL)
		return;
	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		struct table *above = parents_structure(d,
		    ((struct parent *)up.v[i])->table, old, 1);

		if (above != NULL && inherits(t, up.v[i]))
			merge_columns(t, above);
		if (above != NULL)
			complete(d, t, above);
		merge_checks(d, t, up.v[i], old, 0);
		table_clear(above);
	}
}

void
parents_forget_con(struct table *t, const char *name)
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

struct con *
parents_copy_con(struct arena *mem, struct table *t, const struct con *from)
{
	struct con *k = arena_alloc(mem, sizeof(*k));

	*k = *from;
	k->cols = (struct vec)VEC_INIT;
	for (size_t i = 0; i < from->cols.n; i++)
		vec_push(&k->cols, from->cols.v[i]);
	k->above = true;
	table_validated(mem, k);
	vec_push(&t->cons, k);
	return k;
}

bool
parents_is_inherited(const struct con *k)
{
	return k->kind == CON_CHECK && !json_bool(k->node, "is_no_inherit");
}

struct table *
alter_whole(struct diff *d, struct change *c, bool old, int depth)
{
	struct table *t = parents_structure(d, c, old, depth);
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

			if (parents_is_inherited(x) &&
			    table_con(t, x->name) == NULL)
				(void)parents_copy_con(d->mem, t, x);
		}
		table_clear(above);
	}
	return t;
}

void
parents_take_over(struct alter *a, struct table *t, const struct table *other,
    const struct table *above)
{
	for (size_t i = 0; above != NULL && i < above->columns.n; i++) {
		const struct column *k = above->columns.v[i];

		if (table_column(t, k->name) == NULL &&
		    table_column(other, k->name) != NULL)
			(void)parents_copy_column(a->d->mem, t, k,
			    above);
	}
	for (size_t i = 0; above != NULL && i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];

		if (parents_is_inherited(k) &&
		    table_con(t, k->name) == NULL &&
		    table_con(other, k->name) != NULL)
			(void)parents_copy_con(a->d->mem, t, k);
	}
}
