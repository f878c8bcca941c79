/*
 * commit - close the release that is worked on.
 */
#include "command.h"

#include "delta.h"
#include "diag.h"
#include "file.h"
#include "fileset.h"
#include "json_out.h"
#include "next.h"
#include "pending.h"
#include "required.h"
#include "signing.h"
#include "stamp.h"
#include "tables.h"

static struct where where;
static const char *label;
static const char *output;
static const char *timestamp;
static const char *sign_path;
static const char *passphrase;
static bool no_compress;

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 'l', "label", OPT_STR, &label, "TEXT",
	    "call the release TEXT, such as 1.2.0", NULL },
	{ 0, "no-compress", OPT_FLAG, &no_compress, NULL,
	    "leave texts in the bundle uncompressed", NULL },
	OPT_OUTPUT(&output),
	OPT_SIGN(&sign_path),
	OPT_PASSPHRASE(&passphrase),
	{ 0, "timestamp", OPT_STR, &timestamp, "TIME",
	    "when it is released, UTC, instead of now", NULL },
	{ 'W', "warn", OPT_WARN, NULL, "NAME",
	    "warn of NAME (init, gone); no-NAME, all, error", NULL },
};

static const struct opt_rule rules[] = {
	{ "passphrase-file", OPT_NEEDS, "sign" },
};

/* Whether the texts beside the objects are other than in the last release. */
static bool
texts_differ(const struct session *s, const struct bundle *b)
{
	int last = b->release - 1;
	const char *dict, *init;

	if (last == 0)
		return *b->dict != '\0' || *b->init != '\0';
	dict = history_text(&s->hist, last, HISTORY_DICT);
	init = history_text(&s->hist, last, HISTORY_INIT);
	return dict == NULL || init == NULL || strcmp(dict, b->dict) != 0 ||
	    strcmp(init, b->init) != 0;
}

static bool
anything_new(const struct session *s, const struct bundle *b,
    const struct next_counts *n)
{
	struct loc at = { s->hist.path, 0, 0 };

	if (n->added + n->changed + n->dropped > 0 || texts_differ(s, b))
		return true;
	diag_refuse(&at, "there is nothing to release: all is as in release "
	    "%d", b->release - 1);
	return false;
}

static void
warn(const struct session *s, const struct model *list)
{
	WM_MAP renamed = MAP_INIT;

	for (size_t i = 0; i < list->objects.n; i++) {
		const struct object *o = list->objects.v[i];
		const struct object *was = o->delta.n > 0 ?
		    next_was(s, list, o) : NULL;

		if (was != NULL)
			map_put(&renamed, was->key, was);
	}
	if (list->init.n == 0)
		diag_warn(NULL, "init", "the release has no initial SQL: no "
		    ".wmi file was parsed");
	for (size_t i = 0; i < s->hist.objects.objects.n; i++) {
		const struct object *o = s->hist.objects.objects.v[i];

		if (strcmp(o->kind->name, "table") == 0 &&
		    model_get(list, o->key) == NULL &&
		    map_get(&renamed, o->key) == NULL)
			diag_warn(NULL, "gone", "table \"%s\" is not in the "
			    "release any more: an upgrade drops it", o->nam);
	}
}

/* The label is free, and the release has its time. */
static bool
close_release(struct session *s, struct bundle *b)
{
	struct release *r = b->releases.v[b->release - 1];
	struct loc at = { s->hist.path, 0, 0 };

	for (size_t i = 0; label != NULL && i < b->releases.n; i++) {
		const struct release *k = b->releases.v[i];

		if (k != r && k->label != NULL &&
		    strcmp(k->label, label) == 0) {
			diag_refuse(&at, "label \"%s\" is that of release "
			    "%zu", label, i + 1);
			return false;
		}
	}
	r->label = label;
	r->committed = stamp_text(s->mem, timestamp);
	r->beta = 0;
	b->publish = r->committed;
	b->compress = !no_compress;
	return true;
}

/* A new history, beside the old one. */
static bool
write_history(struct session *s, struct fileset *files)
{
	WM_JSON_OUT doc = { .put = file_out_put };
	struct file_out f;

	fileset_begin(files, s->hist.path, &f);
	doc.ctx = &f;
	history_write(&s->hist, &doc);
	json_out_end(&doc);
	return file_out_close(&f);
}

/* The bundle, beside what has its name. */
static bool
write_bundle(const struct bundle *b, struct fileset *files)
{
	WM_JSON_OUT doc = { .put = file_out_put };
	struct file_out f;

	fileset_begin(files, output, &f);
	doc.ctx = &f;
	bundle_put(b, &doc);
	json_out_end(&doc);
	return file_out_close(&f);
}

/*
 * The bundle on standard output, all but its last brace: a disk that is full, a
 * reader that is gone are known before the files count, and without the
 * brace it is nothing that anybody would take for a bundle.
 */
static bool
write_most(const struct bundle *b)
{
	WM_JSON_OUT doc = JSON_OUT_INIT;

	json_out_stream(&doc, stdout);
	bundle_put(b, &doc);
	return tool_put(stdout, doc.text.s, doc.text.len - 1);
}

/*
 * All three files or none; with standard output in place of the bundle's file,
 * see above.
 */
static void
put_all(struct session *s, struct bundle *b)
{
	struct fileset files = { .mem = s->mem, .home = s->hist.path };
	bool to_stdout = output == NULL || strcmp(output, "-") == 0;
	struct loc at = { s->hist.path, 0, 0 };
	struct bundle all;
	WM_SBUF none = SBUF_INIT;
	struct delta empty = { .mem = s->mem };
	bool ok;

	history_close(&s->hist, b);
	/* its objects are the history's now */
	all = *b;
	all.objects = s->hist.objects;
	all.prev = s->hist.prev;
	delta_text(&empty, &none);
	ok = write_history(s, &files) &&
	    (!file_exists(s->delta_path) ||
	    fileset_put(&files, s->delta_path, none.s, none.len)) &&
	    (to_stdout ? write_most(&all) : write_bundle(&all, &files));
	if (ok && !fileset_commit(&files)) {
		diag_hint("Run wm-release log: it finishes what was begun.");
		ok = false;
	}
	if (ok && to_stdout && !tool_put(stdout, "}\n", 2))
		diag_note(&at, "release %d is committed; wm-release build "
		    "writes its bundle again", all.release);
	fileset_clear(&files);
}

static void
commit(struct session *s, struct model *list, struct bundle *b,
    struct sign_key *key)
{
	struct next_counts n;
	struct delta d;
	bool ok;

	if (!delta_load(&d, s->mem, s->delta_path))
		return;
	ok = pending_check(s, &d, list);
	delta_clear(&d);
	if (!ok || !required_deltas(s, list) ||
	    !next_bundle(s, list, b, &n) || !anything_new(s, b, &n) ||
	    !tables_check(s, list) || !close_release(s, b))
		return;
	warn(s, list);
	if (diag_errors() == 0 && bundle_seal(b, key ? signing_fn : NULL, key))
		put_all(s, b);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	WM_KEY *key = NULL;
	struct session s;
	struct model list;
	struct bundle b;

	if (argc > 1)
		usage_die("more than one object list named");
	if (label != NULL && !label_ok(label))
		usage_die("a label has letters, digits and \".-_+\", and is "
		    "no number: not \"%s\"", label);
	(void)stamp_text(mem, timestamp);
	if (sign_path != NULL &&
	    (key = sign_private(sign_path, passphrase)) == NULL)
		return;
	model_init(&list, mem);
	bundle_init(&b, mem);
	if (session_open(&s, mem, &where, true) &&
	    next_read(&s, &list, argc > 0 ? argv[0] : NULL))
		commit(&s, &list, &b, key);
	bundle_clear(&b);
	model_clear(&list);
	session_clear(&s);
}

const struct command command_commit = {
	"commit",
	{ .name = "wm-release commit", .synopsis = "[FILE]",
	    .about = "Close the release that is worked on; write its bundle.",
	    .opts = options, .n_opts = WM_LEN(options),
	    .rules = rules, .n_rules = WM_LEN(rules) },
	run
};
