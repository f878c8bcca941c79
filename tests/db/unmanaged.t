#!/bin/bash
# What the tools did not make survives what they do: a database with other
# people's things in it that was brought along equals one that was built fresh
# and got these things afterwards. Where they could not be made again, nothing
# is done at all.
. "$(dirname "$0")/../lib.sh"

files=(config.tcl core.wms stock.wms stock_views.wms trade.wms
    trade_views.wms demo.wms law.wms)
base=$(sample "$tmp/base")
cp "$TESTS/db/law.wms" "$base"

build() { # NAME DIR
	(cd "$2" && pipe "$1" "${files[@]}") 2>"$tmp/err"
}

change() { # PERL - edited sources in $tmp/edited
	rm -rf "$tmp/edited"
	cp -R "$base" "$tmp/edited"
	perl -0pi -e "$1" "$tmp/edited/law.wms"
	! cmp -s "$tmp/edited/law.wms" "$base/law.wms" || {
		echo "nothing changed: $1"
		return 1
	}
}

# survives NAME THINGS PERL [PLANNED]
#
# THINGS   SQL that others run
# PLANNED  extended regular expression for the plan as text
survives() {
	local out
	out=$(
		change "$3" || exit
		copydb base up
		copydb base fresh
		sql up "$2" 2>&1 || exit
		build fresh "$tmp/edited" && sql fresh "$2" || cat "$tmp/err"
		(cd "$tmp/edited" && wm-parse "${files[@]}") |
		    wm-diff -d "$(dbname up)" --format text >"$tmp/text"
		[[ $(cat "$tmp/text") =~ ${4:-} ]] || cat "$tmp/text"
		build up "$tmp/edited" || cat "$tmp/err"
		catalog fresh >"$tmp/want"
		catalog up | diff -u "$tmp/want" -
		(cd "$tmp/edited" && wm-parse "${files[@]}") |
		    wm-diff -d "$(dbname up)" --exit-code >"$tmp/plan2" \
		    2>"$tmp/err" || {
			echo "there is still something to do"
			cat "$tmp/err" "$tmp/plan2"
		}
		rows up >"$tmp/rows.up"
		rows fresh | diff -u - "$tmp/rows.up"
	)
	[ -z "$out" ]
	tap $? "$1" || diag "$(head -n 60 <<<"$out")"
}

# refused NAME THINGS PERL MESSAGE... - exit 4; nothing changed.
refused() {
	local name=$1 out rc m
	out=$(
		change "$3" || exit
		copydb base up
		sql up "$2" 2>&1 || exit
		catalog up >"$tmp/before"
		record up >>"$tmp/before"
		build up "$tmp/edited"
		rc=$?
		[ $rc = "${status:-4}" ] || echo "status $rc"
		for m in "${@:4}"; do
			[[ $(cat "$tmp/err") == *"$m"* ]] || {
				echo "expected: $m"
				cat "$tmp/err"
			}
		done
		{
			catalog up
			record up
		} | diff -u "$tmp/before" -
	)
	[ -z "$out" ]
	tap $? "$name" || diag "$(head -n 60 <<<"$out")"
}

psql -Xq postgres -c "create role un_own" -c "create role un_r" \
    -c "create role un_s"
newdb base
build base "$base" || {
	cat "$tmp/err"
	exit 1
}
dbs+=(up fresh)
sql base "create schema un" "grant usage, create on schema un, law to un_own" \
    "grant select on law.t to un_own"

insert='s/id, a, n\n/id, d, a, n\n/'
replace='s/n > 0/n > 1/'
rename='s/\{law.twice\(x int\)\}(.*?)select x \* 2/{law.twice(y int)}$1select y * 2/s;
    s/\{law.checked\(x int\)\}(.*?)select x is/{law.checked(y int)}$1select y is/s;
    s/\{law.first\(x int\)\}(.*?)select x \+/{law.first(y int)}$1select y +/s'

# --- privileges, owners, comments, options ------------------------------

marks="grant select on law.v1 to un_r with grant option;
    grant update (a), insert on law.v1 to un_s;
    grant select (id) on law.v2 to un_r;
    grant execute on function law.atomic() to un_r;
    revoke execute on function law.atomic() from public;
    comment on view law.v1 is 'it''s ours';
    comment on column law.v1.a is 'a';
    comment on view law.v2 is 'two';
    comment on function law.atomic() is 'counts';
    comment on trigger law_v1_new on law.v1 is 'new';
    comment on rule law_v2_gone on law.v2 is 'gone'"
survives "grants and comments on a view made again" "$marks" "$insert" \
    "recreate view law.v1"
survives "grants and comments on a replaced view" "$marks" "$replace" \
    "replace +view law.v1"
survives "owners" "alter view law.v1 owner to un_own;
    alter view law.v2 owner to un_own;
    alter function law.atomic() owner to un_own; $marks" "$insert"
survives "owner of a function, grants on it" \
    "alter function law.twice(int) owner to un_own;
    grant execute on function law.twice(int) to un_r with grant option;
    comment on function law.twice(int) is 'two'" "$rename"
survives "options of views made again" "alter view law.v1
    set (security_barrier, security_invoker = true);
    alter view law.v2 set (check_option = local)" "$insert"
survives "options of a replaced view" "alter view law.v1
    set (security_barrier)" "$replace" "replace +view law.v1"
survives "a default on a view's column" \
    "alter view law.v1 alter a set default 'x'" "$insert"
survives "grants of ours that others took away" \
    "revoke select on law.v2 from public" "$replace"
survives "a trigger of ours that is switched off, replaced" \
    "alter table law.t disable trigger law_t_kept;
    comment on trigger law_t_kept on law.t is 'k'" \
    's/before update on law.t/before update of n on law.t/' \
    "replace +trigger law_t_kept"
survives "a trigger of ours that is switched off, made again" \
    "alter table law.t enable always trigger law_t_late;
    comment on trigger law_t_late on law.t is 'l'" \
    's/deferrable initially deferred//' "recreate trigger law_t_late"
survives "a comment on an index made again, its cluster mark" \
    "comment on index law.law_t_n_x is 'n'; alter table law.t cluster on
    law_t_n_x; alter index law.law_t_n_x set (fillfactor = 70)" \
    's/on law.t \(n\)/on law.t (n, id)/' "recreate index law_t_n_x"
survives "grants and comments on a materialized view and its index" \
    "grant select on law.mv to un_r; comment on materialized view law.mv is
    'm'; comment on column law.mv.id is 'i'; create index mv_a on law.mv (id);
    comment on index law.mv_a is 'a'; alter materialized view law.mv set
    (fillfactor = 60)" 's/(view law.mv as select id, a)/$1, n/'
survives "an object whose grants are changed in the source" \
    "grant select on law.v1 to un_r" \
    's/(-prim id -grant) \{clerk\}/$1 {seller}/'
survives "a sequence keeps its place" "do \$\$ begin perform setval('law.s', 500); end \$\$;
    grant usage on sequence law.s to un_r; comment on sequence law.s is 's'" \
    's/law.s law \{start 10 cache 1\}/law.s law {start 10 increment 5}/'
is "$(sql up "select nextval('law.s')")" 505 "it goes on from there"

# --- objects ------------------------------------------------------------

over="create view un.over with (security_barrier) as select id, a from law.v1;
    create view un.over2 as select id from un.over where id > 0
	with cascaded check option;
    grant select on un.over2 to un_r;
    comment on view un.over2 is 'two';
    alter view un.over owner to un_own;
    create materialized view un.m as select id from law.v1;
    create unique index m_id on un.m (id);
    comment on index un.m_id is 'i';
    create materialized view un.empty as select id from un.m with no data;
    create view un.of_m as select count(*) from un.m;
    create function un.counts() returns bigint stable
	begin atomic select count(*) from law.v1; end;
    grant execute on function un.counts() to un_r;
    comment on function un.counts() is 'c';
    create function un.takes(law.v1) returns int language sql
	as 'select 1';
    create view un.takes_v as select un.takes(v) from law.v1 v;
    create view un.calls as select un.counts()"
survives "views, materialized views, functions over a view made again" \
    "$over" "$insert" "recreate other view \"un.over2\""
survives "they are left alone where the view is replaced" "$over" "$replace" \
    $'^~ replace  view law.v1 [^\n]*\n0 to create, 1 to change, 0 to drop'
survives "a trigger of others that is switched off" "create trigger un_t
    before insert on law.t for each row when (law.checked(new.id))
	execute function law.kept();
    alter table law.t disable trigger un_t" "$rename"
survives "triggers and rules on views" "create function un.tf() returns
    trigger language plpgsql as 'begin return new; end';
    create trigger un_t instead of update on law.v1 for each row execute
	function un.tf();
    comment on trigger un_t on law.v1 is 't';
    create rule un_r as on insert to law.v2 do instead nothing;
    comment on rule un_r on law.v2 is 'r'" "$insert"
survives "defaults, checks, policies, indexes, views that use functions" \
    "create table un.t (id int default law.first(1), n int, constraint n_c
	check (law.checked(n)), constraint n_u check (n > 0) not valid);
    insert into un.t values (1, 1), (2, 2);
    create index t_x on un.t (law.twice(n)) where law.checked(n);
    alter table un.t enable row level security;
    create policy p on un.t as restrictive for update to un_r, un_s
	using (law.checked(n)) with check (law.twice(n) > 0);
    comment on policy p on un.t is 'p';
    comment on constraint n_c on un.t is 'c';
    comment on index un.t_x is 'x';
    create view un.tw as select law.twice(id) from un.t;
    create domain un.even as int check (law.checked(value));
    create trigger tr before update on law.t for each row
	when (law.checked(new.id)) execute function law.kept()" "$rename"
survives "a generated column over a function" \
    "create table un.t (a int, b int generated always as (law.twice(a))
    stored); insert into un.t values (1), (2);
    create index t_b on un.t (b); create view un.tb as select b from un.t;
    comment on column un.t.b is 'b'" "$rename"
survives "a view over a function that changes its type" \
    "create view un.tw as select law.twice(id) as t from law.t" \
    's/(law.twice\(x int\)\} law \{\n\s*returns) int/$1 bigint/'
survives "objects of other schemas and roles that nothing touches" \
    "create table un.t (id int); create view un.v as select * from un.t;
    create table law.extra (id int); create function law.extra() returns int
    language sql as 'select 1'; create publication un_p for table law.t;
    create statistics law.st on a, n from law.t;
    alter table law.t alter a set statistics 7;
    create index extra_x on law.t (d); comment on table law.t is 't'" "$insert"
survives "a view over one that becomes a materialized view" \
    "create view un.over as select id from law.v2" \
    's/view law.v2 law.v1 \{(.*?)\} -grant public/other law.v2 law.v1 {create materialized view law.v2 as $1} {drop materialized view if exists law.v2} /s; s/rule law_v2_gone.*?\n\}\n//s'

# --- what could not be made again ---------------------------------------

refused "a column with a view's row type" \
    "create table un.t (v law.v1)" "$insert" 'view "law.v1"' 'un.t'
refused "an aggregate over a function" \
    "create aggregate un.agg(int) (sfunc = law.plain, stype = int)" \
    's/law.plain\(x int, y int\)/law.plain(x int, z int)/; s/return x \+ y/return x + z/' \
    'function "law.plain(int,int)"' 'un.agg'
refused "a view over one that is gone" \
    "create view un.over as select * from law.alone" \
    's/view law.alone.*?\n\}\n//s' 'view "law.alone" left the source' \
    'view "un.over"'
refused "a default over a function that is gone" \
    "create table un.t (id int default law.plain(1, 2))" \
    's/function \{law.plain.*?\n\}\n//s' \
    'function "law.plain(int,int)" left the source' '"id" of "un.t"'
refused "a table of a type that is gone" \
    "create table un.t (m law.mood)" \
    's/other law.mood.*?\n\}.*?\n//s' '"law.mood"' 'un.t'
status=1 refused "a view over a column that is gone" \
    "create view un.over as select n from law.v1" 's/id, a, n\n/id, a\n/' \
    'un.over' 'column v1.n does not exist' 'nothing was changed'

for r in un_own un_r un_s; do
	for n in base up fresh; do
		sql $n "drop owned by $r cascade" 2>"$tmp/.drop"
	done
	psql -Xq postgres -c "drop role $r" 2>"$tmp/.drop"
done
done_testing
