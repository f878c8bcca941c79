/*
 * CREATE TABLE ... AS a query, SELECT INTO: a table with the columns that the
 * query has there. Its rows are none of a list's; and what it reads may be gone
 * in the end.
 */
#include "sql_rename.h"

#include <strings.h>

#include "sbuf.h"

struct col {
	const char *name;
	const char *type;	/* NULL: a null or string, of whatever type */
	const char *collation;	/* or NULL */
};

/* Something in a FROM, or a WITH query. */
struct item {
	const char *name;
	struct vec cols;	/* of struct col * */
};

struct scope {
	struct reader *r;
	const struct scope *up;
	struct vec items;	/* of struct item * */
	struct vec with;	/* the same */
	bool merged;		/* of a join, some columns are one */
};

static bool query(struct reader *r, const struct scope *up,
    const struct json *select, struct vec *out);
static bool expression(const struct scope *s, const struct json *j,
    struct col *out);

/* A type with its modifiers; NULL where they are no numbers. */
static const char *
type_text(struct arena *mem, const struct json *type)
{
	static const char *const serials[][2] = { { "serial", "integer" },
		{ "serial4", "integer" }, { "bigserial", "bigint" },
		{ "serial8", "bigint" }, { "smallserial", "smallint" },
		{ "serial2", "smallint" } };
	const struct json *mods = json_get(type, "typmods");
	const struct json *names = json_get(type, "names");
	const char *text = sql_type_text(mem, type), *array;
	const char *base = names && names->last ? sql_string(names->last) :
	    NULL;
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < WM_LEN(serials); i++)
		if (wm_is(base, serials[i][0]))
			return serials[i][1];
	if (text == NULL || (mods != NULL && wm_is(base, "interval")))
		return NULL;
	array = strchr(text, '[');
	array = array != NULL ? array : text + strlen(text);
	/* as the parser calls those that have words of their own */
	if (names->first != names->last && wm_is(sql_string(names->first),
	    "pg_catalog") && !wm_is(base, "char"))
		sbuf_puts(&b, base);
	else
		sbuf_putn(&b, text, (size_t)(array - text));
	if (mods == NULL) {
		sbuf_puts(&b, array);
		return sbuf_take(&b, mem);
	}
	for (const struct json *j = mods->first; j; j = j->next) {
		const struct json *n = json_get2(j, "A_Const", "ival");

		if (n == NULL)
			return NULL;
		sbuf_printf(&b, "%s%ld", j == mods->first ? "(" : ", ",
		    json_int(n, "ival", 0));
	}
	sbuf_printf(&b, ")%s", array);
	return sbuf_take(&b, mem);
}

/* --- the columns of a table ----------------------------------------------- */

static bool
add_column(struct arena *mem, const struct json *def, struct vec *out)
{
	struct col *c = arena_alloc(mem, sizeof(*c));
	const struct json *collation = json_get2(def, "collClause", "collname");
	WM_SBUF b = SBUF_INIT;

	c->name = json_str(def, "colname");
	c->type = type_text(mem, json_get(def, "typeName"));
	for (const struct json *j = collation ? collation->first : NULL; j;
	    j = j->next) {
		sbuf_puts(&b, b.len > 0 ? "." : "");
		sbuf_ident(&b, sql_string(j));
	}
	c->collation = b.len > 0 ? sbuf_take(&b, mem) : NULL;
	vec_push(out, c);
	return c->name != NULL && c->type != NULL;
}

static struct col *
column(const struct vec *cols, const char *name)
{
	for (size_t i = 0; i < cols->n; i++)
		if (wm_is(((struct col *)cols->v[i])->name, name))
			return cols->v[i];
	return NULL;
}

static bool
change(struct arena *mem, const struct sql_stmt *st, struct vec *cols)
{
	const struct json *cmds = json_get(st->node, "cmds");
	struct col *c = column(cols, json_str(st->node, "subname"));
	WM_VEC one = VEC_INIT;

	if (strcmp(st->tag, "RenameStmt") == 0 && c != NULL &&
	    wm_is(json_str(st->node, "renameType"), "OBJECT_COLUMN"))
		c->name = json_str(st->node, "newname");
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const struct json *def = json_get2(cmd, "def", "ColumnDef");
		const char *sub = json_str(cmd, "subtype");
		const char *name = json_str(cmd, "name");

		if (wm_is(sub, "AT_AddColumn") && column(cols, json_str(def,
		    "colname")) == NULL && !add_column(mem, def, cols))
			return false;
		c = column(cols, name);
		if (wm_is(sub, "AT_AlterColumnType") && c != NULL) {
			one.n = 0;
			(void)add_column(mem, def, &one);
			*c = *(struct col *)one.v[0];
			c->name = name;
			if (c->type == NULL)
				return false;
		}
		if (!wm_is(sub, "AT_DropColumn") || c == NULL)
			continue;
		for (size_t i = 0, n = 0; i < cols->n; i++)
			if (cols->v[i] != c)
				cols->v[n++] = cols->v[i];
		cols->n--;
	}
	return true;
}

/* The columns that a CREATE TABLE has in its own words. */
static bool
listed_columns(struct arena *mem, const struct sql_stmt *st, struct vec *out)
{
	const struct json *list = json_get(st->node, "tableElts");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *def = json_get(j, "ColumnDef");

		if (json_get(j, "TableLikeClause") != NULL ||
		    (def != NULL && !add_column(mem, def, out)))
			return false;
	}
	return true;
}

static bool
table_columns(struct reader *r, const struct json *rv, struct vec *out)
{
	const char *schema = json_str(rv, "schemaname");
	struct ident id = { .cls = ID_RELATION, .name = json_str(rv, "relname"),
		.schema = schema ? schema : IDENT_SCHEMA };
	struct sql_error err;
	struct sql_stmt *st;
	const char *text;
	size_t n;

	rename_last(r, &id);
	text = rename_table_text(r, &id);
	if (text == NULL || !sql_parse(r->mem, text, &st, &n, &err) || n == 0 ||
	    strcmp(st->tag, "CreateStmt") != 0 ||
	    json_get(st->node, "inhRelations") != NULL ||
	    json_get(st->node, "ofTypename") != NULL)
		return false;
	if (!listed_columns(r->mem, st, out))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!change(r->mem, &st[i], out))
			return false;
	return out->n > 0;
}

/* --- what stands in a FROM ------------------------------------------------ */

static const struct item *
with_item(const struct scope *s, const char *name)
{
	for (; s != NULL; s = s->up)
		for (size_t i = 0; i < s->with.n; i++)
			if (wm_is(((struct item *)s->with.v[i])->name, name))
				return s->with.v[i];
	return NULL;
}

/* Names that an alias, or a WITH query, has for columns. */
static void
give_names(struct arena *mem, const struct json *names, struct vec *cols)
{
	size_t i = 0;

	for (const struct json *j = names ? names->first : NULL;
	    j && i < cols->n; j = j->next, i++) {
		struct col *c = arena_alloc(mem, sizeof(*c));

		*c = *(struct col *)cols->v[i];
		c->name = sql_string(j);
		cols->v[i] = c;
	}
}

static bool
from(struct scope *s, const struct json *j)
{
	const struct json *join = json_get(j, "JoinExpr");
	const struct json *rv = json_get(j, "RangeVar");
	const struct json *sub = json_get(j, "RangeSubselect");
	const struct json *alias = json_get(rv ? rv : sub, "alias");
	struct arena *mem = s->r->mem;
	struct item *k = arena_alloc(mem, sizeof(*k));
	const struct item *w;
	WM_VEC cols = VEC_INIT;

	if (join != NULL) {
		s->merged = s->merged || json_bool(join, "isNatural") ||
		    json_get(join, "usingClause") != NULL;
		return json_get(join, "alias") == NULL &&
		    from(s, json_get(join, "larg")) &&
		    from(s, json_get(join, "rarg"));
	}
	k->name = alias != NULL ? json_str(alias, "aliasname") :
	    json_str(rv, "relname");
	vec_push(&s->items, k);
	if (rv == NULL && sub == NULL)
		return false;
	w = rv != NULL && json_str(rv, "schemaname") == NULL ? with_item(s,
	    json_str(rv, "relname")) : NULL;
	if (w != NULL)
		for (size_t i = 0; i < w->cols.n; i++)
			vec_push(&cols, w->cols.v[i]);
	else if (rv != NULL ? !table_columns(s->r, rv, &cols) :
	    !query(s->r, s->up, json_get2(sub, "subquery", "SelectStmt"),
	    &cols))
		return false;
	give_names(mem, json_get(alias, "colnames"), &cols);
	vec_settle(&k->cols, mem, &cols);
	return true;
}

/* --- expressions ---------------------------------------------------------- */

static bool
is(struct col *out, const char *type)
{
	out->type = type;
	return true;
}

static bool
reference(const struct scope *s, const struct json *ref, struct col *out)
{
	const struct json *f = json_get(ref, "fields");
	const char *name = f ? sql_string(f->last) : NULL;
	const char *of = f && f->first != f->last ? sql_string(f->first) :
	    NULL;
	const struct col *found = NULL;

	if (name == NULL || (of != NULL && f->first->next != f->last))
		return false;
	for (; s != NULL && found == NULL; s = s->up)
		for (size_t i = 0; i < s->items.n && found == NULL; i++) {
			const struct item *k = s->items.v[i];

			if (of == NULL || wm_is(of, k->name))
				found = column(&k->cols, name);
		}
	if (found == NULL)
		return false;
	*out = *found;
	return true;
}

/* A type without its modifiers. */
static const char *
plain(struct arena *mem, const char *type)
{
	const char *open = type != NULL ? strchr(type, '(') : NULL;
	const char *close = open != NULL ? strchr(open, ')') : NULL;

	return close == NULL ? type : arena_printf(mem, "%.*s%s",
	    (int)(open - type), type, close + 1);
}

/* max(), min(), and what yields one type whatever it gets. */
static bool
call(const struct scope *s, const struct json *j, struct col *out)
{
	static const char *const types[][2] = { { "count", "bigint" },
		{ "nextval", "bigint" }, { "row_number", "bigint" },
		{ "now", "timestamp with time zone" }, { "lower", "text" },
		{ "upper", "text" }, { "concat", "text" },
		{ "gen_random_uuid", "uuid" }, { "bool_or", "boolean" },
		{ "bool_and", "boolean" }, { "string_agg", "text" },
		{ "array_to_string", "text" } };
	const struct json *args = json_get(j, "args");
	const struct json *names = json_get(j, "funcname");
	const char *name = names && names->last ? sql_string(names->last) :
	    NULL;

	if (name == NULL || (names->first != names->last &&
	    !wm_is(sql_string(names->first), "pg_catalog")))
		return false;
	out->name = name;
	for (size_t i = 0; i < WM_LEN(types); i++)
		if (strcmp(types[i][0], name) == 0)
			return is(out, types[i][1]);
	if ((strcmp(name, "max") != 0 && strcmp(name, "min") != 0) ||
	    args == NULL || !expression(s, args->first, out))
		return false;
	out->name = name;
	if (out->type == NULL || strstr(out->type, "char") != NULL)
		return is(out, "text");
	return is(out, plain(s->r->mem, out->type));
}

/* A string becomes what stands beside it. */
static bool
constant(const struct json *c, struct col *out)
{
	return json_bool(c, "isnull") || json_get(c, "sval") ? is(out, NULL) :
	    json_get(c, "ival") ? is(out, "integer") :
	    json_get(c, "boolval") ? is(out, "boolean") :
	    json_get(c, "fval") ? is(out, "numeric") : false;
}

/* Two texts together. */
static bool
joined(const struct scope *s, const struct json *x, struct col *out)
{
	static const char *const sides[] = { "lexpr", "rexpr" };
	const char *collation = NULL;
	bool texts = false;

	for (size_t i = 0; i < WM_LEN(sides); i++) {
		const struct json *side = json_get(x, sides[i]);

		if (!expression(s, side, out) || (out->type != NULL &&
		    (strchr(out->type, '[') || (strcmp(out->type, "text") !=
		    0 && strncmp(out->type, "varchar", 7) != 0))))
			return false;
		texts = texts || out->type != NULL;
		collation = collation ? collation : out->collation;
	}
	*out = (struct col){ .type = "text", .collation = collation };
	return texts;
}

/* The first of several that are of one type that says it. */
static bool
first_of(const struct scope *s, const struct json *list, struct col *out)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *when = json_get2(j, "CaseWhen", "result");

		if (!expression(s, when ? when : j, out))
			return false;
		if (out->type != NULL)
			return is(out, plain(s->r->mem, out->type));
	}
	return false;
}

static bool
cast(const struct scope *s, const struct json *j, struct col *out)
{
	const struct json *type = json_get(j, "typeName");
	const struct json *names = json_get(type, "names");

	if (!expression(s, json_get(j, "arg"), out) || out->name == NULL)
		out->name = names ? sql_string(names->last) : NULL;
	out->collation = NULL;
	return is(out, type_text(s->r->mem, type)) && out->type != NULL;
}

static bool
expression(const struct scope *s, const struct json *j, struct col *out)
{
	static const char *const truths[] = { "BoolExpr", "NullTest",
		"BooleanTest" };
	static const char *const ops[] = { "=", "<>", "<", ">", "<=", ">=" };
	const struct json *x = json_get(j, "A_Expr");
	const struct json *op = json_get(x, "name");
	const char *value = json_str(json_get(j, "SQLValueFunction"), "op");

	*out = (struct col){ .name = NULL };
	if (json_get(j, "ColumnRef") != NULL)
		return reference(s, json_get(j, "ColumnRef"), out);
	if (json_get(j, "TypeCast") != NULL)
		return cast(s, json_get(j, "TypeCast"), out);
	if (json_get(j, "FuncCall") != NULL)
		return call(s, json_get(j, "FuncCall"), out);
	if (json_get(j, "A_Const") != NULL)
		return constant(json_get(j, "A_Const"), out);
	for (size_t i = 0; i < WM_LEN(truths); i++)
		if (json_get(j, truths[i]) != NULL)
			return is(out, "boolean");
	for (size_t i = 0; op != NULL && i < WM_LEN(ops); i++)
		if (wm_is(sql_string(op->last), ops[i]))
			return is(out, "boolean");
	if (op != NULL && wm_is(sql_string(op->last), "||"))
		return joined(s, x, out);
	if (wm_is(value, "SVFOP_CURRENT_TIMESTAMP")) {
		out->name = "current_timestamp";
		return is(out, "timestamp with time zone");
	}
	if (json_get(j, "CoalesceExpr") != NULL) {
		bool known = first_of(s, json_get2(j, "CoalesceExpr", "args"),
		    out);

		out->name = "coalesce";
		return known;
	}
	if (json_get(j, "CaseExpr") != NULL) {
		bool known = first_of(s, json_get2(j, "CaseExpr", "args"),
		    out);

		out->name = "case";
		return known;
	}
	return false;
}

/* --- queries -------------------------------------------------------------- */

static bool
star(const struct scope *s, const struct json *ref, struct vec *out)
{
	const struct json *f = json_get(ref, "fields");
	const char *of = f->first != f->last ? sql_string(f->first) : NULL;
	size_t n = out->n;

	for (size_t i = 0; i < s->items.n; i++) {
		const struct item *k = s->items.v[i];

		for (size_t c = 0; c < k->cols.n && (of == NULL ||
		    wm_is(of, k->name)); c++)
			vec_push(out, k->cols.v[c]);
	}
	return out->n > n && (of != NULL || !s->merged);
}

static bool
targets(const struct scope *s, const struct json *list, struct vec *out)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *t = json_get(j, "ResTarget");
		const struct json *ref = json_get2(t, "val", "ColumnRef");
		const struct json *f = json_get(ref, "fields");
		struct col *c = arena_alloc(s->r->mem, sizeof(*c));

		if (f != NULL && json_get(f->last, "A_Star") != NULL) {
			if (!star(s, ref, out))
				return false;
			continue;
		}
		if (!expression(s, json_get(t, "val"), c))
			return false;
		if (json_str(t, "name") != NULL)
			c->name = json_str(t, "name");
		if (c->name == NULL)
			c->name = "?column?";
		vec_push(out, c);
	}
	return out->n > 0;
}

static bool
types_equal(struct arena *mem, const char *a, const char *b)
{
	const char *text = arena_printf(mem, "select null::%s, null::%s", a, b);
	const struct json *list;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (strcmp(a, b) == 0)
		return true;
	if (!sql_parse(mem, text, &st, &n, &err) || n != 1)
		return false;
	list = json_get(st->node, "targetList");
	return sql_equal(json_get2(json_get(list->first, "ResTarget"), "val",
	    "TypeCast"), json_get2(json_get(list->last, "ResTarget"), "val",
	    "TypeCast"));
}

/* Of two types of one family the one that takes the other in; or NULL. */
static const char *
wider(struct arena *mem, const char *a, const char *b)
{
	static const struct {
		int family;
		const char *type;
	} order[] = { { 1, "smallint" }, { 1, "integer" }, { 1, "bigint" },
		{ 1, "numeric" }, { 1, "real" }, { 1, "double precision" },
		{ 2, "date" }, { 2, "timestamp" }, { 2, "timestamptz" },
		{ 3, "varchar" }, { 3, "text" } };
	const char *best = NULL;
	int family[2] = { 0, 0 };

	if (types_equal(mem, a, b))
		return a;
	for (size_t i = 0; i < WM_LEN(order); i++) {
		bool is_a = types_equal(mem, order[i].type, a);
		bool is_b = types_equal(mem, order[i].type, b);

		if (is_a)
			family[0] = order[i].family;
		if (is_b)
			family[1] = order[i].family;
		if (is_a || is_b)
			best = order[i].type;
	}
	return family[0] != 0 && family[0] == family[1] ? best : NULL;
}

/* UNION: the names of the first one, a type where it has none. */
static bool
both(struct reader *r, const struct scope *s, const struct json *select,
    struct vec *out)
{
	WM_VEC right = VEC_INIT;

	if (!query(r, s, json_get(select, "larg"), out) ||
	    !query(r, s, json_get(select, "rarg"), &right) ||
	    right.n != out->n)
		return false;
	for (size_t i = 0; i < out->n; i++) {
		struct col *a = arena_alloc(r->mem, sizeof(*a));
		const struct col *b = right.v[i];

		*a = *(struct col *)out->v[i];
		out->v[i] = a;

		if (a->type != NULL && b->type != NULL &&
		    types_equal(r->mem, a->type, b->type))
			continue;
		/* lengths, and what else they are cut to, are not of both */
		a->type = plain(r->mem, a->type);
		if (a->type == NULL)
			a->type = plain(r->mem, b->type);
		else if (b->type != NULL)
			a->type = wider(r->mem, a->type, plain(r->mem,
			    b->type));
		if (a->type == NULL && b->type != NULL)
			return false;
	}
	return true;
}

static bool
with(struct scope *s, const struct json *clause)
{
	const struct json *list = json_get(clause, "ctes");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *cte = json_get(j, "CommonTableExpr");
		struct item *k = arena_alloc(s->r->mem, sizeof(*k));
		WM_VEC cols = VEC_INIT;

		k->name = json_str(cte, "ctename");
		if (json_bool(clause, "recursive") || !query(s->r, s,
		    json_get2(cte, "ctequery", "SelectStmt"), &cols))
			return false;
		give_names(s->r->mem, json_get(cte, "aliascolnames"), &cols);
		vec_settle(&k->cols, s->r->mem, &cols);
		vec_push(&s->with, k);
	}
	return true;
}

static bool
query(struct reader *r, const struct scope *up, const struct json *select,
    struct vec *out)
{
	const struct json *list = json_get(select, "fromClause");
	struct scope s = { .r = r, .up = up };
	bool known;

	if (select == NULL)
		return false;
	known = with(&s, json_get(select, "withClause"));
	if (json_get(select, "larg") != NULL)
		known = known && both(r, &s, select, out);
	else {
		for (const struct json *j = list ? list->first : NULL; j &&
		    known; j = j->next)
			known = from(&s, j);
		known = known && targets(&s, json_get(select, "targetList"),
		    out);
	}
	vec_clear(&s.items);
	vec_clear(&s.with);
	return known;
}

/* --- strings of a type ---------------------------------------------------- */

struct strings {
	struct reader *r;
	struct ident type, last;	/* the name that it has there, and in
					   what has been read */
	as_string_fn *fn;
	void *ctx;
};

static void walk(const struct strings *v, const struct scope *s,
    const struct json *j);

static bool
is_type(const struct strings *v, const struct scope *s, const struct json *j)
{
	const char *schema, *name;
	struct col c;

	if (json_get(j, "A_Const") != NULL || !expression(s, j, &c) ||
	    c.type == NULL || strpbrk(c.type, "([") != NULL)
		return false;
	ident_split(v->r->mem, c.type, &schema, &name);
	return (wm_is(name, v->type.name) && wm_is(schema, v->type.schema)) ||
	    (wm_is(name, v->last.name) && wm_is(schema, v->last.schema));
}

/* A string, or several in a list or an array. */
static void
strings(const struct strings *v, const struct json *j)
{
	const struct json *list = json_get2(j, "List", "items");

	if (json_get2(j, "A_Const", "sval") != NULL)
		v->fn(v->ctx, json_get(j, "A_Const"));
	if (list == NULL)
		list = json_get2(j, "A_ArrayExpr", "elements");
	for (const struct json *k = list ? list->first : NULL; k; k = k->next)
		strings(v, k);
}

/* CASE of it, COALESCE of it with others. */
static void
among(const struct strings *v, const struct scope *s, const struct json *j)
{
	const struct json *c = json_get(j, "CaseExpr");
	const struct json *list = json_get2(j, "CoalesceExpr", "args");
	bool any = false;

	for (const struct json *k = list ? list->first : NULL; k; k = k->next)
		any = any || is_type(v, s, k);
	for (const struct json *k = any ? list->first : NULL; k; k = k->next)
		strings(v, k);
	if (c == NULL || json_get(c, "arg") == NULL ||
	    !is_type(v, s, json_get(c, "arg")))
		return;
	list = json_get(c, "args");
	for (const struct json *k = list ? list->first : NULL; k; k = k->next)
		strings(v, json_get2(k, "CaseWhen", "expr"));
}

static void
walk_query(const struct strings *v, const struct scope *up,
    const struct json *select)
{
	const struct json *list = json_get(select, "fromClause");
	struct scope s = { .r = v->r, .up = up };

	/* what is not known has no columns */
	if (!with(&s, json_get(select, "withClause")))
		s.merged = true;
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (!from(&s, j))
			s.merged = true;
	for (const struct json *j = select->first; j; j = j->next)
		if (wm_is(j->key, "larg") || wm_is(j->key, "rarg"))
			walk_query(v, &s, j);
		else
			walk(v, &s, j);
	vec_clear(&s.items);
	vec_clear(&s.with);
}

static void
walk(const struct strings *v, const struct scope *s, const struct json *j)
{
	const struct json *x = json_get(j, "A_Expr");

	if (wm_is(j->key, "SelectStmt")) {
		walk_query(v, s, j);
		return;
	}
	if (is_type(v, s, json_get(x, "lexpr")))
		strings(v, json_get(x, "rexpr"));
	else if (is_type(v, s, json_get(x, "rexpr")))
		strings(v, json_get(x, "lexpr"));
	among(v, s, j);
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk(v, s, k);
}

static void
add_item(struct scope *s, const char *name, const struct vec *cols)
{
	struct item *k = arena_alloc(s->r->mem, sizeof(*k));

	k->name = name;
	vec_settle(&k->cols, s->r->mem, cols);
	vec_push(&s->items, k);
}

void
as_strings(struct reader *r, const struct sql_stmt *st,
    const struct ident *type, as_string_fn *fn, void *ctx)
{
	struct strings v = { .r = r, .type = *type, .last = *type, .fn = fn,
		.ctx = ctx };
	const struct json *rv = json_get(st->node, "relation");
	struct scope s = { .r = r };
	WM_VEC cols = VEC_INIT;

	rename_last(r, &v.last);
	if (rv == NULL)
		rv = json_get(st->node, "table");
	if (strcmp(st->tag, "CreateStmt") == 0 ? listed_columns(r->mem, st,
	    &cols) : rv != NULL && table_columns(r, rv, &cols)) {
		add_item(&s, json_str(rv, "relname"), &cols);
		add_item(&s, "new", &cols);
		add_item(&s, "old", &cols);
	}
	walk(&v, &s, st->node);
	vec_clear(&s.items);
}

/* --- the statement -------------------------------------------------------- */

/* The INTO of a query, which may stand in its first part; or NULL. */
static const struct json *
into_of(const struct sql_stmt *st, const struct json **out_query)
{
	const struct json *select = st->node;

	if (strcmp(st->tag, "CreateTableAsStmt") == 0) {
		*out_query = json_get2(st->node, "query", "SelectStmt");
		return wm_is(json_str(st->node, "objtype"), "OBJECT_TABLE") ?
		    json_get(st->node, "into") : NULL;
	}
	if (strcmp(st->tag, "SelectStmt") != 0)
		return NULL;
	*out_query = select;
	while (json_get(select, "larg") != NULL)
		select = json_get(select, "larg");
	return json_get(select, "intoClause");
}

static const char *
table_text(struct reader *r, const struct sql_stmt *st,
    const struct json *into, const struct json *select)
{
	const struct json *rv = json_get(into, "rel");
	struct ident id = { .cls = ID_RELATION, .name = json_str(rv, "relname"),
		.schema = json_str(rv, "schemaname") };
	const char *kind = json_str(rv, "relpersistence");
	WM_VEC cols = VEC_INIT;
	WM_SBUF b = SBUF_INIT;

	if (id.name == NULL || wm_is(kind, "t") || json_get(into, "options") ||
	    json_str(into, "accessMethod") ||
	    json_str(into, "tableSpaceName") ||
	    !query(r, NULL, select, &cols))
		return NULL;
	give_names(r->mem, json_get(into, "colNames"), &cols);
	sbuf_printf(&b, "create %stable %s%s (", wm_is(kind, "u") ?
	    "unlogged " : "", json_bool(st->node, "if_not_exists") ?
	    "if not exists " : "", ident_text(r->mem, &id));
	for (size_t i = 0; i < cols.n; i++) {
		const struct col *c = cols.v[i];

		sbuf_printf(&b, "%s\n\t%s %s", i > 0 ? "," : "",
		    sql_quoted(r->mem, c->name), c->type ? c->type : "text");
		if (c->collation != NULL)
			sbuf_printf(&b, " collate %s", c->collation);
	}
	sbuf_puts(&b, "\n)");
	return sbuf_take(&b, r->mem);
}

void
sql_as_table(struct reader *r)
{
	const struct json *into, *select = NULL;
	struct sql_error err;
	struct sql_stmt *st;
	const char *text;
	size_t n;

	if ((strncasecmp(r->text, "create", 6) != 0 ||
	    strcasestr(r->text, "as") == NULL ||
	    strcasestr(r->text, "table") == NULL) &&
	    strcasestr(r->text, "into") == NULL)
		return;
	if (!sql_parse(r->mem, r->text, &st, &n, &err) || n != 1)
		return;
	into = into_of(st, &select);
	text = into != NULL ? table_text(r, st, into, select) : NULL;
	if (text == NULL)
		return;
	r->text = text;
	r->piece.text = arena_strdup(r->p->mem, text);
	r->piece.len = strlen(text);
	r->piece.src = NULL;
}
