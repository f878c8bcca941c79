#include "init.h"

#include "text.h"

bool
init_any(const struct diff *d)
{
	return d->src.init.n > 0 && ((d->plan.from.release == 0 &&
	    d->adopt == NULL) || d->opts->init);
}

void
init_steps(struct diff *d)
{
	if (!init_any(d))
		return;
	for (size_t i = 0; i < d->src.init.n; i++) {
		const struct init_sql *t = d->src.init.v[i];
		struct plan_step *s;

		/* programs may have nothing to say */
		if (t->sql[strspn(t->sql, " \t\r\n;")] == '\0')
			continue;
		s = plan_add(&d->plan, PLAN_DATA, "init",
		    t->file ? t->file : "init", t->sql);
		s->module = t->module;
		s->loc.file = t->file;
		s->reason = "first rows";
		text_split(d, s);
	}
}
