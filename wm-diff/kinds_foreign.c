#include "kinds_impl.h"

/*
 * "add a 'x', set b 'y', drop c": what leads from one list of options to
 * another, "" where nothing has to; false where a value is no text.
 */
static bool
option_changes(struct kind_pair *p, const struct json *was,
    const struct json *is, const char **out)
{
	WM_SBUF o = SBUF_INIT;

	for (const struct json *j = was ? was->first : NULL; j; j = j->next) {
		const char *name = json_str(json_get(j, "DefElem"), "defname");

		if (name != NULL && sql_defelem(is, name) == NULL)
			sbuf_printf(&o, "%sdrop %s", o.len ? ", " : "",
			    sql_quoted(p->d->mem, name));
	}
	for (const struct json *j = is ? is->first : NULL; j; j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *name = json_str(e, "defname");
		const struct json *old = name ? sql_defelem(was, name) : NULL;
		const char *value = sql_string(json_get(e, "arg"));

		if (name == NULL || value == NULL)
			return false;
		if (old == NULL || !sql_equal(old, json_get(e, "arg")))
			sbuf_printf(&o, "%s%s %s %s", o.len ? ", " : "",
			    old ? "set" : "add", sql_quoted(p->d->mem, name),
			    sql_literal(p->d->mem, value));
	}
	*out = o.len > 0 ? sbuf_take(&o, p->d->mem) : "";
	return true;
}

/* " handler h no validator": those of a wrapper that change. */
static const char *
functions(struct kind_pair *p, const struct json *a, const struct json *b)
{
	static const char *const names[] = { "handler", "validator" };
	WM_SBUF s = SBUF_INIT;

	for (size_t i = 0; i < WM_LEN(names); i++) {
		const struct json *was = sql_defelem(json_get(a,
		    "func_options"), names[i]);
		const struct json *is = sql_defelem(json_get(b,
		    "func_options"), names[i]);

		if (is != NULL && !sql_equal(was, is))
			sbuf_printf(&s, " %s %s", names[i], kind_name(p,
			    json_get2(is, "List", "items")));
		else if (is == NULL && was != NULL)
			sbuf_printf(&s, " no %s", names[i]);
	}
	return s.len > 0 ? sbuf_take(&s, p->d->mem) : "";
}

/* " version '2'" of a server. */
static const char *
version(struct kind_pair *p, const struct json *a, const struct json *b)
{
	const char *is = json_str(b, "version");

	if (sql_equal(json_get(a, "version"), json_get(b, "version")))
		return "";
	return arena_printf(p->d->mem, " version %s", is != NULL ?
	    sql_literal(p->d->mem, is) : "null");
}

bool
kind_options(struct kind_pair *p)
{
	static const char *const inside[] = { "options", "if_not_exists",
		"func_options", "version", NULL };
	const struct json *a = p->was->stmts[0].node;
	const struct json *b = p->is->stmts[0].node;
	const char *opts, *funcs = functions(p, a, b), *vers = version(p, a,
	    b);

	if (!kind_single(p) || !kind_members_equal(a, b, inside) ||
	    !option_changes(p, json_get(a, "options"), json_get(b, "options"),
	    &opts))
		return false;
	if (*opts != '\0' || *funcs != '\0' || *vers != '\0')
		kind_emit(p, "alter %s %s%s%s%s%s%s",
		    ident_kind(&p->is->stmts[0]), p->fq, funcs, vers,
		    *opts ? " options (" : "", opts, *opts ? ")" : "");
	return true;
}

/* --- foreign tables --- */

/* Whether two elements are the same column, its options apart. */
static bool
same_column(const struct json *x, const struct json *y)
{
	static const char *const inside[] = { "fdwoptions", NULL };
	const struct json *a = json_get(x, "ColumnDef");
	const struct json *b = json_get(y, "ColumnDef");

	return a != NULL && b != NULL && kind_members_equal(a, b, inside);
}

/* One more command of the ALTER FOREIGN TABLE. */
static void
command(struct sbuf *b, const char *text)
{
	if (b->len > 0)
		sbuf_puts(b, ", ");
	sbuf_puts(b, text);
}

/*
 * Columns and constraints: options change, columns are added at the end. For
 * more than that the table is made again, which costs nothing: its rows are
 * elsewhere.
 */
static bool
fields(struct kind_pair *p, const struct json *a, const struct json *b,
    struct sbuf *out)
{
	const struct json *x = json_get(a, "tableElts");
	const struct json *y = json_get(b, "tableElts");
	const struct json *def;
	struct phrase w;
	const char *opts;
	size_t at, to;

	if (!phrase_stmt(p->d->mem, kind_text(p, false), &p->is->stmts[0],
	    &w))
		return false;
	at = phrase_find(&w, 0, "(") + 1;
	x = x != NULL ? x->first : NULL;
	y = y != NULL ? y->first : NULL;
	for (; y != NULL; y = y->next, at = to + 1) {
		/* up to the comma; the last of them ends with the list */
		for (to = at; to < w.n && !phrase_is(&w, to, ",") &&
		    !phrase_is(&w, to, ")"); to++)
			if (phrase_is(&w, to, "("))
				to = phrase_find(&w, to + 1, ")");
		def = json_get(y, "ColumnDef");
		if (x == NULL && def != NULL) {
			command(out, arena_printf(p->d->mem, "add column %s",
			    phrase_slice(&w, at, to)));
			continue;
		}
		if (x == NULL || (def == NULL && !sql_equal(x, y)) ||
		    (def != NULL && !same_column(x, y)) || (def != NULL &&
		    !option_changes(p, json_get2(x, "ColumnDef", "fdwoptions"),
		    json_get(def, "fdwoptions"), &opts)))
			return false;
		if (def != NULL && *opts != '\0')
			command(out, arena_printf(p->d->mem, "alter column %s "
			    "options (%s)", sql_quoted(p->d->mem, json_str(def,
			    "colname")), opts));
		x = x->next;
	}
	return x == NULL;
}

bool
kind_foreign_table(struct kind_pair *p)
{
	static const char *const inside[] = { "base", "options", NULL };
	static const char *const elements[] = { "tableElts", NULL };
	const struct json *a = p->was->stmts[0].node;
	const struct json *b = p->is->stmts[0].node;
	WM_SBUF s = SBUF_INIT;
	const char *opts;

	if (!kind_single(p) || !kind_members_equal(a, b, inside) ||
	    !kind_members_equal(json_get(a, "base"), json_get(b, "base"),
	    elements) || !fields(p, json_get(a, "base"), json_get(b, "base"),
	    &s) || !option_changes(p, json_get(a, "options"), json_get(b,
	    "options"), &opts))
		return false;
	if (*opts != '\0')
		command(&s, arena_printf(p->d->mem, "options (%s)", opts));
	if (s.len > 0)
		kind_emit(p, "alter foreign table %s %s", p->fq, sbuf_str(&s));
	return true;
}
