/*
 * What a script takes back again: DROP, with what goes along, and ROLLBACK. The
 * list holds what is left at its end.
 */
#include "sql_reader.h"

#include "diag.h"
#include "sql_lose.h"
#include "sql_rename.h"
#include "sql_session.h"

/* Whether it hangs on a table that goes, and goes without CASCADE. */
static bool
part_of(const struct made *m, const struct made *table)
{
	const char *schema = table->id.schema, *name = table->id.name;
	const struct made *at = m->partition != NULL ? m->partition : m;

	if (table->id.cls != ID_RELATION)
		return false;
	return (wm_is(m->id.table, name) &&
	    wm_same(m->id.schema, schema)) ||
	    (wm_is(m->on_table, name) &&
	    wm_same(m->on_schema, schema)) ||
	    (wm_is(m->of_table, name) &&
	    wm_same(m->of_schema, schema)) ||
	    (wm_is(at->parent, name) &&
	    wm_same(at->parent_schema, schema));
}

static bool
inherits(const struct made *m, const struct made *table)
{
	for (size_t i = 0; i < m->parents.n; i++) {
		const struct ident *id = m->parents.v[i];

		if (table->id.cls == ID_RELATION &&
		    wm_same(id->name, table->id.name) &&
		    wm_same(id->schema, table->id.schema))
			return true;
	}
	return false;
}

/*
 * Whether one of the references means an object. Of functions with one name
 * nobody knows which is meant: another one that is there may be.
 */
static bool
names(const struct parse *p, const struct vec *refs, const struct made *m)
{
	const char *schema = m->id.schema ? m->id.schema : "";

	if (m->id.cls == ID_FUNCTION && sql_bare(p, ID_FUNCTION, m->id.schema,
	    m->id.name) != NULL)
		return false;
	for (size_t i = 0; i < refs->n; i++) {
		const struct ref *r = refs->v[i];

		if ((r->classes & (int)m->id.cls) != 0 && !r->soft &&
		    wm_same(r->name, m->id.name) &&
		    (wm_same(r->schema, schema) || *schema == '\0'))
			return true;
	}
	return false;
}

/*
 * Whether it is a call, passed on as it is, of a function that goes: what that
 * has done is over.
 */
static bool
calls(const struct parse *p, const struct made *m, const struct made *with)
{
	return m->id.name == NULL && with->id.cls == ID_FUNCTION &&
	    names(p, &m->refs, with);
}

static bool
is_table(const struct made *m)
{
	return strcmp(m->o->kind->name, "table") == 0 ||
	    strcmp(m->o->kind->name, "foreign table") == 0;
}

/*
 * Whether an object goes with another one that is dropped with CASCADE. A table
 * only loses a part (sql_lose.h).
 */
static bool
goes_along(const struct reader *r, const struct made *m,
    const struct made *with)
{
	if (with->id.cls == ID_SCHEMA)
		return wm_same(m->id.schema, with->id.name);
	if (inherits(m, with))
		return true;
	if (!names(r->p, &m->refs, with))
		return false;
	return !is_table(m) || with->id.cls == ID_SERVER || (m->typed &&
	    with->id.cls == ID_TYPE);
}

void
sql_gone(struct parse *p, struct made *m)
{
	m->gone = true;
	m->gone_at = p->sql.attached.n;
	m->gone_no = ++p->sql.n_gone;
	model_remove(&p->model, m->o);
}

void
sql_forget(struct reader *r, struct made *m)
{
	sql_gone(r->p, m);
}

static bool
attaches(const struct attached *a, const struct made *to)
{
	return a->parent != NULL && to->id.cls == ID_RELATION &&
	    wm_same(a->parent, to->id.name) &&
	    wm_same(a->parent_schema, to->id.schema);
}

/* A temporary object, if it is still there. */
static struct made *
temporary(struct reader *r, const struct ident *id)
{
	struct made *m = sql_find_at(r->p, id, r->p->sql.attached.n);

	return m != NULL && m->temporary ? m : NULL;
}

bool
sql_on_temporary(struct reader *r, const struct sql_stmt *st)
{
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	struct ident table = { .cls = ID_RELATION,
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };

	return table.name != NULL && strcmp(st->tag, "CreateStmt") != 0 &&
	    temporary(r, &table) != NULL;
}

/*
 * It is gone from the beginning, and yet found: what is said of it is nothing
 * to keep.
 */
void
sql_temporary(struct reader *r, const struct ident *id, const char *kind)
{
	struct ident own = sql_keep(r->p->mem, id);
	struct made *m;

	if (own.cls == ID_RELATION)
		own.table = NULL;
	m = sql_add(r->p, kind, ident_text(r->p->mem, &own), &own, &r->at);
	if (m == NULL)
		return;		/* hides another one */
	sql_forget(r, m);
	m->temporary = true;
	m->gone_at = SIZE_MAX;
}

/* Statements of other objects than tables that name what is gone. */
static void
forget_attached(struct reader *r, const struct made *gone)
{
	for (size_t i = 0; i < r->p->sql.attached.n; i++) {
		struct attached *a = r->p->sql.attached.v[i];

		const struct made *m;

		if (a->tag == NULL || strcmp(a->tag, "AlterTableStmt") != 0)
			continue;
		m = sql_find(r->p, &a->id);
		if (attaches(a, gone) || ((m == NULL || m->foreign ||
		    strcmp(m->o->kind->name, "table") != 0) &&
		    names(r->p, &a->refs, gone)))
			a->tag = NULL;
	}
}

/* Partitions that were attached. */
static void
drop_partitions(struct reader *r, const struct made *gone, struct vec *all)
{
	for (size_t i = 0; i < r->p->sql.attached.n; i++) {
		struct attached *a = r->p->sql.attached.v[i];
		struct made *m = a->tag != NULL && attaches(a, gone) ?
		    sql_find(r->p, &a->id) : NULL;

		if (m == NULL || m->foreign)
			continue;
		sql_forget(r, m);
		vec_push(all, m);
	}
}

/* The index of a materialized view is a statement about that. */
static void
drop_index(struct reader *r, const struct made *m, const char *name)
{
	for (size_t i = 0; i < r->p->sql.attached.n; i++) {
		struct attached *a = r->p->sql.attached.v[i];

		if (a->tag != NULL && strcmp(a->tag, "IndexStmt") == 0 &&
		    wm_same(a->id.name, m->id.name) &&
		    wm_same(a->id.schema, m->id.schema) &&
		    vec_has_string(&a->parts, name))
			a->tag = NULL;
	}
}

/* What came with an object: of a table, the sequence of a serial column. */
static void
drop_part(struct reader *r, struct made *m, const struct ident *id)
{
	struct attached *a;

	if (strcmp(m->o->kind->name, "table") != 0) {
		drop_index(r, m, id->name);
		return;
	}
	a = arena_alloc(r->p->mem, sizeof(*a));
	a->id = sql_keep(r->p->mem, id);
	a->tag = "DropStmt";
	a->at = r->at;
	a->piece.text = arena_printf(r->p->mem, "drop sequence %s cascade",
	    ident_text(r->p->mem, id));
	a->piece.len = strlen(a->piece.text);
	a->folds = true;
	vec_push(&r->p->sql.attached, a);
}

/* Foreign keys rest on a unique index. */
static void
lose_index(struct reader *r, const struct made *index)
{
	struct ident table = { .cls = ID_RELATION, .schema = index->on_schema,
		.name = index->on_table };

	lose_keys(r->p, &table, &index->cols, false, &r->at);
}

static void drop(struct reader *r, const struct ident *id, bool cascade);

/* Views and what else reads a column that goes with CASCADE. */
static void
drop_readers(struct reader *r, const struct ident *table, const char *column)
{
	const struct made with = { .id = *table };

	for (size_t i = 0; i < r->p->sql.made.n; i++) {
		const struct made *m = r->p->sql.made.v[i];
		const struct piece *k = m->pieces.n > 0 ? m->pieces.v[0] :
		    NULL;

		if (m->gone || m->foreign || k == NULL || m->id.name == NULL ||
		    is_table(m) || (!names(r->p, &m->refs, &with) &&
		    !part_of(m, &with)))
			continue;
		if (rename_reads(r, arena_strndup(r->mem, k->text, k->len),
		    table, column))
			drop(r, &m->id, true);
	}
}

void
sql_drop_readers(struct reader *r, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	const struct ident table = { .cls = ID_RELATION,
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };

	if (strcmp(st->tag, "AlterTableStmt") != 0 || table.name == NULL)
		return;
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");

		if (wm_same(json_str(cmd, "subtype"), "AT_DropColumn") &&
		    wm_same(json_str(cmd, "behavior"), "DROP_CASCADE"))
			drop_readers(r, &table, json_str(cmd, "name"));
	}
}

static void
drop(struct reader *r, const struct ident *id, bool cascade)
{
	struct made *m = sql_find(r->p, id), *temp = temporary(r, id);
	WM_VEC gone = VEC_INIT;
	WM_VEC cols = VEC_INIT;

	if (temp != NULL)
		temp->gone_at = r->p->sql.attached.n;
	if (m == NULL || m->foreign || temp != NULL)
		return;
	if (id->cls == ID_RELATION && strcmp(m->id.name, id->name) != 0) {
		drop_part(r, m, id);
		return;
	}
	sql_forget(r, m);
	vec_push(&gone, m);
	for (size_t i = 0; i < gone.n; i++) {
		const struct made *with = gone.v[i];

		for (size_t k = 0; k < r->p->sql.made.n; k++) {
			m = r->p->sql.made.v[k];
			if (m->gone || m->foreign || (!calls(r->p, m, with) &&
			    (m->id.name == NULL || (!part_of(m, with) &&
			    (!cascade || !goes_along(r, m, with))))))
				continue;
			sql_forget(r, m);
			vec_push(&gone, m);
		}
		drop_partitions(r, with, &gone);
		if (!cascade)
			continue;
		if (with->on_table != NULL && with->unique)
			lose_index(r, with);
		lose_parts(r->p, with, &r->at, &cols);
		forget_attached(r, with);
	}
	for (size_t i = 0; i < cols.n; i++) {
		const struct lost_column *c = cols.v[i];

		drop_readers(r, &c->of->id, c->name);
	}
}

static bool
with_cascade(const struct sql_stmt *st)
{
	const char *how = json_str(st->node, "behavior");

	return how != NULL && strcmp(how, "DROP_CASCADE") == 0;
}

void
sql_drop(struct reader *r, const struct sql_stmt *st)
{
	WM_VEC ids = VEC_INIT;

	if (!ident_targets(r->mem, st, &ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		struct ident id = sql_keep(r->mem, ids.v[i]);

		if (id.cls == ID_RELATION)
			id.table = NULL;
		drop(r, &id, with_cascade(st));
	}
}

void
sql_drop_roles(struct reader *r, const struct sql_stmt *st)
{
	const struct json *list = json_get(st->node, "roles");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		struct ident id = { .cls = ID_ROLE,
			.name = ident_role(json_get(j, "RoleSpec")) };

		drop(r, &id, false);
	}
}

/* --- transactions --- */

/* Where a script was when something began that it may take back. */
struct mark {
	const char *name;	/* of a savepoint; NULL: the transaction */
	struct sql_session session;
	size_t made, attached, gone;
	struct loc at;
};

static void
begin(struct reader *r, const char *name)
{
	struct mark *k = arena_alloc(r->p->mem, sizeof(*k));

	k->name = name ? arena_strdup(r->p->mem, name) : NULL;
	k->session = r->p->sql.session;
	k->made = r->p->sql.made.n;
	k->attached = r->p->sql.attached.n;
	k->gone = r->p->sql.n_gone;
	k->at = r->at;
	vec_push(&r->marks, k);
}

/* Back to a mark: what came since is no more, what went since is back. */
static void
roll_back(struct reader *r, const struct mark *k)
{
	struct parse *p = r->p;

	p->sql.session = k->session;
	for (size_t i = k->attached; i < p->sql.attached.n; i++)
		((struct attached *)p->sql.attached.v[i])->tag = NULL;
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (i >= k->made && !m->gone)
			sql_forget(r, m);
		else if (i < k->made && m->gone && m->gone_no > k->gone) {
			m->gone = false;
			model_restore(&p->model, m->o);
			map_put(&p->sql.by_key, m->o->key, m);
		}
	}
}

/*
 * The innermost savepoint of a name; the number of marks where there is none.
 */
static size_t
savepoint(const struct reader *r, const char *name)
{
	for (size_t i = r->marks.n; i-- > 1;) {
		const struct mark *k = r->marks.v[i];

		if (name != NULL && strcmp(k->name, name) == 0)
			return i;
	}
	return r->marks.n;
}

void
sql_transaction(struct reader *r, const struct sql_stmt *st)
{
	const char *kind = json_str(st->node, "kind");
	const char *name = json_str(st->node, "savepoint_name");
	size_t at = savepoint(r, name);

	kind = kind != NULL ? kind + strlen("TRANS_STMT_") : "";
	if (strcmp(kind, "BEGIN") == 0 || strcmp(kind, "START") == 0) {
		if (r->marks.n == 0)
			begin(r, NULL);
	} else if (strcmp(kind, "SAVEPOINT") == 0) {
		if (r->marks.n > 0)
			begin(r, name);
	} else if (strcmp(kind, "ROLLBACK_TO") == 0) {
		if (at == r->marks.n)
			return;
		roll_back(r, r->marks.v[at]);
		r->marks.n = at + 1;
	} else if (strcmp(kind, "RELEASE") == 0) {
		r->marks.n = at;
	} else {
		if (strcmp(kind, "ROLLBACK") == 0 && r->marks.n > 0)
			roll_back(r, r->marks.v[0]);
		/* COMMIT, PREPARE */
		session_commit(r->p);
		r->marks.n = 0;
	}
}

void
sql_open_transaction(const struct reader *r)
{
	const struct mark *k = r->marks.n > 0 ? r->marks.v[0] : NULL;

	if (k == NULL)
		return;
	diag_warn(&k->at, "sql", "the transaction that begins here has no end: "
	    "psql takes it back, here it is taken as done");
	parse_quote(r->p, &k->at);
	diag_hint("Write COMMIT where it ends.");
}
