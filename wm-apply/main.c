/*
 * wm-apply - run a plan on a database, in one transaction.
 */
#include "wm.h"

#include <stdlib.h>
#include <unistd.h>

#include "apply.h"
#include "arena.h"
#include "conf.h"
#include "diag.h"
#include "file.h"
#include "live.h"
#include "opt.h"
#include "pg.h"
#include "plan.h"
#include "ready.h"
#include "report.h"
#include "run.h"
#include "screen.h"
#include "turn.h"

static struct apply_opts opts = {
	.lock_timeout_ms = 2000,
	.retries = 10,
	.wait_ms = 60000,
};

static const char *conf_path;

static const struct opt options[] = {
	OPT_CONN(&opts.conn),
	{ 'c', "config", OPT_STR, &conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 'n', "dry-run", OPT_FLAG, &opts.dry_run, NULL,
	    "run all of it, then roll back", NULL },
	{ 0, "create-db", OPT_FLAG, &opts.create_db, NULL,
	    "create the database if it is missing", NULL },
	OPT_HAZARDS(&opts.hazards),
	{ 0, "lock-timeout", OPT_MS, &opts.lock_timeout_ms, "TIME",
	    "longest wait for a lock (2s); 0: no limit", NULL },
	{ 0, "retries", OPT_INT, &opts.retries, "N",
	    "tries after a lock conflict (10)", NULL },
	{ 0, "wait", OPT_MS, &opts.wait_ms, "TIME",
	    "wait for another wm-apply to end (60s)", NULL },
	{ 0, "batch", OPT_INT, &opts.batch, "N",
	    "commit every N steps; new databases only", NULL },
	{ 0, "timing", OPT_FLAG, &opts.timing, NULL,
	    "report the time of each step", NULL },
	{ 'W', "warn", OPT_WARN, NULL, "NAME",
	    "warn about NAME (conf); no-NAME, all, error", NULL },
};

static const struct opt_rule rules[] = { OPT_HAZARD_RULE };

static const struct tool tool = {
	.name = "wm-apply",
	.synopsis = "[PLAN]",
	.about = "Run a plan (standard input, or a file) on a database.",
	.opts = options,
	.n_opts = WM_LEN(options),
	.rules = rules,
	.n_rules = WM_LEN(rules),
};

static bool
read_plan(struct plan *p, const char *path)
{
	const char *name;
	FILE *in = file_open(path, &name);
	bool fine = in != NULL && plan_read(p, in, name);

	if (in != NULL && in != stdin)
		fclose(in);
	return fine;
}

/* All that needs the server. */
static bool
apply(struct live *l, const struct plan *p, struct report *rep)
{
	struct facts f;

	l->total = p->steps.n;
	if (!live_open(l, &opts) || !turn_take(l) ||
	    !ready_facts(l, p->mem, &f) ||
	    !ready_state(l, &p->from, &p->to) || !ready_batch(p, &opts, &f) ||
	    !ready_needs(l, p, &f) || !ready_locks(p, &opts, &f) ||
	    !run_checks(l, p, &opts, rep) || !run_plan(l, p, &opts, &f, rep))
		return false;
	rep->database = f.database;
	rep->server = f.version;
	rep->status = opts.dry_run ? REPORT_DRY_RUN : REPORT_APPLIED;
	return true;
}

int
main(int argc, char **argv)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct live live = { .db = NULL };
	struct report rep = { .status = REPORT_UNCHANGED };
	struct plan plan;
	struct conf conf;
	int64_t start = live_now();
	int first = tool_init(&tool, argc, argv), code;
	char name[256];

	if (argc - first > 1)
		usage_die("one plan at a time: \"%s\" is one too many",
		    argv[first + 1]);
	hazard_words(&opts.hazards);
	if (!conf_read(&conf, mem, conf_path))
		return tool_exit();
	conf_conn(&conf, &opts.conn);
	live_early();
	plan_init(&plan, mem);
	if (read_plan(&plan, argv[first]) && screen_plan(&plan, &opts)) {
		rep.database = pg_dbname(&opts.conn, name, sizeof(name));
		if (opts.timing)
			rep.step_ms = arena_alloc(mem, sizeof(double) *
			    (plan.steps.n + 1));
		if (plan_empty(&plan)) {
			if (isatty(STDERR_FILENO))
				fputs("nothing to do\n", stderr);
		} else
			(void)apply(&live, &plan, &rep);
		rep.ms = live_now() - start;
		if (diag_errors() == 0 && !live.broken)
			report_write(&rep, &plan, stdout);
	}
	live_close(&live);
	code = tool_exit();
	if (code == WM_EXIT_SYSTEM && rep.status == REPORT_APPLIED)
		diag_note(NULL, "the change is committed; only its report is "
		    "lost");
	if (live.broken)
		code = WM_EXIT_SYSTEM;
	report_clear(&rep);
	plan_clear(&plan);
	hazard_clear(&opts.hazards);
	return code;
}
