/*
 * Statements behind a table's text, when the table has another name by now:
 * they are about the table, so that they follow it.
 */
#include "alter_impl.h"
#include "phrase.h"

/* Whether a token is a name, quoted or not. */
static bool
token_names(const struct phrase *w, size_t i, const char *name)
{
	const char *schema, *is;

	ident_split(w->mem, phrase_slice(w, i, i + 1), &schema, &is);
	return strcmp(is, name) == 0;
}

/* The token behind which the table stands: ON, TABLE, OWNED BY. */
static size_t
behind(const struct phrase *w, bool last)
{
	static const char *const words[] = { "on", "table", "by" };
	size_t at = w->n;

	for (size_t k = 0; k < WM_LEN(words); k++)
		for (size_t i = phrase_find(w, 0, words[k]); i < w->n;
		    i = phrase_find(w, i + 1, words[k]))
			if (at == w->n || (i + 1 > at) == last)
				at = i + 1;
	return at;
}

/*
 * A statement with the table's new name; NULL where it does not have the old.
 */
static const char *
renamed(struct arena *mem, const char *s, const struct ident *was,
    const char *fq)
{
	struct phrase w;
	size_t i, from;

	if (!phrase_scan(mem, s, &w) || w.n < 3)
		return NULL;
	for (i = behind(&w, phrase_is(&w, 0, "comment")); i < w.n; i++)
		if (token_names(&w, i, was->name))
			break;
	if (i >= w.n)
		return NULL;
	from = i;
	if (i > 1 && phrase_is(&w, i - 1, ".")) {
		if (!token_names(&w, i - 2, was->schema))
			return NULL;
		from = i - 2;
	} else if (strcmp(was->schema, IDENT_SCHEMA) != 0)
		return NULL;
	return arena_printf(mem, "%.*s%s%s", (int)w.t[from].off, s, fq,
	    s + phrase_end(&w, i));
}

void
alter_rest_names(struct alter *a)
{
	struct table *t = a->old;
	struct arena *mem = a->d->mem;
	const struct json *rv = json_get(t->node, "relation");
	const char *schema = json_str(rv, "schemaname");
	struct ident was = { .schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };
	struct sql_error err;
	struct sql_stmt *st;
	WM_VEC at = VEC_INIT;
	WM_SBUF b = SBUF_INIT;
	const char *text;
	size_t n;

	if (was.name == NULL || (strcmp(was.name, t->id.name) == 0 &&
	    strcmp(was.schema, t->id.schema) == 0))
		return;
	sbuf_puts(&b, t->text);
	for (size_t i = 0; i < t->rest.n; i++) {
		const struct sql_stmt *k = t->rest.v[i];
		const char *sql = renamed(mem, arena_strndup(mem, t->text +
		    k->off, k->len), &was, a->fq);

		if (sql == NULL)
			continue;
		sbuf_printf(&b, "\n;%s", sql);
		vec_push(&at, &t->rest.v[i]);
	}
	text = sbuf_take(&b, mem);
	if (at.n == 0 || !sql_parse(mem, text, &st, &n, &err) || n < at.n)
		return;
	t->text = text;
	for (size_t i = 0; i < at.n; i++)
		*(void **)at.v[i] = &st[n - at.n + i];
}
