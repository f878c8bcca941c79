-- module first
create schema app;
create table app.t (a int, -- a comment, {not closed
	b text default '} \\ 🐘 $x [exit]');
comment on table app.t is 'text';
create function app.f(x int, y text default 'a,b') returns int language sql as $$ select eval(1) $$;
create operator app.=== (leftarg = app.t, rightarg = app.t, function = app.g);
-- module second
create view v as select * from app.t;
