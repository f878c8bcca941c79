#include "meaning.h"

#include <stdlib.h>

#include "child.h"
#include "diag.h"
#include "file.h"
#include "ignore.h"
#include "json_out.h"
#include "own.h"
#include "pg.h"
#include "scratch.h"

/* Where it is tried, and what is written there. */
struct trial {
	struct diff *d;
	struct scratch *s;
	const char *pg_dump;	/* its path */
	bool owners;		/* the list says who owns what */
};

static const char *
in_scratch(const struct trial *t, const char *file)
{
	return arena_printf(t->d->mem, "%s/%s", scratch_dir(t->s), file);
}

/* Another program's messages are the user's. */
static void
pass_on(const struct trial *t)
{
	WM_SBUF text = SBUF_INIT;
	const char *path = in_scratch(t, "err");

	if (file_exists(path) && file_read(path, &text))
		fputs(sbuf_str(&text), stderr);
}

/*
 * Run a program.
 *
 * out      file for what it writes
 * what     is told where it fails
 * of_list  it works on the user's list, which may be what is wrong then
 */
static bool
run(const struct trial *t, const char *const *argv, const char *out,
    const char *what, bool of_list)
{
	int rc = child_run(t->d->mem, argv, out, in_scratch(t, "err"));

	if (rc == 0)
		return true;
	pass_on(t);
	if (of_list && rc != WM_EXIT_SYSTEM)
		diag_error(NULL, "%s", what);
	else
		diag_failed(NULL, "%s", what);
	return false;
}

/* --- what the list builds ------------------------------------------------- */

static bool
write_list(const struct trial *t, const struct model *list, const char *path)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	struct model m;
	bool ok;

	model_init(&m, t->d->mem);
	m.module = list->module;
	for (size_t i = 0; i < list->objects.n; i++) {
		const struct object *o = list->objects.v[i];

		if (strcmp(o->module, OWN_MODULE) != 0)
			(void)model_copy(&m, o);
	}
	model_write(&m, &out);
	sbuf_putc(&out.text, '\n');
	ok = file_replace(path, out.text.s, out.text.len);
	model_clear(&m);
	return ok;
}

/*
 * Roles that the database's server has: objects name them. Where the scratch
 * databases are on a server that was named, it is the same one, or has its own.
 */
static bool
copy_roles(const struct trial *t)
{
	WM_PGCONN *to = NULL;
	WM_SBUF sql = SBUF_INIT;
	WM_PGRES *r = NULL;

	if (t->d->opts->scratch != NULL)
		return true;
	r = pg_query(t->d->db, PG_ROWS, "select pg_catalog.quote_ident("
	    "rolname) from pg_catalog.pg_roles where rolname !~ '^pg_'"
	    " order by 1", 0, NULL);
	to = r ? scratch_connect(t->s, "source") : NULL;
	if (to == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		sbuf_printf(&sql, "do $$ begin create role %s;"
		    " exception when duplicate_object then null; end $$;\n",
		    PQgetvalue(r, i, 0));
	return pg_do(to, sbuf_str(&sql));
}

static bool
build(const struct trial *t, const struct model *list)
{
	const char *info = scratch_conninfo(t->s, "source");
	const char *file = in_scratch(t, "list.json");
	const char *plan = in_scratch(t, "plan.json");
	const char *conf = in_scratch(t, "Wyseman.conf");
	/* bodies may be as bad as those of the database: they are compared */
	const char *diff[] = { "wm-diff", "-c", conf, "-d", info,
		"--no-body-check", file, NULL };
	/* a server that was named may have few locks; nobody sees halves */
	const char *apply[] = { "wm-apply", "-c", conf, "-d", info,
		"--batch", t->d->opts->scratch ? "200" : "0", plan,
		NULL };
	static const char what[] = "the source could not be built on a scratch "
	    "server, to compare it with the database";

	/* the folder's own may name a database, or ask for signatures */
	return file_replace(conf, "{}\n", 3) &&
	    scratch_create(t->s, "source", NULL) && copy_roles(t) &&
	    write_list(t, list, file) && run(t, diff, plan, what, true) &&
	    run(t, apply, in_scratch(t, "report.json"), what, true);
}

/* --- dumps ---------------------------------------------------------------- */

/* The connection at hand, for another program; the password goes elsewhere. */
static const char *
conninfo(struct diff *d)
{
	PQconninfoOption *opts = PQconninfo(d->db);
	static const char *const without[] = { "password", "client_encoding",
		"fallback_application_name", "application_name",
		"replication", NULL };
	WM_SBUF b = SBUF_INIT;

	pg_conninfo_put(&b, opts, without);
	PQconninfoFree(opts);
	return sbuf_take(&b, d->mem);
}

static bool
dump(const struct trial *t, const char *info, const char *path)
{
	struct arena *mem = t->d->mem;
	WM_VEC argv = VEC_INIT;
	WM_VEC schemas = VEC_INIT;

	vec_push(&argv, t->pg_dump);
	vec_push(&argv, "--schema-only");
	vec_push(&argv, "--no-password");
	ignore_schemas(mem, &t->d->ignore, &schemas);
	vec_push(&schemas, "wm");
	vec_push(&schemas, "wm_attic");
	for (size_t i = 0; i < schemas.n; i++) {
		/* a pattern: quoted, it is the name as it is */
		vec_push(&argv, "--exclude-schema");
		vec_push(&argv, sql_quoted(mem, schemas.v[i]));
	}
	vec_push(&argv, "-d");
	vec_push(&argv, info);
	vec_push(&argv, NULL);
	return run(t, (const char *const *)argv.v, path, "pg_dump could not "
	    "read the database", false);
}

static bool
read_dump(const struct trial *t, const char *sql, const char *json,
    struct model *out)
{
	const char *argv[] = { "wm-parse", "-c", in_scratch(t,
	    "Wyseman.conf"), "--sql", "--time-limit", "0", "--sql-check", "off",
	    sql, t->owners ? "--owner" : NULL, NULL };
	FILE *f;
	bool ok;

	if (!run(t, argv, json, "what pg_dump wrote could not be read", false))
		return false;
	f = fopen(json, "re");
	if (f == NULL) {
		diag_failed(NULL, "could not read \"%s\"", json);
		return false;
	}
	ok = model_read(out, f, json);
	fclose(f);
	return ok;
}

/* --- made once more of what the server says ------------------------------- */

/* Whether both have an object, with other words for it. */
static bool
differs(const struct model *a, const struct object *o)
{
	const struct object *s = model_get(a, o->key);

	return s != NULL && strcmp(s->create, o->create) != 0;
}

static bool
any_differs(const struct meaning *m)
{
	for (size_t i = 0; i < m->database.objects.n; i++)
		if (differs(&m->source, m->database.objects.v[i]))
			return true;
	return false;
}

/*
 * Have a dump loaded, and dumped again.
 *
 * name       of the dump, and for the database
 * out_whole  whether all of it could be loaded: something may be missing here
 *            that the database's server has
 */
static bool
load_again(const struct trial *t, const char *name, bool *out_whole,
    struct model *out)
{
	const char *again = arena_printf(t->d->mem, "%s_again", name);
	const char *sql = in_scratch(t, arena_printf(t->d->mem, "%s.sql",
	    again));
	const char *argv[] = { scratch_program(t->d->mem, "psql"), "-XAtq",
		"-v", "ON_ERROR_STOP=1", "-d", scratch_conninfo(t->s, again),
		"-f", in_scratch(t, arena_printf(t->d->mem, "%s.sql", name)),
		NULL };

	if (!scratch_create(t->s, again, NULL))
		return false;
	*out_whole = child_run(t->d->mem, argv, in_scratch(t, "out"),
	    in_scratch(t, "err")) == 0;
	return !*out_whole || (dump(t, scratch_conninfo(t->s, again), sql) &&
	    read_dump(t, sql, in_scratch(t, "again.json"), out));
}

/*
 * The server words some expressions anew when its own words are read: "x in
 * ('a', 'b')" takes a dump and its reload to stay as it is. Where the database
 * seems to differ, what both say then decides.
 */
static bool
settle(const struct trial *t, struct meaning *m)
{
	struct model source, database;
	bool whole = true, ok;

	if (!any_differs(m))
		return true;
	model_init(&source, t->d->mem);
	model_init(&database, t->d->mem);
	ok = load_again(t, "database", &whole, &database) && (!whole ||
	    load_again(t, "source", &whole, &source));
	for (size_t i = 0; ok && whole && i < m->database.objects.n; i++) {
		struct object *o = m->database.objects.v[i];
		const struct object *was = model_get(&database, o->key);

		if (differs(&m->source, o) && was != NULL &&
		    model_get(&source, o->key) != NULL &&
		    !differs(&source, was))
			o->create = model_get(&m->source, o->key)->create;
	}
	model_clear(&source);
	model_clear(&database);
	return ok;
}

/* --- what was read -------------------------------------------------------- */

/*
 * Identities of what an object's statements make.
 *
 * Returns whether the first one makes anything. Trees are large, and of all
 * objects: what is needed of them leaves them.
 */
static bool
keys_of(struct diff *d, const struct object *o, struct vec *out)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct parsed p = { .done = false };

	parsed_fill(mem, o, &p);
	for (size_t k = 0; k < p.n; k++)
		if (p.idents[k].cls != 0)
			vec_push(out, arena_strdup(d->mem, ident_key(mem,
			    &p.idents[k])));
	return p.n > 0 && p.idents[0].cls != 0;
}

static void
index_model(struct diff *d, struct map *by, const struct model *m)
{
	for (size_t i = 0; i < m->objects.n; i++) {
		struct object *o = m->objects.v[i];
		WM_VEC keys = VEC_INIT;

		if (ignored(&d->ignore, o))
			continue;
		(void)keys_of(d, o, &keys);
		for (size_t k = 0; k < keys.n; k++)
			if (map_get(by, keys.v[k]) == NULL)
				map_put(by, keys.v[k], o);
	}
}

/* Who owns what is of interest where the list says so. */
static bool
says_owners(const struct model *list)
{
	for (size_t i = 0; i < list->objects.n; i++) {
		const struct object *o = list->objects.v[i];
		WM_CLEANUP(arena_freep) struct arena *mem = NULL;
		struct parsed p = { .done = false };

		if (strcasestr(o->create, "owner to") == NULL)
			continue;
		mem = arena_new();
		parsed_fill(mem, o, &p);
		for (size_t k = 0; k < p.n; k++) {
			const struct json *cmds = json_get(p.stmts[k].node,
			    "cmds");
			const char *sub = json_str(json_get(cmds ?
			    cmds->first : NULL, "AlterTableCmd"), "subtype");

			if (strcmp(p.stmts[k].tag, "AlterOwnerStmt") == 0 ||
			    (sub && strcmp(sub, "AT_ChangeOwner") == 0))
				return true;
		}
	}
	return false;
}

bool
meaning_find(struct diff *d, const struct map *by, const struct model *m,
    const struct object *o, struct vec *out)
{
	WM_VEC keys = VEC_INIT;
	bool makes = keys_of(d, o, &keys), all = true;

	for (size_t k = 0; k < keys.n; k++) {
		struct object *found = map_get(by, keys.v[k]);

		if (found != NULL && !vec_has(out, found))
			vec_push(out, found);
		all = all && found != NULL;
	}
	if (out->n == 0 && !makes) {
		struct object *found = model_get(m, o->key);

		if (found != NULL)
			vec_push(out, found);
		return found != NULL;
	}
	return all;
}

static const char *
scratch_user(struct diff *d)
{
	const char *user = PQuser(d->db);

	for (const char *c = user; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c) ==
		    NULL)
			return NULL;
	return *user == '\0' || strncmp(user, "pg_", 3) == 0 ? NULL :
	    arena_strdup(d->mem, user);
}

static void
compare_versions(struct diff *d, struct trial *t)
{
	WM_PGCONN *s = scratch_connect(t->s, "source");
	int here = PQserverVersion(d->db) / 10000;

	if (s != NULL && PQserverVersion(s) / 10000 != here) {
		diag_warn(NULL, NULL, "the database is on PostgreSQL %d, the "
		    "scratch server is %d: they may word things differently",
		    here, PQserverVersion(s) / 10000);
		diag_hint("--scratch names a server to use.");
	}
}

struct meaning *
meaning_read(struct diff *d, const struct model *list)
{
	struct scratch_use use = { .tool = "wm-diff", .option = "--scratch",
		.user = scratch_user(d), .dbname = d->opts->scratch };
	const char *info = conninfo(d), *pass = PQpass(d->db);
	WM_CLEANUP(scratch_stopp) struct scratch *s = scratch_start(d->mem,
	    &use);
	struct trial t = { .d = d, .s = s,
		.pg_dump = scratch_program(d->mem, "pg_dump") };
	struct meaning *m = arena_alloc(d->mem, sizeof(*m));
	const char *old = getenv("PGPASSWORD");
	bool ok;

	if (s == NULL)
		return NULL;
	model_init(&m->source, d->mem);
	model_init(&m->database, d->mem);
	t.owners = says_owners(list);
	ok = build(&t, list) &&
	    dump(&t, scratch_conninfo(s, "source"), in_scratch(&t,
	    "source.sql"));
	if (ok) {
		compare_versions(d, &t);
		old = old ? arena_strdup(d->mem, old) : NULL;
		if (pass != NULL && *pass != '\0')
			setenv("PGPASSWORD", pass, 1);
		ok = dump(&t, info, in_scratch(&t, "database.sql"));
		if (old != NULL)
			setenv("PGPASSWORD", old, 1);
		else
			unsetenv("PGPASSWORD");
	}
	ok = ok && read_dump(&t, in_scratch(&t, "source.sql"), in_scratch(&t,
	    "source.json"), &m->source) &&
	    read_dump(&t, in_scratch(&t, "database.sql"), in_scratch(&t,
	    "database.json"), &m->database) && settle(&t, m);
	if (!ok) {
		meaning_clear(m);
		return NULL;
	}
	index_model(d, &m->by_source, &m->source);
	index_model(d, &m->by_database, &m->database);
	return m;
}

void
meaning_clear(struct meaning *m)
{
	if (m == NULL)
		return;
	map_clear(&m->by_source);
	map_clear(&m->by_database);
	model_clear(&m->source);
	model_clear(&m->database);
}
