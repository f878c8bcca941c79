-- what PostgreSQL takes, and the parser of bodies alone would not
create function next_table(q text) returns table (line text, n int)
language plpgsql as $$
declare
	c refcursor;
	k constant refcursor := 'name';
	q2 alias for $1;
begin
	open c for execute q2;
	loop
		fetch c into line;
		exit when not found;
		n := 'return next;';
		return next;
	end loop;
	close c;
	open k for select 1;
end $$;
create function next_out(out a int, out b int) returns setof record
language plpgsql as 'begin a := 1; b := ''2''; return next; return; end';
alter function next_out() cost 5;
-- and what neither takes
create function bad(q text) returns table (line text)
language plpgsql as $$
begin
	return next;
	return nxt;;
end if;
end $$;
