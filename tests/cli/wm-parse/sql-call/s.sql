create function add_all() returns void language plpgsql as $$ begin
 execute 'create table made (a int)'; alter table t add column b int; end $$;
create table t (a int);
select add_all();
create table aa (a int);
create view zz as select * from t;
create procedure p(text) language plpgsql as 'begin create table q (a int); end';
call public.p('t');
create table bb (a int);
select * from t, add_all();
select * from public.add_all() as x;
select * from generate_series(1, 2), t;
