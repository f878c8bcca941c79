-- Put the tables that inherit from one that is out of the way under the new one.
-- What they have only from above stays so: there is always a table above that
-- has it. Parents keep their order, so that those behind it are left and come
-- under again, while a table like them holds the place.
--
-- $1 the old table as SQL names it, $2 the new one, $3 the one that holds the
-- place.
declare
  h record;
  p record;
begin
  for h in
    select c.oid::regclass as child, i.inhseqno
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass and not c.relispartition
      order by c.oid::regclass::text
  loop
    execute format('alter table %s inherit %s', h.child, $2);
    execute format('alter table %s no inherit %s', h.child, $1);
    for p in
      select inhparent::regclass as parent
        from pg_inherits
        where inhrelid = h.child and inhseqno > h.inhseqno
          and inhparent <> $2::regclass
        order by inhseqno
    loop
      execute format('create table %s (like %s including constraints '
        'including generated)', $3, p.parent);
      execute format('alter table %s inherit %s', h.child, $3);
      execute format('alter table %s no inherit %s', h.child, p.parent);
      execute format('alter table %s inherit %s', h.child, p.parent);
      execute format('alter table %s no inherit %s', h.child, $3);
      execute format('drop table %s', $3);
    end loop;
  end loop;
end
