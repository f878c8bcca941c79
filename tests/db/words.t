#!/bin/bash
# Texts and styles as data: a plan holds what differs, and nothing else. Every
# character comes through; rows go, and go along, with what they are about;
# what belongs to others is left alone.
. "$(dirname "$0")/../lib.sh"

mkdir "$tmp/s"
cd "$tmp/s" || exit 3

cat >a.wms <<'E'
module one
schema app {} {}
table app.ent {app} {
	id	int primary key,
	name	text,
	kind	char(1)
}
table app.dep {app.ent} { id int primary key, ent int references app.ent }
view app.ent_v {app.ent} { select id, name from app.ent }
E
cat >b.wms <<'E'
module two
schema other {} {}
table other.thing {other} { id int primary key }
E

# list FILE... - the object list with the records that words.json adds.
list() {
	wm-parse "$@" >list.json && jq --slurpfile w words.json '
	    .text = ($w[0].text // []) | .style = ($w[0].style // [])
	    | .init = ($w[0].init // [])' list.json
}

# change FILTER - edit words.json.
change() { jq "$1" words.json >w2.json && mv w2.json words.json; }

# plan_words FILE... - plan for database a, in plan.json.
plan_words() { list "$@" | wm-diff "${opts[@]}" -d "$D" >plan.json; }

# bring FILE... - plan and apply.
bring() { plan_words "$@" && wm-apply -d "$D" plan.json >report; }

# data - what the plan does to words.
data() {
	jq -r '.steps[] | select(.obj_typ == "text" or .obj_typ == "style")
	    | .obj_nam + ": " + .reason' plan.json
}

# done_with FILE... - nothing is left to do.
done_with() { list "$@" | wm-diff "${opts[@]}" --exit-code -d "$D"; }

# texts DATABASE - all rows.
texts() {
	local t
	for t in table_text column_text value_text message_text table_style \
	    column_style; do
		sql "$1" "select '$t', to_json(t) from wm.$t t
		    order by to_json(t)::text collate \"C\""
	done
}

opts=()
newdb a b
D=$(dbname a)
cat >words.json <<'E'
{"text": [
 {"sch": "app", "tab": "ent", "language": "eng", "title": "Entities",
  "help": "Who there is", "module": "one", "file": "a.wmt", "line": 3},
 {"sch": "app", "tab": "ent", "col": "name", "language": "eng",
  "title": "Name", "help": null, "module": "one", "file": "a.wmt", "line": 4},
 {"sch": "app", "tab": "ent", "col": "kind", "language": "eng",
  "title": "Kind", "help": "", "module": "one", "file": "a.wmt", "line": 5},
 {"sch": "app", "tab": "ent", "col": "kind", "value": "p", "language": "eng",
  "title": "Person", "module": "one", "file": "a.wmt", "line": 6},
 {"sch": "app", "tab": "ent", "code": "ETH", "language": "eng",
  "title": "No name", "help": "Give one", "module": "one"},
 {"sch": "app", "tab": "ent", "language": "fin", "title": "Tahot",
  "module": "one", "file": "fin.wmt", "line": 3},
 {"sch": "app", "tab": "dep", "language": "eng", "title": "Departments",
  "module": "one", "file": "a.wmt", "line": 9},
 {"sch": "other", "tab": "thing", "language": "eng", "title": "Things",
  "module": "two", "file": "b.wmt", "line": 2}
], "style": [
 {"sch": "app", "tab": "ent", "name": "focus", "value": "name",
  "inherit": true, "module": "one", "file": "a.wmd", "line": 2},
 {"sch": "app", "tab": "ent", "name": "actions", "inherit": false,
  "value": [{"name": "x", "b": 1.50, "a": null}, true], "module": "one"},
 {"sch": "app", "tab": "ent", "col": "name", "name": "size", "value": "20, 1",
  "module": "one", "file": "a.wmd", "line": 5}
], "init": []}
E
ok "a new database gets them" bring a.wms b.wms
is "$(texts a)" "$(cat <<'E'
table_text|{"tt_sch":"app","tt_tab":"dep","language":"eng","title":"Departments","help":null}
table_text|{"tt_sch":"app","tt_tab":"ent","language":"eng","title":"Entities","help":"Who there is"}
table_text|{"tt_sch":"app","tt_tab":"ent","language":"fin","title":"Tahot","help":null}
table_text|{"tt_sch":"other","tt_tab":"thing","language":"eng","title":"Things","help":null}
column_text|{"ct_sch":"app","ct_tab":"ent","ct_col":"kind","language":"eng","title":"Kind","help":""}
column_text|{"ct_sch":"app","ct_tab":"ent","ct_col":"name","language":"eng","title":"Name","help":null}
value_text|{"vt_sch":"app","vt_tab":"ent","vt_col":"kind","value":"p","language":"eng","title":"Person","help":null}
message_text|{"mt_sch":"app","mt_tab":"ent","code":"ETH","language":"eng","title":"No name","help":"Give one"}
table_style|{"ts_sch":"app","ts_tab":"ent","sw_name":"actions","sw_value":[{"a": null, "b": 1.5, "name": "x"}, true],"inherit":false}
table_style|{"ts_sch":"app","ts_tab":"ent","sw_name":"focus","sw_value":"name","inherit":true}
column_style|{"cs_sch":"app","cs_tab":"ent","cs_col":"name","sw_name":"size","sw_value":"20, 1"}
E
)" "all of them, as they are"
ok "then nothing is left" done_with a.wms b.wms
is "$(sql a "select title, help from wm.table_lang where obj = 'app.ent'
    and language = 'eng'")" "Entities|Who there is" \
    "the view of tables shows them"
is "$(sql a "select col, title, exp from wm.column_lang
    where obj = 'app.ent' and language = 'eng' order by col")" "id|id|f
kind|Kind|t
name|Name|t" "and that of columns"
is "$(sql a "select obj, title from wm.column_pub where obj like 'app.ent%'
    and col = 'name' and language = 'eng' order by 1")" "app.ent|Name
app.ent_v|Name" "a view's column has its native column's title"
is "$(sql a "select styles from wm.column_meta where obj = 'app.ent'
    and col = 'name'")" '{"size": "20, 1"}' "and the styles"

# --- changes --------------------------------------------------------------
change '.text[1].title = "Full name"'
plan_words a.wms b.wms
is "$(data)" "wm.column_text: app.ent.name in eng changes" \
    "one changed title is one update"
is "$(jq -r '[.steps[].action] | join(" ")' plan.json)" "check data" \
    "behind the check that nothing moved"
is "$(jq -c '.steps[1] | [.file, .line, .module]' plan.json)" \
    '["a.wmt",4,"one"]' "with its place"
is "$(jq -c '[.from == .to]' plan.json)" '[true]' "the state is the same"
is "$(list a.wms b.wms | wm-diff -d "$D" --format text)" \
"~ data     text wm.column_text (app.ent.name in eng changes)
0 to create, 1 to change, 0 to drop" "people see it"
ok "it is applied" wm-apply -d "$D" plan.json
is "$(sql a "select title from wm.column_text where ct_col = 'name'")" \
    "Full name" "and there"
exits 4 "once only" wm-apply -d "$D" plan.json
is "$(head -1 "$tmp/err")" "wm-apply: error: the data dictionary has \
changed since the plan was made" "it says why"

change 'del(.text[2], .text[3]) | .style[1].inherit = true |
    .text += [{"sch": "app", "tab": "dep", "col": "id", "language": "eng",
    "title": "No.", "module": "one"}, {"sch": "app", "tab": "dep",
    "col": "ent", "language": "eng", "title": "Whose", "module": "one"}]'
plan_words a.wms b.wms
is "$(data)" 'wm.column_text: app.ent.kind in eng goes
wm.value_text: app.ent.kind = "p" in eng goes
wm.table_style: app.ent actions changes
wm.column_text: 2 rows in eng are new' "a few of each kind"
ok "they are applied" wm-apply -d "$D" plan.json
ok "and done" done_with a.wms b.wms

# --- what is left alone ---------------------------------------------------
cp words.json all.json
before=$(texts a)
echo '{}' >words.json
plan_words a.wms b.wms
is "$(data)" "" "a list without words leaves them alone"
jq '.text |= map(select(.language == "eng")) | .style = []' all.json \
    >words.json
plan_words a.wms b.wms
is "$(data)" "" "one without a language leaves that alone, and style"
jq '.text |= map(select(.sch == "app")) | .style |= map(select(.sch == "app"))
    ' all.json >words.json
plan_words a.wms
is "$(data)" "" "one without a module leaves that alone"
plan_words a.wms b.wms
is "$(data)" "wm.table_text: other.thing in eng goes" \
    "one with the module does not"
opts=(--no-prune)
plan_words a.wms b.wms
is "$(data)" "" "but for --no-prune"
opts=()
sql a "insert into wm.table_text values ('public', 'x', 'eng', 'X', null),
    ('app', 'unknown', 'eng', 'U', null), ('app', 'ent', 'swe', 'S', null)"
cp all.json words.json
plan_words a.wms b.wms
is "$(data)" "wm.table_text: app.unknown in eng goes" \
    "a table that nobody knows is of its schema's module"
sql a "delete from wm.table_text where tt_tab = 'x' or tt_tab = 'unknown'
    or language = 'swe'"
is "$(texts a)" "$before" "all is as before"

# --- languages ------------------------------------------------------------
change '.text[0].title = "E" | .text |= map(if .language == "fin"
    then .title = "F" else . end)'
opts=(--language fin,swe)
plan_words a.wms b.wms 2>err
is "$(data)" "wm.table_text: app.ent in fin changes" "--language limits"
is "$(cat err)" \
    'wm-diff: warning: the list has no text in language "swe"' \
    "and says which the list has not"
opts=(--language eng,fin)
plan_words a.wms b.wms
is "$(data)" "wm.table_text: app.ent in eng changes
wm.table_text: app.ent in fin changes" "to any number"
opts=()
cp all.json words.json

# --- somebody else writes meanwhile ---------------------------------------
change '.text[0].title = "Mine"'
plan_words a.wms b.wms
sql a "update wm.column_style set sw_value = '1'"
exits 4 "a row that was changed since the plan was made stops it" \
    wm-apply -d "$D" plan.json
is "$(sql a "select title from wm.table_text where tt_tab = 'ent'
    and language = 'eng'")" "Entities" "nothing was done"
plan_words a.wms b.wms
is "$(data)" "wm.table_text: app.ent in eng changes
wm.column_style: app.ent.name size changes" "the next plan sets it right"
list a.wms b.wms | wm-diff -d "$D" --format sql >script.sql
ok "so does its script" psql -Xq -v ON_ERROR_STOP=1 -d "$D" -f script.sql
ok "which leaves nothing" done_with a.wms b.wms
cp all.json words.json
bring a.wms b.wms
is "$(texts a)" "$before" "all is as before"

# --- listeners ------------------------------------------------------------
change '.text[0].title = "Heard"'
plan_words a.wms b.wms
is "$(psql -XAtq -d "$D" <<E 2>&1 | grep -o 'wyseman.*payload.*dict'
listen wyseman;
\! wm-apply -d $D plan.json >/dev/null
select 1;
E
)" 'wyseman" with payload "{"target":"dict' "programs that listen are told"
cp all.json words.json
bring a.wms b.wms

# --- rows follow what they are about ---------------------------------------
copydb a c
D=$(dbname c)
sql c "insert into wm.value_text values
    ('app', 'ent', 'name', 'v', 'fin', 'V', null)"
wm-migrate app.ent rename name to label
wm-migrate app.ent drop kind
sed 's/name	text/label	text/; s/^	kind.*//; s/text,/text/
    s/select id, name/select id, label/' a.wms >a2.wms
echo '{}' >words.json
ok "a column is renamed, another dropped" bring a2.wms b.wms
is "$(texts c | grep 'tab":"ent"')" "$(cat <<'E'
table_text|{"tt_sch":"app","tt_tab":"ent","language":"eng","title":"Entities","help":"Who there is"}
table_text|{"tt_sch":"app","tt_tab":"ent","language":"fin","title":"Tahot","help":null}
column_text|{"ct_sch":"app","ct_tab":"ent","ct_col":"label","language":"eng","title":"Full name","help":null}
value_text|{"vt_sch":"app","vt_tab":"ent","vt_col":"label","value":"v","language":"fin","title":"V","help":null}
message_text|{"mt_sch":"app","mt_tab":"ent","code":"ETH","language":"eng","title":"No name","help":"Give one"}
table_style|{"ts_sch":"app","ts_tab":"ent","sw_name":"actions","sw_value":[{"a": null, "b": 1.5, "name": "x"}, true],"inherit":true}
table_style|{"ts_sch":"app","ts_tab":"ent","sw_name":"focus","sw_value":"name","inherit":true}
column_style|{"cs_sch":"app","cs_tab":"ent","cs_col":"label","sw_name":"size","sw_value":"20, 1"}
E
)" "the words of a column go along"
cat >words.json <<'E'
{"text": [{"sch": "app", "tab": "being", "language": "eng", "title": "Beings",
  "module": "one"}, {"sch": "other", "tab": "thing", "language": "eng",
  "title": "Things", "module": "two"}]}
E
wm-migrate app.ent rename table to being
sed 's/app\.ent\b/app.being/g' a2.wms >a3.wms
ok "the table is renamed; the list has English" bring a3.wms b.wms
is "$(texts c | grep -v '"other"')" "$(cat <<'E'
table_text|{"tt_sch":"app","tt_tab":"being","language":"eng","title":"Beings","help":null}
table_text|{"tt_sch":"app","tt_tab":"being","language":"fin","title":"Tahot","help":null}
value_text|{"vt_sch":"app","vt_tab":"being","vt_col":"label","value":"v","language":"fin","title":"V","help":null}
table_style|{"ts_sch":"app","ts_tab":"being","sw_name":"actions","sw_value":[{"a": null, "b": 1.5, "name": "x"}, true],"inherit":true}
table_style|{"ts_sch":"app","ts_tab":"being","sw_name":"focus","sw_value":"name","inherit":true}
column_style|{"cs_sch":"app","cs_tab":"being","cs_col":"label","sw_name":"size","sw_value":"20, 1"}
E
)" "what the list is silent about goes along, its own counts"
ok "nothing is left" done_with a3.wms b.wms
echo '{}' >words.json
sed '/^table app.being/,/^}/d; /^table app.dep/d; /^view/d' a3.wms >a4.wms
ok "the table is dropped" bring a4.wms b.wms
is "$(texts c)" 'table_text|{"tt_sch":"other","tt_tab":"thing","language"'\
':"eng","title":"Things","help":null}' \
    "its words are gone"
rm -f Wyseman.delta

# --- every character ------------------------------------------------------
D=$(dbname a)
perl -CO -MJSON::PP -e '
my @odd = ("it'"'"'s", "back\\slash", "\\", "%s %I %L %%", "two\nlines\r\n",
    "tab\there", "\"quoted\"", "\$wm\$ \$\$ \$1", "; drop table app.ent; --",
    "/* open", "\x{5e9}\x{5dc}\x{5d5}\x{5dd}", "\x{202e}abc\x{202c}",
    "\x{1f600}\x{fe0f}\x{1f468}\x{200d}\x{1f469}", "e\x{301}", "\x01\x7f",
    "NULL", "null", "", " ", "{}", "\x{fffd}\x{10fffd}", "x" x 100_000);
my (@text, @style);
my $n = 0;
for my $w (@odd) {
	my @l = (language => "eng", title => $w, help => "$w$w", module => "one");
	my $name = length $w && length $w < 40 ? $w : "n" . $n++;
	push @text, { sch => "app", tab => $name, @l },
	    { sch => "app", tab => "ent", col => $name, @l },
	    { sch => "app", tab => "ent", col => "kind", value => $w, @l },
	    { sch => "app", tab => "ent", code => $w, @l };
	push @style, { sch => "app", tab => "ent", name => $name, value => $w },
	    { sch => "app", tab => "ent", col => $name, name => "x",
	      value => { $w => [$w, JSON::PP::true, undef] } };
}
print JSON::PP->new->canonical->encode({ text => \@text, style => \@style });
' >words.json
ok "odd characters everywhere" bring a.wms b.wms
ok "nothing is left" done_with a.wms b.wms
sql a "select jsonb_agg(jsonb_build_array(tt_tab, title, help) order by tt_tab)
    from wm.table_text where tt_sch = 'app' and language = 'eng'" >is.json
jq -cS '[.text[] | select(.col or .code | not) | [.tab, .title, .help]] | sort' \
    words.json >want
jq -cS 'sort' is.json >is
is_file is want "they are there as they were"
jq -cS '[.style[] | select(.col) | [.col, .value]] | sort' words.json >want
sql a "select jsonb_agg(jsonb_build_array(cs_col, sw_value))
    from wm.column_style where sw_name = 'x'" | jq -cS sort >is
is_file is want "in styles, too"
change '.text |= map(.title += "!") | .style |= map(.value = [.value])'
ok "all of them change" bring a.wms b.wms
ok "nothing is left" done_with a.wms b.wms
change '.text |= .[:1] | .style |= .[:1]'
ok "all but one go" bring a.wms b.wms
is "$(texts a | grep -vc '"fin"')" 2 "they are gone"

# --- a database of another encoding and order -------------------------------
psql -Xqc "create database ${db_prefix}l template template0 encoding LATIN1
    lc_collate 'C' lc_ctype 'C'" postgres
dbs+=(l)
D=$(dbname l)
jq '.text[0].title = "Grüße \\ '"'"'"' all.json >words.json
ok "texts in a LATIN1 database" bring a.wms b.wms
is "$(PGCLIENTENCODING=UTF8 sql l "select title from wm.table_text
    where tt_tab = 'ent' and language = 'eng'")" "Grüße \\ '" "are right"
ok "nothing is left" done_with a.wms b.wms

# --- first rows -----------------------------------------------------------
D=$(dbname b)
jq '.init = [{"file": "rows.wmi", "module": "one", "sql":
    "insert into app.ent (id, name) values (1, '"'a;b'"');\ninsert into
    app.dep values (1, 1)"}, {"file": "none.wmi", "sql": " \n"}]' all.json \
    >words.json
ok "a new database gets its first rows" bring a.wms b.wms
is "$(rows b)" "app.dep (1,1)
app.ent (1,a;b,)" "here they are"
ok "and no second time" done_with a.wms b.wms
opts=(--init)
plan_words a.wms b.wms
is "$(jq -c '.steps[] | [.action, .obj_typ, .obj_nam, .file]' plan.json)" \
    '["data","init","rows.wmi","rows.wmi"]' "--init runs them again"
exits 1 "an error in them" wm-apply -d "$D" plan.json
is "$(grep -v DETAIL "$tmp/err")" "$(cat <<'E'
rows.wmi: error: duplicate key value violates unique constraint "ent_pkey"
      | insert into app.ent (id, name) values (1, 'a;b');
      | ^
wm-apply: note: Key (id)=(1) already exists.
wm-apply: note: in step 1 of 1: data init "rows.wmi"
wm-apply: note: nothing was changed
E
)" "has its file"
opts=()

# --- bounded steps ----------------------------------------------------------
newdb b
jq -n '{text: [range(3000) | {sch: "app", tab: "ent", col: "c\(.)",
    language: "eng", title: "title \(.)", module: "one"}]}' >words.json
ok "3000 rows" bring a.wms b.wms
is "$(data | sort | uniq -c | sed 's/^ *//')" \
    "6 wm.column_text: 500 rows in eng are new" "in six steps"
is "$(sql b "select count(*) from wm.column_text")" 3000 "all there"

# --- without the dictionary -------------------------------------------------
newdb b
opts=(--no-dictionary)
ok "--no-dictionary leaves words out" bring a.wms b.wms
is "$(data)" "" "none is planned"
opts=()
ok "later they come with their tables" bring a.wms b.wms
is "$(sql b "select count(*) from wm.column_text")" 3000 "all there"

# --- releases ---------------------------------------------------------------
rm -f Wyseman.delta
cp all.json words.json
change '.init = [{"file": "rows.wmi", "module": "one", "sql":
    "insert into app.ent (id, kind) values (7, chr(39))"}]'
list a.wms b.wms | wm-release commit >r1.json
change 'del(.text[1]) | .text[0].title = "Two \\ '"''"'" |
    .style[0].value = {"x": [1.50, null]} |
    .text += [{"sch": "app", "tab": "dep", "col": "ent", "language": "spa",
    "title": "¿Quién?", "module": "one"}]'
wm-migrate app.ent rename name to label
sed 's/name	text/label	text/; s/select id, name/select id, label/' a.wms >r.wms
list r.wms b.wms | wm-release commit >r2.json
newdb b c l2
wm-diff -d "$(dbname b)" r1.json | wm-apply -d "$(dbname b)" >/dev/null
D=$(dbname a)
is "$(rows b)" "app.ent (7,,')" "a bundle brings first rows"
is "$(texts b | wc -l)" "$(jq '(.text + .style) | length' all.json)" \
    "and the dictionary"
copydb b l2
ok "the next bundle" bash -c "wm-diff -d $(dbname b) r2.json |
    wm-apply -d $(dbname b)"
wm-diff -d "$(dbname c)" r2.json | wm-apply -d "$(dbname c)" >/dev/null
is "$(texts b)" "$(texts c)" "takes it to what a new database has"
like "$(texts b)" 'Two .* .*Quién' "with what is new"
is "$(rows b)" "app.ent (7,,')" "first rows came once"
ok "then nothing is left" wm-diff --exit-code -d "$(dbname b)" r2.json
wm-diff --from r1.json r2.json >off.json
is "$(jq '[.steps[] | select(.obj_typ == "text" or .obj_typ == "style"
    or .obj_typ == "init")] | length' off.json)" \
    "$(wm-diff -d "$(dbname l2)" r2.json | jq '[.steps[] | select(.obj_typ
    == "text" or .obj_typ == "style" or .obj_typ == "init")] | length')" \
    "a plan from bundle to bundle holds the same"
ok "and can be applied" wm-apply -d "$(dbname l2)" off.json
is "$(texts l2)" "$(texts c)" "to the same end"
done_testing
