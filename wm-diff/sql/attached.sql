-- What hangs on columns of tables and is lost with a change of theirs: SQL
-- that makes it again, for all tables at once.
--
-- $1 schemas, $2 tables, $3 the same as SQL names them when it runs; $4 and $5
-- number of a table and name of a column of it that is dropped and made again;
-- $6 and $7 schemas and names of indexes that come back by themselves; $8 and
-- $9 like $4 and $5, of columns of another type. Targets of extended statistics
-- do not survive that, nor do names of partitions' indexes. One row a
-- statement, with the number of its table.
with recursive t as materialized (
    select w.ord, c.oid, w.fq, w.sch as nspname
      from unnest($1::text[], $2::text[], $3::text[])
        with ordinality as w(sch, nam, fq, ord)
      join pg_catalog.pg_class c on c.relname = w.nam
        and c.relnamespace = (select oid from pg_catalog.pg_namespace
          where nspname = w.sch)
), a as materialized (
    select a.*, t.ord, t.fq, t.nspname
      from unnest($4::bigint[], $5::text[]) as w(ord, nam)
      join t on t.ord = w.ord
      join pg_catalog.pg_attribute a on a.attrelid = t.oid
        and a.attname = w.nam and not a.attisdropped
), d as materialized (
    select distinct a.ord, a.nspname, d.classid, d.objid
      from a
      join pg_catalog.pg_depend d
        on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
), i as (
    select d.ord, i.indexrelid, d.nspname, c.relname
      from d
      join pg_catalog.pg_index i on i.indexrelid = d.objid
        and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      join pg_catalog.pg_class c on c.oid = i.indexrelid
      where not exists (select from unnest($6::text[], $7::text[])
          as back(sch, nam)
          where back.sch = d.nspname and back.nam = c.relname)
        and not exists (select from pg_catalog.pg_constraint k
          where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
), p as (
    select t.ord, 0 as level, h.inhrelid, h.inhparent
      from unnest($8::bigint[], $9::text[]) as w(ord, nam)
      join t on t.ord = w.ord
      join pg_catalog.pg_attribute a on a.attrelid = t.oid
        and a.attname = w.nam and not a.attisdropped
      join pg_catalog.pg_depend d
        on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
        and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      join pg_catalog.pg_index i on i.indexrelid = d.objid
      join pg_catalog.pg_inherits h on h.inhparent = i.indexrelid
    union
    select p.ord, p.level + 1, h.inhrelid, h.inhparent
      from p join pg_catalog.pg_inherits h on h.inhparent = p.inhrelid
), s as (
    select t.ord, s.oid, s.stxname, n.nspname,
        to_jsonb(s) ->> 'stxstattarget' as n, exists (select from d
          where d.ord = t.ord and d.objid = s.oid and d.classid
            = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass) as lost
      from t
      join pg_catalog.pg_statistic_ext s on s.stxrelid = t.oid
      join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
)
select ord, 1 as kind, pg_catalog.pg_get_indexdef(indexrelid) as sql from i
union all
select ord, 2, pg_catalog.pg_get_statisticsobjdef(oid) from s where lost
union all
select ord, 3, format('alter statistics %I.%I set statistics %s', nspname,
    stxname, n) from s where n <> '-1'
union all
select ord, 4, format('alter table %s alter column %I set statistics %s', fq,
    attname, attstattarget) from a where attstattarget <> -1
union all
-- what some servers keep there is not for them to be told
select ord, 5, format('alter table %s alter column %I set (%s)', fq, attname,
    o.list) from a cross join lateral (select string_agg(o, ', ') as list
      from unnest(attoptions) o where o !~ '^pg_attver=') o
  where o.list is not null
union all
select ord, 6, format('grant %s (%I) on %s to %s%s', lower(x.privilege_type),
    a.attname, a.fq, case x.grantee when 0 then 'public'
      else quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
    case when x.is_grantable then ' with grant option' else '' end)
  from a, aclexplode(a.attacl) x
union all
select ord, 7, format('comment on column %s.%I is %L', a.fq, a.attname,
    pg_catalog.col_description(a.attrelid, a.attnum))
  from a where pg_catalog.col_description(a.attrelid, a.attnum) is not null
union all
select ord, 7, format('comment on index %I.%I is %L', nspname, relname,
    pg_catalog.obj_description(indexrelid, 'pg_class'))
  from i
  where pg_catalog.obj_description(indexrelid, 'pg_class') is not null
union all
select ord, 7, format('comment on statistics %I.%I is %L', nspname, stxname,
    pg_catalog.obj_description(oid, 'pg_statistic_ext'))
  from s where lost
    and pg_catalog.obj_description(oid, 'pg_statistic_ext') is not null
union all
select p.ord, 8 + p.level, format($f$do $wm$declare
  made text := (select c.relname
    from pg_catalog.pg_inherits h
    join pg_catalog.pg_index i on i.indexrelid = h.inhrelid
    join pg_catalog.pg_class c on c.oid = h.inhrelid
    where h.inhparent = pg_catalog.to_regclass(%1$L)
      and i.indrelid = pg_catalog.to_regclass(%2$L));
begin
  if made <> %4$L then
    execute pg_catalog.format('alter index %%I.%%I rename to %%I', %3$L, made,
      %4$L);
  end if;
end$wm$$f$, format('%I.%I', un.nspname, u.relname), format('%I.%I',
    tn.nspname, t.relname), cn.nspname, c.relname)
  from p
  join pg_catalog.pg_class c on c.oid = p.inhrelid
  join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
  join pg_catalog.pg_class u on u.oid = p.inhparent
  join pg_catalog.pg_namespace un on un.oid = u.relnamespace
  join pg_catalog.pg_index i on i.indexrelid = c.oid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
union all
select p.ord, 1000, format('comment on index %I.%I is %L', n.nspname,
    c.relname, pg_catalog.obj_description(c.oid, 'pg_class'))
  from p
  join pg_catalog.pg_class c on c.oid = p.inhrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where pg_catalog.obj_description(c.oid, 'pg_class') is not null
order by 1, 2, 3
