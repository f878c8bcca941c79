#!/bin/bash
# The private server keeps its promises: nothing of it stays, whatever happens.
. "$(dirname "$0")/../lib.sh"

cluster=$TESTS/cluster
# Clusters of this script live here, so that leftovers show. The server's user
# must get through.
chmod 711 "$tmp"
mkdir "$tmp/c"
chmod 1777 "$tmp/c"
export TMPDIR=$tmp/c

# left - directories and servers that are still there.
left() {
	ls "$tmp/c"
	readlink /proc/[0-9]*/cwd 2>/dev/null | grep -F "$tmp/c/"
}
nothing_left() { [ -z "$(left)" ]; }

exits 7 "the command's status is passed on" "$cluster" run sh -c 'exit 7'
exits 127 "a command that is not there" "$cluster" run no-such-command
exits 137 "a command that was killed" "$cluster" run sh -c 'kill -9 $$'
is "$(echo hello | "$cluster" run cat)" hello "standard input reaches it"
ok "nothing is left" nothing_left

is "$(PGSERVICE=nowhere PGHOST=127.0.0.1 PGPORT=1 PGOPTIONS='-c foo=bar' \
    "$cluster" run psql -XAtc 'select current_user')" postgres \
    "other PG* variables have no say"
is "$(WM_PGCONF='max_locks_per_transaction = 10' "$cluster" run \
    psql -XAtc 'show max_locks_per_transaction')" 10 "WM_PGCONF"
is "$("$cluster" run psql -XAt -U admin -c "select rolsuper from pg_roles
    where rolname = current_user" -c 'show listen_addresses' \
    -c 'show server_encoding' | tr '\n' ' ')" "t  UTF8 " "admin, encoding"

cat >"$tmp/inside" <<'END'
set -e
c=$1
psql -Xqc 'create table t (a int)' -c 'insert into t values (1)'
"$c" restart
"$c" restart immediate
psql -XAtc 'table t'
"$c" kill
psql -XAtc 'select 1' 2>/dev/null && echo alive
"$c" start
"$c" start
"$c" stop
psql -XAtc 'select 1' 2>/dev/null && echo alive
"$c" run psql -XAtc "select 'another'"
"$c" start
psql -XAtc 'table t'
psql -Xqc "create role wm_locked login password 'right'"
psql -XAtw -U wm_locked -c 'select 1' 2>/dev/null && echo open
PGPASSWORD=right psql -XAtw -U wm_locked -c "select 'unlocked'"
END
is "$(bash "$cluster" run bash +e "$tmp/inside" "$cluster" 2>&1)" \
    "$(printf '1\nanother\n1\nunlocked')" "stop, start, restart, kill inside"
ok "nothing is left" nothing_left

exits 3 "outside there is nothing to stop" env -u WM_CLUSTER "$cluster" stop

for sig in TERM HUP INT; do
	: >"$tmp/up"
	# INT is ignored in what bash puts into the background, HUP by nohup.
	env --default-signal=INT,HUP "$cluster" run sh -c \
	    "echo up >'$tmp/up'; exec sleep 60" &
	pid=$!
	wait_for 20 test -s "$tmp/up"
	kill -$sig $pid
	wait $pid
	is $? $((128 + $(kill -l $sig))) "SIG$sig ends it"
	ok "nothing is left" wait_for 5 nothing_left
done

: >"$tmp/up"
"$cluster" run sh -c "echo \$\$ >'$tmp/up'; exec sleep 60" &
pid=$!
wait_for 20 test -s "$tmp/up"
kill -KILL $pid
wait $pid 2>/dev/null
ok "killed: nothing is left" wait_for 10 nothing_left
kill "$(cat "$tmp/up")" 2>/dev/null

for pause in 0.02 0.05 0.1 0.2 0.3 0.5; do
	setsid "$cluster" run sleep 60 >/dev/null 2>&1 &
	pid=$!
	sleep $pause
	kill -KILL -$pid 2>/dev/null
	wait $pid 2>/dev/null
done
ok "killed while it starts: nothing is left" wait_for 20 nothing_left
nothing_left || diag "$(left)"
done_testing
