#include "undo.h"

#include "arena.h"
#include "ident.h"
#include "phrase.h"
#include "sbuf.h"

/*
 * GRANT ... TO x as REVOKE ... FROM x, and the other way round. The words
 * between are the same.
 *
 * role   instead of those named, quoted; or NULL
 */
static const char *
turn(const struct phrase *w, size_t first, const char *role)
{
	bool grant = phrase_is(w, first, "grant");
	const char *verb = grant ? "revoke" : "grant";
	size_t prep = 0, end = w->n, from = first + 1;
	int depth = 0;

	for (size_t i = first; i < w->n; i++) {
		depth += phrase_is(w, i, "(") - phrase_is(w, i, ")");
		if (depth == 0 && phrase_is(w, i, grant ? "to" : "from"))
			prep = i;
	}
	if (prep == 0)
		return NULL;
	for (size_t i = prep + 1; i < w->n && end == w->n; i++)
		if (phrase_is(w, i, "with") || phrase_is(w, i, "granted") ||
		    phrase_is(w, i, "cascade") || phrase_is(w, i, "restrict"))
			end = i;
	/* revoke grant option for ... */
	if (!grant && phrase_is(w, from, "grant") &&
	    phrase_is(w, from + 1, "option"))
		return NULL;
	if (role == NULL)
		role = arena_strndup(w->mem, w->text + phrase_end(w, prep) + 1,
		    phrase_end(w, end - 1) - phrase_end(w, prep) - 1);
	return arena_printf(w->mem, "%.*s%s%.*s%s %s", (int)w->t[first].off,
	    w->text, verb, (int)(w->t[prep].off - phrase_end(w, first)),
	    w->text + phrase_end(w, first), grant ? "from" : "to", role);
}

/* The one object of a statement; false where there are others, or none. */
static bool
only_target(const struct phrase *w, const char *tag, const struct json *node,
    struct ident *out)
{
	const struct sql_stmt st = { .tag = tag, .node = node };
	WM_VEC ids = VEC_INIT;

	if (!ident_targets(w->mem, &st, &ids) || ids.n != 1)
		return false;
	*out = *(struct ident *)ids.v[0];
	return true;
}

/* Schema public is there already, with privileges and a comment. */
static bool
is_public(const struct phrase *w, const char *tag, const struct json *node)
{
	struct ident id;

	return only_target(w, tag, node, &id) && id.cls == ID_SCHEMA &&
	    strcmp(id.name, IDENT_SCHEMA) == 0;
}

/* What the roles of a statement have on it in a new database. */
static const char *
reset_public(const struct phrase *w, const struct json *node)
{
	const struct json *to = json_get(node, "grantees");
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "do $wm$declare\n  sql text;\nbegin\n"
	    "  for sql in select pg_catalog.format(w.text, "
	    "pg_catalog.quote_ident(r.nam))\n"
	    "    from (values ");
	for (const struct json *j = to ? to->first : NULL; j; j = j->next) {
		sbuf_puts(&b, j == to->first ? "(" : ", (");
		sbuf_literal(&b, ident_role(json_get(j, "RoleSpec")));
		sbuf_putc(&b, ')');
	}
	sbuf_puts(&b, ") as r(nam)\n"
	    "    cross join lateral (\n"
	    "      select 1, 'revoke all on schema public from %s'\n"
	    "      union all\n"
	    "      select 2, 'grant ' || x.privilege_type\n"
	    "          || ' on schema public to %s'\n"
	    "        from pg_catalog.pg_init_privs i\n"
	    "        cross join pg_catalog.aclexplode(i.initprivs) x\n"
	    "        where i.objoid = "
	    "'public'::pg_catalog.regnamespace\n"
	    "          and r.nam = case x.grantee when 0 then 'public'\n"
	    "            else pg_catalog.pg_get_userbyid(x.grantee) end\n"
	    "    ) as w(ord, text) order by r.nam, w.ord\n"
	    "  loop\n    execute sql;\n  end loop;\nend$wm$");
	return sbuf_take(&b, w->mem);
}

/*
 * REVOKE takes something away from who has it without being given it: from
 * PUBLIC for some kinds of object, else from the owner. Nobody else gets it
 * back.
 */
static const char *
undo_revoke(const struct phrase *w, const struct json *node, size_t first)
{
	static const struct {
		const char *type;
		bool to_public;
		const char *catalog, *reg, *owner;
	} rows[] = {
		{ "OBJECT_FUNCTION", true, "proc", "procedure", "pro" },
		{ "OBJECT_PROCEDURE", true, "proc", "procedure", "pro" },
		{ "OBJECT_ROUTINE", true, "proc", "procedure", "pro" },
		{ "OBJECT_TYPE", true, "type", "type", "typ" },
		{ "OBJECT_DOMAIN", true, "type", "type", "typ" },
		{ "OBJECT_TABLE", false, "class", "class", "rel" },
		{ "OBJECT_SEQUENCE", false, "class", "class", "rel" },
		{ "OBJECT_SCHEMA", false, "namespace", "namespace", "nsp" },
		{ "OBJECT_LANGUAGE", true, NULL, NULL, NULL },
	};
	const char *type = json_str(node, "objtype");
	const struct json *to = json_get(node, "grantees");
	bool target;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;
	struct ident id;
	size_t i = 0;

	while (i < WM_LEN(rows) && (type == NULL || strcmp(rows[i].type, type)
	    != 0))
		i++;
	target = i < WM_LEN(rows) && rows[i].catalog != NULL &&
	    only_target(w, "GrantStmt", node, &id);
	sbuf_puts(&body, "begin\n");
	for (const struct json *j = to ? to->first : NULL; j; j = j->next) {
		const char *role = ident_role(json_get(j, "RoleSpec"));
		WM_SBUF q = SBUF_INIT;
		const char *grant;

		sbuf_ident(&q, role);
		grant = turn(w, first, sbuf_str(&q));
		if (grant == NULL)
			return NULL;
		if (strcmp(role, "public") == 0) {
			if (i < WM_LEN(rows) && rows[i].to_public)
				sbuf_printf(&body, "  %s;\n", grant);
			continue;
		}
		if (!target)
			continue;
		sbuf_printf(&body, "  if exists (select from pg_catalog.pg_%s"
		    "\n      where oid = ", rows[i].catalog);
		sbuf_literal(&body, ident_text(w->mem, &id));
		sbuf_printf(&body, "::pg_catalog.reg%s and %sowner =\n"
		    "        pg_catalog.to_regrole(", rows[i].reg,
		    rows[i].owner);
		sbuf_literal(&body, sbuf_str(&q));
		sbuf_printf(&body, ")) then\n    %s;\n  end if;\n", grant);
	}
	sbuf_puts(&body, "end");
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	return sbuf_take(&b, w->mem);
}

static const char *
undo_grant(const struct phrase *w, const struct json *node)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!phrase_is(w, i, "grant") && !phrase_is(w, i, "revoke"))
			continue;
		/* of memberships and default privileges, all is said */
		if (json_get(node, "objtype") == NULL)
			return turn(w, i, NULL);
		if (is_public(w, "GrantStmt", node))
			return reset_public(w, node);
		return phrase_is(w, i, "grant") ? turn(w, i, NULL) :
		    undo_revoke(w, node, i);
	}
	return NULL;
}

/* The first n tokens, as they stand. */
static const char *
head(const struct phrase *w, size_t n)
{
	return n > 0 && n <= w->n ? arena_strndup(w->mem, w->text,
	    phrase_end(w, n - 1)) : NULL;
}

/* COMMENT, SECURITY LABEL: the last token but one is IS. */
static const char *
undo_comment(const struct phrase *w, const struct json *node)
{
	const char *type = json_str(node, "objtype");

	const char *object = sql_string(json_get(node, "object"));
	bool label = json_get(node, "label") != NULL;

	/* an extension has one from its maker, which is lost already */
	if (w->n < 3 || (type != NULL && strcmp(type, "OBJECT_EXTENSION") ==
	    0))
		return NULL;
	/* the one that every database begins with */
	if (!label && type != NULL && strcmp(type, "OBJECT_SCHEMA") == 0 &&
	    object != NULL && strcmp(object, IDENT_SCHEMA) == 0)
		return arena_printf(w->mem, "%s 'standard public schema'",
		    head(w, w->n - 1));
	return arena_printf(w->mem, "%s null", head(w, w->n - 1));
}

static const char *
undo_index(const struct phrase *w, const struct json *node)
{
	const struct sql_stmt st = { .tag = "IndexStmt", .node = node };
	struct ident id;

	if (!ident_of(w->mem, &st, &id))
		return NULL;
	id.table = NULL;
	return arena_printf(w->mem, "drop index if exists %s",
	    ident_text(w->mem, &id));
}

/* "(a = 1, b)" of SET: the names, for RESET. */
static const char *
option_names(const struct phrase *w, const struct json *list)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *d = json_get(j, "DefElem");
		const char *space = json_str(d, "defnamespace");
		const char *name = json_str(d, "defname");

		sbuf_printf(&b, "%s%s%s%s", b.len ? ", " : "",
		    space ? space : "", space ? "." : "", name ? name : "");
	}
	return b.len > 0 ? sbuf_take(&b, w->mem) : NULL;
}

/* One command of ALTER TABLE and its like, each with what takes it back. */
static const char *
undo_alter(const struct phrase *w, const struct json *node)
{
	static const struct {
		const char *sub;
		const char *from;	/* the word from which on ... */
		const char *sql;	/* ... this stands instead */
	} rows[] = {
		{ "AT_EnableRowSecurity", "enable",
		    "disable row level security" },
		{ "AT_ForceRowSecurity", "force",
		    "no force row level security" },
		{ "AT_ReplicaIdentity", "replica", "replica identity default" },
		{ "AT_ClusterOn", "cluster", "set without cluster" },
		{ "AT_DisableTrig", "disable", "enable trigger" },
		{ "AT_EnableAlwaysTrig", "enable", "enable trigger" },
		{ "AT_EnableReplicaTrig", "enable", "enable trigger" },
		{ "AT_DisableRule", "disable", "enable rule" },
		{ "AT_EnableAlwaysRule", "enable", "enable rule" },
		{ "AT_EnableReplicaRule", "enable", "enable rule" },
	};
	const struct json *cmds = json_get(node, "cmds"), *cmd;
	const char *sub, *names, *name;
	size_t at;

	if (cmds == NULL || cmds->first == NULL || cmds->first->next != NULL)
		return NULL;
	cmd = json_get(cmds->first, "AlterTableCmd");
	sub = json_str(cmd, "subtype");
	name = json_str(cmd, "name");
	for (size_t i = 0; sub != NULL && i < WM_LEN(rows); i++) {
		WM_SBUF b = SBUF_INIT;

		if (strcmp(rows[i].sub, sub) != 0)
			continue;
		at = phrase_find(w, 0, rows[i].from);
		if (at == 0 || at >= w->n)
			return NULL;
		sbuf_printf(&b, "%s %s", head(w, at), rows[i].sql);
		if (strstr(sub, "Trig") || strstr(sub, "Rule")) {
			sbuf_putc(&b, ' ');
			sbuf_ident(&b, name ? name : "");
		}
		return sbuf_take(&b, w->mem);
	}
	at = phrase_find(w, 0, "set");
	if (sub == NULL || at == 0 || at >= w->n)
		return NULL;
	if (strcmp(sub, "AT_SetRelOptions") == 0 ||
	    strcmp(sub, "AT_SetOptions") == 0) {
		names = option_names(w, json_get2(json_get(cmd, "def"), "List",
		    "items"));
		return names == NULL ? NULL : arena_printf(w->mem,
		    "%s reset (%s)", head(w, at), names);
	}
	if (strcmp(sub, "AT_SetStatistics") == 0)
		return arena_printf(w->mem, "%s set statistics -1",
		    head(w, at));
	if (strcmp(sub, "AT_ColumnDefault") == 0)
		return arena_printf(w->mem, "%s drop default", head(w, at));
	return NULL;
}

static const char *
undo_event_trigger(const struct phrase *w, const struct json *node)
{
	(void)node;
	return w->n < 4 ? NULL : arena_printf(w->mem, "%s enable", head(w, 4));
}

static const char *
undo_owned_by(const struct phrase *w, const struct json *node)
{
	size_t at = phrase_find(w, 0, "owned");
	const struct json *opts = json_get(node, "options");

	if (opts == NULL || opts->first == NULL || opts->first->next != NULL ||
	    at == 0 || at >= w->n)
		return NULL;
	return arena_printf(w->mem, "%s owned by none", head(w, at));
}

/* ALTER FUNCTION ... SET x; statistics of columns taken together. */
static const char *
undo_statistics(const struct phrase *w, const struct json *node)
{
	size_t at = phrase_find(w, 0, "set");

	(void)node;
	return at == 0 || at >= w->n ? NULL : arena_printf(w->mem,
	    "%s set statistics -1", head(w, at));
}

/* ALTER ROLE ... SET x */
static const char *
undo_role_setting(const struct phrase *w, const struct json *node)
{
	const struct json *set = json_get(node, "setstmt");
	const char *name = json_str(set, "name");
	size_t at = phrase_find(w, 0, "set");

	if (name == NULL || at == 0 || at >= w->n)
		return NULL;
	return arena_printf(w->mem, "%s reset %s", head(w, at), name);
}

static const struct {
	const char *tag;
	const char *(*fn)(const struct phrase *w, const struct json *node);
} undoers[] = {
	{ "GrantStmt", undo_grant },
	{ "AlterDefaultPrivilegesStmt", undo_grant },
	{ "GrantRoleStmt", undo_grant },
	{ "CommentStmt", undo_comment }, { "SecLabelStmt", undo_comment },
	{ "IndexStmt", undo_index }, { "AlterTableStmt", undo_alter },
	{ "AlterEventTrigStmt", undo_event_trigger },
	{ "AlterSeqStmt", undo_owned_by },
	{ "AlterStatsStmt", undo_statistics },
	{ "AlterRoleSetStmt", undo_role_setting },
};

const char *
sql_undo(struct arena *mem, const char *text, const struct sql_stmt *st)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct phrase w;

	for (size_t i = 0; i < WM_LEN(undoers); i++) {
		if (strcmp(undoers[i].tag, st->tag) != 0)
			continue;
		if (!phrase_stmt(scratch, text, st, &w))
			return NULL;
		w.mem = mem;
		/* cppcheck-suppress returnDanglingLifetime ; it is in mem */
		return undoers[i].fn(&w, st->node);
	}
	return NULL;
}

bool
sql_is_setting(struct arena *mem, const char *text, const struct sql_stmt *st)
{
	const char *sub = json_str(sql_alter_cmd(st), "subtype");

	if (strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    strcmp(st->tag, "CommentStmt") == 0 || (sub != NULL &&
	    (strcmp(sub, "AT_ChangeOwner") == 0 ||
	    strcmp(sub, "AT_AttachPartition") == 0)))
		return true;
	return sql_undo(mem, text, st) != NULL;
}
