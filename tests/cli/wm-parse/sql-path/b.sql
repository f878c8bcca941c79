create table t (a int);
set search_path = lone;
create table t2 (a int);
set search_path to default;
create table t3 (a int);
