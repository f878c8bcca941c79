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
