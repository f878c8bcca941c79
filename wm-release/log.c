/*
 * log - what each release has changed, the latest first.
 */
#include "changes.h"

#include "diag.h"

static struct where where;
static const char *format = "text";

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 'f', "format", OPT_CHOICE, &format, "FORMAT",
	    "text (default), json", "text|json" },
};

static void
log_text(struct session *s)
{
	WM_SBUF out = SBUF_INIT;
	struct lives all;

	lives_open(&all, s);
	for (int n = changes_last(&s->hist); n >= 1; n--) {
		struct changes c = { .added = 0 };

		changes_between(&all, n - 1, n, &c);
		release_line(&s->hist, n, &out);
		sbuf_printf(&out, ": %zu added, %zu changed, %zu dropped\n",
		    c.added, c.changed, c.dropped);
		changes_text(&c, &out);
		changes_clear(&c);
	}
	lives_clear(&all);
	tool_write(stdout, sbuf_str(&out), out.len);
}

static void
log_json(struct session *s)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	struct lives all;

	lives_open(&all, s);
	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "format", "wm-log/1");
	json_out_str(&out, "module", s->hist.module);
	json_out_open(&out, "releases", '[', true);
	for (int n = changes_last(&s->hist); n >= 1; n--) {
		struct changes c = { .added = 0 };

		changes_between(&all, n - 1, n, &c);
		json_out_open(&out, NULL, '{', false);
		release_json(&s->hist, n, &out);
		changes_json(&c, &out);
		json_out_close(&out);
		changes_clear(&c);
	}
	json_out_close(&out);
	json_out_close(&out);
	lives_clear(&all);
	json_out_flush(&out, stdout);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct session s;

	(void)argv;
	if (argc > 0)
		usage_die("log takes no operands");
	if (session_open(&s, mem, &where, false) && session_known(&s) &&
	    history_ready(&s.hist)) {
		if (strcmp(format, "json") == 0)
			log_json(&s);
		else
			log_text(&s);
	}
	session_clear(&s);
}

const struct command command_log = {
	"log",
	{ .name = "wm-release log", .synopsis = "",
	    .about = "Tell what each release has changed.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
