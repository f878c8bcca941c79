/*
 * wm-release verify: whether bundles and histories are what they should be.
 */
#include "command.h"

#include <stdlib.h>

#include "bundle.h"
#include "diag.h"
#include "map.h"
#include "migrate.h"
#include "releases.h"
#include "replay.h"
#include "sign.h"
#include "sql.h"
#include "sqlcheck.h"
#include "unpack.h"
#include "version.h"

static struct where where;
static struct vec trust;
static bool do_replay;
static const char *dbname;
static const char *format = "text";
static long long max_size = UNPACK_MAX;

static const struct opt options[] = {
	{ 'c', "config", OPT_STR, &where.conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 't', "trust", OPT_LIST, &trust, "KEY",
	    "refuse what this public key has not signed", NULL },
	{ 'r', "replay", OPT_FLAG, &do_replay, NULL,
	    "upgrade each release to all later ones", NULL },
	{ 'd', "dbname", OPT_STR, &dbname, "DBNAME",
	    "replay on this server, not one of its own", NULL },
	{ 'f', "format", OPT_CHOICE, &format, "FORMAT",
	    "text (default), json", "text|json" },
	{ 0, "max-size", OPT_SIZE, &max_size, "SIZE",
	    "what a packed file may unpack to (1GB)", NULL },
};

static const struct opt_rule rules[] = {
	{ "dbname", OPT_NEEDS, "replay" },
};

/* What is being verified. */
struct verifying {
	struct arena *mem;
	struct map seen;	/* texts that were looked at */
	struct vec bundles;	/* of struct bundle *, one for each release */
	struct vec histories;	/* of struct history *, whose texts they
				   share */
	size_t texts;
	struct json_out *json;	/* where files are told; NULL: as text */
};

/* --- SQL ------------------------------------------------------------------ */

static void
check_text(struct verifying *v, const char *text, const struct loc *at,
    const char *what, bool may_be_empty)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = NULL;
	WM_VEC faults = VEC_INIT;

	/* most texts are in many releases */
	if (map_put(&v->seen, text, v) != NULL)
		return;
	v->texts++;
	scratch = arena_new();
	if (sqlcheck(v->mem, scratch, text, true, &faults) == 0 &&
	    faults.n == 0 && !may_be_empty)
		diag_error(at, "%s holds no SQL", what);
	for (size_t i = 0; i < faults.n; i++) {
		const struct sql_fault *f = faults.v[i];
		int line, col;

		diag_error(at, "%s: %s%s", what, f->message, f->where);
		if (f->off == SIZE_MAX)
			continue;
		byte_to_line_col(text, f->off, &line, &col);
		diag_quote(line, diag_line(text, line), col);
	}
}

static void
check_object(struct verifying *v, const struct object *o)
{
	const char *what = arena_printf(v->mem, "%s \"%s\", version %d",
	    o->kind->name, o->nam, o->obj_ver);

	check_text(v, o->create, &o->loc, what, false);
	check_text(v, o->drop, &o->loc, arena_printf(v->mem, "%s, drop", what),
	    true);
	for (size_t i = 0; i < o->delta.n; i++) {
		struct migration m;
		const char *why;

		if (!migrate_parse(v->mem, o->delta.v[i], &m, &why))
			diag_error(&o->loc, "%s, migration \"%s\": %s", what,
			    (const char *)o->delta.v[i], why);
	}
}

/* --- versions ------------------------------------------------------------- */

static int
by_version(const void *a, const void *b)
{
	return version_cmp(a, b);
}

/*
 * An object's versions are counted from 1, none is left out, and each release
 * has one of them.
 */
static void
check_versions(const struct bundle *b)
{
	WM_VEC all = VEC_INIT;
	const struct object *was = NULL;

	for (size_t i = 0; i < b->prev.n; i++)
		vec_push(&all, b->prev.v[i]);
	for (size_t i = 0; i < b->objects.objects.n; i++)
		vec_push(&all, b->objects.objects.v[i]);
	vec_sort(&all, by_version);
	for (size_t i = 0; i < all.n; i++) {
		const struct object *o = all.v[i];
		bool first = was == NULL || was->kind != o->kind ||
		    strcmp(was->nam, o->nam) != 0;
		int before = first ? 0 : was->obj_ver;

		if (o->obj_ver > before + 1)
			diag_error(&o->loc, "version %d of %s \"%s\" is "
			    "missing", before + 1, o->kind->name, o->nam);
		if (!first && o->min_rel <= was->max_rel)
			diag_error(&o->loc, "versions %d and %d of %s \"%s\" "
			    "are both in release %d", was->obj_ver, o->obj_ver,
			    o->kind->name, o->nam, o->min_rel);
		was = o;
	}
}

static void
check_bundle(struct verifying *v, struct bundle *b)
{
	struct loc at = { b->name, 0, 0 };

	check_versions(b);
	for (size_t i = 0; i < b->objects.objects.n; i++)
		check_object(v, b->objects.objects.v[i]);
	for (size_t i = 0; i < b->prev.n; i++)
		check_object(v, b->prev.v[i]);
	check_text(v, b->boot, &at, "boot", true);
	check_text(v, b->dict, &at, "dict", true);
	check_text(v, b->init, &at, "init", true);
}

/* --- files ---------------------------------------------------------------- */

static bool
is_history(const char *path)
{
	size_t len = strlen(path);

	return len >= 5 && strcmp(path + len - 5, ".hist") == 0;
}

static struct bundle *
new_bundle(struct arena *mem)
{
	struct bundle *b = arena_alloc(mem, sizeof(*b));

	bundle_init(b, mem);
	return b;
}

static void
put_summary(const struct verifying *v, const struct bundle *b,
    const char *signature)
{
	if (v->json != NULL) {
		json_out_open(v->json, NULL, '{', false);
		json_out_str(v->json, "file", b->name);
		json_out_str(v->json, "module", b->module);
		json_out_int(v->json, "release", b->release);
		json_out_int(v->json, "objects", (long)b->objects.objects.n);
		json_out_int(v->json, "past", (long)b->prev.n);
		json_out_str(v->json, "digest", b->digest);
		json_out_str(v->json, "signature", signature);
		json_out_close(v->json);
		return;
	}
	printf("%s: release %d of %s, %zu objects, %zu past versions, %s, %s\n",
	    b->name, b->release, b->module ? b->module : "no module",
	    b->objects.objects.n, b->prev.n,
	    b->digest ? "digest good" : "no digest", signature);
}

static bool
verify_bundle(struct verifying *v, const struct conf *c, const char *path)
{
	struct bundle *b = new_bundle(v->mem);
	struct loc at = { NULL, 0, 0 };
	const char *name;
	FILE *in = unpack_open(v->mem, path, max_size, &name);
	int before = diag_errors();
	bool ok;

	if (in == NULL)
		return false;
	b->max_size = max_size;
	at.file = name;
	ok = bundle_read(b, in, name);
	if (in != stdin)
		fclose(in);
	vec_push(&v->bundles, b);
	ok = ok && sign_accept(&at, b->digest, b->signature, &trust, c);
	if (!ok)
		return false;
	check_bundle(v, b);
	/* every release in it can be made, so all dependencies are there */
	for (int i = b->release; ok && i > 0; i--) {
		struct bundle *past = new_bundle(v->mem);

		release_of_bundle(b, i, past);
		ok = versions_in_order(&past->objects);
		bundle_clear(past);
	}
	if (ok && diag_errors() == before)
		put_summary(v, b, b->signature == NULL ? "not signed" :
		    trust.n + c->n_trust > 0 ? "signature good" :
		    "signature not verified");
	return ok;
}

static bool
verify_history(struct verifying *v, const char *path)
{
	struct history *h = arena_alloc(v->mem, sizeof(*h));
	int before = diag_errors();
	bool ok;

	history_init(h, v->mem);
	vec_push(&v->histories, h);
	ok = history_read(h, path) && history_ready(h);
	for (int i = 1; ok && i <= history_last(h); i++) {
		struct bundle *b = new_bundle(v->mem);

		vec_push(&v->bundles, b);
		b->name = path;
		ok = history_bundle(h, i, b) &&
		    history_seal(h, b, NULL, NULL);
		if (ok && i == history_last(h))
			check_versions(b);
		if (ok)
			check_bundle(v, b);
	}
	if (!ok || diag_errors() != before)
		return ok;
	if (v->json != NULL) {
		json_out_open(v->json, NULL, '{', false);
		json_out_str(v->json, "file", path);
		json_out_str(v->json, "module", h->module);
		json_out_int(v->json, "releases", history_last(h));
		json_out_close(v->json);
	} else
		printf("%s: %d releases of %s can be made again\n", path,
		    history_last(h), h->module ? h->module : "no module");
	return ok;
}

static int
by_release(const void *a, const void *b)
{
	const struct bundle *x = a, *y = b;

	return (x->release > y->release) - (x->release < y->release);
}

/* A bundle alone stands for all the releases that it knows. */
static void
spread(struct verifying *v, const struct bundle *b, struct vec *out,
    struct vec *past_out)
{
	for (int i = 1; i < b->release; i++) {
		struct bundle *past = new_bundle(v->mem);

		release_of_bundle(b, i, past);
		vec_push(past_out, past);
		/* its order was found good before */
		if (versions_in_order(&past->objects))
			vec_push(out, past);
	}
	vec_push(out, b);
}

/* Whether each release is there once; sorted. */
static bool
all_different(const struct vec *all)
{
	for (size_t i = 1; i < all->n; i++) {
		const struct bundle *a = all->v[i - 1], *b = all->v[i];
		struct loc at = { b->name, 0, 0 };

		if (a->release != b->release)
			continue;
		diag_error(&at, "release %d is given twice", b->release);
		return false;
	}
	return true;
}

static void
run_replay(struct verifying *v, const char *name)
{
	WM_VEC all = VEC_INIT;
	WM_VEC past = VEC_INIT;

	if (v->bundles.n == 1)
		spread(v, v->bundles.v[0], &all, &past);
	else
		for (size_t i = 0; i < v->bundles.n; i++)
			vec_push(&all, v->bundles.v[i]);
	vec_sort(&all, by_release);
	if (all_different(&all))
		(void)!replay(v->mem, &all, name, dbname, v->json);
	for (size_t i = 0; i < past.n; i++)
		bundle_clear(past.v[i]);
}

static void
verify(struct arena *mem, int argc, char **argv)
{
	WM_JSON_OUT doc = JSON_OUT_INIT;
	struct verifying v = { .mem = mem };
	struct conf c;
	bool ok;

	if (argc == 0)
		usage_die("no file to verify");
	ok = conf_read(&c, mem, where.conf_path);
	if (strcmp(format, "json") == 0) {
		v.json = &doc;
		json_out_open(&doc, NULL, '{', true);
		json_out_str(&doc, "format", "wm-verify/1");
		json_out_open(&doc, "files", '[', true);
	}
	for (int i = 0; ok && i < argc; i++)
		ok = is_history(argv[i]) ? verify_history(&v, argv[i]) :
		    verify_bundle(&v, &c, argv[i]);
	if (v.json != NULL)
		json_out_close(&doc);
	if (ok && do_replay && diag_errors() == 0)
		run_replay(&v, argv[0]);
	/* a matrix is told though not all in it is equal */
	if (v.json != NULL && (do_replay ? ok : diag_errors() == 0)) {
		json_out_close(&doc);
		json_out_flush(&doc, stdout);
	}
	for (size_t i = 0; i < v.bundles.n; i++)
		bundle_clear(v.bundles.v[i]);
	vec_clear(&v.bundles);
	for (size_t i = 0; i < v.histories.n; i++)
		history_clear(v.histories.v[i]);
	vec_clear(&v.histories);
	map_clear(&v.seen);
	vec_clear(&trust);
}

const struct command command_verify = {
	"verify",
	{ .name = "wm-release verify", .synopsis = "FILE...",
	    .about = "Verify bundles and histories.",
	    .opts = options, .n_opts = WM_LEN(options),
	    .rules = rules, .n_rules = WM_LEN(rules) },
	verify
};
