-- fill_columns.sql - the columns of all tables, as rows have to have them.
--
-- supplied  the server gives a value of its own: generated, identity, serial

select format('%I.%I', n.nspname, c.relname) as tab,
	a.attname as col,
	format_type(a.atttypid, a.atttypmod) as type,
	a.attnotnull or t.typnotnull as needed,
	d.oid is not null as has_default,
	a.attgenerated <> '' or a.attidentity <> '' or exists (
		select from pg_depend s
		join pg_class q on q.oid = s.refobjid and q.relkind = 'S'
		where s.classid = 'pg_attrdef'::regclass and s.objid = d.oid
		and s.refclassid = 'pg_class'::regclass
	) as supplied
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid
join pg_type t on t.oid = a.atttypid
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p')
and not c.relispartition
and a.attnum > 0
and not a.attisdropped
and n.nspname not in ('wm', 'information_schema')
and n.nspname !~ '^pg_'
order by n.nspname collate "C", c.relname collate "C", a.attnum
