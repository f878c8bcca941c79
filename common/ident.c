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
		type = sql_type_text(mem, json_get(p, "argType"));
		sbuf_printf(&b, "%s%s", b.len ? "," : "", type ? type : "?");
	}
	return sbuf_take(&b, mem);
}

/* CREATE AGGREGATE, OPERATOR, TYPE (INPUT = ...): one kind of statement. */
static bool
of_define(struct arena *mem, const struct json *node, struct ident *out)
{
	const char *kind = json_str(node, "kind");
	const struct json *args = json_get(node, "args");
	const struct json *opts = json_get(node, "definition");
	static const char *const sides[] = { "leftarg", "rightarg" };
	WM_SBUF b = SBUF_INIT;

	if (kind == NULL)
		return false;
	if (strcmp(kind, "OBJECT_AGGREGATE") == 0) {
		out->cls = ID_FUNCTION;
		/* direct and ordered arguments in one list, then a number */
		out->args = arg_types(mem, json_get2(args ? args->first : NULL,
		    "List", "items"));
	} else if (strcmp(kind, "OBJECT_OPERATOR") == 0) {
		out->cls = ID_OPERATOR;
		for (size_t i = 0; i < WM_LEN(sides); i++) {
			const struct json *type = json_get(sql_defelem(opts,
			    sides[i]), "TypeName");
			const char *text = sql_type_text(mem, type);

			if (type != NULL)
				sbuf_printf(&b, "%s%s", b.len ? "," : "",
				    text ? text : "?");
		}
		out->args = sbuf_take(&b, mem);
	} else if (strcmp(kind, "OBJECT_TYPE") == 0)
		out->cls = ID_TYPE;
	else
		return false;
	return from_list(json_get(node, "defnames"), out);
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
	};
	const char *name;

	memset(out, 0, sizeof(*out));
	if (strcmp(st->tag, "CreateTableAsStmt") == 0) {
		out->cls = ID_RELATION;
		return from_rangevar(json_get2(st->node, "into", "rel"), out);
	}
	if (strcmp(st->tag, "DefineStmt") == 0)
		return of_define(mem, st->node, out);
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
		return from_list(json_get(st->node, rows[i].list), out);
	}
	return false;
}

const char *
ident_key(struct arena *mem, const struct ident *id)
{
	return arena_printf(mem, "%d|%s|%s|%s|%s", id->cls,
	    id->schema ? id->schema : "", id->table ? id->table : "",
	    id->name, id->args ? id->args : "");
}

const char *
ident_text(struct arena *mem, const struct ident *id)
{
	WM_SBUF b = SBUF_INIT;
	bool on = id->cls == ID_TRIGGER || id->cls == ID_RULE ||
	    id->cls == ID_POLICY;

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
