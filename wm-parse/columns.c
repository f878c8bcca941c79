#include "columns.h"

#include <stdlib.h>

#include "arena.h"
#include "ident.h"
#include "sql.h"

/* Queries in queries. */
#define MAX_DEPTH 100

struct columns {
	struct arena *mem;
	struct map by_name;	/* "schema.name" to struct relation * */
	struct map schemas;	/* that have any */
	struct vec all;
	struct vec others;	/* of struct object *: may alter tables */
	bool altered;		/* others have been read */
};

/* What a name in FROM, or of a WITH query, stands for. */
struct item {
	const char *name;	/* NULL: none, columns only */
	struct vec cols;	/* of struct relation_column * */
	bool known;
};

/* Names that a query sees; those of queries around it are behind. */
struct scope {
	struct columns *c;
	struct arena *tmp;	/* of the statement */
	struct vec items;	/* of struct item *, of FROM */
	struct vec withs;	/* of struct item * */
	const struct scope *outer;
	int depth;
};

static bool query_columns(const struct scope *outer, const struct json *select,
    struct vec *out);
static const struct relation *read_relation(struct columns *c,
    struct relation *r);

static struct relation_column *
column(struct columns *c, const char *name, const struct relation *native,
    const char *native_col)
{
	struct relation_column *col = arena_alloc(c->mem, sizeof(*col));

	col->name = arena_strdup(c->mem, name);
	col->native = native;
	col->native_col = arena_strdup(c->mem, native_col);
	return col;
}

static const struct relation_column *
find_column(const struct vec *cols, const char *name)
{
	for (size_t i = 0; i < cols->n; i++) {
		const struct relation_column *col = cols->v[i];

		if (strcmp(col->name, name) == 0)
			return col;
	}
	return NULL;
}

/* Give the first columns other names. */
static void
rename_columns(struct columns *c, struct vec *cols, const struct json *names)
{
	size_t i = 0;

	for (const struct json *j = names ? names->first : NULL; j != NULL;
	    j = j->next, i++) {
		const struct relation_column *old;

		if (i >= cols->n) {
			vec_push(cols, column(c, sql_string(j), NULL, NULL));
			continue;
		}
		old = cols->v[i];
		cols->v[i] = column(c, sql_string(j), old->native,
		    old->native_col);
	}
}

static struct relation *
find_relation(const struct columns *c, const char *sch, const char *tab)
{
	WM_SBUF key = SBUF_INIT;

	sbuf_printf(&key, "%s.%s", sch ? sch : IDENT_SCHEMA, tab);
	return map_get(&c->by_name, sbuf_str(&key));
}

/* The columns of a table or view as they are seen in FROM. */
static bool
relation_columns(struct columns *c, const struct json *range, struct vec *out)
{
	const char *tab = json_str(range, "relname");
	struct relation *r = tab == NULL ? NULL :
	    find_relation(c, json_str(range, "schemaname"), tab);

	if (r == NULL || r->busy)
		return false;
	read_relation(c, r);
	for (size_t i = 0; i < r->cols.n; i++) {
		const struct relation_column *col = r->cols.v[i];

		vec_push(out, column(c, col->name, r, col->name));
	}
	return r->known;
}

static struct item *
new_item(struct scope *s, struct vec *to, const char *name)
{
	struct item *item = arena_alloc(s->tmp, sizeof(*item));

	item->name = name;
	vec_push(to, item);
	return item;
}

/* A WITH query, where a range has its name and no schema. */
static const struct item *
find_with(const struct scope *s, const struct json *range)
{
	const char *name = json_str(range, "relname");

	if (name == NULL || json_str(range, "schemaname") != NULL)
		return NULL;
	for (; s != NULL; s = s->outer)
		for (size_t i = s->withs.n; i-- > 0;) {
			const struct item *w = s->withs.v[i];

			if (strcmp(w->name, name) == 0)
				return w;
		}
	return NULL;
}

static void
copy_columns(struct vec *to, const struct vec *from, const struct vec *without)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct relation_column *col = from->v[i];

		if (without == NULL || find_column(without, col->name) == NULL)
			vec_push(to, col);
	}
}

static bool from_item(struct scope *s, const struct json *node,
    struct vec *star);

/* Both sides of a join; columns they are joined by are there once. */
static bool
from_join(struct scope *s, const struct json *join, struct vec *star)
{
	WM_VEC left = VEC_INIT;
	WM_VEC right = VEC_INIT;
	WM_VEC both = VEC_INIT;
	const struct json *by = json_get(join, "usingClause");
	bool known = from_item(s, json_get(join, "larg"), &left);
	const struct json *alias = json_get(join, "alias");
	size_t first = star->n;

	known = from_item(s, json_get(join, "rarg"), &right) && known;
	for (const struct json *j = by ? by->first : NULL; j; j = j->next) {
		const struct relation_column *col =
		    find_column(&left, sql_string(j));

		vec_push(&both, col ? col :
		    column(s->c, sql_string(j), NULL, NULL));
	}
	for (size_t i = 0; json_bool(join, "isNatural") && i < left.n; i++) {
		const struct relation_column *col = left.v[i];

		if (find_column(&right, col->name) != NULL)
			vec_push(&both, col);
	}
	copy_columns(star, &both, NULL);
	copy_columns(star, &left, &both);
	copy_columns(star, &right, &both);
	if (json_str(alias, "aliasname") != NULL) {
		struct item *item = new_item(s, &s->items,
		    json_str(alias, "aliasname"));

		item->known = known;
		for (size_t i = first; i < star->n; i++)
			vec_push(&item->cols, star->v[i]);
		rename_columns(s->c, &item->cols, json_get(alias, "colnames"));
	}
	return known;
}

/* A function in FROM: what it returns is told only where that is written. */
static bool
function_columns(struct scope *s, const struct json *range, struct vec *out)
{
	const struct json *defs = json_get(range, "coldeflist");

	for (const struct json *j = defs ? defs->first : NULL; j; j = j->next) {
		const char *name = json_str(json_get(j, "ColumnDef"),
		    "colname");

		if (name != NULL)
			vec_push(out, column(s->c, name, NULL, NULL));
	}
	return defs != NULL ||
	    json_get(json_get(range, "alias"), "colnames") != NULL;
}

/* One element of FROM: its names, and what "*" gives of it. */
static bool
from_item(struct scope *s, const struct json *node, struct vec *star)
{
	const struct json *range = node ? node->first : NULL, *alias, *names;
	const char *kind = range ? range->key : "", *name;
	const struct item *with = NULL;
	struct item *item;

	if (strcmp(kind, "JoinExpr") == 0)
		return from_join(s, range, star);
	alias = json_get(range, "alias");
	names = json_get(alias, "colnames");
	name = json_str(alias, "aliasname");
	item = new_item(s, &s->items, name ? name : json_str(range,
	    "relname"));
	if (strcmp(kind, "RangeVar") == 0) {
		with = find_with(s, range);
		if (with != NULL)
			copy_columns(&item->cols, &with->cols, NULL);
		item->known = with != NULL ? with->known :
		    relation_columns(s->c, range, &item->cols);
	} else if (strcmp(kind, "RangeSubselect") == 0)
		item->known = query_columns(s, json_get2(range, "subquery",
		    "SelectStmt"), &item->cols);
	else if (strcmp(kind, "RangeFunction") == 0)
		item->known = function_columns(s, range, &item->cols);
	rename_columns(s->c, &item->cols, names);
	copy_columns(star, &item->cols, NULL);
	return item->known;
}

static const struct item *
find_item(const struct scope *s, const char *name)
{
	for (size_t i = 0; i < s->items.n; i++) {
		const struct item *item = s->items.v[i];

		if (item->name != NULL && strcmp(item->name, name) == 0)
			return item;
	}
	return NULL;
}

static size_t
count(const struct json *list)
{
	size_t n = 0;

	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		n++;
	return n;
}

/* What a reference to a column reads; NULL where that is not told. */
static const struct relation_column *
resolve(const struct scope *s, const struct json *ref)
{
	const struct json *fields = json_get(ref, "fields");
	const struct relation_column *hit = NULL, *col;
	size_t n = count(fields);
	const struct item *item;

	if (n == 0 || n > 3)
		return NULL;
	if (n > 1) {
		const struct json *of = n == 2 ? fields->first :
		    fields->first->next;

		item = find_item(s, sql_string(of) ? sql_string(of) : "");
		return item == NULL || sql_string(of->next) == NULL ? NULL :
		    find_column(&item->cols, sql_string(of->next));
	}
	for (size_t i = 0; i < s->items.n; i++) {
		item = s->items.v[i];
		col = sql_string(fields->first) == NULL ? NULL :
		    find_column(&item->cols, sql_string(fields->first));
		/* of a join's two, the left one is shown */
		hit = hit != NULL ? hit : col;
	}
	return hit;
}

/* The last name in a list, such as a function's. */
static const char *
last_name(const struct json *list)
{
	const char *name = NULL;

	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		name = sql_string(j) != NULL ? sql_string(j) : name;
	return name;
}

/*
 * The name that the server gives a column without one (source: FigureColname
 * in PostgreSQL's parse_target.c); strong: not just from its type or form.
 */
static const char *
figure_name(const struct json *val, bool *strong)
{
	static const struct {
		const char *tag, *name;
		bool strong;
	} fixed[] = {
		{ "A_ArrayExpr", "array", true }, { "RowExpr", "row", true },
		{ "CoalesceExpr", "coalesce", true },
		{ "GroupingFunc", "grouping", true },
	};
	const struct json *node = val ? val->first : NULL;
	const char *tag = node ? node->key : "", *name, *kind;
	bool inner;

	*strong = true;
	if (strcmp(tag, "ColumnRef") == 0)
		return last_name(json_get(node, "fields"));
	if (strcmp(tag, "FuncCall") == 0)
		return last_name(json_get(node, "funcname"));
	if (strcmp(tag, "A_Indirection") == 0) {
		name = last_name(json_get(node, "indirection"));
		return name ? name :
		    figure_name(json_get(node, "arg"), strong);
	}
	if (strcmp(tag, "CollateClause") == 0)
		return figure_name(json_get(node, "arg"), strong);
	for (size_t i = 0; i < WM_LEN(fixed); i++)
		if (strcmp(tag, fixed[i].tag) == 0)
			return fixed[i].name;
	if (strcmp(tag, "MinMaxExpr") == 0)
		return strcmp(json_str(node, "op") ? json_str(node, "op") : "",
		    "IS_LEAST") == 0 ? "least" : "greatest";
	if (strcmp(tag, "A_Expr") == 0 && (kind = json_str(node, "kind")) &&
	    strcmp(kind, "AEXPR_NULLIF") == 0)
		return "nullif";
	if (strcmp(tag, "SubLink") == 0) {
		kind = json_str(node, "subLinkType");
		if (kind != NULL && strcmp(kind, "EXISTS_SUBLINK") == 0)
			return "exists";
		if (kind != NULL && strcmp(kind, "ARRAY_SUBLINK") == 0)
			return "array";
		*strong = false;
		return NULL;
	}
	*strong = false;
	if (strcmp(tag, "TypeCast") == 0) {
		name = figure_name(json_get(node, "arg"), &inner);
		*strong = name != NULL && inner;
		return *strong ? name : last_name(json_get2(node, "typeName",
		    "names"));
	}
	if (strcmp(tag, "CaseExpr") == 0) {
		name = figure_name(json_get(node, "defresult"), &inner);
		*strong = name != NULL && inner;
		return *strong ? name : "case";
	}
	return NULL;
}

/* The name of a scalar subquery is that of its only column. */
static const char *
sublink_name(const struct scope *s, const struct json *val)
{
	const struct json *link = json_get(val, "SubLink");
	const char *kind = json_str(link, "subLinkType");
	const struct relation_column *col;
	WM_VEC cols = VEC_INIT;

	if (kind == NULL || strcmp(kind, "EXPR_SUBLINK") != 0)
		return NULL;
	if (!query_columns(s, json_get2(link, "subselect", "SelectStmt"),
	    &cols) || cols.n != 1)
		return NULL;
	col = cols.v[0];
	return col->name;
}

/* "*", or "t.*": false where not all of it is known. */
static bool
expand_star(const struct scope *s, const struct json *ref,
    const struct vec *star, bool known, struct vec *out)
{
	const struct json *fields = json_get(ref, "fields");
	const struct item *item;
	const struct json *of = fields->first;

	if (of->next == NULL) {
		copy_columns(out, star, NULL);
		return known;
	}
	while (of->next->next != NULL)
		of = of->next;
	item = find_item(s, sql_string(of) ? sql_string(of) : "");
	if (item == NULL)
		return false;
	copy_columns(out, &item->cols, NULL);
	return item->known;
}

static bool
is_star(const struct json *ref)
{
	const struct json *fields = json_get(ref, "fields");
	const struct json *last = fields ? fields->first : NULL;

	while (last != NULL && last->next != NULL)
		last = last->next;
	return last != NULL && json_get(last, "A_Star") != NULL;
}

static bool
target(const struct scope *s, const struct json *res, const struct vec *star,
    bool known, struct vec *out)
{
	const struct json *val = json_get(res, "val");
	const struct json *ref = json_get(val, "ColumnRef");
	const struct relation_column *col;
	const char *name = json_str(res, "name");
	bool strong;

	if (ref != NULL && is_star(ref))
		return expand_star(s, ref, star, known, out);
	if (name == NULL)
		name = figure_name(val, &strong);
	if (name == NULL)
		name = sublink_name(s, val);
	col = ref != NULL ? resolve(s, ref) : NULL;
	vec_push(out, column(s->c, name ? name : "?column?",
	    col ? col->native : NULL, col ? col->native_col : NULL));
	return true;
}

/* The queries of WITH, each seen by those behind it. */
static void
with_queries(struct scope *s, const struct json *with)
{
	const struct json *list = json_get(with, "ctes");

	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		const struct json *cte = json_get(j, "CommonTableExpr");
		const char *name = json_str(cte, "ctename");
		WM_VEC cols = VEC_INIT;
		struct item *item;
		bool known;

		if (name == NULL)
			continue;
		known = query_columns(s, json_get2(cte, "ctequery",
		    "SelectStmt"), &cols);
		item = new_item(s, &s->withs, name);
		copy_columns(&item->cols, &cols, NULL);
		item->known = known;
		rename_columns(s->c, &item->cols,
		    json_get(cte, "aliascolnames"));
	}
}

static void
scope_clear(struct scope *s)
{
	for (size_t i = 0; i < s->items.n; i++)
		vec_clear(&((struct item *)s->items.v[i])->cols);
	for (size_t i = 0; i < s->withs.n; i++)
		vec_clear(&((struct item *)s->withs.v[i])->cols);
	vec_clear(&s->items);
	vec_clear(&s->withs);
}

/* Columns of VALUES have numbers. */
static bool
values_columns(struct columns *c, const struct json *lists, struct vec *out)
{
	size_t n = count(json_get2(lists->first, "List", "items"));

	for (size_t i = 1; i <= n; i++)
		vec_push(out, column(c, arena_printf(c->mem, "column%zu", i),
		    NULL, NULL));
	return n > 0;
}

/* The columns that a query gives; false where there may be more. */
static bool
query_columns(const struct scope *outer, const struct json *select,
    struct vec *out)
{
	struct scope s = { .c = outer->c, .tmp = outer->tmp, .outer = outer,
		.depth = outer->depth + 1 };
	const struct json *left, *list, *j;
	WM_VEC star = VEC_INIT;
	bool known = true, all = true;

	if (select == NULL || s.depth > MAX_DEPTH)
		return false;
	with_queries(&s, json_get(select, "withClause"));
	left = json_get(select, "larg");
	list = json_get(select, "valuesLists");
	if (left != NULL) {
		known = query_columns(&s, left, out);
		for (size_t i = 0; i < out->n; i++) {
			const struct relation_column *col = out->v[i];

			out->v[i] = column(s.c, col->name, NULL, NULL);
		}
	} else if (list != NULL)
		known = values_columns(s.c, list, out);
	else {
		list = json_get(select, "fromClause");
		for (j = list ? list->first : NULL; j; j = j->next)
			all = from_item(&s, j, &star) && all;
		list = json_get(select, "targetList");
		for (j = list ? list->first : NULL; j; j = j->next)
			known = target(&s, json_get(j, "ResTarget"), &star,
			    all, out) && known;
	}
	scope_clear(&s);
	return known;
}

/* Columns of other tables that a table takes over: INHERITS, LIKE. */
static bool
take_over(struct columns *c, const struct json *range, struct vec *out)
{
	WM_VEC cols = VEC_INIT;
	bool known = relation_columns(c, range, &cols);

	for (size_t i = 0; i < cols.n; i++) {
		const struct relation_column *col = cols.v[i];

		if (find_column(out, col->name) == NULL)
			vec_push(out, column(c, col->name, NULL, NULL));
	}
	return known;
}

static bool
table_columns(struct columns *c, const struct json *create, struct vec *out)
{
	const struct json *list = json_get(create, "inhRelations"), *j, *like;
	const char *name;
	bool known = json_get(create, "ofTypename") == NULL;

	for (j = list ? list->first : NULL; j != NULL; j = j->next)
		known = take_over(c, json_get(j, "RangeVar"), out) && known;
	list = json_get(create, "tableElts");
	for (j = list ? list->first : NULL; j != NULL; j = j->next) {
		name = json_str(json_get(j, "ColumnDef"), "colname");
		like = json_get2(j, "TableLikeClause", "relation");
		if (name != NULL && find_column(out, name) == NULL)
			vec_push(out, column(c, name, NULL, NULL));
		else if (like != NULL)
			known = take_over(c, like, out) && known;
	}
	return known;
}

/* ALTER TABLE ADD COLUMN. */
static void
added_columns(struct columns *c, const struct json *alter, struct vec *out)
{
	const struct json *list = json_get(alter, "cmds");

	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		const char *name = json_str(json_get2(json_get(j,
		    "AlterTableCmd"), "def", "ColumnDef"), "colname");

		if (name != NULL && find_column(out, name) == NULL)
			vec_push(out, column(c, name, NULL, NULL));
	}
}

/* What other objects add to tables. */
static void
read_others(struct columns *c)
{
	WM_CLEANUP(arena_freep) struct arena *tmp = arena_new();

	c->altered = true;
	for (size_t i = 0; i < c->others.n; i++) {
		const struct object *o = c->others.v[i];
		struct sql_stmt *st;
		struct sql_error err;
		size_t n;

		if (!sql_parse(tmp, o->create, &st, &n, &err))
			n = 0;
		for (size_t k = 0; k < n; k++) {
			const struct json *range = json_get(st[k].node,
			    "relation");
			struct relation *r = NULL;

			if (strcmp(st[k].tag, "AlterTableStmt") == 0 &&
			    json_str(range, "relname") != NULL)
				r = find_relation(c, json_str(range,
				    "schemaname"), json_str(range, "relname"));
			if (r != NULL)
				added_columns(c, st[k].node, &r->added);
		}
	}
}

static bool
statement_columns(struct columns *c, struct arena *tmp,
    const struct sql_stmt *st, struct vec *out)
{
	struct scope s = { .c = c, .tmp = tmp };
	bool known;

	if (strcmp(st->tag, "CreateStmt") == 0)
		return table_columns(c, st->node, out);
	if (strcmp(st->tag, "ViewStmt") == 0) {
		known = query_columns(&s, json_get2(st->node, "query",
		    "SelectStmt"), out);
		rename_columns(c, out, json_get(st->node, "aliases"));
		return known;
	}
	if (strcmp(st->tag, "CreateTableAsStmt") == 0) {
		known = query_columns(&s, json_get2(st->node, "query",
		    "SelectStmt"), out);
		rename_columns(c, out, json_get2(st->node, "into",
		    "colNames"));
		return known;
	}
	if (strcmp(st->tag, "AlterTableStmt") == 0)
		added_columns(c, st->node, out);
	return true;
}

static const struct relation *
read_relation(struct columns *c, struct relation *r)
{
	WM_CLEANUP(arena_freep) struct arena *tmp = NULL;
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (r->known || r->cols.n > 0 || r->busy)
		return r;
	if (!c->altered)
		read_others(c);
	r->busy = true;
	tmp = arena_new();
	if (sql_parse(tmp, r->obj->create, &st, &n, &err)) {
		r->known = n > 0;
		for (size_t i = 0; i < n; i++)
			r->known = statement_columns(c, tmp, &st[i],
			    &r->cols) && r->known;
	}
	copy_columns(&r->cols, &r->added, NULL);
	r->busy = false;
	return r;
}

struct columns *
columns_new(const struct model *m)
{
	struct columns *c = xmalloc(sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->mem = arena_new();
	for (size_t i = 0; i < m->objects.n; i++) {
		const struct object *o = m->objects.v[i];
		struct relation *r;

		if (strcmp(o->kind->name, "other") == 0 &&
		    strcasestr(o->create, "alter") != NULL)
			vec_push(&c->others, o);
		if (strcmp(o->kind->name, "table") != 0 &&
		    strcmp(o->kind->name, "view") != 0)
			continue;
		r = arena_alloc(c->mem, sizeof(*r));
		r->obj = o;
		ident_split(c->mem, o->nam, &r->sch, &r->tab);
		map_put(&c->by_name, arena_printf(c->mem, "%s.%s", r->sch,
		    r->tab), r);
		map_put(&c->schemas, r->sch, r);
		vec_push(&c->all, r);
	}
	return c;
}

void
columns_free(struct columns *c)
{
	for (size_t i = 0; i < c->all.n; i++) {
		struct relation *r = c->all.v[i];

		vec_clear(&r->cols);
		vec_clear(&r->added);
	}
	vec_clear(&c->all);
	vec_clear(&c->others);
	map_clear(&c->by_name);
	map_clear(&c->schemas);
	arena_free(c->mem);
	free(c);
}

const struct relation *
columns_of(struct columns *c, const char *sch, const char *tab)
{
	struct relation *r = find_relation(c, sch, tab);

	return r != NULL ? read_relation(c, r) : NULL;
}

const struct relation_column *
columns_find(const struct relation *r, const char *col)
{
	return find_column(&r->cols, col);
}

bool
columns_schema(const struct columns *c, const char *sch)
{
	return map_get(&c->schemas, sch) != NULL;
}

enum column_known
columns_has(struct columns *c, const char *sch, const char *tab,
    const char *col)
{
	const struct relation *r = columns_of(c, sch, tab);

	if (r == NULL)
		return columns_schema(c, sch) ? COLUMN_NO : COLUMN_UNKNOWN;
	if (columns_find(r, col) != NULL)
		return COLUMN_YES;
	return r->known ? COLUMN_NO : COLUMN_UNKNOWN;
}
