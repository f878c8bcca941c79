/*
 * wm-diff - compare an object list with a database; write the plan that makes
 * the database match.
 */
#include "diff.h"

#include <stdlib.h>

#include "adopt.h"
#include "ahead.h"
#include "alter.h"
#include "attic.h"
#include "closure.h"
#include "commands.h"
#include "compare.h"
#include "conf.h"
#include "diag.h"
#include "format.h"
#include "hops.h"
#include "ignore.h"
#include "json_out.h"
#include "opt.h"
#include "pg.h"
#include "record.h"
#include "sides.h"
#include "unpack.h"
#include "words.h"

static struct conn_opts conn;
static const char *conf_path;
static struct diff_options opts = { .format = "json",
	.max_size = UNPACK_MAX };

static const struct opt options[] = {
	OPT_CONN(&conn),
	{ 'c', "config", OPT_STR, &conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 'f', "format", OPT_CHOICE, &opts.format, "FORMAT",
	    "json (default), sql, text", "json|sql|text" },
	{ 0, "from", OPT_STR, &opts.from, "FILE", NULL, NULL },
	{ 0, "history", OPT_STR, &opts.history, "FILE",
	    "no database: with a list or bundle; a history", NULL },
	{ 0, "adopt", OPT_FLAG, &opts.adopt, NULL,
	    "take over what is there without a record of it", NULL },
	{ 0, "drift", OPT_FLAG, &opts.drift, NULL,
	    "no list: compare a database with its own record", NULL },
	{ 0, "take", OPT_FLAG, &opts.take, NULL, NULL, NULL },
	{ 0, "prune", OPT_FLAG, &opts.prune, NULL,
	    "of --drift: print the texts; drop the unrecorded", NULL },
	{ 0, "scratch", OPT_STR, &opts.scratch, "CONN",
	    "server to try the source on (one of its own)", NULL },
	{ 0, "ignore", OPT_LIST, &opts.ignore, "PATTERN",
	    "leave objects of such names alone, as log.p_*", NULL },
	{ 0, "from-beta", OPT_FLAG, &opts.from_beta, NULL, NULL, NULL },
	{ 0, "downgrade", OPT_FLAG, &opts.downgrade, NULL,
	    "start between releases; go back to one", NULL },
	{ 0, "trust", OPT_LIST, &opts.trust, "KEY", NULL, NULL },
	{ 0, "max-size", OPT_SIZE, &opts.max_size, "SIZE",
	    "of bundles: who signs; what may unpack", NULL },
	OPT_HAZARDS(&opts.hazards),
	{ 0, "keep-dropped", OPT_FLAG, &opts.keep_dropped, NULL, NULL, NULL },
	{ 0, "no-prune", OPT_FLAG, &opts.no_prune, NULL,
	    "dropped data goes to wm_attic; drop no object", NULL },
	{ 0, "column-order", OPT_FLAG, &opts.column_order, NULL, NULL, NULL },
	{ 0, "no-body-check", OPT_FLAG, &opts.no_body_check, NULL,
	    "rebuild for their order; bodies unread", NULL },
	{ 'l', "language", OPT_STR, &opts.languages, "LANG,...",
	    "leave texts in other languages as they are", NULL },
	{ 0, "init", OPT_FLAG, &opts.init, NULL,
	    "run init texts, though the database is not new", NULL },
	{ 0, "no-dictionary", OPT_FLAG, &opts.no_dictionary, NULL, NULL,
	    NULL },
	{ 0, "own-dictionary", OPT_FLAG, &opts.own_dictionary, NULL,
	    "none; ours, not the older Wyseman's", NULL },
	{ 0, "exit-code", OPT_FLAG, &opts.exit_code, NULL,
	    "exit with 1 where there is something to do", NULL },
	{ 'W', "warn", OPT_WARN, NULL, "NAME",
	    "warn about NAME (deps); no-NAME, all, error", NULL },
};

static const struct opt_rule rules[] = {
	{ "from", OPT_EXCLUDES, "history|adopt|drift|" OPT_CONN_NAMES },
	{ "history", OPT_EXCLUDES, "adopt|drift|" OPT_CONN_NAMES },
	{ "drift", OPT_EXCLUDES, "adopt|from-beta|downgrade|trust|max-size|"
	    "no-prune|language|init|no-dictionary|own-dictionary" },
	{ "take", OPT_NEEDS, "drift" },
	{ "take", OPT_EXCLUDES, "format|keep-dropped|allow|deny|"
	    "no-body-check" },
	{ "prune", OPT_NEEDS, "drift" },
	{ "scratch", OPT_NEEDS, "adopt|drift" },
	OPT_HAZARD_RULE,
	{ "no-dictionary", OPT_EXCLUDES, "own-dictionary|language" },
};

static const struct tool tool = {
	"wm-diff", "[FILE]",
	"Compare an object list or bundle with a database; write the plan.",
	options, WM_LEN(options), rules, WM_LEN(rules)
};

static void
print(struct diff *d)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_SBUF text = SBUF_INIT;

	if (opts.take) {
		adopt_take(d, &text);
		d->taken = text.len > 0;
		tool_write(stdout, sbuf_str(&text), text.len);
		return;
	}
	if (strcmp(opts.format, "json") == 0) {
		json_out_stream(&out, stdout);
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
	adopt_clear(d);
	ahead_clear(d);
	words_clear(d);
	hops_clear(d);
	commands_clear(d);
	attic_clear(d);
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		vec_clear(&c->needs);
		vec_clear(&c->alters);
		alter_forget(c);
		vec_clear(&c->early);
		vec_clear(&c->above);
		vec_clear(&c->left);
		vec_clear(&c->fill);
		vec_clear(&c->cons);
		vec_clear(&c->runtime);
		vec_clear(&c->touched);
		vec_clear(&c->renames);
		vec_clear(&c->swap);
		vec_clear(&c->taken);
	}
	for (size_t i = 0; i < d->nodes.n; i++) {
		struct closure_node *n = d->nodes.v[i];

		vec_clear(&n->needs);
		vec_clear(&n->restore);
	}
	vec_clear(&d->nodes);
	vec_clear(&d->all);
	vec_clear(&d->foreign);
	vec_clear(&d->swapped);
	map_clear(&d->by_key);
	map_clear(&d->by_name);
	map_clear(&d->by_ident);
	map_clear(&d->by_word[0]);
	map_clear(&d->by_word[1]);
	map_clear(&d->handed);
	map_clear(&d->owners);
	map_clear(&d->by_catalog);
	map_clear(&d->casts);
	map_clear(&d->by_part);
	plan_clear(&d->plan);
	sides_clear(d);
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

/* Both sides are files: no server is asked for anything. */
static void
run_offline(struct diff *d, const char *path, const struct conf *c)
{
	if (sides_target(d, path, c) && sides_origin(d, c) &&
	    sides_agree(d) && compare(d))
		print(d);
}

/* Whether --exit-code tells of something: fingerprints are no work. */
static bool
any_work(const struct diff *d)
{
	const struct plan *p = &d->plan;

	if (opts.take)
		return d->taken;
	for (size_t i = 0; i < p->steps.n; i++)
		if (!opts.drift || ((struct plan_step *)p->steps.v[i])
		    ->action != PLAN_RECORD)
			return true;
	return false;
}

/* Returns the exit code of what can be tried again, else WM_EXIT_OK. */
static int
run(struct diff *d, const char *path, const struct conf *c)
{
	/* the server makes its process while the list is read */
	WM_PGCONN *db = pg_connect_start(&conn, "wm-diff");
	bool missing;

	if (!opts.drift && !sides_target(d, path, c))
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
		return diag_refused() > 0 ? WM_EXIT_OK : WM_EXIT_SYSTEM;
	d->elsewhere = missing;
	if (opts.drift && !sides_record(d))
		return WM_EXIT_OK;
	if (sides_agree(d) && compare(d))
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
		usage_die("more than one object list or bundle named");
	if (opts.drift && first < argc)
		usage_die("--drift takes no list: the record is compared");
	hazard_words(&opts.hazards);
	if (opts.take)	/* nothing will be done */
		vec_push(&opts.hazards.allow, "all");
	opts.allow_data_loss = hazard_allowed(&opts.hazards, "data-loss");
	opts.allow_rebuild = hazard_allowed(&opts.hazards, "rebuild");
	if (!conf_read(&conf, mem, conf_path))
		return tool_exit();
	conf_conn(&conf, &conn);
	vec_borrow(&d.ignore, &opts.ignore);
	ignore_conf(&d.ignore, &conf);
	model_init(&d.src, mem);
	model_init(&d.rec, mem);
	plan_init(&d.plan, mem);
	if (opts.from != NULL || opts.history != NULL) {
		rc = WM_EXIT_OK;
		run_offline(&d, first < argc ? argv[first] : NULL, &conf);
	} else
		rc = run(&d, first < argc ? argv[first] : NULL, &conf);
	work = any_work(&d);
	clear(&d);
	hazard_clear(&opts.hazards);
	vec_clear(&d.ignore);
	vec_clear(&opts.ignore);
	vec_clear(&opts.trust);
	end = tool_exit();
	if (rc != WM_EXIT_OK)
		return rc;
	if (end == WM_EXIT_OK && opts.exit_code && work)
		return 1;
	return end;
}
