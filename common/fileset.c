#include "fileset.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "file.h"
#include "json_in.h"
#include "json_out.h"

#define FORMAT "wm-journal/1"

static const char *
new_name(struct arena *mem, const char *path)
{
	return arena_printf(mem, "%s.wm-new", path);
}

static const char *
folder(struct arena *mem, const char *path)
{
	char *dir = file_folder(path);
	const char *copy = arena_strdup(mem, dir);

	free(dir);
	return copy;
}

static const char *
journal(struct arena *mem, const char *path)
{
	return arena_printf(mem, "%s/%s", folder(mem, path), FILESET_JOURNAL);
}

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* A path that holds wherever the journal is read. */
static const char *
lasting(struct arena *mem, const char *home, const char *path)
{
	const char *dir = folder(mem, path);
	char *real;
	const char *out;

	if (strcmp(dir, folder(mem, home)) == 0)
		return base(path);
	real = realpath(dir, NULL);
	if (real == NULL)
		return path;
	out = arena_printf(mem, "%s/%s", real, base(path));
	free(real);
	return out;
}

void
fileset_clear(struct fileset *s)
{
	for (size_t i = 0; i < s->paths.n; i++)
		(void)unlink(new_name(s->mem, s->paths.v[i]));
	vec_clear(&s->paths);
}

bool
fileset_put(struct fileset *s, const char *path, const char *text, size_t len)
{
	vec_push(&s->paths, path);
	return file_write(new_name(s->mem, path), path, text, len);
}

void
fileset_begin(struct fileset *s, const char *path, struct file_out *f)
{
	vec_push(&s->paths, path);
	file_out_open(f, new_name(s->mem, path), path);
}

static bool
failed(const char *path, const char *what)
{
	struct loc at = { path, 0, 0 };

	diag_failed(&at, "could not %s: %s", what, strerror(errno));
	return false;
}

static bool
move(const char *from, const char *to)
{
	if (fault(FAULT_WRITE))
		errno = EIO;
	else if (rename(from, to) == 0)
		return true;
	return failed(to, "put the new file in place");
}

static bool
sync_all(const struct fileset *s)
{
	for (size_t i = 0; i < s->paths.n; i++)
		if (!file_sync_folder(s->paths.v[i]))
			return failed(s->paths.v[i], "sync its folder");
	return true;
}

/* Journal in place, then the files, then no journal. */
bool
fileset_commit(struct fileset *s)
{
	WM_JSON_OUT out = JSON_OUT_INIT;
	const char *path = journal(s->mem, s->home);
	const char *new = new_name(s->mem, path);

	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "format", FORMAT);
	json_out_open(&out, "files", '[', true);
	for (size_t i = 0; i < s->paths.n; i++)
		json_out_str(&out, NULL, lasting(s->mem, s->home,
		    s->paths.v[i]));
	json_out_close(&out);
	json_out_close(&out);
	sbuf_putc(&out.text, '\n');
	if (!sync_all(s) || !file_write(new, path, out.text.s, out.text.len))
		return false;
	if (!move(new, path)) {
		(void)unlink(new);
		return false;
	}
	/* from here on the new texts count */
	vec_clear(&s->paths);
	return fileset_recover(s->mem, s->home);
}

/*
 * Files that a journal names.
 *
 * Returns false once the failure has been reported.
 */
static bool
read_journal(struct arena *mem, const char *path, struct vec *out)
{
	struct loc at = { path, 0, 0 };
	WM_SBUF text = SBUF_INIT;
	const struct json *doc;
	size_t n;

	if (!file_read(path, &text))
		return false;
	doc = json_parse(mem, sbuf_str(&text), text.len, path, JSON_DEPTH);
	if (doc == NULL)
		return false;
	if (json_str(doc, "format") == NULL ||
	    strcmp(json_str(doc, "format"), FORMAT) != 0) {
		diag_error(&at, "is no journal of these tools");
		return false;
	}
	n = out->n;
	if (!json_strings(doc, "files", path, mem, out))
		return false;
	for (; n < out->n; n++) {
		const char *name = out->v[n];

		if (name[0] != '/')
			out->v[n] = arena_printf(mem, "%s/%s",
			    folder(mem, path), name);
	}
	return true;
}

bool
fileset_broken(struct arena *mem, const char *path)
{
	return file_exists(journal(mem, path));
}

bool
fileset_recover(struct arena *mem, const char *path)
{
	const char *log = journal(mem, path);
	WM_VEC files = VEC_INIT;

	if (!file_exists(log))
		return true;
	if (!read_journal(mem, log, &files))
		return false;
	for (size_t i = 0; i < files.n; i++) {
		const char *new = new_name(mem, files.v[i]);

		/* it may be in place already */
		if (file_exists(new) && !move(new, files.v[i]))
			return false;
		if (!file_sync_folder(files.v[i]))
			return failed(files.v[i], "sync its folder");
	}
	if (fault(FAULT_WRITE))
		errno = EIO;
	else if (unlink(log) == 0)
		return file_sync_folder(log) || failed(log, "sync its folder");
	return failed(log, "remove the journal");
}

const char *
fileset_current(struct arena *mem, const char *path)
{
	const char *log = journal(mem, path), *new;
	WM_VEC files = VEC_INIT;

	if (!file_exists(log) || !read_journal(mem, log, &files))
		return path;
	for (size_t i = 0; i < files.n; i++) {
		new = new_name(mem, files.v[i]);
		if (strcmp(base(files.v[i]), base(path)) == 0 &&
		    strcmp(folder(mem, new), folder(mem, path)) == 0 &&
		    file_exists(new))
			return new;
	}
	return path;
}
