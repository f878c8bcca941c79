#include "sql_deps.h"

#include "sql_needs.h"
#include "sql_owner.h"

/* --- objects of .wms files, to be referred to --- */

static struct made *
add_foreign(struct parse *p, struct object *o)
{
	struct made *m = arena_alloc(p->mem, sizeof(*m));
	struct ident id = { .cls = (enum ident_class)o->kind->names };

	m->o = o;
	m->foreign = true;
	ident_split(p->mem, o->nam, &id.schema, &id.name);
	if (id.cls == ID_SCHEMA)
		id.schema = NULL;
	m->id = id;
	vec_push(&p->sql.made, m);
	if (id.cls != 0)
		sql_register(p, m, &id);
	return m;
}

static void
add_foreigners(struct parse *p, struct map *own)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		const struct made *m = p->sql.made.v[i];

		if (!m->gone)
			map_put(own, m->o->key, m);
	}
	for (size_t i = 0; i < p->model.objects.n; i++) {
		struct object *o = p->model.objects.v[i];

		if (map_get(own, o->key) == NULL)
			map_put(own, o->key, add_foreign(p, o));
	}
}

/* --- what a name refers to --- */

typedef void found_fn(void *ctx, struct made *m, bool hard);

/* The first object of a class that a reference may mean, or NULL. */
static struct made *
first_of(const struct parse *p, const struct ref *r, int cls,
    const struct sql_path *path)
{
	static const int in_schema = ID_RELATION | ID_FUNCTION | ID_TYPE |
	    ID_OPERATOR | ID_OPCLASS | ID_OPFAMILY | ID_COLLATION |
	    ID_CONVERSION | ID_TSPARSER | ID_TSTEMPLATE | ID_TSDICT |
	    ID_TSCONFIG;
	struct made *m = NULL;

	if ((in_schema & cls) == 0)
		return sql_bare(p, cls, "", r->name);
	/* in bodies, names are as they were written */
	for (size_t i = 0; r->soft && r->bare && path != NULL &&
	    i < path->n && m == NULL; i++)
		m = sql_bare(p, cls, path->v[i], r->name);
	return m != NULL ? m : sql_bare(p, cls, r->schema, r->name);
}

/* All objects that a reference may mean; hard: it is this one, and at once. */
static void
resolve(const struct parse *p, const struct ref *r,
    const struct sql_path *path, found_fn *fn, void *ctx)
{
	for (int cls = 1; cls <= r->classes && cls > 0; cls <<= 1) {
		struct made *m;

		if ((r->classes & cls) == 0)
			continue;
		m = first_of(p, r, cls, path);
		for (struct made *k = m; k != NULL; k = k->next)
			if (!k->gone)
				fn(ctx, k, !r->soft && m->next == NULL);
	}
}

struct found {
	struct vec hard, soft;	/* of struct made * */
	const struct made *self;
};

static void
on_found(void *ctx, struct made *m, bool hard)
{
	struct found *f = ctx;

	if (m != f->self)
		vec_push(hard ? &f->hard : &f->soft, m);
}

static void
found_clear(struct found *f)
{
	vec_clear(&f->hard);
	vec_clear(&f->soft);
}

/* A foreign key may rest on a unique index that is no constraint. */
static void
key_needs(const struct parse *p, const struct vec *keys, struct found *f)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct foreign_key *k = keys->v[i];
		struct made *t = sql_bare(p, ID_RELATION, k->schema, k->table);

		for (size_t x = 0; t != NULL && x < t->indexes.n; x++) {
			struct made *index = t->indexes.v[x];

			if (vec_same_set(&index->cols, &k->cols))
				on_found(f, index, true);
		}
	}
}

static void
find_all(const struct parse *p, const struct made *m, struct found *f)
{
	for (size_t i = 0; i < m->refs.n; i++)
		resolve(p, m->refs.v[i], m->path, on_found, f);
	key_needs(p, &m->keys, f);
}

/* --- circles of tables --- */

/* The first table behind it, or in its circle, that a text refers to. */
static struct made *
ahead(const struct parse *p, const struct made *m, bool circle)
{
	for (size_t i = 0; i < m->keys.n && !m->gone; i++) {
		const struct foreign_key *k = m->keys.v[i];
		struct made *on = sql_bare(p, ID_RELATION, k->schema, k->table);

		if (on != NULL && !on->gone && on->place > m->place &&
		    (!circle || on->number == m->number))
			return on;
	}
	return NULL;
}

void
deps_circles(struct parse *p, struct vec *out)
{
	bool any = false;

	for (size_t i = 0; i < p->sql.made.n && !any; i++)
		any = ahead(p, p->sql.made.v[i], false) != NULL;
	if (!any)
		return;
	for (size_t i = 0; i < p->sql.made.n; i++) {
		WM_CLEANUP(found_clear) struct found f = {
			.self = p->sql.made.v[i] };
		struct made *m = p->sql.made.v[i];

		if (m->gone)
			continue;
		find_all(p, m, &f);
		for (size_t k = 0; k < f.hard.n; k++)
			needs_add(m, f.hard.v[k]);
	}
	needs_components(p);
	for (size_t i = 0; i < p->sql.made.n; i++)
		if (ahead(p, p->sql.made.v[i], true) != NULL)
			vec_push(out, p->sql.made.v[i]);
	for (size_t i = 0; i < p->sql.made.n; i++)
		needs_clear(p->sql.made.v[i]);
}

/* --- partitions and indexes --- */

/* Which tables are partitions of which, and which indexes a table has. */
static void
find_families(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i], *on;

		if (m->gone)
			continue;
		if (m->parent != NULL) {
			on = sql_bare(p, ID_RELATION, m->parent_schema,
			    m->parent);
			if (on != NULL)
				vec_push(&on->children, m);
		}
		if (m->on_table == NULL)
			continue;
		on = sql_bare(p, ID_RELATION, m->on_schema, m->on_table);
		if (on != NULL && m->unique)
			vec_push(&on->indexes, m);
		if (on == NULL || on->partition == NULL)
			continue;
		/* one behind it is none of its table's, unless it says so */
		if (m->whole == NULL && m->place >= on->partition->place)
			needs_add(m, on->partition);
		else
			needs_add(on->partition, m);
	}
}

/*
 * An index on the partitioned table only waits for those of the partitions,
 * which are attached to it; so the partitions have to be there.
 */
static void
only_indexes(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i], *on;

		if (m->gone || m->on_table == NULL || !m->only)
			continue;
		on = sql_bare(p, ID_RELATION, m->on_schema, m->on_table);
		for (size_t k = 0; on != NULL && k < on->children.n; k++)
			needs_add(m, on->children.v[k]);
	}
}

/* --- all of them --- */

static void
own_needs(struct parse *p, struct made *m, struct vec *soft)
{
	WM_CLEANUP(found_clear) struct found f = { .self = m };
	struct made *schema = NULL;

	if (m->id.schema != NULL)
		schema = sql_bare(p, ID_SCHEMA, "", m->id.schema);
	if (schema != NULL)
		needs_add(m, schema);
	find_all(p, m, &f);
	for (size_t i = 0; i < f.hard.n; i++)
		needs_add(m, f.hard.v[i]);
	for (size_t i = 0; i < f.soft.n; i++)
		needs_wish(p, soft, m, f.soft.v[i], NULL);
}

/*
 * A foreign key of a partition to what stands behind that: the partition would
 * have to wait, and the server names what it copies for partitions in the order
 * in which these are made.
 */
static bool
holds_up(struct parse *p, struct attached *a, const struct found *f)
{
	if (a->keys.n == 0 || a->owner->parent == NULL)
		return false;
	for (size_t i = 0; i < f->hard.n; i++) {
		if (((struct made *)f->hard.v[i])->place <= a->owner->place)
			continue;
		constraint_name(p, a, a->owner);
		return a->constraint != NULL;
	}
	return false;
}

static void
attached_needs(struct parse *p, struct attached *a, struct vec *hard,
    struct vec *soft)
{
	WM_CLEANUP(found_clear) struct found f = { .self = a->owner };
	const struct ident *own = &a->owner->id;

	for (size_t i = 0; i < a->refs.n; i++) {
		const struct ref *r = a->refs.v[i];

		/* its own name, which others may have as well */
		if ((r->classes & (int)own->cls) == 0 || own->schema == NULL ||
		    strcmp(own->schema, r->schema) != 0 ||
		    strcmp(own->name, r->name) != 0)
			resolve(p, r, NULL, on_found, &f);
	}
	key_needs(p, &a->keys, &f);
	if (holds_up(p, a, &f)) {
		owner_separate(p, a);
		return;
	}
	for (size_t i = 0; i < f.hard.n; i++)
		needs_wish(p, hard, a->owner, f.hard.v[i], a);
	for (size_t i = 0; i < f.soft.n; i++)
		needs_wish(p, soft, a->owner, f.soft.v[i], NULL);
}

static void
foreign_needs(struct parse *p, const struct map *by_key, struct made *m)
{
	for (size_t i = 0; i < m->o->deps.n; i++) {
		const struct named *n = model_named(&p->model,
		    m->o->deps.v[i]);
		struct object *o = model_get(&p->model, m->o->deps.v[i]);

		if (o == NULL && n != NULL && n->next == NULL)
			o = n->obj;
		if (o != NULL && map_get(by_key, o->key) != NULL)
			needs_add(m, map_get(by_key, o->key));
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All that an attached statement needs, it brings to its object. */
static void
take_pieces(struct parse *p)
{
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL && a->owner != NULL)
			sql_piece(p, a->owner, &a->piece);
	}
}

/* What is said of a constraint that has become an object. */
static void
find_constraints(struct parse *p)
{
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		struct attached *a = p->sql.attached.v[i];
		struct made *m = a->id.cls == ID_CONSTRAINT && a->owner &&
		    a->tag ? sql_find(p, &a->id) : NULL;

		if (m != NULL)
			a->owner = m;
	}
}

void
deps_find(struct parse *p)
{
	WM_VEC hard = VEC_INIT;
	WM_VEC soft = VEC_INIT;
	WM_MAP by_key = MAP_INIT;
	size_t alone;

	add_foreigners(p, &by_key);
	find_families(p);
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone)
			continue;
		if (m->foreign)
			foreign_needs(p, &by_key, m);
		else
			own_needs(p, m, &soft);
	}
	only_indexes(p);
	alone = p->sql.made.n;
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL && a->owner != NULL)
			attached_needs(p, a, &hard, &soft);
	}
	needs_grant(p, &hard);
	find_constraints(p);
	/* what closed a circle, or came too early, is an object now, and needs
	   its table */
	for (size_t i = alone; i < p->sql.made.n; i++)
		own_needs(p, p->sql.made.v[i], &soft);
	needs_grant(p, &soft);
	take_pieces(p);
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone || m->foreign)
			continue;
		for (size_t k = 0; k < m->needs.n; k++)
			vec_push(&m->o->deps,
			    ((struct made *)m->needs.v[k])->o->key);
		vec_sort(&m->o->deps, by_text);
	}
}
