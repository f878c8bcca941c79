#include "closure.h"

#include <stdlib.h>

#include "alter.h"
#include "diag.h"
#include "embed.h"
#include "needs.h"
#include "pg.h"
#include "restore.h"

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

/* As the catalog's rows have it. */
static const char *
catalog_key(struct diff *d, const struct ident *id)
{
	struct ident k = *id;

	k.args = short_args(d->mem, k.args);
	/* an index has a name of its own */
	if (k.cls == ID_RELATION)
		k.table = NULL;
	return ident_key(d->mem, &k);
}

/*
 * Identities of all that the recorded texts make, to find it again. What a
 * text makes first is the object; by_part has the rest.
 */
static void
index_catalog(struct diff *d)
{
	struct parsed *p;

	if (d->catalog_ready)
		return;
	d->catalog_ready = true;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->old == NULL || !change_parse(d, c, true, &p))
			continue;
		for (size_t k = 0; k < p->n; k++)
			if (p->idents[k].cls != 0)
				map_put(k == 0 ? &d->by_catalog : &d->by_part,
				    catalog_key(d, &p->idents[k]), c);
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
	if (n->cls == ID_EXTENSION)
		return arena_printf(d->mem, "extension \"%s\"", nam);
	if (sch == NULL)
		return nam;
	if (tab != NULL)
		return arena_printf(d->mem, "%s \"%s\" of \"%s.%s\"", word,
		    nam, sch, tab);
	if (n->cls == ID_FUNCTION || n->cls == ID_OPERATOR)
		return arena_printf(d->mem, "%s \"%s.%s(%s)\"", word, sch,
		    nam, args ? args : "");
	return arena_printf(d->mem, "%s \"%s.%s\"", word, sch, nam);
}

/* Elements of "restore": what about, a separator, SQL. */
static void
load_facts(struct diff *d, const char *array, struct vec *out)
{
	WM_VEC list = VEC_INIT;

	pg_array(d->mem, array, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct closure_fact *f = arena_alloc(d->mem, sizeof(*f));
		const char *s = list.v[i], *sep = strchr(s, '\x1f');

		assert(sep != NULL);
		f->about = arena_strndup(d->mem, s, (size_t)(sep - s));
		f->sql = sep + 1;
		vec_push(out, f);
	}
}

static struct closure_node *
load_node(struct diff *d, const PGresult *r, int i, struct change *wanted)
{
	struct closure_node *n = arena_alloc(d->mem, sizeof(*n));
	const char *sch = arena_strdup(d->mem, pg_col(r, i, "sch"));
	const char *nam = arena_strdup(d->mem, pg_col(r, i, "nam"));
	const char *tab = arena_strdup(d->mem, pg_col(r, i, "tab"));
	const char *args = arena_strdup(d->mem, pg_col(r, i, "args"));
	const char *key;
	struct ident id;

	n->id = arena_strdup(d->mem, pg_col(r, i, "id"));
	n->cls = (int)strtol(pg_col(r, i, "cls"), NULL, 10);
	n->kind = arena_strdup(d->mem, pg_col(r, i, "kind"));
	n->nam = nam;
	n->owner = arena_strdup(d->mem, pg_col(r, i, "owner"));
	n->create_sql = arena_strdup(d->mem, pg_col(r, i, "create_sql"));
	n->drop_sql = arena_strdup(d->mem, pg_col(r, i, "drop_sql"));
	pg_array(d->mem, pg_col(r, i, "needs"), &n->needs);
	load_facts(d, pg_col(r, i, "restore"), &n->restore);
	n->text = node_text(d, n, sch, nam, tab, args);
	n->wanted = wanted != NULL;
	n->change = wanted;
	if (tab != NULL && n->cls == 0) {
		id = (struct ident){ .cls = ID_RELATION, .schema = sch,
			.name = tab, .args = "" };
		n->table = map_get(&d->by_catalog, ident_key(d->mem, &id));
	}
	if (wanted == NULL && n->cls != 0) {
		id = (struct ident){ .cls = (enum ident_class)n->cls,
			.schema = sch, .name = nam, .table = tab,
			.args = n->cls == ID_FUNCTION ||
			n->cls == ID_OPERATOR ? args : "" };
		key = ident_key(d->mem, &id);
		n->change = map_get(&d->by_catalog, key);
		if (n->change == NULL)
			n->part = map_get(&d->by_part, key);
	}
	return n;
}

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
	pg_array_put(&q->cls, num);
	pg_array_put(&q->sch, sch ? sch : "");
	pg_array_put(&q->nam, nam);
	pg_array_put(&q->tab, tab ? tab : "");
	pg_array_put(&q->args, args ? args : "");
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

/* What one change takes away from the catalog. */
static void
ask_change(struct diff *d, struct question *q, struct change *c)
{
	struct parsed *p;

	for (size_t k = 0; k < c->touched.n; k++) {
		const struct alter_column *t = c->touched.v[k];

		ask(q, c, CLASS_COLUMN, t->schema, t->name, t->table, NULL);
	}
	if (c->fate == FATE_ALTER || !change_parse(d, c, true, &p))
		return;
	for (size_t k = 0; k < p->n; k++) {
		const struct ident *id = &p->idents[k];

		if (id->cls != 0)
			ask(q, c, (int)id->cls, id->schema, id->name,
			    id->table, short_args(d->mem, id->args));
	}
}

/* All that one text has made hangs together, what it makes first in front. */
static void
chain(struct change *c, struct closure_node *n)
{
	if (c->node != NULL && n->part != NULL) {
		n->more = c->node->more;
		c->node->more = n;
		return;
	}
	n->more = c->node;
	c->node = n;
}

/*
 * Rows of the catalog for objects that go, and what hangs on them; those that
 * are not there yet are appended to d->nodes and put into by_id.
 */
static bool
fetch(struct diff *d, const struct vec *start, struct map *by_id)
{
	WM_CLEANUP(question_clear) struct question q = { .cls = SBUF_INIT };
	struct sbuf *ends[] = { &q.cls, &q.sch, &q.nam, &q.tab, &q.args };
	const char *values[5];

	for (size_t i = 0; i < start->n; i++)
		ask_change(d, &q, start->v[i]);
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
		struct closure_node *n;

		if (map_get(by_id, pg_col(r, i, "id")) != NULL)
			continue;
		n = load_node(d, r, i, c);
		vec_push(&d->nodes, n);
		map_put(by_id, n->id, n);
		if (n->change != NULL)
			chain(n->change, n);
	}
	return true;
}

/* Whether a node goes with what it belongs to. */
static bool
goes_with_owner(const struct closure_node *n, const struct map *by_id)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	/* constraints of a domain are part of its text */
	return o != NULL && o->change != NULL &&
	    (o->change->fate == FATE_DROP || o->cls == ID_TYPE);
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
static struct change *
cause(const struct closure_node *n, const struct map *by_id, int depth)
{
	for (size_t i = 0; i < n->needs.n && depth < 100; i++) {
		const struct closure_node *k = map_get(by_id, n->needs.v[i]);
		struct change *c;

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
 * indexes, constraints, default, statistics, sequence; unless they hang on
 * something else that goes as well.
 */
static bool
moves_along(const struct closure_node *n, const struct map *by_id, int depth)
{
	static const char *const kinds[] = { "i", "I", "constraint", "S",
		"other" };
	bool kind = strcmp(n->kind, "default") == 0;
	bool moves = false;

	for (size_t i = 0; i < WM_LEN(kinds); i++)
		kind = kind || strcmp(n->kind, kinds[i]) == 0;
	/* a generated column reads its own table, and maybe functions */
	for (size_t i = 0; kind && n->create_sql == NULL &&
	    strcmp(n->kind, "default") == 0 && i < n->needs.n; i++) {
		const struct closure_node *t = map_get(by_id, n->needs.v[i]);

		if (t != NULL && t != n && (t->change == NULL ||
		    t->change->fate != FATE_ALTER))
			return false;
	}
	for (size_t i = 0; kind && i < n->needs.n; i++) {
		const struct closure_node *t = map_get(by_id, n->needs.v[i]);

		if (t == NULL || t == n)
			continue;
		if ((t->change == NULL || t->change->fate != FATE_ALTER) &&
		    (depth > 100 || !moves_along(t, by_id, depth + 1)))
			return false;
		moves = true;
	}
	return moves;
}

/* Whether a text that names what goes will find another of that name. */
static bool
finds_another(struct diff *d, struct change *gone)
{
	const struct ident *id = change_ident(d, gone, true);

	return id != NULL && (id->cls == ID_RELATION ||
	    id->cls == ID_FUNCTION) && needs_bare(d, id->cls, id->schema,
	    id->name) != NULL;
}

/* Whether an object's text, as the source has it now, names what goes. */
static bool
still_names(struct diff *d, struct change *c, struct change *gone)
{
	const struct ident *id = change_ident(d, gone, true);
	WM_VEC refs = VEC_INIT;

	if (c->fate == FATE_SAME || id == NULL)
		return c->fate == FATE_SAME;
	refs_of(d->mem, c->new->create, &refs);
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *r = refs.v[i];

		if ((r->classes & (int)id->cls) != 0 &&
		    id->schema != NULL && strcmp(r->schema, id->schema) == 0 &&
		    strcmp(r->name, id->name) == 0)
			return true;
	}
	return false;
}

/* Make an object again because of what it uses. */
static void
pull(struct diff *d, struct change *c, const char *what, const char *nam)
{
	if (c->fate != FATE_SAME && c->fate != FATE_REPLACE)
		return;
	c->fate = FATE_RECREATE;
	c->reason = arena_printf(d->mem, "it uses %s \"%s\"", what, nam);
}

static bool
is_table(const struct change *c)
{
	return strcmp(change_object(c)->kind->name, "table") == 0;
}

/* Something that a text of ours has made beside its object. */
static bool
spread_part(struct diff *d, struct closure_node *n, const struct map *by_id,
    const char *what, const char *nam)
{
	const struct closure_node *o = n->owner ? map_get(by_id, n->owner) :
	    NULL;

	if (n->part != NULL && !is_table(n->part) &&
	    n->part->fate != FATE_ALTER) {
		pull(d, n->part, what, nam);
		chain(n->part, n);
		return true;
	}
	/* the default of a view's column */
	return strcmp(n->kind, "default") == 0 && o != NULL &&
	    o->change != NULL && !is_table(o->change) &&
	    restore_said(d, o->change, arena_printf(d->mem, "default|%s",
	    n->nam));
}

/* A foreign key that its own table drops before anything else. */
static bool
goes_early(const struct diff *d, const struct closure_node *n)
{
	if (strcmp(n->kind, "constraint") != 0 || n->drop_sql == NULL)
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->early.n; k++)
			if (strcmp(c->early.v[k], n->drop_sql) == 0)
				return true;
	}
	return false;
}

static void
spread(struct diff *d, struct closure_node *n, const struct map *by_id)
{
	struct change *on = cause(n, by_id, 0);
	struct change *c = n->change;
	const char *what = on != NULL ? on->old->kind->name : "object";
	const char *nam = on != NULL ? on->old->nam : "?";

	if ((c != NULL && c->fate == FATE_DROP) ||
	    (n->part != NULL && n->part->fate == FATE_DROP))
		return;
	if (moves_along(n, by_id, 0) || goes_early(d, n))
		return;
	if (goes_with_owner(n, by_id))
		return;
	if (c != NULL && is_table(c)) {
		diag_refuse(&change_object(c)->loc, "%s \"%s\" cannot be "
		    "dropped and made again: table \"%s\" uses it", what, nam,
		    c->old->nam);
		return;
	}
	/* somebody needs what goes for good */
	if (on != NULL && on->fate == FATE_DROP && (c != NULL ?
	    still_names(d, c, on) : n->part == NULL) &&
	    !finds_another(d, on)) {
		refuse_drop(n, on);
		return;
	}
	if (c != NULL) {
		pull(d, c, what, nam);
		return;
	}
	if (spread_part(d, n, by_id, what, nam))
		return;
	if (n->create_sql == NULL || n->drop_sql == NULL) {
		diag_refuse(NULL, "%s \"%s\" cannot be dropped and made again:"
		    " %s depends on it", what, nam, n->text);
		return;
	}
	vec_push(&d->foreign, n);
}

/* Changes that take something away and have not been asked about. */
static void
find_start(struct diff *d, bool *asked, struct vec *out)
{
	out->n = 0;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (asked[i] || (c->fate != FATE_RECREATE &&
		    c->touched.n == 0 &&
		    (c->fate != FATE_DROP || !c->old->built)))
			continue;
		asked[i] = true;
		vec_push(out, c);
	}
}

bool
closure(struct diff *d)
{
	WM_VEC start = VEC_INIT;
	WM_MAP by_id = MAP_INIT;
	bool *asked = arena_alloc(d->mem, d->all.n + 1);
	size_t done = 0;

	/* what is made again because of others may itself be used */
	for (;;) {
		find_start(d, asked, &start);
		if (start.n == 0)
			return true;
		if (!fetch(d, &start, &by_id))
			return false;
		for (; done < d->nodes.n; done++) {
			struct closure_node *n = d->nodes.v[done];

			if (!n->wanted)
				spread(d, n, &by_id);
		}
	}
}
