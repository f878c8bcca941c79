#include "alter_impl.h"

#include <stdlib.h>

#include "embed.h"
#include "pg.h"

/* A table of which alter_restore has been told. */
struct attached {
	struct ident id;	/* in the catalog */
	const char *fq;		/* as SQL names it when the statements run */
	struct vec remade;	/* of const char *: columns */
	struct vec typed;	/* the same: of another type */
	int release;
	long long rows;
	long long bytes;
};

/* Whether a tree of an index reads one of these columns. */
static bool
reads_any(const struct json *tree, const struct vec *cols)
{
	WM_VEC reads = VEC_INIT;
	const struct json *lists[] = { json_get(tree, "indexParams"),
		json_get(tree, "indexIncludingParams") };

	tree_columns(tree, &reads);
	for (size_t i = 0; i < WM_LEN(lists); i++)
		for (const struct json *j = lists[i] ? lists[i]->first : NULL;
		    j; j = j->next) {
			const char *s = json_str(json_get(j, "IndexElem"),
			    "name");

			if (s != NULL)
				vec_push(&reads, s);
		}
	for (size_t i = 0; i < reads.n; i++)
		if (vec_has_string(cols, reads.v[i]))
			return true;
	return false;
}

/* Indexes go with a column; those of the source have to be made again. */
void
alter_indexes(struct alter *a)
{
	struct diff *d = a->d;

	for (size_t i = 0; a->remade.n > 0 && i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct parsed *p;

		if (c->new == NULL || c->old == NULL || !c->old->built ||
		    strcmp(c->new->kind->name, "index") != 0 ||
		    c->fate != FATE_SAME || !change_parse(d, c, false, &p) ||
		    p->n == 0 || p->idents[0].table == NULL ||
		    strcmp(p->idents[0].table, a->old->id.name) != 0 ||
		    strcmp(p->idents[0].schema, a->old->id.schema) != 0)
			continue;
		if (!reads_any(p->stmts[0].node, &a->remade))
			continue;
		c->fate = FATE_RECREATE;
		c->reason = "its column is made again";
	}
}

void
alter_restore(struct alter *a)
{
	struct attached *t = arena_alloc(a->d->mem, sizeof(*t));

	if (a->c->touched.n == 0 || a->d->db == NULL || a->c->born)
		return;
	t->id = a->was_id;
	t->fq = a->fq;
	t->release = a->release;
	t->rows = a->rows;
	t->bytes = a->bytes;
	for (size_t i = 0; i < a->remade.n; i++)
		vec_push(&t->remade, a->remade.v[i]);
	for (size_t i = 0; i < a->typed.n; i++)
		vec_push(&t->typed, a->typed.v[i]);
	a->c->attached = t;
}

/* Parameters of the question, each the text of an array. */
enum { SCHEMAS, TABLES, TARGETS, NUMBERS, COLUMNS, INDEX_SCHEMAS, INDEXES,
	TYPED_NUMBERS, TYPED, N_ARRAYS };

struct arrays {
	struct sbuf b[N_ARRAYS];
};

static void
arrays_clear(struct arrays *p)
{
	for (size_t i = 0; i < N_ARRAYS; i++)
		sbuf_clear(&p->b[i]);
}

/* Indexes of ours: they are made again by their own texts. */
static void
put_indexes(struct diff *d, struct arrays *p)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;

		if (strcmp(change_object(c)->kind->name, "index") != 0)
			continue;
		id = change_ident(d, c, c->new == NULL);
		if (id == NULL)
			continue;
		pg_array_put(&p->b[INDEX_SCHEMAS], id->schema);
		pg_array_put(&p->b[INDEXES], id->name);
	}
}

static void
put_columns(struct diff *d, struct arrays *p, const struct vec *cols,
    size_t number, int numbers)
{
	for (size_t i = 0; i < cols->n; i++) {
		pg_array_put(&p->b[numbers], arena_printf(d->mem, "%zu",
		    number));
		pg_array_put(&p->b[numbers + 1], cols->v[i]);
	}
}

static void
put_table(struct diff *d, struct arrays *p, const struct attached *t,
    size_t number)
{
	pg_array_put(&p->b[SCHEMAS], t->id.schema);
	pg_array_put(&p->b[TABLES], t->id.name);
	pg_array_put(&p->b[TARGETS], t->fq);
	put_columns(d, p, &t->remade, number, NUMBERS);
	put_columns(d, p, &t->typed, number, TYPED_NUMBERS);
}

static void
add_statement(struct diff *d, struct change *c, const char *sql)
{
	struct alter_stmt *s = arena_alloc(d->mem, sizeof(*s));

	s->sql = arena_strdup(d->mem, sql);
	s->release = c->attached->release;
	s->rows = c->attached->rows;
	s->bytes = c->attached->bytes;
	vec_push(&c->alters, s);
}

bool
alter_attached(struct diff *d, const struct vec *changes)
{
	WM_CLEANUP(arrays_clear) struct arrays p = { .b = { SBUF_INIT } };
	const char *args[N_ARRAYS];
	WM_VEC asked = VEC_INIT;

	for (size_t i = 0; i < changes->n; i++) {
		struct change *c = changes->v[i];

		if (c->attached == NULL)
			continue;
		vec_push(&asked, c);
		put_table(d, &p, c->attached, asked.n);
	}
	if (asked.n == 0)
		return true;
	put_indexes(d, &p);
	for (size_t i = 0; i < N_ARRAYS; i++) {
		sbuf_puts(&p.b[i], p.b[i].len > 0 ? "}" : "{}");
		args[i] = p.b[i].s;
	}
	WM_PGRES *r = pg_query(d->db, PG_ROWS, embed_attached_sql, N_ARRAYS,
	    args);
	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		add_statement(d, asked.v[strtoul(PQgetvalue(r, i, 0), NULL,
		    10) - 1], PQgetvalue(r, i, 2));
	for (size_t i = 0; i < asked.n; i++) {
		struct change *c = asked.v[i];

		vec_clear(&c->attached->remade);
		vec_clear(&c->attached->typed);
		c->attached = NULL;
	}
	return r != NULL;
}
