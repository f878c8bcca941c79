#include "dialect.h"

#include <ctype.h>
#include <stdlib.h>

#include "args.h"
#include "check.h"
#include "diag.h"
#include "macro.h"
#include "sql.h"
#include "style.h"
#include "text.h"

static const struct abbrev object_switches[] = {
	{ "name", 2, "name" }, { "dependency", 2, "dep" },
	{ "create", 2, "create" }, { "drop", 2, "drop" },
	{ "grant", 2, "grant" }, { "text", 1, "text" },
	{ NULL, 0, NULL }
};
static const struct abbrev view_switches[] = {
	{ "native", 3, "native" }, { "primarykeys", 3, "prim" },
	{ NULL, 0, NULL }
};
static const struct abbrev privileges[] = {
	{ "select", 1, "select" }, { "insert", 1, "insert" },
	{ "update", 1, "update" }, { "delete", 1, "delete" },
	{ "execute", 1, "execute" }, { "usage", 2, "usage" },
	{ NULL, 0, NULL }
};
static const char *const positional[] = { "-name", "-dep", "-create", "-drop",
	"-grant" };

/* The parts of a definition, as words of the command gave them. */
enum part { NAME, DEP, CREATE, DROP, GRANT, TEXT, NATIVE, PRIM, N_PARTS };
static const char *const part_switch[] = { "-name", "-dep", "-create", "-drop",
	"-grant", "-text", "-native", "-prim" };

/* An object on its way from the command to the model. */
struct def {
	struct parse *p;
	const struct kind *kind;
	Tcl_Obj *part[N_PARTS];		/* owned references */
	struct mtext name;
	struct mtext create;
	struct mtext drop;
	const char *drop_what;		/* behind "if exists"; NULL: the name */
	struct vec deps;		/* of const char *, words as given */
	bool not_text;			/* holds a NUL, or half a character */
};

/* What is special about one type; a row of the table at the end. */
struct shape {
	const char *name;
	bool (*wrap)(struct def *d);	/* complete create, name, deps, drop */
	bool view;			/* takes -native and -primarykeys */
	bool returns;			/* its command's result is the name */
};

static bool
fail(const struct def *d, const char *fmt, ...) WM_PRINTF(2, 3);

static bool
fail(const struct def *d, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	Tcl_SetObjResult(d->p->interp, Tcl_NewStringObj(text, -1));
	return false;
}

static const char *
part(const struct def *d, enum part which)
{
	return d->part[which] ? Tcl_GetString(d->part[which]) : "";
}

static void
part_text(const struct def *d, enum part which, struct mtext *out)
{
	int len;
	const char *s;

	if (d->part[which] == NULL)
		return;
	s = Tcl_GetStringFromObj(d->part[which], &len);
	mtext_source(out, s, (size_t)len, 0);
}

/* Whether the default drop is needed: alone, or to be extended. */
static bool
default_drop(const struct def *d)
{
	const char *s = part(d, DROP);

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

/* Tcl's text as the model keeps it; "" where it cannot be told as UTF-8. */
static const char *
plain_text(struct def *d, const char *s, size_t len)
{
	const char *plain = tcl_utf8(d->p->mem, s, len);

	d->not_text = d->not_text || plain == NULL;
	return plain != NULL ? plain : "";
}

/* The elements of a part that is a list. */
static bool
list_of(struct def *d, Tcl_Obj *list, int *n, Tcl_Obj ***elements)
{
	*n = 0;
	return list == NULL || Tcl_ListObjGetElements(d->p->interp, list, n,
	    elements) == TCL_OK;
}

static bool
wrap_table(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "\n)", "create table %s (\n", part(d, NAME));
	return true;
}

static bool
wrap_view(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create view %s as ", part(d, NAME));
	return true;
}

static bool
wrap_sequence(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s)))
		wrap(d, "", "create sequence %s ", part(d, NAME));
	return true;
}

static bool
wrap_schema(struct def *d)
{
	if (!complete(sbuf_str(&d->create.s))) {
		sbuf_reset(&d->create.s);
		d->create.n = 0;
		wrap(d, "", "create schema %s;", part(d, NAME));
	}
	return true;
}

static bool
wrap_other(struct def *d)
{
	if (d->create.s.len == 0)
		return fail(d, "other \"%s\" needs a create text",
		    part(d, NAME));
	if (part(d, DROP)[0] == '\0')
		return fail(d, "other \"%s\" needs a drop text",
		    part(d, NAME));
	return true;
}

/* Tcl's [join LIST SEPARATOR], into a buffer. */
static bool
join(struct def *d, Tcl_Obj *list, const char *separator, struct sbuf *out)
{
	Tcl_Obj **v;
	int n;

	if (Tcl_ListObjGetElements(d->p->interp, list, &n, &v) != TCL_OK)
		return false;
	for (int i = 0; i < n; i++) {
		if (i > 0)
			sbuf_puts(out, separator);
		sbuf_puts(out, Tcl_GetString(v[i]));
	}
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
		if (part(d, NAME)[0] == '\0')
			return fail(d, "an index with a complete create text "
			    "needs a name");
		return true;
	}
	/* the first word of several; one is taken as it is */
	tab = d->deps.n > 1 ? d->deps.v[0] : part(d, DEP);
	if (*tab == '\0')
		return fail(d, "index \"%s\" needs its table as first "
		    "dependency", part(d, NAME));
	list = Tcl_NewStringObj(create, (int)d->create.s.len);
	Tcl_IncrRefCount(list);
	if (part(d, NAME)[0] != '\0')
		sbuf_puts(&name, part(d, NAME));
	else {
		for (const char *s = tab; *s != '\0'; s++)
			sbuf_putc(&name, *s == '.' ? '_' : *s);
		sbuf_puts(&name, "_x_");
		if (!join(d, list, "_", &name)) {
			Tcl_DecrRefCount(list);
			return false;
		}
	}
	if (part(d, DROP)[0] == '\0') {
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
	else if ((ok = join(d, list, ",", &cols))) {
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
	const char *name = part(d, NAME);
	const char *open = strchr(name, '('), *close, *s;
	WM_SBUF norm = SBUF_INIT;
	char *func;
	/* what needs no look: arguments of one or two plain words */
	bool plain = open != NULL && strchr(open + 1, '(') == NULL;

	close = open ? strchr(open, ')') : NULL;
	if (close == NULL)
		return fail(d, "function \"%s\" has no argument list", name);
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
	const char *type = d->kind->name, *name = part(d, NAME);
	/* given dependencies are enough, and then were all there was */
	size_t tries = d->deps.n > 0 ? 1 : 2;
	const char *tab = find(d, table, tries), *fnc;

	if (tab == NULL && tries > 1)
		return fail(d, "no table is found in %s \"%s\"", type, name);
	fnc = function != NULL ? find(d, function, tries) : NULL;
	if (function != NULL && fnc == NULL && tries > 1)
		return fail(d, "no function is found in %s \"%s\"", type,
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
		return fail(d, "no table is found in %s \"%s\", which has no "
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

/* The drop text: given, extended with + or @, or the default. */
static void
finish_drop(struct def *d)
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

/*
 * Cut SQL comments: from "--" to the end of the line, where a newline, ';' or
 * ',' and blanks stand before it.
 */
static void
cut_comments(struct mtext *t)
{
	WM_MTEXT new = MTEXT_INIT;
	const char *s = sbuf_str(&t->s);
	size_t from = 0, i = 0;

	while (i < t->s.len) {
		size_t k = i + 1;

		if (strchr("\n;,", s[i]) == NULL) {
			i++;
			continue;
		}
		while (s[k] == ' ' || s[k] == '\t')
			k++;
		if (s[k] != '-' || s[k + 1] != '-') {
			i++;
			continue;
		}
		mtext_append(&new, t, from, i + 1);
		from = i = k + strcspn(s + k, "\n");
	}
	if (from == 0)
		return;
	mtext_append(&new, t, from, t->s.len);
	mtext_clear(t);
	*t = new;
	new = (struct mtext)MTEXT_INIT;
}

/* Byte of the source file at which the create argument stands, or SIZE_MAX. */
static size_t
find_argument(const struct def *d)
{
	const struct place *at = &d->p->place;
	int len;
	const char *arg, *hit, *from, *text;
	size_t left;

	if (d->part[CREATE] == NULL || at->src == NULL)
		return SIZE_MAX;
	arg = Tcl_GetStringFromObj(d->part[CREATE], &len);
	if (len == 0)
		return SIZE_MAX;
	text = at->src->text;
	from = text + at->start;
	left = at->len;
	while ((hit = memmem(from, left, arg, (size_t)len)) != NULL) {
		/* the word itself, not a word like it */
		if (hit > text && strchr(" \t\n{\"", hit[-1]) != NULL &&
		    strchr(" \t\n}\";", hit[len]) != NULL)
			return (size_t)(hit - text);
		left -= (size_t)(hit + 1 - from);
		from = hit + 1;
	}
	return SIZE_MAX;
}

/* Length in UTF-8 of text in Tcl's encoding. */
static size_t
utf8_len(const char *s, size_t len)
{
	size_t n = len;

	/* a surrogate pair has six bytes in Tcl's form and four in UTF-8 */
	for (size_t i = 0; i + 1 < len; i++)
		if ((unsigned char)s[i] == 0xed &&
		    ((unsigned char)s[i + 1] & 0xf0) == 0xa0)
			n -= 2;
	return n;
}

static int
newlines(const char *s, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

static void
set_spans(struct def *d, struct object *o)
{
	size_t base = find_argument(d);
	const struct mtext *t = &d->create;
	const struct source *src = d->p->place.src;

	if (base == SIZE_MAX || t->n == 0)
		return;
	o->spans = arena_alloc(d->p->mem, t->n * sizeof(*o->spans));
	for (size_t i = 0; i < t->n; i++) {
		const struct piece *p = &t->pieces[i];
		struct span *s = &o->spans[o->n_spans];
		struct span *last = o->n_spans > 0 ? s - 1 : NULL;

		s->off = utf8_len(sbuf_str(&t->s), p->off);
		s->len = utf8_len(sbuf_str(&t->s) + p->off, p->len);
		source_place(src, base + p->src, &s->line, &s->col);
		/* where a comment was cut, the text goes on with its newline */
		if (last != NULL && last->off + last->len == s->off &&
		    o->create[s->off] == '\n' &&
		    last->line + newlines(o->create + last->off, last->len) ==
		    s->line) {
			last->len += s->len;
			continue;
		}
		o->n_spans++;
	}
}

static void
add_deps(struct def *d, struct object *o)
{
	WM_VEC words = VEC_INIT;
	struct arena *mem = d->p->mem;

	for (size_t i = 0; i < d->deps.n; i++)
		vec_push(&words, d->deps.v[i]);
	vec_sort(&words, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 0; i < words.n; i++) {
		const char *w = words.v[i], *colon = strchr(w, ':'), *rest;

		if (i > 0 && strcmp(w, words.v[i - 1]) == 0)
			continue;
		if (colon != NULL) {
			const char *type = arena_strndup(mem, w,
			    (size_t)(colon - w));
			size_t n;
			const struct kind *k = kinds_all(&n);

			rest = arena_strndup(mem, colon + 1,
			    strcspn(colon + 1, ":"));
			for (size_t j = 0; j < n; j++)
				if (strlen(type) >= k[j].abbrev &&
				    strncmp(k[j].name, type,
				    strlen(type)) == 0) {
					type = k[j].name;
					break;
				}
			w = *rest == '\0' ? type :
			    arena_printf(mem, "%s:%s", type, rest);
		}
		/* a word with blanks becomes several */
		for (const char *s = w; *s != '\0';) {
			size_t len = strcspn(s, " ");

			if (len > 0)
				vec_push(&o->deps, plain_text(d, s, len));
			s += len + (s[len] == ' ');
		}
	}
}

static bool
add_grant(struct parse *p, struct object *o, const char *group, int level,
    const char *privilege)
{
	const char *g = arena_printf(p->mem, "%s|%s|%d|%s", o->key, group,
	    level, privilege);

	for (size_t i = 0; i < o->grants.n; i++)
		if (strcmp(o->grants.v[i], g) == 0)
			return false;
	vec_push(&o->grants, g);
	return true;
}

/* Levels behind a group or object: call fn for each privilege. */
static bool
each_privilege(struct def *d, Tcl_Obj **levels, int n,
    void (*fn)(struct def *, void *, int level, const char *), void *ctx)
{
	for (int i = 0; i < n; i++) {
		Tcl_Obj **words;
		int k;

		if (!list_of(d, levels[i], &k, &words))
			return false;
		for (int j = 0; j < k; j++)
			fn(d, ctx, i + 1, args_unabbrev(privileges,
			    Tcl_GetString(words[j])));
	}
	return true;
}

struct grant_ctx {
	struct object *o;
	const char *group;
	const char *object, *type;
};

static void
grant_one(struct def *d, void *ctx, int level, const char *privilege)
{
	struct grant_ctx *c = ctx;

	add_grant(d->p, c->o, c->group, level,
	    plain_text(d, privilege, strlen(privilege)));
}

static bool
add_grants(struct def *d, struct object *o)
{
	WM_MTEXT t = MTEXT_INIT;
	Tcl_Obj *list, **recs;
	int n;
	bool ok = true;

	part_text(d, GRANT, &t);
	mtext_trim(d->p, &t);
	if (macro_substitute(d->p, &t) != TCL_OK)
		return false;
	if (t.s.len > 0 && d->kind->grant_on == NULL)
		return fail(d, "%s \"%s\" cannot have grants: they are for "
		    "tables, views, functions, schemas and sequences",
		    d->kind->name, o->nam);
	list = Tcl_NewStringObj(sbuf_str(&t.s), (int)t.s.len);
	Tcl_IncrRefCount(list);
	ok = list_of(d, list, &n, &recs);
	for (int i = 0; ok && i < n; i++) {
		struct grant_ctx c = { .o = o };
		Tcl_Obj **words;
		int k;

		ok = list_of(d, recs[i], &k, &words);
		if (!ok || k == 0)
			continue;
		c.group = plain_text(d, Tcl_GetString(words[0]),
		    strlen(Tcl_GetString(words[0])));
		if (k == 1 && d->kind->grant_dflt != NULL)
			add_grant(d->p, o, c.group, 1, d->kind->grant_dflt);
		else
			ok = each_privilege(d, words + 1, k - 1, grant_one,
			    &c);
	}
	Tcl_DecrRefCount(list);
	return ok;
}

static bool
add_col_data(struct def *d, struct object *o)
{
	WM_MTEXT prim = MTEXT_INIT;
	Tcl_Obj *list, **v;
	WM_SBUF b = SBUF_INIT;
	int n;
	bool ok = true;

	part_text(d, PRIM, &prim);
	if (prim.s.len > 0) {
		if (macro_substitute(d->p, &prim) != TCL_OK)
			return false;
		list = Tcl_NewStringObj(sbuf_str(&prim.s), (int)prim.s.len);
		Tcl_IncrRefCount(list);
		ok = join(d, list, " ", &b);
		Tcl_DecrRefCount(list);
		for (char *s = b.s; s != NULL && *s != '\0'; s++)
			if (*s == ' ')
				*s = ',';
		if (ok)
			vec_push(&o->col_data, plain_text(d,
			    arena_printf(d->p->mem, "pri,%s", sbuf_str(&b)),
			    b.len + 4));
	}
	if (!ok || !list_of(d, d->part[NATIVE], &n, &v))
		return false;
	for (int i = 0; ok && i < n; i++) {
		WM_MTEXT t = MTEXT_INIT;
		const char *s = Tcl_GetString(v[i]);
		Tcl_Obj **words, **pair;
		int k, m = 0;

		mtext_made(&t, s, strlen(s));
		if (macro_substitute(d->p, &t) != TCL_OK)
			return false;
		list = Tcl_NewStringObj(sbuf_str(&t.s), (int)t.s.len);
		Tcl_IncrRefCount(list);
		ok = list_of(d, list, &k, &words);
		for (int j = 1; ok && j < k; j++) {
			const char *col, *nat;

			ok = list_of(d, words[j], &m, &pair);
			if (!ok)
				break;
			col = m > 1 ? Tcl_GetString(pair[0]) :
			    Tcl_GetString(words[j]);
			nat = m > 1 ? Tcl_GetString(pair[1]) : col;
			sbuf_reset(&b);
			sbuf_printf(&b, "nat,%s,%s,%s", col,
			    Tcl_GetString(words[0]), nat);
			vec_push(&o->col_data, plain_text(d, b.s, b.len));
		}
		Tcl_DecrRefCount(list);
	}
	return ok;
}

/* From the completed definition to the object in the model. */
static bool
add_object(struct def *d)
{
	struct parse *p = d->p;
	struct object *o;
	const struct named *old;
	const char *nam;

	mtext_trim(p, &d->name);
	mtext_trim(p, &d->create);
	if (d->drop.s.len == 0)
		part_text(d, DROP, &d->drop);
	mtext_trim(p, &d->drop);
	if (macro_substitute(p, &d->drop) != TCL_OK)
		return false;
	finish_drop(d);
	cut_comments(&d->create);
	if (d->create.s.len == 0 ||
	    d->create.s.s[d->create.s.len - 1] != ';')
		mtext_made(&d->create, ";", 1);

	nam = plain_text(d, sbuf_str(&d->name.s), d->name.s.len);
	if (*nam == '\0' && !d->not_text)
		return fail(d, "%s needs a name", d->kind->name);
	old = model_named(&p->model, nam);
	if (old != NULL) {
		fail(d, "%s \"%s\" is already defined%s%s", d->kind->name, nam,
		    old->obj->kind == d->kind ? "" : " as ",
		    old->obj->kind == d->kind ? "" : old->obj->kind->name);
		Tcl_SetVar2Ex(p->interp, "::wm_note", NULL, Tcl_ObjPrintf(
		    "%s:%d", old->obj->loc.file, old->obj->loc.line), 0);
		return false;
	}
	o = model_add(&p->model, d->kind, nam);
	o->module = p->module;
	o->loc = parse_here(p);
	o->create = plain_text(d, sbuf_str(&d->create.s), d->create.s.len);
	o->drop = plain_text(d, sbuf_str(&d->drop.s), d->drop.s.len);
	add_deps(d, o);
	if (!add_col_data(d, o) || !add_grants(d, o))
		return false;
	if (d->not_text)
		return fail(d, "%s \"%s\" holds a NUL character or half of a "
		    "surrogate pair", d->kind->name, nam);
	set_spans(d, o);
	check_add(p->check, o);
	return true;
}

/* The words of the -dep list. */
static bool
read_deps(struct def *d)
{
	Tcl_Obj **v;
	int n;

	if (!list_of(d, d->part[DEP], &n, &v))
		return false;
	for (int i = 0; i < n; i++)
		vec_push(&d->deps, arena_strdup(d->p->mem,
		    Tcl_GetString(v[i])));
	return true;
}

/* -text: what tabtext would be given. */
static bool
add_text(struct def *d)
{
	Tcl_Obj *list = d->part[TEXT];
	int n, rc;

	if (list == NULL)
		return true;
	if (Tcl_ListObjLength(d->p->interp, list, &n) != TCL_OK)
		return false;
	if (n == 0)
		return true;
	list = Tcl_DuplicateObj(list);
	Tcl_IncrRefCount(list);
	rc = text_table(d->p, part(d, NAME), list);
	Tcl_DecrRefCount(list);
	return rc == TCL_OK;
}

static bool
define_object(struct def *d, const struct shape *shape)
{
	const char *s;

	s = part(d, NAME);
	mtext_made(&d->name, s, strlen(s));
	part_text(d, CREATE, &d->create);
	mtext_trim(d->p, &d->create);
	return read_deps(d) && macro_substitute(d->p, &d->create) == TCL_OK &&
	    shape->wrap(d) && add_object(d) && add_text(d);
}

static const struct shape shapes[] = {
	{ "table", wrap_table, false, false },
	{ "view", wrap_view, true, false },
	{ "sequence", wrap_sequence, false, true },
	{ "index", wrap_index, false, true },
	{ "function", wrap_function, false, true },
	{ "trigger", wrap_trigger, false, true },
	{ "rule", wrap_rule, false, true },
	{ "schema", wrap_schema, false, true },
	{ "other", wrap_other, false, true },
};

/* One of the object commands was called. */
static int
on_object(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct parse *p = data;
	const char *name = Tcl_GetString(objv[0]), *colon;
	const struct shape *shape = NULL;
	struct def d = { .p = p };
	Tcl_Obj *list;
	int n;
	bool ok;

	colon = strrchr(name, ':');
	if (colon != NULL)
		name = colon + 1;
	for (size_t i = 0; i < WM_LEN(shapes); i++)
		if (strcmp(shapes[i].name, name) == 0)
			shape = &shapes[i];
	assert(shape != NULL);
	d.kind = kind_find(name);

	list = Tcl_NewListObj(objc - 1, objv + 1);
	Tcl_IncrRefCount(list);
	args_fill(list, positional, WM_LEN(positional));
	args_expand(list, object_switches);
	if (shape->view)
		args_expand(list, view_switches);
	for (int i = 0; i < (shape->view ? N_PARTS : NATIVE); i++)
		d.part[i] = args_take(list, part_switch[i]);
	Tcl_ListObjLength(NULL, list, &n);
	ok = n == 0;
	if (!ok)
		Tcl_SetObjResult(interp, Tcl_ObjPrintf(
		    "Unrecognized parameters: %s", Tcl_GetString(list)));
	ok = ok && define_object(&d, shape);
	if (ok)
		Tcl_ResetResult(interp);
	if (ok && shape->returns)
		Tcl_SetObjResult(interp, Tcl_NewStringObj(
		    sbuf_str(&d.name.s), (int)d.name.s.len));
	Tcl_DecrRefCount(list);
	for (int i = 0; i < N_PARTS; i++)
		if (d.part[i] != NULL)
			Tcl_DecrRefCount(d.part[i]);
	mtext_clear(&d.name);
	mtext_clear(&d.create);
	mtext_clear(&d.drop);
	vec_clear(&d.deps);
	return ok ? TCL_OK : TCL_ERROR;
}

/* Strings of a list, as the model keeps them. */
static bool
take_strings(struct def *d, Tcl_Obj *list, struct vec *out)
{
	Tcl_Obj **v;
	int n;

	if (!list_of(d, list, &n, &v))
		return false;
	for (int i = 0; i < n; i++)
		vec_push(out, plain_text(d, Tcl_GetString(v[i]),
		    strlen(Tcl_GetString(v[i]))));
	return true;
}

/*
 * object TYPE NAME -SWITCH VALUE ...: an object of any type, taken as it is:
 * nothing is wrapped, cut, completed or replaced.
 */
static bool
define_as_is(struct def *d, int objc, Tcl_Obj *const objv[])
{
	static const char *const names[] = { "-create", "-drop", "-dep",
		"-grant", "-column", "-delta", NULL };
	Tcl_Obj *value[6] = { NULL };
	struct parse *p = d->p;
	struct object *o;
	int which;

	for (int i = 3; i + 1 < objc; i += 2) {
		if (Tcl_GetIndexFromObj(p->interp, objv[i], names, "switch",
		    TCL_EXACT, &which) != TCL_OK)
			return false;
		value[which] = objv[i + 1];
	}
	d->kind = kind_find(Tcl_GetString(objv[1]));
	if (d->kind == NULL)
		return fail(d, "\"%s\" is no type of objects",
		    Tcl_GetString(objv[1]));
	if (value[0] == NULL || value[1] == NULL)
		return fail(d, "object \"%s\" needs -create and -drop",
		    Tcl_GetString(objv[2]));
	o = model_add(&p->model, d->kind, plain_text(d, Tcl_GetString(objv[2]),
	    strlen(Tcl_GetString(objv[2]))));
	if (o == NULL)
		return fail(d, "%s \"%s\" is already defined", d->kind->name,
		    Tcl_GetString(objv[2]));
	d->part[CREATE] = value[0];
	part_text(d, CREATE, &d->create);
	o->module = p->module;
	o->loc = parse_here(p);
	o->create = plain_text(d, sbuf_str(&d->create.s), d->create.s.len);
	o->drop = plain_text(d, Tcl_GetString(value[1]),
	    strlen(Tcl_GetString(value[1])));
	if (!take_strings(d, value[2], &o->deps) ||
	    !take_strings(d, value[3], &o->grants) ||
	    !take_strings(d, value[4], &o->col_data) ||
	    !take_strings(d, value[5], &o->delta))
		return false;
	if (d->not_text)
		return fail(d, "%s \"%s\" holds a NUL character or half of a "
		    "surrogate pair", d->kind->name, o->nam);
	set_spans(d, o);
	check_add(p->check, o);
	return true;
}

static int
on_as_is(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct def d = { .p = data };
	bool ok;

	if (objc < 3 || objc % 2 == 0) {
		Tcl_WrongNumArgs(interp, 1, objv,
		    "type name -switch value ...");
		return TCL_ERROR;
	}
	ok = define_as_is(&d, objc, objv);
	if (ok)
		Tcl_ResetResult(interp);
	mtext_clear(&d.create);
	return ok ? TCL_OK : TCL_ERROR;
}

static int
on_define(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	if (objc != 3) {
		Tcl_WrongNumArgs(interp, 1, objv, "name body");
		return TCL_ERROR;
	}
	macro_define(data, objv[1], objv[2]);
	return TCL_OK;
}

static int
on_module(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct def d = { .p = data };
	Tcl_Obj *list;
	const char *s;

	if (objc < 2) {
		Tcl_WrongNumArgs(interp, 1, objv, "name");
		return TCL_ERROR;
	}
	list = Tcl_NewListObj(objc - 1, objv + 1);
	Tcl_IncrRefCount(list);
	s = Tcl_GetString(list);
	s = plain_text(&d, s, strlen(s));
	Tcl_DecrRefCount(list);
	if (d.not_text || *s == '\0') {
		fail(&d, "\"%s\" is no name of a module", s);
		return TCL_ERROR;
	}
	d.p->module = s;
	return TCL_OK;
}

static int
on_field(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct parse *p = data;
	const struct named *n;
	const struct object *o;
	const char *which, *value = NULL;
	WM_SBUF b = SBUF_INIT;

	if (objc < 2 || objc > 3) {
		Tcl_WrongNumArgs(interp, 1, objv, "name ?field?");
		return TCL_ERROR;
	}
	n = model_named(&p->model, Tcl_GetString(objv[1]));
	if (n == NULL) {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf(
		    "object \"%s\" is not defined", Tcl_GetString(objv[1])));
		return TCL_ERROR;
	}
	o = n->obj;
	which = objc == 3 ? Tcl_GetString(objv[2]) : "dep";
	if (strcmp(which, "dep") == 0) {
		for (size_t i = 0; i < o->deps.n; i++)
			sbuf_printf(&b, "%s%s", i > 0 ? " " : "",
			    (const char *)o->deps.v[i]);
		value = sbuf_str(&b);
	} else if (strcmp(which, "create") == 0)
		value = o->create;
	else if (strcmp(which, "drop") == 0)
		value = o->drop;
	else if (strcmp(which, "obj") == 0)
		value = o->kind->name;
	else if (strcmp(which, "file") == 0)
		value = o->loc.file;
	if (value == NULL) {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf("no field is named "
		    "\"%s\": dep, create, drop, obj, file", which));
		return TCL_ERROR;
	}
	Tcl_SetObjResult(interp, Tcl_NewStringObj(value, -1));
	return TCL_OK;
}

static void
grant_later(struct def *d, void *ctx, int level, const char *privilege)
{
	struct grant_ctx *c = ctx;
	struct late_grant *g = arena_alloc(d->p->mem, sizeof(*g));

	g->object = c->object;
	g->type = c->type;
	g->group = c->group;
	g->level = level;
	g->privilege = plain_text(d, privilege, strlen(privilege));
	g->at = parse_here(d->p);
	vec_push(&d->p->late_grants, g);
}

static int
on_grant(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct parse *p = data;
	struct def d = { .p = p };
	Tcl_Obj **recs;
	int n;

	if (objc != 3) {
		Tcl_WrongNumArgs(interp, 1, objv,
		    "group {{object level ...} ...}");
		return TCL_ERROR;
	}
	if (!list_of(&d, objv[2], &n, &recs))
		return TCL_ERROR;
	for (int i = 0; i < n; i++) {
		struct grant_ctx c = { .group = plain_text(&d,
		    Tcl_GetString(objv[1]), strlen(Tcl_GetString(objv[1]))) };
		Tcl_Obj **words, **pair;
		int k, m = 0;

		if (!list_of(&d, recs[i], &k, &words) || (k > 0 &&
		    !list_of(&d, words[0], &m, &pair)))
			return TCL_ERROR;
		if (k == 0 || m == 0)
			continue;
		c.object = plain_text(&d, Tcl_GetString(pair[0]),
		    strlen(Tcl_GetString(pair[0])));
		c.type = m > 1 ? plain_text(&d, Tcl_GetString(pair[1]),
		    strlen(Tcl_GetString(pair[1]))) : NULL;
		if (!each_privilege(&d, words + 1, k - 1, grant_later, &c))
			return TCL_ERROR;
	}
	if (d.not_text) {
		fail(&d, "a grant holds a NUL character or half of a "
		    "surrogate pair");
		return TCL_ERROR;
	}
	return TCL_OK;
}

void
dialect_commands(struct parse *p)
{
	static const struct {
		const char *name;
		Tcl_ObjCmdProc *fn;
	} others[] = {
		{ "define", on_define }, { "module", on_module },
		{ "object", on_as_is },
		{ "field", on_field }, { "grant", on_grant },
		{ "tabtext", text_command },
		{ "tabdef", style_command },
	};

	for (size_t i = 0; i < WM_LEN(shapes); i++)
		Tcl_CreateObjCommand(p->interp, shapes[i].name, on_object, p,
		    NULL);
	for (size_t i = 0; i < WM_LEN(others); i++)
		Tcl_CreateObjCommand(p->interp, others[i].name, others[i].fn,
		    p, NULL);
}

/* The object that a late grant means; NULL once it has been reported. */
static struct object *
grant_object(struct parse *p, const struct late_grant *g)
{
	const struct named *n = model_named(&p->model, g->object);
	struct object *o;

	if (g->type != NULL) {
		o = model_get(&p->model, arena_printf(p->mem, "%s:%s",
		    g->type, g->object));
	} else
		o = n != NULL ? n->obj : NULL;
	if (o == NULL)
		diag_error(&g->at, "a grant names %s \"%s\", which is not "
		    "defined", g->type ? g->type : "object", g->object);
	else if (g->type == NULL && n->next != NULL) {
		diag_error(&g->at, "a grant names \"%s\", which is both \"%s\""
		    " and \"%s\"", g->object, n->obj->key, n->next->obj->key);
		return NULL;
	} else if (o->kind->grant_on == NULL) {
		diag_error(&g->at, "%s \"%s\" cannot have grants",
		    o->kind->name, o->nam);
		return NULL;
	}
	return o;
}

void
dialect_finish(struct parse *p)
{
	for (size_t i = 0; i < p->late_grants.n; i++) {
		const struct late_grant *g = p->late_grants.v[i];
		struct object *o = grant_object(p, g);

		if (o != NULL)
			add_grant(p, o, g->group, g->level, g->privilege);
	}
	style_finish(p);
	for (size_t i = 0; i < p->model.objects.n; i++)
		object_hash(p->model.objects.v[i]);
}
