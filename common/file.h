/*
 * file.h - whole files, read at once and replaced atomically.
 */
#ifndef WM_FILE_H
#define WM_FILE_H

#include "wm.h"

struct sbuf;

/* file_exists - whether anything has that name. */
bool file_exists(const char *path);

/*
 * file_read - append a file's bytes to a buffer.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool file_read(const char *path, struct sbuf *out);

/*
 * A new file on its way, which nobody sees under its name before it is whole.
 * Between opening and closing, pieces are put; the first failure is kept.
 */
struct file_out {
	int fd;
	int error;		/* errno of the first failure; 0: none */
	char *name;		/* what it is written as */
	const char *path;	/* whose place it is to take, for messages */
};

/*
 * file_out_open - begin a new file, with the mode that the file has whose place
 * it is to take, or else what the process's mask leaves.
 *
 * name   what it is written as, copied; whatever had the name before is gone;
 *        NULL: some new name beside path
 * path   kept
 *
 * file_out_put - write some of it; ctx is the struct file_out.
 *
 * file_out_close - sync and close it. Returns false once a failure since
 * file_out_open has been reported; no file is left then.
 *
 * file_out_place - the same, and rename it to path, and sync the folder.
 *
 * file_out_drop - close and remove it; not after one of the two before.
 */
void file_out_open(struct file_out *f, const char *name, const char *path);
void file_out_put(void *ctx, const char *s, size_t len);
WM_MUST bool file_out_close(struct file_out *f);
WM_MUST bool file_out_place(struct file_out *f);
void file_out_drop(struct file_out *f);

/*
 * file_replace - put a new text in a file's place: written beside it, synced,
 * renamed, the folder synced. Whatever happens, the file is the old or the new
 * one, whole.
 *
 * Returns false once the failure has been reported; the file is as before.
 */
WM_MUST bool file_replace(const char *path, const char *text, size_t len);

/*
 * file_write - write a new file, synced, with the mode that another one has;
 * whatever had the name before is gone.
 *
 * like   what messages call it; where it does not exist, the mode is what the
 *        process's mask leaves
 *
 * Returns false once the failure has been reported; no file is left then.
 */
WM_MUST bool file_write(const char *path, const char *like, const char *text,
    size_t len);

/* file_sync_folder - make what was done to a file's name last. */
WM_MUST bool file_sync_folder(const char *path);

/* file_folder - the folder of a path; the caller frees it. */
char *file_folder(const char *path);

/*
 * file_lock - keep others who call it with a path in the same folder out,
 * until the process ends. Waits.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool file_lock(const char *path);

/*
 * file_open - a document named on the command line; "-" is standard input.
 *
 * out_name   what messages call it
 *
 * Returns NULL once the failure has been reported. The caller closes it,
 * unless it is stdin.
 */
WM_MUST FILE *file_open(const char *path, const char **out_name);

#endif
