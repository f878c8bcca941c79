#!/bin/bash
# A database that is missing is told from one that cannot be reached, whatever
# language the server speaks.
. "$(dirname "$0")/../lib.sh"

newdb a
printf 'module m\nschema s\n' >"$tmp/a.wms"
wm-parse "$tmp/a.wms" >"$tmp/list.json" || exit 3

# server ONLY - start one that translates, for the databases that it lets in.
server() {
	mkdir -p "$tmp/fake"
	"$TESTS/translate" "$PGHOST/.s.PGSQL.$PGPORT" \
	    "$tmp/fake/.s.PGSQL.$PGPORT" "$1" &
	fake=$!
	until [ -S "$tmp/fake/.s.PGSQL.$PGPORT" ]; do sleep 0.02; done
}

stop() {
	kill $fake
	wait $fake 2>/dev/null
	rm -rf "$tmp/fake"
}

server ''
exits 0 "a database that is there" \
    wm-diff -h "$tmp/fake" -d "$(dbname a)" "$tmp/list.json"
exits 0 "one that is missing is planned for as an empty one" \
    wm-diff -h "$tmp/fake" -d wm_missing "$tmp/list.json"
is "$(cat "$tmp/err")" "wm-diff: warning: database \"wm_missing\" does not \
exist; this is the plan for an empty one
wm-diff: hint: wm-apply --create-db makes it." "and that is said"
cp "$tmp/out" "$tmp/plan.json"
exits 3 "wm-apply does not make it without being told" \
    wm-apply -h "$tmp/fake" -d wm_missing "$tmp/plan.json"
exits 0 "wm-apply makes it" \
    wm-apply -h "$tmp/fake" -d wm_missing --create-db "$tmp/plan.json"
psql -Xqc 'drop database wm_missing' postgres
stop

server 'template1|wm_missing'
exits 0 "template1 will do, where postgres cannot be reached" \
    wm-diff -h "$tmp/fake" -d wm_missing --no-dictionary "$tmp/list.json"
stop

server 'wm_missing'
exits 3 "with nobody to ask, the server's words are passed on" \
    wm-diff -h "$tmp/fake" -d wm_missing "$tmp/list.json"
is "$(cat "$tmp/err")" \
    'wm-diff: error: could not connect: connection to server on socket "'"$tmp"'/fake/.s.PGSQL.'"$PGPORT"'" failed: FATAL:  Datenbank "wm_missing" existiert nicht' \
    "as they are"
stop

server "$(dbname a)"
exits 3 "a database that cannot be reached is not missing" \
    wm-diff -h "$tmp/fake" -d postgres "$tmp/list.json"
like "$(cat "$tmp/err")" 'kein Eintrag' "the reason is said"
stop
done_testing
