#include "alter_impl.h"
#include "sequences.h"
#include "settings.h"
#include "undo.h"

static bool
has_stmt(const struct vec *v, const struct sql_stmt *st)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct sql_stmt *k = v->v[i];

		if (strcmp(k->tag, st->tag) == 0 &&
		    sql_alike(k->node, st->node))
			return true;
	}
	return false;
}

/* What takes back a statement that the table's text no longer has. */
static const char *
inverse(struct alter *a, const struct sql_stmt *st)
{
	static const struct {
		const char *sub, *sql;
	} rows[] = { { "AT_EnableRowSecurity", "disable row level security" },
		{ "AT_ForceRowSecurity", "no force row level security" },
		{ "AT_ReplicaIdentity", "replica identity default" },
		{ "AT_ClusterOn", "set without cluster" } };
	const char *subtype = json_str(sql_alter_cmd(st), "subtype");

	for (size_t i = 0; subtype != NULL && i < WM_LEN(rows); i++)
		if (strcmp(rows[i].sub, subtype) == 0)
			return arena_printf(a->d->mem, "alter table %s %s",
			    a->fq, rows[i].sql);
	return settings_undo(a->d, a->old->text, st);
}

/* Whether it says whose a sequence is that is the column's own by now. */
static bool
is_handed(const struct alter *a, const struct sql_stmt *st)
{
	const struct json *seq = json_get(st->node, "sequence");
	const char *schema = json_str(seq, "schemaname");
	const char *name = json_str(seq, "relname");

	return strcmp(st->tag, "AlterSeqStmt") == 0 && name != NULL &&
	    sequences_handed(a->d, schema ? schema : IDENT_SCHEMA, name);
}

/* Whether a statement is about a part of the table, which it names. */
static bool
names_part(const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "objtype");
	const struct json *cmds = json_get(st->node, "cmds");
	const struct json *privs = json_get(st->node, "privileges");

	if (strcmp(st->tag, "CommentStmt") == 0 ||
	    strcmp(st->tag, "SecLabelStmt") == 0)
		return type != NULL && (strcmp(type, "OBJECT_COLUMN") == 0 ||
		    strcmp(type, "OBJECT_TABCONSTRAINT") == 0);
	for (const struct json *j = privs ? privs->first : NULL; j;
	    j = j->next)
		if (json_get2(j, "AccessPriv", "cols") != NULL)
			return true;
	if (strcmp(st->tag, "AlterTableStmt") == 0)
		return cmds != NULL && json_get2(cmds->first, "AlterTableCmd",
		    "name") != NULL;
	return strcmp(st->tag, "AlterSeqStmt") == 0;
}

void
alter_rest_back(struct alter *a, const struct table *to)
{
	struct vec *rest = &a->old->rest;
	size_t n = 0;

	for (size_t i = rest->n; i-- > 0;) {
		const struct sql_stmt *st = rest->v[i];
		bool handed = is_handed(a, st);
		const char *sql;

		if (!names_part(st) || has_stmt(&to->rest, st))
			continue;
		sql = handed ? NULL : inverse(a, st);
		if (sql != NULL)
			alter_do(a, "%s", sql);
		else if (!handed)
			continue;
		a->regrant = a->regrant || strcmp(st->tag, "GrantStmt") == 0;
		rest->v[i] = NULL;
	}
	for (size_t i = 0; i < rest->n; i++)
		if (rest->v[i] != NULL)
			rest->v[n++] = rest->v[i];
	rest->n = n;
}

void
alter_rest(struct alter *a)
{
	bool grants = a->regrant;

	a->regrant = false;
	/* the last said is the first taken back */
	for (size_t i = a->old->rest.n; i-- > 0;) {
		const struct sql_stmt *st = a->old->rest.v[i];
		const char *sql;

		if (has_stmt(&a->new->rest, st))
			continue;
		grants = grants || strcmp(st->tag, "GrantStmt") == 0;
		sql = inverse(a, st);
		if (sql == NULL && sql_is_setting(a->d->mem, a->old->text,
		    st))
			continue;
		if (sql == NULL) {
			alter_refuse(a, "a statement behind the table is gone "
			    "or changed, and how to take it back is not known: "
			    "%.*s", (int)st->len, a->old->text + st->off);
			continue;
		}
		alter_do(a, "%s", sql);
	}
	alter_flush(a);
	for (size_t i = 0; !a->rebuild && i < a->new->rest.n; i++) {
		const struct sql_stmt *st = a->new->rest.v[i];

		/* a revoke may take more than was meant */
		if (has_stmt(&a->old->rest, st) && (!grants ||
		    strcmp(st->tag, "GrantStmt") != 0))
			continue;
		alter_do(a, "%s", arena_strndup(a->d->mem, a->new->text +
		    st->off, st->len));
		grants = grants || strcmp(st->tag, "GrantStmt") == 0;
	}
}
