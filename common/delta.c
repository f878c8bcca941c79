#include "delta.h"

#include <errno.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "sbuf.h"

bool
delta_read(struct model *m, const char *path)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	WM_SBUF text = SBUF_INIT;
	const struct json *doc;
	struct loc at = { path, 0, 0 };

	if (!file_exists(path))
		return true;
	if (!file_read(path, &text))
		return false;
	doc = json_parse(mem, sbuf_str(&text), text.len, path, JSON_DEPTH);
	if (doc == NULL)
		return false;
	if (doc->type != JSON_OBJECT) {
		diag_error(&at, "has to be a JSON object, table name to array "
		    "of texts, not %s", json_type_name(doc->type));
		return false;
	}
	for (const struct json *j = doc->first; j != NULL; j = j->next) {
		struct object *o = model_get(m, arena_printf(mem, "table:%s",
		    j->key));
		struct vec none = VEC_INIT;

		at.line = j->line;
		if (o == NULL)
			diag_warn(&at, "delta", "no table \"%s\" is in the "
			    "files read", j->key);
		if (!json_strings(doc, j->key, path, m->mem,
		    o ? &o->delta : &none)) {
			vec_clear(&none);
			return false;
		}
		vec_clear(&none);
	}
	return true;
}
