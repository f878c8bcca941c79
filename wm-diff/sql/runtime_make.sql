-- Partitions that no source has are made again, where the new table is
-- partitioned as the old one was; see runtime.sql.
--
-- $1 the setting, $2 the new table as SQL names it.
declare
  "wm part" record;
begin
  if pg_get_partkeydef($2::regclass) = current_setting($1)::jsonb ->> 'key'
  then
    for "wm part" in
      select *
        from jsonb_to_recordset(current_setting($1)::jsonb -> 'parts')
          as x(name text, up text, bound text, spec text)
        where to_regclass(name) is null
    loop
      execute format('create table %s partition of %s %s%s', "wm part".name,
        "wm part".up, "wm part".bound,
        coalesce(' partition by ' || "wm part".spec, ''));
    end loop;
  end if;
end
