#include "sql_lose.h"

#include "sbuf.h"
#include "sql_chosen.h"
#include "table.h"

/* A table as its statements have made it so far; NULL: it is none. */
static struct table *
table_now(struct arena *mem, const struct parse *p, const struct made *m)
{
	WM_SBUF b = SBUF_INIT;

	if (m->gone || m->foreign || m->pieces.n == 0 ||
	    strcmp(m->o->kind->name, "table") != 0)
		return NULL;
	for (size_t i = 0; i < m->pieces.n; i++) {
		const struct piece *k = m->pieces.v[i];

		sbuf_printf(&b, "%.*s\n;", (int)k->len, k->text);
	}
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL && strcmp(a->tag, "AlterTableStmt") == 0 &&
		    wm_is(a->id.name, m->id.name) &&
		    wm_is(a->id.schema, m->id.schema))
			sbuf_printf(&b, "%.*s\n;", (int)a->piece.len,
			    a->piece.text);
	}
	return table_read(mem, sbuf_take(&b, mem));
}

/* Whether a statement refers to an object. */
static bool
text_names(struct arena *mem, const char *text, const struct made *with)
{
	const char *schema = with->id.schema ? with->id.schema : "";
	struct sql_error err;
	struct sql_stmt *st;
	WM_VEC refs = VEC_INIT;
	bool found = false;
	size_t n;

	if (!sql_parse(mem, text, &st, &n, &err))
		return false;
	refs_of_stmts(mem, text, st, n, &refs);
	for (size_t i = 0; i < refs.n && !found; i++) {
		const struct ref *r = refs.v[i];

		found = (r->classes & (int)with->id.cls) != 0 && !r->soft &&
		    wm_is(r->name, with->id.name) && wm_is(r->schema, schema);
	}
	return found;
}

/* "alter table m DROP", to be read with the others. */
static void
drops(struct parse *p, const struct made *m, const char *what,
    const char *name, const char *rest, const struct loc *at)
{
	struct attached *a = arena_alloc(p->mem, sizeof(*a));

	a->id = m->id;
	a->tag = "AlterTableStmt";
	a->at = *at;
	a->folds = true;
	a->piece.text = arena_printf(p->mem, "alter table %s %s %s%s",
	    ident_text(p->mem, &m->id), what, sql_quoted(p->mem, name), rest);
	a->piece.len = strlen(a->piece.text);
	vec_push(&p->sql.attached, a);
}

static void
drop_con(struct parse *p, const struct made *m, const struct con *k,
    const struct loc *at)
{
	const char *name = k->name;

	for (size_t i = 0; i < m->chosen.n && !k->named; i++) {
		const struct chosen *c = m->chosen.v[i];

		if (c->column == NULL && wm_is(c->usual, name))
			name = c->name;
	}
	drops(p, m, "drop constraint if exists", name, "", at);
}

static void
drop_column(struct parse *p, const struct made *m, const char *name,
    const struct loc *at, struct vec *out)
{
	struct lost_column *c = arena_alloc(p->mem, sizeof(*c));

	drops(p, m, "drop column if exists", name, "", at);
	c->of = m;
	c->name = arena_strdup(p->mem, name);
	vec_push(out, c);
}

static void
lose(struct parse *p, const struct made *m, const struct made *with,
    const struct loc *at, struct vec *out_cols)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct table *t = table_now(mem, p, m);

	for (size_t i = 0; t != NULL && i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (text_names(mem, arena_printf(mem, "alter table t add %s",
		    k->text), with))
			drop_con(p, m, k, at);
	}
	for (size_t i = 0; t != NULL && i < t->columns.n; i++) {
		const struct column *c = t->columns.v[i];

		if (text_names(mem, arena_printf(mem, "create table t (c %s "
		    "%s)", c->type_text, c->generated_text ?
		    c->generated_text : ""), with))
			drop_column(p, m, c->name, at, out_cols);
		else if (c->dflt_text != NULL && text_names(mem, arena_printf(
		    mem, "alter table t alter c set default %s",
		    c->dflt_text), with))
			drops(p, m, "alter column", c->name, " drop default",
			    at);
	}
	table_clear(t);
}

/* Whether a table has ever named it: a quick look. */
static bool
may_name(const struct parse *p, const struct made *m,
    const struct made *with)
{
	for (size_t i = 0; i < m->refs.n; i++)
		if (wm_is(((struct ref *)m->refs.v[i])->name, with->id.name))
			return true;
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		for (size_t k = 0; k < a->refs.n && a->tag != NULL &&
		    wm_is(a->id.name, m->id.name); k++)
			if (wm_is(((struct ref *)a->refs.v[k])->name,
			    with->id.name))
				return true;
	}
	return false;
}

void
lose_parts(struct parse *p, const struct made *with, const struct loc *at,
    struct vec *out_cols)
{
	size_t n = p->sql.made.n;

	for (size_t i = 0; i < n; i++) {
		const struct made *m = p->sql.made.v[i];

		if (m != with && !m->gone && may_name(p, m, with))
			lose(p, m, with, at, out_cols);
	}
}

/* Whether a foreign key refers to a table, by these columns. */
static bool
rests_on(const struct con *k, const struct ident *table,
    const struct vec *cols, bool any)
{
	const struct json *rv = json_get(k->node, "pktable");
	const struct json *list = json_get(k->node, "pk_attrs");
	const char *schema = json_str(rv, "schemaname");
	size_t n = 0, found = 0;

	if (k->kind != CON_FOREIGN || !wm_is(json_str(rv, "relname"),
	    table->name) || !wm_is(schema ? schema : IDENT_SCHEMA,
	    table->schema))
		return false;
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		n++;
		found += vec_has_string(cols, sql_string(j));
	}
	return any ? found > 0 : found == n && n == cols->n;
}

void
lose_keys(struct parse *p, const struct ident *table, const struct vec *cols,
    bool any, const struct loc *at)
{
	size_t n = p->sql.made.n;

	for (size_t i = 0; i < n; i++) {
		WM_CLEANUP(arena_freep) struct arena *mem = NULL;
		const struct made *m = p->sql.made.v[i];
		const struct made with = { .id = *table };
		struct table *t;

		if (m->gone || !may_name(p, m, &with))
			continue;
		mem = arena_new();
		t = table_now(mem, p, m);
		for (size_t k = 0; t != NULL && k < t->cons.n; k++)
			if (rests_on(t->cons.v[k], table, cols, any))
				drop_con(p, m, t->cons.v[k], at);
		table_clear(t);
	}
}

void
lose_by_command(struct parse *p, const struct ident *table,
    const struct json *cmd, const struct loc *at)
{
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	const char *how = json_str(cmd, "behavior");
	const char *sub = json_str(cmd, "subtype");
	const char *name = json_str(cmd, "name");
	const struct made *m = sql_find(p, table);
	WM_VEC cols = VEC_INIT;
	struct table *t;

	if (!wm_is(how, "DROP_CASCADE") || m == NULL || name == NULL)
		return;
	if (wm_is(sub, "AT_DropColumn")) {
		vec_push(&cols, name);
		lose_keys(p, &m->id, &cols, true, at);
		return;
	}
	mem = arena_new();
	t = table_now(mem, p, m);
	for (size_t i = 0; t != NULL && i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (wm_is(k->name, name) && (k->kind == CON_PRIMARY ||
		    k->kind == CON_UNIQUE))
			lose_keys(p, &m->id, &k->cols, false, at);
	}
	table_clear(t);
}
