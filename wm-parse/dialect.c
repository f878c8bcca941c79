/* The commands of the source language. */
#include "dialect_impl.h"

#include "check.h"
#include "diag.h"
#include "style.h"
#include "text.h"

/* Strings of a list, as the model keeps them. */
static bool
take_strings(struct def *d, Tcl_Obj *list, struct vec *out)
{
	Tcl_Obj **v;
	int n;

	if (!def_list(d, list, &n, &v))
		return false;
	for (int i = 0; i < n; i++)
		vec_push(out, def_text(d, Tcl_GetString(v[i]),
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
		return def_fail(d, "\"%s\" is no type of objects",
		    Tcl_GetString(objv[1]));
	if (value[0] == NULL || value[1] == NULL)
		return def_fail(d, "object \"%s\" needs -create and -drop",
		    Tcl_GetString(objv[2]));
	o = model_add(&p->model, d->kind, def_text(d, Tcl_GetString(objv[2]),
	    strlen(Tcl_GetString(objv[2]))));
	if (o == NULL)
		return def_fail(d, "%s \"%s\" is already defined",
		    d->kind->name, Tcl_GetString(objv[2]));
	d->part[CREATE] = value[0];
	def_part_text(d, CREATE, &d->create);
	o->module = p->module;
	o->loc = parse_here(p);
	o->create = def_text(d, sbuf_str(&d->create.s), d->create.s.len);
	o->drop = def_text(d, Tcl_GetString(value[1]),
	    strlen(Tcl_GetString(value[1])));
	if (!take_strings(d, value[2], &o->deps) ||
	    !take_strings(d, value[3], &o->grants) ||
	    !take_strings(d, value[4], &o->col_data) ||
	    !take_strings(d, value[5], &o->delta))
		return false;
	if (d->not_text)
		return def_fail(d,
		    "%s \"%s\" holds a NUL character or half of a "
		    "surrogate pair", d->kind->name, o->nam);
	def_spans(d, o);
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
	s = def_text(&d, s, strlen(s));
	Tcl_DecrRefCount(list);
	if (d.not_text || *s == '\0') {
		def_fail(&d, "\"%s\" is no name of a module", s);
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
	struct late_grant *g = arena_alloc(d->p->mem, sizeof(*g));

	*g = *(struct late_grant *)ctx;
	g->level = level;
	g->privilege = def_text(d, privilege, strlen(privilege));
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
	if (!def_list(&d, objv[2], &n, &recs))
		return TCL_ERROR;
	for (int i = 0; i < n; i++) {
		struct late_grant c = { .group = def_text(&d,
		    Tcl_GetString(objv[1]), strlen(Tcl_GetString(objv[1]))) };
		Tcl_Obj **words, **pair;
		int k, m = 0;

		if (!def_list(&d, recs[i], &k, &words) || (k > 0 &&
		    !def_list(&d, words[0], &m, &pair)))
			return TCL_ERROR;
		if (k == 0 || m == 0)
			continue;
		c.object = def_text(&d, Tcl_GetString(pair[0]),
		    strlen(Tcl_GetString(pair[0])));
		c.type = m > 1 ? def_text(&d, Tcl_GetString(pair[1]),
		    strlen(Tcl_GetString(pair[1]))) : NULL;
		if (!each_privilege(&d, words + 1, k - 1, grant_later, &c))
			return TCL_ERROR;
	}
	if (d.not_text) {
		def_fail(&d, "a grant holds a NUL character or half of a "
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

	for (const struct shape *s = shapes; s->name != NULL; s++)
		Tcl_CreateObjCommand(p->interp, s->name, dialect_object, p,
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
			grant_add(p, o, g->group, g->level, g->privilege);
	}
	style_finish(p);
	for (size_t i = 0; i < p->model.objects.n; i++)
		object_hash(p->model.objects.v[i]);
}
