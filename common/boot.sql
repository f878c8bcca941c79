-- The record that the wm tools keep inside a database: which releases exist,
-- and which objects each release consists of.
--
-- Safe to run again on a database that already has it.  Needs CREATE on the
-- database and nothing else; an ordinary role becomes owner of all of it.
-- What the tools decide is decided outside, in C: so there are no triggers
-- here, and no language beyond SQL and PL/pgSQL.

create schema if not exists wm;
grant usage on schema wm to public;

-- One row per release.  The highest number is the one being worked on and
-- has no commit time.  sver_2 holds nothing; its presence tells that the older
-- Wyseman's record has its second layout, which is this one.
create table if not exists wm.releases (
	release		int primary key default 1 check (release > 0),
	committed	timestamptz(3),
	sver_2		int
);
insert into wm.releases (release) values (1) on conflict do nothing;

-- The release being worked on.
create or replace function wm.next() returns int
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$ select coalesce(max(r.release), 1) from wm.releases r $$;
revoke all on function wm.next() from public;

-- The newest release that was committed; null before the first commit.
create or replace function wm.last() returns int
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
	select max(r.release) from wm.releases r where r.committed is not null
$$;
revoke all on function wm.last() from public;

-- One row per version of an object.  A version is valid from release min_rel
-- to max_rel; the current one has max_rel = wm.next().
--
-- deps      dependencies as the source names them; ndeps the same, resolved
--           to type:name
-- grants    TYPE:NAME|GROUP|LEVEL|privilege
-- col_data  of views: pri,COL,... (first, if at all) and
--           nat,COL,TABLE,NATIVECOL
-- delta     declared migrations; del_idx counts those already run
-- checkit, build and built are the older engine's marks: deps still to be
-- resolved, still to be built, exists in this database
create table if not exists wm.objects (
	obj_typ		text not null,
	obj_nam		text not null,
	obj_ver		int not null default 0,
	checkit		boolean default true,
	build		boolean default true,
	built		boolean default false,
	module		text not null,
	deps		text[] not null,
	ndeps		text[],
	grants		text[] not null default '{}',
	col_data	text[] not null default '{}',
	delta		text[] not null default '{}',
	del_idx		int not null default 0,
	crt_sql		text not null,
	drp_sql		text not null,
	min_rel		int default wm.next() references wm.releases
			check (min_rel <= max_rel),
	max_rel		int default wm.next() references wm.releases,
	crt_date	timestamp(0) default current_timestamp,
	mod_date	timestamp(0) default current_timestamp,
	primary key (obj_typ, obj_nam, obj_ver)
);

-- Make a role unless it exists, and let it have the privileges of others.
-- Schemas call this from their own SQL, with these argument types.
--
-- grp   role name, taken as it is: it is quoted here
-- subs  roles whose privileges grp is to have; they must exist
--
-- Returns whether the role was made.  Roles belong to the whole cluster, so
-- another session, of whatever database, may make the same one meanwhile.
create or replace function wm.create_role(grp text, subs text[] default '{}')
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
	made boolean := false;
	sub text;
begin
	if not exists (select from pg_roles where rolname = grp::name) then
		begin
			execute format('create role %I', grp);
			made := true;
		exception when duplicate_object or unique_violation then
			null;
		end;
	end if;
	foreach sub in array coalesce(subs, '{}') loop
		if not exists (
			select
			from pg_auth_members m
			join pg_roles held on held.oid = m.roleid
			join pg_roles holder on holder.oid = m.member
			where held.rolname = sub::name
			and holder.rolname = grp::name
		) then
			begin
				execute format('grant %I to %I', sub, grp);
			exception when unique_violation then
				null;
			end;
		end if;
	end loop;
	return made;
end;
$$;
revoke all on function wm.create_role(text, text[]) from public;

\ir prints.sql
