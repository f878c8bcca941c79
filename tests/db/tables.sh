# tables.sh - the run that tables.t and tables_kept.t share; see tables.pl for
# what a case is.

# relfiles NAME - the file of every table.
relfiles() {
	sql "$1" "select n.nspname || '.' || c.relname, relfilenode
	    from pg_class c join pg_namespace n on n.oid = relnamespace
	    where relkind = 'r' and nspname ~ '^c[0-9]'"
}

# recorded NAME CASE - what the record says of a case.
recorded() {
	sql "$1" "select md5(string_agg(o::text, ' ' order by obj_typ,
	    obj_nam)) from wm.objects o where module = '$2'
	    and max_rel >= (select max(release) from wm.releases)"
}

# step CASE STAGE - bring database a on; prints what is wrong.
step() {
	local at=$dir/$1/$2 rc=0 was=
	local files=("$at/$1.wms")

	wm-parse "${files[@]}" >"$dir/list" 2>"$dir/err" || {
		cat "$dir/err"
		return
	}
	[ -e "$at/refused" ] || [ -e "$at/fails" ] && was=$(recorded a "$1")
	wm-diff --no-dictionary "${law_opts[@]}" -d "$(dbname a)" \
	    <"$dir/list" >"$dir/plan" 2>"$dir/err"
	rc=$?
	if [ $rc = 0 ]; then
		wm-apply -d "$(dbname a)" <"$dir/plan" >"$dir/report" \
		    2>"$dir/err"
		rc=$?
	fi
	if [ -n "$was" ]; then
		local want
		want=$(cat "$at/refused" "$at/fails" 2>/dev/null)
		[ $rc = 4 ] || [ -e "$at/fails" -a $rc != 0 ] ||
		    echo "status $rc, to be refused with: $want"
		while read -r line; do
			[[ $(cat "$dir/err") == *"$line"* ]] || {
				echo "expected: $line"
				cat "$dir/err"
			}
		done <<<"$want"
		[ "$was" = "$(recorded a "$1")" ] || echo "the record changed"
		return
	fi
	[ $rc = 0 ] || {
		echo "status $rc"
		cat "$dir/err"
		jq -r '.steps[] | select(.action != "record").sql' "$dir/plan"
		return
	}
	if [ -e "$at/steps" ] || [ -e "$at/plan" ] || [ -e "$at/noplan" ]; then
		perl "$TESTS/db/tables.pl" plan "$at" "$dir/plan"
	fi
	echo "$2" >"$dir/$1/ok"
}

# sources STAGE - files of all cases, at that step or the last before it that
# is not refused.
sources() {
	local c s
	for c in "$dir"/c???; do
		s=$1
		[ "$s" -le "$(cat "$c/stages")" ] || s=$(cat "$c/stages")
		while [ -e "$c/$s/refused" ] || [ -e "$c/$s/fails" ]; do
			s=$((s - 1))
		done
		echo "$c/$s/${c##*/}.wms"
	done
}

# law FILE [OPTION...] - everything; wm-diff gets the options.
law() {
	local c s n all=() max=0 law_opts=("${@:2}")
	dir=${KEEP:-$tmp/law}
	rm -rf "$dir"
	mkdir -p "$dir"
	perl "$TESTS/db/tables.pl" prepare "$1" "$dir" "${ONLY:-}" || exit 3
	diff_opts=(--no-dictionary "${law_opts[@]}")

	newdb a f
	mapfile -t all < <(sources 0)
	pipe a "${all[@]}" || exit 3
	psql -XAtq -d "$(dbname a)" -f "$dir/rows.sql" >"$dir/rows.out" 2>&1
	grep -A2 ERROR "$dir/rows.out" | sed 's/^/# /'
	catalog a >"$dir/before.cat"
	relfiles a >"$dir/before.rel"
	copydb a b

	for c in "$dir"/c???; do
		n=$(cat "$c/stages")
		[ "$n" -gt "$max" ] && max=$n
		for ((s = 1; s <= n; s++)); do
			step "${c##*/}" $s
		done >"$c/out" 2>&1
	done
	catalog a >"$dir/after.cat"
	relfiles a >"$dir/after.rel"
	psql -XAtq -d "$(dbname a)" -f "$dir/checks.sql" >"$dir/answers" 2>&1

	mapfile -t all < <(sources $max)
	pipe f "${all[@]}" || exit 3
	psql -XAtq -d "$(dbname f)" -f "$dir/also.sql" >"$dir/also.out" 2>&1
	grep -A2 ERROR "$dir/also.out" | sed 's/^/# /'
	catalog f >"$dir/fresh.cat"
	wm-parse "${all[@]}" | wm-diff --no-dictionary -d "$(dbname a)" \
	    --format text >"$dir/still" 2>&1

	: >"$dir/batch.err"
	for ((s = 1; s <= max; s++)); do
		mapfile -t all < <(sources $s)
		pipe b "${all[@]}" 2>>"$dir/batch.err" || break
		: >"$dir/batch.err"
	done
	if [ ! -s "$dir/batch.err" ]; then
		catalog b >"$dir/batch.cat"
		psql -XAtq -d "$(dbname b)" -f "$dir/checks.sql" \
		    >"$dir/batch.answers" 2>&1
	fi
	perl "$TESTS/db/tables.pl" judge "$dir"
}
