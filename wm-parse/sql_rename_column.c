/*
 * ALTER TABLE ... RENAME COLUMN behind what reads the column: views, rules,
 * policies, triggers, functions with BEGIN ATOMIC, foreign keys. The server
 * knows columns by number, so that these go on; texts know them by name, and
 * get the new one.
 *
 * Which table a bare name is of is told by the FROM around it. The statement
 * was right, so that of the tables beside one another only one can have the
 * column; a query inside of another one may have it from its own tables.
 */
#include "sql_rename_impl.h"

#include "sbuf.h"

static void walk(struct edit *e, const struct scope *s, const struct json *j);

/* --- what reads columns --------------------------------------------------- */

/* Whether a bare name at a place is the table's column. */
static bool
is_ours(struct edit *e, const struct scope *s)
{
	bool maybe = false;

	for (; s != NULL; s = s->up) {
		bool other = false;

		if (scope_has_it(s, 0)) {
			if (maybe)
				scope_doubt(e, s, 0);
			return !maybe;
		}
		for (size_t i = 0; i < s->entries.n; i++) {
			enum has has = ((struct entry *)s->entries.v[i])->has;

			other = other || has == HAS_OTHER;
			maybe = maybe || has == HAS_MAYBE;
		}
		if (other)
			return false;
	}
	return false;
}

/* What a name before a point means. */
static const struct entry *
entry_of(const struct scope *s, const char *schema, const char *name)
{
	for (; s != NULL; s = s->up)
		for (size_t i = 0; i < s->entries.n; i++) {
			const struct entry *n = s->entries.v[i];

			if (n->name != NULL && strcmp(n->name, name) == 0 &&
			    (schema == NULL || (n->schema != NULL &&
			    strcmp(n->schema, schema) == 0)))
				return n;
		}
	return NULL;
}

/* The columns that a query yields, where all of them say how they are named. */
static bool
yielded(const struct json *q, struct vec *out)
{
	const struct json *list;

	while (json_get(q, "larg") != NULL)
		q = json_get(q, "larg");
	list = json_get(q, "targetList");
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *t = json_get(j, "ResTarget");
		const struct json *ref = target_names(json_get(t, "val"));
		const char *name = json_str(t, "name");

		if (name == NULL && ref != NULL)
			name = ref_name(ref);
		if (name == NULL)
			return false;
		vec_push(out, name);
	}
	return out->n > 0;
}

/* The columns of one entry, as a star yields them. */
static bool
spell_out(struct edit *e, const struct entry *n, struct sbuf *b)
{
	const struct json *said = n->names ? n->names->first : NULL;
	WM_VEC cols = VEC_INIT;

	if (n->name == NULL || (n->query != NULL ? !yielded(n->query, &cols) :
	    n->of == NULL || !e->columns(e->ctx, n->of_schema, n->of, &cols)))
		return false;
	for (size_t i = 0; i < cols.n; i++) {
		const char *name = said ? sql_string(said) : cols.v[i];
		bool ours = n->has == HAS_IT && e->k->column != NULL &&
		    strcmp(name, e->k->column) == 0;

		sbuf_printf(b, "%s%s.%s", b->len > 0 ? ", " : "", sql_quoted(
		    e->mem, n->name), sql_quoted(e->mem, ours ? e->k->to :
		    name));
		if (ours)
			sbuf_printf(b, " as %s", sql_quoted(e->mem, name));
		said = said ? said->next : NULL;
	}
	return true;
}

/* A star takes the column in, under its name: all are named instead. */
static void
star(struct edit *e, const struct scope *s, const struct json *ref)
{
	const struct json *f = json_get(ref, "fields");
	size_t i = phrase_at(&e->w.p, json_int(ref, "location", -1));
	SCOPE one = { .up = NULL };
	const struct entry *n;
	WM_SBUF b = SBUF_INIT;
	bool known = true;

	if (f->first != f->last) {
		n = entry_of(s, NULL, sql_string(f->first) ?
		    sql_string(f->first) : "");
		if (n != NULL)
			vec_push(&one.entries, (void *)n);
		s = &one;
	}
	if (s == NULL || !scope_has_it(s, 0))
		return;
	for (size_t k = 0; k < s->entries.n; k++)
		known = known && spell_out(e, s->entries.v[k], &b);
	if (!known || s->merged || i >= e->w.p.n) {
		scope_doubt(e, s, 0);
		e->lost = e->lost || e->k->column == NULL;
		return;
	}
	for (; !phrase_is(&e->w.p, i, "*") && i + 1 < e->w.p.n; i++)
		rewrite_put(&e->w, i, 1, "");
	rewrite_put(&e->w, i, 1, sbuf_take(&b, e->mem));
}

/* Returns whether it is the table's column, which has its new name then. */
static bool
column(struct edit *e, const struct scope *s, const struct json *ref)
{
	const struct json *f = json_get(ref, "fields");
	size_t i = phrase_at(&e->w.p, json_int(ref, "location", -1));
	const struct entry *n;
	size_t fields = 0;

	for (const struct json *j = f ? f->first : NULL; j; j = j->next)
		fields++;
	if (fields == 0)
		return false;
	if (e->k->column == NULL || ref_name(ref) == NULL)
		return false;
	/* another table's column, or a name: it must not come to mean ours */
	if (fields == 1 && strcmp(ref_name(ref), e->k->to) == 0)
		for (; s != NULL; s = s->up)
			scope_doubt(e, s, 0);
	if (strcmp(ref_name(ref), e->k->column) != 0)
		return false;
	if (fields == 1 && !is_ours(e, s))
		return false;
	if (fields > 1) {
		n = entry_of(s, fields > 2 ? sql_string(f->first) : NULL,
		    sql_string(fields > 2 ? f->first->next : f->first));
		if (n == NULL || n->has != HAS_IT)
			return false;
	}
	edit_put(e, i + 2 * (fields - 1));
	return true;
}

/* The last token of an item of a list. */
static size_t
item_end(const struct edit *e, size_t i)
{
	static const char *const ends[] = { ",", ";", "from", "into", "where",
		"group", "having", "window", "union", "intersect", "except",
		"order", "limit", "offset", "fetch", "for" };
	int depth = 0;

	for (; i < e->w.p.n; i++) {
		bool end = false;

		if (phrase_is(&e->w.p, i, ")") || phrase_is(&e->w.p, i, "]"))
			end = depth-- == 0;
		else if (phrase_is(&e->w.p, i, "(") ||
		    phrase_is(&e->w.p, i, "["))
			depth++;
		for (size_t k = 0; depth == 0 && k < WM_LEN(ends); k++)
			end = end || phrase_is(&e->w.p, i, ends[k]);
		if (end)
			break;
	}
	return i - 1;
}

/* What a query yields keeps its names. */
static void
targets(struct edit *e, const struct scope *s, const struct json *list)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *t = json_get(j, "ResTarget");
		const struct json *ref = json_str(t, "name") == NULL ?
		    target_names(json_get(t, "val")) : NULL;
		size_t i = phrase_at(&e->w.p, json_int(t, "location", -1));

		if (ref != NULL && ref_is_star(ref) &&
		    json_get2(t, "val", "ColumnRef") == ref) {
			star(e, s, ref);
			continue;
		}
		walk(e, s, json_get(t, "val"));
		if (ref == NULL || !column(e, s, ref) ||
		    i >= e->w.p.n)
			continue;
		rewrite_after(&e->w, item_end(e, i), arena_printf(e->mem,
		    " as %s", sql_quoted(e->mem, e->k->column)));
	}
}

/* ORDER BY: a bare name is first of all one that the query yields. */
static void
sorted(struct edit *e, const struct scope *s, const struct json *list,
    const struct json *q)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *node = json_get2(j, "SortBy", "node");
		const struct json *ref = json_get(node ? node : j,
		    "ColumnRef");
		const struct json *f = json_get(ref, "fields");

		if (f == NULL || f->first != f->last || ref_name(ref) == NULL
		    || query_yields(q, ref_name(ref)) == HAS_NOT)
			walk(e, s, j);
	}
}

/* WITH queries, each of which knows those before it. */
static void
with(struct edit *e, struct scope *s, const struct json *clause)
{
	const struct json *list = json_get(clause, "ctes");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *c = json_get(j, "CommonTableExpr");
		const struct json *names = json_get(c, "aliascolnames");
		const struct json *q = json_get(c, "ctequery");

		scope_add(e, &s->ctes, json_str(c, "ctename"), names != NULL ?
		    list_has(names, e->k->column) ? HAS_OTHER : HAS_MAYBE :
		    json_get(q, "SelectStmt") != NULL ? query_has(e, json_get(
		    q, "SelectStmt")) : HAS_MAYBE);
		walk(e, s, q);
	}
}

static void
from_clause(struct edit *e, struct scope *s, const struct json *list)
{
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		scope_add_from(e, s, j);
}

static void
query(struct edit *e, const struct scope *up, const struct json *q)
{
	SCOPE s = { .up = up };

	with(e, &s, json_get(q, "withClause"));
	if (json_get(q, "larg") != NULL) {
		query(e, &s, json_get(q, "larg"));
		query(e, &s, json_get(q, "rarg"));
		return;	/* ORDER BY has the names that it yields */
	}
	from_clause(e, &s, json_get(q, "fromClause"));
	targets(e, &s, json_get(q, "targetList"));
	sorted(e, &s, json_get(q, "sortClause"), q);
	sorted(e, &s, json_get(q, "distinctClause"), q);
	for (const struct json *j = q->first; j != NULL; j = j->next)
		if (strcmp(j->key, "withClause") != 0 &&
		    strcmp(j->key, "targetList") != 0 &&
		    strcmp(j->key, "sortClause") != 0 &&
		    strcmp(j->key, "distinctClause") != 0)
			walk(e, &s, j);
}

/* What stands inside of another query, but sees only what that is inside of. */
static void
apart(struct edit *e, const struct scope *s, const struct json *j)
{
	const struct scope t = { .up = s != NULL ? s->up : NULL,
		.ctes = s != NULL ? s->ctes : (struct vec)VEC_INIT };

	walk(e, &t, j);
}

/* INSERT, UPDATE, DELETE. */
static void
writes(struct edit *e, const struct scope *up, const struct json *st)
{
	const struct json *rv = json_get(st, "relation");
	const struct json *lists[] = { json_get(st, "cols"),
		json_get(st, "targetList"), json_get2(st, "onConflictClause",
		"targetList") };
	SCOPE s = { .up = up };
	bool ours = edit_is_table(e, rv);

	with(e, &s, json_get(st, "withClause"));
	if (rv != NULL) {
		const struct json *alias = json_get(rv, "alias");
		struct entry *n = scope_add(e, &s.entries, alias ?
		    json_str(alias, "aliasname") : json_str(rv, "relname"),
		    ours ? HAS_IT : HAS_MAYBE);

		n->schema = json_str(rv, "schemaname") ? json_str(rv,
		    "schemaname") : IDENT_SCHEMA;
	}
	from_clause(e, &s, json_get(st, "fromClause"));
	from_clause(e, &s, json_get(st, "usingClause"));
	for (size_t i = 0; i < WM_LEN(lists); i++)
		for (const struct json *j = lists[i] ? lists[i]->first : NULL;
		    j; j = j->next) {
			const struct json *t = json_get(j, "ResTarget");
			const char *name = json_str(t, "name");

			if (ours && name != NULL && e->k->column != NULL &&
			    strcmp(name, e->k->column) == 0)
				edit_put(e, phrase_at(&e->w.p, json_int(t,
				    "location", -1)));
			walk(e, &s, json_get(t, "val"));
		}
	if (ours && json_get2(st, "onConflictClause", "infer") != NULL)
		e->lost = e->lost || (e->k->column != NULL &&
		    strstr(e->w.p.text, e->k->column) != NULL);
	targets(e, &s, json_get(st, "returningList"));
	apart(e, &s, json_get(st, "selectStmt"));
	for (const struct json *j = st->first; j != NULL; j = j->next)
		if (strcmp(j->key, "withClause") != 0 &&
		    strcmp(j->key, "selectStmt") != 0 &&
		    strcmp(j->key, "cols") != 0 &&
		    strcmp(j->key, "targetList") != 0 &&
		    strcmp(j->key, "returningList") != 0)
			walk(e, &s, j);
}

/* REFERENCES table (columns). */
static void
foreign_key(struct edit *e, const struct json *con)
{
	const struct json *rv = json_get(con, "pktable");

	if (rv != NULL && edit_is_table(e, rv) && list_has(json_get(con,
	    "pk_attrs"), e->k->column))
		edit_put_list(e, phrase_at(&e->w.p, json_int(rv, "location",
		    -1)));
}

static void
walk(struct edit *e, const struct scope *s, const struct json *j)
{
	static const struct {
		const char *key;
		void (*fn)(struct edit *, const struct scope *,
		    const struct json *);
	} rows[] = { { "SelectStmt", query }, { "InsertStmt", writes },
		{ "UpdateStmt", writes }, { "DeleteStmt", writes } };

	if (j == NULL)
		return;
	for (size_t i = 0; j->key != NULL && i < WM_LEN(rows); i++)
		if (strcmp(j->key, rows[i].key) == 0) {
			rows[i].fn(e, s, j);
			return;
		}
	if (j->key != NULL && strcmp(j->key, "RangeSubselect") == 0 &&
	    !json_bool(j, "lateral")) {
		apart(e, s, json_get(j, "subquery"));
		return;
	}
	if (j->key != NULL && strcmp(j->key, "ColumnRef") == 0)
		(void)column(e, s, j);
	if (j->key != NULL && strcmp(j->key, "Constraint") == 0)
		foreign_key(e, j);
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk(e, s, k);
}

/* --- statements ----------------------------------------------------------- */

/* Names of the statement's own lists: UPDATE OF, columns of a statistics. */
static void
own_lists(struct edit *e, const struct sql_stmt *st)
{
	const struct json *cols = json_get(st->node, "columns");
	const struct json *exprs = json_get(st->node, "exprs");
	bool statistics = strcmp(st->tag, "CreateStatsStmt") == 0;
	bool named = list_has(cols, e->k->column);
	const char *from = statistics ? "on" : "of";
	const char *to = statistics ? "from" : "on";
	size_t i = 0;

	for (const struct json *j = exprs ? exprs->first : NULL; j;
	    j = j->next) {
		const char *s = json_str(json_get(j, "StatsElem"), "name");

		named = named || (statistics && s != NULL && e->k->column &&
		    strcmp(s, e->k->column) == 0);
	}
	while (named && i < e->w.p.n && !phrase_is(&e->w.p, i, from))
		i++;
	for (; named && i < e->w.p.n && !phrase_is(&e->w.p, i, to); i++)
		edit_put(e, i);
}

/* FOR TABLE name (columns). */
static void
published(struct edit *e, const struct json *j)
{
	const struct json *rv = json_get(j, "relation");

	if (rv != NULL && edit_is_table(e, rv)) {
		SCOPE s = { .up = NULL };

		scope_add_table(e, &s, rv);
		if (list_has(json_get(j, "columns"), e->k->column))
			edit_put_list(e, phrase_at(&e->w.p, json_int(rv,
			    "location", -1)));
		walk(e, &s, json_get(j, "whereClause"));
		return;
	}
	for (const struct json *k = j->first; k != NULL; k = k->next)
		published(e, k);
}

/* Statements that read columns. */
static const struct {
	const char *tag;
	const char *relation;	/* member of what it is on */
	bool rows;		/* ... which it has as OLD and NEW */
	bool plain;		/* ... or by its name */
} rows[] = {
	{ "ViewStmt", NULL, false, false },
	{ "CreateTableAsStmt", NULL, false, false },
	{ "CreateFunctionStmt", NULL, false, false },
	{ "CreateStmt", NULL, false, false },
	{ "AlterTableStmt", NULL, false, false },
	{ "RuleStmt", "relation", true, false },
	{ "CreateTrigStmt", "relation", true, false },
	{ "CreatePolicyStmt", "table", false, true },
	{ "AlterPolicyStmt", "table", false, true },
	{ "CreateStatsStmt", "relations", false, true },
};

static bool
reads_columns(const struct sql_stmt *st)
{
	size_t i = 0;

	if (strcmp(st->tag, "CreateFunctionStmt") == 0)
		return json_get(st->node, "sql_body") != NULL;
	while (i < WM_LEN(rows) && strcmp(rows[i].tag, st->tag) != 0)
		i++;
	return i < WM_LEN(rows) || strstr(st->tag, "PublicationStmt") != NULL;
}

/* What a statement is about besides what stands in its FROMs. */
static void
statement(struct edit *e, const struct sql_stmt *st)
{
	SCOPE s = { .up = NULL };
	size_t i = 0;

	if (strstr(st->tag, "PublicationStmt") != NULL)
		published(e, st->node);
	while (i < WM_LEN(rows) && strcmp(rows[i].tag, st->tag) != 0)
		i++;
	if (i == WM_LEN(rows))
		return;
	if (rows[i].relation != NULL) {
		const struct json *rv = json_get(st->node, rows[i].relation);

		if (rv != NULL && rv->type == JSON_ARRAY)
			rv = json_get(rv->first, "RangeVar");
		if (rows[i].plain && rv != NULL) {
			struct entry *n = scope_add(e, &s.entries, json_str(rv,
			    "relname"), edit_is_table(e, rv) ? HAS_IT :
			    HAS_MAYBE);

			n->schema = json_str(rv, "schemaname") ? json_str(rv,
			    "schemaname") : IDENT_SCHEMA;
		}
		if (rows[i].rows && edit_is_table(e, rv)) {
			scope_add(e, &s.entries, "new", HAS_IT)->named_only =
			    true;
			scope_add(e, &s.entries, "old", HAS_IT)->named_only =
			    true;
		}
		if (edit_is_table(e, rv))
			own_lists(e, st);
	}
	/* of a function, only what is no string */
	if (strcmp(st->tag, "CreateFunctionStmt") == 0)
		walk(e, &s, json_get(st->node, "sql_body"));
	else
		walk(e, &s, st->node);
}

const char *
rename_column(struct arena *mem, struct rename_text *t,
    const struct renaming *k, rename_columns_fn *columns, void *ctx,
    bool *out_lost)
{
	const char *text = t->text;
	const struct sql_stmt *st;
	struct edit e = { .mem = mem, .k = k, .columns = columns,
		.ctx = ctx };

	if (strcasestr(text, k->from.name) == NULL ||
	    (k->column == NULL && strchr(text, '*') == NULL))
		return text;
	st = rename_statement(mem, t);
	if (st == NULL || !reads_columns(st) || !rename_scan(mem, t, &e.w))
		return text;
	/* the table's own statements run before its column is renamed */
	if (edit_is_table(&e, json_get(st->node, "relation")) &&
	    (strcmp(st->tag, "CreateStmt") == 0 ||
	    strcmp(st->tag, "AlterTableStmt") == 0))
		return text;
	do {
		rewrite_reset(&e.w);
		e.unsure = false;
		statement(&e, st);
	} while (e.unsure && !e.lost);
	vec_clear(&e.aliased);
	*out_lost = *out_lost || e.lost;
	return e.lost ? text : rewrite_text(&e.w);
}

/* Whether an ALTER TABLE gives the table columns, or takes any. */
static bool
changes_columns(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j; j = j->next) {
		const char *sub = json_str(json_get(j, "AlterTableCmd"),
		    "subtype");

		if (sub != NULL && (strcmp(sub, "AT_AddColumn") == 0 ||
		    strcmp(sub, "AT_DropColumn") == 0))
			return true;
	}
	return false;
}

bool
rename_column_read(struct arena *mem, const struct sql_stmt *st,
    struct renaming *out)
{
	const char *type = json_str(st->node, "renameType");
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	struct ident id = { .cls = ID_RELATION, .schema = schema ? schema :
		IDENT_SCHEMA, .name = json_str(rv, "relname") };

	if (id.name == NULL)
		return false;
	out->from = sql_keep(mem, &id);
	out->of_columns = true;
	if (strcmp(st->tag, "AlterTableStmt") == 0) {
		out->like_only = !changes_columns(st);
		return true;
	}
	if (strcmp(st->tag, "RenameStmt") != 0 || type == NULL ||
	    strcmp(type, "OBJECT_COLUMN") != 0)
		return false;
	out->column = arena_strdup(mem, json_str(st->node, "subname"));
	out->to = arena_strdup(mem, json_str(st->node, "newname"));
	return out->column != NULL && out->to != NULL;
}
