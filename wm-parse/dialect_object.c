/* From an object command to the object in the model. */
#include "dialect_impl.h"

#include "args.h"
#include "check.h"
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
static const char *const part_switch[] = { "-name", "-dep", "-create", "-drop",
	"-grant", "-text", "-native", "-prim" };

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

void
def_spans(struct def *d, struct object *o)
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
				vec_push(&o->deps, def_text(d, s, len));
			s += len + (s[len] == ' ');
		}
	}
}

bool
grant_add(struct parse *p, struct object *o, const char *group, int level,
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

bool
each_privilege(struct def *d, Tcl_Obj **levels, int n,
    void (*fn)(struct def *, void *, int level, const char *), void *ctx)
{
	for (int i = 0; i < n; i++) {
		Tcl_Obj **words;
		int k;

		if (!def_list(d, levels[i], &k, &words))
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
};

static void
grant_one(struct def *d, void *ctx, int level, const char *privilege)
{
	struct grant_ctx *c = ctx;

	grant_add(d->p, c->o, c->group, level,
	    def_text(d, privilege, strlen(privilege)));
}

static bool
add_grants(struct def *d, struct object *o)
{
	WM_MTEXT t = MTEXT_INIT;
	Tcl_Obj *list, **recs;
	int n;
	bool ok = true;

	def_part_text(d, GRANT, &t);
	mtext_trim(d->p, &t);
	if (macro_substitute(d->p, &t) != TCL_OK)
		return false;
	if (t.s.len > 0 && d->kind->grant_on == NULL)
		return def_fail(d, "%s \"%s\" cannot have grants: they are for "
		    "tables, views, functions, schemas and sequences",
		    d->kind->name, o->nam);
	list = Tcl_NewStringObj(sbuf_str(&t.s), (int)t.s.len);
	Tcl_IncrRefCount(list);
	ok = def_list(d, list, &n, &recs);
	for (int i = 0; ok && i < n; i++) {
		struct grant_ctx c = { .o = o };
		Tcl_Obj **words;
		int k;

		ok = def_list(d, recs[i], &k, &words);
		if (!ok || k == 0)
			continue;
		c.group = def_text(d, Tcl_GetString(words[0]),
		    strlen(Tcl_GetString(words[0])));
		if (k == 1 && d->kind->grant_dflt != NULL)
			grant_add(d->p, o, c.group, 1, d->kind->grant_dflt);
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

	def_part_text(d, PRIM, &prim);
	if (prim.s.len > 0) {
		if (macro_substitute(d->p, &prim) != TCL_OK)
			return false;
		list = Tcl_NewStringObj(sbuf_str(&prim.s), (int)prim.s.len);
		Tcl_IncrRefCount(list);
		ok = def_join(d, list, " ", &b);
		Tcl_DecrRefCount(list);
		for (char *s = b.s; s != NULL && *s != '\0'; s++)
			if (*s == ' ')
				*s = ',';
		if (ok)
			vec_push(&o->col_data, def_text(d,
			    arena_printf(d->p->mem, "pri,%s", sbuf_str(&b)),
			    b.len + 4));
	}
	if (!ok || !def_list(d, d->part[NATIVE], &n, &v))
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
		ok = def_list(d, list, &k, &words);
		for (int j = 1; ok && j < k; j++) {
			const char *col, *nat;

			ok = def_list(d, words[j], &m, &pair);
			if (!ok)
				break;
			col = m > 1 ? Tcl_GetString(pair[0]) :
			    Tcl_GetString(words[j]);
			nat = m > 1 ? Tcl_GetString(pair[1]) : col;
			sbuf_reset(&b);
			sbuf_printf(&b, "nat,%s,%s,%s", col,
			    Tcl_GetString(words[0]), nat);
			vec_push(&o->col_data, def_text(d, b.s, b.len));
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
		def_part_text(d, DROP, &d->drop);
	mtext_trim(p, &d->drop);
	if (macro_substitute(p, &d->drop) != TCL_OK)
		return false;
	def_drop(d);
	cut_comments(&d->create);
	if (d->create.s.len == 0 ||
	    d->create.s.s[d->create.s.len - 1] != ';')
		mtext_made(&d->create, ";", 1);

	nam = def_text(d, sbuf_str(&d->name.s), d->name.s.len);
	if (*nam == '\0' && !d->not_text)
		return def_fail(d, "%s needs a name", d->kind->name);
	old = model_named(&p->model, nam);
	if (old != NULL) {
		def_fail(d, "%s \"%s\" is already defined%s%s", d->kind->name,
		    nam, old->obj->kind == d->kind ? "" : " as ",
		    old->obj->kind == d->kind ? "" : old->obj->kind->name);
		Tcl_SetVar2Ex(p->interp, "::wm_note", NULL, Tcl_ObjPrintf(
		    "%s:%d", old->obj->loc.file, old->obj->loc.line), 0);
		return false;
	}
	o = model_add(&p->model, d->kind, nam);
	o->module = p->module;
	o->loc = parse_here(p);
	o->create = def_text(d, sbuf_str(&d->create.s), d->create.s.len);
	o->drop = def_text(d, sbuf_str(&d->drop.s), d->drop.s.len);
	add_deps(d, o);
	if (!add_col_data(d, o) || !add_grants(d, o))
		return false;
	if (d->not_text)
		return def_fail(d,
		    "%s \"%s\" holds a NUL character or half of a "
		    "surrogate pair", d->kind->name, nam);
	def_spans(d, o);
	check_add(p->check, o);
	return true;
}

/* The words of the -dep list. */
static bool
read_deps(struct def *d)
{
	Tcl_Obj **v;
	int n;

	if (!def_list(d, d->part[DEP], &n, &v))
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
	rc = text_table(d->p, def_part(d, NAME), list);
	Tcl_DecrRefCount(list);
	return rc == TCL_OK;
}

static bool
define_object(struct def *d, const struct shape *shape)
{
	const char *s;

	s = def_part(d, NAME);
	mtext_made(&d->name, s, strlen(s));
	def_part_text(d, CREATE, &d->create);
	mtext_trim(d->p, &d->create);
	return read_deps(d) && macro_substitute(d->p, &d->create) == TCL_OK &&
	    shape->wrap(d) && add_object(d) && add_text(d);
}

int
dialect_object(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[])
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
	for (const struct shape *s = shapes; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			shape = s;
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
