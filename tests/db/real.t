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

# Compared by meaning: with its own record, and with the source anew.
sql a "delete from wm.prints"
ok "what was built is what the record means" bash -c \
    "wm-diff --drift --exit-code -d $(dbname a) 2>/dev/null"
sql c "drop schema wm cascade" 2>/dev/null
wm-diff --adopt -d "$(dbname c)" <"$tmp/list" >"$tmp/plan" 2>/dev/null
is "$?:$(jq -r '.steps[] | select(.action != "record" and .action != "data"
    and .module != "wyseman") | .obj_nam' "$tmp/plan" |
    grep -v 'base\.language_v\|base.priv_v\|^wm\.')" "0:" \
    "without its record it is taken over"

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

# Texts and styles: those of the schema's own people.
texts=(wyselib/schema/*.wmt wyselib/schema/base/*.wmt MyCHIPs/schema/*.wmt
    wyselib/schema/language/*.wmt MyCHIPs/schema/language/*.wmt)
styles=(wyselib/schema/*.wmd wyselib/schema/base/*.wmd MyCHIPs/schema/*.wmd)
wm-parse -Wno-text -Wno-style "${files[@]}" "${texts[@]}" "${styles[@]}" \
    >"$tmp/words" 2>"$tmp/err"
is $? 0 "its texts and styles are parsed" || diag "$(head "$tmp/err")"
is "$(jq -r '.text | group_by(.language)[] | "\(.[0].language) \(length)"' \
    <"$tmp/words" | xargs)" "eng 1332 fin 1227 nep 1525 spa 1216" \
    "all texts are there"
is "$(jq -r '.style | group_by(has("col"))[] | length' <"$tmp/words" | xargs)" \
    "59 1295" "all styles are there"

# The columns that --check-text calls unknown are those that no catalog has.
wm-parse -Wno-text -Wno-style --check-text --format json "${files[@]}" \
    "${texts[@]}" 2>"$tmp/err" | jq -r '.findings[] | select(.finding ==
	"unknown" and .what == "column") | "\(.sch).\(.tab).\(.col)"' |
    sort -u >"$tmp/unknown"
sql a "select nspname || '.' || relname || '.' || attname from pg_attribute a
    join pg_class c on c.oid = attrelid
    join pg_namespace n on n.oid = relnamespace
    where attnum > 0 and not attisdropped" | sort >"$tmp/columns"
jq -r '.text[] | select(.col and (has("value") | not) and .sch != "wm") |
    "\(.sch).\(.tab) \(.col)"' <"$tmp/words" | sort -u |
    while read -r tab col; do
	! grep -q "^$tab\." "$tmp/columns" ||
	    grep -qx "$tab\.$col" "$tmp/columns" || echo "$tab.$col"
    done >"$tmp/gone"
is "$(cat "$tmp/unknown")" "$(sort "$tmp/gone")" \
    "what is said about columns that do not exist is found"

for l in fin nep spa; do
	wm-release text -C "$tmp" --language $l --csv "$tmp/words" \
	    >"$tmp/$l.csv"
	wm-release text --import "$tmp/$l.csv" >"$tmp/$l.wmt"
	wm-parse -Wall "$tmp/$l.wmt" >"$tmp/$l.json" 2>"$tmp/err"
	for f in words $l.json; do
		jq -cS ".text[] | select(.language == \"$l\" and
		    .title + .help != \"\") |
		    del(.module, .file, .line, .original)" "$tmp/$f" | sort
	done >"$tmp/$l.both"
	is "$(sort "$tmp/$l.both" | uniq -u)" "" \
	    "$l comes back from the table of translators"
done

# a release of it: what its own older history and migrations are, included
(cd MyCHIPs/schema && wm-release commit -Wno-init -o one.json "$tmp/list" &&
    wm-release build | cmp - one.json && wm-release build --sql -o one.sql &&
    mv Wyseman.hist was && wm-release rebuild-history one.json &&
    cmp was Wyseman.hist) >"$tmp/out" 2>"$tmp/err"
is $? 0 "it is released" || diag "$(cat "$tmp/out" "$tmp/err")"
newdb d e
exits 0 "the release's script loads with -1" psql -Xq1 -v ON_ERROR_STOP=1 \
    -d "$(dbname d)" -f MyCHIPs/schema/one.sql
ok "it is built again" pipe e "${files[@]}"
# one of its objects revokes "on all functions" of a schema: those that are
# there by then, which the order of the source tells, and a release has another
for n in d e; do
	catalog $n | grep -v 'grant EXECUTE to public' >"$tmp/cat-$n"
done
is_file "$tmp/cat-d" "$tmp/cat-e" "pipe and release build the same"
same_record d e "and record the same"
older=$real/MyCHIPs/lib/schema.json
if [ -e "$older" ]; then
	mkdir "$tmp/older"
	ok "a bundle of the older tool becomes a history" \
	    wm-release rebuild-history -C "$tmp/older" "$older"
	ok "of which a bundle with a digest is made" \
	    wm-release build -C "$tmp/older" -r next -o "$tmp/older/s.json"
	is "$(jq -S '[.objects[] | del(.create, .drop)] |
	    sort_by(.obj_typ, .obj_nam)' "$tmp/older/s.json")" \
	    "$(jq -S '[.objects[] | del(.create, .drop)] |
	    sort_by(.obj_typ, .obj_nam)' "$older")" "with the same objects"
fi

start=$(date +%s%N)
sql a "select count(*) from wm.native_columns()" >/dev/null
diag "native columns: $((($(date +%s%N) - start) / 1000000)) ms, with psql"

# What the older Wyseman made: a bundle, the history beside the sources. First
# rows name user admin as their author, so that one builds it.
if [ -f MyCHIPs/lib/schema.json ]; then
	export SOURCE_DATE_EPOCH=0
	bundle=MyCHIPs/lib/schema.json
	exits 0 "an older bundle verifies" wm-release verify "$bundle"
	like "$(cat "$tmp/out")" "release 1 of mychips, 427 objects" \
	    "all is in it"
	newdb d e
	wm-diff -U admin -d "$(dbname d)" "$bundle" >"$tmp/plan" 2>"$tmp/err"
	is $? 0 "it is planned" || diag "$(cat "$tmp/err")"
	exits 0 "it is built" wm-apply -U admin -d "$(dbname d)" "$tmp/plan"
	is "$(sql d "select count(*) from wm.objects where built")" 427 \
	    "all its objects"
	is "$(sql d "select ent_name from base.ent where id = 'r1'" \
	    "select count(*) > 0 from wm.table_text")" "Admin
t" "its first rows and texts"
	ok "nothing is left to do" bash -c \
	    "wm-diff --exit-code -d $(dbname d) $bundle >/dev/null"

	mkdir "$tmp/again"
	exits 0 "a history is made of it" wm-release rebuild-history \
	    -C "$tmp/again" "$bundle"
	wm-release build -C "$tmp/again" -r next --sql >"$tmp/script" \
	    2>"$tmp/err" || wm-release build -C "$tmp/again" -r 1 --sql \
	    >"$tmp/script" 2>>"$tmp/err"
	is $? 0 "and a script" || diag "$(cat "$tmp/err")"
	exits 0 "the script loads" psql -Xq1 -U admin -v ON_ERROR_STOP=1 \
	    -d "$(dbname e)" -f "$tmp/script"
	same_catalog d e "to the same end"

	exits 0 "its history can be read" wm-release log -C MyCHIPs/schema
	exits 0 "and verified" wm-release verify MyCHIPs/schema/Wyseman.hist
fi
done_testing
