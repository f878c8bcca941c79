do $$ begin
	if not exists (select from pg_class where relname = 'n2') then
		create table n2 (b int);
	end if;
	if exists (select from pg_attribute where attrelid = 'public.t'::regclass
	    and attname = 'name' and not attisdropped) then
		create view last as select name from t;
	end if;
end $$;
