create table a (id int primary key, n text);
create table b (x int, y int, primary key (x, y));
create table c (id int primary key, n text);
create table d (id int primary key, n text);
