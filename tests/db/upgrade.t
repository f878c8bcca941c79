#!/bin/bash
# From any release to any later one, and back: eight releases of an application
# (tests/releases), with rows in it.
. "$(dirname "$0")/../lib.sh"

cd "$tmp" || exit 3
inn=$TESTS/releases

# commit N - release N of the application, into bN.json.
commit() {
	rm -f Wyseman.delta
	cp "$inn/$1.wms" inn.wms
	[ ! -e "$inn/$1.delta" ] || cp "$inn/$1.delta" Wyseman.delta
	wm-parse inn.wms | wm-release commit -Wno-init -Wno-gone \
	    --timestamp "2026-01-0$1T00:00:00Z" -o "b$1.json"
}

# bring NAME BUNDLE [OPTION]... - the pipe; both tools get the options.
bring() {
	local db
	db=$(dbname "$1")
	wm-diff -d "$db" "${@:3}" "$2" >plan 2>"$tmp/err" || {
		cat "$tmp/err"
		return 1
	}
	wm-apply -d "$db" $(printf '%s\n' "${@:3}" |
	    grep -A1 -x -e --allow | grep -v -x -e --) <plan \
	    >/dev/null 2>"$tmp/err" || {
		cat "$tmp/err"
		return 1
	}
}

facts() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$(dbname "$1")" \
	    -f "$TOP/common/catalog.sql" -c "select 'record ', to_jsonb(o) -
	    '{crt_date,mod_date,ndeps}'::text[] from wm.objects o" -c "select
	    'release ', r from wm.releases r" | grep -v wm_attic |
	    LC_ALL=C sort
}

rows() { # NAME TABLE...
	local t
	for t in "${@:2}"; do
		sql "$1" "select '$t', to_jsonb(x)::text from $t x order by 2"
	done
}

for n in 1 2 3 4 5 6 7 8; do
	ok "release $n" commit $n
done

# --- every pair ----------------------------------------------------------

exits 0 "every release comes to every later one, with generated rows" \
    wm-release verify --replay --dbname "dbname=postgres" b?.json
like "$(tail -n 1 "$tmp/out")" "28 of 28 pairs equal" \
    "all 28 pairs equal the fresh ones"

# --- rows that mean something ---------------------------------------------

newdb rows
bring rows b1.json
sql rows "
insert into inn.guest (name, phone, mail, note) values
    ('Ann Lee', '1', 'a@b.c', 'hi'), ('Bob Ray', '2', null, null),
    ('Cy', null, 'x@y.z', 'n');
insert into inn.room (id, floor, beds, price) values (1, 1, 2, 100),
    (2, 2, 1, null), (3, 0, 4, 7);
insert into inn.stay (guest, room, since, until) values
    (1, 1, '2026-01-01', '2026-01-05'), (2, 2, '2026-02-01', null),
    (3, 3, '2026-03-01', '2026-03-01');
insert into inn.log values ('2026-01-01 10:00', 'x'),
    ('2026-01-02 10:00', 'y')"
cp_db() { createdb -T "$(dbname "$1")" "$(dbname "$2")" && dbs+=("$(dbname "$2")"); }
cp_db rows steps
ok "from 1 to 8 at once" bring rows b8.json --allow data-loss
for n in 2 3 4 5 6 7 8; do
	ok "from $((n - 1)) to $n" bring steps b$n.json --allow data-loss
done
is "$(rows rows inn.person inn.room inn.stay inn.tariff ext.log)" \
    "$(rows steps inn.person inn.room inn.stay inn.tariff ext.log)" \
    "one step and seven leave the same rows"
is "$(facts rows)" "$(facts steps)" "and the same catalog and record"
is "$(sql rows "select name, tel from inn.person order by id")" "Ann Lee|1
Bob Ray|2
Cy |" "a name was split and merged"
is "$(sql rows "select at at time zone 'UTC', what from ext.log order by 1")" \
    "2026-01-01 10:00:00|x
2026-01-02 10:00:00|y" "a table moved twice, and its times mean the same"
is "$(sql rows "select id, tariff from inn.room order by id")" "1|B2
2|B1
3|B4" "rows were made of others' rows"

# --- what is refused -------------------------------------------------------

exits 0 "the same release: nothing to do" \
    wm-diff -d "$(dbname rows)" --format text b8.json
is "$(cat "$tmp/out")" "" "the plan is empty"
exits 4 "an older bundle is refused" wm-diff -d "$(dbname rows)" b7.json
like "$(cat "$tmp/err")" "at release 8 already" "it says why"
newdb beta
wm-parse inn.wms | wm-diff -d "$(dbname beta)" | wm-apply -d "$(dbname beta)" \
    >/dev/null
exits 4 "a database between releases is refused" \
    wm-diff -d "$(dbname beta)" b8.json
ok "unless that is said" bring beta b8.json --from-beta
is "$(facts beta | grep -v '^record\|^release')" \
    "$(facts rows | grep -v '^record\|^release')" "and is at the release then"
newdb other
bring other b1.json
sql other "update wm.releases set committed = committed + interval '1 day'"
exits 4 "another history is refused" wm-diff -d "$(dbname other)" b2.json
like "$(cat "$tmp/err")" "their histories differ" "it says so"

# --- keys -----------------------------------------------------------------

ok "a key" wm-release keygen key
exits 4 "a bundle that nobody signed, where a key is named" \
    wm-diff --trust key.pub -d "$(dbname other)" b1.json
cp b1.json signed.json
ok "it is signed" wm-release sign --key key signed.json
newdb signed
exits 0 "and taken" wm-diff --trust key.pub -d "$(dbname signed)" signed.json
sed 's/"digest": "../"digest": "00/' signed.json >wrong.json
exits 4 "one that was altered is not" wm-diff -d "$(dbname other)" wrong.json

# --- archives --------------------------------------------------------------

ok "a release is packed" wm-release pack -o b8.tar.zst b8.json
exits 0 "and read as it is" \
    wm-diff -d "$(dbname rows)" --format text b8.tar.zst
gzip -k b8.json
exits 0 "or compressed" sh -c "cat b8.json.gz | wm-diff -d $(dbname rows) -"
exits 1 "up to a size" \
    wm-diff --max-size 10kB -d "$(dbname rows)" b8.json.gz

# --- without a server -------------------------------------------------------

PGHOST=/nowhere exits 0 "two bundles are compared without a server" \
    wm-diff --from b1.json b8.json
cp "$tmp/out" offline
newdb offline
bring offline b1.json
ok "and the plan runs" wm-apply -d "$(dbname offline)" --allow data-loss \
    offline
is "$(facts offline)" "$(facts rows)" "with the same end"
PGHOST=/nowhere exits 0 "the source, with the history" \
    sh -c "wm-parse inn.wms | wm-diff --history Wyseman.hist --format text"
is "$(cat "$tmp/out")" "" "it is as in the last release"

# --- back -----------------------------------------------------------------

for pair in 1:8 1:5 2:4 3:7 4:8 7:8; do
	i=${pair%:*} j=${pair#*:}
	db=back_${i}_$j
	newdb $db
	bring $db b1.json
	sql $db "insert into inn.guest (name, phone, note) values
	    ('Ann Lee', '1', 'hi'), ('Bob Ray', '2', '');
	    insert into inn.room (id, beds, price) values (1, 2, 100);
	    insert into inn.stay (guest, room, since, until) values
	    (1, 1, '2026-01-01', '2026-01-05');
	    insert into inn.log values ('2026-01-01 10:00', 'x')"
	[ $i = 1 ] || bring $db b$i.json --allow data-loss
	tables=$(sql $db "select string_agg(c.oid::regclass::text, ' ' order by
	    c.oid::regclass::text) from pg_class c where relkind = 'r' and
	    relnamespace in (select oid from pg_namespace where nspname in
	    ('inn', 'past', 'ext'))")
	newdb fresh_$i
	bring fresh_$i b$i.json
	before=$(rows $db $tables)
	ok "from $i to $j, what is dropped is kept" \
	    bring $db b$j.json --keep-dropped
	ok "and back to $i" bring $db b$i.json --downgrade --allow data-loss
	is "$(facts $db)" "$(facts fresh_$i)" "it is as a fresh release $i"
	is "$(rows $db $tables)" "$before" "and the rows are as they were"
	wm-diff -d "$(dbname $db)" --format text b$i.json >again 2>&1
	is "$(cat again)" "" "nothing is left to do"
	dropdb "$(dbname fresh_$i)"
done
# Names that need care: quotes, "%", more bytes than characters.
mkdir odd && cd odd || exit 3
long=x$(printf 'ä%.0s' $(seq 31))
odd() { # N COLUMNS [DELTA] - a release of one table
	printf 'module odd\nschema odd {} {}\ntable odd.%s odd {\n%s\n}\n' \
	    "$long" "$2" >odd.wms
	[ $# -lt 3 ] || echo "$3" >Wyseman.delta
	wm-parse odd.wms | wm-release commit -Wno-init -o "$1.json"
}
ok "a release with odd names" odd 1 \
    "id int primary key, \"it's 100%\" varchar(9), \"$long\" text"
ok "and one that changes them" odd 2 \
    "id int primary key, \"it's 100%\" text" \
    "{\"odd.$long\": [\"drop \\\"$long\\\"\"]}"
newdb odd
bring odd 1.json
sql odd "insert into odd.$long values (1, 'a', 'kept')"
before=$(sql odd "table odd.$long")
ok "forth" bring odd 2.json --keep-dropped
ok "and back, nothing allowed" bring odd 1.json --downgrade
is "$(sql odd "table odd.$long")" "$before" "with the same rows"
bring odd 2.json --keep-dropped
sql odd "update odd.$long set \"it's 100%\" = 'longer than nine'"
exits 1 "a value that the older type would cut keeps the newer release" \
    bring odd 1.json --downgrade
like "$(cat "$tmp/out")" "error: column \"it's 100%\" has values" \
    "and is told"
cd ..

exits 4 "what cannot come back is said before anything starts" \
    wm-diff -d "$(dbname steps)" --downgrade b7.json
like "$(cat "$tmp/err")" "nothing was kept of it" "and what it is"

done_testing
