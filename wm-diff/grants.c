#include "grants.h"

#include <stdlib.h>

#include "grant.h"
#include "text.h"

static bool
has(const struct vec *v, const struct grant *f)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct grant *k = v->v[i];

		if (strcmp(k->role, f->role) == 0 &&
		    strcmp(k->privilege, f->privilege) == 0)
			return true;
	}
	return false;
}

/* One statement for each role, in the order in which roles first come. */
static void
emit(struct diff *d, struct change *c, enum plan_action action,
    const struct vec *list)
{
	bool function = strcmp(c->new->kind->name, "function") == 0;
	const char *on = grant_target(d->mem, c->new,
	    function ? change_ident(d, c, false) : NULL);

	for (size_t i = 0; i < list->n; i++) {
		const struct grant *f = list->v[i];
		WM_SBUF b = SBUF_INIT;
		struct plan_step *s;
		bool first = true;

		for (size_t k = 0; k < i && first; k++)
			first = strcmp(((struct grant *)list->v[k])->role,
			    f->role) != 0;
		if (!first)
			continue;
		sbuf_puts(&b, action == PLAN_GRANT ? "grant " : "revoke ");
		for (size_t k = i; k < list->n; k++) {
			const struct grant *g = list->v[k];

			if (strcmp(g->role, f->role) == 0)
				sbuf_printf(&b, "%s%s", k > i ? ", " : "",
				    g->privilege);
		}
		sbuf_printf(&b, " on %s %s %s", on,
		    action == PLAN_GRANT ? "to" : "from", f->role);
		s = plan_add(&d->plan, action, c->new->kind->name,
		    c->new->nam, sbuf_take(&b, d->mem));
		s->module = c->new->module;
		s->loc = c->new->loc;
	}
}

static void
compare(struct diff *d, struct change *c, struct vec *gone, struct vec *more)
{
	WM_VEC old = VEC_INIT;
	WM_VEC new = VEC_INIT;
	/* what was not found in the catalog has nothing to come back */
	bool fresh = c->fate == FATE_CREATE ||
	    (c->fate == FATE_RECREATE && c->node == NULL);

	if (c->old != NULL && !fresh)
		grant_list(d->mem, &c->old->grants, &old);
	grant_list(d->mem, &c->new->grants, &new);
	for (size_t i = 0; i < old.n; i++)
		if (!has(&new, old.v[i]) && !has(gone, old.v[i]))
			vec_push(gone, old.v[i]);
	for (size_t i = 0; i < new.n; i++) {
		const struct grant *f = new.v[i];
		bool again = !has(&old, f);

		/* a revoke may take more than its word says: "all" */
		for (size_t k = 0; k < gone->n && !again; k++)
			again = strcmp(((struct grant *)gone->v[k])->role,
			    f->role) == 0;
		if (again && !has(more, f))
			vec_push(more, f);
	}
}

bool
grants_differ(struct diff *d, struct change *c)
{
	WM_VEC gone = VEC_INIT;
	WM_VEC more = VEC_INIT;

	if (c->new == NULL || c->new->kind->grant_on == NULL)
		return false;
	if (c->old != NULL && c->fate != FATE_CREATE &&
	    c->fate != FATE_RECREATE &&
	    vec_same_strings(&c->old->grants, &c->new->grants))
		return false;
	compare(d, c, &gone, &more);
	return gone.n + more.n > 0;
}

void
grants_steps(struct diff *d, struct change *c)
{
	WM_VEC gone = VEC_INIT;
	WM_VEC more = VEC_INIT;

	if (!grants_differ(d, c))
		return;
	compare(d, c, &gone, &more);
	emit(d, c, PLAN_REVOKE, &gone);
	emit(d, c, PLAN_GRANT, &more);
}

static void
add_role(struct diff *d, const char *name, struct map *seen, struct vec *out)
{
	const char *copy = arena_strdup(d->mem, name);

	if (map_put(seen, copy, d) == NULL)
		vec_push(out, copy);
}

/* Roles that a GRANT in the object's own SQL names. */
static void
roles_in_sql(struct diff *d, struct change *c, struct map *seen,
    struct vec *out)
{
	struct parsed *p;

	if (!change_parse(d, c, false, &p))
		return;
	for (size_t i = 0; i < p->n; i++) {
		const struct json *l = json_get(p->stmts[i].node, "grantees");

		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next) {
			const char *s = json_str(json_get(j, "RoleSpec"),
			    "rolename");

			if (s != NULL)
				add_role(d, s, seen, out);
		}
	}
}

void
grants_roles(struct diff *d, struct change *c, struct map *seen,
    struct vec *out)
{
	WM_VEC new = VEC_INIT;

	if (c->fate != FATE_SAME)
		roles_in_sql(d, c, seen, out);
	grant_list(d->mem, &c->new->grants, &new);
	for (size_t i = 0; i < new.n; i++) {
		const char *name = ((struct grant *)new.v[i])->name;

		if (name != NULL)
			add_role(d, name, seen, out);
	}
}
