/* Reading the dictionary's rows: digests of all, and the rows of a few. */
#include "words_impl.h"

#include <openssl/evp.h>

#include "diag.h"
#include "pg.h"

/*
 * A digest is over a text that both sides write: each row's columns, but those
 * that name the group, as SQL literals; rows in the order of their keys.
 */
static bool
in_group(const struct dict_kind *k, size_t i)
{
	return i == DICT_SCH || i == DICT_TAB || i == dict_at(k, "language");
}

static void
finish(const struct sbuf *text, char *out)
{
	unsigned char sum[32];

	if (!EVP_Digest(sbuf_str(text), text->len, sum, NULL, EVP_sha256(),
	    NULL))
		die("could not compute SHA-256");
	for (size_t i = 0; i < 2 * sizeof(sum); i++)
		out[i] = "0123456789abcdef"[i % 2 ? sum[i / 2] & 15 :
		    sum[i / 2] >> 4];
	out[2 * sizeof(sum)] = '\0';
}

void
words_digest(const struct vec *rows, char *out)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < rows->n; i++) {
		const struct dict_row *r = rows->v[i];
		bool first = true;

		if (i > 0)
			sbuf_putc(&b, ';');
		for (size_t c = 0; c < r->kind->n; c++) {
			if (in_group(r->kind, c))
				continue;
			if (!first)
				sbuf_putc(&b, ',');
			first = false;
			if (r->val[c] != NULL)
				sbuf_literal(&b, r->val[c]);
			else
				sbuf_puts(&b, "NULL");
		}
	}
	finish(&b, out);
}

/*
 * The same for one table of the dictionary: k, l, s, t name a group, h it is.
 */
static void
put_kind(struct sbuf *b, size_t kind)
{
	const struct dict_kind *k = &dict_kinds[kind];
	size_t lang = dict_at(k, "language");
	const char *sep = "";

	sbuf_printf(b, "select %zu as k, %s collate \"C\" as l, %s::text"
	    " collate \"C\" as s, %s::text collate \"C\" as t, pg_catalog."
	    "encode(pg_catalog.sha256(pg_catalog.convert_to("
	    "pg_catalog.string_agg(", kind,
	    lang == SIZE_MAX ? "''" : k->cols[lang].sql, k->cols[DICT_SCH].sql,
	    k->cols[DICT_TAB].sql);
	for (size_t c = 0; c < k->n; c++) {
		if (in_group(k, c))
			continue;
		sbuf_printf(b, "%spg_catalog.quote_nullable(%s::text)", sep,
		    k->cols[c].sql);
		sep = " || ',' || ";
	}
	sbuf_puts(b, ", ';'");
	sep = " order by ";
	for (size_t c = 0; c < k->n && k->cols[c].key; c++) {
		if (in_group(k, c))
			continue;
		sbuf_printf(b, "%s%s::text collate \"C\"", sep,
		    k->cols[c].sql);
		sep = ", ";
	}
	sbuf_printf(b, "), 'UTF8')), 'hex') as h from wm.%s group by 2, 3, 4",
	    k->name);
}

static void
put_groups(struct sbuf *b)
{
	for (size_t i = 0; i < DICT_TABLES; i++) {
		if (i > 0)
			sbuf_puts(b, "\nunion all ");
		put_kind(b, i);
	}
}

void
words_seen_sql(struct sbuf *out)
{
	sbuf_puts(out, "select pg_catalog.encode(pg_catalog.sha256("
	    "pg_catalog.convert_to(coalesce(pg_catalog.string_agg("
	    "k || pg_catalog.quote_literal(l) || pg_catalog.quote_literal(s)"
	    " || pg_catalog.quote_literal(t) || h, ','"
	    " order by k, l, s, t), ''), 'UTF8')), 'hex') from (\n");
	put_groups(out);
	sbuf_puts(out, ") as g");
}

/* What the query above finds, from the groups as they were read. */
static void
seen(struct words *w)
{
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < w->list.n; i++) {
		const struct words_group *g = w->list.v[i];

		if (g->was[0] == '\0')
			continue;
		if (b.len > 0)
			sbuf_putc(&b, ',');
		sbuf_printf(&b, "%zu", (size_t)(g->kind - dict_kinds));
		sbuf_literal(&b, g->language);
		sbuf_literal(&b, g->sch);
		sbuf_literal(&b, g->tab);
		sbuf_puts(&b, g->was);
	}
	finish(&b, w->seen);
}

bool
words_known(const struct diff *d)
{
	for (size_t i = 0; i < DICT_TABLES; i++) {
		const struct object *o = model_get(&d->rec, arena_printf(
		    d->mem, "table:wm.%s", dict_kinds[i].name));

		if (o == NULL || !o->built)
			return false;
	}
	return true;
}

/* Groups of rows that came with the record. */
static void
look_in_record(struct diff *d)
{
	WM_VEC rows = VEC_INIT;
	WM_VEC part = VEC_INIT;
	struct words_group *g = NULL;

	/* sorted by group first; within it, by key */
	for (size_t i = 0; i < d->rec.dict.rows.n; i++)
		vec_push(&rows, d->rec.dict.rows.v[i]);
	vec_sort(&rows, dict_row_cmp);
	for (size_t i = 0; i < rows.n; i++) {
		const struct dict_row *r = rows.v[i];
		const char *lang = dict_language(r);

		g = words_group(d, r->kind, lang ? lang : "",
		    r->val[DICT_SCH], r->val[DICT_TAB]);
		if (g->was[0] != '\0')
			continue;
		part.n = 0;
		for (size_t k = i; k < rows.n; k++) {
			const struct dict_row *o = rows.v[k];
			const char *l = dict_language(o);

			if (o->kind != r->kind || strcmp(o->val[DICT_TAB],
			    g->tab) != 0 || strcmp(o->val[DICT_SCH], g->sch)
			    != 0)
				break;
			if (strcmp(l ? l : "", g->language) == 0)
				vec_push(&part, o);
		}
		words_digest(&part, g->was);
	}
}

bool
words_ask(struct diff *d)
{
	WM_SBUF sql = SBUF_INIT;

	if (d->db == NULL)
		return true;
	put_groups(&sql);
	return pg_send(d->db, sbuf_str(&sql));
}

static bool
look_in_database(struct diff *d)
{
	WM_PGRES *r = pg_receive(d->db, PG_ROWS);
	size_t kind;

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct words_group *g;

		kind = (size_t)(PQgetvalue(r, i, 0)[0] - '0');
		assert(kind < DICT_TABLES);
		g = words_group(d, &dict_kinds[kind], PQgetvalue(r, i, 1),
		    PQgetvalue(r, i, 2), PQgetvalue(r, i, 3));
		snprintf(g->was, sizeof(g->was), "%s", PQgetvalue(r, i, 4));
	}
	return true;
}

bool
words_look(struct diff *d)
{
	if (d->db == NULL)
		look_in_record(d);
	else if (!look_in_database(d))
		return false;
	vec_sort(&d->words->list, words_group_cmp);
	seen(d->words);
	return true;
}

static void
fetch_from_record(struct diff *d)
{
	for (size_t i = 0; i < d->rec.dict.rows.n; i++) {
		const struct dict_row *r = d->rec.dict.rows.v[i];
		const char *lang = dict_language(r);

		if (words_group(d, r->kind, lang ? lang : "",
		    r->val[DICT_SCH], r->val[DICT_TAB])->fetch)
			dict_put(&d->words->was, r->kind, r->val, NULL);
	}
}

static void
fetch_sql(const struct dict_kind *k, struct sbuf *b)
{
	size_t lang = dict_at(k, "language");

	sbuf_puts(b, "select ");
	for (size_t c = 0; c < k->n; c++)
		sbuf_printf(b, "%s%s::text", c > 0 ? ", " : "",
		    k->cols[c].sql);
	sbuf_printf(b, " from wm.%s, unnest($1::name[], $2::name[],"
	    " $3::text[]) as g(s, t, l) where %s = g.s and %s = g.t and "
	    "%s = g.l", k->name, k->cols[DICT_SCH].sql, k->cols[DICT_TAB].sql,
	    lang == SIZE_MAX ? "''" : k->cols[lang].sql);
}

/* The wanted groups of one kind. */
static bool
fetch_kind(struct diff *d, const struct dict_kind *k, const struct vec *groups)
{
	WM_SBUF sql = SBUF_INIT;
	struct sbuf args[3] = { SBUF_INIT, SBUF_INIT, SBUF_INIT };
	const char *values[3];
	PGresult *r = NULL;
	size_t n = 0;

	for (size_t i = 0; i < groups->n; i++) {
		const struct words_group *g = groups->v[i];

		if (g->kind != k)
			continue;
		n++;
		pg_array_put(&args[0], g->sch);
		pg_array_put(&args[1], g->tab);
		pg_array_put(&args[2], g->language);
	}
	if (n > 0) {
		for (size_t i = 0; i < 3; i++) {
			sbuf_putc(&args[i], '}');
			values[i] = args[i].s;
		}
		fetch_sql(k, &sql);
		r = pg_query(d->db, PG_ROWS, sbuf_str(&sql), 3, values);
	}
	for (size_t i = 0; i < 3; i++)
		sbuf_clear(&args[i]);
	if (r == NULL)
		return n == 0;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *val[DICT_COLS];

		for (size_t c = 0; c < k->n; c++)
			val[c] = PQgetisnull(r, i, (int)c) ? NULL :
			    PQgetvalue(r, i, (int)c);
		dict_put(&d->words->was, k, val, NULL);
	}
	PQclear(r);
	return true;
}

bool
words_fetch(struct diff *d, const struct vec *groups)
{
	if (d->db == NULL) {
		fetch_from_record(d);
		return true;
	}
	for (size_t i = 0; i < DICT_TABLES; i++)
		if (!fetch_kind(d, &dict_kinds[i], groups))
			return false;
	return true;
}
