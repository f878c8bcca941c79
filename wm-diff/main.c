/*
 * wm-diff - compare an object list with a database; write the plan that makes
 * the database match.
 */
#include "diff.h"

#include <stdlib.h>

#include "ahead.h"
#include "alter.h"
#include "build.h"
#include "closure.h"
#include "conf.h"
#include "decide.h"
#include "diag.h"
#include "embed.h"
#include "file.h"
#include "format.h"
#include "json_out.h"
#include "migrate.h"
#include "needs.h"
#include "opt.h"
#include "pg.h"
#include "record.h"

static struct conn_opts conn;
static const char *conf_path;
static struct diff_options opts = { .format = "json" };

static const struct opt options[] = {
	OPT_CONN(&conn),
	{ 'c', "config", OPT_STR, &conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 'f', "format", OPT_CHOICE, &opts.format, "FORMAT",
	    "json (default), sql, text", "json|sql|text" },
	{ 0, "exit-code", OPT_FLAG, &opts.exit_code, NULL,
	    "exit with 1 where there is something to do", NULL },
	OPT_HAZARDS(&opts.hazards),
	{ 0, "no-prune", OPT_FLAG, &opts.no_prune, NULL,
	    "keep objects that left the source", NULL },
	{ 0, "no-dictionary", OPT_FLAG, &opts.no_dictionary, NULL,
	    "leave the data dictionary out", NULL },
	{ 'W', "warn", OPT_WARN, NULL, "NAME",
	    "warn about NAME (deps); no-NAME, all, error", NULL },
};

static const struct tool tool = {
	"wm-diff", "[FILE]",
	"Compare an object list with a database; write the plan.",
	options, WM_LEN(options)
};

const struct object *
change_object(const struct change *c)
{
	return c->new != NULL ? c->new : c->old;
}

void
parsed_fill(struct arena *mem, const struct object *o, struct parsed *p)
{
	struct sql_error err;

	p->done = true;
	p->bad = !sql_parse(mem, o->create, &p->stmts, &p->n, &err);
	if (p->bad)
		return;
	p->idents = arena_alloc(mem, (p->n + 1) * sizeof(*p->idents));
	for (size_t i = 0; i < p->n; i++)
		if (!ident_of(mem, &p->stmts[i], &p->idents[i]))
			p->idents[i].cls = 0;
}

bool
change_parse(struct diff *d, struct change *c, bool old, struct parsed **out)
{
	struct parsed *p = old ? &c->was : &c->is;

	*out = p;
	if (!p->done)
		parsed_fill(d->mem, old ? c->old : c->new, p);
	return !p->bad;
}

const struct ident *
change_ident(struct diff *d, struct change *c, bool old)
{
	struct parsed *p;

	if (!change_parse(d, c, old, &p) || p->n == 0 || p->idents[0].cls == 0)
		return NULL;
	return &p->idents[0];
}

/* The tool's own objects, which are part of a build. */
static bool
read_dictionary(struct diff *d)
{
	FILE *f = fmemopen((void *)(uintptr_t)embed_dictionary_json,
	    embed_dictionary_json_len, "r");
	bool ok;

	if (f == NULL)
		die("out of memory");
	ok = model_read(&d->src, f, "dictionary");
	fclose(f);
	return ok;
}

/* Schema wm and module wyseman are the tool's: a source cannot change them. */
static void
protect_own(const struct diff *d, size_t first)
{
	for (size_t i = first; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];

		if (strcmp(o->module, "wyseman") == 0)
			diag_error(&o->loc, "%s \"%s\" is in module "
			    "\"wyseman\", which is the tool's own",
			    o->kind->name, o->nam);
		else if (strncmp(o->nam, "wm.", 3) == 0 ||
		    strcmp(o->key, "schema:wm") == 0)
			diag_error(&o->loc, "%s \"%s\" is in schema \"wm\", "
			    "which is the tool's own", o->kind->name, o->nam);
	}
}

static bool
read_list(struct diff *d, const char *path)
{
	FILE *f = file_open(path, &d->list_name);
	size_t own;
	bool ok;

	if (f == NULL)
		return false;
	if (!opts.no_dictionary && !read_dictionary(d))
		return false;
	own = d->src.objects.n;
	ok = model_read(&d->src, f, d->list_name);
	if (f != stdin)
		fclose(f);
	if (ok)
		protect_own(d, own);
	return ok && diag_errors() == 0;
}

static struct change *
add_change(struct diff *d, const struct object *old, const struct object *new)
{
	struct change *c = arena_alloc(d->mem, sizeof(*c));

	c->old = old;
	c->new = new;
	c->index = d->all.n;
	vec_push(&d->all, c);
	map_put(&d->by_key, change_object(c)->key, c);
	return c;
}

static void
index_name(struct diff *d, struct change *c)
{
	struct bare *b = arena_alloc(d->mem, sizeof(*b));

	b->change = c;
	b->next = map_put(&d->by_name, c->new->nam, b);
}

/*
 * The table of the record that a new one was: its commands begin with "from",
 * and rename or move it; the last of its names that the record has.
 */
static const struct object *
rename_origin(struct diff *d, const struct object *o)
{
	const struct object *found = NULL;
	const char *name = NULL, *why;

	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;

		if (!migrate_parse(d->mem, o->delta.v[i], &m, &why))
			continue;
		if (m.verb == MIGRATE_FROM)
			name = m.to;
		else if (name != NULL)
			name = migrate_table_name(d->mem, name, &m);
		if (name != NULL && model_get(&d->src, arena_printf(d->mem,
		    "table:%s", name)) == NULL) {
			const struct object *r = model_get(&d->rec,
			    arena_printf(d->mem, "table:%s", name));

			found = r != NULL ? r : found;
		}
	}
	return found;
}

/* Pair source and record; say which records have to be written. */
static void
match(struct diff *d)
{
	WM_MAP modules = MAP_INIT;
	WM_MAP origins = MAP_INIT;

	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i];
		const struct object *old = model_get(&d->rec, o->key);
		struct change *c;
		bool renamed = false;

		if (old == NULL && o->delta.n > 0) {
			old = rename_origin(d, o);
			renamed = old != NULL;
		}
		c = add_change(d, old, o);
		c->renamed = renamed;
		if (renamed)
			map_put(&origins, old->key, d);

		map_put(&modules, o->module, d);
		c->record = old == NULL || !old->built ||
		    strcmp(old->hash, o->hash) != 0 ||
		    !strings_equal(&old->delta, &o->delta);
		index_name(d, c);
	}
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		struct object *o = d->rec.objects.v[i];
		struct change *c;

		if (model_get(&d->src, o->key) != NULL ||
		    map_get(&origins, o->key) != NULL)
			continue;
		if (map_get(&modules, o->module) != NULL && !opts.no_prune) {
			add_change(d, o, NULL);
			continue;
		}
		c = add_change(d, o, o);
		c->kept = true;
		c->record = !o->built;
		index_name(d, c);
	}
}

static bool
any_work(const struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];

		if (c->record || c->new == NULL)
			return true;
	}
	return false;
}

static bool
compare(struct diff *d)
{
	bool known;

	match(d);
	known = needs_declared(d);
	if (!needs_circles(d) || !known)
		return false;
	d->plan.to = d->plan.from;
	if (!any_work(d))
		return true;
	ahead_parse(d);
	if (!decide(d) || diag_errors() > 0)
		return false;
	if (!closure(d) || !build_plan(d))
		return false;
	hazard_screen(&opts.hazards, &d->plan);
	return diag_errors() == 0;
}

static void
print(struct diff *d)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_SBUF text = SBUF_INIT;

	if (strcmp(opts.format, "json") == 0) {
		plan_write(&d->plan, &out);
		json_out_flush(&out, stdout);
		return;
	}
	d->plan.state_sql = record_state_sql();
	if (strcmp(opts.format, "sql") == 0)
		format_sql(&d->plan, &text);
	else
		format_text(&d->plan, &text, diag_colour(stdout));
	tool_write(stdout, sbuf_str(&text), text.len);
}

static void
clear(struct diff *d)
{
	ahead_clear(d);
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		vec_clear(&c->needs);
		vec_clear(&c->alters);
		alter_forget(c);
		vec_clear(&c->early);
		vec_clear(&c->touched);
	}
	for (size_t i = 0; i < d->nodes.n; i++) {
		struct closure_node *n = d->nodes.v[i];

		vec_clear(&n->needs);
		vec_clear(&n->restore);
	}
	vec_clear(&d->nodes);
	vec_clear(&d->all);
	vec_clear(&d->foreign);
	map_clear(&d->by_key);
	map_clear(&d->by_name);
	map_clear(&d->by_ident);
	map_clear(&d->by_catalog);
	map_clear(&d->casts);
	map_clear(&d->by_part);
	plan_clear(&d->plan);
	model_clear(&d->src);
	model_clear(&d->rec);
}

/*
 * A database that is not there is planned for as an empty one: wm-apply
 * --create-db makes it. Only the server is asked then, about its roles.
 */
static PGconn *
connect_elsewhere(void)
{
	char name[256];

	diag_warn(NULL, NULL, "database \"%s\" does not exist; this is the "
	    "plan for an empty one", pg_dbname(&conn, name, sizeof(name)));
	diag_hint("wm-apply --create-db makes it.");
	return pg_maintenance(&conn, "wm-diff");
}

/* Returns the exit code of what can be tried again, else WM_EXIT_OK. */
static int
run(struct diff *d, const char *path)
{
	/* the server makes its process while the list is read */
	WM_PGCONN *db = pg_connect_start(&conn, "wm-diff");
	bool missing;

	if (!read_list(d, path))
		return WM_EXIT_OK;
	db = pg_connect_finish(db, &missing);
	if (db == NULL && missing)
		db = connect_elsewhere();
	if (db == NULL)
		return WM_EXIT_SYSTEM;
	d->db = db;
	if (!pg_do(db, arena_printf(d->mem, "set search_path = %s",
	    d->plan.search_path)))
		return WM_EXIT_SYSTEM;
	if (missing)
		record_none(&d->plan.from);
	else if (!record_read(db, &d->rec, &d->plan.from))
		return WM_EXIT_SYSTEM;
	if (compare(d))
		print(d);
	else if (PQstatus(db) != CONNECTION_OK)
		return WM_EXIT_SYSTEM;
	return WM_EXIT_OK;
}

int
main(int argc, char **argv)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct diff d = { .mem = mem, .opts = &opts };
	struct conf conf;
	int first = tool_init(&tool, argc, argv), rc, end;
	bool work;

	if (argc - first > 1)
		usage_die("more than one object list named");
	hazard_words(&opts.hazards);
	opts.allow_data_loss = hazard_allowed(&opts.hazards, "data-loss");
	opts.allow_rebuild = hazard_allowed(&opts.hazards, "rebuild");
	if (!conf_read(&conf, mem, conf_path))
		return tool_exit();
	conf_conn(&conf, &conn);
	model_init(&d.src, mem);
	model_init(&d.rec, mem);
	plan_init(&d.plan, mem);
	rc = run(&d, first < argc ? argv[first] : NULL);
	work = !plan_empty(&d.plan);
	clear(&d);
	hazard_clear(&opts.hazards);
	end = tool_exit();
	if (rc != WM_EXIT_OK)
		return rc;
	if (end == WM_EXIT_OK && opts.exit_code && work)
		return 1;
	return end;
}
