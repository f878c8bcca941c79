#include "undo.h"

#include <strings.h>

#include "arena.h"
#include "ident.h"
#include "sbuf.h"

/* One statement's text and its tokens. */
struct words {
	struct arena *mem;	/* of what is returned */
	const char *text;
	struct sql_token *t;
	size_t n;
};

static bool
scan(struct arena *scratch, const char *text, const struct sql_stmt *st,
    struct words *out)
{
	out->text = arena_strndup(scratch, text + st->off, st->len);
	return sql_scan(scratch, out->text, &out->t, &out->n);
}

static bool
is(const struct words *w, size_t i, const char *word)
{
	return i < w->n && strlen(word) == w->t[i].len &&
	    strncasecmp(w->text + w->t[i].off, word, w->t[i].len) == 0;
}

static size_t
end_of(const struct words *w, size_t i)
{
	return w->t[i].off + w->t[i].len;
}

/*
 * GRANT ... TO x as REVOKE ... FROM x, and the other way round. The words
 * between are the same.
 */
static const char *
turn(const struct words *w, size_t first)
{
	bool grant = is(w, first, "grant");
	const char *verb = grant ? "revoke" : "grant";
	size_t prep = 0, end = w->n, from = first + 1;
	int depth = 0;

	for (size_t i = first; i < w->n; i++) {
		depth += is(w, i, "(") - is(w, i, ")");
		if (depth == 0 && is(w, i, grant ? "to" : "from"))
			prep = i;
	}
	if (prep == 0)
		return NULL;
	for (size_t i = prep + 1; i < w->n && end == w->n; i++)
		if (is(w, i, "with") || is(w, i, "granted") ||
		    is(w, i, "cascade") || is(w, i, "restrict"))
			end = i;
	/* revoke grant option for ... */
	if (!grant && is(w, from, "grant") && is(w, from + 1, "option"))
		return NULL;
	return arena_printf(w->mem, "%.*s%s%.*s%s%.*s",
	    (int)w->t[first].off, w->text, verb,
	    (int)(w->t[prep].off - end_of(w, first)),
	    w->text + end_of(w, first), grant ? "from" : "to",
	    (int)(end_of(w, end - 1) - end_of(w, prep)),
	    w->text + end_of(w, prep));
}

static const char *
undo_grant(const struct words *w, const struct json *node)
{
	(void)node;
	for (size_t i = 0; i < w->n; i++)
		if (is(w, i, "grant") || is(w, i, "revoke"))
			return turn(w, i);
	return NULL;
}

/* COMMENT, SECURITY LABEL: the last token but one is IS. */
static const char *
undo_comment(const struct words *w, const struct json *node)
{
	const char *type = json_str(node, "objtype");

	/* an extension has one from its maker, which is lost already */
	if (w->n < 3 || (type != NULL && strcmp(type, "OBJECT_EXTENSION") ==
	    0))
		return NULL;
	return arena_printf(w->mem, "%.*s null", (int)end_of(w, w->n - 2),
	    w->text);
}

static const char *
undo_index(const struct words *w, const struct json *node)
{
	const struct sql_stmt st = { .tag = "IndexStmt", .node = node };
	struct ident id;

	if (!ident_of(w->mem, &st, &id))
		return NULL;
	id.table = NULL;
	return arena_printf(w->mem, "drop index if exists %s",
	    ident_text(w->mem, &id));
}

/* The first n tokens, as they stand. */
static const char *
head(const struct words *w, size_t n)
{
	return n > 0 && n <= w->n ? arena_strndup(w->mem, w->text,
	    end_of(w, n - 1)) : NULL;
}

static size_t
find(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (is(w, i, word))
			return i;
	return w->n;
}

/* "(a = 1, b)" of SET: the names, for RESET. */
static const char *
option_names(const struct words *w, const struct json *list)
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
undo_alter(const struct words *w, const struct json *node)
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
		at = find(w, rows[i].from);
		if (at == 0 || at >= w->n)
			return NULL;
		sbuf_printf(&b, "%s %s", head(w, at), rows[i].sql);
		if (strstr(sub, "Trig") || strstr(sub, "Rule")) {
			sbuf_putc(&b, ' ');
			sbuf_ident(&b, name ? name : "");
		}
		return sbuf_take(&b, w->mem);
	}
	at = find(w, "set");
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
undo_event_trigger(const struct words *w, const struct json *node)
{
	(void)node;
	return w->n < 4 ? NULL : arena_printf(w->mem, "%s enable", head(w, 4));
}

static const char *
undo_owned_by(const struct words *w, const struct json *node)
{
	size_t at = find(w, "owned");
	const struct json *opts = json_get(node, "options");

	if (opts == NULL || opts->first == NULL || opts->first->next != NULL ||
	    at == 0 || at >= w->n)
		return NULL;
	return arena_printf(w->mem, "%s owned by none", head(w, at));
}

/* ALTER FUNCTION ... SET x; statistics of columns taken together. */
static const char *
undo_statistics(const struct words *w, const struct json *node)
{
	size_t at = find(w, "set");

	(void)node;
	return at == 0 || at >= w->n ? NULL : arena_printf(w->mem,
	    "%s set statistics -1", head(w, at));
}

static const struct {
	const char *tag;
	const char *(*fn)(const struct words *w, const struct json *node);
} undoers[] = {
	{ "GrantStmt", undo_grant },
	{ "AlterDefaultPrivilegesStmt", undo_grant },
	{ "GrantRoleStmt", undo_grant },
	{ "CommentStmt", undo_comment }, { "SecLabelStmt", undo_comment },
	{ "IndexStmt", undo_index }, { "AlterTableStmt", undo_alter },
	{ "AlterEventTrigStmt", undo_event_trigger },
	{ "AlterSeqStmt", undo_owned_by },
	{ "AlterStatsStmt", undo_statistics },
};

const char *
sql_undo(struct arena *mem, const char *text, const struct sql_stmt *st)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct words w = { .mem = mem };

	for (size_t i = 0; i < WM_LEN(undoers); i++)
		if (strcmp(undoers[i].tag, st->tag) == 0)
			return scan(scratch, text, st, &w) ?
			    undoers[i].fn(&w, st->node) : NULL;
	return NULL;
}

bool
sql_is_setting(struct arena *mem, const char *text, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const char *sub = cmds && cmds->first && !cmds->first->next ?
	    json_str(json_get(cmds->first, "AlterTableCmd"), "subtype") : NULL;

	if (strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    strcmp(st->tag, "CommentStmt") == 0 || (sub != NULL &&
	    (strcmp(sub, "AT_ChangeOwner") == 0 ||
	    strcmp(sub, "AT_AttachPartition") == 0)))
		return true;
	return sql_undo(mem, text, st) != NULL;
}
