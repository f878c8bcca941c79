/* Columns, constraints and sequences of a folded table get other names. */
#include "sql_fold_impl.h"

#include "rewrite.h"

static bool
is_name(const struct phrase *w, size_t i, const char *name)
{
	const char *schema, *s, *text = phrase_slice(w, i, i + 1);

	if (*text == '\'' || *text == '$' ||
	    (*text != '"' && sql_is_reserved(name)))
		return false;
	ident_split(w->mem, text, &schema, &s);
	return strcmp(s, name) == 0;
}

/* A text with tokens [from, to) that are the old name as the new one. */
static const char *
rename_tokens(struct arena *mem, const char *text, size_t from, size_t to,
    const char *old, const char *name)
{
	struct rewrite w;
	const struct phrase *p = &w.p;

	if (!rewrite_scan(mem, text, &w))
		return text;
	for (size_t i = from; i < p->n && i < to; i++)
		if (is_name(p, i, old) && !phrase_is(p, i + 1, "(") &&
		    !phrase_is(p, i + 1, ".") &&
		    (i == 0 || !phrase_is(p, i - 1, "::")))
			rewrite_put(&w, i, 1, sql_quoted(mem, name));
	return rewrite_text(&w);
}

/* The number of the first token that closes a parenthesis, with that. */
static size_t
first_list(struct arena *mem, const char *text)
{
	struct phrase w;
	size_t i = 0;

	if (!phrase_scan(mem, text, &w))
		return 0;
	while (i < w.n && !phrase_is(&w, i, ")"))
		i++;
	return i + 1;
}

static bool
refers_to_itself(const struct fold *f, const struct con *k)
{
	const struct json *rv = json_get(k->node, "pktable");
	const char *schema = json_str(rv, "schemaname");
	const char *name = json_str(rv, "relname");

	return name != NULL && strcmp(name, f->m->id.name) == 0 &&
	    strcmp(schema ? schema : IDENT_SCHEMA, f->m->id.schema) == 0;
}

static void
rename_in_con(struct fold *f, struct con *k, const char *old,
    const char *name)
{
	size_t to = SIZE_MAX;

	if (k->kind == CON_FOREIGN && !refers_to_itself(f, k))
		to = first_list(f->mem, k->text);
	k->text = rename_tokens(f->mem, k->text, 0, to, old, name);
	for (size_t i = 0; i < k->cols.n; i++)
		if (strcmp(k->cols.v[i], old) == 0)
			k->cols.v[i] = (void *)(uintptr_t)name;
}

static void
rename_in_kept(struct fold *f, struct kept *k, const char *old,
    const char *name)
{
	struct phrase w;
	size_t from = 0, to;

	if (!phrase_scan(f->mem, k->text, &w))
		return;
	to = w.n;
	if (k->grants.n > 0)
		to = phrase_find(&w, 0, "on");
	else if (k->a != NULL)
		to = phrase_find(&w, 0, "is");
	else
		from = phrase_find(&w, 1, "alter");
	/* a table may be called as its column is: the last one is that */
	for (size_t i = to; k->grants.n == 0 && i-- > from;)
		if (is_name(&w, i, old)) {
			from = i;
			to = i + 1;
			break;
		}
	k->text = rename_tokens(f->mem, k->text, from, to, old, name);
	if (k->column != NULL)
		k->column = name;
	for (size_t i = 0; i < k->grants.n; i++)
		if (strcmp(k->grants.v[i], old) == 0)
			k->grants.v[i] = (void *)(uintptr_t)name;
}

static bool
is_about(const struct kept *k, const char *column)
{
	return wm_is(k->column, column) ||
	    vec_has_string(&k->grants, column);
}

bool
fold_rename_column(struct fold *f, const char *old, const char *name)
{
	struct column *c = table_column(f->t, old);

	if (c == NULL || !fold_keep_sequence(f, c))
		return false;
	c->name = name;
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->column, old) == 0)
			k->column = name;
	}
	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *k = f->t->columns.v[i];

		if (k->generated_text != NULL)
			k->generated_text = rename_tokens(f->mem,
			    k->generated_text, 0, SIZE_MAX, old, name);
	}
	for (size_t i = 0; i < f->t->cons.n; i++)
		rename_in_con(f, f->t->cons.v[i], old, name);
	for (size_t i = 0; i < f->kept.n; i++)
		if (is_about(f->kept.v[i], old))
			rename_in_kept(f, f->kept.v[i], old, name);
	return true;
}

bool
fold_rename_con(struct fold *f, const char *old, const char *name)
{
	struct con *c = table_con(f->t, old);

	if (c == NULL)
		return false;
	c->name = name;
	c->named = true;
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!wm_is(k->con, old))
			continue;
		k->text = rename_tokens(f->mem, k->text, 0, SIZE_MAX, old,
		    name);
		k->con = name;
	}
	return true;
}

/* Statements about a sequence or an index of the table's. */
static void
rename_in_parts(struct fold *f, const char *old, const char *name)
{
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (k->a == NULL || !wm_is(k->a->id.name, old))
			continue;
		k->text = rename_tokens(f->mem, k->text, 0, SIZE_MAX, old,
		    name);
		k->a->id.name = arena_strdup(f->p->mem, name);
	}
}

/* An index of the table's, or the sequence of a column. */
bool
fold_rename_part(struct fold *f, const char *old, const char *name)
{
	rename_in_parts(f, old, name);
	if (table_con(f->t, old) != NULL)
		return fold_rename_con(f, old, name);
	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *c = f->t->columns.v[i];
		const char *own = table_object_name(f->mem, f->m->id.name,
		    c->name, "seq");

		if (!wm_is(own, old))
			continue;
		if (c->identity != 0)
			return fold_name_sequence(f, c, name);
		fold_loosen(f, c, NULL);
	}
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->name, old) != 0)
			continue;
		fold_rename_loose(f, k, name);
		return true;
	}
	return false;
}
