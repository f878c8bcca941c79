#!/bin/bash
# Values of an enum that go while rows have them: the rows are told of, with a
# way out; what that says is done where the column moves over to the new type.
. "$(dirname "$0")/../lib.sh"

start() { # DB
	rm -f "$tmp/Wyseman.delta"
	newdb "$1"
	cat >"$tmp/schema.sql" <<'EOF'
create type mood as enum ('sad', 'ok', 'happy');
create table t (id int primary key, m mood default 'ok', l mood[]);
create view v as select m from t where m <> 'ok';
EOF
	ok "$1: built" pipe "$1" "$tmp/schema.sql"
	sql "$1" "insert into t values (1, 'ok', '{ok,sad}'), (2, 'sad', '{}')" \
	    "insert into t values (3, null, null)"
}

equal_to_fresh() { # DB
	newdb fresh
	ok "$1: fresh" pipe fresh "$tmp/schema.sql"
	same_catalog "$1" fresh "$1: equal to fresh"
	wm-parse "$tmp/schema.sql" >"$tmp/list" 2>/dev/null
	ok "$1: nothing is left to do" bash -c \
	    "wm-diff --exit-code -d $(dbname "$1") <'$tmp/list'"
}

# migrate WORDS... - as a user would, beside the source
migrate() {
	(cd "$tmp" && wm-migrate "$@")
}

start gone
sed -i "s/'ok'/'fine'/g" "$tmp/schema.sql"
exits 4 "a value goes that rows have" pipe gone "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'column m of table public.t holds values that are gone .1 row.' \
    "which is said"
# the hints, to the letter
grep 'hint: Say what' "$tmp/err" |
    sed "s/.*: wm-migrate/wm-migrate/; s/'OLD'/'ok'/; s/'NEW'/'fine'/" \
    >"$tmp/hints"
is "$(wc -l <"$tmp/hints")" 2 "with a way out for each column"
ok "the ways out are taken" bash -c "cd '$tmp' && . ./hints"
ok "gone: upgraded" pipe gone "$tmp/schema.sql"
is "$(sql gone "select id, m, l from t order by 1")" '1|fine|{fine,sad}
2|sad|{}
3||' "every row has the new value"
equal_to_fresh gone

start written
sed -i "s/'ok', 'h/'h/; s/'ok'/'happy'/g" "$tmp/schema.sql"
sql written "update t set l = null"
migrate public.t update m "case m when 'ok' then 'happy' else m end"
ok "written: upgraded" pipe written "$tmp/schema.sql"
is "$(sql written "select id, m from t order by 1")" '1|happy
2|sad
3|' "an update in the old type is enough where the values are old ones"
equal_to_fresh written

start short
sed -i "s/'ok', 'h/'h/; s/'ok'/'happy'/g" "$tmp/schema.sql"
sql short "update t set l = null"
migrate public.t update m "case m when 'sad' then 'happy' else m end"
exits 4 "an update that leaves some" pipe short "$tmp/schema.sql"
like "$(cat "$tmp/err")" 'row value=ok' "tells what is left"

# The column gets another name in the same change.
start renamed
sed -i "s/'sad', //; s/ m mood/ mm mood/; s/select m/select mm/; s/where m/where mm/" \
    "$tmp/schema.sql"
sql renamed "update t set l = null" "delete from t where id = 2"
migrate public.t rename m to mm
ok "renamed: upgraded" pipe renamed "$tmp/schema.sql"
is "$(sql renamed "select id, mm from t order by 1")" '1|ok
3|' "with its values"
equal_to_fresh renamed
done_testing
