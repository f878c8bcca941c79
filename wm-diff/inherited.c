/*
 * What the server made for partitions has names of its own making: of the
 * partition and the columns. It does not follow when those change, so that a
 * database that was built fresh has others. Here it follows.
 */
#include "alter_impl.h"

#include <stdlib.h>

#include "embed.h"
#include "pg.h"

/* Names that a table's columns and constraints had; now NULL: they go. */
struct pair {
	const char *was;
	const char *now;
};

/* A table whose names change. */
struct inherited {
	struct ident id;	/* in the end */
	struct pair *cols;
	size_t n_cols;
	struct pair *cons;	/* was NULL: new */
	size_t n_cons;
	int release;
	size_t front;		/* so many statements are in front */
};

/* What the server named, on its way to another name. */
struct made {
	struct change *c;	/* whose statements rename it */
	char kind;		/* as the query has it */
	struct ident rel;	/* its table in the catalog */
	const char *fq;		/* that table, when the statement runs */
	const struct inherited *top;	/* of the topmost table */
	const struct pair *root;	/* the constraint that it is of, there;
					   NULL: an index of its own */
	const char *from;
	const char *to;		/* NULL: it goes by itself */
};

void
alter_inherited_names(struct alter *a)
{
	struct inherited *h = arena_alloc(a->d->mem, sizeof(*h));
	const struct vec *cols = &a->old->columns;
	bool moves = strcmp(a->was_id.name, a->old->id.name) != 0;

	if (a->d->db == NULL || a->c->born || a->rebuild != NULL)
		return;
	h->id = a->old->id;
	h->release = a->release;
	h->cols = arena_alloc(a->d->mem, (cols->n + 1) * sizeof(*h->cols));
	for (size_t i = 0; i < cols->n; i++) {
		const char *now = ((struct column *)cols->v[i])->name;
		const char *was = alter_original(a, now);

		if (was == NULL)
			continue;
		h->cols[h->n_cols++] = (struct pair){ was, now };
		moves = moves || strcmp(was, now) != 0;
	}
	h->cons = arena_alloc(a->d->mem, (a->facts.n + 1) *
	    sizeof(*h->cons));
	for (size_t i = 0; i < a->facts.n; i++) {
		const struct fact *f = a->facts.v[i];

		h->cons[h->n_cons++] = (struct pair){ f->was, f->gone ? NULL :
		    f->name };
		moves = moves || (f->was != NULL && !f->gone &&
		    strcmp(f->was, f->name) != 0);
	}
	if (moves)
		a->c->inherited = h;
}

/* The pair of a name that was; NULL where there is none. */
static const struct pair *
find(const struct pair *p, size_t n, const char *was)
{
	for (size_t i = 0; i < n; i++)
		if (wm_is(p[i].was, was))
			return &p[i];
	return NULL;
}

/* Whether what has this name in the catalog is dropped by the plan. */
static bool
goes(struct diff *d, const char *schema, const char *name)
{
	for (size_t i = 0; schema != NULL && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (c->old == NULL || (c->fate != FATE_DROP && !c->rebuild &&
		    c->root == NULL && c->fate != FATE_RECREATE))
			continue;
		id = change_ident(d, c, true);
		if (id != NULL && id->cls == ID_RELATION &&
		    strcmp(id->name, name) == 0 &&
		    strcmp(id->schema, schema) == 0)
			return true;
	}
	return false;
}

/* Whether a foreign key is dropped for the sake of the key it refers to. */
static bool
key_moves(struct diff *d, const char *schema, const char *name)
{
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->touched.n; k++) {
			const struct alter_column *t = c->touched.v[k];

			if (t->constraint && wm_is(t->schema, schema) &&
			    wm_is(t->table, name))
				return true;
		}
	}
	return false;
}

/* The middle of a name; each piece has its kind in front. */
static const char *
middle(struct arena *mem, const struct vec *cols)
{
	WM_SBUF b = SBUF_INIT;

	if (cols->n == 0)
		return NULL;
	for (size_t i = 0; i < cols->n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? "_" : "",
		    (const char *)cols->v[i] + 1);
	return sbuf_take(&b, mem);
}

/* The nth name that the server tries. */
static const char *
attempt(struct arena *mem, const char *rel, const char *cols,
    const char *label, int n)
{
	return table_object_name(mem, rel, cols, n == 0 ? label :
	    arena_printf(mem, "%s%d", label, n));
}

/* As many of one name as are looked for. */
enum { ATTEMPTS = 100 };

/*
 * Which of the names that the server tries it is; ATTEMPTS: somebody has
 * named it.
 */
static int
attempt_of(struct arena *mem, const char *rel, const char *cols,
    const char *label, const char *name)
{
	int n = 0;

	while (n < ATTEMPTS && strcmp(attempt(mem, rel, cols, label, n), name)
	    != 0)
		n++;
	return n;
}

/* Whether a foreign key's name is taken in its table, in the end. */
static bool
taken(const struct vec *all, const struct made *m, const struct inherited *h,
    const char *name)
{
	for (size_t i = 0; i < h->n_cons; i++)
		if (wm_is(h->cons[i].now, name))
			return true;
	for (size_t i = 0; i < all->n; i++) {
		const struct made *k = all->v[i];

		if (k->kind == 'r' && strcmp(k->fq, m->fq) == 0 &&
		    wm_is(k->to, name))
			return true;
	}
	return false;
}

/* Names of columns as they will be; false where one goes. */
static bool
map_columns(struct arena *mem, const struct inherited *h, struct vec *cols)
{
	for (size_t i = 0; h->n_cols > 0 && i < cols->n; i++) {
		const char *s = cols->v[i];
		const struct pair *p = find(h->cols, h->n_cols, s + 1);

		if (s[0] == 'e')
			continue;
		if (p == NULL)
			return false;
		cols->v[i] = arena_printf(mem, "c%s", p->now);
	}
	return true;
}

/* The name of an index; NULL where it goes with its table's own. */
static const char *
index_name(struct diff *d, const struct made *m, const struct inherited *own,
    struct vec *cols, const char *label)
{
	const char *was = middle(d->mem, cols);
	int n = attempt_of(d->mem, m->rel.name, was, label, m->from);

	if (!map_columns(d->mem, m->top, cols) ||
	    (m->root != NULL && m->root->now == NULL))
		return NULL;
	return n == ATTEMPTS ? m->from : attempt(d->mem, own != NULL ?
	    own->id.name : m->rel.name, middle(d->mem, cols), label, n);
}

/* The same of a foreign key. */
static const char *
foreign_name(struct diff *d, const struct made *m, const struct inherited *own,
    struct vec *cols, const struct vec *all)
{
	const char *was = middle(d->mem, cols), *is, *to;

	if (!map_columns(d->mem, m->top, cols) ||
	    (m->root != NULL && m->root->now == NULL))
		return NULL;
	if (m->kind == 'f')	/* a partition's has its table's name */
		return m->root != NULL && strcmp(m->root->was, m->from) == 0 ?
		    m->root->now : m->from;
	if (own == NULL || attempt_of(d->mem, m->rel.name, was, "fkey",
	    m->from) == ATTEMPTS)
		return m->from;
	is = middle(d->mem, cols);
	for (int n = 0; n < ATTEMPTS; n++) {
		to = attempt(d->mem, own->id.name, is, "fkey", n);
		if (!taken(all, m, own, to))
			return to;
	}
	return m->from;
}

/* Whether another step drops it, or drops it and makes it again. */
static bool
is_remade(struct diff *d, const struct made *m, const PGresult *r, int i)
{
	const char *schema = pg_col(r, i, "ref_schema");
	const char *table = pg_col(r, i, "ref");

	if (goes(d, m->rel.schema, m->rel.name))
		return true;
	if (m->kind == 'i')
		return goes(d, pg_col(r, i, "root_schema"), pg_col(r, i,
		    "root"));
	return goes(d, schema, table) || key_moves(d, schema, table) ||
	    key_moves(d, m->rel.schema, m->rel.name);
}

/* One row of the query. */
static void
read_row(struct diff *d, const struct vec *asked, struct vec *all,
    const PGresult *r, int i)
{
	WM_VEC ords = VEC_INIT;
	WM_VEC cols = VEC_INIT;
	struct made *m = arena_alloc(d->mem, sizeof(*m));
	const struct inherited *own;
	const struct ident *id;

	pg_array(d->mem, pg_col(r, i, "ords"), &ords);
	pg_array(d->mem, pg_col(r, i, "cols"), &cols);
	m->kind = pg_col(r, i, "kind")[0];
	m->rel = (struct ident){ .cls = ID_RELATION,
		.schema = arena_strdup(d->mem, pg_col(r, i, "schema")),
		.name = arena_strdup(d->mem, pg_col(r, i, "table")) };
	m->from = arena_strdup(d->mem, pg_col(r, i, "name"));
	m->c = asked->v[strtoul(ords.v[ords.n - 1], NULL, 10) - 1];
	m->top = ((struct change *)asked->v[strtoul(ords.v[0], NULL, 10) - 1])
	    ->inherited;
	/* the table itself may be among those asked for */
	id = change_ident(d, m->c, true);
	own = strcmp(m->rel.name, id->name) == 0 &&
	    strcmp(m->rel.schema, id->schema) == 0 ? m->c->inherited : NULL;
	m->fq = ident_text(d->mem, own != NULL ? &own->id : &m->rel);
	if (is_remade(d, m, r, i))
		return;
	m->root = find(m->top->cons, m->top->n_cons, pg_col(r, i, "root"));
	m->to = m->kind == 'i' ? index_name(d, m, own, &cols,
	    pg_col(r, i, "label")) : foreign_name(d, m, own, &cols, all);
	if (m->kind == 'i' || m->to != NULL)
		vec_push(all, m);
}

/*
 * Indexes before all else, as a new one may want the name; foreign keys
 * behind their table's own.
 */
static void
rename_made(struct diff *d, const struct made *m, const char *to)
{
	struct inherited *h = m->c->inherited;
	struct vec *v = &m->c->alters;
	struct alter_stmt *s = arena_alloc(d->mem, sizeof(*s));
	WM_SBUF b = SBUF_INIT;
	struct ident id = { .cls = ID_RELATION, .schema = m->rel.schema,
		.name = m->from };

	if (m->kind == 'i')
		sbuf_printf(&b, "alter index %s rename to ", ident_text(d->mem,
		    &id));
	else {
		sbuf_printf(&b, "alter table %s rename constraint ", m->fq);
		sbuf_ident(&b, m->from);
		sbuf_puts(&b, " to ");
	}
	sbuf_ident(&b, to);
	s->sql = sbuf_take(&b, d->mem);
	s->lock = m->kind == 'i' ? "ShareUpdateExclusiveLock" :
	    "AccessExclusiveLock";
	s->release = h->release;
	vec_push(v, s);
	if (m->kind != 'i')
		return;
	s->release = ((struct alter_stmt *)v->v[0])->release;
	memmove(v->v + h->front + 1, v->v + h->front, (v->n - h->front - 1) *
	    sizeof(*v->v));
	v->v[h->front++] = s;
}

/* Whether one has the name that the other is to get. */
static bool
in_the_way(const struct made *of, const struct made *m)
{
	if ((of->kind == 'i') != (m->kind == 'i'))
		return false;
	return strcmp(m->from, of->to) == 0 && (m->kind == 'i' ?
	    strcmp(m->rel.schema, of->rel.schema) == 0 :
	    strcmp(m->fq, of->fq) == 0);
}

/* Take the name from what has it; false where that is to keep it. */
static bool
make_way(struct diff *d, const struct vec *all, const struct made *m)
{
	for (size_t i = 0; i < all->n; i++) {
		struct made *o = all->v[i];
		const char *aside;

		if (!in_the_way(m, o))
			continue;
		if (o->to != NULL && strcmp(o->from, o->to) == 0)
			return false;
		aside = arena_printf(d->mem, "wm renamed %zu", i);
		rename_made(d, o, aside);
		o->from = aside;
	}
	return true;
}

static void
rename_all(struct diff *d, const struct vec *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct made *m = all->v[i];

		if (m->to == NULL || strcmp(m->from, m->to) == 0 ||
		    !make_way(d, all, m))
			continue;
		rename_made(d, m, m->to);
		m->from = m->to;
	}
}

bool
alter_inherited(struct diff *d)
{
	WM_VEC asked = VEC_INIT;
	WM_VEC all = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->inherited == NULL || c->fate != FATE_ALTER ||
		    c->alters.n == 0 || c->root != NULL)
			continue;
		vec_push(&asked, c);
	}
	if (asked.n == 0)
		return true;
	WM_PGRES *r = alter_ask(d, embed_inherited_sql, &asked);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		read_row(d, &asked, &all, r, i);
	rename_all(d, &all);
	return true;
}
