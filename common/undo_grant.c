/* What takes a GRANT back, or a REVOKE. */
#include "undo_grant.h"

#include "arena.h"
#include "ident.h"
#include "map.h"
#include "phrase.h"
#include "sbuf.h"

/*
 * GRANT ... TO x as REVOKE ... FROM x, and the other way round. The words
 * between are the same.
 *
 * role   instead of those named, quoted; or NULL
 */
static const char *
turn(const struct phrase *w, size_t first, const char *role)
{
	bool grant = phrase_is(w, first, "grant");
	const char *verb = grant ? "revoke" : "grant";
	size_t prep = 0, end = w->n, from = first + 1;
	int depth = 0;

	for (size_t i = first; i < w->n; i++) {
		depth += phrase_is(w, i, "(") - phrase_is(w, i, ")");
		if (depth == 0 && phrase_is(w, i, grant ? "to" : "from"))
			prep = i;
	}
	if (prep == 0)
		return NULL;
	for (size_t i = prep + 1; i < w->n && end == w->n; i++)
		if (phrase_is(w, i, "with") || phrase_is(w, i, "granted") ||
		    phrase_is(w, i, "cascade") || phrase_is(w, i, "restrict"))
			end = i;
	/* revoke grant option for ... */
	if (!grant && phrase_is(w, from, "grant") &&
	    phrase_is(w, from + 1, "option"))
		return NULL;
	if (role == NULL)
		role = arena_strndup(w->mem, w->text + phrase_end(w, prep) + 1,
		    phrase_end(w, end - 1) - phrase_end(w, prep) - 1);
	return arena_printf(w->mem, "%.*s%s%.*s%s %s", (int)w->t[first].off,
	    w->text, verb, (int)(w->t[prep].off - phrase_end(w, first)),
	    w->text + phrase_end(w, first), grant ? "from" : "to", role);
}

/* The one object of a statement; false where there are others, or none. */
static bool
only_target(const struct phrase *w, const char *tag, const struct json *node,
    struct ident *out)
{
	const struct sql_stmt st = { .tag = tag, .node = node };
	WM_VEC ids = VEC_INIT;

	if (!ident_targets(w->mem, &st, &ids) || ids.n != 1)
		return false;
	*out = *(struct ident *)ids.v[0];
	return true;
}

/* Schema public is there already, with privileges and a comment. */
static bool
is_public(const struct phrase *w, const char *tag, const struct json *node)
{
	struct ident id;

	return only_target(w, tag, node, &id) && id.cls == ID_SCHEMA &&
	    strcmp(id.name, IDENT_SCHEMA) == 0;
}

/* What the roles of a statement have on it in a new database. */
static const char *
reset_public(const struct phrase *w, const struct json *node)
{
	const struct json *to = json_get(node, "grantees");
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "do $wm$declare\n  sql text;\nbegin\n"
	    "  for sql in select pg_catalog.format(w.text, "
	    "pg_catalog.quote_ident(r.nam))\n"
	    "    from (values ");
	for (const struct json *j = to ? to->first : NULL; j; j = j->next) {
		sbuf_puts(&b, j == to->first ? "(" : ", (");
		sbuf_literal(&b, ident_role(json_get(j, "RoleSpec")));
		sbuf_putc(&b, ')');
	}
	sbuf_puts(&b, ") as r(nam)\n"
	    "    cross join lateral (\n"
	    "      select 1, 'revoke all on schema public from %s'\n"
	    "      union all\n"
	    "      select 2, 'grant ' || x.privilege_type\n"
	    "          || ' on schema public to %s'\n"
	    "        from pg_catalog.pg_init_privs i\n"
	    "        cross join pg_catalog.aclexplode(i.initprivs) x\n"
	    "        where i.objoid = "
	    "'public'::pg_catalog.regnamespace\n"
	    "          and r.nam = case x.grantee when 0 then 'public'\n"
	    "            else pg_catalog.pg_get_userbyid(x.grantee) end\n"
	    "    ) as w(ord, text) order by r.nam, w.ord\n"
	    "  loop\n    execute sql;\n  end loop;\nend$wm$");
	return sbuf_take(&b, w->mem);
}

/* Kinds of object, and who has privileges on a new one without being told. */
static const struct kind {
	const char *type;
	bool to_public;		/* besides its owner */
	const char *catalog, *reg, *owner;
} kinds[] = {
	{ "OBJECT_FUNCTION", true, "proc", "procedure", "pro" },
	{ "OBJECT_PROCEDURE", true, "proc", "procedure", "pro" },
	{ "OBJECT_ROUTINE", true, "proc", "procedure", "pro" },
	{ "OBJECT_TYPE", true, "type", "type", "typ" },
	{ "OBJECT_DOMAIN", true, "type", "type", "typ" },
	{ "OBJECT_TABLE", false, "class", "class", "rel" },
	{ "OBJECT_SEQUENCE", false, "class", "class", "rel" },
	{ "OBJECT_SCHEMA", false, "namespace", "namespace", "nsp" },
	{ "OBJECT_LANGUAGE", true, NULL, NULL, NULL },
};

static const struct kind *
kind_of(const struct json *node)
{
	const char *type = json_str(node, "objtype");

	for (size_t i = 0; type != NULL && i < WM_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

/* Of columns nobody has privileges but those who are told. */
static bool
names_columns(const struct json *node)
{
	const struct json *l = json_get(node, "privileges");

	for (const struct json *j = l ? l->first : NULL; j; j = j->next)
		if (json_get2(j, "AccessPriv", "cols") != NULL)
			return true;
	return false;
}

struct role {
	const char *text;	/* as SQL has it */
	bool word;		/* CURRENT_USER and the like */
	bool public;
	bool owns;		/* it may own the object */
};

static void
role_of(const struct phrase *w, const struct json *spec, bool grant,
    const struct map *owners, struct role *out)
{
	const char *name = ident_role(spec);
	WM_SBUF q = SBUF_INIT;

	out->word = json_str(spec, "rolename") == NULL;
	out->public = out->word && strcmp(name, "public") == 0;
	out->owns = !grant || out->word || (owners && map_get(owners, name));
	sbuf_ident(&q, name);
	out->text = out->word ? name : sbuf_take(&q, w->mem);
}

/* A statement that is run if the role owns the object, or if it does not. */
static void
put_guarded(const struct phrase *w, struct sbuf *body, const struct kind *k,
    const struct ident *id, bool owns, const struct role *r, const char *sql)
{
	sbuf_printf(body, "  if %sexists (select from pg_catalog.pg_%s"
	    "\n      where oid = ", owns ? "" : "not ", k->catalog);
	sbuf_literal(body, ident_text(w->mem, id));
	sbuf_printf(body, "::pg_catalog.reg%s and %sowner =\n"
	    "        pg_catalog.to_regrole(", k->reg, k->owner);
	if (r->word)
		sbuf_printf(body, "pg_catalog.quote_ident(%s)", r->text);
	else
		sbuf_literal(body, r->text);
	sbuf_printf(body, ")) then\n    %s;\n  end if;\n", sql);
}

/*
 * What each role loses, or gets back. REVOKE takes something away from who has
 * it without being given it: from PUBLIC for some kinds of object, else from
 * the owner, and nobody else gets it back. Of those two GRANT gives nothing
 * that they would lose.
 */
static const char *
role_by_role(const struct phrase *w, const struct json *node, size_t first,
    const struct map *owners)
{
	const struct kind *k = names_columns(node) ? NULL : kind_of(node);
	const struct json *to = json_get(node, "grantees");
	bool grant = phrase_is(w, first, "grant"), all = grant, target;
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;
	struct ident id;

	target = k != NULL && k->catalog != NULL && only_target(w,
	    "GrantStmt", node, &id);
	sbuf_puts(&body, "begin\n");
	for (const struct json *j = to ? to->first : NULL; j; j = j->next) {
		const char *sql;
		struct role r;

		role_of(w, json_get(j, "RoleSpec"), grant, owners, &r);
		sql = turn(w, first, r.text);
		if (sql == NULL)
			return NULL;
		if (r.public ? grant == (k != NULL && k->to_public) :
		    !grant && !target)
			all = false;
		else if (!r.public && r.owns && target) {
			put_guarded(w, &body, k, &id, !grant, &r, sql);
			all = false;
		} else
			sbuf_printf(&body, "  %s;\n", sql);
	}
	if (all)
		return turn(w, first, NULL);
	sbuf_puts(&body, "end");
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	return sbuf_take(&b, w->mem);
}

const char *
undo_grant(const struct phrase *w, const struct json *node,
    const struct map *owners)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!phrase_is(w, i, "grant") && !phrase_is(w, i, "revoke"))
			continue;
		/* of memberships and default privileges, all is said */
		if (json_get(node, "objtype") == NULL)
			return turn(w, i, NULL);
		if (is_public(w, "GrantStmt", node))
			return reset_public(w, node);
		return role_by_role(w, node, i, owners);
	}
	return NULL;
}
