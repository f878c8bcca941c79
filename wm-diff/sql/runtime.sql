-- Partitions that no source has, of a table that is to be built anew: where they
-- stand, for the setting $1.
--
-- $2 the table as SQL names it, $3 these partitions, as SQL names them.
begin
  perform set_config($1, jsonb_build_object('key',
      pg_get_partkeydef($2::regclass), 'parts', coalesce(jsonb_agg(
        jsonb_build_object('name', name, 'up', up, 'bound', bound, 'spec',
          spec) order by level, name), '[]'))::text, true)
    from (
      select p.level, c.oid, format('%I.%I', n.nspname, c.relname) as name,
          format('%I.%I', m.nspname, u.relname) as up,
          pg_get_expr(c.relpartbound, c.oid) as bound,
          case c.relkind when 'p' then pg_get_partkeydef(c.oid) end as spec
        from pg_partition_tree($2::regclass) p
        join pg_class c on c.oid = p.relid
        join pg_namespace n on n.oid = c.relnamespace
        join pg_class u on u.oid = p.parentrelid
        join pg_namespace m on m.oid = u.relnamespace
    ) x
    where oid = any (array(select to_regclass(part)
      from unnest($3::text[]) part));
end
