-- Indexes and foreign keys that the server made by itself, and named: those of
-- partitions, and those of a foreign key that refers to a partitioned table.
--
-- $1 schemas, $2 names of tables. One row an object: ords are the numbers of
-- the tables above it that were asked for, and its own, from the top down;
-- kind is 'i' (index), 'f' (foreign key of a partition) or 'r' (of a table
-- itself, to a partition); cols are what its name is made of, behind 'c' for a
-- column, 'e' for an expression; root_* is what it comes from, ref_* the table
-- that it refers to.
with recursive w as materialized (
    select w.ord, c.oid
      from unnest($1::text[], $2::text[]) with ordinality
        as w(sch, nam, ord)
      join pg_catalog.pg_namespace n on n.nspname = w.sch
      join pg_catalog.pg_class c on c.relnamespace = n.oid
        and c.relname = w.nam
), tree as (
    select ord, oid, 0 as depth from w
    union all
    select t.ord, h.inhrelid, t.depth + 1
      from tree t
      join pg_catalog.pg_inherits h on h.inhparent = t.oid
      join pg_catalog.pg_class c on c.oid = h.inhrelid and c.relispartition
), rel as materialized (
    select oid, array_agg(ord order by depth desc) as ords
      from tree
      group by oid
), up as (
    select k.oid, k.conparentid
      from rel
      join pg_catalog.pg_constraint k on k.conrelid = rel.oid
        and k.contype = 'f' and k.conparentid <> 0
    union all
    select up.oid, k.conparentid
      from up
      join pg_catalog.pg_constraint k on k.oid = up.conparentid
        and k.conparentid <> 0
), obj as (
    select i.indrelid as rel, 'i' as kind, c.relname as name,
        case when i.indisprimary then 'pkey' when i.indisexclusion then 'excl'
          when exists (select from pg_catalog.pg_constraint k
            where k.conindid = c.oid and k.contype = 'u') then 'key'
          else 'idx' end as label,
        array(select case u.num when 0 then 'e' else 'c' end || a.attname
            from unnest(i.indkey) with ordinality as u(num, n)
            join pg_catalog.pg_attribute a on a.attrelid = case u.num
                when 0 then c.oid else i.indrelid end
              and a.attnum = case u.num when 0 then u.n else u.num end
            where not i.indisprimary
            order by u.n) as cols,
        rc.relnamespace as root_schema, rc.relname as root, 0::oid as ref
      from rel
      join pg_catalog.pg_index i on i.indrelid = rel.oid
      join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relispartition
      join pg_catalog.pg_class rc
        on rc.oid = pg_catalog.pg_partition_root(c.oid)
    union all
    select k.conrelid, case when k.conrelid = rk.conrelid then 'r' else 'f'
          end, k.conname, 'fkey',
        array(select 'c' || a.attname
            from unnest(k.conkey) with ordinality as u(num, n)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid
              and a.attnum = u.num
            order by u.n),
        rk.connamespace, rk.conname, k.confrelid
      from up
      join pg_catalog.pg_constraint k on k.oid = up.oid
      join pg_catalog.pg_constraint rk on rk.oid = up.conparentid
        and rk.conparentid = 0
)
select rel.ords, n.nspname as schema, c.relname as table, o.kind, o.name,
    o.label, o.cols, rn.nspname as root_schema, o.root, fn.nspname as
    ref_schema, f.relname as ref
  from obj o
  join rel on rel.oid = o.rel
  join pg_catalog.pg_class c on c.oid = o.rel
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_namespace rn on rn.oid = o.root_schema
  left join pg_catalog.pg_class f on f.oid = o.ref
  left join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
  order by n.nspname, c.relname, length(o.name), o.name
