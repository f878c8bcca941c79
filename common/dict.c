#include "dict.h"

#include <limits.h>
#include <xxhash.h>

#include "arena.h"
#include "diag.h"
#include "json_out.h"
#include "jsonb.h"
#include "utf8.h"

/* Bytes that a name has in PostgreSQL. */
#define NAME_MAX_BYTES 63
#define K_NAME(sql, json) { sql, json, DICT_NAME, true, true }
#define K_TEXT(sql, json) { sql, json, DICT_TEXT, true, true }
#define WORDS { "title", "title", DICT_TEXT, false, false }, \
	{ "help", "help", DICT_TEXT, false, false }

const struct dict_kind dict_kinds[DICT_TABLES] = {
	[DICT_TABLE_TEXT] = { "table_text", true, 5, {
		K_NAME("tt_sch", "sch"), K_NAME("tt_tab", "tab"),
		K_TEXT("language", "language"), WORDS } },
	[DICT_COLUMN_TEXT] = { "column_text", true, 6, {
		K_NAME("ct_sch", "sch"), K_NAME("ct_tab", "tab"),
		K_NAME("ct_col", "col"), K_TEXT("language", "language"),
		WORDS } },
	[DICT_VALUE_TEXT] = { "value_text", true, 7, {
		K_NAME("vt_sch", "sch"), K_NAME("vt_tab", "tab"),
		K_NAME("vt_col", "col"), K_TEXT("value", "value"),
		K_TEXT("language", "language"), WORDS } },
	[DICT_MESSAGE_TEXT] = { "message_text", true, 6, {
		K_NAME("mt_sch", "sch"), K_NAME("mt_tab", "tab"),
		K_TEXT("code", "code"), K_TEXT("language", "language"),
		WORDS } },
	[DICT_TABLE_STYLE] = { "table_style", false, 5, {
		K_NAME("ts_sch", "sch"), K_NAME("ts_tab", "tab"),
		K_TEXT("sw_name", "name"),
		{ "sw_value", "value", DICT_JSON, false, true },
		{ "inherit", "inherit", DICT_BOOL, false, false } } },
	[DICT_COLUMN_STYLE] = { "column_style", false, 5, {
		K_NAME("cs_sch", "sch"), K_NAME("cs_tab", "tab"),
		K_NAME("cs_col", "col"), K_TEXT("sw_name", "name"),
		{ "sw_value", "value", DICT_JSON, false, true } } },
};

const struct dict_kind *
dict_kind_find(const char *name)
{
	for (size_t i = 0; i < DICT_TABLES; i++)
		if (strcmp(dict_kinds[i].name, name) == 0)
			return &dict_kinds[i];
	return NULL;
}

size_t
dict_at(const struct dict_kind *k, const char *json)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->cols[i].json, json) == 0)
			return i;
	return SIZE_MAX;
}

void
dict_clear(struct dict *d)
{
	vec_clear(&d->rows);
	map_clear(&d->by_key);
}

/* As the server cuts names: whole characters. */
static char *
cut_name(struct arena *mem, const char *s)
{
	size_t len = strlen(s), n = 0, c;

	if (len <= NAME_MAX_BYTES)
		return arena_strdup(mem, s);
	while ((c = utf8_char(s + n, len - n)) > 0 && n + c <= NAME_MAX_BYTES)
		n += c;
	return arena_strndup(mem, s, n);
}

void
dict_key_put(struct sbuf *b, const char *s)
{
	char digits[24];
	size_t len = strlen(s), i = sizeof(digits), n = len;

	/* no printf: keys are made by the thousand */
	do
		digits[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	sbuf_putc(b, ' ');
	sbuf_putn(b, digits + i, sizeof(digits) - i);
	sbuf_putc(b, ':');
	sbuf_putn(b, s, len);
}

const char *
dict_name_key(struct arena *mem, const char *sch, const char *tab)
{
	WM_SBUF b = SBUF_INIT;

	dict_key_put(&b, sch);
	dict_key_put(&b, tab);
	return sbuf_take(&b, mem);
}

static char *
make_key(struct arena *mem, const struct dict_kind *k, const char *const *val)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, k->name);
	for (size_t i = 0; i < k->n && k->cols[i].key; i++) {
		assert(val[i] != NULL);
		dict_key_put(&b, val[i]);
	}
	return sbuf_take(&b, mem);
}

struct dict_row *
dict_put(struct dict *d, const struct dict_kind *k, const char *const *val,
    bool *out_was)
{
	const char *copy[DICT_COLS] = { NULL };
	struct dict_row *row;
	const char *key;

	for (size_t i = 0; i < k->n; i++) {
		assert(val[i] != NULL || !k->cols[i].need);
		copy[i] = val[i] != NULL && k->cols[i].type == DICT_NAME ?
		    cut_name(d->mem, val[i]) : arena_strdup(d->mem, val[i]);
	}
	key = make_key(d->mem, k, copy);
	row = map_get(&d->by_key, key);
	if (out_was != NULL)
		*out_was = row != NULL;
	if (row == NULL) {
		row = arena_alloc(d->mem, sizeof(*row));
		row->kind = k;
		row->key = key;
		vec_push(&d->rows, row);
		map_put(&d->by_key, key, row);
	}
	memcpy(row->val, copy, sizeof(copy));
	return row;
}

struct dict_row *
dict_get(const struct dict *d, const char *key)
{
	return map_get(&d->by_key, key);
}

void
dict_forget(struct dict *d, bool (*fn)(void *ctx, const struct dict_row *row),
    void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < d->rows.n; i++) {
		struct dict_row *row = d->rows.v[i];

		if (fn(ctx, row))
			map_put(&d->by_key, row->key, NULL);
		else
			d->rows.v[n++] = row;
	}
	d->rows.n = n;
}

int
dict_row_cmp(const void *pa, const void *pb)
{
	const struct dict_row *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	for (size_t i = 0; i < a->kind->n && a->kind->cols[i].key; i++) {
		int c = strcmp(a->val[i], b->val[i]);

		if (c != 0)
			return c;
	}
	return 0;
}

bool
dict_row_equal(const struct dict_row *a, const struct dict_row *b)
{
	for (size_t i = 0; i < a->kind->n; i++) {
		if ((a->val[i] == NULL) != (b->val[i] == NULL))
			return false;
		if (a->val[i] != NULL && strcmp(a->val[i], b->val[i]) != 0)
			return false;
	}
	return true;
}

const char *
dict_language(const struct dict_row *row)
{
	size_t i = dict_at(row->kind, "language");

	return i == SIZE_MAX ? NULL : row->val[i];
}

const char *
dict_mark_text(struct arena *mem, const char *text)
{
	XXH64_hash_t hash;

	if (text == NULL || *text == '\0')
		return "";
	hash = XXH3_64bits(text, strlen(text));
	return arena_printf(mem, "%08lx", (unsigned long)(hash >> 32));
}

const char *
dict_mark(struct arena *mem, const char *title, const char *help)
{
	return arena_printf(mem, "%s.%s", dict_mark_text(mem, title),
	    dict_mark_text(mem, help));
}

/* What a record is about tells which table it belongs to. */
static const struct dict_kind *
kind_of(const struct json *rec, bool text)
{
	bool col = json_get(rec, "col") != NULL;

	if (!text)
		return &dict_kinds[col ? DICT_COLUMN_STYLE : DICT_TABLE_STYLE];
	if (json_get(rec, "code") != NULL)
		return &dict_kinds[DICT_MESSAGE_TEXT];
	if (json_get(rec, "value") != NULL)
		return &dict_kinds[DICT_VALUE_TEXT];
	return &dict_kinds[col ? DICT_COLUMN_TEXT : DICT_TABLE_TEXT];
}

/* One member as a text; NULL without a message where it is absent or null. */
static const char *
member(const struct dict_column *c, const struct json *v, struct sbuf *buf,
    const struct loc *at, bool *ok)
{
	const char *why;

	if (c->type == DICT_BOOL && (v == NULL || v->type == JSON_BOOL))
		return v == NULL || v->boolean ? "true" : "false";
	if (v == NULL)
		return NULL;
	if (c->type == DICT_JSON) {
		why = jsonb_put(buf, v);
		if (why != NULL) {
			diag_error(at, "member \"%s\": %s", c->json, why);
			*ok = false;
		}
		return sbuf_str(buf);
	}
	if (v->type == JSON_STRING && c->type != DICT_BOOL)
		return v->str;
	if (v->type != JSON_NULL) {
		diag_error(at, "member \"%s\" has to be a %s, not %s",
		    c->json, c->type == DICT_BOOL ? "boolean" : "string",
		    json_type_name(v->type));
		*ok = false;
	}
	return NULL;
}

bool
dict_from_json(struct dict *d, const struct json *rec, bool text,
    const char *name)
{
	struct loc at = { name, rec->line, 0 };
	const char *val[DICT_COLS] = { NULL };
	const struct dict_kind *k;
	WM_SBUF buf = SBUF_INIT;
	struct dict_row *row;
	bool ok = true, was;
	long line;

	if (rec->type != JSON_OBJECT) {
		diag_error(&at, "a record of \"%s\" has to be a JSON object",
		    text ? "text" : "style");
		return false;
	}
	k = kind_of(rec, text);
	for (size_t i = 0; i < k->n && ok; i++) {
		const struct dict_column *c = &k->cols[i];

		val[i] = member(c, json_get(rec, c->json), &buf, &at, &ok);
		if (ok && val[i] == NULL && c->need) {
			diag_error(&at, "a record of \"%s\" has no member "
			    "\"%s\"", text ? "text" : "style", c->json);
			ok = false;
		}
	}
	if (!ok)
		return false;
	row = dict_put(d, k, val, &was);
	if (was) {
		diag_error(&at, "a record of \"%s\" for \"%s.%s\" stands twice "
		    "in the list", text ? "text" : "style", val[DICT_SCH],
		    val[DICT_TAB]);
		return false;
	}
	line = json_int(rec, "line", 0);
	row->module = arena_strdup(d->mem, json_str(rec, "module"));
	row->original = arena_strdup(d->mem, json_str(rec, "original"));
	row->loc.file = arena_strdup(d->mem, json_str(rec, "file"));
	row->loc.line = line > 0 && line < INT_MAX ? (int)line : 0;
	return true;
}

static void
write_value(struct json_out *out, const struct dict_column *c, const char *v)
{
	WM_CLEANUP(arena_freep) struct arena *tmp = NULL;
	const struct json *j;

	if (v == NULL)
		json_out_str(out, c->json, NULL);
	else if (c->type == DICT_BOOL)
		json_out_bool(out, c->json, strcmp(v, "true") == 0);
	else if (c->type == DICT_JSON) {
		tmp = arena_new();
		j = json_parse(tmp, v, strlen(v), "value", JSON_DEPTH);
		assert(j != NULL);	/* jsonb.h wrote it */
		json_out_tree(out, c->json, j);
	} else
		json_out_str(out, c->json, v);
}

static void
write_rows(const struct dict *d, struct json_out *out, const char *key,
    bool text)
{
	json_out_open(out, key, '[', true);
	for (size_t i = 0; i < d->rows.n; i++) {
		const struct dict_row *r = d->rows.v[i];

		if (r->kind->text != text)
			continue;
		json_out_open(out, NULL, '{', false);
		for (size_t k = 0; k < r->kind->n; k++)
			write_value(out, &r->kind->cols[k], r->val[k]);
		if (r->original != NULL)
			json_out_str(out, "original", r->original);
		json_out_str(out, "module", r->module);
		json_out_str(out, "file", r->loc.file);
		json_out_int(out, "line", r->loc.line);
		json_out_close(out);
	}
	json_out_close(out);
}

void
dict_write(const struct dict *d, struct json_out *out)
{
	write_rows(d, out, "text", true);
	write_rows(d, out, "style", false);
}
