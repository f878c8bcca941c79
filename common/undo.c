#include "undo.h"

#include "arena.h"
#include "ident.h"
#include "phrase.h"
#include "sbuf.h"
#include "undo_grant.h"

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
	{ "GrantStmt", NULL }, { "AlterDefaultPrivilegesStmt", NULL },
	{ "GrantRoleStmt", NULL },
	{ "CommentStmt", undo_comment }, { "SecLabelStmt", undo_comment },
	{ "IndexStmt", undo_index }, { "AlterTableStmt", undo_alter },
	{ "AlterEventTrigStmt", undo_event_trigger },
	{ "AlterSeqStmt", undo_owned_by },
	{ "AlterStatsStmt", undo_statistics },
	{ "AlterRoleSetStmt", undo_role_setting },
};

const char *
sql_undo(struct arena *mem, const char *text, const struct sql_stmt *st,
    const struct map *owners)
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
		return undoers[i].fn ? undoers[i].fn(&w, st->node) :
		    undo_grant(&w, st->node, owners);
	}
	return NULL;
}

bool
sql_is_setting(struct arena *mem, const char *text, const struct sql_stmt *st)
{
	/* what stays; and what only says how it is when nothing is said */
	static const char *const subs[] = { "AT_ChangeOwner",
		"AT_AttachPartition", "AT_DisableRowSecurity",
		"AT_NoForceRowSecurity", "AT_DropCluster", "AT_EnableTrig",
		"AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableRule",
		"AT_ResetRelOptions", "AT_ResetOptions" };
	const char *sub = json_str(sql_alter_cmd(st), "subtype");

	if (strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    strcmp(st->tag, "CommentStmt") == 0)
		return true;
	for (size_t i = 0; sub != NULL && i < WM_LEN(subs); i++)
		if (strcmp(subs[i], sub) == 0)
			return true;
	return sql_undo(mem, text, st, NULL) != NULL;
}
