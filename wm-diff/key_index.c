/*
 * A key of a table's text that takes the place of a unique index: the server
 * makes the key of it, and foreign keys that rest on the index stay.
 */
#include "alter_impl.h"

#include "part_index.h"

/* Whether a key has nothing but its columns. */
static bool
is_plain(const struct con *k)
{
	static const char *const members[] = { "options", "indexspace",
		"including", "deferrable", "initdeferred",
		"nulls_not_distinct" };

	if (k->kind != CON_PRIMARY && k->kind != CON_UNIQUE)
		return false;
	for (size_t i = 0; i < WM_LEN(members); i++)
		if (json_get(k->node, members[i]) != NULL)
			return false;
	return true;
}

static bool
is_plain_index(const struct sql_stmt *st)
{
	const char *method = json_str(st->node, "accessMethod");

	return json_get(st->node, "options") == NULL &&
	    json_get(st->node, "tableSpace") == NULL &&
	    json_get(st->node, "nulls_not_distinct") == NULL &&
	    (method == NULL || strcmp(method, "btree") == 0);
}

/* An index of the table that goes, and of which the key can be made. */
static struct change *
find(struct alter *a, const struct con *k)
{
	for (size_t i = 0; i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;
		struct parsed *p;

		if (c->new != NULL || c->old == NULL || !c->old->built ||
		    c->carried || strcmp(c->old->kind->name, "index") != 0 ||
		    !change_parse(a->d, c, true, &p) || p->n != 1 ||
		    strcmp(p->stmts[0].tag, "IndexStmt") != 0)
			continue;
		id = &p->idents[0];
		if (id->table != NULL &&
		    strcmp(id->table, a->was_id.name) == 0 &&
		    strcmp(id->schema, a->was_id.schema) == 0 &&
		    is_plain_index(&p->stmts[0]) &&
		    part_index_like_key(&p->stmts[0], k))
			return c;
	}
	return NULL;
}

const char *
alter_key_of_index(struct alter *a, const struct con *k)
{
	struct change *c;

	/* not of partitioned tables; nor by other names of the columns */
	if (a->rebuild != NULL || a->c->born || a->parted || a->d->back ||
	    a->names.n > 0 || a->retyped.n > 0 || !is_plain(k) ||
	    strcmp(a->fq, a->was_fq) != 0 ||
	    json_get(a->new->node, "partspec") != NULL)
		return NULL;
	c = find(a, k);
	if (c == NULL)
		return NULL;
	c->carried = c->taken_over = true;
	return change_ident(a->d, c, true)->name;
}
