#!/bin/bash
# Every kind of object is created, altered and dropped: each time the database
# is equal to one built fresh, it is so recorded, and nothing is left to do.
#
# A case of kinds_all.cases is what is there all the time, "++", the object,
# "~~", the object as it is altered. Behind its name may stand
#   in place   nothing is dropped or made to alter it
#   declared   it is refused at first; what the hint says is done
#   alone      roles, which all databases share: no other is built beside it
#   stays      what is no longer said stays as it was: it is not unmade
# ONLY="text" runs the cases whose name has it.
. "$(dirname "$0")/../lib.sh"

parse_opts=(--owner --roles)
diff_opts=(--no-dictionary)

# What a case needs that is no part of a database.
psql -Xqd postgres -c "create role wm_kinds_a" -c "create role wm_kinds_b" \
    -c "set allow_in_place_tablespaces = on" \
    -c "create tablespace wm_kinds_s location ''" || exit 3
version=$(psql -XAtd postgres -c "show server_version_num")
"${CC:-cc}" -shared -fPIC -DSERVER_VERSION="$version" \
    -o "$tmp/label.so" "$TESTS/db/label.c" || exit 3
chmod a+x "$tmp"	# the server may be another user
export PGOPTIONS="-c session_preload_libraries=$tmp/label.so"

# declare_it MESSAGES - run the wm-migrate lines that hints show.
declare_it() {
	sed -n 's/.*hint:.*: wm-migrate /wm-migrate /p' "$1" >"$tmp/do"
	[ -s "$tmp/do" ] && (cd "$tmp" && wm-parse schema.sql >list.json &&
	    sed 's/$/ <list.json/' do >do.sh && sh -e do.sh)
}

# build DB FILE - by the whole pipe. The file's name is the module's, so it is
# always the same.
build() {
	cp "$2" "$tmp/schema.sql"
	pipe "$1" "$tmp/schema.sql" 2>"$tmp/said" || {
		cat "$tmp/said"
		[[ $how == *declared* ]] && declare_it "$tmp/said" &&
		    pipe "$1" "$tmp/schema.sql" || return
	}
}

# idle DB - once more: nothing is left to do.
idle() {
	plan_of "$1" "$tmp/schema.sql" >"$tmp/again" &&
	    jq -e '.steps | length == 0' "$tmp/again" >"$tmp/idle" || {
		echo "not idle:"
		jq -r '.steps[].sql' "$tmp/again"
		return 1
	}
}

# in_place - whether the last plan drops and makes nothing.
in_place() {
	jq -r '.steps[] | select(.action == "drop" or .action == "create" or
	    .action == "rebuild") | "not in place: " + .sql' "$tmp/plan" |
	    tee "$tmp/gone"
	[ ! -s "$tmp/gone" ]
}

# step NAME FILE FRESH - bring database a to a file's text; what it has to be
# equal to is in FRESH.
step() {
	build a "$2" && idle a || return
	seen a >"$tmp/cat" && record a >"$tmp/rec" || return
	diff -u "$3.cat" "$tmp/cat" && diff -u "$3.rec" "$tmp/rec"
}

# seen DB - the catalog; of roles, those that cases make.
seen() {
	catalog "$1"
	sql "$1" "select rolname, rolcanlogin, rolcreatedb, rolconnlimit,
	    rolvaliduntil, rolconfig from pg_roles
	    where rolname in ('wm_kinds_c', 'wm_kinds_d') order by 1" \
	    "select roleid::regrole, member::regrole, admin_option
	    from pg_auth_members order by 1::text, 2::text"
}

fresh() { # FILE - built in a database of its own, once for each text
	local had

	had=$tmp/had-$(md5sum <"$1" | cut -d " " -f 1)
	if [ -e "$had.rec" ]; then
		cp "$had.cat" "$1.cat" && cp "$had.rec" "$1.rec"
		return
	fi
	newdb f
	build f "$1" || return
	seen f >"$1.cat"
	record f >"$1.rec"
	cp "$1.cat" "$had.cat" && cp "$1.rec" "$had.rec"
}

# The last verdicts of all verbs, a line a case.
verdict() { # VERB COMMAND...
	local verb=$1
	shift
	if ok "$name: $verb" "$@"; then
		row+="  ok   "
	else
		row+="  -    "
	fi
}

altered() {
	step a "$tmp/two.sql" "$tmp/two.sql" || return
	[[ $how != *"in place"* ]] || in_place
}

# unsubscribed - databases cannot go with subscriptions.
unsubscribed() {
	psql -Xq -d "$(dbname "$1")" -c "alter subscription s disable" \
	    -c "alter subscription s set (slot_name = none)" \
	    -c "drop subscription s" >/dev/null 2>&1
}

one_case() { # the files are there
	local row=
	[[ $name == *"${ONLY:-}"* ]] || return
	cat "$tmp/base" >"$tmp/none.sql"
	cat "$tmp/base" "$tmp/first" >"$tmp/one.sql"
	cat "$tmp/base" "$tmp/second" >"$tmp/two.sql"
	for v in none one two; do
		fresh "$tmp/$v.sql" >"$tmp/$v.out" 2>&1 || {
			fail "$name: built fresh"
			diag "$(cat "$tmp/$v.out")"
		}
		[[ $how != *alone* ]] || forget
		rm -f "$tmp/Wyseman.delta"
		unsubscribed f
	done
	newdb a
	ok "$name: without" step a "$tmp/none.sql" "$tmp/none.sql"
	verdict create step a "$tmp/one.sql" "$tmp/one.sql"
	verdict alter altered
	if [[ $how == *stays* ]]; then
		verdict drop build a "$tmp/none.sql"
	else
		verdict drop step a "$tmp/none.sql" "$tmp/none.sql"
	fi
	unsubscribed a
	[[ $how != *alone* ]] || forget
	rm -f "$tmp/Wyseman.delta"
	table+=("$(printf '%-50s %s' "$name" "$row")")
}

forget() {
	psql -Xqd postgres -c "drop role if exists wm_kinds_c, wm_kinds_d" \
	    2>/dev/null
}

name= how= table=()
while IFS= read -r line; do
	case $line in
	"== "*)
		[ -z "$name" ] || one_case
		name=${line#== } how=
		case $name in *": "*) how=${name##*: } ;; esac
		out=$tmp/base
		: >"$tmp/first" >"$tmp/second"
		echo "create table always (a int);" >"$tmp/base"
		;;
	"++") out=$tmp/first ;;
	"~~") out=$tmp/second ;;
	*) printf '%s\n' "$line" >>"$out" ;;
	esac
done <"$TESTS/db/kinds_all.cases"
one_case
diag "$(printf '%-50s  create alter drop\n' kind; printf '%s\n' "${table[@]}")"

newdb a f
unset PGOPTIONS
psql -Xqd postgres -c "drop role wm_kinds_a" -c "drop role wm_kinds_b" \
    -c "drop tablespace wm_kinds_s"
done_testing
