#!/bin/bash
# Real schemas in plain SQL, version by version. Nothing of them is kept here:
# WM_REAL_SQL names a directory, made for instance of a repository's history,
#
#   DIR/NAME/0001.sql     the versions of one script, in the order of their names
#   DIR/NAME/0002.sql
#   DIR/NAME/before.psql  if there: what psql runs first, such as roles
#
# so that `git log --reverse --format=%H -- db/structure.sql` and
# `git show COMMIT:db/structure.sql` fill one folder NAME. Of each version: psql
# loads it, the pipe builds it, the catalogs are equal, nothing is left to do;
# what psql has loaded is adopted as it is.
# Of each and the one before it: the older one is upgraded, and is equal to what
# psql loads; or is refused, and the refusal is shown. What psql cannot load here
# (extensions, libraries, newer servers) is left out. WM_REAL_SQL_EVERY=N takes
# the first version, every Nth behind it, and the last.
. "$(dirname "$0")/../lib.sh"

real=${WM_REAL_SQL:-}
[ -n "$real" ] || plan skip_all "WM_REAL_SQL names no directory"
[ -d "$real" ] || plan skip_all "there is no $real"
every=${WM_REAL_SQL_EVERY:-1}
declare -A count
parse_opts=(--owner)

# What a setting that this server does not have says is no error of the script,
# nor that a dump of 8.4 makes the language that every database has.
loads() { # DB FILE
	psql -XAtq -d "$(dbname "$1")" -f "$2" >"$tmp/psql" 2>&1
	! grep -v -e 'unrecognized configuration parameter' \
	    -e 'extension "plpgsql" already exists' "$tmp/psql" |
	    grep ERROR: >"$tmp/psql.err"
}

# empty NAME... - new databases, with what the schema expects to be there.
empty() {
	local n
	newdb "$@"
	[ -e "$dir/before.psql" ] || return 0
	for n; do
		psql -XAtq -d "$(dbname "$n")" -f "$dir/before.psql" \
		    >/dev/null 2>&1
	done
}

# bare NAME - the catalog without the record.
bare() {
	{
		echo 'begin; drop schema if exists wm cascade;'
		echo 'set search_path = pg_catalog; set jit = off;'
		cat "$TOP/common/catalog.sql"
	} | psql -XAtq -v ON_ERROR_STOP=1 -d "$(dbname "$1")" 2>"$tmp/bare" |
	    LC_ALL=C sort
}

empty_plan() { # DB
	wm-diff --exit-code -d "$(dbname "$1")" <"$tmp/list"
}

one_version() { # FILE
	empty psql fresh
	cp "$1" "$tmp/schema.sql"
	if ! loads psql "$1"; then
		diag "$what: left out: $(head -n 1 "$tmp/psql.err")"
		return 1
	fi
	count[versions]=$((${count[versions]-0} + 1))
	bare psql >"$tmp/psql.cat"
	ok "$what: built" pipe fresh "$tmp/schema.sql" || return 1
	wm-parse "${parse_opts[@]}" "$tmp/schema.sql" 2>/dev/null >"$tmp/list"
	ok "$what: nothing is left to do" empty_plan fresh
	bare fresh >"$tmp/fresh.cat"
	is_file "$tmp/fresh.cat" "$tmp/psql.cat" "$what: equal to psql's" &&
	    count[built]=$((${count[built]-0} + 1))
	adopt
}

# adopt - what psql has loaded is taken over as it is.
adopt() {
	empty adopt
	loads adopt "$file" || return 0
	wm-diff --adopt -d "$(dbname adopt)" <"$tmp/list" >"$tmp/plan" \
	    2>"$tmp/err"
	is $? 0 "$what: adopted" || diag "$(head -n 5 "$tmp/err")"
	is "$(jq -r '.steps[] | select(.action != "record" and .module !=
	    "wyseman" and .sql != "select wm.init_dictionary()") | .sql' \
	    "$tmp/plan")" "" "$what: adopted as it is" || return 0
	wm-apply -d "$(dbname adopt)" <"$tmp/plan" >"$tmp/report"
	ok "$what: nothing is left to do then" empty_plan adopt &&
	    count[adopted]=$((${count[adopted]-0} + 1))
}

# declare_hints - run the commands that the refusal's hints name: drops of
# columns, and only when there are none any more, the rest, but for renames;
# false where there is none.
declare_hints() {
	sed -n 's/^.*hint: .*: \(wm-migrate .*\)$/\1/p' "$tmp/err" |
	    grep -v '^wm-migrate [^ ]* rename ' >"$tmp/all_hints"
	grep '^wm-migrate [^ ]* drop ' "$tmp/all_hints" >"$tmp/hints" ||
	    mv "$tmp/all_hints" "$tmp/hints"
	[ -s "$tmp/hints" ] || return 1
	sed "s|^|# $what: |" "$tmp/hints"
	(cd "$tmp" && bash -e hints >/dev/null)
}

# plan_and_apply - the old database becomes the version in $tmp/schema.sql.
plan_and_apply() {
	wm-parse "${parse_opts[@]}" "$tmp/schema.sql" 2>/dev/null |
	    wm-diff "${diff_opts[@]}" -d "$(dbname old)" 2>"$tmp/err" \
	    >"$tmp/plan" || return
	wm-apply -d "$(dbname old)" <"$tmp/plan" >"$tmp/report" 2>"$tmp/err"
}

upgrade() {
	local rc how=equal

	count[pairs]=$((${count[pairs]-0} + 1))
	diff_opts=()
	plan_and_apply
	rc=$?
	if [ $rc = 4 ]; then
		how=declared
		diag "$(grep error: "$tmp/err" | sed "s|^.*/schema.sql:[0-9:]*|$what:|")"
		diff_opts=(--allow data-loss --allow rebuild)
		while declare_hints; do
			plan_and_apply
			rc=$?
			[ $rc = 4 ] || break
		done
		[ $rc != 4 ] || { plan_and_apply; rc=$?; }
	fi
	if [ $rc = 4 ]; then
		count[refused]=$((${count[refused]-0} + 1))
		diag "$what: refused: $(grep error: "$tmp/err" |
		    sed 's|^.*/schema.sql:[0-9:]*||')"
	elif is $rc 0 "$what: upgraded"; then
		wm-parse "${parse_opts[@]}" "$tmp/schema.sql" 2>/dev/null \
		    >"$tmp/list"
		ok "$what: nothing is left to do then" empty_plan old
		bare old >"$tmp/old.cat"
		is_file "$tmp/old.cat" "$tmp/psql.cat" \
		    "$what: upgraded, it is equal" &&
		    count[$how]=$((${count[$how]-0} + 1))
	else
		diag "$(head -n 9 "$tmp/err" | cut -c 1-300)"
	fi
	rm -f "$tmp"/Wyseman.*
}

# versions - the files of $dir that are taken.
versions() {
	local i=0 f last=
	for f in "$dir"*.sql; do
		last=$f
		[ $((i++ % every)) != 0 ] || {
			echo "$f"
			last=
		}
	done
	[ -z "$last" ] || echo "$last"
}

tell() {
	local k s=
	for k in versions built adopted pairs equal declared refused; do
		s+=" $k ${count[$k]-0},"
	done
	diag "$(basename "$dir"):${s%,}"
}

for dir in "$real"/*/; do
	have= count=()
	while read -r file; do
		what=$(basename "$dir")/$(basename "$file" .sql)
		one_version "$file" || continue
		[ -z "$have" ] || upgrade
		psql -Xqc "drop database if exists $(dbname old) with (force)" \
		    -c "alter database $(dbname fresh) rename to $(dbname old)" \
		    postgres 2>/dev/null
		have=1
	done < <(versions)
	tell
done
dbs+=(old)
done_testing
