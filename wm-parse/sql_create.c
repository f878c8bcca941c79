/* Statements that create something. */
#include "sql_reader.h"

#include "diag.h"
#include "phrase.h"
#include "sql_owner.h"
#include "sql_path.h"

static void
duplicate(struct reader *r, const char *kind, const char *name,
    const struct object *old)
{
	diag_error(&r->at, "%s \"%s\" is already defined", kind, name);
	parse_quote(r->p, &r->at);
	if (old != NULL)
		diag_note(&old->loc, "the first definition is here");
}

/*
 * The drop text; what aggregates without arguments have is "*". An operator
 * class without a family comes with one of its name, which stays behind.
 */
static const char *
drop_text(struct parse *p, const struct made *m, const struct sql_stmt *st)
{
	struct ident family = m->id;
	const struct kind *k = m->o->kind;
	const char *what = ident_text(p->mem, &m->id);

	if (strcmp(k->name, "aggregate") == 0 && m->id.args != NULL &&
	    *m->id.args == '\0')
		what = arena_printf(p->mem, "%.*s(*)",
		    (int)(strlen(what) - 2), what);
	family.cls = ID_OPFAMILY;
	if (m->id.cls == ID_OPCLASS && json_get(st->node, "opfamilyname") ==
	    NULL && sql_find(p, &family) == NULL)
		return arena_printf(p->mem, "drop %s if exists %s; "
		    "drop operator family if exists %s;", k->drop, what, what);
	return arena_printf(p->mem, "drop %s if exists %s;", k->drop, what);
}

/*
 * The operators that one names as its commutator and negator: where nothing
 * makes them, the server has made them by their names.
 */
static void
operator_partners(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	static const char *const names[] = { "commutator", "negator" };
	const struct json *def = json_get(st->node, "definition");
	const char *args = m->id.args, *comma = strchr(args, ',');
	struct parse *p = r->p;

	for (size_t i = 0; i < WM_LEN(names); i++) {
		const struct json *l = json_get2(sql_defelem(def, names[i]),
		    "List", "items");
		struct ident *id;

		if (l == NULL || l->first == NULL)
			continue;
		id = arena_alloc(p->mem, sizeof(*id));
		*id = m->id;
		id->name = arena_strdup(p->mem, sql_string(l->last));
		id->schema = l->first == l->last ? IDENT_SCHEMA :
		    arena_strdup(p->mem, sql_string(l->first));
		if (i == 0 && comma != NULL)
			id->args = arena_printf(p->mem, "%s,%.*s", comma + 1,
			    (int)(comma - args), args);
		vec_push(&m->partners, id);
	}
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

		if (f == NULL || f->foreign || f->id.cls != ID_FUNCTION)
			continue;
		for (size_t k = 0; k < f->pieces.n; k++)
			sql_piece(p, m, f->pieces.v[k]);
		for (size_t k = 0; k < f->refs.n; k++)
			vec_push(&m->refs, f->refs.v[k]);
		f->gone = true;
		model_remove(&p->model, f->o);
		sql_stand_for(p, m, &f->id);
	}
	m->o->drop = arena_printf(p->mem, "drop type if exists %s cascade;",
	    ident_text(p->mem, &m->id));
}

static void
find_refs(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	refs_of_stmts(r->p->mem, r->text, st, 1, &m->refs);
	owner_keys(r->p->mem, st->node, &m->keys);
	m->body = m->body || strcmp(st->tag, "CreateFunctionStmt") == 0;
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
		m->version++;
		vec_clear(&m->pieces);
		vec_clear(&m->refs);
		sql_piece(r->p, m, &r->piece);
		find_refs(r, m, st);
	} else
		duplicate(r, kind, name, m->o);
}

bool
sql_is_temporary(const struct sql_stmt *st)
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

/*
 * An index on a materialized view is part of that: it has its name in the text,
 * as others that are made beside the object go by theirs.
 */
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
	if (json_str(st->node, "idxname") == NULL) {
		r->piece.text = arena_strdup(r->p->mem, sql_index_named(r, st));
		r->piece.len = strlen(r->piece.text);
		r->piece.src = NULL;
	}
	a = arena_alloc(r->p->mem, sizeof(*a));
	a->id = m->id;
	a->piece = r->piece;
	a->tag = "IndexStmt";
	a->at = r->at;
	vec_push(&a->parts, arena_strdup(r->p->mem, index->name));
	refs_of_stmts(r->p->mem, r->text, st, 1, &a->refs);
	vec_push(&r->p->sql.attached, a);
	sql_register_part(r, m, index->name);
	return true;
}

/* SET default_tablespace, which dumps use in place of a clause. */
static void
set_tablespace(struct reader *r, struct made *m, const struct sql_stmt *st)
{
	static const char *const types[] = { "CreateStmt", "IndexStmt",
		"CreateTableAsStmt" };
	const char *name = r->p->sql.session.tablespace;
	struct piece piece = { .src = NULL };

	for (size_t i = 0; name != NULL && i < WM_LEN(types); i++) {
		if (strcmp(types[i], st->tag) != 0 ||
		    json_str(st->node, "tablespacename") != NULL ||
		    json_str(st->node, "tableSpace") != NULL)
			continue;
		piece.text = arena_printf(r->p->mem,
		    "alter %s %s set tablespace %s", m->o->kind->name,
		    ident_text(r->mem, &m->id), sql_quoted(r->mem, name));
		piece.len = strlen(piece.text);
		sql_piece(r->p, m, &piece);
	}
}

/*
 * SET default_table_access_method, which dumps use in place of a clause: that
 * stands before WITH, ON COMMIT, TABLESPACE and AS.
 */
static void
set_access_method(struct reader *r, const struct sql_stmt *st)
{
	static const char *const behind[] = { "with", "without", "on",
		"tablespace", "as" };
	const char *method = r->p->sql.session.access_method;
	const struct json *into = json_get(st->node, "into");
	bool as = strcmp(st->tag, "CreateTableAsStmt") == 0;
	struct phrase w;
	size_t at, end;

	if (method == NULL || (!as && strcmp(st->tag, "CreateStmt") != 0) ||
	    json_get(st->node, "partspec") != NULL ||
	    json_str(as ? into : st->node, "accessMethod") != NULL ||
	    !phrase_scan(r->mem, r->text, &w))
		return;
	at = w.n;
	for (size_t i = 0; i < WM_LEN(behind); i++) {
		size_t k = phrase_find(&w, 0, behind[i]);

		/* FOR VALUES WITH (modulus ...) */
		if (k < w.n && k > 0 && phrase_is(&w, k - 1, "values"))
			k = phrase_find(&w, k + 1, behind[i]);
		at = k < at ? k : at;
	}
	end = phrase_end(&w, at - 1);
	r->piece.text = arena_printf(r->p->mem, "%.*s USING %s%s", (int)end,
	    r->text, sql_quoted(r->mem, method), r->text + end);
	r->piece.len = strlen(r->piece.text);
	r->piece.src = NULL;
}

/* What a new database has already, and what must never be dropped. */
static bool
every_database_has(const struct ident *id, const struct sql_stmt *st)
{
	return ((id->cls == ID_EXTENSION || id->cls == ID_LANGUAGE) &&
	    strcmp(id->name, "plpgsql") == 0) ||
	    (id->cls == ID_SCHEMA && strcmp(id->name, IDENT_SCHEMA) == 0 &&
	    json_get(st->node, "schemaElts") == NULL);
}

void
sql_create(struct reader *r, const struct sql_stmt *st)
{
	const char *kind = ident_kind(st), *name;
	struct ident raw, id;
	struct made *m;

	if (sql_is_temporary(st) || sql_on_temporary(r, st)) {
		r->left[LEFT_TEMP]++;
		if (ident_of(r->mem, st, &raw))
			sql_temporary(r, &raw, kind);
		return;
	}
	if (!ident_of(r->mem, st, &raw)) {
		if (strcmp(st->tag, "IndexStmt") != 0)
			return;
		sql_index_name(r, st, &raw);
	}
	if (strcmp(kind, "role") == 0 && !r->p->sql.opts.roles) {
		r->left[LEFT_ROLE]++;
		return;
	}
	if (every_database_has(&raw, st))
		return;
	sql_cut_concurrently(r, st);
	set_access_method(r, st);
	if (raw.cls == ID_RELATION)
		raw.table = NULL;
	id = sql_keep(r->p->mem, &raw);
	if (strcmp(kind, "index") == 0 && belongs_to_view(r, st, &id))
		return;
	name = ident_text(r->p->mem, &id);
	m = sql_find(r->p, &id);
	if (m != NULL && m->id.cls == id.cls && strcmp(m->id.name, id.name) ==
	    0 && (id.args == NULL || (m->id.args != NULL &&
	    strcmp(id.args, m->id.args) == 0))) {
		r->latest = m;
		make_again(r, m, st, kind, name);
		return;
	}
	m = sql_add(r->p, kind, name, &id, &r->at);
	if (m == NULL) {
		duplicate(r, kind, name, model_get(&r->p->model,
		    arena_printf(r->mem, "%s:%s", kind, name)));
		return;
	}
	r->latest = m;
	m->o->drop = drop_text(r->p, m, st);
	m->shell = strcmp(st->tag, "DefineStmt") == 0 && id.cls == ID_TYPE &&
	    json_get(st->node, "definition") == NULL;
	/* the functions may have brought its name to the server */
	if (id.cls == ID_TYPE && strcmp(st->tag, "DefineStmt") == 0 &&
	    !m->shell)
		take_functions(r, m, st);
	if (id.cls == ID_EXTENSION)
		path_home(r, m, st);
	sql_piece(r->p, m, &r->piece);
	find_refs(r, m, st);
	set_tablespace(r, m, st);
	if (id.cls == ID_OPERATOR)
		operator_partners(r, m, st);
	if (strcmp(kind, "table") == 0) {
		sql_table_parts(r, m, st);
		sql_table_renames(r, m, st);
	} else if (strcmp(kind, "index") == 0)
		sql_index_facts(r, m, st);
	else if (strcmp(kind, "statistics") == 0)
		sql_statistics_table(r, m, st);
	else if (strcmp(kind, "sequence") == 0)
		(void)owner_of_sequence(r->p, json_get(st->node, "options"),
		    m);
	if (r->p->sql.renamed != NULL) {
		diag_warn(&r->at, "sql", "\"renamed from\" is for tables; %s "
		    "\"%s\" is made anew", kind, name);
		r->p->sql.renamed = NULL;
	}
}
