#!/bin/bash
# What went wrong with the older tool, and with others: none of it here. Tables
# that change in place, releases and the dictionary's texts are tested apart.
. "$(dirname "$0")/../lib.sh"

cd "$tmp" || exit 3

# state NAME - all that must not change when something is refused.
state() {
	catalog "$1"
	record "$1"
	rows "$1"
}

# unchanged NAME DESCRIPTION - against what "keep NAME" saw.
keep() { state "$1" >"$tmp/before"; }
unchanged() {
	state "$1" >"$tmp/after"
	is_file "$tmp/after" "$tmp/before" "$2"
}

# try STATUS DESCRIPTION NAME FILE... - how the pipe ends.
try() {
	local want=$1 what=$2 rc
	shift 2
	pipe "$@" 2>"$tmp/err" </dev/null
	rc=$?
	[ $rc = "$want" ]
	tap $? "$what" || diag "status $rc: $(head -n 20 "$tmp/err")"
}

# says DESCRIPTION STRING... - the last message has all of them.
says() {
	local what=$1 s bad=
	shift
	for s; do
		[[ $(cat "$tmp/err") == *"$s"* ]] || bad="$bad no \"$s\";"
	done
	[ -z "$bad" ]
	tap $? "$what" || diag "$bad got:" "$(cat "$tmp/err")"
}

# diff_of NAME FILE... - wm-diff alone, with diff_opts.
diff_of() {
	wm-parse "${@:2}" | wm-diff "${diff_opts[@]}" -d "$(dbname "$1")"
}

# nothing_to_do NAME DESCRIPTION FILE...
nothing_to_do() {
	ok "$2" bash -c 'wm-parse "${@:3}" | wm-diff $1 --exit-code -d "$2"' \
	    - "${diff_opts[*]}" "$(dbname "$1")" "${@:3}"
}

bare=(--no-dictionary)
diff_opts=("${bare[@]}")

# --- sources ------------------------------------------------------------

cat >one.wms <<'E'
module one
schema s
table s.t s {id int primary key, n int}
view s.v s.t {select id, n from s.t}
E
cat >two.wms <<'E'
module one
table s.u s.t {id int primary key references s.t}
view s.w s.v {select id from s.v}
E
newdb a
try 0 "two files of a module" a one.wms two.wms
sql a "insert into s.t values (1, 10), (2, 20)" "insert into s.u values (1)"
keep a

sed 's/select id from/select id, from from/' two.wms >bad.wms
try 1 "a syntax error in one file" a one.wms bad.wms
says "it is told where" "bad.wms:3:" "error"
unchanged a "nothing has changed"

try 4 "a file of the module is forgotten" a one.wms
says "the table and its rows are named" \
    'table "s.u" of module "one" left the source' "rows" "--no-prune" \
    "--allow data-loss"
unchanged a "nothing has changed"
diff_opts=("${bare[@]}" --no-prune)
try 0 "--no-prune" a one.wms
unchanged a "nothing has changed"
sql a "delete from s.u"
diff_opts=("${bare[@]}")
plan_text=$(diff_opts+=(--format text); diff_of a one.wms)
like "$plan_text" "drop +table s.u" "an empty one: the plan says what goes"
like "$plan_text" "drop +view s.w" "and the view"
diff_of a one.wms >filled.plan
sql a "insert into s.u values (1)"
exits 1 "filled between plan and apply" wm-apply -d "$(dbname a)" filled.plan
says "it is told" "holds rows" "nothing was changed"
unchanged a "nothing has changed"
diff_opts=("${bare[@]}" --allow data-loss)
plan_text=$(diff_opts+=(--format text); diff_of a one.wms)
like "$plan_text" "drop +table s.u[^
]*data loss" "--allow data-loss says so"
copydb a lost
try 0 "and does it" lost one.wms
is "$(sql lost "select to_regclass('s.u') is null")" t "it is gone"
diff_opts=("${bare[@]}")

sed 's/view s.v s.t/view s.x s.t/' one.wms >other.wms
try 1 "a dependency that left the source" a other.wms two.wms
says "both are named" '"s.w"' '"s.v"' "two.wms:3"
sed '/view s.v/d' one.wms >less.wms
sed 's/s.w s.v/s.w s/' two.wms >undeclared.wms
try 4 "the same, used without being declared" a less.wms undeclared.wms
says "both are named" 'view "s.w"' 'view "s.v"' "left the source"
unchanged a "nothing has changed"
sed 's/select id from/select id + 0 as id from/' undeclared.wms >touched.wms
try 4 "the same, where the other has changed as well" a less.wms touched.wms
says "both are named" 'view "s.w"' 'view "s.v"' "left the source"
unchanged a "nothing has changed"

cat >circle.wms <<'E'
module one
view s.a s.b {select 1 as x}
view s.b s.c {select 1 as x}
view s.c s.a {select 1 as x}
E
try 1 "a circle of declared dependencies" a one.wms two.wms circle.wms
says "its members are named" '"s.a"' '"s.b"' '"s.c"' "circle.wms:2"
cat >circle2.wms <<'E'
module one
view s.a s {select x from s.b}
view s.b s {select x from s.a}
E
try 1 "a circle in the SQL" a one.wms two.wms circle2.wms
says "its members are named" '"s.a"' '"s.b"' "circle2.wms:2"
printf 'module two\nview s.z nowhere {select 1 as x}\n' >unknown.wms
try 1 "an unknown dependency" a one.wms two.wms unknown.wms
says "it is named" '"s.z"' '"nowhere"' "unknown.wms:2"
unchanged a "nothing has changed"

# One name for two types comes from other makers of object lists.
wm-parse one.wms two.wms | perl -pe \
    's/("obj_typ": ?)"table"(, ?"obj_nam": ?)"s\.u"/$1"index"$2"s.t"/' \
    >ambiguous.json
exits 1 "an ambiguous dependency" wm-diff "${bare[@]}" -d "$(dbname a)" \
    ambiguous.json
says "both are named" '"table:s.t"' '"index:s.t"' "TYPE:NAME"

printf 'table s2.t s2 {id int primary key}\nschema s2\n' >plain.wms
newdb b
try 0 "a file without a module" b plain.wms
is "$(sql b "select distinct module from wm.objects")" plain \
    "its name is the module"
diff_opts=()
try 0 "with the dictionary" b plain.wms
is "$(sql b "select count(*) > 20 from wm.objects where module = 'wyseman'")" \
    t "which is a module of its own"
printf 'schema s3\n' >plain2.wms
try 0 "another file without a module" b plain2.wms
is "$(sql b "select to_regclass('s2.t') is not null
    and to_regclass('wm.table_text') is not null")" t "drops nobody's tables"
while read -r s; do
	echo "$s" | tr '~' '\n' >own.wms
	try 1 "the tool's own cannot be changed: ${s%%\{*}" b own.wms
	says "it is told" "the tool's own"
done <<'E'
view wm.x {} {select 1 as x}
schema wm
module wyseman~view s3.x {} {select 1 as x}
function wm.next() {} {returns int language sql as $$ select 1 $$}
E
diff_opts=("${bare[@]}")

printf '%s\n' 'view public.smile {} {select '"'😀 ñ'"'::text as "größe"}' \
    >emoji.wms
newdb e
try 0 "characters of four bytes" e emoji.wms
is "$(sql e "select \"größe\" from public.smile")" "😀 ñ" "are kept"
is "$(sql e "select crt_sql from wm.objects where obj_nam = 'public.smile'")" \
    "create view public.smile as select '😀 ñ'::text as \"größe\";" \
    "in the record too"
nothing_to_do e "and nothing is left to do" emoji.wms

# --- dependencies that nobody declared ----------------------------------

cat >loose.wms <<'E'
module loose
schema l
view l.top l {select n, l.f(n) as f from l.mid}
view l.mid l {select id, n from l.base}
function {l.f(x int)} l {returns int language sql as $$ select count(*)::int + x from l.late $$}
table l.base l {id int primary key, n int default l.dflt() check (l.fits(n))}
function l.dflt() l {returns int language sql as $$ select 1 $$}
function {l.fits(x int)} l {returns boolean language sql immutable as $$ select x > 0 $$}
table l.late l {id int primary key references l.base}
function l.trg() l {returns trigger language plpgsql as $$
	begin perform l.f(1) from l.late; return new; end $$}
trigger l_trg {} {before insert on l.base for each row execute procedure l.trg();}
view l.dyn l {select count(*) as n from l.g() as x(a int)}
function l.g() l {returns setof record language plpgsql as $$ begin return query select id from l.top2; end $$}
view l.top2 l {select 1 as id from l.top}
table l.gen l {id int primary key, n int generated always as (l.dbl(id)) stored}
function {l.dbl(x int)} l {returns int language sql immutable as $$ select x * 2 $$}
E
newdb c c2
try 0 "order is found in the SQL" c loose.wms
nothing_to_do c "a second run has nothing to do" loose.wms
diff_opts+=(-Wdeps)
diff_of c2 loose.wms >/dev/null 2>"$tmp/err"
says "-Wdeps tells" 'view "l.top" uses view "l.mid" without declaring it' \
    'function "l.f(int)"' "loose.wms:3"
diff_opts=("${bare[@]}")
sed 's/select id, n from l.base/select n, id from l.base/' loose.wms >loose2.wms
try 0 "a change of what others use, undeclared" c loose2.wms
try 0 "built fresh" c2 loose2.wms
same_catalog c c2 "they are equal"
keep c
{
	cat loose2.wms
	echo 'view l.bad l {select l.nothing(1) as x}'
} >loose3.wms
try 1 "a function that does not exist" c loose3.wms
says "the server's message comes with its place" "loose3.wms:18:" \
    "l.nothing(integer) does not exist" "nothing was changed"
unchanged c "nothing has changed"
{
	cat loose2.wms
	echo 'function l.bad() l {returns int language sql as $$ select id from l.nowhere $$}'
} >loose3.wms
try 1 "a body that uses what is not there" c loose3.wms
says "it is told before anything is kept" 'l.nowhere' "nothing was changed"
unchanged c "nothing has changed"

# --- plans and scripts --------------------------------------------------

sed 's/select id, n from/select id, n + 1 as n from/' one.wms >one2.wms
diff_of a one2.wms two.wms >old.plan
(diff_opts+=(--format sql); diff_of a one2.wms two.wms) >script.sql
for n in s1 s2 s3; do
	copydb a $n
done
keep a
exits 0 "--dry-run" wm-apply --dry-run -d "$(dbname a)" old.plan
like "$(cat "$tmp/out")" '"status": "dry-run"' "says what it was"
unchanged a "and leaves nothing"
sed 's/select id from/select id + 1 as id from/' two.wms >two2.wms
try 0 "another change comes first" a one.wms two2.wms
keep a
exits 4 "an outdated plan" wm-apply -d "$(dbname a)" old.plan
says "is refused" "the database has moved" "Run wm-diff again"
unchanged a "nothing has changed"
exits 4 "a plan for another database" wm-apply -d "$(dbname c)" old.plan

exits 0 "a script runs" psql -Xq -d "$(dbname s1)" -f script.sql
exits 0 "and with -1" psql -Xq1 -d "$(dbname s2)" -f script.sql
exits 0 "and the plan" wm-apply -d "$(dbname s3)" old.plan
same_catalog s1 s3 "script and plan do the same"
same_catalog s2 s3 "with -1 too"
same_record s1 s3 "the record says so"
for n in s1 s2 s3; do
	nothing_to_do $n "nothing is left to do in $n" one2.wms two.wms
done
for f in "" -1; do
	exits 3 "the script on another state $f" psql -Xq ${f:+"$f"} \
	    -d "$(dbname a)" -f script.sql
	says "is refused" "the database has moved"
	unchanged a "nothing has changed"
done

diff_opts=()
newdb none full full1
(diff_opts+=(--format sql); diff_of none one.wms two.wms) >full.sql
exits 0 "a script for an empty database" psql -Xq -d "$(dbname full)" \
    -f full.sql
exits 0 "and with -1" psql -Xq1 -d "$(dbname full1)" -f full.sql
same_catalog full full1 "they do the same"
keep full
exits 3 "twice it is refused" psql -Xq -d "$(dbname full)" -f full.sql
unchanged full "nothing has changed"

diff_of none one.wms two.wms >full.plan
exits 3 "a database that is missing" wm-apply -d "$(dbname made)" full.plan
says "it is told" "--create-db"
dbs+=(made)
exits 0 "--create-db" wm-apply --create-db -d "$(dbname made)" full.plan
same_catalog made full "it is as the others"
is "$(echo 'schema x' >x.wms; wm-parse x.wms | head -c 100 |
    wm-diff -d "$(dbname made)" 2>"$tmp/err" | wc -c)" 0 \
    "a list that is cut off gives no plan"
keep made
head -c 500 full.plan >cut.plan
exits 1 "a plan that is cut off" wm-apply -d "$(dbname none)" cut.plan
exits 1 "an empty one" wm-apply -d "$(dbname none)"
is "$(catalog none | grep -c "^schema wm:")" 0 "nothing has changed"

# A batch ends where the record is written: every 200 objects.
{
	cat one.wms
	for i in {1..450}; do
		echo "view s.v$i s.t {select id + $i as id from s.t}"
	done
} >many.wms
newdb batch many
try 0 "a build in one transaction" many many.wms
diff_of batch many.wms >many.plan
WM_FAULT=query:350 exits 3 "--batch, broken off" wm-apply --batch 10 \
    -d "$(dbname batch)" many.plan
says "it is told what is kept" "steps are committed"
is "$(sql batch "select obj_description('wm'::regnamespace) ~ 'unfinished'")" \
    t "the database is marked"
diff_of batch many.wms >rest.plan
exits 0 "it goes on" wm-apply --batch 10 -d "$(dbname batch)" rest.plan
same_catalog batch many "and ends as in one transaction"
same_record batch many "the record too"
diff_of s1 one.wms two.wms >s1.plan
exits 4 "--batch where objects are" wm-apply --batch 10 -d "$(dbname s1)" \
    s1.plan

# --- two at once, killed, locks -----------------------------------------

for i in 1 2 3; do
	newdb race
	for n in 1 2; do
		diff_of race one.wms two.wms 2>"$tmp/race$n" |
		    wm-apply -d "$(dbname race)" >"$tmp/race$n.out" \
		    2>>"$tmp/race$n" &
		pids[n]=$!
	done
	wait "${pids[1]}"
	rc1=$?
	wait "${pids[2]}"
	rc2=$?
	like "$rc1 $rc2" '^(0 0|0 4|4 0)$' "two runs at once, $i: $rc1, $rc2"
	same_catalog race full "one database comes of it"
done

newdb k
try 0 "before it is killed" k one.wms two.wms
sql k "insert into s.t values (1, 1)"
keep k
diff_of k one2.wms two2.wms >kill.plan
for n in 1 3 5 8 12; do
	WM_FAULT=kill:$n wm-apply -d "$(dbname k)" kill.plan \
	    >/dev/null 2>&1
	unchanged k "killed at query $n: nothing has changed"
done 2>/dev/null
is "$(sql k "select count(*) from pg_locks where locktype = 'advisory'")" 0 \
    "no lock is left behind"
(
	psql -Xq -d "$(dbname k)" -c "begin" -c "lock table s.t" \
	    -c "select pg_sleep(30)" >/dev/null 2>&1 &
	echo $! >holder
	wait
) &
wait_for 5 test "$(sql k "select count(*) from pg_locks
    where mode = 'AccessExclusiveLock' and relation = 's.t'::regclass")" = 1
wm-parse one2.wms two2.wms >list2.json
exits 3 "a lock that is not to be had" wm-apply --lock-timeout 200ms \
    --retries 1 -d "$(dbname k)" kill.plan
says "the one who holds it is shown" "lock"
sql k "select pg_terminate_backend(pid) from pg_stat_activity
    where query like '%pg_sleep%' and pid <> pg_backend_pid()" >/dev/null
wait
unchanged k "nothing has changed"
exits 0 "then it is" wm-apply -d "$(dbname k)" kill.plan

# --- where names are looked up ------------------------------------------

newdb p p2
psql -Xq postgres -c "create role faults_r login" \
    -c "create role faults_own login createrole"
cat >paths.wms <<'E'
module paths
table bare {} {id int primary key, n int}
view bare_v bare {select id, n from bare}
function {bare_f(x int)} bare {returns bigint language sql as $$ select count(*) + x from bare $$}
index {} bare n
trigger bare_t {} {before insert on bare for each row execute procedure bare_tf();}
function bare_tf() {} {returns trigger language plpgsql as $$ begin return new; end $$}
sequence bare_s {} {start 5}
schema faults_own
view faults_own.bare_v {faults_own bare} {select id from bare}
other citext {} {create extension citext} {drop extension if exists citext}
table named citext {id citext primary key}
E
sql p "alter database $(dbname p) set search_path = nowhere, pg_catalog"
diff_opts=()
try 0 "a database with a search_path of its own" p paths.wms
try 0 "one without" p2 paths.wms
is "$(sql p2 "select count(*) from pg_class c
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S')
    and not exists (select from pg_depend d where d.objid = c.oid
	and deptype = 'e')")" 4 "names without a schema are in public"
is "$(catalog p | grep -v '^setting of all: search_path')" "$(catalog p2)" \
    "they are equal"
nothing_to_do p "and nothing is left to do" paths.wms
sed -i 's/select id, n from bare}/select n, id from bare}/; s/select id from bare}/select n from bare}/' paths.wms
try 0 "views change in one" p paths.wms
try 0 "and the other" p2 paths.wms
is "$(catalog p | grep -v '^setting of all: search_path')" "$(catalog p2)" \
    "they are equal"
is "$(sql p2 "select count(*) from wm.objects where obj_nam ~ 'citext'")" 1 \
    "members of an extension are nobody's objects"
sed '/citext/d' paths.wms >paths2.wms
sql p2 "drop table named"
try 0 "extension and table gone" p2 paths2.wms
sql p2 "alter table bare alter n set statistics 5" "analyze" \
    "grant select on bare to faults_r" "comment on table bare is 'x'" \
    "alter table bare set (fillfactor = 50)" \
    "create index bare_extra on bare (id)"
nothing_to_do p2 "settings and grants of others are no difference" paths2.wms

# --- an ordinary role ---------------------------------------------------

newdb o
as() { # ROLE NAME FILE... - the pipe as another role
	local PGUSER=$1
	export PGUSER
	shift
	pipe "$@" 2>"$tmp/err"
}
cat >role.wms <<'E'
module role
schema r
table r.t r {id int primary key}
view r.v r.t {select id from r.t} -grant {faults_grp}
function r.f() r {returns int language sql as $$ select 1 $$} -grant {{faults_grp e}}
E
keep o
as faults_r o role.wms
is $? 4 "a role without rights"
says "what it lacks is named, all of it" 'role "faults_r" lacks' "CREATE" \
    "CREATEROLE" "nothing was changed"
unchanged o "nothing has changed"
psql -Xq postgres -c "grant create on database $(dbname o) to faults_own"
as faults_own o role.wms
is $? 0 "a role that may create roles and schemas is enough"
says "there is nothing to tell"
is "$(sql o "select tableowner from pg_tables where tablename = 't'")" \
    faults_own "it owns all"
sed 's/select id from/select id + 1 as id from/' role.wms >role2.wms
keep o
sql o "grant select on wm.releases, wm.objects to faults_r"
keep o
as faults_r o role2.wms
is $? 4 "another's view"
says "the owner is asked for" 'role "faults_r" lacks' 'r.v'
unchanged o "nothing has changed"
as faults_own o role2.wms
is $? 0 "its owner may change it"
as faults_own o role2.wms
is $? 0 "and has nothing more to do"
for n in o p p2; do
	sql $n "drop owned by faults_own, faults_r cascade" 2>"$tmp/.drop"
done
for r in faults_r faults_own faults_grp_1; do
	psql -Xq postgres -c "drop role if exists $r" 2>"$tmp/.drop"
done

# --- rows are not touched -----------------------------------------------

newdb w
diff_opts=("${bare[@]}")
try 0 "a table" w one.wms
sql w "insert into s.t select i, i from generate_series(1, 10000) i"
files_of() {
	sql w "select relfilenode from pg_class where oid = 's.t'::regclass" \
	    "select count(*), max(xmin::text) from s.t"
}
before=$(files_of)
sed 's/n int}/n   int }/' one.wms >white.wms
try 0 "white space in a table" w white.wms
sed 's/n int}/n int} -grant {{faults_grp s}}/' one.wms >grant.wms
try 0 "a grant on it" w grant.wms
is "$(files_of)" "$before" "no row is touched"
is "$(sql w "select has_table_privilege('faults_grp_1', 's.t', 'select')")" t \
    "the grant is there"
try 0 "the grant goes" w one.wms
psql -Xq postgres -c "drop role faults_grp_1"
done_testing
