/*
 * wm-parse - schema source files to an object list.
 */
#include "check.h"
#include "check_text.h"
#include "conf.h"
#include "delta.h"
#include "diag.h"
#include "dialect.h"
#include "init.h"
#include "interp.h"
#include "json_out.h"
#include "opt.h"
#include "parse.h"
#include "sql_source.h"
#include "to_wms.h"

static const char *conf_path;
static const char *sql_check;
static bool only_text;
static const char *format;
static int time_limit_ms = 30000;
static struct init_opts init = { .time_ms = 60000, .max_bytes = 64000000 };
static struct sql_options sql;
static const char *to_wms;

static const struct opt options[] = {
	{ 'c', "config", OPT_STR, &conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 0, "sql", OPT_FLAG, &sql.plain, NULL,
	    "files are plain SQL, whatever their names", NULL },
	{ 0, "owner", OPT_FLAG, &sql.owners, NULL,
	    "plain SQL: keep who owns what", NULL },
	{ 0, "roles", OPT_FLAG, &sql.roles, NULL,
	    "plain SQL: keep roles and their members", NULL },
	{ 0, "search-path", OPT_STR, &sql.path, "PATH",
	    "plain SQL: where its names are at first (public)", NULL },
	{ 0, "to-wms", OPT_STR, &to_wms, "DIR",
	    "no list; write .wms files, one a module", NULL },
	{ 0, "sql-check", OPT_CHOICE, &sql_check, "LEVEL",
	    "what bad SQL is: error, warn, off", "error|warn|off" },
	{ 0, "time-limit", OPT_MS, &time_limit_ms, "TIME",
	    "for all files; 0 is none (default 30s)", NULL },
	{ 0, "check-text", OPT_FLAG, &only_text, NULL,
	    "no list; say which texts are missing or stale", NULL },
	{ 0, "format", OPT_CHOICE, &format, "FORMAT",
	    "of --check-text: text (warnings), json", "text|json" },
	{ 0, "no-exec", OPT_FLAG, &init.no_exec, NULL,
	    "run no program: .wmi files are refused", NULL },
	{ 0, "init-env", OPT_LIST, &init.env, "NAME,...",
	    "environment variables that programs get", NULL },
	{ 0, "init-time", OPT_MS, &init.time_ms, "TIME",
	    "for each program; 0 is none (default 60s)", NULL },
	{ 0, "init-size", OPT_SIZE, &init.max_bytes, "SIZE",
	    "that each program may print (default 64MB)", NULL },
	{ 'W', "warn", OPT_WARN, NULL, "NAME",
	    "warn about NAME; no-NAME, all, error", NULL },
};

static const struct opt_rule rules[] = {
	{ "format", OPT_NEEDS, "check-text" },
	{ "check-text", OPT_EXCLUDES, "to-wms" },
	{ "no-exec", OPT_EXCLUDES, "init-env|init-time|init-size" },
};

static const struct tool tool = {
	"wm-parse", "FILE...",
	"Read schema source files; write the object list they define.",
	options, WM_LEN(options), rules, WM_LEN(rules)
};

static void
read_deltas(struct parse *p)
{
	for (size_t i = 0; i < p->dirs.n; i++) {
		const struct source *d = p->dirs.v[i];
		const char *path = strcmp(d->dir_name, ".") == 0 ?
		    "Wyseman.delta" :
		    arena_printf(p->mem, "%s/Wyseman.delta", d->dir_name);

		if (!delta_read(&p->model, path))
			continue;	/* counted as an error */
	}
}

static enum sql_level
level(void)
{
	if (sql_check == NULL || strcmp(sql_check, "error") == 0)
		return SQL_ERROR;
	return strcmp(sql_check, "warn") == 0 ? SQL_WARN : SQL_OFF;
}

static void
parse_all(struct parse *p, const struct vec *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (init_is_program(files->v[i]))
			init_run(p, &init, files->v[i],
			    level() != SQL_OFF, level() == SQL_WARN);
		else
			(void)interp_file(p, files->v[i]);
	sql_finish(p);
	dialect_finish(p);
	check_finish(p->check);
	read_deltas(p);
}

int
main(int argc, char **argv)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_JSON_OUT out = JSON_OUT_INIT;
	WM_VEC files = VEC_INIT;
	struct parse p = { .mem = mem };
	struct conf conf;
	int first = tool_init(&tool, argc, argv);
	bool json = format != NULL && strcmp(format, "json") == 0;
	bool written = true;

	if (!conf_read(&conf, mem, conf_path))
		return tool_exit();
	if (first >= argc)
		usage_die("no files named");
	for (int i = first; i < argc; i++)
		if (!conf_files(&conf, argv[i], &files))
			return tool_exit();

	p.check = check_start(level(), &p);
	p.sql.opts = sql;
	p.sql.opts.pass = sql_check == NULL || level() != SQL_ERROR;
	p.module = conf.module;
	model_init(&p.model, mem);
	interp_open(&p, time_limit_ms);
	parse_all(&p, &files);
	p.model.module = conf.module != NULL ? conf.module :
	    parse_module(&p, files.v[0]);
	if (diag_errors() == 0 && to_wms != NULL)
		written = to_wms_write(&p, to_wms);
	else if (diag_errors() == 0) {
		if (!only_text) {
			json_out_stream(&out, stdout);
			model_write(&p.model, &out);
		} else
			check_text(&p.model, json ? &out : NULL);
		if (!only_text || json)
			json_out_flush(&out, stdout);
	}
	interp_close(&p);
	sql_clear(&p);
	model_clear(&p.model);
	vec_clear(&init.env);
	if (!written)
		return WM_EXIT_SYSTEM;
	return tool_exit();
}
