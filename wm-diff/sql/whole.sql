-- Indexes that others are part of: $1 schemas, $2 names of these others, whose
-- number is ord.
select w.ord, n.nspname as schema, a.relname as name, t.relname as table
  from unnest($1::text[], $2::text[]) with ordinality as w(sch, nam, ord)
  join pg_catalog.pg_namespace s on s.nspname = w.sch
  join pg_catalog.pg_class c on c.relnamespace = s.oid and c.relname = w.nam
    and c.relkind in ('i', 'I')
  join pg_catalog.pg_inherits h on h.inhrelid = c.oid
  join pg_catalog.pg_class a on a.oid = h.inhparent
  join pg_catalog.pg_namespace n on n.oid = a.relnamespace
  join pg_catalog.pg_index i on i.indexrelid = a.oid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  order by w.ord
