create table t (id int, old text);
do $$ begin
	if not exists (select from information_schema.columns
	    where table_name = 't' and column_name = 'name') then
		alter table t rename column old to name;
	end if;
	if exists (select 1 from pg_class where relname = 'nothing') then
		drop table nothing;
	elsif to_regclass('public.t') is not null then
		create index on t (name);
	else
		create table never (a int);
	end if;
end $$;
do language plpgsql $do$
declare
	v text;
	who text := coalesce(current_setting('app.who', true), 'public');
begin
	foreach v in array array['x', 'Y'] loop
		execute format('create table %I (kind text default %L)', 'in_' || v, v);
	end loop;
	for i in 1..2 loop
		execute 'create table n' || i || ' (a int)';
	end loop;
	for v in select unnest(array['n1', 'n2']) loop
		execute format('grant select on %I to %s', v, who);
	end loop;
	return;
	create table never (a int);
end $do$;
do $$ begin
	alter table t add column id int;
exception when duplicate_column then
	alter table t add column id2 int;
end $$;
do $$
declare r record;
begin
	for r in select * from t loop
		update t set id = r.id + 1 where id = r.id;
	end loop;
	if exists (select from t where id < 0) then
		raise exception 'negative';
	end if;
end $$;
