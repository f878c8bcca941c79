#include "alter.h"

#include "diag.h"
#include "shell.h"
#include "table.h"

/* Columns that two tables have in common, by name and type; of ten. */
static int
common_columns(const struct table *x, const struct table *y)
{
	size_t n = 0, max = x->columns.n > y->columns.n ? x->columns.n :
	    y->columns.n;

	for (size_t i = 0; i < x->columns.n; i++) {
		const struct column *k = x->columns.v[i];
		const struct column *j = table_column(y, k->name);

		n += j != NULL && type_equal(k->type, j->type);
	}
	return max == 0 ? 0 : (int)(10 * n / max);
}

static void
refuse_heir(struct diff *d, const struct change *gone, const struct change *new)
{
	const char *was = gone->old->nam, *is = new->new->nam;
	const char *dot = strchr(is, '.'), *old = strchr(was, '.');
	bool moved = dot != NULL && old != NULL && strcmp(dot, old) == 0;

	diag_refuse(&new->new->loc, "table \"%s\" left the source, and new "
	    "table \"%s\" looks like it", was, is);
	if (moved)
		diag_hint("If it is that table: wm-migrate %s move to %s",
		    shell_word(d->mem, was), shell_word(d->mem,
		    arena_strndup(d->mem, is, (size_t)(dot - is))));
	else
		diag_hint("If it is that table: wm-migrate %s rename table "
		    "to %s", shell_word(d->mem, was), shell_word(d->mem,
		    dot ? dot + 1 : is));
	diag_hint("If it is not: --allow data-loss drops \"%s\".", was);
}

void
alter_heirs(struct diff *d)
{
	if (d->opts->allow_data_loss)
		return;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *gone = d->all.v[i];
		struct table *t;

		if (gone->fate != FATE_DROP || !gone->old->built ||
		    strcmp(gone->old->kind->name, "table") != 0 ||
		    (t = change_table(d, gone, true)) == NULL)
			continue;
		for (size_t k = 0; k < d->all.n; k++) {
			struct change *new = d->all.v[k];
			struct table *u;

			if (new->fate != FATE_CREATE || new->old != NULL ||
			    strcmp(new->new->kind->name, "table") != 0 ||
			    (u = change_table(d, new, false)) == NULL)
				continue;
			if (common_columns(t, u) >= 7)
				refuse_heir(d, gone, new);
			table_clear(u);
		}
		table_clear(t);
	}
}
