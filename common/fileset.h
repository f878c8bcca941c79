/*
 * fileset.h - several files replaced together: whatever happens, all are the
 * old ones or all are the new ones.
 *
 * Each new text is written beside its file, NAME.wm-new, and synced. Then the
 * journal is put in place, which names them: that is the moment in which the
 * new ones count. Then they are renamed, and the journal is removed. After a
 * crash in between, whoever comes next does the rest (fileset_recover), and who
 * only reads looks through (fileset_current).
 */
#ifndef WM_FILESET_H
#define WM_FILESET_H

#include "wm.h"

#include "file.h"
#include "vec.h"

struct arena;

/* Name of the journal, in its folder. */
#define FILESET_JOURNAL ".wyseman.journal"

/* Zero-initialise but for mem and home; give back with fileset_clear. */
struct fileset {
	struct arena *mem;
	const char *home;	/* a file: the journal stands in its folder */
	struct vec paths;	/* of const char * */
};

/* fileset_clear - forget it; new texts that were not put in place go. */
void fileset_clear(struct fileset *s);

/*
 * fileset_put - a file and its new text, which is written at once.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool fileset_put(struct fileset *s, const char *path, const char *text,
    size_t len);

/*
 * fileset_begin - the same for a text that comes in pieces: f is opened; who
 * put them closes it (file_out_close) before fileset_commit.
 */
void fileset_begin(struct fileset *s, const char *path, struct file_out *f);

/*
 * fileset_commit - put all in place. The caller has the lock of home's
 * folder (file_lock).
 *
 * Returns false once the failure has been reported: before the journal is in
 * place all is as before; behind it, the next fileset_recover does the rest.
 */
WM_MUST bool fileset_commit(struct fileset *s);

/* fileset_broken - whether a crash has left something in a file's folder. */
bool fileset_broken(struct arena *mem, const char *path);

/*
 * fileset_recover - finish what a crash has left in the folder of a file. The
 * caller has its lock.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool fileset_recover(struct arena *mem, const char *path);

/*
 * fileset_current - the file in which a file's text is: itself, or, after a
 * crash, the new one that is not yet in its place.
 */
const char *fileset_current(struct arena *mem, const char *path);

#endif
