#include "sequences.h"

#include "needs.h"
#include "table.h"

/* A sequence with a text of its own, on one side. */
struct own {
	struct change *change;
	const struct ident *id;
};

/* --- which ones ----------------------------------------------------------- */

static const char *
key_of(struct diff *d, const char *schema, const char *name)
{
	return arena_printf(d->mem, "%s|%s", schema, name);
}

static bool
is_kind(const struct change *c, const char *kind)
{
	return strcmp(change_object(c)->kind->name, kind) == 0;
}

/* Sequences that come to have a text of their own, or lose it. */
static void
find_own(struct diff *d, struct vec *out)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct own *o;

		if (!is_kind(c, "sequence") || (c->old == NULL) ==
		    (c->new == NULL) || (c->old != NULL && !c->old->built))
			continue;
		o = arena_alloc(d->mem, sizeof(*o));
		o->change = c;
		o->id = change_ident(d, c, c->new == NULL);
		if (o->id != NULL)
			vec_push(out, o);
	}
}

/* Whether a column of this side makes a sequence. */
static bool
makes_one(const struct column *k)
{
	return k != NULL && (k->serial || k->identity != 0);
}

static const char *
made_name(struct diff *d, const struct table *t, const struct column *k)
{
	return key_of(d, t->id.schema, table_object_name(d->mem, t->id.name,
	    k->name, "seq"));
}

/* --- names ---------------------------------------------------------------- */

bool
sequences_handed(const struct diff *d, const char *schema, const char *name)
{
	WM_SBUF key = SBUF_INIT;

	sbuf_printf(&key, "%s|%s", schema, name);
	return map_get(&d->handed, key.s) != NULL;
}

/* Whether another sequence of one side has a text of its own, of that name. */
static bool
is_taken(struct diff *d, const char *schema, const char *name, bool old)
{
	const struct change *c;

	if (!old && sequences_handed(d, schema, name))
		return false;
	c = !old ? NULL : change_find(d, "sequence", 0, schema, name, true);
	if (c != NULL && c->old->built)
		return true;
	for (const struct bare *b = old ? NULL : needs_bare(d, ID_RELATION,
	    schema, name); b != NULL; b = b->next)
		if (is_kind(b->change, "sequence"))
			return true;
	return false;
}

static const char *
free_name(struct diff *d, const char *schema, const char *table,
    const char *col, bool old)
{
	const char *name = table_object_name(d->mem, table, col, "seq");

	/* as ChooseRelationName in PostgreSQL's indexcmds.c */
	for (int n = 1; is_taken(d, schema, name, old); n++)
		name = table_object_name(d->mem, table, col,
		    arena_printf(d->mem, "seq%d", n));
	return name;
}

const char *
sequences_free_name(struct diff *d, const char *schema, const char *table,
    const char *col)
{
	return free_name(d, schema, table, col, false);
}

const char *
sequences_old_name(struct diff *d, const char *schema, const char *table,
    const char *col)
{
	return free_name(d, schema, table, col, true);
}

/*
 * A sequence that comes or goes beside a column that makes one all the time:
 * the column's takes the name that is free now, or makes room.
 */
static void
look_beside(struct diff *d, struct change *c)
{
	struct table *was = change_table(d, c, true);
	struct table *is = change_table(d, c, false);

	for (size_t i = 0; was != NULL && is != NULL && i < is->columns.n;
	    i++) {
		const struct column *k = is->columns.v[i];

		c->follows = c->follows || (makes_one(k) &&
		    makes_one(table_column(was, k->name)) &&
		    strcmp(free_name(d, was->id.schema, was->id.name, k->name,
		    true), free_name(d, is->id.schema, is->id.name, k->name,
		    false)) != 0);
	}
	table_clear(was);
	table_clear(is);
}

/* Whether a text may have such a column; most say nothing of the kind. */
static bool
may_make_one(const struct object *o)
{
	return strcasestr(o->create, "serial") != NULL ||
	    strcasestr(o->create, "identity") != NULL;
}

void
sequences_follow(struct diff *d)
{
	WM_VEC own = VEC_INIT;

	find_own(d, &own);
	for (size_t i = 0; own.n > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->old != NULL && c->new != NULL && c->old->built &&
		    !c->kept && is_kind(c, "table") && may_make_one(c->new))
			look_beside(d, c);
	}
}

/* --- their own changes ---------------------------------------------------- */

/* The text that a column stands for. */
static const struct object *
owned_object(struct diff *d, const struct object *like, const struct ident *id,
    const struct table *t, const struct column *k)
{
	struct object *o = arena_alloc(d->mem, sizeof(*o));
	WM_SBUF col = SBUF_INIT;

	sbuf_ident(&col, k->name);
	*o = *like;
	o->create = arena_printf(d->mem, "create sequence %s as %s owned by "
	    "%s.%s", ident_text(d->mem, id), k->type_text,
	    ident_text(d->mem, &t->id), sbuf_str(&col));
	o->spans = NULL;
	o->n_spans = 0;
	memset(&o->deps, 0, sizeof(o->deps));
	memset(&o->grants, 0, sizeof(o->grants));
	o->obj_ver = 0;		/* the record has none */
	o->built = true;
	return o;
}

/* The record gives it up, nothing else does. */
static void
only_forget(struct diff *d, struct change *c)
{
	struct object *o = arena_alloc(d->mem, sizeof(*o));

	*o = *c->old;
	o->built = false;
	c->old = o;
}

/*
 * A column of a table that is on both sides makes the sequence on one of them,
 * which the other one has a text of.
 *
 * k   the column, of t
 */
static void
hand_over(struct diff *d, struct own *own, const struct table *t,
    const struct column *k, struct change *(*add)(struct diff *,
    const struct object *, const struct object *))
{
	struct change *c = own->change, *loose;
	const struct object *was = c->old;

	map_put(&d->handed, key_of(d, own->id->schema, own->id->name), c);
	if (c->new != NULL) {
		/* that of an identity goes with it: another one is made */
		if (k->serial)
			c->old = owned_object(d, c->new, own->id, t, k);
		return;
	}
	only_forget(d, c);
	if (!k->serial)
		return;
	loose = add(d, was, owned_object(d, was, own->id, t, k));
	loose->loose = loose->adopted = true;
}

/* The columns of one side of a table that make what the other side has. */
static void
look_at(struct diff *d, struct change *c, bool old, const struct map *by_name,
    struct change *(*add)(struct diff *, const struct object *,
    const struct object *))
{
	struct table *t = change_table(d, c, old);
	struct table *other = change_table(d, c, !old);

	for (size_t i = 0; t != NULL && other != NULL && i < t->columns.n;
	    i++) {
		const struct column *k = t->columns.v[i];
		const struct column *o = table_column(other, k->name);
		struct own *own = !makes_one(k) || o == NULL || makes_one(o) ?
		    NULL : map_get(by_name, made_name(d, t, k));

		if (own != NULL && (own->change->new != NULL) == old)
			hand_over(d, own, t, k, add);
	}
	table_clear(t);
	table_clear(other);
}

void
sequences_hand_over(struct diff *d, struct change *(*add)(struct diff *,
    const struct object *, const struct object *))
{
	WM_VEC own = VEC_INIT;
	WM_MAP by_name = MAP_INIT;
	size_t n = d->all.n;	/* what is added is none of them */

	find_own(d, &own);
	for (size_t i = 0; i < own.n; i++) {
		struct own *o = own.v[i];

		map_put(&by_name, key_of(d, o->id->schema, o->id->name), o);
	}
	for (size_t i = 0; own.n > 0 && i < n; i++) {
		struct change *c = d->all.v[i];

		/* on a way over several versions, any may have it */
		if (c->old == NULL || c->new == NULL || !c->old->built ||
		    c->hops.n > 1 || !is_kind(c, "table") ||
		    strcmp(c->old->create, c->new->create) == 0)
			continue;
		look_at(d, c, true, &by_name, add);
		look_at(d, c, false, &by_name, add);
	}
}

/* --- those that go -------------------------------------------------------- */

/* Whether a table that is altered used what goes. */
static bool
was_used(struct diff *d, struct change *c, const struct ident *id)
{
	WM_VEC refs = VEC_INIT;

	if (c->fate != FATE_ALTER || !is_kind(c, "table") ||
	    strstr(c->old->create, id->name) == NULL)
		return false;
	refs_of(d->mem, c->old->create, &refs);
	return refs_name(&refs, id);
}

/* The change of a sequence that stays; NULL: none of that name does. */
static struct change *
staying(struct diff *d, const char *schema, const char *name)
{
	const struct bare *b = name == NULL ? NULL : needs_bare(d, ID_RELATION,
	    schema ? schema : IDENT_SCHEMA, name);

	for (; b != NULL; b = b->next)
		if (is_kind(b->change, "sequence") && b->change->old != NULL &&
		    b->change->old->built)
			return b->change;
	return NULL;
}

/*
 * A table that goes takes along what its columns own: sequences that stay are
 * released before, whichever text says whose they are.
 */
static void
release(struct diff *d, struct change *table, struct change *seq)
{
	vec_push(&table->early, arena_printf(d->mem, "alter sequence %s owned "
	    "by none", ident_text(d->mem, change_ident(d, seq, true))));
}

static void
release_said(struct diff *d, struct change *table)
{
	struct parsed *p;

	if (!change_parse(d, table, true, &p))
		return;
	for (size_t i = 1; i < p->n; i++) {
		const struct json *rv = json_get(p->stmts[i].node, "sequence");
		struct change *seq = strcmp(p->stmts[i].tag,
		    "AlterSeqStmt") != 0 ? NULL : staying(d, json_str(rv,
		    "schemaname"), json_str(rv, "relname"));

		if (seq != NULL)
			release(d, table, seq);
	}
}

/* The table that goes and that a sequence's own text gives it to, or NULL. */
static struct change *
owner_that_goes(struct diff *d, struct change *seq)
{
	const struct json *l;
	const char *s[3] = { NULL };	/* schema, table, column */
	struct change *owner;
	struct parsed *p;

	if (!change_parse(d, seq, true, &p) || p->n == 0)
		return NULL;
	l = json_get2(sql_defelem(json_get(p->stmts[0].node, "options"),
	    "owned_by"), "List", "items");
	for (const struct json *j = l ? l->first : NULL; j; j = j->next) {
		s[0] = s[1];
		s[1] = s[2];
		s[2] = sql_string(j);
	}
	owner = change_find(d, "table", 0, s[0], s[1], true);
	return owner != NULL && owner->fate == FATE_DROP ? owner : NULL;
}

static void
release_all(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i], *t;

		if (c->fate == FATE_DROP && c->old->built &&
		    is_kind(c, "table"))
			release_said(d, c);
		else if (c->old != NULL && c->new != NULL && c->old->built &&
		    is_kind(c, "sequence") &&
		    (t = owner_that_goes(d, c)) != NULL)
			release(d, t, c);
	}
}

void
sequences_wait(struct diff *d)
{
	release_all(d);
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (c->fate != FATE_DROP || !c->old->built ||
		    !is_kind(c, "sequence"))
			continue;
		id = change_ident(d, c, true);
		/* what takes its name cannot wait */
		if (id != NULL && needs_bare(d, ID_RELATION, id->schema,
		    id->name) != NULL)
			continue;
		for (size_t k = 0; id != NULL && !c->late && k < d->all.n; k++)
			c->late = was_used(d, d->all.v[k], id);
	}
}
