/*
 * Rows of a table that is to be partitioned, or partitioned in another way:
 * each has to have a partition then. What the bounds say becomes a condition
 * that can be asked before the plan runs.
 */
#include "alter_impl.h"

#include "phrase.h"

/* The pieces of a list in parentheses behind a token; false: there is none. */
static bool
list_behind(const struct phrase *w, size_t i, struct vec *out)
{
	size_t from = i + 2, depth = 1;

	if (i + 1 >= w->n || w->text[w->t[i + 1].off] != '(')
		return false;
	for (i += 2; i < w->n && depth > 0; i++) {
		char c = w->text[w->t[i].off];

		depth += (c == '(' || c == '[') - (c == ')' || c == ']');
		if (depth > 1 || (depth == 1 && c != ','))
			continue;
		vec_push(out, (void *)(uintptr_t)phrase_slice(w, from, i));
		from = i + 1;
	}
	return depth == 0;
}

/*
 * The elements of a table's partition key, as an expression each; false where
 * one compares in its own way, or the rows are spread by hash.
 */
static bool
read_key(struct diff *d, struct change *c, struct vec *out)
{
	const struct json *spec, *list;
	struct phrase w;
	struct parsed *p;

	if (!change_parse(d, c, false, &p) || p->n == 0 ||
	    !phrase_stmt(d->mem, c->new->create, &p->stmts[0], &w))
		return false;
	spec = json_get(p->stmts[0].node, "partspec");
	list = json_get(spec, "partParams");
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *e = json_get(j, "PartitionElem");

		if (json_get(e, "opclass") != NULL ||
		    json_get(e, "collation") != NULL)
			return false;
	}
	return !phrase_is(&w, phrase_find(&w, 0, "by") + 1, "hash") &&
	    list_behind(&w, phrase_find(&w, 0, "by") + 1, out);
}

/* The key, or as many elements of it, as one value. */
static void
put_row(struct sbuf *b, const struct vec *of, size_t n)
{
	sbuf_putc(b, '(');
	for (size_t i = 0; i < n; i++)
		sbuf_printf(b, "%s%s", i > 0 ? ", " : "",
		    (const char *)of->v[i]);
	sbuf_putc(b, ')');
}

/*
 * One end of a range: MINVALUE and MAXVALUE are behind or before all that the
 * elements in front of them say.
 */
static void
put_end(struct sbuf *b, const struct vec *key, const struct vec *end,
    bool upper)
{
	size_t n = 0;
	bool max, cut;

	while (n < end->n && strcasecmp(end->v[n], "minvalue") != 0 &&
	    strcasecmp(end->v[n], "maxvalue") != 0)
		n++;
	cut = n < end->n;
	max = cut && strcasecmp(end->v[n], "maxvalue") == 0;
	if (n == 0 || key->n != end->n) {
		sbuf_puts(b, max == upper ? "true" : "false");
		return;
	}
	put_row(b, key, n);
	sbuf_puts(b, upper ? max ? " <= " : " < " : max ? " > " : " >= ");
	put_row(b, end, n);
}

/* What a row has to meet for a bound; false where that cannot be told. */
static bool
put_bound(struct diff *d, struct sbuf *b, const struct vec *key,
    const char *text)
{
	WM_VEC from = VEC_INIT;
	WM_VEC to = VEC_INIT;
	struct phrase w;

	if (!phrase_scan(d->mem, text, &w))
		return false;
	if (key->n == 1 && list_behind(&w, phrase_find(&w, 0, "in"), &from)) {
		sbuf_puts(b, "false");
		for (size_t i = 0; i < from.n; i++)
			sbuf_printf(b, strcasecmp(from.v[i], "null") == 0 ?
			    " or %s is null" : " or %s = %s",
			    (const char *)key->v[0], (const char *)from.v[i]);
		return true;
	}
	if (!list_behind(&w, phrase_find(&w, 0, "from"), &from) ||
	    !list_behind(&w, phrase_find(&w, 0, "to"), &to))
		return false;
	for (size_t i = 0; i < key->n; i++)
		sbuf_printf(b, "%s is not null and ",
		    (const char *)key->v[i]);
	put_end(b, key, &from, false);
	sbuf_puts(b, " and ");
	put_end(b, key, &to, true);
	return true;
}

/* What a row has to meet to have its place; false where it cannot be told. */
static bool
put_table(struct diff *d, struct sbuf *b, struct change *t, int depth)
{
	WM_VEC key = VEC_INIT;
	struct parsed *p;

	if (depth > ALTER_DEPTH || !change_parse(d, t, false, &p) || p->n == 0)
		return false;
	if (json_get(p->stmts[0].node, "partspec") == NULL) {
		sbuf_puts(b, "true");
		return true;
	}
	if (!read_key(d, t, &key))
		return false;
	sbuf_puts(b, "false");
	for (size_t i = 0; i < d->all.n; i++) {
		struct change *c = d->all.v[i];
		struct alter_place at;

		if (c->new == NULL)
			continue;
		/* it may take rows as well */
		if (strcmp(c->new->kind->name, "foreign table") == 0 &&
		    strcasestr(c->new->create, "partition") != NULL)
			return false;
		if (strcmp(c->new->kind->name, "table") != 0 ||
		    !alter_place(d, c, false, &at) || at.table != t)
			continue;
		if (json_bool(at.bound, "is_default"))
			sbuf_puts(b, " or (true");
		else {
			sbuf_puts(b, " or ((");
			if (!put_bound(d, b, &key, at.text))
				return false;
			sbuf_putc(b, ')');
		}
		sbuf_puts(b, " and (");
		if (!put_table(d, b, c, depth + 1))
			return false;
		sbuf_puts(b, "))");
	}
	return true;
}

void
part_fit_check(struct alter *a)
{
	WM_SBUF b = SBUF_INIT;
	WM_VEC cols = VEC_INIT;
	struct alter_place at;

	/* rows of a partition may go to another one, and those come here */
	if (json_get(a->new->node, "partspec") == NULL ||
	    alter_place(a->d, a->c, false, &at) || !put_table(a->d, &b, a->c,
	    0))
		return;
	for (size_t i = 0; i < a->new->columns.n; i++) {
		const struct column *k = a->new->columns.v[i];

		if (alter_in_key(a->new, k->name))
			vec_push(&cols, k->name);
	}
	alter_check(a, &cols, "rows have no partition to go to",
	    arena_printf(a->d->mem, "(%s) is not true", sbuf_str(&b)));
}
