#!/bin/bash
# Whatever fails, at whatever moment: a message, the right exit code, nothing on
# standard output, and a database that is as it was or as planned.
. "$(dirname "$0")/../lib.sh"
set -o pipefail

case $WM_MODE in
rel) plan skip_all "failures on order are not built into mode rel" ;;
asan) coarse=6 ;;
*) coarse=20 ;;
esac

# next N - the next moment to try: each at first, then ever fewer. WM_ALL tries
# all, which takes minutes.
next() {
	echo $(($1 + 1 + ${WM_ALL:+0 *} $1 / coarse))
}

# sweep KIND NAME COMMAND... - let the Nth event of a kind fail, until none is
# left to fail. Each time the command has to end with 3 and a message, and to
# print nothing. $check, if set, is run after each.
check=
sweep() {
	local kind=$1 name=$2 n=1 rc bad=''
	shift 2
	while [ -z "$bad" ]; do
		WM_FAULT=$kind:$n "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
		rc=$?
		[ $rc != 0 ] || break
		[ $rc = 3 ] || bad="status $rc"
		[ ! -s "$tmp/out" ] || bad="$bad, output"
		grep -q ': error: ' "$tmp/err" || bad="$bad, no message"
		[ -z "$check" ] || $check || bad="$bad, $check"
		[ -z "$bad" ] || diag "$kind:$n: $bad"
		n=$(next $n)
	done
	[ $n -gt 1 ] || bad="nothing failed"
	[ -z "$bad" ]
	tap $? "$name: any $kind fails, to $n" || diag "$(tail -n 20 "$tmp/err")"
}

cat >"$tmp/a.wms" <<'END'
module shop
schema shop
define price {numeric(%1,2)}
table shop.item shop {
	id	int primary key,
	name	text not null,
	cost	price(10)
} -grant {{wmfault {s} {i u}}}
sequence shop.seq shop
view shop.cheap shop.item {
	select * from shop.item where cost < 10
} -grant {public}
function {shop.twice(a int)} shop {returns int language plpgsql as $$
begin
	return a * 2;
end $$}
index {} shop.item {name}
function shop.note() shop {returns trigger language plpgsql as $$
begin
	return new;
end $$}
trigger shop_note {} {before insert on shop.item for each row
	execute procedure shop.note()}
END
echo '{"shop.item": []}' >"$tmp/Wyseman.delta"
echo '{"dbname": "'"$(dbname a)"'"}' >"$tmp/Wyseman.conf"
cd "$tmp" || exit 3
newdb a
opts=(-d "$(dbname a)" --no-dictionary)

# --- memory, reading, writing -------------------------------------------

for kind in alloc read write; do
	sweep $kind wm-parse wm-parse a.wms
done
ok "wm-parse" sh -c 'wm-parse a.wms >list'
for kind in alloc read write; do
	sweep $kind wm-diff wm-diff "${opts[@]}" list
done
sweep alloc "wm-diff, as SQL" wm-diff "${opts[@]}" -f sql list
ok "wm-diff" sh -c 'wm-diff "$@" list >plan' sh "${opts[@]}"

# unchanged - the database is as it was in the beginning.
catalog a >before
unchanged() { catalog a | cmp -s - before; }
check=unchanged
for kind in alloc read; do
	sweep $kind "wm-apply --dry-run" wm-apply -d "$(dbname a)" --dry-run plan
done
sweep query wm-diff wm-diff "${opts[@]}" list
sweep query "wm-apply --dry-run" wm-apply -d "$(dbname a)" --dry-run plan
check=

# --- the connection is lost, or the program is killed, at each query ----

catalog a >before
cp plan plan.a
wm-parse a.wms | sed 's/< 10/< 20/' >list2
newdb done
wm-apply -d "$(dbname done)" plan >/dev/null || exit 3
catalog done >after

# at_each KIND STATUS - every try ends with the status until one is through;
# until then the database is as it was, then as planned.
at_each() {
	local kind=$1 want=$2 n=1 rc bad='' state=before
	newdb a
	while [ $state = before ] && [ -z "$bad" ]; do
		{ WM_FAULT=$kind:$n wm-apply -d "$(dbname a)" plan >out 2>err
		} 2>/dev/null
		rc=$?
		# A server that was in the middle may need a moment.
		wait_for 10 idle || bad="sessions stay"
		catalog a >now
		cmp -s now before || state=after
		cmp -s now $state || bad="$bad neither before nor after"
		if [ $rc = 0 ]; then
			[ $state = after ] || bad="$bad done, but unchanged"
		elif [ $rc != "$want" ]; then
			bad="$bad status $rc"
		elif [ $state = after ] && [ "$kind" != kill ]; then
			bad="$bad status $rc, but done"
		fi
		[ $rc = 0 ] || [ ! -s out ] || bad="$bad output"
		[ -z "$bad" ] || diag "$kind:$n:$bad" "$(tail -n 20 err)"
		n=$((n + 1))
	done
	[ -z "$bad" ] && [ $n -gt 10 ]
	tap $? "$kind at each query, to $n"
	ok "$kind: the next plan is empty" wm-diff "${opts[@]}" --exit-code list
}
idle() {
	[ "$(psql -XAtc "select count(*) from pg_stat_activity
	    where datname = '$(dbname a)'" postgres)" = 0 ]
}
at_each query 3
at_each term 3
at_each kill 137

# --- a change instead of a new database ----------------------------------

wm-diff "${opts[@]}" list2 >plan || exit 3
catalog a >before
wm-diff -d "$(dbname done)" --no-dictionary list2 |
    wm-apply -d "$(dbname done)" >/dev/null || exit 3
catalog done >after
check=
again() {
	local kind=$1 want=$2 n=1 rc bad=''
	while [ -z "$bad" ]; do
		WM_FAULT=$kind:$n wm-apply -d "$(dbname a)" plan >out 2>err
		rc=$?
		[ $rc != 0 ] || break
		[ $rc = "$want" ] || bad="status $rc"
		catalog a | cmp -s - before || bad="$bad changed"
		n=$((n + 1))
	done 2>/dev/null
	[ -z "$bad" ]
	tap $? "a change: $kind at each query, to $n" || diag "$bad"
}
again query 3
catalog a >now
is_file now after "a change: as planned in the end"
psql -XAtqc 'drop role if exists wmfault_1, wmfault_2' postgres 2>/dev/null

# --- the server goes away ------------------------------------------------

mkdir slow && cd slow || exit 3
cat >slow.wms <<'END'
view v {} {select 1 as x}
other slow v {
	select pg_sleep(30);
} {select 1}
END
cat >"$tmp/inside" <<'END'
# $1: what happens to the server
psql -Xqc 'create database d' || exit
wm-parse slow.wms | wm-diff -d d --no-dictionary >slow.plan
wm-apply -d d slow.plan >out 2>err &
pid=$!
n=0
until [ "$(psql -XAtc "select count(*) from pg_stat_activity
    where datname = 'd' and state = 'active'")" = 1 ]; do
	n=$((n + 1))
	[ $n -lt 200 ] || exit 9
	sleep 0.05
done
$1
wait $pid
echo "status $?, $(wc -c <out) bytes of output"
grep -c ': error: connection lost: ' err
grep 'nothing was changed' err
"$TESTS/cluster" start
psql -XAt -d d -c "select count(*) from pg_class
    where relnamespace = 'public'::regnamespace" \
    -c "select to_regnamespace('wm') is null"
wm-diff -d d --no-dictionary -f text slow.list
END
wm-parse slow.wms >slow.list
echo "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = 'd'" >end.sql
export TESTS
for how in "stop fast" "stop immediate" kill; do
	is "$(TMPDIR= "$TESTS/cluster" run bash "$tmp/inside" \
	    "$TESTS/cluster $how" 2>&1)" "status 3, 0 bytes of output
1
wm-apply: note: nothing was changed
0
t
+ create   schema wm
+ create   view v
+ create   other slow
3 to create, 0 to change, 0 to drop" "the server in the middle of a step: $how"
done
is "$(TMPDIR= "$TESTS/cluster" run bash "$tmp/inside" "psql -XAtqf end.sql" \
    2>&1 | sed -n 1,3p)" "t
status 3, 0 bytes of output
1" "the session is ended by an administrator"
done_testing
