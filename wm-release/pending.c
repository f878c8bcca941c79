#include "pending.h"

#include "diag.h"
#include "migrate.h"

/* Number of words in front that delta_read adds, and the table's old name. */
static size_t
origin(struct arena *mem, const struct object *o, const char **out_name)
{
	struct migration m;
	const char *why;

	*out_name = o->nam;
	if (o->delta.n == 0 || !migrate_parse(mem, o->delta.v[0], &m, &why) ||
	    m.verb != MIGRATE_FROM)
		return 0;
	*out_name = m.to;
	return 1;
}

/* Whether the texts, from one on, are all among others, in their order. */
static bool
among(const struct vec *texts, const struct vec *others)
{
	size_t k = 0;

	for (size_t i = 0; i < others->n && k < texts->n; i++)
		k += strcmp(texts->v[k], others->v[i]) == 0;
	return k == texts->n;
}

static void
say_old(const struct session *s, const struct delta_table *t)
{
	struct loc at = { s->delta_path, t->line, 0 };

	diag_error(&at, "the object list is older than the migrations of "
	    "table \"%s\"", t->name);
	diag_hint("Run wm-parse again.");
}

static void
say_foreign(const struct session *s, const struct object *o, size_t from)
{
	diag_refuse(&o->loc, "table \"%s\" has a migration that is not in "
	    "%s: \"%s\"", o->nam, s->delta_path,
	    (const char *)o->delta.v[from]);
	if (s->hist.module != NULL && strcmp(o->module, s->hist.module) == 0)
		diag_hint("Name the folder of this file with -C.");
	else
		diag_hint("Commit module \"%s\" first, in its own folder.",
		    o->module);
}

bool
pending_check(const struct session *s, const struct delta *d,
    const struct model *list)
{
	WM_MAP met = MAP_INIT;
	int before = diag_errors();

	for (size_t i = 0; i < list->objects.n; i++) {
		const struct object *o = list->objects.v[i];
		const char *name;
		size_t from = origin(s->mem, o, &name), n = o->delta.n - from;
		const struct delta_table *t = NULL;

		if (n == 0)
			continue;
		for (size_t k = 0; k < d->tables.n && t == NULL; k++) {
			const struct delta_table *u = d->tables.v[k];

			t = strcmp(u->name, name) == 0 ? u : NULL;
		}
		if (t != NULL)
			map_put(&met, t->name, t);
		if (t != NULL && !among(&t->texts, &o->delta))
			say_old(s, t);
		else if (t == NULL || t->texts.n != n) {
			size_t odd = from, k = 0;

			/* the first that the file does not have */
			while (t != NULL && k < t->texts.n &&
			    strcmp(t->texts.v[k], o->delta.v[odd]) == 0) {
				odd++;
				k++;
			}
			say_foreign(s, o, odd);
		}
	}
	for (size_t i = 0; i < d->tables.n; i++) {
		const struct delta_table *t = d->tables.v[i];

		if (t->texts.n > 0 && map_get(&met, t->name) == NULL)
			say_old(s, t);
	}
	return diag_errors() == before;
}
