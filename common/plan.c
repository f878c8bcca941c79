#include "plan.h"

#include <limits.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "json_out.h"

static const char *const action_names[] = {
	[PLAN_CREATE] = "create",
	[PLAN_REPLACE] = "replace",
	[PLAN_ALTER] = "alter",
	[PLAN_DROP] = "drop",
	[PLAN_REBUILD] = "rebuild",
	[PLAN_GRANT] = "grant",
	[PLAN_REVOKE] = "revoke",
	[PLAN_DATA] = "data",
	[PLAN_CHECK] = "check",
	[PLAN_RECORD] = "record",
};

void
plan_init(struct plan *p, struct arena *mem)
{
	memset(p, 0, sizeof(*p));
	p->mem = mem;
	p->search_path = "public";
}

void
plan_clear(struct plan *p)
{
	vec_clear(&p->checks);
	vec_clear(&p->needs);
	vec_clear(&p->steps);
}

struct plan_step *
plan_add(struct plan *p, enum plan_action action, const char *obj_typ,
    const char *obj_nam, const char *sql)
{
	struct plan_step *s = arena_alloc(p->mem, sizeof(*s));

	s->action = action;
	s->obj_typ = obj_typ;
	s->obj_nam = obj_nam;
	s->sql = sql;
	vec_push(&p->steps, s);
	return s;
}

const char *
plan_action_name(enum plan_action a)
{
	return action_names[a];
}

bool
plan_empty(const struct plan *p)
{
	return p->steps.n == 0;
}

static void
opt_str(struct json_out *out, const char *key, const char *s)
{
	if (s != NULL)
		json_out_str(out, key, s);
}

void
plan_state_write(struct json_out *out, const char *key,
    const struct plan_state *s)
{
	json_out_open(out, key, '{', false);
	json_out_int(out, "release", s->release);
	json_out_bool(out, "beta", s->beta);
	json_out_str(out, "state", s->state);
	json_out_close(out);
}

static void
step_write(struct json_out *out, const struct plan_step *s)
{
	json_out_open(out, NULL, '{', false);
	json_out_str(out, "action", action_names[s->action]);
	opt_str(out, "obj_typ", s->obj_typ);
	opt_str(out, "obj_nam", s->obj_nam);
	opt_str(out, "module", s->module);
	opt_str(out, "reason", s->reason);
	json_out_str(out, "sql", s->sql);
	if (s->n_split > 0) {
		json_out_open(out, "split", '[', false);
		for (size_t i = 0; i < s->n_split; i++)
			json_out_int(out, NULL, (long)s->split[i]);
		json_out_close(out);
	}
	if (s->simple)
		json_out_bool(out, "simple", true);
	opt_str(out, "file", s->loc.file);
	if (s->loc.line > 0)
		json_out_int(out, "line", s->loc.line);
	spans_write(out, s->spans, s->n_spans);
	opt_str(out, "lock", s->lock);
	opt_str(out, "lock_on", s->lock_on);
	if (s->scan)
		json_out_bool(out, "scan", true);
	if (s->rewrite)
		json_out_bool(out, "rewrite", true);
	if (s->loss)
		json_out_bool(out, "loss", true);
	if (s->rows > 0)
		json_out_int(out, "rows", (long)s->rows);
	if (s->bytes > 0)
		json_out_int(out, "bytes", (long)s->bytes);
	if (s->locks > 0)
		json_out_int(out, "locks", s->locks);
	json_out_close(out);
}

void
plan_write(const struct plan *p, struct json_out *out)
{
	json_out_open(out, NULL, '{', true);
	json_out_str(out, "format", "wm-plan/1");
	json_out_str(out, "search_path", p->search_path);
	plan_state_write(out, "from", &p->from);
	plan_state_write(out, "to", &p->to);
	json_out_open(out, "needs", '[', true);
	for (size_t i = 0; i < p->needs.n; i++) {
		const struct plan_need *n = p->needs.v[i];

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "what", n->what);
		json_out_str(out, "name", n->name);
		json_out_str(out, "reason", n->reason);
		json_out_str(out, "sql", n->sql);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_open(out, "checks", '[', true);
	for (size_t i = 0; i < p->checks.n; i++) {
		const struct plan_check *c = p->checks.v[i];

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "obj_typ", c->obj_typ);
		json_out_str(out, "obj_nam", c->obj_nam);
		json_out_str(out, "message", c->message);
		json_out_str(out, "sql", c->sql);
		opt_str(out, "hint", c->hint);
		opt_str(out, "file", c->loc.file);
		if (c->loc.line > 0)
			json_out_int(out, "line", c->loc.line);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_open(out, "steps", '[', true);
	for (size_t i = 0; i < p->steps.n; i++)
		step_write(out, p->steps.v[i]);
	json_out_close(out);
	json_out_close(out);
}

struct ctx {
	struct plan *p;
	const char *name;
	bool format, from, to, steps;
};

static bool
on_format(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct loc at = { c->name, v->line, 0 };

	if (v->type != JSON_STRING || strcmp(v->str, "wm-plan/1") != 0) {
		diag_error(&at, "format is \"%s\"; a plan \"wm-plan/1\" was "
		    "expected", v->type == JSON_STRING ? v->str :
		    json_type_name(v->type));
		if (v->type == JSON_STRING &&
		    strncmp(v->str, "wm-objects/", 11) == 0)
			diag_hint("Put wm-diff between wm-parse and "
			    "wm-apply.");
		return false;
	}
	c->format = true;
	return true;
}

static bool
on_search_path(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct loc at = { c->name, v->line, 0 };

	if (v->type != JSON_STRING) {
		diag_error(&at, "member \"search_path\" has to be a string, "
		    "not %s", json_type_name(v->type));
		return false;
	}
	c->p->search_path = arena_strdup(c->p->mem, v->str);
	return true;
}

static bool
state_read(struct ctx *c, const struct json *v, struct plan_state *out)
{
	struct loc at = { c->name, v->line, 0 };
	const char *state = json_str(v, "state");
	long rel = json_int(v, "release", -1);

	if (state == NULL || strlen(state) != 64 || rel < 0 || rel > INT_MAX) {
		diag_error(&at, "member \"%s\" has to hold a release and a "
		    "state", v->key ? v->key : "from");
		return false;
	}
	out->release = (int)rel;
	out->beta = json_bool(v, "beta");
	memcpy(out->state, state, 65);
	return true;
}

static bool
on_from(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	c->from = true;
	return state_read(c, v, &c->p->from);
}

static bool
on_to(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;

	c->to = true;
	return state_read(c, v, &c->p->to);
}

static bool
on_need(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct plan_need *n = arena_alloc(c->p->mem, sizeof(*n));
	const char *what = json_need_str(v, "what", c->name);
	const char *name = json_need_str(v, "name", c->name);
	const char *reason = json_need_str(v, "reason", c->name);
	const char *sql = json_need_str(v, "sql", c->name);

	if (!what || !name || !reason || !sql)
		return false;
	n->what = arena_strdup(c->p->mem, what);
	n->name = arena_strdup(c->p->mem, name);
	n->reason = arena_strdup(c->p->mem, reason);
	n->sql = arena_strdup(c->p->mem, sql);
	vec_push(&c->p->needs, n);
	return true;
}

static void
loc_read(struct arena *mem, const struct json *v, struct loc *out)
{
	long line = json_int(v, "line", 0);

	out->file = arena_strdup(mem, json_str(v, "file"));
	out->line = line > 0 && line < INT_MAX ? (int)line : 0;
}

static bool
on_check(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct plan_check *k = arena_alloc(c->p->mem, sizeof(*k));
	const char *typ = json_need_str(v, "obj_typ", c->name);
	const char *nam = json_need_str(v, "obj_nam", c->name);
	const char *message = json_need_str(v, "message", c->name);
	const char *sql = json_need_str(v, "sql", c->name);

	if (!typ || !nam || !message || !sql)
		return false;
	k->obj_typ = arena_strdup(c->p->mem, typ);
	k->obj_nam = arena_strdup(c->p->mem, nam);
	k->message = arena_strdup(c->p->mem, message);
	k->sql = arena_strdup(c->p->mem, sql);
	k->hint = arena_strdup(c->p->mem, json_str(v, "hint"));
	loc_read(c->p->mem, v, &k->loc);
	vec_push(&c->p->checks, k);
	return true;
}

static bool
split_read(struct ctx *c, const struct json *v, struct plan_step *s)
{
	const struct json *list = json_get(v, "split");
	struct loc at = { c->name, v->line, 0 };
	size_t n = 0, end = strlen(s->sql), last = 0;

	if (list == NULL)
		return true;
	for (const struct json *j = list->first; j != NULL; j = j->next)
		n++;
	s->split = arena_alloc(c->p->mem, n * sizeof(size_t));
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		size_t off = j->type == JSON_NUMBER ?
		    strtoul(j->str, NULL, 10) : 0;

		if (off <= last || off >= end) {
			diag_error(&at, "member \"split\" has to hold "
			    "ascending places inside the SQL text");
			return false;
		}
		s->split[s->n_split++] = last = off;
	}
	return true;
}

/* Members that a step may have are of the right type. */
static bool
step_types(struct ctx *c, const struct json *v)
{
	static const struct {
		const char *name;
		enum json_type type;
	} rows[] = {
		{ "module", JSON_STRING }, { "reason", JSON_STRING },
		{ "file", JSON_STRING }, { "lock", JSON_STRING },
		{ "lock_on", JSON_STRING }, { "line", JSON_NUMBER },
		{ "locks", JSON_NUMBER }, { "rows", JSON_NUMBER },
		{ "bytes", JSON_NUMBER }, { "simple", JSON_BOOL },
		{ "scan", JSON_BOOL }, { "rewrite", JSON_BOOL },
		{ "loss", JSON_BOOL }, { "split", JSON_ARRAY },
		{ "map", JSON_ARRAY },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		const struct json *j = json_get(v, rows[i].name);
		struct loc at = { c->name, j ? j->line : 0, 0 };

		if (j == NULL || j->type == rows[i].type)
			continue;
		diag_error(&at, "member \"%s\" has to be %s, not %s",
		    rows[i].name, json_type_name(rows[i].type),
		    json_type_name(j->type));
		return false;
	}
	return true;
}

static bool
on_step(void *ctx, const struct json *v)
{
	struct ctx *c = ctx;
	struct loc at = { c->name, v->line, 0 };
	struct arena *mem = c->p->mem;
	const char *action, *sql;
	struct plan_step *s;
	size_t a;
	long locks;

	c->steps = true;
	if (v->type != JSON_OBJECT) {
		diag_error(&at, "a step has to be a JSON object");
		return false;
	}
	action = json_need_str(v, "action", c->name);
	sql = json_need_str(v, "sql", c->name);
	if (action == NULL || sql == NULL || !step_types(c, v))
		return false;
	for (a = 0; a < WM_LEN(action_names); a++)
		if (strcmp(action_names[a], action) == 0)
			break;
	if (a == WM_LEN(action_names)) {
		diag_error(&at, "unknown action \"%s\"", action);
		return false;
	}
	s = plan_add(c->p, (enum plan_action)a,
	    arena_strdup(mem, json_str(v, "obj_typ")),
	    arena_strdup(mem, json_str(v, "obj_nam")), arena_strdup(mem, sql));
	if (s->action != PLAN_RECORD && (!s->obj_typ || !s->obj_nam)) {
		diag_error(&at, "a step \"%s\" has to name its object",
		    action);
		return false;
	}
	s->module = arena_strdup(mem, json_str(v, "module"));
	s->reason = arena_strdup(mem, json_str(v, "reason"));
	s->lock = arena_strdup(mem, json_str(v, "lock"));
	s->lock_on = arena_strdup(mem, json_str(v, "lock_on"));
	s->simple = json_bool(v, "simple");
	s->scan = json_bool(v, "scan");
	s->rewrite = json_bool(v, "rewrite");
	s->loss = json_bool(v, "loss");
	s->rows = json_int(v, "rows", 0);
	s->bytes = json_int(v, "bytes", 0);
	locks = json_int(v, "locks", 0);
	s->locks = locks > 0 && locks < INT_MAX ? (int)locks : 0;
	loc_read(mem, v, &s->loc);
	return split_read(c, v, s) &&
	    spans_read(v, c->name, mem, &s->spans, &s->n_spans);
}

bool
plan_read(struct plan *p, FILE *in, const char *name)
{
	static const struct json_member members[] = {
		{ "format", false, on_format },
		{ "search_path", false, on_search_path },
		{ "from", false, on_from },
		{ "to", false, on_to },
		{ "needs", true, on_need },
		{ "checks", true, on_check },
		{ "steps", true, on_step },
	};
	struct ctx c = { .p = p, .name = name };
	struct loc at = { name, 0, 0 };

	if (!json_read(in, name, members, WM_LEN(members), &c))
		return false;
	if (!c.format || !c.from || !c.to) {
		diag_error(&at, "no member \"%s\": a plan \"wm-plan/1\" was "
		    "expected", !c.format ? "format" : !c.from ? "from" : "to");
		return false;
	}
	return true;
}
