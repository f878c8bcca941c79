/*
 * What a statement is about that creates nothing itself. How PostgreSQL's
 * trees name an object depends on its type only; each is a row.
 */
#include "ident.h"

#include "arena.h"
#include "sbuf.h"

/* How the trees name objects. */
enum form {
	NAMES,		/* a list: schema, name */
	MEMBER,		/* a list: schema, table, name; the table is meant */
	ROLE,		/* a RoleSpec */
	ON_TABLE,	/* a list: schema, table, name; the last is meant */
	STRING,		/* one name */
	TYPE,		/* a TypeName, or a list of names */
	ARGS,		/* an ObjectWithArgs */
	METHOD,		/* a list: access method, schema, name */
	PAIR,		/* a list: TypeName, TypeName or String */
	OF_TYPE		/* a list: TypeName, String; the type is meant */
};

static const struct {
	const char *type;
	enum ident_class cls;
	enum form form;
} forms[] = {
	{ "OBJECT_TABLE", ID_RELATION, NAMES },
	{ "OBJECT_VIEW", ID_RELATION, NAMES },
	{ "OBJECT_MATVIEW", ID_RELATION, NAMES },
	{ "OBJECT_SEQUENCE", ID_RELATION, NAMES },
	{ "OBJECT_INDEX", ID_RELATION, NAMES },
	{ "OBJECT_FOREIGN_TABLE", ID_RELATION, NAMES },
	{ "OBJECT_COLUMN", ID_RELATION, MEMBER },
	{ "OBJECT_ATTRIBUTE", ID_TYPE, MEMBER },
	{ "OBJECT_TABCONSTRAINT", ID_CONSTRAINT, ON_TABLE },
	{ "OBJECT_TRIGGER", ID_TRIGGER, ON_TABLE },
	{ "OBJECT_RULE", ID_RULE, ON_TABLE },
	{ "OBJECT_POLICY", ID_POLICY, ON_TABLE },
	{ "OBJECT_TYPE", ID_TYPE, TYPE },
	{ "OBJECT_DOMAIN", ID_TYPE, TYPE },
	{ "OBJECT_DOMCONSTRAINT", ID_TYPE, OF_TYPE },
	{ "OBJECT_FUNCTION", ID_FUNCTION, ARGS },
	{ "OBJECT_PROCEDURE", ID_FUNCTION, ARGS },
	{ "OBJECT_ROUTINE", ID_FUNCTION, ARGS },
	{ "OBJECT_AGGREGATE", ID_FUNCTION, ARGS },
	{ "OBJECT_OPERATOR", ID_OPERATOR, ARGS },
	{ "OBJECT_OPCLASS", ID_OPCLASS, METHOD },
	{ "OBJECT_OPFAMILY", ID_OPFAMILY, METHOD },
	{ "OBJECT_CAST", ID_CAST, PAIR },
	{ "OBJECT_TRANSFORM", ID_TRANSFORM, PAIR },
	{ "OBJECT_COLLATION", ID_COLLATION, NAMES },
	{ "OBJECT_CONVERSION", ID_CONVERSION, NAMES },
	{ "OBJECT_STATISTIC_EXT", ID_STATISTICS, NAMES },
	{ "OBJECT_TSPARSER", ID_TSPARSER, NAMES },
	{ "OBJECT_TSTEMPLATE", ID_TSTEMPLATE, NAMES },
	{ "OBJECT_TSDICTIONARY", ID_TSDICT, NAMES },
	{ "OBJECT_TSCONFIGURATION", ID_TSCONFIG, NAMES },
	{ "OBJECT_SCHEMA", ID_SCHEMA, STRING },
	{ "OBJECT_EXTENSION", ID_EXTENSION, STRING },
	{ "OBJECT_LANGUAGE", ID_LANGUAGE, STRING },
	{ "OBJECT_FDW", ID_FDW, STRING },
	{ "OBJECT_FOREIGN_SERVER", ID_SERVER, STRING },
	{ "OBJECT_EVENT_TRIGGER", ID_EVENT_TRIGGER, STRING },
	{ "OBJECT_PUBLICATION", ID_PUBLICATION, STRING },
	{ "OBJECT_SUBSCRIPTION", ID_SUBSCRIPTION, STRING },
	{ "OBJECT_ACCESS_METHOD", ID_ACCESS_METHOD, STRING },
	{ "OBJECT_ROLE", ID_ROLE, STRING },
};

static const struct json *
items_of(const struct json *j)
{
	const struct json *l = json_get2(j, "List", "items");

	if (l == NULL && j != NULL && j->type == JSON_ARRAY)
		l = j;
	return l;
}

/* The n strings at a list's end; those it does not have stay NULL. */
static void
tail(const struct json *list, const char **out, size_t n)
{
	memset(out, 0, n * sizeof(*out));
	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		memmove(out, out + 1, (n - 1) * sizeof(*out));
		out[n - 1] = sql_string(j);
	}
}

static const char *
types(struct arena *mem, const struct json *owa, bool procedure)
{
	const struct json *l = json_get(owa, "objfuncargs");
	WM_SBUF b = SBUF_INIT;

	if (l == NULL)
		l = json_get(owa, "objargs");
	(void)procedure;
	for (const struct json *j = l ? l->first : NULL; j; j = j->next) {
		const struct json *p = json_get(j, "FunctionParameter");
		const struct json *type = p ? json_get(p, "argType") :
		    json_get(j, "TypeName");
		const char *mode = json_str(p, "mode"), *text;

		if (mode != NULL && (strcmp(mode, "FUNC_PARAM_OUT") == 0 ||
		    strcmp(mode, "FUNC_PARAM_TABLE") == 0))
			continue;
		/* an operator's missing side */
		if (type == NULL)
			continue;
		text = sql_type_text(mem, type);
		sbuf_printf(&b, "%s%s", b.len ? "," : "", text ? text : "?");
	}
	return sbuf_take(&b, mem);
}

static bool
of_type(const struct json *j, struct ident *id)
{
	const char *s[2];

	tail(json_get2(j, "TypeName", "names") ? json_get2(j, "TypeName",
	    "names") : items_of(j), s, 2);
	id->schema = s[0] ? s[0] : IDENT_SCHEMA;
	id->name = s[1];
	return s[1] != NULL;
}

static bool
of_pair(struct arena *mem, const struct json *j, struct ident *id)
{
	const struct json *l = items_of(j);
	const struct json *a = l ? l->first : NULL, *b = a ? a->next : NULL;

	if (b == NULL)
		return false;
	id->name = sql_type_text(mem, json_get(a, "TypeName"));
	id->args = json_get(b, "TypeName") ? sql_type_text(mem, json_get(b,
	    "TypeName")) : sql_string(b);
	return id->name != NULL && id->args != NULL;
}

static bool
of_args(struct arena *mem, const struct json *j, struct ident *id)
{
	const struct json *owa = json_get(j, "ObjectWithArgs");
	const char *s[2];

	if (owa == NULL)
		owa = j;
	tail(json_get(owa, "objname"), s, 2);
	id->schema = s[0] ? s[0] : IDENT_SCHEMA;
	id->name = s[1];
	id->any_args = json_bool(owa, "args_unspecified");
	id->args = types(mem, owa, id->procedure);
	return s[1] != NULL;
}

static bool
of_method(const struct json *j, struct ident *id)
{
	const struct json *l = items_of(j);
	const char *s[2];

	if (l == NULL || l->first == NULL)
		return false;
	tail(l, s, 2);
	/* two elements: the method and a bare name */
	id->schema = l->first->next != NULL && l->first->next->next != NULL ?
	    s[0] : IDENT_SCHEMA;
	id->name = s[1];
	id->args = sql_string(l->first);
	return s[1] != NULL;
}

/* One object, named as its type has it. */
static bool
of_object(struct arena *mem, const char *type, const struct json *j,
    struct ident *id)
{
	const char *s[3];

	memset(id, 0, sizeof(*id));
	for (size_t i = 0; type != NULL && i < WM_LEN(forms); i++) {
		if (strcmp(forms[i].type, type) != 0)
			continue;
		id->cls = forms[i].cls;
		switch (forms[i].form) {
		case NAMES:
			tail(items_of(j), s + 1, 2);
			id->schema = s[1] ? s[1] : IDENT_SCHEMA;
			id->name = s[2];
			return s[2] != NULL;
		case MEMBER:
			tail(items_of(j), s, 3);
			id->schema = s[0] ? s[0] : IDENT_SCHEMA;
			id->name = s[1];
			return s[1] != NULL;
		case ON_TABLE:
			tail(items_of(j), s, 3);
			id->schema = s[0] ? s[0] : IDENT_SCHEMA;
			id->table = s[1];
			id->name = s[2];
			return s[1] != NULL && s[2] != NULL;
		case STRING:
			id->name = sql_string(j);
			return id->name != NULL;
		case ROLE:
			id->name = json_str(j, "rolename");
			return id->name != NULL;
		case TYPE:
			return of_type(j, id);
		case ARGS:
			return of_args(mem, j, id);
		case METHOD:
			return of_method(j, id);
		case PAIR:
			return of_pair(mem, j, id);
		case OF_TYPE:
			return items_of(j) != NULL &&
			    of_type(items_of(j)->first, id);
		}
	}
	return false;
}

static bool
of_rangevar(const struct json *rv, enum ident_class cls, struct ident *id)
{
	const char *schema = json_str(rv, "schemaname");

	memset(id, 0, sizeof(*id));
	id->cls = cls;
	id->schema = schema ? schema : IDENT_SCHEMA;
	id->name = json_str(rv, "relname");
	return id->name != NULL;
}

static void
push(struct arena *mem, const struct ident *id, struct vec *out)
{
	struct ident *copy = arena_alloc(mem, sizeof(*copy));

	*copy = *id;
	vec_push(out, copy);
}

static bool
of_grant(struct arena *mem, const struct json *node, struct vec *out)
{
	const char *type = json_str(node, "objtype");
	const char *target = json_str(node, "targtype");
	const struct json *l = json_get(node, "objects");
	struct ident id;

	if (target == NULL || strcmp(target, "ACL_TARGET_OBJECT") != 0 ||
	    l == NULL)
		return false;
	for (const struct json *j = l->first; j != NULL; j = j->next) {
		const struct json *rv = json_get(j, "RangeVar");

		if (rv != NULL ? !of_rangevar(rv, ID_RELATION, &id) :
		    !of_object(mem, type, j, &id))
			return false;
		push(mem, &id, out);
	}
	return true;
}

/* One member names the object: a relation, a list, a string, or more. */
static bool
of_member(struct arena *mem, const struct sql_stmt *st, struct ident *id)
{
	static const struct {
		const char *tag, *member;
		enum ident_class cls;
		enum form form;
	} rows[] = {
		{ "AlterSeqStmt", "sequence", ID_RELATION, MEMBER },
		{ "RefreshMatViewStmt", "relation", ID_RELATION, MEMBER },
		{ "AlterFunctionStmt", "func", ID_FUNCTION, ARGS },
		{ "AlterDomainStmt", "typeName", ID_TYPE, NAMES },
		{ "AlterEnumStmt", "typeName", ID_TYPE, NAMES },
		{ "AlterTypeStmt", "typeName", ID_TYPE, NAMES },
		{ "AlterOpFamilyStmt", "opfamilyname", ID_OPFAMILY, NAMES },
		{ "AlterOperatorStmt", "opername", ID_OPERATOR, ARGS },
		{ "AlterTSDictionaryStmt", "dictname", ID_TSDICT, NAMES },
		{ "AlterTSConfigurationStmt", "cfgname", ID_TSCONFIG, NAMES },
		{ "AlterStatsStmt", "defnames", ID_STATISTICS, NAMES },
		{ "AlterCollationStmt", "collname", ID_COLLATION, NAMES },
		{ "AlterFdwStmt", "fdwname", ID_FDW, STRING },
		{ "AlterForeignServerStmt", "servername", ID_SERVER, STRING },
		{ "AlterExtensionStmt", "extname", ID_EXTENSION, STRING },
		{ "AlterExtensionContentsStmt", "extname", ID_EXTENSION,
		    STRING },
		{ "AlterEventTrigStmt", "trigname", ID_EVENT_TRIGGER, STRING },
		{ "AlterPublicationStmt", "pubname", ID_PUBLICATION, STRING },
		{ "AlterSubscriptionStmt", "subname", ID_SUBSCRIPTION,
		    STRING },
		{ "AlterRoleStmt", "role", ID_ROLE, ROLE },
		{ "AlterRoleSetStmt", "role", ID_ROLE, ROLE },
		{ "AlterPolicyStmt", "table", ID_POLICY, ON_TABLE },
	};
	const char *s[2];

	memset(id, 0, sizeof(*id));
	for (size_t i = 0; i < WM_LEN(rows); i++) {
		const struct json *j;

		if (strcmp(rows[i].tag, st->tag) != 0)
			continue;
		j = json_get(st->node, rows[i].member);
		id->cls = rows[i].cls;
		switch (rows[i].form) {
		case MEMBER:
			return of_rangevar(j, rows[i].cls, id);
		case ARGS:
			return of_args(mem, j, id);
		case STRING:
			id->name = j ? j->str : NULL;
			return id->name != NULL;
		case ROLE:
			id->name = json_str(j, "rolename");
			return id->name != NULL &&
			    json_str(st->node, "database") == NULL;
		case ON_TABLE:
			if (!of_rangevar(j, rows[i].cls, id))
				return false;
			id->table = id->name;
			id->name = json_str(st->node, "policy_name");
			return id->name != NULL;
		default:
			tail(j, s, 2);
			id->schema = s[0] ? s[0] : IDENT_SCHEMA;
			id->name = s[1];
			id->args = json_str(st->node, "amname");
			return s[1] != NULL;
		}
	}
	return false;
}

/* ALTER TABLE and its like; some commands are about a part of the table. */
static bool
of_alter_table(const struct json *node, struct ident *id)
{
	static const struct {
		const char *sub;
		enum ident_class cls;
	} parts[] = {
		{ "AT_EnableTrig", ID_TRIGGER },
		{ "AT_EnableAlwaysTrig", ID_TRIGGER },
		{ "AT_EnableReplicaTrig", ID_TRIGGER },
		{ "AT_DisableTrig", ID_TRIGGER },
		{ "AT_EnableRule", ID_RULE },
		{ "AT_EnableAlwaysRule", ID_RULE },
		{ "AT_EnableReplicaRule", ID_RULE },
		{ "AT_DisableRule", ID_RULE },
	};
	const char *type = json_str(node, "objtype"), *sub, *name;
	const struct json *cmds = json_get(node, "cmds"), *cmd, *rv;

	if (!of_rangevar(json_get(node, "relation"), type != NULL &&
	    strcmp(type, "OBJECT_TYPE") == 0 ? ID_TYPE : ID_RELATION, id))
		return false;
	if (cmds == NULL || cmds->first == NULL || cmds->first->next != NULL)
		return true;
	cmd = json_get(cmds->first, "AlterTableCmd");
	sub = json_str(cmd, "subtype");
	name = json_str(cmd, "name");
	for (size_t i = 0; sub && name && i < WM_LEN(parts); i++)
		if (strcmp(sub, parts[i].sub) == 0) {
			id->cls = parts[i].cls;
			id->table = id->name;
			id->name = name;
			return true;
		}
	/* a partition, of a table or an index, is what it is attached by */
	rv = json_get2(json_get(cmd, "def"), "PartitionCmd", "name");
	if (sub != NULL && strcmp(sub, "AT_AttachPartition") == 0 && rv)
		return of_rangevar(rv, ID_RELATION, id);
	/* an index of the table, where it is one that has a name */
	if (sub != NULL && strcmp(sub, "AT_ClusterOn") == 0)
		id->table = name;
	if (sub != NULL && strcmp(sub, "AT_ReplicaIdentity") == 0)
		id->table = json_str(json_get2(cmd, "def",
		    "ReplicaIdentityStmt"), "name");
	if (sub != NULL && strcmp(sub, "AT_AddConstraint") == 0)
		id->table = json_str(json_get2(cmd, "def", "Constraint"),
		    "indexname");
	return true;
}

static bool
of_drop(struct arena *mem, const struct json *node, struct vec *out)
{
	const struct json *l = json_get(node, "objects");
	struct ident id;

	for (const struct json *j = l ? l->first : NULL; j; j = j->next)
		if (of_object(mem, json_str(node, "removeType"), j, &id))
			push(mem, &id, out);
	return out->n > 0;
}

/* What is named beside its table; 0 for others. */
static enum ident_class
part_class(const char *type)
{
	static const char *const types[] = { "OBJECT_TRIGGER", "OBJECT_RULE",
		"OBJECT_POLICY" };
	static const enum ident_class classes[] = { ID_TRIGGER, ID_RULE,
		ID_POLICY };

	for (size_t i = 0; type != NULL && i < WM_LEN(types); i++)
		if (strcmp(types[i], type) == 0)
			return classes[i];
	return 0;
}

bool
ident_targets(struct arena *mem, const struct sql_stmt *st, struct vec *out)
{
	const struct json *n = st->node, *rel;
	const char *type;
	struct ident id;
	bool ok;

	if (strcmp(st->tag, "GrantStmt") == 0)
		return of_grant(mem, n, out);
	if (strcmp(st->tag, "DropStmt") == 0)
		return of_drop(mem, n, out);
	if (strcmp(st->tag, "DropSubscriptionStmt") == 0) {
		id = (struct ident){ .cls = ID_SUBSCRIPTION,
			.name = json_str(n, "subname") };
		push(mem, &id, out);
		return id.name != NULL;
	}
	rel = json_get(n, "relation");
	if (strcmp(st->tag, "AlterTableStmt") == 0)
		ok = of_alter_table(n, &id);
	else if (strcmp(st->tag, "CommentStmt") == 0 ||
	    strcmp(st->tag, "SecLabelStmt") == 0)
		ok = of_object(mem, json_str(n, "objtype"), json_get(n,
		    "object"), &id);
	else if (strcmp(st->tag, "AlterOwnerStmt") == 0 ||
	    strcmp(st->tag, "AlterObjectSchemaStmt") == 0 ||
	    strcmp(st->tag, "AlterObjectDependsStmt") == 0 ||
	    strcmp(st->tag, "RenameStmt") == 0) {
		type = json_str(n, "objectType");
		if (type == NULL)
			type = json_str(n, "renameType");
		if (rel != NULL) {
			ok = of_rangevar(rel, ID_RELATION, &id);
			if (ok && part_class(type) != 0) {
				id.cls = part_class(type);
				id.table = id.name;
				id.name = json_str(n, "subname");
				if (id.name == NULL)
					id.name = sql_string(json_get(n,
					    "object"));
				ok = id.name != NULL;
			}
		} else
			ok = of_object(mem, type, json_get(n, "object"), &id);
		/* schemas and roles have no tree here */
		if (!ok && id.cls != 0 && json_str(n, "subname") != NULL &&
		    json_get(n, "object") == NULL) {
			id.name = json_str(n, "subname");
			ok = true;
		}
		/* not by a type's tree, as in COMMENT */
		if (!ok && type && strcmp(type, "OBJECT_DOMCONSTRAINT") == 0)
			ok = of_object(mem, "OBJECT_DOMAIN", json_get(n,
			    "object"), &id);
	} else if (strcmp(st->tag, "AlterUserMappingStmt") == 0 ||
	    strcmp(st->tag, "DropUserMappingStmt") == 0) {
		memset(&id, 0, sizeof(id));
		id.cls = ID_USER_MAPPING;
		id.name = ident_role(json_get(n, "user"));
		id.args = json_str(n, "servername");
		ok = id.args != NULL;
	} else
		ok = of_member(mem, st, &id);
	if (ok)
		push(mem, &id, out);
	return ok;
}
