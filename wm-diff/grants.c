#include "grants.h"

#include <ctype.h>
#include <stdlib.h>

#include "text.h"

struct fact {
	const char *role;	/* quoted; "public" */
	const char *privilege;
};

/* A role's name as PostgreSQL would fold it, quoted where it has to be. */
static const char *
role_name(struct arena *mem, const char *group, const char *level,
    bool *out_public)
{
	WM_SBUF name = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;

	*out_public = strcmp(group, "public") == 0;
	if (*out_public)
		return "public";
	sbuf_printf(&name, "%s_%s", group, level);
	for (size_t i = 0; i < name.len; i++)
		name.s[i] = (char)tolower((unsigned char)name.s[i]);
	sbuf_ident(&b, name.s);
	return sbuf_take(&b, mem);
}

/* TYPE:NAME|GROUP|LEVEL|privilege, read from its end. */
static bool
parse_fact(struct arena *mem, const char *grant, struct fact *out)
{
	const char *bar[3];
	size_t len = strlen(grant);
	bool is_public;

	for (int i = 2; i >= 0; i--) {
		bar[i] = memrchr(grant, '|', len);
		if (bar[i] == NULL)
			return false;
		len = (size_t)(bar[i] - grant);
	}
	out->role = role_name(mem,
	    arena_strndup(mem, bar[0] + 1, (size_t)(bar[1] - bar[0] - 1)),
	    arena_strndup(mem, bar[1] + 1, (size_t)(bar[2] - bar[1] - 1)),
	    &is_public);
	out->privilege = bar[2] + 1;
	return true;
}

static void
facts(struct arena *mem, const struct vec *grants, struct vec *out)
{
	for (size_t i = 0; i < grants->n; i++) {
		struct fact *f = arena_alloc(mem, sizeof(*f));

		if (parse_fact(mem, grants->v[i], f))
			vec_push(out, f);
	}
}

static bool
has(const struct vec *v, const struct fact *f)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct fact *k = v->v[i];

		if (strcmp(k->role, f->role) == 0 &&
		    strcmp(k->privilege, f->privilege) == 0)
			return true;
	}
	return false;
}

/* What GRANT calls the object. */
static const char *
target(struct diff *d, struct change *c)
{
	const struct object *o = c->new;
	const struct ident *id;

	if (strcmp(o->kind->name, "function") == 0) {
		id = change_ident(d, c, false);
		/* the recorded name need not be a signature */
		if (id != NULL && id->cls == ID_FUNCTION &&
		    strchr(id->args, '?') == NULL)
			return arena_printf(d->mem, "%s %s", id->procedure ?
			    "procedure" : "function",
			    ident_text(d->mem, id));
	}
	return arena_printf(d->mem, "%s %s", o->kind->grant_on, o->nam);
}

/* One statement for each role, in the order in which roles first come. */
static void
emit(struct diff *d, struct change *c, enum plan_action action,
    const struct vec *list)
{
	const char *on = target(d, c);

	for (size_t i = 0; i < list->n; i++) {
		const struct fact *f = list->v[i];
		WM_SBUF b = SBUF_INIT;
		struct plan_step *s;
		bool first = true;

		for (size_t k = 0; k < i && first; k++)
			first = strcmp(((struct fact *)list->v[k])->role,
			    f->role) != 0;
		if (!first)
			continue;
		sbuf_puts(&b, action == PLAN_GRANT ? "grant " : "revoke ");
		for (size_t k = i; k < list->n; k++) {
			const struct fact *g = list->v[k];

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
		facts(d->mem, &c->old->grants, &old);
	facts(d->mem, &c->new->grants, &new);
	for (size_t i = 0; i < old.n; i++)
		if (!has(&new, old.v[i]) && !has(gone, old.v[i]))
			vec_push(gone, old.v[i]);
	for (size_t i = 0; i < new.n; i++) {
		const struct fact *f = new.v[i];
		bool again = !has(&old, f);

		/* a revoke may take more than its word says: "all" */
		for (size_t k = 0; k < gone->n && !again; k++)
			again = strcmp(((struct fact *)gone->v[k])->role,
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
	    strings_equal(&c->old->grants, &c->new->grants))
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
	facts(d->mem, &c->new->grants, &new);
	for (size_t i = 0; i < new.n; i++) {
		const char *role = ((struct fact *)new.v[i])->role, *s;
		const char *schema;

		if (strcmp(role, "public") == 0)
			continue;
		ident_split(d->mem, role, &schema, &s);
		add_role(d, s, seen, out);
	}
}
