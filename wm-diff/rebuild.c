#include "alter_impl.h"

#include "diag.h"
#include "embed.h"
#include "pg.h"
#include "settings.h"

/*
 * Why the table cannot become what the step leads to while it stays the same
 * relation; NULL: it can.
 */
static const char *
form_differs(const struct table *was, const struct table *is)
{
	const struct json *old = json_get(was->node, "partspec");
	const struct json *new = json_get(is->node, "partspec");

	if (sql_equal(old, new))
		return NULL;
	return old == NULL ? "it becomes partitioned" : new == NULL ?
	    "it is no longer partitioned" : "it is partitioned in another way";
}

/* What a column of the catalog is called by now. */
static const char *
name_by_now(const struct alter *a, const char *col)
{
	for (size_t i = 0; i < a->names.n; i++) {
		const struct naming *k = a->names.v[i];

		if (k->was != NULL && strcmp(k->was, col) == 0)
			return k->now;
	}
	return col;
}

/*
 * Columns as the catalog has them, in order; without a database, those of the
 * old text.
 *
 * out         of const char *
 * inherited   of const char *: those that the text need not have
 */
static bool
ask_columns(struct alter *a, struct vec *out, struct vec *inherited)
{
	if (a->d->db == NULL || a->c->born) {
		for (size_t i = 0; i < a->first.n; i++)
			vec_push(out, a->first.v[i]);
		return true;
	}
	WM_PGRES *r = pg_query(a->d->db, PG_ROWS,
	    "select attname, attinhcount > 0 from pg_catalog.pg_attribute"
	    " where attrelid = pg_catalog.to_regclass($1) and attnum > 0"
	    " and not attisdropped order by attnum", 1, &a->was_fq);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		const char *col = arena_strdup(a->d->mem, PQgetvalue(r, i, 0));

		vec_push(out, col);
		if (PQgetvalue(r, i, 1)[0] == 't')
			vec_push(inherited, col);
	}
	return r != NULL;
}

/* Whether the columns, altered in place, would stand in another order. */
static bool
order_differs(struct alter *a, bool *out)
{
	WM_VEC order = VEC_INIT;
	WM_VEC cols = VEC_INIT;
	WM_VEC inherited = VEC_INIT;
	size_t at = 0;

	if (!ask_columns(a, &cols, &inherited))
		return false;
	for (size_t i = 0; i < cols.n; i++) {
		const char *now = name_by_now(a, cols.v[i]);

		if (table_column(a->old, now) != NULL &&
		    table_column(a->new, now) != NULL)
			vec_push(&order, now);
	}
	/* what is new comes behind the rest */
	*out = false;
	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *k = a->new->columns.v[i];

		if (at < order.n && strcmp(order.v[at], k->name) == 0)
			at++;
		else if (at < order.n)
			*out = true;
	}
	return true;
}

static void
say_options(struct alter *a)
{
	const struct json *o = json_get(a->old->node, "options");

	for (const struct json *j = o ? o->first : NULL; j; j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *ns = json_str(e, "defnamespace");

		vec_push(&a->said, arena_printf(a->d->mem, "%s%s%s", ns ? ns :
		    "", ns ? "." : "", json_str(e, "defname")));
	}
}

/* Columns that a partitioned table's key reads, appended. */
static void
key_columns(const struct table *t, struct vec *out)
{
	const struct json *list = json_get2(t->node, "partspec",
	    "partParams");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *e = json_get(j, "PartitionElem");
		const char *name = json_str(e, "name");

		if (name != NULL)
			vec_push(out, name);
		else
			tree_columns(json_get(e, "expr"), out);
	}
}

/* Whether a column of the partition key gets another type. */
static bool
key_differs(const struct table *was, const struct table *is)
{
	WM_VEC cols = VEC_INIT;
	bool differs = false;

	key_columns(was, &cols);
	for (size_t i = 0; i < cols.n; i++) {
		const struct column *x = table_column(was, cols.v[i]);
		const struct column *y = table_column(is, cols.v[i]);

		differs = differs || (x != NULL && y != NULL &&
		    (!type_equal(x->type, y->type) || !sql_equal(
		    json_get(x->collation, "collname"),
		    json_get(y->collation, "collname"))));
	}
	return differs;
}

bool
alter_in_key(const struct table *t, const char *col)
{
	WM_VEC cols = VEC_INIT;

	key_columns(t, &cols);
	return vec_has_string(&cols, col);
}

void
alter_copy_as(struct alter *a, const char *col, const char *expr)
{
	struct copy_as *k = arena_alloc(a->d->mem, sizeof(*k));

	k->col = arena_strdup(a->d->mem, col);
	k->expr = expr;
	vec_push(&a->copies, k);
}

/* What the copy reads for a column. */
static const char *
copied_from(const struct alter *a, const char *col)
{
	for (size_t i = a->copies.n; i-- > 0;) {
		const struct copy_as *k = a->copies.v[i];

		if (strcmp(k->col, col) == 0 && k->expr != NULL)
			return k->expr;
	}
	return sql_quoted(a->d->mem, col);
}

bool
alter_form(struct alter *a)
{
	const char *why = form_differs(a->old, a->new);
	bool differs = false;

	a->parts_go = why != NULL;
	if (why == NULL)
		why = a->from_above;
	if (why == NULL && (a->copies.n > 0 || key_differs(a->old,
	    a->new)))
		why = "a column of its partition key gets another type";

	say_options(a);
	if (why == NULL && a->d->opts->column_order) {
		if (!order_differs(a, &differs))
			return false;
		why = differs ? "its columns are to stand as in the source" :
		    NULL;
	}
	if (why == NULL)
		return true;
	if (!a->d->opts->allow_rebuild) {
		alter_refuse(a, "%s, which needs a new table", why);
		diag_hint("--allow rebuild plans it: rows are copied, and all "
		    "that hangs on the table is taken along, while it is "
		    "locked.");
		if (why == a->from_above)
			diag_hint("Or say it in the table's own text, too: it "
			    "stays the table's own.");
	}
	a->rebuild = why;
	if (a->parts_go)
		part_fit_check(a);
	return true;
}

/* Put arguments, as literals, in place of $1, $2 ...; comments stay out. */
static const char *
with_arguments(struct arena *mem, const char *sql, const char *const *args)
{
	WM_SBUF b = SBUF_INIT;

	while (sql[0] == '-' && sql[1] == '-')
		sql += strcspn(sql, "\n") + 1;
	for (; *sql != '\0'; sql++) {
		if (sql[0] == '$' && sql[1] >= '1' && sql[1] <= '9')
			sbuf_literal(&b, args[*++sql - '1']);
		else
			sbuf_putc(&b, *sql);
	}
	while (b.len > 0 && b.s[b.len - 1] == '\n')
		b.s[--b.len] = '\0';
	return sbuf_take(&b, mem);
}

/* A statement of the rebuild: of its first part, or of the one that fills. */
static struct alter_stmt *
rebuild_do(struct alter *a, bool fill, const char *sql)
{
	struct alter_stmt *s;

	if (!fill)
		s = alter_do(a, "%s", sql);
	else {
		s = arena_alloc(a->d->mem, sizeof(*s));
		s->sql = sql;
		s->rows = a->rows;
		s->bytes = a->bytes;
		s->release = a->release;
		vec_push(&a->c->fill, s);
	}
	s->rebuild = true;
	return s;
}

static const char *
do_block(struct arena *mem, const char *body)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, body);
	return sbuf_take(&b, mem);
}

const char *
alter_block(struct arena *mem, const char *sql, const char *const *args)
{
	return do_block(mem, with_arguments(mem, sql, args));
}

static const char *
array_text(struct arena *mem, struct sbuf *b)
{
	sbuf_puts(b, b->len > 0 ? "}" : "{}");
	return sbuf_take(b, mem);
}

static const char *
names_array(struct arena *mem, const struct vec *names)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < names->n; i++)
		pg_array_put(&b, names->v[i]);
	return array_text(mem, &b);
}

/* Columns of the text that a list of the carried facts leaves out. */
static const char *
columns_where(struct alter *a, bool (*is)(const struct column *))
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < a->old->columns.n; i++) {
		const struct column *k = a->old->columns.v[i];

		if (is(k))
			pg_array_put(&b, k->name);
	}
	return array_text(a->d->mem, &b);
}

static bool
has_sequence(const struct column *k)
{
	return k->serial || k->identity != 0;
}

static bool
has_default(const struct column *k)
{
	return k->dflt != NULL || k->generated != NULL || has_sequence(k);
}

static bool
is_not_null(const struct column *k)
{
	return k->not_null || has_sequence(k);
}

/* Storage parameters that the table's texts have named on the way. */
static const char *
option_names(struct alter *a)
{
	WM_SBUF b = SBUF_INIT;

	say_options(a);
	for (size_t i = 0; i < a->said.n; i++)
		pg_array_put(&b, a->said.v[i]);
	return array_text(a->d->mem, &b);
}

/* The name of a column that it has from above, in the end; NULL: it goes. */
static const char *
name_from_above(struct alter *a, const struct table *whole, const char *col)
{
	const char *to = alter_name_above(a->d, a->c, col);

	return to != NULL ? to : whole == NULL || table_column(whole, col) ?
	    col : NULL;
}

/*
 * Columns that the copy brings over: those of the catalog that stay, and those
 * that were added in front of it; not what is generated. False where somebody
 * else has added one, which has been refused.
 */
static bool
copied_columns(struct alter *a, const struct vec *cols,
    const struct vec *inherited, const struct table *whole, struct vec *out)
{
	for (size_t i = 0; i < cols->n; i++) {
		const char *col = cols->v[i];
		const char *now = name_by_now(a, col);
		const struct column *k = table_column(a->old, now);

		if (k == NULL && vec_has_string(inherited, col))
			now = name_from_above(a, whole, col);
		if (now == NULL || vec_has_string(out, now))
			continue;
		if (k != NULL || vec_has_string(inherited, col))
			vec_push(out, now);
		else if (!vec_has_string(&a->first, col)) {
			alter_refuse(a, "%s, and column \"%s\", which no "
			    "source has, would be lost", a->rebuild, col);
			return false;
		}
	}
	for (size_t i = 0; i < a->old->columns.n; i++) {
		const struct column *k = a->old->columns.v[i];

		if (!vec_has_string(out, k->name))
			vec_push(out, k->name);
	}
	return true;
}

/* The table's own sequences: they keep their positions and their names. */
static void
keep_sequences(struct alter *a)
{
	struct arena *mem = a->d->mem;

	for (size_t i = 0; i < a->owned.n; i++) {
		const struct owned *o = a->owned.v[i];
		const struct column *k = o->gone ? NULL :
		    table_column(a->old, o->col);
		struct owned aside = *o, made = *o;
		struct alter_stmt *s;
		const struct json *l;

		if (k == NULL || !has_sequence(k))
			continue;
		aside.name = arena_printf(mem, "wm old %zu %zu", a->c->index,
		    i);
		rebuild_do(a, false, arena_printf(mem, "alter sequence %s "
		    "rename to %s", alter_owned_text(a, o),
		    sql_quoted(a->d->mem,
		    aside.name)));
		made.name = table_object_name(mem, a->old->id.name, k->name,
		    "seq");
		made.schema = a->old->id.schema;
		l = json_get2(sql_defelem(k->identity_opts, "sequence_name"),
		    "List", "items");
		if (l != NULL && l->last != NULL && sql_string(l->last))
			made.name = sql_string(l->last);
		s = rebuild_do(a, true, arena_printf(mem, "select "
		    "pg_catalog.setval(%s, last_value, is_called) from %s",
		    sql_literal(a->d->mem, alter_owned_text(a, &made)),
		    alter_owned_text(a, &aside)));
		s->data = true;
		if (strcmp(made.name, o->name) != 0)
			rebuild_do(a, true, arena_printf(mem, "alter sequence "
			    "%s rename to %s", alter_owned_text(a, &made),
			    sql_quoted(a->d->mem, o->name)));
	}
}

/*
 * Copy the rows, and see that all have come: not those of tables below it,
 * which have their own.
 */
static void
copy_rows(struct alter *a, const struct vec *cols, const char *old)
{
	const char *only = a->parted ? "" : "only ";
	struct arena *mem = a->d->mem;
	WM_SBUF list = SBUF_INIT;
	WM_SBUF from = SBUF_INIT;
	const char *insert;
	struct alter_stmt *s;

	for (size_t i = 0; i < cols->n; i++) {
		const struct column *k = table_column(a->old, cols->v[i]);

		if (k != NULL && k->generated != NULL)
			continue;
		sbuf_puts(&list, list.len > 0 ? ", " : "");
		sbuf_ident(&list, cols->v[i]);
		sbuf_printf(&from, "%s%s", from.len > 0 ? ", " : "",
		    copied_from(a, cols->v[i]));
	}
	insert = list.len > 0 ? arena_printf(mem, "insert into %s (%s) "
	    "overriding system value select %s from %s%s", a->fq,
	    sbuf_str(&list), sbuf_str(&from), only, old) : arena_printf(mem,
	    "insert into %s select from %s%s", a->fq, only, old);
	s = rebuild_do(a, true, do_block(mem, arena_printf(mem, "declare\n"
	    "  \"wm rows\" bigint;\n"
	    "begin\n"
	    "  %s;\n"
	    "  get diagnostics \"wm rows\" = row_count;\n"
	    "  if \"wm rows\" <> (select count(*) from %s%s) then\n"
	    "    raise exception 'not all rows have come to the new table "
	    "%%', %s;\n"
	    "  end if;\n"
	    "end", insert, only, old, sql_literal(mem, a->fq))));
	s->lock = "AccessExclusiveLock";
	s->rewrite = true;
	s->scan = true;
}

static bool
is_partition(const struct sql_stmt *st)
{
	return strcmp(st->tag, "CreateStmt") == 0 &&
	    json_get(st->node, "partbound") != NULL;
}

/*
 * Checks without a name: the server has given them others while those of the
 * old table, and of tables below it, have theirs.
 */
static void
name_checks(struct diff *d, struct change *c, int release, struct vec *out)
{
	struct table *t = change_table(d, c, false);
	struct alter_stmt *s;
	WM_SBUF names = SBUF_INIT;
	bool unnamed = false;

	for (size_t i = 0; t != NULL && i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (k->kind != CON_CHECK)
			continue;
		unnamed = unnamed || !k->named;
		pg_array_put(&names, k->name);
	}
	if (unnamed) {
		s = arena_alloc(d->mem, sizeof(*s));
		s->sql = alter_block(d->mem, embed_check_names_sql,
		    (const char *[]){ ident_text(d->mem, &t->id),
		    array_text(d->mem, &names) });
		s->rebuild = true;
		s->release = release;
		vec_push(out, s);
	}
	table_clear(t);
}

static bool
adds_constraint(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j; j = j->next)
		if (json_get2(j, "AlterTableCmd", "def") != NULL &&
		    json_get(json_get2(j, "AlterTableCmd", "def"),
		    "Constraint") != NULL)
			return true;
	return false;
}

/*
 * A key of ONLY a partitioned table: those of its partitions are attached to
 * it when these are, before there are rows.
 */
static bool
adds_key_above(const struct parsed *p, const struct sql_stmt *st)
{
	const struct json *con = json_get2(sql_alter_cmd(st), "def",
	    "Constraint");
	const char *type = json_str(con, "contype");

	return json_get(p->stmts[0].node, "partspec") != NULL && type != NULL &&
	    !json_bool(json_get(st->node, "relation"), "inh") &&
	    (strcmp(type, "CONSTR_PRIMARY") == 0 ||
	    strcmp(type, "CONSTR_UNIQUE") == 0);
}

/* What comes before the rows; the rest of a text does so behind them. */
static bool
is_first(const struct parsed *p, size_t i)
{
	return i == 0 || is_partition(&p->stmts[i]) ||
	    adds_key_above(p, &p->stmts[i]);
}

void
alter_make_text(struct diff *d, struct change *c, int release,
    struct vec *out)
{
	struct parsed *p;
	bool adds = false;

	if (!change_parse(d, c, false, &p))
		return;
	for (size_t i = 0; i < p->n; i++) {
		struct alter_stmt *s;

		if (out == &c->alters && c->root == NULL && !is_first(p, i))
			continue;
		if (out == &c->fill && is_first(p, i))
			continue;
		s = arena_alloc(d->mem, sizeof(*s));
		s->sql = arena_strndup(d->mem, c->new->create +
		    p->stmts[i].off, p->stmts[i].len);
		s->rebuild = true;
		s->release = release;
		vec_push(out, s);
		if (i == 0)
			name_checks(d, c, release, out);
		adds = adds || (i > 0 && adds_constraint(&p->stmts[i]));
	}
	if (adds)
		name_checks(d, c, release, out);
}

bool
alter_rebuild(struct alter *a)
{
	struct arena *mem = a->d->mem;
	struct change *c = a->c;
	const char *setting = arena_printf(mem, "wm.rebuild_%zu", c->index);
	struct ident old = a->old->id;
	const char *sequences = columns_where(a, has_sequence);
	const char *plain = json_get(a->old->node, "partspec") == NULL ?
	    "true" : "false";
	const char *names;
	struct table *whole;
	bool ok;
	WM_VEC parts = VEC_INIT;
	WM_VEC there = VEC_INIT;
	WM_VEC inherited = VEC_INIT;
	WM_VEC cols = VEC_INIT;

	if (!ask_columns(a, &there, &inherited) || !runtime_find(a, &parts))
		return false;
	names = runtime_names(mem, &parts);
	whole = alter_whole(a->d, c, false, 0);
	ok = copied_columns(a, &there, &inherited, whole, &cols);
	table_clear(whole);
	if (!ok)
		return true;
	if (cols.n == 0 && a->old->bound_text != NULL) {
		alter_refuse(a, "%s; its columns are known to the database "
		    "only", a->rebuild);
		return true;
	}
	c->rebuild = true;
	c->reason = a->rebuild;
	for (size_t i = 0; i < a->old->cons.n; i++)
		vec_push(&c->cons, ((struct con *)a->old->cons.v[i])->name);
	alter_flush(a);
	old.name = arena_printf(mem, "wm old %zu", c->index);
	rebuild_do(a, false, arena_printf(mem, "lock table %s in access "
	    "exclusive mode", a->fq))->lock = "AccessExclusiveLock";
	rebuild_do(a, false, with_arguments(mem, embed_carry_sql,
	    (const char *[]){ setting, a->fq, sequences,
	    columns_where(a, has_default), columns_where(a, is_not_null),
	    option_names(a), plain, names, names_array(mem,
	    &a->behind_key) }));
	if (parts.n > 0) {
		rebuild_do(a, false, runtime_keep(a, names));
		rebuild_do(a, true, runtime_make(a));
	}
	copy_rows(a, &cols, ident_text(mem, &old));
	keep_sequences(a);
	rebuild_do(a, false, alter_block(mem, embed_aside_sql,
	    (const char *[]){ a->fq, old.name, sequences }));
	alter_make_text(a->d, c, a->release, &c->alters);
	if (json_get(a->old->node, "partspec") == NULL && !a->parted)
		rebuild_do(a, false, alter_block(mem, embed_heirs_sql,
		    (const char *[]){ ident_text(mem, &old), a->fq,
		    alter_holder(a) }));
	rebuild_do(a, true, "set constraints all immediate")->data = true;
	alter_make_text(a->d, c, a->release, &c->fill);
	rebuild_do(a, true, do_block(mem, arena_printf(mem, "declare\n"
	    "  r record;\n"
	    "  yes boolean;\n"
	    "begin\n"
	    "  for r in select * from jsonb_to_recordset(\n"
	    "      current_setting('%s')::jsonb) as x(cond text, sql text) "
	    "loop\n"
	    "    execute 'select ' || r.cond into yes;\n"
	    "    if yes then\n"
	    "      execute r.sql;\n"
	    "    end if;\n"
	    "  end loop;\n"
	    "end", setting)));
	rebuild_do(a, true, arena_printf(mem, "drop table %s",
	    ident_text(mem, &old)));
	rebuild_do(a, true, arena_printf(mem, "analyze %s", a->fq))->scan =
	    true;
	return true;
}

static bool
is_part_of(struct diff *d, struct change *c, bool old, struct change *t)
{
	const struct ident *id = (old ? t->old : t->new) == NULL ? NULL :
	    change_ident(d, t, old);
	struct ident parent;

	return id != NULL && alter_parent(d, c, old, &parent) &&
	    strcmp(parent.name, id->name) == 0 &&
	    strcmp(parent.schema, id->schema) == 0;
}

/*
 * What attaches a partition of a table that is made anew: it does so again,
 * before the rows come. The old one goes as it is.
 */
static void
join_objects(struct change *c, struct change *root, bool was, bool is)
{
	if (was && c->part_was != NULL && c->part_was->old->built) {
		c->part_was->carried = true;
		if (c->part_was->new != NULL)
			c->part_was->fate = FATE_RECREATE;
	}
	if (is && c->part_is != NULL)
		c->part_is->joins = root;
}

/* One table of the source or the record, beside one that is made anew. */
static void
join_root(struct diff *d, struct change *c, struct change *t,
    struct change *root)
{
	bool was = c->old != NULL && c->old->built && is_part_of(d, c, true,
	    t);
	bool is = c->new != NULL && is_part_of(d, c, false, t);

	if (c->root != NULL || c->joins != NULL)
		return;
	if (is || (was && c->new == NULL))
		join_objects(c, root, was, is);
	if (was && c->new == NULL) {
		c->carried = true;
		return;
	}
	if (!is)
		return;
	if (!was && c->fate != FATE_CREATE) {
		c->joins = root;
		return;
	}
	c->root = root;
	if (!was)
		return;
	c->alters.n = c->fill.n = c->touched.n = 0;
	settings_leave(d, c);
	c->fate = FATE_ALTER;
	c->rebuild = true;
	c->reason = arena_printf(d->mem, "it goes with \"%s\"",
	    root->new->nam);
	alter_make_text(d, c, ((struct alter_stmt *)root->fill.v[0])->release,
	    &c->alters);
}

void
alter_partitions(struct diff *d)
{
	WM_VEC todo = VEC_INIT;

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->rebuild)
			vec_push(&todo, c);
	}
	for (size_t i = 0; i < todo.n; i++) {
		struct change *t = todo.v[i];

		for (size_t k = 0; k < d->all.n; k++) {
			struct change *c = d->all.v[k];

			if (c == t || strcmp(change_object(c)->kind->name,
			    "table") != 0)
				continue;
			join_root(d, c, t, t->root ? t->root : t);
			if (c->root != NULL && !vec_has(&todo, c))
				vec_push(&todo, c);
		}
	}
}
