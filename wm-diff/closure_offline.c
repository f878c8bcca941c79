#include "closure_offline.h"

#include "diag.h"
#include "needs.h"

/* A statement that cannot live through a change of the columns it reads. */
static const char *const bound_to_columns[] = { "ViewStmt",
	"CreateTableAsStmt", "RuleStmt", "CreatePolicyStmt" };

/* A function whose body is kept as a tree, not as a text. */
static bool
has_tree_body(const struct sql_stmt *st)
{
	return strcmp(st->tag, "CreateFunctionStmt") == 0 &&
	    json_get(st->node, "sql_body") != NULL;
}

static bool
trigger_reads_columns(const struct sql_stmt *st)
{
	return strcmp(st->tag, "CreateTrigStmt") == 0 &&
	    (json_get(st->node, "columns") != NULL ||
	    json_get(st->node, "whenClause") != NULL);
}

/* Whether a text makes what hangs on single columns of what it reads. */
static bool
reads_columns(struct diff *d, struct change *c)
{
	struct parsed *p;

	if (!change_parse(d, c, true, &p))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct sql_stmt *st = &p->stmts[i];

		for (size_t k = 0; k < WM_LEN(bound_to_columns); k++)
			if (strcmp(st->tag, bound_to_columns[k]) == 0)
				return true;
		if (has_tree_body(st) || trigger_reads_columns(st))
			return true;
	}
	return false;
}

static bool
goes(const struct change *c)
{
	return c->old != NULL && c->old->built &&
	    (c->fate == FATE_RECREATE || c->fate == FATE_DROP);
}

static void
pull(struct diff *d, struct change *user, const struct change *on)
{
	const char *kind = on->old->kind->name;

	if (user->fate != FATE_SAME && user->fate != FATE_REPLACE)
		return;
	if (on->fate == FATE_DROP)
		return;	/* it has no use for it any more, or deps say so */
	if (strcmp(user->old->kind->name, "table") == 0) {
		diag_refuse(&change_object(user)->loc, "%s \"%s\" cannot be "
		    "dropped and made again: table \"%s\" uses it", kind,
		    on->old->nam, user->old->nam);
		return;
	}
	user->fate = FATE_RECREATE;
	user->reason = arena_printf(d->mem, "it uses %s \"%s\"", kind,
	    on->old->nam);
}

void
closure_offline(struct diff *d)
{
	struct vec *users = arena_alloc(d->mem, (d->all.n + 1) *
	    sizeof(*users));
	bool *done = arena_alloc(d->mem, d->all.n + 1);
	bool more = true;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		WM_VEC on = VEC_INIT;

		if (c->old == NULL || !c->old->built)
			continue;
		needs_old(d, c, &on);
		for (size_t k = 0; k < on.n; k++) {
			struct change *o = on.v[k];

			if (o != NULL && o != c)
				vec_push(&users[o->index], c);
		}
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];
			bool gone = goes(c);

			if (done[i] || c->old == NULL ||
			    (!gone && c->touched.n == 0))
				continue;
			done[i] = more = true;
			for (size_t k = 0; k < users[i].n; k++) {
				struct change *u = users[i].v[k];

				if (gone || reads_columns(d, u))
					pull(d, u, c);
			}
		}
	}
	for (size_t i = 0; i < d->all.n; i++)
		vec_clear(&users[i]);
}
