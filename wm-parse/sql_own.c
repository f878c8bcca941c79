/* The record of these tools, where a dump of a database has it. */
#include "sql_reader.h"

static const char *const schemas[] = { "wm", "wm_attic" };

static bool
is_own(const struct made *m)
{
	const char *schema = m->id.cls == ID_SCHEMA ? m->id.name :
	    m->id.schema;

	for (size_t i = 0; schema != NULL && i < WM_LEN(schemas); i++)
		if (strcmp(schema, schemas[i]) == 0)
			return true;
	return false;
}

void
sql_own(struct reader *r)
{
	struct parse *p = r->p;
	struct made *record = sql_bare(p, ID_RELATION, "wm", "releases");

	if (record == NULL || record->foreign ||
	    strcmp(record->o->loc.file, r->src->name) != 0)
		return;
	for (size_t i = r->first_made; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone || m->foreign || !is_own(m))
			continue;
		sql_forget(r, m);
		r->left[LEFT_OWN]++;
	}
}
