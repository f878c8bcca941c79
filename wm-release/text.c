/*
 * text - what translators need: every string beside its original, and whether
 * the original has changed since.
 */
#include "text.h"

#include "command.h"
#include "csv.h"
#include "diag.h"
#include "dict.h"
#include "file.h"

static struct where where;
static const char *language;
static const char *from = "eng";
static const char *import;
static bool csv;

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 0, "language", OPT_STR, &language, "NAME",
	    "the translation, such as fin; all without it", NULL },
	{ 0, "from", OPT_STR, &from, "NAME",
	    "language of the originals (default eng)", NULL },
	{ 0, "csv", OPT_FLAG, &csv, NULL,
	    "every string, as a table to be filled in", NULL },
	{ 0, "import", OPT_STR, &import, "FILE",
	    "write the filled table FILE as a .wmt file", NULL },
};

static const struct opt_rule rules[] = {
	{ "import", OPT_EXCLUDES, "config|dir|from|csv" },
	{ "csv", OPT_NEEDS, "language" },
};

const char *const text_what[DICT_TABLES] = {
	[DICT_TABLE_TEXT] = "table", [DICT_COLUMN_TEXT] = "column",
	[DICT_VALUE_TEXT] = "value", [DICT_MESSAGE_TEXT] = "message",
};

enum state { MISSING, CHANGED, CURRENT, EXTRA, STATES };
static const char *const state_words[STATES] = { "missing", "changed",
	"current", "extra" };

/* One string in both languages. */
struct string {
	const struct dict_row *row;	/* original; NULL: there is none */
	const struct dict_row *other;	/* translation; NULL: there is none */
	const char *field;		/* "title" or "help" */
	int since;			/* release; 0: not known yet */
	int other_since;
	enum state state;
};

static const char *
text_of(const struct dict_row *row, const char *field)
{
	const char *s = row != NULL ? row->val[dict_at(row->kind, field)] :
	    NULL;

	return s != NULL ? s : "";
}

/* The key of a row, in another language. */
static const char *
key_in(struct arena *mem, const struct dict_row *row, const char *lang)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, row->kind->name);
	for (size_t i = 0; i < row->kind->n && row->kind->cols[i].key; i++)
		sbuf_printf(&b, "\n%zu:%s", strlen(row->val[i]), i == dict_at(
		    row->kind, "language") ? lang : row->val[i]);
	return sbuf_take(&b, mem);
}

static void
add_strings(struct arena *mem, const struct dict_row *row,
    const struct dict_row *other, struct vec *out)
{
	static const char *const fields[] = { "title", "help" };

	for (size_t i = 0; i < WM_LEN(fields); i++) {
		struct string *s;

		if (*text_of(row, fields[i]) == '\0' &&
		    *text_of(other, fields[i]) == '\0')
			continue;
		s = arena_alloc(mem, sizeof(*s));
		s->row = row;
		s->other = other;
		s->field = fields[i];
		vec_push(out, s);
	}
}

/* All strings of two languages, as the originals have them. */
static void
collect(struct arena *mem, const struct dict *d, const char *to,
    struct vec *out)
{
	WM_MAP originals = MAP_INIT;
	WM_MAP others = MAP_INIT;

	for (size_t i = 0; i < d->rows.n; i++) {
		const struct dict_row *row = d->rows.v[i];
		const char *lang = dict_language(row);

		if (lang != NULL && strcmp(lang, to) == 0)
			map_put(&others, key_in(mem, row, ""), row);
		if (lang != NULL && strcmp(lang, from) == 0)
			map_put(&originals, key_in(mem, row, ""), row);
	}
	for (size_t i = 0; i < d->rows.n; i++) {
		const struct dict_row *row = d->rows.v[i];
		const char *lang = dict_language(row);

		if (lang != NULL && strcmp(lang, from) == 0)
			add_strings(mem, row, map_get(&others,
			    key_in(mem, row, "")), out);
	}
	for (size_t i = 0; i < d->rows.n; i++) {
		const struct dict_row *row = d->rows.v[i];
		const char *lang = dict_language(row);

		if (lang != NULL && strcmp(lang, to) == 0 &&
		    map_get(&originals, key_in(mem, row, "")) == NULL)
			add_strings(mem, NULL, row, out);
	}
}

/* The release since which a text is what it is, if it was another before r. */
static void
compare_since(const struct dict *old, const struct dict_row *row,
    const char *field, int release, int *since)
{
	const struct dict_row *was;

	if (*since != 0 || row == NULL)
		return;
	was = dict_get(old, row->key);
	if (strcmp(text_of(was, field), text_of(row, field)) != 0)
		*since = release + 1;
}

/*
 * Since when each string is what it is, as far back as the texts of releases
 * are known.
 */
static void
find_since(const struct history *h, const struct vec *strings)
{
	for (int r = history_last(h); r >= 1; r--) {
		const struct archive *a = (size_t)r <= h->arch.n ?
		    h->arch.v[r - 1] : NULL;
		struct dict old = { .mem = h->mem };
		const char *sql;

		if (a == NULL || a->lost)
			break;
		/* what is as in the release before is compared there */
		if (a->text[HISTORY_DICT] == NULL && r > 1)
			continue;
		sql = history_text(h, r, HISTORY_DICT);
		if (sql == NULL || !dict_read_sql(&old, sql, h->path)) {
			dict_clear(&old);
			return;		/* reported */
		}
		for (size_t i = 0; i < strings->n; i++) {
			struct string *s = strings->v[i];

			compare_since(&old, s->row, s->field, r, &s->since);
			compare_since(&old, s->other, s->field, r,
			    &s->other_since);
		}
		dict_clear(&old);
	}
}

/* The mark that a translation carries of its original; "": none. */
static const char *
known_mark(struct arena *mem, const struct string *s)
{
	const char *mark = s->other != NULL ? s->other->original : NULL, *dot;

	if (mark == NULL || (dot = strchr(mark, '.')) == NULL)
		return "";
	return strcmp(s->field, "title") == 0 ?
	    arena_strndup(mem, mark, (size_t)(dot - mark)) : dot + 1;
}

static enum state
state_of(struct arena *mem, const struct string *s)
{
	const char *text = text_of(s->row, s->field);
	const char *mark = known_mark(mem, s);

	if (*text == '\0')
		return EXTRA;
	if (*text_of(s->other, s->field) == '\0')
		return MISSING;
	if (*mark != '\0')
		return strcmp(mark, dict_mark_text(mem, text)) == 0 ?
		    CURRENT : CHANGED;
	return s->since > s->other_since ? CHANGED : CURRENT;
}

/* All strings for one translation, with their states. */
static void
strings_of(struct session *s, const struct dict *d, const char *to,
    struct vec *out)
{
	collect(s->mem, d, to, out);
	find_since(&s->hist, out);
	for (size_t i = 0; i < out->n; i++) {
		struct string *one = out->v[i];

		one->state = state_of(s->mem, one);
	}
}

static void
csv_row(struct arena *mem, const struct string *s, struct sbuf *b)
{
	const struct dict_row *row = s->row ? s->row : s->other;
	const struct dict_kind *k = row->kind;
	size_t code = dict_at(k, "code"), value = dict_at(k, "value");
	size_t col = dict_at(k, "col");
	const char *text = text_of(s->row, s->field);
	const char *other = text_of(s->other, s->field);

	csv_put(b, text_what[k - dict_kinds], true);
	csv_put(b, arena_printf(mem, "%s.%s", row->val[DICT_SCH],
	    row->val[DICT_TAB]), false);
	csv_put(b, col != SIZE_MAX ? row->val[col] : "", false);
	csv_put(b, code != SIZE_MAX ? row->val[code] : value != SIZE_MAX ?
	    row->val[value] : "", false);
	csv_put(b, s->field, false);
	csv_put(b, text, false);
	csv_put(b, other, false);
	csv_put(b, state_words[s->state], false);
	csv_put(b, arena_printf(mem, "%s.%s.%s", dict_mark_text(mem, text),
	    dict_mark_text(mem, other), known_mark(mem, s)), false);
	csv_end(b);
}

static void
put_csv(struct session *s, const struct dict *d)
{
	static const char *const head[] = { "what", "table", "column", "item",
		"field" };
	WM_VEC strings = VEC_INIT;
	WM_SBUF b = SBUF_INIT;

	strings_of(s, d, language, &strings);
	for (size_t i = 0; i < WM_LEN(head); i++)
		csv_put(&b, head[i], i == 0);
	csv_put(&b, from, false);
	csv_put(&b, language, false);
	csv_put(&b, "state", false);
	csv_put(&b, "mark", false);
	csv_end(&b);
	for (size_t i = 0; i < strings.n; i++)
		csv_row(s->mem, strings.v[i], &b);
	if (diag_errors() == 0)
		tool_write(stdout, sbuf_str(&b), b.len);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* How far each translation is. */
static void
put_counts(struct session *s, const struct dict *d)
{
	WM_VEC languages = VEC_INIT;
	WM_MAP seen = MAP_INIT;
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < d->rows.n; i++) {
		const char *lang = dict_language(d->rows.v[i]);

		if (language == NULL && lang != NULL &&
		    strcmp(lang, from) != 0 && map_put(&seen, lang, s) == NULL)
			vec_push(&languages, lang);
	}
	if (language != NULL)
		vec_push(&languages, language);
	vec_sort(&languages, by_bytes);
	sbuf_printf(&b, "%-10s %8s %8s %8s %8s\n", "language", "current",
	    "changed", "missing", "extra");
	for (size_t i = 0; i < languages.n; i++) {
		size_t n[STATES] = { 0 };
		WM_VEC strings = VEC_INIT;

		strings_of(s, d, languages.v[i], &strings);
		for (size_t k = 0; k < strings.n; k++)
			n[((struct string *)strings.v[k])->state]++;
		sbuf_printf(&b, "%-10s %8zu %8zu %8zu %8zu\n",
		    (const char *)languages.v[i], n[CURRENT], n[CHANGED],
		    n[MISSING], n[EXTRA]);
	}
	if (diag_errors() == 0)
		tool_write(stdout, sbuf_str(&b), b.len);
}

static void
export(struct arena *mem, const char *path)
{
	struct session s;
	struct model list;
	const char *name;
	FILE *f;

	model_init(&list, mem);
	f = session_open(&s, mem, &where, false) ? file_open(path, &name) :
	    NULL;
	if (f != NULL && model_read(&list, f, name)) {
		if (csv)
			put_csv(&s, &list.dict);
		else
			put_counts(&s, &list.dict);
	}
	if (f != NULL && f != stdin)
		fclose(f);
	model_clear(&list);
	session_clear(&s);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	if (import != NULL) {
		if (argc > 0)
			usage_die("--import takes no list");
		text_import(mem, import, language);
		return;
	}
	if (argc > 1)
		usage_die("more than one object list named");
	if (language != NULL && strcmp(language, from) == 0)
		usage_die("\"%s\" cannot be translated to itself", from);
	export(mem, argc > 0 ? argv[0] : NULL);
}

const struct command command_text = {
	"text",
	{ .name = "wm-release text", .synopsis = "[FILE]",
	    .about = "Tell what is to be translated; read translations.",
	    .opts = options, .n_opts = WM_LEN(options),
	    .rules = rules, .n_rules = WM_LEN(rules) },
	run
};
