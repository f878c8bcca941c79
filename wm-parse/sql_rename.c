/*
 * ALTER ... RENAME TO and SET SCHEMA: the object has its last name from the
 * beginning. A list says what there is, not how it came about; so all that
 * stands before such a statement is read with the new name in it, the way the
 * server's catalog would show it then.
 */
#include "sql_rename.h"

#include <ctype.h>
#include <strings.h>

#include "diag.h"
#include "rewrite.h"
#include "sbuf.h"
#include "sql_path.h"
#include "table.h"

/* Bytes of a word that count, more than a name has. */
#define WORD 72

/* A statement's text that is being rewritten. */
struct edit {
	struct arena *mem;
	const struct renaming *k;
	struct rewrite w;
	bool hidden;		/* a WITH query has the bare name */
	bool own_index;		/* CREATE INDEX: its name has no schema */
	bool named;		/* columns are qualified by the old name */
	const char *was;	/* the table's, that it makes or adds to */
};

/* Whether objects of a class have their table's schema, and never say so. */
static bool
on_table(enum ident_class cls)
{
	return cls == ID_TRIGGER || cls == ID_RULE || cls == ID_POLICY;
}

bool
rename_same(const struct ident *a, const struct ident *b)
{
	if (a->cls != b->cls || strcmp(a->name, b->name) != 0 ||
	    (a->schema != NULL) != (b->schema != NULL) ||
	    (a->schema != NULL && strcmp(a->schema, b->schema) != 0))
		return false;
	if (on_table(a->cls) && a->table && b->table &&
	    strcmp(a->table, b->table) != 0)
		return false;
	return a->args == NULL || b->args == NULL || a->any_args ||
	    b->any_args || strcmp(a->args, b->args) == 0;
}

static bool
is(const struct edit *e, size_t i, const char *word)
{
	return phrase_is(&e->w.p, i, word);
}

/* Whether tokens from i on are the old name; how many, 0 where not. */
static size_t
old_name(const struct edit *e, size_t i, bool qualified)
{
	const struct ident *id = &e->k->from;
	size_t n = qualified ? 3 : 1;
	const char *schema, *name, *s;

	if (i + n > e->w.p.n || (qualified && !is(e, i + 1, ".")) ||
	    (!qualified && i > 0 && is(e, i - 1, ".")))
		return 0;
	s = phrase_slice(&e->w.p, i, i + n);
	if (*s == '\'' || *s == '$')
		return 0;
	ident_split(e->mem, s, &schema, &name);
	if (strcmp(name, id->name) != 0 || (id->schema != NULL &&
	    !on_table(id->cls) && !e->own_index &&
	    strcmp(schema, id->schema) != 0))
		return 0;
	return n;
}

static const char *
new_name(const struct edit *e, bool qualified)
{
	const struct renaming *k = e->k;
	const char *name = sql_quoted(e->mem, k->name);

	if (k->schema == NULL || e->own_index || (!qualified &&
	    strcmp(k->schema, IDENT_SCHEMA) == 0))
		return name;
	return arena_printf(e->mem, "%s.%s", sql_quoted(e->mem, k->schema),
	    name);
}

/* The new name in place of the old one, if that stands there. */
static void
put(struct edit *e, size_t i, bool qualified)
{
	size_t n = old_name(e, i, qualified);

	if (n > 0 && e->w.at[i].with == NULL)
		rewrite_put(&e->w, i, n, new_name(e, qualified));
}

/* The first token from i on that the old name begins with. */
static void
put_first(struct edit *e, size_t i)
{
	for (; i < e->w.p.n; i++) {
		if (old_name(e, i, true) > 0) {
			put(e, i, true);
			return;
		}
		if (old_name(e, i, false) > 0) {
			put(e, i, false);
			return;
		}
	}
}

/* Whether a list of strings is the name; schema or not. */
static bool
names(const struct edit *e, const struct json *list, bool *out_qualified)
{
	const struct ident *id = &e->k->from;
	const char *last = list && list->last ? sql_string(list->last) : NULL;
	const char *schema = IDENT_SCHEMA;

	if (last == NULL || strcmp(last, id->name) != 0)
		return false;
	*out_qualified = list->first != list->last;
	if (*out_qualified)
		schema = sql_string(list->first);
	return schema != NULL && id->schema != NULL &&
	    strcmp(schema, id->schema) == 0;
}

/* 'name'::regclass, nextval('name'): the constant follows. */
static void
constant(struct edit *e, const struct json *c)
{
	const char *value = json_str(json_get(c, "sval"), "sval");
	long off = json_int(c, "location", -1);
	const char *schema, *name;
	WM_SBUF b = SBUF_INIT;
	size_t i;

	if (value == NULL || off < 0 || e->k->from.cls != ID_RELATION)
		return;
	ident_split(e->mem, value, &schema, &name);
	i = phrase_at(&e->w.p, off);
	if (i >= e->w.p.n || strcmp(name, e->k->from.name) != 0 ||
	    strcmp(schema, e->k->from.schema) != 0)
		return;
	sbuf_literal(&b, new_name(e, strchr(value, '.') != NULL));
	rewrite_put(&e->w, i, 1, sbuf_take(&b, e->mem));
}

static void
relation(struct edit *e, const struct json *j)
{
	const char *schema = json_str(j, "schemaname");
	const struct ident *id = &e->k->from;

	/* ALTER TYPE calls a composite type so */
	if (e->k->part || (id->cls != ID_RELATION && id->cls != ID_TYPE) ||
	    strcmp(json_str(j, "relname"), id->name) != 0 ||
	    strcmp(schema ? schema : IDENT_SCHEMA, id->schema) != 0 ||
	    (schema == NULL && e->hidden))
		return;
	e->named = e->named || json_get(j, "alias") == NULL;
	put(e, phrase_at(&e->w.p, json_int(j, "location", -1)), schema != NULL);
}

/* "a.x" in a query that has the table under its own name. */
static void
column(struct edit *e, const struct json *j)
{
	const struct json *fields = json_get(j, "fields");
	long off = json_int(j, "location", -1);
	const char *first, *second;
	size_t i = phrase_at(&e->w.p, off);

	if (off < 0 || fields == NULL || fields->first == NULL ||
	    fields->first->next == NULL || i >= e->w.p.n)
		return;
	first = sql_string(fields->first);
	second = sql_string(fields->first->next);
	if (fields->first->next->next != NULL) {
		if (first != NULL && second != NULL &&
		    strcmp(second, e->k->from.name) == 0)
			put(e, i, true);
		return;
	}
	if (first == NULL || strcmp(first, e->k->from.name) != 0 || e->hidden)
		return;
	rewrite_put(&e->w, i, 1, sql_quoted(e->mem, e->k->name));
}

static void
columns(struct edit *e, const struct json *j)
{
	if (json_get(j, "fields") != NULL)
		column(e, j);
	for (const struct json *k = j->first; k != NULL; k = k->next)
		columns(e, k);
}

static void
walk(struct edit *e, const struct json *j)
{
	const struct json *list = json_get(j, "names");
	const struct json *func = json_get(j, "funcname");
	const struct json *args = json_get(j, "args");
	enum ident_class cls = e->k->from.cls;
	long off = json_int(j, "location", -1);
	bool qualified;

	if (json_str(j, "relname") != NULL)
		relation(e, j);
	if (list != NULL && off >= 0 && (cls == ID_TYPE || cls == ID_RELATION)
	    && names(e, list, &qualified))
		put(e, phrase_at(&e->w.p, off), qualified);
	if (func != NULL && off >= 0 && cls == ID_FUNCTION &&
	    names(e, func, &qualified))
		put(e, phrase_at(&e->w.p, off), qualified);
	if (func != NULL && func->last != NULL && args != NULL &&
	    sql_string(func->last) != NULL &&
	    strstr("nextval currval setval", sql_string(func->last)) != NULL)
		constant(e, json_get(args->first, "A_Const"));
	list = json_get2(j, "typeName", "names");
	if (list != NULL && list->last != NULL && json_get(j, "arg") &&
	    strcmp(sql_string(list->last) ? sql_string(list->last) : "",
	    "regclass") == 0)
		constant(e, json_get2(j, "arg", "A_Const"));
	for (const struct json *k = j->first; k != NULL; k = k->next)
		walk(e, k);
}

/* Another string in place of one. */
static void
put_value(struct edit *e, const struct json *c)
{
	const char *value = json_str(json_get(c, "sval"), "sval");
	size_t i = phrase_at(&e->w.p, json_int(c, "location", -1));
	WM_SBUF b = SBUF_INIT;

	if (value == NULL || strcmp(value, e->k->value) != 0 ||
	    i >= e->w.p.n)
		return;
	sbuf_literal(&b, e->k->to_value);
	rewrite_put(&e->w, i, 1, sbuf_take(&b, e->mem));
}

/* Values of an enum: cast to it, or defaults of its columns. */
static void
values(struct edit *e, const struct json *j)
{
	const struct json *type = json_get2(j, "typeName", "names");
	const struct json *cons = json_get(j, "constraints");
	const struct json *list = json_get2(json_get(j, "arg"),
	    "A_ArrayExpr", "elements");
	bool qualified;

	if (type != NULL && names(e, type, &qualified)) {
		put_value(e, json_get2(j, "arg", "A_Const"));
		for (const struct json *k = list ? list->first : NULL; k;
		    k = k->next)
			put_value(e, json_get(k, "A_Const"));
		for (const struct json *k = cons ? cons->first : NULL; k;
		    k = k->next)
			put_value(e, json_get2(json_get(k, "Constraint"),
			    "raw_expr", "A_Const"));
	}
	for (const struct json *k = j->first; k != NULL; k = k->next)
		values(e, k);
}

/* One that is compared with an expression of the enum: as_string_fn. */
static void
compared(void *ctx, const struct json *constant)
{
	put_value(ctx, constant);
}

/* What trees have no places for: names behind certain words. */
static void
behind_words(struct edit *e, const struct sql_stmt *st)
{
	static const struct {
		enum ident_class cls;
		const char *tag, *word;
	} rows[] = {
		{ ID_TSDICT, "AlterTSConfigurationStmt", "replace" },
		{ ID_TSDICT, "AlterTSConfigurationStmt", "with" },
		{ ID_TSPARSER, "DefineStmt", "parser" },
		{ ID_TSTEMPLATE, "DefineStmt", "template" },
		{ ID_TSCONFIG, "DefineStmt", "copy" },
		{ ID_OPFAMILY, "CreateOpClassStmt", "family" },
		{ ID_SERVER, "CreateForeignTableStmt", "server" },
		{ ID_SERVER, "CreateUserMappingStmt", "server" },
		{ ID_SERVER, "AlterUserMappingStmt", "server" },
		{ ID_FDW, "CreateForeignServerStmt", "wrapper" },
		{ ID_LANGUAGE, "CreateFunctionStmt", "language" },
		{ ID_LANGUAGE, "CreateTransformStmt", "language" },
	};

	for (size_t r = 0; r < WM_LEN(rows); r++) {
		if (rows[r].cls != e->k->from.cls ||
		    strcmp(rows[r].tag, st->tag) != 0)
			continue;
		for (size_t i = 1; i < e->w.p.n; i++) {
			size_t at = i + 1 + is(e, i + 1, "=");

			while (is(e, i, rows[r].word) && at < e->w.p.n) {
				bool q = is(e, at + 1, ".");

				put(e, at, q);
				at += q ? 3 : 1;
				if (!is(e, at++, ","))
					break;
			}
		}
	}
}

/* A schema stands in front of a point, or behind the word. */
static void
schema_names(struct edit *e)
{
	for (size_t i = 1; i < e->w.p.n; i++)
		if ((is(e, i + 1, ".") && !is(e, i - 1, ".")) ||
		    is(e, i - 1, "schema"))
			put(e, i, false);
}

/* CREATE TYPE ... AS RANGE: the name of the multirange is made of its own. */
static void
keep_multirange(struct edit *e, const struct sql_stmt *st)
{
	const char *name = e->k->from.name, *at = strstr(name, "range");
	struct ident id;

	if (strcmp(st->tag, "CreateRangeStmt") != 0 || !ident_of(e->mem, st,
	    &id) || !rename_same(&id, &e->k->from) ||
	    !is(e, e->w.p.n - 1, ")") ||
	    strcmp(id.name, e->k->name) == 0 || sql_option(json_get(st->node,
	    "params"), "multirange_type_name") != NULL)
		return;
	name = at != NULL ? arena_printf(e->mem, "%.*smulti%s", (int)(at -
	    name), name, at) : arena_printf(e->mem, "%s_multirange", name);
	id = (struct ident){ .cls = ID_TYPE, .schema = e->k->schema,
		.name = name };
	rewrite_before(&e->w, e->w.p.n - 1, arena_printf(e->mem,
	    ", multirange_type_name = %s", ident_text(e->mem, &id)));
}

/* Operator classes of an index: they follow a column or an expression. */
static void
operator_classes(struct edit *e, const struct json *j)
{
	bool qualified;

	if (j->key != NULL && strcmp(j->key, "opclass") == 0 &&
	    names(e, j, &qualified)) {
		for (size_t i = 2; i < e->w.p.n; i++)
			if (!is(e, i - 1, "(") && !is(e, i - 1, ",") &&
			    !is(e, i - 1, ".") && !is(e, i - 1, "on"))
				put(e, i, qualified);
		return;
	}
	for (const struct json *k = j->first; k != NULL; k = k->next)
		operator_classes(e, k);
}

/* CLUSTER ON name, USING INDEX name. */
static void
index_name(struct edit *e)
{
	e->own_index = true;
	for (size_t i = 1; i + 1 < e->w.p.n; i++)
		if (is(e, i, "index") || (is(e, i, "on") && is(e, i - 1,
		    "cluster")))
			put(e, i + 1, false);
	e->own_index = false;
}

/* ... names that the statement is about. */
static void
own_names(struct edit *e, const struct sql_stmt *st)
{
	const struct ident *from = &e->k->from;
	bool comment = strcmp(st->tag, "CommentStmt") == 0, qualified;
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (ident_kind(st) != NULL && ident_of(e->mem, st, &id)) {
		id = sql_keep(e->mem, &id);
		e->own_index = strcmp(st->tag, "IndexStmt") == 0;
		if (rename_same(&id, from))
			put_first(e, 1);
		e->own_index = false;
	} else if (ident_kind(st) == NULL && ident_targets(e->mem, st, &ids))
		for (size_t i = 0; i < ids.n; i++) {
			id = sql_keep(e->mem, ids.v[i]);
			if (rename_same(&id, from))
				put_first(e, on_table(id.cls) &&
				    strcmp(st->tag, "AlterTableStmt") == 0 ?
				    e->w.p.n - 1 : 1);
			if (!comment && id.cls == ID_RELATION && id.table &&
			    from->cls == ID_RELATION &&
			    strcmp(id.table, from->name) == 0)
				index_name(e);
			if ((!comment && strcmp(st->tag, "DropStmt") != 0) ||
			    id.table == NULL || from->cls != ID_RELATION ||
			    strcmp(id.table, from->name) != 0)
				continue;
			for (size_t t = e->w.p.n; t-- > 0;)
				if (is(e, t, "on")) {
					put_first(e, t + 1);
					break;
				}
		}
	for (size_t i = 0; i + 1 < e->w.p.n; i++) {
		if (from->cls == ID_RELATION && is(e, i, "owned") &&
		    is(e, i + 1, "by")) {
			bool three = is(e, i + 3, ".") && is(e, i + 5, ".");

			put(e, i + 2, three);
		}
		if (from->cls == ID_FUNCTION &&
		    strcmp(st->tag, "CreateTrigStmt") == 0 &&
		    (is(e, i, "function") || is(e, i, "procedure")) &&
		    names(e, json_get(st->node, "funcname"), &qualified))
			put(e, i + 1, qualified);
	}
}

/* Whether a statement makes the table, or adds something to it. */
static bool
is_about_table(const struct edit *e, const struct sql_stmt *st)
{
	WM_VEC ids = VEC_INIT;
	struct ident id;

	if (e->k->from.cls != ID_RELATION)
		return false;
	if (strcmp(st->tag, "CreateStmt") == 0)
		return ident_of(e->mem, st, &id) && rename_same(&id,
		    &e->k->from);
	return strcmp(st->tag, "AlterTableStmt") == 0 &&
	    ident_targets(e->mem, st, &ids) && ids.n == 1 &&
	    rename_same(ids.v[0], &e->k->from);
}

/* Names that the server has made of the table's: they stay. */
static void
keep_names(struct edit *e, const struct sql_stmt *st)
{
	struct table *t;

	if (!is_about_table(e, st))
		return;
	e->was = e->k->from.name;
	t = strcmp(st->tag, "CreateStmt") == 0 ? table_parse(e->mem,
	    e->w.p.text, st, 1) : NULL;
	/* others are folded: sql_chosen.h */
	for (size_t i = 0; t != NULL && i < t->cons.n && (t->unknown != NULL ||
	    t->bound_text != NULL); i++) {
		const struct con *k = t->cons.v[i];
		size_t at = phrase_at(&e->w.p, json_int(k->node, "location",
		    -1));

		if (k->named || k->name == NULL || at >= e->w.p.n)
			continue;
		rewrite_before(&e->w, at, arena_printf(e->mem,
		    "constraint %s ", sql_quoted(e->mem, k->name)));
	}
	table_clear(t);
}

/*
 * A statement's text with one renaming done; the same where there is none.
 *
 * out_was   what the table is called that it makes, or adds something to, where
 *           that is renamed; else unchanged
 */
static const char *
rewrite(struct reader *r, struct rename_text *t, const struct renaming *k,
    const char **out_was)
{
	struct arena *mem = r->mem;
	struct edit e = { .mem = mem, .k = k };
	const struct sql_stmt *st;

	/* a value may be written with quotes in it */
	if (k->value != NULL ? strpbrk(k->value, "'\\") == NULL &&
	    strstr(t->text, k->value) == NULL :
	    strcasestr(t->text, k->from.name) == NULL)
		return t->text;
	st = rename_statement(mem, t);
	if (st == NULL || !rename_scan(mem, t, &e.w))
		return t->text;
	if (k->value != NULL) {
		values(&e, st->node);
		as_strings(r, st, &k->from, compared, &e);
		return rewrite_text(&e.w);
	}
	if (k->part) {
		walk(&e, st->node);
		return rewrite_text(&e.w);
	}
	e.hidden = sql_has_with(st->node, k->from.name);
	keep_names(&e, st);
	walk(&e, st->node);
	own_names(&e, st);
	behind_words(&e, st);
	keep_multirange(&e, st);
	if (k->from.cls == ID_SCHEMA)
		schema_names(&e);
	if (k->from.cls == ID_OPCLASS)
		operator_classes(&e, st->node);
	if (e.named)
		columns(&e, st->node);
	if (e.was != NULL)
		*out_was = e.was;
	return rewrite_text(&e.w);
}

/* The column's later name in a statement that stands before. */
static const char *
new_column(const struct rename_spot *at, struct rename_text *t,
    const struct renaming *k)
{
	bool lost = false;
	const char *text = rename_column(at->r->mem, t, k, rename_columns_at,
	    (void *)at, &lost);

	if (!lost)
		return text;
	vec_push(&at->r->lost, k);
	return text;
}

/* A doubt, once it is sure that what it is about stays. */
static void
tell_lost(const struct parse *p, const struct renaming *k,
    const struct loc *at)
{
	if (k->column == NULL) {
		diag_warn(at, "sql", "the star takes in what \"%s.%s\" has in "
		    "the end; psql would have left it the columns that are "
		    "there", k->from.schema, k->from.name);
		parse_quote(p, at);
		return;
	}
	diag_error(at, "column \"%s\" of \"%s.%s\" becomes \"%s\" behind "
	    "this, which cannot be read with that name", k->column,
	    k->from.schema, k->from.name, k->to);
	parse_quote(p, at);
	diag_hint("Write it with the new name, behind the renaming.");
}

/* What a statement has lost, and which object that made. */
struct doubt {
	const struct renaming *k;
	struct loc at;
	const struct made *m;
	size_t version;
};

void
sql_doubt(struct reader *r)
{
	struct made *m = r->latest;

	for (size_t i = 0; i < r->lost.n; i++) {
		struct doubt *d = arena_alloc(r->p->mem, sizeof(*d));

		d->k = r->lost.v[i];
		d->at = r->at;
		d->m = m;
		d->version = m != NULL ? m->version : 0;
		vec_push(&r->p->sql.doubts, d);
	}
	r->lost.n = 0;
}

void
sql_doubts(const struct parse *p)
{
	for (size_t i = 0; i < p->sql.doubts.n; i++) {
		const struct doubt *d = p->sql.doubts.v[i];

		if (d->m == NULL || (!d->m->gone && d->version ==
		    d->m->version))
			tell_lost(p, d->k, &d->at);
	}
}

/*
 * A CREATE INDEX without a name, on what is renamed behind it, or a column of
 * which is: with the name that the server chooses there, and which stays.
 */
static const char *
keep_index_name(struct reader *r, const struct vec *renames, size_t off)
{
	const struct json *rv;
	struct sql_error err;
	struct sql_stmt *st;
	struct ident on = { .cls = ID_RELATION };
	size_t n;

	if (renames->n == 0 || strncasecmp(r->text, "create", 6) != 0 ||
	    strcasestr(r->text, "index") == NULL ||
	    !sql_parse(r->mem, r->text, &st, &n, &err) || n != 1 ||
	    strcmp(st->tag, "IndexStmt") != 0)
		return r->text;
	rv = json_get(st->node, "relation");
	on.name = json_str(rv, "relname");
	on.schema = json_str(rv, "schemaname") ? json_str(rv, "schemaname") :
	    IDENT_SCHEMA;
	for (size_t i = 0; i < renames->n; i++) {
		const struct renaming *k = renames->v[i];

		if (k->off > off && (!k->of_columns || k->column != NULL) &&
		    rename_same(&k->from, &on))
			return sql_index_named(r, st);
	}
	return r->text;
}

const struct sql_stmt *
rename_statement(struct arena *mem, struct rename_text *t)
{
	struct sql_error err;
	size_t n;

	if (!t->read && (!sql_parse(mem, t->text, &t->st, &n, &err) || n != 1))
		t->st = NULL;
	t->read = true;
	return t->st;
}

bool
rename_scan(struct arena *mem, struct rename_text *t, struct rewrite *out)
{
	if (!t->scanned && !phrase_scan(mem, t->text, &t->tokens))
		return false;
	t->scanned = true;
	out->p = t->tokens;
	rewrite_reset(out);
	return true;
}

/* --- which renamings a statement has words of ----------------------------- */

/* Letters of names as long as nothing has to be quoted. */
static bool
is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' ||
	    (unsigned char)c >= 0x80;
}

/* The first word from a byte on, in lower case; its length, 0: none. */
static size_t
next_word(const char **s, char *out, size_t size)
{
	size_t n = 0;

	while (**s != '\0' && !is_letter(**s))
		(*s)++;
	for (; is_letter(**s); (*s)++)
		if (n + 1 < size)
			out[n++] = (char)tolower((unsigned char)**s);
	out[n] = '\0';
	return n;
}

/* Numbers of renamings by the first word of what is renamed. */
static void
index_words(struct reader *r)
{
	char word[WORD];

	for (; r->n_words < r->renames.n; r->n_words++) {
		const struct renaming *k = r->renames.v[r->n_words];
		const char *s = k->from.name;
		struct vec *list;

		/* what has no letters is looked for in all, and values */
		if (k->value != NULL)
			word[0] = '\0';
		else
			(void)next_word(&s, word, sizeof(word));
		list = map_get(&r->words, word);
		if (list == NULL) {
			list = arena_alloc(r->p->mem, sizeof(*list));
			map_put(&r->words, arena_strdup(r->p->mem, word), list);
			vec_push(&r->lists, list);
		}
		vec_push(list, (void *)(uintptr_t)r->n_words);
	}
}

static void
add_numbers(const struct reader *r, const char *word, size_t from,
    struct vec *out)
{
	const struct vec *list = map_get(&r->words, word);

	for (size_t i = list != NULL ? list->n : 0; i-- > 0 &&
	    (uintptr_t)list->v[i] >= from;)
		vec_push(out, list->v[i]);
}

static int
by_number(const void *a, const void *b)
{
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a >
	    (uintptr_t)b;
}

/* The renamings, by number, that a text may have to do with; each once. */
static void
find_words(const struct reader *r, const char *text, size_t from,
    struct vec *out)
{
	char word[WORD];
	size_t n = 0;

	out->n = 0;
	add_numbers(r, "", from, out);
	while (next_word(&text, word, sizeof(word)) > 0)
		add_numbers(r, word, from, out);
	vec_sort(out, by_number);
	for (size_t i = 0; i < out->n; i++)
		if (i == 0 || out->v[i] != out->v[i - 1])
			out->v[n++] = out->v[i];
	out->n = n;
}

bool
sql_rename(struct reader *r)
{
	const struct vec *renames = &r->renames;
	const char *given = r->text;
	struct rename_text t = { .text = NULL };
	size_t off = r->order;
	WM_VEC list = VEC_INIT;
	WM_MAP tables = MAP_INIT;

	if (renames->n == 0)
		return true;
	r->text = rename_like(r, renames, off);
	t.text = r->text == given ? keep_index_name(r, renames, off) : r->text;
	index_words(r);
	find_words(r, t.text, 0, &list);
	for (size_t i = 0; i < list.n; i++) {
		size_t at_k = (size_t)(uintptr_t)list.v[i];
		const struct renaming *k = renames->v[at_k];
		const struct rename_spot at = { r, renames, at_k, off,
			&tables };
		const char *was = NULL, *text = t.text;

		/* that of a column is part of its table's text */
		if (k->off == off && !k->of_columns && !k->stays && !k->part)
			return false;
		if (k->like_only)
			continue;
		if (k->off > off && k->of_columns)
			text = new_column(&at, &t, k);
		else if (k->off > off || (k->off == off && k->stays))
			text = rewrite(r, &t, k, &was);
		/* the names of what comes with it are made of the first one */
		if (r->p->sql.was == NULL)
			r->p->sql.was = was;
		if (text == t.text)
			continue;
		t = (struct rename_text){ .text = text };
		find_words(r, text, at_k + 1, &list);
		i = SIZE_MAX;
	}
	if (t.text == given)
		return true;
	r->text = t.text;
	r->piece.text = arena_strdup(r->p->mem, t.text);
	r->piece.len = strlen(t.text);
	return true;
}

bool
sql_renamed(const struct reader *r, int cls, const char *schema,
    const char *name)
{
	for (size_t i = 0; i < r->renames.n; i++) {
		const struct renaming *k = r->renames.v[i];

		if (k->off > r->order && !k->of_columns &&
		    (int)k->from.cls == cls &&
		    strcmp(k->from.name, name) == 0 && k->from.schema &&
		    strcmp(k->from.schema, schema) == 0)
			return true;
	}
	return false;
}
