create table ev (a int primary key) partition by range (a);
create table other (a int);
create index evi on ev (a);
do $$
declare r record;
begin
	create table ev_new (a int primary key) partition by range (a);
	for r in select relname from pg_class loop
		execute format('create table %I (a int)', r.relname || '_new');
	end loop;
	drop table ev;
	alter table ev_new rename to ev;
	drop table if exists nowhere;
	alter table other add column b int;
	alter table other drop column b, drop column a;
	drop index evi;
end $$;
alter table ev add column scope text;
