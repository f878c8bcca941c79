#!/bin/bash
# Roles belong to the whole server: wm-parse --roles takes them from a script,
# and a plan makes those that are missing and sets what is said of all.
. "$(dirname "$0")/../lib.sh"

# the databases first: privileges in them would keep the roles
trap 'rc=$?; cleanup; psql -Xqd postgres -c "drop role if exists wm_roles_a,
    wm_roles_b, wm_roles_c" >/dev/null 2>&1; exit $rc' EXIT

run() { # DB FILE
	wm-parse --roles "$2" >"$tmp/list" 2>"$tmp/err" &&
	    wm-diff --no-dictionary -d "$(dbname "$1")" "$tmp/list" \
		>"$tmp/plan" && wm-apply -d "$(dbname "$1")" "$tmp/plan" \
		>"$tmp/report"
}

idle() { # DB FILE
	wm-parse --roles "$2" | wm-diff --no-dictionary --exit-code \
	    -d "$(dbname "$1")" >"$tmp/plan"
}

seen() {
	psql -XAtqd postgres -c "select rolname, rolcanlogin, rolcreatedb,
	    rolconnlimit, rolconfig from pg_roles
	    where rolname like 'wm\_roles\__' order by 1" \
	    -c "select roleid::regrole, member::regrole, admin_option
	    from pg_auth_members where roleid::regrole::text ~ '^wm_roles_.$'
	    order by 1, 2"
}

newdb a b
cat >"$tmp/1.sql" <<'END'
drop role if exists wm_roles_a;
create role wm_roles_a;
alter role wm_roles_a with nosuperuser login connection limit 3;
alter role wm_roles_a set search_path to 'x', 'y';
create group wm_roles_b createdb;
create user wm_roles_c in role wm_roles_b connection limit 2 admin wm_roles_a;
comment on role wm_roles_a is 'one';
reassign owned by wm_roles_a to wm_roles_b;
grant wm_roles_b to wm_roles_a;
create table t (a int);
grant select on t to wm_roles_a, wm_roles_c;
END
want='wm_roles_a|t|f|3|{"search_path=x, y"}
wm_roles_b|f|t|-1|
wm_roles_c|t|f|2|
wm_roles_b|wm_roles_a|f
wm_roles_b|wm_roles_c|f
wm_roles_c|wm_roles_a|t'

psql -Xqd postgres -c 'create role wm_roles_b connection limit 9'
psql -Xqd postgres -c 'alter role wm_roles_b connection limit -1'
ok "one role is there already" run a "$tmp/1.sql"
is "$(seen)" "$want" "what is said of it is set; the others are made"
ok "the next diff is empty" idle a "$tmp/1.sql"
ok "another database of the server" run b "$tmp/1.sql"
is "$(seen)" "$want" "all roles were there: they are as they were"
is "$(sql b "select has_table_privilege('wm_roles_c', 't', 'select')")" t \
    "with their privileges"

sed 's/ login connection limit 3/ nologin connection limit 4/
    s/createdb/nocreatedb/
    s/^grant wm_roles_b to wm_roles_a;/grant wm_roles_b to wm_roles_a with admin option;/
    /set search_path/d' "$tmp/1.sql" >"$tmp/2.sql"
ok "options and memberships change" run a "$tmp/2.sql"
is "$(seen)" 'wm_roles_a|f|f|4|
wm_roles_b|f|f|-1|
wm_roles_c|t|f|2|
wm_roles_b|wm_roles_a|t
wm_roles_b|wm_roles_c|f
wm_roles_c|wm_roles_a|t' "in place"
ok "and the next diff is empty" idle a "$tmp/2.sql"

exits 1 "without --roles they are told" sh -c \
    "wm-parse '$tmp/1.sql' | jq -e '.objects | any(.obj_typ == \"role\")'"
is "$(sed 's/^.*left out: //' "$tmp/err")" \
    "9 statements about roles (--roles keeps them)" "in one note"
done_testing
