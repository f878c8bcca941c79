-- What hangs on objects of the catalog, and how to make it again: first "walk"
-- finds it, then each kind of object that was found is shown by its own query,
-- so that the server does not plan for kinds that are not there.
--
-- The queries that show take $1 catalogs and $2 OIDs, and return the same
-- columns. "owner" is what an object belongs to and goes with (the table of a
-- trigger). "create_sql" is null where only the tool that made it knows how to
-- make it again. "restore" has what was done to it since: what about (see
-- restore.h), chr(31), SQL; "facts" finds what is common to all kinds, by the
-- last columns.

--- casters
-- $1 casts without a function. What casts so, which no dependency tells: their
-- trees do, by what comes of it and what goes into it. Of indexes, rules and
-- the like, "node" is the object that a row of ours is.
with recursive source (castid, oid) as (
    select k.oid, k.castsource
      from pg_catalog.pg_cast k
      where k.oid = any ($1::oid[]) and k.castmethod <> 'f'
    union
    -- a domain is cast as what it is of
    select s.castid, t.oid
      from source s
      join pg_catalog.pg_type t on t.typbasetype = s.oid
), pattern as (
    select s.castid, s.oid, ':resulttype (' || concat_ws('|', t.oid,
          nullif(t.typarray, 0)) || ') (:resulttypmod -?[0-9]+ )?'
        ':resultcollid [0-9]+ :(relabelformat|coerceformat) ' as into_it,
        ':[a-z_]*type(id|Id)? (' || concat_ws('|', o.oid,
          nullif(o.typarray, 0)) || ') ' as out_of_it
      from source s
      join pg_catalog.pg_cast k on k.oid = s.castid
      join pg_catalog.pg_type t on t.oid = k.casttarget
      join pg_catalog.pg_type o on o.oid = s.oid
), tree (classid, objid, node, body) as (
    select r.tableoid, r.oid, case r.rulename when '_RETURN'
          then c.tableoid || '/' || c.oid else r.tableoid || '/' || r.oid end,
        r.ev_action::text || r.ev_qual::text
      from pg_catalog.pg_rewrite r
      join pg_catalog.pg_class c on c.oid = r.ev_class
    union all
    select tableoid, oid, tableoid || '/' || oid, adbin::text
      from pg_catalog.pg_attrdef
    union all
    select tableoid, oid, tableoid || '/' || oid, conbin::text
      from pg_catalog.pg_constraint
    union all
    select c.tableoid, c.oid, c.tableoid || '/' || c.oid,
        concat(i.indexprs::text, i.indpred::text)
      from pg_catalog.pg_index i
      join pg_catalog.pg_class c on c.oid = i.indexrelid
    union all
    select c.tableoid, c.oid, c.tableoid || '/' || c.oid, t.partexprs::text
      from pg_catalog.pg_partitioned_table t
      join pg_catalog.pg_class c on c.oid = t.partrelid
    union all
    select tableoid, oid, tableoid || '/' || oid,
        concat(polqual::text, polwithcheck::text)
      from pg_catalog.pg_policy
    union all
    select tableoid, oid, tableoid || '/' || oid, tgqual::text
      from pg_catalog.pg_trigger
    union all
    select tableoid, oid, tableoid || '/' || oid, typdefaultbin::text
      from pg_catalog.pg_type
    union all
    -- PostgreSQL 14, 14 and 15
    select tableoid, oid, tableoid || '/' || oid,
        to_jsonb(p) ->> 'prosqlbody'
      from pg_catalog.pg_proc p where oid >= 16384
    union all
    select tableoid, oid, tableoid || '/' || oid, to_jsonb(s) ->> 'stxexprs'
      from pg_catalog.pg_statistic_ext s
    union all
    select tableoid, oid, tableoid || '/' || oid, to_jsonb(r) ->> 'prqual'
      from pg_catalog.pg_publication_rel r
)
select distinct p.castid, t.classid, t.objid, t.node
  from tree t
  -- what initdb has made knows no casts of ours
  join pattern p on t.objid >= 16384 and t.body ~ p.into_it
    and t.body ~ p.out_of_it
  order by 1, 2, 3;

--- walk
-- $1 catalogs, $2 OIDs, $3 numbers of columns, 0 for the whole. All that hangs
-- on them, and they themselves. $4 casts, $5 catalogs, $6 OIDs: what casts by
-- them, as "casters" has found it.
with recursive closure (classid, objid, subid, stays, shown) as (
    select classid, objid, subid, false, true
      from unnest($1::oid[], $2::oid[], $3::int[]) as w(classid, objid, subid)
    union
    select x.*
      from closure c
      -- who casts depends on the function only: it goes with the cast
      cross join lateral (select c.classid, c.objid
        union all
        select 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, k.castfunc
          from pg_catalog.pg_cast k
          where c.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
            and k.oid = c.objid and k.castfunc <> 0) u
      cross join lateral (
        select d.classid, d.objid, d.deptype
          from pg_catalog.pg_depend d
          where d.refclassid = u.classid and d.refobjid = u.objid
            and (c.subid = 0 or d.refobjsubid = c.subid)
            and (u.classid = c.classid or d.classid <> c.classid)
        union all
        select w.classid, w.objid, 'n'
          from unnest($4::oid[], $5::oid[], $6::oid[])
            as w(castid, classid, objid)
          where c.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
            and w.castid = c.objid) d
      left join pg_catalog.pg_rewrite r on r.oid = d.objid
        and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        and r.rulename = '_RETURN'
      left join pg_catalog.pg_class k on k.oid = d.objid
        and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      left join pg_catalog.pg_constraint i on k.relkind in ('i', 'I')
        and i.conindid = k.oid and i.contype in ('p', 'u', 'x')
      cross join lateral (
        -- a view is its rule, a composite type is its relation
        select case when r.oid is not null
                then 'pg_catalog.pg_class'::pg_catalog.regclass::oid
              when k.relkind = 'c'
                then 'pg_catalog.pg_type'::pg_catalog.regclass
              else d.classid end,
            case when r.oid is not null then r.ev_class
              when k.relkind = 'c' then k.reltype else d.objid end, 0,
            -- a table that is met on the way is not dropped: nothing goes
            -- with it
            coalesce(k.relkind in ('r', 'p', 'f'), false), true
        union all
        -- the index of a constraint goes with that
        select i.tableoid, i.oid, 0, false, true where i.oid is not null
        union all
        -- a generated column goes with its expression
        select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, b.adrelid,
            b.adnum::int, false, false
          from pg_catalog.pg_attrdef b
          join pg_catalog.pg_attribute a on a.attrelid = b.adrelid
            and a.attnum = b.adnum and a.attgenerated <> ''
          where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            and b.oid = d.objid
      ) x
      where not c.stays and (d.deptype <> 'e'
        or c.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass)
), member as (
    select distinct classid, objid from closure where shown
)
select classid, objid
  from member x
  -- members of extensions come and go with these
  where not exists (select from pg_catalog.pg_depend e
    where e.classid = x.classid and e.objid = x.objid and e.deptype = 'e')
  -- members of operator families that are named themselves, or that came with
  -- an operator class, and go with it
  and not (x.classid in ('pg_catalog.pg_amop'::pg_catalog.regclass,
      'pg_catalog.pg_amproc'::pg_catalog.regclass)
    and exists (select from pg_catalog.pg_depend d
      left join pg_catalog.pg_opfamily s on s.oid = d.refobjid
        and d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
      left join pg_catalog.pg_opclass o on o.opcfamily = s.oid
        and o.opcname = s.opfname and o.opcnamespace = s.opfnamespace
      join member f on f.classid = d.refclassid and f.objid = d.refobjid
        or f.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
        and f.objid = o.oid
      where d.classid = x.classid and d.objid = x.objid
        and d.refclassid in ('pg_catalog.pg_opclass'::pg_catalog.regclass,
          'pg_catalog.pg_opfamily'::pg_catalog.regclass)));

--- relation
-- what a table or type keeps inside is no object of its own
select x.classid, x.objid, 1 as cls, c.relkind::text as kind,
    n.nspname as sch, c.relname as nam, null as tab, null as args,
    x.classid || '/' || coalesce(i.indrelid,
      -- a sequence goes with its column
      (select d.refobjid from pg_catalog.pg_depend d
         where c.relkind = 'S' and d.classid = x.classid and d.objid = c.oid
           and d.refclassid = x.classid and d.deptype in ('a', 'i')
         limit 1)) as owner,
    case c.relkind
      when 'v' then format('create view %s%s as %s', f.fq,
        ' with (' || array_to_string(c.reloptions, ', ') || ')',
        pg_get_viewdef(c.oid))
      when 'm' then format('create materialized view %s%s as %s %s', f.fq,
        ' with (' || array_to_string(c.reloptions, ', ') || ')',
        rtrim(pg_get_viewdef(c.oid), ';'),
        case when c.relispopulated then 'with data' else 'with no data' end)
      when 'i' then pg_get_indexdef(c.oid)
    end as create_sql,
    case c.relkind when 'v' then 'drop view ' when 'i' then 'drop index '
      when 'm' then 'drop materialized view ' end || f.fq as drop_sql,
    array(
      select format('option|%s', o.option_name) || chr(31) || format(
          'alter %s set (%I = %L)', f.sig, o.option_name, o.option_value)
        from pg_options_to_table(c.reloptions) o
        where c.relkind in ('v', 'm', 'i')
      union all
      select 'mark' || chr(31) || format('alter table %s %s %I',
          i.indrelid::regclass, m.what, c.relname)
        from (values (i.indisclustered, 'cluster on'),
          (i.indisreplident, 'replica identity using index')) m (marked, what)
        where c.relkind = 'i' and m.marked
    ) as restore,
    f.sig as comment_on, case when c.relkind = 'S' then 'sequence '
      else 'table ' end || f.fq as grant_on, f.fq as columns_of,
    c.relowner as role, c.relacl as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_class c on c.oid = x.objid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_index i on i.indexrelid = c.oid
  cross join lateral (select format('%I.%I', n.nspname, c.relname) as fq,
    case c.relkind when 'v' then 'view ' when 'm' then 'materialized view '
      when 'S' then 'sequence ' when 'i' then 'index ' else 'table ' end
      || format('%I.%I', n.nspname, c.relname) as sig) f
  where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and c.relkind not in ('t', 'c')
    and not (c.relkind in ('i', 'I') and (n.nspname = 'pg_toast'
      or exists (select from pg_catalog.pg_depend d
        where d.classid = x.classid and d.objid = c.oid
          and (d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
            or d.deptype = 'i'))));

--- function
select x.classid, x.objid, 2 as cls, p.prokind::text as kind,
    n.nspname as sch, p.proname as nam, null as tab,
    (select coalesce(string_agg(case when t.typelem <> 0 and t.typlen = -1
          and e.typarray = t.oid then e.typname || '[]' else t.typname end,
          ',' order by a.i), '')
       from unnest(p.proargtypes) with ordinality as a(typ, i)
       join pg_catalog.pg_type t on t.oid = a.typ
       left join pg_catalog.pg_type e on e.oid = t.typelem) as args,
    null as owner,
    case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end
      as create_sql,
    'drop ' || f.sig as drop_sql, null as restore, f.sig as comment_on,
    f.sig as grant_on, null as columns_of, p.proowner as role, p.proacl as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_proc p on p.oid = x.objid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  cross join lateral (select format('%s %I.%I(%s)', case p.prokind
      when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
      n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
      as sig) f
  where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    -- constructors of range types come and go with these
    and not exists (select from pg_catalog.pg_depend i
      where i.classid = x.classid and i.objid = x.objid
        and i.deptype = 'i');

--- trigger
select x.classid, x.objid, 16 as cls, 'trigger' as kind, n.nspname as sch,
    t.tgname as nam, c.relname as tab, null as args,
    c.tableoid || '/' || c.oid as owner,
    pg_get_triggerdef(t.oid) as create_sql, 'drop ' || f.sig as drop_sql,
    case when t.tgenabled <> 'O' then array['enabled' || chr(31) || format(
      'alter table %I.%I %s trigger %I', n.nspname, c.relname,
      case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica'
        else 'enable always' end, t.tgname)] end as restore,
    f.sig as comment_on, null as grant_on, null as columns_of, null as role,
    null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_trigger t on t.oid = x.objid and not t.tgisinternal
    -- those of partitions come with that of the parent: PostgreSQL 13
    and coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'
  join pg_catalog.pg_class c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('trigger %I on %I.%I', t.tgname,
    n.nspname, c.relname) as sig) f
  where x.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass;

--- rule
select x.classid, x.objid, 32 as cls, 'rule' as kind, n.nspname as sch,
    r.rulename as nam, c.relname as tab, null as args,
    c.tableoid || '/' || c.oid as owner,
    pg_get_ruledef(r.oid) as create_sql, 'drop ' || f.sig as drop_sql,
    null as restore, f.sig as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_rewrite r on r.oid = x.objid and r.rulename <> '_RETURN'
  join pg_catalog.pg_class c on c.oid = r.ev_class
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('rule %I on %I.%I', r.rulename,
    n.nspname, c.relname) as sig) f
  where x.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass;

--- policy
select x.classid, x.objid, 64 as cls, 'policy' as kind, n.nspname as sch,
    p.polname as nam, c.relname as tab, null as args,
    c.tableoid || '/' || c.oid as owner,
    format('create policy %I on %I.%I as %s for %s to %s%s%s', p.polname,
      n.nspname, c.relname,
      case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert'
        when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      (select string_agg(case o when 0 then 'public'
         else quote_ident(pg_get_userbyid(o)) end, ', ')
         from unnest(p.polroles) o),
      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
      ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
      as create_sql,
    'drop ' || f.sig as drop_sql, null as restore, f.sig as comment_on,
    null as grant_on, null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_policy p on p.oid = x.objid
  join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('policy %I on %I.%I', p.polname,
    n.nspname, c.relname) as sig) f
  where x.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass;

--- constraint
-- of tables and of domains; what a constraint trigger has in pg_constraint
-- goes with it
select x.classid, x.objid, 0 as cls, 'constraint' as kind, n.nspname as sch,
    k.conname as nam, coalesce(c.relname, t.typname) as tab, null as args,
    coalesce(c.tableoid, t.tableoid) || '/' || coalesce(c.oid, t.oid)
      as owner,
    format('alter %s add constraint %I %s', f.fq, k.conname,
      pg_get_constraintdef(k.oid)) as create_sql,
    format('alter %s drop constraint %I', f.fq, k.conname) as drop_sql,
    null as restore, format('constraint %I on %s', k.conname,
      regexp_replace(f.fq, '^table ', '')) as comment_on,
    null as grant_on, null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_constraint k on k.oid = x.objid
  left join pg_catalog.pg_class c on c.oid = k.conrelid
  left join pg_catalog.pg_type t on t.oid = k.contypid
  join pg_catalog.pg_namespace n
    on n.oid = coalesce(c.relnamespace, t.typnamespace)
  cross join lateral (select case when c.oid is null then 'domain '
    else 'table ' end || format('%I.%I', n.nspname,
      coalesce(c.relname, t.typname)) as fq) f
  where x.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
    and (c.oid is null or (k.conparentid = 0 and k.contype <> 't'))
    and (k.coninhcount = 0 or k.conislocal);

--- default
-- a generated column goes with its expression, and comes back with it; one
-- that is only inherited goes with the one above it
select x.classid, x.objid, 0 as cls, f.kind, n.nspname as sch,
    a.attname as nam, c.relname as tab, null as args,
    c.tableoid || '/' || c.oid as owner,
    case when f.kind = 'default' then format(
        'alter table only %s alter column %I set default %s', f.fq, a.attname,
        f.expr)
      when a.attinhcount = 0 then format(
        'alter table %s add column %I %s%s generated always as (%s) stored%s',
        f.fq, a.attname, format_type(a.atttypid, a.atttypmod),
        (select format(' collate %I.%I', m.nspname, l.collname)
          from pg_catalog.pg_type t, pg_catalog.pg_collation l
          join pg_catalog.pg_namespace m on m.oid = l.collnamespace
          where t.oid = a.atttypid and l.oid = a.attcollation
            and l.oid <> t.typcollation), f.expr,
        case when a.attnotnull then ' not null' end) end as create_sql,
    format(case f.kind when 'default'
        then 'alter table only %s alter column %I drop default'
        else 'alter table %s drop column %I' end, f.fq, a.attname) as drop_sql,
    case when f.kind = 'generated' then array(
      select 'column' || chr(31) || format('alter table %s alter column %I '
          'set %s', f.fq, a.attname, o.what)
        from (values ('statistics ' || nullif(a.attstattarget, -1)),
          -- what some servers keep there is not for them to be told
          ('(' || (select string_agg(o, ', ') from unnest(a.attoptions) o
                where o !~ '^pg_attver=') || ')'),
          ('storage ' || case (select nullif(a.attstorage, t.typstorage)
                from pg_catalog.pg_type t where t.oid = a.atttypid)
              when 'p' then 'plain' when 'm' then 'main'
              when 'e' then 'external' when 'x' then 'extended' end),
          ('compression ' || case to_jsonb(a) ->> 'attcompression'
              when 'l' then 'lz4' when 'p' then 'pglz' end)) as o(what)
        where o.what is not null
      union all
      select 'column' || chr(31) || format('grant %s (%I) on %s to %s%s',
          lower(g.privilege_type), a.attname, f.fq, case g.grantee when 0
            then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
          case when g.is_grantable then ' with grant option' else '' end)
        from aclexplode(a.attacl) g
      union all
      select 'column' || chr(31) || format('comment on column %s.%I is %L',
          f.fq, a.attname, col_description(c.oid, a.attnum))
        where col_description(c.oid, a.attnum) is not null
    ) end as restore, null as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_attrdef b on b.oid = x.objid
  join pg_catalog.pg_attribute a on a.attrelid = b.adrelid
    and a.attnum = b.adnum
  join pg_catalog.pg_class c on c.oid = b.adrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('%I.%I', n.nspname, c.relname) as fq,
    case a.attgenerated when '' then 'default' else 'generated' end as kind,
    pg_get_expr(b.adbin, b.adrelid) as expr) f
  where x.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    and (f.kind = 'default' or a.attinhcount = 0 or a.attislocal);

--- type
-- types of their own: no row types, no arrays; of a domain, its default comes
-- back
select x.classid, x.objid, 4 as cls, t.typtype::text as kind,
    n.nspname as sch, t.typname as nam, null as tab, null as args,
    null as owner, case when t.typtype = 'd' then format(
      'alter domain %I.%I set default ', n.nspname, t.typname)
      || pg_get_expr(t.typdefaultbin, 0) end as create_sql,
    case when t.typtype = 'd' and t.typdefaultbin is not null then format(
      'alter domain %I.%I drop default', n.nspname, t.typname) end as drop_sql,
    null as restore,
    f.sig as comment_on, f.sig as grant_on, null as columns_of,
    t.typowner as role, t.typacl as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_type t on t.oid = x.objid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  cross join lateral (select format('type %I.%I', n.nspname, t.typname)
    as sig) f
  where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
    and (t.typrelid = 0 or c.relkind = 'c')
    and not exists (select from pg_catalog.pg_type e
      where e.typarray = t.oid)
    and not exists (select from pg_catalog.pg_range r
      where r.rngmultitypid = t.oid);

--- operator
select x.classid, x.objid, 1024 as cls, 'operator' as kind,
    n.nspname as sch, o.oprname as nam, null as tab,
    concat_ws(',', l.typname, r.typname) as args, null as owner,
    null as create_sql, null as drop_sql, null as restore,
    format('operator %I.%s (%s, %s)', n.nspname, o.oprname,
      coalesce(format_type(l.oid, null), 'none'),
      coalesce(format_type(r.oid, null), 'none')) as comment_on,
    null as grant_on, null as columns_of, o.oprowner as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_operator o on o.oid = x.objid
  join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  left join pg_catalog.pg_type l on l.oid = o.oprleft
  left join pg_catalog.pg_type r on r.oid = o.oprright
  where x.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
    -- others only name it: it comes and goes with them
    and o.oprcode <> 0;

--- extension
select x.classid, x.objid, 128 as cls, 'extension' as kind, null as sch,
    e.extname as nam, null as tab, null as args, null as owner,
    null as create_sql, null as drop_sql, null as restore,
    format('extension %I', e.extname) as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_extension e on e.oid = x.objid
  where x.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass;

--- publication
-- of some columns or rows: PostgreSQL 15
select x.classid, x.objid, 0 as cls, 'publication' as kind,
    n.nspname as sch, p.pubname as nam, c.relname as tab, null as args,
    p.tableoid || '/' || p.oid as owner,
    format('alter publication %I add table %I.%I%s%s', p.pubname, n.nspname,
      c.relname, case when to_jsonb(r) ->> 'prattrs' is not null then ' ('
        || (select string_agg(quote_ident(a), ', ')
          from jsonb_array_elements_text(to_jsonb(t) -> 'attnames') a)
        || ')' end, ' where (' || (to_jsonb(t) ->> 'rowfilter') || ')')
      as create_sql,
    format('alter publication %I drop table %I.%I', p.pubname, n.nspname,
      c.relname) as drop_sql,
    null as restore, null as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_publication_rel r on r.oid = x.objid
  join pg_catalog.pg_publication p on p.oid = r.prpubid
  join pg_catalog.pg_class c on c.oid = r.prrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
    and t.schemaname = n.nspname and t.tablename = c.relname
  where x.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass;

--- published
-- schemas of publications: PostgreSQL 15
select x.classid, x.objid, 0 as cls, 'publication' as kind,
    n.nspname as sch, p.pubname as nam, null as tab, null as args,
    p.tableoid || '/' || p.oid as owner,
    format('alter publication %I add tables in schema %I', p.pubname,
      n.nspname) as create_sql,
    format('alter publication %I drop tables in schema %I', p.pubname,
      n.nspname) as drop_sql,
    null as restore, null as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join pg_catalog.pg_publication_namespace r on r.oid = x.objid
  join pg_catalog.pg_publication p on p.oid = r.pnpubid
  join pg_catalog.pg_namespace n on n.oid = r.pnnspid
  where x.classid = 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass;

--- named
-- objects that need no more than a name; what hangs on them is made again by
-- whoever made it
select x.classid, x.objid, o.cls, o.kind, o.sch, o.nam, null as tab, o.args,
    null as owner, null as create_sql, null as drop_sql, null as restore,
    null as comment_on, null as grant_on, null as columns_of, null as role,
    null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid)
  join (
\ir named.sql
    ) o
    on o.classid = x.classid and o.objid = x.objid;

--- other
-- what has no query above is named, never passed over
select x.classid, x.objid, 0 as cls, 'other' as kind, null as sch,
    pg_describe_object(x.classid, x.objid, 0) as nam, null as tab,
    null as args, null as owner, null as create_sql, null as drop_sql,
    null as restore, null as comment_on, null as grant_on,
    null as columns_of, null as role, null as acl
  from unnest($1::oid[], $2::oid[]) as x(classid, objid);

--- users
-- $1 schemas, $2 tables, $3 columns. What reads each of these columns.
select w.ord, coalesce(
    'pg_catalog.pg_class'::pg_catalog.regclass::oid || '/' || r.ev_class,
    d.classid || '/' || d.objid) as id
  from unnest($1::text[], $2::text[], $3::text[])
    with ordinality as w(sch, tab, nam, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w.nam
    and not a.attisdropped
  join pg_catalog.pg_depend d on d.refclassid = c.tableoid
    and d.refobjid = c.oid and d.refobjsubid = a.attnum
  left join pg_catalog.pg_rewrite r on r.oid = d.objid
    and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    and r.rulename = '_RETURN'
  order by w.ord, 2;

--- needs
-- $1 catalogs, $2 OIDs, $3 kinds. What each refers to. Edges go over what is
-- no object of its own: row types, arrays, rules of views, indexes of
-- constraints, members of extensions.
select distinct w.ord, need.id as need
  from unnest($1::oid[], $2::oid[], $3::text[]) with ordinality
    as w(classid, objid, kind, ord)
  cross join lateral (select w.classid, w.objid
    union all
    select 'pg_catalog.pg_rewrite'::pg_catalog.regclass::oid, r.oid
      from pg_catalog.pg_rewrite r
      where w.kind in ('v', 'm') and r.ev_class = w.objid
        and r.rulename = '_RETURN'
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, t.typrelid
      from pg_catalog.pg_type t
      where w.kind = 'c' and t.oid = w.objid
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, k.conindid
      from pg_catalog.pg_constraint k
      where w.kind = 'constraint' and k.oid = w.objid
        and k.contype in ('p', 'u', 'x')) own
  join pg_catalog.pg_depend d on d.classid = own.classid
    and d.objid = own.objid
  cross join lateral (
    select coalesce(
        (select m.refclassid || '/' || m.refobjid from pg_catalog.pg_depend m
          where m.classid = d.refclassid and m.objid = d.refobjid
            and m.deptype = 'e'),
        (select k.refclassid || '/' || k.refobjid from pg_catalog.pg_depend k
          where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and k.classid = d.refclassid and k.objid = d.refobjid
            and k.deptype = 'i' and k.refclassid
              = 'pg_catalog.pg_constraint'::pg_catalog.regclass),
        (select coalesce((select 'pg_catalog.pg_class'::pg_catalog.regclass::oid
                || '/' || k.oid from pg_catalog.pg_class k
              where k.oid = y.typrelid and k.relkind <> 'c'),
            d.refclassid || '/' || y.oid)
          from pg_catalog.pg_type z
          join pg_catalog.pg_type y on y.oid = case when z.typelem <> 0
            and z.typlen = -1 then z.typelem else z.oid end
          where d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
            and z.oid = d.refobjid),
        d.refclassid || '/' || d.refobjid) as id
    union all
    -- a generated column is its expression
    select b.tableoid || '/' || b.oid
      from pg_catalog.pg_attrdef b
      join pg_catalog.pg_attribute a on a.attrelid = b.adrelid
        and a.attnum = b.adnum and a.attgenerated <> ''
      where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and b.adrelid = d.refobjid and b.adnum = d.refobjsubid
        and (own.classid, own.objid) <> (b.tableoid, b.oid)
    union all
    -- whatever calls a cast's function may do so to cast
    select k.tableoid || '/' || k.oid
      from pg_catalog.pg_cast k
      where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        and k.castfunc = d.refobjid and own.classid <> k.tableoid
    union all
    -- a check that a table below has by itself as well goes behind it, and
    -- comes before it
    select l.tableoid || '/' || l.oid
      from pg_catalog.pg_constraint k
      join pg_catalog.pg_inherits h on h.inhparent = k.conrelid
      join pg_catalog.pg_constraint l on l.conrelid = h.inhrelid
        and l.conname = k.conname and l.coninhcount > 0 and l.conislocal
      where w.kind = 'constraint' and k.oid = w.objid
  ) need
  order by 1, 2;

--- facts
-- $1 catalogs, $2 OIDs, $3 comment_on, $4 grant_on, $5 columns_of, $6 owners,
-- $7 privileges: what of the owner, privileges and comments is not as a new
-- object has it.
select w.ord, f.fact
  from unnest($1::oid[], $2::oid[], $3::text[], $4::text[], $5::text[],
    $6::oid[], $7::text[]) with ordinality
    as w(classid, objid, comment_on, grant_on, columns_of, role, acl, ord)
  cross join lateral (
    select 1 as part, null as at, 'owner' || chr(31) || format(
        'alter %s owner to %I', w.comment_on, pg_get_userbyid(w.role)) as fact
      where pg_get_userbyid(w.role) <> current_user
    union all
    -- what everybody may do with a new function or type
    select 2, null, 'grant||public' || chr(31) || format('revoke all on %s '
        'from public', w.grant_on)
      where w.classid in ('pg_catalog.pg_proc'::pg_catalog.regclass,
          'pg_catalog.pg_type'::pg_catalog.regclass) and w.acl is not null
        and not exists (select from aclexplode(w.acl::aclitem[]) a
          where a.grantee = 0)
    union all
    select 3, format('grant|%s|%s', lower(a.privilege_type), g.name),
        format('grant|%s|%s', lower(a.privilege_type), g.name) || chr(31)
        || format('grant %s on %s to %s%s', lower(a.privilege_type),
          w.grant_on, g.quoted, case when a.is_grantable
            then ' with grant option' else '' end)
      from aclexplode(w.acl::aclitem[]) a
      cross join lateral (select case a.grantee when 0 then 'public'
            else pg_get_userbyid(a.grantee) end as name,
          case a.grantee when 0 then 'public'
            else quote_ident(pg_get_userbyid(a.grantee)) end as quoted) g
      where a.grantee <> w.role
    union all
    select 4, format('grant|%s|%s', lower(a.privilege_type), g.name),
        format('grant|%s|%s', lower(a.privilege_type), g.name) || chr(31)
        || format('grant %s (%I) on %s to %s%s', lower(a.privilege_type),
          t.attname, w.grant_on, g.quoted, case when a.is_grantable
            then ' with grant option' else '' end)
      from pg_catalog.pg_attribute t
      cross join aclexplode(t.attacl) a
      cross join lateral (select case a.grantee when 0 then 'public'
            else pg_get_userbyid(a.grantee) end as name,
          case a.grantee when 0 then 'public'
            else quote_ident(pg_get_userbyid(a.grantee)) end as quoted) g
      where w.columns_of is not null and t.attrelid = w.objid
        and a.grantee <> w.role
    union all
    select 5, to_char(d.objsubid, '00000'), format('comment|%s', t.attname)
        || chr(31) || format('comment on %s is %L', case d.objsubid when 0
          then w.comment_on else format('column %s.%I', w.columns_of,
            t.attname) end, d.description)
      from pg_catalog.pg_description d
      left join pg_catalog.pg_attribute t on w.columns_of is not null
        and t.attrelid = d.objoid and t.attnum = d.objsubid
        and d.objsubid > 0
      where d.classoid = w.classid and d.objoid = w.objid) f
  order by w.ord, f.part, f.at, f.fact;
