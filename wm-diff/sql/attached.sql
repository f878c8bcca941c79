-- What hangs on columns of a table and is lost with a change of theirs: SQL
-- that makes it again.
--
-- $1 schema, $2 table, $3 columns that are dropped and made again, $4 names of
-- indexes that come back by themselves. Targets of extended statistics do not
-- survive a change of type.
with t as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as fq, n.nspname
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2
), a as (
    select a.*, t.fq, t.nspname
      from t
      join pg_catalog.pg_attribute a on a.attrelid = t.oid
        and a.attname = any ($3::text[]) and not a.attisdropped
), d as (
    select distinct d.classid, d.objid
      from a
      join pg_catalog.pg_depend d
        on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
), i as (
    select i.indexrelid, c.relname
      from d
      join pg_catalog.pg_index i on i.indexrelid = d.objid
        and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      join pg_catalog.pg_class c on c.oid = i.indexrelid
      where c.relname <> all ($4::text[])
        and not exists (select from pg_catalog.pg_constraint k
          where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
), s as (
    select s.oid, s.stxname, n.nspname, to_jsonb(s) ->> 'stxstattarget' as n,
        d.objid is not null as lost
      from t
      join pg_catalog.pg_statistic_ext s on s.stxrelid = t.oid
      join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
      left join d on d.objid = s.oid
        and d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
)
select 1 as ord, pg_catalog.pg_get_indexdef(indexrelid) as sql from i
union all
select 2, pg_catalog.pg_get_statisticsobjdef(oid) from s where lost
union all
select 3, format('alter statistics %I.%I set statistics %s', nspname, stxname,
    n) from s where n <> '-1'
union all
select 4, format('alter table %s alter column %I set statistics %s', fq,
    attname, attstattarget) from a where attstattarget <> -1
union all
select 5, format('alter table %s alter column %I set (%s)', fq, attname,
    array_to_string(attoptions, ', ')) from a where attoptions is not null
union all
select 6, format('grant %s (%I) on %s to %s%s', lower(x.privilege_type),
    a.attname, a.fq, case x.grantee when 0 then 'public'
      else quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
    case when x.is_grantable then ' with grant option' else '' end)
  from a, aclexplode(a.attacl) x
union all
select 7, format('comment on column %s.%I is %L', a.fq, a.attname,
    pg_catalog.col_description(a.attrelid, a.attnum))
  from a where pg_catalog.col_description(a.attrelid, a.attnum) is not null
union all
select 7, format('comment on index %I.%I is %L', t.nspname, i.relname,
    pg_catalog.obj_description(i.indexrelid, 'pg_class'))
  from t, i
  where pg_catalog.obj_description(i.indexrelid, 'pg_class') is not null
union all
select 7, format('comment on statistics %I.%I is %L', nspname, stxname,
    pg_catalog.obj_description(oid, 'pg_statistic_ext'))
  from s where lost
    and pg_catalog.obj_description(oid, 'pg_statistic_ext') is not null
order by 1, 2
