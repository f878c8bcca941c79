#include "kinds_impl.h"

#include "extensions.h"
#include "role.h"
#include "storage.h"


/* --- policies --- */

/* From the first of TO, USING, WITH on, behind the table's name. */
static const char *
policy_rest(struct kind_pair *p, const char *text, const struct sql_stmt *st,
    bool *out_to)
{
	const char *s = arena_strndup(p->d->mem, text + st->off, st->len);
	struct sql_token *t;
	size_t n;

	*out_to = false;
	if (!sql_scan(p->d->mem, s, &t, &n))
		return NULL;
	for (size_t i = 4; i < n; i++) {
		*out_to = sql_token_is(s, &t[i], "to");
		if (*out_to || sql_token_is(s, &t[i], "using") ||
		    sql_token_is(s, &t[i], "with"))
			return s + t[i].off;
	}
	return "";
}

bool
kind_policy(struct kind_pair *p)
{
	static const char *const fixed[] = { "cmd_name", "permissive" };
	static const char *const exprs[] = { "qual", "with_check" };
	const struct json *a = p->was->stmts[0].node;
	const struct json *b = p->is->stmts[0].node;
	const char *rest;
	bool to;

	if (!kind_single(p))
		return false;
	for (size_t i = 0; i < WM_LEN(fixed); i++)
		if (!sql_equal(json_get(a, fixed[i]), json_get(b, fixed[i])))
			return false;
	/* an expression can be changed, not taken away */
	for (size_t i = 0; i < WM_LEN(exprs); i++)
		if (json_get(a, exprs[i]) != NULL &&
		    json_get(b, exprs[i]) == NULL)
			return false;
	rest = policy_rest(p, p->c->new->create, &p->is->stmts[0], &to);
	if (rest == NULL)
		return false;
	kind_emit(p, "alter policy %s%s %s", p->fq, to ? "" : " to public",
	    rest);
	return true;
}

/* --- extensions --- */

bool
kind_extension(struct kind_pair *p)
{
	static const char *const names[] = { "new_version", "schema" };
	const struct json *a = json_get(p->was->stmts[0].node, "options");
	const struct json *b = json_get(p->is->stmts[0].node, "options");
	const char *v[2];

	if (!kind_single(p))
		return false;
	for (size_t i = 0; i < WM_LEN(names); i++) {
		const struct json *x = sql_defelem(a, names[i]);
		const struct json *y = sql_defelem(b, names[i]);

		v[i] = sql_equal(x, y) ? NULL : sql_string(y);
	}
	/* else it is dropped and made again */
	if (v[0] != NULL && !extensions_path(p->d, p->c, v[0]))
		return false;
	if (v[0] != NULL)
		kind_emit(p, "alter extension %s update to %s", p->fq,
		    sql_literal(p->d->mem, v[0]));
	if (v[1] != NULL)
		kind_emit(p, "alter extension %s set schema %s", p->fq,
		    sql_quoted(p->d->mem, v[1]));
	/* IF NOT EXISTS, CASCADE, no version: nothing that lasts */
	return true;
}

/* ALTER TEXT SEARCH DICTIONARY: an option without a value is gone. */
bool
kind_dictionary(struct kind_pair *p)
{
	const struct json *a = json_get(p->was->stmts[0].node, "definition");
	const struct json *b = json_get(p->is->stmts[0].node, "definition");
	WM_SBUF o = SBUF_INIT;

	if (!kind_single(p) || !sql_equal(sql_defelem(a,
	    "template"), sql_defelem(b, "template")))
		return false;
	for (const struct json *j = a ? a->first : NULL; j; j = j->next) {
		const char *name = json_str(json_get(j, "DefElem"), "defname");

		if (sql_defelem(b, name) == NULL)
			sbuf_printf(&o, "%s%s", o.len ? ", " : "",
			    sql_quoted(p->d->mem, name));
	}
	for (const struct json *j = b ? b->first : NULL; j; j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *name = json_str(e, "defname");
		const struct json *arg = json_get(e, "arg");
		const struct json *names = json_get2(arg, "TypeName", "names");
		const char *value = sql_string(names ? names : arg);

		if (sql_equal(sql_defelem(a, name), arg))
			continue;
		if (value == NULL)
			return false;
		sbuf_printf(&o, "%s%s = %s", o.len ? ", " : "",
		    sql_quoted(p->d->mem, name), sql_literal(p->d->mem, value));
	}
	kind_emit(p, "alter text search dictionary %s (%s)", p->fq,
	    sbuf_str(&o));
	return true;
}

/* --- operators --- */

/* ALTER OPERATOR: how selective it is can be set, all else is its identity. */
bool
kind_operator(struct kind_pair *p)
{
	static const char *const names[] = { "restrict", "join" };
	const struct json *a = json_get(p->was->stmts[0].node, "definition");
	const struct json *b = json_get(p->is->stmts[0].node, "definition");
	const struct json *lists[] = { a, b };
	WM_SBUF s = SBUF_INIT;

	if (!kind_single(p))
		return false;
	for (size_t i = 0; i < WM_LEN(lists); i++)
		for (const struct json *j = lists[i] ? lists[i]->first : NULL;
		    j; j = j->next) {
			const char *name = json_str(json_get(j, "DefElem"),
			    "defname");

			if (name == NULL || (strcmp(name, names[0]) != 0 &&
			    strcmp(name, names[1]) != 0 && !sql_equal(
			    sql_option(a, name), sql_option(b, name))))
				return false;
		}
	for (size_t i = 0; i < WM_LEN(names); i++) {
		const struct json *is = sql_defelem(b, names[i]);

		if (!sql_equal(sql_defelem(a, names[i]), is))
			sbuf_printf(&s, "%s%s = %s", s.len ? ", " : "",
			    names[i], is ? kind_name(p, json_get2(is,
			    "TypeName", "names")) : "none");
	}
	if (s.len > 0)
		kind_emit(p, "alter operator %s set (%s)", p->fq, sbuf_str(&s));
	return true;
}

/* --- roles --- */

/* What CREATE ROLE and ALTER ROLE have in common. */
static const struct {
	const char *name;
	const char *yes, *no;	/* SQL; NULL: it has a value */
	const char *value;	/* what stands in front of that */
	const char *none;	/* SQL where nothing is said */
} role_options[] = {
	{ "superuser", "superuser", "nosuperuser", NULL, "nosuperuser" },
	{ "createdb", "createdb", "nocreatedb", NULL, "nocreatedb" },
	{ "createrole", "createrole", "nocreaterole", NULL, "nocreaterole" },
	{ "inherit", "inherit", "noinherit", NULL, "inherit" },
	{ "canlogin", "login", "nologin", NULL, "nologin" },
	{ "isreplication", "replication", "noreplication", NULL,
	    "noreplication" },
	{ "bypassrls", "bypassrls", "nobypassrls", NULL, "nobypassrls" },
	{ "connectionlimit", NULL, NULL, "connection limit",
	    "connection limit -1" },
	{ "validUntil", NULL, NULL, "valid until",
	    "valid until 'infinity'" },
	{ "password", NULL, NULL, "password", "password null" },
};

/* Which of them it is; their number where it is none. */
static size_t
role_option(const char *name)
{
	size_t i = 0;

	while (i < WM_LEN(role_options) && strcmp(role_options[i].name, name)
	    != 0)
		i++;
	return i;
}

/*
 * What all statements of a role say together; an option that was not said is
 * NULL. False where one says more than that.
 */
static bool
read_role(struct kind_pair *p, const struct parsed *t, const struct json **out,
    struct vec *members)
{
	/* what CREATE USER says without saying it */
	static struct json yes = { .type = JSON_BOOL, .key = "boolval",
		.boolean = true };
	static struct json boolean = { .type = JSON_OBJECT, .key = "Boolean",
		.first = &yes, .last = &yes };
	static const struct json login = { .type = JSON_OBJECT, .key = "arg",
		.first = &boolean, .last = &boolean };
	const char *type = json_str(t->stmts[0].node, "stmt_type");

	if (type != NULL && strcmp(type, "ROLESTMT_USER") == 0)
		out[role_option("canlogin")] = &login;
	for (size_t i = 0; i < t->n; i++) {
		const struct json *list = json_get(t->stmts[i].node,
		    "options");

		if (i > 0 && strcmp(t->stmts[i].tag, "AlterRoleStmt") != 0)
			return false;
		for (const struct json *j = list ? list->first : NULL; j;
		    j = j->next) {
			const struct json *e = json_get(j, "DefElem");
			const char *name = json_str(e, "defname");
			size_t k = role_option(name ? name : "");

			if (role_members(p->d->mem, p->fq, e, members))
				continue;
			if (k == WM_LEN(role_options))
				return false;
			/* PASSWORD NULL has none */
			out[k] = json_get(e, "arg");
		}
	}
	return true;
}

static const struct membership *
membership(const struct vec *v, const struct membership *like)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct membership *m = v->v[i];

		if (strcmp(m->of, like->of) == 0 &&
		    strcmp(m->to, like->to) == 0)
			return m;
	}
	return NULL;
}

static void
members(struct kind_pair *p, const struct vec *was, const struct vec *is)
{
	for (size_t i = 0; i < was->n; i++) {
		const struct membership *m = was->v[i], *now = membership(is,
		    m);

		if (now == NULL || (m->admin && !now->admin))
			kind_emit(p, "revoke %s%s from %s", now != NULL ?
			    "admin option for " : "", m->of, m->to);
	}
	for (size_t i = 0; i < is->n; i++) {
		const struct membership *m = is->v[i], *old = membership(was,
		    m);

		if (old == NULL || (m->admin && !old->admin))
			kind_emit(p, "grant %s to %s%s", m->of, m->to,
			    m->admin ? " with admin option" : "");
	}
}

bool
kind_role(struct kind_pair *p)
{
	const struct json *was[WM_LEN(role_options)] = { NULL };
	const struct json *is[WM_LEN(role_options)] = { NULL };
	WM_SBUF s = SBUF_INIT;
	WM_VEC in_was = VEC_INIT;
	WM_VEC in_is = VEC_INIT;

	if (!read_role(p, p->was, was, &in_was) ||
	    !read_role(p, p->is, is, &in_is))
		return false;
	for (size_t i = 0; i < WM_LEN(role_options); i++) {
		const struct json *n = json_get(is[i], "Integer");

		if (sql_equal(was[i], is[i]))
			continue;
		sbuf_putc(&s, ' ');
		if (is[i] == NULL)
			sbuf_puts(&s, role_options[i].none);
		else if (role_options[i].value == NULL)
			sbuf_puts(&s, json_bool(json_get(is[i], "Boolean"),
			    "boolval") ? role_options[i].yes :
			    role_options[i].no);
		else if (n != NULL)
			sbuf_printf(&s, "%s %ld", role_options[i].value,
			    json_int(n, "ival", 0));
		else
			sbuf_printf(&s, "%s %s", role_options[i].value,
			    sql_literal(p->d->mem, sql_string(is[i]) ?
			    sql_string(is[i]) : ""));
	}
	if (s.len > 0)
		kind_emit(p, "alter role %s%s", p->fq, sbuf_str(&s));
	members(p, &in_was, &in_is);
	return true;
}

/* --- subscriptions --- */

/* What lasts of the options; all of them can be set. */
static const struct {
	const char *name;
	const char *dflt;
} subscription_options[] = {
	{ "binary", "false" }, { "streaming", "false" },
	{ "synchronous_commit", "off" }, { "disable_on_error", "false" },
	{ "origin", "any" }, { "password_required", "true" },
	{ "run_as_owner", "false" }, { "failover", "false" },
	{ "slot_name", NULL },	/* its own name */
};

/* Those that are over when it has been made. */
static const char *const subscription_once[] = { "connect", "copy_data",
	"create_slot" };

static bool
subscription_known(const struct json *list, bool connects_alike)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const char *name = json_str(json_get(j, "DefElem"), "defname");
		bool known = false;

		for (size_t i = 0; i < WM_LEN(subscription_options); i++)
			known = known || strcmp(subscription_options[i].name,
			    name ? name : "") == 0;
		for (size_t i = 0; i < WM_LEN(subscription_once); i++)
			known = known || strcmp(subscription_once[i],
			    name ? name : "") == 0;
		if (!known)
			return false;
	}
	return connects_alike;
}

/* An option's value as a word; the default where it is not said. */
static const char *
subscription_value(const struct json *list, size_t i, const char *own_name)
{
	const struct json *j = list ? list->first : NULL;

	for (; j != NULL; j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *name = json_str(e, "defname"), *s;

		if (name == NULL || strcmp(name, subscription_options[i].name)
		    != 0)
			continue;
		s = sql_string(json_get(e, "arg"));
		return s != NULL ? s : json_get(e, "arg") == NULL ? "true" :
		    NULL;
	}
	return subscription_options[i].dflt ? subscription_options[i].dflt :
	    own_name;
}

/*
 * The server at the other end is not asked: what is new there comes with ALTER
 * SUBSCRIPTION ... REFRESH PUBLICATION, which cannot be in a transaction.
 */
bool
kind_subscription(struct kind_pair *p)
{
	const struct json *a = p->was->stmts[0].node;
	const struct json *b = p->is->stmts[0].node;
	const struct json *x = json_get(a, "options"), *y = json_get(b,
	    "options");
	const struct json *pubs = json_get(b, "publication");
	const char *own_name = p->is->idents[0].name;
	const char *info = json_str(b, "conninfo");
	WM_SBUF s = SBUF_INIT;

	if (!kind_single(p) || info == NULL || !subscription_known(x, true) ||
	    !subscription_known(y, sql_equal(sql_defelem(x, "connect"),
	    sql_defelem(y, "connect"))))
		return false;
	if (!sql_equal(json_get(a, "conninfo"), json_get(b, "conninfo")))
		kind_emit(p, "alter subscription %s connection %s", p->fq,
		    sql_literal(p->d->mem, info));
	for (size_t i = 0; i < WM_LEN(subscription_options); i++) {
		const char *was = subscription_value(x, i, own_name);
		const char *is = subscription_value(y, i, own_name);

		if (was == NULL || is == NULL)
			return false;
		if (strcmp(was, is) == 0)
			continue;
		sbuf_printf(&s, "%s%s = ", s.len ? ", " : "",
		    subscription_options[i].name);
		/* the word, not a slot of that name */
		if (strcmp(is, "none") == 0)
			sbuf_puts(&s, is);
		else
			sbuf_literal(&s, is);
	}
	if (s.len > 0)
		kind_emit(p, "alter subscription %s set (%s)", p->fq,
		    sbuf_str(&s));
	s.len = 0;
	for (const struct json *j = pubs ? pubs->first : NULL; j; j = j->next)
		sbuf_printf(&s, "%s%s", s.len ? ", " : "", sql_quoted(p->d->mem,
		    sql_string(j) ? sql_string(j) : ""));
	if (!sql_equal(json_get(a, "publication"), pubs))
		kind_emit(p, "alter subscription %s set publication %s with "
		    "(refresh = false)", p->fq, sbuf_str(&s));
	return true;
}

/* An index's storage parameters; all else of it is built anew. */
bool
kind_index(struct kind_pair *p)
{
	static const char *const inside[] = { "options", "concurrent",
		"if_not_exists", NULL };
	const struct json *a = p->was->stmts[0].node;
	const struct json *b = p->is->stmts[0].node;
	WM_SBUF set = SBUF_INIT;
	WM_SBUF reset = SBUF_INIT;

	if (!kind_single(p) || !kind_members_equal(a, b, inside))
		return false;
	storage_changes(p->d->mem, json_get(a, "options"),
	    json_get(b, "options"), &set, &reset);
	if (set.len > 0)
		kind_emit(p, "alter index %s set (%s)", p->fq, sbuf_str(&set));
	if (reset.len > 0)
		kind_emit(p, "alter index %s reset (%s)", p->fq,
		    sbuf_str(&reset));
	return true;
}
