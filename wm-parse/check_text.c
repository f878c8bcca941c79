#include "check_text.h"

#include "arena.h"
#include "columns.h"
#include "diag.h"
#include "ident.h"
#include "json_out.h"
#include "sql.h"
#include "table.h"

/* Tables of the tools themselves, which are in no source. */
#define OWN_SCHEMA "wm"

/* Something that has a text, or should. */
struct subject {
	const struct dict_kind *kind;
	const char *val[DICT_COLS];	/* as in a row; language NULL */
	struct loc loc;
	const struct object *obj;	/* the table or view; NULL: none */
	bool declared;			/* by the object, not by texts alone */
};

/* What is the matter with it. */
struct finding {
	const struct subject *on;
	const char *language;		/* in which it has no text, or ... */
	const char *unknown;		/* ... what does not exist */
	struct loc loc;
};

struct check_text {
	struct arena *mem;
	const struct model *m;
	struct columns *columns;
	struct vec languages;	/* of const char *, sorted */
	struct map rows;	/* key with language to struct dict_row * */
	struct map subjects;	/* key without to struct subject * */
	struct vec order;	/* of struct subject *: all, as met */
	struct vec findings;
	struct map coded;	/* "sch.tab.col" with known values */
};

static size_t
key_columns(const struct dict_kind *k)
{
	size_t n = 0;

	while (n < k->n && k->cols[n].key)
		n++;
	return n;
}

/* A text for a map: the key of a row, with another language. */
static const char *
key_of(struct check_text *t, const struct dict_kind *k,
    const char *const *val, const char *language)
{
	size_t at = dict_at(k, "language");
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, k->name);
	for (size_t i = 0; i < key_columns(k); i++) {
		const char *v = i == at ? language : val[i];

		assert(v != NULL);
		sbuf_printf(&b, " %zu:%s", strlen(v), v);
	}
	return sbuf_take(&b, t->mem);
}

static struct subject *
add_subject(struct check_text *t, const struct dict_kind *k,
    const char *const *val, const struct loc *loc, const struct object *obj)
{
	const char *key = key_of(t, k, val, "");
	struct subject *s = map_get(&t->subjects, key);

	if (s != NULL)
		return s;
	s = arena_alloc(t->mem, sizeof(*s));
	s->kind = k;
	for (size_t i = 0; i < key_columns(k); i++)
		s->val[i] = i == dict_at(k, "language") ? NULL : val[i];
	s->loc = *loc;
	s->obj = obj;
	map_put(&t->subjects, key, s);
	vec_push(&t->order, s);
	return s;
}

/* Whether a row says anything. */
static bool
says(const struct dict_row *row)
{
	const char *title = row->val[dict_at(row->kind, "title")];
	const char *help = row->val[dict_at(row->kind, "help")];

	return (title != NULL && *title != '\0') ||
	    (help != NULL && *help != '\0');
}

static bool
has_text(struct check_text *t, const struct dict_kind *k,
    const char *const *val, const char *language)
{
	const struct dict_row *row = map_get(&t->rows,
	    key_of(t, k, val, language));

	return row != NULL && says(row);
}

/* A column's own text, or that of the column it shows. */
static bool
column_has_text(struct check_text *t, const char *sch, const char *tab,
    const char *col, const char *language)
{
	const char *val[DICT_COLS] = { sch, tab, col };
	const struct relation *r;
	const struct relation_column *c;

	for (int steps = 0; steps < 100; steps++) {
		if (has_text(t, &dict_kinds[DICT_COLUMN_TEXT], val, language))
			return true;
		r = columns_of(t->columns, val[0], val[1]);
		c = r != NULL ? columns_find(r, val[2]) : NULL;
		if (c == NULL || c->native == NULL)
			return false;
		val[0] = c->native->sch;
		val[1] = c->native->tab;
		val[2] = c->native_col;
	}
	return false;
}

static void
add_finding(struct check_text *t, const struct subject *on,
    const char *language, const char *unknown, const struct loc *loc)
{
	struct finding *f = arena_alloc(t->mem, sizeof(*f));

	f->on = on;
	f->language = language;
	f->unknown = unknown;
	f->loc = *loc;
	vec_push(&t->findings, f);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Index all texts by what they are about. */
static void
read_rows(struct check_text *t)
{
	WM_MAP seen = MAP_INIT;

	for (size_t i = 0; i < t->m->dict.rows.n; i++) {
		struct dict_row *row = t->m->dict.rows.v[i];
		const char *language = dict_language(row);

		if (language == NULL)
			continue;
		if (map_put(&seen, language, row) == NULL)
			vec_push(&t->languages, language);
		map_put(&t->rows, key_of(t, row->kind, row->val, language),
		    row);
	}
	vec_sort(&t->languages, by_bytes);
}

/* The operator of an expression: the last name of its list. */
static const char *
last_string(const struct json *list)
{
	const struct json *j = list != NULL ? list->first : NULL;

	while (j != NULL && j->next != NULL)
		j = j->next;
	return j != NULL ? sql_string(j) : NULL;
}

/* The values of a CHECK (column IN ('a', 'b')). */
static void
check_values(struct check_text *t, const struct object *o, const char *sch,
    const char *tab, const struct json *check)
{
	const struct json *in = json_get2(check, "raw_expr", "A_Expr");
	const char *kind = json_str(in, "kind"), *col, *value;
	const struct json *fields = json_get2(json_get(in, "lexpr"),
	    "ColumnRef", "fields");
	const struct json *list = json_get2(json_get(in, "rexpr"), "List",
	    "items");

	if (kind == NULL || strcmp(kind, "AEXPR_IN") != 0 || list == NULL ||
	    fields == NULL || fields->first == NULL ||
	    fields->first->next != NULL ||
	    wm_same(last_string(json_get(in, "name")), "<>"))
		return;
	col = arena_strdup(t->mem, sql_string(fields->first));
	for (const struct json *j = list->first; j != NULL; j = j->next)
		if (json_str(json_get2(j, "A_Const", "sval"), "sval") == NULL)
			return;		/* not a list of texts alone */
	if (col == NULL)
		return;
	map_put(&t->coded, arena_printf(t->mem, "%s.%s.%s", sch, tab, col),
	    o);
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		const char *val[DICT_COLS] = { sch, tab, col };

		value = json_str(json_get2(j, "A_Const", "sval"), "sval");
		val[dict_at(&dict_kinds[DICT_VALUE_TEXT], "value")] =
		    arena_strdup(t->mem, value);
		add_subject(t, &dict_kinds[DICT_VALUE_TEXT], val, &o->loc,
		    o)->declared = true;
	}
}

static void
table_values(struct check_text *t, const struct object *o, const char *sch,
    const char *tab)
{
	WM_CLEANUP(arena_freep) struct arena *tmp = arena_new();
	struct table *table = table_read(tmp, o->create);

	if (table == NULL)
		return;
	for (size_t i = 0; i < table->cons.n; i++) {
		const struct con *con = table->cons.v[i];

		if (con->kind == CON_CHECK)
			check_values(t, o, sch, tab, con->node);
	}
	table_clear(table);
}

/* All that the objects have: tables, views, columns, values. */
static void
read_objects(struct check_text *t)
{
	for (size_t i = 0; i < t->m->objects.n; i++) {
		const struct object *o = t->m->objects.v[i];
		bool table = strcmp(o->kind->name, "table") == 0;
		const char *val[DICT_COLS] = { NULL };
		const struct relation *r;

		if (!table && strcmp(o->kind->name, "view") != 0)
			continue;
		ident_split(t->mem, o->nam, &val[DICT_SCH], &val[DICT_TAB]);
		if (strcmp(val[DICT_SCH], OWN_SCHEMA) == 0)
			continue;
		add_subject(t, &dict_kinds[DICT_TABLE_TEXT], val, &o->loc, o);
		r = columns_of(t->columns, val[DICT_SCH], val[DICT_TAB]);
		for (size_t k = 0; r != NULL && k < r->cols.n; k++) {
			const struct relation_column *c = r->cols.v[k];

			val[DICT_COL] = c->name;
			add_subject(t, &dict_kinds[DICT_COLUMN_TEXT], val,
			    &o->loc, o);
		}
		if (table)
			table_values(t, o, val[DICT_SCH], val[DICT_TAB]);
	}
}

/* Values and messages that have a text in one language need all. */
static void
read_texts(struct check_text *t)
{
	for (size_t i = 0; i < t->m->dict.rows.n; i++) {
		const struct dict_row *row = t->m->dict.rows.v[i];
		const struct relation *r;

		if (row->kind != &dict_kinds[DICT_VALUE_TEXT] &&
		    row->kind != &dict_kinds[DICT_MESSAGE_TEXT])
			continue;
		if (strcmp(row->val[DICT_SCH], OWN_SCHEMA) == 0)
			continue;
		r = columns_of(t->columns, row->val[DICT_SCH],
		    row->val[DICT_TAB]);
		add_subject(t, row->kind, row->val, &row->loc,
		    r != NULL ? r->obj : NULL);
	}
}

/* Where a translator would write it: at the table's texts, or the object. */
static struct loc
place_for(struct check_text *t, const struct subject *s, const char *language)
{
	const struct dict_row *row = map_get(&t->rows, key_of(t,
	    &dict_kinds[DICT_TABLE_TEXT], s->val, language));

	return row != NULL ? row->loc : s->loc;
}

/* A value that only texts speak of, while the table says which there are. */
static bool
is_unknown_value(struct check_text *t, const struct subject *s)
{
	return s->kind == &dict_kinds[DICT_VALUE_TEXT] && !s->declared &&
	    map_get(&t->coded, arena_printf(t->mem, "%s.%s.%s",
	    s->val[DICT_SCH], s->val[DICT_TAB], s->val[DICT_COL])) != NULL;
}

static void
find_missing(struct check_text *t)
{
	for (size_t i = 0; i < t->languages.n; i++) {
		const char *language = t->languages.v[i];

		for (size_t k = 0; k < t->order.n; k++) {
			const struct subject *s = t->order.v[k];
			struct loc at;
			bool has = s->kind == &dict_kinds[DICT_COLUMN_TEXT] ?
			    column_has_text(t, s->val[DICT_SCH],
			    s->val[DICT_TAB], s->val[DICT_COL], language) :
			    has_text(t, s->kind, s->val, language);

			if (has || is_unknown_value(t, s))
				continue;
			at = place_for(t, s, language);
			add_finding(t, s, language, NULL, &at);
		}
	}
}

/* What a text is about that does not exist; NULL where all does. */
static const char *
unknown_part(struct check_text *t, const struct dict_row *row)
{
	const char *sch = row->val[DICT_SCH], *tab = row->val[DICT_TAB];
	const char *col = row->val[DICT_COL];
	bool value = row->kind == &dict_kinds[DICT_VALUE_TEXT];

	if (columns_of(t->columns, sch, tab) == NULL)
		return "table";
	if (!value && row->kind != &dict_kinds[DICT_COLUMN_TEXT])
		return NULL;
	if (columns_has(t->columns, sch, tab, col) == COLUMN_NO)
		return "column";
	if (value && is_unknown_value(t, map_get(&t->subjects, key_of(t,
	    row->kind, row->val, ""))))
		return "value";
	return NULL;
}

static void
find_unknown(struct check_text *t)
{
	for (size_t i = 0; i < t->m->dict.rows.n; i++) {
		const struct dict_row *row = t->m->dict.rows.v[i];
		const char *unknown;
		struct subject *s;

		if (!row->kind->text ||
		    strcmp(row->val[DICT_SCH], OWN_SCHEMA) == 0)
			continue;
		unknown = unknown_part(t, row);
		if (unknown == NULL)
			continue;
		s = arena_alloc(t->mem, sizeof(*s));
		s->kind = row->kind;
		memcpy(s->val, row->val, sizeof(s->val));
		s->loc = row->loc;
		add_finding(t, s, dict_language(row), unknown, &row->loc);
	}
}

/* What a subject is called, behind its table; NULL for the table itself. */
static const char *
own_name(const struct subject *s)
{
	static const char *const by[] = { "code", "value", "col" };

	for (size_t i = 0; i < WM_LEN(by); i++) {
		size_t at = dict_at(s->kind, by[i]);

		if (at != SIZE_MAX)
			return s->val[at];
	}
	return NULL;
}

static const char *
kind_word(const struct subject *s)
{
	static const char *const words[DICT_TABLES] = { "table", "column",
		"value", "message", "table", "column" };

	return words[s->kind - dict_kinds];
}

/* Whether two findings can be told in one warning. */
static bool
together(const struct finding *a, const struct finding *b)
{
	const char *col = a->on->kind == &dict_kinds[DICT_VALUE_TEXT] ?
	    "" : NULL;

	return a->on->kind == b->on->kind &&
	    wm_same(a->language, b->language) &&
	    wm_same(a->unknown, b->unknown) &&
	    wm_same(a->on->val[DICT_SCH], b->on->val[DICT_SCH]) &&
	    wm_same(a->on->val[DICT_TAB], b->on->val[DICT_TAB]) &&
	    (col == NULL || wm_same(a->on->val[DICT_COL],
	    b->on->val[DICT_COL]));
}

/* One warning for all findings that are alike, from *i on. */
static void
warn_missing(const struct check_text *t, size_t *i)
{
	const struct finding *f = t->findings.v[*i];
	const struct subject *s = f->on;
	WM_SBUF names = SBUF_INIT;
	size_t n = 0;

	for (; *i < t->findings.n && together(f, t->findings.v[*i]); n++, ++*i)
		if (own_name(s) != NULL)
			sbuf_printf(&names, "%s\"%s\"", n > 0 ? ", " : "",
			    own_name(((struct finding *)
			    t->findings.v[*i])->on));
	if (own_name(s) == NULL)
		diag_warn(&f->loc, NULL, "%s \"%s.%s\" has no text in "
		    "language \"%s\"", s->obj != NULL ? s->obj->kind->name :
		    "table", s->val[DICT_SCH], s->val[DICT_TAB], f->language);
	else
		diag_warn(&f->loc, NULL, "\"%s.%s%s%s\" has no text in "
		    "language \"%s\" for %s%s %s", s->val[DICT_SCH],
		    s->val[DICT_TAB],
		    s->kind == &dict_kinds[DICT_VALUE_TEXT] ? "." : "",
		    s->kind == &dict_kinds[DICT_VALUE_TEXT] ?
		    s->val[DICT_COL] : "", f->language, kind_word(s),
		    n > 1 ? "s" : "", sbuf_str(&names));
}

static void
warn_unknown(const struct check_text *t, size_t *i)
{
	const struct finding *f = t->findings.v[(*i)++], *next;
	const struct subject *s = f->on;

	if (strcmp(f->unknown, "table") == 0) {
		/* all of what is said about the table */
		while (*i < t->findings.n && (next = t->findings.v[*i]) &&
		    wm_same(f->unknown, next->unknown) &&
		    wm_same(s->val[DICT_SCH], next->on->val[DICT_SCH]) &&
		    wm_same(s->val[DICT_TAB], next->on->val[DICT_TAB]) &&
		    wm_same(f->language, next->language))
			++*i;
		diag_warn(&f->loc, NULL, "there is no table or view \"%s.%s\" "
		    "that these texts could be about", s->val[DICT_SCH],
		    s->val[DICT_TAB]);
		return;
	}
	if (strcmp(f->unknown, "column") == 0) {
		diag_warn(&f->loc, NULL, "\"%s.%s\" has no column \"%s\" that "
		    "this text could be about", s->val[DICT_SCH],
		    s->val[DICT_TAB], s->val[DICT_COL]);
		return;
	}
	diag_warn(&f->loc, NULL, "column \"%s\" of \"%s.%s\" may not hold the "
	    "value \"%s\" that this text is about", s->val[DICT_COL],
	    s->val[DICT_SCH], s->val[DICT_TAB], own_name(s));
}

static void
write_json(const struct check_text *t, struct json_out *out)
{
	json_out_open(out, NULL, '{', true);
	json_out_str(out, "format", "wm-text/1");
	json_out_strings(out, "languages", &t->languages);
	json_out_open(out, "findings", '[', true);
	for (size_t i = 0; i < t->findings.n; i++) {
		const struct finding *f = t->findings.v[i];
		const struct subject *s = f->on;

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "finding", f->unknown ? "unknown" :
		    "missing");
		json_out_str(out, "what", f->unknown ? f->unknown :
		    kind_word(s));
		for (size_t k = 0; k < key_columns(s->kind); k++)
			if (k != dict_at(s->kind, "language"))
				json_out_str(out, s->kind->cols[k].json,
				    s->val[k]);
		json_out_str(out, "language", f->language);
		json_out_str(out, "file", f->loc.file);
		json_out_int(out, "line", f->loc.line);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
}

void
check_text(const struct model *m, struct json_out *json)
{
	struct check_text t = { .mem = arena_new(), .m = m };

	t.columns = columns_new(m);
	read_rows(&t);
	read_objects(&t);
	read_texts(&t);
	find_missing(&t);
	find_unknown(&t);
	if (json != NULL)
		write_json(&t, json);
	for (size_t i = 0; json == NULL && i < t.findings.n;) {
		const struct finding *f = t.findings.v[i];

		if (f->unknown != NULL)
			warn_unknown(&t, &i);
		else
			warn_missing(&t, &i);
	}
	columns_free(t.columns);
	vec_clear(&t.languages);
	vec_clear(&t.order);
	vec_clear(&t.findings);
	map_clear(&t.rows);
	map_clear(&t.subjects);
	map_clear(&t.coded);
	arena_free(t.mem);
}
