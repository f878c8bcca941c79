#!/bin/bash
# Plain SQL from one version to the next, as the histories of real schemas have
# it: small cases of what was found there.
. "$(dirname "$0")/../lib.sh"

# What the two versions are, old and new, is in old.sql and new.sql.
built() { # NAME
	newdb a b
	cp "$tmp/old.sql" "$tmp/schema.sql"
	rm -f "$tmp/Wyseman.delta"
	ok "$1: built" pipe a "$tmp/schema.sql" || return
	cp "$tmp/new.sql" "$tmp/schema.sql"
	ok "$1: the new form" pipe b "$tmp/schema.sql"
}

upgraded() { # NAME
	ok "$1: upgraded" pipe a "$tmp/schema.sql" || return
	wm-parse "$tmp/schema.sql" >"$tmp/list" 2>/dev/null
	ok "$1: nothing is left to do" bash -c \
	    "wm-diff --exit-code -d $(dbname a) <'$tmp/list'"
	same_catalog a b "$1: equal to fresh"
	same_record a b "$1: and recorded so"
}

migrate() {
	(cd "$tmp" && wm-migrate "$@" >/dev/null)
}

# What is said of a column behind its table goes with it, or gets its new name.
cat >"$tmp/old.sql" <<'END'
create role wm_reader;
create table t (a int, b int, c text, d int constraint d_check check (d > 0));
comment on column t.b is 'b';
comment on column t.c is 'c';
comment on constraint d_check on t is 'd';
grant select (b, c) on t to wm_reader;
grant update (c) on t to wm_reader;
alter table t alter column c set (n_distinct = 5);
END
cat >"$tmp/new.sql" <<'END'
create table t (a int, cc text, d int);
comment on column t.cc is 'c';
grant select (cc) on t to wm_reader;
grant update (cc) on t to wm_reader;
alter table t alter column cc set (n_distinct = 5);
END
sed -i 1d "$tmp/old.sql"
sql_postgres() { psql -Xqc "$1" postgres 2>/dev/null; }
sql_postgres "create role wm_reader"
if built "said of columns"; then
	exits 4 "a column that vanished is asked about" pipe a \
	    "$tmp/schema.sql"
	migrate public.t drop b
	migrate public.t rename c to cc
	upgraded "said of columns"
	is "$(sql a "select col_description('t'::regclass, attnum)
	    from pg_attribute where attrelid = 't'::regclass and attname = 'cc'
	    ")" c "the comment is there"
fi

# The same of a table.
cat >"$tmp/old.sql" <<'END'
create table t (a int, b int);
comment on table t is 't';
comment on column t.b is 'b';
grant select on t to wm_reader;
alter table t enable row level security;
alter table t replica identity full;
END
sed 's/\bt\b/u/g; s/'"'u'"'/'"'t'"'/' "$tmp/old.sql" >"$tmp/new.sql"
if built "said of a table"; then
	migrate public.t rename table to u
	upgraded "said of a table"
fi
newdb a b
sql_postgres "drop role wm_reader"

# A schema is named, or is not: it is the same table above.
cat >"$tmp/old.sql" <<'END'
create table p (a int);
create table q (check (a > 0)) inherits (p);
alter table only q alter column a set default 1;
END
cat >"$tmp/new.sql" <<'END'
create table public.p (a int);
create table public.q (check (a > 0)) inherits (public.p);
alter table only public.q alter column a set default 1;
END
built "the schema of a table above" && upgraded "the schema of a table above"

# The server's own function is found first.
cat >"$tmp/old.sql" <<'END'
create extension pgcrypto schema public;
create table t (id uuid default gen_random_uuid(), x uuid default gen_random_uuid());
create index t_x on t (lower('a'));
END
sed 's/x uuid default gen/x uuid default public.gen/' "$tmp/old.sql" \
    >"$tmp/new.sql"
built "a function of public" && upgraded "a function of public"
cp "$tmp/new.sql" "$tmp/was.sql"
cp "$tmp/old.sql" "$tmp/new.sql"
cp "$tmp/was.sql" "$tmp/old.sql"
built "a function of the server" && upgraded "a function of the server"

# The hints name what the server can do.
cat >"$tmp/old.sql" <<'END'
create type e as enum ('1', '2');
create table t (a int, b int, c int, d int[], f e);
END
cat >"$tmp/new.sql" <<'END'
create type e as enum ('1', '2');
create table t (a inet, b bool, c e, d bigint[], f int);
END
if built "types without a cast"; then
	sql a "insert into t values (null, 0, 1, '{7}', '2')"
	exits 4 "they are refused" pipe a "$tmp/schema.sql"
	is "$(sed -n 's/^wm-diff: hint: //p' "$tmp/err")" "\
Declare it: wm-migrate public.t type a 'inet' using 'a::text::inet'
Declare it: wm-migrate public.t type b 'bool' using 'b::bool'
Declare it: wm-migrate public.t type c 'e' using 'c::text::e'
Declare it: wm-migrate public.t type f 'int' using 'f::text::int'" "by way of text, if need be"
	sed -n 's/^wm-diff: hint: Declare it: //p' "$tmp/err" >"$tmp/hints"
	(cd "$tmp" && bash -e hints >/dev/null)
	upgraded "types without a cast"
	is "$(sql a "select * from t")" "|f|1|{7}|2" "and the values are there"
fi

# A default, its sequence, and the type of the column go together.
cat >"$tmp/old.sql" <<'END'
create table s (id integer not null, x text);
create sequence s_id_seq;
alter sequence s_id_seq owned by s.id;
alter table only s alter column id set default nextval('s_id_seq'::regclass);
alter table only s add constraint s_pkey primary key (id);
END
cat >"$tmp/new.sql" <<'END'
create table s (id character varying, x text);
END
if built "a key becomes text"; then
	migrate public.s sql 'alter table public.s drop constraint s_pkey'
	upgraded "a key becomes text"
fi
done_testing
