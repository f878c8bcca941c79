begin;
create table kept (a int);
commit;
begin;
savepoint s;
create table meant (a int);
