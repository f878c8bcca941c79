#include "hazard.h"

#include <strings.h>

#include "diag.h"
#include "sbuf.h"

static bool
is_loss(const struct plan_step *s)
{
	return s->loss;
}

static bool
is_rebuild(const struct plan_step *s)
{
	return s->action == PLAN_REBUILD;
}

static bool
is_rewrite(const struct plan_step *s)
{
	return s->rewrite;
}

static bool
is_scan(const struct plan_step *s)
{
	return s->scan;
}

/* A lock that reading or writing has to wait for. */
static bool
is_lock(const struct plan_step *s)
{
	static const char *const weak[] = { "AccessShareLock",
		"RowShareLock", "RowExclusiveLock", "access share",
		"row share", "row exclusive" };

	for (size_t i = 0; s->lock != NULL && i < WM_LEN(weak); i++)
		if (strcasecmp(s->lock, weak[i]) == 0)
			return false;
	return s->lock != NULL;
}

/* Words of --allow and --deny; "all" means each of them. */
static const struct hazard {
	const char *word;
	bool (*has)(const struct plan_step *s);
	const char *verb;	/* what the step does, the object in front */
	bool by_size;		/* harmless on a small table */
} hazards[] = {
	{ "data-loss", is_loss, "can lose data", false },
	{ "rebuild", is_rebuild, "is built anew", false },
	{ "rewrite", is_rewrite, "has its table written anew",
	    true },
	{ "scan", is_scan, "has a whole table read", true },
	{ "lock", is_lock, "locks out others", true },
};

static void
check_words(const struct vec *words, const char *option)
{
	for (size_t i = 0; i < words->n; i++) {
		bool known = strcmp(words->v[i], "all") == 0;

		for (size_t h = 0; h < WM_LEN(hazards); h++)
			known = known ||
			    strcmp(words->v[i], hazards[h].word) == 0;
		if (!known)
			usage_die("%s takes data-loss, rebuild, rewrite, scan, "
			    "lock or all, not \"%s\"", option,
			    (const char *)words->v[i]);
	}
}

void
hazard_words(const struct hazard_opts *o)
{
	check_words(&o->allow, "--allow");
	check_words(&o->deny, "--deny");
}

static bool
named(const struct vec *words, const char *word, bool all)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->v[i], word) == 0 ||
		    (all && strcmp(words->v[i], "all") == 0))
			return true;
	return false;
}

/* A hazard's own name beats "all"; else --allow beats --deny. */
static bool
denied(const struct hazard_opts *o, const char *word)
{
	if (named(&o->allow, word, false))
		return false;
	if (named(&o->deny, word, false))
		return true;
	return named(&o->deny, word, true) && !named(&o->allow, word, true);
}

bool
hazard_allowed(const struct hazard_opts *o, const char *word)
{
	return named(&o->allow, word, true);
}

void
hazard_screen(const struct hazard_opts *o, const struct plan *p)
{
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];

		for (size_t h = 0; h < WM_LEN(hazards); h++) {
			if (!hazards[h].has(s) || !denied(o, hazards[h].word) ||
			    (hazards[h].by_size && s->bytes < o->safe_below))
				continue;
			diag_refuse(&s->loc, "step %zu, %s %s \"%s\", %s: "
			    "--deny %s", i + 1, plan_action_name(s->action),
			    s->obj_typ ? s->obj_typ : "",
			    s->obj_nam ? s->obj_nam : "", hazards[h].verb,
			    hazards[h].word);
			if (s->reason != NULL)
				diag_note(NULL, "%s", s->reason);
		}
	}
}

void
hazard_clear(struct hazard_opts *o)
{
	vec_clear(&o->allow);
	vec_clear(&o->deny);
}

const char *
hazard_size(long long bytes, char *buf, size_t size)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	size_t u = 0;

	while (bytes >= 10240 && u + 1 < WM_LEN(units)) {
		bytes /= 1024;
		u++;
	}
	snprintf(buf, size, "%lld %s", bytes, units[u]);
	return buf;
}

void
hazard_text(const struct plan_step *s, struct sbuf *out)
{
	const char *sep = "  [";
	char size[32];

	if (s->loss) {
		sbuf_printf(out, "%sdata loss", sep);
		sep = ", ";
	}
	if (s->rewrite || s->scan) {
		sbuf_printf(out, "%s%s", sep, s->rewrite ? "rewrites" :
		    "scans");
		if (s->rows > 0)
			sbuf_printf(out, " about %lld rows", s->rows);
		if (s->bytes > 0)
			sbuf_printf(out, "%s %s", s->rows > 0 ? "," : "",
			    hazard_size(s->bytes, size, sizeof(size)));
		sep = ", ";
	}
	if (s->lock != NULL) {
		sbuf_printf(out, "%s%s%s%s", sep, s->lock,
		    s->lock_on ? " on " : "", s->lock_on ? s->lock_on : "");
		sep = ", ";
	}
	if (sep[0] == ',')
		sbuf_putc(out, ']');
}
