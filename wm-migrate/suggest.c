#include "migrate_cmd.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "sbuf.h"
#include "sql.h"
#include "table.h"

/* A proposal, with how sure it is: 0 to 12. */
struct proposal {
	const char *table;
	const char *text;
	const char *reason;
	int score;
	bool safe;
};

static struct table *
read_table(const struct known *k, const struct object *o)
{
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	if (!sql_parse(k->mem, o->create, &st, &n, &err))
		return NULL;
	return table_parse(k->mem, o->create, st, n);
}

/* Likeness of two names, 0 to 6: what an edit distance leaves. */
static int
likeness(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), max = la > lb ? la : lb;
	size_t row[128];

	if (la >= WM_LEN(row) || lb >= WM_LEN(row) || max == 0)
		return 0;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], best = diag + (a[i - 1] !=
			    b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	if (strstr(a, b) != NULL || strstr(b, a) != NULL)
		return 6;
	return (int)(6 * (max - row[lb]) / max);
}

static size_t
position(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns.n; i++)
		if (strcmp(((struct column *)t->columns.v[i])->name, name) ==
		    0)
			return i;
	return SIZE_MAX;
}

/* How likely it is that one column has become the other. */
static int
score(const struct table *old, const struct column *was,
    const struct table *new, const struct column *is, struct sbuf *why)
{
	int n = 0, like = likeness(was->name, is->name);

	if (!type_equal(was->type, is->type))
		return 0;
	sbuf_puts(why, "same type");
	n += 3;
	if (position(old, was->name) == position(new, is->name)) {
		sbuf_puts(why, ", same place");
		n += 2;
	}
	if (was->not_null == is->not_null &&
	    sql_equal(was->dflt, is->dflt)) {
		sbuf_puts(why, ", same constraints");
		n += 1;
	}
	if (like > 0)
		sbuf_printf(why, ", names alike (%d of 6)", like);
	return n + like;
}

static void
propose(const struct known *k, struct vec *out, const char *table, int points,
    bool safe, const char *text, const char *reason)
{
	struct proposal *p = arena_alloc(k->mem, sizeof(*p));

	p->table = table;
	p->text = text;
	p->reason = reason;
	p->score = points;
	p->safe = safe;
	vec_push(out, p);
}

static const char *
ident(const struct known *k, const char *name)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_ident(&b, name);
	return sbuf_take(&b, k->mem);
}

static void
column_gone(const struct known *k, struct vec *out, const char *nam,
    const struct table *old, const struct column *was,
    const struct table *new)
{
	int best = 0, second = 0;
	const struct column *heir = NULL;
	const char *reason = NULL;

	for (size_t i = 0; i < new->columns.n; i++) {
		const struct column *is = new->columns.v[i];
		WM_SBUF why = SBUF_INIT;
		int s;

		if (table_column(old, is->name) != NULL)
			continue;
		s = score(old, was, new, is, &why);
		if (s > best) {
			second = best;
			best = s;
			heir = is;
			reason = sbuf_take(&why, k->mem);
		} else if (s > second)
			second = s;
	}
	if (heir != NULL)
		propose(k, out, nam, best, best >= 8 && best - second >= 3,
		    arena_printf(k->mem, "rename %s to %s",
		    ident(k, was->name), ident(k, heir->name)), reason);
	propose(k, out, nam, heir == NULL ? 2 : 1, false,
	    arena_printf(k->mem, "drop %s", ident(k, was->name)),
	    heir == NULL ? "the source has no column like it" :
	    "if its data may go");
}

static void
compare(const struct known *k, struct vec *out, const char *nam,
    const struct table *old, const struct table *new)
{
	for (size_t i = 0; i < old->columns.n; i++) {
		const struct column *was = old->columns.v[i];
		const struct column *is = table_column(new, was->name);

		if (is == NULL)
			column_gone(k, out, nam, old, was, new);
		else if (!type_equal(was->type, is->type))
			propose(k, out, nam, 1, false, arena_printf(k->mem,
			    "type %s '%s' using '%s::%s'",
			    ident(k, was->name), is->type_text,
			    ident(k, was->name), is->type_text),
			    "the type changes; needed where values may not "
			    "fit");
	}
	for (size_t i = 0; i < new->columns.n; i++) {
		const struct column *is = new->columns.v[i];

		if (table_column(old, is->name) == NULL && is->not_null &&
		    is->dflt == NULL && !is->serial && is->identity == 0 &&
		    is->generated == NULL)
			propose(k, out, nam, 1, false, arena_printf(k->mem,
			    "add %s '%s not null' VALUE", ident(k, is->name),
			    is->type_text), "new and not null without a "
			    "default: say what old rows get");
	}
}

static int
by_score(const void *a, const void *b)
{
	const struct proposal *x = a, *y = b;

	return y->score - x->score;
}

size_t
suggest(const struct known *k, struct delta *delta, bool write)
{
	WM_VEC found = VEC_INIT;
	size_t added = 0;

	for (size_t i = 0; i < k->source.objects.n; i++) {
		const struct object *o = k->source.objects.v[i];
		const struct object *r = model_get(&k->record, o->key);
		const struct delta_table *d = delta_find(delta, o->nam, false);
		struct table *old, *new;

		/* what is declared already is for wm-diff to judge */
		if (strcmp(o->kind->name, "table") != 0 || r == NULL ||
		    strcmp(o->create, r->create) == 0 ||
		    (d != NULL && d->texts.n > (size_t)r->del_idx))
			continue;
		old = read_table(k, r);
		new = read_table(k, o);
		if (old != NULL && new != NULL)
			compare(k, &found, o->nam, old, new);
		table_clear(old);
		table_clear(new);
	}
	vec_sort(&found, by_score);
	for (size_t i = 0; i < found.n; i++) {
		const struct proposal *p = found.v[i];

		printf("wm-migrate %s %s    # %s%s\n", p->table, p->text,
		    p->safe ? "safe: " : "", p->reason);
		if (write && p->safe) {
			vec_push(&delta_find(delta, p->table, true)->texts,
			    p->text);
			added++;
		}
	}
	return added;
}
