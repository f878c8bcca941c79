-- what belongs to an object becomes part of it, wherever it stands
comment on table t is 'first';
create table t (a int, b app.mood default app.f());
create schema app;
create type app.mood as enum ('x;', 'y''');
create function app.f() returns app.mood language sql as $q$
	select b from t; -- not a fault
$q$;
create view v as select a from t;
grant select on t, v to reader;
create index on t (a, lower(b::text));
alter index t_a_lower_idx set (fillfactor = 50);
create trigger z before insert on t for each row execute function app.g();
create function app.g() returns trigger language plpgsql as 'begin return new; end';
create operator app.=== (leftarg = t, rightarg = t, function = app.same);
create function app.same(t, public.t) returns bool language sql as 'select true';
alter table t disable trigger z;
