-- Put rows of partitions away that these will not take any more, and detach the
-- partitions; see regroup.sql.
--
-- $1 the partitioned table as SQL names it, $2 a table for the rows, $3 one that
-- has the new bounds meanwhile, $4 a setting for what is to come back, $5
-- partitions, $6 their bounds by now, none for those that go, $7 bounds of
-- partitions that come; $8 those of $5 that are to be detached, and $9 dropped.
declare
  "wm bound" text;
  "wm part" text;
  "wm made" text;
  "wm cond" text;
  "wm any" text := 'false';
  "wm conds" text[] := '{}';
  "wm cols" text := (select string_agg(quote_ident(attname), ', '
      order by attnum)
    from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped);
  "wm trigger" record;
  "wm leaf" record;
  "wm key" record;
begin
  perform set_config('row_security', 'off', true);
  execute format('create table %s (like %s)', $2, $1);
  execute format('create table %s (like %s) partition by %s', $3, $1,
    pg_get_partkeydef($1::regclass));
  foreach "wm bound" in array $6::text[] || $7::text[] loop
    "wm cond" := '';
    if "wm bound" <> '' and lower("wm bound") not like 'default%' then
      "wm made" := format('%I.%I', (select nspname
          from pg_namespace n join pg_class c on c.relnamespace = n.oid
          where c.oid = $3::regclass),
        'wm bound ' || coalesce(array_length("wm conds", 1), 0));
      execute format('create table %s partition of %s %s', "wm made", $3,
        "wm bound");
      "wm cond" := pg_get_partition_constraintdef("wm made"::regclass);
      "wm any" := "wm any" || ' or (' || "wm cond" || ')';
    end if;
    "wm conds" := "wm conds" || "wm cond";
  end loop;
  -- a row that others refer to moves with all that is said of it
  perform set_config($4, (select coalesce(jsonb_agg(jsonb_build_object(
      'sql', format('alter table %s add constraint %I %s',
        k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
        || coalesce(format('; comment on constraint %I on %s is %L', k.conname,
          k.conrelid::regclass, obj_description(k.oid, 'pg_constraint')),
          ''))), '[]')::text
    from pg_constraint k
    where k.contype = 'f' and k.conparentid = 0
      and (k.confrelid = $1::regclass
        or k.confrelid in (select pg_partition_ancestors($1::regclass))
        or k.confrelid in (select relid from pg_partition_tree(
          $1::regclass)))), true);
  for "wm key" in
    select k.conrelid::regclass as tab, k.conname as nam
      from pg_constraint k
      where k.contype = 'f' and k.conparentid = 0
        and (k.confrelid = $1::regclass
          or k.confrelid in (select pg_partition_ancestors($1::regclass))
          or k.confrelid in (select relid from pg_partition_tree(
            $1::regclass)))
  loop
    execute format('alter table %s drop constraint %I', "wm key".tab,
      "wm key".nam);
  end loop;
  for i in 1 .. coalesce(array_length($5::text[], 1), 0) loop
    "wm part" := ($5::text[])[i];
    "wm bound" := ($6::text[])[i];
    "wm cond" := case when "wm bound" = '' then 'true'
      when "wm conds"[i] = '' then "wm any"
      else '(' || "wm conds"[i] || ') is not true' end;
    -- moving a row is not what its triggers are for
    for "wm trigger" in
      select t.tgrelid::regclass as tab, t.tgname as nam, t.tgenabled as mode
        from pg_trigger t
        join pg_partition_tree("wm part"::regclass) p on p.relid = t.tgrelid
        where not t.tgisinternal and t.tgenabled <> 'D'
    loop
      execute format('alter table only %s disable trigger %I',
        "wm trigger".tab, "wm trigger".nam);
      perform set_config($4, (current_setting($4)::jsonb
        || jsonb_build_object('tab', "wm trigger".tab, 'nam',
          "wm trigger".nam, 'sql', format('alter table only %s enable '
            '%strigger %I', "wm trigger".tab, case "wm trigger".mode
              when 'R' then 'replica ' when 'A' then 'always ' else '' end,
            "wm trigger".nam)))::text, true);
    end loop;
    -- what is published has to be found by those who get it
    for "wm leaf" in
      select c.oid::regclass as tab, c.relreplident as mode
        from pg_partition_tree("wm part"::regclass) p
        join pg_class c on c.oid = p.relid
        where c.relkind = 'r' and c.relreplident in ('d', 'n')
          and exists (select from pg_publication where pubdelete)
    loop
      execute format('alter table %s replica identity full', "wm leaf".tab);
      perform set_config($4, (current_setting($4)::jsonb
        || jsonb_build_object('leaf', "wm leaf".tab, 'sql', format(
          'alter table %s replica identity %s', "wm leaf".tab,
          case "wm leaf".mode when 'n' then 'nothing' else 'default'
            end)))::text, true);
    end loop;
    execute format('with gone as (delete from %s where %s returning %s) '
      'insert into %s (%s) select * from gone', "wm part", "wm cond",
      "wm cols", $2, "wm cols");
  end loop;
  set constraints all immediate;
  execute format('drop table %s', $3);
  foreach "wm part" in array $8::text[] loop
    execute format('alter table %s detach partition %s', $1, "wm part");
  end loop;
  foreach "wm part" in array $9::text[] loop
    execute format('drop table %s', "wm part");
  end loop;
end
