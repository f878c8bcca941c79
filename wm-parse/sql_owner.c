#include "sql_owner.h"

#include <strings.h>

#include "diag.h"
#include "phrase.h"
#include "sql_chosen.h"
#include "sql_detach.h"
#include "sql_fold.h"
#include "sql_heirs.h"
#include "sql_lose.h"
#include "sql_needs.h"
#include "sql_parts.h"
#include "table.h"
#include "undo.h"

void
owner_keys(struct arena *mem, const struct json *tree, struct vec *keys)
{
	const char *type = tree->key != NULL && strcmp(tree->key,
	    "Constraint") == 0 ? json_str(tree, "contype") : NULL;

	if (type != NULL && strcmp(type, "CONSTR_FOREIGN") == 0) {
		struct foreign_key *k = arena_alloc(mem, sizeof(*k));
		const struct json *rv = json_get(tree, "pktable");
		const struct json *cols = json_get(tree, "pk_attrs");
		const char *schema = json_str(rv, "schemaname");

		k->schema = arena_strdup(mem, schema ? schema : IDENT_SCHEMA);
		k->table = arena_strdup(mem, json_str(rv, "relname"));
		for (const struct json *j = cols ? cols->first : NULL; j;
		    j = j->next)
			vec_push(&k->cols, arena_strdup(mem, sql_string(j)));
		vec_push(keys, k);
		return;
	}
	for (const struct json *j = tree->first; j != NULL; j = j->next)
		owner_keys(mem, j, keys);
}

/* --- GRANT on several objects --- */

/* Words of the type in front of the first object: "FOREIGN SERVER" ... */
static size_t
type_words(const struct phrase *w, size_t i)
{
	static const char *const one[] = { "table", "sequence", "function",
		"procedure", "routine", "schema", "type", "domain",
		"language" };

	if (phrase_is(w, i, "foreign"))
		return phrase_is(w, i + 1, "server") ? 2 : 3;
	for (size_t k = 0; k < WM_LEN(one); k++)
		if (phrase_is(w, i, one[k]) && !phrase_is(w, i + 1, ",") &&
		    !phrase_is(w, i + 1, ".") && !phrase_is(w, i + 1, "to") &&
		    !phrase_is(w, i + 1, "from"))
			return 1;
	return 0;
}

/* Where ON and TO or FROM stand; false where they do not. */
static bool
grant_places(const struct phrase *w, size_t *out_on, size_t *out_to)
{
	int depth = 0;

	*out_on = *out_to = 0;
	for (size_t i = 1; i < w->n && *out_to == 0; i++) {
		depth += phrase_is(w, i, "(") - phrase_is(w, i, ")");
		if (depth == 0 && *out_on == 0 && phrase_is(w, i, "on"))
			*out_on = i;
		else if (depth == 0 && *out_on > 0 && (phrase_is(w, i, "to") ||
		    phrase_is(w, i, "from")))
			*out_to = i;
	}
	return *out_to > 0;
}

/* The statement for one of its objects, between two tokens. */
static struct piece
grant_piece(struct parse *p, const struct phrase *w, size_t on,
    const char *type, size_t from, size_t end, size_t to)
{
	struct piece piece = { .src = NULL };

	piece.text = arena_printf(p->mem, "%s %s%s%s %s", phrase_slice(w, 0,
	    on + 1), type, *type ? " " : "", phrase_slice(w, from, end),
	    phrase_slice(w, to, w->n));
	piece.len = strlen(piece.text);
	return piece;
}

/* Set the pieces of a GRANT's parts; false where it cannot be cut. */
static bool
split_grant(struct parse *p, struct arena *mem, const char *text,
    struct attached *parts, size_t n)
{
	struct phrase w;
	size_t on, to, from, i, k = 0, words;
	const char *type;
	int depth = 0;

	if (!phrase_scan(mem, text, &w) || !grant_places(&w, &on, &to))
		return false;
	words = type_words(&w, on + 1);
	type = phrase_slice(&w, on + 1, on + 1 + words);
	from = on + 1 + words;
	for (i = from; i <= to; i++) {
		depth += phrase_is(&w, i, "(") - phrase_is(&w, i, ")");
		if (i < to && (depth > 0 || !phrase_is(&w, i, ",")))
			continue;
		if (k < n)
			parts[k].piece = grant_piece(p, &w, on, type, from, i,
			    to);
		k++;
		from = i + 1;
	}
	return k == n;
}

/* --- statements as they are read --- */

/* "DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA b ON TABLES TO c": its name. */
static const char *
default_name(struct parse *p, const struct sql_stmt *st)
{
	const struct json *opts = json_get(st->node, "options");
	const struct json *action = json_get(st->node, "action");
	const struct json *roles = json_get2(sql_defelem(opts, "roles"),
	    "List", "items");
	const struct json *schemas = json_get2(sql_defelem(opts, "schemas"),
	    "List", "items");
	const struct json *to = json_get(action, "grantees");
	const char *type = json_str(action, "objtype");
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = roles ? roles->first : NULL; j;
	    j = j->next)
		sbuf_printf(&b, "%s%s", j == roles->first ? "for role " : ",",
		    ident_role(json_get(j, "RoleSpec")));
	for (const struct json *j = schemas ? schemas->first : NULL; j;
	    j = j->next)
		sbuf_printf(&b, "%s%s", j == schemas->first ? (b.len ?
		    " in schema " : "in schema ") : ",", sql_string(j));
	sbuf_printf(&b, "%son ", b.len ? " " : "");
	for (const char *s = type ? type + 7 : "?"; *s != '\0'; s++)
		sbuf_putc(&b, (char)(*s == '_' ? ' ' : *s | 0x20));
	for (const struct json *j = to ? to->first : NULL; j; j = j->next)
		sbuf_printf(&b, "%s%s", j == to->first ? "s to " : ",",
		    ident_role(json_get(j, "RoleSpec")));
	return sbuf_take(&b, p->mem);
}

/*
 * What children that are there have otherwise than those made later: a CHECK
 * that is NOT VALID, and which they inherit; a key of ONLY the table.
 */
static enum heirs
says_of_heirs(const struct json *rv, const struct json *con)
{
	const char *type = json_str(con, "contype");

	if (type == NULL)
		return HEIRS_ALL;
	if (strcmp(type, "CONSTR_CHECK") == 0)
		return json_bool(con, "skip_validation") &&
		    !json_bool(con, "is_no_inherit") ? HEIRS_UNCHECKED :
		    HEIRS_ALL;
	return !json_bool(rv, "inh") && json_str(con, "indexname") == NULL &&
	    (strcmp(type, "CONSTR_PRIMARY") == 0 ||
	    strcmp(type, "CONSTR_UNIQUE") == 0) ? HEIRS_WITHOUT : HEIRS_ALL;
}

/*
 * What only the last statement decides of a table, and may stand in the text of
 * an index: the one before is void.
 */
static void
take_back(struct parse *p, struct attached *a, const char *sub)
{
	static const struct {
		const char *sub, *what;
	} rows[] = { { "AT_ClusterOn", "cluster" },
		{ "AT_DropCluster", "cluster" },
		{ "AT_ReplicaIdentity", "replica identity" } };

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(rows[i].sub, sub) == 0)
			a->decides = rows[i].what;
	for (size_t i = p->sql.attached.n; a->decides && i-- > 0;) {
		struct attached *b = p->sql.attached.v[i];

		if (b != a && b->tag != NULL && b->decides == a->decides &&
		    strcmp(b->id.name, a->id.name) == 0 &&
		    strcmp(b->id.schema, a->id.schema) == 0)
			b->tag = NULL;
	}
}

/* Names that a table's statement gives to indexes and sequences. */
static void
table_facts(struct parse *p, struct attached *a, const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const struct json *con = json_get2(cmd, "def", "Constraint");
		const struct json *seq = json_get2(sql_defelem(json_get(con,
		    "options"), "sequence_name"), "List", "items");
		const char *sub = json_str(cmd, "subtype");
		const char *name = json_str(con, "conname");
		const char *col = json_str(cmd, "name");

		if (sub == NULL)
			continue;
		if (cmds->first->next == NULL)
			take_back(p, a, sub);
		if (strcmp(sub, "AT_DropConstraint") == 0) {
			struct ident id = { .cls = ID_CONSTRAINT,
				.schema = a->id.schema,
				.name = json_str(cmd, "name") };

			sql_unregister(p, &id);
		}
		lose_by_command(p, &a->id, cmd, &a->at);
		if (strcmp(sub, "AT_DetachPartition") == 0)
			detach_take(p, a, cmd);
		if (strcmp(sub, "AT_AttachPartition") == 0) {
			const struct json *rv = json_get(st->node, "relation");
			const char *schema = json_str(rv, "schemaname");

			a->piece.late = true;
			a->parent = arena_strdup(p->mem, json_str(rv,
			    "relname"));
			a->parent_schema = schema ? arena_strdup(p->mem,
			    schema) : IDENT_SCHEMA;
		}
		if (json_str(con, "indexname") != NULL) {
			a->of_index = true;
			a->primary = strcmp(json_str(con, "contype"),
			    "CONSTR_PRIMARY") == 0;
		}
		if (strcmp(sub, "AT_AddConstraint") == 0 &&
		    cmds->first->next == NULL)
			a->heirs = says_of_heirs(json_get(st->node,
			    "relation"), con);
		if (strcmp(sub, "AT_AddConstraint") == 0 && name != NULL) {
			if (cmds->first->next == NULL)
				a->constraint = arena_strdup(p->mem, name);
			vec_push(&a->parts, arena_strdup(p->mem, name));
		}
		if (strcmp(sub, "AT_AddIdentity") == 0 && col != NULL)
			vec_push(&a->parts, arena_strdup(p->mem, seq != NULL ?
			    sql_string(seq->last) : table_object_name(p->mem,
			    a->id.name, col, "seq")));
	}
}

bool
owner_of_sequence(struct parse *p, const struct json *opts, struct made *m)
{
	const struct json *l = json_get2(sql_defelem(opts, "owned_by"),
	    "List", "items");
	const char *s[3] = { NULL, NULL, NULL };

	for (const struct json *j = l ? l->first : NULL; j; j = j->next) {
		s[0] = s[1];
		s[1] = s[2];
		s[2] = sql_string(j);
	}
	if (s[2] == NULL)
		return false;
	m->of_schema = m->of_table = NULL;
	if (s[1] == NULL)
		return false;	/* NONE */
	m->of_schema = arena_strdup(p->mem, s[0] ? s[0] : IDENT_SCHEMA);
	m->of_table = arena_strdup(p->mem, s[1]);
	return true;
}

/* ALTER SEQUENCE ... OWNED BY belongs to the table, which is the later one. */
static void
owned_by(struct parse *p, struct attached *a, const struct sql_stmt *st)
{
	const struct json *opts = json_get(st->node, "options");
	struct made *seq = sql_find(p, &a->id), none = { .o = NULL };

	if (seq == NULL)
		seq = &none;
	if (!owner_of_sequence(p, opts, seq) || opts->first->next != NULL)
		return;
	a->id.schema = seq->of_schema;
	a->id.name = seq->of_table;
}

/* What a statement is called as an object of its own. */
static const char *
own_kind(const char *tag)
{
	static const struct {
		const char *tag, *kind;
	} rows[] = { { "GrantStmt", "grant" }, { "CommentStmt", "comment" },
		{ "AlterDefaultPrivilegesStmt", "default privileges" } };

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(rows[i].tag, tag) == 0)
			return rows[i].kind;
	return "other";
}

static struct attached *
new_attached(struct parse *p, const char *text, const struct sql_stmt *st,
    const struct piece *piece, const struct loc *at)
{
	struct attached *a = arena_alloc(p->mem, sizeof(*a));

	a->piece = *piece;
	a->tag = arena_strdup(p->mem, st->tag);
	a->at = *at;
	a->made = p->sql.made.n;
	refs_of_stmts(p->mem, text, st, 1, &a->refs);
	owner_keys(p->mem, st->node, &a->keys);
	vec_push(&p->sql.attached, a);
	return a;
}

/* GRANT ... ON ALL TABLES IN SCHEMA: looked up when all is read. */
static bool
grant_on_all(struct parse *p, const char *text, const struct sql_stmt *st,
    const struct piece *piece, const struct loc *at)
{
	const char *target = json_str(st->node, "targtype");
	const struct json *l = json_get(st->node, "objects");

	if (strcmp(st->tag, "GrantStmt") != 0 || target == NULL || l == NULL ||
	    strcmp(target, "ACL_TARGET_ALL_IN_SCHEMA") != 0)
		return false;
	for (const struct json *j = l->first; j != NULL; j = j->next) {
		struct attached *a = new_attached(p, text, st, piece, at);

		a->schema = arena_strdup(p->mem, sql_string(j));
		a->all = arena_strdup(p->mem, json_str(st->node, "objtype"));
	}
	return true;
}

static void
default_on_all(struct parse *p, const struct sql_stmt *st,
    const struct piece *piece, const struct loc *at, const char *schema)
{
	const char *type = json_str(json_get(st->node, "action"), "objtype");
	struct attached *a = arena_alloc(p->mem, sizeof(*a));

	if (type == NULL)
		return;
	a->piece = *piece;
	a->tag = "GrantStmt";
	a->at = *at;
	/* procedures and aggregates as well, here */
	a->all = arena_strdup(p->mem, strcmp(type, "OBJECT_FUNCTION") == 0 ?
	    "OBJECT_ROUTINE" : type);
	a->schema = schema ? arena_strdup(p->mem, schema) : NULL;
	a->later = true;
	a->made = p->sql.made.n;
	vec_push(&p->sql.attached, a);
}

/* Of functions and types, everybody has the privileges (manual, "Privileges").
    */
static bool
granted_by_itself(const struct json *action)
{
	const struct json *to = json_get(action, "grantees");
	const char *type = json_str(action, "objtype");

	return type != NULL && (strcmp(type, "OBJECT_FUNCTION") == 0 ||
	    strcmp(type, "OBJECT_TYPE") == 0) && to != NULL &&
	    to->first != NULL && strcmp(ident_role(json_get(to->first,
	    "RoleSpec")), "public") == 0;
}

/*
 * ALTER DEFAULT PRIVILEGES of who runs the script: what it makes from there on
 * gets them. They become grants of each object, so that these do not hang on
 * the order in which they are made.
 */
static void
default_grants(struct parse *p, const char *text, const struct sql_stmt *st,
    const struct loc *at)
{
	const struct json *opts = json_get(st->node, "options");
	const struct json *schemas = json_get2(sql_defelem(opts, "schemas"),
	    "List", "items");
	struct piece piece = { .src = NULL };
	struct phrase w;
	size_t i, revoke;

	if (sql_defelem(opts, "roles") != NULL ||
	    !phrase_scan(p->mem, arena_strndup(p->mem, text + st->off,
	    st->len), &w))
		return;
	i = phrase_find(&w, 0, "grant");
	revoke = phrase_find(&w, 0, "revoke");
	/* in one schema, what PostgreSQL grants by itself cannot be taken */
	if (revoke < i && schemas != NULL && granted_by_itself(json_get(
	    st->node, "action")))
		return;
	piece.text = phrase_slice(&w, i < revoke ? i : revoke, w.n);
	piece.len = strlen(piece.text);
	if (schemas == NULL)
		default_on_all(p, st, &piece, at, NULL);
	for (const struct json *j = schemas ? schemas->first : NULL; j;
	    j = j->next)
		default_on_all(p, st, &piece, at, sql_string(j));
}

/*
 * ALTER TABLE ... DISABLE TRIGGER ALL and its like: of each trigger that there
 * is, since these are made behind the table, and with all that is said of it.
 */
static bool
all_triggers(struct parse *p, const struct sql_stmt *st,
    const struct loc *at)
{
	static const struct {
		const char *sub, *words;
	} rows[] = { { "AT_DisableTrigAll", "disable" },
		{ "AT_DisableTrigUser", "disable" },
		{ "AT_EnableTrigAll", "enable" },
		{ "AT_EnableTrigUser", "enable" } };
	const struct json *cmds = json_get(st->node, "cmds");
	const struct json *rv = json_get(st->node, "relation");
	const char *schema = json_str(rv, "schemaname"), *words = NULL;
	const char *name = json_str(rv, "relname"), *sub;

	if (strcmp(st->tag, "AlterTableStmt") != 0 || cmds == NULL ||
	    cmds->first == NULL || cmds->first->next != NULL || name == NULL)
		return false;
	schema = schema ? schema : IDENT_SCHEMA;
	sub = json_str(json_get(cmds->first, "AlterTableCmd"), "subtype");
	for (size_t i = 0; sub != NULL && i < WM_LEN(rows); i++)
		if (strcmp(rows[i].sub, sub) == 0)
			words = rows[i].words;
	for (size_t i = 0; words != NULL && i < p->sql.made.n; i++) {
		const struct made *m = p->sql.made.v[i];
		struct attached *a;

		if (m->id.cls != ID_TRIGGER || m->gone ||
		    strcmp(m->id.table, name) != 0 ||
		    strcmp(m->id.schema, schema) != 0)
			continue;
		a = arena_alloc(p->mem, sizeof(*a));
		a->tag = "AlterTableStmt";
		a->at = *at;
		a->id = m->id;
		a->piece.text = arena_printf(p->mem, "alter table %s.%s %s "
		    "trigger %s", sql_quoted(p->mem, schema),
		    sql_quoted(p->mem, name), words,
		    sql_quoted(p->mem, m->id.name));
		a->piece.len = strlen(a->piece.text);
		vec_push(&p->sql.attached, a);
	}
	return words != NULL;
}

bool
owner_add(struct parse *p, const char *text, const struct sql_stmt *st,
    const struct piece *piece, const struct loc *at)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_VEC ids = VEC_INIT;
	struct attached *parts;
	struct sql_error err;
	struct sql_stmt *again;
	size_t n;

	if (strcmp(st->tag, "AlterDefaultPrivilegesStmt") == 0) {
		struct attached *a = new_attached(p, text, st, piece, at);

		a->words = default_name(p, st);
		default_grants(p, text, st, at);
		return true;
	}
	if (grant_on_all(p, text, st, piece, at) || all_triggers(p, st, at))
		return true;
	if (!ident_targets(mem, st, &ids) || ids.n == 0)
		return false;
	parts = arena_alloc(mem, ids.n * sizeof(*parts));
	if (ids.n > 1 && !split_grant(p, mem, text, parts, ids.n))
		return false;
	for (size_t i = 0; i < ids.n; i++) {
		struct attached *a;

		if (ids.n > 1 && sql_parse(mem, parts[i].piece.text, &again,
		    &n, &err) && n == 1)
			a = new_attached(p, parts[i].piece.text, again,
			    &parts[i].piece, at);
		else
			a = new_attached(p, text, st, piece, at);
		a->id = sql_ident(p, ids.v[i]);
		a->folds = fold_wanted(st);
		if (strcmp(st->tag, "AlterTableStmt") == 0) {
			chosen_added(p, sql_find(p, &a->id), text, st);
			table_facts(p, a, st);
		}
		if (strcmp(st->tag, "AlterSeqStmt") == 0)
			owned_by(p, a, st);
	}
	return true;
}

/* --- when all is read --- */

/* The kinds that one type of GRANT ... ON ALL means. */
static bool
in_all(const char *type, const char *kind)
{
	static const struct {
		const char *type, *kind;
	} rows[] = {
		{ "OBJECT_TABLE", "table" }, { "OBJECT_TABLE", "view" },
		{ "OBJECT_TABLE", "materialized view" },
		{ "OBJECT_TABLE", "foreign table" },
		{ "OBJECT_SEQUENCE", "sequence" },
		{ "OBJECT_FUNCTION", "function" },
		{ "OBJECT_FUNCTION", "aggregate" },
		{ "OBJECT_PROCEDURE", "procedure" },
		{ "OBJECT_ROUTINE", "function" },
		{ "OBJECT_ROUTINE", "aggregate" },
		{ "OBJECT_ROUTINE", "procedure" },
		{ "OBJECT_TYPE", "type" }, { "OBJECT_TYPE", "domain" },
		{ "OBJECT_SCHEMA", "schema" },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(rows[i].type, type) == 0 &&
		    strcmp(rows[i].kind, kind) == 0)
			return true;
	return false;
}

/* Whether a statement on all of a kind means the i-th object. */
static bool
means(const struct attached *all, const struct made *m, size_t i)
{
	if (m->gone || m->foreign || !in_all(all->all, m->o->kind->name) ||
	    (all->schema != NULL && (m->id.schema == NULL ||
	    strcmp(m->id.schema, all->schema) != 0)))
		return false;
	if (all->later)
		return i >= all->made;
	return strcmp(m->o->loc.file, all->at.file) != 0 ||
	    m->o->loc.line < all->at.line;
}

/* What GRANT calls an object. */
static const char *
grant_word(const struct made *m)
{
	static const char *const own[] = { "sequence", "procedure", "schema" };

	for (size_t i = 0; i < WM_LEN(own); i++)
		if (strcmp(m->o->kind->name, own[i]) == 0)
			return own[i];
	return m->id.cls == ID_RELATION ? "table" : m->id.cls == ID_TYPE ?
	    "type" : "function";
}

/* The same for one object, in its words. */
static void
grant_all(struct parse *p, struct attached *all)
{
	struct phrase w;
	size_t on, to, n;

	if (!phrase_scan(p->mem, arena_strndup(p->mem, all->piece.text,
	    all->piece.len), &w) ||
	    !grant_places(&w, &on, &to))
		return;
	n = p->sql.made.n;
	for (size_t i = 0; i < n; i++) {
		struct made *m = p->sql.made.v[i];
		struct piece piece = { .src = NULL };

		if (!means(all, m, i))
			continue;
		piece.text = arena_printf(p->mem, "%s %s %s %s",
		    phrase_slice(&w, 0, on + 1), grant_word(m), m->o->nam,
		    phrase_slice(&w, to, w.n));
		piece.len = strlen(piece.text);
		sql_piece(p, m, &piece);
	}
}

/* The index that a table's statement names, where it is one by itself. */
static struct made *
named_index(const struct parse *p, const struct attached *a)
{
	struct made *m;

	if (a->id.cls != ID_RELATION || a->id.table == NULL)
		return NULL;
	m = sql_bare(p, ID_RELATION, a->id.schema, a->id.table);
	return m != NULL && strcmp(m->o->kind->name, "index") == 0 ? m : NULL;
}

/* What stands in the place of an object that is none: its table. */
static struct made *
table_of(const struct parse *p, const struct ident *id)
{
	return id->table == NULL ? NULL : sql_bare(p, ID_RELATION, id->schema,
	    id->table);
}

static void
register_parts(struct parse *p, struct attached *a)
{
	for (size_t i = 0; i < a->parts.n; i++) {
		struct ident id = { .cls = ID_RELATION,
			.schema = a->owner->id.schema, .name = a->parts.v[i] };

		if (id.schema != NULL && sql_bare(p, ID_RELATION, id.schema,
		    id.name) == NULL)
			sql_register(p, a->owner, &id);
	}
}

/* The words that people would call it by. */
static const char *
target_words(struct parse *p, const struct ident *id)
{
	static const struct {
		enum ident_class cls;
		const char *word;
	} words[] = { { ID_RELATION, "relation" }, { ID_FUNCTION, "function" },
		{ ID_TYPE, "type" }, { ID_SCHEMA, "schema" },
		{ ID_EXTENSION, "extension" }, { ID_LANGUAGE, "language" },
		{ ID_TRIGGER, "trigger" }, { ID_ROLE, "role" },
		{ ID_RULE, "rule" }, { ID_POLICY, "policy" },
		{ ID_OPERATOR, "operator" }, { ID_CAST, "cast" },
		{ ID_OPCLASS, "operator class" },
		{ ID_OPFAMILY, "operator family" },
		{ ID_COLLATION, "collation" },
		{ ID_CONVERSION, "conversion" },
		{ ID_TSPARSER, "text search parser" },
		{ ID_TSTEMPLATE, "text search template" },
		{ ID_TSDICT, "text search dictionary" },
		{ ID_TSCONFIG, "text search configuration" },
		{ ID_TRANSFORM, "transform" },
		{ ID_FDW, "foreign data wrapper" }, { ID_SERVER, "server" },
		{ ID_USER_MAPPING, "user mapping" },
		{ ID_STATISTICS, "statistics" },
		{ ID_EVENT_TRIGGER, "event trigger" },
		{ ID_PUBLICATION, "publication" },
		{ ID_SUBSCRIPTION, "subscription" },
		{ ID_ACCESS_METHOD, "access method" },
		{ ID_CONSTRAINT, "constraint" } };
	const char *word = "object";

	for (size_t i = 0; i < WM_LEN(words); i++)
		if (words[i].cls == id->cls)
			word = words[i].word;
	return arena_printf(p->mem, "%s %s", word, ident_text(p->mem, id));
}

/* What takes a statement back; NULL where nothing does. */
static const char *
undo(struct parse *p, const struct piece *piece)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const char *text = arena_strndup(mem, piece->text, piece->len);
	const char *back;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_parse(mem, text, &st, &n, &err) || n != 1)
		return NULL;
	back = detach_undo(p, st);
	return back != NULL ? back : sql_undo(p->mem, text, st, NULL);
}

static const char *
drop_constraint(struct parse *p, const struct attached *a, const char *name)
{
	return arena_printf(p->mem, "alter table if exists %s.%s drop "
	    "constraint if exists %s", sql_quoted(p->mem, a->id.schema),
	    sql_quoted(p->mem, a->id.name), sql_quoted(p->mem, name));
}

void
owner_separate(struct parse *p, struct attached *a)
{
	const char *kind = own_kind(a->tag), *name = a->words;
	struct ident id = { .name = NULL };
	struct made *m;

	if (a->constraint == NULL)
		constraint_name(p, a, a->owner);
	if (a->constraint != NULL) {
		kind = "constraint";
		id = (struct ident){ .cls = ID_CONSTRAINT,
			.schema = a->id.schema, .name = a->constraint,
			.table = a->id.name };
		name = ident_text(p->mem, &id);
	}
	if (name == NULL)
		name = strcmp(kind, "other") != 0 ? target_words(p, &a->id) :
		    arena_printf(p->mem, "%.*s", (int)(a->piece.len < 60 ?
		    a->piece.len : 60), a->piece.text);
	m = sql_add(p, kind, name, &id, &a->at);
	if (m == NULL)
		m = map_get(&p->sql.by_key, arena_printf(p->mem, "%s:%s", kind,
		    name));
	a->owner = NULL;
	if (m == NULL) {
		diag_error(&a->at, "%s \"%s\" is already defined", kind, name);
		return;
	}
	sql_piece(p, m, &a->piece);
	for (size_t i = 0; i < a->refs.n; i++)
		vec_push(&m->refs, a->refs.v[i]);
	for (size_t i = 0; i < a->keys.n; i++)
		vec_push(&m->keys, a->keys.v[i]);
	a->keys.n = 0;
	if (a->constraint != NULL)
		m->o->drop = arena_printf(p->mem, "%s;", drop_constraint(p, a,
		    a->constraint));
	else {
		const char *back = undo(p, &a->piece);

		if (back != NULL)
			vec_push(&m->undos, back);
	}
}

/*
 * A partition that is attached: an object of its own, because the table's
 * indexes have to be there before, and those of all partitions' table behind.
 */
static void
make_partition(struct parse *p, struct attached *a, struct made *child)
{
	struct ident none = { .name = NULL };
	struct made *m = sql_add(p, "partition", child->o->nam, &none, &a->at);

	if (m == NULL) {
		diag_error(&a->at, "table \"%s\" is attached twice",
		    child->o->nam);
		return;
	}
	m->parent_schema = a->parent_schema;
	m->parent = a->parent;
	m->place = a->made;
	child->partition = m;
	heirs_join(p, m);
	sql_piece(p, m, &a->piece);
	for (size_t i = 0; i < a->refs.n; i++)
		vec_push(&m->refs, a->refs.v[i]);
	m->o->drop = arena_printf(p->mem, "alter table if exists %s.%s detach "
	    "partition %s;", sql_quoted(p->mem, a->parent_schema),
	    sql_quoted(p->mem, a->parent),
	    child->o->nam);
	a->tag = NULL;
}

/* Whose text attaches an index: that of the one it is attached to. */
static bool
resolve_partition(struct parse *p, struct attached *a)
{
	struct made *parent = sql_bare(p, ID_RELATION, a->parent_schema,
	    a->parent);
	struct made *child = sql_find(p, &a->id);

	if (child == NULL || parent == NULL || child->foreign)
		return false;
	/* or a constraint that waits for the partitions */
	if (!parent->foreign && (strcmp(parent->o->kind->name, "index") == 0 ||
	    strcmp(parent->o->kind->name, "constraint") == 0)) {
		a->owner = parent;
		/* a table's key, or an index */
		if (strcmp(child->id.name, a->id.name) != 0)
			parent->key_parts = true;
		else
			child->whole = parent;
	} else if (strcmp(child->id.name, a->id.name) == 0 &&
	    strcmp(child->o->kind->name, "index") != 0)
		make_partition(p, a, child);
	else	/* a constraint's: it comes with the partition */
		a->owner = child->partition ? child->partition : child;
	return true;
}

struct made *
owner_parent(const struct parse *p, const struct made *m)
{
	const struct made *from = m->partition != NULL ? m->partition : m;

	return from->parent == NULL ? NULL : sql_bare(p, ID_RELATION,
	    from->parent_schema, from->parent);
}

/*
 * A partition's trigger that comes with one of the table it is a partition of:
 * what is said of it belongs to that one, which then needs the partition.
 */
static struct made *
inherited_trigger(const struct parse *p, const struct ident *id)
{
	struct made *child = table_of(p, id), *m = child, *trigger = NULL;

	while (m != NULL && trigger == NULL && (m = owner_parent(p, m)) !=
	    NULL) {
		struct ident above = *id;

		above.schema = m->id.schema;
		above.table = m->id.name;
		trigger = sql_find(p, &above);
	}
	if (trigger != NULL && child->partition != NULL)
		needs_add(trigger, child->partition);
	return trigger;
}

static void
resolve(struct parse *p, struct attached *a)
{
	if (a->parent != NULL && resolve_partition(p, a))
		return;
	if (heirs_wait(p, a))
		return;
	if (a->words != NULL) {
		owner_separate(p, a);
		return;
	}
	a->owner = named_index(p, a);
	if (a->owner != NULL && a->of_index) {
		const char *nulls = constraint_nulls(p, a);

		/* in front of that, the constraint goes */
		if (nulls != NULL)
			vec_push(&a->owner->undos, nulls);
		vec_push(&a->owner->undos, drop_constraint(p, a, a->constraint
		    ? a->constraint : a->id.table));
		a->owner->keyed = true;
	}
	if (a->owner == NULL && a->of_index)
		a->owner = parts_implied(p, a);
	if (a->owner == NULL && a->id.cls == ID_CONSTRAINT) {
		a->owner = sql_find(p, &a->id);
		if (a->owner == NULL)
			a->owner = table_of(p, &a->id);
	} else if (a->owner == NULL) {
		a->owner = sql_find(p, &a->id);
		if (a->owner == NULL && a->id.cls == ID_TRIGGER)
			a->owner = inherited_trigger(p, &a->id);
		if (a->owner == NULL && (a->id.cls == ID_RULE ||
		    a->id.cls == ID_TRIGGER || a->id.cls == ID_POLICY))
			a->owner = table_of(p, &a->id);
	}
	/* an index is attached to one that has all partitions of its table */
	if (a->owner == NULL || a->owner->foreign) {
		if (a->owner == NULL && a->id.cls != ID_SCHEMA &&
		    strcmp(own_kind(a->tag), "other") == 0)
			diag_warn(&a->at, "sql", "%s is in none of the files; "
			    "the statement is passed on as it is",
			    target_words(p, &a->id));
		owner_separate(p, a);
		return;
	}
	register_parts(p, a);
}

/* Whether the script has dropped later what a statement is about. */
static bool
of_dropped(const struct parse *p, const struct attached *a, size_t i)
{
	struct ident table = { .cls = ID_RELATION, .schema = a->id.schema,
		.name = a->id.table };
	const struct made *m = a->id.name == NULL ? NULL :
	    sql_find_at(p, &a->id, i);

	/* or the table that has it: a constraint, the trigger of a partition */
	if (m == NULL && table.name != NULL && table.schema != NULL)
		m = sql_find_at(p, &table, i);
	return m != NULL && m->gone;
}

void
owner_resolve(struct parse *p)
{
	size_t n = p->sql.attached.n;

	heirs_find(p);
	for (size_t i = 0; i < n; i++) {
		struct attached *a = p->sql.attached.v[i];

		if (a->tag == NULL || of_dropped(p, a, i)) {
			a->tag = NULL;
			continue;
		}
		if (a->all != NULL) {
			grant_all(p, a);
			a->tag = NULL;
		} else
			resolve(p, a);
	}
	parts_drops(p);
}
