#include "likeness.h"

#include <ctype.h>

#include "json_in.h"

/* Names are as long as the server allows, in bytes. */
#define NAME_MAX_LEN 128

static size_t
edit_distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t row[NAME_MAX_LEN];

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], best = diag + (tolower(
			    (unsigned char)a[i - 1]) != tolower(
			    (unsigned char)b[j - 1]));

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return row[lb];
}

/* Whether a word of one name, between underscores, is all of the other. */
static bool
has_word(const char *name, const char *word)
{
	size_t len = strlen(word);

	for (const char *s = strstr(name, word); s != NULL;
	    s = strstr(s + 1, word))
		if ((s == name || s[-1] == '_') &&
		    (s[len] == '\0' || s[len] == '_'))
			return len >= 2;
	return false;
}

int
likeness_names(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	int n;

	if (la < lb)
		return likeness_names(b, a);
	if (lb == 0 || la >= NAME_MAX_LEN)
		return strcmp(a, b) == 0 ? 6 : 0;
	n = (int)(6 * (la - edit_distance(a, la, b, lb)) / la);
	/* "qty" and "qty_ordered"; "remark" and "remarks" */
	if (n < 5 && (has_word(a, b) || (lb >= 4 && strncmp(a, b, lb) == 0)))
		n = 5;
	return n;
}

const char *
type_base(const struct json *type)
{
	const struct json *n = json_get(type, "names");
	const char *s = n && n->last ? sql_string(n->last) : NULL;

	return s != NULL ? s : "";
}

bool
type_widens(const struct json *from, const struct json *to)
{
	/* implicit casts that lose nothing, of PostgreSQL's pg_cast.dat */
	static const char *const rows[][2] = {
		{ "int2", "int4" }, { "int2", "int8" }, { "int2", "numeric" },
		{ "int2", "float4" }, { "int2", "float8" },
		{ "int4", "int8" }, { "int4", "numeric" },
		{ "int4", "float8" }, { "int8", "numeric" },
		{ "float4", "float8" }, { "date", "timestamp" },
		{ "date", "timestamptz" }, { "varchar", "text" },
		{ "bpchar", "text" }, { "name", "text" },
	};
	const char *a = type_base(from), *b = type_base(to);
	bool limit = json_get(to, "typmods") != NULL;

	if (json_get(from, "arrayBounds") != NULL ||
	    json_get(to, "arrayBounds") != NULL)
		return type_equal(from, to);
	if (strcmp(b, "text") == 0)
		return true;
	if (type_names_equal(from, to)) {
		long m = type_modifier(from, 0, -1);
		long n = type_modifier(to, 0, -1);
		long scale = type_modifier(from, 1, 0);

		if (!limit)
			return true;
		if (strcmp(b, "numeric") == 0)
			return m >= 0 && type_modifier(to, 1, 0) >= scale &&
			    n - type_modifier(to, 1, 0) >= m - scale;
		return m >= 0 && n >= m;
	}
	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(a, rows[i][0]) == 0 && strcmp(b, rows[i][1]) == 0)
			return !limit;
	return false;
}

static void
reason(struct sbuf *why, const char *text)
{
	sbuf_printf(why, "%s%s", why->len > 0 ? ", " : "", text);
}

static size_t
position(const struct table *t, const char *name)
{
	size_t i = 0;

	while (i < t->columns.n &&
	    strcmp(((struct column *)t->columns.v[i])->name, name) != 0)
		i++;
	return i;
}

/* The name that stands so many places on; "" at the edges. */
static const char *
neighbour(const struct table *t, const char *name, int by)
{
	size_t i = position(t, name) + (size_t)by;

	return i < t->columns.n ? ((struct column *)t->columns.v[i])->name :
	    "";
}

/* Constraints of a kind over a column; a foreign key's table in *out_node. */
static size_t
constraints(const struct table *t, const char *col, enum con_kind kind,
    const struct json **out_node)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *c = t->cons.v[i];

		for (size_t k = 0; c->kind == kind && k < c->cols.n; k++)
			if (strcmp(c->cols.v[k], col) == 0) {
				*out_node = json_get(c->node, "pktable");
				n++;
			}
	}
	return n;
}

static bool
same_constraints(const struct table *old, const struct column *was,
    const struct table *new, const struct column *is, bool *out_any)
{
	static const enum con_kind kinds[] = { CON_PRIMARY, CON_UNIQUE,
		CON_CHECK, CON_FOREIGN, CON_EXCLUDE };

	*out_any = was->not_null || was->dflt != NULL;
	if (was->not_null != is->not_null || !sql_equal(was->dflt, is->dflt) ||
	    was->serial != is->serial || was->identity != is->identity)
		return false;
	for (size_t i = 0; i < WM_LEN(kinds); i++) {
		const struct json *x = NULL, *y = NULL;
		size_t n = constraints(old, was->name, kinds[i], &x);

		if (n != constraints(new, is->name, kinds[i], &y) ||
		    (x != NULL && !sql_equal(x, y)))
			return false;
		*out_any = *out_any || n > 0;
	}
	return true;
}

int
likeness_columns(const struct table *old, const struct column *was,
    const struct table *new, const struct column *is, struct sbuf *why)
{
	int n, like = likeness_names(was->name, is->name);
	bool any;

	/* what is computed has no data of its own */
	if ((was->generated != NULL) != (is->generated != NULL))
		return 0;
	if (type_equal(was->type, is->type)) {
		reason(why, "same type");
		n = 3;
	} else if (type_names_equal(was->type, is->type)) {
		reason(why, "same type but for its size");
		n = 2;
	} else if (like >= 3)
		n = 0;
	else
		return 0;
	if (strcmp(neighbour(old, was->name, -1), neighbour(new, is->name,
	    -1)) == 0 || strcmp(neighbour(old, was->name, 1),
	    neighbour(new, is->name, 1)) == 0) {
		reason(why, "same place");
		n += 2;
	}
	if (same_constraints(old, was, new, is, &any)) {
		reason(why, "same constraints");
		n += any ? 2 : 1;
	}
	if (like > 0) {
		WM_SBUF b = SBUF_INIT;

		sbuf_printf(&b, "names alike (%d of 6)", like);
		reason(why, sbuf_str(&b));
	}
	return n + like;
}

int
likeness_tables(const struct table *old, const struct table *new,
    struct sbuf *why, int *out_common)
{
	size_t all = old->columns.n + new->columns.n, common = 0, cons = 0;
	int like = likeness_names(old->id.name, new->id.name), n;

	for (size_t i = 0; i < old->columns.n; i++) {
		const struct column *k = old->columns.v[i];
		const struct column *j = table_column(new, k->name);

		common += j != NULL && type_equal(k->type, j->type);
	}
	*out_common = all == 0 ? 0 : (int)(200 * common / all);
	sbuf_printf(why, "%zu of %zu columns the same", common,
	    new->columns.n);
	n = *out_common / 10;
	for (size_t i = 0; i < old->cons.n; i++)
		for (size_t k = 0; k < new->cons.n; k++)
			if (con_equal(old->cons.v[i], new->cons.v[k])) {
				cons++;
				break;
			}
	if (cons == old->cons.n && cons == new->cons.n && cons > 0) {
		reason(why, "same constraints");
		n++;
	}
	if (like == 6)
		reason(why, "same name");
	else if (like > 0)
		sbuf_printf(why, ", names alike (%d of 6)", like);
	return n + like / 2;
}
