create schema app;
create schema ext;
create extension citext schema ext;
set search_path = app, ext, public;
create operator + (leftarg = point, rightarg = int, function = pt_add);
create operator <+> (leftarg = point, rightarg = int, function = pt_add);
create table t (id serial, e citext, p point,
	check (p + 1 is not null and p <+> 1 is not null));
create view v as with t as (select 1 as id) select t.id, x.e from t, t2 x;
do $$ begin
	create type mood as enum ('sad');
exception when duplicate_object then raise notice 'there'; end $$;
create table u (like t, m mood, n int default nextval('t_id_seq'));
create function f() returns bigint language sql as 'select count(*) from u';
create index on u (lower(e));
-- require: c.sql
create table w (a int);
begin;
set local search_path = 'no such';
rollback;
create table x (m mood);
\i d.sql
create table z (a int);
