#include "table.h"

#include <pg_query/pg_query.pb-c.h>
#include <stdlib.h>

#include "arena.h"
#include "map.h"
#include "sbuf.h"

#define NAME_MAX_BYTES 63	/* NAMEDATALEN - 1 */

struct cutter {
	struct arena *mem;
	const char *text;	/* the statement */
	size_t base;		/* where it stands in the whole text */
	struct sql_token *tokens;
	size_t n;
};

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

void
table_clear(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->cons.n; i++)
		vec_clear(&((struct con *)t->cons.v[i])->cols);
	vec_clear(&t->columns);
	vec_clear(&t->cons);
	vec_clear(&t->rest);
}

static bool
is_char(const struct cutter *k, size_t i, char c)
{
	return k->tokens[i].len == 1 && k->text[k->tokens[i].off] == c;
}

static bool
is_word(const struct cutter *k, size_t i, const char *word)
{
	return i < k->n && k->tokens[i].len == strlen(word) &&
	    strncasecmp(k->text + k->tokens[i].off, word, strlen(word)) == 0;
}

/* Text of [from, to) of the statement, white space at its ends cut. */
static const char *
cut(const struct cutter *k, size_t from, size_t to)
{
	while (from < to && strchr(" \t\r\n", k->text[from]) != NULL)
		from++;
	while (to > from && strchr(" \t\r\n", k->text[to - 1]) != NULL)
		to--;
	return arena_strndup(k->mem, k->text + from, to - from);
}

/*
 * Ends of the elements between the parentheses behind the table's name, in
 * the order of tableElts: bytes in the statement.
 */
static void
element_ends(const struct cutter *k, struct vec *out)
{
	int depth = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (is_char(k, i, '(') || is_char(k, i, '['))
			depth++;
		else if (is_char(k, i, ')') || is_char(k, i, ']')) {
			if (--depth == 0) {
				vec_push(out, (void *)(uintptr_t)
				    k->tokens[i].off);
				return;
			}
		} else if (depth == 1 && is_char(k, i, ','))
			vec_push(out, (void *)(uintptr_t)k->tokens[i].off);
	}
}

/* First token at or behind a byte. */
static size_t
token_at(const struct cutter *k, size_t off)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (k->tokens[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t
location(const struct cutter *k, const struct json *node)
{
	return (size_t)json_int(node, "location", 0) - k->base;
}

/* Byte at which a constraint's definition begins: behind CONSTRAINT name. */
static size_t
con_start(const struct cutter *k, const struct json *node)
{
	size_t i = token_at(k, location(k, node));

	if (is_word(k, i, "constraint"))
		i += 2;
	return i < k->n ? k->tokens[i].off : strlen(k->text);
}

static void
push_name(struct vec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return;
	vec_push(v, s);
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

static void
names_of(const struct json *list, struct vec *out)
{
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL)
			vec_push(out, sql_string(j));
}

static struct con *
add_con(const struct cutter *k, struct table *t, const struct json *node,
    enum con_kind kind, const struct column *col, size_t end)
{
	struct con *c = arena_alloc(k->mem, sizeof(*c));
	size_t from = con_start(k, node), i;
	const char *rest;

	c->kind = kind;
	c->node = node;
	c->name = json_str(node, "conname");
	c->named = c->name != NULL;
	c->in_column = col != NULL;
	c->deferrable = json_bool(node, "deferrable");
	c->deferred = json_bool(node, "initdeferred");
	c->not_valid = json_bool(node, "skip_validation");
	c->text = cut(k, from, end);
	vec_push(&t->cons, c);

	if (kind == CON_CHECK) {
		tree_columns(json_get(node, "raw_expr"), &c->cols);
		return c;
	}
	if (kind == CON_EXCLUDE) {
		const struct json *x = json_get(node, "exclusions");

		for (const struct json *j = x ? x->first : NULL; j;
		    j = j->next) {
			const struct json *l = json_get2(j, "List", "items");
			const char *s = json_str(json_get(l ? l->first : NULL,
			    "IndexElem"), "name");

			vec_push(&c->cols, s ? s : "expr");
		}
		return c;
	}
	names_of(json_get(node, kind == CON_FOREIGN ? "fk_attrs" : "keys"),
	    &c->cols);
	if (col == NULL)
		return c;
	/* written behind a column: say which one */
	vec_push(&c->cols, col->name);
	if (kind == CON_FOREIGN) {
		WM_SBUF b = SBUF_INIT;

		sbuf_puts(&b, "foreign key (");
		sbuf_ident(&b, col->name);
		sbuf_printf(&b, ") %s", c->text);
		c->text = sbuf_take(&b, k->mem);
		return c;
	}
	i = token_at(k, from) + (kind == CON_PRIMARY ? 2 : 1);
	rest = i < k->n && k->tokens[i].off < end ?
	    cut(k, k->tokens[i].off, end) : "";
	{
		WM_SBUF b = SBUF_INIT;
		bool distinct = strncasecmp(rest, "nulls", 5) == 0;

		sbuf_puts(&b, kind == CON_PRIMARY ? "primary key" : "unique");
		if (distinct)
			sbuf_printf(&b, " %s", rest);
		sbuf_puts(&b, " (");
		sbuf_ident(&b, col->name);
		sbuf_puts(&b, ")");
		if (!distinct && *rest != '\0')
			sbuf_printf(&b, " %s", rest);
		c->text = sbuf_take(&b, k->mem);
	}
	return c;
}

/* In CREATE TABLE there are no rows: NOT VALID says nothing. */
static void
drop_not_valid(struct arena *mem, struct con *c)
{
	struct sql_token *t;
	size_t n;

	if (!c->not_valid || !sql_scan(mem, c->text, &t, &n))
		return;
	c->not_valid = false;
	for (size_t i = n; i-- > 1;)
		if (t[i].len == 5 && strncasecmp(c->text + t[i].off, "valid",
		    5) == 0 && t[i - 1].len == 3 && strncasecmp(c->text +
		    t[i - 1].off, "not", 3) == 0) {
			c->text = arena_printf(mem, "%.*s%s",
			    (int)t[i - 1].off, c->text, c->text + t[i].off +
			    5);
			return;
		}
}

static bool
con_kind_of(const char *type, enum con_kind *out)
{
	static const struct {
		const char *type;
		enum con_kind kind;
	} rows[] = { { "CONSTR_PRIMARY", CON_PRIMARY },
		{ "CONSTR_UNIQUE", CON_UNIQUE }, { "CONSTR_CHECK", CON_CHECK },
		{ "CONSTR_FOREIGN", CON_FOREIGN },
		{ "CONSTR_EXCLUSION", CON_EXCLUDE } };

	for (size_t i = 0; type != NULL && i < WM_LEN(rows); i++)
		if (strcmp(rows[i].type, type) == 0) {
			*out = rows[i].kind;
			return true;
		}
	return false;
}

/* End of a column's constraint: where the next one, no attribute, begins. */
static size_t
con_end(const struct cutter *k, const struct json *link, size_t end)
{
	for (const struct json *j = link->next; j != NULL; j = j->next) {
		const struct json *n = json_get(j, "Constraint");
		const char *t = json_str(n, "contype");

		if (t != NULL && strncmp(t, "CONSTR_ATTR", 11) != 0)
			return location(k, n);
	}
	return end;
}

static void
column_constraint(const struct cutter *k, struct table *t, struct column *c,
    const struct json *link, size_t end, struct con **last)
{
	const struct json *node = json_get(link, "Constraint");
	const char *type = json_str(node, "contype");
	size_t stop = con_end(k, link, end), from = con_start(k, node);
	enum con_kind kind;

	if (type == NULL)
		return;
	if (con_kind_of(type, &kind)) {
		*last = add_con(k, t, node, kind, c, stop);
		c->not_null = c->not_null || kind == CON_PRIMARY;
	} else if (strcmp(type, "CONSTR_NOTNULL") == 0)
		c->not_null = true;
	else if (strcmp(type, "CONSTR_DEFAULT") == 0) {
		c->dflt = json_get(node, "raw_expr");
		c->dflt_text = cut(k, from + 7, stop);	/* behind DEFAULT */
	} else if (strcmp(type, "CONSTR_IDENTITY") == 0) {
		const char *w = json_str(node, "generated_when");

		c->identity = w != NULL ? w[0] : 'a';
		c->identity_opts = json_get(node, "options");
		c->identity_text = cut(k, from, stop);
		c->not_null = true;
	} else if (strcmp(type, "CONSTR_GENERATED") == 0) {
		c->generated = json_get(node, "raw_expr");
		c->generated_text = cut(k, from, stop);
	} else if (*last != NULL && strcmp(type, "CONSTR_ATTR_DEFERRABLE") == 0)
		(*last)->deferrable = true;
	else if (*last != NULL && strcmp(type, "CONSTR_ATTR_DEFERRED") == 0)
		(*last)->deferrable = (*last)->deferred = true;
	else if (strcmp(type, "CONSTR_NULL") != 0 &&
	    strncmp(type, "CONSTR_ATTR", 11) != 0)
		t->unknown = type;
}

/* The tree of a type's name. */
static const struct json *
type_tree(struct arena *mem, const char *type)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const struct json *elts;

	if (!sql_parse(mem, arena_printf(mem, "create table x (x %s)", type),
	    &st, &n, &err) || n != 1)
		return NULL;
	elts = json_get(st->node, "tableElts");
	return elts && elts->first ? json_get(json_get(elts->first,
	    "ColumnDef"), "typeName") : NULL;
}

static const char *
collation_text(struct arena *mem, const struct json *clause)
{
	const struct json *l = json_get(clause, "collname");
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = l ? l->first : NULL; j; j = j->next) {
		sbuf_puts(&b, b.len ? "." : "");
		sbuf_ident(&b, sql_string(j) ? sql_string(j) : "");
	}
	return sbuf_take(&b, mem);
}

/* What a column's type is, and where its text ends. */
static void
column_type(const struct cutter *k, struct column *c, const struct json *cons,
    size_t end)
{
	static const struct {
		const char *serial, *type;
	} serials[] = { { "serial", "integer" }, { "serial4", "integer" },
		{ "bigserial", "bigint" }, { "serial8", "bigint" },
		{ "smallserial", "smallint" }, { "serial2", "smallint" } };
	const struct json *names = json_get(c->type, "names");
	const char *base = names && names->last ? sql_string(names->last) :
	    NULL;
	size_t type_at = location(k, c->type), type_end = end;

	for (size_t i = token_at(k, type_at); i < k->n &&
	    k->tokens[i].off < end; i++)
		if (is_word(k, i, "compression") || is_word(k, i, "storage")) {
			type_end = k->tokens[i].off;
			break;
		}
	if (c->collation != NULL && location(k, c->collation) < type_end)
		type_end = location(k, c->collation);
	if (cons != NULL && cons->first != NULL &&
	    location(k, json_get(cons->first, "Constraint")) < type_end)
		type_end = location(k, json_get(cons->first, "Constraint"));
	c->type_text = cut(k, type_at, type_end);
	if (c->collation != NULL)
		c->collation_text = collation_text(k->mem, c->collation);
	for (size_t i = 0; base != NULL && i < WM_LEN(serials); i++)
		if (strcmp(base, serials[i].serial) == 0) {
			c->serial = true;
			c->not_null = true;
			c->type_text = serials[i].type;
			c->type = type_tree(k->mem, c->type_text);
		}
}

static void
add_column(const struct cutter *k, struct table *t, const struct json *def,
    size_t end)
{
	struct column *c = arena_alloc(k->mem, sizeof(*c));
	const struct json *cons = json_get(def, "constraints");
	struct con *last = NULL;

	c->name = json_str(def, "colname");
	c->type = json_get(def, "typeName");
	c->collation = json_get(def, "collClause");
	c->compression = json_str(def, "compression");
	c->element = cut(k, location(k, def), end);
	c->not_null = json_bool(def, "is_not_null");
	if (c->name == NULL)
		return;
	/* it has that from elsewhere */
	if (c->type == NULL)
		t->unknown = "a column without a type";
	else
		column_type(k, c, cons, end);
	vec_push(&t->columns, c);
	for (const struct json *j = cons ? cons->first : NULL; j; j = j->next)
		column_constraint(k, t, c, j, end, &last);
}

/* One command of an ALTER TABLE: its tree, and its text among the tokens. */
struct command {
	const char *sub;
	const struct json *cmd;
	size_t from, to;	/* bytes of the statement */
	bool only;		/* without partitions and heirs */
};

/* Where a word stands in a command, outside of parentheses; 0: nowhere. */
static size_t
find_word(const struct cutter *k, const struct command *c, const char *word)
{
	int depth = 0;

	for (size_t i = token_at(k, c->from); i < k->n &&
	    k->tokens[i].off < c->to; i++) {
		if (is_char(k, i, '(') || is_char(k, i, '['))
			depth++;
		else if (is_char(k, i, ')') || is_char(k, i, ']'))
			depth--;
		else if (depth == 0 && is_word(k, i, word))
			return k->tokens[i].off;
	}
	return 0;
}

static void
primary_not_null(struct table *t)
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

static void
forget_con(struct table *t, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *k = t->cons.v[i];

		if (k->name == NULL || strcmp(k->name, name) != 0)
			t->cons.v[n++] = k;
		else
			vec_clear(&k->cols);
	}
	t->cons.n = n;
}

static void
set_type(const struct cutter *k, struct column *c, const struct command *m)
{
	const struct json *def = json_get2(m->cmd, "def", "ColumnDef");
	size_t end = find_word(k, m, "using");
	size_t at = find_word(k, m, "collate");

	c->type = json_get(def, "typeName");
	c->collation = json_get(def, "collClause");
	c->collation_text = c->collation ? collation_text(k->mem,
	    c->collation) : NULL;
	if (end == 0 || (at > 0 && at < end))
		end = at > 0 ? at : m->to;
	if (c->type != NULL)
		c->type_text = cut(k, location(k, c->type), end);
}

typedef void apply_fn(const struct cutter *k, struct table *t,
    struct column *c, const struct command *m);

static void
apply_add_column(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)c;
	add_column(k, t, json_get2(m->cmd, "def", "ColumnDef"), m->to);
}

static void
apply_drop_column(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)k;
	(void)m;
	table_forget(t, c->name);
}

static void
apply_default(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	size_t at = find_word(k, m, "default");

	(void)t;
	c->dflt = json_get(m->cmd, "def");
	c->dflt_text = c->dflt ? cut(k, at + 7, m->to) : NULL;
}

static void
apply_not_null(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)k;
	(void)t;
	c->not_null = strcmp(m->sub, "AT_SetNotNull") == 0;
}

static void
apply_type(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)t;
	set_type(k, c, m);
}

static void
apply_expression(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)k;
	(void)t;
	(void)m;
	c->generated = NULL;
	c->generated_text = NULL;
}

static void
apply_storage(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const char *s = json_str(json_get2(m->cmd, "def", "String"), "sval");

	(void)k;
	(void)t;
	if (strcmp(m->sub, "AT_SetStorage") == 0)
		c->storage = s;
	else
		c->compression = s && strcmp(s, "default") != 0 ? s : NULL;
}

static void
apply_statistics(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)t;
	c->statistics = arena_printf(k->mem, "%ld", json_int(
	    json_get2(m->cmd, "def", "Integer"), "ival", 0));
}

static void
apply_add_con(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const struct json *def = json_get2(m->cmd, "def", "Constraint");
	enum con_kind kind;

	(void)c;
	if (con_kind_of(json_str(def, "contype"), &kind))
		add_con(k, t, def, kind, NULL, m->to)->only = m->only &&
		    json_get(t->node, "partspec") != NULL;
}

static void
apply_drop_con(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const char *name = json_str(m->cmd, "name");

	(void)k;
	(void)c;
	if (name != NULL)
		forget_con(t, name);
}

static void
apply_validate(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const char *name = json_str(m->cmd, "name");

	(void)k;
	(void)c;
	for (size_t i = 0; name != NULL && i < t->cons.n; i++) {
		struct con *n = t->cons.v[i];

		if (n->name != NULL && strcmp(n->name, name) == 0)
			n->not_valid = false;
	}
}

static void
apply_identity(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const struct json *con = json_get2(m->cmd, "def", "Constraint");
	const char *w = json_str(con, "generated_when");

	(void)t;
	c->identity = con == NULL ? 0 : w != NULL ? w[0] : 'a';
	c->identity_opts = json_get(con, "options");
	c->identity_text = con ? cut(k, find_word(k, m, "generated"), m->to) :
	    NULL;
	c->not_null = c->not_null || con != NULL;
}

static const struct {
	const char *sub;
	apply_fn *fn;
	bool column;		/* it has to be there */
} commands[] = {
	{ "AT_AddColumn", apply_add_column, false },
	{ "AT_DropColumn", apply_drop_column, true },
	{ "AT_ColumnDefault", apply_default, true },
	{ "AT_SetNotNull", apply_not_null, true },
	{ "AT_DropNotNull", apply_not_null, true },
	{ "AT_AlterColumnType", apply_type, true },
	{ "AT_DropExpression", apply_expression, true },
	{ "AT_SetStorage", apply_storage, true },
	{ "AT_SetCompression", apply_storage, true },
	{ "AT_SetStatistics", apply_statistics, true },
	{ "AT_AddIdentity", apply_identity, true },
	{ "AT_DropIdentity", apply_identity, true },
	{ "AT_AddConstraint", apply_add_con, false },
	{ "AT_DropConstraint", apply_drop_con, false },
	{ "AT_ValidateConstraint", apply_validate, false },
};

static int
find_command(const struct table *t, const struct json *cmd)
{
	const char *sub = json_str(cmd, "subtype");
	const char *name = json_str(cmd, "name");
	const struct json *con = json_get2(cmd, "def", "Constraint");
	enum con_kind kind;

	for (size_t i = 0; sub != NULL && i < WM_LEN(commands); i++) {
		if (strcmp(commands[i].sub, sub) != 0)
			continue;
		if (commands[i].column && (name == NULL ||
		    table_column(t, name) == NULL))
			return -1;
		/* an index that becomes a constraint, say */
		if (con != NULL && strcmp(sub, "AT_AddConstraint") == 0 &&
		    (!con_kind_of(json_str(con, "contype"), &kind) ||
		    json_get(con, "indexname") != NULL))
			return -1;
		return (int)i;
	}
	return -1;
}

/* Ends of the commands: commas outside of parentheses. */
static void
command_ends(const struct cutter *k, struct vec *out)
{
	int depth = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (is_char(k, i, '(') || is_char(k, i, '['))
			depth++;
		else if (is_char(k, i, ')') || is_char(k, i, ']'))
			depth--;
		else if (depth == 0 && is_char(k, i, ','))
			vec_push(out, (void *)(uintptr_t)k->tokens[i].off);
	}
	vec_push(out, (void *)(uintptr_t)strlen(k->text));
}

bool
table_alter(struct arena *mem, struct table *t, const char *text,
    const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	struct cutter k = { mem, arena_strndup(mem, text + st->off, st->len),
		st->off, NULL, 0 };
	struct command m = { .from = 0 };
	WM_VEC ends = VEC_INIT;
	size_t n = 0;

	if (strcmp(st->tag, "AlterTableStmt") != 0 || cmds == NULL ||
	    !sql_scan(mem, k.text, &k.tokens, &k.n))
		return false;
	for (const struct json *j = cmds->first; j != NULL; j = j->next, n++)
		if (find_command(t, json_get(j, "AlterTableCmd")) < 0)
			return false;
	m.only = !json_bool(json_get(st->node, "relation"), "inh");
	command_ends(&k, &ends);
	if (ends.n != n)
		return false;
	n = 0;
	for (const struct json *j = cmds->first; j != NULL; j = j->next) {
		struct column *c;
		int i;

		m.cmd = json_get(j, "AlterTableCmd");
		m.sub = json_str(m.cmd, "subtype");
		m.to = (size_t)(uintptr_t)ends.v[n++];
		i = find_command(t, m.cmd);
		c = json_str(m.cmd, "name") ? table_column(t, json_str(m.cmd,
		    "name")) : NULL;
		if (i >= 0)
			commands[i].fn(&k, t, c, &m);
		m.from = m.to + 1;
	}
	primary_not_null(t);
	table_names(mem, t);
	return true;
}

/* FOR VALUES ... or DEFAULT, up to the clause behind it. */
static const char *
bound_text(const struct cutter *k, const struct json *bound)
{
	static const char *const next[] = { "partition", "using", "with",
		"without", "on", "tablespace" };
	size_t i = token_at(k, location(k, bound)), from, end;
	int depth = 0;
	bool more = true;

	/* the parser points at what is behind FOR VALUES */
	while (i > 0 && (is_word(k, i - 1, "values") ||
	    is_word(k, i - 1, "for")))
		i--;
	from = i < k->n ? k->tokens[i].off : strlen(k->text);
	end = strlen(k->text);
	for (i++; i < k->n && more; i++) {
		depth += is_char(k, i, '(') - is_char(k, i, ')');
		for (size_t w = 0; w < WM_LEN(next) && depth == 0; w++) {
			/* WITH also stands in hash bounds, in parentheses */
			if (is_word(k, i, next[w]) && !(w == 3 - 1 &&
			    is_char(k, i + 1 < k->n ? i + 1 : i, '(') &&
			    strstr(k->text + k->tokens[i].off, "modulus") !=
			    NULL)) {
				end = k->tokens[i].off;
				more = false;
			}
		}
	}
	return cut(k, from, end);
}

/* What of two keys has to be the same for the server to make one of them. */
static bool
same_index(const struct con *a, const struct con *b)
{
	if (a->cols.n != b->cols.n || a->deferrable != b->deferrable ||
	    a->deferred != b->deferred || !sql_equal(json_get(a->node,
	    "including"), json_get(b->node, "including")) ||
	    json_bool(a->node, "nulls_not_distinct") !=
	    json_bool(b->node, "nulls_not_distinct"))
		return false;
	for (size_t i = 0; i < a->cols.n; i++)
		if (strcmp(a->cols.v[i], b->cols.v[i]) != 0)
			return false;
	return true;
}

/*
 * The server makes one index of keys that are alike: the primary key, or the
 * first; it takes a name from those that go (source: transformIndexConstraints
 * in PostgreSQL's parse_utilcmd.c).
 */
static void
merge_keys(struct table *t)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *k = t->cons.v[i], *stays = NULL;

		for (size_t x = 0; k->kind == CON_UNIQUE && x < t->cons.n;
		    x++) {
			struct con *o = t->cons.v[x];

			if (o != k && same_index(o, k) && (o->kind ==
			    CON_PRIMARY || (o->kind == CON_UNIQUE && x < i &&
			    stays == NULL)))
				stays = o;
		}
		if (stays == NULL)
			continue;
		if (stays->name == NULL) {
			stays->name = k->name;
			stays->named = k->named;
		}
		vec_clear(&k->cols);
		memmove(t->cons.v + i, t->cons.v + i + 1,
		    (t->cons.n - i - 1) * sizeof(*t->cons.v));
		t->cons.n--;
		i--;
	}
}

struct table *
table_read(struct arena *mem, const char *text)
{
	struct sql_stmt *stmts;
	struct sql_error err;
	size_t n;

	return sql_parse(mem, text, &stmts, &n, &err) ?
	    table_parse(mem, text, stmts, n) : NULL;
}

struct table *
table_parse(struct arena *mem, const char *text, const struct sql_stmt *stmts,
    size_t n)
{
	struct table *t;
	struct cutter k = { .mem = mem };
	const struct json *elts, *rel;
	WM_VEC ends = VEC_INIT;
	size_t i = 0;

	if (n == 0 || strcmp(stmts[0].tag, "CreateStmt") != 0)
		return NULL;
	t = arena_alloc(mem, sizeof(*t));
	t->text = text;
	t->node = stmts[0].node;
	if (!ident_of(mem, &stmts[0], &t->id))
		return NULL;
	rel = json_get(t->node, "relation");
	t->persistence = json_str(rel, "relpersistence");
	k.base = stmts[0].off;
	k.text = arena_strndup(mem, text + k.base, stmts[0].len);
	if (!sql_scan(mem, k.text, &k.tokens, &k.n))
		return NULL;
	elts = json_get(t->node, "tableElts");
	element_ends(&k, &ends);
	for (const struct json *j = elts ? elts->first : NULL; j; j = j->next) {
		const struct json *col = json_get(j, "ColumnDef");
		const struct json *con = json_get(j, "Constraint");
		size_t end = i < ends.n ? (size_t)(uintptr_t)ends.v[i] :
		    strlen(k.text);
		enum con_kind kind;

		i++;
		if (col != NULL)
			add_column(&k, t, col, end);
		else if (con != NULL && con_kind_of(json_str(con, "contype"),
		    &kind))
			drop_not_valid(mem, add_con(&k, t, con, kind, NULL,
			    end));
		else
			t->unknown = j->first ? j->first->key : "an element";
	}
	primary_not_null(t);
	merge_keys(t);
	table_names(mem, t);
	for (size_t s = 1; s < n; s++)
		if (!table_alter(mem, t, text, &stmts[s]))
			vec_push(&t->rest, &stmts[s]);
	if (json_get(t->node, "partbound") != NULL)
		t->bound_text = bound_text(&k, json_get(t->node, "partbound"));
	if (json_get(t->node, "ofTypename") != NULL)
		t->unknown = "a typed table";
	return t;
}

/* Bytes of the first n bytes of s that end with a whole character. */
static size_t
clip(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Source: makeObjectName, in PostgreSQL's indexcmds.c. */
const char *
table_object_name(struct arena *mem, const char *a, const char *b,
    const char *label)
{
	size_t la = strlen(a), lb = b ? strlen(b) : 0;
	size_t over = strlen(label) + 1 + (b ? 1 : 0);

	while (la + lb > NAME_MAX_BYTES - over) {
		if (la > lb)
			la--;
		else
			lb--;
	}
	la = clip(a, la);
	lb = b ? clip(b, lb) : 0;
	return arena_printf(mem, "%.*s%s%.*s_%s", (int)la, a, b ? "_" : "",
	    (int)lb, b ? b : "", label);
}

/* Columns behind INCLUDE are in an index's name. */
static void
including(const struct json *node, struct sbuf *out)
{
	const struct json *l = json_get(node, "including");

	for (const struct json *j = l ? l->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL)
			sbuf_printf(out, "_%s", sql_string(j));
}

void
table_names(struct arena *mem, struct table *t)
{
	static const struct {
		enum con_kind kind;
		const char *label;
	} passes[] = { { CON_CHECK, "check" }, { CON_PRIMARY, "pkey" },
		{ CON_UNIQUE, "key" }, { CON_EXCLUDE, "excl" },
		{ CON_FOREIGN, "fkey" } };
	WM_MAP used = MAP_INIT;

	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *c = t->cons.v[i];

		if (c->name != NULL)
			map_put(&used, c->name, c);
	}
	for (size_t p = 0; p < WM_LEN(passes); p++) {
		for (size_t i = 0; i < t->cons.n; i++) {
			struct con *c = t->cons.v[i];
			WM_SBUF cols = SBUF_INIT;
			const char *b = NULL, *name;

			if (c->kind != passes[p].kind || c->name != NULL)
				continue;
			for (size_t x = 0; x < c->cols.n; x++)
				sbuf_printf(&cols, "%s%s", x ? "_" : "",
				    (const char *)c->cols.v[x]);
			if (c->kind == CON_UNIQUE || c->kind == CON_EXCLUDE)
				including(c->node, &cols);
			if (c->kind == CON_CHECK)
				b = c->cols.n == 1 ? c->cols.v[0] : NULL;
			else if (c->kind != CON_PRIMARY)
				b = sbuf_str(&cols);
			name = table_object_name(mem, t->id.name, b,
			    passes[p].label);
			for (int n = 1; map_get(&used, name) != NULL; n++)
				name = table_object_name(mem, t->id.name, b,
				    arena_printf(mem, "%s%d", passes[p].label,
				    n));
			c->name = name;
			map_put(&used, name, c);
		}
	}
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
	if (a->kind != CON_CHECK) {
		if (a->cols.n != b->cols.n)
			return false;
		for (size_t i = 0; i < a->cols.n; i++)
			if (strcmp(a->cols.v[i], b->cols.v[i]) != 0)
				return false;
	}
	for (size_t i = 0; i < WM_LEN(members); i++)
		if (!same_member(a, b, members[i]))
			return false;
	return same_table(json_get(a->node, "pktable"),
	    json_get(b->node, "pktable"));
}
