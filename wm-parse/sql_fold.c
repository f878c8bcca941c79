#include "sql_fold_impl.h"

#include "phrase.h"
#include "sbuf.h"
#include "sql_chosen.h"
#include "sql_commands.h"
#include "sql_deps.h"
#include "sql_fold.h"

static bool
has_foreign_key(const struct json *cmd)
{
	const struct json *def = json_get(cmd, "def");
	const struct json *cons = json_get2(def, "ColumnDef", "constraints");
	const char *type = json_str(json_get(def, "Constraint"), "contype");
	bool has = type != NULL && strcmp(type, "CONSTR_FOREIGN") == 0;

	for (const struct json *j = cons ? cons->first : NULL; j && !has;
	    j = j->next) {
		type = json_str(json_get(j, "Constraint"), "contype");
		has = type != NULL && strcmp(type, "CONSTR_FOREIGN") == 0;
	}
	return has;
}

bool
fold_wanted(const struct sql_stmt *st)
{
	static const char *const subs[] = { "AT_DropColumn",
		"AT_DropConstraint", "AT_AlterColumnType", "AT_DropNotNull",
		"AT_DropExpression", "AT_DropIdentity" };
	static const char *const renames[] = { "OBJECT_COLUMN",
		"OBJECT_TABCONSTRAINT", "OBJECT_INDEX", "OBJECT_SEQUENCE" };
	const struct json *cmds = json_get(st->node, "cmds");
	const char *type = json_str(st->node, "renameType");

	for (size_t i = 0; i < WM_LEN(renames) && type != NULL; i++)
		if (strcmp(renames[i], type) == 0)
			return true;
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const char *sub = json_str(cmd, "subtype");

		if (sub == NULL)
			continue;
		for (size_t i = 0; i < WM_LEN(subs); i++)
			if (strcmp(subs[i], sub) == 0)
				return true;
		if (strcmp(sub, "AT_ColumnDefault") == 0 &&
		    json_get(cmd, "def") == NULL)
			return true;
		if (has_foreign_key(cmd) && (cmds->first->next != NULL ||
		    strcmp(sub, "AT_AddColumn") == 0))
			return true;
	}
	return false;
}

static struct kept *
keep(struct fold *f, struct attached *a, const char *text)
{
	struct kept *k = arena_alloc(f->mem, sizeof(*k));

	k->a = a;
	k->text = text;
	vec_push(&f->kept, k);
	return k;
}

/* Columns that a GRANT names. */
static void
granted_columns(const struct sql_stmt *st, struct vec *out)
{
	const struct json *list = json_get(st->node, "privileges");

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *cols = json_get2(j, "AccessPriv", "cols");

		for (const struct json *c = cols ? cols->first : NULL; c;
		    c = c->next)
			if (!vec_has_string(out, sql_string(c)))
				vec_push(out, sql_string(c));
	}
}

/* One that is no ALTER TABLE. */
static void
other(struct fold *f, struct attached *a, const char *text,
    const struct sql_stmt *st)
{
	struct kept *k = keep(f, a, text);
	const char *type = json_str(st->node, "objtype");
	const struct json *object = json_get2(json_get(st->node, "object"),
	    "List", "items");

	if (a->id.cls == ID_CONSTRAINT)
		k->con = a->id.name;
	else if (wm_is(type, "OBJECT_COLUMN") && object != NULL)
		k->column = sql_string(object->last);
	else if (strcmp(st->tag, "AlterSeqStmt") == 0) {
		object = json_get2(sql_defelem(json_get(st->node, "options"),
		    "owned_by"), "List", "items");
		if (object != NULL && object->first != object->last)
			k->column = sql_string(object->last);
	}
	granted_columns(st, &k->grants);
}

/* What a column that is there already, or is not, makes of a command. */
enum effect { RUN, NOTHING, LOST };

static enum effect
effect(const struct fold *f, const struct json *cmd, const char *sub)
{
	const char *name = json_str(cmd, "name");
	const char *added = json_str(json_get2(cmd, "def", "ColumnDef"),
	    "colname");
	bool ok = json_bool(cmd, "missing_ok");

	if (strcmp(sub, "AT_AddColumn") == 0)
		return table_column(f->t, added) == NULL ? RUN : ok ?
		    NOTHING : LOST;
	if (strcmp(sub, "AT_DropColumn") == 0)
		return table_column(f->t, name) != NULL ? RUN : ok ?
		    NOTHING : LOST;
	if (strcmp(sub, "AT_DropConstraint") == 0 ||
	    strcmp(sub, "AT_ValidateConstraint") == 0)
		return table_con(f->t, name) != NULL ? RUN : ok ? NOTHING :
		    LOST;
	return RUN;
}

/* Whether a serial column gets something that it could not say then. */
static bool
beyond_serial(const char *sub)
{
	return strcmp(sub, "AT_ColumnDefault") == 0 ||
	    strcmp(sub, "AT_AlterColumnType") == 0 ||
	    strcmp(sub, "AT_DropNotNull") == 0;
}

/*
 * A column gets another type: a string that is its default has become one of
 * the old type, and is cast from there on; so is a null that had to be cut to a
 * length.
 */
static void
keep_default(struct fold *f, struct column *c)
{
	const char *type = sql_type_text(f->mem, c->type);
	const struct json *value = json_get(c->dflt, "A_Const");

	if (type == NULL || (json_get(value, "sval") == NULL &&
	    (!json_bool(value, "isnull") || json_get(c->type, "typmods") ==
	    NULL)))
		return;
	c->dflt_text = arena_printf(f->mem, "%s::%s", c->dflt_text, type);
	c->dflt = NULL;
}

/*
 * ADD CONSTRAINT ... USING INDEX: the constraint with the index's columns; the
 * index is no more. The same text where the command is another.
 */
static const char *
using_index(struct fold *f, const char *text, const struct json *cmd)
{
	const struct json *con = json_get2(cmd, "def", "Constraint");
	const char *index = json_str(con, "indexname");
	const char *name = json_str(con, "conname");
	struct made *m = index == NULL ? NULL : sql_bare(f->p, ID_RELATION,
	    f->m->id.schema, index);
	struct piece *piece = m && m->pieces.n ? m->pieces.v[0] : NULL;
	struct sql_error err;
	struct sql_stmt *st;
	WM_SBUF b = SBUF_INIT;
	size_t n;

	if (index == NULL)
		return text;
	if (piece == NULL || strcmp(m->o->kind->name, "index") != 0 ||
	    !sql_parse(f->mem, arena_strndup(f->mem, piece->text, piece->len),
	    &st, &n, &err) || json_get(st->node, "indexIncludingParams"))
		return NULL;
	sbuf_printf(&b, "alter table %s add constraint %s %s (", f->name,
	    sql_quoted(f->mem, name ? name : index), wm_is(json_str(con,
	    "contype"), "CONSTR_PRIMARY") ? "primary key" : "unique");
	for (size_t i = 0; i < m->cols.n; i++)
		sbuf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    sql_quoted(f->mem, m->cols.v[i]));
	sbuf_printf(&b, ")%s%s", json_bool(con, "deferrable") ?
	    " deferrable" : "", json_bool(con, "initdeferred") ?
	    " initially deferred" : "");
	vec_push(&f->indexes, m);
	return sbuf_take(&b, f->mem);
}

static bool
command(struct fold *f, const char *text, const struct sql_stmt *st)
{
	const struct json *cmd = sql_alter_cmd(st);
	const char *sub = json_str(cmd, "subtype");
	const char *name = json_str(cmd, "name");
	struct kept *k;

	if (sub == NULL)
		return false;
	switch (effect(f, cmd, sub)) {
	case NOTHING:
		return true;
	case LOST:
		return false;
	case RUN:
		break;
	}
	if (strcmp(sub, "AT_DropColumn") == 0) {
		for (size_t i = 0; i < f->kept.n; i++) {
			k = f->kept.v[i];
			if (vec_has_string(&k->grants, name))
				return false;
		}
		fold_forget_column(f, name);
		return true;
	}
	if (strcmp(sub, "AT_DropConstraint") == 0)
		fold_forget_con(f, name);
	if (beyond_serial(sub) && table_column(f->t, name) != NULL)
		fold_loosen(f, table_column(f->t, name), NULL);
	if (strcmp(sub, "AT_AlterColumnType") == 0 &&
	    table_column(f->t, name) != NULL)
		keep_default(f, table_column(f->t, name));
	if (strcmp(sub, "AT_DropIdentity") == 0)
		fold_forget_identity(f, name);
	if (table_alter(f->mem, f->t, text, st))
		return fold_take_chosen(f);
	k = keep(f, NULL, text);
	if (name != NULL && strcmp(sub, "AT_AlterConstraint") == 0)
		k->con = name;
	else if (name != NULL && table_column(f->t, name) != NULL)
		k->column = name;
	k->identity = strcmp(sub, "AT_SetIdentity") == 0;
	return true;
}

/* An ALTER TABLE, one command after the other. */
static bool
alter(struct fold *f, const char *text, const struct sql_stmt *st)
{
	WM_VEC cmds = VEC_INIT;

	if (!sql_commands(f->mem, text, st, f->name, &cmds))
		return false;
	for (size_t i = 0; i < cmds.n; i++) {
		const char *s = cmds.v[i];
		struct sql_stmt *one;
		struct sql_error err;
		size_t n;

		if (!sql_parse(f->mem, s, &one, &n, &err) || n != 1)
			return false;
		s = using_index(f, s, sql_alter_cmd(one));
		if (s == NULL || !sql_parse(f->mem, s, &one, &n, &err) ||
		    n != 1 || !command(f, s, one))
			return false;
	}
	return true;
}

static bool
statement(struct fold *f, struct attached *a)
{
	const char *text = arena_strndup(f->mem, a->piece.text, a->piece.len);
	struct sql_error err;
	struct sql_stmt *st;
	const char *type;
	size_t n;

	if (!sql_parse(f->mem, text, &st, &n, &err) || n != 1)
		return false;
	type = json_str(st->node, "renameType");
	if (wm_is(type, "OBJECT_COLUMN"))
		return fold_rename_column(f, json_str(st->node, "subname"),
		    json_str(st->node, "newname"));
	if (wm_is(type, "OBJECT_TABCONSTRAINT"))
		return fold_rename_con(f, json_str(st->node, "subname"),
		    json_str(st->node, "newname"));
	if (type != NULL && strcmp(st->tag, "RenameStmt") == 0 &&
	    a->id.cls == ID_RELATION)
		return fold_rename_part(f, a->id.name, json_str(st->node,
		    "newname"));
	if (strcmp(st->tag, "AlterTableStmt") == 0 && a->parent == NULL)
		return alter(f, text, st);
	if (strcmp(st->tag, "DropStmt") == 0) {
		fold_drop_sequence(f, a->id.name);
		return true;
	}
	other(f, a, text, st);
	return true;
}

static bool
is_simple(const struct table *t)
{
	return t != NULL && t->unknown == NULL && t->bound_text == NULL &&
	    t->columns.n > 0;
}

static void
fold_table(struct parse *p, struct made *m, const struct vec *said)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct fold f = { .p = p, .mem = mem, .m = m };
	const struct piece *piece = m->pieces.v[0];
	const char *text = arena_strndup(mem, piece->text, piece->len);
	bool ok;

	f.t = table_read(mem, text);
	f.name = ident_text(mem, &m->id);
	ok = is_simple(f.t) && fold_take_chosen(&f);
	for (size_t i = 0; ok && i < said->n; i++)
		ok = statement(&f, said->v[i]);
	if (ok)
		fold_tighten(&f);
	text = ok ? fold_text(&f, text) : NULL;
	if (text != NULL)
		fold_replace(&f, said, text);
	for (size_t i = 0; i < f.kept.n; i++)
		vec_clear(&((struct kept *)f.kept.v[i])->grants);
	vec_clear(&f.kept);
	vec_clear(&f.loose);
	vec_clear(&f.indexes);
	table_clear(f.t);
}

static void
may_fold(struct made *m, struct vec *tables)
{
	if (m->folds || m->gone || m->foreign || m->unread ||
	    m->pieces.n == 0 || strcmp(m->o->kind->name, "table") != 0)
		return;
	m->folds = true;
	vec_push(tables, m);
}

void
fold_tables(struct parse *p)
{
	WM_VEC tables = VEC_INIT;
	WM_VEC circles = VEC_INIT;
	size_t n = p->sql.attached.n;

	deps_circles(p, &circles);
	for (size_t i = 0; i < circles.n; i++)
		may_fold(circles.v[i], &tables);
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		chosen_settle(p, m);
		if (m->chosen.n > 0)
			may_fold(m, &tables);
	}
	for (size_t i = 0; i < n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL && a->folds && a->owner != NULL)
			may_fold(a->owner, &tables);
	}
	for (size_t i = 0; tables.n > 0 && i < n; i++) {
		struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL && a->owner != NULL && a->owner->folds)
			vec_push(&a->owner->said, a);
	}
	for (size_t i = 0; i < tables.n; i++) {
		struct made *m = tables.v[i];

		fold_table(p, m, &m->said);
		vec_clear(&m->said);
	}
}
