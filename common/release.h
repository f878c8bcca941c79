/*
 * release.h - the list of a module's releases, as bundles and histories hold
 * it: when each was committed, and what it is called.
 */
#ifndef WM_RELEASE_H
#define WM_RELEASE_H

#include "wm.h"

#include "json_out.h"
#include "vec.h"

struct arena;

/* Number of releases that a module may have. */
#define RELEASE_MAX 1000000

struct release {
	const char *committed;	/* when, as written; NULL: being worked on */
	long beta;		/* of one that is worked on: from 0 */
	const char *label;	/* or NULL */
};

/*
 * releases_read - member "releases": an array of times, the last of which may
 * be a number, the beta counter.
 *
 * out    appended to: struct release *, in the arena; the first is release 1
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool releases_read(const struct json *v, const char *name,
    struct arena *mem, struct vec *out);

/*
 * labels_read - member "labels", an object: number of a release to its label.
 *
 * releases   filled by releases_read before
 *
 * Returns false once the failure has been reported: no such release, a label
 * given twice or that label_ok refuses.
 */
WM_MUST bool labels_read(const struct json *v, const char *name,
    struct arena *mem, const struct vec *releases);

/*
 * label_ok - whether a text may be a label: letters, digits, ".", "-", "_",
 * "+", at most 64, no number, not "next" or "last".
 */
bool label_ok(const char *label);

/*
 * releases_write, labels_write - the first n of them; labels are left out where
 * there are none.
 */
void releases_write(struct json_out *out, const struct vec *releases,
    size_t n);
void labels_write(struct json_out *out, const struct vec *releases, size_t n);

/*
 * release_find - the release that a word stands for: a number, a label, "last"
 * (the last that is committed) or "next" (the one being worked on).
 *
 * Returns its number, from 1; 0 once it has been reported that there is none.
 */
WM_MUST int release_find(const struct vec *releases, const char *word,
    const char *name);

/* releases_committed - how many of them are committed. */
int releases_committed(const struct vec *releases);

#endif
