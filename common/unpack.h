/*
 * unpack.h - a document out of what it is packed in: gzip, zstd, an archive.
 */
#ifndef WM_UNPACK_H
#define WM_UNPACK_H

#include "wm.h"

struct arena;

/* What a packed document may grow to, in bytes, where nobody says else. */
#define UNPACK_MAX (1LL << 30)

/*
 * unpack_open - a stream over a document that is there as it is, compressed
 * with gzip or zstd, or a member schema*.json of a tar archive, which may be
 * compressed itself. Text that begins as JSON does is handed on untouched.
 *
 * mem       out_name and what messages need live here, also after closing
 * path      NULL or "-" is standard input
 * max_size  bytes that may come out, all members of an archive together;
 *           text that is not packed is not limited
 * out_name  what messages call it, "release.tar.zst:schema-3.json"
 *
 * Reading fails with ECANCELED once a failure has been reported here: damaged,
 * too large, packed twice, an archive with no bundle or with two. An archive is
 * read to its end before the stream ends.
 *
 * Returns NULL once the failure has been reported. The caller closes it,
 * unless it is stdin.
 */
WM_MUST FILE *unpack_open(struct arena *mem, const char *path,
    long long max_size, const char **out_name);

#endif
