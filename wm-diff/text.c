#include "text.h"

/* Statements that take OR REPLACE; the server version that brought it. */
static const struct {
	const char *tag;
	const char *defines;	/* of DEFINE: what */
	int version;
} replaceable[] = {
	{ "ViewStmt", NULL, 0 },
	{ "CreateFunctionStmt", NULL, 0 },
	{ "RuleStmt", NULL, 0 },
	{ "CreatePLangStmt", NULL, 0 },
	{ "CreateTransformStmt", NULL, 0 },
	{ "DefineStmt", "OBJECT_AGGREGATE", 120000 },
	{ "CreateTrigStmt", NULL, 140000 },
};

/* Statements that end in the same state, however often they are run. */
static const char *const idempotent[] = { "GrantStmt", "CommentStmt",
	"AlterTableStmt", "AlterOwnerStmt", "AlterFunctionStmt" };

/* Without a server, the oldest one that is supported. */
static int
server_version(const struct diff *d)
{
	return d->db != NULL ? PQserverVersion(d->db) : 120000;
}

static bool
takes_replace(const struct diff *d, const struct sql_stmt *st)
{
	const char *kind = json_str(st->node, "kind");

	for (size_t i = 0; i < WM_LEN(replaceable); i++)
		if (strcmp(replaceable[i].tag, st->tag) == 0 &&
		    (replaceable[i].defines == NULL || (kind != NULL &&
		    strcmp(replaceable[i].defines, kind) == 0)))
			return server_version(d) >= replaceable[i].version &&
			    !json_bool(st->node, "isconstraint");
	return false;
}

bool
text_repeatable(const struct diff *d, const struct sql_stmt *st)
{
	for (size_t i = 0; i < WM_LEN(idempotent); i++)
		if (strcmp(idempotent[i], st->tag) == 0)
			return true;
	return takes_replace(d, st);
}

struct plan_step *
text_step(struct diff *d, struct change *c, enum plan_action action)
{
	const struct object *o = c->new;
	struct plan_step *s = plan_add(&d->plan, action, o->kind->name,
	    o->nam, o->create);
	struct parsed *p;

	s->module = o->module;
	s->loc = o->loc;
	s->spans = o->spans;
	s->n_spans = o->n_spans;
	s->reason = c->reason;
	if (!change_parse(d, c, false, &p)) {
		s->simple = true;
		return s;
	}
	if (p->n > 1) {
		s->split = arena_alloc(d->mem, p->n * sizeof(size_t));
		for (size_t i = 1; i < p->n; i++)
			s->split[s->n_split++] = p->stmts[i].off;
	}
	return s;
}

void
text_split(struct diff *d, struct plan_step *s)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (strchr(s->sql, ';') == NULL)
		return;
	if (!sql_split(d->mem, s->sql, &st, &n, &err)) {
		s->simple = true;
		return;
	}
	if (n < 2)
		return;
	s->split = arena_alloc(d->mem, n * sizeof(size_t));
	for (size_t i = 1; i < n; i++)
		s->split[s->n_split++] = st[i].off;
}

/* Insert text at a byte of the step's SQL; spans and cuts move along. */
static void
insert(struct diff *d, struct plan_step *s, size_t off, const char *text)
{
	size_t len = strlen(text), n = 0;
	struct span *spans = arena_alloc(d->mem,
	    (s->n_spans + 1) * sizeof(*spans));

	s->sql = arena_printf(d->mem, "%.*s%s%s", (int)off, s->sql, text,
	    s->sql + off);
	for (size_t i = 0; i < s->n_spans; i++) {
		struct span a = s->spans[i];

		if (a.off >= off)
			a.off += len;
		else if (a.off + a.len > off) {
			struct span b = a;

			/* cut in two: the second begins behind the text */
			a.len = off - a.off;
			for (size_t k = a.off; k < off; k++) {
				if (s->sql[k] == '\n') {
					b.line++;
					b.col = 1;
				} else if (((unsigned char)s->sql[k] & 0xc0) !=
				    0x80)
					b.col++;
			}
			b.off = off + len;
			b.len -= a.len;
			spans[n++] = a;
			spans[n++] = b;
			continue;
		}
		spans[n++] = a;
	}
	s->spans = spans;
	s->n_spans = n;
	for (size_t i = 0; i < s->n_split; i++)
		if (s->split[i] > off)
			s->split[i] += len;
}

void
text_or_replace(struct diff *d, struct change *c, struct plan_step *s)
{
	struct parsed *p;

	if (!change_parse(d, c, false, &p))
		return;
	for (size_t i = p->n; i-- > 0;) {
		const struct sql_stmt *st = &p->stmts[i];

		if (!takes_replace(d, st) || json_bool(st->node, "replace"))
			continue;
		/* every statement of the table above begins with "create" */
		insert(d, s, st->off + 6, " or replace");
	}
}
