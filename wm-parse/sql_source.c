#include "sql_source.h"

#include <stdlib.h>
#include <strings.h>
#include <xxhash.h>

#include "check.h"
#include "diag.h"
#include "interp.h"
#include "script.h"
#include "sql_deps.h"
#include "sql_owner.h"
#include "table.h"

/* What is left out of a file, to be told in one line. */
enum left {
	LEFT_SETTING,
	LEFT_META,
	LEFT_COPY,
	LEFT_LINES,
	LEFT_ROWS,
	LEFT_OWNER,
	LEFT_ROLE,
	LEFT_CLUSTER,
	LEFT_TEMP,
	N_LEFT
};

/* One script that is being read. */
struct reader {
	struct parse *p;
	struct source *src;
	struct script script;
	struct arena *mem;	/* of one statement */
	const char *text;	/* that statement */
	struct piece piece;
	struct loc at;
	size_t left[N_LEFT];
};

typedef void stmt_fn(struct reader *r, const struct sql_stmt *st);

bool
sql_is(const struct parse *p, const char *name)
{
	static const char *const tcl[] = { ".wms", ".tcl", ".wmt", ".wmd",
		".wmi" };
	const char *dot = strrchr(name, '.');

	if (dot != NULL && strcasecmp(dot, ".sql") == 0)
		return true;
	for (size_t i = 0; dot != NULL && i < WM_LEN(tcl); i++)
		if (strcmp(dot, tcl[i]) == 0)
			return false;
	return p->sql.opts.plain;
}

/* --- objects by name --- */

static const char *
name_key(struct arena *mem, const struct ident *id)
{
	bool on = id->cls == ID_TRIGGER || id->cls == ID_RULE ||
	    id->cls == ID_POLICY || id->cls == ID_CONSTRAINT;

	return arena_printf(mem, "%d|%s|%s|%s", (int)id->cls,
	    id->schema ? id->schema : "", on ? id->table : "", id->name);
}

void
sql_register(struct parse *p, struct made *m, const struct ident *id)
{
	const char *key = name_key(p->mem, id);
	struct made *first = map_get(&p->sql.by_name, key), *link;

	for (link = first; link != NULL; link = link->next)
		if (link == m)
			return;
	if (first == NULL)
		map_put(&p->sql.by_name, key, m);
	else if (m->next == NULL && strcmp(id->name, m->id.name) == 0) {
		/* overloads: one list each, in the order of the source */
		for (link = first; link->next != NULL;)
			link = link->next;
		link->next = m;
	}
}

struct made *
sql_bare(const struct parse *p, int cls, const char *schema, const char *name)
{
	WM_SBUF b = SBUF_INIT;
	struct made *m;

	sbuf_printf(&b, "%d|%s||%s", cls, schema, name);
	for (m = map_get(&p->sql.by_name, sbuf_str(&b)); m != NULL && m->gone;)
		m = m->next;
	return m;
}

/* Whether two lists of types are the same, schemas apart. */
static bool
types_alike(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t la = strcspn(a, ","), lb = strcspn(b, ",");
		const char *da = memrchr(a, '.', la), *db = memrchr(b, '.', lb);
		const char *sa = da ? da + 1 : a, *sb = db ? db + 1 : b;
		size_t na = la - (size_t)(sa - a), nb = lb - (size_t)(sb - b);

		if (na != nb || memcmp(sa, sb, na) != 0)
			return false;
		a += la + (a[la] == ',');
		b += lb + (b[lb] == ',');
	}
	return *a == *b;
}

struct made *
sql_find(const struct parse *p, const struct ident *id)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct made *first = map_get(&p->sql.by_name, name_key(mem, id));
	struct made *m, *alike = NULL;
	size_t n = 0;

	for (m = first; m != NULL; m = m->next) {
		if (m->gone)
			continue;
		/* a part of an object has another class or name */
		if (m->id.args == NULL || id->args == NULL ||
		    m->id.cls != id->cls || strcmp(m->id.args, id->args) == 0)
			return m;
		if (types_alike(m->id.args, id->args) || id->any_args) {
			alike = m;
			n++;
		}
	}
	return n == 1 || (n > 0 && !id->any_args) ? alike : NULL;
}

/*
 * "pg_catalog.int4" as "int4", and without the quotes that key words have: what
 * pg_catalog has needs neither.
 */
static const char *
short_types(struct arena *mem, const char *s)
{
	WM_SBUF b = SBUF_INIT;

	while (s != NULL && *s != '\0') {
		size_t len = strcspn(s, ",");
		bool own = strncmp(s, "pg_catalog.", 11) == 0;
		const char *end = s + len, *close;

		s += own ? 11 : 0;
		close = *s == '"' ? memchr(s + 1, '"', (size_t)(end - s - 1)) :
		    NULL;
		if (own && close != NULL && strncmp(s, "\"char\"", 6) != 0) {
			sbuf_putn(&b, s + 1, (size_t)(close - s - 1));
			s = close + 1;
		}
		sbuf_putn(&b, s, (size_t)(end - s));
		s = end;
		if (*s == ',')
			sbuf_putc(&b, *s++);
	}
	return sbuf_take(&b, mem);
}

/* A copy that outlives the statement, with short types. */
static struct ident
keep_ident(struct arena *mem, const struct ident *id)
{
	struct ident k = *id;
	bool typed = k.cls == ID_CAST || k.cls == ID_TRANSFORM;

	k.schema = arena_strdup(mem, id->schema);
	k.name = typed ? short_types(mem, id->name) :
	    arena_strdup(mem, id->name);
	k.table = arena_strdup(mem, id->table);
	k.args = id->args ? short_types(mem, id->args) : NULL;
	return k;
}

struct ident
sql_ident(struct parse *p, const struct ident *id)
{
	return keep_ident(p->mem, id);
}

struct made *
sql_add(struct parse *p, const char *kind, const char *name,
    const struct ident *id, const struct loc *at)
{
	const struct kind *k = kind_find(kind);
	struct object *o;
	struct made *m;

	assert(k != NULL);
	o = model_add(&p->model, k, name);
	if (o == NULL)
		return NULL;
	o->module = p->module;
	o->loc = *at;
	m = arena_alloc(p->mem, sizeof(*m));
	m->o = o;
	m->id = *id;
	vec_push(&p->sql.made, m);
	if (id->name != NULL)
		sql_register(p, m, id);
	return m;
}

void
sql_piece(struct parse *p, struct made *m, const struct piece *piece)
{
	struct piece *copy = arena_alloc(p->mem, sizeof(*copy));

	*copy = *piece;
	vec_push(&m->pieces, copy);
}

/* Parts that a statement makes beside its object: found by their names. */
static void
register_part(struct reader *r, struct made *m, const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = m->id.schema,
		.name = arena_strdup(r->p->mem, name) };

	if (name != NULL && sql_bare(r->p, ID_RELATION, id.schema, id.name) ==
	    NULL)
		sql_register(r->p, m, &id);
}

/* --- statements that create something --- */

/* Indexes and sequences that come with a table. */
static void
table_parts(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	struct table *t = table_parse(r->mem, r->text, st, 1);
	const struct json *inh = json_get(st->node, "inhRelations"), *rv;

	if (inh != NULL && inh->first != NULL &&
	    json_get(st->node, "partbound") != NULL) {
		rv = json_get(inh->first, "RangeVar");
		m->parent = arena_strdup(r->p->mem, json_str(rv, "relname"));
		m->parent_schema = arena_strdup(r->p->mem, json_str(rv,
		    "schemaname") ? json_str(rv, "schemaname") :
		    IDENT_SCHEMA);
	}
	for (size_t i = 0; t != NULL && i < t->cons.n; i++) {
		const struct con *c = t->cons.v[i];

		if (c->kind == CON_PRIMARY || c->kind == CON_UNIQUE ||
		    c->kind == CON_EXCLUDE)
			register_part(r, m, c->name);
	}
	for (size_t i = 0; t != NULL && i < t->columns.n; i++) {
		const struct column *c = t->columns.v[i];

		if (c->serial || c->identity != 0)
			register_part(r, m, table_object_name(r->mem,
			    t->id.name, c->name, "seq"));
	}
	if (t != NULL)
		table_clear(t);
}

/* The column that a comment inside of a CREATE TABLE is about. */
static const char *
column_at(const struct reader *r, const struct sql_stmt *st, size_t comment)
{
	const struct json *elts = json_get(st->node, "tableElts");
	const char *before = NULL, *after = NULL;
	size_t line = comment;
	bool alone;

	while (line > 0 && r->text[line - 1] != '\n')
		line--;
	alone = line + strspn(r->text + line, " \t") == comment;
	for (const struct json *j = elts ? elts->first : NULL; j;
	    j = j->next) {
		const struct json *col = json_get(j, "ColumnDef");
		size_t at = (size_t)json_int(col, "location", -1);

		if (col == NULL)
			continue;
		if (at < comment)
			before = json_str(col, "colname");
		else if (after == NULL)
			after = json_str(col, "colname");
	}
	return alone ? after : before;
}

static const char renamed_from[] = "renamed from:";

/* What follows "renamed from:", to the end of the line. */
static const char *
rename_source(struct arena *mem, const char *s, const char *end)
{
	s += sizeof(renamed_from) - 1;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (end > s && strchr(" \t\r", end[-1]) != NULL)
		end--;
	return arena_strndup(mem, s, (size_t)(end - s));
}

static const char *
quoted(struct arena *mem, const char *name)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, name);
	return sbuf_take(&b, mem);
}

/* Comments that tell what a table and its columns were called before. */
static void
table_renames(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	struct arena *mem = r->p->mem;
	struct vec *delta = &m->o->delta;
	const char *s = r->text;

	if (r->p->sql.renamed != NULL) {
		const char *schema, *name;

		ident_split(mem, r->p->sql.renamed, &schema, &name);
		vec_push(delta, arena_printf(mem, "from %s.%s",
		    quoted(mem, schema), quoted(mem, name)));
		if (strcmp(name, m->id.name) != 0)
			vec_push(delta, arena_printf(mem, "rename table to %s",
			    quoted(mem, m->id.name)));
		if (strcmp(schema, m->id.schema) != 0)
			vec_push(delta, arena_printf(mem, "move to %s",
			    quoted(mem, m->id.schema)));
		r->p->sql.renamed = NULL;
	}
	while ((s = strstr(s, renamed_from)) != NULL) {
		const char *end = s + strcspn(s, "\n"), *col, *old;
		const char *dash = s;

		while (dash > r->text && strchr(" \t", dash[-1]) != NULL)
			dash--;
		if (dash - r->text >= 2 && dash[-1] == '-' &&
		    dash[-2] == '-') {
			col = column_at(r, st, (size_t)(dash - 2 - r->text));
			old = rename_source(mem, s, end);
			if (col != NULL && *old != '\0')
				vec_push(delta, arena_printf(mem,
				    "rename %s %s", old, quoted(mem, col)));
		}
		s = end;
	}
}

static void
index_facts(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	const struct json *rel = json_get(st->node, "relation");
	const struct json *cols = json_get(st->node, "indexParams");
	const char *schema = json_str(rel, "schemaname");

	m->on_schema = arena_strdup(r->p->mem, schema ? schema :
	    IDENT_SCHEMA);
	m->on_table = arena_strdup(r->p->mem, json_str(rel, "relname"));
	m->only = !json_bool(rel, "inh");
	m->unique = json_bool(st->node, "unique") &&
	    json_get(st->node, "whereClause") == NULL;
	for (const struct json *j = cols ? cols->first : NULL; j;
	    j = j->next) {
		const char *name = json_str(json_get(j, "IndexElem"), "name");

		m->unique = m->unique && name != NULL;
		vec_push(&m->cols, arena_strdup(r->p->mem, name ? name : ""));
	}
}

/*
 * The name that the server will choose for an index without one (source:
 * ChooseIndexNameAddition in PostgreSQL's indexcmds.c).
 */
static void
index_name(struct reader *r, const struct sql_stmt *st, struct ident *id)
{
	const struct json *rel = json_get(st->node, "relation");
	const char *schema = json_str(rel, "schemaname");
	const char *lists[] = { "indexParams", "indexIncludingParams" };
	WM_SBUF b = SBUF_INIT;
	const char *label = "idx";

	memset(id, 0, sizeof(*id));
	id->cls = ID_RELATION;
	id->schema = schema ? schema : IDENT_SCHEMA;
	for (size_t l = 0; l < WM_LEN(lists); l++) {
		const struct json *cols = json_get(st->node, lists[l]);

		for (const struct json *j = cols ? cols->first : NULL; j;
		    j = j->next) {
			const struct json *e = json_get(j, "IndexElem");
			const struct json *f = json_get2(e, "expr",
			    "FuncCall");
			const char *name = json_str(e, "name");

			if (name == NULL && f != NULL && json_get(f,
			    "funcname") != NULL)
				name = sql_string(json_get(f,
				    "funcname")->last);
			sbuf_printf(&b, "%s%s", b.len ? "_" : "", name ? name :
			    "expr");
		}
	}
	for (int n = 1;; n++) {
		id->name = table_object_name(r->mem, json_str(rel, "relname"),
		    sbuf_str(&b), label);
		if (sql_bare(r->p, ID_RELATION, id->schema, id->name) == NULL)
			return;
		label = arena_printf(r->mem, "idx%d", n);
	}
}

/* CREATE INDEX CONCURRENTLY cannot run in a transaction; nor has it to. */
static void
cut_concurrently(struct reader *r, const struct sql_stmt *st)
{
	struct sql_token *t;
	size_t n;

	if (!json_bool(st->node, "concurrent") ||
	    !sql_scan(r->mem, r->text, &t, &n))
		return;
	for (size_t i = 1; i < n; i++) {
		if (t[i].len != 12 || strncasecmp(r->text + t[i].off,
		    "concurrently", 12) != 0)
			continue;
		r->piece.text = arena_printf(r->p->mem, "%.*s%s",
		    (int)t[i].off, r->text, r->text + t[i].off +
		    strspn(r->text + t[i].off + 12, " \t\n") + 12);
		r->piece.len = strlen(r->piece.text);
		r->piece.src = NULL;
		return;
	}
}

static const char *
first_words(const struct piece *piece, struct arena *mem)
{
	char hash[17];
	size_t len = piece->len < 40 ? piece->len : 40;
	char *s;

	snprintf(hash, sizeof(hash), "%08x", (unsigned)XXH3_64bits(
	    piece->text, piece->len));
	while (len > 0 && ((unsigned char)piece->text[len] & 0xc0) == 0x80)
		len--;
	s = arena_printf(mem, "%.*s %s", (int)len, piece->text, hash);
	for (char *c = s; *c != '\0'; c++)
		if (strchr("\n\t\r|:", *c) != NULL)
			*c = ' ';
	return s;
}

/* Passed on as it is. */
static void
pass_on(struct reader *r)
{
	struct ident none = { .name = NULL };
	struct made *m = sql_add(r->p, "other", first_words(&r->piece,
	    r->p->mem), &none, &r->at);

	if (m == NULL)
		return;		/* the very same once more */
	m->unread = true;
	sql_piece(r->p, m, &r->piece);
	m->o->drop = "do 'begin end';";
}

static void
duplicate(struct reader *r, const char *kind, const char *name,
    const struct object *old)
{
	diag_error(&r->at, "%s \"%s\" is already defined", kind, name);
	parse_quote(r->p, &r->at);
	if (old != NULL)
		diag_note(&old->loc, "the first definition is here");
}

/* The drop text; what aggregates without arguments have is "*". */
static const char *
drop_text(struct parse *p, const struct made *m)
{
	const struct kind *k = m->o->kind;
	const char *what = ident_text(p->mem, &m->id);

	if (strcmp(k->name, "aggregate") == 0 && m->id.args != NULL &&
	    *m->id.args == '\0')
		what = arena_printf(p->mem, "%.*s(*)",
		    (int)(strlen(what) - 2), what);
	return arena_printf(p->mem, "drop %s if exists %s;", k->drop, what);
}

/* Functions that read and write a base type are part of it. */
static void
take_functions(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	static const char *const names[] = { "input", "output", "receive",
		"send", "typmod_in", "typmod_out", "analyze", "subscript" };
	struct parse *p = r->p;

	for (size_t i = 0; i < WM_LEN(names); i++) {
		const struct json *type = json_get(sql_defelem(json_get(
		    st->node, "definition"), names[i]), "TypeName");
		const struct json *list = json_get(type, "names");
		const char *schema = list && list->first && list->first->next ?
		    sql_string(list->first) : IDENT_SCHEMA;
		const char *name = list ? sql_string(list->last) : NULL;
		struct made *f = name ? sql_bare(p, ID_FUNCTION, schema,
		    name) : NULL;

		if (f == NULL || f->foreign || f == m)
			continue;
		for (size_t k = 0; k < f->pieces.n; k++)
			sql_piece(p, m, f->pieces.v[k]);
		for (size_t k = 0; k < f->refs.n; k++)
			vec_push(&m->refs, f->refs.v[k]);
		f->gone = true;
		model_remove(&p->model, f->o);
		sql_register(p, m, &f->id);
		map_put(&p->sql.by_name, name_key(p->mem, &f->id), m);
	}
	m->o->drop = arena_printf(p->mem, "drop type if exists %s cascade;",
	    ident_text(p->mem, &m->id));
}

static void
find_refs(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	refs_of_stmts(r->p->mem, r->text, st, 1, &m->refs);
	owner_keys(r->p->mem, st->node, &m->keys);
}

/* Again: OR REPLACE, IF NOT EXISTS, a type that was only announced. */
static void
make_again(struct reader *r, struct made *m, const struct sql_stmt *st,
    const char *kind, const char *name)
{
	if (json_bool(st->node, "if_not_exists"))
		return;
	if (m->shell && strcmp(st->tag, "DefineStmt") == 0) {
		m->shell = false;
		take_functions(r, m, st);
		sql_piece(r->p, m, &r->piece);
		find_refs(r, m, st);
	} else if (json_bool(st->node, "replace") && !m->foreign) {
		/* dumps make views in two steps, where others need them */
		vec_clear(&m->pieces);
		vec_clear(&m->refs);
		sql_piece(r->p, m, &r->piece);
		find_refs(r, m, st);
	} else
		duplicate(r, kind, name, m->o);
}

static bool
is_temporary(const struct sql_stmt *st)
{
	static const char *const members[] = { "relation", "view", "sequence" };

	for (size_t i = 0; i < WM_LEN(members); i++) {
		const char *s = json_str(json_get(st->node, members[i]),
		    "relpersistence");

		if (s != NULL && *s == 't')
			return true;
	}
	return strcmp(st->tag, "CreateTableAsStmt") == 0 && strcmp("t",
	    json_str(json_get2(st->node, "into", "rel"), "relpersistence") ?
	    json_str(json_get2(st->node, "into", "rel"), "relpersistence") :
	    "") == 0;
}

/* An index on a materialized view is part of that. */
static bool
belongs_to_view(struct reader *r, const struct sql_stmt *st,
    const struct ident *index)
{
	const struct json *rel = json_get(st->node, "relation");
	const char *schema = json_str(rel, "schemaname");
	struct made *m = sql_bare(r->p, ID_RELATION, schema ? schema :
	    IDENT_SCHEMA, json_str(rel, "relname"));
	struct attached *a;

	if (m == NULL || strcmp(m->o->kind->name, "materialized view") != 0)
		return false;
	a = arena_alloc(r->p->mem, sizeof(*a));
	a->id = m->id;
	a->piece = r->piece;
	a->tag = "IndexStmt";
	a->at = r->at;
	vec_push(&a->parts, arena_strdup(r->p->mem, index->name));
	refs_of_stmts(r->p->mem, r->text, st, 1, &a->refs);
	vec_push(&r->p->sql.attached, a);
	register_part(r, m, index->name);
	return true;
}

/* Bare names would go into a schema that is only set by the script. */
static bool
path_fits(struct reader *r, const struct ident *id)
{
	const char *path = r->p->sql.path;

	if (path == NULL || id->schema == NULL ||
	    strcmp(id->schema, IDENT_SCHEMA) != 0 ||
	    strcasestr(r->text, "public") != NULL)
		return true;
	diag_error(&r->at, "\"%s\" has no schema, and the script's "
	    "search_path makes it one of \"%s\"", id->name, path);
	parse_quote(r->p, &r->at);
	diag_hint("Write %s.%s: what a text means must not depend on what "
	    "stands before it.", path, id->name);
	return false;
}

/* SET default_tablespace, which dumps use in place of a clause. */
static void
set_tablespace(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	static const char *const types[] = { "CreateStmt", "IndexStmt",
		"CreateTableAsStmt" };
	struct piece piece = { .src = NULL };

	for (size_t i = 0; r->p->sql.tablespace && i < WM_LEN(types); i++) {
		if (strcmp(types[i], st->tag) != 0 ||
		    json_str(st->node, "tablespacename") != NULL ||
		    json_str(st->node, "tableSpace") != NULL)
			continue;
		piece.text = arena_printf(r->p->mem,
		    "alter %s %s set tablespace %s", m->o->kind->name,
		    ident_text(r->mem, &m->id), quoted(r->mem,
		    r->p->sql.tablespace));
		piece.len = strlen(piece.text);
		sql_piece(r->p, m, &piece);
	}
}

/* What a new database has already, and what must never be dropped. */
static bool
every_database_has(const struct ident *id, const struct sql_stmt *st)
{
	return (id->cls == ID_EXTENSION && strcmp(id->name, "plpgsql") == 0) ||
	    (id->cls == ID_SCHEMA && strcmp(id->name, IDENT_SCHEMA) == 0 &&
	    json_get(st->node, "schemaElts") == NULL);
}

static void
on_create(struct reader *r, const struct sql_stmt *st)
{
	const char *kind = ident_kind(st), *name;
	struct ident raw, id;
	struct made *m;

	if (is_temporary(st)) {
		r->left[LEFT_TEMP]++;
		return;
	}
	if (!ident_of(r->mem, st, &raw)) {
		if (strcmp(st->tag, "IndexStmt") != 0)
			return;
		index_name(r, st, &raw);
	}
	if (strcmp(kind, "role") == 0 && !r->p->sql.opts.roles) {
		r->left[LEFT_ROLE]++;
		return;
	}
	if (every_database_has(&raw, st))
		return;
	cut_concurrently(r, st);
	if (!path_fits(r, &raw))
		return;
	if (raw.cls == ID_RELATION)
		raw.table = NULL;
	id = keep_ident(r->p->mem, &raw);
	if (strcmp(kind, "index") == 0 && belongs_to_view(r, st, &id))
		return;
	name = ident_text(r->p->mem, &id);
	m = sql_find(r->p, &id);
	if (m != NULL && m->id.cls == id.cls && strcmp(m->id.name, id.name) ==
	    0 && (id.args == NULL || strcmp(id.args, m->id.args) == 0)) {
		make_again(r, m, st, kind, name);
		return;
	}
	m = sql_add(r->p, kind, name, &id, &r->at);
	if (m == NULL) {
		duplicate(r, kind, name, model_get(&r->p->model,
		    arena_printf(r->mem, "%s:%s", kind, name)));
		return;
	}
	m->o->drop = drop_text(r->p, m);
	m->shell = strcmp(st->tag, "DefineStmt") == 0 && id.cls == ID_TYPE &&
	    json_get(st->node, "definition") == NULL;
	sql_piece(r->p, m, &r->piece);
	find_refs(r, m, st);
	set_tablespace(r, m, st);
	if (strcmp(kind, "table") == 0) {
		table_parts(r, m, st);
		table_renames(r, m, st);
	} else if (strcmp(kind, "index") == 0)
		index_facts(r, m, st);
	if (r->p->sql.renamed != NULL) {
		diag_warn(&r->at, "sql", "\"renamed from\" is for tables; %s "
		    "\"%s\" is made anew", kind, name);
		r->p->sql.renamed = NULL;
	}
}

/* --- statements that do not --- */

static void
on_setting(struct reader *r, const struct sql_stmt *st)
{
	const char *name = json_str(st->node, "name");
	const struct json *args = json_get(st->node, "args");
	const struct json *j = args ? args->first : NULL;
	const char *value = NULL;

	r->left[LEFT_SETTING]++;
	for (; j != NULL; j = j->next) {
		value = json_str(json_get2(j, "A_Const", "sval"), "sval");
		if (value != NULL && strcmp(value, "$user") != 0 &&
		    strcmp(value, "pg_catalog") != 0)
			break;
	}
	if (value != NULL && (*value == '\0' || j == NULL))
		value = NULL;
	if (name != NULL && strcmp(name, "search_path") == 0)
		r->p->sql.path = value && strcmp(value, IDENT_SCHEMA) != 0 ?
		    arena_strdup(r->p->mem, value) : NULL;
	else if (name != NULL && strcmp(name, "default_tablespace") == 0)
		r->p->sql.tablespace = arena_strdup(r->p->mem, value);
	else if (name != NULL && value != NULL &&
	    strcmp(name, "default_table_access_method") == 0 &&
	    strcmp(value, "heap") != 0)
		diag_warn(&r->at, "sql", "default_table_access_method is "
		    "left out; say it in CREATE TABLE");
}

static void
on_transaction(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_SETTING]++;
}

static void
on_rows(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_ROWS]++;
}

static void
on_cluster(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	r->left[LEFT_CLUSTER]++;
}

static void
on_copy(struct reader *r, const struct sql_stmt *st)
{
	size_t lines;

	r->left[LEFT_COPY]++;
	if (!json_bool(st->node, "is_from") || json_str(st->node, "filename"))
		return;
	if (!script_skip_data(&r->script, &lines)) {
		diag_error(&r->at, "the data of this COPY have no end");
		parse_quote(r->p, &r->at);
		diag_hint("A line \"\\.\" ends them. Was the file cut?");
	}
	r->left[LEFT_LINES] += lines;
}

/* SELECT set_config(...), setval(...): dumps have them; others do something. */
static void
on_select(struct reader *r, const struct sql_stmt *st)
{
	const struct json *list = json_get(st->node, "targetList");
	const struct json *call = list && list->first ? json_get(json_get2(
	    list->first, "ResTarget", "val"), "FuncCall") : NULL;
	const struct json *names = json_get(call, "funcname");
	const struct json *args = json_get(call, "args");
	const char *name = names ? sql_string(names->last) : NULL;
	const char *what, *value;

	if (json_get(st->node, "fromClause") == NULL && name != NULL &&
	    strcmp(name, "setval") == 0) {
		r->left[LEFT_ROWS]++;
		return;
	}
	if (name == NULL || strcmp(name, "set_config") != 0 || args == NULL) {
		if (name != NULL) {
			diag_warn(&r->at, "sql", "what this calls is run when "
			    "the list is built, and cannot be undone");
			pass_on(r);
		} else
			r->left[LEFT_ROWS]++;
		return;
	}
	r->left[LEFT_SETTING]++;
	what = json_str(json_get2(args->first, "A_Const", "sval"), "sval");
	value = args->first->next ? json_str(json_get2(args->first->next,
	    "A_Const", "sval"), "sval") : NULL;
	if (what != NULL && strcmp(what, "search_path") == 0)
		r->p->sql.path = value && *value &&
		    strncmp(value, IDENT_SCHEMA, strlen(IDENT_SCHEMA)) != 0 &&
		    *value != '"' ? arena_strndup(r->p->mem, value,
		    strcspn(value, ", ")) : NULL;
}

static void
on_do(struct reader *r, const struct sql_stmt *st)
{
	(void)st;
	diag_warn(&r->at, "sql", "what a DO block makes is not known; it is "
	    "passed on as it is");
	pass_on(r);
}

static bool
only_owner(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");
	const char *sub = cmds && cmds->first && !cmds->first->next ?
	    json_str(json_get(cmds->first, "AlterTableCmd"), "subtype") : NULL;

	return strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    (sub != NULL && strcmp(sub, "AT_ChangeOwner") == 0);
}

/* What is said of databases, tablespaces, large objects, parameters. */
static bool
beyond_schema(const struct sql_stmt *st)
{
	static const char *const types[] = { "OBJECT_DATABASE",
		"OBJECT_TABLESPACE", "OBJECT_LARGEOBJECT",
		"OBJECT_PARAMETER_ACL" };
	static const char *const members[] = { "objtype", "objectType",
		"renameType" };

	for (size_t m = 0; m < WM_LEN(members); m++) {
		const char *type = json_str(st->node, members[m]);

		for (size_t i = 0; type != NULL && i < WM_LEN(types); i++)
			if (strcmp(types[i], type) == 0)
				return true;
	}
	return false;
}

static void
on_belongs(struct reader *r, const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "objtype");

	if (only_owner(st) && !r->p->sql.opts.owners) {
		r->left[LEFT_OWNER]++;
		return;
	}
	if (beyond_schema(st)) {
		r->left[LEFT_CLUSTER]++;
		return;
	}
	if (type != NULL && strcmp(type, "OBJECT_ROLE") == 0 &&
	    !r->p->sql.opts.roles) {
		r->left[LEFT_ROLE]++;
		return;
	}
	if (owner_add(r->p, r->text, st, &r->piece, &r->at))
		return;
	diag_warn(&r->at, "sql", "what this statement belongs to is not "
	    "known; it is passed on as it is");
	pass_on(r);
}

static void
on_role(struct reader *r, const struct sql_stmt *st)
{
	if (!r->p->sql.opts.roles)
		r->left[LEFT_ROLE]++;
	else if (!owner_add(r->p, r->text, st, &r->piece, &r->at))
		pass_on(r);
}

/* Something that the script has made itself, or not: then it means nothing. */
static void
on_drop(struct reader *r, const struct sql_stmt *st)
{
	struct parse *p = r->p;
	WM_VEC ids = VEC_INIT;

	if (!ident_targets(r->mem, st, &ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		struct ident id = keep_ident(r->mem, ids.v[i]);
		struct made *m = sql_find(p, &id);

		if (m == NULL || m->foreign)
			continue;
		for (size_t k = 0; k < p->sql.attached.n; k++) {
			struct attached *a = p->sql.attached.v[k];

			if (sql_find(p, &a->id) == m)
				a->tag = NULL;
		}
		m->gone = true;
		model_remove(&p->model, m->o);
	}
}

/* Reads like SQL, does nothing for a schema. */
static const struct {
	const char *tag;
	stmt_fn *fn;
} handlers[] = {
	{ "VariableSetStmt", on_setting }, { "TransactionStmt",
	    on_transaction }, { "SelectStmt", on_select },
	{ "CopyStmt", on_copy }, { "InsertStmt", on_rows },
	{ "UpdateStmt", on_rows }, { "DeleteStmt", on_rows },
	{ "MergeStmt", on_rows }, { "TruncateStmt", on_rows },
	{ "VacuumStmt", on_transaction }, { "ReindexStmt", on_transaction },
	{ "ClusterStmt", on_transaction }, { "LockStmt", on_transaction },
	{ "CheckPointStmt", on_transaction },
	{ "ConstraintsSetStmt", on_transaction },
	{ "VariableShowStmt", on_transaction },
	{ "DiscardStmt", on_transaction }, { "LoadStmt", on_transaction },
	{ "CreatedbStmt", on_cluster }, { "DropdbStmt", on_cluster },
	{ "AlterDatabaseStmt", on_cluster },
	{ "AlterDatabaseSetStmt", on_cluster },
	{ "AlterSystemStmt", on_cluster },
	{ "CreateTableSpaceStmt", on_cluster },
	{ "DropTableSpaceStmt", on_cluster },
	{ "AlterRoleStmt", on_role }, { "AlterRoleSetStmt", on_role },
	{ "DropRoleStmt", on_role }, { "GrantRoleStmt", on_role },
	{ "ReassignOwnedStmt", on_role }, { "DropOwnedStmt", on_role },
	{ "DropStmt", on_drop }, { "DoStmt", on_do },
};

static void
read_tree(struct reader *r, const struct sql_stmt *st)
{
	for (size_t i = 0; i < WM_LEN(handlers); i++)
		if (strcmp(handlers[i].tag, st->tag) == 0) {
			handlers[i].fn(r, st);
			return;
		}
	if (ident_kind(st) != NULL)
		on_create(r, st);
	else
		on_belongs(r, st);
}

/* --- what the parser does not know --- */

/* Words of a kind at token i; their number, 0 where they are none. */
static size_t
kind_words(const struct reader *r, const struct sql_token *t, size_t n,
    size_t i, const char *kind)
{
	size_t count = 0;

	while (*kind != '\0') {
		size_t len = strcspn(kind, " ");

		if (i >= n || t[i].len != len ||
		    strncasecmp(r->text + t[i].off, kind, len) != 0)
			return 0;
		kind += len + (kind[len] == ' ');
		i++;
		count++;
	}
	return count;
}

/* The kind named at token i: the one of most words. */
static const struct kind *
kind_at(const struct reader *r, const struct sql_token *t, size_t n, size_t i,
    size_t *out_words)
{
	size_t n_kinds;
	const struct kind *k = kinds_all(&n_kinds), *best = NULL;

	*out_words = 0;
	for (size_t j = 0; j < n_kinds; j++) {
		size_t words = k[j].drop == NULL ? 0 : kind_words(r, t, n, i,
		    k[j].drop);

		if (words > *out_words) {
			*out_words = words;
			best = &k[j];
		}
	}
	return best;
}

static bool
token_is(const struct reader *r, const struct sql_token *t, const char *word)
{
	return t->len == strlen(word) &&
	    strncasecmp(r->text + t->off, word, t->len) == 0;
}

/*
 * What a statement makes or changes, by its first words: CREATE or ALTER, a
 * kind, a name.
 */
static const struct kind *
guess(struct reader *r, const char **out_name, bool *out_alter)
{
	static const char *const skipped[] = { "or", "replace", "unlogged",
		"unique", "constraint", "trusted", "recursive", "only", "if",
		"not", "exists", "temp", "temporary" };
	const struct kind *kind = NULL;
	struct sql_token *t;
	size_t n, i, words, from, to;

	if (!sql_scan(r->mem, r->text, &t, &n) || n < 3)
		return NULL;
	*out_alter = token_is(r, &t[0], "alter");
	if (!*out_alter && !token_is(r, &t[0], "create"))
		return NULL;
	for (i = 1; i < n; i++) {
		bool skip = false;

		if (kind == NULL) {
			kind = kind_at(r, t, n, i, &words);
			if (kind != NULL) {
				i += words - 1;
				continue;
			}
		}
		for (size_t k = 0; k < WM_LEN(skipped); k++)
			skip = skip || token_is(r, &t[i], skipped[k]);
		if (!skip)
			break;
	}
	if (kind == NULL || i >= n)
		return NULL;
	from = t[i].off;
	to = from + t[i].len;
	while (i + 2 < n && r->text[t[i + 1].off] == '.' &&
	    t[i + 1].len == 1) {
		i += 2;
		to = t[i].off + t[i].len;
	}
	*out_name = arena_strndup(r->mem, r->text + from, to - from);
	return kind;
}

static void
read_unknown(struct reader *r, const struct sql_error *err)
{
	const char *text, *schema, *name;
	const struct kind *k;
	struct ident id = { .cls = 0 };
	struct loc at = r->at;
	struct made *m;
	bool alter = false;

	if (err->off != SIZE_MAX && r->piece.src != NULL)
		source_place(r->src, r->piece.off + err->off, &at.line,
		    &at.col);
	/* what ends too early is no new syntax */
	if (!r->p->sql.opts.pass || (err->off != SIZE_MAX &&
	    err->off >= r->piece.len)) {
		diag_error(&at, "%s", err->message);
		parse_quote(r->p, &at);
		return;
	}
	diag_warn(&at, "sql", "%s", err->message);
	parse_quote(r->p, &at);
	diag_note(&r->at, "the statement is passed on as it is");
	k = guess(r, &text, &alter);
	if (k == NULL) {
		pass_on(r);
		return;
	}
	ident_split(r->p->mem, text, &schema, &name);
	id.cls = (enum ident_class)k->names;
	id.schema = id.cls == ID_SCHEMA ? NULL : schema;
	id.name = name;
	m = id.cls != 0 ? sql_find(r->p, &id) : NULL;
	if (alter && m != NULL && !m->foreign) {
		m->unread = true;
		sql_piece(r->p, m, &r->piece);
		return;
	}
	text = id.cls == ID_FUNCTION ? arena_strdup(r->p->mem, text) :
	    ident_text(r->p->mem, &id);
	m = alter ? NULL : sql_add(r->p, k->name, text, &id, &r->at);
	if (m == NULL) {
		pass_on(r);
		return;
	}
	m->unread = true;
	sql_piece(r->p, m, &r->piece);
	m->o->drop = arena_printf(r->p->mem, "drop %s if exists %s;", k->drop,
	    text);
}

/* --- a script --- */

static void
read_statement(struct reader *r, const struct script_part *part)
{
	struct sql_error err = { .message = NULL };
	struct sql_stmt *st;
	size_t n = 0;

	r->text = arena_strndup(r->mem, r->src->text + part->off, part->len);
	r->piece = (struct piece){ .text = r->src->text + part->off,
		.len = part->len, .src = r->src, .off = part->off };
	r->at.file = r->src->name;
	source_place(r->src, part->off, &r->at.line, &r->at.col);
	if (!sql_parse(r->mem, r->text, &st, &n, &err))
		read_unknown(r, &err);
	for (size_t i = 0; i < n; i++)
		read_tree(r, &st[i]);
	arena_reset(r->mem);
}

/* A word at the beginning of a text: what follows it, or NULL. */
static const char *
behind(const char *s, const char *word)
{
	s += strspn(s, " \t");
	if (strncasecmp(s, word, strlen(word)) != 0)
		return NULL;
	s += strlen(word);
	if (word[strlen(word) - 1] != ':' && *s != ' ' && *s != '\t')
		return NULL;
	return s + strspn(s, " \t");
}

static void
require(struct reader *r, const char *file)
{
	size_t len = strlen(file);

	if (len > 1 && (*file == '\'' || *file == '"') &&
	    file[len - 1] == *file)
		file = arena_strndup(r->p->mem, file + 1, len - 2);
	interp_require(r->p, file, &r->at);
}

static void
read_comment(struct reader *r, const struct script_part *part, bool meta)
{
	const char *s = arena_strndup(r->mem, r->src->text + part->off,
	    part->len), *rest;
	size_t len = strlen(s);

	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		len--;
	s = arena_strndup(r->mem, s, len);
	r->at.file = r->src->name;
	source_place(r->src, part->off, &r->at.line, &r->at.col);
	if (meta) {
		if ((rest = behind(s, "\\i")) != NULL ||
		    (rest = behind(s, "\\ir")) != NULL ||
		    (rest = behind(s, "\\include")) != NULL ||
		    (rest = behind(s, "\\include_relative")) != NULL)
			require(r, rest);
		else if (behind(s, "\\if") || behind(s, "\\elif")) {
			diag_warn(&r->at, "sql", "psql's conditions are not "
			    "looked at: all branches are read");
			parse_quote(r->p, &r->at);
		} else
			r->left[LEFT_META]++;
	} else if ((rest = behind(s, "module")) != NULL && *rest != '\0' &&
	    strpbrk(rest, " \t") == NULL)
		r->p->module = arena_strdup(r->p->mem, rest);
	else if ((rest = behind(s, renamed_from)) != NULL && *rest != '\0')
		r->p->sql.renamed = arena_strdup(r->p->mem, rest);
	else if ((rest = behind(s, "require:")) != NULL && *rest != '\0')
		require(r, rest);
	arena_reset(r->mem);
}

/* What was left out, in one line a file. */
static void
tell(const struct reader *r)
{
	static const struct {
		const char *one, *many;
		const char *note;
	} words[N_LEFT] = {
		[LEFT_META] = { "psql command", "psql commands", "" },
		[LEFT_COPY] = { "COPY", "COPYs", "" },
		[LEFT_LINES] = { "line of data", "lines of data", "" },
		[LEFT_ROWS] = { "statement about rows",
		    "statements about rows", "" },
		[LEFT_OWNER] = { "owner", "owners", " (--owner keeps them)" },
		[LEFT_ROLE] = { "statement about roles",
		    "statements about roles", " (--roles keeps them)" },
		[LEFT_CLUSTER] = { "statement about databases",
		    "statements about databases", "" },
		[LEFT_TEMP] = { "temporary object", "temporary objects", "" },
	};
	struct loc at = { r->src->name, 0, 0 };
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < N_LEFT; i++)
		if (r->left[i] > 0 && words[i].one != NULL)
			sbuf_printf(&b, "%s%zu %s%s", b.len > 0 ? ", " : "",
			    r->left[i], r->left[i] == 1 ? words[i].one :
			    words[i].many, words[i].note);
	if (b.len > 0)
		diag_note(&at, "left out: %s", sbuf_str(&b));
}

/* pg_dump writes a line at its end; a dump without it was cut. */
static void
check_whole(const struct reader *r)
{
	static const char head[] = "-- PostgreSQL database dump\n";
	static const char end[] = "-- PostgreSQL database dump complete";
	struct loc at = { r->src->name, (int)r->src->n_lines, 0 };
	size_t first = r->src->len < 200 ? r->src->len : 200;
	size_t last = r->src->len < 2000 ? 0 : r->src->len - 2000;

	if (memmem(r->src->text, first, head, sizeof(head) - 1) == NULL ||
	    strstr(r->src->text + last, end) != NULL)
		return;
	diag_error(&at, "the dump was cut: it does not end with \"%s\"", end);
	diag_hint("What it lacks would count as gone. If nothing is missing, "
	    "delete its first comment.");
}

static void
read_open(struct reader *r, const struct script_part *part)
{
	struct loc at = { r->src->name, 0, 0 };

	source_place(r->src, part->open, &at.line, &at.col);
	diag_error(&at, "the %s that begins here has no end", part->what);
	parse_quote(r->p, &at);
}

static void
read_broken(struct reader *r)
{
	r->at.file = r->src->name;
	source_place(r->src, r->script.at, &r->at.line, &r->at.col);
	diag_error(&r->at, "a psql command stands inside of a statement");
	parse_quote(r->p, &r->at);
}

void
sql_read(struct parse *p, struct source *src)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct reader r = { .p = p, .src = src, .mem = mem,
		.script = { src->text, src->len, 0 } };
	struct script_part part;

	src->open = true;
	p->sql.path = NULL;
	p->sql.tablespace = NULL;
	for (;;) {
		script_next(&r.script, &part);
		if (part.kind == SCRIPT_STATEMENT) {
			if (!part.ended && r.script.at < src->len)
				read_broken(&r);
			else
				read_statement(&r, &part);
		} else if (part.kind == SCRIPT_OPEN)
			read_open(&r, &part);
		else if (part.kind != SCRIPT_END)
			read_comment(&r, &part, part.kind == SCRIPT_META);
		if (part.kind == SCRIPT_OPEN || part.kind == SCRIPT_END)
			break;
	}
	if (part.kind == SCRIPT_END)
		check_whole(&r);
	p->sql.renamed = NULL;
	src->open = false;
	tell(&r);
}

/* --- at the end --- */

static void
put_text(struct parse *p, struct made *m)
{
	struct object *o = m->o;
	WM_SBUF b = SBUF_INIT;

	o->spans = arena_alloc(p->mem, m->pieces.n * sizeof(*o->spans));
	for (int late = 0; late < 2; late++)
		for (size_t i = 0; i < m->pieces.n; i++) {
			const struct piece *k = m->pieces.v[i];
			struct span *s = &o->spans[o->n_spans];
			const char *last;

			if (k->late != (late == 1))
				continue;
			if (b.len > 0)
				sbuf_putc(&b, '\n');
			if (k->src != NULL) {
				s->off = b.len;
				s->len = k->len;
				source_place(k->src, k->off, &s->line,
				    &s->col);
				o->n_spans++;
			}
			sbuf_putn(&b, k->text, k->len);
			last = memrchr(k->text, '\n', k->len);
			last = last != NULL ? last : k->text;
			/* a comment at the end would swallow the ';' */
			sbuf_puts(&b, memmem(last, (size_t)(k->text + k->len -
			    last), "--", 2) != NULL ? "\n;" : ";");
		}
	o->create = sbuf_take(&b, p->mem);
}

/* Schemas and what others are made of without saying so come first. */
static int
rank(const struct object *o)
{
	static const char *const kinds[] = { "role", "schema", "extension" };

	for (size_t i = 0; i < WM_LEN(kinds); i++)
		if (strcmp(kinds[i], o->kind->name) == 0)
			return (int)i;
	return (int)WM_LEN(kinds);
}

static int
by_rank(const void *a, const void *b)
{
	return rank(a) - rank(b);
}

void
sql_finish(struct parse *p)
{
	if (p->sql.made.n == 0 && p->sql.attached.n == 0)
		return;
	owner_resolve(p);
	deps_find(p);
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone || m->foreign)
			continue;
		put_text(p, m);
	}
	vec_sort(&p->model.objects, by_rank);
	for (size_t i = 0; i < p->model.objects.n; i++)
		((struct object *)p->model.objects.v[i])->index = i;
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (!m->gone && !m->foreign && !m->unread)
			check_add(p->check, m->o);
	}
}

static void
clear_keys(struct vec *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		vec_clear(&((struct foreign_key *)keys->v[i])->cols);
	vec_clear(keys);
}

void
sql_clear(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		vec_clear(&m->pieces);
		vec_clear(&m->refs);
		clear_keys(&m->keys);
		vec_clear(&m->needs);
		vec_clear(&m->children);
		vec_clear(&m->indexes);
		vec_clear(&m->cols);
	}
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		struct attached *a = p->sql.attached.v[i];

		vec_clear(&a->refs);
		vec_clear(&a->parts);
		clear_keys(&a->keys);
	}
	vec_clear(&p->sql.made);
	vec_clear(&p->sql.attached);
	map_clear(&p->sql.by_name);
}
