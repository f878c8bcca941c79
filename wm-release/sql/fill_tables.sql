-- fill_tables.sql - the tables that rows can be put into, by name.

select format('%I.%I', n.nspname, c.relname) as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
and not c.relispartition
and c.relpersistence <> 't'
and n.nspname not in ('wm', 'information_schema')
and n.nspname !~ '^pg_'
and not exists (
	select from pg_depend d
	where d.classid = 'pg_class'::regclass and d.objid = c.oid
	and d.deptype = 'e'
)
order by n.nspname collate "C", c.relname collate "C"
