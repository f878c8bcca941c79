#include "suggest.h"

#include "arena.h"
#include "likeness.h"
#include "sql.h"

/* Less than this is no likeness of columns; this much is certain enough. */
#define COLUMN_LEAST 5
#define COLUMN_SAFE 8
#define NAMES_ALIKE 3
#define LEAD 3

/* One column that is gone, one that is new. */
struct heir {
	const struct column *was, *is;
	int score, like;
	bool fits;		/* its values, as far as they were looked at */
	const char *convert;	/* command that is needed as well; or NULL */
	bool taken;
	bool safe;
	const char *why;
};

static const char *
plural(struct suggester *s, long long n, const char *what)
{
	return arena_printf(s->mem, "%lld %s%s", n, what, n == 1 ? "" : "s");
}

/* --- values ------------------------------------------------------------- */

/* Ways from one type to another, the plainest first; the last are guesses. */
static const struct way {
	const char *to;		/* base type; NULL: any */
	const char *before, *after;	/* of the column */
	bool cast;		/* ends in a cast to the type */
} ways[] = {
	{ NULL, "", "", true },
	{ "timestamptz", "to_timestamp(", ")", false },
	{ "jsonb", "to_jsonb(", ")", false },
	{ NULL, "", "::text", true },
	{ NULL, "nullif(btrim(", "::text), '')", true },
};

static const char *
way_text(struct suggester *s, const struct way *w, const char *col,
    const struct column *is)
{
	return arena_printf(s->mem, "%s%s%s%s%s", w->before, col, w->after,
	    w->cast ? "::" : "", w->cast ? is->type_text : "");
}

/* What of the values is not the same there and back; -1: not known. */
static long long
changed(struct suggester *s, const struct pair *p, const char *col,
    const struct column *was, const char *expr)
{
	long long n;

	return look(&s->look, arena_printf(s->mem, "select count(*) filter "
	    "(where (%s)::%s is distinct from %s) from %s", expr,
	    was->type_text, col, p->from), &n, 1, NULL) == LOOK_OK ? n : -1;
}

int
suggest_cast(struct suggester *s, const struct pair *p,
    const struct column *was, const struct column *is, const char *name,
    const char **out_expr, const char **out_why)
{
	const char *col = suggest_real(s, p, was->name);
	int best = 0;

	name = sql_quoted(s->mem, name);

	*out_expr = NULL;
	*out_why = "no cast is known";
	for (size_t i = 0; i < WM_LEN(ways); i++) {
		const char *expr, *why = NULL;
		long long n[2], other;
		enum look_answer a;
		int points;

		if (ways[i].to != NULL && strcmp(ways[i].to,
		    type_base(is->type)) != 0)
			continue;
		expr = way_text(s, &ways[i], col, is);
		a = look(&s->look, arena_printf(s->mem, "select count(%s), "
		    "count(*) filter (where %s is not null and (%s) is null) "
		    "from %s", col, col, expr, p->from), n, 2, &why);
		if (a == LOOK_UNKNOWN && i == 0) {
			*out_expr = way_text(s, &ways[i], name, is);
			*out_why = "it is not known whether all values fit";
			return 1;
		}
		if (a != LOOK_OK) {
			if (i == 0)
				*out_why = why;
			continue;
		}
		other = n[0] > 0 ? changed(s, p, col, was, expr) : 0;
		points = n[0] == 0 ? 2 : n[1] > 0 ? 2 : other == 0 ? 6 :
		    other < 0 ? 4 : 3;
		if (points <= best)
			continue;
		best = points;
		*out_expr = way_text(s, &ways[i], name, is);
		*out_why = n[0] == 0 ? "there are no values here to try" :
		    n[1] > 0 ? arena_printf(s->mem, "%s of %lld would become "
		    "null", plural(s, n[1], "value"), n[0]) : other == 0 ?
		    arena_printf(s->mem, "%s convert%s, and back unchanged",
		    n[0] == 1 ? "the one value here" : arena_printf(s->mem,
		    "all %lld values here", n[0]), n[0] == 1 ? "s" : "") :
		    other < 0 ? arena_printf(s->mem, "%s convert%s",
		    plural(s, n[0], "value"), n[0] == 1 ? "s" : "") :
		    arena_printf(s->mem, "%s of %lld would be changed by it",
		    plural(s, other, "value"), n[0]);
		if (points == 6 || n[0] == 0)
			break;
	}
	return best;
}

static const char *
type_command(struct suggester *s, const struct column *is, const char *expr)
{
	return arena_printf(s->mem, "type %s %s using %s",
	    sql_quoted(s->mem, is->name), migrate_quote(s->mem, is->type_text),
	    migrate_quote(s->mem, expr));
}

/* The one column that a foreign key refers to; NULL where that is not plain. */
static const char *
key_column(struct suggester *s, const struct con *c, const char **out_table)
{
	const struct json *t = json_get(c->node, "pktable");
	const struct json *cols = json_get(c->node, "pk_attrs");
	const char *sch = json_str(t, "schemaname");
	const char *nam = json_str(t, "relname");
	struct ident id = { .cls = ID_RELATION, .schema = sch ? sch :
		IDENT_SCHEMA, .name = nam };

	if (nam == NULL || cols == NULL || cols->first == NULL ||
	    cols->first->next != NULL)
		return NULL;
	*out_table = ident_text(s->mem, &id);
	return sql_quoted(s->mem, sql_string(cols->first));
}

/* How many values break one constraint of the new column. */
static enum look_answer
breaks(struct suggester *s, const struct pair *p, const struct con *c,
    const struct heir *h, long long *out)
{
	const char *col = suggest_real(s, p, h->was->name);
	const char *table = NULL, *key, *open;

	if (c->cols.n != 1 || strcmp(c->cols.v[0], h->is->name) != 0)
		return LOOK_UNKNOWN;
	if (c->kind == CON_FOREIGN) {
		key = key_column(s, c, &table);
		if (key == NULL)
			return LOOK_UNKNOWN;
		return look(&s->look, arena_printf(s->mem, "select count(%s), "
		    "count(*) filter (where %s is not null and not exists "
		    "(select from %s k where k.%s = t.%s)) from %s t", col,
		    col, table, key, col, p->from), out, 2, NULL);
	}
	open = c->text ? strchr(c->text, '(') : NULL;
	if (c->kind != CON_CHECK || open == NULL)
		return LOOK_UNKNOWN;
	return look(&s->look, arena_printf(s->mem, "select count(%s), count(*)"
	    " filter (where not %s) from (select t.%s as %s, t.* from %s t) t",
	    col, open, col, sql_quoted(s->mem, h->is->name), p->from), out, 2,
	    NULL);
}

/* Likeness of data: whether the old values are such as the new column takes. */
static void
look_at_values(struct suggester *s, const struct pair *p, struct heir *h,
    struct sbuf *why)
{
	const char *col = suggest_real(s, p, h->was->name);
	long long n[2];

	h->fits = true;
	if (!type_equal(h->was->type, h->is->type) &&
	    !type_widens(h->was->type, h->is->type)) {
		const char *expr, *text;

		h->score += suggest_cast(s, p, h->was, h->is, h->is->name,
		    &expr, &text) >= 4 ? 2 : 0;
		h->fits = false;
		sbuf_printf(why, "%s%s", why->len > 0 ? ", " : "", text);
		if (expr != NULL)
			h->convert = type_command(s, h->is, expr);
		else
			h->score = 0;
	}
	if (h->is->not_null && !h->was->not_null && look(&s->look,
	    arena_printf(s->mem, "select count(*), count(*) filter (where %s "
	    "is null) from %s", col, p->from), n, 2, NULL) == LOOK_OK &&
	    n[1] > 0) {
		sbuf_printf(why, ", but %s null", plural(s, n[1],
		    n[1] == 1 ? "row holds" : "rows hold"));
		h->fits = false;
		h->score--;
	}
	for (size_t i = 0; i < p->new->cons.n; i++) {
		const struct con *c = p->new->cons.v[i];

		if (breaks(s, p, c, h, n) != LOOK_OK || n[0] == 0)
			continue;
		h->fits = h->fits && n[1] == 0;
		h->score += n[1] > 0 ? -2 : c->kind == CON_FOREIGN ? 2 : 1;
		if (n[1] == 0)
			sbuf_printf(why, ", its values fit constraint \"%s\"",
			    c->name);
		else
			sbuf_printf(why, ", but %s of %lld break constraint "
			    "\"%s\"", plural(s, n[1], "value"), n[0], c->name);
	}
}

/* --- renames ------------------------------------------------------------ */

static int
by_heir(const void *a, const void *b)
{
	const struct heir *x = a, *y = b;

	return y->score - x->score;
}

static void
match_columns(struct suggester *s, const struct pair *p,
    const struct vec *gone, const struct vec *fresh, struct vec *out)
{
	for (size_t i = 0; i < gone->n; i++)
		for (size_t k = 0; k < fresh->n; k++) {
			struct heir *h = arena_alloc(s->mem, sizeof(*h));
			WM_SBUF why = SBUF_INIT;

			h->was = gone->v[i];
			h->is = fresh->v[k];
			h->like = likeness_names(h->was->name, h->is->name);
			h->score = likeness_columns(p->old, h->was, p->new,
			    h->is, &why);
			if (h->score > 0)
				look_at_values(s, p, h, &why);
			h->why = sbuf_take(&why, s->mem);
			if (h->score > 0)
				vec_push(out, h);
		}
	vec_sort(out, by_heir);
}

/* By how much a heir is likelier than any other of the same columns. */
static int
lead(const struct vec *all, const struct heir *h)
{
	int least = h->score;

	for (size_t i = 0; i < all->n; i++) {
		const struct heir *o = all->v[i];

		if (o != h && (o->was == h->was || o->is == h->is) &&
		    h->score - o->score < least)
			least = h->score - o->score;
	}
	return least;
}

/* Whether no other column that is gone or new has as good a name for it. */
static bool
only_name(const struct vec *gone, const struct vec *fresh,
    const struct heir *h)
{
	for (size_t i = 0; i < gone->n; i++) {
		const struct column *c = gone->v[i];

		if (c != h->was && likeness_names(c->name, h->is->name) >=
		    h->like)
			return false;
	}
	for (size_t i = 0; i < fresh->n; i++) {
		const struct column *c = fresh->v[i];

		if (c != h->is && likeness_names(c->name, h->was->name) >=
		    h->like)
			return false;
	}
	return true;
}

/* Best first; a column has one heir, and is the heir of one. */
static void
renames(struct suggester *s, const struct pair *p, const struct vec *gone,
    const struct vec *fresh, const struct vec *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct heir *h = all->v[i];
		struct proposal *x;

		h->taken = h->score >= COLUMN_LEAST;
		for (size_t k = 0; k < i && h->taken; k++) {
			const struct heir *o = all->v[k];

			if (o->taken && (o->was == h->was || o->is == h->is))
				h->taken = false;
		}
		if (!h->taken)
			continue;
		x = suggest_add(s, p, h->score, arena_printf(s->mem,
		    "rename %s to %s", sql_quoted(s->mem, h->was->name),
		    sql_quoted(s->mem, h->is->name)), h->why);
		if (h->convert != NULL)
			vec_push(&x->texts, h->convert);
		h->safe = h->fits && h->score >= COLUMN_SAFE &&
		    h->like >= NAMES_ALIKE && lead(all, h) >= LEAD &&
		    only_name(gone, fresh, h);
		x->safe = h->safe && p->certain;
	}
}

/* Whether a column has a heir beyond doubt, or is one. */
static bool
settled(const struct vec *all, const struct column *c)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct heir *h = all->v[i];

		if (h->safe && (h->was == c || h->is == c))
			return true;
	}
	return false;
}

/* --- the rest ----------------------------------------------------------- */

static void
drop(struct suggester *s, const struct pair *p, const struct vec *all,
    const struct column *was)
{
	const char *reason = "if its data may go";
	long long n[2];
	int score = 1;
	bool any = false;

	for (size_t i = 0; i < all->n && !any; i++) {
		const struct heir *h = all->v[i];

		any = h->taken && h->was == was;
	}
	if (!any) {
		reason = "the source has no column like it";
		score = 2;
	}
	if (look(&s->look, arena_printf(s->mem, "select count(*), count(%s) "
	    "from %s", suggest_real(s, p, was->name), p->from), n, 2, NULL) ==
	    LOOK_OK && n[0] > 0) {
		score += n[1] == 0;
		reason = arena_printf(s->mem, "%s; %s", reason, n[1] > 0 ?
		    arena_printf(s->mem, "%lld of %s hold%s a value", n[1],
		    plural(s, n[0], "row"), n[1] == 1 ? "s" : "") :
		    arena_printf(s->mem, "it is null in all %s here",
		    plural(s, n[0], "row")));
	}
	suggest_add(s, p, score, arena_printf(s->mem, "drop %s",
	    sql_quoted(s->mem, was->name)), reason);
}

static void
add(struct suggester *s, const struct pair *p, const struct column *is)
{
	const char *value = suggest_value(is);

	if (!is->not_null || is->dflt != NULL || is->serial ||
	    is->identity != 0 || is->generated != NULL)
		return;
	suggest_add(s, p, 1, arena_printf(s->mem, "add %s '%s not null' %s",
	    sql_quoted(s->mem, is->name), is->type_text, value ? value :
	    "VALUE"), "new and not null without a default: say what old rows "
	    "get");
}

static void
type_changes(struct suggester *s, const struct pair *p,
    const struct column *was, const struct column *is)
{
	const char *expr, *why;
	int score;

	if (type_equal(was->type, is->type) ||
	    type_widens(was->type, is->type) || was->generated != NULL ||
	    map_get(&p->declared, is->name) != NULL)
		return;
	score = suggest_cast(s, p, was, is, is->name, &expr, &why);
	if (expr == NULL) {
		suggest_add(s, p, 1, NULL, arena_printf(s->mem, "column %s "
		    "becomes %s, but not all values do: %s; say how, with "
		    "type ... using, or correct them, with update",
		    sql_quoted(s->mem, was->name), is->type_text, why));
		return;
	}
	suggest_add(s, p, score, type_command(s, is, expr), why);
}

static void
null_goes(struct suggester *s, const struct pair *p,
    const struct column *was, const struct column *is)
{
	const char *col = suggest_real(s, p, was->name);
	const char *value = suggest_value(is), *name = sql_quoted(s->mem,
	    is->name);
	const char *reason = "becomes not null: rows that hold null need a "
	    "value";
	int score = 1;
	long long n[2];

	if (was->not_null || !is->not_null || is->generated != NULL ||
	    map_get(&p->updated, is->name) != NULL ||
	    map_get(&p->declared, is->name) != NULL)
		return;
	switch (look(&s->look, arena_printf(s->mem, "select count(*), count(*)"
	    " filter (where %s is null) from %s", col, p->from), n, 2, NULL)) {
	case LOOK_OK:
		if (n[1] == 0)
			return;
		reason = arena_printf(s->mem, "becomes not null, and %lld of "
		    "%s hold%s null", n[1], plural(s, n[0], "row"),
		    n[1] == 1 ? "s" : "");
		score = 4;
		break;
	default:
		break;
	}
	suggest_add(s, p, score, value == NULL ? NULL : arena_printf(s->mem,
	    "update %s %s", name, migrate_quote(s->mem, arena_printf(s->mem,
	    "coalesce(%s, %s)", name, value))), value != NULL ? reason :
	    arena_printf(s->mem, "column %s %s", name, reason));
}

void
suggest_columns(struct suggester *s, const struct pair *p)
{
	WM_VEC gone = VEC_INIT;
	WM_VEC fresh = VEC_INIT;
	WM_VEC all = VEC_INIT;
	WM_VEC left = VEC_INIT;
	WM_VEC come = VEC_INIT;

	for (size_t i = 0; i < p->old->columns.n; i++) {
		const struct column *was = p->old->columns.v[i];
		const struct column *is = table_column(p->new, was->name);

		if (is == NULL) {
			vec_push(&gone, was);
			continue;
		}
		type_changes(s, p, was, is);
		null_goes(s, p, was, is);
	}
	for (size_t i = 0; i < p->new->columns.n; i++) {
		const struct column *is = p->new->columns.v[i];

		if (table_column(p->old, is->name) == NULL &&
		    map_get(&p->declared, is->name) == NULL)
			vec_push(&fresh, is);
	}
	match_columns(s, p, &gone, &fresh, &all);
	renames(s, p, &gone, &fresh, &all);
	for (size_t i = 0; i < gone.n; i++) {
		if (settled(&all, gone.v[i]))
			continue;
		drop(s, p, &all, gone.v[i]);
		vec_push(&left, gone.v[i]);
	}
	for (size_t i = 0; i < fresh.n; i++)
		if (!settled(&all, fresh.v[i])) {
			add(s, p, fresh.v[i]);
			vec_push(&come, fresh.v[i]);
		}
	suggest_turns(s, p, &left, &come);
}
