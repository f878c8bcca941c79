#include "role.h"

#include "text.h"

/* Options that are no attributes, but memberships. */
static const struct {
	const char *option;
	bool in;		/* the role is the member */
	bool admin;
} kinds[] = {
	{ "addroleto", true, false }, { "rolemembers", false, false },
	{ "adminmembers", false, true },
};

bool
role_members(struct arena *mem, const char *role, const struct json *elem,
    struct vec *out)
{
	const char *option = json_str(elem, "defname");
	const struct json *list = json_get2(json_get(elem, "arg"), "List",
	    "items");
	size_t k = 0;

	while (k < WM_LEN(kinds) && strcmp(kinds[k].option,
	    option ? option : "") != 0)
		k++;
	if (k == WM_LEN(kinds))
		return false;
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		struct membership *m = arena_alloc(mem, sizeof(*m));
		WM_SBUF other = SBUF_INIT;

		sbuf_ident(&other, ident_role(json_get(j, "RoleSpec")));
		m->of = kinds[k].in ? sbuf_take(&other, mem) : role;
		m->to = kinds[k].in ? role : sbuf_take(&other, mem);
		m->admin = kinds[k].admin;
		vec_push(out, m);
	}
	return true;
}

/* "alter role x" with the options as they stand, and memberships. */
static void
options(struct arena *mem, struct sbuf *out, const char *text,
    const struct sql_stmt *st, const char *role)
{
	const struct json *list = json_get(st->node, "options");
	const char *type = json_str(st->node, "stmt_type");
	WM_SBUF said = SBUF_INIT;
	WM_VEC members = VEC_INIT;
	bool login = false;

	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const struct json *next = json_get(j->next, "DefElem");
		const char *name = json_str(e, "defname");
		size_t from = (size_t)json_int(e, "location", 0);
		size_t end = next != NULL ? (size_t)json_int(next, "location",
		    0) : st->off + st->len;

		/* of a number that nobody looks at any more */
		if (role_members(mem, role, e, &members) || (name != NULL &&
		    strcmp(name, "sysid") == 0))
			continue;
		login = login || (name != NULL && strcmp(name, "canlogin") ==
		    0);
		while (end > from && strchr(" \t\r\n", text[end - 1]) != NULL)
			end--;
		sbuf_printf(&said, " %.*s", (int)(end - from), text + from);
	}
	if (!login && type != NULL && strcmp(type, "ROLESTMT_USER") == 0)
		sbuf_puts(&said, " login");
	if (said.len > 0)
		sbuf_printf(out, "\nalter role %s%s;", role, sbuf_str(&said));
	for (size_t i = 0; i < members.n; i++) {
		const struct membership *m = members.v[i];

		sbuf_printf(out, "\ngrant %s to %s%s;", m->of, m->to,
		    m->admin ? " with admin option" : "");
	}
}

void
role_if_missing(struct diff *d, struct change *c, struct plan_step *s)
{
	const struct sql_stmt *st;
	WM_SBUF out = SBUF_INIT;
	WM_SBUF role = SBUF_INIT;
	struct parsed *p;
	const char *name;
	size_t end;

	if (!change_parse(d, c, false, &p) || p->n == 0 ||
	    strcmp(p->stmts[0].tag, "CreateRoleStmt") != 0)
		return;
	st = &p->stmts[0];
	name = json_str(st->node, "role");
	if (name == NULL)
		return;
	sbuf_ident(&role, name);
	sbuf_puts(&out, "select wm.create_role(");
	sbuf_literal(&out, name);
	sbuf_puts(&out, ");");
	options(d->mem, &out, c->new->create, st, sbuf_str(&role));
	end = st->off + st->len;
	end += c->new->create[end] == ';';
	sbuf_puts(&out, c->new->create + end);
	s->sql = sbuf_take(&out, d->mem);
	s->spans = NULL;
	s->n_spans = s->n_split = 0;
	text_split(d, s);
}
