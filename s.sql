-- renamed from: a
create table b (id int primary key);
