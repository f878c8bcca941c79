#!/bin/bash
# Plain SQL that is not as it should be: cut anywhere, changed at random, odd
# names, very large. It is taken or turned down, with a place; nothing is lost
# without a word. WM_LONG=1 (make check-long) cuts at every byte, takes
# thousands of random changes, and does what is large, with times and memory.
. "$(dirname "$0")/../lib.sh"
long=${WM_LONG:-}

# --- a dump that was cut --------------------------------------------------

newdb a
sqlfile a "$TESTS/db/sql_bad.sql" >/dev/null
pg_dump -s "$(dbname a)" | grep -v '^\\' >"$tmp/dump.sql"
grep -v '^--' "$tmp/dump.sql" >"$tmp/bare.sql"
wm-parse "$tmp/bare.sql" | jq -c '.objects[] | [.obj_typ, .obj_nam]' |
    sort >"$tmp/all"
ok "the whole dump is taken" wm-parse "$tmp/dump.sql"

# cut FILE LENGTH - parse the beginning of it; prints what is wrong.
cut_at() {
	local rc
	head -c "$2" "$1" >"$tmp/cut.sql"
	wm-parse "$tmp/cut.sql" >"$tmp/cut.json" 2>"$tmp/cut.err"
	rc=$?
	if [ $rc = 1 ]; then
		grep -q 'cut\.sql:[0-9:]* error: ' "$tmp/cut.err" && return
		echo "$2 bytes: an error without a place"
	elif [ $rc != 0 ]; then
		echo "$2 bytes: status $rc"
	elif [ -n "$3" ]; then
		[ "$2" -ge "$3" ] || [ "$2" -le "$4" ] ||
			echo "$2 bytes: taken"
	elif grep -q 'the last statement does not end' "$tmp/cut.err"; then
		return
	else
		jq -c '.objects[] | [.obj_typ, .obj_nam]' "$tmp/cut.json" |
		    sort | comm -23 - "$tmp/all" | sed "s/^/$2 bytes: /"
	fi
}

size=$(stat -c %s "$tmp/dump.sql")
step=$([ -n "$long" ] && echo 1 || echo 61)
head_end=$(grep -b 'PostgreSQL database dump$' "$tmp/dump.sql" |
    sed -n '1s/:.*//p')
tail_at=$(grep -b 'PostgreSQL database dump complete' "$tmp/dump.sql" |
    cut -d: -f1)
whole=$((tail_at + 36))	# the newline behind it may be missing
for n in $(seq 1 "$step" "$size"); do
	cut_at "$tmp/dump.sql" "$n" "$whole" "$((head_end + 27))"
done >"$tmp/wrong"
is "$(cat "$tmp/wrong")" "" "a dump cut anywhere is turned down, with a place"
size=$(stat -c %s "$tmp/bare.sql")
for n in $(seq 1 "$step" "$size"); do
	cut_at "$tmp/bare.sql" "$n" ""
done >"$tmp/wrong"
is "$(cat "$tmp/wrong")" "" \
    "a script cut anywhere: an error, a warning, or what stands in front"

# --- changed at random ----------------------------------------------------

count=$([ -n "$long" ] && echo 5000 || echo 150)
mkdir "$tmp/odd"
perl "$TESTS/mutate.pl" "${WM_SEED:-1}" "$count" "$tmp/odd" \
    "$TESTS/db/sql_kinds.sql"
for f in "$tmp"/odd/*.sql; do
	wm-parse --owner --roles "$f" >"$tmp/odd.json" 2>"$tmp/odd.err"
	rc=$?
	if [ $rc -gt 1 ]; then
		echo "${f##*/}: status $rc"
		tail -n 3 "$tmp/odd.err"
	elif [ $rc = 1 ] && ! grep -q 'error: ' "$tmp/odd.err"; then
		echo "${f##*/}: failed without a word"
	elif [ $rc = 0 ] && ! jq -e .objects "$tmp/odd.json" >/dev/null; then
		echo "${f##*/}: no list"
	fi
done >"$tmp/wrong"
is "$(cat "$tmp/wrong")" "" "$count random changes: taken, or turned down"

# --- names ----------------------------------------------------------------

newdb p w
sqlfile p "$TESTS/db/sql_names.sql" >/dev/null
wm-parse "$TESTS/db/sql_names.sql" >"$tmp/names.json" &&
    wm-diff --no-dictionary -d "$(dbname w)" "$tmp/names.json" \
	>"$tmp/plan.json" &&
    wm-apply -d "$(dbname w)" "$tmp/plan.json" >"$tmp/report"
is $? 0 "names: cut by the server, quoted, reserved, of all alphabets"
pg_dump -s "$(dbname p)" | grep -v '^\\' >"$tmp/p.sql"
pg_dump -s -N wm "$(dbname w)" | grep -v '^\\' >"$tmp/w.sql"
is "$(diff "$tmp/p.sql" "$tmp/w.sql")" "" "they are what psql makes of them"
ok "the next diff is empty" wm-diff --no-dictionary --exit-code \
    -d "$(dbname w)" "$tmp/names.json"
echo 'create table only_one (a int);' >"$tmp/sql_names.sql"
wm-parse "$tmp/sql_names.sql" | wm-diff --no-dictionary --allow data-loss \
    -d "$(dbname w)" >"$tmp/plan.json" 2>"$tmp/err" &&
    wm-apply -d "$(dbname w)" "$tmp/plan.json" >"$tmp/report"
is $? 0 "they can be dropped"
is "$(pg_dump -s -N wm "$(dbname w)" | grep '^CREATE')" \
    "CREATE TABLE public.only_one (" "none is left"

# --- large ----------------------------------------------------------------

# measured WHAT COMMAND - runs it once; shows time and memory. Its output is in
# $tmp/large.json.
measured() {
	local times name ms least most mb
	times=$("$TESTS/bench-timer" 1 "$1" '' \
	    "$2 >$tmp/large.json 2>$tmp/large.err") || return
	IFS=$'\t' read -r name ms least most mb <<<"$times"
	diag "$name: $ms ms, $mb MB"
}

large() { # DESCRIPTION WHAT COMMAND
	measured "$2" "$3"
	is $? 0 "$1"
}

# many N - N objects: types, tables with keys in a chain, functions, views.
many() {
	perl -e '
		my $n = $ARGV[0] / 5;
		for my $i (1 .. $n) {
			print "create type ty$i as enum (\x27a\x27);\n",
			    "create table t$i (id int primary key, a ty$i, ",
			    "o int);\ncreate sequence s$i;\n",
			    "create function f$i(x ty$i) returns int language ",
			    "sql as \$\$ select id from t$i where a = x \$\$;\n",
			    "create view v$i as select f$i(a) as f from t$i;\n",
			    "comment on table t$i is \x27x\x27;\n";
		}
		for my $i (2 .. $n) {
			printf "alter table t$i add constraint k$i foreign " .
			    "key (o) references t%d;\n", $i - 1;
		}' "$1"
}

if [ -n "$long" ]; then
	echo 'create schema none;' >"$tmp/one.sql"
	wm-parse "$tmp/one.sql" >"$tmp/one.json"
	# five times as much is to take about five times as long
	for n in 20000 100000; do
		many "$n" >"$tmp/many.sql"
		large "$n objects: parsed" "wm-parse, $n objects" \
		    "wm-parse $tmp/many.sql"
		mv "$tmp/large.json" "$tmp/many.json"
		large "$n objects: a plan" "wm-diff, $n objects" \
		    "wm-diff --no-dictionary --from $tmp/one.json $tmp/many.json"
	done
	"$TESTS/bench-sql" 80000 >"$tmp/many.sql"
	large "100 MB of SQL" "wm-parse, 100 MB of SQL" \
	    "wm-parse $tmp/many.sql"
	perl -e 'print "create function f() returns text language plpgsql as ",
	    "\x27begin return \$x\$", "x" x 10_000_000, "\$x\$; end\x27;\n",
	    "create type e as enum (", join(",", map { "\x27$_\x27" }
	    1 .. 300_000), ");\ncreate view v as values ", join(",",
	    map { "($_)" } 1 .. 500_000), ";\n"' >"$tmp/many.sql"
	large "statements of some MB" \
	    "wm-parse, statements of some MB" "wm-parse $tmp/many.sql"
fi
done_testing
