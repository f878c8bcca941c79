-- What the server holds of a table that is to be built anew, and of its
-- partitions, beyond what its text says: SQL that makes it again, in order,
-- for the setting $1, which lasts as long as the transaction.
--
-- $2 the table as SQL names it, $3 columns whose sequences come back with it,
-- $4 columns with a default, and $5 that are not null, by its text, $6 storage
-- parameters that its text names, $7 whether it can have any, $8 partitions that
-- no source has, $9 columns that stay behind with the old table. Each row has a condition: where that is not met when the new
-- table stands, there is nothing to do.
select set_config($1, coalesce(jsonb_agg(jsonb_build_object('cond', cond,
    'sql', sql) order by ord, sql)::text, '[]'), true)
  from (
    with member as (
      select $2::regclass as oid
      union
      select relid from pg_partition_tree($2::regclass)
    ), t as (
      select c.*, format('%I.%I', n.nspname, c.relname) as fq, n.nspname,
          format('to_regclass(%L) is not null', format('%I.%I', n.nspname,
            c.relname)) as there, c.oid = $2::regclass as top,
          c.oid = any (array(select to_regclass(part)
            from unnest($8::text[]) part)) as loose
        from member m
        join pg_class c on c.oid = m.oid
        join pg_namespace n on n.oid = c.relnamespace
    ), a as (
      select a.*, t.fq, t.there, t.top, t.loose, y.typstorage
        from t
        join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
          and not a.attisdropped and a.attname <> all ($9::text[])
        join pg_type y on y.oid = a.atttypid
    ), behind as (
      select a.attrelid, array_agg(a.attnum) as nums
        from t
        join pg_attribute a on a.attrelid = t.oid
          and a.attname = any ($9::text[])
        group by 1
    ), k as (
      select k.*, t.fq, t.there, i.relname as idx_name,
          quote_ident(t.nspname) || '.' || quote_ident(i.relname) as idx
        from t
        join pg_constraint k on k.conrelid = t.oid and k.contype <> 't'
          and k.conparentid = 0
        left join pg_class i on i.oid = k.conindid
          and k.contype in ('p', 'u', 'x')
        left join behind b on b.attrelid = t.oid
        where b.nums && k.conkey is not true
    ), x as (
      select s.oid, s.stxname, n.nspname, t.there, t.fq,
          format('%I.%I', n.nspname, s.stxname) as name, s.stxowner,
          to_jsonb(s) ->> 'stxstattarget' as target
        from t
        join pg_statistic_ext s on s.stxrelid = t.oid
        join pg_namespace n on n.oid = s.stxnamespace
        left join behind b on b.attrelid = t.oid
        where b.nums && s.stxkeys::int2[] is not true
    ), s as (
      select c.oid, c.relacl, c.relowner, a.attname, a.fq, a.there,
          format('%I.%I', n.nspname, c.relname) as name, q.*,
          a.attname = any ($3::text[]) as back
        from a
        join pg_depend d on d.refclassid = 'pg_class'::regclass
          and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
          and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
        join pg_class c on c.oid = d.objid and c.relkind = 'S'
        join pg_namespace n on n.oid = c.relnamespace
        join pg_sequence q on q.seqrelid = c.oid
    ), acl as (
      select there, 'table ' || fq as what, fq, '' as cols, relacl as acl,
          relowner as role from t
      union all
      select a.there, 'table ' || a.fq, a.fq, format(' (%I)', a.attname),
          a.attacl, c.relowner
        from a join pg_class c on c.oid = a.attrelid
      union all
      select there, 'sequence ' || name, name, '', relacl, relowner
        from s where back
    )
    select 10 as ord, there as cond, format('alter table %s owner to %I', fq,
        pg_get_userbyid(relowner)) as sql
      from t
      where relowner <> (select oid from pg_roles
        where rolname = current_user)
    union all
    select 15, there || format(' and not exists (select from pg_constraint '
        'where conrelid = to_regclass(%L) and conname = %L)', fq, conname),
        format('alter table %s add constraint %I %s', fq, conname,
          pg_get_constraintdef(oid))
      from k where conislocal
    union all
    select distinct 20, there, format('revoke all on %s from %s', fq,
        case g.grantee when 0 then 'public'
          else quote_ident(pg_get_userbyid(g.grantee)) end)
      from t
      join pg_default_acl d on d.defaclobjtype = 'r'
        and d.defaclnamespace in (0, t.relnamespace)
        and d.defaclrole = (select oid from pg_roles
          where rolname = current_user)
      cross join aclexplode(d.defaclacl) g
      where g.grantee <> t.relowner
    union all
    select 30, there, format('grant %s%s on %s to %s%s',
        lower(g.privilege_type), cols, what, case g.grantee when 0
          then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
        case when g.is_grantable then ' with grant option' else '' end)
      from acl cross join aclexplode(acl) g
      where g.grantee <> role
    union all
    select 35, there, format('alter sequence %s owned by %s.%I', name, fq,
        attname)
      from s where not back
    union all
    select 36, there, format('alter sequence %s increment by %s minvalue %s '
        'maxvalue %s start with %s cache %s %s', name, seqincrement, seqmin,
        seqmax, seqstart, seqcache, case when seqcycle then 'cycle'
          else 'no cycle' end)
      from s where back
    union all
    select 40, there, format('alter table %s set (%s%I = %L)', t.fq,
        case o.toast when true then 'toast.' else '' end, o.option_name,
        o.option_value)
      from t
      cross join lateral (
        select false as toast, r.* from pg_options_to_table(t.reloptions) r
        union all
        select true, r.* from pg_class c
          cross join pg_options_to_table(c.reloptions) r
          where c.oid = t.reltoastrelid) o
      where ($7 or t.loose) and t.relkind = 'r'
        and case o.toast when true then 'toast.' else '' end
          || o.option_name <> all ($6::text[])
    union all
    select 41, there, format('alter table %s alter column %I set storage %s',
        fq, attname, case attstorage when 'p' then 'plain' when 'e'
          then 'external' when 'm' then 'main' else 'extended' end)
      from a where attstorage <> typstorage
    union all
    select 41, there, format('alter table %s alter column %I set '
        'compression %s', fq, attname, case to_jsonb(a) ->> 'attcompression'
          when 'l' then 'lz4' else 'pglz' end)
      from a where to_jsonb(a) ->> 'attcompression' in ('l', 'p')
    union all
    select 41, there, format('alter table %s alter column %I set statistics '
        '%s', fq, attname, attstattarget)
      from a where attstattarget <> -1
    union all
    select 41, there, format('alter table %s alter column %I set (%s)', fq,
        attname, o.list)
      -- what some servers keep there is not for them to be told
      from a cross join lateral (select string_agg(o, ', ') as list
        from unnest(attoptions) o where o !~ '^pg_attver=') o
      where o.list is not null
    union all
    select 45, there, format('alter table %s alter column %I set default %s',
        a.fq, a.attname, pg_get_expr(d.adbin, d.adrelid))
      from a
      join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where (a.loose or (a.top and a.attname <> all ($4::text[])))
        and a.attgenerated = ''
    union all
    select 46, there, format('alter table %s alter column %I set not null',
        fq, attname)
      from a
      where (loose or (top and attname <> all ($5::text[]))) and attnotnull
    union all
    select 50, there, regexp_replace(pg_get_statisticsobjdef(oid),
        '^CREATE STATISTICS', 'create statistics if not exists')
      from x
    union all
    select 51, there, format('alter statistics %s set statistics %s', name,
        target)
      from x where target <> '-1'
    union all
    select 51, there, format('alter statistics %s owner to %I', name,
        pg_get_userbyid(stxowner))
      from x
      where stxowner <> (select oid from pg_roles
        where rolname = current_user)
    union all
    select 60, there, format('alter table %s %s row level security', fq, w)
      from t, unnest(array['enable', 'force']) w
      where case w when 'enable' then relrowsecurity
        else relforcerowsecurity end
    union all
    select 70, there, format('alter table %s replica identity %s', fq,
        case relreplident when 'f' then 'full' else 'nothing' end)
      from t where relreplident in ('f', 'n')
    union all
    select 70, k.there, format('alter table %s %s %I', k.fq, m.what,
        k.idx_name)
      from k
      join pg_index i on i.indexrelid = k.conindid
      cross join lateral (values (i.indisclustered, 'cluster on'),
        (i.indisreplident, 'replica identity using index')) m (marked, what)
      where k.idx is not null and m.marked
    union all
    select 75, t.there || format(' and not exists (select from pg_inherits '
        'where inhrelid = to_regclass(%L) and inhparent = to_regclass(%L))',
        t.fq, h.inhparent::regclass), format('alter table %s inherit %s', t.fq,
        h.inhparent::regclass)
      from t
      join pg_inherits h on h.inhrelid = t.oid
      where t.top and not t.relispartition
    union all
    select 80, c.there, format('comment on %s is %L', c.what, d.description)
      from (
        select there, 'pg_class'::regclass as cls, oid, 0 as sub,
            'table ' || fq as what from t
        union all
        select there, 'pg_class'::regclass, attrelid, attnum,
            format('column %s.%I', fq, attname) from a
        union all
        select there, 'pg_constraint'::regclass, oid, 0,
            format('constraint %I on %s', conname, fq) from k
        union all
        select there, 'pg_class'::regclass, conindid, 0, 'index ' || idx
          from k where idx is not null
        union all
        select there, 'pg_class'::regclass, oid, 0, 'sequence ' || name
          from s where back
        union all
        select there, 'pg_statistic_ext'::regclass, oid, 0,
            'statistics ' || name from x
      ) c
      join pg_description d on d.classoid = c.cls and d.objoid = c.oid
        and d.objsubid = c.sub
  ) y
