#include "alter_impl.h"

/* Names of columns that stand as such in a constraint's tree. */
static void
rename_in_node(struct alter *a, const struct json *node, const char *from,
    const char *to)
{
	static const char *const lists[] = { "including", "fk_del_set_cols",
		"pk_attrs" };
	const struct json *rv = json_get(node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");
	const struct json *x = json_get(node, "exclusions");
	bool self = name != NULL && strcmp(name, a->old->id.name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, a->old->id.schema) == 0;

	for (size_t i = 0; i < WM_LEN(lists); i++) {
		const struct json *l = json_get(node, lists[i]);

		if (strcmp(lists[i], "pk_attrs") == 0 && !self)
			continue;
		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next)
			(void)tree_rename_name(j, from, to);
	}
	tree_rename(json_get(node, "where_clause"), from, to);
	for (const struct json *j = x ? x->first : NULL; j; j = j->next) {
		const struct json *l = json_get2(j, "List", "items");
		const struct json *e = json_get(l ? l->first : NULL,
		    "IndexElem");
		struct json *s = (struct json *)(uintptr_t)json_get(e, "name");

		tree_rename(json_get(e, "expr"), from, to);
		if (s != NULL && strcmp(s->str, from) == 0) {
			s->str = to;
			s->len = strlen(to);
		}
	}
}

void
follow_rename(struct alter *a, const char *from, const char *to)
{
	alter_named(a, from, to);
	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = a->old->columns.v[i];

		if (strcmp(k->name, from) == 0)
			k->name = to;
		tree_rename(k->generated, from, to);
	}
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];

		for (size_t x = 0; x < k->cols.n; x++)
			if (strcmp(k->cols.v[x], from) == 0)
				k->cols.v[x] = (void *)(uintptr_t)to;
		tree_rename(json_get(k->node, "raw_expr"), from, to);
		rename_in_node(a, k->node, from, to);
	}
	for (size_t i = 0; i < a->owned.n; i++) {
		struct owned *o = a->owned.v[i];

		if (!o->gone && strcmp(o->col, from) == 0)
			o->col = to;
	}
	for (size_t i = 0; i < a->facts.n; i++) {
		struct fact *f = a->facts.v[i];

		for (size_t x = 0; x < f->cols.n; x++)
			if (strcmp(f->cols.v[x], from) == 0)
				f->cols.v[x] = (void *)(uintptr_t)to;
	}
}

void
follow_sql(struct alter *a, const char *sql)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *what;
	const struct json *rel;
	const char *schema, *name;
	WM_VEC cons = VEC_INIT;
	WM_VEC facts = VEC_INIT;
	WM_VEC cols = VEC_INIT;

	if (!sql_parse(a->d->mem, sql, &st, &n, &err) || n != 1)
		return;
	rel = json_get(st->node, "relation");
	schema = json_str(rel, "schemaname");
	name = json_str(rel, "relname");
	if (name == NULL || strcmp(name, a->old->id.name) != 0 ||
	    strcmp(schema ? schema : IDENT_SCHEMA, a->old->id.schema) != 0)
		return;
	what = json_str(st->node, "renameType");
	if (what != NULL) {
		const char *from = json_str(st->node, "subname");
		const char *to = json_str(st->node, "newname");

		if (from == NULL || to == NULL)
			return;
		if (strcmp(what, "OBJECT_COLUMN") == 0)
			follow_rename(a, from, to);
		for (size_t i = 0; i < a->facts.n && strcmp(what,
		    "OBJECT_TABCONSTRAINT") == 0; i++)
			if (strcmp(((struct fact *)a->facts.v[i])->name, from)
			    == 0)
				((struct fact *)a->facts.v[i])->name = to;
		for (size_t i = 0; i < a->old->cons.n && strcmp(what,
		    "OBJECT_TABCONSTRAINT") == 0; i++)
			if (strcmp(((struct con *)a->old->cons.v[i])->name,
			    from) == 0)
				((struct con *)a->old->cons.v[i])->name = to;
		return;
	}
	for (size_t i = 0; i < a->old->cons.n; i++) {
		vec_push(&cons, a->old->cons.v[i]);
		vec_push(&facts, alter_fact(a, a->old->cons.v[i]));
	}
	for (size_t i = 0; i < a->old->columns.n; i++) {
		struct column *k = arena_alloc(a->d->mem, sizeof(*k));

		*k = *(struct column *)a->old->columns.v[i];
		vec_push(&cols, k);
	}
	if (!table_alter(a->d->mem, a->old, sql, st))
		return;
	for (size_t i = 0; i < a->old->cons.n; i++) {
		struct con *k = a->old->cons.v[i];

		if (!vec_has(&cons, k))
			alter_made(a, k);
	}
	for (size_t i = 0; i < cons.n; i++) {
		struct fact *f = facts.v[i];

		if (f == NULL || vec_has(&a->old->cons, cons.v[i]))
			continue;
		f->gone = true;
		alter_touch_key(a, f);
	}
	for (size_t i = 0; i < cols.n; i++) {
		const struct column *was = cols.v[i];
		const struct column *is = table_column(a->old, was->name);

		if (is == NULL || !type_equal(is->type, was->type))
			alter_touch(a, was->name, is == NULL);
	}
	a->c->shape = a->c->shape || cols.n != a->old->columns.n;
}
