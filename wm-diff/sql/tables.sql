-- Facts about tables that are to be altered.
--
-- $1 schemas, $2 names. One row a constraint (contype null: a table without
-- any), with its columns in order; rows and bytes are the planner's estimates.
-- Keys that a partition has through another table have the schema and name of
-- that one in root_sch and root.
with recursive above (conid, rootid) as (
    select oid, conparentid from pg_catalog.pg_constraint
      where conparentid <> 0 and contype in ('p', 'u')
        and conrelid in (select c.oid
          from unnest($1::text[], $2::text[]) as w(sch, nam)
          join pg_catalog.pg_namespace ns on ns.nspname = w.sch
          join pg_catalog.pg_class c on c.relnamespace = ns.oid
            and c.relname = w.nam)
    union all
    select a.conid, k.conparentid
      from above a
      join pg_catalog.pg_constraint k on k.oid = a.rootid
      where k.conparentid <> 0
)
select w.ord, c.oid::regclass::text as fq, k.contype, k.conname,
    array(select a.attname::text
        from unnest(k.conkey) with ordinality as u(num, i)
        join pg_catalog.pg_attribute a on a.attrelid = c.oid
          and a.attnum = u.num
        order by u.i) as cols,
    pg_catalog.obj_description(k.oid, 'pg_constraint') as comment,
    (select format('%I.%I', n.nspname, f.relname)
        from pg_catalog.pg_class f
        join pg_catalog.pg_namespace n on n.oid = f.relnamespace
        where f.oid = k.confrelid) as ref,
    o.nspname as root_sch, o.relname as root,
    greatest(c.reltuples, 0)::bigint as rows,
    pg_catalog.pg_table_size(c.oid) as bytes,
    c.relkind = 'p' or c.relhassubclass
      or pg_catalog.pg_relation_size(c.oid) > 0 as has_pages
  from unnest($1::text[], $2::text[]) with ordinality as w(sch, nam, ord)
  join pg_catalog.pg_namespace ns on ns.nspname = w.sch
  join pg_catalog.pg_class c on c.relnamespace = ns.oid and c.relname = w.nam
  left join pg_catalog.pg_constraint k on k.conrelid = c.oid
    and k.contype in ('p', 'u', 'c', 'f', 'x')
    and (k.conparentid = 0 or k.contype in ('p', 'u'))
  left join lateral (select n.nspname, t.relname
      from above a
      join pg_catalog.pg_constraint r on r.oid = a.rootid
        and r.conparentid = 0
      join pg_catalog.pg_class t on t.oid = r.conrelid
      join pg_catalog.pg_namespace n on n.oid = t.relnamespace
      where a.conid = k.oid) o on true
  order by w.ord, k.contype, k.conname
