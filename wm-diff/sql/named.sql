-- Objects that need no more than a name, of all classes whose number (enum
-- ident_class) has no query of its own. Included by find.sql and closure.sql.
    select 16384 as cls, 'collation' as kind, o.tableoid as classid,
      o.oid as objid, n.nspname::text as sch, o.collname::text as nam, '' as args
    from pg_catalog.pg_collation o
    join pg_catalog.pg_namespace n on n.oid = o.collnamespace
    union all
    select 32768, 'conversion', o.tableoid, o.oid,
      n.nspname, o.conname, ''
    from pg_catalog.pg_conversion o
    join pg_catalog.pg_namespace n on n.oid = o.connamespace
    union all
    select 65536, 'text search parser', o.tableoid, o.oid,
      n.nspname, o.prsname, ''
    from pg_catalog.pg_ts_parser o
    join pg_catalog.pg_namespace n on n.oid = o.prsnamespace
    union all
    select 131072, 'text search template', o.tableoid, o.oid,
      n.nspname, o.tmplname, ''
    from pg_catalog.pg_ts_template o
    join pg_catalog.pg_namespace n on n.oid = o.tmplnamespace
    union all
    select 262144, 'text search dictionary', o.tableoid, o.oid,
      n.nspname, o.dictname, ''
    from pg_catalog.pg_ts_dict o
    join pg_catalog.pg_namespace n on n.oid = o.dictnamespace
    union all
    select 524288, 'text search configuration', o.tableoid, o.oid,
      n.nspname, o.cfgname, ''
    from pg_catalog.pg_ts_config o
    join pg_catalog.pg_namespace n on n.oid = o.cfgnamespace
    union all
    select 16777216, 'statistics', o.tableoid, o.oid,
      n.nspname, o.stxname, ''
    from pg_catalog.pg_statistic_ext o
    join pg_catalog.pg_namespace n on n.oid = o.stxnamespace
    union all
    select 4096, 'operator class', o.tableoid, o.oid, n.nspname,
      o.opcname, a.amname
    from pg_catalog.pg_opclass o
    join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
    join pg_catalog.pg_am a on a.oid = o.opcmethod
    union all
    select 8192, 'operator family', o.tableoid, o.oid, n.nspname,
      o.opfname, a.amname
    from pg_catalog.pg_opfamily o
    join pg_catalog.pg_namespace n on n.oid = o.opfnamespace
    join pg_catalog.pg_am a on a.oid = o.opfmethod
    union all
    select 2097152, 'foreign data wrapper', o.tableoid, o.oid,
      null, o.fdwname, ''
    from pg_catalog.pg_foreign_data_wrapper o
    union all
    select 4194304, 'server', o.tableoid, o.oid,
      null, o.srvname, ''
    from pg_catalog.pg_foreign_server o
    union all
    select 33554432, 'event trigger', o.tableoid, o.oid,
      null, o.evtname, ''
    from pg_catalog.pg_event_trigger o
    union all
    select 67108864, 'publication', o.tableoid, o.oid,
      null, o.pubname, ''
    from pg_catalog.pg_publication o
    union all
    select 268435456, 'access method', o.tableoid, o.oid,
      null, o.amname, ''
    from pg_catalog.pg_am o
    union all
    -- what comes with a range type goes with it
    select 2048, 'cast', o.tableoid, o.oid, null, s.typname, t.typname
    from pg_catalog.pg_cast o
    join pg_catalog.pg_type s on s.oid = o.castsource
    join pg_catalog.pg_type t on t.oid = o.casttarget
    where o.oid >= 16384 and not exists (select from pg_catalog.pg_depend d
      where d.classid = o.tableoid and d.objid = o.oid and d.deptype = 'i')
    union all
    select 1048576, 'transform', o.tableoid, o.oid, null, t.typname,
      l.lanname
    from pg_catalog.pg_transform o
    join pg_catalog.pg_type t on t.oid = o.trftype
    join pg_catalog.pg_language l on l.oid = o.trflang
    union all
    select 8388608, 'user mapping', 'pg_catalog.pg_user_mapping'::regclass,
      o.umid, null, o.usename, o.srvname
    from pg_catalog.pg_user_mappings o
