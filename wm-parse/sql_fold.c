#include "sql_fold.h"

#include <strings.h>

#include "cutter.h"
#include "phrase.h"
#include "sbuf.h"
#include "sql_chosen.h"
#include "sql_owner.h"
#include "sql_reader.h"
#include "table.h"

/* A statement that is kept beside the CREATE TABLE. */
struct kept {
	struct attached *a;	/* as it came; NULL: text is one of several */
	const char *text;
	const char *column;	/* that it is about, or NULL */
	const char *con;	/* the same of a constraint */
	bool identity;		/* what the column's sequence is like */
	struct vec grants;	/* of const char *: columns of privileges */
};

/*
 * A sequence that came with a serial column, and is seen to be one by itself.
 */
struct loose {
	const char *name;	/* in the table's schema */
	const char *column;	/* that owns it */
	const char *type;
};

/* A table whose statements are gone through, from the first to the last. */
struct fold {
	struct parse *p;
	struct arena *mem;
	struct made *m;
	struct table *t;
	struct vec kept;	/* of struct kept * */
	struct vec loose;	/* of struct loose * */
	struct vec indexes;	/* of struct made *: constraints now */
	const char *name;	/* of the table, quoted */
};

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* --- which tables --- */

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

/* --- names in texts --- */

static bool
is_name(const struct phrase *w, size_t i, const char *name)
{
	const char *schema, *s, *text = phrase_slice(w, i, i + 1);

	if (*text == '\'' || *text == '$' ||
	    (*text != '"' && sql_is_reserved(name)))
		return false;
	ident_split(w->mem, text, &schema, &s);
	return strcmp(s, name) == 0;
}

/* A text with tokens [from, to) that are the old name as the new one. */
static const char *
rename_tokens(struct arena *mem, const char *text, size_t from, size_t to,
    const char *old, const char *name)
{
	WM_SBUF b = SBUF_INIT;
	struct phrase w;
	size_t at = 0;

	if (!phrase_scan(mem, text, &w))
		return text;
	for (size_t i = from; i < w.n && i < to; i++) {
		if (!is_name(&w, i, old) || phrase_is(&w, i + 1, "(") ||
		    phrase_is(&w, i + 1, ".") ||
		    (i > 0 && phrase_is(&w, i - 1, "::")))
			continue;
		sbuf_putn(&b, text + at, w.t[i].off - at);
		sbuf_ident(&b, name);
		at = phrase_end(&w, i);
	}
	sbuf_puts(&b, text + at);
	return sbuf_take(&b, mem);
}

/* The number of the first token that closes a parenthesis, with that. */
static size_t
first_list(struct arena *mem, const char *text)
{
	struct phrase w;
	size_t i = 0;

	if (!phrase_scan(mem, text, &w))
		return 0;
	while (i < w.n && !phrase_is(&w, i, ")"))
		i++;
	return i + 1;
}

static bool
refers_to_itself(const struct fold *f, const struct con *k)
{
	const struct json *rv = json_get(k->node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	return name != NULL && strcmp(name, f->m->id.name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, f->m->id.schema) == 0;
}

static void
rename_in_con(struct fold *f, struct con *k, const char *old,
    const char *name)
{
	size_t to = SIZE_MAX;

	if (k->kind == CON_FOREIGN && !refers_to_itself(f, k))
		to = first_list(f->mem, k->text);
	k->text = rename_tokens(f->mem, k->text, 0, to, old, name);
	for (size_t i = 0; i < k->cols.n; i++)
		if (strcmp(k->cols.v[i], old) == 0)
			k->cols.v[i] = (void *)(uintptr_t)name;
}

static void
rename_in_kept(struct fold *f, struct kept *k, const char *old,
    const char *name)
{
	struct phrase w;
	size_t from = 0, to;

	if (!phrase_scan(f->mem, k->text, &w))
		return;
	to = w.n;
	if (k->grants.n > 0)
		to = phrase_find(&w, 0, "on");
	else if (k->a != NULL)
		to = phrase_find(&w, 0, "is");
	else
		from = phrase_find(&w, 1, "alter");
	/* a table may be called as its column is: the last one is that */
	for (size_t i = to; k->grants.n == 0 && i-- > from;)
		if (is_name(&w, i, old)) {
			from = i;
			to = i + 1;
			break;
		}
	k->text = rename_tokens(f->mem, k->text, from, to, old, name);
	if (k->column != NULL)
		k->column = name;
	for (size_t i = 0; i < k->grants.n; i++)
		if (strcmp(k->grants.v[i], old) == 0)
			k->grants.v[i] = (void *)(uintptr_t)name;
}

static bool
is_about(const struct kept *k, const char *column)
{
	return same(k->column, column) || vec_has_string(&k->grants, column);
}

/* --- statements --- */

static struct kept *
keep(struct fold *f, struct attached *a, const char *text)
{
	struct kept *k = arena_alloc(f->mem, sizeof(*k));

	k->a = a;
	k->text = text;
	vec_push(&f->kept, k);
	return k;
}

static const char *
nextval_of(struct fold *f, const char *sequence)
{
	struct ident id = { .cls = ID_RELATION, .schema = f->m->id.schema,
		.name = sequence };
	WM_SBUF b = SBUF_INIT;

	sbuf_literal(&b, ident_text(f->mem, &id));
	return arena_printf(f->mem, "nextval(%s::regclass)", sbuf_str(&b));
}

/* What a serial column is made of: a type, a default, a sequence. */
static void
loosen(struct fold *f, struct column *c, const char *sequence)
{
	struct loose *k;

	if (!c->serial)
		return;
	k = arena_alloc(f->mem, sizeof(*k));
	k->name = sequence != NULL ? sequence : table_object_name(f->mem,
	    f->m->id.name, c->name, "seq");
	k->column = c->name;
	k->type = c->type_text;
	vec_push(&f->loose, k);
	c->serial = false;
	c->dflt_text = nextval_of(f, k->name);
}

static void
rename_loose(struct fold *f, struct loose *k, const char *name)
{
	struct column *c = table_column(f->t, k->column);

	if (c != NULL && same(c->dflt_text, nextval_of(f, k->name)))
		c->dflt_text = nextval_of(f, name);
	k->name = name;
}

/* What is said of a sequence or an index goes with it. */
static void
forget_part(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (k->a == NULL || k->a->id.cls != ID_RELATION ||
		    !same(k->a->id.name, name) || same(name, f->m->id.name))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
}

/* Without it, the column has no default either: DROP SEQUENCE ... CASCADE. */
static void
drop_sequence(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *c = f->t->columns.v[i];

		if (c->serial && same(table_object_name(f->mem,
		    f->m->id.name, c->name, "seq"), name))
			loosen(f, c, NULL);
	}
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];
		struct column *c = table_column(f->t, k->column);

		if (strcmp(k->name, name) != 0) {
			f->loose.v[n++] = k;
			continue;
		}
		if (c != NULL && c->dflt_text != NULL && strncmp(c->dflt_text,
		    "nextval(", 8) == 0)
			c->dflt_text = NULL;
	}
	f->loose.n = n;
	forget_part(f, name);
}

/* A sequence that is owned by a column goes with it. */
static void
forget_owned(struct fold *f, const struct kept *k)
{
	struct sql_error err;
	struct sql_stmt *st;
	WM_VEC ids = VEC_INIT;
	struct made *m;
	size_t n;

	if (k->a == NULL || strcmp(k->a->tag, "AlterSeqStmt") != 0 ||
	    !sql_parse(f->mem, k->text, &st, &n, &err) || n != 1 ||
	    !ident_targets(f->mem, st, &ids) || ids.n != 1)
		return;
	m = sql_find(f->p, ids.v[0]);
	if (m != NULL && strcmp(m->o->kind->name, "sequence") == 0)
		sql_gone(f->p, m);
}

static void
forget_column(struct fold *f, const char *name)
{
	size_t n = 0;

	table_forget(f->t, name);
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->column, name) != 0)
			f->loose.v[n++] = k;
		else
			forget_part(f, k->name);
	}
	f->loose.n = n;
	n = 0;
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!same(k->column, name))
			f->kept.v[n++] = k;
		else
			forget_owned(f, k);
	}
	f->kept.n = n;
}

static struct con *
find_con(const struct fold *f, const char *name)
{
	for (size_t i = 0; i < f->t->cons.n; i++)
		if (same(((struct con *)f->t->cons.v[i])->name, name))
			return f->t->cons.v[i];
	return NULL;
}

static void
forget_con(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!same(k->con, name))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
	forget_part(f, name);
}

static void
forget_identity(struct fold *f, const char *column)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!k->identity || !same(k->column, column))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
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
	else if (same(type, "OBJECT_COLUMN") && object != NULL)
		k->column = sql_string(object->last);
	else if (strcmp(st->tag, "AlterSeqStmt") == 0) {
		object = json_get2(sql_defelem(json_get(st->node, "options"),
		    "owned_by"), "List", "items");
		if (object != NULL && object->first != object->last)
			k->column = sql_string(object->last);
	}
	granted_columns(st, &k->grants);
}

static bool
name_sequence(struct fold *f, struct column *c, const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = f->m->id.schema,
		.name = name };

	if (sql_option(c->identity_opts, "sequence_name") != NULL)
		return true;
	if (c->identity_opts != NULL && c->identity_opts->first != NULL)
		return false;
	c->identity_text = arena_printf(f->mem, "%s (sequence name %s)",
	    c->identity_text, ident_text(f->mem, &id));
	return true;
}

/* A column's sequence keeps its name whatever the column is called then. */
static bool
keep_sequence(struct fold *f, struct column *c)
{
	const char *name = table_object_name(f->mem, f->m->id.name, c->name,
	    "seq");

	loosen(f, c, NULL);
	return c->identity == 0 || name_sequence(f, c, name);
}

/* A constraint that has the usual name only because it says none. */
static struct con *
find_nameless(const struct fold *f, const char *name)
{
	for (size_t i = 0; i < f->t->cons.n; i++) {
		struct con *k = f->t->cons.v[i];

		if (!k->named && same(k->name, name))
			return k;
	}
	return NULL;
}

/* What has got another name than the usual one. */
static bool
take_chosen(struct fold *f)
{
	for (size_t i = 0; i < f->m->chosen.n; i++) {
		struct chosen *k = f->m->chosen.v[i];
		struct column *c = k->column != NULL && !k->used ?
		    table_column(f->t, k->column) : NULL;
		struct con *con = k->column == NULL && !k->used ?
		    find_nameless(f, k->usual) : NULL;

		if (c != NULL) {
			loosen(f, c, k->name);
			if (c->identity != 0 && !name_sequence(f, c, k->name))
				return false;
			k->used = true;
		}
		if (con != NULL) {
			con->name = k->name;
			con->named = true;
			k->used = true;
		}
	}
	return true;
}

static bool
rename_column(struct fold *f, const char *old, const char *name)
{
	struct column *c = table_column(f->t, old);

	if (c == NULL || !keep_sequence(f, c))
		return false;
	c->name = name;
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->column, old) == 0)
			k->column = name;
	}
	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *k = f->t->columns.v[i];

		if (k->generated_text != NULL)
			k->generated_text = rename_tokens(f->mem,
			    k->generated_text, 0, SIZE_MAX, old, name);
	}
	for (size_t i = 0; i < f->t->cons.n; i++)
		rename_in_con(f, f->t->cons.v[i], old, name);
	for (size_t i = 0; i < f->kept.n; i++)
		if (is_about(f->kept.v[i], old))
			rename_in_kept(f, f->kept.v[i], old, name);
	return true;
}

static bool
rename_con(struct fold *f, const char *old, const char *name)
{
	struct con *c = find_con(f, old);

	if (c == NULL)
		return false;
	c->name = name;
	c->named = true;
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!same(k->con, old))
			continue;
		k->text = rename_tokens(f->mem, k->text, 0, SIZE_MAX, old,
		    name);
		k->con = name;
	}
	return true;
}

/* Statements about a sequence or an index of the table's. */
static void
rename_in_parts(struct fold *f, const char *old, const char *name)
{
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (k->a == NULL || !same(k->a->id.name, old))
			continue;
		k->text = rename_tokens(f->mem, k->text, 0, SIZE_MAX, old,
		    name);
		k->a->id.name = arena_strdup(f->p->mem, name);
	}
}

/* An index of the table's, or the sequence of a column. */
static bool
rename_part(struct fold *f, const char *old, const char *name)
{
	rename_in_parts(f, old, name);
	if (find_con(f, old) != NULL)
		return rename_con(f, old, name);
	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *c = f->t->columns.v[i];
		const char *own = table_object_name(f->mem, f->m->id.name,
		    c->name, "seq");

		if (!same(own, old))
			continue;
		if (c->identity != 0)
			return name_sequence(f, c, name);
		loosen(f, c, NULL);
	}
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->name, old) != 0)
			continue;
		rename_loose(f, k, name);
		return true;
	}
	return false;
}

/* "alter table t COMMAND", as a statement of its own. */
static const char *
command_text(struct fold *f, const struct phrase *w, size_t from, size_t to,
    bool only)
{
	return arena_printf(f->mem, "alter table %s%s %s", only ? "only " : "",
	    f->name, phrase_slice(w, from, to));
}

/* The token that the first command begins with. */
static size_t
first_command(const struct phrase *w)
{
	size_t i = 2;

	if (phrase_is(w, i, "if"))
		i += 2;
	i += phrase_is(w, i, "only");
	i++;
	while (phrase_is(w, i, "."))
		i += 2;
	return i + phrase_is(w, i, "*");
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
		return find_con(f, name) != NULL ? RUN : ok ? NOTHING : LOST;
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
 * the old type, and is cast from there on.
 */
static void
keep_default(struct fold *f, struct column *c)
{
	const char *type = sql_type_text(f->mem, c->type);

	if (type == NULL || json_get2(c->dflt, "A_Const", "sval") == NULL)
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
	    sql_quoted(f->mem, name ? name : index), same(json_str(con,
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
		forget_column(f, name);
		return true;
	}
	if (strcmp(sub, "AT_DropConstraint") == 0)
		forget_con(f, name);
	if (beyond_serial(sub) && table_column(f->t, name) != NULL)
		loosen(f, table_column(f->t, name), NULL);
	if (strcmp(sub, "AT_AlterColumnType") == 0 &&
	    table_column(f->t, name) != NULL)
		keep_default(f, table_column(f->t, name));
	if (strcmp(sub, "AT_DropIdentity") == 0)
		forget_identity(f, name);
	if (table_alter(f->mem, f->t, text, st))
		return take_chosen(f);
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
	bool only = !json_bool(json_get(st->node, "relation"), "inh");
	struct phrase w;
	size_t from;
	int depth = 0;

	if (!phrase_stmt(f->mem, text, st, &w))
		return false;
	from = first_command(&w);
	for (size_t i = from; i <= w.n; i++) {
		struct sql_stmt *one;
		struct sql_error err;
		const char *s;
		size_t n;

		depth += phrase_is(&w, i, "(") || phrase_is(&w, i, "[");
		depth -= phrase_is(&w, i, ")") || phrase_is(&w, i, "]");
		if (i < w.n && (depth > 0 || !phrase_is(&w, i, ",")))
			continue;
		s = command_text(f, &w, from, i, only);
		if (!sql_parse(f->mem, s, &one, &n, &err) || n != 1)
			return false;
		s = using_index(f, s, sql_alter_cmd(one));
		if (s == NULL || !sql_parse(f->mem, s, &one, &n, &err) ||
		    n != 1 || !command(f, s, one))
			return false;
		from = i + 1;
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
	if (same(type, "OBJECT_COLUMN"))
		return rename_column(f, json_str(st->node, "subname"),
		    json_str(st->node, "newname"));
	if (same(type, "OBJECT_TABCONSTRAINT"))
		return rename_con(f, json_str(st->node, "subname"),
		    json_str(st->node, "newname"));
	if (type != NULL && strcmp(st->tag, "RenameStmt") == 0 &&
	    a->id.cls == ID_RELATION)
		return rename_part(f, a->id.name, json_str(st->node,
		    "newname"));
	if (strcmp(st->tag, "AlterTableStmt") == 0 && a->parent == NULL)
		return alter(f, text, st);
	if (strcmp(st->tag, "DropStmt") == 0) {
		drop_sequence(f, a->id.name);
		return true;
	}
	other(f, a, text, st);
	return true;
}

/* --- the table that is left --- */

static void
put_column(struct sbuf *b, const struct column *c)
{
	static const struct {
		const char *type, *serial;
	} serials[] = { { "integer", "serial" }, { "bigint", "bigserial" },
		{ "smallint", "smallserial" } };
	const char *type = c->type_text;

	for (size_t i = 0; i < WM_LEN(serials); i++)
		if (c->serial && strcmp(serials[i].type, type) == 0)
			type = serials[i].serial;
	sbuf_ident(b, c->name);
	sbuf_printf(b, " %s", type);
	if (c->compression != NULL)
		sbuf_printf(b, " compression %s", c->compression);
	if (c->collation_text != NULL)
		sbuf_printf(b, " collate %s", c->collation_text);
	if (c->identity_text != NULL)
		sbuf_printf(b, " %s", c->identity_text);
	else if (c->generated_text != NULL)
		sbuf_printf(b, " %s", c->generated_text);
	else if (c->dflt_text != NULL)
		sbuf_printf(b, " default %s", c->dflt_text);
	if (c->not_null && !c->serial && c->identity == 0)
		sbuf_puts(b, " not null");
}

static bool
same_columns(const struct con *a, const struct con *b)
{
	if (a->cols.n != b->cols.n)
		return false;
	for (size_t i = 0; i < a->cols.n; i++)
		if (strcmp(a->cols.v[i], b->cols.v[i]) != 0)
			return false;
	return true;
}

/* Of keys that are alike, a CREATE TABLE would make only one. */
static bool
is_second_key(const struct fold *f, const struct con *k)
{
	bool before = true;

	for (size_t i = 0; i < f->t->cons.n && k->kind == CON_UNIQUE; i++) {
		const struct con *o = f->t->cons.v[i];

		if (o == k)
			before = false;
		else if (same_columns(o, k) && (o->kind == CON_PRIMARY ||
		    (o->kind == CON_UNIQUE && before)))
			return true;
	}
	return false;
}

/* Whether a constraint stands in the CREATE TABLE itself. */
static bool
is_inside(const struct fold *f, const struct con *k)
{
	return k->kind != CON_FOREIGN && !k->not_valid && !k->only &&
	    !is_second_key(f, k);
}

/* A comment at the end of what is put would swallow what follows. */
static void
put_end(struct sbuf *b, const char *end)
{
	const char *s = sbuf_str(b), *line = strrchr(s, '\n');

	sbuf_puts(b, strstr(line ? line : s, "--") != NULL ? "\n" : "");
	sbuf_puts(b, end);
}

/* The first statement with what is left between its parentheses. */
static const char *
create_text(struct fold *f, const char *text)
{
	WM_SBUF b = SBUF_INIT;
	struct phrase w;
	size_t open = 0, close, n = 0;
	int depth = 0;

	if (!phrase_scan(f->mem, text, &w))
		return NULL;
	while (open < w.n && !phrase_is(&w, open, "("))
		open++;
	for (close = open; close < w.n; close++) {
		depth += phrase_is(&w, close, "(") -
		    phrase_is(&w, close, ")");
		if (depth == 0)
			break;
	}
	if (close == w.n)
		return NULL;
	sbuf_printf(&b, "%s (", phrase_slice(&w, 0, open));
	for (size_t i = 0; i < f->t->columns.n; i++) {
		put_end(&b, n++ > 0 ? ",\n\t" : "\n\t");
		put_column(&b, f->t->columns.v[i]);
	}
	for (size_t i = 0; i < f->t->cons.n; i++) {
		const struct con *k = f->t->cons.v[i];

		if (!is_inside(f, k))
			continue;
		put_end(&b, n++ > 0 ? ",\n\t" : "\n\t");
		sbuf_printf(&b, "constraint %s %s", sql_quoted(f->mem,
		    k->name), con_text(f->mem, k));
	}
	put_end(&b, "\n)");
	if (close + 1 < w.n)
		sbuf_printf(&b, " %s", phrase_slice(&w, close + 1, w.n));
	return sbuf_take(&b, f->p->mem);
}

static void
attach(struct fold *f, const char *text)
{
	struct parse *p = f->p;
	struct attached *a = arena_alloc(p->mem, sizeof(*a));
	struct sql_error err;
	struct sql_stmt *st;
	const char *name;
	size_t n;

	a->id = f->m->id;
	a->owner = f->m;
	a->tag = "AlterTableStmt";
	a->at = f->m->o->loc;
	a->piece.text = arena_strdup(p->mem, text);
	a->piece.len = strlen(text);
	vec_push(&p->sql.attached, a);
	if (!sql_parse(f->mem, text, &st, &n, &err) || n != 1)
		return;
	refs_of_stmts(p->mem, text, st, 1, &a->refs);
	owner_keys(p->mem, st->node, &a->keys);
	name = json_str(json_get2(sql_alter_cmd(st), "def", "Constraint"),
	    "conname");
	a->constraint = name ? arena_strdup(p->mem, name) : NULL;
}

/* What the CREATE TABLE cannot say, or what may have to wait. */
static void
attach_rest(struct fold *f)
{
	for (size_t i = 0; i < f->t->columns.n; i++) {
		const struct column *c = f->t->columns.v[i];

		if (c->storage != NULL)
			attach(f, arena_printf(f->mem, "alter table only %s "
			    "alter column %s set storage %s", f->name,
			    sql_quoted(f->mem, c->name), c->storage));
		if (c->statistics != NULL)
			attach(f, arena_printf(f->mem, "alter table only %s "
			    "alter column %s set statistics %s", f->name,
			    sql_quoted(f->mem, c->name), c->statistics));
	}
	for (size_t i = 0; i < f->t->cons.n; i++) {
		const struct con *k = f->t->cons.v[i];

		if (!is_inside(f, k))
			attach(f, arena_printf(f->mem, "alter table %s%s add "
			    "constraint %s %s", k->only ? "only " : "",
			    f->name, sql_quoted(f->mem, k->name),
			    con_text(f->mem, k)));
	}
}

/* A statement that is kept, behind all that has been attached. */
static void
move(struct fold *f, const struct kept *k)
{
	struct parse *p = f->p;
	struct attached *a;

	if (k->a == NULL) {
		attach(f, k->text);
		return;
	}
	a = arena_alloc(p->mem, sizeof(*a));
	*a = *k->a;
	k->a->tag = NULL;
	k->a->refs = k->a->keys = k->a->parts = (struct vec)VEC_INIT;
	if (strlen(k->text) != a->piece.len || memcmp(k->text, a->piece.text,
	    a->piece.len) != 0) {
		a->piece.text = arena_strdup(p->mem, k->text);
		a->piece.len = strlen(k->text);
		a->piece.src = NULL;
	}
	if (k->con != NULL)
		a->id.name = arena_strdup(p->mem, k->con);
	vec_push(&p->sql.attached, a);
}

/* One that has the usual name again, for all that is said of it. */
static bool
is_usual(struct fold *f, const struct loose *k)
{
	const struct column *c = table_column(f->t, k->column);

	return c != NULL && same(c->type_text, k->type) && c->not_null &&
	    same(c->dflt_text, nextval_of(f, k->name)) &&
	    same(k->name, table_object_name(f->mem, f->m->id.name, c->name,
	    "seq"));
}

static void
tighten(struct fold *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (is_usual(f, k)) {
			table_column(f->t, k->column)->serial = true;
			table_column(f->t, k->column)->dflt_text = NULL;
		} else
			f->loose.v[n++] = k;
	}
	f->loose.n = n;
}

/* The sequences that are objects now. */
static void
put_sequences(struct fold *f)
{
	struct parse *p = f->p;

	for (size_t i = 0; i < f->loose.n; i++) {
		const struct loose *k = f->loose.v[i];
		struct ident id = { .cls = ID_RELATION,
			.schema = f->m->id.schema,
			.name = arena_strdup(p->mem, k->name) };
		const char *name = ident_text(p->mem, &id);
		struct piece piece = { .src = NULL };
		struct made *m = sql_add(p, "sequence", name, &id,
		    &f->m->o->loc);

		if (m == NULL)
			continue;
		m->o->drop = arena_printf(p->mem, "drop sequence if exists "
		    "%s;", name);
		piece.text = arena_printf(p->mem, "create sequence %s as %s",
		    name, k->type);
		piece.len = strlen(piece.text);
		sql_piece(p, m, &piece);
		m->of_schema = f->m->id.schema;
		m->of_table = f->m->id.name;
		attach(f, arena_printf(f->mem, "alter sequence %s owned by "
		    "%s.%s", name, f->name, sql_quoted(f->mem, k->column)));
	}
}

static void
replace(struct fold *f, const struct vec *said, const char *create)
{
	struct piece *piece = f->m->pieces.v[0];
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	piece->text = create;
	piece->len = strlen(create);
	piece->src = NULL;
	vec_clear(&f->m->refs);
	vec_clear(&f->m->keys);
	if (sql_parse(f->mem, create, &st, &n, &err))
		refs_of_stmts(f->p->mem, create, st, n, &f->m->refs);
	put_sequences(f);
	attach_rest(f);
	for (size_t i = 0; i < f->indexes.n; i++)
		sql_gone(f->p, f->indexes.v[i]);
	for (size_t i = 0; i < f->kept.n; i++)
		move(f, f->kept.v[i]);
	for (size_t i = 0; i < said->n; i++)
		((struct attached *)said->v[i])->tag = NULL;
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
	ok = is_simple(f.t) && take_chosen(&f);
	for (size_t i = 0; ok && i < said->n; i++)
		ok = statement(&f, said->v[i]);
	if (ok)
		tighten(&f);
	text = ok ? create_text(&f, text) : NULL;
	if (text != NULL)
		replace(&f, said, text);
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
	size_t n = p->sql.attached.n;

	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

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
