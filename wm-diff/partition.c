#include "partition.h"

static bool
is_kind(const struct change *c, const char *kind)
{
	return strcmp(change_object(c)->kind->name, kind) == 0;
}

/* Whether a partition is detached. */
static bool
detached(const struct change *c)
{
	return is_kind(c, "partition") && c->old != NULL && c->old->built &&
	    !c->late && (c->fate == FATE_DROP || c->fate == FATE_RECREATE);
}

bool
partition_attaches(const struct change *all, const struct change *index)
{
	return vec_has_string(&all->old->deps, index->old->key);
}

/* Whether an index of the partition has been attached to one, or below it. */
static bool
attached_by(struct diff *d, const struct change *part,
    const struct change *all, int depth)
{
	for (size_t i = 0; i < all->old->deps.n; i++) {
		const char *dep = all->old->deps.v[i];
		const struct change *c;

		if (strncmp(dep, "index:", 6) != 0)
			continue;
		c = map_get(&d->by_key, dep);
		if (vec_has_string(&part->old->deps, dep) || (c != NULL &&
		    c->old != NULL && depth < 100 &&
		    attached_by(d, part, c, depth + 1)))
			return true;
	}
	return false;
}

bool
partition_outlives(const struct diff *d, const struct change *index,
    const struct change *all)
{
	if (!partition_attaches(all, index))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		if (detached(c) && vec_has_string(&c->old->deps,
		    index->old->key))
			return true;
	}
	return false;
}

/* Whether an index is on the table that a partition is detached from. */
static bool
same_table(struct diff *d, struct change *part, struct change *index)
{
	const struct ident *id = change_ident(d, index, true);
	const struct json *rv;
	const char *schema, *name;
	struct parsed *p;

	if (id == NULL || id->table == NULL ||
	    !change_parse(d, part, true, &p) || p->n == 0)
		return false;
	rv = json_get(p->stmts[0].node, "relation");
	schema = json_str(rv, "schemaname");
	name = json_str(rv, "relname");
	return name != NULL && strcmp(id->table, name) == 0 &&
	    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0;
}

void
partition_edges(struct diff *d, struct graph *g, const size_t *at)
{
	WM_VEC parts = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (at[i] > 0 && detached(c))
			vec_push(&parts, c);
	}
	for (size_t i = 0; parts.n > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (at[i] == 0 || !is_kind(c, "index"))
			continue;
		for (size_t k = 0; k < parts.n; k++) {
			struct change *part = parts.v[k];
			size_t n = at[part->index] - 1;

			if (attached_by(d, part, c, 0))
				graph_edge(g, n, at[i] - 1, true);
			else if (same_table(d, part, c))
				graph_edge(g, at[i] - 1, n, false);
		}
	}
}
