/*
 * build - make a release's bundle, or a script, from the history.
 */
#include "command.h"

#include "diag.h"
#include "json_out.h"
#include "sbuf.h"
#include "script.h"
#include "signing.h"

static struct where where;
static const char *release;
static const char *output;
static const char *sign_path;
static const char *passphrase;
static bool sql;
static bool no_compress;

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 'r', "release", OPT_STR, &release, "RELEASE",
	    "number, label, next, or last (default)", NULL },
	{ 0, "sql", OPT_FLAG, &sql, NULL,
	    "one SQL script that fills an empty database", NULL },
	{ 0, "no-compress", OPT_FLAG, &no_compress, NULL,
	    "leave texts uncompressed (of next only)", NULL },
	OPT_OUTPUT(&output),
	OPT_SIGN(&sign_path),
	OPT_PASSPHRASE(&passphrase),
};

static const struct opt_rule rules[] = {
	{ "sql", OPT_EXCLUDES, "sign|no-compress" },
	{ "passphrase-file", OPT_NEEDS, "sign" },
};

static void
build(struct session *s, int number, struct sign_key *key)
{
	WM_SBUF script = SBUF_INIT;
	struct bundle b;
	bool ok;

	bundle_init(&b, s->mem);
	ok = history_bundle(&s->hist, number, &b);
	if (ok && no_compress)
		b.compress = false;
	ok = ok && (sql ? script_write(s->mem, &b, &script) :
	    history_seal(&s->hist, &b, key ? signing_fn : NULL, key));
	/* what fails has been reported */
	(void)(ok && (sql ? put_document(output, script.s, script.len) :
	    put_bundle(output, &b)));
	bundle_clear(&b);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	WM_KEY *key = NULL;
	struct session s;
	int number;

	(void)argv;
	if (argc > 0)
		usage_die("build takes no operands: it reads Wyseman.hist");
	if (sign_path != NULL &&
	    (key = sign_private(sign_path, passphrase)) == NULL)
		return;
	if (session_open(&s, mem, &where, false) && session_known(&s)) {
		number = release_find(&s.hist.releases, release != NULL ?
		    release : "last", s.hist.path);
		if (number > 0 && no_compress &&
		    number <= history_last(&s.hist))
			usage_die("release %d is committed: its bundle has "
			    "one form", number);
		if (number > 0)
			build(&s, number, key);
	}
	session_clear(&s);
}

const struct command command_build = {
	"build",
	{ .name = "wm-release build", .synopsis = "",
	    .about = "Make a release's bundle again, from the history.",
	    .opts = options, .n_opts = WM_LEN(options),
	    .rules = rules, .n_rules = WM_LEN(rules) },
	run
};
