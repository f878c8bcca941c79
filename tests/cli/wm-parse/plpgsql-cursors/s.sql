-- What libpg_query's PL/pgSQL parser does not take by itself.
create table t (id int primary key, a text);
create table u (id int primary key);
create function by_loop() returns void language plpgsql as $$
declare
	c no scroll cursor (k int) for
		select id from t where id > k
		for update;
	plain cursor is select 1;
begin
	<<here>>
	for r in c (
	    k := 1)
	loop
		update u set id = r.id where current of c;
		for s in plain loop
			continue here;
		end loop;
	end loop;
end $$;
create function by_hand(inout rc refcursor, refcursor)
language plpgsql as $$
declare
	other alias for $2;
	c pg_catalog.refcursor;
	v record;
begin
	open rc for select a from t;
	open c scroll for execute 'select 1' using 3;
	fetch next from c into v;
	move backward 2 in c;
	if v is null then close c; end if;
	fetch other into v;
	open rc;
end $$;
create function in_quotes() returns int language plpgsql as
'declare c cursor for select a from t where a = ''x''; begin open c; close c; return 1; end';
create function rows(int, text) returns table (i int, s text)
language plpgsql as $$
declare
	n alias for $1;
	x text collate "C" := 'a';
	y text collate pg_catalog."C";
begin
	select id into i from u where id = n;
	return next;
	return query select id, a from t where a < x collate "C";
end $$;
do $$ declare c cursor for select 1; begin for r in c loop null; end loop; end $$;
