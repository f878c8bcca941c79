#include "own.h"

#include "diag.h"
#include "embed.h"

bool
own_objects(struct model *m)
{
	FILE *f = fmemopen((void *)(uintptr_t)embed_dictionary_json,
	    embed_dictionary_json_len, "r");
	const char *module = m->module;
	bool ok;

	if (f == NULL)
		die("out of memory");
	ok = model_read(m, f, "dictionary");
	m->module = module;
	fclose(f);
	return ok;
}

void
own_remove(struct model *m)
{
	for (size_t i = 0; i < m->objects.n; i++) {
		struct object *o = m->objects.v[i];

		if (strcmp(o->module, OWN_MODULE) == 0)
			model_remove(m, o);
	}
	model_sweep(m);
}

void
own_protect(const struct model *m, size_t first)
{
	for (size_t i = first; i < m->objects.n; i++) {
		const struct object *o = m->objects.v[i];

		if (strcmp(o->module, OWN_MODULE) == 0)
			diag_error(&o->loc, "%s \"%s\" is in module "
			    "\"" OWN_MODULE "\", which is the tool's own",
			    o->kind->name, o->nam);
		else if (strncmp(o->nam, "wm.", 3) == 0 ||
		    strcmp(o->key, "schema:wm") == 0)
			diag_error(&o->loc, "%s \"%s\" is in schema \"wm\", "
			    "which is the tool's own", o->kind->name, o->nam);
	}
}
