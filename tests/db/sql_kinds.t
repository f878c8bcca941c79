#!/bin/bash
# Plain SQL with every kind of object: what the pipe builds is what psql makes
# of the same script; so it is of the dump of it.
. "$(dirname "$0")/../lib.sh"

newdb a b c d
input=$TESTS/db/sql_kinds.sql
sqlfile a "$input" >"$tmp/out" 2>&1
is $? 0 "psql takes the script" || diag "$(tail -n 5 "$tmp/out")"
ok "the pipe builds it" pipe b "$input"
wm-parse "$input" >"$tmp/list" 2>/dev/null
ok "nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname b) <'$tmp/list'"
wm-diff -d "$(dbname c)" --format sql <"$tmp/list" >"$tmp/script"
ok "it is built as a script" psql -Xq1 -v ON_ERROR_STOP=1 -d "$(dbname c)" \
    -f "$tmp/script"
sql b "drop schema wm cascade" 2>/dev/null
sql c "drop schema wm cascade" 2>/dev/null
same_catalog b a "pipe and psql make the same"
same_catalog c a "so does the script"

# A release has an order of its own: no text says that an extension brings a
# type, or an operator class is a default.
mkdir "$tmp/release"
wm-release commit -C "$tmp/release" -Wno-init <"$tmp/list" >"$tmp/bundle"
is $? 0 "it is released"
newdb e
exits 0 "the release is built" bash -c "wm-diff -d $(dbname e) '$tmp/bundle' |
    wm-apply -d $(dbname e) >'$tmp/report'"
sql e "drop schema wm cascade" 2>/dev/null
same_catalog e a "and makes the same"

# What pg_dump writes leaves out what the server makes by itself.
pg_dump -s -d "$(dbname a)" >"$tmp/dump.sql"
parse_opts=(--owner)
ok "a dump is built" pipe d "$tmp/dump.sql"
wm-parse "${parse_opts[@]}" "$tmp/dump.sql" >"$tmp/list" 2>/dev/null
ok "and then nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname d) <'$tmp/list'"
sql d "drop schema wm cascade" 2>/dev/null
same_catalog d a "and makes the same"

# What a script renames has the last name from the beginning.
newdb e f
input=$TESTS/cli/wm-parse/sql-rename/all.sql
parse_opts=()
sqlfile e "$input" >"$tmp/out" 2>&1
is $? 0 "psql takes renames" || diag "$(tail -n 5 "$tmp/out")"
ok "they are built" pipe f "$input"
wm-parse "$input" >"$tmp/list" 2>/dev/null
ok "and nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname f) <'$tmp/list'"
sql f "drop schema wm cascade" 2>/dev/null
same_catalog f e "and makes the same"

# What a script makes gets the default privileges of that moment, in whatever
# order a release makes it.
cat >"$tmp/defaults.sql" <<'END'
create schema def;
create table def.before (a int);
alter default privileges in schema def grant select on tables to public;
create table def.after (a int);
create function def.f() returns int language sql as 'select 1';
alter default privileges in schema def revoke execute on functions from public;
alter default privileges revoke usage on types from public;
create type def.e as enum ('a');
alter default privileges grant execute on functions to public;
alter default privileges revoke execute on functions from public;
create procedure def.p() language sql as 'select 1';
create view def.v as select 1 as x;
create sequence def.s;
alter default privileges in schema def revoke select on tables from public;
create table def.last (a int);
alter default privileges grant usage on schemas to public;
create schema def2;
END
newdb a b c
sqlfile a "$tmp/defaults.sql"
parse_opts=()
ok "default privileges" pipe b "$tmp/defaults.sql"
mkdir "$tmp/release2"
wm-parse "$tmp/defaults.sql" | wm-release commit -C "$tmp/release2" \
    -Wno-init >"$tmp/bundle"
ok "and as a release" bash -c "wm-diff -d $(dbname c) '$tmp/bundle' |
    wm-apply -d $(dbname c) >'$tmp/report'"
sql b "drop schema wm cascade" 2>/dev/null
sql c "drop schema wm cascade" 2>/dev/null
same_catalog b a "default privileges: as psql makes it"
same_catalog c a "so does the release"
done_testing
