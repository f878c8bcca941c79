create table u (id int);
do $$
declare r record;
begin
	for r in select tablename from pg_tables loop
		execute format('alter table %I enable row level security', r.tablename);
	end loop;
end $$;
do $$ begin
	if (select count(*) from u) > 3 then
		create table big (a int);
	end if;
end $$;
do $$ begin
	perform make_it();
end $$;
do $$ begin
	if exists (select from pg_roles where rolname = 'boss') then
		grant select on u to boss;
	end if;
end $$;
do $$ begin
	create table part (a int);
	create table u (a int);
exception when others then null;
end $$;
do language plperl 'elog(NOTICE, "x")';
do $$ begin
	if version() like '%15%' then return; end if;
	create table v (a int);
end $$;
