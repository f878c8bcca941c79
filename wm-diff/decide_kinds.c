#include "decide_kinds.h"

#include <stdarg.h>
#include <stdlib.h>

#include "diag.h"
#include "kinds_impl.h"
#include "settings.h"

void
kind_emit(struct kind_pair *p, const char *fmt, ...)
{
	va_list ap;

	sbuf_puts(&p->sql, p->sql.len > 0 ? ";\n" : "");
	va_start(ap, fmt);
	sbuf_vprintf(&p->sql, fmt, ap);
	va_end(ap);
}

void
kind_early(struct kind_pair *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vec_push(&p->early, arena_vprintf(p->d->mem, fmt, ap));
	va_end(ap);
}

const char *
kind_name(struct kind_pair *p, const struct json *names)
{
	WM_SBUF b = SBUF_INIT;

	for (const struct json *j = names ? names->first : NULL; j;
	    j = j->next) {
		const char *s = sql_string(j);

		if (b.len > 0)
			sbuf_putc(&b, '.');
		sbuf_ident(&b, s ? s : "");
	}
	return sbuf_take(&b, p->d->mem);
}

const char *
kind_text(const struct kind_pair *p, bool old)
{
	return old ? p->c->old->create : p->c->new->create;
}

bool
kind_single(const struct kind_pair *p)
{
	return p->was->n == 1 && p->is->n == 1;
}

/* The next member that is none of these, nor says where something stands. */
static const struct json *
member(const struct json *j, const char *const *except)
{
	for (; j != NULL; j = j->next) {
		size_t i = 0;

		if (strcmp(j->key, "location") == 0)
			continue;
		while (except[i] != NULL && strcmp(except[i], j->key) != 0)
			i++;
		if (except[i] == NULL)
			return j;
	}
	return NULL;
}

bool
kind_members_equal(const struct json *a, const struct json *b,
    const char *const *except)
{
	const struct json *x = a->first, *y = b->first;

	for (;;) {
		x = member(x, except);
		y = member(y, except);
		if (x == NULL || y == NULL)
			return x == y;
		if (strcmp(x->key, y->key) != 0 || !sql_equal(x, y))
			return false;
		x = x->next;
		y = y->next;
	}
}

/* The kinds: by the tag of the statement and, of DEFINE, what it defines. */
static const struct {
	const char *tag;
	const char *defines;
	kind_fn *fn;
} rows[] = {
	{ "CreateDomainStmt", NULL, kind_domain },
	{ "CreateEnumStmt", NULL, kind_enum },
	{ "CompositeTypeStmt", NULL, kind_composite },
	{ "CreatePolicyStmt", NULL, kind_policy },
	{ "CreateExtensionStmt", NULL, kind_extension },
	{ "CreateFdwStmt", NULL, kind_options },
	{ "CreateForeignServerStmt", NULL, kind_options },
	{ "CreateUserMappingStmt", NULL, kind_options },
	{ "CreateForeignTableStmt", NULL, kind_foreign_table },
	{ "CreateRoleStmt", NULL, kind_role },
	{ "CreateSubscriptionStmt", NULL, kind_subscription },
	{ "CreatePublicationStmt", NULL, kind_publication },
	{ "CreateOpFamilyStmt", NULL, kind_family },
	{ "IndexStmt", NULL, kind_index },
	{ "DefineStmt", "OBJECT_OPERATOR", kind_operator },
	{ "DefineStmt", "OBJECT_TSDICTIONARY", kind_dictionary },
	{ "DefineStmt", "OBJECT_TSCONFIGURATION", kind_configuration },
};

static kind_fn *
row_of(const struct sql_stmt *st)
{
	const char *kind = json_str(st->node, "kind");

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(rows[i].tag, st->tag) == 0 &&
		    (rows[i].defines == NULL || (kind != NULL &&
		    strcmp(rows[i].defines, kind) == 0)))
			return rows[i].fn;
	return NULL;
}

bool
decide_kind(struct diff *d, struct change *c, const struct parsed *was,
    const struct parsed *is)
{
	struct parsed old = settings_core(d, c->old, was);
	struct parsed new = settings_core(d, c->new, is);
	struct kind_pair p = { .d = d, .c = c, .was = &old, .is = &new };
	kind_fn *fn;
	bool ok;

	if (was->n == 0 || is->n == 0 || is->idents[0].cls == 0 ||
	    was->idents[0].cls == 0 || strcmp(was->stmts[0].tag,
	    is->stmts[0].tag) != 0 || strcmp(ident_key(d->mem,
	    &was->idents[0]), ident_key(d->mem, &is->idents[0])) != 0)
		return false;
	p.fq = ident_text(d->mem, &is->idents[0]);
	fn = row_of(&is->stmts[0]);
	ok = fn != NULL && fn(&p);
	if (ok)
		settings_sql(d, c, was, is, &p.sql);
	for (size_t i = 0; ok && i < p.early.n; i++)
		vec_push(&c->early, p.early.v[i]);
	if (ok && (p.sql.len > 0 || p.early.n > 0)) {
		c->sql = p.sql.len > 0 ? sbuf_take(&p.sql, d->mem) : NULL;
		c->fate = FATE_ALTER;
	}
	sbuf_clear(&p.sql);
	vec_clear(&p.early);
	return ok;
}
