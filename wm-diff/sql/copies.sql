-- Foreign keys that a partition has through its table.
--
-- $1 schema, $2 name of the partition
select k.conname as name
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_constraint p on p.oid = k.conparentid
    and p.conrelid <> k.conrelid
  join pg_catalog.pg_class t on t.oid = k.conrelid
  join pg_catalog.pg_namespace s on s.oid = t.relnamespace
  where s.nspname = $1 and t.relname = $2 and k.contype = 'f'
  order by 1;
