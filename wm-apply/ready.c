#include "ready.h"

#include <stdlib.h>

#include "apply.h"
#include "arena.h"
#include "diag.h"
#include "pg.h"
#include "record.h"
#include "run.h"
#include "sbuf.h"

/* Entries that a transaction takes besides those that the steps count. */
#define LOCKS_OWN 40

/*
 * Entries of the lock table: as many as NLOCKENTS in PostgreSQL's lock.c and
 * MaxBackends in its postinit.c. That is what the server is sure to have;
 * another tenth of it is slack, which others use.
 */
static const char facts_sql[] =
    "select current_user, current_database(),"
    " current_setting('server_version'),"
    " coalesce(obj_description(to_regnamespace('wm'), 'pg_namespace')"
    "   like 'unfinished%', false) as unfinished,"
    " pg_is_in_recovery() as standby, share, share"
    "   * current_setting('max_locks_per_transaction')::bigint"
    "   - (select count(distinct (locktype, database, relation, page, tuple,"
    "       virtualxid, transactionid::text, classid, objid, objsubid))"
    "     from pg_locks where not fastpath) as room"
    " from (select current_setting('max_connections')::bigint"
    "   + coalesce(current_setting('autovacuum_worker_slots', true),"
    "       current_setting('autovacuum_max_workers'))::bigint + 1"
    "   + current_setting('max_worker_processes')::bigint"
    "   + current_setting('max_wal_senders')::bigint"
    "   + current_setting('max_prepared_transactions')::bigint) s (share)";

bool
ready_facts(struct live *l, struct arena *mem, struct facts *out)
{
	WM_PGRES *r = live_query(l, facts_sql, 0, NULL);

	if (r == NULL)
		return false;
	if (pg_col(r, 0, "standby")[0] == 't') {
		diag_error(NULL, "the server is a standby: it takes no "
		    "changes");
		diag_hint("Connect to the primary server.");
		l->broken = true;
		return false;
	}
	out->user = arena_strdup(mem, PQgetvalue(r, 0, 0));
	out->database = arena_strdup(mem, PQgetvalue(r, 0, 1));
	out->version = arena_strndup(mem, PQgetvalue(r, 0, 2),
	    strcspn(PQgetvalue(r, 0, 2), " "));
	out->unfinished = pg_col(r, 0, "unfinished")[0] == 't';
	out->lock_room = strtoll(pg_col(r, 0, "room"), NULL, 10);
	out->lock_share = strtol(pg_col(r, 0, "share"), NULL, 10);
	return true;
}

static const char *
state_text(const struct plan_state *s, char *buf, size_t size)
{
	if (s->release == 0)
		snprintf(buf, size, "no release");
	else
		snprintf(buf, size, "release %d, state %.12s", s->release,
		    s->state);
	return buf;
}

bool
ready_state(struct live *l, const struct plan_state *want,
    const struct plan_state *to)
{
	struct plan_state now;
	char a[64], b[64];

	if (!record_state(l->db, &now)) {
		l->broken = diag_refused() == 0;
		live_fate(l);
		return false;
	}
	if (now.release == want->release &&
	    strcmp(now.state, want->state) == 0)
		return true;
	diag_refuse(NULL, "the database has moved since the plan was made");
	diag_note(NULL, "the plan starts from %s; the database is at %s",
	    state_text(want, a, sizeof(a)), state_text(&now, b, sizeof(b)));
	if (to != NULL && to->release > 0 && now.release == to->release &&
	    strcmp(now.state, to->state) == 0)
		diag_note(NULL, "that is where the plan leads: it seems to be "
		    "applied already");
	live_fate(l);
	diag_hint("Run wm-diff again.");
	return false;
}

/* How a need reads behind "role "x" lacks". */
static const struct {
	const char *what;
	const char *text;
	bool named;
} need_words[] = {
	{ "owner", "ownership of", true },
	{ "create", "the privilege CREATE on", true },
	{ "createrole", "CREATEROLE", false },
	{ "superuser", "superuser rights", false },
	{ "role", "membership in role", true },
	{ "write", "the right to write", true },
};

/* What a need names: "type:name" of an object, words, or a plain name. */
static void
put_named(struct sbuf *b, const char *name)
{
	const char *colon = strchr(name, ':');
	size_t n;
	const struct kind *k = kinds_all(&n);

	for (size_t i = 0; colon != NULL && i < n; i++)
		if (strlen(k[i].name) == (size_t)(colon - name) &&
		    strncmp(k[i].name, name, (size_t)(colon - name)) == 0) {
			sbuf_printf(b, "%s \"%s\"", k[i].name, colon + 1);
			return;
		}
	if (strpbrk(name, " \"") != NULL)
		sbuf_puts(b, name);
	else
		sbuf_printf(b, "\"%s\"", name);
}

static void
refuse_need(const struct plan_need *n, const char *user)
{
	const char *what = n->what;
	bool is_named = true;
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < WM_LEN(need_words); i++)
		if (strcmp(n->what, need_words[i].what) == 0) {
			what = need_words[i].text;
			is_named = need_words[i].named;
		}
	if (is_named) {
		sbuf_putc(&b, ' ');
		put_named(&b, n->name);
	}
	diag_refuse(NULL, "role \"%s\" lacks %s%s: %s", user, what,
	    sbuf_str(&b), n->reason);
}

/* A query without blanks and semicolons at its end, to stand in brackets. */
static void
put_query(struct sbuf *b, const char *sql)
{
	size_t len = strlen(sql);

	while (len > 0 && strchr("; \t\r\n", sql[len - 1]) != NULL)
		len--;
	sbuf_putn(b, sql, len);
	sbuf_putc(b, '\n');	/* it may end in a comment */
}

/* So many at once: the server takes a long time over very long queries. */
#define NEEDS_AT_ONCE 50

/* Ask for needs from one on; *fine becomes false where one is not met. */
static bool
ask_needs(struct live *l, const struct plan *p, const struct facts *f,
    size_t begin, bool *fine)
{
	WM_SBUF sql = SBUF_INIT;

	for (size_t i = begin; i < p->needs.n && i < begin + NEEDS_AT_ONCE;
	    i++) {
		const struct plan_need *n = p->needs.v[i];

		sbuf_printf(&sql, "%sselect %zu, (",
		    i > begin ? " union all " : "", i);
		put_query(&sql, n->sql);
		sbuf_puts(&sql, ")::boolean is true");
	}
	sbuf_puts(&sql, " order by 1");
	WM_PGRES *r = live_query(l, sbuf_str(&sql), 0, NULL);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		if (PQgetvalue(r, i, 1)[0] == 't')
			continue;
		refuse_need(p->needs.v[begin + (size_t)i], f->user);
		*fine = false;
	}
	return true;
}

bool
ready_needs(struct live *l, const struct plan *p, const struct facts *f)
{
	bool fine = true;

	for (size_t i = 0; i < p->needs.n; i += NEEDS_AT_ONCE)
		if (!ask_needs(l, p, f, i, &fine))
			return false;
	if (!fine)
		live_fate(l);
	return fine;
}

bool
ready_locks(const struct plan *p, const struct apply_opts *o,
    const struct facts *f)
{
	long long most = 0, need;
	size_t begin, end;
	long setting;

	for (begin = 0; begin < p->steps.n; begin = end) {
		long long sum = LOCKS_OWN;

		end = run_batch_end(p, begin, o->batch);
		for (size_t i = begin; i < end; i++)
			sum += ((struct plan_step *)p->steps.v[i])->locks;
		if (sum > most)
			most = sum;
	}
	if (most <= f->lock_room)
		return true;
	/* a quarter more, in steps of 16: the setting needs a restart */
	need = (most + most / 4) / f->lock_share + 1;
	setting = (long)((need + 15) / 16 * 16);
	diag_refuse(NULL, "one transaction of the plan takes %lld locks, but "
	    "the server has room for %lld", most, f->lock_room);
	diag_note(NULL, "nothing was changed");
	if (o->batch > 0)
		diag_hint("Use a smaller --batch, or set "
		    "max_locks_per_transaction = %ld and restart the server.",
		    setting);
	else if (p->from.release == 0 || f->unfinished)
		diag_hint("Set max_locks_per_transaction = %ld and restart "
		    "the server, or use --batch 500.", setting);
	else
		diag_hint("Set max_locks_per_transaction = %ld and restart "
		    "the server.", setting);
	return false;
}

bool
ready_batch(const struct plan *p, const struct apply_opts *o,
    const struct facts *f)
{
	if (o->batch == 0 || p->from.release == 0 || f->unfinished)
		return true;
	diag_refuse(NULL, "--batch is for a database that holds nothing yet; "
	    "\"%s\" is at release %d", f->database, p->from.release);
	diag_note(NULL, "nothing was changed");
	diag_hint("Without --batch all is done in one transaction.");
	return false;
}
