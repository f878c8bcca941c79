#include "ignore.h"

#include <fnmatch.h>

#include "arena.h"
#include "conf.h"

void
ignore_conf(struct vec *patterns, const struct conf *c)
{
	for (size_t i = 0; i < c->n_ignore; i++)
		vec_push(patterns, c->ignore[i]);
}

bool
ignored(const struct vec *patterns, const struct object *o)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->v[i], o->nam, 0) == 0 ||
		    fnmatch(patterns->v[i], o->key, 0) == 0)
			return true;
	return false;
}

void
ignore_schemas(struct arena *mem, const struct vec *patterns, struct vec *out)
{
	for (size_t i = 0; i < patterns->n; i++) {
		const char *p = patterns->v[i];
		size_t len = strlen(p);

		if (len > 2 && strcmp(p + len - 2, ".*") == 0 &&
		    strcspn(p, "*?[\\\".:") == len - 2)
			vec_push(out, arena_strndup(mem, p, len - 2));
	}
}
