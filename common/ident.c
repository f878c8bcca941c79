#include "ident.h"

#include <ctype.h>

#include "arena.h"
#include "sbuf.h"

/* The last two strings of a list of names. */
static bool
from_list(const struct json *list, struct ident *out)
{
	const char *a = NULL, *b = NULL;

	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		a = b;
		b = sql_string(j);
	}
	out->schema = a ? a : IDENT_SCHEMA;
	out->name = b;
	return b != NULL;
}

static bool
from_rangevar(const struct json *rv, struct ident *out)
{
	const char *schema = json_str(rv, "schemaname");

	out->schema = schema ? schema : IDENT_SCHEMA;
	out->name = json_str(rv, "relname");
	return out->name != NULL;
}

/* Something that belongs to a table. */
static bool
on_table(const struct json *rv, const char *name, struct ident *out)
{
	if (!from_rangevar(rv, out) || name == NULL)
		return false;
	out->table = out->name;
	out->name = name;
	return true;
}

/* A type's name; "t.c%type" where it is that of a column. */
static const char *
type_or(struct arena *mem, const struct json *type)
{
	const struct json *names = json_get(type, "names");
	const char *s = sql_type_text(mem, type);
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = names && s == NULL ? names->first : NULL;
	    j != NULL; j = j->next) {
		sbuf_puts(&b, b.len > 0 ? "." : "");
		sbuf_ident(&b, sql_string(j) ? sql_string(j) : "?");
	}
	if (s != NULL)
		return s;
	sbuf_puts(&b, b.len > 0 ? "%type" : "?");
	return sbuf_take(&b, mem);
}

static const char *
arg_types(struct arena *mem, const struct json *params)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = params ? params->first : NULL; j;
	    j = j->next) {
		const struct json *p = json_get(j, "FunctionParameter");
		const char *mode = json_str(p, "mode"), *type;

		if (mode != NULL && (strcmp(mode, "FUNC_PARAM_OUT") == 0 ||
		    strcmp(mode, "FUNC_PARAM_TABLE") == 0))
			continue;
		type = type_or(mem, json_get(p, "argType"));
		sbuf_printf(&b, "%s%s", b.len ? "," : "", type);
	}
	return sbuf_take(&b, mem);
}

/* The two sides of an operator; "none" where one is missing. */
static const char *
operator_args(struct arena *mem, const struct json *opts)
{
	static const char *const sides[] = { "leftarg", "rightarg" };
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < WM_LEN(sides); i++) {
		const struct json *type = json_get(sql_defelem(opts,
		    sides[i]), "TypeName");
		const char *text = sql_type_text(mem, type);

		if (type != NULL)
			sbuf_printf(&b, "%s%s", b.len ? "," : "",
			    text ? text : "?");
	}
	return sbuf_take(&b, mem);
}

/* Direct and ordered arguments in one list, then a number; or of old style. */
static const char *
aggregate_args(struct arena *mem, const struct json *node)
{
	const struct json *args = json_get(node, "args");
	const struct json *base = json_get(sql_defelem(json_get(node,
	    "definition"), "basetype"), "TypeName");
	const char *text = args == NULL ? sql_type_text(mem, base) : NULL;

	if (text != NULL && strcmp(text, "\"ANY\"") != 0 &&
	    strcmp(text, "\"any\"") != 0)
		return text;
	return arg_types(mem, json_get2(args ? args->first : NULL, "List",
	    "items"));
}

/* CREATE AGGREGATE, OPERATOR, TYPE (INPUT = ...): one kind of statement. */
static bool
of_define(struct arena *mem, const struct json *node, struct ident *out)
{
	static const struct {
		const char *kind;
		enum ident_class cls;
	} rows[] = {
		{ "OBJECT_AGGREGATE", ID_FUNCTION },
		{ "OBJECT_OPERATOR", ID_OPERATOR }, { "OBJECT_TYPE", ID_TYPE },
		{ "OBJECT_COLLATION", ID_COLLATION },
		{ "OBJECT_TSPARSER", ID_TSPARSER },
		{ "OBJECT_TSTEMPLATE", ID_TSTEMPLATE },
		{ "OBJECT_TSDICTIONARY", ID_TSDICT },
		{ "OBJECT_TSCONFIGURATION", ID_TSCONFIG },
	};
	const char *kind = json_str(node, "kind");

	for (size_t i = 0; kind != NULL && i < WM_LEN(rows); i++) {
		if (strcmp(kind, rows[i].kind) != 0)
			continue;
		out->cls = rows[i].cls;
		if (out->cls == ID_FUNCTION)
			out->args = aggregate_args(mem, node);
		else if (out->cls == ID_OPERATOR)
			out->args = operator_args(mem, json_get(node,
			    "definition"));
		return from_list(json_get(node, "defnames"), out);
	}
	return false;
}

/* Casts, transforms, user mappings: known by two words. */
static bool
of_pair(struct arena *mem, const struct sql_stmt *st, struct ident *out)
{
	const struct json *n = st->node;

	if (strcmp(st->tag, "CreateCastStmt") == 0) {
		out->cls = ID_CAST;
		out->name = type_or(mem, json_get(n, "sourcetype"));
		out->args = type_or(mem, json_get(n, "targettype"));
	} else if (strcmp(st->tag, "CreateTransformStmt") == 0) {
		out->cls = ID_TRANSFORM;
		out->name = type_or(mem, json_get(n, "type_name"));
		out->args = json_str(n, "lang");
	} else if (strcmp(st->tag, "CreateUserMappingStmt") == 0 ||
	    strcmp(st->tag, "AlterUserMappingStmt") == 0) {
		out->cls = ID_USER_MAPPING;
		out->name = ident_role(json_get(n, "user"));
		out->args = json_str(n, "servername");
	} else
		return false;
	return true;
}

const char *
ident_role(const struct json *spec)
{
	static const struct {
		const char *type, *word;
	} words[] = { { "ROLESPEC_PUBLIC", "public" },
		{ "ROLESPEC_CURRENT_USER", "current_user" },
		{ "ROLESPEC_CURRENT_ROLE", "current_role" },
		{ "ROLESPEC_SESSION_USER", "session_user" } };
	const char *name = json_str(spec, "rolename");
	const char *type = json_str(spec, "roletype");

	for (size_t i = 0; name == NULL && type && i < WM_LEN(words); i++)
		if (strcmp(words[i].type, type) == 0)
			return words[i].word;
	return name != NULL ? name : "?";
}

bool
ident_of(struct arena *mem, const struct sql_stmt *st, struct ident *out)
{
	static const struct {
		const char *tag;
		enum ident_class cls;
		const char *rangevar;	/* member that is a RangeVar */
		const char *list;	/* member that is a list of names */
		const char *name;	/* member that is a string */
	} rows[] = {
		{ "CreateStmt", ID_RELATION, "relation", NULL, NULL },
		{ "ViewStmt", ID_RELATION, "view", NULL, NULL },
		{ "CreateSeqStmt", ID_RELATION, "sequence", NULL, NULL },
		{ "IndexStmt", ID_RELATION, "relation", NULL, "idxname" },
		{ "CreateFunctionStmt", ID_FUNCTION, NULL, "funcname", NULL },
		{ "CreateTrigStmt", ID_TRIGGER, "relation", NULL, "trigname" },
		{ "RuleStmt", ID_RULE, "relation", NULL, "rulename" },
		{ "CreatePolicyStmt", ID_POLICY, "table", NULL,
		    "policy_name" },
		{ "CreateSchemaStmt", ID_SCHEMA, NULL, NULL, "schemaname" },
		{ "CreateEnumStmt", ID_TYPE, NULL, "typeName", NULL },
		{ "CreateRangeStmt", ID_TYPE, NULL, "typeName", NULL },
		{ "CreateDomainStmt", ID_TYPE, NULL, "domainname", NULL },
		{ "CompositeTypeStmt", ID_TYPE, "typevar", NULL, NULL },
		{ "CreateExtensionStmt", ID_EXTENSION, NULL, NULL, "extname" },
		{ "CreatePLangStmt", ID_LANGUAGE, NULL, NULL, "plname" },
		{ "CreateOpClassStmt", ID_OPCLASS, NULL, "opclassname", NULL },
		{ "CreateOpFamilyStmt", ID_OPFAMILY, NULL, "opfamilyname",
		    NULL },
		{ "CreateConversionStmt", ID_CONVERSION, NULL,
		    "conversion_name", NULL },
		{ "CreateStatsStmt", ID_STATISTICS, NULL, "defnames", NULL },
		{ "CreateFdwStmt", ID_FDW, NULL, NULL, "fdwname" },
		{ "CreateForeignServerStmt", ID_SERVER, NULL, NULL,
		    "servername" },
		{ "CreateEventTrigStmt", ID_EVENT_TRIGGER, NULL, NULL,
		    "trigname" },
		{ "CreatePublicationStmt", ID_PUBLICATION, NULL, NULL,
		    "pubname" },
		{ "CreateSubscriptionStmt", ID_SUBSCRIPTION, NULL, NULL,
		    "subname" },
		{ "CreateAmStmt", ID_ACCESS_METHOD, NULL, NULL, "amname" },
		{ "CreateRoleStmt", ID_ROLE, NULL, NULL, "role" },
	};
	const char *name;

	memset(out, 0, sizeof(*out));
	if (strcmp(st->tag, "CreateTableAsStmt") == 0) {
		out->cls = ID_RELATION;
		return from_rangevar(json_get2(st->node, "into", "rel"), out);
	}
	if (strcmp(st->tag, "CreateForeignTableStmt") == 0) {
		out->cls = ID_RELATION;
		return from_rangevar(json_get2(st->node, "base", "relation"),
		    out);
	}
	if (strcmp(st->tag, "DefineStmt") == 0)
		return of_define(mem, st->node, out);
	if (strncmp(st->tag, "Create", 6) == 0 && of_pair(mem, st, out))
		return true;
	for (size_t i = 0; i < WM_LEN(rows); i++) {
		if (strcmp(rows[i].tag, st->tag) != 0)
			continue;
		out->cls = rows[i].cls;
		name = rows[i].name ? json_str(st->node, rows[i].name) : NULL;
		if (rows[i].rangevar != NULL && rows[i].name != NULL)
			return on_table(json_get(st->node, rows[i].rangevar),
			    name, out);
		if (rows[i].rangevar != NULL)
			return from_rangevar(json_get(st->node,
			    rows[i].rangevar), out);
		if (rows[i].list == NULL) {
			out->name = name;
			return name != NULL;
		}
		if (out->cls == ID_FUNCTION) {
			out->args = arg_types(mem, json_get(st->node,
			    "parameters"));
			out->procedure = json_bool(st->node, "is_procedure");
		}
		if (out->cls == ID_OPCLASS || out->cls == ID_OPFAMILY)
			out->args = json_str(st->node, "amname");
		return from_list(json_get(st->node, rows[i].list), out);
	}
	return false;
}

const char *
ident_kind(const struct sql_stmt *st)
{
	static const struct {
		const char *tag;
		const char *member, *value;	/* both NULL: always */
		const char *kind;
	} rows[] = {
		{ "CreateStmt", NULL, NULL, "table" },
		{ "ViewStmt", NULL, NULL, "view" },
		{ "CreateTableAsStmt", "objtype", "OBJECT_MATVIEW",
		    "materialized view" },
		{ "CreateTableAsStmt", NULL, NULL, "table" },
		{ "CreateForeignTableStmt", NULL, NULL, "foreign table" },
		{ "CreateSeqStmt", NULL, NULL, "sequence" },
		{ "IndexStmt", NULL, NULL, "index" },
		{ "CreateTrigStmt", NULL, NULL, "trigger" },
		{ "RuleStmt", NULL, NULL, "rule" },
		{ "CreatePolicyStmt", NULL, NULL, "policy" },
		{ "CreateSchemaStmt", NULL, NULL, "schema" },
		{ "CreateEnumStmt", NULL, NULL, "type" },
		{ "CreateRangeStmt", NULL, NULL, "type" },
		{ "CompositeTypeStmt", NULL, NULL, "type" },
		{ "CreateDomainStmt", NULL, NULL, "domain" },
		{ "CreateExtensionStmt", NULL, NULL, "extension" },
		{ "CreatePLangStmt", NULL, NULL, "language" },
		{ "CreateCastStmt", NULL, NULL, "cast" },
		{ "CreateOpClassStmt", NULL, NULL, "operator class" },
		{ "CreateOpFamilyStmt", NULL, NULL, "operator family" },
		{ "CreateConversionStmt", NULL, NULL, "conversion" },
		{ "CreateTransformStmt", NULL, NULL, "transform" },
		{ "CreateStatsStmt", NULL, NULL, "statistics" },
		{ "CreateFdwStmt", NULL, NULL, "foreign data wrapper" },
		{ "CreateForeignServerStmt", NULL, NULL, "server" },
		{ "CreateUserMappingStmt", NULL, NULL, "user mapping" },
		{ "CreateEventTrigStmt", NULL, NULL, "event trigger" },
		{ "CreatePublicationStmt", NULL, NULL, "publication" },
		{ "CreateSubscriptionStmt", NULL, NULL, "subscription" },
		{ "CreateAmStmt", NULL, NULL, "access method" },
		{ "CreateRoleStmt", NULL, NULL, "role" },
		{ "DefineStmt", "kind", "OBJECT_AGGREGATE", "aggregate" },
		{ "DefineStmt", "kind", "OBJECT_OPERATOR", "operator" },
		{ "DefineStmt", "kind", "OBJECT_TYPE", "type" },
		{ "DefineStmt", "kind", "OBJECT_COLLATION", "collation" },
		{ "DefineStmt", "kind", "OBJECT_TSPARSER",
		    "text search parser" },
		{ "DefineStmt", "kind", "OBJECT_TSTEMPLATE",
		    "text search template" },
		{ "DefineStmt", "kind", "OBJECT_TSDICTIONARY",
		    "text search dictionary" },
		{ "DefineStmt", "kind", "OBJECT_TSCONFIGURATION",
		    "text search configuration" },
	};

	if (strcmp(st->tag, "CreateFunctionStmt") == 0)
		return json_bool(st->node, "is_procedure") ? "procedure" :
		    "function";
	for (size_t i = 0; i < WM_LEN(rows); i++) {
		const char *v;

		if (strcmp(rows[i].tag, st->tag) != 0)
			continue;
		v = rows[i].member ? json_str(st->node, rows[i].member) : NULL;
		if (rows[i].member == NULL || (v != NULL &&
		    strcmp(v, rows[i].value) == 0))
			return rows[i].kind;
	}
	return NULL;
}

const char *
ident_key(struct arena *mem, const struct ident *id)
{
	return arena_printf(mem, "%d|%s|%s|%s|%s", id->cls,
	    id->schema ? id->schema : "", id->table ? id->table : "",
	    id->name, id->args ? id->args : "");
}

/* "a,b" as "a, b"; an operator without its left side has "none" there. */
static void
put_sides(struct sbuf *b, const char *args)
{
	if (strchr(args, ',') == NULL)
		sbuf_printf(b, " (none, %s)", args);
	else
		sbuf_printf(b, " (%.*s, %s)", (int)strcspn(args, ","), args,
		    strchr(args, ',') + 1);
}

/* Classes whose text is no qualified name. */
static bool
put_special(struct sbuf *b, const struct ident *id)
{
	switch (id->cls) {
	case ID_CAST:
		sbuf_printf(b, "(%s as %s)", id->name, id->args);
		return true;
	case ID_TRANSFORM:
		sbuf_printf(b, "for %s language ", id->name);
		sbuf_ident(b, id->args ? id->args : "");
		return true;
	case ID_USER_MAPPING:
		sbuf_puts(b, "for ");
		if (strncmp(id->name, "current_", 8) == 0 ||
		    strcmp(id->name, "public") == 0)
			sbuf_puts(b, id->name);
		else
			sbuf_ident(b, id->name);
		sbuf_puts(b, " server ");
		sbuf_ident(b, id->args ? id->args : "");
		return true;
	case ID_OPERATOR:
		if (id->schema != NULL) {
			sbuf_ident(b, id->schema);
			sbuf_putc(b, '.');
		}
		sbuf_puts(b, id->name);
		put_sides(b, id->args ? id->args : "");
		return true;
	default:
		return false;
	}
}

const char *
ident_text(struct arena *mem, const struct ident *id)
{
	WM_SBUF b = SBUF_INIT;
	bool on = id->cls == ID_TRIGGER || id->cls == ID_RULE ||
	    id->cls == ID_POLICY || id->cls == ID_CONSTRAINT;

	if (put_special(&b, id))
		return sbuf_take(&b, mem);
	if (on) {
		sbuf_ident(&b, id->name);
		sbuf_puts(&b, " on ");
	}
	if (id->schema != NULL && id->cls != ID_SCHEMA) {
		sbuf_ident(&b, id->schema);
		sbuf_putc(&b, '.');
	}
	sbuf_ident(&b, on ? id->table : id->name);
	if (id->cls == ID_FUNCTION)
		sbuf_printf(&b, "(%s)", id->args ? id->args : "");
	if (id->cls == ID_OPCLASS || id->cls == ID_OPFAMILY) {
		sbuf_puts(&b, " using ");
		sbuf_ident(&b, id->args ? id->args : "");
	}
	return sbuf_take(&b, mem);
}

void
ident_split(struct arena *mem, const char *text, const char **out_schema,
    const char **out_name)
{
	WM_SBUF b = SBUF_INIT;
	const char *prev = NULL;
	bool quoted = false;

	for (; *text != '\0' && (quoted || *text != '('); text++) {
		if (*text == '"' && quoted && text[1] == '"') {
			sbuf_putc(&b, '"');
			text++;
		} else if (*text == '"')
			quoted = !quoted;
		else if (*text == '.' && !quoted)
			prev = sbuf_take(&b, mem);
		else if (quoted)
			sbuf_putc(&b, *text);
		else if (!isspace((unsigned char)*text))
			sbuf_putc(&b, (char)tolower((unsigned char)*text));
	}
	*out_schema = prev ? prev : IDENT_SCHEMA;
	*out_name = sbuf_take(&b, mem);
}
