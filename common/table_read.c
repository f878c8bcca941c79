/* CREATE TABLE, and what stands behind it, is read into a structure. */
#include "table_impl.h"

#include "arena.h"
#include "sbuf.h"

/*
 * Ends of the elements between the parentheses behind the table's name, in
 * the order of tableElts: bytes in the statement.
 */
static void
element_ends(const struct cutter *k, struct vec *out)
{
	int depth = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (cutter_is(k, i, '(') || cutter_is(k, i, '['))
			depth++;
		else if (cutter_is(k, i, ')') || cutter_is(k, i, ']')) {
			if (--depth == 0) {
				vec_push(out, (void *)(uintptr_t)
				    k->tokens[i].off);
				return;
			}
		} else if (depth == 1 && cutter_is(k, i, ','))
			vec_push(out, (void *)(uintptr_t)k->tokens[i].off);
	}
}

/* Byte at which a constraint's definition begins: behind CONSTRAINT name. */
static size_t
con_start(const struct cutter *k, const struct json *node)
{
	size_t i = cutter_token(k, cutter_place(k, node));

	if (cutter_is_word(k, i, "constraint"))
		i += 2;
	return i < k->n ? k->tokens[i].off : strlen(k->text);
}

static void
names_of(const struct json *list, struct vec *out)
{
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL)
			vec_push(out, sql_string(j));
}

struct con *
table_add_con(const struct cutter *k, struct table *t, const struct json *node,
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
	c->text = cutter_text(k, from, end);
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
	i = cutter_token(k, from) + (kind == CON_PRIMARY ? 2 : 1);
	rest = i < k->n && k->tokens[i].off < end ?
	    cutter_text(k, k->tokens[i].off, end) : "";
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

void
table_validated(struct arena *mem, struct con *c)
{
	if (!c->not_valid)
		return;
	c->not_valid = false;
	c->text = con_text(mem, c);
}

bool
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
			return cutter_place(k, n);
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
		*last = table_add_con(k, t, node, kind, c, stop);
		c->not_null = c->not_null || kind == CON_PRIMARY;
	} else if (strcmp(type, "CONSTR_NOTNULL") == 0)
		c->not_null = true;
	else if (strcmp(type, "CONSTR_DEFAULT") == 0) {
		c->dflt = json_get(node, "raw_expr");
		/* behind DEFAULT */
		c->dflt_text = cutter_text(k, from + 7, stop);
	} else if (strcmp(type, "CONSTR_IDENTITY") == 0) {
		const char *w = json_str(node, "generated_when");

		c->identity = w != NULL ? w[0] : 'a';
		c->identity_opts = json_get(node, "options");
		c->identity_text = cutter_text(k, from, stop);
		c->not_null = true;
	} else if (strcmp(type, "CONSTR_GENERATED") == 0) {
		c->generated = json_get(node, "raw_expr");
		c->generated_text = cutter_text(k, from, stop);
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

const char *
table_collation(struct arena *mem, const struct json *clause)
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
	size_t type_at = cutter_place(k, c->type), type_end = end;

	/* a schema, or the type, may be called so */
	for (size_t i = cutter_token(k, type_at) + 1; i < k->n &&
	    k->tokens[i].off < end; i++)
		if (!cutter_is_word(k, i - 1, ".") &&
		    (cutter_is_word(k, i, "compression") ||
		    cutter_is_word(k, i, "storage"))) {
			type_end = k->tokens[i].off;
			break;
		}
	if (c->collation != NULL && cutter_place(k, c->collation) < type_end)
		type_end = cutter_place(k, c->collation);
	if (cons != NULL && cons->first != NULL &&
	    cutter_place(k, json_get(cons->first, "Constraint")) < type_end)
		type_end = cutter_place(k, json_get(cons->first, "Constraint"));
	c->type_text = cutter_text(k, type_at, type_end);
	if (c->collation != NULL)
		c->collation_text = table_collation(k->mem, c->collation);
	for (size_t i = 0; base != NULL && i < WM_LEN(serials); i++)
		if (strcmp(base, serials[i].serial) == 0) {
			c->serial = true;
			c->not_null = true;
			c->type_text = serials[i].type;
			c->type = type_tree(k->mem, c->type_text);
		}
}

void
table_add_column(const struct cutter *k, struct table *t,
    const struct json *def, size_t end)
{
	struct column *c = arena_alloc(k->mem, sizeof(*c));
	const struct json *cons = json_get(def, "constraints");
	struct con *last = NULL;

	c->name = json_str(def, "colname");
	c->type = json_get(def, "typeName");
	c->collation = json_get(def, "collClause");
	c->compression = json_str(def, "compression");
	c->element = cutter_text(k, cutter_place(k, def), end);
	c->not_null = json_bool(def, "is_not_null");
	if (c->name == NULL)
		return;
	/* it has that from elsewhere */
	if (c->type == NULL)
		t->unknown = TABLE_UNTYPED;
	else
		column_type(k, c, cons, end);
	vec_push(&t->columns, c);
	for (const struct json *j = cons ? cons->first : NULL; j; j = j->next)
		column_constraint(k, t, c, j, end, &last);
}

/* FOR VALUES ... or DEFAULT, up to the clause behind it. */
static const char *
bound_text(const struct cutter *k, const struct json *bound)
{
	static const char *const next[] = { "partition", "using", "with",
		"without", "on", "tablespace" };
	size_t i = cutter_token(k, cutter_place(k, bound)), from, end;
	int depth = 0;
	bool more = true;

	/* the parser points at what is behind FOR VALUES */
	while (i > 0 && (cutter_is_word(k, i - 1, "values") ||
	    cutter_is_word(k, i - 1, "for")))
		i--;
	from = i < k->n ? k->tokens[i].off : strlen(k->text);
	end = strlen(k->text);
	for (i++; i < k->n && more; i++) {
		depth += cutter_is(k, i, '(') - cutter_is(k, i, ')');
		for (size_t w = 0; w < WM_LEN(next) && depth == 0; w++) {
			/* WITH also stands in hash bounds, in parentheses */
			if (cutter_is_word(k, i, next[w]) && !(w == 3 - 1 &&
			    cutter_is(k, i + 1 < k->n ? i + 1 : i, '(') &&
			    strstr(k->text + k->tokens[i].off, "modulus") !=
			    NULL)) {
				end = k->tokens[i].off;
				more = false;
			}
		}
	}
	return cutter_text(k, from, end);
}

/* What of two keys has to be the same for the server to make one of them. */
static bool
same_index(const struct con *a, const struct con *b)
{
	return vec_same_strings(&a->cols, &b->cols) &&
	    a->deferrable == b->deferrable && a->deferred == b->deferred &&
	    sql_equal(json_get(a->node, "including"), json_get(b->node,
	    "including")) && json_bool(a->node, "nulls_not_distinct") ==
	    json_bool(b->node, "nulls_not_distinct");
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
			table_add_column(&k, t, col, end);
		else if (con != NULL && con_kind_of(json_str(con, "contype"),
		    &kind))
			/* there are no rows: NOT VALID says nothing */
			table_validated(mem, table_add_con(&k, t, con, kind,
			    NULL, end));
		else
			t->unknown = j->first ? j->first->key : "an element";
	}
	table_primary(t);
	merge_keys(t);
	table_names(mem, t);
	for (size_t s = 1; s < n; s++)
		table_follow(mem, t, &stmts[s], &t->rest);
	if (json_get(t->node, "partbound") != NULL)
		t->bound_text = bound_text(&k, json_get(t->node, "partbound"));
	if (json_get(t->node, "ofTypename") != NULL)
		t->unknown = "a typed table";
	return t;
}
