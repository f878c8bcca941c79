#include "alter_impl.h"

#include "hops.h"
#include "needs.h"
#include "pg.h"

/* Rows by their key: what a check query returns. */
static const char *
key_columns(struct alter *a)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < a->old->cons.n; i++) {
		const struct con *k = a->old->cons.v[i];

		for (size_t x = 0; k->kind == CON_PRIMARY && x < k->cols.n;
		    x++) {
			const char *col = alter_original(a, k->cols.v[x]);

			if (col == NULL)
				continue;
			sbuf_puts(&b, b.len ? ", x." : "x.");
			sbuf_ident(&b, col);
		}
	}
	if (b.len == 0)
		sbuf_puts(&b, "x.ctid");
	return sbuf_take(&b, a->d->mem);
}

/* Whether what a query names is there before the plan runs. */
static bool
can_be_asked(struct alter *a, const char *sql)
{
	WM_VEC refs = VEC_INIT;
	PGresult *r;
	bool ok;

	if (a->d->db != NULL) {
		r = PQprepare(a->d->db, "", sql, 0, NULL);
		ok = PQresultStatus(r) == PGRES_COMMAND_OK;
		PQclear(r);
		return ok;
	}
	refs_of(a->d->mem, sql, &refs);
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *k = refs.v[i];
		struct bare *b = needs_bare(a->d, k->classes & ID_RELATION ?
		    ID_RELATION : k->classes & ID_FUNCTION ? ID_FUNCTION :
		    ID_TYPE, k->schema, k->name);

		for (; b != NULL; b = b->next)
			if (b->change->old == NULL)
				return false;
	}
	return true;
}

/*
 * A query for rows that would break the change. It runs before the plan, on
 * the old structure: columns that a migration makes or writes are not in it.
 */
void
alter_check(struct alter *a, const struct vec *cols, const char *message,
    const char *where)
{
	struct plan_check *k;

	if (!a->has_rows || a->migrated)
		return;
	for (size_t i = 0; i < cols->n; i++)
		if (vec_has_string(&a->moved, cols->v[i]))
			return;
	k = arena_alloc(a->d->mem, sizeof(*k));
	k->obj_typ = "table";
	k->obj_nam = a->c->new->nam;
	k->message = message;
	k->sql = arena_printf(a->d->mem, "select %s from %s x where %s",
	    key_columns(a), a->was_fq, where);
	k->loc = a->c->new->loc;
	/* it may name what only the plan makes: then the server checks */
	if (can_be_asked(a, k->sql))
		vec_push(&a->d->plan.checks, k);
}

static const char *
column_list(struct alter *a, const struct vec *cols, const char *prefix)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < cols->n; i++) {
		sbuf_printf(&b, "%s%s", i > 0 ? ", " : "", prefix);
		sbuf_ident(&b, cols->v[i]);
	}
	return sbuf_take(&b, a->d->mem);
}

/* Whether declared commands of a table are to run. */
static bool
commanded(const struct change *c)
{
	for (size_t i = 0; i < c->hops.n; i++) {
		const struct hop *h = c->hops.v[i];

		if (h->o->delta.n > h->done)
			return true;
	}
	return false;
}

/* The table of the source that a foreign key names. */
const struct change *
alter_referenced(struct alter *a, const struct json *rv)
{
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	for (size_t i = 0; name != NULL && i < a->d->all.n; i++) {
		struct change *c = a->d->all.v[i];
		const struct ident *id;

		if (c->new == NULL || c->old == NULL || !commanded(c) ||
		    strcmp(c->new->kind->name, "table") != 0)
			continue;
		id = change_ident(a->d, c, false);
		if (id != NULL && strcmp(id->name, name) == 0 &&
		    strcmp(id->schema, schema ? schema : IDENT_SCHEMA) == 0)
			return c;
	}
	return NULL;
}

static bool
old_has_all(struct alter *a, const struct vec *cols)
{
	for (size_t i = 0; i < cols->n; i++)
		if (table_column(a->old, cols->v[i]) == NULL)
			return false;
	return true;
}

static void
check_check(struct alter *a, const struct con *k, const char *what)
{
	const char *open = strchr(k->text, '(');
	const char *close = strrchr(k->text, ')');

	if (open != NULL && close != NULL)
		alter_check(a, &k->cols, what, arena_printf(a->d->mem,
		    "not %.*s", (int)(close + 1 - open), open));
}

static void
check_unique(struct alter *a, const struct con *k, const char *what)
{
	const char *x = column_list(a, &k->cols, "x.");
	const char *y = column_list(a, &k->cols, "y.");
	WM_SBUF b = SBUF_INIT;

	if (!json_bool(k->node, "nulls_not_distinct")) {
		alter_check(a, &k->cols, what, arena_printf(a->d->mem,
		    "(%s) in (select %s from %s y group by %s having "
		    "count(*) > 1)", x, y, a->was_fq, y));
		return;
	}
	for (size_t i = 0; i < k->cols.n; i++) {
		const char *col = sql_quoted(a->d->mem, k->cols.v[i]);

		sbuf_printf(&b, "%sy.%s is not distinct from x.%s",
		    i > 0 ? " and " : "", col, col);
	}
	alter_check(a, &k->cols, what, arena_printf(a->d->mem, "exists "
	    "(select from (select %s from %s y group by %s having count(*) > "
	    "1) y where %s)", y, a->was_fq, y, sbuf_str(&b)));
}

/* Columns of the primary key of the table that a foreign key names. */
static void
primary_key(struct alter *a, const struct ident *ref, struct vec *out)
{
	const char *args[] = { ident_text(a->d->mem, ref) };

	if (a->d->db == NULL)
		return;
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS,
	    "select a.attname from pg_catalog.pg_constraint k"
	    " cross join unnest(k.conkey) with ordinality as u(num, i)"
	    " join pg_catalog.pg_attribute a on a.attrelid = k.conrelid"
	    " and a.attnum = u.num"
	    " where k.conrelid = pg_catalog.to_regclass($1)"
	    " and k.contype = 'p' order by u.i", 1, args);
	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		vec_push(out, arena_strdup(a->d->mem, PQgetvalue(r, i, 0)));
}

static void
check_foreign(struct alter *a, const struct con *k, const char *what)
{
	const struct json *rv = json_get(k->node, "pktable");
	const struct json *pk = json_get(k->node, "pk_attrs");
	struct ident ref = { .cls = ID_RELATION,
		.schema = json_str(rv, "schemaname"),
		.name = json_str(rv, "relname") };
	WM_SBUF b = SBUF_INIT;
	WM_VEC keys = VEC_INIT;

	if (ref.schema == NULL)
		ref.schema = IDENT_SCHEMA;
	/* where it changes, the old key need not be the one that is meant */
	if (ref.name == NULL || !a->has_rows || alter_referenced(a, rv) !=
	    NULL)
		return;
	for (const struct json *j = pk ? pk->first : NULL; j; j = j->next)
		vec_push(&keys, sql_string(j));
	if (pk == NULL)
		primary_key(a, &ref, &keys);
	if (keys.v == NULL || keys.n != k->cols.n)
		return;
	for (size_t i = 0; i < k->cols.n; i++)
		sbuf_printf(&b, "x.%s is not null and ",
		    sql_quoted(a->d->mem, k->cols.v[i]));
	sbuf_printf(&b, "not exists (select from %s y where ",
	    ident_text(a->d->mem, &ref));
	for (size_t i = 0; i < k->cols.n; i++)
		sbuf_printf(&b, "%sy.%s = x.%s", i > 0 ? " and " : "",
		    sql_quoted(a->d->mem, keys.v[i]),
		    sql_quoted(a->d->mem, k->cols.v[i]));
	sbuf_putc(&b, ')');
	alter_check(a, &k->cols, what, sbuf_take(&b, a->d->mem));
}

/* An element's expression: its text up to WITH, in the constraint's text. */
static const char *
element_text(struct alter *a, const char *text, size_t nth)
{
	struct sql_token *t;
	size_t n, from = 0, at = 0;
	int depth = 0;

	if (!sql_scan(a->d->mem, text, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *s = text + t[i].off;

		if (depth == 1 && at == nth && t[i].len == 4 &&
		    strncasecmp(s, "with", 4) == 0)
			return arena_strndup(a->d->mem, text + from,
			    t[i].off - from);
		if (s[0] == '(' && t[i].len == 1 && depth++ == 0)
			from = t[i].off + 1;
		else if (s[0] == ')' && t[i].len == 1)
			depth--;
		else if (s[0] == ',' && t[i].len == 1 && depth == 1) {
			at++;
			from = t[i].off + 1;
		}
	}
	return NULL;
}

/* "where (...)" of an exclusion constraint, with its parentheses; or NULL. */
static const char *
predicate_text(struct alter *a, const char *text)
{
	struct sql_token *t;
	size_t n, from = 0;
	int depth = 0;

	if (!sql_scan(a->d->mem, text, &t, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *s = text + t[i].off;

		if (depth == 0 && t[i].len == 5 &&
		    strncasecmp(s, "where", 5) == 0 && i + 1 < n)
			from = t[i + 1].off;
		depth += t[i].len == 1 ? (s[0] == '(') - (s[0] == ')') : 0;
		if (depth == 0 && from > 0 && s[0] == ')')
			return arena_strndup(a->d->mem, text + from, t[i].off +
			    1 - from);
	}
	return NULL;
}

/* Pairs of rows whose elements all meet their operators. */
static void
check_exclude(struct alter *a, const struct con *k, const char *what)
{
	const struct json *l = json_get(k->node, "exclusions");
	const char *pred = json_get(k->node, "where_clause") == NULL ? "true" :
	    predicate_text(a, k->text);
	WM_SBUF list = SBUF_INIT;
	WM_SBUF on = SBUF_INIT;
	WM_VEC cols = VEC_INIT;
	size_t n = 0;

	tree_columns(l, &cols);
	tree_columns(json_get(k->node, "where_clause"), &cols);
	for (const struct json *j = l ? l->first : NULL; j; j = j->next, n++) {
		const struct json *items = json_get2(j, "List", "items");
		const struct json *e = json_get(items ? items->first : NULL,
		    "IndexElem");
		const struct json *op = json_get2(items ? items->last : NULL,
		    "List", "items");
		const char *name = json_str(e, "name");
		const char *text = name != NULL ? sql_quoted(a->d->mem, name) :
		    element_text(a, k->text, n);

		/* where an operator class stands behind an expression, too */
		if (name != NULL)
			vec_push(&cols, name);
		if (op == NULL || op->first == NULL || op->first != op->last ||
		    text == NULL || (name == NULL && (json_get(e, "opclass") !=
		    NULL || json_get(e, "collation") != NULL)))
			return;
		sbuf_printf(&list, ", %s as e%zu", text, n);
		sbuf_printf(&on, " and y.e%zu %s z.e%zu", n,
		    sql_string(op->first), n);
	}
	if (pred == NULL || n == 0 || !old_has_all(a, &cols))
		return;
	alter_check(a, &cols, what, arena_printf(a->d->mem, "x.ctid in "
	    "(select y.ctid from (select ctid%s from %s where %s) y join "
	    "(select ctid%s from %s where %s) z on y.ctid <> z.ctid%s)",
	    sbuf_str(&list), a->was_fq, pred, sbuf_str(&list), a->was_fq,
	    pred, sbuf_str(&on)));
}

void
alter_check_constraint(struct alter *a, const struct con *k)
{
	static const struct {
		enum con_kind kind;
		void (*fn)(struct alter *a, const struct con *k,
		    const char *what);
	} rows[] = { { CON_CHECK, check_check }, { CON_PRIMARY, check_unique },
		{ CON_UNIQUE, check_unique }, { CON_FOREIGN, check_foreign },
		{ CON_EXCLUDE, check_exclude } };

	if (k->not_valid || (k->kind != CON_EXCLUDE &&
	    !old_has_all(a, &k->cols)))
		return;
	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (rows[i].kind == k->kind)
			rows[i].fn(a, k, arena_printf(a->d->mem,
			    "new constraint \"%s\" (%s)", k->name,
			    k->text));
}
