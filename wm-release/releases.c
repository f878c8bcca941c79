#include "releases.h"

#include "arena.h"
#include "version.h"

static void
take(const struct object *o, struct bundle *out)
{
	struct object *copy;

	if (o->min_rel > out->release)
		return;
	if (o->max_rel < out->release) {
		vec_push(&out->prev, o);
		return;
	}
	copy = model_copy(&out->objects, o);
	/* a bundle that was read has each object once in each release */
	if (copy != NULL)
		copy->max_rel = out->release;
}

void
release_of_bundle(const struct bundle *b, int release, struct bundle *out)
{
	const struct release *r = b->releases.v[release - 1];

	out->name = b->name;
	out->module = b->module;
	out->release = release;
	out->publish = r->committed;
	out->compress = b->compress;
	out->boot = b->boot;
	out->init = release == b->release ? b->init : "";
	out->dict = release == b->release ? b->dict : "";
	for (int i = 0; i < release; i++)
		vec_push(&out->releases, b->releases.v[i]);
	for (size_t i = 0; i < b->objects.objects.n; i++)
		take(b->objects.objects.v[i], out);
	for (size_t i = 0; i < b->prev.n; i++)
		take(b->prev.v[i], out);
}
