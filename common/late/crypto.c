/*
 * libcrypto, where it is needed.
 */
#include "late.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* "3", of the number 3 */
#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
LATE_LIBRARY("libcrypto.so." TEXT(OPENSSL_SHLIB_VERSION),
    "to sign releases");

LATE(long, BIO_ctrl, (BIO *a, int b, long c, void *d), (a, b, c, d))
LATE(int, BIO_free, (BIO *a), (a))
LATE(BIO *, BIO_new, (const BIO_METHOD *a), (a))
LATE(BIO *, BIO_new_file, (const char *a, const char *b), (a, b))
LATE(const BIO_METHOD *, BIO_s_mem, (void), ())
LATE(const BIO_METHOD *, BIO_s_secmem, (void), ())
LATE_DO(CRYPTO_free, (void *a, const char *b, int c), (a, b, c))
LATE_DO(ERR_clear_error, (void), ())
LATE(unsigned long, ERR_get_error, (void), ())
LATE(const char *, ERR_reason_error_string, (unsigned long a), (a))
LATE(int, EVP_DecodeBlock, (unsigned char *a, const unsigned char *b, int c),
    (a, b, c))
LATE(int, EVP_DigestFinal_ex, (EVP_MD_CTX *a, unsigned char *b,
    unsigned int *c), (a, b, c))
LATE(int, EVP_DigestInit_ex, (EVP_MD_CTX *a, const EVP_MD *b, ENGINE *c),
    (a, b, c))
LATE(int, EVP_DigestSign, (EVP_MD_CTX *a, unsigned char *b, size_t *c,
    const unsigned char *d, size_t e), (a, b, c, d, e))
LATE(int, EVP_DigestSignInit, (EVP_MD_CTX *a, EVP_PKEY_CTX **b,
    const EVP_MD *c, ENGINE *d, EVP_PKEY *e), (a, b, c, d, e))
LATE(int, EVP_DigestUpdate, (EVP_MD_CTX *a, const void *b, size_t c), (a, b, c))
LATE(int, EVP_DigestVerify, (EVP_MD_CTX *a, const unsigned char *b, size_t c,
    const unsigned char *d, size_t e), (a, b, c, d, e))
LATE(int, EVP_DigestVerifyInit, (EVP_MD_CTX *a, EVP_PKEY_CTX **b,
    const EVP_MD *c, ENGINE *d, EVP_PKEY *e), (a, b, c, d, e))
LATE(int, EVP_EncodeBlock, (unsigned char *a, const unsigned char *b, int c),
    (a, b, c))
LATE(const EVP_CIPHER *, EVP_aes_256_cbc, (void), ())
LATE_DO(EVP_MD_CTX_free, (EVP_MD_CTX *a), (a))
LATE(EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
LATE_DO(EVP_PKEY_free, (EVP_PKEY *a), (a))
LATE(const char *, EVP_PKEY_get0_type_name, (const EVP_PKEY *a), (a))
LATE(int, EVP_PKEY_get_id, (const EVP_PKEY *a), (a))
LATE(int, EVP_read_pw_string, (char *a, int b, const char *c, int d),
    (a, b, c, d))
LATE(const EVP_MD *, EVP_sha256, (void), ())
LATE(int, PEM_read_bio, (BIO *a, char **b, char **c, unsigned char **d,
    long *e), (a, b, c, d, e))
LATE(EVP_PKEY *, PEM_read_bio_PUBKEY, (BIO *a, EVP_PKEY **b,
    pem_password_cb *c, void *d), (a, b, c, d))
LATE(EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO *a, EVP_PKEY **b,
    pem_password_cb *c, void *d), (a, b, c, d))
LATE(int, PEM_write_bio_PKCS8PrivateKey, (BIO *a, const EVP_PKEY *b,
    const EVP_CIPHER *c, const char *d, int e, pem_password_cb *f, void *g),
    (a, b, c, d, e, f, g))
LATE(int, PEM_write_bio_PUBKEY, (BIO *a, const EVP_PKEY *b), (a, b))

/* Of types that take no arguments, such as "ED25519". */
EVP_PKEY *
EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *propq, const char *type, ...)
{
	static EVP_PKEY *(*fn)(OSSL_LIB_CTX *, const char *, const char *, ...);

	if (fn == NULL)
		*(void **)&fn = late_find(&library, "EVP_PKEY_Q_keygen");
	return fn(ctx, propq, type);
}
