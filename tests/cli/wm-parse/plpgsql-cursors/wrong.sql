create function wrong() returns void language plpgsql as $$
declare
	c cursor for select 1;
begin
	for r in c loop
		open c;
		perform f(;
	end loop;
	if 1 then
end $$;
create function unquoted() returns void language plpgsql as $$
begin
	for r in d loop null; end loop;
end $$;
