/*
 * Rows of the data dictionary: as JSON, as SQL, and back.
 */
#include "wm.h"

#include "arena.h"
#include "dict.h"
#include "json_out.h"
#include "jsonb.h"
#include "tap.h"

static const char *const hostile[] = {
	"plain", "", "it's", "back\\slash", "\\", "'", "''", "%s %n 100%",
	"two\nlines\r\n", "tab\there", "\"quoted\"", "$wm$ $$", "E'x'", "; --",
	"/* c */", "f\xc3\xbc\xc3\x9f", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"\xe2\x80\xae..\xe2\x80\xac", "\xf0\x9f\x98\x80\xef\xb8\x8f",
	"\x01\x1f\x7f", "NULL", "true",
};

static void
canonical(struct arena *mem)
{
	static const char *const pairs[][2] = {
		{ "1", "1" }, { "-0", "0" }, { "-0.0", "0.0" },
		{ "1.50", "1.50" }, { "1.50e1", "15.0" }, { "1.5e3", "1500" },
		{ "1E-3", "0.001" }, { "0.001e1", "0.01" }, { "0e5", "0" },
		{ "12.345e-1", "1.2345" }, { "120e-1", "12.0" },
		{ "-7e2", "-700" }, { "0.5e1", "5" }, { "0.00", "0.00" },
		{ "{\"bb\":1,\"a\":[true,null],\"c\":{}}",
		    "{\"a\": [true, null], \"c\": {}, \"bb\": 1}" },
		{ "\"\\u00fc\\n\\u0001\\/\"", "\"\xc3\xbc\\n\\u0001/\"" },
		{ "[]", "[]" }, { "\"\"", "\"\"" },
	};

	for (size_t i = 0; i < WM_LEN(pairs); i++)
		is(jsonb_text(mem, pairs[i][0], "text"), pairs[i][1],
		    pairs[i][0]);
}

static void
put(struct dict *d, enum dict_table t, size_t from, size_t i)
{
	const struct dict_kind *k = &dict_kinds[t];
	const char *val[DICT_COLS] = { NULL };
	WM_SBUF json = SBUF_INIT;
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_str(&out, NULL, hostile[(from + i) % WM_LEN(hostile)]);
	sbuf_puts(&json, jsonb_text(d->mem, sbuf_str(&out.text), "value"));
	for (size_t c = 0; c < k->n; c++) {
		val[c] = hostile[(from + i + c) % WM_LEN(hostile)];
		if (k->cols[c].type == DICT_JSON)
			val[c] = json.s;
		if (k->cols[c].type == DICT_BOOL)
			val[c] = i % 2 ? "true" : "false";
		if (!k->cols[c].need && (i + c) % 5 == 0)
			val[c] = NULL;
	}
	dict_put(d, k, val, NULL);
}

static const char *
sql_of(struct dict *d)
{
	WM_SBUF b = SBUF_INIT;

	dict_sql(d, &b);
	return sbuf_take(&b, d->mem);
}

static void
through_sql(struct arena *mem)
{
	struct dict a = { .mem = mem }, b = { .mem = mem };
	size_t same = 0;

	for (int t = 0; t < DICT_TABLES; t++)
		for (size_t i = 0; i < WM_LEN(hostile); i++)
			put(&a, (enum dict_table)t, (size_t)t, i);
	ok(dict_read_sql(&b, sql_of(&a), "dict"), "own SQL is read");
	ok(a.rows.n == b.rows.n, "all %zu rows came back", a.rows.n);
	for (size_t i = 0; i < a.rows.n; i++) {
		const struct dict_row *r = a.rows.v[i];
		const struct dict_row *o = dict_get(&b, r->key);

		same += o != NULL && dict_row_equal(r, o);
	}
	ok(same == a.rows.n, "each holds the same (%zu)", same);
	is(sql_of(&b), sql_of(&a), "the same rows give the same SQL");
	dict_clear(&a);
	dict_clear(&b);
}


static bool
on_text(void *ctx, const struct json *v)
{
	return dict_from_json(ctx, v, true, "document");
}

static bool
on_style(void *ctx, const struct json *v)
{
	return dict_from_json(ctx, v, false, "document");
}

static const char *
document(struct dict *d)
{
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_open(&out, NULL, '{', true);
	dict_write(d, &out);
	json_out_close(&out);
	return sbuf_take(&out.text, d->mem);
}

static void
through_json(struct arena *mem)
{
	static const struct json_member members[] = {
		{ "text", true, on_text },
		{ "style", true, on_style },
	};
	struct dict a = { .mem = mem }, b = { .mem = mem };
	const char *text;
	FILE *f;

	for (int t = 0; t < DICT_TABLES; t++)
		for (size_t i = 0; i < WM_LEN(hostile); i++)
			put(&a, (enum dict_table)t, (size_t)t, i);
	text = document(&a);
	f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	ok(f != NULL && json_read(f, "document", members, WM_LEN(members),
	    &b), "own JSON is read");
	if (f != NULL)
		fclose(f);
	is(document(&b), text, "the same rows give the same JSON");
	is(sql_of(&b), sql_of(&a), "and the same SQL");
	dict_clear(&a);
	dict_clear(&b);
}

/* As pg-format writes literals, and with what our own SQL never has. */
static const char older[] =
    "insert into wm.table_text (tt_sch,tt_tab,language,title,help) values\n"
    "  ('base','ent','eng','Entities', E'a\\\\b'),\n"
    "  ('base','x','eng',NULL,'');\n"
    "insert into wm.table_style (ts_sch,ts_tab,sw_name,sw_value,inherit)"
    " values\n  ('base','ent','focus','\"ent_name\"','t'),"
    "('base','ent','sort','[1, {\"b\":2,  \"a\":1}]'::jsonb,false);\n"
    "insert into wm.column_native (a,b) values (1,2);\n"
    "select wm.init_dictionary();\n";

static void
reading(struct arena *mem)
{
	static const char *const bad[] = {
		"insert into wm.objects (a) values (1)",
		"insert into public.t (a) values (1)",
		"insert into wm.table_text (tt_sch) values ('x')",
		"insert into wm.table_text (nope) values ('x')",
		"insert into wm.table_text values (now(), 'b', 'c', 'd', 'e')",
		"insert into wm.table_text values ('a','b','c','d','e','f')",
		"insert into wm.table_text select 1",
		"drop table wm.table_text",
		"insert into",
		"insert into wm.table_style values ('a', 'b', 'c', '{', true)",
	};
	struct dict d = { .mem = mem };
	const struct dict_row *r;

	ok(dict_read_sql(&d, older, "older"), "the older tool's SQL is read");
	ok(d.rows.n == 4, "four rows, column_native is left out");
	r = d.rows.v[0];
	is(r->val[4], "a\\b", "E'' literal");
	r = d.rows.v[1];
	ok(r->val[3] == NULL, "NULL");
	is(r->val[4], "", "empty text");
	r = d.rows.v[2];
	is(r->val[4], "true", "'t' is true");
	r = d.rows.v[3];
	is(r->val[3], "[1, {\"a\": 1, \"b\": 2}]", "canonical JSON");
	is(r->val[4], "false", "false");
	for (size_t i = 0; i < WM_LEN(bad); i++)
		ok(!dict_read_sql(&d, bad[i], "bad"), "refused: %s", bad[i]);
	dict_clear(&d);
}

static bool
of_table(void *ctx, const struct dict_row *row)
{
	return strcmp(row->val[DICT_TAB], ctx) == 0;
}

static void
changing(struct arena *mem)
{
	struct dict d = { .mem = mem };
	const char *val[DICT_COLS] = { "s", "a", "eng", "one", NULL };
	char word[] = "a", name[80];
	bool was;

	dict_put(&d, &dict_kinds[DICT_TABLE_TEXT], val, &was);
	ok(!was, "a new row");
	val[3] = "two";
	dict_put(&d, &dict_kinds[DICT_TABLE_TEXT], val, &was);
	ok(was && d.rows.n == 1, "the same row");
	is(((struct dict_row *)d.rows.v[0])->val[3], "two", "its new value");
	dict_forget(&d, of_table, word);
	ok(d.rows.n == 0, "forgotten");
	dict_put(&d, &dict_kinds[DICT_TABLE_TEXT], val, &was);
	ok(!was && d.rows.n == 1, "and new again");
	memset(name, 'x', sizeof(name));
	memcpy(name + 62, "\xc3\xbc", 3);
	val[1] = name;
	ok(strlen(dict_put(&d, &dict_kinds[DICT_TABLE_TEXT], val,
	    &was)->val[1]) == 62, "names are cut between characters");
	dict_clear(&d);
}

int
main(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	canonical(mem);
	through_sql(mem);
	through_json(mem);
	reading(mem);
	changing(mem);
	return tap_done();
}
