#include "catalog.h"

#include <stdlib.h>

#include "alter.h"
#include "diag.h"
#include "embed.h"
#include "pg.h"

/* Asked for beside enum ident_class: a column, a constraint of a table. */
#define CLASS_COLUMN 512
#define CLASS_CONSTRAINT ID_CONSTRAINT

/* Catalogs have fixed OIDs (source: the pg_*.h of PostgreSQL). */
enum {
	PG_TYPE = 1247,
	PG_PROC = 1255,
	PG_CLASS = 1259,
	PG_ATTRDEF = 2604,
	PG_CONSTRAINT = 2606,
	PG_OPERATOR = 2617,
	PG_REWRITE = 2618,
	PG_TRIGGER = 2620,
	PG_EXTENSION = 3079,
	PG_POLICY = 3256,
	PG_PUBLICATION_REL = 6106,
	PG_PUBLICATION_NAMESPACE = 6237,
	PG_FOREIGN_SERVER = 1417,
	PG_USER_MAPPING = 1418,
	PG_FOREIGN_DATA_WRAPPER = 2328,
	PG_AM = 2601,
	PG_CAST = 2605,
	PG_CONVERSION = 2607,
	PG_OPCLASS = 2616,
	PG_OPFAMILY = 2753,
	PG_STATISTIC_EXT = 3381,
	PG_COLLATION = 3456,
	PG_EVENT_TRIGGER = 3466,
	PG_TRANSFORM = 3576,
	PG_TS_DICT = 3600,
	PG_TS_PARSER = 3601,
	PG_TS_CONFIG = 3602,
	PG_TS_TEMPLATE = 3764,
	PG_PUBLICATION = 6104
};

/* How names of a class are found. */
static const struct finder {
	int cls;
	const char *sql;
} finders[] = {
	{ CLASS_COLUMN, embed_find_column },
	{ CLASS_CONSTRAINT, embed_find_constraint },
	{ ID_RELATION, embed_find_relation },
	{ ID_FUNCTION, embed_find_function },
	{ ID_TYPE, embed_find_type },
	{ ID_SCHEMA, embed_find_schema },
	{ ID_TRIGGER, embed_find_trigger },
	{ ID_RULE, embed_find_rule },
	{ ID_POLICY, embed_find_policy },
	{ ID_EXTENSION, embed_find_extension },
	{ ID_LANGUAGE, embed_find_language },
	{ ID_OPERATOR, embed_find_operator },
	{ 0, embed_find_named }		/* all others */
};

/* How objects of a catalog are shown; the last row is for all others. */
static const struct shower {
	unsigned long classid;
	const char *sql;
} showers[] = {
	{ PG_CLASS, embed_closure_relation },
	{ PG_PROC, embed_closure_function },
	{ PG_TRIGGER, embed_closure_trigger },
	{ PG_REWRITE, embed_closure_rule },
	{ PG_POLICY, embed_closure_policy },
	{ PG_CONSTRAINT, embed_closure_constraint },
	{ PG_ATTRDEF, embed_closure_default },
	{ PG_TYPE, embed_closure_type },
	{ PG_OPERATOR, embed_closure_operator },
	{ PG_EXTENSION, embed_closure_extension },
	{ PG_PUBLICATION_REL, embed_closure_publication },
	{ PG_PUBLICATION_NAMESPACE, embed_closure_published },
	{ PG_FOREIGN_SERVER, embed_closure_named },
	{ PG_USER_MAPPING, embed_closure_named },
	{ PG_FOREIGN_DATA_WRAPPER, embed_closure_named },
	{ PG_AM, embed_closure_named },
	{ PG_CAST, embed_closure_named },
	{ PG_CONVERSION, embed_closure_named },
	{ PG_OPCLASS, embed_closure_named },
	{ PG_OPFAMILY, embed_closure_named },
	{ PG_STATISTIC_EXT, embed_closure_named },
	{ PG_COLLATION, embed_closure_named },
	{ PG_EVENT_TRIGGER, embed_closure_named },
	{ PG_TRANSFORM, embed_closure_named },
	{ PG_TS_DICT, embed_closure_named },
	{ PG_TS_PARSER, embed_closure_named },
	{ PG_TS_CONFIG, embed_closure_named },
	{ PG_TS_TEMPLATE, embed_closure_named },
	{ PG_PUBLICATION, embed_closure_named },
	{ 0, embed_closure_other }
};

/* Most parameters that a query here has. */
#define MAX_PARAMS 7

/* Parameters of one query, all of them arrays. */
struct params {
	struct sbuf arrays[MAX_PARAMS];
	size_t n;		/* elements of each */
};

static void
params_clear(struct params *p)
{
	for (size_t i = 0; i < MAX_PARAMS; i++)
		sbuf_clear(&p->arrays[i]);
}

#define PARAMS WM_CLEANUP(params_clear) struct params

/* One element more of each array. */
static void
params_put(struct params *p, int n, const char *const *values)
{
	for (int i = 0; i < n; i++)
		pg_array_put(&p->arrays[i], values[i]);
	p->n++;
}

/* The arrays are complete. */
static void
params_end(struct params *p, int n, const char **out)
{
	for (int i = 0; i < n; i++) {
		sbuf_puts(&p->arrays[i], p->n > 0 ? "}" : "{}");
		out[i] = p->arrays[i].s;
	}
}

static PGresult *
ask(struct diff *d, const char *sql, struct params *p, int n)
{
	const char *values[MAX_PARAMS];

	params_end(p, n, values);
	return pg_query(d->db, PG_ROWS, sql, n, values);
}

void
catalog_clear(struct catalog *c)
{
	map_clear(&c->by_id);
	map_clear(&c->by_key);
}

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
	if (k.cls == ID_CAST || k.cls == ID_TRANSFORM)
		k.name = short_args(d->mem, k.name);
	return ident_key(d->mem, &k);
}

static const char *
node_key(struct diff *d, const struct closure_node *n)
{
	struct ident id = { .cls = (enum ident_class)n->cls,
		.schema = n->sch, .name = n->nam, .table = n->tab,
		.args = n->args ? n->args : "" };

	return ident_key(d->mem, &id);
}

/* A constraint that has a text of its own, by its table's key and its name. */
static const char *
constraint_key(struct diff *d, const struct ident *table, const char *name)
{
	return arena_printf(d->mem, "constraint|%s|%s", ident_key(d->mem,
	    table), name);
}

/*
 * A constraint that a statement adds.
 *
 * of_index   only one that is made of an index
 */
static void
index_constraint(struct diff *d, struct change *c, const struct sql_stmt *st,
    bool of_index, struct map *out)
{
	const struct json *cmd = sql_alter_cmd(st);
	const struct json *con = json_get2(cmd, "def", "Constraint");
	const char *name = json_str(con, "conname");
	const struct json *rel = json_get(st->node, "relation");
	const char *schema = json_str(rel, "schemaname");
	struct ident id = { .cls = ID_RELATION, .args = "",
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rel, "relname") };

	if (name != NULL && id.name != NULL && (!of_index || json_str(con,
	    "indexname") != NULL))
		map_put(out, constraint_key(d, &id, name), c);
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
		if (p->n > 0 && strcmp(c->old->kind->name, "constraint") == 0)
			index_constraint(d, c, &p->stmts[0], false,
			    &d->by_catalog);
		for (size_t k = 1; k < p->n && strcmp(c->old->kind->name,
		    "index") == 0; k++)
			index_constraint(d, c, &p->stmts[k], true,
			    &d->by_part);
	}
}

struct change *
catalog_constraint(struct diff *d, const char *schema, const char *table,
    const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = schema,
		.name = table, .args = "" };

	index_catalog(d);
	return map_get(&d->by_catalog, constraint_key(d, &id, name));
}

/* --- what is asked for -------------------------------------------------- */

/* Names in their classes, and where they stand once they are found. */
struct question {
	struct params names[WM_LEN(finders)];
	struct vec asked[WM_LEN(finders)];	/* of struct change * */
	struct params found;	/* classid, objid, subid */
	struct map changes;	/* id to struct change * */
	struct params casters;	/* castid, classid, objid */
	struct vec casts;	/* of const char *: ids of casts, and of what
				   casts by them, by turns */
};

static void
question_clear(struct question *q)
{
	for (size_t i = 0; i < WM_LEN(finders); i++) {
		params_clear(&q->names[i]);
		vec_clear(&q->asked[i]);
	}
	params_clear(&q->found);
	params_clear(&q->casters);
	vec_clear(&q->casts);
	map_clear(&q->changes);
}

static void
ask_name(struct question *q, struct change *c, int cls, const char *sch,
    const char *nam, const char *tab, const char *args)
{
	const char *values[] = { sch ? sch : "", nam, tab ? tab : "",
		args ? args : "" };
	char number[16];
	size_t i = 0;

	while (finders[i].cls != 0 && finders[i].cls != cls)
		i++;
	if (finders[i].cls == 0) {
		snprintf(number, sizeof(number), "%d", cls);
		values[2] = number;
	}
	params_put(&q->names[i], WM_LEN(values), values);
	vec_push(&q->asked[i], c);
}

/*
 * What one change takes away from the catalog. What hangs on something that
 * was met before has been met as well; on tables, only what was asked for.
 */
static void
ask_change(struct diff *d, const struct catalog *cat, struct question *q,
    struct change *c)
{
	struct parsed *p;

	for (size_t k = 0; k < c->touched.n; k++) {
		const struct alter_column *t = c->touched.v[k];

		ask_name(q, c, t->constraint ? CLASS_CONSTRAINT :
		    CLASS_COLUMN, t->schema, t->name, t->table, NULL);
	}
	for (size_t k = 0; k < c->runtime.n; k++) {
		const struct ident *id = c->runtime.v[k];

		ask_name(q, c, ID_RELATION, id->schema, id->name, NULL, NULL);
	}
	if ((c->fate == FATE_ALTER && !c->rebuild) || c->fate == FATE_SAME ||
	    !change_parse(d, c, true, &p))
		return;
	for (size_t k = 0; k < p->n; k++) {
		const struct ident *id = &p->idents[k];
		const struct closure_node *n;

		if (id->cls == 0)
			continue;
		n = map_get(&cat->by_key, catalog_key(d, id));
		if (n == NULL || (n->cls == ID_RELATION &&
		    strchr("rpf", n->kind[0]) != NULL))
			ask_name(q, c, (int)id->cls, id->schema,
			    id->cls == ID_CAST || id->cls == ID_TRANSFORM ?
			    short_args(d->mem, id->name) : id->name,
			    id->table, short_args(d->mem, id->args));
	}
}

/* Where the names stand. */
static bool
find(struct diff *d, struct question *q)
{
	for (size_t i = 0; i < WM_LEN(finders); i++) {
		if (q->asked[i].n == 0)
			continue;
		WM_PGRES *r = ask(d, finders[i].sql, &q->names[i], 4);
		if (r == NULL)
			return false;
		for (int k = 0; k < PQntuples(r); k++) {
			const char *values[] = { pg_col(r, k, "classid"),
				pg_col(r, k, "objid"), pg_col(r, k, "subid") };
			size_t ord = strtoul(pg_col(r, k, "ord"), NULL, 10);
			const char *id = arena_printf(d->mem, "%s/%s",
			    values[0], values[1]);

			params_put(&q->found, WM_LEN(values), values);
			if (strtoul(values[0], NULL, 10) == PG_CAST)
				vec_push(&q->casts, id);
			if (map_get(&q->changes, id) == NULL)
				map_put(&q->changes, id,
				    q->asked[i].v[ord - 1]);
		}
	}
	return true;
}

/* What casts without a function: only its tree says so. */
static bool
find_casters(struct diff *d, struct question *q)
{
	PARAMS p = { .n = 0 };

	for (size_t i = 0; i < q->casts.n; i++) {
		const char *value = strchr(q->casts.v[i], '/') + 1;

		params_put(&p, 1, &value);
	}
	if (q->casts.n == 0)
		return true;
	q->casts.n = 0;

	WM_PGRES *r = ask(d, embed_closure_casters, &p, 1);

	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		const char *values[] = { PQgetvalue(r, i, 0),
			PQgetvalue(r, i, 1), PQgetvalue(r, i, 2) };

		params_put(&q->casters, WM_LEN(values), values);
		vec_push(&q->casts, arena_printf(d->mem, "%d/%s", PG_CAST,
		    values[0]));
		vec_push(&q->casts, arena_strdup(d->mem, PQgetvalue(r, i,
		    3)));
	}
	return r != NULL;
}

/* --- what hangs on it --------------------------------------------------- */

static const char *
node_text(struct diff *d, const struct closure_node *n)
{
	static const struct {
		const char *kind, *word;
	} words[] = { { "r", "table" }, { "p", "table" }, { "v", "view" },
		{ "m", "materialized view" }, { "i", "index" },
		{ "S", "sequence" }, { "f", "function" }, { "w", "function" },
		{ "a", "aggregate" }, { "e", "type" }, { "d", "domain" },
		{ "c", "type" }, { "b", "type" },
		{ "generated", "column" } };
	const char *word = n->kind;

	for (size_t i = 0; i < WM_LEN(words); i++)
		if (strcmp(words[i].kind, n->kind) == 0)
			word = words[i].word;
	if (n->cls == ID_RELATION && strcmp(n->kind, "f") == 0)
		word = "foreign table";
	if (n->cls == ID_EXTENSION)
		return arena_printf(d->mem, "extension \"%s\"", n->nam);
	if (n->sch == NULL && n->cls > ID_OPERATOR)
		return arena_printf(d->mem, "%s \"%s\"", n->kind, n->nam);
	if (n->sch == NULL)
		return n->nam;
	if (n->tab != NULL)
		return arena_printf(d->mem, "%s \"%s\" of \"%s.%s\"", word,
		    n->nam, n->sch, n->tab);
	if (n->cls == ID_FUNCTION || n->cls == ID_OPERATOR)
		return arena_printf(d->mem, "%s \"%s.%s(%s)\"", word, n->sch,
		    n->nam, n->args ? n->args : "");
	return arena_printf(d->mem, "%s \"%s.%s\"", word, n->sch, n->nam);
}

/* What about, a separator, SQL. */
static void
add_fact(struct diff *d, struct closure_node *n, const char *s)
{
	struct closure_fact *f = arena_alloc(d->mem, sizeof(*f));
	const char *sep = strchr(s, '\x1f');

	assert(sep != NULL);
	f->about = arena_strndup(d->mem, s, (size_t)(sep - s));
	f->sql = arena_strdup(d->mem, sep + 1);
	vec_push(&n->restore, f);
}

/* A node, and what of its row is only needed to ask for more. */
struct shown {
	struct closure_node *node;
	unsigned long objid;
	const PGresult *r;
	int row;
};

static struct shown *
load_node(struct diff *d, const PGresult *r, int i)
{
	struct shown *s = arena_alloc(d->mem, sizeof(*s));
	struct closure_node *n = arena_alloc(d->mem, sizeof(*n));

	s->node = n;
	s->r = r;
	s->row = i;
	s->objid = strtoul(pg_col(r, i, "objid"), NULL, 10);
	n->id = arena_printf(d->mem, "%s/%s", pg_col(r, i, "classid"),
	    pg_col(r, i, "objid"));
	n->cls = (int)strtol(pg_col(r, i, "cls"), NULL, 10);
	n->kind = arena_strdup(d->mem, pg_col(r, i, "kind"));
	n->sch = arena_strdup(d->mem, pg_col(r, i, "sch"));
	n->nam = arena_strdup(d->mem, pg_col(r, i, "nam"));
	n->tab = arena_strdup(d->mem, pg_col(r, i, "tab"));
	n->args = arena_strdup(d->mem, pg_col(r, i, "args"));
	n->owner = arena_strdup(d->mem, pg_col(r, i, "owner"));
	n->create_sql = arena_strdup(d->mem, pg_col(r, i, "create_sql"));
	n->drop_sql = arena_strdup(d->mem, pg_col(r, i, "drop_sql"));
	n->text = node_text(d, n);
	return s;
}

/* What is not there comes last, as in SQL. */
static int
compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

static int
by_name(const void *a, const void *b)
{
	const struct shown *s = a, *t = b;
	const struct closure_node *x = s->node, *y = t->node;
	int c = x->cls - y->cls;

	c = c ? c : compare(x->sch, y->sch);
	c = c ? c : compare(x->tab, y->tab);
	c = c ? c : compare(x->nam, y->nam);
	c = c ? c : compare(x->args, y->args);
	return c ? c : (s->objid > t->objid) - (s->objid < t->objid);
}

/* Objects to show, apart by their catalogs; their results live here. */
struct show {
	struct params members[WM_LEN(showers)];
	PGresult *results[WM_LEN(showers)];
	struct vec shown;	/* of struct shown * */
};

static void
show_clear(struct show *s)
{
	for (size_t i = 0; i < WM_LEN(showers); i++) {
		params_clear(&s->members[i]);
		pg_clearp(&s->results[i]);
	}
	vec_clear(&s->shown);
}

/*
 * A table of which columns are asked for stays what it is: nothing but its id
 * is needed.
 */
static void
add_table(struct diff *d, struct catalog *cat, const struct question *q,
    const char *id)
{
	struct closure_node *n = arena_alloc(d->mem, sizeof(*n));
	struct change *c = map_get(&q->changes, id);

	n->id = arena_strdup(d->mem, id);
	n->cls = ID_RELATION;
	n->kind = "r";
	n->nam = c->old->nam;
	n->text = arena_printf(d->mem, "table \"%s\"", n->nam);
	n->change = c;
	n->wanted = true;
	vec_push(&d->nodes, n);
	map_put(&cat->by_id, n->id, n);
	catalog_chain(c, n);
}

/* From what was asked for to all that hangs on it, and is not known yet. */
static bool
walk(struct diff *d, struct catalog *cat, struct question *q,
    struct show *s)
{
	const char *values[6];

	params_end(&q->found, 3, values);
	params_end(&q->casters, 3, values + 3);
	WM_PGRES *r = pg_query(d->db, PG_ROWS, embed_closure_walk,
	    WM_LEN(values), values);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *at[] = { PQgetvalue(r, i, 0),
			PQgetvalue(r, i, 1) };
		unsigned long classid = strtoul(at[0], NULL, 10);
		const char *id = arena_printf(d->mem, "%s/%s", at[0], at[1]);
		const struct change *c = map_get(&q->changes, id);
		size_t k = 0;

		if (map_get(&cat->by_id, id) != NULL)
			continue;
		if (c != NULL && c->fate == FATE_ALTER && !c->rebuild &&
		    classid == PG_CLASS) {
			add_table(d, cat, q, id);
			continue;
		}
		while (showers[k].classid != 0 && showers[k].classid != classid)
			k++;
		params_put(&s->members[k], WM_LEN(at), at);
	}
	return true;
}

static bool
show(struct diff *d, struct show *s)
{
	for (size_t i = 0; i < WM_LEN(showers); i++) {
		if (s->members[i].n == 0)
			continue;
		s->results[i] = ask(d, showers[i].sql, &s->members[i], 2);
		if (s->results[i] == NULL)
			return false;
		for (int k = 0; k < PQntuples(s->results[i]); k++)
			vec_push(&s->shown, load_node(d, s->results[i], k));
	}
	vec_sort(&s->shown, by_name);
	return true;
}

/* What the nodes refer to. */
static bool
add_needs(struct diff *d, const struct show *s)
{
	PARAMS p = { .n = 0 };

	for (size_t i = 0; i < s->shown.n; i++) {
		const struct shown *x = s->shown.v[i];
		const char *values[] = { pg_col(x->r, x->row, "classid"),
			pg_col(x->r, x->row, "objid"), x->node->kind };

		params_put(&p, WM_LEN(values), values);
	}
	WM_PGRES *r = ask(d, embed_closure_needs, &p, 3);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		size_t ord = strtoul(PQgetvalue(r, i, 0), NULL, 10);
		const struct shown *x = s->shown.v[ord - 1];

		vec_push(&x->node->needs,
		    arena_strdup(d->mem, PQgetvalue(r, i, 1)));
	}
	return r != NULL;
}

/* What was done to them since they were made. */
static bool
add_facts(struct diff *d, const struct show *s)
{
	static const char *const cols[] = { "classid", "objid", "comment_on",
		"grant_on", "columns_of", "role", "acl" };
	PARAMS p = { .n = 0 };
	WM_VEC asked = VEC_INIT;

	for (size_t i = 0; i < s->shown.n; i++) {
		const struct shown *x = s->shown.v[i];
		const char *values[WM_LEN(cols)];

		for (size_t k = 0; k < WM_LEN(cols); k++)
			values[k] = pg_col(x->r, x->row, cols[k]);
		if (values[2] == NULL)
			continue;
		params_put(&p, WM_LEN(cols), values);
		vec_push(&asked, x->node);
	}
	if (asked.n > 0) {
		WM_PGRES *r = ask(d, embed_closure_facts, &p, WM_LEN(cols));

		if (r == NULL)
			return false;
		for (int i = 0; i < PQntuples(r); i++)
			add_fact(d, asked.v[strtoul(PQgetvalue(r, i, 0), NULL,
			    10) - 1], PQgetvalue(r, i, 1));
	}
	for (size_t i = 0; i < s->shown.n; i++) {
		const struct shown *x = s->shown.v[i];
		WM_VEC own = VEC_INIT;

		pg_array(d->mem, pg_col(x->r, x->row, "restore"), &own);
		for (size_t k = 0; k < own.n; k++)
			add_fact(d, x->node, own.v[k]);
	}
	return true;
}

void
catalog_chain(struct change *c, struct closure_node *n)
{
	/* what the text makes first is in front */
	if (c->node != NULL && n->part != NULL) {
		n->more = c->node->more;
		c->node->more = n;
		return;
	}
	n->more = c->node;
	c->node = n;
}

/* An object of its own, or of an index of which the index's text makes it. */
static void
place_constraint(struct diff *d, struct closure_node *n, const char *key)
{
	n->change = map_get(&d->by_catalog, key);
	if (n->change == NULL)
		n->part = map_get(&d->by_part, key);
}

/* Which of our objects a node is, or belongs to. */
static void
place(struct diff *d, struct catalog *cat, const struct question *q,
    struct closure_node *n)
{
	const char *key = n->cls != 0 ? node_key(d, n) : NULL;

	n->change = map_get(&q->changes, n->id);
	n->wanted = n->change != NULL;
	if (n->tab != NULL && n->cls == 0) {
		struct ident id = { .cls = ID_RELATION, .schema = n->sch,
			.name = n->tab, .args = "" };

		n->table = map_get(&d->by_catalog, ident_key(d->mem, &id));
		if (!n->wanted && strcmp(n->kind, "constraint") == 0)
			place_constraint(d, n, constraint_key(d, &id,
			    n->nam));
		id.cls = ID_TYPE;
		if (n->table == NULL)
			n->table = map_get(&d->by_catalog, ident_key(d->mem,
			    &id));
	}
	if (!n->wanted && key != NULL) {
		n->change = map_get(&d->by_catalog, key);
		if (n->change == NULL)
			n->part = map_get(&d->by_part, key);
	}
	vec_push(&d->nodes, n);
	map_put(&cat->by_id, n->id, n);
	if (key != NULL)
		map_put(&cat->by_key, key, n);
	if (n->change != NULL)
		catalog_chain(n->change, n);
}

bool
catalog_fetch(struct diff *d, struct catalog *cat, const struct vec *start)
{
	WM_CLEANUP(question_clear) struct question q = { .found = { .n = 0 } };
	WM_CLEANUP(show_clear) struct show s = { .shown = VEC_INIT };

	for (size_t i = 0; i < start->n; i++)
		ask_change(d, cat, &q, start->v[i]);
	if (!find(d, &q) || !find_casters(d, &q))
		return false;
	if (q.found.n == 0)
		return true;
	if (!walk(d, cat, &q, &s) || !show(d, &s))
		return false;
	if (s.shown.n == 0)
		return true;
	index_catalog(d);
	for (size_t i = 0; i < s.shown.n; i++)
		place(d, cat, &q, ((struct shown *)s.shown.v[i])->node);
	for (size_t i = 0; i < q.casts.n; i += 2) {
		struct closure_node *n = map_get(&cat->by_id, q.casts.v[i + 1]);

		if (n != NULL)
			vec_push(&n->needs, q.casts.v[i]);
	}
	return add_needs(d, &s) && add_facts(d, &s);
}

/* Columns that go for good, or get other names. */
static void
gone_columns(struct diff *d, struct params *p, struct vec *out)
{
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		for (size_t k = 0; k < c->touched.n + c->renames.n; k++) {
			const struct alter_column *t = k < c->touched.n ?
			    c->touched.v[k] : c->renames.v[k - c->touched.n];
			const char *values[] = { t->schema, t->table,
				t->name };

			if ((!t->gone && t->to == NULL) || t->constraint)
				continue;
			params_put(p, WM_LEN(values), values);
			vec_push(out, t);
		}
	}
}

bool
node_comes_first(const struct closure_node *n)
{
	return n->survives || strcmp(n->kind, "default") == 0 ||
	    strcmp(n->kind, "generated") == 0 ||
	    strcmp(n->kind, "constraint") == 0;
}

/* Whether a node is back under a column's old name, and follows it. */
static bool
follows(const struct closure_node *n, const struct alter_column *t)
{
	return node_comes_first(n) && n->sch != NULL && n->tab != NULL &&
	    strcmp(n->sch, t->schema) == 0 && strcmp(n->tab, t->table) == 0;
}

static void
refuse_user(const struct closure_node *n, const struct alter_column *t)
{
	if (t->to == NULL) {
		diag_refuse(NULL, "%s, which is not in the record, uses column "
		    "\"%s\" of \"%s.%s\", which is to be dropped", n->text,
		    t->name, t->schema, t->table);
		diag_hint("Drop it, or have it do without that column, "
		    "first.");
		return;
	}
	diag_refuse(NULL, "%s, which is not in the record, uses column \"%s\" "
	    "of \"%s.%s\", which becomes \"%s\" while it has to be out of the "
	    "way", n->text, t->name, t->schema, t->table, t->to);
	diag_hint("Drop it, and make it again afterwards; or rename the column "
	    "in a change of its own.");
}

bool
catalog_users(struct diff *d, const struct catalog *cat)
{
	PARAMS p = { .n = 0 };
	WM_VEC gone = VEC_INIT;

	gone_columns(d, &p, &gone);
	if (gone.n == 0 || d->foreign.n == 0)
		return true;
	WM_PGRES *r = ask(d, embed_closure_users, &p, 3);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		const struct alter_column *t = gone.v[strtoul(PQgetvalue(r, i,
		    0), NULL, 10) - 1];
		const struct closure_node *n = map_get(&cat->by_id,
		    PQgetvalue(r, i, 1));

		if (n == NULL || n->stays_out || follows(n, t) ||
		    !vec_has(&d->foreign, n))
			continue;
		refuse_user(n, t);
	}
	return r != NULL;
}
