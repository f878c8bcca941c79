/* The whole plan: what comes before its drops, behind what it makes. */
#include "build_impl.h"

#include "adopt.h"
#include "attic.h"
#include "bodies.h"
#include "bundle.h"
#include "embed.h"
#include "grants.h"
#include "pg.h"
#include "privileges.h"
#include "record_release.h"
#include "record_sql.h"
#include "text.h"

/* Schema wm with its tables and functions, where the database has none. */
static void
boot(struct diff *d)
{
	struct plan_step *s;

	if (d->plan.from.release != 0)
		return;
	s = plan_add(&d->plan, PLAN_CREATE, "schema", "wm", embed_boot_sql);
	s->module = "wyseman";
	s->locks = 12;
	text_split(d, s);
}

static void
role_step(struct diff *d, const char *nam)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "select wm.create_role(");
	sbuf_literal(&b, nam);
	sbuf_putc(&b, ')');
	plan_add(&d->plan, PLAN_CREATE, "role", nam, sbuf_take(&b, d->mem));
}

static bool
roles(struct diff *d)
{
	WM_MAP seen = MAP_INIT;
	WM_VEC names = VEC_INIT;
	WM_SBUF list = SBUF_INIT;
	const char *args[1];

	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new != NULL && (c->fate != FATE_SAME || (c->record &&
		    !c->adopted)))
			grants_roles(d, c, &seen, &names);
	}
	if (names.n == 0)
		return true;
	/* nobody to ask: each is made where it is missing */
	for (size_t i = 0; d->db == NULL && i < names.n; i++)
		role_step(d, names.v[i]);
	if (d->db == NULL)
		return true;
	for (size_t i = 0; i < names.n; i++)
		pg_array_put(&list, names.v[i]);
	sbuf_putc(&list, '}');
	args[0] = list.s;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select n from unnest($1::text[]) with ordinality as x(n, i)"
	    " where not exists (select from pg_catalog.pg_roles"
	    " where rolname = n) order by i", 1, args);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		role_step(d, arena_strdup(d->mem, PQgetvalue(r, i, 0)));
	return true;
}

/* Whether what the dictionary tells of the catalog has changed. */
static bool
dictionary_stale(const struct diff *d)
{
	for (size_t i = 0; i < d->all.n; i++) {
		const struct change *c = d->all.v[i];
		const char *typ = change_object(c)->kind->name;

		if (strcmp(typ, "table") != 0 && strcmp(typ, "view") != 0 &&
		    strcmp(typ, "other") != 0)
			continue;
		if (c->fate != FATE_SAME || (c->record && c->adopted) ||
		    (c->record && c->old != NULL && c->new != NULL &&
		    !vec_same_strings(&c->old->col_data, &c->new->col_data)))
			return true;
	}
	return false;
}

static void
refresh_dictionary(struct diff *d)
{
	static const char name[] = "wm.init_dictionary()";
	struct change *c = map_get(&d->by_key, "function:wm.init_dictionary()");

	if (c == NULL || c->new == NULL || !dictionary_stale(d))
		return;
	plan_add(&d->plan, PLAN_DATA, "function", name,
	    "select wm.init_dictionary()")->module = c->new->module;
}

/* Where what is dropped is kept, if anything is. */
static void
attic(struct diff *d)
{
	const char *sql;
	struct plan_step *s;

	for (size_t i = 0; i < d->all.n && d->opts->keep_dropped; i++) {
		const struct change *c = d->all.v[i];

		if (c->fate == FATE_DROP && c->old->built &&
		    strcmp(c->old->kind->name, "table") == 0)
			d->kept_any = true;
	}
	sql = attic_open_sql(d);
	if (sql == NULL)
		return;
	s = plan_add(&d->plan, PLAN_CREATE, "schema", "wm_attic", sql);
	s->reason = "for what is dropped";
	text_split(d, s);
}

/*
 * The older Wyseman's record has triggers that drop objects where their rows
 * are deleted, and keep releases from being closed: where the record changes,
 * they go first.
 */
static bool
take_over(struct diff *d)
{
	static const char sql[] =
	    "drop trigger if exists objects_tr_bd on wm.objects;\n"
	    "drop trigger if exists releases_tr on wm.releases;\n"
	    "drop function if exists wm.objects_tf_bd();\n"
	    "drop function if exists wm.releases_tf();";
	struct plan_step *s;

	if (d->db == NULL || d->plan.from.release == 0 || plan_empty(&d->plan))
		return true;
	WM_PGRES *r = pg_query(d->db, PG_ROWS,
	    "select from pg_catalog.pg_trigger where tgname in"
	    " ('objects_tr_bd', 'releases_tr') and tgrelid in"
	    " (pg_catalog.to_regclass('wm.objects'),"
	    " pg_catalog.to_regclass('wm.releases'))", 0, NULL);
	if (r == NULL)
		return false;
	if (PQntuples(r) == 0)
		return true;
	s = plan_add(&d->plan, PLAN_RECORD, NULL, NULL, arena_printf(d->mem,
	    "%s\n%s", sql, embed_prints_sql));
	s->reason = "the record of an older Wyseman is taken over";
	text_split(d, s);
	memmove(d->plan.steps.v + 1, d->plan.steps.v,
	    (d->plan.steps.n - 1) * sizeof(*d->plan.steps.v));
	d->plan.steps.v[0] = s;
	return true;
}

/* All was compared: wm-apply is to keep no old print. */
static void
take_prints(struct diff *d)
{
	const char *sql = arena_printf(d->mem, "select pg_catalog.set_config("
	    "'wm.drifted', '', false), pg_catalog.set_config('wm.others', %s, "
	    "false)", adopt_others(d));

	plan_add(&d->plan, PLAN_RECORD, NULL, NULL, sql)->reason =
	    "fingerprints are taken of all there is";
}

/* What takes a database back to its record, which stays as it is. */
static bool
build_steps(struct diff *d)
{
	WM_VEC recorded = VEC_INIT;

	attic(d);
	build_early(d);
	if (!build_drops(d) || !build_makes(d, &recorded))
		return false;
	bodies_check(d);
	refresh_dictionary(d);
	privileges(d);
	/* they were not there, or were of other things */
	take_prints(d);
	return true;
}

bool
build_plan(struct diff *d)
{
	WM_VEC recorded = VEC_INIT;

	if (d->opts->drift)
		return build_steps(d);
	d->plan.to.release = d->bundle != NULL ? d->bundle->release :
	    d->plan.from.release == 0 ? 1 :
	    d->plan.from.release + !d->plan.from.beta;
	boot(d);
	record_open(d);
	if (!roles(d) || !record_target(d))
		return false;
	attic(d);
	build_early(d);
	if (!build_drops(d))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL && !c->loose)
			vec_push(&recorded, c);
	}
	if (!build_makes(d, &recorded))
		return false;
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];

		if (c->new == NULL || !c->record || c->fate != FATE_SAME)
			continue;
		grants_steps(d, c);
		vec_push(&recorded, c);
	}
	bodies_check(d);
	if (recorded.n > 0)
		record_step(d, &recorded);
	if (d->bundle != NULL)
		record_release_close(d);
	refresh_dictionary(d);
	privileges(d);
	if (d->adopt != NULL)
		take_prints(d);
	return take_over(d);
}
