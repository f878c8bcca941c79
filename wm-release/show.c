/*
 * show - all that is in one release.
 */
#include "changes.h"

#include "diag.h"
#include "own.h"

static struct where where;
static const char *format = "text";

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 'f', "format", OPT_CHOICE, &format, "FORMAT",
	    "text (default), json", "text|json" },
};

static const struct archive *
archive(const struct history *h, int n)
{
	return (size_t)n <= h->arch.n ? h->arch.v[n - 1] : NULL;
}

static void
show_text(struct session *s, const struct bundle *b, const struct changes *c)
{
	const struct archive *a = archive(&s->hist, b->release);
	WM_SBUF out = SBUF_INIT;

	release_line(&s->hist, b->release, &out);
	sbuf_printf(&out, "\nmodule %s, %zu objects\n", b->module != NULL ?
	    b->module : "(none)", b->objects.objects.n);
	if (a != NULL && a->digest != NULL)
		sbuf_printf(&out, "digest %s%s\n", a->digest,
		    a->signature != NULL ? ", signed" : "");
	sbuf_printf(&out, "\nsince release %d: %zu added, %zu changed, %zu "
	    "dropped\n", b->release - 1, c->added, c->changed, c->dropped);
	changes_text(c, &out);
	sbuf_puts(&out, "\nobjects, each with its version and the release it "
	    "is from\n");
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];

		if (strcmp(o->module, OWN_MODULE) == 0)
			continue;
		sbuf_printf(&out, "  %s %s, %d, %d\n", o->kind->name, o->nam,
		    o->obj_ver, o->min_rel);
	}
	tool_write(stdout, sbuf_str(&out), out.len);
}

static void
show_json(struct session *s, const struct bundle *b, const struct changes *c)
{
	const struct archive *a = archive(&s->hist, b->release);
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "format", "wm-release/1");
	json_out_str(&out, "module", b->module);
	release_json(&s->hist, b->release, &out);
	json_out_str(&out, "digest", a != NULL ? a->digest : NULL);
	json_out_str(&out, "signature", a != NULL ? a->signature : NULL);
	changes_json(c, &out);
	json_out_open(&out, "objects", '[', true);
	for (size_t i = 0; i < b->objects.objects.n; i++) {
		const struct object *o = b->objects.objects.v[i];

		json_out_open(&out, NULL, '{', false);
		json_out_str(&out, "obj_typ", o->kind->name);
		json_out_str(&out, "obj_nam", o->nam);
		json_out_str(&out, "module", o->module);
		json_out_int(&out, "obj_ver", o->obj_ver);
		json_out_int(&out, "min_rel", o->min_rel);
		json_out_close(&out);
	}
	json_out_close(&out);
	json_out_close(&out);
	json_out_flush(&out, stdout);
}

static void
show(struct session *s, int number)
{
	struct changes c = { .added = 0 };
	struct lives all;
	struct bundle b;

	bundle_init(&b, s->mem);
	if (history_bundle(&s->hist, number, &b)) {
		lives_open(&all, s);
		changes_between(&all, number - 1, number, &c);
		if (strcmp(format, "json") == 0)
			show_json(s, &b, &c);
		else
			show_text(s, &b, &c);
		changes_clear(&c);
		lives_clear(&all);
	}
	bundle_clear(&b);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct session s;

	if (argc != 1)
		usage_die("show takes one release");
	if (session_open(&s, mem, &where, false) && session_known(&s)) {
		int number = release_find(&s.hist.releases, argv[0],
		    s.hist.path);

		if (number > 0)
			show(&s, number);
	}
	session_clear(&s);
}

const struct command command_show = {
	"show",
	{ .name = "wm-release show", .synopsis = "RELEASE",
	    .about = "Tell all that is in one release.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
