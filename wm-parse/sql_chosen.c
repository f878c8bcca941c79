#include "sql_chosen.h"

#include "sbuf.h"

/* As many names of one kind as a table is thought to have. */
enum { MOST = 1000 };

/* A name that nothing else has, which is not the table's own. */
static bool
is_taken(const struct parse *p, const struct made *m, int cls,
    const char *name)
{
	const struct made *o = sql_bare(p, cls, m->id.schema, name);

	return o != NULL && o != m && !o->foreign;
}

static void
remember(struct parse *p, struct made *m, enum ident_class cls,
    const char *name)
{
	struct ident id = { .cls = cls, .schema = m->id.schema,
		.name = arena_strdup(p->mem, name) };

	if (sql_bare(p, (int)cls, id.schema, id.name) == NULL)
		sql_register(p, m, &id);
}

static void
note(struct parse *p, struct made *m, const char *column, const char *usual,
    const char *name)
{
	struct chosen *c;

	if (strcmp(usual, name) == 0)
		return;
	c = arena_alloc(p->mem, sizeof(*c));
	c->column = arena_strdup(p->mem, column);
	c->usual = arena_strdup(p->mem, usual);
	c->name = arena_strdup(p->mem, name);
	vec_push(&m->chosen, c);
}

/* Or that the table has got, for one that is taken. */
static bool
has_chosen(const struct made *m, const char *name)
{
	for (size_t i = 0; i < m->chosen.n; i++)
		if (strcmp(((struct chosen *)m->chosen.v[i])->name, name) == 0)
			return true;
	return false;
}

static const char *
numbered(struct arena *mem, const char *table, const char *cols,
    const char *label, int n)
{
	return table_object_name(mem, table, cols, n == 0 ? label :
	    arena_printf(mem, "%s%d", label, n));
}

/*
 * The first that is free of "t_c_label", "t_c_label1" ...
 *
 * n   the number that the usual name has already, for the table's own sake
 */
static const char *
choose(const struct parse *p, const struct made *m, int classes,
    const char *cols, const char *label, int n)
{
	const char *table = p->sql.was != NULL ? p->sql.was : m->id.name;
	const char *name = numbered(p->mem, table, cols, label, n);

	while (has_chosen(m, name) || is_taken(p, m, ID_CONSTRAINT, name) ||
	    ((classes & ID_RELATION) != 0 && is_taken(p, m, ID_RELATION,
	    name)))
		name = numbered(p->mem, table, cols, label, ++n);
	return name;
}

/* A constraint's columns, as they stand in its name; NULL: they do not. */
static const char *
columns_text(struct arena *mem, const struct con *k)
{
	WM_SBUF b = SBUF_INIT;

	if (k->kind == CON_PRIMARY || (k->kind == CON_CHECK &&
	    k->cols.n != 1))
		return NULL;
	for (size_t i = 0; i < k->cols.n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? "_" : "",
		    (const char *)k->cols.v[i]);
	return sbuf_take(&b, mem);
}

static void
constraint(struct parse *p, struct made *m, const struct con *k, bool added)
{
	static const struct {
		enum con_kind kind;
		const char *label;
		int classes;	/* that its name must not be taken in */
	} rows[] = { { CON_PRIMARY, "pkey", ID_RELATION },
		{ CON_UNIQUE, "key", ID_RELATION },
		{ CON_EXCLUDE, "excl", ID_RELATION },
		{ CON_CHECK, "check", 0 }, { CON_FOREIGN, "fkey", 0 } };
	const char *name = k->name, *cols;
	size_t i = 0;
	int n = 0;

	while (rows[i].kind != k->kind)
		i++;
	cols = columns_text(p->mem, k);
	while (!k->named && n < MOST && strcmp(numbered(p->mem, m->id.name,
	    cols, rows[i].label, n), name) != 0)
		n++;
	if (!k->named && n < MOST)
		name = choose(p, m, rows[i].classes, cols, rows[i].label, n);
	note(p, m, NULL, k->name, name);
	remember(p, m, ID_CONSTRAINT, name);
	/* one that a statement names is found when that has its owner */
	if (rows[i].classes != 0 && (!added || !k->named))
		remember(p, m, ID_RELATION, name);
}

static void
sequences(struct parse *p, struct made *m, const struct table *t)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *c = t->columns.v[i];
		const char *name;

		if (!c->serial && (c->identity == 0 ||
		    sql_option(c->identity_opts, "sequence_name") != NULL))
			continue;
		name = choose(p, m, ID_RELATION, c->name, "seq", 0);
		note(p, m, c->name, table_object_name(p->mem, m->id.name,
		    c->name, "seq"), name);
		remember(p, m, ID_RELATION, name);
	}
}

static void
names(struct parse *p, struct made *m, const struct table *t, bool added)
{
	for (size_t i = 0; i < t->cons.n; i++)
		constraint(p, m, t->cons.v[i], added);
	sequences(p, m, t);
}

void
chosen_names(struct parse *p, struct made *m, const struct table *t)
{
	names(p, m, t, false);
}

void
chosen_settle(const struct parse *p, struct made *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->chosen.n; i++) {
		struct chosen *c = m->chosen.v[i];
		const struct made *o = c->column == NULL ? NULL : sql_bare(p,
		    ID_RELATION, m->id.schema, c->usual);

		if (o == NULL || o == m || o->foreign || o->gone ||
		    strcmp(o->id.name, c->usual) != 0 || o->place > m->place)
			m->chosen.v[n++] = c;
	}
	m->chosen.n = n;
}

/* Whether a statement adds what the server has to find a name for. */
static bool
adds_nameless(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const char *sub = json_str(cmd, "subtype");

		if (sub != NULL && (strcmp(sub, "AT_AddColumn") == 0 ||
		    strcmp(sub, "AT_AddConstraint") == 0))
			return true;
	}
	return false;
}

void
chosen_added(struct parse *p, struct made *m, const char *text,
    const struct sql_stmt *st)
{
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	struct table *t;

	/* keys of ONLY a partitioned table may be objects by themselves */
	if (m == NULL || m->foreign || !adds_nameless(st) ||
	    !json_bool(json_get(st->node, "relation"), "inh") ||
	    strcmp(m->o->kind->name, "table") != 0)
		return;
	mem = arena_new();
	t = table_read(mem, arena_printf(mem, "create table %s ()",
	    ident_text(mem, &m->id)));
	if (t != NULL && table_alter(mem, t, text, st))
		names(p, m, t, true);
	table_clear(t);
}
