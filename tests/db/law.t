#!/bin/bash
# The round trip law: for every kind of edit, a database that was brought along
# by the tools equals one that was built fresh from the edited sources, by its
# catalog, its record and its dictionary; nothing is left to do then; rows
# stay. And back again. The plan holds what the edit demands, and no more.
. "$(dirname "$0")/../lib.sh"

files=(config.tcl core.wms stock.wms stock_views.wms trade.wms
    trade_views.wms demo.wms law.wms)
base=$(sample "$tmp/base")
cp "$TESTS/db/law.wms" "$base"
cd "$tmp" || exit 3

# build NAME DIR - the pipe, in a directory of sources.
build() {
	(cd "$2" && pipe "$1" "${files[@]}") 2>"$tmp/err"
}

# facts NAME - all that has to be equal, a line each.
facts() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$(dbname "$1")" \
	    -c 'set search_path = pg_catalog; set jit = off' \
	    -f "$TOP/common/catalog.sql" -c "select 'native ', c
	    from wm.column_native c" -c "select 'record ', to_jsonb(o) -
	    '{obj_ver,min_rel,max_rel,crt_date,mod_date}'::text[]
	    from wm.objects o
	    where max_rel = (select max(release) from wm.releases)" |
	    LC_ALL=C sort
}

# planned FILE - what a plan does to which object, a line each.
planned() {
	perl -MJSON::PP -e 'local $/;
		my $steps = decode_json(<STDIN>)->{steps};
		my (%dropped, %made, %verb);
		for (@$steps) {
			my $a = $_->{action};
			my $o = "$_->{obj_typ} $_->{obj_nam}";
			next if $a =~ /^(check|data|record)$/ or $o =~ /^role /;
			$o =~ s/^(other (default|constraint)) .*/$1/;
			if ($a eq "drop") {
				$dropped{$o} = 1;
			} elsif ($a eq "create" && delete $dropped{$o}) {
				$made{$o} = $verb{"recreate $o"} = 1;
			} elsif ($a ne "alter" || !$made{$o}) {
				$verb{"$a $o"} = 1;
			}
			$made{$o} = 1 if $a eq "create";
		}
		print map { "$_\n" } keys %verb, map { "drop $_" } keys %dropped' \
	    <"$1" | LC_ALL=C sort -u
}

# change DIR FILE PERL [FILE PERL]... - edit a copy of the sources.
change() {
	local dir=$1
	shift
	rm -rf "$dir"
	cp -R "$base" "$dir"
	while [ $# -gt 0 ]; do
		perl -0pi -e "$2" "$dir/$1" || return 1
		! cmp -s "$dir/$1" "$base/$1" || {
			echo "nothing changed in $1: $2"
			return 1
		}
		shift 2
	done
}

# forth DIR DATABASE WANTED-FACTS [EXPECTED] - bring it to these sources;
# prints what is wrong.
forth() {
	local dir=$1 db=$2 want=$3

	(cd "$dir" && wm-parse "${files[@]}") >"$tmp/list" 2>"$tmp/err" || {
		cat "$tmp/err"
		return 1
	}
	wm-diff -d "$(dbname "$db")" <"$tmp/list" >"$tmp/plan" \
	    2>"$tmp/err" || {
		echo "wm-diff failed"
		cat "$tmp/err"
		return 1
	}
	if [ $# -gt 3 ]; then
		planned "$tmp/plan" >"$tmp/planned"
		printf '%s' "$4" | sed 's/^[ \t]*//; /^$/d' |
		    LC_ALL=C sort -u | diff -u --label expected \
		    --label planned - "$tmp/planned"
	fi
	wm-apply -d "$(dbname "$db")" <"$tmp/plan" >"$tmp/report" \
	    2>"$tmp/err" || {
		echo "wm-apply failed"
		cat "$tmp/err"
		return 1
	}
	facts "$db" >"$tmp/got"
	diff -u --label fresh --label upgraded "$want" "$tmp/got"
	wm-diff -d "$(dbname "$db")" --exit-code <"$tmp/list" >"$tmp/plan2" \
	    2>"$tmp/err" || {
		echo "there is still something to do"
		cat "$tmp/err"
		wm-diff -d "$(dbname "$db")" --format text <"$tmp/list"
	}
	[ $# -lt 4 ] || rows "$db" |
	    diff -u --label before --label after ../rows -
}

# job NAME FUNCTION ARGUMENT... - one test: the function prints what is wrong.
# Workers go through all jobs; each runs those that are its own.
job() {
	local name=$1
	shift
	jobs=$((jobs + 1))
	[[ $name == ${ONLY:-*} ]] && [ $((jobs % workers)) = "$worker" ] ||
	    return
	{
		echo "$name"
		"$@"
	} >"$results/$jobs" 2>&1
}

# edit NAME EXPECTED FILE PERL [FILE PERL]...
#
# EXPECTED  the objects in the plan, a line each: ACTION TYPE NAME
# oneway    set: the way back is refused, with this in the message; -: it
#           does not lead there
edit() { job "$1" run_edit "${@:2}"; }
run_edit() {
	local expected=$1 back
	shift
	change edited "$@" || return
	copydb boot "fresh$worker"
	build "fresh$worker" edited || {
		echo "the edited sources do not build"
		cat "$tmp/err"
		return
	}
	facts "fresh$worker" >fresh.facts
	copydb base "up$worker"
	forth edited "up$worker" fresh.facts "$expected" || return
	if [ -z "${oneway:-}" ]; then
		forth "$base" "up$worker" ../base.facts | sed 's/^/back: /'
	elif [ "$oneway" != - ]; then
		back=$(build "up$worker" "$base"; echo "$? $(cat "$tmp/err")")
		[[ $back == "4 "*"$oneway"* ]] || echo "back: $back"
	fi
}

# refused NAME MESSAGE FILE PERL [FILE PERL]... - exit 4, nothing changed.
refused() { job "$1" run_refused "${@:2}"; }
run_refused() {
	local message=$1 rc
	shift
	change edited "$@" || return
	copydb base "up$worker"
	build "up$worker" edited
	rc=$?
	[ $rc = 4 ] || echo "status $rc"
	[[ $(cat "$tmp/err") == *"$message"* ]] || {
		echo "expected: $message"
		cat "$tmp/err"
	}
	facts "up$worker" | diff -u ../base.facts -
}

# Where every fresh build starts: the tools' own objects are there.
newdb boot base
echo 'module law' >none.wms
pipe boot none.wms || exit
build base base || {
	cat "$tmp/err"
	exit 1
}
facts base >base.facts
rows base >rows
edits() {

# --- views --------------------------------------------------------------

edit "view: column appended" "replace view law.v1" \
    law.wms 's/id, a, n\n/id, a, n, d\n/'

over_v1="recreate view law.v1
    recreate view law.v2
    recreate view law.v3
    recreate rule law_v2_gone
    recreate trigger law_v1_new
    recreate function law.atomic()"
edit "view: column inserted" "$over_v1" \
    law.wms 's/id, a, n\n/id, d, a, n\n/'
edit "view: column renamed" "$over_v1" \
    law.wms 's/id, a, n\n/id, a, n as num\n/'
edit "view: column given another type" "$over_v1" \
    law.wms 's/id, a, n\n/id, a, n::int as n\n/'
edit "view: column given another length" "$over_v1" \
    law.wms 's/id, a, n\n/id, a, n::numeric(8,2) as n\n/'
edit "view: column removed" "$over_v1" law.wms 's/id, a, n\n/id, a\n/'
edit "view: column removed that another view used" "$over_v1" \
    law.wms 's/id, a, n\n/id, n\n/; s/(view law.v2 [^}]*id), a\n/$1\n/'
edit "view: columns in another order" "$over_v1" \
    law.wms 's/id, a, n\n/id, n, a\n/'
edit "view: condition" "replace view law.v1" law.wms 's/n > 0/n > 1/'
edit "view: a number below zero" "replace view law.v1" \
    law.wms 's/n > 0/n > -1/'
edit "view: another number below zero" "replace view law.below" \
    law.wms 's/n > -5/n > -6/'
edit "view: over a domain, condition" "replace view law.dom" \
    law.wms "s/where id <> 'x'/where id <> 'y'/"
edit "view: domain becomes its base type" "recreate view law.dom" \
    law.wms "s/select id, 1/select id::text as id, 1/"
edit "view: security_barrier" "replace view law.v1" law.wms \
    's/(view law.v1 law.t \{)/$1\ncreate view law.v1 with (security_barrier) as/'
edit "view: security_invoker" "replace view law.v1" law.wms \
    's/(view law.v1 law.t \{)/$1\ncreate view law.v1 with (security_invoker = true) as/'
edit "view: check option" "replace view law.v1" law.wms \
    's/where n > 0/where n > 0 with check option/'
edit "view: names of columns in its head" "$over_v1" law.wms \
    's/(view law.v1 law.t \{)/$1\ncreate view law.v1 (id, a, num) as/'
edit "view: a rule in its text" "replace view law.v1" law.wms \
    's/(view law.v1 .*?where n > 0)/$1;\ncreate rule r as on delete to law.v1 do instead nothing/s'
edit "view: a comment in its text" "alter view law.v1" law.wms \
    's/(view law.v1 .*?where n > 0)/$1;\ncomment on view law.v1 is \$\$x\$\$/s'
edit "view: a grant in its text" "alter view law.v1" law.wms \
    's/(view law.v1 .*?where n > 0)/$1;\ngrant update on law.v1 to clerk_us/s'
edit "view: a default in its text" "alter view law.v1" law.wms \
    's/(view law.v1 .*?where n > 0)/$1;\nalter view law.v1 alter n set default 5/s'
edit "view: white space only" "" law.wms 's/id, a, n\n/id,a,\n\tn\n/'
edit "view: comment only" "" law.wms 's/id, a, n\n/id, a, n -- all\n/; s/where n >/where \/* all *\/ n >/'
edit "view: same meaning, other letters" "" \
    law.wms 's/from law.t where n > 0/FROM LAW.T WHERE (n > 0)/'
edit "view: same meaning, other words" "replace view law.v1" \
    law.wms 's/from law.t where n > 0/from law.t as t where t.n > 0/'
edit "view: native columns" "" law.wms 's/\{law.t id a n\}/{law.t id a} {law.u {n t}}/'
edit "view: primary keys" "" law.wms 's/-prim id/-prim {id a}/'
edit "view: new" "create view law.v4" law.wms \
    's/\z/\nview law.v4 law.v3 {select many from law.v3}\n/'
edit "view: a chain of new ones, out of order" "create view law.v4
    create view law.v5
    create view law.v6" law.wms \
    's/\z/\nview law.v6 law.v5 {select * from law.v5}\nview law.v5 law.v4 {select * from law.v4}\nview law.v4 law.v3 {select many from law.v3}\n/'
edit "view: gone" "drop view law.alone" law.wms 's/view law.alone.*?\n\}\n//s'
edit "view: gone, with what hung on it" "drop view law.v2
    drop view law.v3
    drop rule law_v2_gone" law.wms \
    's/view law.v2.*?\n\}.*?\n//s; s/view law.v3.*?\n\}\n//s; s/rule law_v2_gone.*?\n\}\n//s'
edit "view: renamed, and what uses it" "drop view law.v2
    create view law.vv2
    grant view law.vv2
    recreate view law.v3
    recreate rule law_v2_gone" law.wms 's/law\.v2/law.vv2/g'
edit "view: two change places" "recreate view law.v2
    recreate view law.v3
    recreate rule law_v2_gone" law.wms \
    's/view law.v2 law.v1 \{.*?\}/view law.v2 law.v3 {select many as id, null::text as a from law.v3}/s; s/view law.v3 law.v2 \{.*?\}/view law.v3 law.t {select count(*) as many from law.t}/s'
edit "view: two change places, same columns" "replace view law.low1
    replace view law.low2" law.wms \
    's/view law.low1.*/view law.low1 law.low2 {select id, LOW(n) as n from law.low2}/; s/view law.low2.*/view law.low2 law.t {select id, LOW(n) as n from law.t}/'
edit "view: uses a column that another gains" "replace view law.v1
    recreate view law.v2
    recreate view law.v3
    recreate rule law_v2_gone" law.wms \
    's/id, a, n\n/id, a, n, d\n/; s/(view law.v2 .*?id, a)/$1, d/s'
edit "view: with recursive" "recreate view law.v3" law.wms \
    's/(view law.v3 law.v2) \{.*?\}/$1 {\ncreate recursive view law.v3 (many) as select count(*) from law.v2}/s'
edit "view: collation of a column" "$over_v1" law.wms \
    's/id, a, n\n/id, a collate "C" as a, n\n/'
edit "view becomes a materialized view" "drop view law.v2
    create other law.v2
    recreate view law.v3
    drop rule law_v2_gone" law.wms \
    's/view law.v2 law.v1 \{(.*?)\} -grant public/other law.v2 law.v1 {create materialized view law.v2 as $1} {drop materialized view if exists law.v2}/s; s/rule law_v2_gone.*?\n\}\n//s'
edit "materialized view: text" "recreate other law.mv
    recreate index law_mv_id_x
    recreate view law.over_mv" law.wms 's/(view law.mv as select id), a/$1, n/'
edit "materialized view: view beneath changes its columns" "$over_v1
    create other law.mv1" law.wms \
    's/id, a, n\n/id, d, a, n\n/; s/\z/\nother law.mv1 law.v1 {create materialized view law.mv1 as select id from law.v1} {drop materialized view law.mv1}\n/'
edit "view on a function of an extension" "replace view law.sounds" law.wms \
    's/law.soundex\(a\)/law.soundex(upper(a))/'

# --- functions ----------------------------------------------------------

edit "function: body" "replace function law.twice(int)" \
    law.wms 's/select x \* 2/select x + x/'
edit "function: language" "replace function law.twice(int)" law.wms \
    's/language sql immutable as \$\$ select x \* 2 \$\$/language plpgsql immutable as \$\$ begin return x * 2; end \$\$/'
edit "function: PL\/pgSQL becomes SQL" "replace function law.plain(int,int)" \
    law.wms 's/language plpgsql as \$\$ begin return x \+ y; end/language sql as \$\$ select x + y/'
edit "function: volatility, cost, strict" \
    "replace function law.plain(int,int)" law.wms \
    's/plpgsql as \$\$ begin return x \+/plpgsql stable cost 7 strict as \$\$ begin return x +/'
edit "function: security definer, search_path" \
    "replace function law.plain(int,int)" law.wms \
    's/plpgsql as \$\$ begin return x \+/plpgsql security definer set search_path = law as \$\$ begin return x +/'
oneway= edit "function: default added, and removed" \
    "replace function law.plain(int,int)" law.wms \
    's/law.plain\(x int, y int\)/law.plain(x int, y int default 1)/'
edit "function: default removed that a view relies on" \
    "create view law.plain_v
    replace function law.plain(int,int)" law.wms \
    's/law.plain\(x int, y int\)/law.plain(x int, y int default 1)/; s/\z/view law.plain_v law.plain(int,int) {select law.plain(1) as n}\n/'
edit "function: parameter renamed" "recreate function law.twice(int)
    recreate view law.twice_v
    recreate index law_w_twice_x" law.wms \
    's/\{law.twice\(x int\)\}(.*?)select x \* 2/{law.twice(y int)}$1select y * 2/s'
edit "function: returns another type, used by view and index" \
    "recreate function law.twice(int)
    recreate view law.twice_v
    recreate index law_w_twice_x" law.wms \
    's/(law.twice\(x int\)\} law \{\n\s*returns) int/$1 bigint/'
edit "function: returns another type, used by a default" \
    "recreate function law.first(int)
    recreate other default" law.wms \
    's/(law.first\(x int\)\} law \{\n\s*returns) int (.*?) x \+ 1/$1 smallint $2 (x + 1)::smallint/s'
edit "function: parameter renamed, used by a check" \
    "recreate function law.checked(int)
    recreate other constraint" law.wms \
    's/\{law.checked\(x int\)\}(.*?)select x is/{law.checked(y int)}$1select y is/s'
edit "function: parameter renamed, used by a trigger" \
    "replace function law.kept()" law.wms 's/(law.kept\(\) law.t \{.*?)return new/$1new.n = 1; return new/s'
edit "function: new parameter" "drop function law.plain(int,int)
    create function law.plain(int,int,int)" law.wms \
    's/law.plain\(x int, y int\)/law.plain(x int, y int, z int)/'
edit "function: new parameter, a view calls it so" \
    "drop function law.twice(int)
    create function law.twice(int,int)
    grant function law.twice(int,int)
    recreate view law.twice_v
    drop index law_w_twice_x" law.wms \
    's/law.twice\(x int\)/law.twice(x int, y int)/; s/law.twice\(int\)\}? \{\n(\s*)select id, law.twice\(id\)/law.twice(int,int)} {\n$1select id, law.twice(id, id)/; s/index law_w_twice.*\n//; s/law.twice\(int\) //; s/other law.total \{law.twice\(int\)\}/other law.total {law}/'
edit "function: another parameter type" "drop function law.plain(int,int)
    create function law.plain(int,text)" law.wms \
    's/law.plain\(x int, y int\)/law.plain(x int, y text)/; s/x \+ y; end/x + y::int; end/'
edit "function: overload added" "create function law.twice(text)" law.wms \
    's/\z/\nfunction {law.twice(x text)} law {returns text language sql immutable as \$\$ select x || x \$\$;}\n/'
edit "function: overload removed" "drop function law.twice(numeric)" law.wms \
    's/function \{law.twice\(x numeric\)\}.*?\n\}\n//s'
# The way back adds an overload: what stands keeps the one it has found.
oneway=- edit "function: overload removed that a view used; it finds the other" \
    "drop function law.twice(int)
    recreate view law.twice_v
    recreate index law_w_twice_x" law.wms \
    's/function \{law.twice\(x int\)\}.*?\n\} -grant \{clerk\}\n//s; s/law.twice\(int\)/law.twice(numeric)/g'
edit "function: out parameters" "recreate function law.plain(int,int)" \
    law.wms 's/function \{law.plain\(x int, y int\)\} law \{\s*returns int language plpgsql as \$\$ begin return x \+ y/function law.plain(int,int) law {create function law.plain(x int, y int, out z int) language plpgsql as \$\$ begin z = x + y/'
edit "function: returns a table" "recreate function law.plain(int,int)" \
    law.wms 's/(y int\)\} law \{\s*returns) int language plpgsql as \$\$ begin return x \+ y/$1 table (z int) language plpgsql as \$\$ begin z = x + y/'
edit "function: BEGIN ATOMIC body" "replace function law.atomic()" \
    law.wms 's/(begin atomic\s*select count\(\*\))/$1 + 0/'
edit "function: BEGIN ATOMIC to quoted" "replace function law.atomic()" \
    law.wms 's/begin atomic(.*?);\s*end;/as \$\$ $1 \$\$/s'
edit "procedure: body" "replace function law.runs(int)" \
    law.wms 's/perform from law.t/perform 1 from law.t/'
edit "procedure in another: body" "recreate other law.proc()" \
    law.wms 's/set n = x where false/set n = x where true and false/'
edit "procedure becomes function" "recreate function law.runs(int)" \
    law.wms 's/create procedure (law.runs\(x int\))/create function $1 returns void/; s/drop procedure (if exists law.runs)/drop function $1/'
edit "function: revoke in its text" "alter function law.plain(int,int)" \
    law.wms 's/(begin return x \+ y; end \$\$;)/$1\nrevoke execute on function law.plain(int,int) from public;/'
edit "function: grant and comment in its text" \
    "alter function law.plain(int,int)" law.wms \
    's/(begin return x \+ y; end \$\$;)/$1\ngrant execute on function law.plain(int,int) to clerk_us;\ncomment on function law.plain(int,int) is \$\$sum\$\$;/'
edit "function: a setting in its text" \
    "replace function law.plain(int,int)" law.wms \
    's/(begin return x \+ y; end \$\$;)/$1\nalter function law.plain(int,int) set search_path = law;/'
edit "function: only the spelling of its types" "" law.wms \
    's/returns int language plpgsql as \$\$ begin return x/returns integer language plpgsql as \$\$ begin return x/'
edit "function: uses a table that is new" "replace function law.plain(int,int)
    create table law.new" law.wms \
    's/begin return x \+ y; end/begin return (select id from law.new); end/; s/\z/\ntable law.new law {id int primary key}\n/'
edit "function: SQL body over a view that is new" \
    "replace function law.first(int)
    create view law.newer" law.wms \
    's/select x \+ 1/select id from law.newer/; s/\z/\nview law.newer law.t {select id from law.t}\n/'
edit "aggregate" "recreate other law.total
    recreate view law.total_v" law.wms "s/initcond = '0'/initcond = '1'/"
edit "operator" "recreate other law.op" law.wms \
    's/rightarg = int, procedure = law.same/rightarg = int, procedure = law.same, hashes/'
edit "function of an operator: parameter renamed" \
    "recreate function law.same(int,int)
    recreate other law.op" law.wms \
    's/law.same\(x int, y int\)(.*?)select x = y/law.same(a int, b int)$1select a = b/s'

edit "function and index over it, on a table that changes too" \
    "recreate function law.twice(int)
    recreate view law.twice_v
    recreate index law_w_twice_x
    alter table law.w" law.wms \
    's/\{law.twice\(x int\)\}(.*?)select x \* 2/{law.twice(y int)}$1select y * 2/s; s/(table law.w .*?n\s+int\s+)not null default 1/$1not null default 2/s'

edit "functions, and the default and check that use them" \
    "recreate function law.first(int)
    recreate function law.checked(int)
    drop other default
    drop other constraint
    alter table law.w" law.wms \
    's/\{law.first\(x int\)\}(.*?)select x/{law.first(y int)}$1select y/s; s/default law.first\(1\)/default law.first(2)/; s/\{law.checked\(x int\)\}(.*?)select x is/{law.checked(y int)}$1select y is/s; s/check \(law.checked\(n\)\)/check (law.checked(n + 1))/'

# --- triggers and rules -------------------------------------------------

edit "trigger: events" "replace trigger law_t_kept" \
    law.wms 's/before update on law.t/before insert or update on law.t/'
edit "trigger: when" "replace trigger law_t_kept" \
    law.wms 's/before update on law.t for each row/before update on law.t for each row when (old.n is distinct from new.n)/'
edit "trigger: columns" "replace trigger law_t_kept" \
    law.wms 's/before update on law.t/before update of n on law.t/'
edit "trigger: timing" "replace trigger law_t_kept" \
    law.wms 's/before update on law.t/after update on law.t/'
edit "trigger: function" "replace trigger law_t_kept" \
    law.wms 's/(before update on law.t .*?procedure) law.kept/$1 law.noted/'
edit "trigger: moved to another table" "recreate trigger law_t_kept" \
    law.wms 's/before update on law.t/before update on law.u/'
edit "trigger: its function renamed" "drop function law.kept()
    create function law.held()
    recreate trigger law_t_kept
    recreate trigger law_t_late" law.wms 's/law\.kept/law.held/g'
edit "trigger: renamed" "drop trigger law_t_kept
    create trigger law_t_held" law.wms 's/law_t_kept/law_t_held/'
edit "trigger: becomes a constraint trigger" "recreate trigger law_t_kept" \
    law.wms 's/before update on law.t/create constraint trigger law_t_kept after update on law.t/'
edit "constraint trigger: not deferred" "recreate trigger law_t_late" \
    law.wms 's/deferrable initially deferred//'
edit "trigger on a view" "replace trigger law_v1_new" \
    law.wms 's/instead of insert on/instead of insert or update on/'
edit "rule: changed" "replace rule law_u_stay" \
    law.wms 's/do also notify law/do also notify lawful/'
edit "rule: moved to another table" "recreate rule law_u_stay" \
    law.wms 's/rule law_u_stay law.u/rule law_u_stay law.w/; s/on update to law.u/on update to law.w/'
edit "rule: gone" "drop rule law_u_stay" \
    law.wms 's/rule law_u_stay.*?\n\}\n//s'

# --- indexes ------------------------------------------------------------

edit "index: columns" "recreate index law_t_a_x" \
    law.wms 's/law.t \{a d\}/law.t {a d id}/'
edit "index: unique" "recreate index law_t_n_x" \
    law.wms 's/create index law_t_n_x/create unique index law_t_n_x/'
edit "index: partial" "recreate index law_t_n_x" \
    law.wms 's/on law.t \(n\)/on law.t (n) where n > 0/'
edit "index: expression" "recreate index law_t_n_x" \
    law.wms 's/on law.t \(n\)/on law.t ((n + 1))/'
edit "index: method" "recreate index law_t_n_x" \
    law.wms 's/on law.t \(n\)/on law.t using hash (n)/'
edit "index: renamed" "alter index law_t_nn_x" law.wms 's/law_t_n_x/law_t_nn_x/g'
edit "index: white space" "" law.wms 's/on law.t \(n\)/on  law.t ( n )/'

# --- sequences ----------------------------------------------------------

sequence() { # OPTIONS - in place of start and cache
	edit "sequence: $1" "alter sequence law.s" \
	    law.wms "s/law.s law \\{start 10 cache 1\\}/law.s law {$1}/"
}
sequence "start 20"
sequence "start 10 increment 5"
sequence "start 10 minvalue 5 maxvalue 50"
sequence "start 10 minvalue -5"
sequence "start 10 cache 20"
sequence "start 10 cycle"
sequence "as int start 10"
sequence "as smallint maxvalue 99 start 10"
sequence "start 10 owned by law.t.n"
sequence "increment -1 start 1 maxvalue 10 minvalue -10"
edit "sequence: same meaning" "" law.wms 's/start 10 cache 1/START 10  CACHE 1/'
edit "sequence: new, gone" "drop sequence law.s
    create sequence law.ss
    grant sequence law.ss" law.wms 's/sequence law.s law/sequence law.ss law/'

# --- schemas ------------------------------------------------------------

edit "schema: new, with objects" "create schema novel
    grant schema novel
    create table novel.t
    create view novel.v" law.wms \
    's/\z/\nschema novel core -grant public\ntable novel.t novel {id int primary key}\nview novel.v novel.t {select id from novel.t}\n/'
edit "schema: authorization" "alter schema law" law.wms \
    's/schema law core/schema law core {create schema law authorization clerk_us}/'

# --- other --------------------------------------------------------------

edit "enum: value at the end" "alter other law.kind" \
    law.wms "s/'red', 'green', 'blue'/'red', 'green', 'blue', 'black'/"
edit "enum: value at the start" "alter other law.kind" \
    law.wms "s/'red', 'green', 'blue'/'black', 'red', 'green', 'blue'/"
edit "enum: values in the middle" "alter other law.kind" \
    law.wms "s/'red', 'green', 'blue'/'red', 'pink', 'rose', 'green', 'grey', 'blue'/"
edit "enum: unused, value removed" "recreate other law.mood" \
    law.wms "s/'good', 'bad'/'good'/"
edit "enum: unused, order" "recreate other law.mood" \
    law.wms "s/'good', 'bad'/'bad', 'good'/"
edit "enum: used by a table, value removed" "alter other law.kind
    create other law.kind
    recreate function law.is_red(law.kind)
    recreate other default" \
    law.wms "s/'red', 'green', 'blue'/'red', 'green'/"
edit "enum: value used by a view in the same change" \
    "recreate other law.mood
    create view law.so_so" law.wms \
    "s/'good', 'bad'/'good', 'bad', 'so so'/; s/\\z/\\nview law.so_so law.mood {select 'so so'::text as t, enum_last(null::law.mood) as m}\\n/"
edit "domain: unused, check" "alter other law.pct" \
    law.wms 's/between 0 and 100/between 0 and 99/'
edit "domain: unused, default" "alter other law.pct" \
    law.wms 's/law.pct as numeric check/law.pct as numeric default 1 check/'
edit "domain: used by a table, check" "alter other law.used" \
    law.wms "s/value <> ''/value <> 'x'/"
edit "composite type: used by a function" "alter other law.pair" \
    law.wms 's/as \(x int, y int\);/as (x int, y int, z int);/'
edit "extension: schema" "alter other law.fuzzy
    recreate view law.sounds" law.wms \
    's/fuzzystrmatch schema law/fuzzystrmatch schema stock/; s/law.soundex/stock.soundex/'
edit "extension: gone" "drop other law.fuzzy
    drop view law.sounds" law.wms \
    's/other law.fuzzy.*?\n\}.*?\n//s; s/view law.sounds.*?\n\}\n//s'
edit "extension: new" "create other law.trgm
    create index law_t_trgm_x" law.wms \
    's/\z/\nother law.trgm law {create extension pg_trgm schema law} {drop extension if exists pg_trgm}\nindex law_t_trgm_x {law.t law.trgm} {create index law_t_trgm_x on law.t using gin (a law.gin_trgm_ops)} {drop index if exists law.law_t_trgm_x}\n/'

# --- grants -------------------------------------------------------------

edit "grants: a level more" "grant view law.v1" \
    law.wms 's/(-prim id -grant) \{clerk\}/$1 {{clerk s u}}/'
edit "grants: gone" "revoke view law.v1" \
    law.wms 's/(-prim id) -grant \{clerk\}/$1/'
edit "grants: to public" "grant view law.v1" \
    law.wms 's/(-prim id -grant) \{clerk\}/$1 {clerk public}/'
edit "grants: not to public" "revoke view law.v2" \
    law.wms 's/(from law.v1\n\}) -grant public/$1/'
edit "grants: all instead of one" "revoke view law.v1
    grant view law.v1" law.wms 's/(-prim id -grant) \{clerk\}/$1 {{clerk all}}/'
edit "grants: on a function" "grant function law.plain(int,int)
    grant function law.plain(int,int)" law.wms \
    's/(begin return x \+ y; end \$\$;\n\})/$1 -grant {clerk {seller {} e}}/'
edit "grants: on a procedure" "grant function law.runs(int)" law.wms \
    's/(drop procedure if exists law.runs\(int\);\})/$1 -grant {clerk}/'
edit "grants: on a schema" "revoke schema law
    grant schema law" law.wms 's/(schema law core) -grant public/$1 -grant {{clerk us}}/'
edit "grants: on a sequence" "grant sequence law.s" \
    law.wms 's/-grant \{\{clerk us\}\}/-grant {{clerk us s}}/'
edit "grants: on a table" "grant table law.u
    grant table law.u" \
    law.wms 's/(t\s+int\s+references law.t\n\})/$1 -grant {{clerk s {i u}}}/'
edit "grants: a group renamed" "revoke view law.v1
    grant view law.v1" law.wms 's/(-prim id -grant) \{clerk\}/$1 {seller}/'
edit "grants: with a changed view" "grant view law.v1
    replace view law.v1" law.wms \
    's/(-prim id -grant) \{clerk\}/$1 {clerk {public {} s}}/; s/id, a, n\n/id, a, n, d\n/'
edit "grants: with a view made again" "$over_v1
    revoke view law.v1
    grant view law.v1" law.wms \
    's/(-prim id -grant) \{clerk\}/$1 {seller}/; s/id, a, n\n/id, d, a, n\n/'
edit "grants: out of an object" "grant view law.alone" law.wms \
    's/\z/\ngrant clerk {{law.alone s}}\n/'

# --- what is no SQL -----------------------------------------------------

edit "module changed" "" law.wms 's/view law.v3/module lawful\nview law.v3/'
edit "deps only" "" law.wms 's/view law.v3 law.v2/view law.v3 {law.v2 law.t}/'
edit "drop text only" "" law.wms 's/drop domain if exists law.pct;/drop domain law.pct;/'
edit "moved to another file" "" \
    law.wms 's/(view law.alone.*?\n\}\n)//s' \
    demo.wms 's/\z/\nmodule law\nview law.alone law.t {\n    select max(n) as n from law.t\n}\n/'
edit "order in the file" "" law.wms \
    's/(view law.low1.*\n)(view law.low2.*\n)/$2$1/'

# --- several at once ----------------------------------------------------

edit "macro that makes parts of several views" "replace view law.low1
    replace view law.low2" law.wms 's/coalesce\(%1, /greatest(%1, /'
edit "setting that many objects read" \
    "alter other trade.stage
    replace view trade.open_v" \
    config.tcl 's/paid void\}/paid void lost}/' \
    trade_views.wms "s/not in \\('paid', 'void'\\)/not in ('paid', 'void', 'draft')/"
edit "proc that makes functions" "replace function core.party_audit()
    replace function stock.item_audit()
    replace function trade.deal_audit()" \
    lib/audit.tcl 's/return null;/return old;/'
edit "a view, its function and what hangs on it" "$over_v1
    recreate function law.twice(int)
    recreate view law.twice_v
    recreate index law_w_twice_x" law.wms \
    's/id, a, n\n/id, law.twice(id) as twice, a, n\n/; s/view law.v1 law.t/view law.v1 {law.t law.twice(int)}/; s/(law.twice\(x int\)\} law \{\n\s*returns) int/$1 bigint/'
edit "an index, a trigger, a grant" "recreate index law_t_n_x
    replace trigger law_t_kept
    grant table law.t" law.wms \
    's/on law.t \(n\)/on law.t (n, id)/; s/before update on law.t/before update of n on law.t/; s/-grant \{\{clerk s\}\}/-grant {{clerk s} {seller s}}/'
edit "view over views in two modules" "recreate view core.party_v
    recreate trigger core_party_v_edit
    recreate view trade.turnover_v" core.wms \
    's/columns p \{id name kind email/columns p {id name email kind/'
edit "everything of a file" "drop view trade.line_v
    drop view trade.deal_v
    drop view trade.open_v
    drop rule trade_open_void
    drop view trade.turnover_v
    revoke table core.party
    revoke table core.party
    revoke table stock.item
    revoke table stock.item
    revoke view core.change_v
    revoke view stock.low_v" trade_views.wms 's/\A.*\z/module trade\n/s'

# --- refusals -----------------------------------------------------------

refused "removed while another uses it" \
    'view "law.v3" depends on view "law.v2", which left the source' law.wms \
    's/view law.v2.*?\n\}.*?\n//s; s/view law.v3 law.v2/view law.v3 law/; s/rule law_v2_gone.*?\n\}\n//s'

}

workers=2
results=$tmp/results
mkdir "$results"
for ((worker = 0; worker < workers; worker++)); do
	dbs+=("fresh$worker" "up$worker")
	mkdir "$tmp/$worker"
	(
		cd "$tmp/$worker" || exit
		tmp=$PWD jobs=0
		edits
	) &
done
wait
for f in $(cd "$results" && ls | sort -n); do
	name=$(head -n 1 "$results/$f")
	[ "$(wc -l <"$results/$f")" = 1 ]
	tap $? "$name" || diag "$(sed 1d "$results/$f" | head -n 60)"
done
done_testing
