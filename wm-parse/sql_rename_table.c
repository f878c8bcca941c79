/* Tables as far as they have been read: what renaming has to know of them. */
#include "sql_rename.h"

#include "sbuf.h"

/*
 * Statements about what is called so, in whatever schema; those that have been
 * read since somebody asked last are put where they belong.
 */
static const struct vec *
said_of(struct parse *p, const struct ident *id)
{
	for (; p->sql.n_about < p->sql.attached.n; p->sql.n_about++) {
		const struct attached *a = p->sql.attached.v[p->sql.n_about];
		struct vec *list;

		if (a->id.name == NULL)
			continue;
		list = map_get(&p->sql.about, a->id.name);
		if (list == NULL) {
			list = arena_alloc(p->mem, sizeof(*list));
			map_put(&p->sql.about, a->id.name, list);
			vec_push(&p->sql.abouts, list);
		}
		vec_push(list, a);
	}
	return map_get(&p->sql.about, id->name);
}

const char *
rename_table_text(struct reader *r, const struct ident *id)
{
	const struct vec *about;
	const struct made *m = sql_bare(r->p, ID_RELATION, id->schema,
	    id->name);
	WM_SBUF b = SBUF_INIT;

	if (m == NULL || m->foreign || m->pieces.n == 0)
		return NULL;
	for (size_t i = 0; i < m->pieces.n; i++) {
		const struct piece *k = m->pieces.v[i];

		sbuf_printf(&b, "%.*s;\n", (int)k->len, k->text);
	}
	about = said_of(r->p, id);
	for (size_t i = 0; about != NULL && i < about->n; i++) {
		const struct attached *a = about->v[i];

		if (rename_same(&a->id, id))
			sbuf_printf(&b, "%.*s;\n", (int)a->piece.len,
			    a->piece.text);
	}
	return sbuf_take(&b, r->mem);
}

static void
column_goes(struct vec *cols, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; cols->v != NULL && i < cols->n; i++)
		if (name == NULL || strcmp(cols->v[i], name) != 0)
			cols->v[n++] = cols->v[i];
	cols->n = n;
}

/* The columns of a CREATE TABLE; those of other tables are not in its text. */
static bool
columns_made(const struct sql_stmt *st, struct vec *cols)
{
	const struct json *list = json_get(st->node, "tableElts");

	if (strcmp(st->tag, "CreateStmt") != 0 ||
	    json_get(st->node, "inhRelations") != NULL ||
	    json_get(st->node, "ofTypename") != NULL)
		return false;
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		if (json_get(j, "TableLikeClause") != NULL)
			return false;
		if (json_get(j, "ColumnDef") != NULL)
			vec_push(cols, json_str(json_get(j, "ColumnDef"),
			    "colname"));
	}
	return true;
}

/* What a later statement about the table does to them. */
static void
columns_change(const struct sql_stmt *st, struct vec *cols)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const char *type = json_str(st->node, "renameType");

	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const char *sub = json_str(cmd, "subtype");

		if (sub != NULL && strcmp(sub, "AT_AddColumn") == 0)
			vec_push(cols, json_str(json_get2(cmd, "def",
			    "ColumnDef"), "colname"));
		if (sub != NULL && strcmp(sub, "AT_DropColumn") == 0)
			column_goes(cols, json_str(cmd, "name"));
	}
	if (strcmp(st->tag, "RenameStmt") != 0 || type == NULL ||
	    strcmp(type, "OBJECT_COLUMN") != 0)
		return;
	for (size_t i = 0; i < cols->n; i++)
		if (strcmp(cols->v[i], json_str(st->node, "subname")) == 0)
			cols->v[i] = (void *)json_str(st->node, "newname");
}

void
rename_last(const struct reader *r, struct ident *id)
{
	for (size_t i = 0; i < r->renames.n; i++) {
		const struct renaming *k = r->renames.v[i];

		if (k->off <= r->order || k->of_columns || k->part ||
		    !rename_same(&k->from, id))
			continue;
		id->schema = k->schema;
		id->name = k->name;
	}
}

/* The columns that a table has by now, as its statements call them. */
static const struct vec *
columns_now(const struct rename_spot *at, const struct ident *id)
{
	struct arena *mem = at->r->mem;
	const char *key = ident_text(mem, id), *text;
	struct vec *list = map_get(at->tables, key);
	WM_VEC cols = VEC_INIT;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (list != NULL)
		return list;
	list = arena_alloc(mem, sizeof(*list));
	map_put(at->tables, key, list);
	text = rename_table_text(at->r, id);
	if (text == NULL || !sql_parse(mem, text, &st, &n, &err) || n == 0 ||
	    !columns_made(&st[0], &cols))
		return list;
	for (size_t i = 1; i < n; i++)
		columns_change(&st[i], &cols);
	vec_settle(list, mem, &cols);
	return list;
}

bool
rename_columns_at(void *ctx, const char *schema, const char *name,
    struct vec *out)
{
	const struct rename_spot *at = ctx;
	struct ident id = { .cls = ID_RELATION, .schema = schema,
		.name = name };
	const struct vec *now;

	/* it is known by its last name */
	for (size_t i = at->i; i < at->renames->n; i++) {
		const struct renaming *k = at->renames->v[i];

		if (k->of_columns || !rename_same(&k->from, &id))
			continue;
		id.schema = k->schema;
		id.name = k->name;
	}
	now = columns_now(at, &id);
	for (size_t i = 0; i < now->n; i++)
		vec_push(out, now->v[i]);
	for (size_t i = 0; i < at->i && now->n > 0; i++) {
		const struct renaming *k = at->renames->v[i];

		for (size_t c = 0; c < out->n && k->off > at->off &&
		    k->column != NULL && strcmp(k->from.name, name) == 0 &&
		    strcmp(k->from.schema, schema) == 0; c++)
			if (strcmp(k->column, out->v[c]) == 0)
				out->v[c] = (void *)k->to;
	}
	return out->n > 0;
}

bool
rename_reads(struct reader *r, const char *text, const struct ident *table,
    const char *column)
{
	const struct renaming k = { .from = *table, .schema = table->schema,
		.name = table->name, .of_columns = true, .column = column,
		.to = "a name that nothing has" };
	WM_MAP tables = MAP_INIT;
	const struct rename_spot at = { r, &r->renames, r->renames.n, r->order,
		&tables };
	struct rename_text t = { .text = text };
	bool lost = false;

	return rename_column(r->mem, &t, &k, rename_columns_at, (void *)&at,
	    &lost) != text || lost;
}
