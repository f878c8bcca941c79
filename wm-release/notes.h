/*
 * notes.h - what a release is, in words: for the archive.
 */
#ifndef NOTES_H
#define NOTES_H

#include "bundle.h"

struct sbuf;

/*
 * notes_manifest - every object with its version and the SHA-256 of its
 * texts; the bundle's hash and digest, which are set.
 */
void notes_manifest(const struct bundle *b, struct sbuf *out);

/* notes_changes - what is new, changed, gone since the release before. */
void notes_changes(const struct bundle *b, struct sbuf *out);

#endif
