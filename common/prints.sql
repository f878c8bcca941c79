-- Fingerprints of what the catalog holds: a plan of wm-diff --adopt or --drift
-- takes them, wm-apply keeps them up to date from then on, and wm-diff --drift
-- tells by them at once whether somebody else has changed anything.
--
-- An object's print is made of its own rows in the catalog, object numbers
-- included: it stays when something else is renamed, and is another one in a
-- copy of the database that was restored from a dump.  Columns, constraints,
-- indexes, triggers, rules and policies count as part of their table; what
-- belongs to an extension has no print.

create table if not exists wm.prints (
	classid		oid not null,
	objid		oid not null,
	print		numeric not null,
	primary key (classid, objid)
);

-- What nothing in the record was about when fingerprints were last taken of all
-- there was: wm-diff --drift tells of it again.
create table if not exists wm.others (
	obj_typ		text not null,
	obj_nam		text not null,
	primary key (obj_typ, obj_nam)
);

create or replace function wm.prints_now()
returns table (classid oid, objid oid, print numeric)
language plpgsql stable
-- few rows are ours, and statistics of catalogs do not say so
set enable_seqscan = off
set jit = off
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
return query
with part (classid, objid, h) as (
	select 'pg_class'::regclass::oid, c.oid, hashtextextended(concat_ws(
		' ', c.relname, c.relnamespace, c.reloftype, c.relowner, c.relam,
		c.reltablespace, c.relpersistence, c.relkind, c.relrowsecurity,
		c.relforcerowsecurity, c.relreplident, c.relispartition,
		c.relacl, c.reloptions, c.relpartbound, t.reloptions), 1)
	from pg_class c
	left join pg_class t on t.oid = c.reltoastrelid
	where c.oid >= 16384 and c.relkind not in ('t', 'i', 'I')
	and c.relpersistence <> 't'
	union all
	-- some releases keep a position in the WAL among the options
	select 'pg_class'::regclass, a.attrelid, hashtextextended(
		case when a.attoptions is null then a::text
		else regexp_replace(a::text, 'pg_attver=[^,}"]*', '') end, 2)
	from pg_attribute a
	where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped
	union all
	select 'pg_class'::regclass, d.adrelid, hashtextextended(concat_ws(
		' ', d.adnum, d.adbin), 3)
	from pg_attrdef d
	union all
	select 'pg_class'::regclass, i.indrelid, hashtextextended(concat_ws(
		' ', c.relname, c.relam, c.reloptions, c.reltablespace, i), 4)
	from pg_index i
	join pg_class c on c.oid = i.indexrelid
	where i.indrelid >= 16384
	union all
	select case o.conrelid when 0 then 'pg_type' else 'pg_class'
		end::regclass, coalesce(nullif(o.conrelid, 0), o.contypid),
		hashtextextended(o::text, 5)
	from pg_constraint o
	where o.oid >= 16384
	union all
	select 'pg_class'::regclass, t.tgrelid, hashtextextended(t::text, 6)
	from pg_trigger t
	where not t.tgisinternal
	union all
	select 'pg_class'::regclass, r.ev_class, hashtextextended(concat_ws(
		' ', r.rulename, r.ev_type, r.ev_enabled, r.is_instead,
		r.ev_qual, hashtextextended(r.ev_action::text, 0)), 7)
	from pg_rewrite r
	where r.oid >= 16384
	union all
	select 'pg_class'::regclass, p.polrelid, hashtextextended(p::text, 8)
	from pg_policy p
	union all
	select 'pg_class'::regclass, i.inhrelid, hashtextextended(concat_ws(
		' ', i.inhparent, i.inhseqno), 9)
	from pg_inherits i
	where i.inhrelid >= 16384
	union all
	select 'pg_class'::regclass, s.seqrelid, hashtextextended(s::text, 10)
	from pg_sequence s
	union all
	select 'pg_class'::regclass, f.ftrelid, hashtextextended(f::text, 11)
	from pg_foreign_table f
	union all
	select 'pg_class'::regclass, p.partrelid, hashtextextended(p::text, 12)
	from pg_partitioned_table p
	union all
	select 'pg_class'::regclass, s.stxrelid, hashtextextended(s::text, 13)
	from pg_statistic_ext s
	union all
	select 'pg_proc'::regclass, p.oid, hashtextextended(p::text, 14)
	from pg_proc p
	where p.oid >= 16384
	union all
	select 'pg_proc'::regclass, a.aggfnoid, hashtextextended(a::text, 15)
	from pg_aggregate a
	where a.aggfnoid >= 16384
	union all
	-- row types and arrays come and go with what they are of
	select 'pg_type'::regclass, t.oid, hashtextextended(t::text, 16)
	from pg_type t
	where t.oid >= 16384 and t.typtype <> 'c'
	and not (t.typcategory = 'A' and t.typelem <> 0)
	union all
	select 'pg_type'::regclass, e.enumtypid, hashtextextended(concat_ws(
		' ', e.enumsortorder, e.enumlabel), 17)
	from pg_enum e
	union all
	select 'pg_type'::regclass, r.rngtypid, hashtextextended(r::text, 18)
	from pg_range r
	where r.rngtypid >= 16384
	union all
	select 'pg_namespace'::regclass, n.oid, hashtextextended(n::text, 19)
	from pg_namespace n
	where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	union all
	select 'pg_operator'::regclass, o.oid, hashtextextended(o::text, 20)
	from pg_operator o
	where o.oid >= 16384
	union all
	select 'pg_opclass'::regclass, o.oid, hashtextextended(o::text, 21)
	from pg_opclass o
	where o.oid >= 16384
	union all
	select 'pg_opfamily'::regclass, o.oid, hashtextextended(o::text, 22)
	from pg_opfamily o
	where o.oid >= 16384
	union all
	select 'pg_opfamily'::regclass, o.amopfamily, hashtextextended(o::text, 23)
	from pg_amop o
	where o.oid >= 16384
	union all
	select 'pg_opfamily'::regclass, o.amprocfamily, hashtextextended(o::text, 24)
	from pg_amproc o
	where o.oid >= 16384
	union all
	select 'pg_cast'::regclass, c.oid, hashtextextended(c::text, 25)
	from pg_cast c
	where c.oid >= 16384
	union all
	select 'pg_collation'::regclass, c.oid, hashtextextended(c::text, 26)
	from pg_collation c
	where c.oid >= 16384
	union all
	select 'pg_conversion'::regclass, c.oid, hashtextextended(c::text, 27)
	from pg_conversion c
	where c.oid >= 16384
	union all
	select 'pg_ts_config'::regclass, c.oid, hashtextextended(c::text, 28)
	from pg_ts_config c
	where c.oid >= 16384
	union all
	select 'pg_ts_config'::regclass, m.mapcfg, hashtextextended(m::text, 29)
	from pg_ts_config_map m
	where m.mapcfg >= 16384
	union all
	select 'pg_ts_dict'::regclass, c.oid, hashtextextended(c::text, 30)
	from pg_ts_dict c
	where c.oid >= 16384
	union all
	select 'pg_ts_parser'::regclass, c.oid, hashtextextended(c::text, 31)
	from pg_ts_parser c
	where c.oid >= 16384
	union all
	select 'pg_ts_template'::regclass, c.oid, hashtextextended(c::text, 32)
	from pg_ts_template c
	where c.oid >= 16384
	union all
	select 'pg_language'::regclass, l.oid, hashtextextended(l::text, 33)
	from pg_language l
	where l.oid >= 16384
	union all
	select 'pg_transform'::regclass, t.oid, hashtextextended(t::text, 34)
	from pg_transform t
	union all
	select 'pg_am'::regclass, a.oid, hashtextextended(a::text, 35)
	from pg_am a
	where a.oid >= 16384
	union all
	select 'pg_extension'::regclass, x.oid, hashtextextended(x::text, 36)
	from pg_extension x
	where x.oid >= 16384
	union all
	select 'pg_foreign_data_wrapper'::regclass, w.oid, hashtextextended(
		w::text, 37)
	from pg_foreign_data_wrapper w
	union all
	select 'pg_foreign_server'::regclass, s.oid, hashtextextended(s::text,
		38)
	from pg_foreign_server s
	union all
	select 'pg_foreign_server'::regclass, u.srvid, hashtextextended(
		concat_ws(' ', u.umuser, u.umoptions), 39)
	from pg_user_mappings u
	union all
	select 'pg_event_trigger'::regclass, e.oid, hashtextextended(e::text,
		40)
	from pg_event_trigger e
	union all
	select 'pg_publication'::regclass, p.oid, hashtextextended(p::text, 41)
	from pg_publication p
	union all
	select 'pg_publication'::regclass, r.prpubid, hashtextextended(r::text, 42)
	from pg_publication_rel r
	union all
	select 'pg_default_acl'::regclass, d.oid, hashtextextended(d::text, 43)
	from pg_default_acl d
	union all
	select c.classoid, c.objoid, hashtextextended(concat_ws(' ',
		c.objsubid, c.description), 44)
	from pg_description c
	where c.objoid >= 16384 and c.classoid in ('pg_class'::regclass,
		'pg_proc'::regclass, 'pg_type'::regclass,
		'pg_namespace'::regclass, 'pg_operator'::regclass)
	union all
	select l.classoid, l.objoid, hashtextextended(concat_ws(' ',
		l.objsubid, l.provider, l.label), 45)
	from pg_seclabel l
)
select p.classid, p.objid, sum(p.h)
from part p
where not exists (select from pg_depend e where e.classid = p.classid
	and e.objid = p.objid and e.deptype = 'e')
group by p.classid, p.objid;
end;
$$;
revoke all on function wm.prints_now() from public;
