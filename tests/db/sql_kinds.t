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
input=$TESTS/db/sql_renames.sql
parse_opts=()
sqlfile e "$input" >"$tmp/out" 2>&1
is $? 0 "psql takes renames" || diag "$(tail -n 5 "$tmp/out")"
ok "they are built" pipe f "$input"
wm-parse "$input" >"$tmp/list" 2>/dev/null
ok "and nothing is left to do" bash -c \
    "wm-diff --exit-code -d $(dbname f) <'$tmp/list'"
sql f "drop schema wm cascade" 2>/dev/null
same_catalog f e "and makes the same"
done_testing
