/*
 * diff - what two releases have different.
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
print(struct session *s, int from, int to, const struct changes *c)
{
	WM_JSON_OUT json = JSON_OUT_INIT;
	WM_SBUF out = SBUF_INIT;

	if (strcmp(format, "json") == 0) {
		json_out_open(&json, NULL, '{', true);
		json_out_str(&json, "format", "wm-changes/1");
		json_out_str(&json, "module", s->hist.module);
		json_out_int(&json, "from", from);
		json_out_int(&json, "to", to);
		changes_json(c, &json);
		json_out_close(&json);
		json_out_flush(&json, stdout);
		return;
	}
	release_line(&s->hist, from, &out);
	sbuf_puts(&out, "\n");
	release_line(&s->hist, to, &out);
	sbuf_printf(&out, ": %zu added, %zu changed, %zu dropped\n", c->added,
	    c->changed, c->dropped);
	changes_text(c, &out);
	tool_write(stdout, sbuf_str(&out), out.len);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct session s;

	if (argc != 2)
		usage_die("diff takes two releases");
	if (session_open(&s, mem, &where, false) && session_known(&s) &&
	    history_ready(&s.hist)) {
		const char *name = s.hist.path;
		int from = release_find(&s.hist.releases, argv[0], name);
		int to = release_find(&s.hist.releases, argv[1], name);
		struct changes c = { .added = 0 };
		struct lives all;

		if (from > 0 && to > 0 && from > to)
			usage_die("the earlier release comes first");
		if (from > 0 && to > 0) {
			lives_open(&all, &s);
			changes_between(&all, from, to, &c);
			print(&s, from, to, &c);
			changes_clear(&c);
			lives_clear(&all);
		}
	}
	session_clear(&s);
}

const struct command command_diff = {
	"diff",
	{ .name = "wm-release diff", .synopsis = "RELEASE RELEASE",
	    .about = "Tell what two releases have different.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
