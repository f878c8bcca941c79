create table s.new (a int generated always as (1) virtual);
alter table s.new alter column a frobnicate;
create property graph g vertex tables (t);
do $$ begin perform f(); end $$;
select create_hypertable('t');
alter table nowhere add column x int;
comment on function pg_catalog.now() is 'time';
