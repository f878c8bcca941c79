/*
 * wm-release sign: a signature for a bundle that is there already.
 */
#include "signing.h"

#include "arena.h"
#include "command.h"
#include "diag.h"
#include "sbuf.h"
#include "unpack.h"

static const char *key_path;
static const char *passphrase;
static const char *output;
static long long max_size = UNPACK_MAX;

static const struct opt options[] = {
	{ 'k', "key", OPT_STR, &key_path, "KEY",
	    "the private key", NULL },
	OPT_PASSPHRASE(&passphrase),
	OPT_OUTPUT(&output),
	{ 0, "max-size", OPT_SIZE, &max_size, "SIZE",
	    "what a packed file may unpack to (1GB)", NULL },
};

const char *
signing_fn(void *key, struct arena *mem, const char *digest)
{
	WM_SBUF text = SBUF_INIT;

	sign_digest(key, digest, &text);
	return sbuf_take(&text, mem);
}

static bool
sign_bundle(struct bundle *b, struct sign_key *key, struct json_out *text)
{
	const char *was = b->digest;
	struct loc at = { b->name, 0, 0 };

	if (!bundle_write(b, signing_fn, key, text))
		return false;
	/* it holds something that is not kept when it is written again */
	if (was != NULL && strcmp(was, b->digest) != 0) {
		diag_error(&at, "cannot be signed: written again, it would "
		    "have another digest");
		diag_hint("Sign it where it is made: wm-release build "
		    "--sign %s.", key_path);
		return false;
	}
	return true;
}

static void
sign(struct arena *mem, int argc, char **argv)
{
	WM_KEY *key = NULL;
	WM_JSON_OUT text = JSON_OUT_INIT;
	struct bundle b;
	const char *name;
	FILE *in;

	if (argc != 1 || key_path == NULL)
		usage_die("sign takes a bundle, and --key");
	key = sign_private(key_path, passphrase);
	in = key ? unpack_open(mem, argv[0], max_size, &name) : NULL;
	if (in == NULL)
		return;
	bundle_init(&b, mem);
	b.max_size = max_size;
	if (bundle_read(&b, in, name) && sign_bundle(&b, key, &text)) {
		sbuf_putc(&text.text, '\n');
		/* in its place, unless that is an archive */
		if (output == NULL && strcmp(name, argv[0]) == 0)
			output = argv[0];
		if (!put_document(output, text.text.s, text.text.len))
			diag_note(NULL, "the bundle is as it was");
	}
	if (in != stdin)
		fclose(in);
	bundle_clear(&b);
}

const struct command command_sign = {
	"sign",
	{ .name = "wm-release sign", .synopsis = "--key KEY FILE",
	    .about = "Sign a bundle, in its place.", .opts = options,
	    .n_opts = WM_LEN(options) },
	sign
};
