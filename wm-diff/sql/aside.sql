-- Take a table that is to be built anew, and its partitions, out of the way:
-- names of indexes and of the tables themselves become free, sequences that
-- are not its own are let go.
--
-- $1 the table as SQL names it, $2 the name it gets, $3 columns whose
-- sequences go with it.
declare
  s text;
begin
  foreach s in array array(
    with member as (
      select $1::regclass as oid
      union
      select relid from pg_partition_tree($1::regclass)
    )
    select sql from (
      select 1 as ord, format('alter table %s detach partition %s',
          h.inhparent::regclass, h.inhrelid::regclass) as sql
        from pg_class c
        join pg_inherits h on h.inhrelid = c.oid
        where c.oid = $1::regclass and c.relispartition
      union all
      select 2, format('alter sequence %s owned by none', d.objid::regclass)
        from pg_attribute a
        join pg_depend d on d.refclassid = 'pg_class'::regclass
          and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
          and d.classid = 'pg_class'::regclass and d.deptype = 'a'
        join pg_class c on c.oid = d.objid and c.relkind = 'S'
        where a.attrelid = $1::regclass and a.attname <> all ($3::text[])
      union all
      select case k.contype when 'f' then 3 else 4 end,
          format('alter table %s drop constraint %I', k.conrelid::regclass,
            k.conname)
        from member m
        join pg_constraint k on k.conrelid = m.oid and k.conparentid = 0
          and k.contype in ('p', 'u', 'x', 'f')
      union all
      select 5, format('drop index %s', i.indexrelid::regclass)
        from member m
        join pg_index i on i.indrelid = m.oid
        where not exists (select from pg_inherits h
            where h.inhrelid = i.indexrelid)
          and not exists (select from pg_constraint k
            where k.conindid = i.indexrelid and k.conrelid = i.indrelid
              and k.contype in ('p', 'u', 'x'))
      union all
      select 6, format('drop statistics %I.%I', n.nspname, s.stxname)
        from member m
        join pg_statistic_ext s on s.stxrelid = m.oid
        join pg_namespace n on n.oid = s.stxnamespace
      union all
      select 7, format('alter table %s no force row level security',
          c.oid::regclass)
        from member m
        join pg_class c on c.oid = m.oid and c.relforcerowsecurity
      union all
      select 8, format('alter table %s rename to %I', c.oid::regclass,
          case c.oid when $1::regclass then $2 else 'wm old ' || c.oid end)
        from member m
        join pg_class c on c.oid = m.oid
    ) x order by ord, sql
  ) loop
    execute s;
  end loop;
end
