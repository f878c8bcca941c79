#include "text.h"

#include "arena.h"
#include "csv.h"
#include "diag.h"
#include "dict.h"
#include "file.h"
#include "map.h"
#include "opt.h"
#include "utf8.h"

/* Columns of the table; the languages' names are those of the last two. */
enum column { WHAT, TABLE, COLUMN, ITEM, FIELD, STATE, MARK, FROM, TO,
	COLUMNS };
static const char *const names[] = { "what", "table", "column", "item",
	"field", "state", "mark" };

/* What is said about one thing, and about what belongs to it. */
struct entry {
	const char *key;
	const char *text[2];	/* title, help; NULL: not translated */
	const char *mark[2];	/* of their originals; NULL: not known */
	struct vec columns;	/* of a table: struct entry * */
	struct vec values;	/* of a column */
	struct vec messages;	/* of a table */
};

struct import {
	struct arena *mem;
	const char *path;
	const char *language;
	size_t at[COLUMNS];	/* where each column stands */
	struct vec tables;	/* of struct entry * */
	struct map entries;
};

static const char *
cell(const struct import *im, const struct csv_row *row, enum column c)
{
	return csv_cell(row, im->at[c]);
}

/* Find the columns by their names. */
static bool
read_head(struct import *im, const struct csv_row *head)
{
	struct loc at = { im->path, head->line, 0 };
	size_t languages = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		im->at[c] = SIZE_MAX;
	for (size_t i = 0; i < head->cells.n; i++) {
		const char *name = head->cells.v[i];
		size_t c = 0;

		while (c < WM_LEN(names) && strcmp(names[c], name) != 0)
			c++;
		if (c == WM_LEN(names))
			c = languages < 2 ? FROM + languages++ : COLUMNS;
		if (c == COLUMNS || im->at[c] != SIZE_MAX) {
			diag_error(&at, "column \"%s\" is one too many", name);
			return false;
		}
		im->at[c] = i;
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		if (im->at[c] != SIZE_MAX)
			continue;
		if (c < WM_LEN(names))
			diag_error(&at, "column \"%s\" is not there",
			    names[c]);
		else
			diag_error(&at, "the columns of the two languages are "
			    "not there");
		diag_hint("The first row has to be as wm-release text --csv "
		    "writes it.");
		return false;
	}
	if (im->language != NULL &&
	    strcmp(im->language, head->cells.v[im->at[TO]]) != 0) {
		diag_error(&at, "is for language \"%s\", not \"%s\"",
		    (const char *)head->cells.v[im->at[TO]], im->language);
		return false;
	}
	im->language = head->cells.v[im->at[TO]];
	if (*im->language != '\0' && strpbrk(im->language, " \t\n{}\"") == NULL)
		return true;
	diag_error(&at, "\"%s\" is no name of a language", im->language);
	return false;
}

/* An entry of a list, made where it is not there yet. */
static struct entry *
entry(struct import *im, struct vec *list, const char *kind,
    const char *table, const char *col, const char *key)
{
	const char *id = arena_printf(im->mem, "%s\n%s\n%s\n%s", kind, table,
	    col, key);
	struct entry *e = map_get(&im->entries, id);

	if (e != NULL)
		return e;
	e = arena_alloc(im->mem, sizeof(*e));
	e->key = key;
	map_put(&im->entries, id, e);
	vec_push(list, e);
	return e;
}

static struct entry *
entry_of(struct import *im, const struct csv_row *row)
{
	const char *what = cell(im, row, WHAT), *table = cell(im, row, TABLE);
	const char *col = cell(im, row, COLUMN), *item = cell(im, row, ITEM);
	struct loc at = { im->path, row->line, 0 };
	struct entry *e;
	size_t kind = 0;

	while (kind < DICT_TABLES && (text_what[kind] == NULL ||
	    strcmp(text_what[kind], what) != 0))
		kind++;
	if (kind == DICT_TABLES) {
		diag_error(&at, "\"%s\" is none of table, column, value, "
		    "message", what);
		return NULL;
	}
	if (*table == '\0' || strpbrk(table, " \t\n{}\"\\$[];") != NULL) {
		diag_error(&at, "\"%s\" is no name of a table", table);
		return NULL;
	}
	if ((kind == DICT_COLUMN_TEXT || kind == DICT_VALUE_TEXT) &&
	    *col == '\0') {
		diag_error(&at, "no column is named");
		return NULL;
	}
	e = entry(im, &im->tables, "table", table, "", table);
	if (kind == DICT_MESSAGE_TEXT)
		return entry(im, &e->messages, "message", table, "", item);
	if (kind == DICT_TABLE_TEXT)
		return e;
	e = entry(im, &e->columns, "column", table, col, col);
	return kind == DICT_COLUMN_TEXT ? e :
	    entry(im, &e->values, "value", table, col, item);
}

/*
 * The mark of the original that a translation is for. Whoever writes or changes
 * a translation, or calls it current, has read the original beside it.
 */
static const char *
mark_for(struct import *im, const struct csv_row *row, const char *text)
{
	const char *mark = cell(im, row, MARK), *was, *known, *new;

	was = strchr(mark, '.');
	known = was != NULL ? strchr(was + 1, '.') : NULL;
	if (known == NULL)	/* the mark has been lost */
		return dict_mark_text(im->mem, cell(im, row, FROM));
	new = arena_strndup(im->mem, mark, (size_t)(was - mark));
	was = arena_strndup(im->mem, was + 1, (size_t)(known - was - 1));
	if (strcmp(cell(im, row, STATE), "changed") != 0 ||
	    strcmp(was, dict_mark_text(im->mem, text)) != 0)
		return new;
	return known + 1;
}

static bool
mark_ok(const char *mark)
{
	return strlen(mark) <= 8 &&
	    mark[strspn(mark, "0123456789abcdef")] == '\0';
}

static void
read_row(struct import *im, const struct csv_row *row)
{
	const char *field = cell(im, row, FIELD), *text = cell(im, row, TO);
	struct loc at = { im->path, row->line, 0 };
	bool help = strcmp(field, "help") == 0;
	struct entry *e = entry_of(im, row);

	if (e == NULL)
		return;
	if (!help && strcmp(field, "title") != 0) {
		diag_error(&at, "\"%s\" is neither title nor help", field);
		return;
	}
	if (e->text[help] != NULL) {
		diag_error(&at, "this %s is there already", field);
		return;
	}
	if (*text == '\0')
		return;
	e->text[help] = text;
	e->mark[help] = mark_for(im, row, text);
	if (!mark_ok(e->mark[help])) {
		diag_error(&at, "\"%s\" is no mark", cell(im, row, MARK));
		e->mark[help] = NULL;
	}
}

/* Whether Tcl takes a text in braces for what it is. */
static bool
braceable(const char *s)
{
	static const char *const runs[] = { "eval(", "expr(", "subst(" };
	int level = 0;

	/* what would be run has to be written in another way */
	for (size_t i = 0; i < WM_LEN(runs); i++)
		if (strstr(s, runs[i]) != NULL)
			return false;
	for (; *s != '\0'; s++) {
		if (*s == '\\') {
			if (s[1] == '\0' || s[1] == '\n')
				return false;
			s++;
		} else if (*s == '{')
			level++;
		else if (*s == '}' && --level < 0)
			return false;
	}
	return level == 0;
}

/* A name in front of texts: without braces where it needs none. */
static bool
bare(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

	return *s != '\0' && s[strspn(s, set)] == '\0';
}

/* A text as a word of Tcl, and as an element of a list. */
static void
put_word(struct sbuf *b, const char *s)
{
	if (braceable(s)) {
		sbuf_printf(b, "{%s}", s);
		return;
	}
	for (; *s != '\0'; s++) {
		if (*s == '\n') {
			sbuf_puts(b, "\\n");
			continue;
		}
		if (strchr(" \t\r\\{}[]$\";()", *s) != NULL)
			sbuf_putc(b, '\\');
		sbuf_putc(b, *s);
	}
}

/* A help text, in which backslashes are escapes. */
static const char *
escaped(struct arena *mem, const char *s)
{
	WM_SBUF b = SBUF_INIT;

	for (; *s != '\0'; s++) {
		if (*s == '\\')
			sbuf_putc(&b, '\\');
		sbuf_putc(&b, *s);
	}
	return sbuf_take(&b, mem);
}

static bool
is_said(const struct entry *e)
{
	for (size_t i = 0; i < e->values.n; i++)
		if (is_said(e->values.v[i]))
			return true;
	return e->text[0] != NULL || e->text[1] != NULL;
}

static void
put_switch(struct sbuf *b, const char *name, const char *text)
{
	sbuf_printf(b, "%s%s ", b->s[b->len - 1] == '{' ? "" : " ", name);
	put_word(b, text);
}

/* The mark behind an entry, where one is known. */
static void
put_mark(struct sbuf *b, const struct entry *e)
{
	const char *title = e->mark[0] ? e->mark[0] : "";
	const char *help = e->mark[1] ? e->mark[1] : "";

	if (*title != '\0' || *help != '\0')
		sbuf_printf(b, " -original %s.%s", title, help);
}

static void put_list(struct import *im, struct sbuf *b, const char *key,
    const struct vec *list, int depth);

static void
put_record(struct import *im, struct sbuf *b, const char *key,
    const struct entry *e, int depth)
{
	bool message = strcmp(key, "-code") == 0;
	const char *title = e->text[0] ? e->text[0] : "";
	const char *help = e->text[1] ? e->text[1] : "";
	bool said = false;

	if (!message)
		help = escaped(im->mem, help);
	sbuf_printf(b, "\n%.*s{", depth, "\t\t\t");
	/* a value that begins with "-" would be taken for a switch */
	if (*e->key == '-' || *title == '-' || *help == '-') {
		put_switch(b, key, e->key);
		put_switch(b, "-title", title);
		put_switch(b, "-help", help);
	} else {
		if (bare(e->key))
			sbuf_puts(b, e->key);
		else
			put_word(b, e->key);
		sbuf_putc(b, ' ');
		put_word(b, title);
		sbuf_putc(b, ' ');
		put_word(b, help);
	}
	for (size_t i = 0; i < e->values.n; i++)
		said = said || is_said(e->values.v[i]);
	if (said) {
		sbuf_puts(b, " -subfields {");
		put_list(im, b, "-value", &e->values, depth + 1);
		sbuf_printf(b, "\n%.*s}", depth, "\t\t\t");
	}
	put_mark(b, e);
	sbuf_putc(b, '}');
}

static void
put_list(struct import *im, struct sbuf *b, const char *key,
    const struct vec *list, int depth)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_said(list->v[i]))
			put_record(im, b, key, list->v[i], depth);
}

static bool
any_said(const struct vec *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_said(list->v[i]))
			return true;
	return false;
}

static void
put_table(struct import *im, struct sbuf *b, const struct entry *t)
{
	struct loc at = { im->path, 0, 0 };

	if (!is_said(t) && !any_said(&t->columns) && !any_said(&t->messages))
		return;
	for (int i = 0; i < 2; i++)
		if (t->text[i] != NULL && (strstr(t->text[i], "eval(") ||
		    strstr(t->text[i], "expr(") || strstr(t->text[i],
		    "subst(")))
			diag_warn(&at, NULL, "a text of \"%s\" has \"eval(\", "
			    "\"expr(\" or \"subst(\" in it, which wm-parse "
			    "runs", t->key);
	sbuf_printf(b, "\ntabtext %s -language %s", t->key, im->language);
	if (t->text[0] != NULL)
		put_switch(b, "-title", t->text[0]);
	if (t->text[1] != NULL)
		put_switch(b, "-help", escaped(im->mem, t->text[1]));
	put_mark(b, t);
	if (any_said(&t->columns)) {
		sbuf_puts(b, " -fields {");
		put_list(im, b, "-column", &t->columns, 1);
		sbuf_puts(b, "\n}");
	}
	if (any_said(&t->messages)) {
		sbuf_puts(b, " -messages {");
		put_list(im, b, "-code", &t->messages, 1);
		sbuf_puts(b, "\n}");
	}
	sbuf_putc(b, '\n');
}

static void
entries_clear(struct vec *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct entry *e = list->v[i];

		entries_clear(&e->columns);
		entries_clear(&e->values);
		entries_clear(&e->messages);
	}
	vec_clear(list);
}

/* The table, from its rows to what is said. */
static void
read_table(struct import *im, const char *text)
{
	struct loc at = { im->path, 1, 0 };
	WM_VEC rows = VEC_INIT;

	if (csv_read(im->mem, text, im->path, &rows)) {
		if (rows.n == 0)
			diag_error(&at, "the table is empty");
		else if (read_head(im, rows.v[0]))
			for (size_t i = 1; i < rows.n; i++)
				read_row(im, rows.v[i]);
	}
	csv_clear(&rows);
}

void
text_import(struct arena *mem, const char *path, const char *language)
{
	struct import im = { .mem = mem, .path = path, .language = language };
	struct loc at = { path, 0, 0 };
	WM_SBUF text = SBUF_INIT;
	WM_SBUF out = SBUF_INIT;

	if (strcmp(path, "-") == 0)
		im.path = "/dev/stdin";
	if (!file_read(im.path, &text))
		return;
	if (!utf8_valid(sbuf_str(&text), text.len) ||
	    strlen(sbuf_str(&text)) != text.len) {
		diag_error(&at, "this is not UTF-8 text");
		diag_hint("Save the table as CSV in UTF-8.");
		return;
	}
	read_table(&im, sbuf_str(&text));
	if (diag_errors() == 0) {
		sbuf_printf(&out, "# Texts in language \"%s\"; made from a "
		    "table by wm-release text --import.\n", im.language);
		for (size_t i = 0; i < im.tables.n; i++)
			put_table(&im, &out, im.tables.v[i]);
		tool_write(stdout, sbuf_str(&out), out.len);
	}
	entries_clear(&im.tables);
	map_clear(&im.entries);
}
