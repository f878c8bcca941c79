#include "alter.h"

#include "table.h"

/* Whether a tree has "*" in it, or reads a relation as a whole row. */
static bool
has_star(const struct json *j)
{
	if (j->key != NULL && strcmp(j->key, "A_Star") == 0)
		return true;
	for (const struct json *k = j->first; k != NULL; k = k->next)
		if (has_star(k))
			return true;
	return false;
}

void
alter_stars(struct diff *d)
{
	WM_VEC wide = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->fate == FATE_ALTER && c->shape)
			vec_push(&wide, c);
	}
	for (size_t w = 0; w < wide.n; w++) {
		const struct change *t = wide.v[w];

		for (size_t i = 0; i < d->all.n; i++) {
			struct change *c = d->all.v[i];
			struct parsed *p;
			WM_VEC refs = VEC_INIT;
			const char *schema, *name;

			if (c->new == NULL || c->old == NULL ||
			    !c->old->built || strcmp(c->new->kind->name,
			    "view") != 0 || (c->fate != FATE_SAME &&
			    c->fate != FATE_REPLACE))
				continue;
			ident_split(d->mem, change_object(t)->nam, &schema,
			    &name);
			/* most views do not even name the table */
			if (strchr(c->new->create, '*') == NULL ||
			    strcasestr(c->new->create, name) == NULL ||
			    !change_parse(d, c, false, &p) || p->n == 0 ||
			    !has_star(p->stmts[0].node))
				continue;
			refs_of(d->mem, c->new->create, &refs);
			for (size_t r = 0; r < refs.n; r++) {
				const struct ref *k = refs.v[r];

				if (strcmp(k->name, name) != 0 ||
				    strcmp(k->schema, schema) != 0)
					continue;
				c->fate = FATE_RECREATE;
				c->shape = true;
				c->reason = arena_printf(d->mem, "it reads all "
				    "columns of \"%s\"", change_object(t)->nam);
				vec_push(&wide, c);
				break;
			}
		}
	}
}
