/*
 * What is special about each type of object: its create text is completed, and
 * its name, dependencies and drop text are found in it.
 */
#include "dialect_impl.h"

#include <ctype.h>

#include "sql.h"

/* Whether the default drop is needed: alone, or to be extended. */
static bool
default_drop(const struct def *d)
{
	const char *s = def_part(d, DROP);

	while (isspace((unsigned char)*s))
		s++;
	return *s == '\0' || *s == '+' || *s == '@';
}

static bool
complete(const char *create)
{
	return strncasecmp(create, "create ", 7) == 0;
}

/* Put text in front of, and behind, the create text. */
static void
wrap(struct def *d, const char *after, const char *fmt, ...)
    WM_PRINTF(3, 4);

static void
wrap(struct def *d, const char *after, const char *fmt, ...)
{
	WM_MTEXT new = MTEXT_INIT;
	WM_SBUF head = SBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sbuf_vprintf(&head, fmt, ap);
	va_end(ap);
	mtext_made(&new, sbuf_str(&head), head.len);
	mtext_append(&new, &d->create, 0, d->create.s.len);
	mtext_made(&new, after, strlen(after));
	mtext_clear(&d->create);
	d->create = new;
	new = (struct mtext)MTEXT_INIT;
}

/* The first group of a match. */
static bool
match(struct def *d, const char *pattern, const char *text, char **out)
{
	Tcl_Obj *re = Tcl_NewStringObj(pattern, -1);
	Tcl_Obj *str = Tcl_NewStringObj(text, -1);
	Tcl_RegExpInfo info;
	Tcl_RegExp exp;
	bool hit;

	Tcl_IncrRefCount(re);
	Tcl_IncrRefCount(str);
	exp = Tcl_GetRegExpFromObj(d->p->interp, re,
	    TCL_REG_ADVANCED | TCL_REG_NOCASE);
	hit = exp != NULL &&
	    Tcl_RegExpExecObj(d->p->interp, exp, str, 0, 2, 0) == 1;
	if (hit) {
		Tcl_Obj *group;

		Tcl_RegExpGetInfo(exp, &info);
		group = Tcl_GetRange(str, (int)info.matches[1].start,
		    (int)info.matches[1].end - 1);
		Tcl_IncrRefCount(group);
		*out = arena_strdup(d->p->mem, Tcl_GetString(group));
		Tcl_DecrRefCount(group);
	}
	Tcl_DecrRefCount(re);
	Tcl_DecrRefCount(str);
	return hit;
}

static bool
wrap_table(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "\n)", "create table %s (\n", def_part(d, NAME));
	return true;
}

static bool
wrap_view(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create view %s as ", def_part(d, NAME));
	return true;
}

static bool
wrap_sequence(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create sequence %s ", def_part(d, NAME));
	return true;
}

static bool
wrap_schema(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s))) {
		sbuf_reset(&d->create.s);
		d->create.n = 0;
		wrap(d, "", "create schema %s;", def_part(d, NAME));
	}
	return true;
}

static bool
wrap_other(struct def *d)
{
	if (d->create.s.len == 0)
		return def_fail(d, "other \"%s\" needs a create text",
		    def_part(d, NAME));
	if (def_part(d, DROP)[0] == '\0')
		return def_fail(d, "other \"%s\" needs a drop text",
		    def_part(d, NAME));
	return true;
}

static bool
wrap_index(struct def *d)
{
	const char *create = sbuf_str(&d->create.s);
	const char *tab, *dot;
	WM_SBUF name = SBUF_INIT;
	WM_SBUF cols = SBUF_INIT;
	WM_SBUF drop = SBUF_INIT;
	Tcl_Obj *list;
	bool ok;

	if (complete(create)) {
		if (def_part(d, NAME)[0] == '\0')
			return def_fail(d,
			    "an index with a complete create text "
			    "needs a name");
		return true;
	}
	/* the first word of several; one is taken as it is */
	tab = d->deps.n > 1 ? d->deps.v[0] : def_part(d, DEP);
	if (*tab == '\0')
		return def_fail(d, "index \"%s\" needs its table as first "
		    "dependency", def_part(d, NAME));
	list = Tcl_NewStringObj(create, (int)d->create.s.len);
	Tcl_IncrRefCount(list);
	if (def_part(d, NAME)[0] != '\0')
		sbuf_puts(&name, def_part(d, NAME));
	else {
		for (const char *s = tab; *s != '\0'; s++)
			sbuf_putc(&name, *s == '.' ? '_' : *s);
		sbuf_puts(&name, "_x_");
		if (!def_join(d, list, "_", &name)) {
			Tcl_DecrRefCount(list);
			return false;
		}
	}
	if (def_part(d, DROP)[0] == '\0') {
		dot = strchr(tab, '.');
		sbuf_puts(&drop, "drop index if exists ");
		if (dot != NULL)
			sbuf_putn(&drop, tab, (size_t)(dot - tab) + 1);
		sbuf_printf(&drop, "%s;", sbuf_str(&name));
		mtext_made(&d->drop, sbuf_str(&drop), drop.len);
	}
	ok = true;
	if (create[0] == '(')
		wrap(d, ")", "create index %s on %s (", sbuf_str(&name), tab);
	else if ((ok = def_join(d, list, ",", &cols))) {
		/* one column keeps its place in the source */
		if (cols.len != d->create.s.len ||
		    memcmp(sbuf_str(&cols), create, cols.len) != 0) {
			mtext_clear(&d->create);
			mtext_made(&d->create, sbuf_str(&cols), cols.len);
		}
		wrap(d, ")", "create index %s on %s (", sbuf_str(&name), tab);
	}
	Tcl_DecrRefCount(list);
	sbuf_reset(&d->name.s);
	mtext_made(&d->name, sbuf_str(&name), name.len);
	return ok;
}

/* Whether two lists of function parameters have the same input types. */
static const char *
signature(struct arena *mem, const struct json *list, const char *mode_key)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		const struct json *par = json_get(j, "FunctionParameter");
		const struct json *type = par ? json_get(par, "argType") :
		    json_get(j, "TypeName");
		const char *mode = json_str(par, mode_key), *text;

		if (mode != NULL && (strcmp(mode, "FUNC_PARAM_OUT") == 0 ||
		    strcmp(mode, "FUNC_PARAM_TABLE") == 0))
			continue;
		text = sql_type_text(mem, type);
		if (text == NULL)
			return NULL;
		if (b.len > 0)
			sbuf_putc(&b, ',');
		sbuf_puts(&b, text);
	}
	return sbuf_take(&b, mem);
}

/*
 * The default drop of a function whose recorded name is no valid signature of
 * it (modifiers, types of several words, out arguments, defaults with commas):
 * made from what the parser reads.
 */
static void
function_drop(struct def *d, const char *func)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;
	const char *sql, *want, *have = NULL;
	const struct json *obj;

	if (!sql_parse(mem, sbuf_str(&d->create.s), &st, &n, &err) || n == 0 ||
	    strcmp(st[0].tag, "CreateFunctionStmt") != 0)
		return;
	want = signature(mem, json_get(st[0].node, "parameters"), "mode");
	if (want == NULL)
		return;
	sql = arena_printf(mem, "drop function %s", sbuf_str(&d->name.s));
	if (sql_parse(mem, sql, &st, &n, &err) && n == 1 &&
	    strcmp(st[0].tag, "DropStmt") == 0) {
		obj = json_get(st[0].node, "objects");
		obj = obj ? json_get(obj->first, "ObjectWithArgs") : NULL;
		have = signature(mem, json_get(obj, "objargs"), "mode");
	}
	if (have != NULL && strcmp(have, want) == 0)
		return;
	d->drop_what = arena_printf(d->p->mem, "%s(%s)", func, want);
}

/* Whether an argument has two words at most, and the second is its type. */
static bool
plain_argument(const char *arg, size_t len)
{
	/* with these, types of several words begin */
	static const char *const starts[] = { "bit", "char", "character",
		"double", "in", "inout", "interval", "national", "nchar", "out",
		"setof", "time", "timestamp", "variadic" };
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]";
	const char *end = arg + len;
	size_t n = 0, first = 0, k;

	for (const char *s = arg; s < end; s += k) {
		k = strspn(s, name);
		if (k > (size_t)(end - s))
			k = (size_t)(end - s);
		if (k == 0 && !isspace((unsigned char)*s))
			return false;
		if (k == 0) {
			k = 1;
			continue;
		}
		if (n++ > 0)
			continue;
		for (size_t i = 0; i < WM_LEN(starts); i++)
			if (strlen(starts[i]) == k &&
			    strncasecmp(starts[i], s, k) == 0)
				first = 1;
	}
	return n < 2 || (n == 2 && first == 0);
}

static bool
wrap_function(struct def *d)
{
	const char *name = def_part(d, NAME);
	const char *open = strchr(name, '('), *close, *s;
	WM_SBUF norm = SBUF_INIT;
	char *func;
	/* what needs no look: arguments of one or two plain words */
	bool plain = open != NULL && strchr(open + 1, '(') == NULL;

	close = open ? strchr(open, ')') : NULL;
	if (close == NULL)
		return def_fail(d, "function \"%s\" has no argument list",
		    name);
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create function %s ", name);
	func = arena_strndup(d->p->mem, name, (size_t)(open - name));
	sbuf_printf(&norm, "%s(", func);
	/* an empty list has no elements; "a,,b" has an empty one */
	for (s = open + 1; open + 1 < close && s <= close;) {
		size_t len = strcspn(s, ",)");
		Tcl_Obj *arg = Tcl_NewStringObj(s, (int)len), **words;
		int n, first = 0;
		WM_MTEXT type = MTEXT_INIT;
		const char *w = "";

		Tcl_IncrRefCount(arg);
		if (Tcl_ListObjGetElements(d->p->interp, arg, &n, &words) !=
		    TCL_OK) {
			Tcl_DecrRefCount(arg);
			return false;
		}
		if (n > 0) {
			w = Tcl_GetString(words[0]);
			first = strcmp(w, "in") == 0 || strcmp(w, "out") == 0 ||
			    strcmp(w, "inout") == 0;
		}
		plain = plain && plain_argument(s, len);
		if (n - first > 1)
			w = Tcl_GetString(words[first + 1]);
		else if (first)
			w = n > 1 ? Tcl_GetString(words[1]) : "";
		else
			w = Tcl_GetString(arg);
		mtext_made(&type, w, strlen(w));
		mtext_trim(d->p, &type);
		if (s != open + 1)
			sbuf_putc(&norm, ',');
		sbuf_puts(&norm, sbuf_str(&type.s));
		Tcl_DecrRefCount(arg);
		s += len + 1;
	}
	sbuf_putc(&norm, ')');
	sbuf_reset(&d->name.s);
	mtext_made(&d->name, sbuf_str(&norm), norm.len);
	mtext_trim(d->p, &d->name);
	if (default_drop(d) && !plain)
		function_drop(d, func);
	return true;
}

/*
 * Where a trigger's or rule's text names its table and function. The second
 * pattern is tried where the first one, the older tool's, finds nothing.
 */
static const char *const trigger_table[] = {
	"[\\n ]+on[\\n ]+([^\\n ]*)[\\n ]+.*for[\\n ]",
	"\\son\\s+(\\S*)\\s+.*for\\s"
};
static const char *const trigger_function[] = {
	"procedure ([^\\n (]*)\\((.*)\\)",
	"(?:procedure|function)\\s+([^\\s(]*)\\s*\\((.*)\\)"
};
static const char *const rule_table[] = {
	"[\\n ]+to[\\n ]+([^\\n ]*)[\\n ]+.*[dw][oh][\\n ]",
	"\\sto\\s+(\\S*)\\s+.*[dw][oh]\\s"
};

/* The first group of a match in the create text, or NULL. */
static const char *
find(struct def *d, const char *const pattern[2], size_t tries)
{
	char *hit;

	for (size_t i = 0; i < tries; i++)
		if (match(d, pattern[i], sbuf_str(&d->create.s), &hit))
			return hit;
	return NULL;
}

/* What triggers and rules share: the table in the text, deps, drop. */
static bool
wrap_on_table(struct def *d, const char *const table[2],
    const char *const function[2], const char *as)
{
	const char *type = d->kind->name, *name = def_part(d, NAME);
	/* given dependencies are enough, and then were all there was */
	size_t tries = d->deps.n > 0 ? 1 : 2;
	const char *tab = find(d, table, tries), *fnc;

	if (tab == NULL && tries > 1)
		return def_fail(d, "no table is found in %s \"%s\"", type,
		    name);
	fnc = function != NULL ? find(d, function, tries) : NULL;
	if (function != NULL && fnc == NULL && tries > 1)
		return def_fail(d, "no function is found in %s \"%s\"", type,
		    name);
	if (tab != NULL && tab[0] != '\0')
		vec_push(&d->deps, tab);
	if (fnc != NULL && fnc[0] != '\0')
		vec_push(&d->deps, arena_printf(d->p->mem, "%s()", fnc));
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create %s %s %s", type, name, as);
	if (!default_drop(d))
		return true;
	tab = find(d, table, 2);
	if (tab == NULL)
		return def_fail(d,
		    "no table is found in %s \"%s\", which has no "
		    "drop text", type, name);
	d->drop_what = arena_printf(d->p->mem, "%s on %s", name, tab);
	return true;
}

static bool
wrap_trigger(struct def *d)
{
	return wrap_on_table(d, trigger_table, trigger_function, "");
}

static bool
wrap_rule(struct def *d)
{
	return wrap_on_table(d, rule_table, NULL, "as ");
}

void
def_drop(struct def *d)
{
	const char *s = sbuf_str(&d->drop.s), *typ = d->kind->name;
	const char *nam = d->drop_what ? d->drop_what : sbuf_str(&d->name.s);
	WM_SBUF b = SBUF_INIT;

	if (*s == '\0')
		sbuf_printf(&b, "drop %s if exists %s;", typ, nam);
	else if (*s == '+')
		sbuf_printf(&b, "drop %s if exists %s; %s", typ, nam, s + 1);
	else if (*s == '@')
		sbuf_printf(&b, "%s; drop %s if exists %s", s + 1, typ, nam);
	else
		sbuf_puts(&b, s);
	if (b.s[b.len - 1] != ';')
		sbuf_putc(&b, ';');
	mtext_clear(&d->drop);
	mtext_made(&d->drop, b.s, b.len);
}

const struct shape shapes[] = {
	{ "table", wrap_table, false, false },
	{ "view", wrap_view, true, false },
	{ "sequence", wrap_sequence, false, true },
	{ "index", wrap_index, false, true },
	{ "function", wrap_function, false, true },
	{ "trigger", wrap_trigger, false, true },
	{ "rule", wrap_rule, false, true },
	{ "schema", wrap_schema, false, true },
	{ "other", wrap_other, false, true },
	{ NULL, NULL, false, false }
};
