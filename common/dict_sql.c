/* Rows of the dictionary as INSERT statements, and back. */
#include "dict.h"

#include "arena.h"
#include "diag.h"
#include "jsonb.h"
#include "sql.h"

/* Rows in one statement: a parser's tree of it stays small. */
#define ROWS 200

static void
put_row(const struct dict_row *r, struct sbuf *out)
{
	sbuf_puts(out, "  (");
	for (size_t i = 0; i < r->kind->n; i++) {
		if (i > 0)
			sbuf_putc(out, ',');
		if (r->val[i] == NULL)
			sbuf_puts(out, "NULL");
		else if (r->kind->cols[i].type == DICT_BOOL)
			sbuf_puts(out, r->val[i]);
		else
			sbuf_literal(out, r->val[i]);
	}
	sbuf_putc(out, ')');
}

void
dict_sql(const struct dict *d, struct sbuf *out)
{
	const struct dict_kind *k = NULL;
	WM_VEC v = VEC_INIT;
	size_t n = 0;

	for (size_t i = 0; i < d->rows.n; i++)
		vec_push(&v, d->rows.v[i]);
	vec_sort(&v, dict_row_cmp);
	for (size_t i = 0; i < v.n; i++) {
		const struct dict_row *r = v.v[i];

		if (r->kind == k && n < ROWS) {
			sbuf_puts(out, ",\n");
		} else {
			sbuf_printf(out, "%sinsert into wm.%s (",
			    k != NULL ? ";\n" : "", r->kind->name);
			for (size_t c = 0; c < r->kind->n; c++)
				sbuf_printf(out, "%s%s", c > 0 ? "," : "",
				    r->kind->cols[c].sql);
			sbuf_puts(out, ") values\n");
			k = r->kind;
			n = 0;
		}
		put_row(r, out);
		n++;
	}
	if (v.n > 0)
		sbuf_puts(out, ";\n");
}

/* Reading one text. */
struct reading {
	struct dict *d;
	const char *text;	/* all of it, for places */
	const char *name;
	struct arena *mem;	/* scratch; of one statement */
	const char *stmt;	/* the statement at work, and where it stands */
	size_t off;
};

static bool fail(const struct reading *r, size_t off, const char *fmt, ...)
    WM_PRINTF(3, 4);

static bool
fail(const struct reading *r, size_t off, const char *fmt, ...)
{
	struct loc at = { r->name, 0, 0 };
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	byte_to_line_col(r->text, r->off + off, &at.line, &at.col);
	diag_error(&at, "%s", why);
	diag_quote(at.line, diag_line(r->text, at.line), at.col);
	return false;
}

/*
 * A constant as a text; with a cast or without.
 *
 * out   NULL for SQL's NULL
 *
 * Returns false, silently, where it is something else.
 */
static bool
constant(const struct json *node, const char **out)
{
	const struct json *c = json_get(node, "A_Const"), *v;
	const char *s;

	if (c == NULL) {
		const struct json *arg = json_get2(node, "TypeCast", "arg");

		return arg != NULL && constant(arg, out);
	}
	*out = NULL;
	if (json_bool(c, "isnull"))
		return true;
	v = c->first;
	if (v == NULL || v->type != JSON_OBJECT)
		return false;
	if (strcmp(v->key, "boolval") == 0)
		*out = json_bool(v, "boolval") ? "true" : "false";
	else if (strcmp(v->key, "sval") == 0) {
		s = json_str(v, "sval");	/* an empty one is left out */
		*out = s != NULL ? s : "";
	} else if (strcmp(v->key, "ival") == 0)
		*out = v->first != NULL ? v->first->str : "0";
	else if (strcmp(v->key, "fval") == 0)
		*out = json_str(v, "fval");
	return *out != NULL;
}

static const char *
value(const struct reading *r, const struct dict_column *c, const char *v)
{
	if (v == NULL)
		return NULL;
	if (c->type == DICT_BOOL)
		return *v == 't' || *v == 'T' || *v == '1' ? "true" : "false";
	if (c->type == DICT_JSON)
		return jsonb_text(r->mem, v, r->name);
	return v;
}

static bool
read_row(const struct reading *r, const struct dict_kind *k,
    const size_t *at, size_t n, const struct json *list)
{
	const struct json *items = json_get2(list, "List", "items"), *j;
	const char *val[DICT_COLS] = { NULL };
	bool set[DICT_COLS] = { false };
	size_t i = 0;

	for (j = items ? items->first : NULL; j != NULL; j = j->next, i++) {
		const char *v;

		if (i >= n)
			return fail(r, 0, "a row has more values than columns "
			    "are named");
		if (!constant(j, &v)) {
			const struct json *what = j->first;

			return fail(r, (size_t)json_int(what, "location", 0),
			    "a row of the dictionary holds constants only");
		}
		set[at[i]] = true;
		val[at[i]] = value(r, &k->cols[at[i]], v);
	}
	for (i = 0; i < k->n; i++) {
		if (!set[i] && k->cols[i].type == DICT_BOOL)
			val[i] = "true";	/* the column's default */
		if (val[i] == NULL && k->cols[i].need)
			return fail(r, 0, "a row of wm.%s has no \"%s\"",
			    k->name, k->cols[i].sql);
	}
	dict_put(r->d, k, val, NULL);
	return true;
}

/* Positions of the columns that an INSERT names; all, where it names none. */
static bool
read_columns(const struct reading *r, const struct dict_kind *k,
    const struct json *cols, size_t *at, size_t *out_n)
{
	*out_n = 0;
	if (cols == NULL) {
		for (size_t i = 0; i < k->n; i++)
			at[(*out_n)++] = i;
		return true;
	}
	for (const struct json *j = cols->first; j != NULL; j = j->next) {
		const char *nam = json_str(json_get(j, "ResTarget"), "name");
		size_t i = 0;

		while (i < k->n && nam != NULL &&
		    strcmp(k->cols[i].sql, nam) != 0)
			i++;
		if (i == k->n || nam == NULL || *out_n == DICT_COLS)
			return fail(r, (size_t)json_int(json_get(j,
			    "ResTarget"), "location", 0), "wm.%s has no column "
			    "\"%s\"", k->name, nam ? nam : "");
		at[(*out_n)++] = i;
	}
	return true;
}

static bool
read_insert(const struct reading *r, const struct json *node)
{
	const struct json *rel = json_get(node, "relation");
	const struct json *rows = json_get(json_get2(node, "selectStmt",
	    "SelectStmt"), "valuesLists");
	const char *sch = json_str(rel, "schemaname");
	const char *nam = json_str(rel, "relname");
	const struct dict_kind *k;
	size_t at[DICT_COLS], n;

	if (sch == NULL || strcmp(sch, "wm") != 0)
		return fail(r, 0, "an INSERT into \"%s\", which is no table of "
		    "the dictionary", nam);
	if (strcmp(nam, "column_native") == 0)
		return true;
	k = dict_kind_find(nam);
	if (k == NULL)
		return fail(r, 0, "an INSERT into \"wm.%s\", which is no table "
		    "of the dictionary", nam);
	if (rows == NULL)
		return fail(r, 0, "an INSERT into the dictionary has to list "
		    "its VALUES");
	if (!read_columns(r, k, json_get(node, "cols"), at, &n))
		return false;
	for (const struct json *j = rows->first; j != NULL; j = j->next)
		if (!read_row(r, k, at, n, j))
			return false;
	return true;
}

/* "select wm.init_dictionary()": what it computes is not read, either. */
static bool
is_init(const struct json *node)
{
	const struct json *list = json_get(node, "targetList");
	const struct json *call = json_get(json_get2(list ? list->first : NULL,
	    "ResTarget", "val"), "FuncCall");
	const struct json *nam = json_get(call, "funcname");
	const char *sch = nam ? sql_string(nam->first) : NULL;
	const char *fn = nam ? sql_string(nam->last) : NULL;

	return sch != NULL && fn != NULL && strcmp(sch, "wm") == 0 &&
	    strcmp(fn, "init_dictionary") == 0;
}

static bool
read_stmt(struct reading *r, const struct sql_stmt *at)
{
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	r->off = at->off;
	r->stmt = arena_strndup(r->mem, r->text + at->off, at->len);
	if (!sql_parse(r->mem, r->stmt, &st, &n, &err))
		return fail(r, err.off == SIZE_MAX ? 0 : err.off, "%s",
		    err.message);
	assert(n == 1);		/* sql_split cut it */
	if (strcmp(st->tag, "InsertStmt") == 0)
		return read_insert(r, st->node);
	if (strcmp(st->tag, "SelectStmt") == 0 && is_init(st->node))
		return true;
	return fail(r, 0, "the dictionary's SQL holds INSERT statements only");
}

bool
dict_read_sql(struct dict *d, const char *text, const char *name)
{
	WM_CLEANUP(arena_freep) struct arena *list = arena_new();
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct reading r = { d, text, name, mem, NULL, 0 };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_split(list, text, &st, &n, &err))
		return fail(&r, err.off == SIZE_MAX ? 0 : err.off, "%s",
		    err.message);
	for (size_t i = 0; i < n; i++) {
		if (!read_stmt(&r, &st[i]))
			return false;
		arena_reset(mem);
	}
	return true;
}
