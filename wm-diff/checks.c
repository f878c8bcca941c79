#include "alter_impl.h"

#include "hops.h"
#include "needs.h"

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

/* What rows would break a new constraint. */
void
alter_check_constraint(struct alter *a, const struct con *k)
{
	struct arena *mem = a->d->mem;
	const char *what = arena_printf(mem, "new constraint \"%s\" (%s)",
	    k->name, k->text), *cols;
	WM_SBUF b = SBUF_INIT;
	struct ident ref = { .cls = ID_RELATION };
	const struct json *rv = json_get(k->node, "pktable");
	const struct json *pk = json_get(k->node, "pk_attrs");
	const struct json *j;

	if (k->not_valid || !old_has_all(a, &k->cols) ||
	    k->kind == CON_EXCLUDE)
		return;
	cols = column_list(a, &k->cols, "x.");
	if (k->kind == CON_CHECK) {
		const char *open = strchr(k->text, '(');
		const char *close = strrchr(k->text, ')');

		if (open == NULL || close == NULL)
			return;
		alter_check(a, &k->cols, what, arena_printf(mem, "not %.*s",
		    (int)(close + 1 - open), open));
		return;
	}
	if (k->kind != CON_FOREIGN) {
		if (json_bool(k->node, "nulls_not_distinct")) {
			for (size_t i = 0; i < k->cols.n; i++)
				sbuf_printf(&b, "%sy.%s is not distinct from "
				    "x.%s", i > 0 ? " and " : "", alter_quoted(a,
				    k->cols.v[i]), alter_quoted(a, k->cols.v[i]));
			alter_check(a, &k->cols, what, arena_printf(mem,
			    "exists (select from (select %s from %s y group "
			    "by %s having count(*) > 1) y where %s)",
			    column_list(a, &k->cols, "y."), a->was_fq,
			    column_list(a, &k->cols, "y."), sbuf_str(&b)));
			return;
		}
		alter_check(a, &k->cols, what, arena_printf(mem, "(%s) in "
		    "(select %s from %s y group by %s having count(*) > 1)", cols,
		    column_list(a, &k->cols, "y."), a->was_fq,
		    column_list(a, &k->cols, "y.")));
		return;
	}
	ref.schema = json_str(rv, "schemaname");
	ref.name = json_str(rv, "relname");
	if (ref.schema == NULL)
		ref.schema = IDENT_SCHEMA;
	if (pk == NULL || ref.name == NULL || alter_referenced(a, rv) != NULL)
		return;		/* its key is known to the server only */
	for (size_t i = 0; i < k->cols.n; i++)
		sbuf_printf(&b, "x.%s is not null and ",
		    alter_quoted(a, k->cols.v[i]));
	sbuf_printf(&b, "not exists (select from %s y where ",
	    ident_text(mem, &ref));
	j = pk->first;
	for (size_t i = 0; i < k->cols.n && j != NULL; i++, j = j->next)
		sbuf_printf(&b, "%sy.%s = x.%s", i > 0 ? " and " : "",
		    alter_quoted(a, sql_string(j)), alter_quoted(a, k->cols.v[i]));
	sbuf_putc(&b, ')');
	alter_check(a, &k->cols, what, sbuf_take(&b, mem));
}
