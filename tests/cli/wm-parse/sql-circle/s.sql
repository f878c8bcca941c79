create table a (id int primary key, b int, c int);
create table b (id int primary key, a int references a);
create table c (id int primary key);
alter table a add constraint a_b foreign key (b) references b;
alter table a add constraint a_c foreign key (c) references c;
comment on constraint a_b on a is 'closes the circle';
create function f(x int) returns int language sql as 'select g(x)';
create function g(x int) returns int language sql as 'select f(x)';
