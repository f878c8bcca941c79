/*
 * What is read off PostgreSQL's parse trees: statements, identities,
 * references, equality; and arrays as the server prints them.
 */
#include "sql.h"

#include "arena.h"
#include "ident.h"
#include "pg.h"
#include "sbuf.h"
#include "tap.h"

static void
test_split(struct arena *mem)
{
	static const char text[] = "-- first\nselect 1; ;/* \303\251 */ "
	    "create view v as\n select ';' ; \n";
	struct sql_stmt *st;
	struct sql_error err;
	size_t n = 0;

	ok(sql_split(mem, text, &st, &n, &err) && n == 2, "two statements");
	is(arena_strndup(mem, text + st[0].off, st[0].len), "select 1",
	    "the first");
	is(arena_strndup(mem, text + st[1].off, st[1].len),
	    "create view v as\n select ';'", "the second");
	ok(sql_parse(mem, text, &st, &n, &err) && n == 2, "parsed too");
	is(st[1].tag, "ViewStmt", "with its tag");
	ok(sql_split(mem, " -- nothing\n", &st, &n, &err) && n == 0,
	    "a comment is no statement");
	ok(!sql_split(mem, "select '\303\251\360\237\230\200' frm t", &st, &n,
	    &err) && err.off == 20, "an error behind long characters");
	ok(!sql_parse(mem, "select", &st, &n, &err) || n == 1, "an end");
}

static void
test_deep(struct arena *mem)
{
	WM_SBUF b = SBUF_INIT;
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	sbuf_puts(&b, "select 1");
	for (int i = 0; i < 3000; i++)
		sbuf_puts(&b, "+1");
	ok(sql_parse(mem, sbuf_str(&b), &st, &n, &err), "3,000 operators");
	for (int i = 0; i < 197000; i++)
		sbuf_puts(&b, "+1");
	ok(sql_split(mem, sbuf_str(&b), &st, &n, &err), "200,000 are split");
	ok(!sql_parse(mem, sbuf_str(&b), &st, &n, &err), "and not parsed");
	is(err.message, "nested too deeply", "for a reason");
}

static void
test_places(void)
{
	static const char s[] = "a\303\251b\n\360\237\230\200c\n";
	int line, col;

	ok(char_to_byte(s, 0) == 0 && char_to_byte(s, 2) == 3 &&
	    char_to_byte(s, 5) == 9 && char_to_byte(s, 99) == strlen(s),
	    "characters to bytes");
	byte_to_line_col(s, 0, &line, &col);
	ok(line == 1 && col == 1, "the first byte");
	byte_to_line_col(s, 3, &line, &col);
	ok(line == 1 && col == 3, "behind a character of two bytes");
	byte_to_line_col(s, 9, &line, &col);
	ok(line == 2 && col == 2, "behind one of four, in line 2");
	byte_to_line_col(s, 99, &line, &col);
	ok(line == 3 && col == 1, "behind the end");
}

static void
test_ident_split(struct arena *mem)
{
	static const char *const rows[][3] = {
		{ "t", "public", "t" }, { "s.t", "s", "t" },
		{ "S.T", "s", "t" }, { "\"S\".\"T\"", "S", "T" },
		{ "\"a.b\".c", "a.b", "c" }, { "\"a\"\"b\"", "public", "a\"b" },
		{ "s.f(int, text)", "s", "f" }, { "f(a.b)", "public", "f" },
		{ " s . t ", "s", "t" }, { "db.s.t", "s", "t" },
		{ "\"f(x)\"", "public", "f(x)" }, { "", "public", "" },
		{ "\"\303\204\".\303\244", "\303\204", "\303\244" },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		const char *schema, *name;

		ident_split(mem, rows[i][0], &schema, &name);
		ok(strcmp(schema, rows[i][1]) == 0 &&
		    strcmp(name, rows[i][2]) == 0, "split of %s", rows[i][0]);
	}
}

static void
test_ident_of(struct arena *mem)
{
	static const char *const rows[][2] = {
		{ "create table t (a int)", "public.t" },
		{ "create table \"S\".\"T x\" (a int)", "\"S\".\"T x\"" },
		{ "create table s.t as select 1", "s.t" },
		{ "create or replace view s.v as select 1", "s.v" },
		{ "create materialized view s.v as select 1", "s.v" },
		{ "create sequence s.q", "s.q" },
		{ "create index i on s.t (a)", "s.i" },
		{ "create function s.f(a int, b text = 'x', out c int) "
		    "language sql as ''", "s.f(pg_catalog.int4,text)" },
		{ "create procedure p(numeric(3,2), double precision[]) "
		    "language sql as ''",
		    "public.p(pg_catalog.\"numeric\",pg_catalog.float8[])" },
		{ "create trigger tr before insert on s.t for each row "
		    "execute function f()", "tr on s.t" },
		{ "create rule r as on insert to s.t do nothing", "r on s.t" },
		{ "create policy p on s.t", "p on s.t" },
		{ "create schema s", "s" },
		{ "create type s.e as enum ('a')", "s.e" },
		{ "create type s.r as range (subtype = int)", "s.r" },
		{ "create type s.c as (a int)", "s.c" },
		{ "create domain s.d as int", "s.d" },
		{ "create extension hstore", "hstore" },
		{ "select 1", NULL }, { "grant select on t to x", NULL },
		{ "comment on table t is 'x'", NULL },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		struct sql_stmt *st;
		struct sql_error err;
		struct ident id;
		size_t n;

		if (!sql_parse(mem, rows[i][0], &st, &n, &err) || n != 1)
			ok(false, "%s", rows[i][0]);
		else
			is(ident_of(mem, st, &id) ? ident_text(mem, &id) :
			    NULL, rows[i][1], rows[i][0]);
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All references in one text, sorted; relations r, functions f, types t. */
static const char *
refs(struct arena *mem, const char *sql)
{
	WM_VEC found = VEC_INIT;
	WM_VEC names = VEC_INIT;
	WM_SBUF b = SBUF_INIT;

	refs_of(mem, sql, &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct ref *r = found.v[i];

		vec_push(&names, arena_printf(mem, "%s.%s:%s%s%s%s", r->schema,
		    r->name, r->classes & ID_RELATION ? "r" : "",
		    r->classes & ID_FUNCTION ? "f" : "",
		    r->classes & ID_TYPE ? "t" : "", r->soft ? "~" : ""));
	}
	vec_sort(&names, by_text);
	for (size_t i = 0; i < names.n; i++)
		if (i == 0 || strcmp(names.v[i], names.v[i - 1]) != 0)
			sbuf_printf(&b, "%s%s", b.len ? " " : "",
			    (const char *)names.v[i]);
	return sbuf_take(&b, mem);
}

/* Whether all words of want are among the references, and none of absent. */
static void
test_refs_one(struct arena *mem, const char *sql, const char *want,
    const char *absent)
{
	const char *got = refs(mem, sql);
	WM_SBUF padded = SBUF_INIT;
	bool good = true;

	sbuf_printf(&padded, " %s ", got);
	for (const char *s = want; *s != '\0';) {
		size_t len = strcspn(s, " ");

		good = good && strstr(sbuf_str(&padded), arena_printf(mem,
		    " %.*s ", (int)len, s)) != NULL;
		s += len + (s[len] == ' ');
	}
	for (const char *s = absent; *s != '\0';) {
		size_t len = strcspn(s, " ");

		good = good && strstr(sbuf_str(&padded), arena_printf(mem,
		    ".%.*s:", (int)len, s)) == NULL;
		s += len + (s[len] == ' ');
	}
	if (!ok(good, "references: %.60s", sql)) {
		tap_show("got", got);
		tap_show("want", want);
		tap_show("absent", absent);
	}
}

static void
test_refs(struct arena *mem)
{
	static const char *const rows[][3] = {
		{ "create view v as select * from a.t, u, \"Q\".\"X\"",
		    "public.v:r a.t:r public.u:r Q.X:r", "" },
		{ "create view v as with c as (select * from t), "
		    "d as (select * from c) select * from d join s.c on true",
		    "public.t:r s.c:r", "d" },
		{ "create view v as select (select x from sub1 where exists ("
		    "select 1 from sub2)) from t where a in "
		    "(select 1 from sub3)",
		    "public.sub1:r public.sub2:r public.sub3:r public.t:r",
		    "" },
		{ "create view v as select s.f(1), g(a => 2), count(*), "
		    "now() from t", "s.f:f public.g:f", "" },
		{ "create view v as select 's.q'::regclass, "
		    "nextval('s.r'), 's.f'::regproc, 's.ty'::regtype",
		    "s.q:r s.r:r s.f:f s.ty:rt", "" },
		{ "create view v as select x::s.mood, cast(y as other[]) "
		    "from t",
		    "s.mood:rt public.other:rt", "" },
		{ "create view v as select pg_catalog.now(), a from "
		    "pg_catalog.pg_class, information_schema.tables", "",
		    "pg_class tables now" },
		{ "create table t (id int default nextval('s.q'), m s.mood, "
		    "u int references s.u (id), check (s.ok(id)), "
		    "g int generated always as (s.gen(id)) stored) "
		    "inherits (s.parent)",
		    "s.q:r s.mood:rt s.u:r s.ok:f s.gen:f s.parent:r", "" },
		{ "create table p partition of s.parent for values in (1)",
		    "s.parent:r", "" },
		{ "create trigger tr before insert on s.t for each row "
		    "execute function s.f()", "s.t:r s.f:f", "" },
		{ "create rule r as on insert to s.t do instead "
		    "insert into s.u select * from s.w", "s.t:r s.u:r s.w:r",
		    "" },
		{ "create policy p on s.t using (s.mine(owner))",
		    "s.t:r s.mine:f", "" },
		{ "create function f(a s.t1, b s.t2[]) returns setof s.t3 "
		    "language sql as $$ select * from s.t4; insert into s.t5 "
		    "select s.g() $$",
		    "s.t1:rt s.t2:rt s.t3:rt s.t4:r~ s.t5:r~ s.g:f~", "" },
		{ "create function f() returns int language sql "
		    "begin atomic select x from s.t; end", "s.t:r", "" },
		{ "create function f() returns int language plpgsql as $$ "
		    "declare a s.ty; b s.t1.x%type; c s.t2%rowtype; begin "
		    "select x into a from s.t3; perform s.g(1); a := s.h(); "
		    "for b in select * from s.t4 loop null; end loop; "
		    "if exists (select 1 from s.t5) then return s.k(); end if; "
		    "execute 'select * from s.hidden'; "
		    "insert into s.t6 values (1); return 1; end $$",
		    "s.t1:r~ s.t2:r~ s.t3:r~ s.g:f~ s.h:f~ s.t4:r~ s.t5:r~ "
		    "s.k:f~ s.t6:r~", "hidden" },
		{ "do $$ begin perform s.f(); insert into s.t values (1); "
		    "end $$", "s.f:f s.t:r", "" },
		{ "create function f() returns int language plpython3u as "
		    "'select * from s.t'", "", "t" },
		{ "select 1; select 2 from s.t; select 3 from s.u",
		    "s.t:r s.u:r", "" },
		{ "this is not SQL", "", "this" },
		{ "", "", "x" },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++)
		test_refs_one(mem, rows[i][0], rows[i][1], rows[i][2]);
}

static bool
equal(struct arena *mem, const char *a, const char *b)
{
	struct sql_stmt *x, *y;
	struct sql_error err;
	size_t n, m;

	return sql_parse(mem, a, &x, &n, &err) &&
	    sql_parse(mem, b, &y, &m, &err) && n == 1 && m == 1 &&
	    strcmp(x->tag, y->tag) == 0 && sql_equal(x->node, y->node);
}

static void
test_equal(struct arena *mem)
{
	ok(equal(mem, "create view v as select a,b from t where c=1",
	    "CREATE VIEW v AS\n\tSELECT a, b -- x\nFROM T WHERE (c = 1);"),
	    "layout, case and comments are no difference");
	ok(!equal(mem, "select a, b from t", "select b, a from t"),
	    "order is");
	ok(!equal(mem, "select 'a'", "select 'A'"), "strings are");
	ok(!equal(mem, "select 1", "select 2"), "numbers are");
	ok(!equal(mem, "select 0", "select -1"), "and negative ones");
	ok(!equal(mem, "select a", "select a, a"), "more is");
	ok(!equal(mem, "select distinct a from t", "select a from t"),
	    "a word is");
	ok(!equal(mem, "select \"A\" from t", "select a from t"),
	    "quoted names are");
	ok(equal(mem, "select a::int4, b::varchar(3)",
	    "select cast(a as integer), b::character varying(3)"),
	    "how a built-in type is spelled is no difference");
	ok(!equal(mem, "select a::int4", "select a::int8"), "a type is");
	ok(!equal(mem, "select a::s.int4", "select a::integer"),
	    "a type's schema is");
	ok(sql_equal(NULL, NULL), "nothing equals nothing");
}

static void
test_type_text(struct arena *mem)
{
	static const char *const rows[][2] = {
		{ "int", "pg_catalog.int4" }, { "s.\"T\"", "s.\"T\"" },
		{ "numeric(10,2)", "pg_catalog.\"numeric\"" },
		{ "text[][]", "text[][]" }, { "setof x", "x" },
		{ "timestamp(3) with time zone", "pg_catalog.timestamptz" },
		{ "s.t.c%type", NULL },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		struct sql_stmt *st;
		struct sql_error err;
		size_t n;
		const char *sql = arena_printf(mem, "create function f() "
		    "returns %s language sql as ''", rows[i][0]);

		is(sql_parse(mem, sql, &st, &n, &err) ? sql_type_text(mem,
		    json_get(st->node, "returnType")) : "?", rows[i][1],
		    rows[i][0]);
	}
}

static void
test_array(struct arena *mem)
{
	static const struct {
		const char *text;
		size_t n;
		const char *v[4];
	} rows[] = {
		{ NULL, 0, { NULL } }, { "{}", 0, { NULL } },
		{ "", 0, { NULL } }, { "{a}", 1, { "a" } },
		{ "{a,b,c}", 3, { "a", "b", "c" } },
		{ "{\"a,b\",\"{}\"}", 2, { "a,b", "{}" } },
		{ "{\"\",x}", 2, { "", "x" } },
		{ "{\"a\\\"b\",\"c\\\\d\"}", 2, { "a\"b", "c\\d" } },
		{ "{\303\251,\"\360\237\230\200 x\"}", 2,
		    { "\303\251", "\360\237\230\200 x" } },
		{ "{\"a\nb\"}", 1, { "a\nb" } },
	};

	for (size_t i = 0; i < WM_LEN(rows); i++) {
		WM_VEC v = VEC_INIT;
		bool same;

		pg_array(mem, rows[i].text, &v);
		same = v.n == rows[i].n;
		for (size_t k = 0; same && k < v.n; k++)
			same = strcmp(v.v[k], rows[i].v[k]) == 0;
		ok(same, "array %zu", i);
	}
}

int
main(void)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();

	test_split(mem);
	test_deep(mem);
	test_places();
	test_ident_split(mem);
	test_ident_of(mem);
	test_refs(mem);
	test_equal(mem);
	test_type_text(mem);
	test_array(mem);
	return tap_done();
}
