#include "older.h"

#include "diag.h"
#include "own.h"
#include "table.h"

/* What it has, and no dictionary of ours ever had. */
static const char mark[] = "function:wm.default_native()";
/* What is called when the catalog has changed. */
static const char init[] = "function:wm.init_dictionary()";

/* The first column of one of our tables that theirs does not have like ours. */
static const char *
lacks(struct diff *d, const struct object *ours, const struct object *theirs)
{
	struct table *a = table_read(d->mem, ours->create);
	struct table *b = table_read(d->mem, theirs->create);
	const char *found = a == NULL || b == NULL ? "" : NULL;

	for (size_t i = 0; found == NULL && i < a->columns.n; i++) {
		const struct column *is = a->columns.v[i];
		const struct column *was = table_column(b, is->name);

		if (was == NULL || !type_equal(was->type, is->type))
			found = is->name;
	}
	if (a != NULL)
		table_clear(a);
	if (b != NULL)
		table_clear(b);
	return found;
}

/*
 * Whether it has all of ours that the tools use.
 *
 * out_ok   false once it has been reported that its rows cannot be read
 */
static bool
serves(struct diff *d, bool *out_ok)
{
	const struct object *fn = model_get(&d->rec, init);
	bool all = fn != NULL && fn->built;

	for (size_t i = 0; i < d->src.objects.n; i++) {
		const struct object *o = d->src.objects.v[i], *old;
		const char *col;

		if (strcmp(o->module, OWN_MODULE) != 0 ||
		    strcmp(o->kind->name, "table") != 0)
			continue;
		old = model_get(&d->rec, o->key);
		col = old != NULL ? lacks(d, o, old) : NULL;
		all = all && old != NULL && old->built;
		if (col == NULL)
			continue;
		diag_error(NULL, "the dictionary of the older Wyseman, table "
		    "\"%s\": %s%s%s", o->nam, *col != '\0' ?
		    "no column \"" : "cannot be read", col,
		    *col != '\0' ? "\" of our type" : "");
		diag_hint("--no-dictionary leaves it as it is.");
		*out_ok = false;
	}
	return all;
}

bool
older_keep(struct diff *d)
{
	const struct object *theirs = model_get(&d->rec, mark);
	bool ok = true;

	if (d->bundle == NULL && !d->opts->no_dictionary &&
	    !d->opts->own_dictionary && theirs != NULL && theirs->built &&
	    strcmp(theirs->module, OWN_MODULE) == 0 && serves(d, &ok))
		own_remove(&d->src);
	return ok;
}
