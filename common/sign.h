/*
 * sign.h - Ed25519 keys in PEM files, and signatures of bundles.
 *
 * What is signed is the text of a bundle's digest as it stands in the file, so
 * that openssl pkeyutl -verify -rawin can check it as well. A signature is
 * base64 of its 64 bytes.
 */
#ifndef WM_SIGN_H
#define WM_SIGN_H

#include "wm.h"

struct conf;
struct sbuf;
struct vec;

/* A private or public key. */
struct sign_key;

/* A key that is wiped and freed where its scope ends. */
#define WM_KEY WM_CLEANUP(sign_key_freep) struct sign_key
void sign_key_freep(struct sign_key **k);

/*
 * sign_generate - make a pair of keys: PATH, which only its owner may read,
 * and PATH.pub. Files that are there are not touched.
 *
 * encrypt       whether the private key is encrypted (AES-256), with a
 *               passphrase that is asked for twice, on the terminal
 * passphrase    file whose first line is the passphrase; NULL: ask
 *
 * Returns false once the failure has been reported; no file is left then.
 */
WM_MUST bool sign_generate(const char *path, bool encrypt,
    const char *passphrase);

/*
 * sign_private - read a private key.
 *
 * passphrase   of one that is encrypted: file whose first line it is; NULL: it
 *              is asked for on the terminal
 *
 * sign_public - read a public key.
 *
 * Both return NULL once the failure has been reported: unreadable, no key of
 * that kind, not Ed25519, no terminal to ask on.
 */
WM_MUST struct sign_key *sign_private(const char *path,
    const char *passphrase);
WM_MUST struct sign_key *sign_public(const char *path);

/*
 * sign_digest - append the signature of a text.
 *
 * key   private
 */
void sign_digest(const struct sign_key *key, const char *digest,
    struct sbuf *out);

/*
 * sign_verify - whether a signature was made for this text with the private
 * half of the key. One that is no base64 of 64 bytes is not.
 */
WM_MUST bool sign_verify(const struct sign_key *key, const char *digest,
    const char *signature);

/*
 * sign_accept - whether a bundle may be used, as --trust and the configuration
 * (trust, require-signature) have it: where keys are named, one of them must
 * have signed it; where a signature is required, keys must be named.
 *
 * at         the bundle
 * digest     its text in the bundle, found to be true; NULL: it has none
 * signature  NULL: it has none
 * trust      paths of public keys, of const char *; of the command line
 * c          NULL: no configuration
 *
 * Returns false once it has been refused (exit code 4) or a key could not be
 * read, with the message written.
 */
WM_MUST bool sign_accept(const struct loc *at, const char *digest,
    const char *signature, const struct vec *trust, const struct conf *c);

#endif
