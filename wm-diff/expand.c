#include "alter_impl.h"

static struct change *
range_maker(struct diff *d, const struct json *rv, bool old)
{
	return change_find(d, NULL, ID_RELATION, json_str(rv,
	    "schemaname"), json_str(rv, "relname"), old);
}

static void
copy_constraints(struct diff *d, struct table *t, const struct table *from,
    long opts)
{
	for (size_t i = 0; i < from->cons.n; i++) {
		const struct con *is = from->cons.v[i];
		struct con *k;

		if (!table_like_con(is, opts))
			continue;
		k = arena_alloc(d->mem, sizeof(*k));
		*k = *is;
		k->cols = (struct vec)VEC_INIT;
		for (size_t x = 0; x < is->cols.n; x++)
			vec_push(&k->cols, is->cols.v[x]);
		/* checks keep their names, indexes get new ones */
		k->named = is->kind == CON_CHECK;
		if (!k->named)
			k->name = NULL;
		vec_push(&t->cons, k);
	}
}

/* Columns of the table that a LIKE names, at its place among the others. */
static bool
expand_like(struct diff *d, struct table *t, const struct json *like,
    size_t *at, bool old, int depth)
{
	const struct json *rv = json_get2(like, "relation", "RangeVar");
	struct change *c = range_maker(d, rv ? rv : json_get(like,
	    "relation"), old);
	struct table *from = alter_whole(d, c, old, depth + 1);
	long opts = json_int(like, "options", 0);
	bool ok = from != NULL && from->unknown == NULL;

	for (size_t i = 0; ok && i < from->columns.n; i++) {
		const struct column *is = from->columns.v[i];
		struct column *k = table_like_column(d->mem, is, opts);

		/* the default of that would name the other's sequence */
		ok = !is->serial || (opts & LIKE_DEFAULTS) == 0;
		if (!ok)
			break;
		vec_push(&t->columns, k);
		memmove(t->columns.v + *at + 1, t->columns.v + *at,
		    (t->columns.n - *at - 1) * sizeof(*t->columns.v));
		t->columns.v[(*at)++] = k;
	}
	if (ok)
		copy_constraints(d, t, from, opts);
	table_clear(from);
	return ok;
}

static bool
expand_likes(struct diff *d, struct table *t, bool old, int depth)
{
	const struct json *elts = json_get(t->node, "tableElts");
	size_t at = 0;

	for (const struct json *j = elts ? elts->first : NULL; j; j = j->next) {
		const struct json *like = json_get(j, "TableLikeClause");

		at += json_get(j, "ColumnDef") != NULL;
		if (like != NULL && !expand_like(d, t, like, &at, old, depth))
			return false;
	}
	return true;
}

/* The attributes of a composite type, read as the elements of a table. */
static struct table *
read_type(struct diff *d, struct change *c, bool old)
{
	const char *text = old ? c->old->create : c->new->create;
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (open == NULL || close == NULL || close < open)
		return NULL;
	return table_read(d->mem, arena_printf(d->mem, "create table t %.*s",
	    (int)(close + 1 - open), open));
}

/* Columns of the type; what the table's text says of some of them stays. */
static bool
expand_type(struct diff *d, struct table *t, bool old)
{
	const struct json *names = json_get2(t->node, "ofTypename", "names");
	const char *name = names && names->last ? sql_string(names->last) :
	    NULL;
	const char *schema = names && names->first != names->last ?
	    sql_string(names->first) : NULL;
	struct change *c = change_find(d, NULL, ID_TYPE, schema, name, old);
	struct table *from = c == NULL ? NULL : read_type(d, c, old);
	WM_VEC said = VEC_INIT;

	if (from == NULL)
		return false;
	for (size_t i = 0; i < t->columns.n; i++)
		vec_push(&said, t->columns.v[i]);
	t->columns.n = 0;
	for (size_t i = 0; i < from->columns.n; i++) {
		struct column *is = from->columns.v[i];

		for (size_t k = 0; k < said.n; k++) {
			struct column *o = said.v[k];

			if (strcmp(o->name, is->name) != 0)
				continue;
			o->type = is->type;
			o->type_text = is->type_text;
			o->collation = is->collation;
			o->collation_text = is->collation_text;
			is = o;
			break;
		}
		vec_push(&t->columns, is);
	}
	table_clear(from);
	return true;
}

void
alter_expand(struct diff *d, struct table *t, bool old, int depth)
{
	bool like = t->unknown != NULL && strcmp(t->unknown,
	    "TableLikeClause") == 0;
	bool typed = json_get(t->node, "ofTypename") != NULL;

	if (!like && !typed)
		return;
	if (depth > ALTER_DEPTH || (typed ? !expand_type(d, t, old) :
	    !expand_likes(d, t, old, depth)))
		return;
	t->unknown = NULL;
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		for (size_t x = 0; k->kind == CON_PRIMARY && x < k->cols.n;
		    x++)
			if (table_column(t, k->cols.v[x]) != NULL)
				table_column(t, k->cols.v[x])->not_null = true;
	}
	table_names(d->mem, t);
}

/* The object of the source whose type a table is of; NULL: of none. */
static struct change *
type_of(struct diff *d, const struct json *node)
{
	const struct json *names = json_get2(node, "ofTypename", "names");
	const char *schema = names && names->first != names->last ?
	    sql_string(names->first) : NULL;

	return names && names->last ? change_find(d, NULL, ID_TYPE, schema,
	    sql_string(names->last), false) : NULL;
}

bool
alter_type_changes(struct diff *d, struct change *c)
{
	const struct change *type;
	struct parsed *p;

	if (c->new == NULL || strcasestr(c->new->create, "of") == NULL ||
	    !change_parse(d, c, false, &p) || p->n == 0)
		return false;
	type = type_of(d, p->stmts[0].node);
	return type != NULL && type->old != NULL && type->old->built &&
	    type->record && strcmp(type->old->create, type->new->create) != 0;
}

/* Whether a table is like one that changes. */
static bool
is_like(struct diff *d, struct change *c)
{
	struct parsed *p;
	const struct json *elts;

	if (strcasestr(c->new->create, "like") == NULL ||
	    !change_parse(d, c, false, &p) || p->n == 0)
		return false;
	elts = json_get(p->stmts[0].node, "tableElts");
	for (const struct json *j = elts ? elts->first : NULL; j; j = j->next) {
		const struct json *like = json_get(j, "TableLikeClause");
		const struct json *rv = json_get2(like, "relation",
		    "RangeVar");
		const struct change *from = like == NULL ? NULL :
		    range_maker(d, rv ? rv : json_get(like, "relation"),
		    false);

		if (from != NULL && from != c && from->old != NULL &&
		    (from->record || from->follows))
			return true;
	}
	return false;
}

void
alter_follow(struct diff *d)
{
	bool more = true;

	alter_parents_find(d);
	/* one that is like another one that is below a third */
	while (more) {
		more = false;
		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];

			if (c->new == NULL || c->old == NULL || c->kept ||
			    !c->old->built || c->follows ||
			    strcmp(c->new->kind->name, "table") != 0 ||
			    (!is_like(d, c) && !alter_is_below(d, c) &&
			    !alter_type_changes(d, c)))
				continue;
			c->follows = more = true;
		}
	}
}
