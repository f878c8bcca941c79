create table a (id serial);
alter table a rename to b;
