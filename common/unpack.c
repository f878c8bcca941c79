#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "file.h"

#define BUF_SIZE ((size_t)64 * 1024)

struct unpack {
	FILE *in;
	struct archive *a;
	struct loc at;
	const char *name;	/* of the input, without member */
	long long max;
	long long left;		/* bytes that may still come out */
	int read_errno;		/* of the input */
	bool failed;		/* and reported */
	char buf[BUF_SIZE];
};

static la_ssize_t
on_read(struct archive *a, void *ctx, const void **out)
{
	struct unpack *u = ctx;
	size_t n;

	errno = 0;
	n = fread(u->buf, 1, sizeof(u->buf), u->in);
	if (fault(FAULT_READ) || (n == 0 && ferror(u->in))) {
		u->read_errno = errno != 0 ? errno : EIO;
		archive_set_error(a, u->read_errno, "%s",
		    strerror(u->read_errno));
		return -1;
	}
	*out = u->buf;
	return (la_ssize_t)n;
}

/* Report what libarchive says; always false. */
static bool
broken(struct unpack *u)
{
	const char *why = archive_error_string(u->a);

	if (u->read_errno != 0)
		diag_failed(&u->at, "could not read: %s",
		    strerror(u->read_errno));
	else
		diag_error(&u->at, "cannot be unpacked: %s",
		    why ? why : "it is damaged");
	u->failed = true;
	return false;
}

/* Count bytes that came out; false once there are too many. */
static bool
within(struct unpack *u, la_ssize_t n)
{
	u->left -= n;
	if (u->left >= 0)
		return true;
	diag_error(&u->at, "unpacks to more than %lld bytes", u->max);
	diag_hint("If you trust it, give a larger --max-size.");
	u->failed = true;
	return false;
}

/*
 * Read over a member. libarchive would skip it as well, but counts nothing:
 * a few bytes can stand for any number.
 */
static bool
pass(struct unpack *u)
{
	char *buf = xmalloc(BUF_SIZE);
	la_ssize_t n;
	bool ok = true;

	while (ok && (n = archive_read_data(u->a, buf, BUF_SIZE)) != 0)
		ok = n < 0 ? broken(u) : within(u, n);
	free(buf);
	return ok;
}

static bool
is_bundle(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	return strncmp(base, "schema", 6) == 0 && len > 5 &&
	    strcmp(base + len - 5, ".json") == 0;
}

/*
 * Go on to the next member that may be the bundle.
 *
 * Returns its name in the archive, "" where there is none, NULL once a
 * failure has been reported.
 */
static const char *
next_bundle(struct unpack *u)
{
	struct archive_entry *e;
	const char *path;
	int rc;

	for (;;) {
		rc = archive_read_next_header(u->a, &e);
		if (rc == ARCHIVE_EOF)
			return "";
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			broken(u);
			return NULL;
		}
		path = archive_entry_pathname(e);
		if (archive_format(u->a) == ARCHIVE_FORMAT_RAW ||
		    (path != NULL && is_bundle(path) &&
		    archive_entry_filetype(e) == AE_IFREG))
			return path ? path : "";
		if (!pass(u))
			return NULL;
	}
}

/* Whatever stands behind the bundle; it may be damaged, or another one. */
static bool
read_rest(struct unpack *u)
{
	const char *other = next_bundle(u);

	if (other == NULL)
		return false;
	if (other[0] == '\0')
		return true;
	diag_error(&u->at, "the archive holds another bundle: \"%s\"", other);
	u->failed = true;
	return false;
}

static ssize_t
on_stream_read(void *cookie, char *buf, size_t size)
{
	struct unpack *u = cookie;
	la_ssize_t n = -1;

	if (!u->failed) {
		n = archive_read_data(u->a, buf, size);
		if (n < 0)
			broken(u);
		else if (n > 0 ? !within(u, n) : size > 0 && !read_rest(u))
			n = -1;
	}
	if (n < 0) {
		errno = ECANCELED;
		return -1;
	}
	return n;
}

static int
on_stream_close(void *cookie)
{
	struct unpack *u = cookie;

	archive_read_free(u->a);
	if (u->in != stdin)
		fclose(u->in);
	free(u);
	return 0;
}

static bool
find(struct unpack *u, struct arena *mem)
{
	const char *path;

	if (archive_read_open(u->a, u, NULL, on_read, NULL) != ARCHIVE_OK)
		return broken(u);
	/* the last one of the count is none */
	if (archive_filter_count(u->a) > 2) {
		diag_error(&u->at, "is compressed more than once");
		return false;
	}
	path = next_bundle(u);
	if (path == NULL)
		return false;
	if (archive_format(u->a) == ARCHIVE_FORMAT_RAW)
		return true;
	if (path[0] == '\0') {
		diag_error(&u->at, "the archive holds no bundle: no member is "
		    "named schema*.json");
		return false;
	}
	u->at.file = arena_printf(mem, "%s:%s", u->name, path);
	return true;
}

FILE *
unpack_open(struct arena *mem, const char *path, long long max_size,
    const char **out_name)
{
	static const cookie_io_functions_t calls = { .read = on_stream_read,
		.close = on_stream_close };
	struct unpack *u;
	const char *name;
	FILE *in = file_open(path, &name), *f;
	int c;

	if (in == NULL)
		return NULL;
	*out_name = name;
	c = getc(in);
	if (c == EOF)
		return in;
	ungetc(c, in);
	if (strchr("{ \t\r\n", c) != NULL && c != 0)
		return in;
	u = xmalloc(sizeof(*u));
	*u = (struct unpack){ .in = in, .at = { name, 0, 0 }, .name = name,
		.max = max_size, .left = max_size };
	u->a = archive_read_new();
	if (u->a == NULL)
		die("out of memory");
	/* the two by name: others are run as programs of the machine */
	archive_read_support_filter_gzip(u->a);
	archive_read_support_filter_zstd(u->a);
	archive_read_support_format_tar(u->a);
	archive_read_support_format_raw(u->a);
	if (!find(u, mem)) {
		on_stream_close(u);
		return NULL;
	}
	f = fopencookie(u, "r", calls);
	if (f == NULL)
		die("out of memory");
	setvbuf(f, NULL, _IOFBF, BUF_SIZE);
	*out_name = u->at.file;
	return f;
}
