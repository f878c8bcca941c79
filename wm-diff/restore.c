#include "restore.h"

#include "closure.h"

/* One word of a fact: up to the next bar. */
static const char *
word(struct arena *mem, const char **s)
{
	size_t len = strcspn(*s, "|");
	const char *w = arena_strndup(mem, *s, len);

	*s += len + ((*s)[len] == '|');
	return w;
}

static bool
names_role(const struct json *roles, const char *role)
{
	for (const struct json *j = roles ? roles->first : NULL; j;
	    j = j->next) {
		const struct json *spec = json_get(j, "RoleSpec");
		const char *s = json_str(spec, "rolename");
		const char *type = json_str(spec, "roletype");

		if (strcmp(s ? s : type && strcmp(type, "ROLESPEC_PUBLIC") ==
		    0 ? "public" : "", role) == 0)
			return true;
	}
	return false;
}

/* "grant on all tables" and the like are about any object. */
static bool
says_grant(struct diff *d, const struct json *node, const char *rest)
{
	const char *privilege = word(d->mem, &rest);
	const struct json *list = json_get(node, "privileges");

	if (!names_role(json_get(node, "grantees"), rest))
		return false;
	if (list == NULL || privilege[0] == '\0')
		return true;
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		const char *s = json_str(json_get(j, "AccessPriv"),
		    "priv_name");

		if (s != NULL && strcasecmp(s, privilege) == 0)
			return true;
	}
	return false;
}

static bool
says_comment(const struct json *node, const char *column)
{
	const char *type = json_str(node, "objtype");
	const struct json *names = json_get2(json_get(node, "object"), "List",
	    "items");
	bool of_column = type != NULL && strcmp(type, "OBJECT_COLUMN") == 0;
	const char *name = names != NULL ? sql_string(names->last) : NULL;

	if (!of_column || column[0] == '\0')
		return !of_column && column[0] == '\0';
	return name != NULL && strcmp(name, column) == 0;
}

/* ALTER TABLE, VIEW, INDEX: one of its commands. */
static bool
says_alter(const struct json *node, const char *subtype, const char *name)
{
	const struct json *cmds = json_get(node, "cmds");

	for (const struct json *j = cmds ? cmds->first : NULL; j;
	    j = j->next) {
		const struct json *cmd = json_get(j, "AlterTableCmd");
		const char *s = json_str(cmd, "subtype");
		const char *n = json_str(cmd, "name");

		if (s != NULL && strncmp(s, subtype, strlen(subtype)) == 0 &&
		    (name == NULL || (n != NULL && strcmp(n, name) == 0)))
			return true;
	}
	return false;
}

static bool
has_option(const struct json *list, const char *name)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const char *s = json_str(json_get(j, "DefElem"), "defname");

		if (s != NULL && strcasecmp(s, name) == 0)
			return true;
	}
	return false;
}

static bool
says_option(const struct json *node, const char *name)
{
	const char *check = json_str(node, "withCheckOption");

	if (strcmp(name, "check_option") == 0 && check != NULL &&
	    strcmp(check, "NO_CHECK_OPTION") != 0)
		return true;
	return has_option(json_get(node, "options"), name) ||
	    has_option(json_get2(node, "into", "options"), name) ||
	    says_alter(node, "AT_SetRelOptions", NULL);
}

static bool
statement_says(struct diff *d, const struct sql_stmt *st, const char *about)
{
	const char *rest = about;
	const char *what = word(d->mem, &rest);

	if (strcmp(what, "grant") == 0)
		return strcmp(st->tag, "GrantStmt") == 0 &&
		    says_grant(d, st->node, rest);
	if (strcmp(what, "comment") == 0)
		return strcmp(st->tag, "CommentStmt") == 0 &&
		    says_comment(st->node, rest);
	if (strcmp(what, "option") == 0)
		return says_option(st->node, rest);
	if (strcmp(what, "default") == 0)
		return says_alter(st->node, "AT_ColumnDefault", rest);
	if (strcmp(what, "owner") == 0)
		return strcmp(st->tag, "AlterOwnerStmt") == 0 ||
		    says_alter(st->node, "AT_ChangeOwner", NULL);
	if (strcmp(what, "enabled") == 0)
		return says_alter(st->node, "AT_EnableTrig", NULL) ||
		    says_alter(st->node, "AT_DisableTrig", NULL) ||
		    says_alter(st->node, "AT_EnableAlwaysTrig", NULL) ||
		    says_alter(st->node, "AT_EnableReplicaTrig", NULL);
	return says_alter(st->node, "AT_ClusterOn", NULL) ||
	    says_alter(st->node, "AT_ReplicaIdentity", NULL);
}

bool
restore_said(struct diff *d, struct change *c, const char *about)
{
	struct parsed *p;

	for (int old = 0; old < 2; old++) {
		if ((old ? c->old : c->new) == NULL ||
		    !change_parse(d, c, old, &p))
			continue;
		for (size_t i = 0; i < p->n; i++)
			if (statement_says(d, &p->stmts[i], about))
				return true;
	}
	return false;
}

const char *
restore_sql(struct diff *d, struct change *c, const struct closure_node *n)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < n->restore.n; i++) {
		const struct closure_fact *f = n->restore.v[i];

		/* what was made from the catalog has its options */
		if (c == NULL ? strncmp(f->about, "option|", 7) == 0 :
		    restore_said(d, c, f->about))
			continue;
		sbuf_printf(&b, "%s%s", b.len > 0 ? ";\n" : "", f->sql);
	}
	return b.len > 0 ? sbuf_take(&b, d->mem) : NULL;
}
