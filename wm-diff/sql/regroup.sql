-- Rows that move.sql has put away come back through the partitioned table, and
-- what was disabled is enabled.
--
-- $1 the table as SQL names it, $2 the table that has the rows, $3 the setting.
declare
  "wm was" text := current_setting('row_security');
  "wm rows" bigint;
  "wm there" bigint;
  "wm back" text[] := '{}';
  "wm sql" text;
  "wm trigger" record;
  "wm cols" text := (select string_agg(quote_ident(attname), ', '
      order by attnum)
    from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped
      and attgenerated = '');
begin
  for "wm trigger" in
    select t.tgrelid::regclass as tab, t.tgname as nam, t.tgenabled as mode
      from pg_trigger t
      join pg_partition_tree($1::regclass) p on p.relid = t.tgrelid
      where not t.tgisinternal and t.tgenabled <> 'D'
  loop
    execute format('alter table only %s disable trigger %I', "wm trigger".tab,
      "wm trigger".nam);
    "wm back" := "wm back" || format('alter table only %s enable %strigger %I',
      "wm trigger".tab, case "wm trigger".mode when 'R' then 'replica '
        when 'A' then 'always ' else '' end, "wm trigger".nam);
  end loop;
  perform set_config('row_security', 'off', true);
  execute format('insert into %s (%s) overriding system value select %s '
    'from %s', $1, "wm cols", "wm cols", $2);
  get diagnostics "wm rows" = row_count;
  execute format('select count(*) from %s', $2) into "wm there";
  perform set_config('row_security', "wm was", true);
  if "wm rows" <> "wm there" then
    raise exception 'not all rows have come back to table %', $1;
  end if;
  set constraints all immediate;
  foreach "wm sql" in array "wm back" || array(select
      x.sql
      from jsonb_to_recordset(current_setting($3)::jsonb -> 'back')
        as x(sql text, tab text, nam text, leaf text)
      where to_regclass(x.leaf) is not null
        or exists (select from pg_trigger t
        where t.tgrelid = to_regclass(x.tab) and t.tgname = x.nam)) loop
    execute "wm sql";
  end loop;
end
