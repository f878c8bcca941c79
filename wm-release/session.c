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

bool
put_bundle(const char *path, const struct bundle *b)
{
	WM_JSON_OUT doc = JSON_OUT_INIT;
	bool to_file = path != NULL && strcmp(path, "-") != 0;
	struct file_out f;

	json_out_stream(&doc, stdout);
	if (to_file) {
		file_out_open(&f, NULL, path);
		doc.put = file_out_put;
		doc.ctx = &f;
	}
	bundle_put(b, &doc);
	json_out_end(&doc);
	return !to_file || file_out_place(&f);
}

bool
put_history(struct history *h)
{
	WM_JSON_OUT doc = { .put = file_out_put };
	struct file_out f;

	file_out_open(&f, NULL, h->path);
	doc.ctx = &f;
	history_write(h, &doc);
	json_out_end(&doc);
	return file_out_place(&f);
}
