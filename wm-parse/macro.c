#include "macro.h"

#include <ctype.h>
#include <stdlib.h>

#include "diag.h"

/* Macros that use themselves end here instead of on the stack's end. */
#define MAX_DEPTH 200

void
mtext_clear(struct mtext *t)
{
	sbuf_clear(&t->s);
	free(t->pieces);
	t->pieces = NULL;
	t->n = t->cap = 0;
}

static void
add_piece(struct mtext *t, size_t off, size_t len, size_t src)
{
	struct piece *last = t->n > 0 ? &t->pieces[t->n - 1] : NULL;

	if (len == 0)
		return;
	if (last != NULL && last->off + last->len == off &&
	    last->src + last->len == src) {
		last->len += len;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->pieces = xrealloc(t->pieces, t->cap * sizeof(*t->pieces));
	}
	assert(t->pieces != NULL);
	t->pieces[t->n++] = (struct piece){ off, len, src };
}

void
mtext_source(struct mtext *t, const char *s, size_t len, size_t src)
{
	add_piece(t, t->s.len, len, src);
	sbuf_putn(&t->s, s, len);
}

void
mtext_made(struct mtext *t, const char *s, size_t len)
{
	sbuf_putn(&t->s, s, len);
}

void
mtext_append(struct mtext *t, const struct mtext *from, size_t start,
    size_t end)
{
	size_t base = t->s.len;

	if (end <= start)
		return;
	for (size_t i = 0; i < from->n; i++) {
		const struct piece *p = &from->pieces[i];
		size_t a = p->off > start ? p->off : start;
		size_t b = p->off + p->len < end ? p->off + p->len : end;

		if (a < b)
			add_piece(t, base + a - start, b - a,
			    p->src + a - p->off);
	}
	sbuf_putn(&t->s, sbuf_str(&from->s) + start, end - start);
}

/* Exchange two texts; whoever has the other one gives back what t was. */
static void
take(struct mtext *t, struct mtext *other)
{
	struct mtext old = *t;

	*t = *other;
	*other = old;
}

static void
cut(struct mtext *t, size_t start, size_t end)
{
	WM_MTEXT new = MTEXT_INIT;

	if (start == 0 && end == t->s.len)
		return;
	mtext_append(&new, t, start, end);
	take(t, &new);
}

static bool
blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
mtext_trim(struct parse *p, struct mtext *t)
{
	size_t a = 0, b = t->s.len;
	const char *s = sbuf_str(&t->s);

	while (a < b && blank((unsigned char)s[a]))
		a++;
	while (b > a && blank((unsigned char)s[b - 1]))
		b--;
	if (a < b && ((unsigned char)s[a] >= 0x80 ||
	    (unsigned char)s[b - 1] >= 0x80)) {
		/* other white space of Unicode: Tcl knows which */
		Tcl_Obj *argv[3] = { Tcl_NewStringObj("string", -1),
			Tcl_NewStringObj("trimleft", -1),
			Tcl_NewStringObj(s, (int)t->s.len) };
		int len;

		for (int i = 0; i < 3; i++)
			Tcl_IncrRefCount(argv[i]);
		if (Tcl_EvalObjv(p->interp, 3, argv, 0) == TCL_OK) {
			Tcl_GetStringFromObj(Tcl_GetObjResult(p->interp),
			    &len);
			a = t->s.len - (size_t)len;
		}
		Tcl_SetStringObj(argv[1], "trimright", -1);
		if (Tcl_EvalObjv(p->interp, 3, argv, 0) == TCL_OK) {
			Tcl_GetStringFromObj(Tcl_GetObjResult(p->interp),
			    &len);
			b = (size_t)len;
		}
		for (int i = 0; i < 3; i++)
			Tcl_DecrRefCount(argv[i]);
		Tcl_ResetResult(p->interp);
	}
	cut(t, a, b > a ? b : a);
}

void
macro_define(struct parse *p, Tcl_Obj *name, Tcl_Obj *body)
{
	WM_MTEXT t = MTEXT_INIT;
	Tcl_Obj *value;
	int len;
	const char *s = Tcl_GetStringFromObj(body, &len);

	mtext_made(&t, s, (size_t)len);
	mtext_trim(p, &t);
	value = Tcl_NewStringObj(sbuf_str(&t.s), (int)t.s.len);
	/* a real Tcl array, so that the order of trial is Tcl's */
	Tcl_SetVar2Ex(p->master, "wm_macros", Tcl_GetString(name), value, 0);
	p->macros_changed = true;
}

static const struct vec *
macro_names(struct parse *p)
{
	Tcl_Obj *list, **names;
	int n;

	if (!p->macros_changed)
		return &p->macro_names;
	p->macros_changed = false;
	p->macro_names.n = 0;
	if (Tcl_Eval(p->master, "array names wm_macros") != TCL_OK)
		return &p->macro_names;
	list = Tcl_GetObjResult(p->master);
	if (Tcl_ListObjGetElements(NULL, list, &n, &names) == TCL_OK)
		for (int i = 0; i < n; i++)
			vec_push(&p->macro_names,
			    arena_strdup(p->mem, Tcl_GetString(names[i])));
	Tcl_ResetResult(p->master);
	return &p->macro_names;
}

/* A use of a macro: text[0, start) NAME( text[parm, parm_end) ) text[rest). */
struct use {
	size_t start;
	size_t parm;
	size_t parm_end;
	size_t rest;
};

/* 1: found, 0: not there, -1: not closed, with a message. */
static int
find_use(struct parse *p, const char *name, const struct mtext *t,
    struct use *out)
{
	const char *s = sbuf_str(&t->s), *hit = s;
	size_t len = strlen(name);
	int level = 0;

	for (;; hit++) {
		hit = strstr(hit, name);
		if (hit == NULL)
			return 0;
		if (hit[len] == '(')
			break;
	}
	out->start = (size_t)(hit - s);
	out->parm = out->start + len + 1;
	if (out->start > 0 && (isalnum((unsigned char)hit[-1]) ||
	    hit[-1] == '_')) {
		struct loc at = parse_here(p);
		size_t word = out->start;

		while (word > 0 && (isalnum((unsigned char)s[word - 1]) ||
		    s[word - 1] == '_'))
			word--;
		diag_warn(&at, "macro", "macro \"%s\" is used inside the "
		    "longer word \"%.*s\"", name,
		    (int)(out->parm - 1 - word), s + word);
		parse_quote(p, &at);
	}
	for (size_t i = out->parm; i < t->s.len; i++) {
		if (s[i] == '(')
			level++;
		else if (s[i] == ')' && level-- == 0) {
			out->parm_end = i;
			out->rest = i + 1;
			return 1;
		}
	}
	Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
	    "unterminated macro: no \")\" closes \"%s(\"", name));
	return -1;
}

static int substitute(struct parse *p, struct mtext *t, int depth);

/* Replace every WHAT in *b by WITH, literally. */
static void
replace_all(struct sbuf *b, const char *what, const char *with)
{
	WM_SBUF out = SBUF_INIT;
	const char *s = sbuf_str(b), *hit;

	if (strstr(s, what) == NULL)
		return;
	while ((hit = strstr(s, what)) != NULL) {
		sbuf_putn(&out, s, (size_t)(hit - s));
		sbuf_puts(&out, with);
		s = hit + strlen(what);
	}
	sbuf_puts(&out, s);
	sbuf_reset(b);
	sbuf_putn(b, sbuf_str(&out), out.len);
}

/* The macro's body with the arguments of one use filled in. */
static void
fill_in(struct parse *p, const char *body, const char *parms, size_t len,
    struct mtext *out)
{
	WM_SBUF b = SBUF_INIT;
	int n = 0;

	sbuf_puts(&b, body);
	while (len > 0) {
		const char *comma = memchr(parms, ',', len);
		size_t one = comma ? (size_t)(comma - parms) : len;
		WM_MTEXT arg = MTEXT_INIT;
		char mark[16];

		mtext_made(&arg, parms, one);
		mtext_trim(p, &arg);
		snprintf(mark, sizeof(mark), "%%%d", ++n);
		replace_all(&b, mark, sbuf_str(&arg.s));
		if (comma == NULL)
			break;
		parms += one + 1;
		len -= one + 1;
		if (len == 0) {		/* a last, empty argument */
			snprintf(mark, sizeof(mark), "%%%d", ++n);
			replace_all(&b, mark, "");
		}
	}
	mtext_made(out, sbuf_str(&b), b.len);
}

/* The result of eval(...), expr(...) or subst(...). */
static int
run(struct parse *p, const char *command, const char *parms, size_t len,
    struct mtext *out)
{
	WM_SBUF script = SBUF_INIT;
	const char *s;
	int n, rc;

	if (strcmp(command, "eval") != 0)
		sbuf_printf(&script, "%s ", command);
	sbuf_putn(&script, parms, len);
	rc = Tcl_EvalEx(p->interp, sbuf_str(&script), (int)script.len, 0);
	if (rc == TCL_ERROR)
		Tcl_AppendObjToErrorInfo(p->interp, Tcl_ObjPrintf(
		    "\n    (in macro %s(...))", command));
	else if (rc != TCL_OK)
		Tcl_SetObjResult(p->interp, Tcl_ObjPrintf("\"break\", "
		    "\"continue\" or \"return\" ends %s(...)", command));
	if (rc != TCL_OK)
		return TCL_ERROR;
	s = Tcl_GetStringFromObj(Tcl_GetObjResult(p->interp), &n);
	mtext_made(out, s, (size_t)n);
	Tcl_ResetResult(p->interp);
	return TCL_OK;
}

/* Put a use's replacement and what follows into place. */
static int
splice(struct parse *p, struct mtext *t, const struct use *u,
    struct mtext *with, int depth)
{
	WM_MTEXT new = MTEXT_INIT;
	WM_MTEXT after = MTEXT_INIT;

	mtext_append(&after, t, u->rest, t->s.len);
	if (substitute(p, with, depth + 1) != TCL_OK ||
	    substitute(p, &after, depth + 1) != TCL_OK)
		return TCL_ERROR;
	mtext_append(&new, t, 0, u->start);
	mtext_append(&new, with, 0, with->s.len);
	mtext_append(&new, &after, 0, after.s.len);
	take(t, &new);
	return TCL_OK;
}

static const char *const commands[] = { "eval", "expr", "subst" };

/* Whether a name stands in front of a parenthesis. */
static bool
ends_in(const char *s, const char *paren, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(paren - s) >= len &&
	    memcmp(paren - len, name, len) == 0;
}

/*
 * Whether a text uses any macro at all: most have none, and few parentheses,
 * while there are many macros.
 */
static bool
has_use(struct parse *p, const struct mtext *t)
{
	const struct vec *names = macro_names(p);
	const char *s = sbuf_str(&t->s), *paren = s;

	for (; (paren = strchr(paren, '(')) != NULL; paren++) {
		for (size_t i = 0; i < WM_LEN(commands); i++)
			if (ends_in(s, paren, commands[i]))
				return true;
		for (size_t i = 0; i < names->n; i++)
			if (ends_in(s, paren, names->v[i]))
				return true;
	}
	return false;
}

static int
substitute(struct parse *p, struct mtext *t, int depth)
{
	WM_VEC names = VEC_INIT;
	struct use u;
	int found;

	if (t->s.len == 0 || !has_use(p, t))
		return TCL_OK;
	if (depth > MAX_DEPTH) {
		Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
		    "macros are nested deeper than %d levels", MAX_DEPTH));
		return TCL_ERROR;
	}
	/* a copy: what runs below may define more */
	for (size_t i = 0; i < macro_names(p)->n; i++)
		vec_push(&names, p->macro_names.v[i]);
	for (size_t i = 0; i < names.n; i++) {
		WM_MTEXT with = MTEXT_INIT;
		Tcl_Obj *body;

		found = find_use(p, names.v[i], t, &u);
		if (found < 0)
			return TCL_ERROR;
		if (found == 0)
			continue;
		body = Tcl_GetVar2Ex(p->master, "wm_macros", names.v[i], 0);
		fill_in(p, body ? Tcl_GetString(body) : "",
		    sbuf_str(&t->s) + u.parm, u.parm_end - u.parm, &with);
		if (splice(p, t, &u, &with, depth) != TCL_OK)
			return TCL_ERROR;
	}
	for (size_t i = 0; i < WM_LEN(commands); i++) {
		WM_MTEXT with = MTEXT_INIT;

		found = find_use(p, commands[i], t, &u);
		if (found < 0)
			return TCL_ERROR;
		if (found == 0)
			continue;
		if (run(p, commands[i], sbuf_str(&t->s) + u.parm,
		    u.parm_end - u.parm, &with) != TCL_OK ||
		    splice(p, t, &u, &with, depth) != TCL_OK)
			return TCL_ERROR;
	}
	return TCL_OK;
}

int
macro_substitute(struct parse *p, struct mtext *t)
{
	return substitute(p, t, 0);
}
