/*
 * history.h - Wyseman.hist: all releases of a module, so that each can be made
 * again, byte for byte, and the next one can be made, without a database.
 *
 * Member names release, module, releases, prev, arch are those of the older
 * Wyseman; its files can be read, and it can read ours. Ours are: labels;
 * bundles: what is to be known of each committed bundle beside its content;
 * objects: all objects as they are in the last committed release, which
 * manifest gives the number of; work: what was staged of the release that is
 * worked on, as the difference to objects. Unknown members are kept.
 */
#ifndef WM_HISTORY_H
#define WM_HISTORY_H

#include "wm.h"

#include "bundle.h"
#include "json_out.h"
#include "model.h"
#include "release.h"

struct arena;

#define HISTORY_FILE "Wyseman.hist"

/* What a release has beside its objects. */
enum history_text {
	HISTORY_BOOT,
	HISTORY_INIT,
	HISTORY_DICT,
	HISTORY_TEXTS
};

/* One committed release. */
struct archive {
	/* encoded, as in the file; NULL: as in the release before */
	const char *text[HISTORY_TEXTS];
	int line;
	bool lost;		/* its texts are not known: they were not in the
				   bundles that the history was made of */

	/* of its bundle, from "bundles" */
	bool known;
	bool compress;
	const char *digest;
	const char *signature;	/* or NULL */
};

/*
 * Initialise with history_init, give back with history_clear; strings live in
 * the arena.
 */
struct history {
	struct arena *mem;
	const char *path;
	const char *module;		/* or NULL */
	struct vec releases;		/* of struct release *; the last may be
					   beta */
	struct vec prev;		/* of const struct object *: versions
					   that are not in "objects" */
	struct vec arch;		/* of struct archive *: one for each
					   committed release */
	struct model objects;		/* the last committed release: obj_ver,
					   min_rel, delta are set */
	bool manifest;			/* objects is there and up to date */

	/* the release that is worked on, as staged; texts are decoded */
	bool staged;
	struct model work;
	const char *work_text[HISTORY_TEXTS];

	struct vec extra;		/* of struct json *: unknown members */
};

void history_init(struct history *h, struct arena *mem);

void history_clear(struct history *h);

/*
 * history_read - read a file into an initialised history.
 *
 * path   kept; a file that does not exist is the history of a module without
 *        releases
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool history_read(struct history *h, const char *path);

/*
 * history_write - the file's text, into an empty writer; prev is sorted.
 */
void history_write(struct history *h, struct json_out *out);

/*
 * history_ready - whether the last committed release is known in full, so that
 * the next can be made: files of the older Wyseman do not have it.
 *
 * Returns false once that has been reported, with the way out.
 */
WM_MUST bool history_ready(const struct history *h);

/* history_last - number of the last committed release; 0: none. */
int history_last(const struct history *h);

/*
 * history_text - boot, init or dict of a committed release, decoded, as it was
 * archived then.
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST const char *history_text(const struct history *h, int release,
    enum history_text which);

/*
 * history_bundle - the bundle of a committed release, with the same content as
 * on the day of its commit, or of the one that is worked on, as it was staged.
 *
 * release   from 1 to history_last() + 1
 * out       initialised; shares its objects' texts with the history, which has
 *           to live longer; hash and digest are not made yet: bundle_write does
 *
 * Returns false once the failure has been reported: nothing staged, a text that
 * cannot be read, a gap in versions.
 */
WM_MUST bool history_bundle(const struct history *h, int release,
    struct bundle *out);

/*
 * history_seal - bundle_seal for one of history_bundle: the digest of a
 * committed release is compared with the one that the history keeps, and
 * refused (exit code 4) where the history has been edited since.
 *
 * sign   as for bundle_seal; of a committed release the signature of its day
 *        is used where sign is NULL
 *
 * Returns false once the failure has been reported: nothing may be written.
 */
WM_MUST bool history_seal(const struct history *h, struct bundle *b,
    bundle_sign_fn *sign, void *ctx);

/*
 * history_archive - record the texts of the release that comes next, and what
 * is to be known of its bundle.
 *
 * b   written or read: its digest is known; NULL: that release is lost
 */
void history_archive(struct history *h, const struct bundle *b);

/*
 * history_adopt - take releases, labels and all versions from a bundle: of a
 * committed release it is the last one, else the one that is worked on, and
 * staged.
 *
 * b   has to live as long as the history
 *
 * Returns false once it has been reported that dependencies do not resolve.
 */
WM_MUST bool history_adopt(struct history *h, const struct bundle *b);

/*
 * history_close - archive a committed release, and adopt it: the next is open.
 * What was staged is forgotten.
 *
 * b   its objects and past versions change hands: it has none any more
 */
void history_close(struct history *h, struct bundle *b);

#endif
