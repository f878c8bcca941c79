/*
 * wm-release keygen: a pair of keys.
 */
#include "command.h"

#include "diag.h"
#include "sign.h"

static void
keygen(struct arena *mem, int argc, char **argv)
{
	(void)mem;
	if (argc != 1)
		usage_die("keygen takes one file name, of the private key");
	if (sign_generate(argv[0]))
		printf("%s\n%s.pub\n", argv[0], argv[0]);
}

const struct command command_keygen = {
	"keygen",
	{ .name = "wm-release keygen", .synopsis = "FILE",
	    .about = "Make a key to sign with, FILE, and its public half, "
	    "FILE.pub." },
	keygen
};
