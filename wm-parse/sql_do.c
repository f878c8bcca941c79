/*
 * DO blocks that only make what is not there yet: the statement in them is read
 * as it is. Scripts are full of
 *
 *	do $$ begin create type t ...;
 *	exception when duplicate_object then null; end $$;
 *
 * because CREATE TYPE knows no IF NOT EXISTS, nor does ADD CONSTRAINT.
 */
#include "sql_reader.h"

#include <strings.h>

/* The only item of a list; the RETURN that the parser adds behind it apart. */
static const struct json *
member(const struct json *list, const char *key)
{
	const struct json *j = list != NULL ? list->first : NULL;

	if (j == NULL || (j->next != NULL && (j->next->next != NULL ||
	    json_get(j->next, "PLpgSQL_stmt_return") == NULL)))
		return NULL;
	return json_get(j, key);
}

static const char *
query(const struct json *expr)
{
	return json_str(json_get(expr, "PLpgSQL_expr"), "query");
}

/* EXCEPTION WHEN duplicate_... THEN NULL, and no other. */
static bool
passes_duplicates(const struct json *block)
{
	const struct json *list = json_get(json_get2(block, "exceptions",
	    "PLpgSQL_exception_block"), "exc_list");
	const struct json *x = member(list, "PLpgSQL_exception");
	const struct json *conds = json_get(x, "conditions");
	const struct json *action = json_get(x, "action");

	if (conds == NULL || conds->first == NULL ||
	    (action != NULL && action->first != NULL))
		return false;
	for (const struct json *j = conds->first; j != NULL; j = j->next) {
		const char *name = json_str(json_get(j, "PLpgSQL_condition"),
		    "condname");

		if (name == NULL || (strncmp(name, "duplicate_", 10) != 0 &&
		    strcmp(name, "others") != 0))
			return false;
	}
	return true;
}

/* IF NOT EXISTS (what the catalog has) THEN ... END IF: what is in it. */
static const struct json *
if_absent(const struct json *body)
{
	const struct json *branch = member(body, "PLpgSQL_stmt_if");
	const char *cond = query(json_get(branch, "cond"));

	if (cond == NULL || json_get(branch, "elsif_list") != NULL ||
	    json_get(branch, "else_body") != NULL)
		return NULL;
	cond += strspn(cond, " \t\n(");
	if (strncasecmp(cond, "not", 3) != 0 ||
	    strncasecmp(cond + 3 + strspn(cond + 3, " \t\n("), "exists", 6) !=
	    0 || (strcasestr(cond, "pg_") == NULL &&
	    strcasestr(cond, "information_schema.") == NULL))
		return NULL;
	return json_get(branch, "then_body");
}

const char *
sql_do(struct arena *mem, const char *text)
{
	const struct json *tree, *block, *body, *inside;
	struct sql_error err;
	struct sql_stmt *st;
	const char *inner;
	size_t n;

	if (strncasecmp(text, "do", 2) != 0 ||
	    !sql_parse(mem, text, &st, &n, &err) || n != 1 ||
	    strcmp(st->tag, "DoStmt") != 0 ||
	    !sql_check_plpgsql(mem, text, &tree, &err) || tree == NULL)
		return text;
	if (tree->type == JSON_ARRAY)
		tree = tree->first;
	block = json_get2(json_get(tree, "PLpgSQL_function"), "action",
	    "PLpgSQL_stmt_block");
	/* with EXCEPTION, there is one around it */
	inside = member(json_get(block, "body"), "PLpgSQL_stmt_block");
	block = inside != NULL ? inside : block;
	body = json_get(block, "body");
	inside = if_absent(body);
	if (inside == NULL && !passes_duplicates(block))
		return text;
	if (inside != NULL && json_get(block, "exceptions") != NULL &&
	    !passes_duplicates(block))
		return text;
	inner = query(json_get(member(inside != NULL ? inside : body,
	    "PLpgSQL_stmt_execsql"), "sqlstmt"));
	if (inner == NULL || !sql_parse(mem, inner, &st, &n, &err) || n != 1)
		return text;
	return inner;
}

/* What an ALTER TABLE adds that says its name, or NULL. */
static const char *
added_constraint(const struct sql_stmt *st)
{
	const struct json *cmd = sql_alter_cmd(st);
	const char *sub = json_str(cmd, "subtype");

	return sub != NULL && strcmp(sub, "AT_AddConstraint") == 0 ?
	    json_str(json_get2(cmd, "def", "Constraint"), "conname") : NULL;
}

enum sql_absent
sql_absent(struct reader *r, const struct sql_stmt *st)
{
	const char *name = added_constraint(st);
	const struct made *table;
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (ident_kind(st) != NULL && ident_of(r->mem, st, &id)) {
		if (id.cls == ID_RELATION)
			id.table = NULL;
		id = sql_keep(r->mem, &id);
		return sql_find(r->p, &id) == NULL ? SQL_ABSENT : SQL_THERE;
	}
	if (name == NULL || !ident_targets(r->mem, st, &ids) || ids.n != 1)
		return SQL_UNSURE;
	table = sql_find(r->p, ids.v[0]);
	if (table == NULL || table->foreign)
		return SQL_UNSURE;
	return sql_bare(r->p, ID_CONSTRAINT, table->id.schema, name) == table ?
	    SQL_THERE : SQL_ABSENT;
}
