#!/bin/bash
# Real schemas in plain SQL: WM_REAL_SQL names a directory; each folder in it
# holds the versions of one script, NAME.sql in the order of their names. Each
# is loaded with psql and built through the pipe: the catalogs are equal. Each
# pair that follow one another is upgraded: equal to fresh, or refused with
# what has to be declared. Nothing of it is kept here.
. "$(dirname "$0")/../lib.sh"

real=${WM_REAL_SQL:-}
[ -n "$real" ] || plan skip_all "WM_REAL_SQL names no directory"
[ -d "$real" ] || plan skip_all "there is no $real"
declare -A count=([versions]=0 [left_out]=0 [upgraded]=0 [refused]=0)
parse_opts=(--owner)

# What psql itself cannot load here (extensions, newer servers) is left out.
loads() { # DB FILE
	psql -XAtq -d "$(dbname "$1")" -f "$2" >"$tmp/psql" 2>&1
	! grep -v transaction_timeout "$tmp/psql" | grep -q ERROR
}

without_record() { # FROM TO
	copydb "$1" "$2"
	sql "$2" "drop schema wm cascade" 2>/dev/null
}

empty_plan() { # DB
	wm-parse "${parse_opts[@]}" "$tmp/schema.sql" 2>/dev/null >"$tmp/list"
	wm-diff --exit-code -d "$(dbname "$1")" "$tmp/list"
}

one_version() { # FILE
	cp "$1" "$tmp/schema.sql"
	newdb psql fresh
	if ! loads psql "$1"; then
		count[left_out]=$((count[left_out] + 1))
		return 1
	fi
	count[versions]=$((count[versions] + 1))
	ok "$what: built" pipe fresh "$tmp/schema.sql" || return 1
	ok "$what: nothing is left to do" empty_plan fresh
	without_record fresh bare
	same_catalog bare psql "$what: equal to psql's"
}

upgrade() {
	local rc
	pipe old "$tmp/schema.sql" 2>"$tmp/err"
	rc=$?
	if [ $rc = 4 ]; then
		diff_opts=(--allow data-loss --allow rebuild)
		pipe old "$tmp/schema.sql" 2>"$tmp/err"
		rc=$?
		diff_opts=()
	fi
	if [ $rc = 4 ]; then
		count[refused]=$((count[refused] + 1))
		diag "$what: refused: $(grep -m 1 error: "$tmp/err")"
		return
	fi
	is $rc 0 "$what: upgraded" || {
		diag "$(head -n 5 "$tmp/err")"
		return
	}
	count[upgraded]=$((count[upgraded] + 1))
	ok "$what: nothing is left to do then" empty_plan old
	same_catalog old fresh "$what: upgraded and fresh are equal"
}

for dir in "$real"/*/; do
	have=
	for file in "$dir"*.sql; do
		what=$(basename "$dir")/$(basename "$file")
		one_version "$file" || continue
		[ -z "$have" ] || upgrade
		copydb fresh old
		have=1
	done
done
diag "$(for k in versions left_out upgraded refused; do
	echo "$k: ${count[$k]}"; done)"
done_testing
