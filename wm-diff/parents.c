/*
 * What a table has through others: that it inherits from, or is a partition of.
 * What is its own, and what comes from above alone, ends as the source has it.
 */
#include "parents_impl.h"

#include "hops.h"

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
		const struct parent *p = stay->v[i];
		struct table *t = parents_structure(a->d, p->table, true, 0);
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

		if (!parents_is_inherited(k) ||
		    table_con(to, k->name) != NULL)
			continue;
		if (table_con(a->old, k->name) != NULL)
			a->from_above = own_reason(a, "check", k->name, up);
		else if (!is_named_con(&a->gained_cons, k->name)) {
			struct con *gained = arena_alloc(a->d->mem,
			    sizeof(*gained));

			*gained = *k;
			gained->cols = (struct vec)VEC_INIT;
			for (size_t c = 0; c < k->cols.n; c++)
				vec_push(&gained->cols, k->cols.v[c]);
			table_validated(a->d->mem, gained);
			vec_push(&a->gained_cons, gained);
		}
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

		if (!parents_is_inherited(k) ||
		    table_con(was, k->name) != NULL ||
		    table_con(a->old, k->name) == NULL ||
		    table_con(to, k->name) != NULL)
			continue;
		vec_push(&a->c->early, arena_printf(a->d->mem, "alter table %s "
		    "drop constraint %s", a->was_fq, sql_quoted(a->d->mem,
		    k->name)));
		parents_forget_con(a->old, k->name);
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
		const struct con *own = table_con(a->old, k->name);

		if (parents_is_inherited(k) && own != NULL && !own->above &&
		    table_con(to, k->name) == NULL)
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
	/* LIKE has it checked, which one that is not would not come below */
	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];

		if (k->not_valid && k->kind == CON_CHECK)
			vec_push(out, arena_printf(mem, "alter table %s drop "
			    "constraint if exists %s", holder, sql_quoted(mem,
			    k->name)));
	}
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
		struct con *was = table_con(a->old, k->name);

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

/*
 * Checks of a table that it becomes a partition of: it has to have them then,
 * whoever gave them to it, and has them from there alone afterwards.
 */
static void
come_under(struct alter *a, struct table *to, const struct parent *up)
{
	struct table *above = alter_whole(a->d, up->table, false, 0);

	for (size_t i = 0; above != NULL && i < above->cons.n; i++) {
		const struct con *k = above->cons.v[i];

		if (parents_is_inherited(k) &&
		    table_con(to, k->name) == NULL)
			(void)parents_copy_con(a->d->mem, to, k);
	}
	table_clear(above);
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
	struct table *was = parents_structure(d, up->table, true, 0);
	struct table *is = parents_structure(d, up->table, false, 0);
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
		const struct parent *p = was->v[i];
		struct table *t = parents_structure(d, p->table, true, 0);

		for (size_t k = 0; t != NULL && k < t->columns.n; k++) {
			const char *col = ((struct column *)t->columns.v[k])
			    ->name;

			for (size_t o = 0; o < was->n; o++) {
				const struct parent *q = was->v[o];
				struct table *u = o == i ? NULL :
				    parents_structure(d, q->table, true, 0);

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
			parents_take_over(a, a->old, to, above);
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
			if (!parents_leave(a, up, to))
				return false;
			continue;
		}
		if (up->table != NULL && up->table->old != NULL &&
		    up->table->new != NULL)
			parents_reach(a, up, to);
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
		above = parents_structure(a->d, up->table, false, 0);
		if (above != NULL && up->bound == NULL) {
			settle_columns(a, to, above, up, &stay);
			settle_checks(a, to, up);
		} else if (up->bound != NULL)
			come_under(a, to, up);
		parents_take_over(a, to, a->old, above);
		table_clear(above);
	}
	if (!torn)
		settle_order(a, to, &was, &is);
	return true;
}
