/* Statements of all kinds, by their tags; those that create nothing. */
#include "sql_reader.h"

#include "diag.h"
#include "phrase.h"
#include "sql_owner.h"
#include "sql_session.h"

typedef void stmt_fn(struct reader *r, const struct sql_stmt *st);

static void
on_command(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_SETTING]++;
}

static void
on_rows(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_ROWS]++;
}

static void
on_cluster(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_CLUSTER]++;
}

void
sql_copy(struct reader *r, const struct sql_stmt *st)
{
	size_t lines;

	r->left[LEFT_COPY]++;
	if (!json_bool(st->node, "is_from") || json_str(st->node, "filename"))
		return;
	if (!script_skip_data(&r->script, &lines)) {
		diag_error(&r->at, "the data of this COPY have no end");
		parse_quote(r->p, &r->at);
		diag_hint("A line \"\\.\" ends them. Was the file cut?");
	}
	r->left[LEFT_LINES] += lines;
}

/* A name as it is written, without quotes. */
static const char *
written(struct arena *mem, const struct json *names)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = names->first; j; j = j->next)
		sbuf_printf(&b, "%s%s", b.len > 0 ? "." : "", sql_string(j));
	return sbuf_take(&b, mem);
}

static void
pass_call(struct reader *r, const struct sql_stmt *st,
    const struct json *names)
{
	diag_warn(&r->at, "sql", "%s is called when the list is built, not "
	    "where the script stands here, and cannot be undone",
	    written(r->mem, names));
	parse_quote(r->p, &r->at);
	diag_hint("It meets what the scripts have made in the end, and the "
	    "list knows nothing of what it makes. Write that as statements of "
	    "their own.");
	sql_pass_on(r, st);
}

static void
on_call(struct reader *r, const struct sql_stmt *st)
{
	pass_call(r, st, json_get2(st->node, "funccall", "funcname"));
}

/* SELECT INTO, where sql_as_table did not know what it yields. */
static bool
on_into(struct reader *r, const struct sql_stmt *st)
{
	const struct json *first = st->node;
	const char *kind;

	while (json_get(first, "larg") != NULL)
		first = json_get(first, "larg");
	kind = json_str(json_get2(first, "intoClause", "rel"),
	    "relpersistence");
	if (kind == NULL)
		return false;
	if (*kind == 't') {
		r->left[LEFT_TEMP]++;
		return true;
	}
	diag_warn(&r->at, "sql", "of which types the columns of this table "
	    "are is not known; the statement is passed on as it is");
	parse_quote(r->p, &r->at);
	diag_hint("Write a CREATE TABLE in its place.");
	sql_pass_on(r, st);
	return true;
}

/* SELECT * FROM f(): rows, as long as an f of the scripts makes no more. */
static void
tell_from(struct reader *r, const struct sql_stmt *st)
{
	const struct json *from = json_get(st->node, "fromClause");

	for (const struct json *j = from ? from->first : NULL; j;
	    j = j->next) {
		const struct json *list = json_get2(j, "RangeFunction",
		    "functions");
		const struct json *items = list && list->first ? json_get2(
		    list->first, "List", "items") : NULL;
		const struct json *names = items && items->first ? json_get2(
		    items->first, "FuncCall", "funcname") : NULL;

		if (names == NULL || sql_bare(r->p, ID_FUNCTION,
		    names->first != names->last ? sql_string(names->first) :
		    IDENT_SCHEMA, sql_string(names->last)) == NULL)
			continue;
		diag_warn(&r->at, "sql", "%s is not called: this is left out "
		    "as a query of rows", written(r->mem, names));
		parse_quote(r->p, &r->at);
		diag_hint("If it makes objects, write those as statements of "
		    "their own.");
	}
}

/* SELECT setval(...): dumps have it; others do something. */
static void
on_select(struct reader *r, const struct sql_stmt *st)
{
	const struct json *list = json_get(st->node, "targetList");
	const struct json *call = list && list->first ? json_get(json_get2(
	    list->first, "ResTarget", "val"), "FuncCall") : NULL;
	const struct json *names = json_get(call, "funcname");
	const char *name = names ? sql_string(names->last) : NULL;

	if (on_into(r, st))
		return;
	if (name == NULL || (json_get(st->node, "fromClause") == NULL &&
	    strcmp(name, "setval") == 0)) {
		tell_from(r, st);
		r->left[LEFT_ROWS]++;
	} else
		pass_call(r, st, names);
}

static void
on_do(struct reader *r, const struct sql_stmt *st)
{
	sql_pass_on(r, st);
}

static void
on_import(struct reader *r, const struct sql_stmt *st)
{
	diag_warn(&r->at, "sql", "which tables this makes, the other server "
	    "says: they are nothing that the list knows");
	sql_pass_on(r, st);
}

static bool
only_owner(const struct sql_stmt *st)
{
	const char *sub = json_str(sql_alter_cmd(st), "subtype");

	return strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    (sub != NULL && strcmp(sub, "AT_ChangeOwner") == 0);
}

/* What is said of databases, tablespaces, large objects, parameters. */
static bool
beyond_schema(const struct sql_stmt *st)
{
	static const char *const types[] = { "OBJECT_DATABASE",
		"OBJECT_TABLESPACE", "OBJECT_LARGEOBJECT",
		"OBJECT_PARAMETER_ACL" };
	static const char *const members[] = { "objtype", "objectType",
		"renameType" };

	for (size_t m = 0; m < WM_LEN(members); m++) {
		const char *type = json_str(st->node, members[m]);

		for (size_t i = 0; type != NULL && i < WM_LEN(types); i++)
			if (strcmp(types[i], type) == 0)
				return true;
	}
	return false;
}

/*
 * Whether it is what came with a table that gets another name: an index, which
 * is as good as its constraint, or a sequence. The table's text says it.
 */
static bool
renames_part(struct reader *r, const struct sql_stmt *st, struct made *m,
    const struct ident *id)
{
	const char *to = json_str(st->node, "newname");

	if (to == NULL || id->cls != ID_RELATION ||
	    strcmp(m->o->kind->name, "table") != 0 || m->foreign ||
	    strcmp(m->id.name, id->name) == 0)
		return false;
	sql_register_part(r, m, to);
	return true;
}

/* A new name for what another file, or nothing that is known, has made. */
static bool
renames_other(struct reader *r, const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "renameType");
	WM_VEC ids = VEC_INIT;
	struct ident id;
	struct made *m;

	/* an extension is in no schema: that is a property */
	if (strcmp(st->tag, "AlterObjectSchemaStmt") == 0 && strcmp("OBJECT_"
	    "EXTENSION", json_str(st->node, "objectType") ? json_str(st->node,
	    "objectType") : "") == 0)
		return false;
	if (strcmp(st->tag, "AlterObjectSchemaStmt") != 0 &&
	    (strcmp(st->tag, "RenameStmt") != 0 || type == NULL ||
	    strcmp(type, "OBJECT_COLUMN") == 0 ||
	    strcmp(type, "OBJECT_ATTRIBUTE") == 0 ||
	    strcmp(type, "OBJECT_TABCONSTRAINT") == 0 ||
	    strcmp(type, "OBJECT_DOMCONSTRAINT") == 0))
		return false;
	if (!ident_targets(r->mem, st, &ids) || ids.n != 1)
		return false;
	id = sql_keep(r->mem, ids.v[0]);
	if (id.cls == ID_RELATION)
		id.table = NULL;
	m = sql_find(r->p, &id);
	if (m == NULL || renames_part(r, st, m, &id))
		return false;
	diag_error(&r->at, "%s \"%s\" gets another name than where it is "
	    "created, in another file or as part of another object",
	    m->o->kind->name, m->o->nam);
	parse_quote(r->p, &r->at);
	diag_note(&m->o->loc, "it is created here");
	diag_hint("Write the new name there, and leave this statement out.");
	return true;
}

static void
on_belongs(struct reader *r, const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "objtype");

	if (renames_other(r, st) || sql_enum(r, st))
		return;
	sql_columns(r, st);
	sql_drop_readers(r, st);
	if (only_owner(st) && !r->p->sql.opts.owners) {
		r->left[LEFT_OWNER]++;
		return;
	}
	if (beyond_schema(st)) {
		r->left[LEFT_CLUSTER]++;
		return;
	}
	if (type != NULL && strcmp(type, "OBJECT_ROLE") == 0 &&
	    !r->p->sql.opts.roles) {
		r->left[LEFT_ROLE]++;
		return;
	}
	if (owner_add(r->p, r->text, st, &r->piece, &r->at))
		return;
	diag_warn(&r->at, "sql", "what this statement belongs to is not "
	    "known; it is passed on as it is");
	sql_pass_on(r, st);
}

/* Read other text in the place of the statement at hand. */
static void
read_instead(struct reader *r, const char *text)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	r->text = text;
	r->piece.text = arena_strdup(r->p->mem, text);
	r->piece.len = strlen(text);
	if (!sql_parse(r->mem, text, &st, &n, &err)) {
		sql_unknown(r, &err, true);
		return;
	}
	for (size_t i = 0; i < n; i++)
		sql_statement(r, &st[i]);
}

/* CLUSTER table USING index: what it leaves is the index's mark. */
static void
on_cluster_rows(struct reader *r, const struct sql_stmt *st)
{
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	const char *index = json_str(st->node, "indexname");
	struct ident id = { .cls = ID_RELATION, .schema = schema,
		.name = json_str(rv, "relname") };

	r->left[LEFT_SETTING]++;
	if (index != NULL && id.name != NULL)
		read_instead(r, arena_printf(r->mem, "alter table %s cluster "
		    "on %s", ident_text(r->mem, &id), sql_quoted(r->mem,
		    index)));
}

static void
on_role(struct reader *r, const struct sql_stmt *st)
{
	if (!r->p->sql.opts.roles)
		r->left[LEFT_ROLE]++;
	else if (!owner_add(r->p, r->text, st, &r->piece, &r->at))
		sql_pass_on(r, st);
}

/* What is said of what a role owns is over when it has been done. */
static void
on_owned(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_ROLE]++;
}

static void
on_drop_role(struct reader *r, const struct sql_stmt *st)
{
	if (!r->p->sql.opts.roles)
		r->left[LEFT_ROLE]++;
	sql_drop_roles(r, st);
}

/* Reads like SQL, does nothing for a schema. */
static const struct {
	const char *tag;
	stmt_fn *fn;
} handlers[] = {
	{ "SelectStmt", on_select },
	{ "CopyStmt", sql_copy }, { "InsertStmt", on_rows },
	{ "UpdateStmt", on_rows }, { "DeleteStmt", on_rows },
	{ "MergeStmt", on_rows }, { "TruncateStmt", on_rows },
	{ "VacuumStmt", on_command }, { "ReindexStmt", on_command },
	{ "ClusterStmt", on_cluster_rows }, { "LockStmt", on_command },
	{ "CheckPointStmt", on_command },
	{ "ConstraintsSetStmt", on_command },
	{ "VariableShowStmt", on_command },
	{ "DiscardStmt", on_command }, { "LoadStmt", on_command },
	{ "ExplainStmt", on_rows }, { "DeclareCursorStmt", on_rows },
	{ "FetchStmt", on_rows }, { "ClosePortalStmt", on_rows },
	{ "PrepareStmt", on_rows }, { "ExecuteStmt", on_rows },
	{ "DeallocateStmt", on_rows }, { "ListenStmt", on_command },
	{ "UnlistenStmt", on_command }, { "NotifyStmt", on_command },
	{ "CallStmt", on_call }, { "ImportForeignSchemaStmt", on_import },
	{ "CreatedbStmt", on_cluster }, { "DropdbStmt", on_cluster },
	{ "AlterDatabaseStmt", on_cluster },
	{ "AlterDatabaseSetStmt", on_cluster },
	{ "AlterSystemStmt", on_cluster },
	{ "CreateTableSpaceStmt", on_cluster },
	{ "DropTableSpaceStmt", on_cluster },
	{ "AlterTableSpaceOptionsStmt", on_cluster },
	{ "AlterRoleStmt", on_role }, { "AlterRoleSetStmt", on_role },
	{ "DropRoleStmt", on_drop_role }, { "GrantRoleStmt", on_role },
	{ "ReassignOwnedStmt", on_owned }, { "DropOwnedStmt", on_owned },
	{ "DropStmt", sql_drop }, { "DropUserMappingStmt", sql_drop },
	{ "DropSubscriptionStmt", sql_drop }, { "DoStmt", on_do },
};

/* Default privileges of the role that the script has become. */
static bool
on_default_privileges(struct reader *r, const struct sql_stmt *st)
{
	const char *role = session_role(r->p);
	struct phrase w;

	if (strcmp(st->tag, "AlterDefaultPrivilegesStmt") != 0 ||
	    role == NULL || sql_defelem(json_get(st->node, "options"),
	    "roles") != NULL || !phrase_stmt(r->mem, r->text, st, &w))
		return false;
	read_instead(r, arena_printf(r->mem, "alter default privileges for "
	    "role %s%s", sql_quoted(r->mem, role), w.text +
	    phrase_end(&w, 2)));
	return true;
}

/* What is created is that role's. */
static void
give_to_role(struct reader *r, const struct sql_stmt *st)
{
	static const char *const kinds[] = { "schema", "table", "view",
		"materialized view", "sequence", "foreign table", "function",
		"procedure", "aggregate", "domain", "collation", "conversion" };
	const char *role = session_role(r->p), *kind = ident_kind(st);
	struct ident id;
	bool owned;

	if (role == NULL || sql_is_temporary(st) || !ident_of(r->mem, st, &id))
		return;
	owned = id.cls == ID_TYPE;
	if (owned && strcmp(kind, "domain") != 0)
		kind = "type";
	for (size_t i = 0; i < WM_LEN(kinds); i++)
		owned = owned || strcmp(kinds[i], kind) == 0;
	if (owned && json_get(st->node, "authrole") == NULL)
		read_instead(r, arena_printf(r->mem, "alter %s %s owner to %s",
		    kind, ident_text(r->mem, &id), sql_quoted(r->mem, role)));
}

void
sql_statement(struct reader *r, const struct sql_stmt *st)
{
	if (session_statement(r, st)) {
		r->left[LEFT_SETTING]++;
		return;
	}
	for (size_t i = 0; i < WM_LEN(handlers); i++)
		if (strcmp(handlers[i].tag, st->tag) == 0) {
			handlers[i].fn(r, st);
			return;
		}
	if (sql_schema(r, st) || on_default_privileges(r, st))
		return;
	if (ident_kind(st) != NULL) {
		sql_create(r, st);
		give_to_role(r, st);
	} else
		on_belongs(r, st);
}
