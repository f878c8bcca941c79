/*
 * sha256.h - SHA-256, from OpenSSL's libcrypto.
 */
#ifndef WM_SHA256_H
#define WM_SHA256_H

#include "wm.h"

#define SHA256_SIZE 32

/* A sum in the making; give back with sha256_end. */
struct sha256 {
	struct evp_md_ctx_st *ctx;
};

/* sha256_begin, sha256_put, sha256_end - sum of all that was put. */
void sha256_begin(struct sha256 *h);
void sha256_put(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, unsigned char out_sum[SHA256_SIZE]);

/* sha256_hex - a sum as 64 hexadecimal digits, lower case, with a NUL. */
void sha256_hex(const unsigned char sum[SHA256_SIZE],
    char out_hex[2 * SHA256_SIZE + 1]);

#endif
