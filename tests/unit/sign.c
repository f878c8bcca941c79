/*
 * Keys, signatures, and whether a bundle may be used.
 */
#include "sign.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "diag.h"
#include "sbuf.h"
#include "tap.h"
#include "vec.h"

static char dir[] = "/tmp/wm-sign-XXXXXX";
static char a[64], a_pub[64], b[64], b_pub[64];

static int
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

static void
test_keys(void)
{
	ok(sign_generate(a, false, NULL), "a pair is made");
	ok(mode_of(a) == 0600, "the private key is its owner's");
	ok(mode_of(a_pub) == 0644, "the public one is not");
	ok(!sign_generate(a, false, NULL), "keys are not written over");
	unlink(a);
	ok(!sign_generate(a, false, NULL), "nor is the public one alone");
	ok(access(a, F_OK) != 0, "and then no private one is left");
	unlink(a_pub);
	ok(sign_generate(a, false, NULL) && sign_generate(b, false, NULL),
	    "two pairs");
	{
		WM_KEY *wrong = sign_private(a_pub, NULL);
		WM_KEY *wrong2 = sign_public(a);
		WM_KEY *wrong3 = sign_private("/nowhere", NULL);
		WM_KEY *wrong4 = sign_private(dir, NULL);

		ok(wrong == NULL && wrong2 == NULL,
		    "the halves are not taken for each other");
		ok(wrong3 == NULL && wrong4 == NULL, "a key has to be a file");
	}
}

static void
test_signature(void)
{
	static const char digest[] = "sha256 of a bundle";
	WM_KEY *key = sign_private(a, NULL);
	WM_KEY *pub = sign_public(a_pub);
	WM_KEY *pub_b = sign_public(b_pub);
	WM_SBUF sig = SBUF_INIT;
	WM_SBUF again = SBUF_INIT;
	size_t caught = 0;

	if (!ok(key != NULL && pub != NULL && pub_b != NULL, "keys are read"))
		return;
	sign_digest(key, digest, &sig);
	sign_digest(key, digest, &again);
	ok(sig.len == 88, "88 characters");
	ok(strcmp(sig.s, again.s) == 0, "equal input, equal signature");
	ok(sign_verify(pub, digest, sig.s), "it is good");
	ok(sign_verify(key, digest, sig.s), "for the private half, too");
	ok(!sign_verify(pub_b, digest, sig.s), "not for another key");
	ok(!sign_verify(pub, "sha256 of a bundlE", sig.s),
	    "not for another text");
	ok(!sign_verify(pub, digest, ""), "nothing is no signature");
	for (size_t i = 0; i < sig.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			sig.s[i] = (char)(sig.s[i] ^ (1 << bit));
			/* of the last character before "==" two bits count */
			if (i == 85 || !sign_verify(pub, digest, sig.s))
				caught++;
			sig.s[i] = (char)(sig.s[i] ^ (1 << bit));
		}
	ok(caught == sig.len * 8, "every changed bit is found");
}

static void
test_accept(void)
{
	static const char digest[] = "abc";
	struct loc at = { "schema-1.json", 0, 0 };
	WM_KEY *key = sign_private(a, NULL);
	WM_SBUF sig = SBUF_INIT;
	WM_VEC none = VEC_INIT;
	WM_VEC trust = VEC_INIT;
	WM_VEC both = VEC_INIT;
	const char *paths[] = { a_pub };
	struct conf c = { .path = "Wyseman.conf" };
	int before;

	if (key == NULL)
		return;
	sign_digest(key, digest, &sig);
	vec_push(&trust, b_pub);
	vec_push(&both, b_pub);
	vec_push(&both, a_pub);
	ok(sign_accept(&at, NULL, NULL, &none, NULL), "nothing is asked");
	ok(sign_accept(&at, digest, sig.s, &both, NULL), "one of two keys");
	before = diag_refused();
	ok(!sign_accept(&at, digest, sig.s, &trust, NULL), "the other key");
	ok(!sign_accept(&at, digest, NULL, &both, NULL), "not signed");
	ok(!sign_accept(&at, NULL, sig.s, &both, NULL), "no digest");
	c.require_signature = true;
	ok(!sign_accept(&at, digest, sig.s, &none, &c), "no key is named");
	ok(diag_refused() == before + 4, "these are refusals");
	c.trust = paths;
	c.n_trust = 1;
	ok(sign_accept(&at, digest, sig.s, &none, &c), "the rule is kept");
	c.require_signature = false;
	ok(!sign_accept(&at, digest, NULL, &none, &c),
	    "a key in the configuration asks for its signature");
	ok(!sign_accept(&at, digest, sig.s, &trust, &c),
	    "the command line counts more than the configuration");
	vec_push(&trust, "/nowhere");
	before = diag_failures();
	ok(!sign_accept(&at, digest, sig.s, &trust, NULL) &&
	    diag_failures() == before + 1, "a key that is not there");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		die("could not make a directory");
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(a_pub, sizeof(a_pub), "%s/a.pub", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	snprintf(b_pub, sizeof(b_pub), "%s/b.pub", dir);
	diag_tool("unit");
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	test_keys();
	test_signature();
	test_accept();
	unlink(a);
	unlink(a_pub);
	unlink(b);
	unlink(b_pub);
	rmdir(dir);
	return tap_done();
}
