create table t (a int);
/* what
