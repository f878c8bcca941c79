#include "sql_chosen.h"

#include "sbuf.h"
#include "sql_commands.h"

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

/* cols   of a constraint; NULL: it is a sequence */
static void
note(struct parse *p, struct made *m, const char *column, const char *usual,
    const char *name, const struct vec *cols)
{
	WM_VEC copy = VEC_INIT;

	struct chosen *c;

	if (strcmp(usual, name) == 0)
		return;
	c = arena_alloc(p->mem, sizeof(*c));
	c->column = arena_strdup(p->mem, column);
	c->usual = arena_strdup(p->mem, usual);
	c->name = arena_strdup(p->mem, name);
	for (size_t i = 0; cols != NULL && i < cols->n; i++)
		vec_push(&copy, arena_strdup(p->mem, cols->v[i]));
	vec_settle(&c->cols, p->mem, &copy);
	vec_push(&m->chosen, c);
}

/* Or that the table has got, for one that is taken. */
static bool
has_chosen(const struct made *m, const char *name)
{
	for (size_t i = 0; i < m->chosen.n; i++) {
		const struct chosen *c = m->chosen.v[i];

		if (!c->gone && strcmp(c->name, name) == 0)
			return true;
	}
	return false;
}

/* As the table was called when the name was chosen. */
static const char *
then(const struct parse *p, const struct made *m)
{
	return p->sql.was != NULL ? p->sql.was : m->id.name;
}

static bool
is_free(const struct parse *p, const struct made *m, bool relation,
    const char *name)
{
	return !has_chosen(m, name) && !is_taken(p, m, ID_CONSTRAINT, name) &&
	    (!relation || !is_taken(p, m, ID_RELATION, name));
}

static void
constraint(struct parse *p, struct made *m, const struct con *k, bool added)
{
	bool relation = k->kind != CON_CHECK && k->kind != CON_FOREIGN;
	const char *name = k->name;

	/* the number that it has already, for the table's own sake, or more */
	for (int n = k->number; !k->named; n++) {
		name = con_object_name(p->mem, then(p, m), k, n);
		if (is_free(p, m, relation, name))
			break;
	}
	note(p, m, NULL, k->name, name, &k->cols);
	remember(p, m, ID_CONSTRAINT, name);
	/* one that a statement names is found when that has its owner */
	if (relation && (!added || !k->named))
		remember(p, m, ID_RELATION, name);
}

static void
sequences(struct parse *p, struct made *m, const struct table *t)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *c = t->columns.v[i];
		const char *name;
		int n = 0;

		if (!c->serial && (c->identity == 0 ||
		    sql_option(c->identity_opts, "sequence_name") != NULL))
			continue;
		name = table_object_name(p->mem, then(p, m), c->name, "seq");
		while (!is_free(p, m, true, name))
			name = table_object_name(p->mem, then(p, m), c->name,
			    arena_printf(p->mem, "seq%d", ++n));
		note(p, m, c->name, table_object_name(p->mem, m->id.name,
		    c->name, "seq"), name, NULL);
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

/* What a command drops is called so no more. */
static void
forget(const struct made *m, const struct json *cmd)
{
	const char *sub = json_str(cmd, "subtype");
	const char *name = json_str(cmd, "name");

	if (sub == NULL || name == NULL || (strcmp(sub, "AT_DropColumn") !=
	    0 && strcmp(sub, "AT_DropConstraint") != 0))
		return;
	for (size_t i = 0; i < m->chosen.n; i++) {
		struct chosen *c = m->chosen.v[i];

		if (strcmp(sub, "AT_DropColumn") == 0 ?
		    vec_has_string(&c->cols, name) : strcmp(c->name, name) ==
		    0)
			c->gone = true;
	}
}

static bool
adds(const struct json *cmd)
{
	const char *sub = json_str(cmd, "subtype");

	return sub != NULL && (strcmp(sub, "AT_AddColumn") == 0 ||
	    strcmp(sub, "AT_AddConstraint") == 0);
}

void
chosen_added(struct parse *p, struct made *m, const char *text,
    const struct sql_stmt *st)
{
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	const struct json *cmds = json_get(st->node, "cmds");
	WM_VEC texts = VEC_INIT;
	struct table *t;
	bool any = false;
	size_t i = 0;

	/* keys of ONLY a partitioned table may be objects by themselves */
	if (m == NULL || m->foreign ||
	    !json_bool(json_get(st->node, "relation"), "inh") ||
	    strcmp(m->o->kind->name, "table") != 0)
		return;
	/* what a statement drops goes before it adds anything */
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		forget(m, json_get(j, "AlterTableCmd"));
		any = any || adds(json_get(j, "AlterTableCmd"));
	}
	if (!any)
		return;
	mem = arena_new();
	t = table_read(mem, arena_printf(mem, "create table %s ()",
	    ident_text(mem, &m->id)));
	any = t != NULL && sql_commands(mem, text, st, ident_text(mem, &m->id),
	    &texts);
	for (const struct json *j = cmds->first; any && j && i < texts.n;
	    j = j->next, i++) {
		struct sql_error err;
		struct sql_stmt *one;
		size_t n;

		any = !adds(json_get(j, "AlterTableCmd")) ||
		    (sql_parse(mem, texts.v[i], &one, &n, &err) &&
		    table_alter(mem, t, texts.v[i], one));
	}
	if (any)
		names(p, m, t, true);
	table_clear(t);
}
