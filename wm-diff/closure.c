#include "closure.h"

#include <stdlib.h>

#include "alter.h"
#include "diag.h"
#include "embed.h"
#include "pg.h"

/* Asked for beside enum ident_class: a column of a table. */
#define CLASS_COLUMN 512

/* The last part of each argument type: "pg_catalog.int4" is "int4". */
static const char *
short_args(struct arena *mem, const char *args)
{
	WM_SBUF b = SBUF_INIT;

	while (args != NULL && *args != '\0') {
		size_t len = strcspn(args, ",");
		const char *dot = memrchr(args, '.', len), *s;

		s = dot != NULL ? dot + 1 : args;
		for (; s < args + len; s++)
			if (*s != '"')
				sbuf_putc(&b, *s);
		if (args[len] == ',')
			sbuf_putc(&b, ',');
		args += len + (args[len] == ',');
	}
	return sbuf_take(&b, mem);
}

void
closure_array_put(struct sbuf *b, const char *s)
{
	sbuf_putc(b, b->len == 0 ? '{' : ',');
	sbuf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			sbuf_putc(b, '\\');
		sbuf_putc(b, *s);
	}
	sbuf_putc(b, '"');
}

/* Identities of all objects that the record holds, to find them again. */
static void
index_catalog(struct diff *d)
{
	if (d->catalog_ready)
		return;
	d->catalog_ready = true;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		const struct ident *id;
		struct ident k;

		if (c->old == NULL)
			continue;
		id = change_ident(d, c, true);
		if (id == NULL)
			continue;
		k = *id;
		k.args = short_args(d->mem, k.args);
		if (strcmp(c->old->kind->name, "index") == 0)
			k.table = NULL;
		map_put(&d->by_catalog, ident_key(d->mem, &k), c);
	}
}

static const char *
node_text(struct diff *d, const struct closure_node *n, const char *sch,
    const char *nam, const char *tab, const char *args)
{
	static const struct {
		const char *kind, *word;
	} words[] = { { "r", "table" }, { "p", "table" }, { "v", "view" },
		{ "m", "materialized view" }, { "i", "index" },
		{ "S", "sequence" }, { "f", "function" }, { "w", "function" },
		{ "a", "aggregate" }, { "e", "type" }, { "d", "domain" },
		{ "c", "type" }, { "b", "type" } };
	const char *word = n->kind;

	for (size_t i = 0; i < WM_LEN(words); i++)
		if (strcmp(words[i].kind, n->kind) == 0)
			word = words[i].word;
	if (n->cls == ID_RELATION && strcmp(n->kind, "f") == 0)
		word = "foreign table";
	if (sch == NULL)
		return nam;
	if (tab != NULL)
		return arena_printf(d->mem, "%s \"%s\" of \"%s.%s\"", word,
		    nam, sch, tab);
	if (n->cls == ID_FUNCTION)
		return arena_printf(d->mem, "%s \"%s.%s(%s)\"", word, sch,
		    nam, args ? args : "");
	return arena_printf(d->mem, "%s \"%s.%s\"", word, sch, nam);
}

static struct closure_node *
load_node(struct diff *d, const PGresult *r, int i, struct change *wanted)
{
	struct closure_node *n = arena_alloc(d->mem, sizeof(*n));
	const char *sch = arena_strdup(d->mem, pg_col(r, i, "sch"));
	const char *nam = arena_strdup(d->mem, pg_col(r, i, "nam"));
	const char *tab = arena_strdup(d->mem, pg_col(r, i, "tab"));
	const char *args = arena_strdup(d->mem, pg_col(r, i, "args"));
	struct ident id;

	n->id = arena_strdup(d->mem, pg_col(r, i, "id"));
	n->cls = (int)strtol(pg_col(r, i, "cls"), NULL, 10);
	n->kind = arena_strdup(d->mem, pg_col(r, i, "kind"));
	n->owner = arena_strdup(d->mem, pg_col(r, i, "owner"));
	n->create_sql = arena_strdup(d->mem, pg_col(r, i, "create_sql"));
	n->drop_sql = arena_strdup(d->mem, pg_col(r, i, "drop_sql"));
	pg_array(d->mem, pg_col(r, i, "needs"), &n->needs);
	pg_array(d->mem, pg_col(r, i, "restore"), &n->restore);
	n->text = node_text(d, n, sch, nam, tab, args);
	n->wanted = wanted != NULL;
	n->change = wanted;
	if (wanted == NULL && n->cls != 0) {
		id = (struct ident){ .cls = (enum ident_class)n->cls,
			.schema = sch, .name = nam, .table = tab,
			.args = n->cls == ID_FUNCTION ? args : "" };
		n->change = map_get(&d->by_catalog, ident_key(d->mem, &id));
	}
	return n;
}

/* Rows of the catalog for all objects that go, and what hangs on them. */
/* What the catalog is asked for: names in arrays, one row an object. */
struct question {
	struct sbuf cls, sch, nam, tab, args;
	struct vec asked;	/* of struct change * */
};

static void
ask(struct question *q, struct change *c, int cls, const char *sch,
    const char *nam, const char *tab, const char *args)
{
	char num[16];

	snprintf(num, sizeof(num), "%d", cls);
	closure_array_put(&q->cls, num);
	closure_array_put(&q->sch, sch ? sch : "");
	closure_array_put(&q->nam, nam);
	closure_array_put(&q->tab, tab ? tab : "");
	closure_array_put(&q->args, args ? args : "");
	vec_push(&q->asked, c);
}

static void
question_clear(struct question *q)
{
	sbuf_clear(&q->cls);
	sbuf_clear(&q->sch);
	sbuf_clear(&q->nam);
	sbuf_clear(&q->tab);
	sbuf_clear(&q->args);
	vec_clear(&q->asked);
}

static bool
fetch(struct diff *d, const struct vec *start, struct vec *nodes)
{
	WM_CLEANUP(question_clear) struct question q = { .cls = SBUF_INIT };
	struct sbuf *ends[] = { &q.cls, &q.sch, &q.nam, &q.tab, &q.args };
	const char *values[5];

	for (size_t i = 0; i < start->n; i++) {
		struct change *c = start->v[i];
		const struct ident *id;

		for (size_t k = 0; k < c->touched.n; k++) {
			const struct alter_column *t = c->touched.v[k];

			ask(&q, c, CLASS_COLUMN, t->schema, t->name, t->table,
			    NULL);
		}
		if (c->fate == FATE_ALTER)
			continue;
		id = change_ident(d, c, true);
		if (id != NULL)
			ask(&q, c, (int)id->cls, id->schema, id->name,
			    id->table, short_args(d->mem, id->args));
	}
	if (q.asked.n == 0)
		return true;
	for (size_t i = 0; i < WM_LEN(ends); i++) {
		sbuf_putc(ends[i], '}');
		values[i] = ends[i]->s;
	}
	WM_PGRES *r = pg_query(d->db, PG_ROWS, embed_closure_sql, 5, values);
	if (r == NULL)
		return false;
	index_catalog(d);
	for (int i = 0; i < PQntuples(r); i++) {
		const char *ord = pg_col(r, i, "ord");
		struct change *c = ord == NULL ? NULL :
		    q.asked.v[strtoul(ord, NULL, 10) - 1];

		vec_push(nodes, load_node(d, r, i, c));
	}
	return true;
}

/* Whether a node goes for good: it belongs to something that does. */
static bool
goes_with_owner(const struct closure_node *n, const struct map *by_id)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	return o != NULL && o->change != NULL && o->change->fate == FATE_DROP;
}

static void
refuse_drop(const struct closure_node *n, const struct change *on)
{
	const struct change *c = n->change;

	if (c != NULL && c->new != NULL)
		diag_refuse(&c->new->loc, "%s \"%s\" depends on %s \"%s\", "
		    "which left the source", c->new->kind->name, c->new->nam,
		    on->old->kind->name, on->old->nam);
	else
		diag_refuse(NULL, "%s \"%s\" left the source, but %s, which "
		    "is not in the record, depends on it", on->old->kind->name,
		    on->old->nam, n->text);
}

/* The object that goes and that a node needs, directly or not. */
static const struct change *
cause(const struct closure_node *n, const struct map *by_id, int depth)
{
	for (size_t i = 0; i < n->needs.n && depth < 100; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);
		const struct change *c;

		if (k == NULL || k == n)
			continue;
		if (k->change != NULL && k->wanted)
			return k->change;
		c = cause(k, by_id, depth + 1);
		if (c != NULL)
			return c;
	}
	return NULL;
}

/*
 * What ALTER TABLE takes along by itself when a column changes or goes: its
 * indexes, constraints, default, statistics, sequence.
 */
static bool
moves_along(const struct closure_node *n, const struct map *by_id)
{
	static const char *const kinds[] = { "i", "I", "constraint", "S",
		"other" };
	bool kind = strcmp(n->kind, "default") == 0 && n->create_sql != NULL;

	for (size_t i = 0; i < WM_LEN(kinds); i++)
		kind = kind || strcmp(n->kind, kinds[i]) == 0;
	for (size_t i = 0; kind && i < n->needs.n; i++) {
		const struct closure_node *t = map_get(by_id, n->needs.v[i]);

		if (t != NULL && t->change != NULL &&
		    t->change->fate == FATE_ALTER)
			return true;
	}
	return false;
}

static void
spread(struct diff *d, struct closure_node *n, const struct map *by_id)
{
	const struct change *on = cause(n, by_id, 0);
	struct change *c = n->change;
	const char *what = on != NULL ? on->old->kind->name : "object";
	const char *nam = on != NULL ? on->old->nam : "?";

	if (c != NULL && c->fate == FATE_DROP)
		return;
	if (moves_along(n, by_id))
		return;
	if (goes_with_owner(n, by_id))
		return;
	if (c != NULL && strcmp(c->old->kind->name, "table") == 0) {
		diag_refuse(&change_object(c)->loc, "%s \"%s\" cannot be "
		    "dropped and made again: table \"%s\" uses it", what, nam,
		    c->old->nam);
		return;
	}
	/* somebody needs what goes for good */
	if (on != NULL && on->fate == FATE_DROP && (c == NULL ||
	    (c->fate == FATE_SAME && !c->record))) {
		/* unless its text now finds another of that name */
		bool overload = c != NULL &&
		    strcmp(on->old->kind->name, "function") == 0;

		if (!overload) {
			refuse_drop(n, on);
			return;
		}
	}
	if (c != NULL) {
		if (c->fate == FATE_SAME || c->fate == FATE_REPLACE) {
			c->fate = FATE_RECREATE;
			c->reason = arena_printf(d->mem, "it uses %s \"%s\"",
			    what, nam);
		}
		return;
	}
	if (n->create_sql == NULL || n->drop_sql == NULL) {
		diag_refuse(NULL, "%s \"%s\" cannot be dropped and made again:"
		    " %s depends on it", what, nam, n->text);
		return;
	}
	vec_push(&d->foreign, n);
}

bool
closure(struct diff *d)
{
	WM_VEC start = VEC_INIT;
	WM_MAP by_id = MAP_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->fate == FATE_RECREATE || c->touched.n > 0 ||
		    (c->fate == FATE_DROP && c->old->built))
			vec_push(&start, c);
	}
	if (!fetch(d, &start, &d->nodes))
		return false;
	for (size_t i = 0; i < d->nodes.n; i++) {
		struct closure_node *n = d->nodes.v[i];

		map_put(&by_id, n->id, n);
		if (n->change != NULL)
			n->change->node = n;
	}
	for (size_t i = 0; i < d->nodes.n; i++) {
		struct closure_node *n = d->nodes.v[i];

		if (!n->wanted)
			spread(d, n, &by_id);
	}
	return true;
}
