-- catalog.sql - what a database's schema is, one fact a line, sorted.
--
-- Two databases with equal output hold equal schemas. Left out on purpose: OIDs,
-- order of table columns, rows, the last value of sequences, members of
-- extensions, temporary objects, statistics. Runs with an empty search_path, or
-- pg_catalog alone. Works on PostgreSQL 12 and later: members of catalogs that
-- came or changed later are read through to_jsonb().

with
-- Members of extensions, and what hangs on nothing but them.
ext as materialized (
	select classid, objid
	from pg_depend
	where deptype = 'e'
),
nsp as materialized (
	select n.oid, n.nspname, quote_ident(n.nspname) as q, n.nspowner, n.nspacl
	from pg_namespace n
	where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	and not exists (select from ext
		where classid = 'pg_namespace'::regclass and objid = n.oid)
),
rel as materialized (
	select c.*, n.q || '.' || quote_ident(c.relname) as name,
		case c.relkind
			when 'r' then 'table' when 'p' then 'table'
			when 'v' then 'view' when 'm' then 'materialized view'
			when 'S' then 'sequence' when 'f' then 'foreign table'
			when 'i' then 'index' when 'I' then 'index'
			when 'c' then 'composite type' end as kind
	from pg_class c
	join nsp n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I', 'c')
	and c.relpersistence <> 't'
	and not exists (select from ext
		where classid = 'pg_class'::regclass and objid = c.oid)
),
typ as materialized (
	select t.*, n.q || '.' || quote_ident(t.typname) as name
	from pg_type t
	join nsp n on n.oid = t.typnamespace
	where t.typtype in ('b', 'd', 'e', 'r')
	and not (t.typcategory = 'A' and t.typelem <> 0)
	and not exists (select from ext
		where classid = 'pg_type'::regclass and objid = t.oid)
),
fun as materialized (
	select p.*, n.q || '.' || quote_ident(p.proname) || '('
		|| pg_get_function_identity_arguments(p.oid) || ')' as name,
		case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure'
			else 'function' end as kind
	from pg_proc p
	join nsp n on n.oid = p.pronamespace
	where not exists (select from ext
		where classid = 'pg_proc'::regclass and objid = p.oid)
	-- Constructors of range types come and go with these.
	and not exists (select from pg_depend d
		where d.classid = 'pg_proc'::regclass and d.objid = p.oid
		and d.deptype = 'i' and d.refclassid = 'pg_type'::regclass)
),
con as materialized (
	select o.*, coalesce(r.name, t.name) as owner_name,
		case when o.conrelid <> 0 then 'constraint'
			else 'domain constraint' end as kind
	from pg_constraint o
	left join rel r on r.oid = o.conrelid
	left join typ t on t.oid = o.contypid
	where coalesce(r.name, t.name) is not null
	and o.contype <> 't'
),
-- Everything that can carry an owner, privileges, a comment or a label.
obj (classid, oid, kind, name, owner, acl, acl_type) as materialized (
	select 'pg_namespace'::regclass::oid, oid, 'schema', q, nspowner,
		nspacl, 'n'::"char"
	from nsp
	union all
	select 'pg_class'::regclass, oid, kind, name, relowner, relacl,
		case relkind when 'S' then 's' when 'i' then null
			when 'I' then null when 'c' then null else 'r' end::"char"
	from rel
	union all
	select 'pg_proc'::regclass, oid, kind, name, proowner, proacl, 'f'
	from fun
	union all
	select 'pg_type'::regclass, oid,
		case typtype when 'd' then 'domain' else 'type' end, name, typowner,
		typacl, 'T'
	from typ
	-- Row types have their own privileges and comments.
	union all
	select 'pg_type'::regclass, t.oid, 'row type', r.name, null, t.typacl,
		case when t.typacl is not null then 'T' end::"char"
	from rel r
	join pg_type t on t.oid = r.reltype
	union all
	select 'pg_constraint'::regclass, oid, kind,
		quote_ident(conname) || ' on ' || owner_name, null, null, null
	from con
	union all
	select 'pg_trigger'::regclass, t.oid, 'trigger',
		quote_ident(t.tgname) || ' on ' || r.name, null, null, null
	from pg_trigger t
	join rel r on r.oid = t.tgrelid
	where not t.tgisinternal
	union all
	select 'pg_rewrite'::regclass, w.oid, 'rule',
		quote_ident(w.rulename) || ' on ' || r.name, null, null, null
	from pg_rewrite w
	join rel r on r.oid = w.ev_class
	union all
	select 'pg_policy'::regclass, p.oid, 'policy',
		quote_ident(p.polname) || ' on ' || r.name, null, null, null
	from pg_policy p
	join rel r on r.oid = p.polrelid
	union all
	select 'pg_statistic_ext'::regclass, s.oid, 'statistics',
		n.q || '.' || quote_ident(s.stxname), s.stxowner, null, null
	from pg_statistic_ext s
	join nsp n on n.oid = s.stxnamespace
	union all
	select 'pg_operator'::regclass, o.oid, 'operator',
		n.q || '.' || o.oprname || '(' || format_type(o.oprleft, null)
		|| ',' || format_type(o.oprright, null) || ')', o.oprowner, null,
		null
	from pg_operator o
	join nsp n on n.oid = o.oprnamespace
	union all
	select 'pg_opclass'::regclass, o.oid, 'operator class',
		n.q || '.' || quote_ident(o.opcname) || ' using ' || a.amname,
		o.opcowner, null, null
	from pg_opclass o
	join nsp n on n.oid = o.opcnamespace
	join pg_am a on a.oid = o.opcmethod
	union all
	select 'pg_opfamily'::regclass, o.oid, 'operator family',
		n.q || '.' || quote_ident(o.opfname) || ' using ' || a.amname,
		o.opfowner, null, null
	from pg_opfamily o
	join nsp n on n.oid = o.opfnamespace
	join pg_am a on a.oid = o.opfmethod
	union all
	select 'pg_collation'::regclass, c.oid, 'collation',
		n.q || '.' || quote_ident(c.collname), c.collowner, null, null
	from pg_collation c
	join nsp n on n.oid = c.collnamespace
	union all
	select 'pg_conversion'::regclass, c.oid, 'conversion',
		n.q || '.' || quote_ident(c.conname), c.conowner, null, null
	from pg_conversion c
	join nsp n on n.oid = c.connamespace
	union all
	select 'pg_ts_config'::regclass, c.oid, 'text search configuration',
		n.q || '.' || quote_ident(c.cfgname), c.cfgowner, null, null
	from pg_ts_config c
	join nsp n on n.oid = c.cfgnamespace
	union all
	select 'pg_ts_dict'::regclass, c.oid, 'text search dictionary',
		n.q || '.' || quote_ident(c.dictname), c.dictowner, null, null
	from pg_ts_dict c
	join nsp n on n.oid = c.dictnamespace
	union all
	select 'pg_ts_parser'::regclass, c.oid, 'text search parser',
		n.q || '.' || quote_ident(c.prsname), null, null, null
	from pg_ts_parser c
	join nsp n on n.oid = c.prsnamespace
	union all
	select 'pg_ts_template'::regclass, c.oid, 'text search template',
		n.q || '.' || quote_ident(c.tmplname), null, null, null
	from pg_ts_template c
	join nsp n on n.oid = c.tmplnamespace
	union all
	select 'pg_extension'::regclass, oid, 'extension', quote_ident(extname),
		extowner, null, null
	from pg_extension
	union all
	select 'pg_event_trigger'::regclass, oid, 'event trigger',
		quote_ident(evtname), evtowner, null, null
	from pg_event_trigger
	union all
	select 'pg_publication'::regclass, oid, 'publication',
		quote_ident(pubname), pubowner, null, null
	from pg_publication
	union all
	select 'pg_language'::regclass, l.oid, 'language',
		quote_ident(l.lanname), l.lanowner, l.lanacl, 'l'
	from pg_language l
	where l.lanispl
	union all
	select 'pg_foreign_data_wrapper'::regclass, w.oid,
		'foreign data wrapper', quote_ident(w.fdwname), w.fdwowner, w.fdwacl,
		'F'
	from pg_foreign_data_wrapper w
	union all
	select 'pg_foreign_server'::regclass, s.oid, 'server',
		quote_ident(s.srvname), s.srvowner, s.srvacl, 'S'
	from pg_foreign_server s
	union all
	select 'pg_cast'::regclass, c.oid, 'cast',
		format_type(c.castsource, null) || ' as '
		|| format_type(c.casttarget, null), null, null, null
	from pg_cast c
	where c.oid >= 16384
	union all
	select 'pg_transform'::regclass, t.oid, 'transform',
		format_type(t.trftype, null) || ' for ' || l.lanname, null, null, null
	from pg_transform t
	join pg_language l on l.oid = t.trflang
	union all
	select 'pg_am'::regclass, oid, 'access method', quote_ident(amname), null,
		null, null
	from pg_am
	where oid >= 16384
	union all
	-- The database has no name here: two databases are to be compared.
	select 'pg_database'::regclass, oid, 'database', '', datdba, datacl, 'd'
	from pg_database
	where datname = current_database()
),
mine as materialized (
	select o.*
	from obj o
	where not exists (select from ext e
		where e.classid = o.classid and e.objid = o.oid)
),
-- to_jsonb() costs, and only these catalogs differ between versions.
att as materialized (
	select a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod,
		a.attcollation, a.attnotnull, a.attidentity, a.attgenerated,
		a.attstorage, a.attislocal, a.attinhcount, a.attacl, a.attoptions,
		a.attfdwoptions, r.relkind, r.name as rel_name, r.relowner,
		quote_ident(a.attname) as q, j.j
	from pg_attribute a
	join rel r on r.oid = a.attrelid,
	lateral (select to_jsonb(a) as j) j
	where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
),
fact (kind, name, what) as (
	-- what is true of every object
	select kind, name, 'exists' from mine
	union all
	select kind, name, 'owner ' || pg_get_userbyid(owner)
	from mine
	where owner is not null and kind <> 'database'
	union all
	select m.kind, m.name, format('grant %s to %s%s by %s', x.privilege_type,
		case x.grantee when 0 then 'public'
			else quote_ident(pg_get_userbyid(x.grantee)) end,
		case when x.is_grantable then ' with grant option' else '' end,
		quote_ident(pg_get_userbyid(x.grantor)))
	from mine m
	cross join lateral aclexplode(coalesce(m.acl,
		acldefault(m.acl_type, m.owner))) x
	where m.acl_type is not null
	union all
	select m.kind, m.name, format('comment%s is %s',
		' on column ' || quote_ident(a.attname), d.description)
	from pg_description d
	join mine m on m.classid = d.classoid and m.oid = d.objoid
	left join pg_attribute a on d.objsubid <> 0
		and d.classoid = 'pg_class'::regclass
		and a.attrelid = d.objoid and a.attnum = d.objsubid
	union all
	select m.kind, m.name, 'comment is ' || d.description
	from pg_shdescription d
	join mine m on m.classid = d.classoid and m.oid = d.objoid
	union all
	select m.kind, m.name, format('label%s %s %s',
		' on column ' || quote_ident(a.attname), l.provider, l.label)
	from pg_seclabel l
	join mine m on m.classid = l.classoid and m.oid = l.objoid
	left join pg_attribute a on l.objsubid <> 0
		and l.classoid = 'pg_class'::regclass
		and a.attrelid = l.objoid and a.attnum = l.objsubid
	union all
	select m.kind, m.name, 'depends on extension ' || x.extname
	from pg_depend d
	join mine m on m.classid = d.classid and m.oid = d.objid
	join pg_extension x on x.oid = d.refobjid
	where d.deptype = 'x' and d.refclassid = 'pg_extension'::regclass

	-- relations
	union all
	select kind, name, format('relkind %s persistence %s', relkind,
		relpersistence)
	from rel
	union all
	select r.kind, r.name, 'option ' || o
	from rel r, unnest(r.reloptions) o
	union all
	select r.kind, r.name, 'toast option ' || o
	from rel r
	join pg_class t on t.oid = r.reltoastrelid, unnest(t.reloptions) o
	union all
	select r.kind, r.name, 'tablespace ' || t.spcname
	from rel r
	join pg_tablespace t on t.oid = r.reltablespace
	union all
	select r.kind, r.name, 'access method ' || a.amname
	from rel r
	join pg_am a on a.oid = r.relam
	where r.relkind in ('r', 'm', 'p')
	union all
	select kind, name, format('row security %s%s',
		case when relrowsecurity then 'on' else 'off' end,
		case when relforcerowsecurity then ' forced' else '' end)
	from rel
	where relkind in ('r', 'p')
	union all
	select kind, name, 'replica identity ' || relreplident::text
	from rel
	where relkind in ('r', 'p', 'm')
	union all
	select r.kind, r.name, 'of type ' || format_type(r.reloftype, null)
	from rel r
	where r.reloftype <> 0
	union all
	select r.kind, r.name, 'partition by ' || pg_get_partkeydef(r.oid)
	from rel r
	where r.relkind = 'p'
	union all
	select r.kind, r.name, 'partition '
		|| pg_get_expr(r.relpartbound, r.oid)
	from rel r
	where r.relispartition and r.relpartbound is not null
	union all
	-- the numbers have gaps where a parent has been left
	select r.kind, r.name, format('inherits %s as %s%s', i.inhparent::regclass,
		rank() over (partition by i.inhrelid order by i.inhseqno), case when to_jsonb(i) ->> 'inhdetachpending' = 'true'
			then ' detach pending' else '' end)
	from pg_inherits i
	join rel r on r.oid = i.inhrelid
	union all
	select r.kind, r.name, 'is '
		|| regexp_replace(pg_get_viewdef(r.oid), '^ +', '')
	from rel r
	where r.relkind in ('v', 'm')
	union all
	select r.kind, r.name, 'populated ' || r.relispopulated
	from rel r
	where r.relkind = 'm'
	union all
	select r.kind, r.name, format('server %s options %s', s.srvname,
		f.ftoptions)
	from pg_foreign_table f
	join rel r on r.oid = f.ftrelid
	join pg_foreign_server s on s.oid = f.ftserver

	-- columns
	union all
	select 'column', a.rel_name || '.' || a.q, concat_ws(' ',
		format_type(a.atttypid, a.atttypmod),
		case when a.attcollation <> 0 and a.attcollation <> t.typcollation
			then 'collate ' || (select n.nspname || '.' || c.collname
				from pg_collation c
				join pg_namespace n on n.oid = c.collnamespace
				where c.oid = a.attcollation) end,
		case when a.attnotnull then 'not null' end,
		case a.attgenerated when '' then
			'default ' || pg_get_expr(d.adbin, d.adrelid)
			else 'generated ' || a.attgenerated::text || ' '
			|| pg_get_expr(d.adbin, d.adrelid) end,
		case when a.attidentity <> '' then
			'identity ' || a.attidentity::text end,
		-- The order of columns matters in rows written by hand.
		case when a.relkind = 'c' then 'at ' || (select count(*)
			from pg_attribute b where b.attrelid = a.attrelid
			and b.attnum > 0 and b.attnum <= a.attnum
			and not b.attisdropped) end)
	from att a
	join pg_type t on t.oid = a.atttypid
	left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	where a.relkind not in ('i', 'I')
	union all
	select 'column', a.rel_name || '.' || a.q, concat_ws(' ',
		'storage', a.attstorage,
		'compression ' || nullif(a.j ->> 'attcompression', ''),
		'target ' || nullif(a.j ->> 'attstattarget', '-1'),
		case when not a.attislocal then 'inherited' end,
		'from ' || nullif(a.attinhcount, 0),
		-- 15.20 and its like keep a position in the WAL among the options.
		'options ' || (select string_agg(o, ' ' order by o collate "C")
			from unnest(a.attoptions) o where o !~ '^pg_attver='),
		'fdw options ' || a.attfdwoptions::text)
	from att a
	where a.relkind in ('r', 'p', 'm', 'f')
	union all
	select 'index', a.rel_name, format('target of column %s is %s', a.attnum,
		a.j ->> 'attstattarget')
	from att a
	where a.relkind in ('i', 'I')
	and nullif(a.j ->> 'attstattarget', '-1') is not null
	union all
	select 'column', a.rel_name || '.' || a.q, format(
		'grant %s to %s%s by %s', x.privilege_type,
		case x.grantee when 0 then 'public'
			else quote_ident(pg_get_userbyid(x.grantee)) end,
		case when x.is_grantable then ' with grant option' else '' end,
		quote_ident(pg_get_userbyid(x.grantor)))
	from att a
	cross join lateral aclexplode(a.attacl) x
	where a.attacl is not null

	-- constraints, indexes, triggers, rules, policies, statistics
	union all
	select kind, quote_ident(conname) || ' on ' || owner_name,
		concat_ws(' ', pg_get_constraintdef(oid),
		case when not convalidated then 'unvalidated' end,
		case when not conislocal then 'inherited' end,
		'from ' || nullif(coninhcount, 0))
	from con
	union all
	select r.kind, r.name, concat_ws(' ', pg_get_indexdef(r.oid),
		case when i.indisclustered then 'clustered' end,
		case when i.indisreplident then 'replica identity' end,
		case when not i.indisvalid then 'broken' end,
		case when not i.indimmediate then 'deferred' end)
	from rel r
	join pg_index i on i.indexrelid = r.oid
	where r.relkind in ('i', 'I')
	union all
	select 'trigger', quote_ident(t.tgname) || ' on ' || r.name,
		format('%s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
	from pg_trigger t
	join rel r on r.oid = t.tgrelid
	where not t.tgisinternal
	union all
	-- "disable trigger all" reaches those behind foreign keys as well.
	select 'constraint', quote_ident(o.conname) || ' on ' || o.owner_name,
		format('trigger %s on %s enabled %s', p.proname,
		t.tgrelid::regclass, t.tgenabled)
	from pg_trigger t
	join con o on o.oid = t.tgconstraint
	join pg_proc p on p.oid = t.tgfoid
	where t.tgisinternal and t.tgenabled <> 'O'
	union all
	select 'rule', quote_ident(w.rulename) || ' on ' || r.name,
		format('%s enabled %s', pg_get_ruledef(w.oid), w.ev_enabled)
	from pg_rewrite w
	join rel r on r.oid = w.ev_class
	where w.rulename <> '_RETURN'
	union all
	select 'policy', quote_ident(p.polname) || ' on ' || r.name,
		format('%s %s to %s using %s check %s',
		case when p.polpermissive then 'permissive' else 'restrictive' end,
		p.polcmd,
		(select string_agg(case u when 0 then 'public'
			else quote_ident(pg_get_userbyid(u)) end, ', '
			order by pg_get_userbyid(u) collate "C")
			from unnest(p.polroles) u),
		pg_get_expr(p.polqual, p.polrelid),
		pg_get_expr(p.polwithcheck, p.polrelid))
	from pg_policy p
	join rel r on r.oid = p.polrelid
	union all
	select 'statistics', n.q || '.' || quote_ident(s.stxname), concat_ws(' ',
		pg_get_statisticsobjdef(s.oid),
		'target ' || nullif(to_jsonb(s) ->> 'stxstattarget', '-1'))
	from pg_statistic_ext s
	join nsp n on n.oid = s.stxnamespace

	-- sequences
	union all
	select 'sequence', r.name, format(
		'as %s start %s increment %s min %s max %s cache %s%s',
		format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin,
		s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' else '' end)
	from pg_sequence s
	join rel r on r.oid = s.seqrelid
	union all
	select 'sequence', r.name, format('%s %s.%s',
		case d.deptype when 'i' then 'identity of' else 'owned by' end,
		d.refobjid::regclass, quote_ident(a.attname))
	from pg_depend d
	join rel r on r.oid = d.objid and r.relkind = 'S'
	join pg_attribute a on a.attrelid = d.refobjid
		and a.attnum = d.refobjsubid
	where d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
	and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0

	-- types
	union all
	select 'type', t.name, format('enum label %s is %s',
		to_char(row_number() over (partition by t.oid
			order by e.enumsortorder), 'FM0000'),
		quote_literal(e.enumlabel))
	from pg_enum e
	join typ t on t.oid = e.enumtypid
	union all
	select 'domain', t.name, concat_ws(' ', 'is',
		format_type(t.typbasetype, t.typtypmod),
		case when t.typcollation <> b.typcollation then 'collate '
			|| (select n.nspname || '.' || c.collname
				from pg_collation c
				join pg_namespace n on n.oid = c.collnamespace
				where c.oid = t.typcollation) end,
		case when t.typnotnull then 'not null' end,
		'default ' || coalesce(pg_get_expr(t.typdefaultbin, 0),
			t.typdefault))
	from typ t
	join pg_type b on b.oid = t.typbasetype
	where t.typtype = 'd'
	union all
	select 'type', t.name, format('range of %s class %s collation %s '
		'canonical %s diff %s', format_type(g.rngsubtype, null), c.opcname,
		g.rngcollation, g.rngcanonical, g.rngsubdiff)
	from pg_range g
	join typ t on t.oid = g.rngtypid
	join pg_opclass c on c.oid = g.rngsubopc
	union all
	select 'type', t.name, format('base %s %s %s %s %s %s %s %s %s %s',
		t.typlen, t.typbyval, t.typinput, t.typoutput, t.typreceive,
		t.typsend, t.typcategory, t.typispreferred, t.typalign, t.typstorage)
	from typ t
	where t.typtype = 'b'

	-- functions and what is made of them
	union all
	select kind, name, pg_get_functiondef(oid)
	from fun
	where prokind <> 'a'
	union all
	select f.kind, f.name, concat_ws(' ', pg_get_function_result(f.oid),
		a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn,
		a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
		a.aggminvtransfn, a.aggmfinalfn, a.aggfinalextra,
		a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify,
		a.aggsortop::regoperator, format_type(a.aggtranstype, null),
		a.aggtransspace, 'init ' || a.agginitval,
		'minit ' || a.aggminitval, f.proparallel)
	from fun f
	join pg_aggregate a on a.aggfnoid = f.oid
	union all
	select m.kind, m.name, concat_ws(' ', 'function', o.oprcode, 'returns',
		format_type(o.oprresult, null), 'commutator ' || nullif(o.oprcom, 0)
		::regoperator, 'negator ' || nullif(o.oprnegate, 0)::regoperator,
		'restrict', o.oprrest, 'join', o.oprjoin,
		case when o.oprcanmerge then 'merges' end,
		case when o.oprcanhash then 'hashes' end)
	from pg_operator o
	join mine m on m.classid = 'pg_operator'::regclass and m.oid = o.oid
	union all
	select m.kind, m.name, format('for %s family %s default %s key %s',
		format_type(c.opcintype, null), f.opfname, c.opcdefault,
		format_type(c.opckeytype, null))
	from pg_opclass c
	join mine m on m.classid = 'pg_opclass'::regclass and m.oid = c.oid
	join pg_opfamily f on f.oid = c.opcfamily
	union all
	select m.kind, m.name, format('operator %s is %s for %s', o.amopstrategy,
		o.amopopr::regoperator, o.amoppurpose)
	from pg_amop o
	join mine m on m.classid = 'pg_opfamily'::regclass
		and m.oid = o.amopfamily
	union all
	select m.kind, m.name, format('function %s is %s for %s, %s', o.amprocnum,
		o.amproc::oid::regprocedure, format_type(o.amproclefttype, null),
		format_type(o.amprocrighttype, null))
	from pg_amproc o
	join mine m on m.classid = 'pg_opfamily'::regclass
		and m.oid = o.amprocfamily
	union all
	select m.kind, m.name, format('function %s context %s method %s',
		nullif(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)
	from pg_cast c
	join mine m on m.classid = 'pg_cast'::regclass and m.oid = c.oid
	union all
	select m.kind, m.name, (to_jsonb(c) - '{oid,collname,collnamespace,
		collowner,collversion}'::text[])::text
	from pg_collation c
	join mine m on m.classid = 'pg_collation'::regclass and m.oid = c.oid
	union all
	select m.kind, m.name, format('%s to %s by %s default %s',
		c.conforencoding, c.contoencoding, c.conproc, c.condefault)
	from pg_conversion c
	join mine m on m.classid = 'pg_conversion'::regclass and m.oid = c.oid
	union all
	select m.kind, m.name, format('parser %s token %s at %s by %s',
		r.prsname, p.maptokentype, p.mapseqno, p.mapdict::regdictionary)
	from pg_ts_config c
	join mine m on m.classid = 'pg_ts_config'::regclass and m.oid = c.oid
	join pg_ts_parser r on r.oid = c.cfgparser
	left join pg_ts_config_map p on p.mapcfg = c.oid
	union all
	select m.kind, m.name, format('template %s options %s', t.tmplname,
		c.dictinitoption)
	from pg_ts_dict c
	join mine m on m.classid = 'pg_ts_dict'::regclass and m.oid = c.oid
	join pg_ts_template t on t.oid = c.dicttemplate

	-- what belongs to the database
	union all
	select 'extension', quote_ident(x.extname), format('version %s in %s',
		x.extversion, n.nspname)
	from pg_extension x
	join pg_namespace n on n.oid = x.extnamespace
	union all
	select 'event trigger', quote_ident(e.evtname), format(
		'on %s when %s do %s enabled %s', e.evtevent, e.evttags,
		e.evtfoid::regprocedure, e.evtenabled)
	from pg_event_trigger e
	union all
	select 'publication', quote_ident(p.pubname), (to_jsonb(p)
		- '{oid,pubname,pubowner}'::text[])::text
	from pg_publication p
	union all
	select 'publication', quote_ident(p.pubname),
		'table ' || t.prrelid::regclass::text
	from pg_publication_rel t
	join pg_publication p on p.oid = t.prpubid
	-- PostgreSQL 15 has those of some rows and columns, and of whole schemas,
	-- which are in a catalog (number 6237) that older ones do not have.
	union all
	select 'publication', quote_ident(t.pubname), format(
		'of %I.%I where %s columns %s', t.schemaname, t.tablename,
		j.j ->> 'rowfilter', (select string_agg(quote_ident(c), ', '
			order by c collate "C")
			from jsonb_array_elements_text(
				nullif(j.j -> 'attnames', 'null')) c))
	from pg_publication_tables t,
	lateral (select to_jsonb(t) as j) j
	union all
	select 'publication', quote_ident(p.pubname),
		'schema ' || quote_ident(n.nspname)
	from pg_depend d
	join pg_namespace n on n.oid = d.refobjid
	join pg_depend o on o.classid = d.classid and o.objid = d.objid
		and o.refclassid = 'pg_publication'::regclass
	join pg_publication p on p.oid = o.refobjid
	where d.classid = 6237 and d.refclassid = 'pg_namespace'::regclass
	union all
	select m.kind, m.name, format('handler %s validator %s options %s',
		nullif(w.fdwhandler, 0)::regprocedure,
		nullif(w.fdwvalidator, 0)::regprocedure, w.fdwoptions)
	from pg_foreign_data_wrapper w
	join mine m on m.classid = 'pg_foreign_data_wrapper'::regclass
		and m.oid = w.oid
	union all
	select m.kind, m.name, format('wrapper %s type %s version %s options %s',
		w.fdwname, s.srvtype, s.srvversion, s.srvoptions)
	from pg_foreign_server s
	join pg_foreign_data_wrapper w on w.oid = s.srvfdw
	join mine m on m.classid = 'pg_foreign_server'::regclass
		and m.oid = s.oid
	union all
	select 'server', quote_ident(u.srvname), format('user %s options %s',
		u.usename, u.umoptions)
	from pg_user_mappings u
	union all
	select m.kind, m.name, format('handler %s inline %s validator %s trusted '
		'%s', nullif(l.lanplcallfoid, 0)::regprocedure,
		nullif(l.laninline, 0)::regprocedure,
		nullif(l.lanvalidator, 0)::regprocedure, l.lanpltrusted)
	from pg_language l
	join mine m on m.classid = 'pg_language'::regclass and m.oid = l.oid
	union all
	select m.kind, m.name, format('from %s to %s',
		nullif(t.trffromsql, 0)::regprocedure,
		nullif(t.trftosql, 0)::regprocedure)
	from pg_transform t
	join mine m on m.classid = 'pg_transform'::regclass and m.oid = t.oid
	union all
	select 'default privileges', concat_ws(' ', 'of', pg_get_userbyid(
		d.defaclrole), 'in ' || n.nspname, 'on', d.defaclobjtype),
		format('grant %s to %s%s', x.privilege_type,
		case x.grantee when 0 then 'public'
			else quote_ident(pg_get_userbyid(x.grantee)) end,
		case when x.is_grantable then ' with grant option' else '' end)
	from pg_default_acl d
	left join pg_namespace n on n.oid = d.defaclnamespace
	cross join lateral aclexplode(d.defaclacl) x
	union all
	select 'setting', coalesce('of ' || pg_get_userbyid(nullif(s.setrole, 0)),
		'of all'), c
	from pg_db_role_setting s, unnest(s.setconfig) c
	where s.setdatabase = (select oid from pg_database
		where datname = current_database())
),
line (line) as (
	select replace(replace(replace(kind || ' ' || name || ': ' || what,
		E'\\', E'\\\\'), E'\n', E'\\n'), E'\t', E'\\t')
	from fact
	where what is not null
)
select line from line
order by line collate "C";
