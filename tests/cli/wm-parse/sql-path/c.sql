create table c (a int);
