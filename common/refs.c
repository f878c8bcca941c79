/*
 * Names that SQL refers to. A tree is walked once; nodes that name something
 * of the catalog are told by their tags, so that the walk need not know
 * statements.
 */
#include "ident.h"

#include <ctype.h>
#include <pg_query/pg_query.pb-c.h>
#include <stdlib.h>
#include <strings.h>

#include "arena.h"
#include "map.h"
#include "sbuf.h"

struct walk {
	struct arena *mem;	/* trees, until the walk has ended */
	struct vec *out;
	struct map seen;
	struct map ctes;
	bool soft;
	bool define;		/* inside of CREATE AGGREGATE and its like */
};

/* Classes of objects that stand in no schema. */
#define NO_SCHEMA (ID_SCHEMA | ID_LANGUAGE | ID_EXTENSION | ID_FDW |         \
	ID_SERVER | ID_ACCESS_METHOD)

static void walk_text(struct walk *w, const char *sql);

static void
add(struct walk *w, int classes, const char *schema, const char *name)
{
	const char *key;
	bool bare = schema == NULL && (classes & NO_SCHEMA) == 0;
	struct ref *r, *old;

	if (name == NULL || (schema != NULL &&
	    (strcmp(schema, "pg_catalog") == 0 ||
	    strcmp(schema, "information_schema") == 0)))
		return;
	if (schema == NULL && (classes & ID_RELATION) != 0 &&
	    map_get(&w->ctes, name) != NULL)
		return;
	if (schema == NULL)
		schema = (classes & NO_SCHEMA) != 0 ? "" : IDENT_SCHEMA;
	key = arena_printf(w->mem, "%d|%s%s|%s", classes, bare ? "." : "",
	    schema, name);
	old = map_get(&w->seen, key);
	if (old != NULL) {
		old->soft = old->soft && w->soft;
		return;
	}
	r = arena_alloc(w->mem, sizeof(*r));
	r->classes = classes;
	r->schema = schema;
	r->name = name;
	r->bare = bare;
	r->soft = w->soft;
	map_put(&w->seen, key, r);
	vec_push(w->out, r);
}

/* A list of names: the last is the name, the one before it the schema. */
static void
add_list(struct walk *w, int classes, const struct json *list, bool skip_last)
{
	const char *a = NULL, *b = NULL;

	if (json_get(list, "List") != NULL)
		list = json_get2(list, "List", "items");
	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		if (skip_last && j->next == NULL)
			break;
		a = b;
		b = sql_string(j);
	}
	add(w, classes, a, b);
}

/* A name inside a string: 'schema.name'::regclass and the like. */
static void
add_string(struct walk *w, int classes, const char *s)
{
	const char *schema, *name;

	ident_split(w->mem, s, &schema, &name);
	if (name[0] != '\0')
		add(w, classes, schema, name);
}

static const char *
const_string(const struct json *j)
{
	return json_str(json_get2(j, "A_Const", "sval"), "sval");
}

int
refs_in_constant(const char *type)
{
	static const struct {
		const char *type;
		int classes;
	} reg[] = { { "regclass", ID_RELATION }, { "regproc", ID_FUNCTION },
		{ "regprocedure", ID_FUNCTION }, { "regtype", ID_TYPE |
		ID_RELATION }, { "regconfig", ID_TSCONFIG },
		{ "regdictionary", ID_TSDICT },
		{ "regcollation", ID_COLLATION } };

	for (size_t i = 0; i < WM_LEN(reg); i++)
		if (strcmp(type, reg[i].type) == 0)
			return reg[i].classes;
	return 0;
}

int
refs_in_argument(const char *function, size_t n_args)
{
	if (strcmp(function, "nextval") == 0 ||
	    strcmp(function, "currval") == 0 ||
	    strcmp(function, "setval") == 0)
		return ID_RELATION;
	if (n_args > 1 && (strncmp(function, "to_ts", 5) == 0 ||
	    strstr(function, "tsquery") != NULL))
		return ID_TSCONFIG;
	return 0;
}

static void
on_cast(struct walk *w, const struct json *cast)
{
	const char *s = const_string(json_get(cast, "arg"));
	const struct json *names = json_get2(cast, "typeName", "names");
	const char *type = names ? sql_string(names->last) : NULL;
	int classes = s && type ? refs_in_constant(type) : 0;

	if (classes != 0)
		add_string(w, classes, s);
}

static void
on_function(struct walk *w, const struct json *call)
{
	const struct json *names = json_get(call, "funcname");
	const struct json *args = json_get(call, "args");
	const char *name = names ? sql_string(names->last) : NULL;
	const char *s = args ? const_string(args->first) : NULL;
	int classes;

	add_list(w, ID_FUNCTION, names, false);
	if (name == NULL || s == NULL)
		return;
	classes = refs_in_argument(name, args->first->next ? 2 : 1);
	if (classes != 0)
		add_string(w, classes, s);
}

/* Members that hold a name, by the node they stand in. */
static const struct {
	const char *tag, *member;
	int classes;
} members[] = {
	{ "IndexElem", "opclass", ID_OPCLASS },
	{ "IndexElem", "collation", ID_COLLATION },
	{ "PartitionElem", "opclass", ID_OPCLASS },
	{ "PartitionElem", "collation", ID_COLLATION },
	{ "CreateTrigStmt", "funcname", ID_FUNCTION },
	{ "CreateEventTrigStmt", "funcname", ID_FUNCTION },
	{ "CreatePLangStmt", "plhandler", ID_FUNCTION },
	{ "CreatePLangStmt", "plinline", ID_FUNCTION },
	{ "CreatePLangStmt", "plvalidator", ID_FUNCTION },
	{ "CreateConversionStmt", "func_name", ID_FUNCTION },
	{ "CreateAmStmt", "handler_name", ID_FUNCTION },
	{ "CreateOpClassStmt", "opfamilyname", ID_OPFAMILY },
	{ "CreateForeignTableStmt", "servername", ID_SERVER },
	{ "CreateUserMappingStmt", "servername", ID_SERVER },
	{ "CreateForeignServerStmt", "fdwname", ID_FDW },
	{ "CreateTransformStmt", "lang", ID_LANGUAGE },
	{ "PublicationObjSpec", "name", ID_SCHEMA },
	{ "CreateStmt", "accessMethod", ID_ACCESS_METHOD },
	{ "IntoClause", "accessMethod", ID_ACCESS_METHOD },
	{ "IndexStmt", "accessMethod", ID_ACCESS_METHOD },
	{ "CreateOpClassStmt", "amname", ID_ACCESS_METHOD },
	{ "CreateOpFamilyStmt", "amname", ID_ACCESS_METHOD },
	{ "AlterOpFamilyStmt", "amname", ID_ACCESS_METHOD },
	{ "CreateOpClassItem", "order_family", ID_OPFAMILY },
	{ "AlterObjectSchemaStmt", "newschema", ID_SCHEMA },
	{ "AlterObjectDependsStmt", "extname", ID_EXTENSION },
};

static void
on_members(struct walk *w, const struct json *node)
{
	const char *sub = json_str(node, "subtype");

	if (sub != NULL && strcmp(sub, "AT_SetAccessMethod") == 0)
		add(w, ID_ACCESS_METHOD, NULL, json_str(node, "name"));
	for (size_t i = 0; i < WM_LEN(members); i++) {
		const struct json *m;

		if (*members[i].tag != *node->key ||
		    strcmp(members[i].tag, node->key) != 0)
			continue;
		m = json_get(node, members[i].member);
		if (m != NULL && json_str(m, "sval") != NULL)
			m = json_get(m, "sval");
		if (m != NULL && m->type == JSON_STRING)
			add(w, members[i].classes, NULL, m->str);
		else if (m != NULL)
			add_list(w, members[i].classes, m, false);
	}
}

/*
 * An operator: one that is not qualified is mostly PostgreSQL's own, so it may
 * be another's, but need not.
 */
static void
on_operator(struct walk *w, const struct json *name)
{
	bool soft = w->soft;

	if (name != NULL && name->first != NULL && name->first->next == NULL)
		w->soft = true;
	add_list(w, ID_OPERATOR, name, false);
	w->soft = soft;
}

/* Options that name something, by their own names. */
static void
on_option(struct walk *w, const struct json *elem)
{
	static const struct {
		const char *name;
		int classes;
	} rows[] = { { "language", ID_LANGUAGE }, { "schema", ID_SCHEMA },
		{ "handler", ID_FUNCTION }, { "validator", ID_FUNCTION } };
	const char *name = json_str(elem, "defname");
	const struct json *arg = json_get(elem, "arg");
	const struct json *type = json_get(arg, "TypeName");
	const struct json *list = json_get2(arg, "List", "items");

	/* of default privileges */
	if (name != NULL && strcmp(name, "schemas") == 0)
		for (const struct json *j = list ? list->first : NULL; j;
		    j = j->next)
			add(w, ID_SCHEMA, NULL, sql_string(j));
	if (w->define && type != NULL)
		add_list(w, REFS_DEFINED, json_get(type, "names"), false);
	else if (w->define && json_get(arg, "List") != NULL)
		add_list(w, REFS_DEFINED, arg, false);
	for (size_t i = 0; name != NULL && i < WM_LEN(rows); i++)
		if (strcmp(name, rows[i].name) == 0 && arg != NULL) {
			if (sql_string(arg) != NULL)
				add(w, rows[i].classes, NULL,
				    sql_string(arg));
			else
				add_list(w, rows[i].classes, arg, false);
		}
}

static void walk(struct walk *w, const struct json *j);

/*
 * Whether an expression of PL/pgSQL names variables and columns only: no call,
 * cast, string or quoted name, and no word that a table can follow. Most are
 * of that kind, and need no parser.
 */
static bool
is_plain(const char *sql)
{
	static const char *const words[] = { "select", "from", "into",
		"update", "table", "with", "values", "call", "copy", "lock",
		"truncate", "drop", "alter", "create", "refresh", "execute",
		"delete", "insert", "grant", "revoke", "analyze", "perform" };
	const char *s = sql;

	while (*s != '\0') {
		size_t n = 0;

		while (isalnum((unsigned char)s[n]) || s[n] == '_')
			n++;
		for (size_t i = 0; n > 3 && i < WM_LEN(words); i++)
			if (strlen(words[i]) == n &&
			    strncasecmp(s, words[i], n) == 0)
				return false;
		s += n;
		if (n == 0 && strchr(" \t\n.,+-*/%<>=!|[]", *s++) == NULL)
			return false;
	}
	return true;
}

/* The parsed PL/pgSQL function: expressions are texts. */
static void
walk_plpgsql(struct walk *w, const struct json *j, bool assign)
{
	if (j->type == JSON_STRING && j->key != NULL) {
		if (strcmp(j->key, "query") == 0) {
			const char *eq = assign ? strchr(j->str, '=') : NULL;

			if (is_plain(j->str))
				return;
			walk_text(w, eq != NULL ? arena_printf(w->mem,
			    "select %s", eq + 1) : j->str);
		} else if (strcmp(j->key, "typname") == 0) {
			const char *pct = strchr(j->str, '%');
			const char *name;

			if (strcmp(j->str, "UNKNOWN") == 0 ||
			    strncmp(j->str, "pg_catalog.", 11) == 0)
				return;
			if (pct == NULL) {
				walk_text(w, arena_printf(w->mem,
				    "select null::%s", j->str));
				return;
			}
			name = arena_strndup(w->mem, j->str,
			    (size_t)(pct - j->str));
			if (strncmp(pct, "%type", 5) == 0 &&
			    strrchr(name, '.') != NULL)
				name = arena_strndup(w->mem, name,
				    (size_t)(strrchr(name, '.') - name));
			add_string(w, ID_RELATION, name);
		}
		return;
	}
	if (j->key != NULL && strcmp(j->key, "PLpgSQL_stmt_assign") == 0)
		assign = true;
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk_plpgsql(w, k, assign);
}

static void
queries(const struct json *j, struct vec *out)
{
	if (j->type == JSON_STRING && j->key != NULL &&
	    strcmp(j->key, "query") == 0 && !is_plain(j->str))
		vec_push(out, j->str);
	for (const struct json *k = j->first; k != NULL; k = k->next)
		queries(k, out);
}

void
refs_inside(struct arena *mem, const char *text, const struct sql_stmt *st,
    struct vec *out)
{
	const struct json *tree;
	struct sql_error err;

	if (sql_check_plpgsql(mem, arena_strndup(mem, text + st->off, st->len),
	    &tree, &err) && tree != NULL)
		queries(tree, out);
}

/* What cannot be parsed without a catalog: every a.b in it may be a name. */
static void
walk_tokens(struct walk *w, const char *text)
{
	struct sql_token *t;
	size_t n;

	if (!sql_scan(w->mem, text, &t, &n))
		return;
	for (size_t i = 0; i + 2 < n; i++) {
		if (t[i].kind != PG_QUERY__TOKEN__IDENT &&
		    t[i].keyword == PG_QUERY__KEYWORD_KIND__NO_KEYWORD)
			continue;
		if (t[i + 1].len == 1 && text[t[i + 1].off] == '.' &&
		    t[i + 1].off == t[i].off + t[i].len)
			add_string(w, ID_RELATION | ID_FUNCTION | ID_TYPE,
			    arena_strndup(w->mem, text + t[i].off,
			    t[i + 2].off + t[i + 2].len - t[i].off));
	}
}

static void
walk_body(struct walk *w, const struct sql_stmt *st, const char *text)
{
	const char *lang, *body, *stmt;
	const struct json *tree;
	struct sql_error err;
	bool soft = w->soft;

	sql_function_body(st->node, &lang, &body);
	if (body == NULL)
		return;
	if (lang == NULL && strcmp(st->tag, "DoStmt") == 0)
		lang = "plpgsql";
	if (lang == NULL)
		return;
	w->soft = w->soft || strcmp(st->tag, "DoStmt") != 0;
	if (strcasecmp(lang, "sql") == 0)
		walk_text(w, body);
	else if (strcasecmp(lang, "plpgsql") == 0) {
		stmt = arena_strndup(w->mem, text + st->off, st->len);
		if (sql_check_plpgsql(w->mem, stmt, &tree, &err) && tree)
			walk_plpgsql(w, tree, false);
		else
			walk_tokens(w, body);
	}
	w->soft = soft;
}

static void
walk(struct walk *w, const struct json *j)
{
	const char *key = j->key;

	if (key != NULL && j->type == JSON_OBJECT) {
		if (json_get(j, "relname") != NULL)
			add(w, ID_RELATION, json_str(j, "schemaname"),
			    json_str(j, "relname"));
		/* of columns, casts, operator classes: under many keys */
		else if (json_get(j, "collname") != NULL)
			add_list(w, ID_COLLATION, json_get(j, "collname"),
			    false);
		else if (json_get(j, "objname") != NULL)
			add_list(w, ID_FUNCTION | ID_OPERATOR,
			    json_get(j, "objname"), false);
		else if (strcmp(key, "FuncCall") == 0 ||
		    strcmp(key, "funccall") == 0)	/* of CALL */
			on_function(w, j);
		else if (strcmp(key, "TypeCast") == 0)
			on_cast(w, j);
		else if (json_get(j, "names") != NULL &&
		    json_get(j, "typemod") != NULL) {
			if (json_bool(j, "pct_type"))
				add_list(w, ID_RELATION, json_get(j, "names"),
				    true);
			else
				add_list(w, ID_TYPE | ID_RELATION,
				    json_get(j, "names"), false);
		} else if (strcmp(key, "A_Expr") == 0)
			on_operator(w, json_get(j, "name"));
		else if (strcmp(key, "DefElem") == 0)
			on_option(w, j);
		else if (strcmp(key, "AlterTSConfigurationStmt") == 0)
			for (const struct json *k = json_get(j, "dicts") ?
			    json_get(j, "dicts")->first : NULL; k; k = k->next)
				add_list(w, ID_TSDICT, k, false);
		else
			on_members(w, j);
	}
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk(w, k);
}

/* Names of common table expressions, wherever they stand in the statement. */
static void
find_ctes(struct walk *w, const struct json *j)
{
	const char *name;

	if (j->key != NULL && strcmp(j->key, "CommonTableExpr") == 0 &&
	    (name = json_str(j, "ctename")) != NULL)
		map_put(&w->ctes, name, w);
	for (const struct json *k = j->first; k != NULL; k = k->next)
		find_ctes(w, k);
}

static void
walk_stmts(struct walk *w, const char *sql, const struct sql_stmt *st,
    size_t n)
{
	struct map outer = w->ctes;
	bool ctes = strcasestr(sql, "with") != NULL;

	for (size_t i = 0; i < n; i++) {
		if (st[i].node == NULL)
			continue;
		w->ctes = (struct map)MAP_INIT;
		if (ctes)
			find_ctes(w, st[i].node);
		w->define = strcmp(st[i].tag, "DefineStmt") == 0 ||
		    strcmp(st[i].tag, "AlterOperatorStmt") == 0 ||
		    strcmp(st[i].tag, "AlterTypeStmt") == 0 ||
		    strcmp(st[i].tag, "CreateRangeStmt") == 0;
		walk(w, st[i].node);
		w->define = false;
		if (strcmp(st[i].tag, "CreateFunctionStmt") == 0 ||
		    strcmp(st[i].tag, "DoStmt") == 0)
			walk_body(w, &st[i], sql);
		map_clear(&w->ctes);
	}
	w->ctes = outer;
}

static void
walk_text(struct walk *w, const char *sql)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	/* an expression by itself is what PL/pgSQL keeps of most */
	if (sql_parse(w->mem, sql, &st, &n, &err) ||
	    sql_parse(w->mem, arena_printf(w->mem, "select %s", sql), &st, &n,
	    &err))
		walk_stmts(w, sql, st, n);
}

void
refs_of_stmts(struct arena *mem, const char *text, const struct sql_stmt *stmts,
    size_t n, struct vec *out)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct walk w = { .mem = scratch, .out = out };
	size_t first = out->n;

	if (stmts != NULL)
		walk_stmts(&w, text, stmts, n);
	else
		walk_text(&w, text);
	map_clear(&w.seen);
	/* trees are large: what is found leaves them */
	for (size_t i = first; i < out->n; i++) {
		struct ref *r = arena_alloc(mem, sizeof(*r));

		*r = *(struct ref *)out->v[i];
		r->schema = arena_strdup(mem, r->schema);
		r->name = arena_strdup(mem, r->name);
		out->v[i] = r;
	}
}

bool
refs_name(const struct vec *refs, const struct ident *id)
{
	for (size_t i = 0; id->schema != NULL && i < refs->n; i++) {
		const struct ref *r = refs->v[i];

		if ((r->classes & (int)id->cls) != 0 &&
		    strcmp(r->schema, id->schema) == 0 &&
		    strcmp(r->name, id->name) == 0)
			return true;
	}
	return false;
}

void
refs_of(struct arena *mem, const char *text, struct vec *out)
{
	refs_of_stmts(mem, text, NULL, 0, out);
}
