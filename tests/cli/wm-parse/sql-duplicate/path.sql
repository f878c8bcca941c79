set search_path = app, public;
create table t (a int);
create table app.u (a int);
