/*
 * tabdef.c - styles in the form of a Tcl command.
 */
#include <stdlib.h>

#include "args.h"
#include "diag.h"
#include "style.h"
#include "where.h"

static const char *const table_order[] = { "-focus", "-fields" };
static const struct abbrev table_switches[] = {
	{ "focus", 2, "focus" }, { "fields", 1, "fields" },
	{ "display", 1, "display" }, { "sort", 2, "sort" },
	{ "subviews", 2, "subviews" }, { "actions", 1, "actions" },
	{ "json", 1, "json" }, { NULL, 0, NULL }
};

static const char *const field_order[] = { "-input", "-size", "-sub" };
static const struct abbrev field_switches[] = {
	{ "column", 2, "column" }, { "title", 2, "title" },
	{ "help", 2, "help" }, { "subframe", 2, "subframe" },
	{ "onvalue", 3, "onvalue" }, { "offvalue", 4, "offvalue" },
	{ "special", 3, "special" }, { "spf", 3, "special" },
	{ "background", 2, "background" }, { "bg", 2, "background" },
	{ "justify", 2, "justify" }, { "initial", 3, "initial" },
	{ "template", 3, "template" }, { "optional", 3, "optional" },
	{ "state", 3, "state" }, { "write", 2, "write" },
	{ "depend", 3, "depend" }, { "display", 2, "display" },
	{ "inside", 3, "inside" }, { "input", 3, "input" },
	{ "sort", 2, "sort" }, { "hint", 2, "hint" }, { NULL, 0, NULL }
};

static const char *const action_order[] = { "-format" };
static const struct abbrev action_switches[] = {
	{ "format", 1, "format" }, { "ask", 1, "ask" },
	{ "single", 1, "single" }, { "options", 1, "options" },
	{ NULL, 0, NULL }
};

static const char *const option_order[] = { "-tag", "-type", "-input", "-size",
	"-subframe" };
static const struct abbrev option_switches[] = {
	{ "tag", 2, "tag" }, { "type", 2, "type" }, { "input", 3, "input" },
	{ "size", 2, "size" }, { "subframe", 2, "subframe" },
	{ "spf", 3, "special" }, { "special", 2, "special" },
	{ "template", 2, "template" }, { "hint", 1, "hint" },
	{ "initial", 3, "initial" }, { "focus", 1, "focus" },
	{ "onvalue", 2, "onvalue" }, { "offvalue", 3, "offvalue" },
	{ NULL, 0, NULL }
};

/* One tabdef on its way. */
struct def {
	struct style s;
	struct where where;
	struct loc at;		/* of the command, or of the field in it */
};

static bool
fail(const struct def *d, const char *what)
{
	diag_error(&d->at, "%s", what);
	parse_quote(d->s.p, &d->at);
	return false;
}

/* A word in UTF-8; NULL, with a message in Tcl, where it cannot be told. */
static const char *
plain(const struct def *d, Tcl_Obj *word)
{
	int len;
	const char *s = Tcl_GetStringFromObj(word, &len);

	s = tcl_utf8(d->s.p->mem, s, (size_t)len);
	if (s == NULL)
		fail(d, "a style holds a NUL character or half of a surrogate "
		    "pair");
	return s;
}

static bool
elements(const struct def *d, Tcl_Obj *list, int *n, Tcl_Obj ***v)
{
	if (Tcl_ListObjGetElements(d->s.p->interp, list, n, v) == TCL_OK)
		return true;
	return fail(d, Tcl_GetString(Tcl_GetObjResult(d->s.p->interp)));
}

/* A copy of a list for args.h, with its switches written out. */
static Tcl_Obj *
switches_of(Tcl_Obj *const *v, int n, const char *const *order,
    size_t n_order, const struct abbrev *table)
{
	Tcl_Obj *list = Tcl_NewListObj(n, v);

	Tcl_IncrRefCount(list);
	args_fill(list, order, n_order);
	args_expand(list, table);
	return list;
}

/* A whole number as JSON has it; NULL where the word is none. */
static const char *
whole(const struct def *d, Tcl_Obj *word)
{
	const char *s = Tcl_GetString(word);
	Tcl_WideInt n;

	if (*s == '\0' || Tcl_GetWideIntFromObj(NULL, word, &n) != TCL_OK)
		return NULL;
	return arena_printf(d->s.p->mem, "%lld", (long long)n);
}

static bool
is_number(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	if (n == 0 || (n > 1 && *s == '0'))
		return false;
	s += n;
	if (*s != '.')
		return *s == '\0';
	n = strspn(++s, "0123456789");
	return n > 0 && s[n] == '\0';
}

/*
 * The value of a field's switch: a whole number, a list of several words, or a
 * text.
 */
static struct json *
value(const struct def *d, Tcl_Obj *word)
{
	struct arena *mem = d->s.p->mem;
	const char *s = whole(d, word);
	Tcl_Obj **v;
	struct json *list;
	int n;

	if (s != NULL)
		return json_new(mem, JSON_NUMBER, s);
	if (Tcl_ListObjGetElements(NULL, word, &n, &v) != TCL_OK || n < 2) {
		s = plain(d, word);
		return s ? json_new(mem, JSON_STRING, s) : NULL;
	}
	list = json_new(mem, JSON_ARRAY, NULL);
	for (int i = 0; i < n; i++) {
		s = plain(d, v[i]);
		if (s == NULL)
			return NULL;
		json_push(list, NULL, json_new(mem, is_number(s) ?
		    JSON_NUMBER : JSON_STRING, s));
	}
	return list;
}

/* Switch I of a list; NULL, with a message in Tcl, where none stands there. */
static const char *
switch_name(const struct def *d, Tcl_Obj *word)
{
	const char *s = plain(d, word);

	if (s == NULL || (s[0] == '-' && s[1] != '\0'))
		return s != NULL ? s + 1 : NULL;
	fail(d, arena_printf(d->s.p->mem, "a switch is expected, not \"%s\"",
	    s));
	return NULL;
}

static bool
field(struct def *d, Tcl_Obj *word)
{
	const char *end = where_enter(&d->where, word);
	const char *col, *name;
	Tcl_Obj **v, *list;
	struct json *j;
	bool ok = true;
	int n;

	d->at = end != NULL ? where_here(&d->where) : parse_here(d->s.p);
	if (!elements(d, word, &n, &v))
		return false;
	if (n == 0)
		return fail(d, "a field names no column");
	col = plain(d, v[0]);
	if (col == NULL)
		return false;
	if (*col == '\0')
		return fail(d, "a field names no column");
	list = switches_of(v + 1, n - 1, field_order, WM_LEN(field_order),
	    field_switches);
	Tcl_ListObjGetElements(NULL, list, &n, &v);
	for (int i = 0; ok && i < n; i += 2) {
		name = switch_name(d, v[i]);
		j = name == NULL ? NULL : i + 1 < n ? value(d, v[i + 1]) :
		    json_new(d->s.p->mem, JSON_STRING, "");
		ok = j != NULL;
		if (ok)
			style_put(&d->s, col, name, j, &d->at);
	}
	Tcl_DecrRefCount(list);
	if (end != NULL)
		where_leave(&d->where, end);
	return ok;
}

/* The switches of a list as members of an object, all of them texts. */
static bool
members(const struct def *d, Tcl_Obj *list, struct json *to)
{
	Tcl_Obj **v;
	int n;

	Tcl_ListObjGetElements(NULL, list, &n, &v);
	for (int i = 0; i < n; i += 2) {
		const char *name = switch_name(d, v[i]);
		const char *s = name == NULL ? NULL : i + 1 < n ?
		    plain(d, v[i + 1]) : "";

		if (s == NULL)
			return false;
		json_push(to, name, json_new(d->s.p->mem, JSON_STRING, s));
	}
	return true;
}

static bool
options(const struct def *d, Tcl_Obj *list, struct json *action)
{
	struct json *all = json_new(d->s.p->mem, JSON_ARRAY, NULL);
	Tcl_Obj **v, **w, *words;
	int n, k;
	bool ok = elements(d, list, &n, &v);

	for (int i = 0; ok && i < n; i++) {
		struct json *one = json_new(d->s.p->mem, JSON_OBJECT, NULL);

		ok = elements(d, v[i], &k, &w);
		if (!ok || k == 0)
			continue;
		words = switches_of(w, k, option_order,
		    WM_LEN(option_order), option_switches);
		ok = members(d, words, one);
		Tcl_DecrRefCount(words);
		json_push(all, NULL, one);
	}
	if (ok && all->first != NULL)
		json_push(action, "options", all);
	return ok;
}

static bool
actions(const struct def *d, Tcl_Obj *list)
{
	struct json *all = json_new(d->s.p->mem, JSON_ARRAY, NULL);
	Tcl_Obj **v, **w, *words, *opts;
	int n, k;
	bool ok = elements(d, list, &n, &v);

	for (int i = 0; ok && i < n; i++) {
		struct json *one = json_new(d->s.p->mem, JSON_OBJECT, NULL);
		const char *name;

		ok = elements(d, v[i], &k, &w);
		name = ok && k > 0 ? plain(d, w[0]) : NULL;
		if (name == NULL)
			return ok && k == 0 ?
			    fail(d, "an action has no name") : false;
		json_push(one, "name", json_new(d->s.p->mem, JSON_STRING,
		    name));
		words = switches_of(w + 1, k - 1, action_order,
		    WM_LEN(action_order), action_switches);
		opts = args_take(words, "-options");
		ok = (opts == NULL || options(d, opts, one)) &&
		    members(d, words, one);
		if (opts != NULL)
			Tcl_DecrRefCount(opts);
		Tcl_DecrRefCount(words);
		json_push(all, NULL, one);
	}
	if (ok && all->first != NULL)
		style_put(&d->s, NULL, "actions", all, &d->at);
	return ok;
}

/* -json {name JSON ...}: styles as they stand. */
static bool
json_styles(const struct def *d, Tcl_Obj *list)
{
	Tcl_Obj **v;
	int n;

	if (!elements(d, list, &n, &v))
		return false;
	for (int i = 0; i < n; i += 2) {
		const char *name = plain(d, v[i]);
		const char *text = i + 1 < n ? plain(d, v[i + 1]) : "";
		const struct json *j;

		if (name == NULL || text == NULL)
			return false;
		name += *name == '-';
		j = json_parse(d->s.p->mem, text, strlen(text),
		    arena_printf(d->s.p->mem, "%s:%d: -json %s", d->at.file,
		    d->at.line, name), JSON_DEPTH);
		if (j != NULL)
			style_put(&d->s, NULL, name, j, &d->at);
	}
	return true;
}

/* A list of names: as the table's style where it is one, and as places. */
static bool
names(const struct def *d, Tcl_Obj *list, const char *name, bool style,
    bool places)
{
	struct json *all = json_new(d->s.p->mem, JSON_ARRAY, NULL);
	WM_VEC cols = VEC_INIT;
	Tcl_Obj **v;
	int n;

	if (!elements(d, list, &n, &v))
		return false;
	for (int i = 0; i < n; i++) {
		const char *s = plain(d, v[i]);

		if (s == NULL)
			return false;
		json_push(all, NULL, json_new(d->s.p->mem, JSON_STRING, s));
		vec_push(&cols, s);
	}
	if (style && n > 0)
		style_put(&d->s, NULL, name, all, &d->at);
	if (places)
		style_places(&d->s, name, &cols, &d->at);
	return true;
}

static bool
focus(const struct def *d, Tcl_Obj *word)
{
	struct json *yes = json_new(d->s.p->mem, JSON_BOOL, NULL);
	const char *col = plain(d, word);

	if (col == NULL || *col == '\0')
		return col != NULL;
	style_put(&d->s, NULL, "focus", json_new(d->s.p->mem, JSON_STRING,
	    col), &d->at);
	yes->boolean = true;
	if (!style_has(&d->s, col, "focus"))
		style_put(&d->s, col, "focus", yes, &d->at);
	return true;
}

static void
define(struct def *d, Tcl_Obj *list)
{
	static const char *const takes[] = { "-fields", "-actions", "-json",
		"-display", "-subviews", "-focus", "-sort" };
	Tcl_Obj *part[WM_LEN(takes)], **v;
	bool ok = true;
	int n;

	for (size_t i = 0; i < WM_LEN(takes); i++)
		part[i] = args_take(list, takes[i]);
	style_begin(&d->s, &d->at);
	if (part[0] != NULL) {
		ok = elements(d, part[0], &n, &v);
		for (int i = 0; ok && i < n; i++)
			ok = field(d, v[i]);
	}
	d->at = parse_here(d->s.p);
	ok = ok && (part[1] == NULL || actions(d, part[1])) &&
	    (part[2] == NULL || json_styles(d, part[2])) &&
	    (part[5] == NULL || focus(d, part[5])) &&
	    (part[3] == NULL || names(d, part[3], "display", true, true)) &&
	    (part[4] == NULL || names(d, part[4], "subviews", true, false)) &&
	    (part[6] == NULL || names(d, part[6], "sort", false, true));
	for (size_t i = 0; i < WM_LEN(takes); i++)
		if (part[i] != NULL)
			Tcl_DecrRefCount(part[i]);
	Tcl_ListObjLength(NULL, list, &n);
	if (ok && n > 0) {
		diag_warn(&d->at, "style", "not understood, left out: %s",
		    Tcl_GetString(list));
		parse_quote(d->s.p, &d->at);
	}
}

int
style_command(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[])
{
	struct def d = { .s = { .p = data } };
	Tcl_Obj *list;

	if (objc < 2) {
		Tcl_WrongNumArgs(interp, 1, objv,
		    "table ?focus? ?fields? ?-switch value ...?");
		return TCL_ERROR;
	}
	if (!where_table(data, Tcl_GetString(objv[1]), &d.s.sch, &d.s.tab))
		return TCL_ERROR;
	d.s.module = d.s.p->module;
	d.at = parse_here(d.s.p);
	where_start(&d.where, data);
	list = switches_of(objv + 2, objc - 2, table_order,
	    WM_LEN(table_order), table_switches);
	define(&d, list);
	Tcl_DecrRefCount(list);
	return TCL_OK;		/* what is wrong is reported */
}
