/*
 * CREATE TABLE ... (LIKE other) before the other table changes. A list has each
 * table as it is in the end, so that the new one would be like that: instead of
 * the clause, it says what the other table has where it stands.
 */
#include "sql_rename.h"

#include <strings.h>

#include "diag.h"
#include "rewrite.h"
#include "sbuf.h"
#include "table.h"

/*
 * Whether the script changes a table behind an offset.
 *
 * on   its identity there; becomes the last that it has
 */
static bool
changes_later(const struct vec *renames, size_t off, struct ident *on)
{
	bool changes = false;

	for (size_t i = 0; i < renames->n; i++) {
		const struct renaming *k = renames->v[i];

		if (k->off <= off || !rename_same(&k->from, on))
			continue;
		changes = changes || k->of_columns;
		if (!k->of_columns) {
			on->schema = k->schema;
			on->name = k->name;
		}
	}
	return changes;
}

/* Whether a table has indexes or statistics with texts of their own. */
static bool
has_others(const struct reader *r, const struct ident *on, long opts)
{
	for (size_t i = 0; i < r->p->sql.made.n; i++) {
		const struct made *m = r->p->sql.made.v[i];
		bool index = (opts & LIKE_INDEXES) != 0 &&
		    m->on_table != NULL && strcmp(m->on_table, on->name) == 0 &&
		    strcmp(m->on_schema, on->schema) == 0;
		bool statistics = (opts & LIKE_STATISTICS) != 0 &&
		    m->of_table != NULL &&
		    strcmp(m->of_table, on->name) == 0 &&
		    strcmp(m->of_schema, on->schema) == 0;

		if (!m->gone && (index || statistics))
			return true;
	}
	return false;
}

/* Whether a table's text says only what a list of elements can. */
static bool
is_told(const struct table *t, long opts)
{
	if (t->unknown != NULL || json_get(t->node, "inhRelations") != NULL)
		return false;
	for (size_t i = 0; i < t->rest.n; i++) {
		const char *tag = ((struct sql_stmt *)t->rest.v[i])->tag;

		if (strcmp(tag, "RenameStmt") == 0 ||
		    strcmp(tag, "AlterTableStmt") == 0 ||
		    (strcmp(tag, "CommentStmt") == 0 &&
		    (opts & LIKE_COMMENTS) != 0))
			return false;
	}
	for (size_t i = 0; i < t->columns.n; i++)
		if (((struct column *)t->columns.v[i])->storage != NULL &&
		    (opts & LIKE_STORAGE) != 0)
			return false;
	for (size_t i = 0; i < t->cons.n; i++)
		if (((struct con *)t->cons.v[i])->not_valid)
			return false;
	return t->columns.n > 0;
}

/* The columns and constraints that LIKE takes, as elements of a table. */
static void
put_elements(struct reader *r, const struct table *t, long opts,
    struct sbuf *out)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *is = t->columns.v[i];
		struct column *k = table_like_column(r->mem, is, opts);
		const struct ident seq = { .cls = ID_RELATION,
			.schema = t->id.schema, .name = table_object_name(
			r->mem, t->id.name, is->name, "seq") };

		if (is->serial && (opts & LIKE_DEFAULTS) != 0)
			k->dflt_text = arena_printf(r->mem, "nextval(%s)",
			    sql_literal(r->mem, ident_text(r->mem, &seq)));
		sbuf_printf(out, "%s%s", i > 0 ? ", " : "",
		    column_text(r->mem, k));
	}
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (!table_like_con(k, opts))
			continue;
		/* a check keeps its name, an index gets one of its own */
		sbuf_puts(out, ", ");
		if (k->kind == CON_CHECK)
			sbuf_printf(out, "constraint %s ",
			    sql_quoted(r->mem, k->name));
		sbuf_puts(out, k->text);
	}
}

/* Have a clause's tokens stand for what it takes; false where it cannot. */
static bool
expand(struct reader *r, struct rewrite *w, const struct json *like,
    const struct ident *on)
{
	const struct json *rv = json_get2(like, "relation", "RangeVar");
	long opts = json_int(like, "options", 0);
	const char *text = rename_table_text(r, on);
	struct table *t = text == NULL ? NULL : table_read(r->mem, text);
	bool told = t != NULL && is_told(t, opts) && !has_others(r, on, opts);
	long off = json_int(rv ? rv : json_get(like, "relation"), "location",
	    -1);
	size_t from = phrase_at(&w->p, off), to;
	WM_SBUF b = SBUF_INIT;
	int depth = 0;

	for (to = from; to < w->p.n; to++) {
		if (phrase_is(&w->p, to, "(") || phrase_is(&w->p, to, ")"))
			depth += phrase_is(&w->p, to, "(") ? 1 : -1;
		if (depth < 0 || (depth == 0 && phrase_is(&w->p, to, ",")))
			break;
	}
	if (told && from > 0 && phrase_is(&w->p, from - 1, "like")) {
		put_elements(r, t, opts, &b);
		rewrite_put(w, from - 1, to - from + 1,
		    sbuf_take(&b, r->mem));
	} else
		told = false;
	table_clear(t);
	return told;
}

const char *
rename_like(struct reader *r, const struct vec *renames, size_t off)
{
	const struct json *elts;
	struct sql_error err;
	struct sql_stmt *st;
	struct rewrite w;
	size_t n;

	if (renames->n == 0 || strncasecmp(r->text, "create", 6) != 0 ||
	    strcasestr(r->text, "like") == NULL ||
	    !sql_parse(r->mem, r->text, &st, &n, &err) || n != 1 ||
	    strcmp(st->tag, "CreateStmt") != 0 ||
	    !rewrite_scan(r->mem, r->text, &w))
		return r->text;
	elts = json_get(st->node, "tableElts");
	for (const struct json *j = elts ? elts->first : NULL; j; j = j->next) {
		const struct json *like = json_get(j, "TableLikeClause");
		const struct json *rv = json_get2(like, "relation",
		    "RangeVar");
		struct ident on = { .cls = ID_RELATION };

		if (like == NULL)
			continue;
		rv = rv ? rv : json_get(like, "relation");
		on.name = json_str(rv, "relname");
		on.schema = json_str(rv, "schemaname") ? json_str(rv,
		    "schemaname") : IDENT_SCHEMA;
		if (!changes_later(renames, off, &on) ||
		    expand(r, &w, like, &on))
			continue;
		diag_warn(&r->at, "sql", "the table becomes like what \"%s.%s"
		    "\" is in the end; psql would have taken what is there",
		    on.schema, on.name);
		parse_quote(r->p, &r->at);
	}
	return rewrite_text(&w);
}

bool
rename_has_like(const char *script)
{
	for (const char *s = script; (s = strcasestr(s, "like")) != NULL;
	    s += 4) {
		const char *k = s;

		while (k > script && strchr(" \t\n\r", k[-1]) != NULL)
			k--;
		if (k > script && (k[-1] == '(' || k[-1] == ','))
			return true;
	}
	return false;
}
