/*
 * libarchive, where it is needed.
 */
#include "late.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdarg.h>

LATE_LIBRARY("libarchive.so.13", "to pack and unpack releases");

LATE(struct archive_entry *, archive_entry_clear, (struct archive_entry *a),
    (a))
LATE(mode_t, archive_entry_filetype, (struct archive_entry *a), (a))
LATE_DO(archive_entry_free, (struct archive_entry *a), (a))
LATE(struct archive_entry *, archive_entry_new, (void), ())
LATE(const char *, archive_entry_pathname, (struct archive_entry *a), (a))
LATE_DO(archive_entry_set_filetype, (struct archive_entry *a, unsigned int b),
    (a, b))
LATE_DO(archive_entry_set_gid, (struct archive_entry *a, la_int64_t b), (a, b))
LATE_DO(archive_entry_set_mtime, (struct archive_entry *a, time_t b, long c),
    (a, b, c))
LATE_DO(archive_entry_set_pathname, (struct archive_entry *a, const char *b),
    (a, b))
LATE_DO(archive_entry_set_perm, (struct archive_entry *a, mode_t b), (a, b))
LATE_DO(archive_entry_set_size, (struct archive_entry *a, la_int64_t b), (a, b))
LATE_DO(archive_entry_set_uid, (struct archive_entry *a, la_int64_t b), (a, b))
LATE(const char *, archive_error_string, (struct archive *a), (a))
LATE(int, archive_filter_count, (struct archive *a), (a))
LATE(int, archive_format, (struct archive *a), (a))
LATE(la_ssize_t, archive_read_data, (struct archive *a, void *b, size_t c),
    (a, b, c))
LATE(int, archive_read_free, (struct archive *a), (a))
LATE(struct archive *, archive_read_new, (void), ())
LATE(int, archive_read_next_header, (struct archive *a,
    struct archive_entry **b), (a, b))
LATE(int, archive_read_open, (struct archive *a, void *b,
    archive_open_callback *c, archive_read_callback *d,
    archive_close_callback *e), (a, b, c, d, e))
LATE(int, archive_read_support_filter_gzip, (struct archive *a), (a))
LATE(int, archive_read_support_filter_zstd, (struct archive *a), (a))
LATE(int, archive_read_support_format_raw, (struct archive *a), (a))
LATE(int, archive_read_support_format_tar, (struct archive *a), (a))
LATE(int, archive_write_add_filter_gzip, (struct archive *a), (a))
LATE(int, archive_write_add_filter_zstd, (struct archive *a), (a))
LATE(int, archive_write_close, (struct archive *a), (a))
LATE(la_ssize_t, archive_write_data, (struct archive *a, const void *b,
    size_t c), (a, b, c))
LATE(int, archive_write_free, (struct archive *a), (a))
LATE(int, archive_write_header, (struct archive *a, struct archive_entry *b),
    (a, b))
LATE(struct archive *, archive_write_new, (void), ())
LATE(int, archive_write_open2, (struct archive *a, void *b,
    archive_open_callback *c, archive_write_callback *d,
    archive_close_callback *e, archive_free_callback *f), (a, b, c, d, e, f))
LATE(int, archive_write_set_bytes_in_last_block, (struct archive *a, int b),
    (a, b))
LATE(int, archive_write_set_filter_option, (struct archive *a, const char *b,
    const char *c, const char *d), (a, b, c, d))
LATE(int, archive_write_set_format_ustar, (struct archive *a), (a))

void
archive_set_error(struct archive *a, int number, const char *fmt, ...)
{
	static void (*fn)(struct archive *, int, const char *, ...);
	char text[512];
	va_list ap;

	if (fn == NULL)
		*(void **)&fn = late_find(&library, "archive_set_error");
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fn(a, number, "%s", text);
}
