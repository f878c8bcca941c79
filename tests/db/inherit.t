#!/bin/bash
# Changes of tables that inherit, of partitioned tables and of partitions; the
# cases are in inherit.cases, kinds.sh says how they are written.
. "$(dirname "$0")/../lib.sh"
. "$TESTS/db/kinds.sh"

run_cases "$TESTS/db/inherit.cases"

# A table and its partition are made anew: what was granted by their texts, and
# left these in the same change, is gone; what others granted stays.
newdb a
cat >"$tmp/schema.sql" <<'EOF'
create table p (a int) partition by list (a);
grant select, update on p to public;
create table p1 partition of p for values in (1);
grant select on p1 to public;
EOF
ok "grants on a partition: built" pipe a "$tmp/schema.sql"
sql a "grant insert on p, p1 to public"
sed -i -e 's/list (a)/range (a)/' -e 's/in (1)/from (1) to (2)/' \
    -e 's/select, update/update/' -e '/select on p1/d' "$tmp/schema.sql"
wm-parse "$tmp/schema.sql" | wm-diff --allow rebuild -d "$(dbname a)" |
    wm-apply -d "$(dbname a)" >/dev/null 2>"$tmp/err"
is "${PIPESTATUS[2]}" 0 "made anew without" || diag "$(cat "$tmp/err")"
is "$(sql a "select string_agg(relname || ' ' || lower(privilege_type), ', '
    order by relname, privilege_type) from pg_class, aclexplode(relacl) g
    where relname in ('p', 'p1') and grantee = 0")" \
    "p insert, p update, p1 insert" "those of others alone have stayed"

# The same with grants that are no part of the text.
newdb a
table() { # NAME PRIVILEGE TEXT DEPS
	printf '{"obj_typ": "table", "obj_nam": "%s", "module": "m",
	    "deps": [%s], "grants": ["table:%s|public|0|%s"],
	    "create": "create table %s %s;", "drop": "drop table %s;"}' \
	    "$1" "${4:-}" "$1" "$2" "$1" "$3" "$1"
}
granted() { # PRIVILEGE METHOD VALUES; the list of p and p1
	printf '{"format": "wm-objects/1", "objects": [%s,\n%s]}\n' \
	    "$(table p "$1" "(a int) partition by $2 (a)")" \
	    "$(table p1 "$1" "partition of p for values $3" '"table:p"')"
}
granted select list "in (1)" | wm-diff -d "$(dbname a)" |
    wm-apply -d "$(dbname a)" >/dev/null 2>"$tmp/err"
is "${PIPESTATUS[2]}" 0 "declared grants: built" || diag "$(cat "$tmp/err")"
granted insert range "from (1) to (2)" |
    wm-diff --allow rebuild -d "$(dbname a)" |
    wm-apply -d "$(dbname a)" >/dev/null 2>"$tmp/err"
is "${PIPESTATUS[2]}" 0 "made anew with others" || diag "$(cat "$tmp/err")"
is "$(sql a "select string_agg(relname || ' ' || lower(privilege_type), ', '
    order by relname, privilege_type) from pg_class, aclexplode(relacl) g
    where relname in ('p', 'p1') and grantee = 0")" \
    "p insert, p1 insert" "these are what there is"
done_testing
