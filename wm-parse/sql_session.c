#include "sql_session.h"

#include "sbuf.h"

/* --- paths --- */

const char *
path_creates(const struct sql_path *path)
{
	for (size_t i = 0; path != NULL && i < path->n; i++)
		if (strcmp(path->v[i], "pg_catalog") != 0)
			return path->v[i];
	return IDENT_SCHEMA;
}

const char *
path_text(struct arena *mem, const struct sql_path *path)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; path != NULL && i < path->n; i++) {
		sbuf_puts(&b, i > 0 ? ", " : "");
		sbuf_ident(&b, path->v[i]);
	}
	return b.len > 0 ? sbuf_take(&b, mem) : IDENT_SCHEMA;
}

static void
add(struct arena *mem, struct vec *names, const char *name)
{
	/* whose schema that is, and of which session, is not known */
	if (name != NULL && *name != '\0' && strcmp(name, "$user") != 0 &&
	    strcmp(name, "pg_temp") != 0)
		vec_push(names, arena_strdup(mem, name));
}

/*
 * A path; NULL where it finds what every plan's does: "public" alone, behind
 * pg_catalog, or nothing, as dumps have it that qualify all names.
 */
static const struct sql_path *
make_path(struct arena *mem, const struct vec *names)
{
	struct sql_path *path = arena_alloc(mem, sizeof(*path));
	size_t others = 0;

	path->v = arena_alloc(mem, (names->n + 1) * sizeof(*path->v));
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];

		path->v[path->n++] = name;
		others += strcmp(name, "pg_catalog") != 0 &&
		    strcmp(name, IDENT_SCHEMA) != 0;
	}
	if (others > 0 || (path->n > 1 && strcmp(path->v[0],
	    IDENT_SCHEMA) == 0))
		return path;
	return NULL;
}

/* The names in a text: 'a, "B"'. */
static void
split_names(struct arena *mem, const char *text, struct vec *out)
{
	const char *schema, *name;

	while (*text != '\0') {
		bool quoted = false;
		size_t n = 0;

		for (; text[n] != '\0' && (quoted || text[n] != ','); n++)
			quoted = quoted != (text[n] == '"');
		ident_split(mem, arena_strndup(mem, text, n), &schema, &name);
		add(mem, out, name);
		text += n + (text[n] == ',');
	}
}

void
session_begin(struct parse *p)
{
	const struct sql_path *path;
	WM_VEC names = VEC_INIT;

	split_names(p->mem, p->sql.opts.path ? p->sql.opts.path : "", &names);
	path = make_path(p->mem, &names);
	p->sql.session = (struct sql_session){ .path = path, .lasting = path };
}

static void
set_path(struct reader *r, const struct vec *names, bool local)
{
	struct sql_session *s = &r->p->sql.session;

	/* as psql has it: outside of a transaction, nothing is local */
	if (local && r->marks.n == 0)
		return;
	s->path = make_path(r->p->mem, names);
	if (!local)
		s->lasting = s->path;
}

void
session_commit(struct parse *p)
{
	p->sql.session.path = p->sql.session.lasting;
}

const char *
session_role(const struct parse *p)
{
	const struct sql_session *s = &p->sql.session;

	return s->role != NULL ? s->role : s->user;
}

/* --- statements --- */

static const char *
constant(const struct json *j)
{
	return json_str(json_get2(j, "A_Const", "sval"), "sval");
}

/* The first value, where it is no more than what every session has. */
static const char *
first_value(struct reader *r, const struct json *args)
{
	const char *value = args ? constant(args->first) : NULL;

	return value != NULL && *value != '\0' ? arena_strdup(r->p->mem,
	    value) : NULL;
}

static void
set(struct reader *r, const struct sql_stmt *st)
{
	const char *name = json_str(st->node, "name");
	const char *kind = json_str(st->node, "kind");
	const struct json *args = json_get(st->node, "args");
	struct sql_session *s = &r->p->sql.session;
	WM_VEC names = VEC_INIT;

	if (kind != NULL && strcmp(kind, "VAR_RESET_ALL") == 0)
		session_begin(r->p);
	if (name == NULL)
		return;
	if (strcmp(name, "search_path") == 0) {
		/* none: RESET, TO DEFAULT */
		if (args == NULL && r->p->sql.opts.path != NULL)
			split_names(r->p->mem, r->p->sql.opts.path, &names);
		for (const struct json *j = args ? args->first : NULL; j;
		    j = j->next)
			add(r->p->mem, &names, constant(j));
		set_path(r, &names, json_bool(st->node, "is_local"));
	} else if (strcmp(name, "role") == 0) {
		s->role = first_value(r, args);
		if (s->role != NULL && strcmp(s->role, "none") == 0)
			s->role = NULL;
	} else if (strcmp(name, "session_authorization") == 0) {
		s->user = first_value(r, args);
		s->role = NULL;
	} else if (strcmp(name, "default_tablespace") == 0)
		s->tablespace = first_value(r, args);
	else if (strcmp(name, "default_table_access_method") == 0) {
		s->access_method = first_value(r, args);
		if (s->access_method != NULL && strcmp(s->access_method,
		    "heap") == 0)
			s->access_method = NULL;
	}
}

/* SELECT set_config(...), where that is all. */
static bool
set_config(struct reader *r, const struct sql_stmt *st)
{
	const struct json *list = json_get(st->node, "targetList");
	const struct json *call = list && list->first ? json_get(json_get2(
	    list->first, "ResTarget", "val"), "FuncCall") : NULL;
	const struct json *names = json_get(call, "funcname");
	const struct json *args = json_get(call, "args");
	const struct json *value, *local;
	const char *name;
	WM_VEC path = VEC_INIT;

	if (names == NULL || args == NULL || sql_string(names->last) == NULL ||
	    strcmp(sql_string(names->last), "set_config") != 0)
		return false;
	value = args->first->next;
	local = value ? value->next : NULL;
	name = constant(args->first);
	if (name == NULL || strcmp(name, "search_path") != 0 ||
	    value == NULL || constant(value) == NULL)
		return true;
	split_names(r->p->mem, constant(value), &path);
	set_path(r, &path, json_bool(json_get2(local, "A_Const", "boolval"),
	    "boolval"));
	return true;
}

bool
session_statement(struct reader *r, const struct sql_stmt *st)
{
	if (strcmp(st->tag, "VariableSetStmt") == 0)
		set(r, st);
	else if (strcmp(st->tag, "TransactionStmt") == 0)
		sql_transaction(r, st);
	else
		return strcmp(st->tag, "SelectStmt") == 0 && set_config(r, st);
	return true;
}
