# lib.sh - TAP and database helpers for tests/db/*.t (bash).
#
#   . "$(dirname "$0")/../lib.sh"
#   newdb a
#   ok "it says so" test "$(sql a 'select 1')" = 1
#   is "$(sql a 'select 1')" 1 "one is one"
#   done_testing
#
# A script runs inside of tests/cluster (tests/run sees to that; a script that is
# started alone starts its own). WM_MODE names the build (dev). Databases made
# by newdb and everything in $tmp go away at exit.

set -u
export LC_ALL=C.UTF-8 TZ=UTC
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=${TESTS%/tests}
WM_MODE=${WM_MODE:-dev}
if [ -z "${WM_CLUSTER:-}" ]; then
	exec "$TESTS/cluster" run "$BASH" "$0" "$@"
fi
PATH=$TOP/build/$WM_MODE/bin:$PATH

tap_count=0 tap_failed=0 tap_plan=
dbs=()
tmp=$(mktemp -d "${TMPDIR:-${WM_CLUSTER%/*}}/wm-t-XXXXXX")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What one script calls $1 is another database than what its neighbour does.
db_prefix=$(basename "$0" .t | tr -c 'a-z0-9\n' _)_

# --- TAP ----------------------------------------------------------------

plan() { # COUNT, or skip_all REASON
	if [ "$1" = skip_all ]; then
		echo "1..0 # SKIP ${2:-}"
		exit 0
	fi
	tap_plan=$1
	echo "1..$1"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# tap STATUS DESCRIPTION - print one result; returns STATUS.
tap() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - ${2//#/\\#}"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - ${2//#/\\#}"
	fi
	return "$1"
}

pass() { tap 0 "$1"; }
fail() { tap 1 "$1"; }

# ok DESCRIPTION COMMAND... - the command succeeds; shows its output if not.
ok() {
	local what=$1 rc
	shift
	"$@" >"$tmp/.ok" 2>&1
	rc=$?
	tap $((rc != 0)) "$what" || {
		diag "status $rc of: $*"
		diag "$(tail -n 50 "$tmp/.ok")"
		return 1
	}
}

# exits STATUS DESCRIPTION COMMAND... - output stays in $tmp/out, $tmp/err.
exits() {
	local want=$1 what=$2 rc
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	rc=$?
	tap $((rc != want)) "$what" || {
		diag "status $rc, expected $want, of: $*"
		diag "$(tail -n 30 "$tmp/err")"
		return 1
	}
}

# is GOT WANTED DESCRIPTION - equal strings; shows a diff if not.
is() {
	if [ "$1" = "$2" ]; then
		tap 0 "$3"
		return
	fi
	tap 1 "$3"
	diag "$(diff -u --label expected --label got <(printf '%s\n' "$2") \
	    <(printf '%s\n' "$1") | head -n 100)"
	return 1
}

isnt() { # GOT UNWANTED DESCRIPTION
	[ "$1" != "$2" ]
	tap $? "$3" || diag "got: $1"
}

# is_file GOT_FILE WANTED_FILE DESCRIPTION
is_file() {
	if diff -u --label expected --label got "$2" "$1" >"$tmp/.diff" 2>&1
	then
		tap 0 "$3"
	else
		tap 1 "$3"
		diag "$(head -n 100 "$tmp/.diff")"
		return 1
	fi
}

# like GOT REGEX DESCRIPTION - an extended regular expression of bash.
like() {
	[[ $1 =~ $2 ]]
	tap $? "$3" || {
		diag "got:     $1"
		diag "pattern: $2"
		return 1
	}
}

unlike() {
	[[ ! $1 =~ $2 ]]
	tap $? "$3" || {
		diag "got:         $1"
		diag "not pattern: $2"
		return 1
	}
}

skip() { # DESCRIPTION REASON
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - ${1//#/\\#} # SKIP $2"
}

done_testing() {
	[ -n "$tap_plan" ] || echo "1..$tap_count"
	tap_plan=${tap_plan:-$tap_count}
	exit $((tap_failed != 0 || tap_plan != tap_count))
}

# --- databases ----------------------------------------------------------

# dbname NAME - the real name of what newdb calls NAME, for -d.
dbname() { echo "$db_prefix$1"; }

# newdb NAME... - make empty databases; a second call makes them new.
newdb() {
	local n
	for n; do
		psql -Xqc "drop database if exists $db_prefix$n with (force)" \
		    -c "create database $db_prefix$n template template0" \
		    postgres 2>"$tmp/.newdb" || {
			cat "$tmp/.newdb" >&2
			exit 1
		}
		case " ${dbs[*]-} " in
		*" $n "*) ;;
		*) dbs+=("$n") ;;
		esac
	done
}

# copydb FROM TO - a copy of a database that nobody uses.
copydb() {
	psql -Xqc "drop database if exists $db_prefix$2 with (force)" \
	    -c "create database $db_prefix$2 template $db_prefix$1" \
	    postgres 2>/dev/null || return 1
	dbs+=("$2")
}

# sql NAME STATEMENT... - rows, columns divided by "|".
sql() {
	local db=$db_prefix$1 args=() s
	shift
	for s; do
		args+=(-c "$s")
	done
	psql -XAtq -v ON_ERROR_STOP=1 -d "$db" "${args[@]}"
}

# sqlfile NAME FILE
sqlfile() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$db_prefix$1" -f "$2"
}

# pipe NAME FILE... - the whole pipe; the report is in $tmp/report. Options
# for the tools come from the arrays parse_opts, diff_opts, apply_opts.
# Returns the first failing status, from the left.
parse_opts=() diff_opts=() apply_opts=()
pipe() {
	local db=$db_prefix$1 s all
	shift
	wm-parse "${parse_opts[@]}" "$@" |
	    wm-diff "${diff_opts[@]}" -d "$db" |
	    tee "$tmp/plan" |
	    wm-apply "${apply_opts[@]}" -d "$db" >"$tmp/report"
	all=("${PIPESTATUS[@]}")
	for s in "${all[0]}" "${all[1]}" "${all[3]}"; do
		[ "$s" = 0 ] || return "$s"
	done
}

# plan_of NAME FILE... - the plan as JSON, nothing applied.
plan_of() {
	local db=$db_prefix$1
	shift
	wm-parse "${parse_opts[@]}" "$@" | wm-diff "${diff_opts[@]}" -d "$db"
}

# catalog NAME - what the schema is, a fact a line (see common/catalog.sql).
catalog() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$db_prefix$1" \
	    -c 'set search_path = pg_catalog; set jit = off' \
	    -f "$TOP/common/catalog.sql" | LC_ALL=C sort
}

# record NAME - the objects of the current release, as the database has them.
# Numbers of versions and releases are left out: they tell how it came here.
record() {
	[ "$(sql "$1" "select to_regclass('wm.objects') is not null")" = t ] ||
	    return 0
	sql "$1" "select jsonb_build_array(obj_typ, obj_nam, module,
	    (select coalesce(jsonb_agg(d order by d collate \"C\"), '[]')
	        from unnest(deps) d),
	    (select coalesce(jsonb_agg(g order by g collate \"C\"), '[]')
	        from unnest(grants) g),
	    (select coalesce(jsonb_agg(c order by c collate \"C\"), '[]')
	        from unnest(col_data) c), crt_sql, drp_sql)
	from wm.objects
	where max_rel >= (select max(release) from wm.releases)
	order by obj_typ collate \"C\", obj_nam collate \"C\", obj_ver"
}

# rows NAME - every row of every table outside of schema wm, sorted.
rows() {
	sql "$1" "select format('select %L || t::text from %I.%I t order by 1;',
	    c.oid::regclass || ' ', n.nspname, c.relname)
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|wm\$)'
	order by n.nspname collate \"C\", c.relname collate \"C\"" |
	    psql -XAtq -v ON_ERROR_STOP=1 -d "$db_prefix$1"
}

# same_catalog NAME NAME DESCRIPTION
same_catalog() {
	catalog "$1" >"$tmp/.cat1"
	catalog "$2" >"$tmp/.cat2"
	is_file "$tmp/.cat1" "$tmp/.cat2" "$3"
}

# same_record NAME NAME DESCRIPTION
same_record() {
	record "$1" >"$tmp/.rec1"
	record "$2" >"$tmp/.rec2"
	is_file "$tmp/.rec1" "$tmp/.rec2" "$3"
}

# sample [DIR] - a copy of the sample schema to edit; prints its directory.
sample() {
	local dir=${1:-$tmp/sample}
	rm -rf "$dir"
	cp -R "$TESTS/sample" "$dir"
	echo "$dir"
}

# wait_for SECONDS COMMAND... - until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

cleanup() {
	local rc=$? n
	trap '' INT TERM
	"$TESTS/cluster" start	# in case the script had stopped it
	for n in ${dbs[@]+"${dbs[@]}"}; do
		psql -Xqc "drop database if exists $db_prefix$n with (force)" \
		    postgres >/dev/null 2>&1
	done
	rm -rf "$tmp"
	exit $rc
}
