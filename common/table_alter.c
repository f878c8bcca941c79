/* What ALTER TABLE does to a structure: a row of a table for each command. */
#include "table_impl.h"

#include "arena.h"
#include "sbuf.h"

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

	for (size_t i = cutter_token(k, c->from); i < k->n &&
	    k->tokens[i].off < c->to; i++) {
		if (cutter_is(k, i, '(') || cutter_is(k, i, '['))
			depth++;
		else if (cutter_is(k, i, ')') || cutter_is(k, i, ']'))
			depth--;
		else if (depth == 0 && cutter_is_word(k, i, word))
			return k->tokens[i].off;
	}
	return 0;
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
	c->collation_text = c->collation ? table_collation(k->mem,
	    c->collation) : NULL;
	if (end == 0 || (at > 0 && at < end))
		end = at > 0 ? at : m->to;
	if (c->type != NULL)
		c->type_text = cutter_text(k, cutter_place(k, c->type), end);
}

typedef void apply_fn(const struct cutter *k, struct table *t,
    struct column *c, const struct command *m);

static void
apply_add_column(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	(void)c;
	table_add_column(k, t, json_get2(m->cmd, "def", "ColumnDef"), m->to);
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
	c->dflt_text = c->dflt ? cutter_text(k, at + 7, m->to) : NULL;
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
		table_add_con(k, t, def, kind, NULL, m->to)->only = m->only &&
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
	c->identity_text = con ? cutter_text(k, find_word(k, m, "generated"),
	    m->to) : NULL;
	c->not_null = c->not_null || con != NULL;
}

static bool
same_range(const struct json *x, const struct json *y)
{
	const char *s = json_str(x, "schemaname"), *t = json_str(y,
	    "schemaname");

	return strcmp(json_str(x, "relname"), json_str(y, "relname")) == 0 &&
	    strcmp(s ? s : IDENT_SCHEMA, t ? t : IDENT_SCHEMA) == 0;
}

static void
apply_inherit(const struct cutter *k, struct table *t, struct column *c,
    const struct command *m)
{
	const struct json *rv = json_get2(m->cmd, "def", "RangeVar");
	size_t n = 0;

	(void)k;
	(void)c;
	if (strcmp(m->sub, "AT_AddInherit") == 0) {
		vec_push(&t->joined, rv);
		return;
	}
	for (size_t i = 0; i < t->joined.n; i++)
		if (!same_range(t->joined.v[i], rv))
			t->joined.v[n++] = t->joined.v[i];
	t->joined.n = n;
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
	{ "AT_AddInherit", apply_inherit, false },
	{ "AT_DropInherit", apply_inherit, false },
};

static bool
has_joined(const struct table *t, const struct json *cmd)
{
	for (size_t i = 0; i < t->joined.n; i++)
		if (same_range(t->joined.v[i], json_get2(cmd, "def",
		    "RangeVar")))
			return true;
	return false;
}

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
		/* what CREATE TABLE says stays so */
		if (strcmp(sub, "AT_DropInherit") == 0 && !has_joined(t, cmd))
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
		if (cutter_is(k, i, '(') || cutter_is(k, i, '['))
			depth++;
		else if (cutter_is(k, i, ')') || cutter_is(k, i, ']'))
			depth--;
		else if (depth == 0 && cutter_is(k, i, ','))
			vec_push(out, (void *)(uintptr_t)k->tokens[i].off);
	}
	vec_push(out, (void *)(uintptr_t)strlen(k->text));
}

/* RENAME CONSTRAINT: one that had no name has the server's by now. */
static bool
rename_con(struct table *t, const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "renameType");
	const char *from = json_str(st->node, "subname");
	const char *to = json_str(st->node, "newname");

	if (type == NULL || strcmp(type, "OBJECT_TABCONSTRAINT") != 0 ||
	    from == NULL || to == NULL)
		return false;
	for (size_t i = 0; i < t->cons.n; i++) {
		struct con *k = t->cons.v[i];

		if (k->name == NULL || strcmp(k->name, from) != 0)
			continue;
		k->name = to;
		k->named = true;
		return true;
	}
	return false;
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

	if (strcmp(st->tag, "RenameStmt") == 0)
		return rename_con(t, st);
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
	table_primary(t);
	table_names(mem, t);
	return true;
}

/* Where the first command begins: behind the table's name; 0: nowhere. */
static size_t
commands_at(const struct cutter *k)
{
	static const char *const skip[] = { "alter", "table", "if", "exists",
		"only" };
	size_t i = 0;

	for (size_t w = 0; w < WM_LEN(skip); w++)
		i += cutter_is_word(k, i, skip[w]);
	i += cutter_is(k, i, '(') ? 2 : 1;
	while (i < k->n && cutter_is(k, i, '.'))
		i += 2;
	while (i < k->n && (cutter_is(k, i, ')') || cutter_is(k, i, '*')))
		i++;
	return i < k->n ? k->tokens[i].off : 0;
}

/*
 * The commands of an ALTER TABLE, a statement each. They stand behind the
 * table's text by then, which what points into it is about.
 *
 * Returns false, with nothing changed, where it has but one, or is about
 * something else than a table.
 */
static bool
split(struct arena *mem, struct table *t, const struct sql_stmt *st,
    const struct sql_stmt **out, size_t *out_n)
{
	const char *type = json_str(st->node, "objtype");
	struct cutter k = { mem, arena_strndup(mem, t->text + st->off,
	    st->len), st->off, NULL, 0 };
	WM_VEC ends = VEC_INIT;
	WM_SBUF b = SBUF_INIT;
	struct sql_stmt *stmts;
	struct sql_error err;
	size_t from, at, n;

	if (strcmp(st->tag, "AlterTableStmt") != 0 || type == NULL ||
	    strcmp(type, "OBJECT_TABLE") != 0 || !sql_scan(mem, k.text,
	    &k.tokens, &k.n))
		return false;
	at = from = commands_at(&k);
	command_ends(&k, &ends);
	if (at == 0 || ends.n < 2)
		return false;
	sbuf_printf(&b, "%s\n;", t->text);
	for (size_t i = 0; i < ends.n; i++) {
		size_t to = (size_t)(uintptr_t)ends.v[i];

		sbuf_printf(&b, "\n%.*s%s;", (int)at, k.text,
		    cutter_text(&k, from, to));
		from = to + 1;
	}
	if (!sql_parse(mem, sbuf_str(&b), &stmts, &n, &err) || n < ends.n)
		return false;
	t->text = sbuf_take(&b, mem);
	*out = stmts + (n - ends.n);
	*out_n = ends.n;
	return true;
}

void
table_follow(struct arena *mem, struct table *t, const struct sql_stmt *st,
    struct vec *rest)
{
	const struct sql_stmt *each;
	size_t n;

	if (table_alter(mem, t, t->text, st))
		return;
	if (!split(mem, t, st, &each, &n)) {
		vec_push(rest, st);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!table_alter(mem, t, t->text, &each[i]))
			vec_push(rest, &each[i]);
}
