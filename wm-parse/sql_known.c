#include "sql_known.h"

#include "sql_reader.h"
#include "table.h"

static const char *
key_of(struct arena *mem, int cls, const char *schema, const char *name)
{
	return arena_printf(mem, "%d %zu %s%s", cls, schema ? strlen(schema) :
	    0, schema ? schema : "", name);
}

/* Let a thing be found by the name that it has now. */
static void
enter(struct known *k, struct known_thing *t)
{
	const char *key = key_of(k->mem, t->cls, t->schema, t->name);
	struct vec *list = map_get(&k->by_name, key);

	if (list == NULL) {
		list = arena_alloc(k->mem, sizeof(*list));
		vec_push(&k->lists, list);
		map_put(&k->by_name, key, list);
	}
	vec_push(list, t);
}

static struct known_thing *
add(struct known *k, int cls, struct known_thing *of, const char *name)
{
	struct known_thing *t = arena_alloc(k->mem, sizeof(*t));

	t->cls = cls;
	t->name = arena_strdup(k->mem, name);
	t->of = of;
	t->script = k->script;
	if (of != NULL) {
		t->schema = of->schema;
		vec_push(&of->parts, t);
	}
	vec_push(&k->all, t);
	return t;
}

/*
 * args   NULL: any; where none has just these, and only one has the name, it is
 *        that: a type may have got another name since
 */
static struct known_thing *
find(const struct known *k, int cls, const char *schema, const char *name,
    const char *args)
{
	struct known_thing *alike = NULL;
	size_t n = 0;
	char buf[256];
	const char *key = buf;
	WM_CLEANUP(arena_freep) struct arena *mem = NULL;
	const struct vec *list;

	if ((size_t)snprintf(buf, sizeof(buf), "%d %zu %s%s", cls, schema ?
	    strlen(schema) : 0, schema ? schema : "", name) >= sizeof(buf)) {
		mem = arena_new();
		key = key_of(mem, cls, schema, name);
	}
	list = map_get(&k->by_name, key);
	for (size_t i = list ? list->n : 0; i-- > 0;) {
		struct known_thing *t = list->v[i];

		if (t->gone || !wm_is(t->name, name) || (schema != NULL &&
		    !wm_is(t->schema, schema)))
			continue;
		if (args == NULL || t->args == NULL ||
		    strcmp(t->args, args) == 0)
			return t;
		alike = t;
		n++;
	}
	return n == 1 ? alike : NULL;
}

/* What hangs on a table, and has no schema of its own. */
static bool
is_on(int cls)
{
	return cls == ID_TRIGGER || cls == ID_RULE || cls == ID_POLICY ||
	    cls == ID_CONSTRAINT;
}

struct known_thing *
known_find(const struct known *k, const struct ident *id)
{
	const struct known_thing *on;

	if (!is_on((int)id->cls) || id->table == NULL)
		return find(k, (int)id->cls, id->schema, id->name,
		    id->any_args ? NULL : id->args);
	on = find(k, ID_RELATION, id->schema, id->table, NULL);
	return on == NULL ? NULL : known_part(on, (int)id->cls, id->name);
}

struct known_thing *
known_part(const struct known_thing *of, int cls, const char *name)
{
	for (size_t i = of->parts.n; i-- > 0;) {
		struct known_thing *t = of->parts.v[i];

		if (!t->gone && t->cls == cls && wm_is(t->name, name))
			return t;
	}
	return NULL;
}

static void
forget(struct known_thing *t)
{
	t->gone = true;
	for (size_t i = 0; i < t->parts.n; i++)
		forget(t->parts.v[i]);
}

static void
add_part(struct known *k, struct known_thing *of, int cls, const char *name)
{
	if (name != NULL && known_part(of, cls, name) == NULL)
		(void)add(k, cls, of, name);
}

/* --- what statements do --------------------------------------------------- */

static void
table_parts(struct known *k, struct arena *scratch, struct known_thing *t,
    const char *text, const struct sql_stmt *st)
{
	struct table *now = table_parse(scratch, text, st, 1);
	const struct json *elts = json_get(st->node, "tableElts");

	t->open = now == NULL || now->unknown != NULL ||
	    json_get(st->node, "inhRelations") != NULL ||
	    json_get(st->node, "ofTypename") != NULL;
	for (const struct json *j = elts ? elts->first : NULL; j; j = j->next)
		t->open = t->open || json_get(j, "TableLikeClause") != NULL;
	if (now == NULL)
		return;
	table_names(scratch, now);
	for (size_t i = 0; i < now->columns.n; i++)
		add_part(k, t, KNOWN_COLUMN, ((struct column *)
		    now->columns.v[i])->name);
	for (size_t i = 0; i < now->cons.n; i++)
		add_part(k, t, ID_CONSTRAINT, ((struct con *)
		    now->cons.v[i])->name);
	table_clear(now);
}

static void
create(struct known *k, struct arena *scratch, const char *text,
    const struct sql_stmt *st, const struct ident *id)
{
	const struct json *rv = json_get(st->node, "relation");
	const struct json *values = json_get(st->node, "vals");
	const char *table = id->table;
	struct known_thing *of = NULL, *t = known_find(k, id);

	if (t != NULL && (t->args == NULL || wm_is(t->args, id->args)))
		return;
	if (strcmp(st->tag, "IndexStmt") == 0)
		table = json_str(rv, "relname");
	if (table != NULL)
		of = find(k, ID_RELATION, id->schema, table, NULL);
	t = add(k, (int)id->cls, of, id->name);
	t->schema = arena_strdup(k->mem, id->schema);
	t->args = arena_strdup(k->mem, id->args);
	enter(k, t);
	if (strcmp(st->tag, "CreateStmt") == 0)
		table_parts(k, scratch, t, text, st);
	else
		t->open = strcmp(st->tag, "CreateEnumStmt") != 0;
	for (const struct json *j = values ? values->first : NULL; j;
	    j = j->next)
		add_part(k, t, KNOWN_VALUE, sql_string(j));
}

/* The relation that a statement says in its member "relation". */
static struct known_thing *
relation(const struct known *k, const struct sql_stmt *st)
{
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	return name == NULL ? NULL : find(k, ID_RELATION, schema ? schema :
	    IDENT_SCHEMA, name, NULL);
}

static void
alter(struct known *k, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	struct known_thing *t = relation(k, st), *part;

	for (const struct json *j = t && cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const struct json *def = json_get(cmd, "def");
		const char *sub = json_str(cmd, "subtype");

		if (wm_is(sub, "AT_AddColumn"))
			add_part(k, t, KNOWN_COLUMN, json_str(json_get(def,
			    "ColumnDef"), "colname"));
		else if (wm_is(sub, "AT_AddConstraint"))
			add_part(k, t, ID_CONSTRAINT, json_str(json_get(def,
			    "Constraint"), "conname"));
		else if (wm_is(sub, "AT_DropColumn") ||
		    wm_is(sub, "AT_DropConstraint")) {
			part = known_part(t, wm_is(sub, "AT_DropColumn") ?
			    KNOWN_COLUMN : ID_CONSTRAINT, json_str(cmd,
			    "name"));
			if (part != NULL)
				forget(part);
		} else if (wm_is(sub, "AT_AddInherit") ||
		    wm_is(sub, "AT_AddOf"))
			t->open = true;
	}
}

/* What a renaming gives another name, and that; false where it is none. */
static bool
renamed(const struct known *k, struct arena *scratch,
    const struct sql_stmt *st, struct known_thing **out)
{
	static const struct {
		const char *type;
		int cls;
	} parts[] = { { "OBJECT_COLUMN", KNOWN_COLUMN },
		{ "OBJECT_TABCONSTRAINT", ID_CONSTRAINT },
		{ "OBJECT_TRIGGER", ID_TRIGGER }, { "OBJECT_RULE", ID_RULE },
		{ "OBJECT_POLICY", ID_POLICY } };
	const char *type = json_str(st->node, "renameType");
	const struct known_thing *on = relation(k, st);
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (strcmp(st->tag, "RenameStmt") != 0 || type == NULL)
		return false;
	*out = NULL;
	for (size_t i = 0; i < WM_LEN(parts); i++)
		if (strcmp(parts[i].type, type) == 0) {
			*out = on == NULL ? NULL : known_part(on, parts[i].cls,
			    json_str(st->node, "subname"));
			return true;
		}
	if (!ident_targets(scratch, st, &ids) || ids.n != 1)
		return true;
	id = sql_keep(scratch, ids.v[0]);
	if (id.cls == ID_RELATION)
		id.table = NULL;
	*out = known_find(k, &id);
	return true;
}

static void
rename_thing(struct known *k, struct known_thing *t, const char *name)
{
	t->name = arena_strdup(k->mem, name);
	if (t->cls != KNOWN_COLUMN && t->cls != KNOWN_VALUE)
		enter(k, t);
}

static void
move(struct known *k, struct arena *scratch, const struct sql_stmt *st)
{
	const char *schema = json_str(st->node, "newschema");
	WM_VEC ids = VEC_INIT;
	struct known_thing *t;
	struct ident id;

	if (schema == NULL || !ident_targets(scratch, st, &ids) || ids.n != 1)
		return;
	id = sql_keep(scratch, ids.v[0]);
	if (id.cls == ID_RELATION)
		id.table = NULL;
	t = known_find(k, &id);
	if (t == NULL || id.cls == ID_EXTENSION)
		return;
	schema = arena_strdup(k->mem, schema);
	t->schema = schema;
	enter(k, t);
	for (size_t i = 0; i < t->parts.n; i++) {
		struct known_thing *part = t->parts.v[i];

		part->schema = schema;
		rename_thing(k, part, part->name);
	}
}

static struct known_thing *
enum_of(const struct known *k, struct arena *scratch,
    const struct sql_stmt *st)
{
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (strcmp(st->tag, "AlterEnumStmt") != 0 ||
	    !ident_targets(scratch, st, &ids) || ids.n != 1)
		return NULL;
	id = sql_keep(scratch, ids.v[0]);
	return known_find(k, &id);
}

static void
alter_enum(struct known *k, struct known_thing *t, const struct sql_stmt *st)
{
	const char *old = json_str(st->node, "oldVal");
	struct known_thing *value = known_part(t, KNOWN_VALUE, old);

	if (old == NULL)
		add_part(k, t, KNOWN_VALUE, json_str(st->node, "newVal"));
	else if (value != NULL)
		rename_thing(k, value, json_str(st->node, "newVal"));
}

static void
drop(struct known *k, struct arena *scratch, const struct sql_stmt *st)
{
	WM_VEC ids = VEC_INIT;

	if (!ident_targets(scratch, st, &ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		struct ident id = sql_keep(scratch, ids.v[i]);
		struct known_thing *t;

		if (id.cls == ID_RELATION)
			id.table = NULL;
		t = known_find(k, &id);
		if (t != NULL)
			forget(t);
		for (size_t j = 0; t && id.cls == ID_SCHEMA && j < k->all.n;
		    j++) {
			struct known_thing *in = k->all.v[j];

			if (wm_is(in->schema, id.name))
				forget(in);
		}
	}
}

/* SELECT INTO: the table that it makes. */
static bool
selected(const struct sql_stmt *st, struct ident *out)
{
	const struct json *first = st->node, *rv;
	const char *schema;

	if (strcmp(st->tag, "SelectStmt") != 0)
		return false;
	while (json_get(first, "larg") != NULL)
		first = json_get(first, "larg");
	rv = json_get2(first, "intoClause", "rel");
	schema = json_str(rv, "schemaname");
	*out = (struct ident){ .cls = ID_RELATION,
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };
	return out->name != NULL && !wm_is(json_str(rv, "relpersistence"), "t");
}

void
known_statement(struct known *k, struct arena *scratch, const char *text,
    const struct sql_stmt *st)
{
	struct known_thing *t;
	struct ident id;

	if (selected(st, &id))
		create(k, scratch, text, st, &id);
	else if (ident_kind(st) != NULL) {
		if (sql_is_temporary(st) || !ident_of(scratch, st, &id))
			return;
		id = sql_keep(scratch, &id);
		if (id.cls == ID_RELATION)
			id.table = NULL;
		create(k, scratch, text, st, &id);
	} else if (strcmp(st->tag, "AlterTableStmt") == 0)
		alter(k, st);
	else if (renamed(k, scratch, st, &t)) {
		if (t != NULL)
			rename_thing(k, t, json_str(st->node, "newname"));
	} else if (strcmp(st->tag, "AlterObjectSchemaStmt") == 0)
		move(k, scratch, st);
	else if (strcmp(st->tag, "DropStmt") == 0)
		drop(k, scratch, st);
	else if ((t = enum_of(k, scratch, st)) != NULL)
		alter_enum(k, t, st);
}

/* --- what was there before ------------------------------------------------ */

static void
read_piece(struct known *k, const struct piece *piece)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const char *text = arena_strndup(mem, piece->text, piece->len);
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (sql_parse(mem, text, &st, &n, &err) && n == 1)
		known_statement(k, mem, text, st);
}

void
known_read(struct known *k, const struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		const struct made *m = p->sql.made.v[i];
		struct known_thing *t;

		for (size_t j = 0; j < m->pieces.n && !m->gone; j++)
			read_piece(k, m->pieces.v[j]);
		if (m->gone || m->id.name == NULL || known_find(k, &m->id))
			continue;
		t = add(k, (int)m->id.cls, NULL, m->id.name);
		t->schema = m->id.schema;
		t->args = m->id.args;
		t->open = true;
		enter(k, t);
	}
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		const struct attached *a = p->sql.attached.v[i];

		if (a->tag != NULL)
			read_piece(k, &a->piece);
	}
}

/* --- questions ------------------------------------------------------------ */

static bool
answers(const struct known_thing *t, const struct known_query *q)
{
	return !t->gone && t->cls == q->cls && (q->name == NULL ||
	    wm_is(t->name, q->name)) && (q->of == NULL || (t->of != NULL &&
	    wm_is(t->of->name, q->of))) && (q->schema == NULL ||
	    wm_is(t->schema, q->schema));
}

size_t
known_count(const struct known *k, const struct known_query *q)
{
	const struct known_query whole = { .cls = q->cls == KNOWN_VALUE ?
		ID_TYPE : ID_RELATION, .schema = q->schema, .name = q->of };
	bool part = q->cls == KNOWN_COLUMN || q->cls == KNOWN_VALUE ||
	    is_on(q->cls), has_whole = false, open = false;
	size_t n = 0;

	for (size_t i = 0; i < k->all.n; i++) {
		const struct known_thing *t = k->all.v[i];

		n += answers(t, q);
		if (part && q->of != NULL && answers(t, &whole)) {
			has_whole = true;
			open = open || t->open;
		}
	}
	if (q->name == NULL || (n == 0 && q->cls == ID_ROLE))
		return SIZE_MAX;
	if (n == 0 && q->cls == ID_SCHEMA)
		return wm_is(q->name, IDENT_SCHEMA) || strncmp(q->name, "pg_",
		    3) == 0 || wm_is(q->name, "information_schema");
	if (n == 0 && part && q->of != NULL && (!has_whole || (open &&
	    (q->cls == KNOWN_COLUMN || q->cls == ID_CONSTRAINT))))
		return SIZE_MAX;
	return n;
}

static enum known_end
end_of_alter(const struct known *k, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const struct known_thing *t = relation(k, st);

	if (t == NULL)
		return KNOWN_UNSURE;
	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const struct json *def = json_get(cmd, "def");
		const char *sub = json_str(cmd, "subtype");
		const char *name = json_str(cmd, "name");

		if (json_bool(cmd, "missing_ok"))
			continue;
		if ((wm_is(sub, "AT_AddColumn") && known_part(t, KNOWN_COLUMN,
		    json_str(json_get(def, "ColumnDef"), "colname"))) ||
		    (wm_is(sub, "AT_AddConstraint") && known_part(t,
		    ID_CONSTRAINT, json_str(json_get(def, "Constraint"),
		    "conname"))))
			return KNOWN_DUPLICATE;
		if (!t->open && name != NULL && wm_is(sub, "AT_DropColumn") &&
		    known_part(t, KNOWN_COLUMN, name) == NULL)
			return KNOWN_MISSING;
	}
	return KNOWN_RUNS;
}

static enum known_end
end_of_rename(const struct known *k, const struct sql_stmt *st,
    const struct known_thing *t)
{
	const struct known_thing *on = relation(k, st);
	const char *name = json_str(st->node, "newname");

	if (t == NULL)
		return on != NULL && !on->open ? KNOWN_MISSING : KNOWN_UNSURE;
	if (t->of != NULL)
		return known_part(t->of, t->cls, name) != NULL ?
		    KNOWN_DUPLICATE : KNOWN_RUNS;
	return find(k, t->cls, t->schema, name, t->args) != NULL ?
	    KNOWN_DUPLICATE : KNOWN_RUNS;
}

enum known_end
known_end(const struct known *k, struct arena *scratch,
    const struct sql_stmt *st)
{
	struct known_thing *t;
	struct ident id;
	WM_VEC ids = VEC_INIT;

	if (ident_kind(st) != NULL) {
		if (!ident_of(scratch, st, &id))
			return KNOWN_RUNS;
		id = sql_keep(scratch, &id);
		if (id.cls == ID_RELATION)
			id.table = NULL;
		return known_find(k, &id) == NULL || json_bool(st->node,
		    "if_not_exists") || json_bool(st->node, "replace") ?
		    KNOWN_RUNS : KNOWN_DUPLICATE;
	}
	if (strcmp(st->tag, "AlterTableStmt") == 0)
		return end_of_alter(k, st);
	if (renamed(k, scratch, st, &t))
		return end_of_rename(k, st, t);
	if (strcmp(st->tag, "AlterEnumStmt") == 0) {
		t = enum_of(k, scratch, st);
		if (t == NULL)
			return KNOWN_UNSURE;
		return json_str(st->node, "oldVal") == NULL &&
		    !json_bool(st->node, "skipIfNewValExists") &&
		    known_part(t, KNOWN_VALUE, json_str(st->node, "newVal")) ?
		    KNOWN_DUPLICATE : KNOWN_RUNS;
	}
	if (strcmp(st->tag, "DropStmt") != 0 || json_bool(st->node,
	    "missing_ok") || !ident_targets(scratch, st, &ids))
		return KNOWN_RUNS;
	for (size_t i = 0; i < ids.n; i++) {
		id = sql_keep(scratch, ids.v[i]);
		if (id.cls == ID_RELATION)
			id.table = NULL;
		if (known_find(k, &id) == NULL)
			return KNOWN_UNSURE;
	}
	return KNOWN_RUNS;
}

void
known_clear(struct known *k)
{
	for (size_t i = 0; i < k->all.n; i++)
		vec_clear(&((struct known_thing *)k->all.v[i])->parts);
	for (size_t i = 0; i < k->lists.n; i++)
		vec_clear(k->lists.v[i]);
	map_clear(&k->by_name);
	vec_clear(&k->lists);
	vec_clear(&k->all);
}
