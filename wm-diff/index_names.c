#include "index_names.h"

#include "own.h"
#include "partition.h"
#include "sql.h"

/* One that comes or goes. */
struct one {
	struct object *o;
	struct parsed p;
	struct one *next;	/* of the same table */
	struct one *heir;	/* of one that goes */
	bool taken;		/* it is the heir of another one */
};

/* Whether all but the first statement attach indexes of partitions. */
static bool
only_attaches(const struct parsed *p)
{
	for (size_t i = 1; i < p->n; i++) {
		const char *sub = json_str(sql_alter_cmd(&p->stmts[i]),
		    "subtype");

		if (sub == NULL || strcmp(sub, "AT_AttachPartition") != 0)
			return false;
	}
	return true;
}

static struct one *
read_one(struct diff *d, struct object *o)
{
	struct one *x = arena_alloc(d->mem, sizeof(*x));

	x->o = o;
	parsed_fill(d->mem, o, &x->p);
	if (x->p.bad || x->p.n == 0 ||
	    strcmp(x->p.stmts[0].tag, "IndexStmt") != 0 ||
	    x->p.idents[0].table == NULL || !only_attaches(&x->p))
		return NULL;
	return x;
}

static bool
is_index(const struct object *o)
{
	return strcmp(o->kind->name, "index") == 0 &&
	    strcmp(o->module, OWN_MODULE) != 0;
}

/* Indexes of the record that will go; by their tables. */
static void
find_gone(struct diff *d, struct map *by_table, struct vec *out)
{
	WM_MAP modules = MAP_INIT;

	for (size_t i = 0; i < d->src.objects.n; i++)
		map_put(&modules, ((struct object *)d->src.objects.v[i])
		    ->module, d);
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		struct object *o = d->rec.objects.v[i];
		struct one *x;

		if (!is_index(o) || !o->built ||
		    model_get(&d->src, o->key) != NULL ||
		    map_get(&modules, o->module) == NULL ||
		    (x = read_one(d, o)) == NULL)
			continue;
		x->next = map_put(by_table, arena_printf(d->mem, "%s|%s",
		    x->p.idents[0].schema, x->p.idents[0].table), x);
		vec_push(out, x);
	}
}

/* The heir of the index that an attaching statement names; NULL: none. */
static const char *
heir_of(struct diff *d, const struct vec *gone, const char *key)
{
	for (size_t i = 0; i < gone->n; i++) {
		const struct one *g = gone->v[i];

		if (strcmp(g->o->key, key) == 0)
			return g->heir ? g->heir->o->key : NULL;
	}
	return model_get(&d->src, key) != NULL ? key : NULL;
}

/* Whether all that was attached to one is attached to the other. */
static bool
same_parts(struct diff *d, const struct vec *gone, const struct object *was,
    const struct object *is)
{
	for (size_t i = 0; i < was->deps.n; i++) {
		const char *key = was->deps.v[i];

		if (strncmp(key, "index:", 6) != 0)
			continue;
		key = heir_of(d, gone, key);
		if (key == NULL || !vec_has_string(&is->deps, key))
			return false;
	}
	return true;
}

static bool
same_place(const struct json *a, const struct json *b)
{
	return json_bool(json_get(a, "relation"), "inh") ==
	    json_bool(json_get(b, "relation"), "inh");
}

static void
pair(struct diff *d, const struct vec *gone, const struct map *by_table,
    struct one *x)
{
	struct one *g = map_get(by_table, arena_printf(d->mem, "%s|%s",
	    x->p.idents[0].schema, x->p.idents[0].table));
	struct one *found = NULL;

	/* of several that are the same, the first of the record */
	for (; g != NULL; g = g->next)
		if (g->heir == NULL && partition_same_index(
		    g->p.stmts[0].node, x->p.stmts[0].node) &&
		    same_place(g->p.stmts[0].node, x->p.stmts[0].node) &&
		    same_parts(d, gone, g->o, x->o))
			found = g;
	if (found == NULL)
		return;
	found->heir = x;
	x->taken = true;
}

void
index_names_find(struct diff *d, struct map *heirs)
{
	WM_MAP by_table = MAP_INIT;
	WM_VEC gone = VEC_INIT;
	WM_VEC fresh = VEC_INIT;
	size_t n = 0, before;

	if (d->adopt != NULL || d->opts->drift || d->opts->no_prune)
		return;
	find_gone(d, &by_table, &gone);
	for (size_t i = 0; gone.n > 0 && i < d->src.objects.n; i++) {
		struct object *o = d->src.objects.v[i];
		struct one *x = is_index(o) && model_get(&d->rec, o->key) ==
		    NULL ? read_one(d, o) : NULL;

		if (x != NULL)
			vec_push(&fresh, x);
	}
	/* those of partitions before those that they are attached to */
	do {
		before = n;
		n = 0;
		for (size_t i = 0; i < fresh.n; i++) {
			struct one *x = fresh.v[i];

			if (!x->taken)
				pair(d, &gone, &by_table, x);
			n += x->taken;
		}
	} while (n > before);
	for (size_t i = 0; i < gone.n; i++) {
		const struct one *g = gone.v[i];

		if (g->heir != NULL)
			map_put(heirs, g->heir->o->key, g->o);
	}
}

void
index_names_decide(struct diff *d, struct change *c, const struct parsed *is)
{
	const struct ident *id = change_ident(d, c, true);
	const struct ident *to = &is->idents[0];
	WM_SBUF b = SBUF_INIT;

	sbuf_printf(&b, "alter index %s rename to ", ident_text(d->mem, id));
	sbuf_ident(&b, to->name);
	/* what is attached already may be attached again */
	if (is->n > 1)
		sbuf_printf(&b, ";\n%s", c->new->create + is->stmts[1].off);
	c->sql = sbuf_take(&b, d->mem);
	c->fate = FATE_ALTER;
	c->reason = "it only gets another name";
}
