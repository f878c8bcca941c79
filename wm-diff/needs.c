#include "needs.h"

#include "diag.h"
#include "order.h"

static struct change *
by_key(struct diff *d, const char *type, const char *name)
{
	return map_get(&d->by_key, arena_printf(d->mem, "%s:%s", type, name));
}

/*
 * Complete type prefixes were expanded by wm-parse, so a name with ":" that is
 * no type's is a name.
 */
static bool
resolve(struct diff *d, struct change *c, const char *dep,
    struct change **out)
{
	const struct object *o = change_object(c);
	const char *colon = strchr(dep, ':');
	struct bare *b;

	if (colon != NULL) {
		struct change *k = by_key(d, arena_strndup(d->mem, dep,
		    (size_t)(colon - dep)), colon + 1);

		if (k != NULL && k->new != NULL) {
			*out = k;
			return true;
		}
	}
	b = map_get(&d->by_name, dep);
	if (b == NULL) {
		struct change *gone = NULL;
		size_t n;
		const struct kind *k = kinds_all(&n);

		for (size_t i = 0; i < n && gone == NULL; i++)
			gone = by_key(d, k[i].name, dep);
		if (gone != NULL && gone->old != NULL)
			diag_error(&o->loc, "%s \"%s\" depends on %s \"%s\", "
			    "which left the source", o->kind->name, o->nam,
			    gone->old->kind->name, dep);
		else
			diag_error(&o->loc, "%s \"%s\" depends on \"%s\", "
			    "which is not defined", o->kind->name, o->nam,
			    dep);
		return false;
	}
	if (b->next != NULL) {
		diag_error(&o->loc, "%s \"%s\" depends on \"%s\", which is "
		    "both \"%s\" and \"%s\"", o->kind->name, o->nam, dep,
		    b->next->change->new->key, b->change->new->key);
		diag_hint("Write the dependency as TYPE:NAME.");
		return false;
	}
	*out = b->change;
	return true;
}

static struct need *
find_need(const struct change *c, const struct change *on)
{
	for (size_t i = 0; i < c->needs.n; i++) {
		struct need *n = c->needs.v[i];

		if (n->on == on)
			return n;
	}
	return NULL;
}

static void
add_need(struct diff *d, struct change *c, struct change *on, bool hard,
    bool declared)
{
	struct need *n = find_need(c, on);

	if (c == on)
		return;
	if (n == NULL) {
		n = arena_alloc(d->mem, sizeof(*n));
		n->on = on;
		vec_push(&c->needs, n);
	}
	n->hard = n->hard || hard;
	n->declared = n->declared || declared;
}

bool
needs_declared(struct diff *d)
{
	bool ok = true;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i], *on;

		if (c->new == NULL)
			continue;
		for (size_t k = 0; k < c->new->deps.n; k++) {
			if (!resolve(d, c, c->new->deps.v[k], &on)) {
				ok = false;
				continue;
			}
			if (on == c) {
				diag_error(&c->new->loc, "%s \"%s\" depends "
				    "on itself", c->new->kind->name,
				    c->new->nam);
				ok = false;
			}
			add_need(d, c, on, true, true);
			/* the record holds what the name stood for */
			if (on->old == NULL &&
			    model_named(&d->rec, on->new->nam) != NULL)
				c->record = true;
		}
	}
	return ok;
}

static void
index_name(struct diff *d, int cls, const char *schema, const char *name,
    struct change *c)
{
	struct bare *b = arena_alloc(d->mem, sizeof(*b));

	b->change = c;
	b->next = map_put(&d->by_ident, arena_printf(d->mem, "%d|%s|%s", cls,
	    schema, name), b);
}

/* Names of what stays, as SQL refers to them. */
static void
index_idents(struct diff *d)
{
	if (d->idents_ready)
		return;
	d->idents_ready = true;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const char *schema, *name;
		struct parsed *p;
		int names;

		if (c->new == NULL)
			continue;
		names = c->new->kind->names;
		if (strcmp(c->new->kind->name, "other") == 0) {
			if (!change_parse(d, c, false, &p))
				continue;
			for (size_t k = 0; k < p->n; k++)
				if (p->idents[k].cls != 0)
					index_name(d, (int)p->idents[k].cls,
					    p->idents[k].schema ?
					    p->idents[k].schema : "",
					    p->idents[k].name, c);
			continue;
		}
		ident_split(d->mem, c->new->nam, &schema, &name);
		if (names != 0)
			index_name(d, names, names == ID_SCHEMA ? "" : schema,
			    name, c);
	}
}

struct bare *
needs_bare(struct diff *d, int cls, const char *schema, const char *name)
{
	index_idents(d);
	return map_get(&d->by_ident, arena_printf(d->mem, "%d|%s|%s", cls,
	    schema, name));
}

static void
add_ref(struct diff *d, struct change *c, const struct ref *r)
{
	static const enum ident_class classes[] = { ID_RELATION, ID_FUNCTION,
		ID_TYPE };
	struct bare *schema;

	for (size_t i = 0; i < WM_LEN(classes); i++) {
		struct bare *b;

		if ((r->classes & (int)classes[i]) == 0)
			continue;
		b = map_get(&d->by_ident, arena_printf(d->mem, "%d|%s|%s",
		    (int)classes[i], r->schema, r->name));
		/* which of several overloads is meant, only the server knows */
		for (struct bare *k = b; k != NULL; k = k->next) {
			struct need *known = find_need(c, k->change);

			if (known == NULL && k->change != c)
				diag_warn(&c->new->loc, "deps", "%s \"%s\" "
				    "uses %s \"%s\" without declaring it",
				    c->new->kind->name, c->new->nam,
				    k->change->new->kind->name,
				    k->change->new->nam);
			add_need(d, c, k->change, !r->soft && b->next == NULL,
			    false);
		}
	}
	schema = map_get(&d->by_ident, arena_printf(d->mem, "%d||%s",
	    (int)ID_SCHEMA, r->schema));
	if (schema != NULL)
		add_need(d, c, schema->change, !r->soft, false);
}

void
needs_found(struct diff *d, struct change *c)
{
	const char *schema, *name;
	struct parsed *p;

	if (c->found || c->new == NULL)
		return;
	c->found = true;
	index_idents(d);
	if (change_parse(d, c, false, &p) && !p->refs_done) {
		refs_of_stmts(d->mem, c->new->create, p->stmts, p->n,
		    &p->refs);
		p->refs_done = true;
	}
	for (size_t i = 0; i < p->refs.n; i++)
		add_ref(d, c, p->refs.v[i]);
	/* what a statement creates stands in the schema of its name */
	ident_split(d->mem, c->new->nam, &schema, &name);
	if (c->new->kind->grant_on != NULL &&
	    strcmp(c->new->kind->name, "schema") != 0) {
		struct bare *b = map_get(&d->by_ident, arena_printf(d->mem,
		    "%d||%s", (int)ID_SCHEMA, schema));

		if (b != NULL)
			add_need(d, c, b->change, true, false);
	}
}

bool
needs_circles(struct diff *d)
{
	struct graph *g = graph_new(d->mem, d->all.n);
	size_t *order, *cycle, n;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->needs.n; k++) {
			struct need *need = c->needs.v[k];

			graph_edge(g, need->on->index, i, need->hard);
		}
	}
	if (graph_sort(g, &order, &cycle, &n))
		return true;
	diag_error(NULL, "%zu objects depend on one another in a circle", n);
	for (size_t i = 0; i < n; i++) {
		const struct change *c = d->all.v[cycle[i]];
		const struct change *on = d->all.v[cycle[(i + 1) % n]];
		struct need *need = find_need(c, on);

		diag_note(&c->new->loc, "%s \"%s\" %s %s \"%s\"",
		    c->new->kind->name, c->new->nam,
		    need != NULL && need->declared ? "depends on" : "uses",
		    on->new->kind->name, on->new->nam);
	}
	return false;
}

void
needs_old(struct diff *d, struct change *c, struct vec *out)
{
	WM_VEC refs = VEC_INIT;

	index_idents(d);
	for (size_t i = 0; i < c->old->deps.n; i++) {
		const char *dep = c->old->deps.v[i];
		const struct named *n = model_named(&d->rec, dep);
		struct object *o = model_get(&d->rec, dep);

		if (o == NULL && n != NULL && n->next == NULL)
			o = n->obj;
		if (o != NULL)
			vec_push(out, map_get(&d->by_key, o->key));
	}
	refs_of(d->mem, c->old->create, &refs);
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *r = refs.v[i];
		const char *nam = arena_printf(d->mem, "%s.%s", r->schema,
		    r->name);
		const struct named *n = model_named(&d->rec, nam);

		if (!r->soft && n != NULL && n->next == NULL)
			vec_push(out, map_get(&d->by_key, n->obj->key));
	}
}
