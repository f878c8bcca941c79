-- what another file has made
alter table a rename to b;
