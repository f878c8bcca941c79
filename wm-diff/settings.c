#include "settings.h"

#include "pg.h"
#include "undo.h"

static bool
same(const struct sql_stmt *a, const struct sql_stmt *b)
{
	return strcmp(a->tag, b->tag) == 0 && sql_alike(a->node, b->node);
}

bool
settings_has(const struct parsed *p, const struct sql_stmt *st)
{
	for (size_t i = 0; i < p->n; i++)
		if (same(&p->stmts[i], st))
			return true;
	return false;
}

/* The roles that own something, as they are named. */
static const struct map *
owners(struct diff *d)
{
	if (d->db == NULL || d->elsewhere || d->owners_ready)
		return d->owners_ready ? &d->owners : NULL;

	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select distinct"
	    " pg_catalog.pg_get_userbyid(o) from (select relowner"
	    " from pg_catalog.pg_class union select proowner"
	    " from pg_catalog.pg_proc union select typowner"
	    " from pg_catalog.pg_type union select nspowner"
	    " from pg_catalog.pg_namespace) as x(o)", 0, NULL);

	for (int i = 0; r != NULL && i < PQntuples(r); i++)
		map_put(&d->owners, arena_strdup(d->mem,
		    PQgetvalue(r, i, 0)), d);
	d->owners_ready = true;
	return &d->owners;
}

const char *
settings_undo(struct diff *d, const char *text, const struct sql_stmt *st)
{
	return sql_undo(d->mem, text, st,
	    strcmp(st->tag, "GrantStmt") == 0 ? owners(d) : NULL);
}

/* What is no setting, in order, has to be the same. */
static bool
cores_equal(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i > 0 && i < was->n && sql_is_setting(d->mem,
		    c->old->create, &was->stmts[i]))
			i++;
		while (k > 0 && k < is->n && sql_is_setting(d->mem,
		    c->new->create, &is->stmts[k]))
			k++;
		if (i >= was->n || k >= is->n)
			return i >= was->n && k >= is->n;
		if (!same(&was->stmts[i], &is->stmts[k]))
			return false;
	}
}

static void
put(struct sbuf *b, const char *sql, size_t len)
{
	sbuf_printf(b, "%s%.*s", b->len > 0 ? ";\n" : "", (int)len, sql);
}

static bool
is_grant(const struct sql_stmt *st)
{
	return strcmp(st->tag, "GrantStmt") == 0;
}

struct parsed
settings_core(struct diff *d, const struct object *o, const struct parsed *p)
{
	struct parsed core = *p;

	core.stmts = arena_alloc(d->mem, (p->n + 1) * sizeof(*core.stmts));
	core.idents = arena_alloc(d->mem, (p->n + 1) * sizeof(*core.idents));
	core.n = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (i > 0 && sql_is_setting(d->mem, o->create, &p->stmts[i]))
			continue;
		core.stmts[core.n] = p->stmts[i];
		core.idents[core.n++] = p->idents[i];
	}
	return core;
}

void
settings_sql(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is, struct sbuf *out)
{
	bool grants = false;

	/* the last said is the first taken back */
	for (size_t i = was->n; i-- > 1;) {
		const struct sql_stmt *st = &was->stmts[i];
		const char *undo;

		if (settings_has(is, st) ||
		    !sql_is_setting(d->mem, c->old->create, st))
			continue;
		undo = settings_undo(d, c->old->create, st);
		if (undo != NULL)
			put(out, undo, strlen(undo));
		grants = grants || is_grant(st);
	}
	/* a revoke may take more than was meant: all grants are said again */
	for (size_t i = grants && is->n > 0 && is_grant(&is->stmts[0]) ? 0 : 1;
	    i < is->n; i++) {
		const struct sql_stmt *st = &is->stmts[i];

		if (!sql_is_setting(d->mem, c->new->create, st) ||
		    (settings_has(was, st) && !(grants && is_grant(st))))
			continue;
		put(out, c->new->create + st->off, st->len);
		grants = grants || is_grant(st);
	}
}

bool
settings_only(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	WM_SBUF b = SBUF_INIT;

	if (was->n == 0 || is->n == 0 || !cores_equal(d, c, was, is))
		return false;
	settings_sql(d, c, was, is, &b);
	if (b.len == 0)
		return true;	/* the order only */
	c->sql = sbuf_take(&b, d->mem);
	c->fate = FATE_ALTER;
	return true;
}

void
settings_early(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	for (size_t i = was->n; i-- > 1;) {
		const char *undo = settings_has(is, &was->stmts[i]) ? NULL :
		    settings_undo(d, c->old->create, &was->stmts[i]);

		if (undo != NULL)
			vec_push(&c->early, undo);
	}
}

void
settings_leave(struct diff *d, struct change *c)
{
	struct parsed *was, *is;

	if (!change_parse(d, c, true, &was) || !change_parse(d, c, false, &is))
		return;
	for (size_t i = was->n; i-- > 1;) {
		const struct sql_stmt *st = &was->stmts[i];
		const char *undo;

		/* an index is not taken over: it goes with the old table */
		if (strcmp(st->tag, "IndexStmt") == 0 || settings_has(is, st) ||
		    !sql_is_setting(d->mem, c->old->create, st))
			continue;
		undo = settings_undo(d, c->old->create, st);
		if (undo != NULL)
			vec_push(&c->early, undo);
	}
}
