create table t (a int);
create table if not exists t (a int);
create or replace view v as select 1;
create or replace view v as select 2;
create table public.t (b int);
