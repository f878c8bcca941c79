-- fill_rules.sql - what the values of rows have to satisfy: checks, foreign keys,
-- unique keys; of partitioned tables also the constants of their bounds.
--
-- kind      c, f, u, and b for bounds
-- cols      the columns it is about
-- ref       of f: the table referred to, and its columns
-- expr      of c and b

with con as (
	select o.conname, o.contype, o.conrelid, o.conkey, o.confrelid, o.confkey,
		case o.contype when 'c' then pg_get_expr(o.conbin, o.conrelid) end
			as expr
	from pg_constraint o
	where o.contype in ('c', 'f', 'u', 'p') and o.conrelid <> 0
	union all
	select x.relname, 'u', i.indrelid, (select array_agg(k order by n)
		from unnest(i.indkey) with ordinality k (k, n)), 0, null, null
	from pg_index i
	join pg_class x on x.oid = i.indexrelid
	where i.indisunique and i.indexprs is null
	and not exists (select from pg_constraint o
		where o.conindid = i.indexrelid and o.contype in ('u', 'p'))
	union all
	select '', 'b', p.partrelid, (select array_agg(k order by n)
		from unnest(p.partattrs) with ordinality k (k, n)), 0, null,
		pg_get_expr(c.relpartbound, c.oid)
	from pg_partitioned_table p
	join pg_inherits i on i.inhparent = p.partrelid
	join pg_class c on c.oid = i.inhrelid
)
select format('%I.%I', n.nspname, c.relname) as tab,
	o.conname as name,
	case o.contype when 'p' then 'u' else o.contype end as kind,
	o.expr,
	array(select a.attname from unnest(o.conkey) with ordinality k (k, n)
		join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k
		order by n) as cols,
	(select format('%I.%I', fn.nspname, f.relname) from pg_class f
		join pg_namespace fn on fn.oid = f.relnamespace
		where f.oid = o.confrelid) as ref,
	array(select a.attname from unnest(o.confkey) with ordinality k (k, n)
		join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k
		order by n) as refcols
from con o
join pg_class c on c.oid = o.conrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
and not c.relispartition
and n.nspname not in ('wm', 'information_schema')
and n.nspname !~ '^pg_'
order by n.nspname collate "C", c.relname collate "C", kind,
	o.conname collate "C", o.expr collate "C"
