#!/bin/bash
# Random walks: a schema with rows in it goes through 20 versions; after every
# step it equals one built fresh, the next diff is empty, the rows are there.
# WM_LONG=1 (make check-long) takes 200 walks; WM_SEEDS="3 7" just those.
. "$(dirname "$0")/../lib.sh"

steps=20
seeds=${WM_SEEDS:-$(seq 1 $([ -n "${WM_LONG:-}" ] && echo 200 || echo 10))}

# build DB DIR - the version in DIR, applied to the database.
build() {
	(cd "$2" && wm-parse w.wms >"$tmp/list.json" &&
	    wm-diff --no-dictionary -d "$(dbname "$1")" "$tmp/list.json" \
		>"$tmp/plan.json" &&
	    wm-apply -d "$(dbname "$1")" "$tmp/plan.json" >"$tmp/report.json")
}

# answers DB FIELD FILE - results of the queries in one field of keep.sql.
answers() {
	cut -f "$2" "$3" | while IFS= read -r q; do sql "$1" "$q"; done
}

walk() { # SEED - silent; prints what is wrong
	local seed=$1 n dir=$tmp/walk
	rm -rf "$dir" && mkdir "$dir" || return 1
	perl "$TESTS/walk.pl" "$seed" "$steps" "$dir" || return 1
	for n in $(seq 0 "$steps"); do
		sqlfile a "$dir/$n/rows.sql" >/dev/null ||
		    { echo "step $n: rows not inserted"; return 1; }
		answers a 1 "$dir/$n/keep.sql" >"$tmp/before" || return 1
		build a "$dir/$n" || { echo "step $n: not applied"; return 1; }
		answers a 2 "$dir/$n/keep.sql" >"$tmp/after" || return 1
		diff -u "$tmp/before" "$tmp/after" ||
		    { echo "step $n: rows changed"; return 1; }
		newdb b
		build b "$dir/$n" || { echo "step $n: not built"; return 1; }
		catalog a >"$tmp/a" && catalog b >"$tmp/b" || return 1
		diff -u "$tmp/b" "$tmp/a" ||
		    { echo "step $n: not equal to fresh"; return 1; }
		record a >"$tmp/a" && record b >"$tmp/b" || return 1
		diff -u "$tmp/b" "$tmp/a" ||
		    { echo "step $n: other record"; return 1; }
		wm-diff --no-dictionary -d "$(dbname a)" --exit-code \
		    "$tmp/list.json" >"$tmp/plan.json" ||
		    { echo "step $n: the next diff is not empty"; return 1; }
	done
}

for seed in $seeds; do
	newdb a
	if walk "$seed" >"$tmp/walk.log" 2>&1; then
		pass "walk $seed: the law holds over $steps steps"
	else
		fail "walk $seed: the law holds over $steps steps"
		diag "$(tail -n 60 "$tmp/walk.log")"
	fi
done
done_testing
