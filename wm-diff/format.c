#include "format.h"

#include "hazard.h"

/* How an action looks to people. */
static const struct {
	char mark;
	const char *colour;
	bool shown;
	const char *verb;
} looks[] = {
	[PLAN_CREATE] = { '+', "32", true, "create" },
	[PLAN_REPLACE] = { '~', "33", true, "replace" },
	[PLAN_ALTER] = { '~', "33", true, "alter" },
	[PLAN_DROP] = { '-', "31", true, "drop" },
	[PLAN_REBUILD] = { '~', "35", true, "rebuild" },
	[PLAN_GRANT] = { '+', "36", true, "grant" },
	[PLAN_REVOKE] = { '-', "36", true, "revoke" },
	[PLAN_DATA] = { '~', "36", false, "data" },
	[PLAN_CHECK] = { '?', "36", false, "check" },
	[PLAN_RECORD] = { '=', "36", false, "record" },
};

/* Most data steps belong to an alteration; these stand for themselves. */
static bool
is_shown(const struct plan_step *s)
{
	static const char *const alone[] = { "text", "style", "init" };

	for (size_t i = 0; s->action == PLAN_DATA && i < WM_LEN(alone); i++)
		if (strcmp(s->obj_typ, alone[i]) == 0)
			return true;
	return looks[s->action].shown;
}

static bool
same_object(const struct plan_step *s, const struct plan_step *t)
{
	return strcmp(t->obj_nam, s->obj_nam) == 0 &&
	    strcmp(t->obj_typ, s->obj_typ) == 0;
}

/* Whether a later step of the plan makes what this one drops. */
static bool
comes_back(const struct plan *p, size_t i)
{
	const struct plan_step *s = p->steps.v[i];

	for (size_t k = i + 1; k < p->steps.n; k++) {
		const struct plan_step *t = p->steps.v[k];

		if (t->action == PLAN_CREATE && same_object(s, t))
			return true;
	}
	return false;
}

/* The same object was dropped before. */
static bool
came_before(const struct plan *p, size_t i)
{
	const struct plan_step *s = p->steps.v[i];

	for (size_t k = 0; k < i; k++) {
		const struct plan_step *t = p->steps.v[k];

		if (t->action == PLAN_DROP && same_object(s, t))
			return true;
	}
	return false;
}

/* Whether t is told on the line of s: what is altered, or built anew. */
static bool
same_alter(const struct plan_step *s, const struct plan_step *t)
{
	bool rebuild = s->action == PLAN_REBUILD;

	return (rebuild ? t->action == PLAN_REBUILD : t->action ==
	    PLAN_ALTER || t->action == PLAN_DATA) && same_object(s, t);
}

static bool
altered_before(const struct plan *p, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		const struct plan_step *t = p->steps.v[k];

		if (t->action != PLAN_DATA && same_alter(p->steps.v[i], t))
			return true;
	}
	return false;
}

/* What a person wants to see of "alter table x ...": what is behind x. */
static void
put_short(struct sbuf *out, const struct plan_step *s)
{
	const char *sql = s->sql;
	size_t len;

	if (strncmp(sql, "alter ", 6) == 0) {
		for (int words = 0; words < 3 && strchr(sql, ' '); words++)
			sql = strchr(sql, ' ') + 1;
	}
	len = strcspn(sql, "\n");
	if (len > 160)
		sbuf_printf(out, "%.157s...", sql);
	else
		sbuf_putn(out, sql, len);
}

/* One object is one line: what all its alterations are, and cost together. */
static struct plan_step
all_alters(const struct plan *p, size_t i, struct sbuf *out)
{
	struct plan_step all = *(struct plan_step *)p->steps.v[i];

	for (size_t k = 0; k < p->steps.n; k++) {
		const struct plan_step *t = p->steps.v[k];

		if (!same_alter(p->steps.v[i], t))
			continue;
		if (t->action != PLAN_REBUILD) {
			sbuf_puts(out, k == i ? ": " : ", ");
			put_short(out, t);
		}
		all.loss = all.loss || t->loss;
		all.scan = all.scan || t->scan;
		all.rewrite = all.rewrite || t->rewrite;
	}
	return all;
}

static bool
is_grant(const struct plan_step *s)
{
	return s->action == PLAN_GRANT || s->action == PLAN_REVOKE;
}

/* Whether an earlier line is about the object, and can stand for its grants. */
static bool
told_before(const struct plan *p, size_t i)
{
	const struct plan_step *s = p->steps.v[i];

	/* an object's steps stand together: look no further than its name */
	for (size_t k = i; k-- > 0;) {
		const struct plan_step *t = p->steps.v[k];

		if (t->action == PLAN_RECORD)
			continue;
		if (!same_object(s, t))
			return false;
		if (looks[t->action].shown)
			return true;
	}
	return false;
}

/* The grants and revokes of one object, which no other line tells. */
static void
put_grants(const struct plan *p, size_t i, struct sbuf *out)
{
	const struct plan_step *s = p->steps.v[i];

	for (size_t k = i; k < p->steps.n; k++) {
		const struct plan_step *t = p->steps.v[k];

		if (!is_grant(t) || strcmp(t->obj_nam, s->obj_nam) != 0)
			break;
		sbuf_printf(out, "%s %s", k > i ? "," : ":", t->sql);
	}
}

void
format_text(const struct plan *p, struct sbuf *out, bool colour)
{
	size_t made = 0, changed = 0, gone = 0, records = 0;
	bool drops = false;

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];

		drops = drops || s->action == PLAN_DROP;
	}
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];
		char mark = looks[s->action].mark;
		const char *c = looks[s->action].colour, *verb;
		const char *reason = s->reason;

		records += s->action == PLAN_RECORD;
		if (!is_shown(s))
			continue;
		verb = looks[s->action].verb;
		/* an object that is dropped and made again is one line */
		if (s->action == PLAN_DROP && comes_back(p, i))
			continue;
		if (s->action == PLAN_ALTER && drops && came_before(p, i))
			continue;
		if ((s->action == PLAN_ALTER || s->action == PLAN_REBUILD) &&
		    altered_before(p, i))
			continue;
		if (is_grant(s)) {
			if (told_before(p, i))
				continue;
			mark = '~';
			c = "33";
			verb = "alter";
		}
		if (s->action == PLAN_CREATE && drops && came_before(p, i)) {
			mark = '~';
			c = "33";
			verb = "recreate";
		}
		made += mark == '+' && s->action == PLAN_CREATE;
		gone += mark == '-' && s->action == PLAN_DROP;
		changed += mark == '~';
		if (colour)
			sbuf_printf(out, "\033[%sm", c);
		sbuf_printf(out, "%c %-8s %s %s", mark, verb,
		    s->obj_typ, s->obj_nam);
		if (colour)
			sbuf_puts(out, "\033[0m");
		if (is_grant(s))
			put_grants(p, i, out);
		if (reason != NULL)
			sbuf_printf(out, " (%s)", reason);
		if (s->action == PLAN_ALTER || s->action == PLAN_REBUILD) {
			struct plan_step all = all_alters(p, i, out);

			hazard_text(&all, out);
		} else
			hazard_text(s, out);
		sbuf_putc(out, '\n');
	}
	if (made + changed + gone > 0)
		sbuf_printf(out, "%zu to create, %zu to change, %zu to drop\n",
		    made, changed, gone);
	else if (records > 0 && out->len == 0)
		sbuf_puts(out, "only the record changes\n");
}

/* A statement with its end on a line of its own: it may end in a comment. */
static void
put_statement(struct sbuf *out, const char *sql, size_t len)
{
	while (len > 0 && strchr(" \t\r\n;", sql[len - 1]) != NULL)
		len--;
	if (len == 0)
		return;
	sbuf_putn(out, sql, len);
	sbuf_puts(out, "\n;\n");
}

void
format_sql(const struct plan *p, struct sbuf *out)
{
	sbuf_puts(out, "-- Made by wm-diff. Run: psql -X -f FILE\n"
	    "\\set ON_ERROR_STOP on\n"
	    "\\set QUIET on\n"
	    "select now() = statement_timestamp() as wm_alone \\gset\n"
	    "\\if :wm_alone\n"
	    "begin;\n"
	    "\\endif\n");
	if (plan_empty(p))
		goto done;
	sbuf_printf(out, "set local search_path = %s;\n"
	    "set local check_function_bodies = off;\n"
	    "set local client_min_messages = warning;\n"
	    "\\o /dev/null\n", p->search_path);
	if (p->from.release == 0)
		sbuf_puts(out, "do $wm$ begin\n"
		    "  if to_regclass('wm.objects') is not null then\n"
		    "    raise 'this script is for a database without a "
		    "record; here is one';\n"
		    "  end if;\nend $wm$;\n");
	else
		sbuf_printf(out, "do $wm$ begin\n"
		    "  if (%s) is distinct from '%s' then\n"
		    "    raise 'the database has moved since this script was "
		    "made';\n"
		    "  end if;\nend $wm$;\n", p->state_sql, p->from.state);
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];
		size_t from = 0;

		sbuf_printf(out, "-- %s", plan_action_name(s->action));
		if (s->obj_typ != NULL) {
			sbuf_printf(out, " %s ", s->obj_typ);
			/* names come from sources: keep them on the line */
			for (const char *n = s->obj_nam; *n != '\0'; n++)
				sbuf_putc(out, *n == '\n' ? ' ' : *n);
		}
		sbuf_putc(out, '\n');
		for (size_t k = 0; k < s->n_split; k++) {
			put_statement(out, s->sql + from, s->split[k] - from);
			from = s->split[k];
		}
		put_statement(out, s->sql + from, strlen(s->sql + from));
	}
	sbuf_puts(out, "\\o\n");
done:
	sbuf_puts(out, "\\if :wm_alone\ncommit;\n\\endif\n");
}
