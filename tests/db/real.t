#!/bin/bash
# A real schema, that of MyCHIPs, where it is at hand: WM_REAL names a directory
# with copies of the public repositories gotchoices/MyCHIPs and
# gotchoices/wyselib. Nothing of it is kept here.
. "$(dirname "$0")/../lib.sh"

real=${WM_REAL:-}
[ -n "$real" ] || plan skip_all "WM_REAL names no directory"
[ -d "$real/MyCHIPs/schema" ] && [ -d "$real/wyselib/schema" ] ||
    plan skip_all "$real has no MyCHIPs/schema, wyselib/schema"

newdb a b c
[ "$(sql a "select count(*) from pg_available_extensions
    where name = 'plpython3u'")" = 1 ] ||
    plan skip_all "the server has no plpython3u"

cp -R "$real" "$tmp/real"
cd "$tmp/real" || exit 3
files=(MyCHIPs/schema/config.tcl wyselib/schema/*.wms
    wyselib/schema/base/*.wms MyCHIPs/schema/*.wms)

wm-parse "${files[@]}" >"$tmp/list" 2>"$tmp/err"
is $? 0 "it is parsed" || diag "$(head "$tmp/err")"
is "$(perl -MJSON::PP -e 'local $/; my %n;
	my $l = decode_json(<STDIN>)->{objects}; $n{$_->{obj_typ}}++ for @$l;
	print join ", ", scalar(@$l), map { "$_ $n{$_}" } sort keys %n' \
    <"$tmp/list")" \
    "399, function 198, index 15, other 8, schema 4, table 31, trigger 87, view 56" \
    "all its objects are there"

ok "it is built" pipe a "${files[@]}"
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname a) <'$tmp/list'"
wm-diff -d "$(dbname b)" --format sql <"$tmp/list" >"$tmp/script.sql"
exits 0 "its script loads with -1" psql -Xq1 -d "$(dbname b)" \
    -f "$tmp/script.sql"
same_catalog a b "pipe and script build the same"
same_record a b "and record the same"
exits 0 "it loads without -1" psql -Xq -d "$(dbname c)" -f "$tmp/script.sql"
same_catalog a c "to the same end"

# A view on which nothing hangs: its text gets another condition.
leaf=$(sql a "select o.obj_nam from wm.objects o
    where obj_typ = 'view' and module = 'mychips' and crt_sql !~* 'union|order
	by|group by|limit|recursive'
    and not exists (select from pg_depend d join pg_rewrite r
	on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
	where d.refobjid = o.obj_nam::regclass and r.ev_class <> d.refobjid)
    and not exists (select from wm.objects u where u.obj_nam <> o.obj_nam
	and (o.obj_nam = any (u.deps) or 'view:' || o.obj_nam = any (u.deps)))
    order by 1 limit 1")
isnt "$leaf" "" "there is a leaf view: $leaf"
LEAF=$leaf perl -MJSON::PP -e 'local $/; my $l = decode_json(<STDIN>);
	for (@{$l->{objects}}) {
		next unless $_->{obj_typ} eq "view" && $_->{obj_nam} eq $ENV{LEAF};
		delete $_->{hash};
		delete $_->{map};
		$_->{create} =~ s/\bas\s+select\b/as select all/i or die;
		$_->{create} =~ s/;\s*\z/ limit 1000000;/;
	}
	print encode_json($l)' <"$tmp/list" >"$tmp/edited"
wm-diff -d "$(dbname a)" --format text <"$tmp/edited" >"$tmp/text" \
    2>"$tmp/err"
is $? 0 "it is edited" || diag "$(cat "$tmp/err")"
like "$(cat "$tmp/text")" "^~ replace +view $leaf [^
]*
0 to create, 1 to change, 0 to drop$" "the plan holds that view alone"
wm-diff -d "$(dbname a)" <"$tmp/edited" >"$tmp/plan"
exits 0 "it is applied" wm-apply -d "$(dbname a)" "$tmp/plan"
ok "and nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname a) <'$tmp/edited'"

start=$(date +%s%N)
sql a "select count(*) from wm.native_columns()" >/dev/null
diag "native columns: $((($(date +%s%N) - start) / 1000000)) ms, with psql"
done_testing
