/*
 * bundle_impl.h - what the parts of bundle.h share: bundle_read.c reads and
 * verifies, bundle_write.c makes sums and writes.
 */
#ifndef BUNDLE_IMPL_H
#define BUNDLE_IMPL_H

#include "bundle.h"
#include "sha256.h"

/*
 * bundle_sum_key - begin a member in the sum over a canonical form.
 *
 * first   of the document's members
 */
void bundle_sum_key(struct sha256 *sum, bool first, const char *name);

/* bundle_sum_end - end the document; its sum in hexadecimal, with a NUL. */
void bundle_sum_end(struct sha256 *sum, char out_hex[2 * SHA256_SIZE + 1]);

/*
 * bundle_member - whether a bundle has a member of that name.
 *
 * out_common   whether an object list has it, too
 */
bool bundle_member(const char *name, size_t len, bool *out_common);

#endif
