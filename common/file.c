#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "fault.h"
#include "sbuf.h"

bool
file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static FILE *
open_regular(const char *path)
{
	struct loc at = { path, 0, 0 };
	struct stat st;
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		diag_failed(&at, "could not open file: %s", strerror(errno));
		return NULL;
	}
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		diag_failed(&at, "is a directory, not a file");
		fclose(f);
		return NULL;
	}
	return f;
}

bool
file_read(const char *path, struct sbuf *out)
{
	struct loc at = { path, 0, 0 };
	FILE *f = open_regular(path);
	char buf[16384];
	size_t n;
	bool bad;

	if (f == NULL)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		sbuf_putn(out, buf, n);
	bad = ferror(f);
	if (fault(FAULT_READ)) {
		bad = true;
		errno = EIO;
	}
	if (bad)
		diag_failed(&at, "could not read file: %s", strerror(errno));
	fclose(f);
	return !bad;
}

FILE *
file_open(const char *path, const char **out_name)
{
	if (path == NULL || strcmp(path, "-") == 0) {
		*out_name = "standard input";
		return stdin;
	}
	*out_name = path;
	return open_regular(path);
}

char *
file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;

	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir == NULL)
		die("out of memory");
	return dir;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = fault(FAULT_WRITE) ? (errno = EIO, -1) :
		    write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

bool
file_sync_folder(const char *path)
{
	char *dir = file_folder(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

/* Mode for a file in another one's place. */
static mode_t
mode_like(const char *path)
{
	struct stat st;
	mode_t mask;

	if (stat(path, &st) == 0)
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

void
file_out_open(struct file_out *f, const char *name, const char *path)
{
	*f = (struct file_out){ .path = path };
	if (asprintf(&f->name, "%s%s", name ? name : path,
	    name ? "" : ".XXXXXX") < 0)
		die("out of memory");
	if (name == NULL)
		f->fd = mkostemp(f->name, O_CLOEXEC);
	else {
		(void)unlink(name);
		f->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	}
	if (f->fd < 0 || fchmod(f->fd, mode_like(path)) != 0)
		f->error = errno;
}

void
file_out_put(void *ctx, const char *s, size_t len)
{
	struct file_out *f = ctx;

	if (f->error == 0 && !write_all(f->fd, s, len))
		f->error = errno;
}

static void
file_out_end(struct file_out *f)
{
	if (f->error == 0 && fsync(f->fd) != 0)
		f->error = errno;
	if (f->fd >= 0 && close(f->fd) != 0 && f->error == 0)
		f->error = errno;
}

/* What came of it: reported, and removed where it failed. */
static bool
settle(struct file_out *f)
{
	struct loc at = { f->path, 0, 0 };
	bool ok = f->error == 0;

	if (!ok) {
		diag_failed(&at, "could not write file: %s",
		    strerror(f->error));
		if (f->fd >= 0)
			unlink(f->name);
	}
	free(f->name);
	return ok;
}

bool
file_out_close(struct file_out *f)
{
	file_out_end(f);
	return settle(f);
}

bool
file_out_place(struct file_out *f)
{
	struct loc at = { f->path, 0, 0 };

	file_out_end(f);
	if (f->error == 0 && rename(f->name, f->path) != 0)
		f->error = errno;
	if (!settle(f))
		return false;
	/* it is in place; what a crash now may undo is said */
	if (!file_sync_folder(f->path))
		diag_warn(&at, NULL, "the folder could not be synced: %s",
		    strerror(errno));
	return true;
}

void
file_out_drop(struct file_out *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		unlink(f->name);
	}
	free(f->name);
}

bool
file_write(const char *path, const char *like, const char *text, size_t len)
{
	struct file_out f;

	file_out_open(&f, path, like);
	file_out_put(&f, text, len);
	return file_out_close(&f);
}

bool
file_replace(const char *path, const char *text, size_t len)
{
	struct file_out f;

	file_out_open(&f, NULL, path);
	file_out_put(&f, text, len);
	return file_out_place(&f);
}

/* The folder that file_lock keeps. */
static int held = -1;

bool
file_lock(const char *path)
{
	struct loc at = { path, 0, 0 };
	char *dir = file_folder(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(dir);
	/* kept open: the lock ends with the process */
	held = fd;
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		diag_error(&at, "could not lock its folder: %s",
		    strerror(errno));
		return false;
	}
	return true;
}
