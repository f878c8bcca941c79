#!/bin/bash
# What a database has without a record of it is taken over; what somebody did
# behind the record's back is found, undone, or taken.
. "$(dirname "$0")/../lib.sh"
cd "$tmp" || exit 3

# steps FILE - what a plan does to objects that are not the tools' own.
steps() {
	jq -r '.steps[] | select(.action != "record" and .module != "wyseman") |
	    [.action, .obj_typ, .obj_nam] | join(" ")' "$1"
}

# --- a database that has no record ---

cat >app.sql <<'END'
create schema app;
create extension hstore with schema app;
create type app.mood as enum ('sad', 'ok');
create domain app.short as text check (length(value) < 20);
create table app.t (
	id	serial primary key,
	name	app.short not null default 'x',
	mood	app.mood,
	tags	app.hstore,
	at	timestamptz default now(),
	unique (name, mood)
);
create index t_at on app.t (at desc);
create table app.u (t int references app.t on delete cascade, n numeric(8,2)
	check (n > 0));
create view app.v as select id, upper(name) as name from app.t where mood
	is not null;
create materialized view app.m as select count(*) as n from app.u;
create unique index m_n on app.m (n);
create function app.f(a int, b text = 'x') returns int language sql
	as 'select a + length(b)';
create function app.tf() returns trigger language plpgsql as $$
begin new.at := now(); return new; end $$;
create trigger t_tr before update on app.t for each row execute function
	app.tf();
create rule v_del as on delete to app.v do instead delete from app.t
	where id = old.id;
alter table app.t enable row level security;
create policy p on app.t using (mood <> 'sad');
comment on column app.t.at is 'when';
grant select on app.v to public;
END
newdb a b c
sqlfile a app.sql
sql a "insert into app.t (name, mood) values ('one', 'ok'), ('two', 'sad');
    insert into app.u values (1, 5)"
sql a "create table public.other (x int); create view public.ov as select
    name from app.t"
wm-parse app.sql >app.json
wm-diff --adopt -d "$(dbname a)" <app.json >plan 2>err
is $? 0 "adopt: a plan" || diag "$(cat err)"
is "$(steps plan)" "" "it only records"
is "$(cat err)" \
    "wm-diff: note: left alone, since the source does not have them: table \"public.other\", view \"public.ov\"" \
    "it says what it leaves alone"
before=$(catalog a)
ok "it is applied" bash -c 'wm-apply -d "$1" plan >report' - "$(dbname a)"
is "$(catalog a | grep -v '[ "(]wm[.:]')" \
    "$(grep -v '[ "(]wm[.:]' <<<"$before")" "the catalog is as it was"
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname a) <app.json"
ok "nor by meaning" bash -c \
    "wm-diff --adopt --exit-code -d $(dbname a) <app.json"
is "$(sql a "select count(*) from wm.objects where built")" \
    "$(jq '.objects | length' app.json | xargs -I{} expr {} + \
	"$(sql a "select count(*) from wm.objects where module = 'wyseman'")")" \
    "every object has its record"

# A later version comes as an ordinary upgrade.
sed 's/upper(name) as name/lower(name) as name/; s/numeric(8,2)/numeric(9,2)/' \
    app.sql >app2.sql
mkdir two && cp app2.sql two/app.sql
ok "an upgrade follows" pipe a two/app.sql
is "$(sql a "select string_agg(name, ',' order by id) from app.v")" "one,two" \
    "it is the new one, the rows are there"

# --- a dump is a source as well ---

pg_dump -s -d "$(dbname b)" >/dev/null
sqlfile b app.sql
pg_dump -s -d "$(dbname b)" >dump.sql
wm-parse --sql - <dump.sql 2>/dev/null | wm-diff --adopt -d "$(dbname b)" |
    tee plan | wm-apply -d "$(dbname b)" >/dev/null
is "${PIPESTATUS[*]}" "0 0 0 0" "pg_dump | wm-parse | wm-diff | wm-apply"
is "$(steps plan)" "" "it only records"

# --- what differs is the plan ---

sqlfile c app.sql
sql c "insert into app.t (name, mood) values ('one', 'ok');
    alter table app.t alter name set default 'y', add check (id > 0);
    drop index app.t_at; drop trigger t_tr on app.t;
    create or replace function app.f(a int, b text = 'x') returns int
	language sql as 'select 1';
    alter type app.mood add value 'happy'; revoke select on app.v from public;
    comment on column app.t.at is null; grant delete on app.t to public;
    drop table app.u cascade" 2>/dev/null
wm-diff --adopt -d "$(dbname c)" <app.json >plan 2>err
is $? 0 "a database that differs" || diag "$(cat err)"
exits 0 "its plan is applied" bash -c \
    "wm-apply -d $(dbname c) --allow all plan >report"
facts() {
	catalog "$1" | grep -v '[ "(]wm[.:]'
}
is "$(diff <(facts c) <(facts b) | grep '^[<>]')" \
    "$(printf '%s\n' '< table app.t: grant DELETE to public by postgres')" \
    "then it is as the source has it, but for what others were granted"
is "$(sql c "select name, mood from app.t")" "one|ok" "rows are kept"

# --- nothing that holds data goes without being asked for ---

newdb c
sqlfile c app.sql
sql c "alter table app.t add secret text; insert into app.t (name, secret)
    values ('one', 'x')"
exits 4 "a column that the source does not have is refused" bash -c \
    "wm-diff --adopt -d $(dbname c) <app.json >plan"

# --- an empty database is built as always ---

newdb c
ok "nothing to take over" bash -c "wm-diff --adopt -d $(dbname c) <app.json |
    wm-apply -d $(dbname c) >report"
is "$(diff <(facts c) <(facts b))" "" "it is built"

# --- drift ---

drift() {
	wm-diff --drift -d "$(dbname c)" "$@" 2>err
}
is "$(drift --exit-code >plan; echo $?; cat err)" 0 "nobody has done anything"
is "$(steps plan)" "" "the plan is empty"
# what the server writes down by itself is no drift
sql c "insert into app.t (name, mood) select 'n' || g, 'ok' from
    generate_series(1, 2000) g; analyze; truncate app.u; reindex table app.t;
    refresh materialized view app.m" 2>/dev/null
sql c "vacuum full app.t"
is "$(drift --exit-code >plan; echo $?; cat err)" 0 "rows are nobody's business"

sqlfile b app.sql 2>/dev/null
clean=$(facts c)
sql c "create index by_hand on app.t (mood);
    create or replace function app.f(a int, b text = 'x') returns int
	language sql as 'select 1';
    drop view app.v cascade;
    alter table app.u add check (t > 0), alter n type numeric(10,2);
    create trigger late before insert on app.t for each row execute
	function app.tf();
    grant update on app.t to public; comment on table app.t is 'mine';
    alter table app.t disable row level security;
    create table app.extra (x int); create view app.ev as select 1 as one"
drift >plan
is $? 0 "drift: a plan" || diag "$(cat err)"
is "$(cat err)" "$(sed 's/^/wm-diff: note: /' <<'END'
view "app.ev" is in the database, and nothing in the record is about it
table "app.extra" is in the database, and nothing in the record is about it
END
)" "what is in no record is listed"
exits 0 "the plan is applied" bash -c "wm-apply -d $(dbname c) plan >report"
is "$(diff <(facts c) <(echo "$clean") | grep '^[<>]' |
    grep -v 'app\.extra\|app\.ev')" "" "all is as the record has it"
is "$(sql c 'select count(*) from app.t')" 2000 "rows are kept"
is "$(drift --exit-code >plan; echo $?; grep -v 'app\.extra\|app\.ev' err)" 0 \
    "and then it is still"
wm-diff --exit-code -d "$(dbname c)" <app.json >plan
is $? 0 "so it is for the source"
# Fingerprints are there now: no server is needed to tell that.
exits 0 "it is told at once" wm-diff --drift --exit-code -d "$(dbname c)" \
    --scratch "host=$tmp/nowhere"
sed 's/upper(name)/lower(name)/' app.sql >two/app.sql
ok "an upgrade" pipe c two/app.sql
exits 0 "its changes are no drift" wm-diff --drift --exit-code \
    -d "$(dbname c)" --scratch "host=$tmp/nowhere"
ok "and back" pipe c app.sql
sql c "comment on view app.v is 'mine'"
exits 3 "a comment is" wm-diff --drift --exit-code -d "$(dbname c)" \
    --scratch "host=$tmp/nowhere"
sql c "comment on view app.v is null"
sql c "create view app.ev2 as select 2 as two"
drift --prune >plan
is "$(steps plan | sort)" "$(printf '%s\n' "drop table app.extra" \
    "drop view app.ev" "drop view app.ev2" "check table app.extra" | sort)" \
    "--prune drops what is in no record"
drift --prune --ignore 'app.e*' --exit-code >plan
is $? 0 "--ignore leaves it alone"
echo '{"ignore": ["table:app.ex*", "app.ev"]}' >Wyseman.conf
drift --prune >plan
is "$(steps plan)" "drop view app.ev2" "so does the configuration"
rm Wyseman.conf

# What is dropped is kept where that is asked for, as often as it comes.
for n in 1 2; do
	sql c "create table if not exists app.extra (x int);
	    insert into app.extra values ($n)"
	drift --prune --keep-dropped --ignore 'app.ev*' >plan
	exits 0 "pruned, and kept: $n" wm-apply -d "$(dbname c)" plan
done
is "$(sql c "select string_agg(xpath_string, ' ' order by id) from (select id,
    (xpath('//x/text()', query_to_xml('select x from ' || place, true, true,
    '')))[1]::text as xpath_string from wm_attic.kept) k")" "1 2" \
    "its rows are there"
drift --prune --ignore 'app.ev*' --exit-code >plan
is "$?:$(steps plan)" "0:" "what is kept is not drift"
sql c "create table app.extra (x int)"

# --- take ---

drift --take --exit-code --ignore 'app.e*' >taken.sql
is "$?:$(cat taken.sql)" "0:" "take: nothing differs"
sql c "alter table app.u add column note text; create index u_note on
    app.u (note); drop function app.f"
drift --take --ignore 'app.e*' >taken.sql
is $? 0 "take: text" || diag "$(cat err)"
drift --take --exit-code --ignore 'app.e*' >plan
is "$?:$(diff plan taken.sql)" "1:" "--exit-code tells that there is any"
is_file taken.sql - "what the database has" <<'END'
-- function app.f(int4,text): is not in the database

-- table app.u
CREATE TABLE app.u (
    t integer,
    n numeric(8,2),
    note text,
    CONSTRAINT u_n_check CHECK ((n > (0)::numeric))
);
ALTER TABLE ONLY app.u
    ADD CONSTRAINT u_t_fkey FOREIGN KEY (t) REFERENCES app.t(id) ON DELETE CASCADE;

-- index app.u_note
CREATE INDEX u_note ON app.u USING btree (note);

END
exits 4 "what would lose data is refused" bash -c \
    "wm-diff --drift -d $(dbname c) --ignore 'app.e*' >plan"

# --- releases ---

mkdir rel && cd rel || exit 3
export SOURCE_DATE_EPOCH=0
wm-parse ../app.sql 2>/dev/null | wm-release commit -Wno-init -o schema-1.json
sed 's/upper(name)/lower(name)/' ../app.sql >app.sql
wm-parse app.sql 2>/dev/null | wm-release commit -Wno-init -o schema-2.json
newdb c
sqlfile c ../app.sql
sql c "insert into app.t (name, mood) values ('one', 'ok')"
ok "a bundle is adopted" bash -c "wm-diff --adopt -d $(dbname c) schema-1.json |
    tee plan | wm-apply -d $(dbname c) >report"
is "$(steps plan)" "" "it only records"
is "$(sql c "select wm.last(), count(*) filter (where obj_ver > 0) > 10
    from wm.objects")" "1|t" "as that release"
ok "the database is at it" wm-diff --exit-code -d "$(dbname c)" schema-1.json
sql c "create or replace view app.v as select id, 'x'::text as name from app.t"
record c >before
wm-diff --drift -d "$(dbname c)" >plan
is "$(steps plan)" "replace view app.v" "drift from a release"
exits 0 "it is undone" bash -c "wm-apply -d $(dbname c) plan >report"
record c >after
is_file after before "the record stays as it was"
ok "the next release follows" bash -c "wm-diff -d $(dbname c) schema-2.json |
    wm-apply -d $(dbname c) >report"
is "$(sql c "select name from app.v")" "one" "and is there"
cd .. || exit 3

# --- two modules, one after the other ---

cat >one.sql <<'END'
-- module one
create schema one;
create table one.a (id int primary key);
END
cat >two.sql <<'END'
-- module two
create schema two;
create table two.b (id int references one.a, n int);
create view two.v as select b.id from two.b join one.a using (id);
END
newdb c
cat one.sql two.sql | psql -Xq -d "$(dbname c)"
ok "one module" bash -c "wm-parse one.sql | wm-diff --adopt -d $(dbname c) |
    wm-apply -d $(dbname c) >report"
wm-parse one.sql two.sql | wm-diff --adopt -d "$(dbname c)" >plan 2>err
is "$?:$(steps plan)" "0:" "then both"
exits 0 "it is applied" bash -c "wm-apply -d $(dbname c) plan >report"
is "$(sql c "select string_agg(obj_nam, ' ' order by obj_nam collate \"C\")
    from wm.objects where module in ('one', 'two')")" \
    "one one.a two two.b two.v" "all have their records"

# --- a source in the older language, with other words for the same ---

cat >w.wms <<'END'
module w
schema w {} {} -grant public
table w.t w {
	id int primary key,
	kind varchar not null default 'a' check (kind in ('a', 'b')),
	made timestamp default now()
}
index {} w.t kind
view w.v w.t {select id, kind from w.t where kind = 'a'} -grant {{acler s i}}
function w.f(int) w {returns int language sql as $$ select $1 + 1 $$}
END
cat >w.sql <<'END'
do $$ begin create role acler_1; create role acler_2;
exception when duplicate_object then null; end $$;
create schema w;
grant usage on schema w to public;
create table w.t (id integer not null, made timestamp without time zone
	default now(), kind character varying not null,
	constraint t_pkey primary key (id));
alter table w.t alter kind set default 'a'::character varying,
	add constraint t_kind_check check (((kind) IN ('a','b')));
create index w_t_x_kind on w.t (kind);
create view w.v as select t.id, t.kind from w.t where t.kind::text = 'a';
grant select on w.v to acler_1; grant insert on w.v to acler_2;
create function w.f(integer) returns integer language sql as
	$$ select $1 + 1 $$;
END
newdb c
sqlfile c w.sql
wm-parse w.wms | wm-diff --adopt -d "$(dbname c)" >plan 2>err
is "$?" 0 "a .wms source" || diag "$(cat err)"
is "$(jq -r '.steps[] | select(.obj_nam | tostring | test("^w\\."))
    | .sql' plan)" "" "a .wms source: equal in meaning"

# --- what cannot be asked for ---

newdb c
exits 4 "no record, no drift" wm-diff --drift -d "$(dbname c)"
exits 2 "drift takes no list" wm-diff --drift -d "$(dbname c)" app.json
exits 2 "take goes with drift" wm-diff --take -d "$(dbname c)" app.json
exits 2 "adopt is about a database" wm-diff --adopt --from app.json app.json

# A list that cannot be built says where.
printf 'create table t (a nowhere);\n' >bad.sql
wm-parse bad.sql | wm-diff --adopt -d "$(dbname c)" >plan 2>err
is "${PIPESTATUS[1]}:$(head -n 1 err)" \
    '1:bad.sql:1:19: error: type "nowhere" does not exist' "bad source"

# The server can be one that is named.
sqlfile c app.sql
wm-diff --adopt --scratch "host=$PGHOST port=$PGPORT user=$PGUSER" \
    -d "$(dbname c)" <app.json >plan 2>err
is "$?:$(steps plan)" "0:" "--scratch names a server"
is "$(sql c "select datname from pg_database where datname ~ '^wm_scratch'")" \
    "" "nothing stays there"

# ... and has few locks: the scratch database is made a piece at a time.
seq -f 'create table t%g (id serial primary key, x text unique);' 400 >few.sql
cat >few.sh <<'END'
psql -Xq -v ON_ERROR_STOP=1 -f few.sql
wm-parse few.sql | wm-diff --adopt --scratch dbname=postgres -d postgres
END
WM_PGCONF=$'max_locks_per_transaction = 35\nmax_connections = 20' \
    "$TESTS/cluster" run bash few.sh >plan 2>err
is "$?:$(cat err)" "0:" "a named server has room for few locks"

# --- what was changed by hand goes into the source ---

newdb d e
cat >hand.sql <<'END'
create table person (id serial primary key, name text not null);
create view adults as select * from person where id > 1;
create view gone as select 1 as one;
create function f(int) returns int language sql as 'select $1';
END
ok "a source" pipe d hand.sql
sql d "insert into person (name) values ('one');
    alter table person add column extra text default 'x';
    create index on person (name); drop view gone;
    create or replace function f(int) returns int language sql
	as 'select 2'"
wm-diff --drift -d "$(dbname d)" >plan 2>err
is $? 4 "a column is not undone by itself"
like "$(cat err)" 'column "extra" is not in the record
wm-diff: hint: wm-diff --drift --take prints' "the hint is the way to keep it"
wm-diff --drift --take -d "$(dbname d)" >taken.sql 2>err
is $? 0 "it is printed" || diag "$(cat err)"
is "$(grep '^--' taken.sql | sort)" "$(sort <<'END'
-- function public.f(int4)
-- view public.gone: is not in the database
-- table public.person
-- view public.adults
-- index public.person_name_idx
END
)" "with all that has to change with it"
mkdir hand && cp taken.sql hand/hand.sql
wm-parse hand/hand.sql >list
wm-diff --adopt -d "$(dbname d)" <list >plan 2>err
is "$?:$(steps plan)" "0:" "the new source is only recorded" ||
    diag "$(cat err)"
ok "it is applied" bash -c "wm-apply -d $(dbname d) plan >report"
is "$(wm-diff --drift --exit-code -d "$(dbname d)" 2>&1 >plan; echo $?)" 0 \
    "no drift is left"
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname d) <list"
ok "built anew from it" pipe e hand/hand.sql
same_catalog d e "equal to the database"
is "$(sql d "select name, extra from person")" "one|x" "which has its rows"

# What is in no record is told of every time, and pruned if asked for.
sql d "create table rogue (a int)"
rogue='wm-diff: note: table "public.rogue" is in the database, and nothing in the record is about it'
for n in 1 2; do
	wm-diff --drift -d "$(dbname d)" >plan 2>err
	is "$?:$(cat err)" "0:$rogue" "told: $n"
	exits 0 "applied: $n" wm-apply -d "$(dbname d)" plan
done
is "$(wm-diff --drift -d "$(dbname d)" --scratch "host=$tmp/nowhere" 2>&1 \
    >plan; echo $?)" "$rogue
0" "the third time at once"
wm-diff --drift --prune -d "$(dbname d)" >plan
is "$(steps plan | sort)" "check table public.rogue
drop table public.rogue" "--prune still finds it"

# --- the dump of a database that has the record ---

newdb d e
sqlfile d app.sql
pg_dump -s -d "$(dbname d)" >dump.sql
wm-parse dump.sql 2>/dev/null | wm-diff --adopt -d "$(dbname d)" >plan 2>err &&
    wm-apply -d "$(dbname d)" plan >/dev/null 2>&1
is $? 0 "a dump is taken over" || diag "$(cat err)"
pg_dump -s -d "$(dbname d)" >dump.sql
wm-parse dump.sql >list 2>err
is $? 0 "the dump of what was taken over is read"
like "$(cat err)" "[0-9]+ objects of schema wm \(the tools' own record\)" \
    "the record in it is left out, which is said"
wm-diff --exit-code -d "$(dbname d)" <list >/dev/null 2>err
is $? 0 "nothing is left to do" || diag "$(cat err)"
ok "built anew from it" bash -c "wm-diff -d $(dbname e) <list | \
    wm-apply -d $(dbname e) >/dev/null"
# a dump of the schema alone says "with no data"
sql e "refresh materialized view app.m"
same_catalog d e "equal to where it comes from"

# --- what the server words otherwise when it reads its own words ---

newdb d e
cat >odd.sql <<'END'
create schema app;
create table app.t (
	id	serial primary key,
	kind	varchar(9) not null check (kind in ('a', 'b')),
	note	varchar default 'x'
);
create table app.u (id int, day date);
create view app.v as select * from app.t where kind in ('a', 'b');
create view app.w as
	select q.id, q.day from (select id, day from app.u
	    union all select id, null::date from app.t) q;
create index t_x on app.t (id) where kind in ('a', 'b');
END
sqlfile d odd.sql
pg_dump -s -d "$(dbname d)" >dump.sql
wm-parse dump.sql >list 2>/dev/null
wm-diff --adopt -d "$(dbname d)" <list >plan 2>err
is "$?:$(cat err)" "0:" "a dump that does not stay as it is"
is "$(steps plan)" "" "the database is taken over as it is"
ok "it is done" bash -c 'wm-apply -d "$1" plan >report' - "$(dbname d)"
is "$(pg_dump -s -N wm -d "$(dbname d)" | grep -v '^.\(un\)\?restrict')" \
    "$(grep -v '^.\(un\)\?restrict' dump.sql)" "the dump is as it was"
sql d "create table other (a int)"
is "$(wm-diff --drift -d "$(dbname d)" 2>/dev/null | tee plan |
    jq -r .format; steps plan)" "wm-plan/1" "no drift, but what is new"
sql d "alter table app.t drop constraint t_kind_check,
    add constraint t_kind_check check (kind in ('a', 'c'))"
wm-diff --drift -d "$(dbname d)" 2>/dev/null >plan
is "$(steps plan)" "alter table app.t" "what was changed is found"

# --- functions that find what they name where they are called ---

newdb d e
cat >called.sql <<'END'
create schema app;
create table app.t (a int);
set search_path = app, public;
set check_function_bodies = off;
create function app.one() returns bigint language sql as
	'select count(*) from t';
create function app.two() returns bigint language sql as 'select one() + 1';
create function app.three(t) returns int language sql
	set search_path = elsewhere as 'select x from y';
create schema elsewhere;
create table elsewhere.y (x int);
create function public.four() returns bigint language sql
	as 'select count(*) from t';
create function public.five() returns bigint language plpgsql as
	'declare r app.t; n t.a%type; begin return n; end';
alter function public.five() set search_path = app;
END
sqlfile d called.sql
pg_dump -s -d "$(dbname d)" >dump.sql
wm-parse dump.sql >list 2>/dev/null
wm-diff --adopt -d "$(dbname d)" <list >plan 2>err
is "$?:$(cat err)" "0:" "they are taken over"
is "$(steps plan)" "" "as they are"
ok "recorded" bash -c 'wm-apply -d "$1" plan >report' - "$(dbname d)"
wm-diff -d "$(dbname e)" <list >plan
exits 1 "built anew, one finds nothing" wm-apply -d "$(dbname e)" plan
like "$(cat err)" 'dump.sql:[0-9]+:[0-9]+: error: relation "t" does not exist' \
    "it is told which"
like "$(cat err)" "public.four" "by its name"
like "$(cat err)" "hint: .*unread: wm-diff --no-body-check" "and the way out"
ok "which is one" bash -c "wm-diff --no-body-check -d $(dbname e) <list |
    wm-apply -d $(dbname e) >/dev/null"
same_catalog d e "equal to where it comes from"
done_testing
