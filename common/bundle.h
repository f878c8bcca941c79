/*
 * bundle.h - a release as one document, schema-N.json: every object as it is in
 * that release, and all the versions that came before.
 *
 * Member names are those of the older Wyseman, whose bundles can be read. Texts
 * (boot, init, dict, create, drop) are base64, of their zlib stream where
 * "compress" is true; those of "prev" never are. "hash" is base64 of SHA-256
 * over the encoded boot, init, dict, then create and drop of each object, as
 * they stand in the file. "digest" is SHA-256, hexadecimal, over the canonical
 * form (canon.h) of the document without the members digest and signature:
 *
 *	jq -cjS 'del(.digest, .signature)' schema-3.json | sha256sum
 *
 * A bundle without a digest is taken only where it has none but the members
 * that the older Wyseman wrote.
 */
#ifndef WM_BUNDLE_H
#define WM_BUNDLE_H

#include "wm.h"

#include "json_out.h"
#include "model.h"
#include "release.h"

struct arena;

/*
 * Initialise with bundle_init, give back with bundle_clear; strings live in the
 * arena.
 */
struct bundle {
	struct arena *mem;
	const char *name;	/* of the file, for messages; NULL: made here */
	const char *module;	/* or NULL */
	int release;		/* from 1 */
	const char *publish;	/* when it was committed; NULL: beta */
	bool compress;
	struct vec releases;	/* of struct release *: release 1 up to this */
	const char *boot;	/* SQL texts, never NULL */
	const char *init;
	const char *dict;
	struct model objects;	/* in the document's order; obj_ver, min_rel,
				   max_rel (at most release), delta are set */
	struct vec prev;	/* of const struct object *: versions that ended
				   before this release, several of one name;
				   others may have them as well */
	const char *hash;	/* as in the document; NULL: not yet made */
	const char *digest;	/* the same; NULL: it has none (older) */
	const char *signature;	/* base64 of Ed25519 over the 64 digits of
				   digest; or NULL. Not verified by reading */
	long long max_size;	/* of all decoded texts; 0: CODEC_MAX */
};

void bundle_init(struct bundle *b, struct arena *mem);

void bundle_clear(struct bundle *b);

/*
 * bundle_read - read a bundle, as a stream, into an initialised one.
 *
 * in     to its end, not closed
 * name   what messages call it; kept
 *
 * hash is always verified, digest where there is one. What has been altered is
 * refused (diag_refuse: exit code 4).
 *
 * Returns false once the failure has been reported. Memory: the texts, and once
 * more the size of the document while it is read.
 */
WM_MUST bool bundle_read(struct bundle *b, FILE *in, const char *name);

/*
 * bundle_seal - make what a bundle is known by: hash, digest, signature. It is
 * not changed any more before it is written.
 *
 * b      prev is sorted; hash and digest are set
 * sign   NULL, or a function that gives the signature of the digest; it returns
 *        NULL once it has reported a failure. Without it the signature that the
 *        bundle has is written
 *
 * Returns false once the failure has been reported. Memory: that of one record.
 */
typedef const char *bundle_sign_fn(void *ctx, struct arena *mem,
    const char *digest);
WM_MUST bool bundle_seal(struct bundle *b, bundle_sign_fn *sign, void *ctx);

/*
 * bundle_put - write a sealed bundle: members in one order, objects in that of
 * the list (see versions_in_order), prev in that of version_cmp, one record a
 * line. Equal content gives equal bytes.
 *
 * out    empty; the document goes into it, without its last newline
 */
void bundle_put(const struct bundle *b, struct json_out *out);

/*
 * bundle_write - both.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool bundle_write(struct bundle *b, bundle_sign_fn *sign, void *ctx,
    struct json_out *out);

#endif
