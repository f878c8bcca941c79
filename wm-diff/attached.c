#include "alter_impl.h"

#include "embed.h"
#include "pg.h"

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

/* What is lost with a column that is made again, or with its old type. */
bool
alter_restore(struct alter *a)
{
	WM_SBUF cols = SBUF_INIT;
	WM_SBUF names = SBUF_INIT;
	const char *args[4] = { a->was_id.schema, a->was_id.name };

	if (a->c->touched.n == 0 || a->d->db == NULL ||
	    a->c->born)
		return true;
	for (size_t i = 0; i < a->remade.n; i++)
		pg_array_put(&cols, a->remade.v[i]);
	for (size_t i = 0; i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;

		if (strcmp(change_object(c)->kind->name, "index") != 0)
			continue;
		id = change_ident(a->d, c, c->new == NULL);
		if (id != NULL && strcmp(id->schema, a->was_id.schema) == 0)
			pg_array_put(&names, id->name);
	}
	sbuf_puts(&cols, cols.len ? "}" : "{}");
	sbuf_puts(&names, names.len ? "}" : "{}");
	args[2] = cols.s;
	args[3] = names.s;
	WM_PGRES *r = pg_query_again(a->d->db, PG_ROWS, "wm_attached",
	    &a->d->attached_known, embed_attached_sql, 4, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		alter_do(a, "%s", arena_strdup(a->d->mem, PQgetvalue(r, i, 1)));
	return true;
}
