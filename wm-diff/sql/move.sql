-- Put rows of a partition away that it will not take any more; see bounds.sql.
--
-- $1 the partition as SQL names it, $2 the table for its rows, $3 the setting.
declare
  "wm was" text := current_setting('row_security');
  "wm facts" jsonb := current_setting($3)::jsonb;
  "wm back" jsonb := current_setting($3)::jsonb -> 'back';
  "wm cols" text := (select string_agg(quote_ident(attname), ', '
      order by attnum)
    from pg_attribute
    where attrelid = $2::regclass and attnum > 0 and not attisdropped);
  "wm trigger" record;
  "wm leaf" record;
begin
  -- moving a row is not what its triggers are for
  for "wm trigger" in
    select t.tgrelid::regclass as tab, t.tgname as nam, t.tgenabled as mode
      from pg_trigger t
      join pg_partition_tree($1::regclass) p on p.relid = t.tgrelid
      where not t.tgisinternal and t.tgenabled <> 'D'
  loop
    execute format('alter table only %s disable trigger %I',
      "wm trigger".tab, "wm trigger".nam);
    "wm back" := "wm back" || jsonb_build_object('tab', "wm trigger".tab,
      'nam', "wm trigger".nam, 'sql', format('alter table only %s enable '
        '%strigger %I', "wm trigger".tab, case "wm trigger".mode
          when 'R' then 'replica ' when 'A' then 'always ' else '' end,
        "wm trigger".nam));
  end loop;
  -- what is published has to be found by those who get it
  for "wm leaf" in
    select c.oid::regclass as tab, c.relreplident as mode
      from pg_partition_tree($1::regclass) p
      join pg_class c on c.oid = p.relid
      where c.relkind = 'r' and c.relreplident in ('d', 'n')
        and exists (select from pg_publication where pubdelete)
  loop
    execute format('alter table %s replica identity full', "wm leaf".tab);
    "wm back" := "wm back" || jsonb_build_object('leaf', "wm leaf".tab,
      'sql', format('alter table %s replica identity %s', "wm leaf".tab,
        case "wm leaf".mode when 'n' then 'nothing' else 'default' end));
  end loop;
  perform set_config($3, jsonb_set("wm facts", '{back}', "wm back")::text,
    true);
  perform set_config('row_security', 'off', true);
  execute format('with gone as (delete from %s where %s returning %s) '
    'insert into %s (%s) select * from gone', $1, "wm facts" -> 'move' ->> $1,
    "wm cols", $2, "wm cols");
  perform set_config('row_security', "wm was", true);
  set constraints all immediate;
end
