/* A table's structure: what is in it, and what is equal. */
#include "table_impl.h"

struct column *
table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		struct column *c = t->columns.v[i];

		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

struct con *
table_con(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *c = t->cons.v[i];

		if (wm_is(c->name, name))
			return c;
	}
	return NULL;
}

void
table_clear(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->cons.n; i++)
		vec_clear(&((struct con *)t->cons.v[i])->cols);
	vec_clear(&t->columns);
	vec_clear(&t->cons);
	vec_clear(&t->joined);
	vec_clear(&t->rest);
}

void
table_forget(struct table *t, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < t->columns.n; i++) {
		struct column *k = t->columns.v[i];

		if (strcmp(k->name, name) != 0)
			t->columns.v[n++] = k;
	}
	t->columns.n = n;
	n = 0;
	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *k = t->cons.v[i];
		bool has = false;

		for (size_t x = 0; x < k->cols.n; x++)
			has = has || strcmp(k->cols.v[x], name) == 0;
		if (!has)
			t->cons.v[n++] = k;
		else
			vec_clear(&k->cols);
	}
	t->cons.n = n;
}

void
table_primary(struct table *t)
{
	for (size_t c = 0; c < t->cons.n; c++) {
		const struct con *con = t->cons.v[c];

		for (size_t x = 0; con->kind == CON_PRIMARY && x < con->cols.n;
		    x++)
			if (table_column(t, con->cols.v[x]) != NULL)
				table_column(t, con->cols.v[x])->not_null =
				    true;
	}
}

static void
push_name(struct vec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return;
	vec_push(v, s);
}

bool
tree_calls(const struct json *tree)
{
	if (tree == NULL)
		return false;
	if (tree->key != NULL && strcmp(tree->key, "FuncCall") == 0)
		return true;
	for (const struct json *k = tree->first; k != NULL; k = k->next)
		if (tree_calls(k))
			return true;
	return false;
}

void
tree_columns(const struct json *tree, struct vec *out)
{
	if (tree == NULL)
		return;
	if (tree->key != NULL && strcmp(tree->key, "ColumnRef") == 0) {
		const struct json *f = json_get(tree, "fields");
		const char *s = f && f->last ? sql_string(f->last) : NULL;

		if (s != NULL)
			push_name(out, s);
	}
	for (const struct json *k = tree->first; k != NULL; k = k->next)
		tree_columns(k, out);
}

bool
tree_rename_name(const struct json *string, const char *from, const char *to)
{
	const struct json *s = json_get(string, "String") ?
	    json_get2(string, "String", "sval") : NULL;
	struct json *w = (struct json *)(uintptr_t)s;

	if (s == NULL || strcmp(s->str, from) != 0)
		return false;
	/* the tree is ours, in an arena */
	w->str = to;
	w->len = strlen(to);
	return true;
}

void
tree_rename(const struct json *tree, const char *from, const char *to)
{
	if (tree == NULL)
		return;
	if (tree->key != NULL && strcmp(tree->key, "ColumnRef") == 0) {
		const struct json *f = json_get(tree, "fields");

		if (f != NULL && f->last != NULL)
			(void)tree_rename_name(f->last, from, to);
	}
	for (const struct json *k = tree->first; k != NULL; k = k->next)
		tree_rename(k, from, to);
}

long
type_modifier(const struct json *type, int which, long none)
{
	const struct json *m = json_get(type, "typmods");
	const struct json *j = m ? m->first : NULL;

	while (j != NULL && which-- > 0)
		j = j->next;
	return j == NULL ? none : json_int(json_get2(j, "A_Const", "ival"),
	    "ival", 0);
}

bool
type_names_equal(const struct json *a, const struct json *b)
{
	const struct json *m = json_get(a, "arrayBounds");
	const struct json *n = json_get(b, "arrayBounds");

	/* how many dimensions, and how large: the server forgets it */
	return sql_names_equal(json_get(a, "names"), json_get(b, "names")) &&
	    (m != NULL) == (n != NULL) &&
	    json_bool(a, "pct_type") == json_bool(b, "pct_type");
}

bool
type_equal(const struct json *a, const struct json *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return type_names_equal(a, b) && sql_equal(json_get(a, "typmods"),
	    json_get(b, "typmods"));
}

static bool
same_member(const struct con *a, const struct con *b, const char *key)
{
	return sql_equal(json_get(a->node, key), json_get(b->node, key));
}

/* Whether two RangeVars mean one table. */
static bool
same_table(const struct json *a, const struct json *b)
{
	const char *s = json_str(a, "schemaname"), *t = json_str(b,
	    "schemaname");
	const char *n = json_str(a, "relname"), *m = json_str(b, "relname");

	return strcmp(s ? s : IDENT_SCHEMA, t ? t : IDENT_SCHEMA) == 0 &&
	    strcmp(n ? n : "", m ? m : "") == 0;
}

bool
con_equal(const struct con *a, const struct con *b)
{
	static const char *const members[] = { "pk_attrs",
		"fk_matchtype", "fk_upd_action", "fk_del_action",
		"fk_del_set_cols", "raw_expr", "is_no_inherit",
		"nulls_not_distinct", "including", "options", "indexname",
		"exclusions", "access_method", "where_clause" };

	if (a->kind != b->kind || a->deferrable != b->deferrable ||
	    a->deferred != b->deferred)
		return false;
	if (a->kind != CON_CHECK && !vec_same_strings(&a->cols, &b->cols))
		return false;
	for (size_t i = 0; i < WM_LEN(members); i++)
		if (!same_member(a, b, members[i]))
			return false;
	return same_table(json_get(a->node, "pktable"),
	    json_get(b->node, "pktable"));
}
