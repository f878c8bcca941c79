/*
 * signing.h - the option --sign of commands that write a bundle.
 */
#ifndef SIGNING_H
#define SIGNING_H

#include "bundle.h"
#include "sign.h"

/*
 * signing_fn - signs a bundle that is written: pass it to bundle_write with a
 * struct sign_key * of sign_private as context.
 */
const char *signing_fn(void *key, struct arena *mem, const char *digest);

#define OPT_SIGN(target)                                                     \
	{ 's', "sign", OPT_STR, (target), "KEY",                             \
	    "sign the bundle with this private key", NULL }

#define OPT_PASSPHRASE(target)                                               \
	{ 0, "passphrase-file", OPT_STR, (target), "FILE",                   \
	    "read the key's passphrase from FILE", NULL }

#endif
