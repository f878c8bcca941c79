/* One object on its way: its two sides, and their texts as they are read. */
#include "diff.h"

#include "table.h"

const struct object *
change_source(const struct change *c)
{
	return c->source != NULL ? c->source : c->new;
}

const struct object *
change_object(const struct change *c)
{
	return c->new != NULL ? c->new : c->old;
}

/*
 * An index without a name in its text: its name is the object's, which is the
 * one that the server chooses, in its table's schema.
 */
static void
name_index(struct arena *mem, const struct object *o, struct parsed *p)
{
	const struct json *rel = p->n == 0 ? NULL : json_get(p->stmts[0].node,
	    "relation");
	const char *schema = json_str(rel, "schemaname"), *own, *name;
	struct ident *id = p->idents;

	if (rel == NULL || id->cls != 0 ||
	    strcmp(p->stmts[0].tag, "IndexStmt") != 0)
		return;
	ident_split(mem, o->nam, &own, &name);
	*id = (struct ident){ .cls = ID_RELATION, .name = name, .args = "",
		.schema = schema ? schema : IDENT_SCHEMA,
		.table = json_str(rel, "relname") };
}

void
parsed_fill(struct arena *mem, const struct object *o, struct parsed *p)
{
	struct sql_error err;

	p->done = true;
	p->bad = !sql_parse(mem, o->create, &p->stmts, &p->n, &err);
	if (p->bad)
		return;
	p->idents = arena_alloc(mem, (p->n + 1) * sizeof(*p->idents));
	for (size_t i = 0; i < p->n; i++)
		if (!ident_of(mem, &p->stmts[i], &p->idents[i]))
			p->idents[i].cls = 0;
	name_index(mem, o, p);
}

bool
change_parse(struct diff *d, struct change *c, bool old, struct parsed **out)
{
	struct parsed *p = old ? &c->was : &c->is;

	*out = p;
	if (!p->done)
		parsed_fill(d->mem, old ? c->old : c->new, p);
	return !p->bad;
}

const struct ident *
change_ident(struct diff *d, struct change *c, bool old)
{
	struct parsed *p;

	if (!change_parse(d, c, old, &p) || p->n == 0 || p->idents[0].cls == 0)
		return NULL;
	return &p->idents[0];
}

/*
 * Sort one side's objects by their bare names. What kind "other" makes its
 * name does not say: these go by none.
 */
static void
index_words(struct diff *d, bool old)
{
	for (; d->n_words[old] < d->all.n; d->n_words[old]++) {
		struct change *c = d->all.v[d->n_words[old]];
		const struct object *o = old ? c->old : c->new;
		const char *schema, *name = "";
		struct bare *b;

		if (o == NULL)
			continue;
		if (strcmp(o->kind->name, "other") != 0)
			ident_split(d->mem, o->nam, &schema, &name);
		b = arena_alloc(d->mem, sizeof(*b));
		b->change = c;
		b->next = map_put(&d->by_word[old], name, b);
	}
}

struct change *
change_find(struct diff *d, const char *kind, int cls, const char *schema,
    const char *name, bool old)
{
	struct change *first = NULL;

	if (name == NULL)
		return NULL;
	if (schema == NULL)
		schema = IDENT_SCHEMA;
	index_words(d, old);
	for (int other = 0; other < 2; other++)
		for (struct bare *b = map_get(&d->by_word[old], other ? "" :
		    name); b != NULL; b = b->next) {
			struct change *c = b->change;
			const struct object *o = old ? c->old : c->new;
			const struct ident *id;

			if ((kind != NULL && strcmp(o->kind->name, kind) != 0)
			    || (cls != 0 && o->kind->names != 0 &&
			    o->kind->names != cls))
				continue;
			id = change_ident(d, c, old);
			if (id == NULL || (cls != 0 && (int)id->cls != cls) ||
			    strcmp(id->name, name) != 0 || strcmp(id->schema !=
			    NULL ? id->schema : IDENT_SCHEMA, schema) != 0)
				continue;
			if (first == NULL || c->index < first->index)
				first = c;
		}
	return first;
}

struct table *
change_table(struct diff *d, struct change *c, bool old)
{
	struct parsed *p;

	return change_parse(d, c, old, &p) ? table_parse(d->mem,
	    (old ? c->old : c->new)->create, p->stmts, p->n) : NULL;
}
