#include "script.h"

#include "arena.h"
#include "diag.h"
#include "embed.h"
#include "grant.h"
#include "ident.h"
#include "map.h"
#include "order.h"
#include "version.h"

/* An object, with what its text says. */
struct item {
	const struct object *obj;
	struct sql_stmt *stmts;
	size_t n;
	struct ident *idents;	/* of each statement; cls 0: none */
	struct item *same_name;	/* another one that SQL calls the same */
};

struct script {
	struct arena *mem;
	struct bundle *b;
	struct sbuf *out;
	struct item *items;	/* in the order of the bundle */
	size_t n;
	struct map by_ident;	/* class|schema|name to struct item * */
};

/* --- text ---------------------------------------------------------------- */

/* A text with its end on a line of its own: it may end in a comment. */
static void
put(struct script *s, const char *sql)
{
	size_t len = strlen(sql);

	while (len > 0 && strchr(" \t\r\n;", sql[len - 1]) != NULL)
		len--;
	if (len == 0)
		return;
	sbuf_putn(s->out, sql, len);
	sbuf_puts(s->out, "\n;\n");
}

/* A comment of one line, whatever stands in the name. */
static void
put_title(struct script *s, const char *word, const char *name)
{
	sbuf_printf(s->out, "\n-- %s", word);
	for (const char *p = name; *p != '\0'; p++)
		sbuf_putc(s->out, *p == '\n' || *p == '\r' ? ' ' : *p);
	sbuf_putc(s->out, '\n');
}

static void
put_strings(struct script *s, const struct vec *v)
{
	sbuf_puts(s->out, ", ");
	if (v->n == 0) {
		sbuf_puts(s->out, "'{}'");
		return;
	}
	for (size_t i = 0; i < v->n; i++) {
		sbuf_puts(s->out, i > 0 ? ", " : "array[");
		sbuf_literal(s->out, v->v[i]);
	}
	sbuf_putc(s->out, ']');
}

static void
put_head(struct script *s)
{
	const struct bundle *b = s->b;

	put_title(s, "module ", b->module != NULL ? b->module : "(none)");
	s->out->len--;
	sbuf_printf(s->out, ", release %d", b->release);
	if (b->publish != NULL)
		sbuf_printf(s->out, ", %s", b->publish);
	sbuf_puts(s->out, "\n-- For an empty database: psql -X -1 -v "
	    "ON_ERROR_STOP=1 -f FILE\n\n"
	    "set search_path = public;\n"
	    "set check_function_bodies = off;\n"
	    "set client_min_messages = warning;\n"
	    "do $wm$ begin\n"
	    "  if pg_catalog.to_regclass('wm.objects') is not null then\n"
	    "    raise 'this script is for a database without a record; here "
	    "is one';\n"
	    "  end if;\nend $wm$;\n");
	put_title(s, "the record", "");
	/* the bundle has its own, with what the older runtime needs */
	put(s, embed_boot_sql);
	sbuf_puts(s->out, "insert into wm.releases (release, committed) "
	    "values");
	for (int i = 0; i < b->release; i++) {
		const struct release *r = b->releases.v[i];

		sbuf_printf(s->out, "%s\n  (%d, ", i > 0 ? "," : "", i + 1);
		if (r->committed != NULL)
			sbuf_literal(s->out, r->committed);
		else
			sbuf_puts(s->out, "null");
		sbuf_putc(s->out, ')');
	}
	sbuf_puts(s->out, "\n  on conflict (release) do update set committed ="
	    " excluded.committed;\n");
}

/* --- roles and grants ---------------------------------------------------- */

static void
put_role(struct script *s, struct map *seen, const char *name)
{
	WM_SBUF body = SBUF_INIT;

	if (name == NULL || map_put(seen, name, s) != NULL)
		return;
	sbuf_puts(&body, "begin perform wm.create_role(");
	sbuf_literal(&body, name);
	sbuf_puts(&body, "); end");
	sbuf_puts(s->out, "do ");
	sbuf_dollar(s->out, sbuf_str(&body));
	sbuf_puts(s->out, ";\n");
}

/* Roles that grants name, those in the objects' own SQL as well. */
static void
put_roles(struct script *s)
{
	WM_MAP seen = MAP_INIT;

	put_title(s, "roles", "");
	for (size_t i = 0; i < s->n; i++) {
		const struct item *it = &s->items[i];
		WM_VEC grants = VEC_INIT;

		for (size_t k = 0; k < it->n; k++) {
			const struct json *l = json_get(it->stmts[k].node,
			    "grantees");

			for (const struct json *j = l ? l->first : NULL; j;
			    j = j->next)
				put_role(s, &seen, json_str(json_get(j,
				    "RoleSpec"), "rolename"));
		}
		grant_list(s->mem, &it->obj->grants, &grants);
		for (size_t k = 0; k < grants.n; k++)
			put_role(s, &seen,
			    ((struct grant *)grants.v[k])->name);
	}
}

static void
put_grants(struct script *s, const struct item *it)
{
	const char *on;
	WM_VEC grants = VEC_INIT;

	if (it->obj->kind->grant_on == NULL)
		return;
	on = grant_target(s->mem, it->obj, it->n > 0 && it->idents[0].cls != 0
	    ? &it->idents[0] : NULL);
	grant_list(s->mem, &it->obj->grants, &grants);
	for (size_t i = 0; i < grants.n; i++) {
		const struct grant *g = grants.v[i];

		sbuf_printf(s->out, "grant %s on %s to %s;\n", g->privilege,
		    on, g->role);
	}
}

/* --- order --------------------------------------------------------------- */

static const char *
ident_name(struct script *s, int cls, const char *schema, const char *name)
{
	return arena_printf(s->mem, "%d|%s|%s", cls, schema ? schema : "",
	    name);
}

static void
index_item(struct script *s, struct item *it, int cls, const char *schema,
    const char *name)
{
	struct item *was = map_put(&s->by_ident, ident_name(s, cls, schema,
	    name), it);

	if (was != it)
		it->same_name = was;
}

static void
parse(struct script *s, struct item *it)
{
	const char *typ = it->obj->kind->name, *schema, *name;
	struct sql_error err;

	/* what is no SQL to the parser has no names to look for */
	if (!sql_parse(s->mem, it->obj->create, &it->stmts, &it->n, &err))
		it->n = 0;
	it->idents = arena_alloc(s->mem, (it->n + 1) * sizeof(*it->idents));
	for (size_t i = 0; i < it->n; i++) {
		if (!ident_of(s->mem, &it->stmts[i], &it->idents[i]))
			it->idents[i].cls = 0;
		else if (strcmp(typ, "other") == 0)
			index_item(s, it, (int)it->idents[i].cls,
			    it->idents[i].schema, it->idents[i].name);
	}
	ident_split(s->mem, it->obj->nam, &schema, &name);
	if (strcmp(typ, "function") == 0)
		index_item(s, it, ID_FUNCTION, schema, name);
	else if (strcmp(typ, "schema") == 0)
		index_item(s, it, ID_SCHEMA, NULL, name);
	else if (it->obj->kind->grant_on != NULL)
		index_item(s, it, ID_RELATION, schema, name);
}

/* What a name in an object's SQL may mean comes before the object. */
static void
add_ref(struct script *s, struct graph *g, size_t i, const struct ref *r)
{
	static const enum ident_class classes[] = { ID_RELATION, ID_FUNCTION,
		ID_TYPE };
	const struct item *on = map_get(&s->by_ident, ident_name(s, ID_SCHEMA,
	    NULL, r->schema));

	if (on != NULL && on != &s->items[i])
		graph_edge(g, (size_t)(on - s->items), i, false);
	for (size_t k = 0; k < WM_LEN(classes); k++) {
		if ((r->classes & (int)classes[k]) == 0)
			continue;
		on = map_get(&s->by_ident, ident_name(s, (int)classes[k],
		    r->schema, r->name));
		for (; on != NULL; on = on->same_name)
			if (on != &s->items[i])
				graph_edge(g, (size_t)(on - s->items), i,
				    !r->soft && on->same_name == NULL);
	}
}

static bool
add_edges(struct script *s, struct graph *g, size_t i)
{
	const struct item *it = &s->items[i];
	const char *schema, *name;
	const struct item *home;
	WM_VEC refs = VEC_INIT;

	for (size_t k = 0; k < it->obj->deps.n; k++) {
		const struct object *on = version_needs(&s->b->objects,
		    it->obj, it->obj->deps.v[k]);

		if (on == NULL)
			return false;
		graph_edge(g, on->index, i, true);
	}
	refs_of_stmts(s->mem, it->obj->create, it->stmts, it->n, &refs);
	for (size_t k = 0; k < refs.n; k++)
		add_ref(s, g, i, refs.v[k]);
	ident_split(s->mem, it->obj->nam, &schema, &name);
	home = map_get(&s->by_ident, ident_name(s, ID_SCHEMA, NULL, schema));
	if (home != NULL && home != it && it->obj->kind->grant_on != NULL)
		graph_edge(g, (size_t)(home - s->items), i, false);
	return true;
}

static bool
in_order(struct script *s, size_t **out_order)
{
	struct graph *g = graph_new(s->mem, s->n);
	size_t *cycle, n;

	for (size_t i = 0; i < s->n; i++)
		if (!add_edges(s, g, i))
			return false;
	if (graph_sort(g, out_order, &cycle, &n))
		return true;
	diag_error(NULL, "%zu objects need one another, and none can be made "
	    "first", n);
	for (size_t i = 0; i < n; i++)
		diag_note(NULL, "\"%s\" needs \"%s\"",
		    s->items[cycle[i]].obj->key,
		    s->items[cycle[(i + 1) % n]].obj->key);
	return false;
}

/* --- the record ---------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* past: of an earlier release, so not made and not resolved */
static void
put_record(struct script *s, const struct object *o, bool past)
{
	WM_VEC ndeps = VEC_INIT;

	for (size_t i = 0; !past && i < o->deps.n; i++) {
		const struct object *on = version_needs(&s->b->objects, o,
		    o->deps.v[i]);

		if (on != NULL)
			vec_push(&ndeps, on->key);
	}
	vec_sort(&ndeps, by_text);
	sbuf_puts(s->out, "insert into wm.objects (obj_typ, obj_nam, obj_ver, "
	    "checkit, build, built, module, deps, ndeps, grants, col_data, "
	    "delta, del_idx, crt_sql, drp_sql, min_rel, max_rel)\n  values (");
	sbuf_literal(s->out, o->kind->name);
	sbuf_puts(s->out, ", ");
	sbuf_literal(s->out, o->nam);
	sbuf_printf(s->out, ", %d, false, false, %s, ", o->obj_ver,
	    past ? "false" : "true");
	sbuf_literal(s->out, o->module);
	put_strings(s, &o->deps);
	if (past)
		sbuf_puts(s->out, ", null");
	else
		put_strings(s, &ndeps);
	put_strings(s, &o->grants);
	put_strings(s, &o->col_data);
	put_strings(s, &o->delta);
	sbuf_printf(s->out, ", %zu, ", o->delta.n);
	sbuf_literal(s->out, o->create);
	sbuf_puts(s->out, ", ");
	sbuf_literal(s->out, o->drop);
	sbuf_printf(s->out, ", %d, %d);\n", o->min_rel, o->max_rel);
}

bool
script_write(struct arena *mem, struct bundle *b, struct sbuf *out)
{
	struct script s = { .mem = mem, .b = b, .out = out,
		.n = b->objects.objects.n };
	size_t *order;

	s.items = arena_alloc(mem, (s.n + 1) * sizeof(*s.items));
	for (size_t i = 0; i < s.n; i++) {
		s.items[i].obj = b->objects.objects.v[i];
		parse(&s, &s.items[i]);
	}
	if (!in_order(&s, &order)) {
		map_clear(&s.by_ident);
		return false;
	}
	put_head(&s);
	put_roles(&s);
	for (size_t i = 0; i < s.n; i++) {
		const struct item *it = &s.items[order[i]];

		put_title(&s, "", it->obj->key);
		put(&s, it->obj->create);
		put_grants(&s, it);
	}
	put_title(&s, "what was made", "");
	for (size_t i = 0; i < s.n; i++)
		put_record(&s, s.items[i].obj, false);
	put_title(&s, "what was before it", "");
	for (size_t i = 0; i < b->prev.n; i++)
		put_record(&s, b->prev.v[i], true);
	put_title(&s, "the dictionary", "");
	put(&s, b->dict);
	put_title(&s, "first rows", "");
	put(&s, b->init);
	map_clear(&s.by_ident);
	return true;
}
