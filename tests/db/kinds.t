#!/bin/bash
# Changes of every kind of object in plain SQL: the upgraded database is equal
# to one built fresh, and nothing is left to do. Cases are in kinds.cases;
# kinds.sh says how they are written.
. "$(dirname "$0")/../lib.sh"

. "$TESTS/db/kinds.sh"

run_cases "$TESTS/db/kinds.cases"
rm -f "$tmp"/Wyseman.*	# of the last case

# A second primary key: the server would refuse it when the plan runs.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create table p (a int, b int, primary key (a)) partition by range (a);
create table p1 (a int not null, b int not null);
alter table p attach partition p1 for values from (0) to (10);
EOF
ok "a key for a partition: built" pipe a "$tmp/schema.sql"
sed -i 's/b int not null/&, primary key (a, b)/' "$tmp/schema.sql"
wm-parse "$tmp/schema.sql" >"$tmp/list"
exits 4 "a second one of its own is refused" bash -c \
    "wm-diff -d $(dbname a) <'$tmp/list'"
like "$(cat "$tmp/err")" 'schema.sql:2: error: table "public.p1": it is to '\
'have a primary key of its own, and has one already, "p1_pkey", through '\
'table "public.p"' "and it is said why"

# An extension that comes may bring code, but nothing that holds rows, and
# nothing to another place.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create schema s;
create function show_trgm(text) returns text[] language sql immutable as
'select array[$1]';
create table t (a text);
create view v as select show_trgm(a) as x from t;
EOF
ok "a function that an extension has as well: built" pipe a "$tmp/schema.sql"
sed -i -e 's/^create function.*/create extension pg_trgm;/' -e "/^'select/d" \
    "$tmp/schema.sql"
cp "$tmp/schema.sql" "$tmp/from.sql"
sed -i 's/pg_trgm/& schema s/' "$tmp/schema.sql"
exits 4 "it does not come from one in another schema" pipe a "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'view "public.v" depends on function' "which is said"
sed '/^create table/d' "$tmp/from.sql" >"$tmp/schema.sql"
exits 4 "a table does not come from one" pipe a "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'depends on table "public.t", which left the '\
'source' "which is said"
cp "$tmp/from.sql" "$tmp/schema.sql"
ok "the function comes from it" pipe a "$tmp/schema.sql"

# An index that only gets another name is not built again.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create table t (a int);
create index old on t (a);
EOF
ok "an index: built" pipe a "$tmp/schema.sql"
was=$(sql a "select pg_relation_filenode('old')")
sed -i 's/old/new/' "$tmp/schema.sql"
ok "it gets another name" pipe a "$tmp/schema.sql"
is "$(sql a "select pg_relation_filenode('new')")" "$was" \
    "and is the one that it was"

# Values of a composite type move over; those of an attribute that goes do not.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create type c as (a int, b text);
create table t (id int, x c);
EOF
ok "a composite type: built" pipe a "$tmp/schema.sql"
sql a "insert into t values (1, row(1, 'x')), (2, null), (3, row(null, null))"
sed -i 's/a int, b/a bigint, d date, b/' "$tmp/schema.sql"
ok "an attribute of another type" pipe a "$tmp/schema.sql"
is "$(sql a "select id, x, x is distinct from null from t order by 1")" \
    "1|(1,,x)|t
2||f
3|(,,)|t" "its values are there"
for to in "a bigint, d date" "a numeric, d date"; do
	sed -i "1s/(.*)/($to)/" "$tmp/schema.sql"
	exits 4 "an attribute goes that has values: $to" pipe a \
	    "$tmp/schema.sql"
	like "$(cat "$tmp/err")" 'column x of table public.t holds values of '\
'attribute b, which is gone' "which is said"
done
diff_opts=(--allow data-loss)
ok "it is allowed" pipe a "$tmp/schema.sql"
is "$(sql a "select x from t order by id")" "(1,)

(,)" "the others are there"
diff_opts=()

# The same in arrays, and inside of others.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create type e as enum ('p', 'q');
create type c as (a int, b text, e e);
create type o as (c c, d c[], n int);
create table t (id int, x c[], y o, z o[]);
create table h () inherits (t);
EOF
ok "composite types in others: built" pipe a "$tmp/schema.sql"
sql a "insert into t values (1, array[row(1, 'x', 'p')::c, null],
	row(row(1, 'x', 'p'), array[row(2, 'y', 'q')::c], 3),
	array[row(null, '{}', 4)::o]), (2, null, null, null)" \
    "insert into h select * from t where id = 1"
sed -i "s/a int, b/a bigint, d date, b/; s/'p', 'q'/'q', 'p'/" \
    "$tmp/schema.sql"
ok "an attribute of what is inside" pipe a "$tmp/schema.sql"
is "$(sql a "select distinct * from t order by 1")" \
    '1|{"(1,,x,p)",NULL}|("(1,,x,p)","{""(2,,y,q)""}",3)|{"(,{},4)"}
2|||' "all values are there"
sql a "insert into t (x) values ('[0:0]={\"(1,,,p)\"}')"
sed -i "s/a bigint, d date,/a numeric, d date,/" "$tmp/schema.sql"
exits 4 "an array that is counted otherwise" pipe a "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'column x of table public.t holds arrays' "is said"
sql a "delete from t where id is null" "update t set x = null" \
    "update h set x = null"
ok "it is gone" pipe a "$tmp/schema.sql"
sed -i "s/ b text,//" "$tmp/schema.sql"
exits 4 "an attribute goes that has values, inside" pipe a "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'column y of table public.t holds values with '\
'attribute b of public.c inside, which is gone' "which is said"
diff_opts=(--allow data-loss)
ok "they may be lost" pipe a "$tmp/schema.sql"
is "$(sql a "select distinct * from t where id = 1")" \
    '1||("(1,,p)","{""(2,,q)""}",3)|{"(,{},4)"}' "and are"
diff_opts=()

# Somebody else's views of a table that gets another name and steps aside.
newdb a
echo "create table t (a int primary key, b int);" >"$tmp/schema.sql"
ok "a table with views of others: built" pipe a "$tmp/schema.sql"
sql a "create view one as select a, t.b, (select count(*) from t u) from t" \
    "create view two as select b from one" "comment on view one is 'x'"
sql a "insert into t values (1, 2)"
printf '%s\n' "-- renamed from: t" \
    "create table t2 (a int primary key, b bigint);" >"$tmp/schema.sql"
ok "it has another name, and a column another type" pipe a "$tmp/schema.sql"
is "$(sql a "select a, b, count, (select b from two),
    obj_description('one'::regclass) from one")" "1|2|1|2|x" \
    "the views are there"

# A table is partitioned otherwise: all rows have to have a place.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create table p (a int, b text, c date) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 partition of p default;
EOF
ok "a partitioned table: built" pipe a "$tmp/schema.sql"
sql a "insert into p values (1, 'x', '2020-01-01'), (7, 'y', '2021-06-01'),
    (null, null, null)"
diff_opts=(--allow rebuild)
# 1 how it is partitioned, 2 by rows that have no place, then its partitions
while IFS='|' read -r by rows parts; do
	printf 'create table p (a int, b text, c date) partition by %s;\n%s\n' \
	    "$by" "$parts" >"$tmp/schema.sql"
	exits 4 "partitioned by $by" pipe a "$tmp/schema.sql"
	like "$(cat "$tmp/err")" "no partition to go to .$rows row" \
	    "which $rows rows cannot follow"
done <<'EOF'
list (b)|1|create table p1 partition of p for values in ('x', null);
list (lower(b))|2|create table p1 partition of p for values in ('x');
range (c, a)|2|create table p1 partition of p for values from ('2020-01-01', minvalue) to ('2021-06-01', 7);
range (c)|1|create table p1 partition of p for values from (minvalue) to (maxvalue) partition by list (a); create table p11 partition of p1 default;
EOF
printf '%s\n' "create table p (a int, b text, c date) partition by range (c);" \
    "create table p1 partition of p for values from (minvalue) to (maxvalue)" \
    "	partition by list (lower(b));" \
    "create table p11 partition of p1 for values in ('x', 'y');" \
    "create table p2 partition of p default;" >"$tmp/schema.sql"
ok "where all have one" pipe a "$tmp/schema.sql"
is "$(sql a "select tableoid::regclass, * from p order by a")" \
    "p11|1|x|2020-01-01
p11|7|y|2021-06-01
p2|||" "they follow"
diff_opts=()

# A table gives its name to a new one: a key of others may mean either.
newdb a
printf '%s\n' "create table t (a int primary key);" \
    "create table k (a int references t);" >"$tmp/schema.sql"
ok "a table and a key to it: built" pipe a "$tmp/schema.sql"
sed -i '1s/.*/-- renamed from: t\ncreate table t2 (a int primary key);\n&/' \
    "$tmp/schema.sql"
exits 4 "another takes its name" pipe a "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'schema.sql:4: error: table "public.k" names table '\
'"public.t", which becomes "public.t2", while another table takes its name' \
    "what names it is said"
sed -i 's/references t)/references t2)/' "$tmp/schema.sql"
ok "it says which" pipe a "$tmp/schema.sql"

# A table has its name before the source says where that comes from.
newdb a
echo "create table t2 (a int primary key);" >"$tmp/schema.sql"
ok "a table: built" pipe a "$tmp/schema.sql"
sed -i '1i -- renamed from: t' "$tmp/schema.sql"
wm-parse "$tmp/schema.sql" | wm-diff -d "$(dbname a)" >"$tmp/plan" \
    2>"$tmp/told"
ok "it is said to have had another name" wm-apply -d "$(dbname a)" \
    "$tmp/plan"
like "$(cat "$tmp/told")" 'schema.sql:2: warning: table "public.t2": nothing '\
'to do for "rename table to t2": the table has that name' "what is done is told"

# A sequence that is to have other limits than it has passed.
echo "create sequence s;" >"$tmp/schema.sql"
newdb a
ok "a sequence: built" pipe a "$tmp/schema.sql"
sql a "select setval('s', 500)" >/dev/null
echo "create sequence s minvalue 1000;" >"$tmp/schema.sql"
ok "it begins above" pipe a "$tmp/schema.sql"
is "$(sql a "select nextval('s')")" 1000 "with the first of its values"
echo "create sequence s maxvalue 100;" >"$tmp/schema.sql"
wm-parse "$tmp/schema.sql" >"$tmp/list"
exits 4 "it stands above its limit" bash -c \
    "wm-diff -d $(dbname a) <'$tmp/list'"
like "$(cat "$tmp/err")" 'sequence public.s stands at 1000, beyond' \
    "which is said"

# The server knows who calls a cast's function, not who casts: all of these go on
# by the function that is the cast's now. The catalog does not show it.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create type a as (x int);
create function f1(a) returns int language sql immutable as 'select ($1).x';
create function f2(a) returns int language sql immutable as 'select ($1).x + 1';
create cast (a as int) with function f1(a);
create table t (c a, g int generated always as (c::int) stored,
	d int default row(1)::a::int, check (c::int < 9));
create index ti on t ((c::int));
create view v as select c::int as x from t;
create materialized view mv as select x from v;
create domain dm as int check (value > row(1)::a::int);
create function fb(a) returns int language sql begin atomic select $1::int; end;
EOF
diff_opts=()
ok "a cast: built" pipe a "$tmp/schema.sql"
sql a "insert into t (c) values (row(5))"
sed -i 's/with function f1/with function f2/' "$tmp/schema.sql"
ok "it gets another function" pipe a "$tmp/schema.sql"
sql a "insert into t (c) values (row(7))"
is "$(sql a "select c, g, d, x, fb(c), (select x from mv) from t, v
    where x = fb(c) order by 1")" "(5)|6|1|6|6|6
(7)|8|2|8|8|6" "which all use that cast"
exits 1 "a check as well" sql a "insert into t (c) values (row(8))"
exits 1 "and a domain" sql a "select 2::dm"

# Without a function, nothing tells who casts but the trees.
for way in "a|with inout" "bytea|without function"; do
	type=${way%|*} v=$([ "$type" = a ] && echo "row(5)" || echo "'5'::bytea")
	cat >"$tmp/schema.sql" <<EOF
create type a as (x int);
create function f2($type) returns text language sql immutable as 'select ''f2''';
create cast ($type as text) ${way#*|};
create domain da as $type;
create domain dm as text default $v::$type::text;
create table t (c $type, e $type[], h da, d text default $v::$type::text,
	check (c::text <> 'x'));
create view v as select c::text as x, e::text[] as y, h::text as z from t;
create view w as select c from t;
create materialized view mv as select x from v;
create function fb($type) returns text language sql
	begin atomic select \$1::text; end;
EOF
	newdb a
	ok "a cast ${way#*|}: built" pipe a "$tmp/schema.sql"
	sql a "insert into t (c, e, h) values ($v, array[$v::$type], $v)"
	was=$(sql a "select 'w'::regclass::oid")
	cp "$tmp/schema.sql" "$tmp/was.sql"
	sed -i "s/^create cast.*/create cast ($type as text) with function f2;/" \
	    "$tmp/schema.sql"
	ok "it gets a function" pipe a "$tmp/schema.sql"
	sql a "insert into t (c, e, h) values ($v, array[$v::$type], $v)"
	is "$(sql a "select d = 'f2', x, y, z, fb(c), (select min(x) from mv),
	    null::dm from t, v order by 1 desc limit 1")" \
	    "t|f2|{f2}|f2|f2|f2|" "which all use"
	is "$(sql a "select 'w'::regclass::oid")" "$was" \
	    "but for what does not cast"
	cp "$tmp/was.sql" "$tmp/schema.sql"
	ok "it has none again" pipe a "$tmp/schema.sql"
	is "$(sql a "select bool_or('f2' in (x, y[1], z, fb(c), (select min(x)
	    from mv))) from t, v")" f "and nothing calls it"
done
done_testing
