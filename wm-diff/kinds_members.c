#include "kinds_impl.h"

#include "pg.h"

/* A member of an object: what it is, and the words that add it. */
struct member {
	const char *key;	/* the same for the same member */
	const char *drop;	/* what DROP takes */
	const char *text;	/* what ADD takes */
	const struct json *node;
};

static const struct member *
find_member(const struct vec *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(((struct member *)list->v[i])->key, key) == 0)
			return list->v[i];
	return NULL;
}

/*
 * Members that are gone or different go before anything else of the plan,
 * which may drop what they are; those that are new come in their turn.
 *
 * verb   such as "alter publication p"
 */
static void
member_changes(struct kind_pair *p, const char *verb, const struct vec *was,
    const struct vec *is)
{
	for (size_t i = 0; i < was->n; i++) {
		const struct member *m = was->v[i];
		const struct member *k = find_member(is, m->key);

		if (k == NULL || !sql_alike(m->node, k->node))
			kind_early(p, "%s drop %s", verb, m->drop);
	}
	for (size_t i = 0; i < is->n; i++) {
		const struct member *m = is->v[i];
		const struct member *k = find_member(was, m->key);

		if (k == NULL || !sql_alike(m->node, k->node))
			kind_emit(p, "%s add %s", verb, m->text);
	}
}

/* --- publications --- */

/* The words behind CREATE PUBLICATION p FOR, or ALTER PUBLICATION p ADD. */
static bool
published(struct kind_pair *p, bool old, size_t at, struct vec *out)
{
	const struct sql_stmt *st = &(old ? p->was : p->is)->stmts[at];
	const struct json *objs = json_get(st->node, "pubobjects");
	struct phrase w;
	size_t from, to;

	if (!phrase_stmt(p->d->mem, kind_text(p, old), st, &w))
		return false;
	from = phrase_find(&w, 0, at == 0 ? "for" : "add") + 1;
	for (const struct json *j = objs ? objs->first : NULL; j; j = j->next) {
		const struct json *o = json_get(j, "PublicationObjSpec");
		const struct json *rv = json_get2(o, "pubtable", "relation");
		const char *schema = json_str(o, "name");
		struct member *m = arena_alloc(p->d->mem, sizeof(*m));
		struct ident id = { .cls = ID_RELATION,
			.schema = json_str(rv, "schemaname"),
			.name = json_str(rv, "relname") };

		to = j->next ? phrase_find(&w, from, ",") : phrase_find(&w,
		    from, "with");
		m->node = o;
		if (id.name != NULL) {
			id.schema = id.schema ? id.schema : IDENT_SCHEMA;
			from += phrase_is(&w, from, "table") && to > from + 1;
			m->text = arena_printf(p->d->mem, "table %s",
			    phrase_slice(&w, from, to));
			m->drop = arena_printf(p->d->mem, "table %s",
			    ident_text(p->d->mem, &id));
		} else if (schema != NULL)
			m->text = m->drop = arena_printf(p->d->mem,
			    "tables in schema %s", sql_quoted(p->d->mem,
			    schema));
		else
			return false;
		m->key = m->drop;
		vec_push(out, m);
		from = to + 1;
	}
	return true;
}

/* All that a publication's statements publish; false where it is unclear. */
static bool
read_publication(struct kind_pair *p, bool old, struct vec *out)
{
	const struct parsed *t = old ? p->was : p->is;

	for (size_t i = 0; i < t->n; i++) {
		const char *action = json_str(t->stmts[i].node, "action");

		if (i > 0 && (strcmp(t->stmts[i].tag, "AlterPublicationStmt") !=
		    0 || json_get(t->stmts[i].node, "options") != NULL ||
		    action == NULL || strcmp(action, "AP_AddObjects") != 0))
			return false;
		if (!published(p, old, i, out))
			return false;
	}
	return true;
}

static const struct {
	const char *name;
	const char *dflt;
} publication_options[] = {
	{ "publish", "insert, update, delete, truncate" },
	{ "publish_via_partition_root", "false" },
};

static const char *
publication_value(const struct json *list, size_t i)
{
	const struct json *j = list ? list->first : NULL;

	for (; j != NULL; j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *name = json_str(e, "defname");
		const struct json *arg = json_get(e, "arg");

		if (name != NULL && strcmp(name, publication_options[i].name)
		    == 0)
			return arg == NULL ? "true" : sql_string(arg);
	}
	return publication_options[i].dflt;
}

static bool
publication_settings(struct kind_pair *p)
{
	const struct json *x = json_get(p->was->stmts[0].node, "options");
	const struct json *y = json_get(p->is->stmts[0].node, "options");
	WM_SBUF s = SBUF_INIT;

	for (const struct json *j = y ? y->first : NULL; j; j = j->next) {
		const char *name = json_str(json_get(j, "DefElem"), "defname");
		bool known = false;

		for (size_t i = 0; i < WM_LEN(publication_options); i++)
			known = known || strcmp(publication_options[i].name,
			    name ? name : "") == 0;
		if (!known)
			return false;
	}
	for (size_t i = 0; i < WM_LEN(publication_options); i++) {
		const char *was = publication_value(x, i);
		const char *is = publication_value(y, i);

		if (was == NULL || is == NULL)
			return false;
		if (strcmp(was, is) != 0)
			sbuf_printf(&s, "%s%s = %s", s.len ? ", " : "",
			    publication_options[i].name, sql_literal(p->d->mem,
			    is));
	}
	if (s.len > 0)
		kind_emit(p, "alter publication %s set (%s)", p->fq,
		    sbuf_str(&s));
	return true;
}

bool
kind_publication(struct kind_pair *p)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;

	if (json_bool(p->was->stmts[0].node, "for_all_tables") !=
	    json_bool(p->is->stmts[0].node, "for_all_tables") ||
	    !read_publication(p, true, &was) ||
	    !read_publication(p, false, &is) || !publication_settings(p))
		return false;
	member_changes(p, arena_printf(p->d->mem, "alter publication %s",
	    p->fq), &was, &is);
	return true;
}

/* --- operator families --- */

static const char *
type_list(struct kind_pair *p, const struct json *types)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *j = types ? types->first : NULL;

	for (; j != NULL; j = j->next) {
		const char *s = sql_type_text(p->d->mem, json_get(j,
		    "TypeName"));

		if (s == NULL)
			return NULL;
		/* one stands for both sides */
		sbuf_printf(&b, "%s%s", b.len ? ", " : "", s);
		if (types->first->next == NULL)
			sbuf_printf(&b, ", %s", s);
	}
	return b.len > 0 ? sbuf_take(&b, p->d->mem) : NULL;
}

/* What an ALTER OPERATOR FAMILY ... ADD has. */
static bool
added(struct kind_pair *p, bool old, size_t at, struct vec *out)
{
	const struct sql_stmt *st = &(old ? p->was : p->is)->stmts[at];
	const struct json *items = json_get(st->node, "items");
	struct phrase w;
	size_t from, to;

	if (!phrase_stmt(p->d->mem, kind_text(p, old), st, &w))
		return false;
	from = phrase_find(&w, 0, "add") + 1;
	for (const struct json *j = items ? items->first : NULL; j;
	    j = j->next) {
		const struct json *o = json_get(j, "CreateOpClassItem");
		const struct json *types = json_get(o, "class_args");
		struct member *m = arena_alloc(p->d->mem, sizeof(*m));
		const char *sides;

		if (types == NULL)
			types = json_get2(o, "name", "objargs");
		sides = type_list(p, types);
		if (sides == NULL)
			return false;
		to = phrase_find(&w, from, ",");
		m->node = o;
		m->text = phrase_slice(&w, from, to);
		m->key = m->drop = arena_printf(p->d->mem, "%s %ld (%s)",
		    json_int(o, "itemtype", 0) == 1 ? "operator" : "function",
		    json_int(o, "number", 0), sides);
		vec_push(out, m);
		from = to + 1;
	}
	return true;
}

static bool
read_family(struct kind_pair *p, bool old, struct vec *out)
{
	const struct parsed *t = old ? p->was : p->is;

	for (size_t i = 1; i < t->n; i++)
		if (strcmp(t->stmts[i].tag, "AlterOpFamilyStmt") != 0 ||
		    json_bool(t->stmts[i].node, "isDrop") ||
		    !added(p, old, i, out))
			return false;
	return true;
}

bool
kind_family(struct kind_pair *p)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;

	if (!read_family(p, true, &was) || !read_family(p, false, &is))
		return false;
	member_changes(p, arena_printf(p->d->mem, "alter operator family %s",
	    p->fq), &was, &is);
	return true;
}

/* --- text search configurations --- */

/* What is said of one kind of token. */
struct mapping {
	const char *token;
	const struct json *dicts;	/* NULL: it has none */
};

static struct mapping *
find_mapping(const struct vec *list, const char *token)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(((struct mapping *)list->v[i])->token, token) == 0)
			return list->v[i];
	return NULL;
}

/* All statements, one behind the other; false where one is unclear. */
static bool
read_mappings(struct kind_pair *p, bool old, struct vec *out)
{
	const struct parsed *t = old ? p->was : p->is;

	for (size_t i = 1; i < t->n; i++) {
		const struct json *node = t->stmts[i].node;
		const struct json *tokens = json_get(node, "tokentype");

		if (strcmp(t->stmts[i].tag, "AlterTSConfigurationStmt") != 0 ||
		    json_bool(node, "replace") || tokens == NULL)
			return false;
		for (const struct json *j = tokens->first; j; j = j->next) {
			struct mapping *m = find_mapping(out, sql_string(j));

			if (m == NULL) {
				m = arena_alloc(p->d->mem, sizeof(*m));
				m->token = sql_string(j);
				vec_push(out, m);
			}
			m->dicts = json_get(node, "dicts");
		}
	}
	return true;
}

static const char *
dictionaries(struct kind_pair *p, const struct json *dicts)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = dicts->first; j != NULL; j = j->next)
		sbuf_printf(&b, "%s%s", b.len ? ", " : "", kind_name(p,
		    json_get2(j, "List", "items")));
	return sbuf_take(&b, p->d->mem);
}

/*
 * What a token has in the configuration that this one is a copy of, where that
 * is one of the server's own: "" for none, NULL where it cannot be told.
 */
static const char *
copied(struct kind_pair *p, const struct json *source, const char *token)
{
	const char *args[2] = { NULL, token };
	const struct json *names = json_get2(source, "TypeName", "names");

	if (names == NULL)
		names = json_get2(source, "List", "items");
	if (names == NULL || p->d->db == NULL)
		return NULL;
	args[0] = sql_string(names->last);
	WM_PGRES *r = pg_query(p->d->db, PG_ROWS,
	    "select (select pg_catalog.string_agg(pg_catalog.format('%I.%I',"
	    "    n.nspname, d.dictname), ', ' order by m.mapseqno)"
	    "  from pg_catalog.pg_ts_config_map m"
	    "  join pg_catalog.pg_ts_dict d on d.oid = m.mapdict"
	    "  join pg_catalog.pg_namespace n on n.oid = d.dictnamespace"
	    "  join pg_catalog.ts_token_type(c.cfgparser) t"
	    "    on t.tokid = m.maptokentype and t.alias = $2"
	    "  where m.mapcfg = c.oid)"
	    "  from pg_catalog.pg_ts_config c"
	    "  where c.cfgname = $1 and c.cfgnamespace ="
	    "    'pg_catalog'::pg_catalog.regnamespace", 2, args);
	if (r == NULL || PQntuples(r) != 1)
		return NULL;
	return arena_strdup(p->d->mem, PQgetvalue(r, 0, 0));
}

/* A token's dictionaries as SQL, "" for none; NULL: it cannot be told. */
static const char *
mapping_text(struct kind_pair *p, const struct mapping *m, const char *token)
{
	const struct json *source = sql_defelem(json_get(
	    p->is->stmts[0].node, "definition"), "copy");

	if (m != NULL)
		return m->dicts ? dictionaries(p, m->dicts) : "";
	return source != NULL ? copied(p, source, token) : "";
}

static bool
map_token(struct kind_pair *p, const char *token, const struct mapping *a,
    const struct mapping *b)
{
	const char *was = mapping_text(p, a, token);
	const char *is = mapping_text(p, b, token);
	const char *name = sql_quoted(p->d->mem, token);

	if (was == NULL || is == NULL)
		return false;
	if (strcmp(was, is) == 0)
		return true;
	/* what it had may go with this plan, what it gets come */
	if (*was != '\0')
		kind_early(p, "alter text search configuration %s drop mapping "
		    "for %s", p->fq, name);
	if (*is != '\0')
		kind_emit(p, "alter text search configuration %s add mapping "
		    "for %s with %s", p->fq, name, is);
	return true;
}

bool
kind_configuration(struct kind_pair *p)
{
	WM_VEC was = VEC_INIT;
	WM_VEC is = VEC_INIT;

	if (!sql_equal(p->was->stmts[0].node, p->is->stmts[0].node) ||
	    !read_mappings(p, true, &was) || !read_mappings(p, false, &is))
		return false;
	for (size_t i = 0; i < is.n; i++) {
		const struct mapping *m = is.v[i];

		if (!map_token(p, m->token, find_mapping(&was, m->token), m))
			return false;
	}
	for (size_t i = 0; i < was.n; i++) {
		const struct mapping *m = was.v[i];

		if (find_mapping(&is, m->token) == NULL &&
		    !map_token(p, m->token, m, NULL))
			return false;
	}
	return true;
}
