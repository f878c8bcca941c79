#include "sha256.h"

#include <openssl/evp.h>

#include "diag.h"

void
sha256_begin(struct sha256 *h)
{
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL))
		die("could not start SHA-256");
}

void
sha256_put(struct sha256 *h, const void *data, size_t len)
{
	if (len > 0 && !EVP_DigestUpdate(h->ctx, data, len))
		die("could not compute SHA-256");
}

void
sha256_end(struct sha256 *h, unsigned char out_sum[SHA256_SIZE])
{
	if (!EVP_DigestFinal_ex(h->ctx, out_sum, NULL))
		die("could not compute SHA-256");
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

void
sha256_hex(const unsigned char sum[SHA256_SIZE],
    char out_hex[2 * SHA256_SIZE + 1])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(out_hex + 2 * i, 3, "%02x", sum[i]);
}
