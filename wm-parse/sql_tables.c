/* What a table and an index bring beside themselves. */
#include "sql_reader.h"


#include "phrase.h"
#include "sql_chosen.h"
#include "table.h"

/* Indexes and sequences that come with a table. */
void
sql_table_parts(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	struct table *t = table_parse(r->mem, r->text, st, 1);
	const struct json *inh = json_get(st->node, "inhRelations"), *rv;
	struct ident *id;

	m->typed = json_get(st->node, "ofTypename") != NULL;
	for (const struct json *j = inh ? inh->first : NULL; j; j = j->next) {
		rv = json_get(j, "RangeVar");
		id = arena_alloc(r->p->mem, sizeof(*id));
		id->cls = ID_RELATION;
		id->name = arena_strdup(r->p->mem, json_str(rv, "relname"));
		id->schema = json_str(rv, "schemaname") ? arena_strdup(
		    r->p->mem, json_str(rv, "schemaname")) : IDENT_SCHEMA;
		vec_push(&m->parents, id);
	}

	if (inh != NULL && inh->first != NULL &&
	    json_get(st->node, "partbound") != NULL) {
		rv = json_get(inh->first, "RangeVar");
		m->parent = arena_strdup(r->p->mem, json_str(rv, "relname"));
		m->parent_schema = arena_strdup(r->p->mem, json_str(rv,
		    "schemaname") ? json_str(rv, "schemaname") :
		    IDENT_SCHEMA);
	}
	if (t != NULL)
		chosen_names(r->p, m, t);
	table_clear(t);
}

/* The column that a comment inside of a CREATE TABLE is about. */
static const char *
column_at(const struct reader *r, const struct sql_stmt *st, size_t comment)
{
	const struct json *elts = json_get(st->node, "tableElts");
	const char *before = NULL, *after = NULL;
	size_t line = comment;
	bool alone;

	while (line > 0 && r->text[line - 1] != '\n')
		line--;
	alone = line + strspn(r->text + line, " \t") == comment;
	for (const struct json *j = elts ? elts->first : NULL; j;
	    j = j->next) {
		const struct json *col = json_get(j, "ColumnDef");
		size_t at = (size_t)json_int(col, "location", -1);

		if (col == NULL)
			continue;
		if (at < comment)
			before = json_str(col, "colname");
		else if (after == NULL)
			after = json_str(col, "colname");
	}
	return alone ? after : before;
}

/* What follows "renamed from:", to the end of the line. */
static const char *
rename_source(struct arena *mem, const char *s, const char *end)
{
	s += sizeof(SQL_RENAMED) - 1;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (end > s && strchr(" \t\r", end[-1]) != NULL)
		end--;
	return arena_strndup(mem, s, (size_t)(end - s));
}

/* Comments that tell what a table and its columns were called before. */
void
sql_table_renames(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	struct arena *mem = r->p->mem;
	struct vec *delta = &m->o->delta;
	const char *s = r->text;

	if (r->p->sql.renamed != NULL) {
		const char *schema, *name;

		ident_split(mem, r->p->sql.renamed, &schema, &name);
		vec_push(delta, arena_printf(mem, "from %s.%s",
		    sql_quoted(mem, schema), sql_quoted(mem, name)));
		if (strcmp(name, m->id.name) != 0)
			vec_push(delta, arena_printf(mem, "rename table to %s",
			    sql_quoted(mem, m->id.name)));
		if (strcmp(schema, m->id.schema) != 0)
			vec_push(delta, arena_printf(mem, "move to %s",
			    sql_quoted(mem, m->id.schema)));
		r->p->sql.renamed = NULL;
	}
	while ((s = strstr(s, SQL_RENAMED)) != NULL) {
		const char *end = s + strcspn(s, "\n"), *col, *old;
		const char *dash = s;

		while (dash > r->text && strchr(" \t", dash[-1]) != NULL)
			dash--;
		if (dash - r->text >= 2 && dash[-1] == '-' &&
		    dash[-2] == '-') {
			col = column_at(r, st, (size_t)(dash - 2 - r->text));
			old = rename_source(mem, s, end);
			if (col != NULL && *old != '\0')
				vec_push(delta, arena_printf(mem,
				    "rename %s %s", old, sql_quoted(mem, col)));
		}
		s = end;
	}
}

/* Columns in expressions and behind, without which there is no such index. */
static void
read_columns(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	static const char *const lists[] = { "indexParams",
		"indexIncludingParams", "whereClause", "exprs" };
	WM_VEC names = VEC_INIT;

	for (size_t i = 0; i < WM_LEN(lists); i++) {
		const struct json *l = json_get(st->node, lists[i]);

		tree_columns(l, &names);
		for (const struct json *j = l ? l->first : NULL; j;
		    j = j->next) {
			const char *name = json_str(json_get(j, "IndexElem"),
			    "name");

			if (name == NULL)
				name = json_str(json_get(j, "StatsElem"),
				    "name");
			if (name != NULL)
				vec_push(&names, name);
		}
	}
	for (size_t i = 0; i < names.n; i++)
		vec_push(&m->reads, arena_strdup(r->p->mem, names.v[i]));
}

void
sql_index_facts(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	const struct json *rel = json_get(st->node, "relation");
	const struct json *cols = json_get(st->node, "indexParams");
	const char *schema = json_str(rel, "schemaname");

	m->on_schema = arena_strdup(r->p->mem, schema ? schema :
	    IDENT_SCHEMA);
	m->on_table = arena_strdup(r->p->mem, json_str(rel, "relname"));
	m->only = !json_bool(rel, "inh");
	m->unique = json_bool(st->node, "unique") &&
	    json_get(st->node, "whereClause") == NULL;
	for (const struct json *j = cols ? cols->first : NULL; j;
	    j = j->next) {
		const char *name = json_str(json_get(j, "IndexElem"), "name");

		m->unique = m->unique && name != NULL;
		vec_push(&m->cols, arena_strdup(r->p->mem, name ? name : ""));
	}
	read_columns(r, m, st);
}

void
sql_statistics_table(struct reader *r, struct made *m,
    const struct sql_stmt *st)
{
	const struct json *from = json_get(st->node, "relations");
	const struct json *rv = json_get(from ? from->first : NULL,
	    "RangeVar");
	const char *schema = json_str(rv, "schemaname");

	m->of_schema = schema ? arena_strdup(r->p->mem, schema) : IDENT_SCHEMA;
	m->of_table = arena_strdup(r->p->mem, json_str(rv, "relname"));
	read_columns(r, m, st);
}

/*
 * The name that the server will choose for an index without one (source:
 * ChooseIndexNameAddition in PostgreSQL's indexcmds.c).
 */
void
sql_index_name(struct reader *r, const struct sql_stmt *st, struct ident *id)
{
	const struct json *rel = json_get(st->node, "relation");
	const char *schema = json_str(rel, "schemaname");
	const char *lists[] = { "indexParams", "indexIncludingParams" };
	WM_SBUF b = SBUF_INIT;
	const char *label = "idx";

	memset(id, 0, sizeof(*id));
	id->cls = ID_RELATION;
	id->schema = schema ? schema : IDENT_SCHEMA;
	for (size_t l = 0; l < WM_LEN(lists); l++) {
		const struct json *cols = json_get(st->node, lists[l]);

		for (const struct json *j = cols ? cols->first : NULL; j;
		    j = j->next) {
			const struct json *e = json_get(j, "IndexElem");
			const struct json *f = json_get2(e, "expr",
			    "FuncCall");
			const char *name = json_str(e, "name");

			if (name == NULL && f != NULL && json_get(f,
			    "funcname") != NULL)
				name = sql_string(json_get(f,
				    "funcname")->last);
			sbuf_printf(&b, "%s%s", b.len ? "_" : "", name ? name :
			    "expr");
		}
	}
	for (int n = 1;; n++) {
		id->name = table_object_name(r->mem, json_str(rel, "relname"),
		    sbuf_str(&b), label);
		if (sql_bare(r->p, ID_RELATION, id->schema, id->name) == NULL)
			return;
		label = arena_printf(r->mem, "idx%d", n);
	}
}

const char *
sql_index_named(struct reader *r, const struct sql_stmt *st)
{
	struct phrase w;
	struct ident id;
	size_t on;

	if (json_str(st->node, "idxname") != NULL ||
	    !phrase_scan(r->mem, r->text, &w))
		return r->text;
	on = phrase_find(&w, 0, "on");
	if (on == w.n)
		return r->text;
	sql_index_name(r, st, &id);
	return arena_printf(r->mem, "%.*s%s %s", (int)w.t[on].off, r->text,
	    sql_quoted(r->mem, id.name), r->text + w.t[on].off);
}

/* The index with another name for a column, in its own statement. */
static void
rename_in_index(struct reader *r, struct made *index, const char *old,
    const char *name)
{
	struct piece *k = index->pieces.n > 0 ? index->pieces.v[0] : NULL;
	WM_SBUF b = SBUF_INIT;
	struct phrase w;
	size_t at = 0;

	if (k == NULL || !phrase_scan(r->mem, arena_strndup(r->mem, k->text,
	    k->len), &w))
		return;
	for (size_t i = phrase_find(&w, 0, "("); i < w.n; i++) {
		const char *schema, *s;

		ident_split(r->mem, phrase_slice(&w, i, i + 1), &schema, &s);
		if (strcmp(s, old) != 0 || phrase_is(&w, i + 1, "(") ||
		    phrase_is(&w, i + 1, ".") || w.text[w.t[i].off] == '\'')
			continue;
		sbuf_printf(&b, "%.*s%s", (int)(w.t[i].off - at), w.text + at,
		    sql_quoted(r->mem, name));
		at = phrase_end(&w, i);
	}
	if (at == 0)
		return;
	sbuf_puts(&b, w.text + at);
	k->text = sbuf_take(&b, r->p->mem);
	k->len = strlen(k->text);
	k->src = NULL;
	for (size_t i = 0; i < index->cols.n; i++)
		if (strcmp(index->cols.v[i], old) == 0)
			index->cols.v[i] = arena_strdup(r->p->mem, name);
	for (size_t i = 0; i < index->reads.n; i++)
		if (strcmp(index->reads.v[i], old) == 0)
			index->reads.v[i] = arena_strdup(r->p->mem, name);
}

/* Whether an index, or extended statistics, is about a table. */
static bool
is_on(const struct made *m, const char *schema, const char *table)
{
	const char *name = m->on_table != NULL ? m->on_table : m->of_table;
	const char *in = m->on_table != NULL ? m->on_schema : m->of_schema;

	return name != NULL && strcmp(name, table) == 0 &&
	    strcmp(in, schema) == 0;
}

/* Indexes are made behind all that is said of their table. */
static void
column_goes(struct reader *r, const struct json *rv, const char *col,
    const char *name)
{
	const char *schema = json_str(rv, "schemaname");
	const char *table = json_str(rv, "relname");

	schema = schema ? schema : IDENT_SCHEMA;
	for (size_t i = 0; table && col && i < r->p->sql.made.n; i++) {
		struct made *m = r->p->sql.made.v[i];

		if (m->gone || m->reads.n == 0 || !is_on(m, schema, table))
			continue;
		if (name != NULL)
			rename_in_index(r, m, col, name);
		else if (vec_has_string(&m->reads, col))
			sql_forget(r, m);
	}
}

void
sql_columns(struct reader *r, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const struct json *rv = json_get(st->node, "relation");
	const char *type = json_str(st->node, "renameType");

	if (strcmp(st->tag, "RenameStmt") == 0 && type != NULL &&
	    strcmp(type, "OBJECT_COLUMN") == 0)
		column_goes(r, rv, json_str(st->node, "subname"),
		    json_str(st->node, "newname"));
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const char *sub = json_str(cmd, "subtype");

		if (sub != NULL && strcmp(sub, "AT_DropColumn") == 0)
			column_goes(r, rv, json_str(cmd, "name"), NULL);
	}
}

/* CREATE INDEX CONCURRENTLY cannot run in a transaction; nor has it to. */
void
sql_cut_concurrently(struct reader *r, const struct sql_stmt *st)
{
	struct sql_token *t;
	size_t n;

	if (!json_bool(st->node, "concurrent") ||
	    !sql_scan(r->mem, r->text, &t, &n))
		return;
	for (size_t i = 1; i < n; i++) {
		if (!sql_token_is(r->text, &t[i], "concurrently"))
			continue;
		r->piece.text = arena_printf(r->p->mem, "%.*s%s",
		    (int)t[i].off, r->text, r->text + t[i].off +
		    strspn(r->text + t[i].off + 12, " \t\n") + 12);
		r->piece.len = strlen(r->piece.text);
		r->piece.src = NULL;
		return;
	}
}
