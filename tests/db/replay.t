#!/bin/bash
# wm-release verify --replay: every pair of releases, on a server of its own and
# on one that is named; what does not come out equal is told.
. "$(dirname "$0")/../lib.sh"
cd "$tmp" || exit 3
chmod 755 .		# the server runs as another user where this is root
mkdir run && chmod 777 run
export SOURCE_DATE_EPOCH=0 TMPDIR=$tmp/run

# release DIR [COMMAND]... - commit the sources in a folder.
release() {
	(cd "$1" && shift && for c; do eval "$c" || exit; done &&
	    wm-parse a.wms | wm-release commit -W no-init -W no-gone \
	    >"schema-$(ls schema-*.json 2>/dev/null | wc -l).json") 2>"$tmp/err"
}
ed() { perl -0pi -e "$1" a.wms; }

mkdir good
cat >good/a.wms <<'END'
module app
schema app {} {}
other app.kind app {create type app.kind as enum ('red', 'blue');} {drop type if exists app.kind;}
other app.mail app {create domain app.mail as text check (value like '%@%');} {drop domain if exists app.mail;}
table app.base {app.kind app.mail} {
    id		serial		primary key
  , kind	app.kind	not null
  , mail	app.mail	unique
  , low		int		check (low between 10 and 99)
  , high	int		check (high > low)
  , code	varchar(4)	not null check (length(code) = 4)
  , seen	tstzrange	default 'empty'
  , twice	int		generated always as (low * 2) stored
}
table app.part app.base {
    base	int		not null references app.base
  , num		smallint	not null
  , up		smallint
  , data	jsonb
  , primary key (base, num)
  , foreign key (base, up) references app.part
}
table app.log {app} {create table app.log (at date not null, what text) partition by range (at);
create table app.log_1 partition of app.log for values from ('2020-01-01') to ('2021-01-01');}
table app.quiet app {n int check (n = 1 and n = 2) not null}
function app.note() app.log {
  returns trigger language plpgsql as $$begin
    insert into app.log values ('2020-05-06', tg_op); return null; end$$;}
trigger app_part_note {} {after insert on app.part for each row execute procedure app.note()}
view app.v {app.base} {select id, mail, low from app.base} -grant {public}
END
ok "release 1" release good
ok "release 2: columns, a new rule" release good \
    "ed 's/  , num\\t/  , amount\\tnumeric(9,2) not null default 0\\n\$&/; s/high > low\\)/high > low and high < 1000)/; s/, low from/, low, high from/'"
ok "release 3: renamed" release good "wm-migrate app.base rename mail address" \
    "ed 's/, mail\\t/, address\\t/; s/id, mail/id, address as mail/'"
ok "release 4: another type, updated" release good \
    "wm-migrate app.base type code int using 'length(code)'" \
    "wm-migrate app.part update data \"'{}'::jsonb\"" \
    "ed 's/code\\tvarchar\\(4\\)\\tnot null check \\(length\\(code\\) = 4\\)/code\\tint not null/'"
ok "release 5: tables come and go" release good \
    "wm-migrate app.base drop seen" \
    "ed 's/  , seen.*?\\n//; s/table app.quiet.*?\\n//; s/\\z/table app.new app.base {id int primary key references app.base, ref app.mail}\\n/; s/app.base} \\{select/app.base app.new} {select/'"

exits 0 "all pairs are equal" wm-release verify --replay good/Wyseman.hist
like "$(cat "$tmp/out")" "10 of 10 pairs equal" "ten pairs"
is "$(grep -c 'not filled: app.quiet: new row for relation "quiet" violates' \
    "$tmp/out")" 4 "a table that nothing fits is told"
is "$(grep -c 'not filled' "$tmp/out")" 4 "all others have rows"
is "$(ls -d "$tmp"/run/wm-scratch-* 2>/dev/null)" "" "the server is gone"

exits 0 "one bundle tells of all releases" \
    wm-release verify --replay good/schema-4.json
like "$(cat "$tmp/out")" "10 of 10 pairs equal" "ten pairs as well"
exits 0 "as a document" wm-release verify --replay -f json \
    good/schema-1.json good/schema-3.json
is "$(jq -c '.format, (.files | map(.release)), (.releases[] | [.release,
    .built, (.empty | length)]), .pairs, .equal' "$tmp/out" | xargs)" \
    "wm-verify/1 [2,4] [2,true,1] [4,true,1] [{from:2,to:4,result:equal}] 1" \
    "with all that is printed"
exits 0 "two bundles" wm-release verify --replay good/schema-1.json \
    good/schema-3.json
like "$(cat "$tmp/out")" "1 of 1 pairs equal" "one pair"
exits 1 "the same twice" wm-release verify --replay good/schema-1.json \
    good/schema-1.json
like "$(cat "$tmp/err")" "release 2 is given twice" "it is told"

before=$(psql -XAtc 'select datname from pg_database order by 1' postgres)
exits 0 "on the server of the test" wm-release verify --replay \
    --dbname "host=$PGHOST user=$PGUSER" good/schema-1.json good/schema-2.json
is "$(psql -XAtc 'select datname from pg_database order by 1' postgres)" \
    "$before" "no database is left"
exits 3 "no such server" wm-release verify --replay --dbname \
    "host=$tmp/nowhere" good/schema-0.json

# A signal, and SIGKILL: nothing stays.
for sig in INT TERM KILL; do
	env --default-signal=INT wm-release verify --replay good/Wyseman.hist \
	    >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	wait_for 60 compgen -G "$tmp/run/wm-scratch-*/data/postmaster.pid"
	server=$(head -n 1 "$tmp"/run/wm-scratch-*/data/postmaster.pid)
	kill -$sig $pid
	wait $pid 2>/dev/null
	isnt "$?" 0 "SIG$sig ends it"
	ok "and the folder goes" wait_for 60 bash -c \
	    "! compgen -G '$tmp/run/wm-scratch-*'"
	wait_for 60 bash -c "! kill -0 $server 2>/dev/null"
	ok "and the server" bash -c "! kill -0 $server 2>/dev/null"
done

# Releases that databases with rows cannot follow, or that change what no
# migration names.
bad() { # NAME PATTERN COMMAND... - release 2 does not do
	local name=$1 pattern=$2
	shift 2
	rm -rf bad
	mkdir bad
	cat >bad/a.wms <<-'END'
	module app
	schema app {} {}
	table app.t app {id int primary key, n int not null, s text}
	function app.fix() app {returns trigger language plpgsql as $$begin
	    new.s := 'fixed'; return new; end$$;}
	trigger app_t_fix {} {before update on app.t for each row execute procedure app.fix()}
	END
	release bad && release bad "$@" || diag "$(cat "$tmp/err")"
	exits 1 "$name" wm-release verify --replay bad/Wyseman.hist
	like "$(cat "$tmp/err")" "$pattern" "it is told why"
	like "$(cat "$tmp/out")" "1 +FAIL" "and in the matrix"
	exits 1 "$name, as a document" wm-release verify --replay -f json \
	    bad/Wyseman.hist
	is "$(jq -c '[.pairs[].result, .equal]' "$tmp/out")" '["failed",0]' \
	    "which is written all the same"
}
bad "a new column that rows do not have" "release 1 cannot be upgraded to 2" \
    "wm-migrate app.t add z 'int'" "ed 's/s text/s text, z int not null/'"
bad "a value that a trigger changes" \
    'table "app.t": a row was .*fixed' \
    "wm-migrate app.t update n 'n + 1'" "ed 's/s text/s text, z int/'"
bad "a statement that leaves something behind" \
    "only upgraded: .*stray|column .*stray|stray" \
    "wm-migrate app.t sql 'create table app.stray (x int)'" \
    "ed 's/s text/s text, z int/'"
done_testing
