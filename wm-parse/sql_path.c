#include "sql_path.h"

#include <pg_query/pg_query.pb-c.h>

#include "diag.h"
#include "known.h"
#include "rewrite.h"
#include "sbuf.h"
#include "sql_session.h"

/* Where the members of an extension are. */
struct home {
	const struct made *extension;
	const char *schema;
};

/* A statement's text that is being rewritten. */
struct edit {
	struct reader *r;
	const struct sql_path *path;
	const struct sql_stmt *st;
	struct ident own;	/* the table that it makes, if it does */
	struct rewrite w;
	bool *done;		/* by token: a name that has been decided */
	bool ahead;		/* what nothing has made yet will be */
};

static const char catalog[] = "pg_catalog";

/*
 * Functions of extensions that the server has as well, with the same arguments:
 * which one is called is only told by the order of the path. Source: pg_proc of
 * PostgreSQL 15 with all that comes with it.
 */
static const struct {
	const char *extension, *function;
} shadows[] = { { "pgcrypto", "gen_random_uuid" } };

/* --- which schema --- */

void
path_home(struct reader *r, const struct made *m, const struct sql_stmt *st)
{
	struct parse *p = r->p;
	struct home *h = arena_alloc(p->mem, sizeof(*h));
	const char *schema = sql_string(sql_defelem(json_get(st->node,
	    "options"), "schema"));

	h->extension = m;
	h->schema = schema ? arena_strdup(p->mem, schema) :
	    path_creates(p->sql.session.path);
	vec_push(&p->sql.homes, h);
}

static bool
shadowed(const struct parse *p, const char *schema, const char *function)
{
	for (size_t i = 0; i < p->sql.homes.n; i++) {
		const struct home *h = p->sql.homes.v[i];

		for (size_t k = 0; k < WM_LEN(shadows); k++)
			if (!h->extension->gone &&
			    strcmp(h->schema, schema) == 0 &&
			    strcmp(h->extension->id.name,
			    shadows[k].extension) == 0 &&
			    strcmp(function, shadows[k].function) == 0)
				return true;
	}
	return false;
}

/*
 * What nothing makes that is known here is mostly an extension's: the first
 * schema of the path, but for "public", that one is in.
 */
static const char *
home_of(const struct edit *e)
{
	const struct vec *homes = &e->r->p->sql.homes;

	for (size_t i = 0; i < e->path->n; i++)
		for (size_t k = 0; k < homes->n; k++) {
			const struct home *h = homes->v[k];

			if (!h->extension->gone &&
			    strcmp(h->schema, e->path->v[i]) == 0 &&
			    strcmp(h->schema, IDENT_SCHEMA) != 0)
				return h->schema;
		}
	return NULL;
}

/*
 * Whether a schema has it, gets it by this statement, or had it before the
 * script names it anew.
 */
static bool
has(const struct edit *e, int classes, const char *schema, const char *name)
{
	const struct ident *own = &e->own;

	if (classes == ID_RELATION && own->schema != NULL &&
	    strcmp(own->schema, schema) == 0 && strcmp(own->name, name) == 0)
		return true;
	for (size_t i = 0; i < e->r->siblings.n; i++) {
		const struct ident *id = e->r->siblings.v[i];

		if ((classes & (int)id->cls) != 0 &&
		    strcmp(id->schema, schema) == 0 &&
		    strcmp(id->name, name) == 0)
			return true;
	}
	for (int cls = 1; cls <= classes && cls > 0; cls <<= 1)
		if ((classes & cls) != 0 && (sql_bare(e->r->p, cls, schema,
		    name) != NULL || sql_renamed(e->r, cls, schema, name)))
			return true;
	return false;
}

static bool
catalog_first(const struct sql_path *path)
{
	for (size_t i = 0; i < path->n; i++)
		if (strcmp(path->v[i], catalog) == 0)
			return i == 0;
	return true;
}

/*
 * schema_of - the schema that a bare name has to be given; NULL where it is
 * found without one: by every plan's path, which is "public" behind pg_catalog.
 */
static const char *
schema_of(const struct edit *e, int classes, const char *name)
{
	bool own = ((classes & ID_TYPE) != 0 && type_known(name)) ||
	    (classes == REFS_DEFINED && function_known(name)) ||
	    ((classes & ID_RELATION) != 0 && strncmp(name, "pg_", 3) == 0);

	if (own && catalog_first(e->path))
		return NULL;
	for (size_t i = 0; i < e->path->n; i++) {
		const char *s = e->path->v[i];

		if (strcmp(s, catalog) == 0) {
			if (own)
				return NULL;
		} else if (has(e, classes, s, name))
			return own || strcmp(s, IDENT_SCHEMA) != 0 ? s : NULL;
	}
	if (!own && e->ahead)
		return path_creates(e->path);
	return !own && classes == (ID_TYPE | ID_RELATION) ? home_of(e) : NULL;
}

/* Whether one of the functions of a name takes so many arguments. */
static bool
takes(const struct made *m, size_t n)
{
	for (; m != NULL; m = m->next) {
		size_t has = m->id.args != NULL && *m->id.args != '\0';

		for (const char *s = m->id.args; has && *s != '\0'; s++)
			has += *s == ',';
		if (!m->gone && has == n)
			return true;
	}
	return false;
}

/*
 * function_schema - the same of a function. Among the server's own and others
 * of one name the arguments decide, whose types are not known here.
 *
 * n_args   SIZE_MAX where they are not given
 */
static const char *
function_schema(const struct edit *e, const char *name, size_t n_args)
{
	bool own = function_known(name), behind = catalog_first(e->path);

	if (!own && e->ahead)
		return path_creates(e->path);
	for (size_t i = 0; i < e->path->n; i++) {
		const char *s = e->path->v[i];

		if (strcmp(s, catalog) == 0) {
			behind = true;
			continue;
		}
		if (!behind && shadowed(e->r->p, s, name))
			return s;
		if (!has(e, ID_FUNCTION, s, name))
			continue;
		if (strcmp(s, IDENT_SCHEMA) == 0)
			return NULL;
		if (!own || n_args == SIZE_MAX || takes(sql_bare(e->r->p,
		    ID_FUNCTION, s, name), n_args))
			return s;
	}
	return own ? NULL : home_of(e);
}

/* --- where it goes --- */

static bool
is(const struct edit *e, size_t i, const char *word)
{
	return phrase_is(&e->w.p, i, word);
}

static const char *
token(const struct edit *e, size_t i)
{
	return phrase_slice(&e->w.p, i, i + 1);
}

static size_t
token_at(const struct edit *e, long off)
{
	return off < 0 ? e->w.p.n : phrase_at(&e->w.p, off);
}

/* Decide a name; it stays bare where schema is NULL. */
static void
put(struct edit *e, size_t i, const char *schema)
{
	if (i >= e->w.p.n || e->done[i])
		return;
	e->done[i] = true;
	if (schema == NULL || (i > 0 && is(e, i - 1, ".")))
		return;
	rewrite_put(&e->w, i, 1, arena_printf(e->r->mem, "%s.%s",
	    sql_quoted(e->r->mem, schema), token(e, i)));
}

static bool
is_name(const struct edit *e, size_t i, const char *name)
{
	const char *schema, *s, *text = token(e, i);

	if (*text == '\'' || *text == '$')
		return false;
	ident_split(e->r->mem, text, &schema, &s);
	return strcmp(s, name) == 0;
}

/*
 * The first bare name from a token on; behind a word, where one is given. A
 * word of the statement that is also its name comes before that.
 */
static size_t
find_name(const struct edit *e, size_t i, const char *name, const char *word)
{
	for (; i < e->w.p.n; i++)
		if (!e->done[i] && is_name(e, i, name) && !is(e, i - 1, ".") &&
		    (word == NULL || is(e, i - 1, word)) &&
		    (i + 1 == e->w.p.n || !is_name(e, i + 1, name)))
			return i;
	return e->w.p.n;
}

/* Behind the words that say what kind of object it is. */
static size_t
behind_kind(const struct edit *e)
{
	static const char *const words[] = { "table", "view", "sequence",
		"index", "type", "domain", "function", "procedure", "routine",
		"aggregate", "operator", "class", "family", "collation",
		"conversion", "statistics", "parser", "template", "dictionary",
		"configuration", "column", "constraint", "policy", "rule",
		"trigger" };

	for (size_t i = 1; i < e->w.p.n; i++)
		for (size_t k = 0; k < WM_LEN(words); k++)
			if (is(e, i, words[k]))
				return i + 1;
	return 1;
}

/* --- names in trees --- */

static const char *
only_name(const struct json *list)
{
	return list != NULL && list->first != NULL && list->first ==
	    list->last ? sql_string(list->first) : NULL;
}

/* A name inside of a string constant. */
static void
constant(struct edit *e, const struct json *c, int classes)
{
	const char *value = json_str(json_get(c, "sval"), "sval");
	size_t i = token_at(e, json_int(c, "location", -1));
	const char *schema, *name;
	WM_SBUF b = SBUF_INIT;

	if (value == NULL || classes == 0 || i >= e->w.p.n ||
	    strchr(value, '.') != NULL)
		return;
	ident_split(e->r->mem, value, &schema, &name);
	schema = classes == ID_FUNCTION ? function_schema(e, name, SIZE_MAX) :
	    schema_of(e, classes, name);
	if (schema == NULL)
		return;
	sbuf_literal(&b, arena_printf(e->r->mem, "%s.%s", sql_quoted(
	    e->r->mem, schema), value));
	rewrite_put(&e->w, i, 1, sbuf_take(&b, e->r->mem));
}

static void
call(struct edit *e, const struct json *j)
{
	const struct json *names = json_get(j, "funcname");
	const struct json *args = json_get(j, "args");
	const char *name = only_name(names);
	size_t n = 0;

	for (const struct json *k = args ? args->first : NULL; k; k = k->next)
		n++;
	if (name != NULL)
		put(e, token_at(e, json_int(j, "location", -1)),
		    function_schema(e, name, n));
	if (n > 0 && names->last != NULL && sql_string(names->last) != NULL)
		constant(e, json_get(args->first, "A_Const"),
		    refs_in_argument(sql_string(names->last), n));
}

static void
relation(struct edit *e, const struct json *j)
{
	const char *name = json_str(j, "relname");

	if (json_get(j, "schemaname") == NULL &&
	    !sql_has_with(e->st->node, name))
		put(e, token_at(e, json_int(j, "location", -1)),
		    schema_of(e, ID_RELATION, name));
}

/* Whether types in a statement's list of options may be functions as well. */
static bool
defines(const struct edit *e)
{
	return strcmp(e->st->tag, "DefineStmt") == 0 ||
	    strcmp(e->st->tag, "CreateRangeStmt") == 0 ||
	    strcmp(e->st->tag, "AlterOperatorStmt") == 0;
}

static void
type(struct edit *e, const struct json *j)
{
	const struct json *names = json_get(j, "names");
	size_t i = token_at(e, json_int(j, "location", -1));
	const char *name = only_name(names);

	if (json_bool(j, "pct_type") && names->first != NULL &&
	    names->first->next == names->last)
		put(e, i, schema_of(e, ID_RELATION, sql_string(names->first)));
	if (name == NULL)
		return;
	/* what is not known there is a word, or a function of the server's */
	put(e, i, schema_of(e, defines(e) && is(e, i - 1, "=") ?
	    REFS_DEFINED : ID_TYPE | ID_RELATION, name));
}

/*
 * An operator: "a OPERATOR(s.+) b". Binding changes with that, so those that
 * bind otherwise than most cannot be written so.
 */
static void
operator(struct edit *e, const struct json *j)
{
	static const char *const binding[] = { "=", "<", ">", "<=", ">=", "<>",
		"!=", "+", "-", "*", "/", "%", "^" };
	const char *name = only_name(json_get(j, "name"));
	size_t i = token_at(e, json_int(j, "location", -1));
	const char *schema = name != NULL ? schema_of(e, ID_OPERATOR, name) :
	    NULL;

	if (schema == NULL || i >= e->w.p.n || !is(e, i, name) || e->ahead)
		return;
	for (size_t k = 0; k < WM_LEN(binding); k++)
		if (strcmp(name, binding[k]) == 0) {
			diag_warn(&e->r->at, "sql", "operator \"%s\" is taken "
			    "for the server's own, not for that of schema "
			    "\"%s\"", name, schema);
			parse_quote(e->r->p, &e->r->at);
			diag_hint("Write OPERATOR(%s.%s) where that is meant.",
			    schema, name);
			return;
		}
	e->done[i] = true;
	rewrite_put(&e->w, i, 1, arena_printf(e->r->mem, "OPERATOR(%s.%s)",
	    sql_quoted(e->r->mem, schema), name));
}

/* Lists of names that trees have no places for: they stand behind words. */
static void
placeless(struct edit *e, const struct json *j)
{
	static const struct {
		const char *member;
		int classes;
		const char *word;	/* NULL: anywhere */
	} rows[] = {
		{ "collation", ID_COLLATION, "collate" },
		{ "collname", ID_COLLATION, "collate" },
		{ "opclass", ID_OPCLASS, NULL },
		{ "opfamilyname", ID_OPFAMILY, "family" },
		{ "order_family", ID_OPFAMILY, "by" },
		{ "func_name", ID_FUNCTION, "from" },
		{ "funcname", ID_FUNCTION, "function" },
		{ "funcname", ID_FUNCTION, "procedure" },
		{ "objname", ID_FUNCTION | ID_OPERATOR, NULL },
		{ "dicts", ID_TSDICT, NULL },
	};

	for (size_t r = 0; j->key != NULL && r < WM_LEN(rows); r++) {
		const struct json *item = j->first;
		bool each = strcmp(rows[r].member, "dicts") == 0;

		if (strcmp(j->key, rows[r].member) != 0)
			continue;
		for (; item != NULL; item = each ? item->next : NULL) {
			const char *name = only_name(each ? json_get2(item,
			    "List", "items") : j);
			size_t i = name ? find_name(e, behind_kind(e), name,
			    rows[r].word) : e->w.p.n;

			if (i < e->w.p.n &&
			    (rows[r].classes & ID_FUNCTION) != 0)
				put(e, i, has(e, ID_OPERATOR, path_creates(
				    e->path), name) ? path_creates(e->path) :
				    function_schema(e, name, SIZE_MAX));
			else if (i < e->w.p.n)
				put(e, i, schema_of(e, rows[r].classes, name));
		}
	}
}

static void
walk(struct edit *e, const struct json *j)
{
	const struct json *names = json_get2(j, "typeName", "names");

	/* what stands in CREATE SCHEMA is its own */
	if (j->key != NULL && strcmp(j->key, "schemaElts") == 0)
		return;
	if (j->type == JSON_ARRAY)
		placeless(e, j);
	if (json_str(j, "relname") != NULL)
		relation(e, j);
	if (json_get(j, "names") != NULL && json_get(j, "typemod") != NULL)
		type(e, j);
	if (json_get(j, "funcname") != NULL && json_get(j, "location") != NULL)
		call(e, j);
	if (j->key != NULL && strcmp(j->key, "A_Expr") == 0)
		operator(e, j);
	if (names != NULL && json_get(j, "arg") != NULL &&
	    sql_string(names->last) != NULL)
		constant(e, json_get2(j, "arg", "A_Const"),
		    refs_in_constant(sql_string(names->last)));
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk(e, k);
}

/* --- what the statement is about --- */

static bool
on_table(enum ident_class cls)
{
	return cls == ID_TRIGGER || cls == ID_RULE || cls == ID_POLICY ||
	    cls == ID_CONSTRAINT;
}

static void
created(struct edit *e, const struct ident *id)
{
	const char *schema = path_creates(e->path);
	size_t i;

	if (strcmp(e->st->tag, "CreateStmt") == 0)
		e->own = *id;
	if (id->cls == ID_EXTENSION && sql_defelem(json_get(e->st->node,
	    "options"), "schema") == NULL &&
	    strcmp(schema, IDENT_SCHEMA) != 0)
		rewrite_after(&e->w, e->w.p.n - 1, arena_printf(e->r->mem,
		    " SCHEMA %s", sql_quoted(e->r->mem, schema)));
	if (id->schema == NULL || strcmp(id->schema, IDENT_SCHEMA) != 0 ||
	    on_table(id->cls) || strcmp(e->st->tag, "IndexStmt") == 0)
		return;
	i = find_name(e, behind_kind(e), id->name, NULL);
	if (i == e->w.p.n)
		return;		/* it says "public" */
	e->own.schema = e->own.schema ? schema : NULL;
	put(e, i, sql_is_temporary(e->st) ||
	    strcmp(schema, IDENT_SCHEMA) == 0 ? NULL : schema);
}

/* One that a list of names stands for; others have been found by walk. */
static void
target(struct edit *e, const struct ident *id)
{
	size_t i = behind_kind(e);
	const char *name = id->name;
	int classes = (int)id->cls;

	if (id->schema == NULL || strcmp(id->schema, IDENT_SCHEMA) != 0)
		return;
	if (on_table(id->cls)) {
		for (i = e->w.p.n; i > 0 && !is(e, i - 1, "on");)
			i--;
		name = id->table;
		classes = ID_RELATION;
	}
	i = find_name(e, i, name, NULL);
	if (i < e->w.p.n && classes != ID_FUNCTION)
		put(e, i, schema_of(e, classes, name));
}

/* ALTER SEQUENCE ... OWNED BY table.column. */
static void
owned_by(struct edit *e)
{
	for (size_t i = 0; i + 3 < e->w.p.n; i++)
		if (is(e, i, "owned") && is(e, i + 1, "by") &&
		    is(e, i + 3, ".") && !is(e, i + 5, ".")) {
			const char *schema, *name;

			ident_split(e->r->mem, token(e, i + 2), &schema,
			    &name);
			put(e, i + 2, schema_of(e, ID_RELATION, name));
		}
}

static void
own_names(struct edit *e)
{
	static const char *const members[] = { "relation", "sequence" };
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (ident_kind(e->st) != NULL) {
		if (ident_of(e->r->mem, e->st, &id))
			created(e, &id);
		owned_by(e);
		return;
	}
	owned_by(e);
	for (size_t i = 0; i < WM_LEN(members); i++)
		if (json_get(e->st->node, members[i]) != NULL)
			return;
	if (ident_targets(e->r->mem, e->st, &ids))
		for (size_t i = 0; i < ids.n; i++)
			target(e, ids.v[i]);
}

/* --- the statement --- */

/* Statements that leave nothing in the schema, or are run as they are. */
static bool
passes(const char *tag)
{
	static const char *const tags[] = { "SelectStmt", "InsertStmt",
		"UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "DoStmt",
		"CallStmt", "VariableSetStmt", "TransactionStmt",
		"TruncateStmt" };

	for (size_t i = 0; i < WM_LEN(tags); i++)
		if (strcmp(tags[i], tag) == 0)
			return true;
	return false;
}

static void
qualify(struct edit *e)
{
	struct reader *r = e->r;

	if (passes(e->st->tag) || !rewrite_scan(r->mem, r->text, &e->w))
		return;
	e->done = arena_alloc(r->mem, (e->w.p.n + 1) * sizeof(*e->done));
	own_names(e);
	walk(e, e->st->node);
	r->text = rewrite_text(&e->w);
}

void
path_qualify(struct reader *r)
{
	struct edit e = { .r = r, .path = r->p->sql.session.path };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (e.path == NULL || !sql_parse(r->mem, r->text, &st, &n, &err) ||
	    n != 1)
		return;
	e.st = st;
	qualify(&e);
	if (!e.w.any)
		return;
	r->piece.text = arena_strdup(r->p->mem, r->text);
	r->piece.len = strlen(r->text);
}

void
path_ahead(struct reader *r)
{
	struct edit e = { .r = r, .ahead = true };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_parse(r->mem, r->text, &st, &n, &err) || n != 1 ||
	    session_statement(r, st))
		return;
	e.path = r->p->sql.session.path;
	e.st = st;
	if (e.path != NULL)
		qualify(&e);
}
