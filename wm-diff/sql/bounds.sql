-- Find out which rows of partitions these will not take any more, make a table
-- for them, and take foreign keys out of the way that hold such rows; see
-- move.sql, regroup.sql, keys.sql.
--
-- $1 the partitioned table as SQL names it, $2 a table for the rows, $3 one that
-- has the new bounds until the rows are moved, $4 a setting for what is to be moved, and to come
-- back, $5 partitions, $6 their bounds by now, none for those that go, $7 bounds
-- of partitions that come.
declare
  "wm bound" text;
  "wm made" text;
  "wm cond" text;
  "wm any" text := 'false';
  "wm conds" text[] := '{}';
  "wm move" jsonb := '{}';
  "wm keys" jsonb;
  "wm key" record;
begin
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
  for i in 1 .. coalesce(array_length($5::text[], 1), 0) loop
    "wm bound" := ($6::text[])[i];
    "wm move" := "wm move" || jsonb_build_object(($5::text[])[i],
      case when "wm bound" = '' then 'true'
        when "wm conds"[i] = '' then "wm any"
        else '(' || "wm conds"[i] || ') is not true' end);
  end loop;
  -- a row that others refer to moves with all that is said of it; their tables
  -- and columns may have other names by then
  select coalesce(jsonb_agg(jsonb_build_object('rel', k.conrelid::oid,
      'name', k.conname, 'cols', k.conkey, 'ref', k.confrelid::oid,
      'refs', k.confkey, 'match', k.confmatchtype,
      'upd', k.confupdtype, 'del', k.confdeltype,
      'set', to_jsonb(k) -> 'confdelsetcols', 'late', k.condeferrable,
      'deferred', k.condeferred, 'valid', k.convalidated,
      'comment', obj_description(k.oid, 'pg_constraint'))), '[]')
    into "wm keys"
    from pg_constraint k
    where k.contype = 'f' and k.conparentid = 0
      and (k.confrelid = $1::regclass
        or k.confrelid in (select pg_partition_ancestors($1::regclass))
        or k.confrelid in (select relid from pg_partition_tree(
          $1::regclass)));
  for "wm key" in
    select rel::regclass as tab, name
      from jsonb_to_recordset("wm keys") as x(rel oid, name text)
  loop
    execute format('alter table %s drop constraint %I', "wm key".tab,
      "wm key".name);
  end loop;
  perform set_config($4, jsonb_build_object('move', "wm move",
    'keys', "wm keys", 'back', '[]'::jsonb)::text, true);
end
