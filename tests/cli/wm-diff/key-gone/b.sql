create table a (n text);
create table b (x int, primary key (x));
create table c (id int, n text);
create table d (id int, n text primary key);
