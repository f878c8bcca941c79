/*
 * wm-release keygen: a pair of keys.
 */
#include "command.h"

#include "diag.h"
#include "sign.h"

static bool encrypt;
static const char *passphrase;

static const struct opt options[] = {
	{ 'e', "encrypt", OPT_FLAG, &encrypt, NULL,
	    "encrypt it with a passphrase, which is asked for", NULL },
	{ 0, "passphrase-file", OPT_STR, &passphrase, "FILE",
	    "encrypt it with the passphrase in FILE", NULL },
};

static void
keygen(struct arena *mem, int argc, char **argv)
{
	(void)mem;
	if (argc != 1)
		usage_die("keygen takes one file name, of the private key");
	if (sign_generate(argv[0], encrypt || passphrase != NULL, passphrase))
		printf("%s\n%s.pub\n", argv[0], argv[0]);
}

const struct command command_keygen = {
	"keygen",
	{ .name = "wm-release keygen", .synopsis = "FILE",
	    .about = "Make a key to sign with, FILE, and its public half, "
	    "FILE.pub.",
	    .opts = options, .n_opts = WM_LEN(options) },
	keygen
};
