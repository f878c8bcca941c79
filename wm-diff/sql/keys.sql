-- Foreign keys that bounds.sql has taken out of the way come back, but for those
-- that the plan has made again, or whose table has gone.
--
-- $1 the setting.
declare
  "wm key" record;
begin
  for "wm key" in
    select x.*, x.rel::regclass as tab, x.ref::regclass as ref_tab, n.cols
        as list, r.cols as ref_list, s.cols as set_list
      from jsonb_to_recordset(current_setting($1)::jsonb -> 'keys')
        as x(rel oid, name text, cols smallint[], ref oid, refs smallint[],
          match text, upd text, del text, set smallint[], late boolean,
          deferred boolean, valid boolean, comment text)
      cross join lateral (select string_agg(quote_ident(a.attname), ', '
          order by i.ord) as cols
        from unnest(x.cols) with ordinality as i(num, ord)
        join pg_attribute a on a.attrelid = x.rel and a.attnum = i.num
          and not a.attisdropped) n
      cross join lateral (select string_agg(quote_ident(a.attname), ', '
          order by i.ord) as cols
        from unnest(x.refs) with ordinality as i(num, ord)
        join pg_attribute a on a.attrelid = x.ref and a.attnum = i.num
          and not a.attisdropped) r
      cross join lateral (select string_agg(quote_ident(a.attname), ', '
          order by i.ord) as cols
        from unnest(x.set) with ordinality as i(num, ord)
        join pg_attribute a on a.attrelid = x.rel and a.attnum = i.num) s
      where exists (select from pg_class where oid = x.rel)
        and exists (select from pg_class where oid = x.ref)
        and not exists (select from pg_constraint k
          where k.conrelid = x.rel and k.conname = x.name)
  loop
    execute format('alter table %s add constraint %I foreign key (%s) '
      'references %s (%s)%s%s%s%s%s', "wm key".tab, "wm key".name,
      "wm key".list, "wm key".ref_tab, "wm key".ref_list,
      case "wm key".match when 'f' then ' match full' else '' end,
      case "wm key".upd when 'a' then '' else ' on update '
        || case "wm key".upd when 'r' then 'restrict' when 'c' then 'cascade'
          when 'n' then 'set null' else 'set default' end end,
      case "wm key".del when 'a' then '' else ' on delete '
        || case "wm key".del when 'r' then 'restrict' when 'c' then 'cascade'
          when 'n' then 'set null' else 'set default' end
        || coalesce(' (' || "wm key".set_list || ')', '') end,
      case when "wm key".late then ' deferrable' else '' end
        || case when "wm key".deferred then ' initially deferred' else ''
          end,
      case when "wm key".valid then '' else ' not valid' end);
    if "wm key".comment is not null then
      execute format('comment on constraint %I on %s is %L', "wm key".name,
        "wm key".tab, "wm key".comment);
    end if;
  end loop;
end
