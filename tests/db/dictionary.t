#!/bin/bash
# The data dictionary in schema wm: its tables and views are there with the
# columns that applications read; it knows where the columns of views come from.
. "$(dirname "$0")/../lib.sh"

files=(config.tcl core.wms stock.wms stock_views.wms trade.wms
    trade_views.wms)
cd "$(sample)" || exit 3
newdb a
ok "the sample is built" pipe a "${files[@]}"

is "$(sql a "select c.relname || ': ' || string_agg(attname, ' '
	order by attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0
    where relnamespace = 'wm'::regnamespace and relkind in ('r', 'v')
    group by c.relname order by c.relname collate \"C\"")" "$(cat <<'E'
column_ambig: sch tab col spec count natives
column_data: cdt_sch cdt_tab cdt_col field type nonull def length is_pkey pkey tab_kind nat_sch nat_tab nat_col
column_def: obj col val
column_istyle: cs_sch cs_tab cs_obj cs_col sw_name sw_value cs_value nat_sch nat_tab nat_col nat_value
column_lang: sch tab obj col nat_sch nat_tab nat nat_col values language title help exp system field
column_meta: sch tab obj col field type nonull def length is_pkey pkey nat_sch nat_tab nat nat_col values styles
column_native: cnt_sch cnt_tab cnt_col nat_sch nat_tab nat_col nat_exp pkey
column_pub: sch tab obj col field type nonull def length is_pkey pkey nat_sch nat_tab nat nat_col language title help
column_style: cs_sch cs_tab cs_col sw_name sw_value
column_text: ct_sch ct_tab ct_col language title help
fkey_data: conname kyt_sch kyt_tab kyt_col kyt_field kyf_sch kyf_tab kyf_col kyf_field key keys
fkey_pub: tt_sch tt_tab tt_obj tt_col tn_sch tn_tab tn_obj tn_col ft_sch ft_tab ft_obj ft_col fn_sch fn_tab fn_obj fn_col key keys conname unikey
fkeys_data: conname kst_sch kst_tab kst_cols ksf_sch ksf_tab ksf_cols
fkeys_pub: tt_sch tt_tab tt_obj tt_cols tn_sch tn_tab tn_obj ft_sch ft_tab ft_obj ft_cols fn_sch fn_tab fn_obj conname
lang: always
language: sch tab obj fr_lang language type col tag fr_title fr_help title help sorter
message_text: mt_sch mt_tab code language title help
objects: obj_typ obj_nam obj_ver checkit build built module deps ndeps grants col_data delta del_idx crt_sql drp_sql min_rel max_rel crt_date mod_date
others: obj_typ obj_nam
prints: classid objid print
releases: release committed sver_2
role_members: role member priv level
table_data: td_sch td_tab obj tab_kind has_pkey cols system pkey
table_lang: sch tab obj language title help messages columns
table_meta: sch tab obj tab_kind has_pkey system pkey cols styles columns fkeys
table_pub: sch tab obj tab_kind has_pkey pkey cols system language title help
table_style: ts_sch ts_tab sw_name sw_value inherit
table_text: tt_sch tt_tab language title help
value_text: vt_sch vt_tab vt_col value language title help
view_column_usage: view_catalog view_schema view_name table_catalog table_schema table_name column_name
E
)" "tables and views have their columns"
is "$(sql a "select p.oid::regprocedure || ' ' || prorettype::regtype
    from pg_proc p where pronamespace = 'wm'::regnamespace and proname in
    ('init_dictionary', 'next', 'last', 'create_role') order by 1")" \
"wm.create_role(text,text[]) boolean
wm.init_dictionary() boolean
wm.last() integer
wm.next() integer" "and the functions are there"
for v in $(sql a "select relname from pg_class
    where relnamespace = 'wm'::regnamespace and relkind = 'v'"); do
	sql a "select * from wm.$v" >/dev/null 2>"$tmp/err" || fail "wm.$v"
done
pass "every view can be read"

# native DATABASE VIEW - where its columns come from
native() {
	sql "$1" "select concat_ws(' ', cnt_col, nat_sch || '.' || nat_tab
	    || '.' || nat_col, case when nat_exp then 'told' end,
	    case when pkey then 'key' end)
	from wm.column_native where cnt_sch || '.' || cnt_tab = '$2'
	order by cnt_col collate \"C\""
}
is "$(native a core.party_v)" "active core.party.active
credit core.party.credit
currency core.party.currency
email core.party.email
id core.party.id told key
kind core.party.kind told
kind_label core.party.kind told
name core.party.name told" "native columns of a view, -native before them"
is "$(native a trade.open_v)" "currency trade.deal.currency
due trade.open_v.due
number trade.deal.number key
party_name trade.deal_v.party_name
stage trade.deal.stage" "of a view over a view"
is "$(native a core.change_v)" "changes core.change_v.changes
key core.change.key key
last_at core.change_v.last_at
tab core.change.tab key" "keys as -primarykeys has them"
is "$(native a core.party | grep key)" "id core.party.id key" "a table's key"
is "$(sql a "select to_jsonb(pkey) from wm.table_data
    where td_sch = 'trade' and td_tab = 'line'")" '["deal", "pos"]' \
    "keys of a table"

sed -i 's/-native {{core.party id name kind {kind_label kind}}} -primarykeys id/-native {{core.currency {currency code}} {core.party id}} -primarykeys {kind name}/' core.wms
ok "-native and -primarykeys change" pipe a "${files[@]}"
is "$(native a core.party_v)" "active core.party.active
credit core.party.credit
currency core.currency.code told
email core.party.email
id core.party.id told
kind core.party.kind key
kind_label core.party_v.kind_label
name core.party.name key" "and the dictionary with them"

is "$(sql a "select string_agg(sch || '.' || tab || '.' || col, ' '
    order by 1) from wm.column_ambig where not spec and sch = 'stock'")" \
    "$(sql a "select string_agg(view_schema || '.' || view_name || '.'
	|| column_name, ' ' order by 1) from (select view_schema, view_name,
	column_name from wm.view_column_usage where view_schema = 'stock'
	group by 1, 2, 3 having count(*) > 1) u where not exists (select
	from wm.column_native where nat_exp and cnt_sch = view_schema
	and cnt_tab = view_name and cnt_col = column_name)")" \
    "what is not clear is told"

# --- it is written only where something is new --------------------------

stamp() {
	sql a "select md5(string_agg(ctid::text || xmin::text || c::text, ','
	    order by ctid)) from wm.column_native c"
}
before=$(stamp)
is "$(sql a "select wm.init_dictionary()")" t "it is made afresh"
is "$(stamp)" "$before" "nothing is written where nothing is new"
sed -i 's/where qty < low/where qty < low + 1/' stock_views.wms
ok "a view changes, its columns stay" pipe a "${files[@]}"
is "$(stamp)" "$before" "nothing is written"
sed -i 's/low - qty as missing/low - qty as missing, 1 as one/' stock_views.wms
ok "a view gains a column" pipe a "${files[@]}"
is "$(sql a "select count(*) from wm.column_native where xmin::text::bigint =
    (select max(xmin::text::bigint) from wm.column_native)")" 1 \
    "one row is written"
sed -i 's/, 1 as one//' stock_views.wms
ok "it loses it again" pipe a "${files[@]}"
is "$(native a stock.low_v | grep -c one)" 0 "its row is gone"

# --- without it ---------------------------------------------------------

newdb b
diff_opts=(--no-dictionary)
ok "--no-dictionary" pipe b "${files[@]}"
is "$(sql b "select to_regclass('wm.column_native') is null
    and not exists (select from wm.objects where module = 'wyseman')")" t \
    "leaves it out"
catalog a >"$tmp/with"
ok "where it is" pipe a "${files[@]}"
catalog a >"$tmp/with2"
is_file "$tmp/with2" "$tmp/with" "it stays"
diff_opts=()
ok "it can come later" pipe b "${files[@]}"
same_catalog b a "and all is equal then"
is "$(sql b "select count(*) from wm.column_native")" \
    "$(sql a "select count(*) from wm.column_native")" "its content too"

# --- applications read it as anybody ------------------------------------

psql -Xq postgres -c "create role dict_reader login"
for v in column_data column_pub column_meta column_lang table_pub table_meta \
    table_lang fkeys_data fkeys_pub fkey_data fkey_pub view_column_usage; do
	PGUSER=dict_reader sql a "select count(*) from wm.$v" \
	    >/dev/null 2>"$tmp/err" || fail "wm.$v: $(head -n 1 "$tmp/err")"
done
pass "views for the public can be read by all"
psql -Xq postgres -c "drop role dict_reader"
done_testing
