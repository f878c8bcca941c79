#include "fill.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "embed.h"
#include "map.h"
#include "pg.h"
#include "pool.h"
#include "sbuf.h"

/* Rows that each table gets, and how often each is tried. */
#define ROWS 5
#define TRIES ((size_t)40)
/* Combinations of values that a constraint is asked about, and those kept. */
#define COMBINATIONS ((size_t)40000)
#define KEPT 60
/* Columns that may hang together. */
#define MAX_COLS 1600

/* One row of fill_rules.sql or, with kind n and t, of a column. */
struct rule {
	const char *table;
	const char *name;
	char kind;		/* c check, f foreign, u unique, b bounds,
				   n not null, t type */
	const char *expr;	/* of c, b; of t: the type */
	const char *ref;
	struct vec cols;	/* of const char * */
	struct vec refcols;
	bool later;		/* of a release to come */
};

struct col {
	const char *name;
	const char *quoted;
	const char *type;
	bool needed;
	bool has_default;
	bool supplied;
	struct vec values;	/* of const char *; NULL is null */
	size_t group;		/* columns whose values hang together */
	struct vec *tuples;	/* of that group: of const char **, by column */
};

struct tab {
	struct fill_table *out;
	struct vec cols;	/* of struct col * */
	struct vec rules;	/* of struct rule * */
	bool tried;
};

struct filler {
	struct arena *mem;
	PGconn *db;
	struct pool pool;
	struct vec tabs;	/* of struct tab * */
	struct map by_name;
};

/* --- reading -------------------------------------------------------------- */

static bool
read_rules(PGconn *db, struct arena *mem, struct vec *out)
{
	WM_PGRES *r = pg_query(db, PG_ROWS, embed_fill_rules_sql, 0, NULL);

	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		struct rule *u = arena_alloc(mem, sizeof(*u));

		u->table = arena_strdup(mem, pg_col(r, i, "tab"));
		u->name = arena_strdup(mem, pg_col(r, i, "name"));
		u->kind = pg_col(r, i, "kind")[0];
		u->expr = arena_strdup(mem, pg_col(r, i, "expr"));
		u->ref = arena_strdup(mem, pg_col(r, i, "ref"));
		pg_array(mem, pg_col(r, i, "cols"), &u->cols);
		pg_array(mem, pg_col(r, i, "refcols"), &u->refcols);
		vec_push(out, u);
	}
	return r != NULL;
}

static void
add_column_rule(struct arena *mem, struct vec *out, const PGresult *r, int i,
    char kind)
{
	struct rule *u = arena_alloc(mem, sizeof(*u));

	u->table = arena_strdup(mem, pg_col(r, i, "tab"));
	u->kind = kind;
	u->expr = arena_strdup(mem, pg_col(r, i, "type"));
	vec_push(&u->cols, arena_strdup(mem, pg_col(r, i, "col")));
	vec_push(out, u);
}

/* Bodies of functions may count on the path that users have. */
static bool
usual_path(PGconn *db)
{
	return pg_do(db, "set search_path = \"$user\", public");
}

bool
fill_rules(PGconn *db, struct arena *mem, struct vec *out)
{
	bool ok = usual_path(db);
	WM_PGRES *r = !ok ? NULL : pg_query(db, PG_ROWS,
	    embed_fill_columns_sql, 0, NULL);

	if (r == NULL || !read_rules(db, mem, out))
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		add_column_rule(mem, out, r, i, 't');
		if (pg_col(r, i, "needed")[0] == 't')
			add_column_rule(mem, out, r, i, 'n');
	}
	for (size_t i = 0; i < out->n; i++)
		((struct rule *)out->v[i])->later = true;
	return true;
}

void
fill_rules_clear(struct vec *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct rule *u = rules->v[i];

		vec_clear(&u->cols);
		vec_clear(&u->refcols);
	}
	vec_clear(rules);
}

static struct col *
col_find(const struct tab *t, const char *name)
{
	for (size_t i = 0; i < t->cols.n; i++) {
		struct col *c = t->cols.v[i];

		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static bool
read_tables(struct filler *f)
{
	WM_PGRES *t = pg_query(f->db, PG_ROWS, embed_fill_tables_sql, 0, NULL);
	WM_PGRES *c = pg_query(f->db, PG_ROWS, embed_fill_columns_sql, 0,
	    NULL);

	if (t == NULL || c == NULL)
		return false;
	for (int i = 0; i < PQntuples(t); i++) {
		struct tab *tab = arena_alloc(f->mem, sizeof(*tab));

		tab->out = arena_alloc(f->mem, sizeof(*tab->out));
		tab->out->name = arena_strdup(f->mem, PQgetvalue(t, i, 0));
		vec_push(&f->tabs, tab);
		map_put(&f->by_name, tab->out->name, tab);
	}
	for (int i = 0; i < PQntuples(c); i++) {
		struct tab *tab = map_get(&f->by_name, pg_col(c, i, "tab"));
		struct col *col = arena_alloc(f->mem, sizeof(*col));
		WM_SBUF q = SBUF_INIT;

		if (tab == NULL)
			continue;	/* an extension's */
		col->name = arena_strdup(f->mem, pg_col(c, i, "col"));
		sbuf_ident(&q, col->name);
		col->quoted = sbuf_take(&q, f->mem);
		col->type = arena_strdup(f->mem, pg_col(c, i, "type"));
		col->needed = pg_col(c, i, "needed")[0] == 't';
		col->has_default = pg_col(c, i, "has_default")[0] == 't';
		col->supplied = pg_col(c, i, "supplied")[0] == 't';
		vec_push(&tab->cols, col);
	}
	return true;
}

/* Give tables their rules; those that name a column not there are left out. */
static void
deal_rules(struct filler *f, const struct vec *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct rule *u = rules->v[i];
		struct tab *t = map_get(&f->by_name, u->table);
		const struct tab *ref = NULL;
		bool all = t != NULL;

		if (u->ref != NULL)
			all = all && (ref = map_get(&f->by_name, u->ref));
		for (size_t k = 0; all && k < u->cols.n; k++)
			all = col_find(t, u->cols.v[k]) != NULL;
		for (size_t k = 0; all && ref && k < u->refcols.n; k++)
			all = col_find(ref, u->refcols.v[k]) != NULL;
		if (all)
			vec_push(&t->rules, u);
	}
}

/* A column that a rule names, which was made sure of. */
static struct col *
col_of(const struct tab *t, const char *name)
{
	struct col *c = col_find(t, name);

	assert(c != NULL);
	return c;
}

static void
filler_clear(struct filler *f)
{
	for (size_t i = 0; i < f->tabs.n; i++) {
		struct tab *t = f->tabs.v[i];

		for (size_t k = 0; k < t->cols.n; k++) {
			struct col *c = t->cols.v[k];

			vec_clear(&c->values);
			if (c->tuples != NULL && c->group == k)
				vec_clear(c->tuples);
		}
		vec_clear(&t->cols);
		vec_clear(&t->rules);
	}
	vec_clear(&f->tabs);
	map_clear(&f->by_name);
	pool_clear(&f->pool);
}

/* --- values --------------------------------------------------------------- */

static bool
about(const struct rule *u, const struct col *c)
{
	for (size_t i = 0; i < u->cols.n; i++)
		if (strcmp(u->cols.v[i], c->name) == 0)
			return true;
	return false;
}

/* Values that a column may have, before rules are asked; null comes last. */
static void
col_values(struct filler *f, const struct tab *t, struct col *c)
{
	WM_VEC consts = VEC_INIT;
	const struct values *v = pool_values(&f->pool, c->type);
	bool null = !c->needed;

	vec_clear(&c->values);
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];

		if ((u->kind == 'c' || u->kind == 'b') && about(u, c))
			pool_constants(f->mem, u->expr, &consts);
		if (u->kind == 'n' && about(u, c))
			null = false;
	}
	/* what a constraint names comes first: it is most likely to pass */
	pool_cast(&f->pool, c->type, &consts, &c->values);
	for (size_t i = 0; i < v->v.n; i++) {
		bool new = true;

		for (size_t k = 0; new && k < c->values.n; k++)
			new = strcmp(c->values.v[k], v->v.v[i]) != 0;
		if (new)
			vec_push(&c->values, v->v.v[i]);
	}
	/* those that a later type takes as well, if there are such */
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		WM_VEC kept = VEC_INIT;

		if (u->kind != 't' || !about(u, c) ||
		    strcmp(u->expr, c->type) == 0)
			continue;
		for (size_t k = 0; k < c->values.n; k++) {
			WM_VEC one = VEC_INIT;
			WM_VEC got = VEC_INIT;

			vec_push(&one, c->values.v[k]);
			pool_cast(&f->pool, u->expr, &one, &got);
			if (got.n > 0)
				vec_push(&kept, c->values.v[k]);
		}
		if (kept.n > 0) {
			struct vec swap = c->values;

			c->values = kept;
			kept = swap;
		}
	}
	if (null)
		vec_push(&c->values, NULL);
}

static size_t
index_of(const struct tab *t, const struct col *c)
{
	size_t i = 0;

	while (t->cols.v[i] != c)
		i++;
	return i;
}

/* Columns that a rule names belong together: they get one group's number. */
static void
group_columns(struct tab *t)
{
	for (size_t i = 0; i < t->cols.n; i++)
		((struct col *)t->cols.v[i])->group = i;
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		bool own = u->kind == 'f' && strcmp(u->ref, u->table) == 0;
		WM_VEC all = VEC_INIT;
		size_t low = SIZE_MAX;

		if (u->kind != 'c' && u->kind != 'f')
			continue;
		for (size_t k = 0; k < u->cols.n; k++)
			vec_push(&all, col_of(t, u->cols.v[k]));
		for (size_t k = 0; own && k < u->refcols.n; k++)
			vec_push(&all, col_of(t, u->refcols.v[k]));
		for (size_t k = 0; k < all.n; k++) {
			const struct col *c = all.v[k];

			low = c->group < low ? c->group : low;
		}
		for (size_t k = 0; k < all.n; k++) {
			size_t old = ((struct col *)all.v[k])->group;

			for (size_t m = 0; m < t->cols.n; m++) {
				struct col *c = t->cols.v[m];

				if (c->group == old)
					c->group = low;
			}
		}
	}
}

static void
put_names(struct sbuf *b, const struct vec *names, const char *prefix)
{
	for (size_t i = 0; i < names->n; i++) {
		sbuf_printf(b, "%s%s", i ? ", " : "", prefix);
		sbuf_ident(b, names->v[i]);
	}
}

/* A rule as a condition on columns of v. */
static void
put_rule(struct sbuf *b, const struct tab *t, const struct rule *u)
{
	bool own = u->kind == 'f' && strcmp(u->ref, u->table) == 0;

	if (u->kind == 'c') {
		/* null is no failure */
		sbuf_printf(b, "(%s) is not false", u->expr);
		return;
	}
	sbuf_puts(b, "(row(");
	put_names(b, &u->cols, "v.");
	sbuf_puts(b, ") in (select ");
	put_names(b, &u->refcols, "r.");
	sbuf_printf(b, " from %s r)", u->ref);
	for (size_t i = 0; i < u->refcols.n; i++)
		own = own && !col_of(t, u->refcols.v[i])->supplied;
	if (own) {
		sbuf_puts(b, " or row(");
		put_names(b, &u->cols, "v.");
		sbuf_puts(b, ") = row(");
		put_names(b, &u->refcols, "v.");
		sbuf_puts(b, ")");
	}
	for (size_t i = 0; i < u->cols.n; i++) {
		sbuf_puts(b, " or v.");
		sbuf_ident(b, u->cols.v[i]);
		sbuf_puts(b, " is null");
	}
	sbuf_puts(b, ")");
}

/* The rows of another table that a column may refer to, as its values. */
static void
referred_values(struct filler *f, const struct tab *t, struct col *c)
{
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		WM_SBUF sql = SBUF_INIT;
		bool null = c->values.n > 0 &&
		    c->values.v[c->values.n - 1] == NULL;
		WM_VEC texts = VEC_INIT;

		if (u->kind != 'f' || !about(u, c) ||
		    strcmp(u->ref, u->table) == 0)
			continue;
		for (size_t k = 0; k < u->cols.n; k++) {
			if (strcmp(u->cols.v[k], c->name) != 0)
				continue;
			sbuf_puts(&sql, "select distinct r.");
			sbuf_ident(&sql, u->refcols.v[k]);
			sbuf_printf(&sql, "::text from %s r order by 1 "
			    "limit 12", u->ref);
		}
		WM_PGRES *r = pool_try(&f->pool, sql.s, 0, NULL, NULL);
		vec_clear(&c->values);
		for (int k = 0; r != NULL && k < PQntuples(r); k++)
			if (!PQgetisnull(r, k, 0))
				vec_push(&texts, arena_strdup(f->mem,
				    PQgetvalue(r, k, 0)));
		pool_cast(&f->pool, c->type, &texts, &c->values);
		if (null)
			vec_push(&c->values, NULL);
		return;
	}
}

/* Which rules a group is asked about. */
enum asked { ASK_NONE, ASK_NOW, ASK_LATER };

static bool
can_ask(const struct tab *t, const struct rule *u, enum asked asked)
{
	if ((u->kind != 'c' && u->kind != 'f') || u->cols.n == 0 ||
	    asked < (u->later ? ASK_LATER : ASK_NOW))
		return false;
	for (size_t i = 0; i < u->cols.n; i++)
		if (col_of(t, u->cols.v[i])->supplied)
			return false;
	return true;
}

/*
 * The combinations of a group's values that satisfy its rules. Those come
 * first in which every column has the value of the same place: plain ones, and
 * different from each other.
 */
static PGresult *
ask_group(struct filler *f, const struct tab *t, const struct vec *cols,
    enum asked asked)
{
	WM_SBUF sql = SBUF_INIT;
	WM_SBUF from = SBUF_INIT;
	WM_SBUF high = SBUF_INIT;
	WM_SBUF low = SBUF_INIT;
	WM_VEC params = VEC_INIT;
	const char *and = " where ";
	size_t most = KEPT;

	/* as many of each as keep the product small */
	for (; most > 3; most--) {
		size_t product = 1;

		for (size_t i = 0; i < cols->n && product <= COMBINATIONS;
		    i++) {
			const struct col *c = cols->v[i];

			product *= c->values.n < most ? c->values.n : most;
		}
		if (product <= COMBINATIONS)
			break;
	}
	sbuf_puts(&sql, "select ");
	for (size_t i = 0; i < cols->n; i++) {
		const struct col *c = cols->v[i];
		size_t n = c->values.n < most ? c->values.n : most;

		sbuf_printf(&sql, "%sv.%s::text", i ? ", " : "", c->quoted);
		sbuf_printf(&from, "%s(values ", i ? " cross join " : "");
		for (size_t k = 0; k < n; k++) {
			/* the last one may be null, which is wanted */
			size_t at = k + 1 == n ? c->values.n - 1 : k;

			vec_push(&params, c->values.v[at]);
			sbuf_printf(&from, "%s($%zu::text::%s, %zu)",
			    k ? ", " : "", params.n, c->type, k);
		}
		sbuf_printf(&from, ") t%zu (%s, wm_o%zu)", i, c->quoted, i);
		sbuf_printf(&high, "%swm_o%zu", i ? ", " : "", i);
		sbuf_printf(&low, "%swm_o%zu", i ? ", " : "", i);
	}
	/* under the one name v, so that rules can name their columns */
	sbuf_printf(&sql, " from (select * from %s) v", from.s);
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		const struct col *c;

		if (!can_ask(t, u, asked))
			continue;
		c = col_of(t, u->cols.v[0]);
		if (c->group != ((const struct col *)cols->v[0])->group)
			continue;
		sbuf_puts(&sql, and);
		put_rule(&sql, t, u);
		and = " and ";
	}
	sbuf_printf(&sql, " order by greatest(%s) - least(%s), greatest(%s), "
	    "%s limit %d", high.s, low.s, high.s, high.s, KEPT);
	if (params.n > 60000)
		return NULL;
	return pool_try(&f->pool, sql.s, (int)params.n,
	    (const char *const *)params.v, NULL);
}

/* Find a group's tuples; the columns that the server supplies are not in it. */
static bool
make_group(struct filler *f, struct tab *t, size_t group)
{
	struct vec *tuples = arena_alloc(f->mem, sizeof(*tuples));
	WM_VEC cols = VEC_INIT;
	PGresult *r = NULL;

	for (size_t i = 0; i < t->cols.n; i++) {
		struct col *c = t->cols.v[i];

		if (c->group != group)
			continue;
		c->tuples = tuples;
		if (!c->supplied)
			vec_push(&cols, c);
	}
	if (cols.n == 0)
		return true;
	for (size_t i = 0; i < cols.n; i++)
		if (((struct col *)cols.v[i])->values.n == 0) {
			t->out->reason = arena_printf(f->mem,
			    "nothing is known of values for column \"%s\" "
			    "(%s)", ((struct col *)cols.v[i])->name,
			    ((struct col *)cols.v[i])->type);
			return false;
		}
	/* where all else fails the server will say which rule it is */
	for (int asked = ASK_LATER; asked >= ASK_NONE; asked--) {
		r = ask_group(f, t, &cols, (enum asked)asked);
		if (r != NULL && PQntuples(r) > 0)
			break;
		PQclear(r);
		r = NULL;
	}
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		const char **tuple = arena_alloc(f->mem,
		    t->cols.n * sizeof(*tuple));

		for (size_t k = 0; k < cols.n; k++)
			if (!PQgetisnull(r, i, (int)k))
				tuple[index_of(t, cols.v[k])] = arena_strdup(
				    f->mem, PQgetvalue(r, i, (int)k));
		vec_push(tuples, tuple);
	}
	PQclear(r);
	if (tuples->n > 0)
		return true;
	t->out->reason = arena_printf(f->mem, "no values were found for "
	    "column \"%s\"%s", ((struct col *)cols.v[0])->name,
	    cols.n > 1 ? " and those that hang on it" : "");
	return false;
}

/* --- rows ----------------------------------------------------------------- */

/* Whether a row breaks a unique key that a later release will have. */
static bool
will_be_double(struct filler *f, const struct tab *t, const char *const *row,
    const bool *has)
{
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		WM_SBUF sql = SBUF_INIT;
		WM_VEC params = VEC_INIT;
		bool all = u->kind == 'u' && u->later;

		sbuf_printf(&sql, "select from %s where true", t->out->name);
		for (size_t k = 0; all && k < u->cols.n; k++) {
			const struct col *c = col_of(t, u->cols.v[k]);
			size_t at = index_of(t, c);

			all = has[at];
			vec_push(&params, row[at]);
			sbuf_printf(&sql, " and %s = $%zu::text::%s",
			    c->quoted, k + 1, c->type);
		}
		if (!all)
			continue;
		WM_PGRES *r = pool_try(&f->pool, sql.s, (int)params.n,
		    (const char *const *)params.v, NULL);
		if (r != NULL && PQntuples(r) > 0)
			return true;
	}
	return false;
}

static bool
insert(struct filler *f, struct tab *t, const char *const *row,
    const bool *has)
{
	WM_SBUF sql = SBUF_INIT;
	WM_SBUF values = SBUF_INIT;
	WM_VEC params = VEC_INIT;
	const char *why = NULL;

	for (size_t i = 0; i < t->cols.n; i++) {
		const struct col *c = t->cols.v[i];

		if (!has[i])
			continue;
		vec_push(&params, row[i]);
		sbuf_printf(&sql, "%s%s", params.n > 1 ? ", " : "", c->quoted);
		sbuf_printf(&values, "%s$%zu", params.n > 1 ? ", " : "",
		    params.n);
	}
	if (params.n > 0) {
		char *cols = sbuf_take(&sql, f->mem);

		sbuf_printf(&sql, "insert into %s (%s) values (%s)",
		    t->out->name, cols, values.s);
	} else
		sbuf_printf(&sql, "insert into %s default values",
		    t->out->name);
	WM_PGRES *r = pool_try(&f->pool, sql.s, (int)params.n,
	    (const char *const *)params.v, &why);
	if (r != NULL && strcmp(PQcmdTuples(r), "0") != 0)
		return true;
	t->out->reason = r == NULL ? why :
	    "a trigger or a rule lets no row in";
	return false;
}

/*
 * The nth attempt at a row. The second row has the rarest values: null, and
 * what the table's defaults give.
 */
static bool
try_row(struct filler *f, struct tab *t, size_t number, size_t nth)
{
	const char *row[MAX_COLS];
	bool has[MAX_COLS];

	for (size_t i = 0; i < t->cols.n; i++) {
		const struct col *c = t->cols.v[i];
		const struct vec *tuples = c->tuples;
		size_t at;

		has[i] = !c->supplied &&
		    !(number == 1 && nth < TRIES / 2 && c->has_default);
		row[i] = NULL;
		if (!has[i])
			continue;
		at = (number + nth * (c->group % 7 + 1)) % tuples->n;
		if (number == 1)
			at = tuples->n - 1 - at;
		row[i] = ((const char **)tuples->v[at])[i];
	}
	return !will_be_double(f, t, row, has) && insert(f, t, row, has);
}

static void
put_rows(struct filler *f, struct tab *t)
{
	for (size_t number = 0; number < ROWS; number++)
		for (size_t nth = 0; nth < TRIES; nth++)
			if (try_row(f, t, number, nth)) {
				t->out->rows++;
				break;
			}
}

/* Take the triggers that people made out of the way, and put them back. */
static void
put_rows_quietly(struct filler *f, struct tab *t)
{
	const char *name = t->out->name;
	WM_PGRES *r = pool_try(&f->pool, "select quote_ident(tgname), tgenabled"
	    " from pg_trigger where tgrelid = $1::regclass"
	    " and not tgisinternal and tgenabled in ('O', 'A')", 1, &name,
	    NULL);

	if (r == NULL || PQntuples(r) == 0)
		return;
	for (int back = 0; back < 2; back++) {
		for (int i = 0; i < PQntuples(r); i++) {
			WM_SBUF sql = SBUF_INIT;

			sbuf_printf(&sql, "alter table %s %s trigger %s", name,
			    !back ? "disable" : PQgetvalue(r, i, 1)[0] == 'A' ?
			    "enable always" : "enable", PQgetvalue(r, i, 0));
			PQclear(pool_try(&f->pool, sql.s, 0, NULL, NULL));
		}
		if (!back)
			put_rows(f, t);
	}
}

static void
fill_one(struct filler *f, struct tab *t)
{
	t->tried = true;
	t->out->reason = NULL;
	if (t->cols.n > MAX_COLS)
		return;
	group_columns(t);
	for (size_t i = 0; i < t->cols.n; i++) {
		struct col *c = t->cols.v[i];

		if (c->supplied)
			continue;
		col_values(f, t, c);
		referred_values(f, t, c);
	}
	for (size_t i = 0; i < t->cols.n; i++) {
		struct col *c = t->cols.v[i];

		if (c->group == i && c->tuples != NULL)
			vec_clear(c->tuples);
		if (c->group == i && !make_group(f, t, i))
			return;
	}
	put_rows(f, t);
	if (t->out->rows == 0)
		put_rows_quietly(f, t);
	if (t->out->rows > 0)
		t->out->reason = NULL;
}

/* Whether all the tables that this one refers to had their turn. */
static bool
ready(const struct filler *f, const struct tab *t)
{
	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *u = t->rules.v[i];
		const struct tab *ref = u->ref ? map_get(&f->by_name, u->ref) :
		    NULL;

		if (ref != NULL && ref != t && !ref->tried)
			return false;
	}
	return true;
}

static void
fill_all(struct filler *f)
{
	size_t left = f->tabs.n;
	bool any = true, force = false;

	while (left > 0) {
		any = false;
		for (size_t i = 0; i < f->tabs.n; i++) {
			struct tab *t = f->tabs.v[i];

			if (t->tried || (!force && !ready(f, t)))
				continue;
			fill_one(f, t);
			left--;
			any = true;
			if (force)
				break;
		}
		/* tables that refer to each other in a circle */
		force = !any;
	}
	/* some may have waited for others */
	for (size_t i = 0; i < f->tabs.n; i++) {
		struct tab *t = f->tabs.v[i];

		if (t->out->rows == 0)
			fill_one(f, t);
	}
}

static int
rows_of(PGconn *db, const char *table)
{
	WM_SBUF sql = SBUF_INIT;

	sbuf_printf(&sql, "select count(*) from %s", table);
	WM_PGRES *r = pg_query(db, PG_ONE_ROW, sql.s, 0, NULL);
	return r ? (int)strtol(PQgetvalue(r, 0, 0), NULL, 10) : 0;
}

bool
fill_database(PGconn *db, struct arena *mem, const struct vec *later,
    struct vec *out)
{
	struct filler f = { .mem = mem, .db = db };
	WM_VEC rules = VEC_INIT;
	bool ok;

	pool_init(&f.pool, mem, db);
	ok = usual_path(db) &&
	    pg_do(db, "begin; set constraints all immediate") &&
	    read_tables(&f) && read_rules(db, mem, &rules);
	if (ok) {
		deal_rules(&f, &rules);
		deal_rules(&f, later);
		fill_all(&f);
		ok = pg_do(db, "commit");
	}
	for (size_t i = 0; ok && i < f.tabs.n; i++) {
		const struct tab *t = f.tabs.v[i];

		/* triggers of other tables may have brought some */
		if (t->out->rows == 0)
			t->out->rows = rows_of(db, t->out->name);
		if (t->out->rows > 0)
			t->out->reason = NULL;
		vec_push(out, t->out);
	}
	filler_clear(&f);
	fill_rules_clear(&rules);
	return ok;
}
