#!/bin/bash
# A database that the older Wyseman keeps: its record, which has triggers of its
# own, is taken over; later releases work.
. "$(dirname "$0")/../lib.sh"
cd "$tmp" || exit 3
export SOURCE_DATE_EPOCH=0

cat >a.wms <<'END'
module app
schema app {} {} -grant public
table app.t app {id int primary key, n int} -grant {{clerk s i}}
view app.v app.t {select id, n from app.t} -grant {public}
view app.w app.v {select id from app.v}
END
wm-parse a.wms >list.json

# The dictionary of that tool has tables and views of the same names and columns
# as ours, in other words, two views less, and a function of its own.
(cd "$TOP/common/dictionary" && wm-parse tables.wms natives.wms views.wms |
    jq '.objects |= (map(select(.obj_nam != "wm.language" and
	.obj_nam != "wm.column_ambig") |
	.create |= sub("^(?<a>create [a-z]+) "; "\(.a)  ")) +
	[.[0] + {"obj_typ": "function", "obj_nam": "wm.default_native()",
	    "deps": ["wm.column_native"], "grants": [], "col_data": [],
	    "create": ("create function wm.default_native() returns int " +
		"language sql as $$select 1$$;"),
	    "drop": "drop function if exists wm.default_native();"}])'
) >dictionary.json

# older NAME [LIST] - what that tool leaves in a database: objects built by hand, the
# record in its layout, and triggers that drop what is deleted from it and hold
# releases fast. Its functions do here what is known of them.
older() {
	local list=${2:-list.json}
	newdb "$1"
	{
		grep -v "^.ir " "$TOP/common/boot.sql"
		cat <<-'END'
		create function wm.make(objs text[], drp boolean default true,
		    crt boolean default true) returns int language plpgsql as $$
		begin
			raise exception 'make was called: %', objs;
		end $$;
		create function wm.objects_tf_bd() returns trigger
		language plpgsql as $$
		begin
			if old.obj_ver > 0 and old.built then
				perform wm.make(array[old.obj_typ || ':' || old.obj_nam],
				    true, false);
			end if;
			return old;
		end $$;
		create trigger objects_tr_bd before delete on wm.objects
		for each row execute function wm.objects_tf_bd();
		create function wm.releases_tf() returns trigger
		language plpgsql as $$
		begin
			return case when tg_op = 'UPDATE'
				and new.release = old.release then new end;
		end $$;
		create trigger releases_tr before update or delete on wm.releases
		for each row execute function wm.releases_tf();
		do $$ begin perform wm.create_role('clerk_1');
			perform wm.create_role('clerk_2'); end $$;
		END
		jq -r '.objects[] | .create, (.grants[] | split("|") |
		    "grant \(.[3]) on \(.[0] | sub(":"; " ") | sub("^view"; "table"))" +
		    " to \(if .[1] == "public" then "public" else .[1] + "_" + .[2] end);")' \
		    "$list"
		echo "insert into wm.objects (obj_typ, obj_nam, obj_ver, checkit,
		    build, built, module, deps, ndeps, grants, col_data, crt_sql,
		    drp_sql)
		select j ->> 'obj_typ', j ->> 'obj_nam', 1, false, false, true,
		    j ->> 'module',
		    array(select jsonb_array_elements_text(j -> 'deps')), '{}',
		    array(select jsonb_array_elements_text(j -> 'grants')),
		    array(select jsonb_array_elements_text(j -> 'col_data')),
		    j ->> 'create', j ->> 'drop'
		from jsonb_array_elements(\$wm_list\$"
		jq -c .objects "$list"
		echo "\$wm_list\$) j;"
		echo "insert into app.t values (1, 10), (2, 20);"
	} >older.sql
	sqlfile "$1" older.sql >"$tmp/out" 2>&1 || diag "$(cat "$tmp/out")"
}
triggers() {
	sql "$1" "select count(*) from pg_trigger where tgname in
	    ('objects_tr_bd', 'releases_tr')"
}

older a
is "$(triggers a)" 2 "a database as the older tool leaves it"
diff_opts=(--no-dictionary)
ok "the same sources: nothing to do" bash -c \
    "wm-diff --no-dictionary --exit-code -d $(dbname a) list.json"
is "$(triggers a)" 2 "and nothing touched"
diff_opts=()
ok "the dictionary is added" pipe a a.wms
is "$(triggers a)" 0 "the triggers went first"
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname a) list.json"
newdb fresh
pipe fresh a.wms
catalog a | grep -v '^function wm\.make(' >got
catalog fresh >wanted
is_file got wanted "it equals one that was built here"
is "$(sql a "select sum(n) from app.t")" 30 "rows are there"

# An object leaves, another changes: rows of the record are deleted.
older b
cp a.wms b.wms
sed -i '/^view app.w/d; s/select id, n from/select id, n + 1 as n from/' a.wms
ok "a view goes, one changes" pipe b a.wms
is "$(sql b "select string_agg(obj_nam, ' ' order by obj_nam) from wm.objects
    where module = 'app'")" "app app.t app.v" "as the record has it"
is "$(sql b "select sum(n) from app.v")" 32 "and the view"

# Releases: the database is in the working state of release 1.
cp b.wms a.wms
wm-parse a.wms | wm-release commit -W no-init -o schema-1.json
sed -i 's/n int}/n int, m int default 7}/; /^view app.w/d' a.wms
wm-parse a.wms | wm-release commit -W no-init -o schema-2.json
older c
exits 4 "a working state is no release" \
    wm-diff -d "$(dbname c)" schema-1.json
wm-diff -d "$(dbname c)" --from-beta schema-1.json |
    wm-apply -d "$(dbname c)" >/dev/null
is "${PIPESTATUS[*]}" "0 0" "it becomes release 1"
wm-diff -d "$(dbname c)" schema-2.json | wm-apply -d "$(dbname c)" >/dev/null
is "${PIPESTATUS[*]}" "0 0" "and release 2"
is "$(sql c "select sum(m), count(*) from app.t")" "14|2" "with its rows"
is "$(sql c "select release from wm.releases where committed is not null
    order by 1" | xargs)" "1 2" "both are on record"
newdb fresh
wm-diff -d "$(dbname fresh)" schema-2.json | wm-apply -d "$(dbname fresh)" \
    >/dev/null
catalog c | grep -v '^function wm\.make(' >got
catalog fresh >wanted
is_file got wanted "it equals a fresh one"

# With its dictionary.
cp b.wms a.wms
jq -s '.[0] + {objects: map(.objects) | add}' dictionary.json list.json >both.json
own() { # NAME - the texts of the dictionary's objects in the record
	sql "$1" "select md5(string_agg(crt_sql, ';' order by obj_typ, obj_nam)),
	    count(*) from wm.objects where module = 'wyseman'"
}
older d both.json
# what the tools record beside is theirs, and comes with the first plan
others() { catalog "$1" | grep -v 'wm\.prints'; }
was=$(own d) all=$(others d)
ok "its dictionary serves: nothing to do" wm-diff --exit-code -d "$(dbname d)" \
    list.json
cat >a.wmt <<'END'
tabtext app.t {Things} {What there is} {{id Number} {n Amount}}
END
cat >a.wmd <<'END'
---
app.t:
  focus: n
END
ok "words go into its tables" pipe d a.wms a.wmt a.wmd
is "$(sql d "select title from wm.table_text where tt_tab = 't'")" Things \
    "they are there"
is "$(sql d "select sw_value from wm.table_style where ts_tab = 't'")" '"n"' \
    "and a style"
ok "then nothing is left" bash -c "wm-parse a.wms a.wmt a.wmd |
    wm-diff --exit-code -d $(dbname d)"
is "$(own d)" "$was" "the dictionary is as it was"
is "$(others d)" "$all" "and so is all else"
sed -i 's/n int}/n int, m int default 7}/; s/select id, n from/select id, n, m from/' \
    a.wms
echo 'view app.x app.v {select m from app.v}' >>a.wms
sed -i 's/{n Amount}/{n Amount} {m More}/' a.wmt
ok "an upgrade: a column, views, a text" pipe d a.wms a.wmt a.wmd
is "$(sql d "select sum(m) from app.x")" 14 "is there"
is "$(sql d "select nat_tab || '.' || nat_col from wm.column_native
    where cnt_tab = 'x'")" t.m "its own init_dictionary() was run"
is "$(sql d "select title from wm.column_text where ct_col = 'm'")" More \
    "the text"
is "$(own d)" "$was" "the dictionary is as it was"
ok "nothing is left to do" bash -c "wm-parse a.wms a.wmt a.wmd |
    wm-diff --exit-code -d $(dbname d)"
diff_opts=(--own-dictionary)
ok "ours takes its place where that is wanted" pipe d a.wms a.wmt a.wmd
diff_opts=()
newdb fresh
pipe fresh a.wms a.wmt a.wmd
catalog d | grep -v '^function wm\.make(' >got
catalog fresh >wanted
is_file got wanted "it equals one that was built here"
is "$(sql d "select title from wm.table_text where tt_tab = 't'")" Things \
    "the words stayed"
ok "and stays" bash -c "wm-parse a.wms a.wmt a.wmd |
    wm-diff --exit-code -d $(dbname d)"

# One that is not whole is replaced; one that is other is not read.
jq '.objects |= map(select(.obj_nam != "wm.message_text" and
    (.obj_typ != "view" or .module != "wyseman")))' both.json >part.json
older e part.json
ok "one that lacks a table" bash -c "wm-diff -d $(dbname e) list.json |
    wm-apply -d $(dbname e)"
is "$(sql e "select count(*) from pg_class where relname = 'message_text'")" 1 \
    "ours takes its place"
jq '(.objects[] | select(.obj_nam == "wm.table_text").create) |=
    sub("help[ \\t]+varchar,"; "")' part.json >lacks.json
older f lacks.json
exits 1 "one that lacks a column" wm-diff -d "$(dbname f)" list.json
done_testing
