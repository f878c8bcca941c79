#include "alter_impl.h"

#include <limits.h>

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
	const struct json *cmds = json_get(st->node, "cmds");
	const char *subtype = cmds && cmds->first && !cmds->first->next ?
	    json_str(json_get(cmds->first, "AlterTableCmd"), "subtype") : NULL;

	for (size_t i = 0; subtype != NULL && i < WM_LEN(rows); i++)
		if (strcmp(rows[i].sub, subtype) == 0)
			return arena_printf(a->d->mem, "alter table %s %s",
			    a->fq, rows[i].sql);
	return sql_undo(a->d->mem, a->old->text, st);
}

/* What takes back ALTER SEQUENCE ... OWNED BY; NULL: it is no such thing. */
static const char *
undo_owned_by(struct alter *a, const struct sql_stmt *st)
{
	return strcmp(st->tag, "AlterSeqStmt") != 0 ? NULL :
	    sql_undo(a->d->mem, a->old->text, st);
}

void
alter_disown(struct alter *a)
{
	/* the plan drops sequences before it alters what the database has */
	bool first = a->since == INT_MIN;

	for (size_t i = 0; i < a->old->rest.n; i++) {
		const struct sql_stmt *st = a->old->rest.v[i];
		const char *sql = has_stmt(&a->new->rest, st) ? NULL :
		    undo_owned_by(a, st);

		if (sql != NULL && first)
			vec_push(&a->c->early, sql);
		else if (sql != NULL)
			alter_do(a, "%s", sql);
	}
}

void
alter_rest(struct alter *a)
{
	bool grants = false;

	/* the last said is the first taken back */
	for (size_t i = a->old->rest.n; i-- > 0;) {
		const struct sql_stmt *st = a->old->rest.v[i];
		const char *sql;

		if (has_stmt(&a->new->rest, st) ||
		    undo_owned_by(a, st) != NULL)
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
