/* The steps that make, replace or alter one object, with what comes back. */
#include "build_impl.h"

#include "alter.h"
#include "back.h"
#include "grants.h"
#include "hops.h"
#include "part_index.h"
#include "partition.h"
#include "restore.h"
#include "role.h"
#include "swap.h"
#include "text.h"

/* Entries in the lock table that creating a table takes: it, its indexes... */
static int
count_locks(const struct parsed *p)
{
	int n = 1;

	for (size_t i = 0; p != NULL && i < p->n; i++) {
		const struct json *elts = json_get(p->stmts[i].node,
		    "tableElts");

		if (strcmp(p->stmts[i].tag, "CreateStmt") != 0) {
			n += strcmp(p->stmts[i].tag, "IndexStmt") == 0;
			continue;
		}
		n += 2;		/* TOAST table and its index */
		for (const struct json *j = elts ? elts->first : NULL; j;
		    j = j->next) {
			const struct json *col = json_get(j, "ColumnDef");
			const struct json *cons = json_get(col, "constraints");
			const struct json *k = cons ? cons->first : j;

			if (col != NULL && cons == NULL)
				continue;
			for (; k != NULL; k = cons ? k->next : NULL) {
				const char *t = json_str(json_get(k,
				    "Constraint"), "contype");

				if (t != NULL && (strcmp(t, "CONSTR_PRIMARY")
				    == 0 || strcmp(t, "CONSTR_UNIQUE") == 0 ||
				    strcmp(t, "CONSTR_IDENTITY") == 0))
					n++;
			}
		}
	}
	return n;
}

static void
set_locks(struct diff *d, struct change *c, struct plan_step *s)
{
	const struct kind *k = c->new->kind;
	struct parsed *p;

	s->locks = count_locks(change_parse(d, c, false, &p) ? p : NULL);
	if (k->create_lock != NULL && p != NULL && p->n > 0 &&
	    p->idents[0].table != NULL) {
		struct ident t = { .cls = ID_RELATION,
			.schema = p->idents[0].schema,
			.name = p->idents[0].table };

		s->lock = k->create_lock;
		s->lock_on = ident_text(d->mem, &t);
		s->scan = strcmp(k->name, "index") == 0;
	}
	if (c->fate == FATE_REPLACE && strcmp(k->name, "view") == 0) {
		s->lock = "AccessExclusiveLock";
		s->lock_on = c->new->nam;
	}
}

/* Owner, foreign grants, comments of an object that was made again. */
static void
restore(struct diff *d, struct change *c, const struct closure_node *n,
    const char *nam)
{
	for (; n != NULL; n = n->more) {
		const char *sql = restore_sql(d, c, n);
		struct plan_step *s;

		if (sql == NULL)
			continue;
		if (c != NULL)
			s = build_step(d, c, PLAN_ALTER, sql);
		else {
			s = plan_add(&d->plan, PLAN_ALTER, "other", nam, sql);
			text_split(d, s);
		}
		s->reason = "owner, grants and comments as before";
	}
}

void
build_early(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->early.n; k++) {
			struct plan_step *s = build_step(d, c, PLAN_ALTER,
			    c->early.v[k]);

			if (strcmp(c->old->kind->name, "table") != 0)
				continue;
			s->lock = "AccessExclusiveLock";
			s->lock_on = c->old->nam;
		}
	}
}

static void
alter_steps(struct diff *d, struct change *c, const struct vec *alters,
    size_t stage)
{
	for (size_t i = 0; i < alters->n; i++) {
		const struct alter_stmt *a = alters->v[i];
		struct plan_step *s;

		if (hops_stage(d, a->release) != stage)
			continue;
		s = build_step(d, c, a->rebuild ? PLAN_REBUILD : a->data ?
		    PLAN_DATA : PLAN_ALTER, a->sql);
		s->lock = a->lock;
		s->lock_on = a->lock ? c->new->nam : NULL;
		s->scan = a->scan;
		s->rewrite = a->rewrite;
		s->loss = a->loss;
		s->rows = a->rows;
		s->bytes = a->bytes;
	}
}

/* A table that comes back on the way to an older release. */
static void
refill(struct diff *d, struct change *c)
{
	WM_VEC sql = VEC_INIT;

	if (!d->back || c->fate != FATE_CREATE ||
	    strcmp(c->new->kind->name, "table") != 0)
		return;
	back_refill(d, c, &sql);
	for (size_t i = 0; i < sql.n; i++)
		build_step(d, c, PLAN_DATA, sql.v[i])->reason =
		    "as it was kept in wm_attic";
}

/*
 * Columns move over to a type made anew. The old types go when all of them
 * have: one may be made of another.
 */
static void
swap_steps(struct diff *d, struct change *c)
{
	WM_VEC list = VEC_INIT;

	if (!c->swapping)
		return;
	swap_move(d, c, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct plan_step *s = build_step(d, c, PLAN_ALTER, list.v[i]);

		s->rewrite = true;
		s->lock = "AccessExclusiveLock";
		s->lock_on = c->new->nam;
	}
	vec_push(&d->swapped, c);
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *k = d->all.v[i];

		if (k->swapping && !vec_has(&d->swapped, k))
			return;
	}
	for (size_t i = d->swapped.n; i-- > 0;) {
		struct change *k = d->swapped.v[i];
		struct plan_step *s = build_step(d, k, PLAN_ALTER,
		    swap_end(d, k));

		s->lock = "AccessExclusiveLock";
		s->lock_on = k->new->nam;
	}
}

/*
 * What is granted when all of a change is there. A table made anew takes over
 * what it and its partitions had when it has its rows: only behind that they
 * can do without.
 */
static void
grant_steps(struct diff *d, const struct item *it)
{
	struct change *c = it->change;

	if (!it->last || c->temp || c->root != NULL)
		return;
	grants_steps(d, c);
	for (size_t i = 0; c->rebuild && i < d->all.n; i++) {
		struct change *k = d->all.v[i];

		if (k->root == c)
			grants_steps(d, k);
	}
}

bool
build_make(struct diff *d, const struct item *it)
{
	struct change *c = it->change;
	struct plan_step *s;
	const char *sql;

	if (it->fill) {
		alter_steps(d, c, &c->fill, it->stage);
		grant_steps(d, it);
		return true;
	}
	if (c == NULL) {
		if (it->node->stays_out)
			return true;
		s = plan_add(&d->plan, PLAN_CREATE, "other", it->node->text,
		    it->node->create_sql);
		s->reason = "it was in the way";
		text_split(d, s);
		restore(d, NULL, it->node, it->node->text);
		return true;
	}
	switch (c->fate) {
	case FATE_CREATE:
		if (c->born && it->first)
			build_step(d, c, PLAN_CREATE, c->old->create)->reason =
			    "as its first version has it, for commands";
		if (c->born) {
			alter_steps(d, c, &c->alters, it->stage);
			break;
		}
		sql = part_index_key_sql(d, c);
		if (sql == NULL && !partition_index_sql(d, c, &sql))
			return false;
		if (sql != NULL) {
			(void)build_step(d, c, PLAN_CREATE, sql);
			break;
		}
		/* FALLTHROUGH */
	case FATE_RECREATE:
		sql = partition_whole_sql(d, c);
		s = sql ? build_step(d, c, PLAN_CREATE, sql) : text_step(d, c,
		    PLAN_CREATE);
		role_if_missing(d, c, s);
		set_locks(d, c, s);
		refill(d, c);
		swap_steps(d, c);
		break;
	case FATE_REPLACE:
		s = text_step(d, c, PLAN_REPLACE);
		text_or_replace(d, c, s);
		set_locks(d, c, s);
		if (c->keep != NULL) {
			s = build_step(d, c, PLAN_ALTER, c->keep);
			s->reason = "as others have set it";
		}
		break;
	case FATE_ALTER:
		if (c->sql == NULL) {
			alter_steps(d, c, &c->alters, it->stage);
			break;
		}
		s = build_step(d, c, PLAN_ALTER, c->sql);
		s->lock = strcmp(c->new->kind->name, "sequence") == 0 ?
		    "ShareRowExclusiveLock" : c->renamed ?
		    "ShareUpdateExclusiveLock" : NULL;
		s->lock_on = s->lock ? c->new->nam : NULL;
		break;
	case FATE_SAME:
	case FATE_DROP:
		break;
	}
	if (c->fate == FATE_RECREATE)
		restore(d, c, c->node, NULL);
	grant_steps(d, it);
	return true;
}
