#!/bin/bash
# Scripts of plain SQL that make objects and go on about them: what the pipe
# builds of one is what psql leaves of it, and so it is of a dump of that, which
# then is dumped the same again. All of them together are adopted as they are.
#
# sql_scripts.cases has them: "==" and a name, then the script. Cases share no
# names. ONLY="text" runs those whose name has it.
. "$(dirname "$0")/../lib.sh"

# bare DB - the catalog without the record.
bare() {
	sql "$1" "drop schema if exists wm cascade" 2>/dev/null
	catalog "$1"
}

# dumped DB - what pg_dump says; its key is another one each time.
dumped() {
	pg_dump -s -N wm -d "$(dbname "$1")" | grep -v '^\\\(un\)\?restrict '
}

# built DB FILE - by the pipe; nothing is left to do then.
built() {
	pipe "$1" "$2" 2>"$tmp/said" || {
		cat "$tmp/said"
		return 1
	}
	wm-parse "${parse_opts[@]}" "$2" 2>/dev/null |
	    wm-diff "${diff_opts[@]}" --exit-code -d "$(dbname "$1")"
}

one() { # NAME FILE
	local n
	# a database with a subscription cannot be dropped
	for n in ${dbs[@]+"${dbs[@]}"}; do
		[ $n = all ] || sql $n "drop subscription if exists subb"
	done 2>/dev/null
	newdb psql script dump
	psql -XAtqd "$(dbname psql)" -f "$2" >"$tmp/out" 2>&1
	parse_opts=(-Wno-sql --owner)
	ok "$1: built" built script "$2" || return
	bare psql >"$tmp/psql.cat"
	bare script >"$tmp/script.cat"
	is_file "$tmp/script.cat" "$tmp/psql.cat" "$1: as psql makes it"
	dumped psql >"$tmp/dump.sql"
	parse_opts=(--owner)
	ok "$1: its dump is built" built dump "$tmp/dump.sql" || return
	# without rows, materialized views are not filled
	bare dump | grep -v ': populated ' >"$tmp/dump.cat"
	grep -v ': populated ' "$tmp/psql.cat" >"$tmp/psql2.cat"
	is_file "$tmp/dump.cat" "$tmp/psql2.cat" "$1: and is equal"
	dumped dump >"$tmp/again.sql"
	is_file "$tmp/again.sql" "$tmp/dump.sql" "$1: and dumped the same"
}

diff_opts=(--no-dictionary)
newdb all
while IFS= read -r line; do
	if [[ $line == '== '* ]]; then
		[ -z "${name-}" ] || one "$name" "$tmp/case.sql"
		name=${line#== }
		[[ $name == *"${ONLY-}"* ]] || name=
		: >"$tmp/case.sql"
	else
		printf '%s\n' "$line" >>"$tmp/case.sql"
	fi
	[ -z "$name" ] || printf '%s\n' "$line" | grep -v '^== ' >>"$tmp/all.sql"
done < <(cat "$TESTS/db/sql_scripts.cases"; echo '== ')

# A body that is about what is not there any more is no fault of who takes a
# database over; to build it anew, that has to be said.
echo 'create function dead() returns int language sql as
	$$select a from was_here_once$$;' >"$tmp/case.sql"
newdb script
parse_opts=()
exits 1 "a dead body is refused" pipe script "$tmp/case.sql"
like "$(cat "$tmp/err")" 'hint: .*wm-diff --no-body-check' "with the way out"
diff_opts+=(--no-body-check)
ok "which works" built script "$tmp/case.sql"
{
	echo 'set check_function_bodies = off;'
	cat "$tmp/case.sql"
} >>"$tmp/all.sql"
psql -XAtqd "$(dbname all)" -f "$tmp/all.sql" >"$tmp/out" 2>&1
dumped all >"$tmp/all.dump"
parse_opts=(--owner --sql)
wm-parse "${parse_opts[@]}" "$tmp/all.dump" >"$tmp/list"
exits 0 "a database with all of it is adopted" wm-diff --adopt \
    -d "$(dbname all)" "$tmp/list"
cp "$tmp/out" "$tmp/plan"
is "$(jq -r '.steps[] | select(.action != "record" and .module != "wyseman" and
    .sql != "select wm.init_dictionary()") | .sql' "$tmp/plan")" "" \
    "as it is"
exits 0 "that is done" wm-apply -d "$(dbname all)" "$tmp/plan"
exits 0 "and nothing is left to do" wm-diff --exit-code -d "$(dbname all)" \
    "$tmp/list"
done_testing
