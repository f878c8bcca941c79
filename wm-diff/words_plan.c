/* Steps that bring the dictionary's rows to what they shall be. */
#include "words_impl.h"

#include "sbuf.h"

/* A step holds so many rows, or so many bytes, at most. */
#define ROWS_MAX 500
#define BYTES_MAX ((size_t)64 * 1024)

/* Programs that keep the dictionary in memory listen for this. */
static const char notify[] =
    "select pg_catalog.pg_notify('wyseman', '{\"target\":\"dict\"}')";

static const struct dict_row *
row_of(const struct words_op *op)
{
	return op->new != NULL ? op->new : op->old;
}

/* Whether two operations fit into one statement. */
static bool
alike(const struct words_op *a, const struct words_op *b)
{
	const struct dict_row *x = row_of(a), *y = row_of(b);

	return x->kind == y->kind && (a->old == NULL) == (b->old == NULL) &&
	    (a->new == NULL) == (b->new == NULL) && (!x->kind->text ||
	    strcmp(dict_language(x), dict_language(y)) == 0);
}

/* "(value, ...)", all columns or those of the key. */
static void
put_values(struct sbuf *b, const struct dict_row *r, bool key_only)
{
	for (size_t i = 0; i < r->kind->n; i++) {
		const struct dict_column *c = &r->kind->cols[i];

		if (key_only && !c->key)
			break;
		sbuf_puts(b, i > 0 ? ", " : "(");
		if (r->val[i] == NULL)
			sbuf_puts(b, "null");
		else
			sbuf_literal(b, r->val[i]);
	}
	sbuf_putc(b, ')');
}

static void
put_names(struct sbuf *b, const struct dict_kind *k, bool key_only)
{
	for (size_t i = 0; i < k->n && (!key_only || k->cols[i].key); i++)
		sbuf_printf(b, "%s%s", i > 0 ? ", " : "(", k->cols[i].sql);
	sbuf_putc(b, ')');
}

/* From VALUES all come as text, but where a column is assigned at once. */
static void
put_sets(struct sbuf *b, const struct dict_kind *k)
{
	static const char *const casts[] = {
		[DICT_NAME] = "", [DICT_TEXT] = "", [DICT_JSON] = "::jsonb",
		[DICT_BOOL] = "::boolean" };
	const char *sep = " set ";

	for (size_t i = 0; i < k->n; i++) {
		if (k->cols[i].key)
			continue;
		sbuf_printf(b, "%s%s = v.%s%s", sep, k->cols[i].sql,
		    k->cols[i].sql, casts[k->cols[i].type]);
		sep = ", ";
	}
}

static void
put_where(struct sbuf *b, const struct dict_kind *k)
{
	for (size_t i = 0; i < k->n && k->cols[i].key; i++)
		sbuf_printf(b, "%st.%s = v.%s", i > 0 ? " and " : " where ",
		    k->cols[i].sql, k->cols[i].sql);
}

/* A row that is there by now, against what a file says, is made right. */
static void
put_conflict(struct sbuf *b, const struct dict_kind *k)
{
	const char *sep = " do update set ";

	sbuf_puts(b, "\non conflict ");
	put_names(b, k, true);
	for (size_t i = 0; i < k->n; i++) {
		if (k->cols[i].key)
			continue;
		sbuf_printf(b, "%s%s = excluded.%s", sep, k->cols[i].sql,
		    k->cols[i].sql);
		sep = ", ";
	}
}

static const char *
statement(struct diff *d, size_t begin, size_t end)
{
	const struct vec *ops = &d->words->ops;
	const struct words_op *op = ops->v[begin];
	const struct dict_kind *k = row_of(op)->kind;
	bool gone = op->new == NULL;
	WM_SBUF b = SBUF_INIT;

	if (op->old == NULL) {
		sbuf_printf(&b, "insert into wm.%s ", k->name);
		put_names(&b, k, false);
		sbuf_puts(&b, " values");
	} else if (gone) {
		sbuf_printf(&b, "delete from wm.%s t using (values", k->name);
	} else {
		sbuf_printf(&b, "update wm.%s t", k->name);
		put_sets(&b, k);
		sbuf_puts(&b, " from (values");
	}
	for (size_t i = begin; i < end; i++) {
		sbuf_puts(&b, i > begin ? ",\n\t" : "\n\t");
		put_values(&b, row_of(ops->v[i]), gone);
	}
	if (op->old != NULL) {
		sbuf_puts(&b, "\n) as v ");
		put_names(&b, k, gone);
		put_where(&b, k);
	} else if (d->db == NULL)
		put_conflict(&b, k);
	return sbuf_take(&b, d->mem);
}

/* What one row is about: base.ent.name = "x". */
static void
put_about(struct sbuf *b, const struct dict_row *r)
{
	for (size_t i = 0; i < r->kind->n && r->kind->cols[i].key; i++) {
		const char *json = r->kind->cols[i].json;

		if (strcmp(json, "language") == 0)
			continue;
		if (strcmp(json, "value") == 0)
			sbuf_printf(b, " = \"%s\"", r->val[i]);
		else if (strcmp(json, "code") == 0)
			sbuf_printf(b, " message \"%s\"", r->val[i]);
		else if (strcmp(json, "name") == 0)
			sbuf_printf(b, " %s", r->val[i]);
		else
			sbuf_printf(b, "%s%s", i > 0 ? "." : "", r->val[i]);
	}
}

static const char *
reason(struct diff *d, const struct words_op *op, size_t n)
{
	const struct dict_row *r = row_of(op);
	const char *lang = dict_language(r);
	WM_SBUF b = SBUF_INIT;

	if (n == 1)
		put_about(&b, r);
	else
		sbuf_printf(&b, "%zu rows", n);
	if (lang != NULL)
		sbuf_printf(&b, " in %s", lang);
	if (op->old == NULL)
		sbuf_puts(&b, n == 1 ? " is new" : " are new");
	else if (op->new == NULL)
		sbuf_puts(&b, n == 1 ? " goes" : " go");
	else
		sbuf_puts(&b, n == 1 ? " changes" : " change");
	return sbuf_take(&b, d->mem);
}

/* The end of what goes into the statement that begins with an operation. */
static size_t
chunk(const struct vec *ops, size_t begin)
{
	size_t bytes = 0, i = begin;

	for (; i < ops->n && i - begin < ROWS_MAX && bytes < BYTES_MAX; i++) {
		const struct dict_row *r = row_of(ops->v[i]);

		if (!alike(ops->v[begin], ops->v[i]))
			break;
		for (size_t c = 0; c < r->kind->n; c++)
			bytes += r->val[c] != NULL ? strlen(r->val[c]) : 0;
	}
	return i;
}

/*
 * The plan is made from rows that are no part of the recorded state. Whoever
 * has changed any since makes it stop here.
 */
static void
guard(struct diff *d)
{
	WM_SBUF body = SBUF_INIT;
	WM_SBUF b = SBUF_INIT;
	struct plan_step *s;

	sbuf_puts(&body, "begin\nlock table ");
	for (size_t i = 0; i < DICT_TABLES; i++)
		sbuf_printf(&body, "%swm.%s", i > 0 ? ", " : "",
		    dict_kinds[i].name);
	sbuf_puts(&body, " in share row exclusive mode;\nif (");
	words_seen_sql(&body);
	sbuf_printf(&body, ") <> '%s' then\n"
	    "raise exception 'the data dictionary has changed since the plan "
	    "was made' using errcode = '" WM_MOVED_STATE "', "
	    "hint = 'Run wm-diff again.';\nend if;\nend", d->words->seen);
	sbuf_puts(&b, "do ");
	sbuf_dollar(&b, sbuf_str(&body));
	s = plan_add(&d->plan, PLAN_CHECK, "schema", "wm",
	    sbuf_take(&b, d->mem));
	s->module = "wyseman";
	s->reason = "the dictionary has to be as it was";
}

/* Whoever may build tables here need not own those of the dictionary. */
static void
need_tables(struct diff *d)
{
	const struct dict_kind *last = NULL;

	for (size_t i = 0; i < d->words->ops.n; i++) {
		const struct dict_kind *k = row_of(d->words->ops.v[i])->kind;
		struct plan_need *n;

		if (k == last)
			continue;
		last = k;
		n = arena_alloc(d->mem, sizeof(*n));
		n->what = "write";
		n->name = arena_printf(d->mem, "table \"wm.%s\"", k->name);
		n->sql = arena_printf(d->mem, "select bool_and("
		    "pg_catalog.has_table_privilege('wm.%s', p)) from (values "
		    "('insert'), ('update'), ('delete')) as v (p)", k->name);
		n->reason = "to write the data dictionary";
		vec_push(&d->plan.needs, n);
	}
}

void
words_steps(struct diff *d)
{
	const struct words *w = d->words;
	struct plan_step *s = NULL;

	if (!words_any(d))
		return;
	if (w->guard) {
		need_tables(d);
		guard(d);
	}
	for (size_t i = 0, end; i < w->ops.n; i = end) {
		const struct words_op *op = w->ops.v[i];
		const struct dict_row *r = row_of(op);

		end = chunk(&w->ops, i);
		s = plan_add(&d->plan, PLAN_DATA, r->kind->text ? "text" :
		    "style", arena_printf(d->mem, "wm.%s", r->kind->name),
		    statement(d, i, end));
		s->module = r->module;
		if (op->new != NULL)
			s->loc = r->loc;
		s->reason = reason(d, op, end - i);
	}
	assert(s != NULL);
	s->split = arena_alloc(d->mem, sizeof(size_t));
	s->split[s->n_split++] = strlen(s->sql) + 2;
	s->sql = arena_printf(d->mem, "%s;\n%s", s->sql, notify);
}
