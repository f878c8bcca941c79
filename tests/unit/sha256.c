/*
 * Sums that FIPS 180-4 and its examples give, and those of libcrypto.
 */
#include "sha256.h"

#include <openssl/evp.h>

#include "tap.h"

static const struct {
	const char *text;
	const char *sum;
} known[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	},
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	},
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
	},
};

/* Of the first len bytes, in pieces of step. */
static void
sum(const unsigned char *p, size_t len, size_t step, char hex[65])
{
	unsigned char out[SHA256_SIZE];
	struct sha256 h;

	sha256_begin(&h);
	for (size_t i = 0; i < len; i += step)
		sha256_put(&h, p + i, len - i < step ? len - i : step);
	sha256_end(&h, out);
	sha256_hex(out, hex);
}

int
main(void)
{
	unsigned char data[1000], theirs[SHA256_SIZE];
	char hex[65], want[65];
	bool same = true, pieces = true;

	for (size_t i = 0; i < WM_LEN(known); i++) {
		sum((const unsigned char *)known[i].text,
		    strlen(known[i].text), 64, hex);
		ok(strcmp(hex, known[i].sum) == 0, "\"%s\"", known[i].text);
	}
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t len = 0; len <= sizeof(data); len++) {
		EVP_Digest(data, len, theirs, NULL, EVP_sha256(), NULL);
		sha256_hex(theirs, want);
		sum(data, len, len + 1, hex);
		same = same && strcmp(hex, want) == 0;
		for (size_t step = 1; step < 130; step += 9) {
			sum(data, len, step, hex);
			pieces = pieces && strcmp(hex, want) == 0;
		}
	}
	ok(same, "of every length, as libcrypto has it");
	ok(pieces, "in pieces of any length");
	return tap_done();
}
