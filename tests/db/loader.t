#!/bin/bash
# An application that loads bundles through an older Wyseman's runtime: that one
# writes a bundle's objects into wm.objects and has the functions of the
# bundle's boot build them. Here SQL does what it does.
. "$(dirname "$0")/../lib.sh"
cd "$tmp" || exit 3
export SOURCE_DATE_EPOCH=0

# rows FILE VERSION - insert objects; VERSION is the column that tells it.
objects() {
	cat <<-END
	insert into wm.objects (obj_typ, obj_nam, obj_ver, module, min_rel,
	    max_rel, deps, col_data, delta, grants, crt_sql, drp_sql, checkit,
	    build)
	select j ->> 'obj_typ', j ->> 'obj_nam', $2, j ->> 'module',
	    (j ->> 'min_rel')::int, (j ->> 'max_rel')::int,
	    array(select jsonb_array_elements_text(j -> 'deps')),
	    array(select jsonb_array_elements_text(j -> 'col_data')),
	    array(select jsonb_array_elements_text(j -> 'delta')),
	    array(select jsonb_array_elements_text(j -> 'grants')),
	    convert_from(decode(j ->> 'create', 'base64'), 'UTF8'),
	    convert_from(decode(j ->> 'drop', 'base64'), 'UTF8'), $3, $3
	from (select jsonb_array_elements(doc -> '$1') as j from bundle) o
	END
}

# releases - as the bundle has them.
releases() {
	cat <<-END
	insert into wm.releases (release, committed)
	select n, t::timestamptz
	from bundle, jsonb_array_elements_text(doc -> 'releases')
	    with ordinality r (t, n)
	on conflict (release) do update set committed = excluded.committed;
	END
}

# bundle FILE - a temporary table that holds it; texts not compressed.
bundle() {
	echo "create temp table bundle (doc jsonb);"
	echo "insert into bundle values (\$wm_bundle\$"
	cat "$1"
	echo "\$wm_bundle\$);"
}
text() { jq -r ".$2" "$1" | base64 -d; }

load() { # DATABASE FILE - on an empty database
	{
		echo "begin;"
		bundle "$2"
		text "$2" boot
		releases
		objects objects "(j ->> 'obj_ver')::int" true
		echo "; select wm.check_deps();"
		echo "select wm.make(null, false, true);"
		text "$2" dict
		text "$2" init
		echo "commit;"
	} >load.sql
	sqlfile "$1" load.sql
}

upgrade() { # DATABASE FILE - on one that an earlier one was loaded into
	{
		echo "begin;"
		bundle "$2"
		echo "create temp table was as select wm.next() as release;"
		text "$2" boot
		releases
		echo "update wm.objects o set max_rel = wm.next() from was
		    where o.max_rel = was.release;"
		objects prev "(j ->> 'obj_ver')::int" false
		echo "on conflict (obj_typ, obj_nam, obj_ver)
		    do update set max_rel = excluded.max_rel;"
		objects objects 0 true
		echo ";"
		echo "select wm.check_drafts(true); select wm.check_deps();"
		echo "select wm.make(null, true, true);"
		for t in table_text column_text value_text message_text \
		    table_style column_style column_native; do
			echo "delete from wm.$t;"
		done
		text "$2" dict
		echo "commit;"
	} >upgrade.sql
	sqlfile "$1" upgrade.sql
}

# facts DATABASE - without the functions that only the loader wants.
facts() {
	catalog "$1" | grep -vE \
	    '^function wm\.(check_deps|check_drafts|depths|make|make_drop|make_create)\('
	sql "$1" "select 'record ', to_jsonb(o) - '{crt_date,mod_date}'::text[]
	    from wm.objects o
	    where max_rel = (select max(release) from wm.releases)" |
	    LC_ALL=C sort
	sql "$1" "select 'release ', to_jsonb(r) from wm.releases r order by 1"
}
same() { # GOT WANTED DESCRIPTION
	facts "$1" >got
	facts "$2" >wanted
	is_file got wanted "$3"
}
# uncompressed FILE - the bundle as the older runtime hands it on.
uncompressed() {
	perl -MJSON::PP -MMIME::Base64 -MCompress::Zlib -e 'local $/;
		my $b = decode_json(<STDIN>);
		my $u = sub { encode_base64(uncompress(decode_base64($_[0])),
		    "") };
		$b->{$_} = $u->($b->{$_}) for qw(boot init dict);
		for my $o (@{$b->{objects}}) {
			$o->{$_} = $u->($o->{$_}) for qw(create drop);
		}
		print JSON::PP->new->utf8->canonical->encode($b)' <"$1"
}

dir=$(sample)
cd "$dir" || exit 3
wm-parse objects | wm-release commit -W no-init -o 1.json
uncompressed 1.json >1.plain
newdb old new
ok "a fresh database, as the runtime loads it" load old 1.plain
wm-diff -d "$(dbname new)" 1.json | wm-apply -d "$(dbname new)" >/dev/null
is "${PIPESTATUS[*]}" "0 0" "and by wm-diff"
same old new "they are equal"
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname old) 1.json >/dev/null"
is "$(sql old 'select count(*) from wm.objects where build or checkit')" 0 \
    "nothing is left to build"

# A release without changes of tables that have rows.
sed -i 's/as sites/as places/' stock_views.wms
sed -i '/^view trade.turnover_v/,/^}/d' trade_views.wms
wm-parse objects | wm-release commit -W no-init -o 2.json
uncompressed 2.json >2.plain
ok "an upgrade through the runtime" upgrade old 2.plain
wm-diff -d "$(dbname new)" 2.json | wm-apply -d "$(dbname new)" >/dev/null
is "${PIPESTATUS[*]}" "0 0" "and by wm-diff"
same old new "they are equal again"
is "$(sql old "select obj_ver, min_rel, max_rel from wm.objects
    where obj_nam = 'stock.item_v' order by 1")" $'1|1|1\n2|2|2' \
    "both versions are on record"

# A table with rows has to change: the runtime cannot do that without a dump.
sed -i 's/^  , placed	date/  , ship_to	text\n&/' trade.wms
wm-parse objects | wm-release commit -W no-init -o 3.json
uncompressed 3.json >3.plain
facts old >before
exits 3 "a table with rows is refused" upgrade old 3.plain
like "$(cat "$tmp/err")" 'table "[a-z.]+" has rows, and would have to be made
?.* again' "it is told"
like "$(cat "$tmp/err")" "wm-diff schema-N.json" "and the way out"
facts old >after
is_file after before "nothing was changed"
wm-diff -d "$(dbname old)" 3.json | wm-apply -d "$(dbname old)" >/dev/null
is "${PIPESTATUS[*]}" "0 0" "which works"

# What a declaration forgets makes an object wait for its turn.
mkdir "$tmp/b" && cd "$tmp/b" || exit 3
cat >a.wms <<'END'
module app
schema app {} {}
view app.a app {select * from app.z}
table app.z app {x int}
function {app.f(x int)} app {returns int language sql as $$select app.g(x)$$;}
function {app.g(x int)} app {returns int language sql as $$select x$$;}
END
wm-parse a.wms | wm-release commit -W no-init -o 1.json
uncompressed 1.json >1.plain
newdb late
ok "an undeclared dependency" load late 1.plain
is "$(sql late "select app.f(1), to_regclass('app.a')")" "1|app.a" \
    "all is there"
jq '(.objects[] | select(.obj_nam == "app.z") | .deps) = ["app.a"]' \
    1.plain >2.plain
jq '(.objects[] | select(.obj_nam == "app.a") | .deps) = ["app.z"]' \
    2.plain >3.plain
newdb late
exits 3 "a circle" load late 3.plain
like "$(cat "$tmp/err")" "in a circle" "it is told"
jq '(.objects[] | select(.obj_nam == "app.z") | .deps) = ["app.none"]' \
    1.plain >4.plain
newdb late
exits 3 "an unknown dependency" load late 4.plain
like "$(cat "$tmp/err")" 'depends on "app.none"' "it is told, too"
done_testing
