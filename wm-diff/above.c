/* Who is above whom: tables that others inherit from, or are partitions of. */
#include "parents_impl.h"

#include <strings.h>

#include "needs.h"

static struct ident
range_ident(const struct json *rv)
{
	struct ident id = { .cls = ID_RELATION,
		.schema = json_str(rv, "schemaname"),
		.name = json_str(rv, "relname") };

	if (id.schema == NULL)
		id.schema = IDENT_SCHEMA;
	return id;
}

/* The table of that name; of the old side, also one that goes. */
static struct change *
table_of(struct diff *d, const struct ident *id, bool old)
{
	struct bare *b;

	if (id->name == NULL)
		return NULL;
	/* names are those of what stays, by the end */
	for (size_t i = 0; old && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *was = c->old == NULL || (c->new != NULL &&
		    !c->renamed) || strcmp(c->old->kind->name, "table") != 0 ?
		    NULL : change_ident(d, c, true);

		if (was != NULL && strcmp(was->name, id->name) == 0 &&
		    strcmp(was->schema, id->schema) == 0)
			return c;
	}
	b = needs_bare(d, ID_RELATION, id->schema, id->name);
	for (; b != NULL; b = b->next)
		if (strcmp(change_object(b->change)->kind->name, "table") == 0)
			return b->change;
	return NULL;
}

/* ALTER TABLE p ATTACH PARTITION c: what it says; false where it is another. */
static bool
read_attach(struct diff *d, struct change *c, bool old, struct ident *out_child,
    struct parent *out)
{
	const struct json *cmds, *part;
	struct parsed *p;

	if ((old ? c->old : c->new) == NULL || strcmp(
	    change_object(c)->kind->name, "partition") != 0 ||
	    !change_parse(d, c, old, &p) || p->n == 0)
		return false;
	cmds = json_get(p->stmts[0].node, "cmds");
	part = cmds == NULL ? NULL : json_get2(json_get(cmds->first,
	    "AlterTableCmd"), "def", "PartitionCmd");
	if (part == NULL)
		return false;
	*out_child = range_ident(json_get(part, "name"));
	out->id = range_ident(json_get(p->stmts[0].node, "relation"));
	out->table = table_of(d, &out->id, old);
	out->bound = json_get(part, "bound");
	out->object = c;
	return out_child->name != NULL && out->id.name != NULL;
}

static void
push_parent(struct diff *d, const struct json *rv, const struct json *bound,
    bool old, bool joined, struct vec *out)
{
	struct parent *up = arena_alloc(d->mem, sizeof(*up));

	up->id = range_ident(rv);
	up->table = table_of(d, &up->id, old);
	up->bound = bound;
	up->joined = joined;
	vec_push(out, up);
}

/* Whether a statement is an ALTER TABLE that has INHERIT. */
static bool
says_inherit(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const char *sub = json_str(json_get(j, "AlterTableCmd"),
		    "subtype");

		if (sub != NULL && strcmp(sub, "AT_AddInherit") == 0)
			return true;
	}
	return false;
}

/* Those that INHERIT puts above it, behind its CREATE TABLE. */
static void
joined_parents(struct diff *d, struct change *c, const struct parsed *p,
    bool old, struct vec *out)
{
	struct table *t;
	bool any = false;

	for (size_t i = 1; i < p->n; i++)
		any = any || says_inherit(&p->stmts[i]);
	if (!any)
		return;
	t = change_table(d, c, old);
	for (size_t i = 0; t != NULL && i < t->joined.n; i++)
		push_parent(d, t->joined.v[i], NULL, old, true, out);
	table_clear(t);
}

void
parents_of(struct diff *d, struct change *c, bool old, struct vec *out)
{
	const struct json *list, *bound;
	struct change *object = old ? c->part_was : c->part_is;
	struct parsed *p;
	struct parent *up;
	struct ident child;

	if ((old ? c->old : c->new) == NULL || !change_parse(d, c, old, &p) ||
	    p->n == 0)
		return;
	list = json_get(p->stmts[0].node, "inhRelations");
	bound = json_get(p->stmts[0].node, "partbound");
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next)
		push_parent(d, json_get(j, "RangeVar"), bound, old, false,
		    out);
	joined_parents(d, c, p, old, out);
	if (object == NULL)
		return;
	up = arena_alloc(d->mem, sizeof(*up));
	if (read_attach(d, object, old, &child, up))
		vec_push(out, up);
}

/* The bound that a text says, from FOR or DEFAULT on, to the end. */
static const char *
bound_text(struct diff *d, struct change *c, bool old)
{
	const char *s = (old ? c->old : c->new)->create;
	struct sql_token *t;
	struct parsed *p;
	size_t n;
	int depth = 0;

	if (!change_parse(d, c, old, &p) || p->n == 0)
		return NULL;
	s = arena_strndup(d->mem, s + p->stmts[0].off, p->stmts[0].len);
	if (!sql_scan(d->mem, s, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		char first = s[t[i].off];

		depth += (first == '(') - (first == ')');
		if (depth == 0 && (sql_token_is(s, &t[i], "for") ||
		    sql_token_is(s, &t[i], "default")))
			return s + t[i].off;
	}
	return NULL;
}

void
alter_follow_table(struct diff *d, struct ident *id)
{
	struct change *c = table_of(d, id, true);
	const struct ident *is = c != NULL && c->renamed ? change_ident(d, c,
	    false) : NULL;

	if (is != NULL) {
		id->schema = is->schema;
		id->name = is->name;
	}
}

bool
alter_place(struct diff *d, struct change *c, bool old,
    struct alter_place *out)
{
	WM_VEC up = VEC_INIT;

	parents_of(d, c, old, &up);
	for (size_t i = 0; i < up.n; i++) {
		const struct parent *p = up.v[i];
		struct table *t;

		if (p->bound == NULL || p->id.name == NULL)
			continue;
		*out = (struct alter_place){ .table = p->table, .id = p->id,
			.bound = p->bound, .object = p->object };
		if (p->object != NULL) {
			out->text = bound_text(d, p->object, old);
			return out->text != NULL;
		}
		t = change_table(d, c, old);
		out->text = t != NULL ? t->bound_text : NULL;
		table_clear(t);
		return out->text != NULL;
	}
	return false;
}

bool
alter_parent(struct diff *d, struct change *c, bool old, struct ident *out)
{
	struct alter_place at;
	bool is = alter_place(d, c, old, &at);

	if (is)
		*out = at.id;
	return is;
}

bool
alter_is_below(struct diff *d, struct change *c)
{
	WM_VEC up = VEC_INIT;

	/* nothing attaches it any more */
	if (c->part_was != NULL && c->part_is == NULL)
		return true;
	if (c->part_is == NULL &&
	    strcasestr(c->new->create, "inherit") == NULL &&
	    strcasestr(c->new->create, "partition") == NULL)
		return false;
	parents_of(d, c, false, &up);
	for (size_t i = 0; i < up.n; i++) {
		const struct change *t = ((struct parent *)up.v[i])->table;

		if (t != NULL && t != c && t->old != NULL &&
		    (t->record || t->follows))
			return true;
	}
	return false;
}

bool
alter_is_above(struct diff *d, const struct change *c)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *k = d->all.v[i];
		WM_VEC up = VEC_INIT;

		if (k->old == NULL || strcmp(k->old->kind->name, "table") != 0
		    || strcasestr(k->old->create, "inherit") == NULL)
			continue;
		parents_of(d, k, true, &up);
		for (size_t n = 0; n < up.n; n++)
			if (((struct parent *)up.v[n])->table == c)
				return true;
	}
	return false;
}

void
alter_parents_find(struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i], *t;
		struct parent up;
		struct ident child;

		for (int old = 0; old < 2; old++) {
			if (!read_attach(d, c, old, &child, &up) ||
			    (t = table_of(d, &child, old)) == NULL)
				continue;
			*(old ? &t->part_was : &t->part_is) = c;
		}
	}
}
