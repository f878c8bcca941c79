# kinds.sh - changes of plain SQL, case by case: the upgraded database is equal to
# one built fresh, and so recorded, no row is lost, and nothing is left to do.
#
# A case of the file is "== NAME", the old script, "=>", the new one, with
#   rows SQL         run in the old database
#   options WORDS    for wm-diff
#   wm-migrate ...   declares what the change needs
#   hints            does what the refusal says
#   back             then the old script is the source again
#   back COMMAND     run before that
# ONLY="text" runs the cases whose name has it.

# Subscriptions keep their databases from going.
unsubscribe() {
	local n
	for n in a b; do
		psql -Xq -d "$(dbname $n)" -c "alter subscription s disable" \
		    -c "alter subscription s set (slot_name = none)" \
		    -c "drop subscription s" >/dev/null 2>&1
	done
}

# count_rows NAME - in all tables of the schema.
count_rows() {
	sql "$1" "select coalesce(sum((xpath('//n/text()', query_to_xml(format(
	    'select count(*) as n from only %s', c.oid::regclass), false, true,
	    '')))[1]::text::bigint), 0)
	    from pg_class c join pg_namespace n on n.oid = relnamespace
	    where relkind = 'r' and nspname !~ '^(pg_|wm$|wm_attic$)'
	    and nspname <> 'information_schema'"
}

# upgrade NAME FRESH - database a to what schema.sql says, equal to FRESH.
upgrade() {
	ok "$1: upgraded" pipe a "$tmp/schema.sql" || return
	wm-parse "$tmp/schema.sql" >"$tmp/list" 2>/dev/null
	ok "$1: nothing is left to do" bash -c \
	    "wm-diff --exit-code -d $(dbname a) <'$tmp/list'"
	same_catalog a "$2" "$1: equal to fresh"
	is "$(count_rows a)" "$rows" "$1: all rows are there"
}

one_case() { # NAME; old.sql, new.sql, rows, declare and the like are there
	local diff_opts=("${case_opts[@]}") rows
	rm -f "$tmp"/Wyseman.*
	cp "$tmp/old.sql" "$tmp/schema.sql"
	newdb a b
	ok "$1: built" pipe a "$tmp/schema.sql" || return
	[ -z "$back" ] || copydb a c
	ok "$1: rows" psql -Xq -v ON_ERROR_STOP=1 -d "$(dbname a)" \
	    -f "$tmp/rows" || return
	rows=$(count_rows a)
	cp "$tmp/new.sql" "$tmp/schema.sql"
	ok "$1: the new form" pipe b "$tmp/schema.sql" || return
	if [ "$(cat "$tmp/declare")" = hints ]; then
		wm-parse "$tmp/schema.sql" | wm-diff -d "$(dbname a)" 2>&1 |
		    sed -n 's/^.*hint: .*: \(wm-migrate .*\)$/\1/p' \
		    >"$tmp/declare"
	fi
	(cd "$tmp" && bash -e declare) || fail "$1: declared"
	upgrade "$1" b || return
	same_record a b "$1: and recorded so"
	if [ -n "$back" ]; then
		cp "$tmp/old.sql" "$tmp/schema.sql"
		(cd "$tmp" && bash -e back) || fail "$1: declared, back"
		upgrade "$1, back" c
	fi
	unsubscribe
}

# begin_case NAME - the one before it is complete.
begin_case() {
	[ -z "$name" ] || [[ $name != *"${ONLY:-}"* ]] || one_case "$name"
	name=$1 out=$tmp/old.sql back= case_opts=()
	: >"$tmp/old.sql" >"$tmp/new.sql" >"$tmp/rows" >"$tmp/declare" \
	    >"$tmp/back"
}

run_cases() { # FILE
	local name= line out back case_opts
	while IFS= read -r line; do
		case $line in
		"== "*) begin_case "${line#== }" ;;
		"=>") out=$tmp/new.sql ;;
		"rows "*) printf '%s\n' "${line#rows }" >>"$tmp/rows" ;;
		"options "*) read -ra case_opts <<<"${line#options }" ;;
		back) back=1 ;;
		"back "*)
			back=1
			printf '%s\n' "${line#back }" >>"$tmp/back"
			;;
		"wm-migrate "* | hints)
			printf '%s\n' "$line" >>"$tmp/declare"
			;;
		"#"*) ;;
		*) printf '%s\n' "$line" >>"$out" ;;
		esac
	done <"$1"
	begin_case ""
}
