do $$ begin
	create extension if not exists vector;
	create table emb (a int);
exception when others then
	raise notice 'none';
end $$;
do $$ begin
	create extension pgx;
exception when duplicate_object or undefined_file then null;
end $$;
do $$ begin
	create extension hstore;
exception when duplicate_object then null;
end $$;
do $$ begin
	if not exists (select from pg_extension where extname = 'citext') then
		create extension citext;
	end if;
end $$;
do $$ begin
	if exists (select from pg_available_extensions where name = 'pg_trgm') then
		create extension if not exists pg_trgm;
	end if;
end $$;
-- is there already, whatever the block says
create extension cube;
do $$ begin
	create extension if not exists cube;
exception when others then null;
end $$;
