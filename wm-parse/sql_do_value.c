#include "sql_do_value.h"

#include <stdlib.h>

#include "sbuf.h"

static struct do_value evaluate(struct do_scope *s, const struct json *j);

static const struct do_value unknown = { .known = false };

static struct do_value
text_value(const char *text)
{
	return (struct do_value){ .known = true, .text = text };
}

static struct do_value
truth(bool is)
{
	return text_value(is ? "true" : "false");
}

static bool
is_true(const char *text)
{
	return wm_is(text, "true") || wm_is(text, "t");
}

bool
do_is(const struct do_value *v, bool wanted)
{
	return v->known && !v->list && is_true(v->text) == wanted;
}

void
do_set(struct do_scope *s, const char *name, const struct do_value *v)
{
	struct do_value *copy = arena_alloc(s->mem, sizeof(*copy));

	*copy = *v;
	map_put(&s->vars, name, copy);
}

static struct do_value
constant(struct do_scope *s, const struct json *j)
{
	if (json_bool(j, "isnull"))
		return text_value(NULL);
	if (json_get(j, "sval") != NULL)
		return text_value(json_str(json_get(j, "sval"), "sval") ?
		    json_str(json_get(j, "sval"), "sval") : "");
	if (json_get(j, "ival") != NULL)
		return text_value(arena_printf(s->mem, "%ld",
		    json_int(json_get(j, "ival"), "ival", 0)));
	if (json_get(j, "fval") != NULL)
		return text_value(json_str(json_get(j, "fval"), "fval"));
	if (json_get(j, "boolval") != NULL)
		return truth(json_bool(json_get(j, "boolval"), "boolval"));
	return unknown;
}

static const char *
last_name(const struct json *list)
{
	return list != NULL && list->last != NULL ? sql_string(list->last) :
	    NULL;
}

static struct do_value
variable(const struct do_scope *s, const struct json *j)
{
	const struct json *f = json_get(j, "fields");
	const struct do_value *v = f == NULL || f->first != f->last ? NULL :
	    map_get(&s->vars, sql_string(f->first) ? sql_string(f->first) :
	    "");

	return v != NULL ? *v : unknown;
}

/* --- operators ------------------------------------------------------------ */

static struct do_value
compare(const char *op, const char *a, const char *b)
{
	static const char *const ops[] = { "=", "<>", "<", "<=", ">", ">=" };
	char *end_a, *end_b;
	long x, y;
	int c;

	if (a == NULL || b == NULL)
		return text_value(NULL);
	x = strtol(a, &end_a, 10);
	y = strtol(b, &end_b, 10);
	if (*a != '\0' && *b != '\0' && *end_a == '\0' && *end_b == '\0')
		c = x < y ? -1 : x > y;
	else if (strcmp(op, "=") == 0 || strcmp(op, "<>") == 0)
		c = strcmp(a, b);
	else
		return unknown;		/* by what collation? */
	for (size_t i = 0; i < WM_LEN(ops); i++) {
		const bool is[] = { c == 0, c != 0, c < 0, c <= 0, c > 0,
			c >= 0 };

		if (strcmp(ops[i], op) == 0)
			return truth(is[i]);
	}
	return unknown;
}

static struct do_value
in_list(struct do_scope *s, const struct json *j)
{
	struct do_value a = evaluate(s, json_get(j, "lexpr"));
	const struct json *r = json_get(j, "rexpr");
	const struct json *items = json_get2(r, "List", "items");
	const char *op = last_name(json_get(j, "name"));
	struct do_value list = items == NULL ? evaluate(s, r) : unknown;
	bool found = false;

	if (!a.known || a.text == NULL || (items == NULL && !list.list))
		return unknown;
	for (const struct json *k = items ? items->first : NULL; k;
	    k = k->next) {
		struct do_value b = evaluate(s, k);

		if (!b.known || b.text == NULL)
			return unknown;
		found = found || strcmp(a.text, b.text) == 0;
	}
	found = found || vec_has_string(&list.items, a.text);
	return truth(found != wm_is(op, "<>"));
}

static struct do_value
operation(struct do_scope *s, const struct json *j)
{
	const char *kind = json_str(j, "kind");
	const char *op = last_name(json_get(j, "name"));
	struct do_value a, b;

	if (wm_is(kind, "AEXPR_IN") || (wm_is(kind, "AEXPR_OP_ANY") &&
	    wm_is(op, "=")))
		return in_list(s, j);
	a = evaluate(s, json_get(j, "lexpr"));
	b = evaluate(s, json_get(j, "rexpr"));
	if (!wm_is(kind, "AEXPR_OP") || op == NULL || !a.known || !b.known ||
	    a.list || b.list)
		return unknown;
	if (strcmp(op, "||") != 0)
		return compare(op, a.text, b.text);
	return a.text == NULL || b.text == NULL ? text_value(NULL) :
	    text_value(arena_printf(s->mem, "%s%s", a.text, b.text));
}

static struct do_value
logic(struct do_scope *s, const struct json *j)
{
	const char *op = json_str(j, "boolop");
	const struct json *args = json_get(j, "args");
	struct do_value v = unknown;
	bool open = false, stop = wm_is(op, "OR_EXPR");

	for (const struct json *k = args ? args->first : NULL; k;
	    k = k->next) {
		v = evaluate(s, k);
		if (wm_is(op, "NOT_EXPR"))
			return !v.known || v.text == NULL ? v :
			    truth(!is_true(v.text));
		if (do_is(&v, stop) && v.text != NULL)
			return truth(stop);
		open = open || !v.known || v.text == NULL;
	}
	return open ? unknown : truth(!stop);
}

/* --- functions ------------------------------------------------------------ */

/* format(): %s, %I, %L, %%. */
static struct do_value
format(struct do_scope *s, const char *fmt, const struct json *arg)
{
	WM_SBUF b = SBUF_INIT;

	for (; *fmt != '\0'; fmt++) {
		struct do_value v;

		if (*fmt != '%' || fmt[1] == '%') {
			sbuf_putc(&b, *fmt);
			fmt += *fmt == '%';
			continue;
		}
		fmt++;
		v = arg != NULL ? evaluate(s, arg) : unknown;
		if (!v.known || v.list)
			return unknown;
		if (*fmt == 's')
			sbuf_puts(&b, v.text ? v.text : "");
		else if (*fmt == 'I' && v.text != NULL)
			sbuf_puts(&b, sql_quoted(s->mem, v.text));
		else if (*fmt == 'L' && v.text != NULL)
			sbuf_literal(&b, v.text);
		else
			return unknown;
		arg = arg->next;
	}
	return text_value(sbuf_take(&b, s->mem));
}

static struct do_value
concat(struct do_scope *s, const struct json *args)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = args->first; j; j = j->next) {
		struct do_value v = evaluate(s, j);

		if (!v.known || v.list)
			return unknown;
		sbuf_puts(&b, v.text ? v.text : "");
	}
	return text_value(sbuf_take(&b, s->mem));
}

/* to_regclass() and its like: a name, if there is something of it. */
static struct do_value
lookup(const struct do_scope *s, int cls, const char *text)
{
	struct known_query q = { .cls = cls };
	size_t n;

	ident_split(s->mem, text, &q.schema, &q.name);
	n = known_count(s->known, &q);
	return n == SIZE_MAX ? unknown : text_value(n > 0 ? text : NULL);
}

static struct do_value
call(struct do_scope *s, const struct json *j)
{
	const char *name = last_name(json_get(j, "funcname"));
	const struct json *args = json_get(j, "args");
	struct do_value v;

	if (name == NULL)
		return unknown;
	if (strcmp(name, "count") == 0) {
		const struct do_value *n = map_get(&s->vars, "count(*)");

		return json_bool(j, "agg_star") && n != NULL ? *n : unknown;
	}
	if (strcmp(name, "current_schema") == 0 && args == NULL)
		return text_value(IDENT_SCHEMA);
	v = args != NULL ? evaluate(s, args->first) : unknown;
	if (!v.known)
		return unknown;
	if (strcmp(name, "unnest") == 0)
		return v;
	if (v.list)
		return unknown;
	if (strcmp(name, "concat") == 0)
		return concat(s, args);
	if (v.text == NULL)
		return unknown;
	if (strcmp(name, "format") == 0)
		return format(s, v.text, args->first->next);
	if (strcmp(name, "quote_ident") == 0)
		return text_value(sql_quoted(s->mem, v.text));
	if (strcmp(name, "quote_literal") == 0)
		return text_value(sql_literal(s->mem, v.text));
	if (strcmp(name, "to_regclass") == 0)
		return lookup(s, ID_RELATION, v.text);
	if (strcmp(name, "to_regtype") == 0)
		return lookup(s, ID_TYPE, v.text);
	/* one of the application's own, which may be missing */
	if (strcmp(name, "current_setting") == 0 && strchr(v.text, '.') &&
	    args->first->next != NULL) {
		s->setting = v.text;
		return text_value(NULL);
	}
	return unknown;
}

/* --- what the catalog is asked -------------------------------------------- */

/* What a column of the catalog says. */
enum field {
	OF_NAME,
	OF_TABLE,
	OF_SCHEMA,
	OF_OTHER	/* a kind that goes without saying */
};

static const struct {
	const char *column;
	enum field field;
	int cls;
} columns[] = {
	{ "relname", OF_TABLE, ID_RELATION },
	{ "table_name", OF_TABLE, ID_RELATION },
	{ "tablename", OF_TABLE, ID_RELATION },
	{ "event_object_table", OF_TABLE, ID_RELATION },
	{ "conrelid", OF_TABLE, ID_RELATION },
	{ "tgrelid", OF_TABLE, ID_RELATION },
	{ "attrelid", OF_TABLE, ID_RELATION },
	{ "polrelid", OF_TABLE, ID_RELATION },
	{ "viewname", OF_NAME, ID_RELATION },
	{ "matviewname", OF_NAME, ID_RELATION },
	{ "indexname", OF_NAME, ID_RELATION },
	{ "sequencename", OF_NAME, ID_RELATION },
	{ "sequence_name", OF_NAME, ID_RELATION },
	{ "column_name", OF_NAME, KNOWN_COLUMN },
	{ "attname", OF_NAME, KNOWN_COLUMN },
	{ "constraint_name", OF_NAME, ID_CONSTRAINT },
	{ "conname", OF_NAME, ID_CONSTRAINT },
	{ "typname", OF_NAME, ID_TYPE },
	{ "domain_name", OF_NAME, ID_TYPE },
	{ "enumlabel", OF_NAME, KNOWN_VALUE },
	{ "proname", OF_NAME, ID_FUNCTION },
	{ "routine_name", OF_NAME, ID_FUNCTION },
	{ "tgname", OF_NAME, ID_TRIGGER },
	{ "trigger_name", OF_NAME, ID_TRIGGER },
	{ "policyname", OF_NAME, ID_POLICY },
	{ "polname", OF_NAME, ID_POLICY },
	{ "rulename", OF_NAME, ID_RULE },
	{ "extname", OF_NAME, ID_EXTENSION },
	{ "pubname", OF_NAME, ID_PUBLICATION },
	{ "rolname", OF_NAME, ID_ROLE },
	{ "usename", OF_NAME, ID_ROLE },
	{ "schema_name", OF_NAME, ID_SCHEMA },
	{ "nspname", OF_SCHEMA, 0 },
	{ "schemaname", OF_SCHEMA, 0 },
	{ "table_schema", OF_SCHEMA, 0 },
	{ "constraint_schema", OF_SCHEMA, 0 },
	{ "trigger_schema", OF_SCHEMA, 0 },
	{ "event_object_schema", OF_SCHEMA, 0 },
	{ "routine_schema", OF_SCHEMA, 0 },
	{ "sequence_schema", OF_SCHEMA, 0 },
	{ "domain_schema", OF_SCHEMA, 0 },
	{ "relnamespace", OF_SCHEMA, 0 },
	{ "typnamespace", OF_SCHEMA, 0 },
	{ "connamespace", OF_SCHEMA, 0 },
	{ "pronamespace", OF_SCHEMA, 0 },
	{ "relkind", OF_OTHER, 0 }, { "contype", OF_OTHER, 0 },
	{ "typtype", OF_OTHER, 0 }, { "table_type", OF_OTHER, 0 },
	{ "constraint_type", OF_OTHER, 0 }, { "prokind", OF_OTHER, 0 },
	{ "routine_type", OF_OTHER, 0 }, { "attisdropped", OF_OTHER, 0 },
	{ "attnum", OF_OTHER, 0 }, { "tgisinternal", OF_OTHER, 0 },
	{ "table_catalog", OF_OTHER, 0 },
	{ "constraint_catalog", OF_OTHER, 0 }
};

/* What conditions have said so far. */
struct asked {
	struct do_scope *s;
	const char *table, *schema, *type;
	const char *name;
	int cls;
	struct vec names;	/* of const char *: it may be any of them */
	bool no_table;		/* the table is another one there */
	bool unclear;
};

static const char *
column_of(const struct asked *a, const struct json *j)
{
	const struct json *ref = json_get(j, "ColumnRef");
	const struct json *f = json_get(ref, "fields");

	if (f == NULL || f->last == NULL)
		return NULL;
	if (f->first == f->last && sql_string(f->first) != NULL &&
	    map_get(&a->s->vars, sql_string(f->first)) != NULL)
		return NULL;
	return sql_string(f->last);
}

static void
ask_name(struct asked *a, int cls, const char *text)
{
	/* a value's type, a constraint's column: the one is of the other */
	if (a->cls == ID_TYPE && cls == KNOWN_VALUE)
		a->type = a->name;
	else if (a->cls == KNOWN_VALUE && cls == ID_TYPE) {
		a->type = text;
		return;
	} else if (a->cls != 0)
		a->unclear = true;
	a->cls = cls;
	a->name = text;
}

static void
ask(struct asked *a, const char *column, const char *text)
{
	const char *schema, *name;
	size_t i = 0;

	while (i < WM_LEN(columns) && strcmp(columns[i].column, column) != 0)
		i++;
	if (i == WM_LEN(columns)) {
		a->unclear = true;
		return;
	}
	switch (columns[i].field) {
	case OF_NAME:
		ask_name(a, columns[i].cls, text);
		break;
	case OF_TABLE:
		ident_split(a->s->mem, text, &schema, &name);
		/* "x"::regclass has one, a name in a column has not */
		if (strlen(column) > 5 && strcmp(column + strlen(column) - 5,
		    "relid") == 0) {
			a->table = name;
			a->schema = strchr(text, '.') ? schema : a->schema;
		} else
			a->table = text;
		break;
	case OF_SCHEMA:
		a->schema = text;
		break;
	case OF_OTHER:
		break;
	}
}

/* A condition; joins say nothing. */
static void
condition(struct asked *a, const struct json *j)
{
	const struct json *args = json_get2(j, "BoolExpr", "args");
	const struct json *x = json_get(j, "A_Expr");
	const struct json *l = json_get(x, "lexpr"), *r = json_get(x, "rexpr");
	const struct json *in = json_get2(r, "List", "items");
	const char *column = column_of(a, l);
	struct do_value v;

	if (j == NULL)
		return;
	if (args != NULL && wm_is(json_str(json_get(j, "BoolExpr"), "boolop"),
	    "AND_EXPR")) {
		for (const struct json *k = args->first; k; k = k->next)
			condition(a, k);
		return;
	}
	/* NOT attisdropped */
	if (args != NULL && wm_is(column_of(a, args->first), "attisdropped"))
		return;
	if (column == NULL) {
		column = column_of(a, r);
		r = l;
	}
	if (x == NULL || column == NULL)
		a->unclear = true;
	else if (column_of(a, r) != NULL)
		return;
	else if (wm_is(json_str(x, "kind"), "AEXPR_IN") && in != NULL &&
	    wm_is(last_name(json_get(x, "name")), "=")) {
		for (const struct json *k = in->first; k; k = k->next) {
			v = evaluate(a->s, k);
			if (!v.known || v.text == NULL)
				a->unclear = true;
			else
				vec_push(&a->names, v.text);
		}
		ask(a, column, "");
		a->unclear = a->unclear || !wm_is(a->name, "");
	} else {
		v = evaluate(a->s, r);
		if (!v.known || v.list || v.text == NULL ||
		    (strcmp(json_str(x, "kind"), "AEXPR_OP") == 0 &&
		    !wm_is(last_name(json_get(x, "name")), "=") &&
		    !wm_is(column, "attnum")))
			a->unclear = true;
		else
			ask(a, column, v.text);
	}
}

static void
from(struct asked *a, const struct json *j)
{
	const struct json *rv = json_get(j, "RangeVar");
	const struct json *join = json_get(j, "JoinExpr");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	if (join != NULL) {
		from(a, json_get(join, "larg"));
		from(a, json_get(join, "rarg"));
		condition(a, json_get(join, "quals"));
		return;
	}
	if (name == NULL || (!wm_is(schema, "information_schema") &&
	    strncmp(name, "pg_", 3) != 0))
		a->unclear = true;
	/* there, it is what a foreign key refers to */
	a->no_table = a->no_table || wm_is(name, "constraint_column_usage");
}

static size_t
count_one(const struct asked *a, const char *name)
{
	struct known_query q = { .cls = a->cls, .schema = a->schema,
		.of = a->cls == KNOWN_VALUE ? a->type : a->no_table ? NULL :
		a->table, .name = name };

	if (a->cls == 0 && a->table != NULL) {
		q.cls = ID_RELATION;
		q.name = a->table;
		q.of = NULL;
	} else if (a->cls == 0 && a->schema != NULL) {
		q.cls = ID_SCHEMA;
		q.name = a->schema;
		q.schema = NULL;
	}
	if (q.cls == ID_ROLE || q.cls == ID_EXTENSION || q.cls == ID_SCHEMA)
		q.schema = NULL;
	return q.cls == 0 || q.name == NULL ? SIZE_MAX : known_count(
	    a->s->known, &q);
}

/* How many rows a query of the catalog has; SIZE_MAX: nobody knows. */
static size_t
count(struct do_scope *s, const struct json *select)
{
	const struct json *list = json_get(select, "fromClause");
	struct asked a = { .s = s };
	size_t n = 0;

	if (list == NULL || json_get(select, "groupClause") != NULL ||
	    json_get(select, "havingClause") != NULL ||
	    json_get(select, "larg") != NULL)
		return SIZE_MAX;
	for (const struct json *j = list->first; j; j = j->next)
		from(&a, j);
	condition(&a, json_get(select, "whereClause"));
	if (!a.unclear && a.names.n == 0)
		n = count_one(&a, a.name);
	for (size_t i = 0; i < a.names.n && n != SIZE_MAX; i++) {
		size_t one = count_one(&a, a.names.v[i]);

		n = one == SIZE_MAX ? one : n + one;
	}
	vec_clear(&a.names);
	return a.unclear ? SIZE_MAX : n;
}

/* A query in an expression: of one row, without a FROM or that counts. */
static struct do_value
row(struct do_scope *s, const struct json *select)
{
	const struct json *list = json_get(select, "targetList");
	const struct json *first = list ? json_get(list->first, "ResTarget") :
	    NULL;
	struct do_value v = unknown, before = unknown;
	size_t n;

	if (first == NULL || list->first != list->last)
		return unknown;
	if (json_get(select, "fromClause") == NULL)
		return json_get(select, "whereClause") ? unknown :
		    evaluate(s, json_get(first, "val"));
	n = count(s, select);
	if (n == SIZE_MAX)
		return unknown;
	v = text_value(arena_printf(s->mem, "%zu", n));
	do_set(s, "count(*)", &v);
	v = evaluate(s, json_get(first, "val"));
	do_set(s, "count(*)", &before);
	return v;
}

static struct do_value
link(struct do_scope *s, const struct json *j)
{
	const struct json *select = json_get2(j, "subselect", "SelectStmt");
	const char *type = json_str(j, "subLinkType");
	size_t n;

	if (wm_is(type, "EXPR_SUBLINK"))
		return row(s, select);
	if (!wm_is(type, "EXISTS_SUBLINK"))
		return unknown;
	n = count(s, select);
	return n == SIZE_MAX ? unknown : truth(n > 0);
}

/* --- expressions ---------------------------------------------------------- */

static struct do_value
array(struct do_scope *s, const struct json *j)
{
	const struct json *items = json_get(j, "elements");
	struct do_value list = { .known = true, .list = true };
	WM_VEC all = VEC_INIT;

	for (const struct json *k = items ? items->first : NULL; k;
	    k = k->next) {
		struct do_value v = evaluate(s, k);

		if (!v.known || v.list || v.text == NULL)
			return unknown;
		vec_push(&all, v.text);
	}
	vec_settle(&list.items, s->mem, &all);
	return list;
}

static struct do_value
coalesce(struct do_scope *s, const struct json *j)
{
	const struct json *args = json_get(j, "args");
	struct do_value v = text_value(NULL);

	for (const struct json *k = args ? args->first : NULL; k &&
	    v.known && v.text == NULL; k = k->next)
		v = evaluate(s, k);
	return v;
}

static struct do_value
cast(struct do_scope *s, const struct json *j)
{
	const char *type = last_name(json_get2(j, "typeName", "names"));
	struct do_value v = evaluate(s, json_get(j, "arg"));

	if (wm_is(type, "bool") && v.known && v.text != NULL)
		return truth(is_true(v.text) || wm_is(v.text, "1") ||
		    wm_is(v.text, "on") || wm_is(v.text, "yes"));
	return v;
}

static struct do_value
evaluate(struct do_scope *s, const struct json *j)
{
	static const struct {
		const char *tag;
		struct do_value (*fn)(struct do_scope *s,
		    const struct json *j);
	} nodes[] = { { "A_Const", constant }, { "A_Expr", operation },
		{ "BoolExpr", logic }, { "FuncCall", call },
		{ "SubLink", link }, { "A_ArrayExpr", array },
		{ "CoalesceExpr", coalesce }, { "TypeCast", cast } };
	const struct json *x = json_get(j, "NullTest");
	struct do_value v;

	if (j == NULL)
		return unknown;
	if (json_get(j, "ColumnRef") != NULL)
		return variable(s, json_get(j, "ColumnRef"));
	for (size_t i = 0; i < WM_LEN(nodes); i++)
		if (json_get(j, nodes[i].tag) != NULL)
			return nodes[i].fn(s, json_get(j, nodes[i].tag));
	if (x == NULL)
		return unknown;
	v = evaluate(s, json_get(x, "arg"));
	return !v.known ? v : truth((!v.list && v.text == NULL) ==
	    wm_is(json_str(x, "nulltesttype"), "IS_NULL"));
}

struct do_value
do_query(struct do_scope *s, const char *query)
{
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (query == NULL || !sql_parse(s->mem, query, &st, &n, &err) ||
	    n != 1 || strcmp(st->tag, "SelectStmt") != 0)
		return unknown;
	return row(s, st->node);
}

struct do_value
do_value(struct do_scope *s, const char *expression)
{
	return expression == NULL ? unknown : do_query(s, arena_printf(s->mem,
	    "select %s", expression));
}
