-- Where things stand in the catalog: one query for each class of names (enum
-- ident_class), as each has its own catalog.
--
-- $1 schemas, $2 names, $3 tables (of columns, triggers, constraints ...), $4
-- argument types of functions and operators: the last part of each type's name,
-- with [] for arrays, comma-separated. The result has the number of the name,
-- and what pg_depend calls it; names that are not there have no row.

--- column
select w.ord, c.tableoid as classid, c.oid as objid, a.attnum as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w.nam
    and not a.attisdropped;

--- constraint
select w.ord, k.tableoid as classid, k.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.conname = w.nam;

--- relation
select w.ord, c.tableoid as classid, c.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.nam
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch);

--- function
-- one that has no namesake is found by its name alone
select ord, classid, oid as objid, 0 as subid
  from (select w.ord, p.tableoid as classid, p.oid, w.args,
      count(*) over (partition by w.ord) as n,
      (select coalesce(string_agg(case when t.typelem <> 0 and t.typlen = -1
            and e.typarray = t.oid then e.typname || '[]'
            else t.typname end, ',' order by a.i), '')
         from unnest(p.proargtypes) with ordinality as a(typ, i)
         join pg_catalog.pg_type t on t.oid = a.typ
         left join pg_catalog.pg_type e on e.oid = t.typelem) as have
    from unnest($1::text[], $2::text[], $3::text[], $4::text[])
      with ordinality as w(sch, nam, tab, args, ord)
    join pg_catalog.pg_proc p on p.proname = w.nam
      and p.pronamespace = (select oid from pg_catalog.pg_namespace
        where nspname = w.sch)) f
  where n = 1 or have = args;

--- trigger
select w.ord, t.tableoid as classid, t.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_trigger t on t.tgrelid = c.oid and t.tgname = w.nam;

--- rule
select w.ord, t.tableoid as classid, t.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_rewrite t on t.ev_class = c.oid and t.rulename = w.nam;

--- policy
select w.ord, t.tableoid as classid, t.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_class c on c.relname = w.tab
    and c.relnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  join pg_catalog.pg_policy t on t.polrelid = c.oid and t.polname = w.nam;

--- type
select w.ord, t.tableoid as classid, t.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_type t on t.typname = w.nam
    and t.typnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch);

--- schema
select w.ord, n.tableoid as classid, n.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_namespace n on n.nspname = w.nam;

--- extension
select w.ord, e.tableoid as classid, e.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_extension e on e.extname = w.nam;

--- language
select w.ord, l.tableoid as classid, l.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_language l on l.lanname = w.nam;

--- operator
select w.ord, o.tableoid as classid, o.oid as objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join pg_catalog.pg_operator o on o.oprname = w.nam
    and o.oprnamespace = (select oid from pg_catalog.pg_namespace
      where nspname = w.sch)
  where w.args = concat_ws(',', (select t.typname from pg_catalog.pg_type t
      where t.oid = o.oprleft), (select t.typname from pg_catalog.pg_type t
      where t.oid = o.oprright));

--- named
-- objects of all other classes: their number stands in $3
select w.ord, o.classid, o.objid, 0 as subid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as w(sch, nam, tab, args, ord)
  join (
\ir named.sql
    ) o
    on o.cls = w.tab::int and coalesce(o.sch, '') = w.sch and o.nam = w.nam
      and o.args = w.args;
