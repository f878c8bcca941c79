/* How functions, procedures and what OR REPLACE makes change. */
#include "decide_impl.h"

#include "text.h"

/* What CREATE OR REPLACE FUNCTION demands of the parameters. */
static const char *
parameters_differ(const struct json *was, const struct json *is)
{
	const struct json *a = json_get(was, "parameters");
	const struct json *b = json_get(is, "parameters");

	if (json_bool(was, "is_procedure") != json_bool(is, "is_procedure"))
		return "it is another kind of function";
	if (!sql_equal(json_get(was, "returnType"), json_get(is,
	    "returnType")))
		return "its return type changes";
	a = a ? a->first : NULL;
	b = b ? b->first : NULL;
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		const struct json *p = json_get(a, "FunctionParameter");
		const struct json *q = json_get(b, "FunctionParameter");
		const char *n = json_str(p, "name"), *m = json_str(q, "name");
		const char *mode = json_str(p, "mode");
		const char *mode2 = json_str(q, "mode");

		if (!sql_equal(json_get(p, "argType"), json_get(q, "argType")))
			return "a parameter's type changes";
		if (strcmp(mode ? mode : "", mode2 ? mode2 : "") != 0)
			return "a parameter's mode changes";
		if (n != NULL && strcmp(n, m ? m : "") != 0)
			return "a parameter's name changes";
		if (json_get(p, "defexpr") != NULL &&
		    json_get(q, "defexpr") == NULL)
			return "a parameter's default is gone";
	}
	return a != NULL || b != NULL ? "its parameters change" : NULL;
}

bool
decide_function(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	const char *why;

	if (!decide_same_first(d, was, is) ||
	    strcmp(is->stmts[0].tag, "CreateFunctionStmt") != 0)
		return decide_recreate(c, "its signature changes");
	why = parameters_differ(was->stmts[0].node, is->stmts[0].node);
	if (why != NULL)
		return decide_recreate(c, why);
	if (!decide_repeatable(d, c, was, is))
		return decide_recreate(c,
		    "its text makes more than the function");
	decide_fate(c, FATE_REPLACE, NULL);
	return true;
}

bool
decide_replaced(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	if (!decide_same_first(d, was, is) || !text_repeatable(d, &is->stmts[0])
	    ||
	    !decide_repeatable(d, c, was, is))
		return decide_recreate(c, NULL);
	decide_fate(c, FATE_REPLACE, NULL);
	return true;
}

bool
decide_aggregate(struct diff *d, struct change *c, struct parsed *was,
    struct parsed *is)
{
	static const char *const names[] = { "stype", "finalfunc",
		"finalfunc_extra", "hypothetical" };
	const struct json *a, *b;

	if (was->n == 0 || is->n == 0)
		return decide_recreate(c, NULL);
	a = was->stmts[0].node;
	b = is->stmts[0].node;
	if (!sql_equal(json_get(a, "args"), json_get(b, "args")))
		return decide_recreate(c, "its parameters change");
	a = json_get(a, "definition");
	b = json_get(b, "definition");
	for (size_t i = 0; i < WM_LEN(names); i++)
		if (!sql_equal(sql_option(a, names[i]), sql_option(b,
		    names[i])))
			return decide_recreate(c, "its result may change");
	return decide_replaced(d, c, was, is);
}
