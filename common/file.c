#include "file.h"

#include <errno.h>
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
