#!/bin/bash
# Releases: what is committed is what comes back, whatever happens meanwhile.
. "$(dirname "$0")/../lib.sh"

cd "$tmp" || exit 3
export SOURCE_DATE_EPOCH=1000000000

commit() { # FILE... - a release of what these files say, from OPTS
	wm-parse "$@" | wm-release commit -Wno-init "${opts[@]}"
}
opts=()

# files - the three files and the journal's remains, each with its sum.
files() {
	local f
	for f in "$1"/Wyseman.hist "$1"/Wyseman.delta "$1"/out.json; do
		[ -e "$f" ] && echo "${f##*/} $(sha256sum <"$f")"
	done
}

# --- eight releases of the sample ----------------------------------------

dir=$(sample)
cd "$dir" || exit 3
opts=(-o "$tmp/r1.json")
ok "release 1" commit objects
sed -i 's/as sites/as places/' stock_views.wms
opts=(-o "$tmp/r2.json" --label 0.2)
ok "release 2" commit objects
sed -i 's/^  , placed	date/  , ship_to	text\n&/' trade.wms
opts=(-o "$tmp/r3.json" --no-compress)
ok "release 3" commit objects
wm-migrate trade.deal rename ship_to address
sed -i 's/ship_to/address/' trade.wms
opts=(-o "$tmp/r4.json")
ok "release 4" commit objects
wm-migrate trade.deal drop address
sed -i '/address	text/d' trade.wms
opts=(-o "$tmp/r5.json")
ok "release 5" commit objects
echo 'other note {} {create domain trade.note as text} {drop domain if exists trade.note}' \
    >>trade_views.wms
opts=(-o "$tmp/r6.json")
ok "release 6" commit objects
sed -i '/^other note/d' trade_views.wms
opts=(-o "$tmp/r7.json" --label 1.0)
ok "release 7" commit objects
sed -i 's/as places/as sites/' stock_views.wms
opts=(-o "$tmp/r8.json")
ok "release 8" commit objects

for n in 1 2 3 4 5 6 7 8; do
	wm-release build -r $n >"$tmp/again.json"
	ok "release $n is made again, byte for byte" \
	    cmp "$tmp/again.json" "$tmp/r$n.json"
done

# Another machine: other folder, locale, order of its environment.
mkdir "$tmp/other" && cp -R "$TESTS/sample/." "$tmp/other" && (
	cd "$tmp/other" && export LC_ALL=C TZ=Asia/Tokyo &&
	    wm-parse objects | wm-release commit -Wno-init -o s.json
) 2>"$tmp/err"
ok "equal input gives equal bytes" cmp "$tmp/other/s.json" "$tmp/r1.json"

ok "a history that was lost is the same again" sh -c \
    'cp Wyseman.hist was && rm Wyseman.hist &&
    wm-release rebuild-history '"$tmp"'/r?.json && cmp Wyseman.hist was'

# --- one script of SQL ----------------------------------------------------

run_script() { # DB RELEASE
	newdb "$1"
	wm-release build --sql -r "$2" -o "$tmp/script.sql" &&
	    psql -Xq1 -v ON_ERROR_STOP=1 -d "$(dbname "$1")" \
	    -f "$tmp/script.sql" >"$tmp/psql" 2>&1 || {
		diag "$(tail -n 5 "$tmp/psql")"
		return 1
	}
}
ok "the script of release 8 runs" run_script script 8
newdb piped
ok "the pipe builds it" pipe piped objects
same_catalog script piped "script and pipe: the same catalog"
same_record script piped "script and pipe: the same record"
is "$(sql script 'select string_agg(release || coalesce(committed::text,
    $$-$$), $$ $$ order by release) from wm.releases')" \
    "$(for n in 1 2 3 4 5 6 7 8; do
	echo "$n""2001-09-09 01:46:40+00"; done | tr '\n' ' ' | sed 's/ $//')" \
    "all releases are in the record"
is "$(sql script "select obj_ver, min_rel, max_rel, delta, del_idx
    from wm.objects where obj_nam = 'trade.deal' and built")" \
    '4|5|8|{"drop address"}|1' "versions are in the record"
wm-parse objects | wm-diff -d "$(dbname script)" >"$tmp/plan"
is "$(jq -r '.steps[].action' "$tmp/plan" | grep -v '^record$')" "" \
    "for the pipe there is nothing left to do"
newdb bundled
ok "wm-diff takes the bundle" sh -c 'wm-diff -d "$1" '"$tmp"'/r8.json | wm-apply -d "$1"
    ' - "$(dbname bundled)"
same_catalog bundled script "bundle and script: the same catalog"
numbers='select obj_typ, obj_nam, obj_ver, min_rel, max_rel, ndeps, delta,
    del_idx, built, build, checkit from wm.objects order by 1, 2, 3'
is "$(sql bundled "$numbers")" "$(sql script "$numbers")" \
    "bundle and script: the same versions"
numbers='select release, committed from wm.releases order by 1'
is "$(sql bundled "$numbers")" "$(sql script "$numbers")" \
    "bundle and script: the same releases"
ok "the script of release 3 runs" run_script script3 3
is "$(sql script3 "select count(*) from pg_attribute
    where attrelid = 'trade.deal'::regclass and attname = 'ship_to'")" 1 \
    "it is release 3"
exits 3 "a script does not run twice" psql -Xq1 -v ON_ERROR_STOP=1 \
    -d "$(dbname script3)" -f "$tmp/script.sql"

# Without the dictionary, and then with it.
newdb bare
bundle_to() { # OPTION... - how the bundle's plan ends
	wm-diff -d "$(dbname bare)" "$@" "$tmp/r8.json" |
	    wm-apply -d "$(dbname bare)" | jq -r .status
}
is "$(bundle_to --no-dictionary)" applied "a bundle without the dictionary"
is "$(sql bare "select count(*) from wm.objects where module = 'wyseman'")" 0 \
    "the record has none of it"
ok "then nothing is left to do" wm-diff -d "$(dbname bare)" --exit-code \
    --no-dictionary "$tmp/r8.json"
is "$(bundle_to)" applied "and with it"
same_catalog bundled bare "then all is there"

# --- crashes ---------------------------------------------------------------

cd "$tmp" || exit 3
mkdir crash && cat >crash/a.wms <<'E'
module c
schema c
table c.t {c} {a int, b int}
E
cd crash || exit 3
commit a.wms >/dev/null
wm-migrate c.t drop b
sed -i 's/, b int//' a.wms
wm-parse a.wms >list.json
echo old >out.json
cp -R . ../before && cp -R . ../after
(cd ../after && wm-release commit -Wno-init -o out.json list.json)
before=$(files ../before) after=$(files ../after)
isnt "$before" "$after" "a commit changes its files"

# after_fault FAULT - what there is when a commit died, and was looked at.
after_fault() {
	rm -rf ../now && cp -R ../before ../now
	(cd ../now && WM_FAULT=$1 wm-release commit -Wno-init -o out.json \
	    list.json) >/dev/null 2>"$tmp/err"
	rc=$?
	# whoever only reads sees one state, too
	(cd ../now && wm-parse a.wms | jq -c '[.objects[].delta | length] | add'
	    ) >"$tmp/pending" 2>/dev/null
	(cd ../now && wm-release log) >/dev/null 2>"$tmp/err2"
	now=$(files ../now)
	left=$(find ../now -name '*wm-new' -o -name .wyseman.journal)
}

# by_fault KIND - at each event: all as before, or all as after.
by_fault() {
	local n rc now left bad='' died=0 lasted=0 seen
	for n in $(seq 1 60); do
		after_fault "$1:$n"
		seen=$(cat "$tmp/pending")
		if [ "$now" = "$before" ]; then
			died=$((died + 1))
			[ "$seen" = 1 ] || bad="$bad $n:pending=$seen"
		elif [ "$now" = "$after" ]; then
			lasted=$((lasted + 1))
			[ "$seen" = 0 ] || bad="$bad $n:pending=$seen"
		else
			bad="$bad $n:mixed"
			diag "$now"
		fi
		[ -z "$left" ] || [ "$1" = stop ] || bad="$bad $n:left=$left"
		[ $rc != 0 ] || break
	done
	[ -z "$bad" ] && [ $died -gt 3 ] && [ $lasted -gt 1 ]
	tap $? "$1 at every write: as before or as after" ||
	    diag "before $died, after $lasted, wrong:$bad"
} 2>/dev/null

# to_stdout KIND - the same with the bundle on standard output: there is a whole
# one only of a release that is committed.
to_stdout() {
	local n rc bad='' part=0 lasted=0
	for n in $(seq 1 60); do
		rm -rf ../now && cp -R ../before ../now
		(cd ../now && WM_FAULT=$1:$n wm-release commit -Wno-init \
		    list.json) >"$tmp/stdout" 2>"$tmp/err"
		rc=$?
		(cd ../now && wm-release log >"$tmp/log" 2>&1)
		[ ! -s "$tmp/stdout" ] || part=$((part + 1))
		if ! grep -q 'release 2' "$tmp/log"; then
			! wm-release verify "$tmp/stdout" >/dev/null 2>&1 ||
			    bad="$bad $n:whole"
		else
			lasted=$((lasted + 1))
			(cd ../now && wm-release build >"$tmp/again")
			cmp -s "$tmp/again" "../after/out.json" ||
			    bad="$bad $n:lost"
			[ $rc != 0 ] || cmp -s "$tmp/stdout" \
			    "../after/out.json" || bad="$bad $n:other"
		fi
		[ $rc != 0 ] || break
	done
	[ -z "$bad" ] && [ $part -gt 1 ] && [ $lasted -gt 1 ]
	tap $? "$1 at every write, to standard output: no bundle, or a release" ||
	    diag "some output $part, committed $lasted, wrong:$bad"
} 2>/dev/null
if WM_FAULT=write:1 wm-release log >/dev/null 2>&1; then
	skip "crashes" "faults are not built in"
else
	by_fault stop
	by_fault write
	to_stdout stop
	to_stdout write
	# what a crash has left does not stop the next one
	after_fault stop:1 2>/dev/null
	ok "the next commit goes through" sh -c 'cd ../now &&
	    wm-release commit -Wno-init -o out.json list.json'
	is "$(files ../now)" "$after" "and gives what the first would have"
	ok "nothing else is left" test -z \
	    "$(find ../now -name '*wm-new' -o -name .wyseman.journal)"
fi

# --- two at once ------------------------------------------------------------

rm -rf ../now && cp -R ../before ../now && cd ../now || exit 3
for i in 1 2 3 4 5 6; do
	(
		wm-release commit -Wno-init list.json >"both$i.json" \
		    2>"both$i.err"
		echo $? >"both$i.rc"
	) &
done
wait
is "$(cat both?.rc | sort | tr '\n' ' ')" "0 4 4 4 4 4 " \
    "of six commits at once one makes the release"
is "$(wm-release log -f json | jq '.releases | length')" 2 "it is there once"
for i in 1 2 3 4 5 6; do
	[ "$(cat both$i.rc)" != 0 ] ||
	    ok "its bundle is whole" sh -c "wm-release build | cmp - both$i.json"
done

# --- bundles that want to do harm -------------------------------------------

bomb() { # BYTES - a bundle whose init unpacks to so many
	rm -rf b && mkdir b && (
		cd b && wm-parse ../a.wms >list.json && perl -e '
			my ($n) = @ARGV;
			local $/;
			my $l = <STDIN>;
			my $sql = "-" x $n;
			$l =~ s/"init": \[\]/"init": [{"sql": "$sql"}]/ or die;
			print $l;
		' "$1" <list.json >big.json && wm-release commit big.json \
		    -o s.json && rm Wyseman.hist
	)
}
ok "a text of 30 MB is released" bomb 30000000
ok "its bundle is small" test "$(wc -c <b/s.json)" -lt 200000
exits 1 "with less room it is refused" \
    wm-release rebuild-history -C b --max-size 20MB b/s.json
like "$(cat "$tmp/err")" 'larger than allowed' "and it is said why"
exits 0 "with enough it is read" \
    wm-release rebuild-history -C b --max-size 40MB b/s.json

done_testing
