#include "command.h"

#include "diag.h"
#include "file.h"
#include "fileset.h"

static const char *
in_dir(const struct session *s, const char *name)
{
	return strcmp(s->dir, ".") == 0 ? name :
	    arena_printf(s->mem, "%s/%s", s->dir, name);
}

bool
session_open(struct session *s, struct arena *mem, const struct where *w,
    bool lock)
{
	const char *path;

	memset(s, 0, sizeof(*s));
	s->mem = mem;
	history_init(&s->hist, mem);
	if (!conf_read(&s->conf, mem, w->conf_path))
		return false;
	s->dir = w->dir != NULL ? w->dir : s->conf.dir;
	s->delta_path = in_dir(s, "Wyseman.delta");
	path = in_dir(s, HISTORY_FILE);
	lock = lock || fileset_broken(mem, path);
	if (lock && (!file_lock(path) || !fileset_recover(mem, path)))
		return false;
	return history_read(&s->hist, path);
}

bool
session_known(const struct session *s)
{
	struct loc at = { s->hist.path, 0, 0 };

	if (s->hist.releases.n > 0)
		return true;
	diag_error(&at, "there is no history: nothing has been staged or "
	    "committed here");
	return false;
}

void
session_clear(struct session *s)
{
	history_clear(&s->hist);
}

bool
put_document(const char *path, const char *text, size_t len)
{
	if (path != NULL && strcmp(path, "-") != 0)
		return file_replace(path, text, len);
	tool_write(stdout, text, len);
	return true;
}
