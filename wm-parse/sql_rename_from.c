/*
 * What stands in the FROM of a query: which of its tables has the column that
 * is renamed, as far as it can be told without a server.
 */
#include "sql_rename_impl.h"


#include "sbuf.h"

void
scope_clear(struct scope *s)
{
	vec_clear(&s->entries);
	vec_clear(&s->ctes);
}

/* --- tokens --------------------------------------------------------------- */

/* Whether a token is the column's name, by itself or quoted. */
static bool
is_column(const struct edit *e, size_t i)
{
	const char *schema, *name;
	const char *s;

	if (i >= e->w.p.n || e->k->column == NULL)
		return false;
	s = phrase_slice(&e->w.p, i, i + 1);
	if (*s == '\'' || *s == '$')
		return false;
	ident_split(e->mem, s, &schema, &name);
	return strcmp(name, e->k->column) == 0;
}

/* The new name in place of the old one. */
void
edit_put(struct edit *e, size_t i)
{
	if (is_column(e, i) && e->w.at[i].with == NULL)
		rewrite_put(&e->w, i, 1, sql_quoted(e->mem, e->k->to));
}

/* The same of all names in the brackets that open at or behind a token. */
void
edit_put_list(struct edit *e, size_t i)
{
	while (i < e->w.p.n && !phrase_is(&e->w.p, i, "(") &&
	    !phrase_is(&e->w.p, i, ";"))
		i++;
	for (; i < e->w.p.n && !phrase_is(&e->w.p, i, ")"); i++)
		edit_put(e, i);
}

/* --- what stands in a FROM ------------------------------------------------ */

bool
list_has(const struct json *list, const char *name)
{
	if (name == NULL)
		return false;
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		if (sql_string(j) != NULL && strcmp(sql_string(j), name) == 0)
			return true;
	return false;
}

/*
 * The expression that gives a column its name (source: FigureColname in
 * PostgreSQL's parse_target.c); NULL where no column does.
 */
const struct json *
target_names(const struct json *j)
{
	static const struct {
		const char *node, *inside;
	} rows[] = { { "TypeCast", "arg" }, { "CollateClause", "arg" },
		{ "CaseExpr", "defresult" } };

	while (j != NULL) {
		size_t i = 0;

		if (json_get(j, "ColumnRef") != NULL)
			return json_get(j, "ColumnRef");
		while (i < WM_LEN(rows) && json_get(j, rows[i].node) == NULL)
			i++;
		j = i < WM_LEN(rows) ? json_get2(j, rows[i].node,
		    rows[i].inside) : NULL;
	}
	return NULL;
}

const char *
ref_name(const struct json *ref)
{
	const struct json *f = json_get(ref, "fields");

	return f != NULL && f->last != NULL ? sql_string(f->last) : NULL;
}

bool
ref_is_star(const struct json *ref)
{
	const struct json *f = json_get(ref, "fields");

	return f != NULL && f->last != NULL && json_get(f->last, "A_Star");
}

/* Whether a query yields a column of a name; stars may. */
enum has
query_yields(const struct json *q, const char *column)
{
	const struct json *list;
	enum has has = HAS_NOT;

	while (json_get(q, "larg") != NULL)
		q = json_get(q, "larg");
	list = json_get(q, "targetList");
	if (list == NULL)
		return HAS_MAYBE;
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		const struct json *t = json_get(j, "ResTarget");
		const struct json *val = json_get(t, "val");
		const char *name = json_str(t, "name");

		if (name == NULL && target_names(val) != NULL) {
			if (ref_is_star(target_names(val)))
				has = HAS_MAYBE;
			name = ref_name(target_names(val));
		}
		if (name == NULL && json_get(val, "SubLink") != NULL)
			has = HAS_MAYBE;
		if (name != NULL && column != NULL && strcmp(name, column) ==
		    0)
			return HAS_OTHER;
	}
	return has;
}

/* ... the old one. */
enum has
query_has(const struct edit *e, const struct json *q)
{
	return query_yields(q, e->k->column);
}

struct entry *
scope_add(struct edit *e, struct vec *to, const char *name, enum has has)
{
	struct entry *n = arena_alloc(e->mem, sizeof(*n));

	n->name = name;
	n->has = has;
	n->at = -1;
	vec_push(to, n);
	return n;
}

static bool
is_aliased(const struct edit *e, long at)
{
	return vec_has(&e->aliased, (void *)(intptr_t)at);
}

/*
 * Have the tables of a FROM get the old names there: which column a name is of
 * then, the server says.
 */
void
scope_doubt(struct edit *e, const struct scope *s, size_t first)
{
	for (size_t i = first; i < s->entries.n; i++) {
		const struct entry *n = s->entries.v[i];

		if (n->has != HAS_IT || n->named_only)
			continue;
		if (n->at < 0) {
			e->lost = true;
			continue;
		}
		if (!is_aliased(e, n->at))
			vec_push(&e->aliased, (void *)(intptr_t)n->at);
		e->unsure = true;
	}
}

bool
edit_is_table(const struct edit *e, const struct json *rv)
{
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	return name != NULL && strcmp(name, e->k->from.name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, e->k->from.schema) == 0;
}

/* The old names behind a table in a FROM, and its alias. */
static void
name_columns(struct edit *e, const struct json *rv, bool alias)
{
	size_t i = phrase_at(&e->w.p, json_int(rv, "location", -1));
	WM_SBUF b = SBUF_INIT;
	WM_VEC cols = VEC_INIT;

	if (i >= e->w.p.n || json_get2(rv, "alias", "colnames") != NULL ||
	    !e->columns(e->ctx, e->k->from.schema, e->k->from.name, &cols)) {
		e->lost = true;
		return;
	}
	if (json_str(rv, "schemaname") != NULL)
		i += 2;
	/* ONLY stands in front of it, a star behind */
	if (phrase_is(&e->w.p, i + 1, "*"))
		i++;
	if (alias)
		i += 1 + phrase_is(&e->w.p, i + 1, "as");
	else
		sbuf_printf(&b, " as %s", sql_quoted(e->mem, json_str(rv,
		    "relname")));
	for (size_t k = 0; k < cols.n; k++)
		sbuf_printf(&b, "%s%s", k > 0 ? ", " : alias ? " (" : "(",
		    sql_quoted(e->mem, cols.v[k]));
	sbuf_putc(&b, ')');
	rewrite_after(&e->w, i, sbuf_take(&b, e->mem));
}

/* The WITH query of that name, or NULL. */
static const struct entry *
cte_of(const struct scope *s, const char *name)
{
	for (; s != NULL; s = s->up)
		for (size_t i = 0; i < s->ctes.n; i++) {
			const struct entry *n = s->ctes.v[i];

			if (strcmp(n->name, name) == 0)
				return n;
		}
	return NULL;
}

/* What is known of a table or view in a FROM. */
static enum has
table_has(struct edit *e, const struct scope *s, const char *schema,
    const char *name)
{
	const struct entry *cte = schema == NULL ? cte_of(s, name) : NULL;
	WM_VEC cols = VEC_INIT;

	if (cte != NULL)
		return cte->has;
	if (!e->columns(e->ctx, schema ? schema : IDENT_SCHEMA, name, &cols))
		return HAS_MAYBE;
	return e->k->column != NULL && vec_has_string(&cols, e->k->column) ?
	    HAS_OTHER : HAS_NOT;
}

/* Whether names for a table's columns take that of the one that is renamed. */
static bool
is_covered(struct edit *e, const struct json *names)
{
	const struct json *j = names->first;
	WM_VEC cols = VEC_INIT;

	if (!e->columns(e->ctx, e->k->from.schema, e->k->from.name, &cols)) {
		e->lost = true;
		return true;
	}
	for (size_t i = 0; j != NULL && i < cols.n; i++, j = j->next)
		if (strcmp(cols.v[i], e->k->column) == 0)
			return true;
	return false;
}

void
scope_add_table(struct edit *e, struct scope *s, const struct json *rv)
{
	const struct json *alias = json_get(rv, "alias");
	const struct json *names = json_get(alias, "colnames");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");
	enum has has = edit_is_table(e, rv) && (schema != NULL ||
	    cte_of(s, name) == NULL) ? HAS_IT : table_has(e, s, schema, name);
	long at = json_int(rv, "location", -1);
	struct entry *n;

	if (names != NULL && (has != HAS_IT || (e->k->column != NULL &&
	    is_covered(e, names))))
		has = list_has(names, e->k->column) ? HAS_OTHER : HAS_MAYBE;
	else if (has == HAS_IT && is_aliased(e, at)) {
		name_columns(e, rv, alias != NULL);
		has = HAS_OTHER;
	}
	n = scope_add(e, &s->entries, alias ? json_str(alias, "aliasname") :
	    name, has);
	n->schema = alias == NULL ? schema ? schema : IDENT_SCHEMA : NULL;
	n->at = at;
	n->of_schema = schema ? schema : IDENT_SCHEMA;
	n->of = schema != NULL || cte_of(s, name) == NULL ? name : NULL;
	n->names = names;
}

/* Whether any entry from the first on is, or passes on, the table's column. */
bool
scope_has_it(const struct scope *s, size_t first)
{
	for (size_t i = first; i < s->entries.n; i++) {
		const struct entry *n = s->entries.v[i];

		if (n->has == HAS_IT && !n->named_only)
			return true;
	}
	return false;
}

static void
add_join(struct edit *e, struct scope *s, const struct json *j)
{
	const struct json *alias = json_get(j, "alias");
	const struct json *names = json_get(alias, "colnames");
	size_t first = s->entries.n;
	bool has;

	scope_add_from(e, s, json_get(j, "larg"));
	scope_add_from(e, s, json_get(j, "rarg"));
	has = scope_has_it(s, first);
	s->merged = s->merged || json_bool(j, "isNatural") ||
	    json_get(j, "usingClause") != NULL;
	if (has && e->k->column != NULL && (json_bool(j, "isNatural") ||
	    names != NULL || list_has(json_get(j, "usingClause"),
	    e->k->column)))
		scope_doubt(e, s, first);
	if (alias == NULL)
		return;
	/* what is joined goes by that name only */
	s->entries.n = first;
	scope_add(e, &s->entries, json_str(alias, "aliasname"), has ? HAS_IT :
	    HAS_MAYBE);
}

void
scope_add_from(struct edit *e, struct scope *s, const struct json *j)
{
	const struct json *x, *alias, *query;
	struct entry *n;

	if ((x = json_get(j, "RangeVar")) != NULL) {
		scope_add_table(e, s, x);
		return;
	}
	if ((x = json_get(j, "JoinExpr")) != NULL) {
		add_join(e, s, x);
		return;
	}
	if ((x = json_get(j, "RangeTableSample")) != NULL) {
		scope_add_from(e, s, json_get(x, "relation"));
		return;
	}
	x = j != NULL && j->first != NULL ? j->first : NULL;
	alias = json_get(x, "alias");
	query = json_get2(x, "subquery", "SelectStmt");
	n = scope_add(e, &s->entries, json_str(alias, "aliasname"),
	    query != NULL ? query_has(e, query) : HAS_MAYBE);
	n->query = query;
	n->names = json_get(alias, "colnames");
	if (n->names != NULL)
		n->has = list_has(n->names, e->k->column) ? HAS_OTHER :
		    HAS_MAYBE;
}
