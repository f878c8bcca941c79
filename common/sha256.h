/*
 * sha256.h - SHA-256, as FIPS 180-4 has it.
 *
 * libcrypto has it as well; but loading that, and starting it, takes several
 * times the memory and the time of what most runs sum up. It is loaded by who
 * has to do with keys (sign.h).
 */
#ifndef WM_SHA256_H
#define WM_SHA256_H

#include "wm.h"

#define SHA256_SIZE 32

/* A sum in the making; a value that holds nothing to give back. */
struct sha256 {
	uint32_t state[8];
	uint64_t len;		/* bytes so far */
	unsigned char block[64];	/* those that fill no block yet */
};

/* sha256_begin, sha256_put, sha256_end - sum of all that was put. */
void sha256_begin(struct sha256 *h);
void sha256_put(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, unsigned char out_sum[SHA256_SIZE]);

/* sha256_hex - a sum as 64 hexadecimal digits, lower case, with a NUL. */
void sha256_hex(const unsigned char sum[SHA256_SIZE],
    char out_hex[2 * SHA256_SIZE + 1]);

#endif
