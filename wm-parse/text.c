#include "text.h"

#include "args.h"
#include "diag.h"
#include "macro.h"
#include "utf8.h"
#include "where.h"

static const char *const table_order[] = { "-title", "-help", "-fields" };
static const struct abbrev table_switches[] = {
	{ "title", 2, "title" }, { "help", 2, "help" },
	{ "language", 2, "language" }, { "fields", 1, "fields" },
	{ "errors", 2, "errors" }, { "messages", 2, "errors" },
	{ "append", 1, "append" }, { "original", 2, "original" },
	{ NULL, 0, NULL }
};

static const char *const field_order[] = { "-column", "-title", "-help",
	"-subfields" };
static const struct abbrev field_switches[] = {
	{ "column", 2, "column" }, { "title", 2, "title" },
	{ "help", 2, "help" }, { "subfields", 0, "subfields" },
	{ "original", 2, "original" },
	{ NULL, 0, NULL }
};

static const char *const value_order[] = { "-value", "-title", "-help" };
static const struct abbrev value_switches[] = {
	{ "value", 1, "value" }, { "title", 1, "title" },
	{ "help", 1, "help" }, { "original", 2, "original" },
	{ NULL, 0, NULL }
};

static const char *const code_order[] = { "-code", "-title", "-help" };
static const struct abbrev code_switches[] = {
	{ "code", 2, "code" }, { "title", 2, "title" },
	{ "help", 2, "help" }, { "original", 2, "original" },
	{ NULL, 0, NULL }
};

/* A list in which every record describes one thing, in the same way. */
struct list {
	const char *called;		/* in messages */
	enum dict_table table;
	const char *key;		/* the document's name of the thing */
	const char *key_switch;
	bool empty_key;			/* "" is one like others */
	bool escapes;			/* its help has \n and the like */
	const char *const *order;
	size_t n_order;
	const struct abbrev *switches;
};

static const struct list columns = { "column", DICT_COLUMN_TEXT, "col",
	"-column", false, true, field_order, 4, field_switches };
static const struct list values = { "value", DICT_VALUE_TEXT, "value",
	"-value", true, true, value_order, 3, value_switches };
static const struct list messages = { "message", DICT_MESSAGE_TEXT, "code",
	"-code", false, false, code_order, 3, code_switches };

/* One tabtext on its way. */
struct words {
	struct parse *p;
	const char *sch;
	const char *tab;
	const char *language;
	struct where where;
};

/* What is said about one thing. */
struct said {
	const char *title;
	const char *help;
	const char *original;	/* mark of what it translates; "": unknown */
	struct loc at;
};

/* A word of Tcl's in UTF-8; NULL once it is reported that it cannot be told. */
static const char *
plain(const struct words *w, Tcl_Obj *word, const struct loc *at)
{
	int len;
	const char *s = Tcl_GetStringFromObj(word, &len), *text;

	text = tcl_utf8(w->p->mem, s, (size_t)len);
	if (text == NULL)
		diag_error(at, "text of \"%s.%s\" holds a NUL character or "
		    "half of a surrogate pair", w->sch, w->tab);
	return text;
}

static bool
octal(char c)
{
	return c >= '0' && c <= '7';
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *hit = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return hit == NULL ? -1 : (int)(hit - digits);
}

static void
put_character(struct sbuf *b, unsigned c)
{
	if (c < 0x80)
		sbuf_putc(b, (char)c);
	else if (c < 0x800)
		sbuf_putc(b, (char)(0xc0 | c >> 6));
	else if (c < 0x10000)
		sbuf_putc(b, (char)(0xe0 | c >> 12));
	else
		sbuf_putc(b, (char)(0xf0 | (c >> 18 & 7)));
	if (c >= 0x10000)
		sbuf_putc(b, (char)(0x80 | (c >> 12 & 63)));
	if (c >= 0x800)
		sbuf_putc(b, (char)(0x80 | (c >> 6 & 63)));
	if (c >= 0x80)
		sbuf_putc(b, (char)(0x80 | (c & 63)));
}

/* Up to max digits of a number; their count. */
static size_t
number(const char *s, size_t max, bool is_octal, unsigned *out)
{
	size_t n = 0;

	for (*out = 0; n < max && (is_octal ? octal(s[n]) : hex(s[n]) >= 0);
	    n++)
		*out = *out * (is_octal ? 8 : 16) + (unsigned)hex(s[n]);
	return n;
}

/* One escape, s being behind the backslash; bytes that it takes. */
static size_t
escape(const struct words *w, const char *s, const struct loc *at,
    struct sbuf *out)
{
	static const char letters[] = "bfnrt\\'", meant[] = "\b\f\n\r\t\\'";
	const char *hit = strchr(letters, *s);
	size_t n, digits = *s == 'u' ? 4 : 8;
	unsigned c;

	if (hit != NULL) {
		sbuf_putc(out, meant[hit - letters]);
		return 1;
	}
	if (octal(*s) || (*s == 'x' && hex(s[1]) >= 0)) {
		n = octal(*s) ? number(s, 3, true, &c) :
		    1 + number(s + 1, 2, false, &c);
		sbuf_putc(out, (char)c);
		return n;
	}
	if ((*s == 'u' || *s == 'U') &&
	    number(s + 1, digits, false, &c) == digits) {
		put_character(out, c);
		return 1 + digits;
	}
	n = utf8_char(s, strlen(s));
	diag_warn(at, "text", "\"\\%.*s\" in a help text is no escape; the "
	    "backslash is left out", (int)n, s);
	parse_quote(w->p, at);
	diag_hint("For a backslash write two.");
	sbuf_putn(out, s, n);
	return n;
}

/*
 * A help text as it is meant: databases have always got it in PostgreSQL's
 * E'' form, so schemas have \n in it.
 */
static const char *
unescape(const struct words *w, const char *text, const struct loc *at)
{
	WM_SBUF b = SBUF_INIT;

	if (strchr(text, '\\') == NULL)
		return text;
	for (const char *s = text; *s != '\0';) {
		if (*s != '\\')
			sbuf_putc(&b, *s++);
		else if (s[1] != '\0')
			s += 1 + escape(w, s + 1, at, &b);
		else {
			diag_error(at, "a help text of \"%s.%s\" ends in a "
			    "backslash", w->sch, w->tab);
			parse_quote(w->p, at);
			diag_hint("For a backslash write two.");
			return "";
		}
	}
	if (!utf8_valid(sbuf_str(&b), b.len) ||
	    strlen(sbuf_str(&b)) != b.len) {
		diag_error(at, "escapes in a help text of \"%s.%s\" do not "
		    "make UTF-8 text", w->sch, w->tab);
		parse_quote(w->p, at);
		return "";
	}
	return sbuf_take(&b, w->p->mem);
}

static void
add_row(const struct words *w, const struct list *l, const char *col,
    const char *key, const struct said *said)
{
	const struct dict_kind *k = &dict_kinds[l ? l->table :
	    DICT_TABLE_TEXT];
	const char *val[DICT_COLS] = { NULL };
	struct dict_row *row;
	bool was;

	val[DICT_SCH] = w->sch;
	val[DICT_TAB] = w->tab;
	if (col != NULL)
		val[DICT_COL] = col;
	if (l != NULL)
		val[dict_at(k, l->key)] = key;
	val[dict_at(k, "language")] = w->language;
	val[dict_at(k, "title")] = said->title;
	val[dict_at(k, "help")] = said->help;
	row = dict_put(&w->p->model.dict, k, val, &was);
	if (was) {
		diag_error(&said->at, "%s%s%s%s\"%s.%s\" has a text in "
		    "language \"%s\" already", l ? l->called : "",
		    l ? " \"" : "", l ? key : "", l ? "\" of " : "", w->sch,
		    w->tab, w->language);
		parse_quote(w->p, &said->at);
		diag_note(&row->loc, "the first one is here");
		return;
	}
	row->module = w->p->module;
	row->original = *said->original != '\0' ? said->original : NULL;
	row->loc = said->at;
}

/* A mark as wm-release writes it: two times up to eight digits, and a dot. */
static bool
check_mark(const struct words *w, const struct said *said)
{
	static const char set[] = "0123456789abcdef";
	const char *s = said->original;
	size_t first = strspn(s, set), second;

	second = s[first] == '.' ? strspn(s + first + 1, set) : 0;
	if (*s == '\0' || (first <= 8 && second <= 8 && s[first] == '.' &&
	    s[first + 1 + second] == '\0'))
		return true;
	diag_error(&said->at, "\"%s\" is no mark of an original text", s);
	parse_quote(w->p, &said->at);
	diag_hint("wm-release text --import writes it; it can be left out.");
	return false;
}

/* Copy of a list, for args.h; NULL, with a message in Tcl, where it is none. */
static Tcl_Obj *
own_list(const struct words *w, Tcl_Obj *list)
{
	int n;

	if (Tcl_ListObjLength(w->p->interp, list, &n) != TCL_OK)
		return NULL;
	list = Tcl_DuplicateObj(list);
	Tcl_IncrRefCount(list);
	return list;
}

/*
 * What no switch has taken is no reason to fail: schemas have such words, from
 * older forms of the command.
 */
static void
left_over(const struct words *w, Tcl_Obj *list, const struct loc *at)
{
	const char *s = Tcl_GetString(list), *text;

	if (*s == '\0')
		return;
	text = tcl_utf8(w->p->mem, s, strlen(s));
	diag_warn(at, "text", "not understood, left out: %.*s%s",
	    (int)strcspn(text ? text : "", "\n"), text ? text : "",
	    strchr(s, '\n') != NULL ? " ..." : "");
	parse_quote(w->p, at);
}

static int each(struct words *w, const struct list *l, const char *col,
    Tcl_Obj *list);

/* Take the values of switches; NULL where one is not given. */
static void
take_all(Tcl_Obj *list, const char *const *names, size_t n, Tcl_Obj **v)
{
	for (size_t i = 0; i < n; i++)
		v[i] = args_take(list, names[i]);
}

static void
release_all(Tcl_Obj **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] != NULL)
			Tcl_DecrRefCount(v[i]);
}

/*
 * What a record's words say.
 *
 * Returns false once it has been reported that one is no text.
 */
static bool
read_said(const struct words *w, Tcl_Obj *title, Tcl_Obj *help,
    Tcl_Obj *original, bool escapes, struct said *out)
{
	out->title = title != NULL ? plain(w, title, &out->at) : "";
	out->help = help != NULL ? plain(w, help, &out->at) : "";
	out->original = original != NULL ? plain(w, original, &out->at) : "";
	if (out->title == NULL || out->help == NULL || out->original == NULL)
		return false;
	if (escapes)
		out->help = unescape(w, out->help, &out->at);
	return check_mark(w, out);
}

/* One record, as a list of switches. */
static int
switches_record(struct words *w, const struct list *l, const char *col,
    Tcl_Obj *rec, struct said *said)
{
	static const char *const others[] = { "-title", "-help", "-original",
		"-subfields" };
	Tcl_Obj *key = args_take(rec, l->key_switch);
	Tcl_Obj *v[WM_LEN(others)] = { NULL };
	const char *name = key != NULL ? plain(w, key, &said->at) : "";
	bool ok;
	int rc = TCL_OK;

	take_all(rec, others, l == &columns ? 4 : 3, v);
	left_over(w, rec, &said->at);
	ok = read_said(w, v[0], v[1], v[2], l->escapes, said) && name != NULL;
	if (ok && *name == '\0' && !l->empty_key) {
		diag_error(&said->at, "a text of \"%s.%s\" names no %s",
		    w->sch, w->tab, l->called);
		parse_quote(w->p, &said->at);
		ok = false;
	}
	if (ok)
		add_row(w, l, col ? col : name, name, said);
	if (ok && v[3] != NULL)
		rc = each(w, &values, name, v[3]);
	release_all(v, WM_LEN(others));
	if (key != NULL)
		Tcl_DecrRefCount(key);
	return rc;
}

/* One record of a list. */
static int
record(struct words *w, const struct list *l, const char *col, Tcl_Obj *word)
{
	const char *mark = w->where.cursor;
	const char *end = where_enter(&w->where, word);
	struct said said = { .at = end != NULL ? where_here(&w->where) :
	    parse_here(w->p) };
	Tcl_Obj *rec = own_list(w, word);
	int rc;

	if (rec == NULL) {
		diag_error(&said.at, "%s", Tcl_GetString(
		    Tcl_GetObjResult(w->p->interp)));
		parse_quote(w->p, &said.at);
		return TCL_OK;
	}
	args_fill(rec, l->order, l->n_order);
	args_expand(rec, l->switches);
	rc = switches_record(w, l, col, rec, &said);
	Tcl_DecrRefCount(rec);
	where_leave(&w->where, end ? end : mark);
	return rc;
}

static int
each(struct words *w, const struct list *l, const char *col, Tcl_Obj *list)
{
	Tcl_Obj **v;
	int n, rc = TCL_OK;

	if (Tcl_ListObjGetElements(w->p->interp, list, &n, &v) != TCL_OK)
		return TCL_ERROR;
	for (int i = 0; i < n && rc == TCL_OK; i++)
		rc = record(w, l, col, v[i]);
	return rc;
}

/* A switch's value with its macros substituted; NULL where it is not given. */
static int
take_substituted(struct words *w, Tcl_Obj *list, const char *name,
    Tcl_Obj **out)
{
	Tcl_Obj *v = args_take(list, name);
	WM_MTEXT t = MTEXT_INIT;
	const char *s;
	int len, rc;

	if (v == NULL)
		return TCL_OK;
	s = Tcl_GetStringFromObj(v, &len);
	mtext_made(&t, s, (size_t)len);
	rc = macro_substitute(w->p, &t);
	if (rc == TCL_OK && ((size_t)len != t.s.len ||
	    memcmp(s, sbuf_str(&t.s), t.s.len) != 0)) {
		Tcl_DecrRefCount(v);
		v = Tcl_NewStringObj(sbuf_str(&t.s), (int)t.s.len);
		Tcl_IncrRefCount(v);
	}
	*out = v;
	return rc;
}

static bool
same_set(void *ctx, const struct dict_row *row)
{
	const struct words *w = ctx;

	return row->kind->text && strcmp(row->val[DICT_SCH], w->sch) == 0 &&
	    strcmp(row->val[DICT_TAB], w->tab) == 0 &&
	    strcmp(dict_language(row), w->language) == 0;
}

/* Make room for a set of texts: what was there goes, unless more is meant. */
static void
begin_set(struct words *w, bool append)
{
	const char *key = arena_printf(w->p->mem, "%zu:%s%zu:%s%s",
	    strlen(w->sch), w->sch, strlen(w->tab), w->tab, w->language);

	if (map_put(&w->p->text_sets, key, w->p) != NULL && !append)
		dict_forget(&w->p->model.dict, same_set, w);
}

/* Switches that are no texts. */
static int
take_manner(struct words *w, Tcl_Obj *list, bool *out_append)
{
	Tcl_Obj *language = args_take(list, "-language");
	Tcl_Obj *append = args_take(list, "-append");
	struct loc at = parse_here(w->p);
	int yes = 0, rc = TCL_OK;

	w->language = language != NULL ? plain(w, language, &at) : "eng";
	if (w->language == NULL || *w->language == '\0' ||
	    strpbrk(w->language, " \t\n") != NULL) {
		Tcl_SetObjResult(w->p->interp, Tcl_NewStringObj(
		    "a language is one word, such as eng", -1));
		rc = TCL_ERROR;
	}
	if (rc == TCL_OK && append != NULL)
		rc = Tcl_GetBooleanFromObj(w->p->interp, append, &yes);
	*out_append = yes != 0;
	if (language != NULL)
		Tcl_DecrRefCount(language);
	if (append != NULL)
		Tcl_DecrRefCount(append);
	return rc;
}

/* The table's own text, then those of all that belongs to it. */
static int
all_texts(struct words *w, Tcl_Obj *const v[5])
{
	struct said said = { .at = parse_here(w->p) };
	int rc = TCL_OK;

	if (!read_said(w, v[0], v[1], v[4], true, &said))
		return TCL_OK;		/* reported */
	if (*said.title != '\0' || *said.help != '\0')
		add_row(w, NULL, NULL, NULL, &said);
	if (v[2] != NULL)
		rc = each(w, &columns, NULL, v[2]);
	if (v[3] != NULL && rc == TCL_OK) {
		where_start(&w->where, w->p);
		rc = each(w, &messages, NULL, v[3]);
	}
	return rc;
}

int
text_table(struct parse *p, const char *table, Tcl_Obj *list)
{
	static const char *const switches[] = { "-title", "-help", "-fields",
		"-errors", "-original" };
	struct words w = { .p = p };
	Tcl_Obj *v[WM_LEN(switches)] = { NULL };
	struct loc at = parse_here(p);
	bool append = false;
	int rc;

	if (!where_table(p, table, &w.sch, &w.tab))
		return TCL_ERROR;
	where_start(&w.where, p);
	args_fill(list, table_order, WM_LEN(table_order));
	args_expand(list, table_switches);
	rc = take_manner(&w, list, &append);
	for (size_t i = 0; i < WM_LEN(switches) && rc == TCL_OK; i++)
		rc = take_substituted(&w, list, switches[i], &v[i]);
	if (rc == TCL_OK) {
		left_over(&w, list, &at);
		begin_set(&w, append);
		rc = all_texts(&w, v);
	}
	release_all(v, WM_LEN(switches));
	return rc;
}

int
text_command(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[])
{
	Tcl_Obj *list;
	int rc;

	if (objc < 2) {
		Tcl_WrongNumArgs(interp, 1, objv,
		    "table ?title? ?help? ?fields? ?-switch value ...?");
		return TCL_ERROR;
	}
	list = Tcl_NewListObj(objc - 2, objv + 2);
	Tcl_IncrRefCount(list);
	rc = text_table(data, Tcl_GetString(objv[1]), list);
	Tcl_DecrRefCount(list);
	return rc;
}
