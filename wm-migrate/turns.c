#include "suggest.h"

#include "arena.h"
#include "likeness.h"

/* Parts of one split or merge, at most. */
#define MOST_PARTS 4

/* Columns side by side that may be parts of one. */
struct turn {
	const struct column *whole;
	const struct column *parts[MOST_PARTS];
	size_t n;
	int score;
	const char *text;
	const char *why;
};

static bool
is_text(const struct column *c)
{
	static const char *const names[] = { "text", "varchar", "bpchar",
		"citext" };

	for (size_t i = 0; i < WM_LEN(names); i++)
		if (strcmp(type_base(c->type), names[i]) == 0)
			return json_get(c->type, "arrayBounds") == NULL;
	return false;
}

static bool
side_by_side(const struct table *t, const struct column *a,
    const struct column *b)
{
	for (size_t i = 1; i < t->columns.n; i++)
		if (t->columns.v[i - 1] == a)
			return t->columns.v[i] == b;
	return false;
}

/* The n columns of a list from number i on; false where they are not a row. */
static bool
window(const struct table *t, const struct vec *list, size_t i, size_t n,
    struct turn *out)
{
	if (i + n > list->n)
		return false;
	for (size_t k = 0; k < n; k++) {
		out->parts[k] = list->v[i + k];
		if (k > 0 && !side_by_side(t, out->parts[k - 1],
		    out->parts[k]))
			return false;
	}
	out->n = n;
	return true;
}

/* One text in single quotes, for a command. */
static void
put_quoted(struct sbuf *b, const char *text)
{
	sbuf_putc(b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			sbuf_putc(b, '\'');
		sbuf_putc(b, *text);
	}
	sbuf_putc(b, '\'');
}

/* Whether two names have a word in common, between underscores. */
static bool
share_word(struct suggester *s, const char *a, const char *b)
{
	char *copy = arena_strdup(s->mem, a), *save = NULL;

	for (char *w = strtok_r(copy, "_", &save); w != NULL;
	    w = strtok_r(NULL, "_", &save))
		for (const char *at = strstr(b, w); at != NULL;
		    at = strstr(at + 1, w)) {
			char end = at[strlen(w)];

			if (strlen(w) > 1 && (at == b || at[-1] == '_') &&
			    (end == '\0' || end == '_'))
				return true;
		}
	return false;
}

/* --- split -------------------------------------------------------------- */

/* The command; true in *out_bad are rows of which a part is not of its type. */
static const char *
split_text(struct suggester *s, const struct turn *t, const char *col,
    const char *sep, const char **out_bad)
{
	const char *name = sql_quoted(s->mem, t->whole->name);
	WM_SBUF b = SBUF_INIT;
	WM_SBUF bad = SBUF_INIT;

	sbuf_printf(&b, "split %s into ", name);
	for (size_t i = 0; i < t->n; i++) {
		const struct column *is = t->parts[i];
		const char *cast = is_text(is) ? "" : arena_printf(s->mem,
		    "::%s", is->type_text);

		sbuf_printf(&b, "%s%s ", i > 0 ? ", " : "",
		    sql_quoted(s->mem, is->name));
		put_quoted(&b, is->type_text);
		sbuf_puts(&b, " = ");
		put_quoted(&b, arena_printf(s->mem, "split_part(%s, '%s', "
		    "%zu)%s", name, sep, i + 1, cast));
		sbuf_printf(&bad, "%s(split_part(%s, '%s', %zu)%s) is null",
		    i > 0 ? " or " : "", col, sep, i + 1, cast);
	}
	*out_bad = sbuf_take(&bad, s->mem);
	return sbuf_take(&b, s->mem);
}

/* Values that have one separator between their parts, all or nearly all. */
static void
try_split(struct suggester *s, const struct pair *p, const struct turn *t,
    const char *sep, long long fit, long long all, struct vec *out)
{
	const char *col = suggest_real(s, p, t->whole->name), *bad;
	struct turn *x = arena_alloc(s->mem, sizeof(*x));
	long long n;

	*x = *t;
	x->text = split_text(s, t, col, sep, &bad);
	if (look(&s->look, arena_printf(s->mem, "select count(*) filter (where "
	    "%s) from %s", bad, p->from), &n, 1, NULL) != LOOK_OK)
		return;
	x->score = fit == all ? 10 : 6;
	/* not every text is a number */
	for (size_t i = 0; i < t->n; i++)
		x->score += !is_text(t->parts[i]) + share_word(s,
		    t->whole->name, t->parts[i]->name);
	x->why = arena_printf(s->mem, "%lld of %lld values have %zu parts "
	    "around \"%s\"", fit, all, t->n, sep);
	vec_push(out, x);
}

static void
splits(struct suggester *s, const struct pair *p, const struct column *was,
    const struct vec *fresh, struct vec *out)
{
	static const char *const seps[] = { ", ", ",", " ", "/", "-", ":",
		";", "|", "@", "." };
	const char *col = suggest_real(s, p, was->name);
	struct turn t = { .whole = was };

	for (size_t i = 0; i < WM_LEN(seps); i++) {
		WM_SBUF sql = SBUF_INIT;
		long long n[MOST_PARTS];

		sbuf_printf(&sql, "select count(%s)", col);
		for (size_t k = 2; k <= MOST_PARTS; k++)
			sbuf_printf(&sql, ", count(*) filter (where "
			    "cardinality(string_to_array(%s, '%s')) = %zu)",
			    col, seps[i], k);
		sbuf_printf(&sql, " from %s", p->from);
		if (look(&s->look, sbuf_str(&sql), n, MOST_PARTS, NULL) !=
		    LOOK_OK)
			return;
		for (size_t k = 2; k <= MOST_PARTS; k++)
			for (size_t f = 0; n[k - 1] > 0 && 10 * n[k - 1] >=
			    9 * n[0] && f < fresh->n; f++)
				if (window(p->new, fresh, f, k, &t))
					try_split(s, p, &t, seps[i], n[k - 1],
					    n[0], out);
	}
}

/* --- merge -------------------------------------------------------------- */

/* Texts side by side that are gone, and a new text: the data cannot tell. */
static void
try_merge(struct suggester *s, const struct turn *t, struct vec *out)
{
	WM_SBUF b = SBUF_INIT;
	WM_SBUF list = SBUF_INIT;
	struct turn *x;
	size_t like = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!is_text(t->parts[i]))
			return;
		like += share_word(s, t->parts[i]->name, t->whole->name);
		sbuf_printf(&list, "%s%s", i > 0 ? ", " : "",
		    sql_quoted(s->mem, t->parts[i]->name));
	}
	if (like < t->n)
		return;
	x = arena_alloc(s->mem, sizeof(*x));
	*x = *t;
	sbuf_printf(&b, "merge %s into %s ", sbuf_str(&list),
	    sql_quoted(s->mem, t->whole->name));
	put_quoted(&b, t->whole->type_text);
	sbuf_puts(&b, " = ");
	put_quoted(&b, arena_printf(s->mem, "concat_ws(' ', %s)",
	    sbuf_str(&list)));
	x->text = sbuf_take(&b, s->mem);
	x->score = 10 + (int)t->n;
	x->why = "they are gone, side by side, and share words with the new "
	    "name";
	vec_push(out, x);
}

static void
merges(struct suggester *s, const struct pair *p, const struct vec *gone,
    const struct column *is, struct vec *out)
{
	struct turn t = { .whole = is };

	for (size_t i = 0; i < gone->n; i++)
		for (size_t n = 2; n <= MOST_PARTS; n++)
			if (window(p->old, gone, i, n, &t))
				try_merge(s, &t, out);
}

/* ------------------------------------------------------------------------ */

static int
by_score(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return y->score - x->score;
}

static bool
has(const struct turn *t, const struct column *c)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->parts[i] == c)
			return true;
	return t->whole == c;
}

/* Best first; a column has a part in one of them. */
static void
take_best(struct suggester *s, const struct pair *p, const struct vec *all)
{
	WM_VEC taken = VEC_INIT;

	for (size_t i = 0; i < all->n; i++) {
		const struct turn *t = all->v[i];
		bool free = true;

		for (size_t k = 0; k < taken.n; k++) {
			const struct turn *o = taken.v[k];

			free = free && !has(o, t->whole);
			for (size_t n = 0; n < t->n; n++)
				free = free && !has(o, t->parts[n]);
		}
		if (!free)
			continue;
		vec_push(&taken, t);
		suggest_add(s, p, t->score, t->text, t->why);
	}
}

void
suggest_turns(struct suggester *s, const struct pair *p,
    const struct vec *gone, const struct vec *fresh)
{
	WM_VEC all = VEC_INIT;

	for (size_t i = 0; fresh->n > 1 && i < gone->n; i++)
		if (is_text(gone->v[i]))
			splits(s, p, gone->v[i], fresh, &all);
	for (size_t i = 0; gone->n > 1 && i < fresh->n; i++)
		if (is_text(fresh->v[i]))
			merges(s, p, gone, fresh->v[i], &all);
	vec_sort(&all, by_score);
	take_best(s, p, &all);
}
