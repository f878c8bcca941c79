#include "late.h"

#include <dlfcn.h>

#include "diag.h"

void *
late_find(struct late *lib, const char *name)
{
	void *fn;

	if (lib->handle == NULL)
		lib->handle = dlopen(lib->soname, RTLD_NOW);
	if (lib->handle == NULL)
		die("could not load a library: %s", dlerror());
	fn = dlsym(lib->handle, name);
	if (fn == NULL)
		die("could not use a library: %s", dlerror());
	return fn;
}
