-- What hangs on a set of objects, in the catalog, and how to make it again.
--
-- $1 classes (enum ident_class; 512: a column of a table, in $4), $2 schemas,
-- $3 names, $4 tables (triggers, rules, policies), $5 argument types of
-- functions and operators: the last part of each type's name, with [] for
-- arrays, comma-separated. psql can run it with \set and :'...' in place of
-- the parameters.
--
-- One row an object: those asked for have their number in "ord", others null.
-- "owner" is the row that an object belongs to and goes with (the table of a
-- trigger), "needs" what it refers to among the rows. "create_sql" is null
-- where only the tool that made it knows how to make it again. "restore" has
-- what was done to it since: what about (see restore.c), chr(31), SQL.
with recursive want as materialized (
    select ord, cls, sch, nam, tab, args
      from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])
        with ordinality as w(cls, sch, nam, tab, args, ord)
), functions as materialized (
    select w.ord, p.oid, count(*) over (partition by w.ord) as n, w.args,
        (select coalesce(string_agg(case when t.typelem <> 0 and t.typlen = -1
              and e.typarray = t.oid then e.typname || '[]'
              else t.typname end, ',' order by a.i), '')
           from unnest(p.proargtypes) with ordinality as a(typ, i)
           join pg_catalog.pg_type t on t.oid = a.typ
           left join pg_catalog.pg_type e on e.oid = t.typelem) as have
      from want w
      join pg_catalog.pg_namespace n on n.nspname = w.sch
      join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = w.nam
      where w.cls = 2
), relations as materialized (
    select w.ord, w.cls, w.nam, c.oid, c.relkind
      from want w
      join pg_catalog.pg_namespace n on n.nspname = w.sch
      join pg_catalog.pg_class c on c.relnamespace = n.oid
        and c.relname = case when w.cls in (16, 32, 64, 512) then w.tab
          else w.nam end
      where w.cls in (1, 4, 16, 32, 64, 512)
), start as materialized (
    select ord, 'pg_class'::regclass::oid as classid, oid as objid,
        0 as subid
      from relations where cls = 1
    union all
    select r.ord, 'pg_class'::regclass, r.oid, a.attnum
      from relations r
      join pg_catalog.pg_attribute a on a.attrelid = r.oid
        and a.attname = r.nam and not a.attisdropped
      where r.cls = 512
    union all
    select ord, 'pg_proc'::regclass, oid, 0 from functions
      where n = 1 or have = args
    union all
    select r.ord, 'pg_trigger'::regclass, t.oid, 0 from relations r
      join pg_catalog.pg_trigger t on t.tgrelid = r.oid and t.tgname = r.nam
      where r.cls = 16
    union all
    select r.ord, 'pg_rewrite'::regclass, t.oid, 0 from relations r
      join pg_catalog.pg_rewrite t on t.ev_class = r.oid
        and t.rulename = r.nam
      where r.cls = 32
    union all
    select r.ord, 'pg_policy'::regclass, t.oid, 0 from relations r
      join pg_catalog.pg_policy t on t.polrelid = r.oid and t.polname = r.nam
      where r.cls = 64
    union all
    select w.ord, 'pg_type'::regclass, t.oid, 0 from want w
      join pg_catalog.pg_namespace n on n.nspname = w.sch
      join pg_catalog.pg_type t on t.typnamespace = n.oid
        and t.typname = w.nam
      where w.cls = 4
    union all
    select w.ord, 'pg_namespace'::regclass, n.oid, 0 from want w
      join pg_catalog.pg_namespace n on n.nspname = w.nam
      where w.cls = 8
    union all
    select w.ord, 'pg_extension'::regclass, e.oid, 0 from want w
      join pg_catalog.pg_extension e on e.extname = w.nam
      where w.cls = 128
    union all
    select w.ord, 'pg_language'::regclass, l.oid, 0 from want w
      join pg_catalog.pg_language l on l.lanname = w.nam
      where w.cls = 256
    union all
    select w.ord, 'pg_operator'::regclass, o.oid, 0 from want w
      join pg_catalog.pg_namespace n on n.nspname = w.sch
      join pg_catalog.pg_operator o on o.oprnamespace = n.oid
        and o.oprname = w.nam
      where w.cls = 1024 and w.args = concat_ws(',', (select t.typname
          from pg_catalog.pg_type t where t.oid = o.oprleft),
        (select t.typname from pg_catalog.pg_type t where t.oid = o.oprright))
), closure (classid, objid, subid) as (
    select classid, objid, subid from start
    union
    -- a view is its rule, a composite type is its relation
    select case when r.rulename = '_RETURN' then 'pg_class'::regclass::oid
          when t.relkind = 'c' then 'pg_type'::regclass
          else d.classid end,
        case when r.rulename = '_RETURN' then r.ev_class
          when t.relkind = 'c' then t.reltype else d.objid end, 0
      from closure c
      join pg_catalog.pg_depend d on d.refclassid = c.classid
        and d.refobjid = c.objid
        and (c.subid = 0 or d.refobjsubid = c.subid)
      left join pg_catalog.pg_rewrite r
        on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
      left join pg_catalog.pg_class t
        on d.classid = 'pg_class'::regclass and t.oid = d.objid
      left join pg_catalog.pg_class k
        on c.classid = 'pg_class'::regclass and k.oid = c.objid
      left join start s on s.classid = c.classid and s.objid = c.objid
        and s.subid = c.subid
      -- a table that is met on the way is not dropped: nothing goes with it
      where (d.deptype <> 'e' or c.classid = 'pg_extension'::regclass)
        and (k.oid is null or s.objid is not null
          or k.relkind not in ('r', 'p', 'f'))
), member as (
    select distinct classid, objid from closure
), rel as not materialized (
    select c.oid, c.relkind, n.nspname, c.relname, c.relowner, c.relacl,
        c.reloptions, c.reltype, format('%I.%I', n.nspname, c.relname) as fq
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
), node as (
    -- relations; what a table or type keeps inside is no object of its own
    select x.classid, x.objid, 1 as cls, c.relkind::text as kind,
        c.nspname::text as sch, c.relname::text as nam, null::text as tab,
        null::text as args, coalesce(i.indrelid,
          -- a sequence goes with its column
          (select d.refobjid from pg_catalog.pg_depend d
             where c.relkind = 'S' and d.classid = 'pg_class'::regclass
               and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
               and d.deptype in ('a', 'i') limit 1)) as owner,
        'pg_class'::regclass::oid as owner_class,
        case c.relkind
          when 'v' then format('create view %s%s as %s', c.fq,
            ' with (' || array_to_string(c.reloptions, ', ') || ')',
            pg_get_viewdef(c.oid))
          when 'm' then format('create materialized view %s%s as %s %s', c.fq,
            ' with (' || array_to_string(c.reloptions, ', ') || ')',
            rtrim(pg_get_viewdef(c.oid), ';'),
            case when k.relispopulated then 'with data'
              else 'with no data' end)
          when 'i' then pg_get_indexdef(c.oid)
        end as create_sql,
        case c.relkind when 'v' then 'drop view ' when 'i' then 'drop index '
          when 'm' then 'drop materialized view ' end || c.fq as drop_sql,
        c.relowner as role, case c.relkind when 'S' then 'sequence '
          else 'table ' end || c.fq as grant_on, c.relacl as acl,
        case c.relkind when 'v' then 'view ' when 'm' then
          'materialized view ' when 'S' then 'sequence ' when 'i' then 'index '
          else 'table ' end || c.fq as comment_on
      from member x
      join rel c on x.classid = 'pg_class'::regclass and c.oid = x.objid
      join pg_catalog.pg_class k on k.oid = c.oid
      left join pg_catalog.pg_index i on i.indexrelid = c.oid
      where c.relkind not in ('t', 'c') and not (c.relkind in ('i', 'I') and exists (
        select from pg_catalog.pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = c.oid
            and (d.refclassid = 'pg_constraint'::regclass
              or d.deptype = 'i')))
      and not (c.relkind in ('i', 'I') and c.nspname = 'pg_toast')
    union all
    select x.classid, x.objid, 2, p.prokind::text, n.nspname, p.proname, null,
        f.args, null, null,
        case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
        format('drop %s %I.%I(%s)', case p.prokind when 'p' then 'procedure'
          when 'a' then 'aggregate' else 'function' end, n.nspname, p.proname,
          pg_get_function_identity_arguments(p.oid)),
        p.proowner, f.sig, p.proacl, f.sig
      from member x
      join pg_catalog.pg_proc p on x.classid = 'pg_proc'::regclass
        and p.oid = x.objid
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      cross join lateral (select
        (select coalesce(string_agg(case when t.typelem <> 0
              and t.typlen = -1 and e.typarray = t.oid
              then e.typname || '[]' else t.typname end, ',' order by a.i), '')
           from unnest(p.proargtypes) with ordinality as a(typ, i)
           join pg_catalog.pg_type t on t.oid = a.typ
           left join pg_catalog.pg_type e on e.oid = t.typelem) as args,
        format('%s %I.%I(%s)', case p.prokind when 'p' then 'procedure'
          when 'a' then 'aggregate' else 'function' end, n.nspname, p.proname,
          pg_get_function_identity_arguments(p.oid)) as sig) f
    union all
    select x.classid, x.objid, 16, 'trigger', c.nspname, t.tgname, c.relname,
        null, t.tgrelid, 'pg_class'::regclass,
        pg_get_triggerdef(t.oid),
        format('drop trigger %I on %s', t.tgname, c.fq), null, null, null,
        format('trigger %I on %s', t.tgname, c.fq)
      from member x
      join pg_catalog.pg_trigger t on x.classid = 'pg_trigger'::regclass
        and t.oid = x.objid and not t.tgisinternal
      join rel c on c.oid = t.tgrelid
    union all
    select x.classid, x.objid, 32, 'rule', c.nspname, r.rulename, c.relname,
        null, r.ev_class, 'pg_class'::regclass, pg_get_ruledef(r.oid),
        format('drop rule %I on %s', r.rulename, c.fq), null, null, null,
        format('rule %I on %s', r.rulename, c.fq)
      from member x
      join pg_catalog.pg_rewrite r on x.classid = 'pg_rewrite'::regclass
        and r.oid = x.objid and r.rulename <> '_RETURN'
      join rel c on c.oid = r.ev_class
    union all
    select x.classid, x.objid, 64, 'policy', c.nspname, p.polname, c.relname,
        null, p.polrelid, 'pg_class'::regclass,
        format('create policy %I on %s as %s for %s to %s%s%s', p.polname,
          c.fq, case when p.polpermissive then 'permissive'
            else 'restrictive' end,
          case p.polcmd when 'r' then 'select' when 'a' then 'insert'
            when 'w' then 'update' when 'd' then 'delete' else 'all' end,
          (select string_agg(case o when 0 then 'public'
             else quote_ident(pg_get_userbyid(o)) end, ', ')
             from unnest(p.polroles) o),
          ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
          ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
        format('drop policy %I on %s', p.polname, c.fq), null, null, null,
        format('policy %I on %s', p.polname, c.fq)
      from member x
      join pg_catalog.pg_policy p on x.classid = 'pg_policy'::regclass
        and p.oid = x.objid
      join rel c on c.oid = p.polrelid
    union all
    select x.classid, x.objid, 0, 'constraint', c.nspname, k.conname,
        c.relname, null, k.conrelid, 'pg_class'::regclass,
        format('alter table %s add constraint %I %s', c.fq, k.conname,
          pg_get_constraintdef(k.oid)),
        format('alter table %s drop constraint %I', c.fq, k.conname),
        null, null, null, format('constraint %I on %s', k.conname, c.fq)
      from member x
      -- what a constraint trigger has in pg_constraint goes with it
      join pg_catalog.pg_constraint k on x.classid = 'pg_constraint'::regclass
        and k.oid = x.objid and k.conrelid <> 0 and k.conparentid = 0
        and k.contype <> 't'
      join rel c on c.oid = k.conrelid
    union all
    select x.classid, x.objid, 0, 'constraint', n.nspname, k.conname,
        t.typname, null, t.oid, 'pg_type'::regclass,
        format('alter domain %I.%I add constraint %I %s', n.nspname,
          t.typname, k.conname, pg_get_constraintdef(k.oid)),
        format('alter domain %I.%I drop constraint %I', n.nspname, t.typname,
          k.conname), null, null, null,
        format('constraint %I on domain %I.%I', k.conname, n.nspname,
          t.typname)
      from member x
      join pg_catalog.pg_constraint k on x.classid = 'pg_constraint'::regclass
        and k.oid = x.objid
      join pg_catalog.pg_type t on t.oid = k.contypid
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    union all
    select x.classid, x.objid, 0, 'default', c.nspname, a.attname, c.relname,
        null, b.adrelid, 'pg_class'::regclass,
        case when a.attgenerated = '' then
          format('alter table %s alter column %I set default %s', c.fq,
            a.attname, pg_get_expr(b.adbin, b.adrelid)) end,
        format('alter table %s alter column %I drop default', c.fq,
          a.attname), null, null, null, null
      from member x
      join pg_catalog.pg_attrdef b on x.classid = 'pg_attrdef'::regclass
        and b.oid = x.objid
      join pg_catalog.pg_attribute a on a.attrelid = b.adrelid
        and a.attnum = b.adnum
      join rel c on c.oid = b.adrelid
    union all
    -- types of their own: no row types, no arrays
    select x.classid, x.objid, 4, t.typtype::text, n.nspname, t.typname, null,
        null, null, null, null, null, t.typowner,
        format('type %I.%I', n.nspname, t.typname), t.typacl,
        format('type %I.%I', n.nspname, t.typname)
      from member x
      join pg_catalog.pg_type t on x.classid = 'pg_type'::regclass
        and t.oid = x.objid
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      left join pg_catalog.pg_class c on c.oid = t.typrelid
      where (t.typrelid = 0 or c.relkind = 'c')
        and not exists (select from pg_catalog.pg_type e
          where e.typarray = t.oid)
        and not exists (select from pg_catalog.pg_range r
          where r.rngmultitypid = t.oid)
    union all
    select x.classid, x.objid, 1024, 'operator', n.nspname, o.oprname, null,
        concat_ws(',', l.typname, r.typname), null, null, null, null,
        o.oprowner, null, null, format('operator %I.%s (%s, %s)', n.nspname,
          o.oprname, coalesce(format_type(l.oid, null), 'none'),
          coalesce(format_type(r.oid, null), 'none'))
      from member x
      join pg_catalog.pg_operator o on x.classid = 'pg_operator'::regclass
        and o.oid = x.objid
      join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
      left join pg_catalog.pg_type l on l.oid = o.oprleft
      left join pg_catalog.pg_type r on r.oid = o.oprright
    union all
    select x.classid, x.objid, 128, 'extension', null, e.extname, null, null,
        null, null, null, null, null, null, null,
        format('extension %I', e.extname)
      from member x
      join pg_catalog.pg_extension e on x.classid = 'pg_extension'::regclass
        and e.oid = x.objid
    union all
    -- publications of some columns or rows: PostgreSQL 15
    select x.classid, x.objid, 0, 'publication', c.nspname, p.pubname,
        c.relname, null, null, null,
        format('alter publication %I add table %s%s%s', p.pubname, c.fq,
          case when to_jsonb(r) ->> 'prattrs' is not null then ' ('
            || (select string_agg(quote_ident(n), ', ')
              from jsonb_array_elements_text(to_jsonb(t) -> 'attnames') n)
            || ')' end, ' where (' || (to_jsonb(t) ->> 'rowfilter') || ')'),
        format('alter publication %I drop table %s', p.pubname, c.fq),
        null, null, null, null
      from member x
      join pg_catalog.pg_publication_rel r
        on x.classid = 'pg_publication_rel'::regclass and r.oid = x.objid
      join pg_catalog.pg_publication p on p.oid = r.prpubid
      join rel c on c.oid = r.prrelid
      left join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
        and t.schemaname = c.nspname and t.tablename = c.relname
    union all
    -- anything else is named, never passed over
    select x.classid, x.objid, 0, 'other', null,
        pg_describe_object(x.classid, x.objid, 0), null, null, null, null,
        null, null, null, null, null, null
      from member x
      where x.classid not in ('pg_class'::regclass, 'pg_proc'::regclass,
        'pg_trigger'::regclass, 'pg_rewrite'::regclass,
        'pg_policy'::regclass, 'pg_constraint'::regclass,
        'pg_attrdef'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass,
        'pg_extension'::regclass, 'pg_publication_rel'::regclass)
      -- members of operator families that are named themselves
      and not exists (select from pg_catalog.pg_depend d
        join member f on f.classid = d.refclassid and f.objid = d.refobjid
        where x.classid in ('pg_amop'::regclass, 'pg_amproc'::regclass)
          and d.classid = x.classid and d.objid = x.objid
          and d.refclassid in ('pg_opclass'::regclass,
            'pg_opfamily'::regclass))
)
select s.ord, n.classid || '/' || n.objid as id, n.cls, n.kind, n.sch, n.nam,
    n.tab, n.args, n.owner_class || '/' || n.owner as owner, n.create_sql,
    n.drop_sql,
    -- edges go over what is no row: row types, view rules, columns' defaults,
    -- members of extensions
    array(select distinct case
          when m.refobjid is not null then 'pg_extension'::regclass::oid
          when y.oid is not null then 'pg_class'::regclass
          else d.refclassid end || '/' || coalesce(m.refobjid, y.typrelid,
          case when z.typelem <> 0 and z.typlen = -1 then z.typelem end,
          d.refobjid)
        from (select n.classid, n.objid
              union all
              select 'pg_rewrite'::regclass::oid, oid
                from pg_catalog.pg_rewrite
                where n.kind in ('v', 'm') and ev_class = n.objid
                  and rulename = '_RETURN'
              union all
              select 'pg_class'::regclass::oid, typrelid
                from pg_catalog.pg_type
                where n.kind = 'c' and oid = n.objid) own
        join pg_catalog.pg_depend d on d.classid = own.classid
          and d.objid = own.objid
        left join pg_catalog.pg_type z on d.refclassid = 'pg_type'::regclass
          and z.oid = d.refobjid
        left join pg_catalog.pg_type y on y.oid = case
          when z.typelem <> 0 and z.typlen = -1 then z.typelem
          else z.oid end and y.typrelid <> 0 and exists (select
            from pg_catalog.pg_class k where k.oid = y.typrelid
              and k.relkind <> 'c')
        left join pg_catalog.pg_depend m on m.classid = d.refclassid
          and m.objid = d.refobjid and m.deptype = 'e') as needs,
    array(
      select 'owner' || chr(31) || format('alter %s owner to %I',
          n.comment_on, pg_get_userbyid(n.role))
        where n.role is not null
          and n.role <> (select oid from pg_catalog.pg_roles
            where rolname = current_user)
      union all
      select 'grant||public' || chr(31) || format('revoke all on %s from '
          'public', n.grant_on)
        where n.acl is not null and n.cls in (2, 4)
          and not exists (select from aclexplode(n.acl) a
            where a.grantee = 0)
      union all
      (select format('grant|%s|%s', lower(a.privilege_type), g.name)
          || chr(31) || format('grant %s on %s to %s%s',
          lower(a.privilege_type), n.grant_on, g.quoted,
          case when a.is_grantable then ' with grant option' else '' end)
        from aclexplode(n.acl) a
        cross join lateral (select case a.grantee when 0 then 'public'
              else pg_get_userbyid(a.grantee) end as name,
            case a.grantee when 0 then 'public'
              else quote_ident(pg_get_userbyid(a.grantee)) end as quoted) g
        where a.grantee <> n.role order by 1)
      union all
      (select format('grant|%s|%s', lower(a.privilege_type), g.name)
          || chr(31) || format('grant %s (%I) on %s to %s%s',
          lower(a.privilege_type), t.attname, n.grant_on, g.quoted,
          case when a.is_grantable then ' with grant option' else '' end)
        from pg_catalog.pg_attribute t
        cross join aclexplode(t.attacl) a
        cross join lateral (select case a.grantee when 0 then 'public'
              else pg_get_userbyid(a.grantee) end as name,
            case a.grantee when 0 then 'public'
              else quote_ident(pg_get_userbyid(a.grantee)) end as quoted) g
        where n.cls = 1 and t.attrelid = n.objid and a.grantee <> n.role
        order by 1)
      union all
      (select format('comment|%s', t.attname) || chr(31) || format(
          'comment on %s is %L', case d.objsubid when 0 then n.comment_on
            else format('column %I.%I.%I', n.sch, n.nam, t.attname) end,
          d.description)
        from pg_catalog.pg_description d
        left join pg_catalog.pg_attribute t on n.cls = 1
          and t.attrelid = n.objid and t.attnum = d.objsubid
          and d.objsubid > 0
        where d.classoid = n.classid and d.objoid = n.objid
          and n.comment_on is not null
        order by d.objsubid)
      union all
      select format('option|%s', o.option_name) || chr(31) || format(
          'alter %s set (%I = %L)', n.comment_on, o.option_name,
          o.option_value)
        from pg_catalog.pg_class c
        cross join pg_options_to_table(c.reloptions) o
        where n.kind in ('v', 'm', 'i') and n.cls = 1 and c.oid = n.objid
          and n.create_sql is not null
      union all
      select 'enabled' || chr(31) || format('alter table %I.%I %s trigger %I',
          n.sch, n.tab, case t.tgenabled when 'D' then 'disable' when 'R'
            then 'enable replica' else 'enable always' end, t.tgname)
        from pg_catalog.pg_trigger t
        where n.cls = 16 and t.oid = n.objid and t.tgenabled <> 'O'
      union all
      select 'mark' || chr(31) || format('alter table %s %s %I',
          i.indrelid::regclass, m.what, n.nam)
        from pg_catalog.pg_index i
        cross join lateral (values (i.indisclustered, 'cluster on'),
          (i.indisreplident, 'replica identity using index')) m (marked, what)
        where n.kind = 'i' and n.cls = 1 and i.indexrelid = n.objid
          and m.marked
    ) as restore
  from node n
  left join (select classid, objid, min(ord) as ord from start
    group by classid, objid) s
    on s.classid = n.classid and s.objid = n.objid
  -- members of extensions come and go with these
  where not exists (select from pg_catalog.pg_depend e
    where e.classid = n.classid and e.objid = n.objid and e.deptype = 'e')
  order by n.cls, n.sch, n.tab, n.nam, n.args, n.objid
