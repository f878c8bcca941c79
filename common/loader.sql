-- What an older Wyseman's runtime calls when it loads schema-N.json: it writes
-- the bundle's objects into wm.objects, by SQL of its own, and then has these
-- functions build them.  A bundle's boot is boot.sql and this.
--
-- Names, arguments and results are those of the older Wyseman's functions, so
-- that they take their place in a database that has them.  Nothing here is used
-- by the wm tools, and nothing here moves the rows of a table: where a table
-- that has some would have to go, it is refused.

-- The older Wyseman lets triggers drop what leaves the record.  Here the record
-- is kept by whoever writes it.
drop trigger if exists objects_tr_bd on wm.objects;
drop trigger if exists releases_tr on wm.releases;
drop function if exists wm.objects_tf_bd();
drop function if exists wm.releases_tf();

-- Resolve the dependencies of new objects of the working release: the names
-- that the source has, in deps, become type:name in ndeps.
create or replace function wm.check_deps() returns boolean
language plpgsql
as $$
declare
	nxt int := wm.next();
	bad record;
begin
	with cur as (
		select o.obj_typ || ':' || o.obj_nam as key, o.obj_nam
		from wm.objects o
		where nxt between o.min_rel and o.max_rel
		and o.obj_ver > 0
	)
	select o.obj_typ || ':' || o.obj_nam as key, d.name, n.n
	into bad
	from wm.objects o
	cross join lateral unnest(o.deps) d (name)
	cross join lateral (
		select case when exists (select from cur where cur.key = d.name)
			then 1 else count(*) end as n
		from cur
		where cur.obj_nam = d.name
	) n
	where o.checkit
	and nxt between o.min_rel and o.max_rel
	and n.n <> 1
	order by 1, 2
	limit 1;
	if found then
		raise exception 'object "%" depends on "%", which % of this release',
			bad.key, bad.name, case bad.n when 0 then 'is no object'
			else 'are ' || bad.n || ' objects' end;
	end if;

	update wm.objects o set
		checkit = false,
		ndeps = array(
			select coalesce(
				(select c.obj_typ || ':' || c.obj_nam
				from wm.objects c
				where c.obj_typ || ':' || c.obj_nam = d.name
				and c.obj_ver > 0
				and nxt between c.min_rel and c.max_rel),
				(select c.obj_typ || ':' || c.obj_nam
				from wm.objects c
				where c.obj_nam = d.name
				and c.obj_ver > 0
				and nxt between c.min_rel and c.max_rel))
				collate "C"
			from unnest(o.deps) d (name)
			order by 1)
	where o.checkit
	and nxt between o.min_rel and o.max_rel;
	return true;
end;
$$;
revoke all on function wm.check_deps() from public;

-- Depth of each of some objects, TYPE:NAME, in the dependencies among them: 0
-- where it has none.
create or replace function wm.depths(
	objs text[],
	out object text,
	out depth int
) returns setof record
language plpgsql
as $$
declare
	nxt int := wm.next();
	todo text[] := objs;
	ready text[];
	level int := 0;
begin
	while todo <> '{}' loop
		ready := array(
			select t
			from unnest(todo) t
			where not exists (
				select
				from wm.objects o, unnest(o.ndeps) d
				where o.obj_typ || ':' || o.obj_nam = t
				and (o.built or o.obj_ver > 0
					and nxt between o.min_rel and o.max_rel)
				and d = any (todo) and d <> t));
		if ready = '{}' then
			raise exception 'objects depend on each other in a circle: %',
				array_to_string(todo, ', ');
		end if;
		return query select r, level from unnest(ready) r;
		todo := array(select t from unnest(todo) t where t <> all (ready));
		level := level + 1;
	end loop;
end;
$$;
revoke all on function wm.depths(text[]) from public;

-- Drop what is built of some objects and of all that depends on them; the last
-- comes first.
create or replace function wm.make_drop(objs text[]) returns void
language plpgsql
as $$
declare
	o record;
	keys text[];
	full_table boolean;
begin
	keys := array(
		with recursive hit (object) as (
			select k from unnest(objs) k
			union
			select u.obj_typ || ':' || u.obj_nam
			from hit h
			join wm.objects u on h.object = any (u.ndeps)
			where u.built
		)
		select h.object
		from hit h
		where exists (select from wm.objects u where u.built
			and u.obj_typ || ':' || u.obj_nam = h.object));
	for o in
		select u.obj_typ, u.obj_nam, u.obj_ver, u.drp_sql
		from wm.depths(keys) d
		join wm.objects u on u.built
			and u.obj_typ || ':' || u.obj_nam = d.object
		order by d.depth desc, u.obj_nam collate "C" desc
	loop
		if o.obj_typ = 'table' and to_regclass(o.obj_nam) is not null then
			execute format('select exists (select from %s)',
				to_regclass(o.obj_nam)) into full_table;
			if full_table then
				raise exception 'table "%" has rows, and would have to be made again',
					o.obj_nam
				using hint = 'Upgrade this database with: wm-diff schema-N.json | wm-apply';
			end if;
		end if;
		execute o.drp_sql;
		update wm.objects u set built = false, build =
			u.obj_ver > 0 and wm.next() between u.min_rel and u.max_rel
		where (u.obj_typ, u.obj_nam, u.obj_ver)
			= (o.obj_typ, o.obj_nam, o.obj_ver);
	end loop;
end;
$$;
revoke all on function wm.make_drop(text[]) from public;

-- Create one object with its grants.
create or replace function wm.make_create(obj wm.objects) returns void
language plpgsql
as $$
declare
	part text[];
	role text;
begin
	execute obj.crt_sql;
	for part in select string_to_array(g, '|') from unnest(obj.grants) g loop
		role := 'public';
		if part[2] <> 'public' then
			role := part[2] || '_' || part[3];
			perform wm.create_role(role);
			role := quote_ident(role);
		end if;
		execute format('grant %s on %s %s to %s', part[4],
			case split_part(part[1], ':', 1) when 'view' then 'table'
				when 'function' then 'routine'
				else split_part(part[1], ':', 1) end,
			substr(part[1], strpos(part[1], ':') + 1), role);
	end loop;
	update wm.objects o set built = true, build = false, checkit = false,
		del_idx = coalesce(array_length(o.delta, 1), 0)
	where (o.obj_typ, o.obj_nam, o.obj_ver)
		= (obj.obj_typ, obj.obj_nam, obj.obj_ver);
end;
$$;
revoke all on function wm.make_create(wm.objects) from public;

-- Drop and create objects of the working release.
--
-- objs  TYPE:NAME; null: those that the record marks as to be built
-- drp   drop them, with what depends on them
-- crt   create them, with what was dropped
--
-- Returns how many were created.  A dependency that the source does not declare
-- makes an object fail before its turn: it gets another one.
create or replace function wm.make(
	objs text[],
	drp boolean default true,
	crt boolean default true
) returns int
language plpgsql
as $$
declare
	nxt int := wm.next();
	bodies text := current_setting('check_function_bodies');
	todo text[];
	later text[];
	one wm.objects;
	made int := 0;
	why text;
begin
	if objs is null then
		objs := array(
			select o.obj_typ || ':' || o.obj_nam
			from wm.objects o
			where o.build and o.obj_ver > 0
			and nxt between o.min_rel and o.max_rel);
	end if;
	if drp then
		perform wm.make_drop(objs);
	end if;
	if not crt then
		return 0;
	end if;

	-- bodies may name what is made later
	perform set_config('check_function_bodies', 'off', true);
	todo := array(
		select d.object
		from wm.depths(array(
			select o.obj_typ || ':' || o.obj_nam
			from wm.objects o
			where not o.built and o.obj_ver > 0
			and nxt between o.min_rel and o.max_rel
			and (drp and o.build
				or o.obj_typ || ':' || o.obj_nam = any (objs)))) d
		order by d.depth,
			substr(d.object, strpos(d.object, ':') + 1) collate "C");
	while todo <> '{}' loop
		later := '{}';
		why := null;
		for i in 1 .. array_length(todo, 1) loop
			select o.* into one
			from wm.objects o
			where o.obj_typ || ':' || o.obj_nam = todo[i]
			and o.obj_ver > 0
			and nxt between o.min_rel and o.max_rel;
			begin
				perform wm.make_create(one);
				made := made + 1;
			exception when undefined_table or undefined_function
				or undefined_object or undefined_column
				or invalid_schema_name or undefined_parameter then
				later := later || todo[i];
				why := coalesce(why, todo[i] || ': ' || sqlerrm);
			end;
		end loop;
		if later = todo then
			raise exception 'object "%"', why;
		end if;
		todo := later;
	end loop;
	perform set_config('check_function_bodies', bodies, true);
	return made;
end;
$$;
revoke all on function wm.make(text[], boolean, boolean) from public;

-- Take the objects that were written as version 0 into the working release:
-- equal to what is there, or its next version.
--
-- orph  what their modules had, and no longer have, goes
create or replace function wm.check_drafts(orph boolean default false)
returns boolean
language plpgsql
as $$
declare
	nxt int := wm.next();
	gone text[];
	new wm.objects;
	old wm.objects;
	is_new boolean;
begin
	if orph then
		gone := array(
			select o.obj_typ || ':' || o.obj_nam
			from wm.objects o
			where o.obj_ver > 0
			and (o.built or nxt between o.min_rel and o.max_rel)
			and o.module in (select d.module from wm.objects d
				where d.obj_ver = 0)
			and not exists (select from wm.objects d
				where (d.obj_typ, d.obj_nam, d.obj_ver)
					= (o.obj_typ, o.obj_nam, 0)));
		perform wm.make_drop(gone);
		delete from wm.objects o
		where o.obj_typ || ':' || o.obj_nam = any (gone)
		and o.min_rel >= nxt;
		update wm.objects o
		set max_rel = nxt - 1, build = false, built = false
		where o.obj_typ || ':' || o.obj_nam = any (gone)
		and o.max_rel >= nxt;
	end if;

	for new in select o.* from wm.objects o where o.obj_ver = 0 loop
		select o.* into old
		from wm.objects o
		where (o.obj_typ, o.obj_nam) = (new.obj_typ, new.obj_nam)
		and o.obj_ver > 0
		order by o.obj_ver desc
		limit 1;
		is_new := not found or old.max_rel < nxt;
		if not is_new and (old.crt_sql, old.drp_sql, old.deps, old.col_data,
			old.grants, old.module) is not distinct from (new.crt_sql,
			new.drp_sql, new.deps, new.col_data, new.grants, new.module)
		then
			delete from wm.objects o
			where (o.obj_typ, o.obj_nam, o.obj_ver)
				= (new.obj_typ, new.obj_nam, 0);
			continue;
		end if;
		if not is_new and old.min_rel >= nxt then
			-- the version that is worked on changes
			perform wm.make_drop(array[new.obj_typ || ':' || new.obj_nam]);
			delete from wm.objects o
			where (o.obj_typ, o.obj_nam, o.obj_ver)
				= (old.obj_typ, old.obj_nam, old.obj_ver);
			old.obj_ver := old.obj_ver - 1;
		elsif not is_new then
			update wm.objects o
			set max_rel = nxt - 1, checkit = false, build = false
			where (o.obj_typ, o.obj_nam, o.obj_ver)
				= (old.obj_typ, old.obj_nam, old.obj_ver);
		end if;
		update wm.objects o
		set obj_ver = coalesce(old.obj_ver, 0) + 1, checkit = true,
			build = true, mod_date = current_timestamp
		where (o.obj_typ, o.obj_nam, o.obj_ver)
			= (new.obj_typ, new.obj_nam, 0);
	end loop;
	return true;
end;
$$;
revoke all on function wm.check_drafts(boolean) from public;
