-- Indexes that a partition has through its table, other than those of
-- constraints.
--
-- $1 schema, $2 name of the partition
select n.nspname as schema, c.relname as name
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_inherits h on h.inhrelid = c.oid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  join pg_catalog.pg_namespace s on s.oid = t.relnamespace
  where s.nspname = $1 and t.relname = $2
    and not exists (select from pg_catalog.pg_constraint k
      where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
  order by 1, 2;
