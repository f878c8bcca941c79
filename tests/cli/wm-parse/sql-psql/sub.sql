-- module second
create table sub (n int);
