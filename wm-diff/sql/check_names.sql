-- Give checks of a new table the names that they would have if no other table
-- had them: the ones that are missing, in the order of the text.
--
-- $1 the table as SQL names it, $2 names of the checks that its text has.
declare
  s text;
begin
  foreach s in array array(
    with k as (
      select conname, oid
        from pg_constraint
        where conrelid = $1::regclass and contype = 'c' and coninhcount = 0
    )
    select format('alter table %s rename constraint %I to %I', $1, have.conname,
        want.name)
      from (
        select w.name, row_number() over (order by w.ord) as n
          from unnest($2::text[]) with ordinality as w(name, ord)
          where not exists (select from pg_constraint o
            where o.conrelid = $1::regclass and o.conname = w.name)
      ) want
      join (
        select k.conname, row_number() over (order by k.oid) as n
          from k
          where k.conname <> all ($2::text[])
      ) have using (n)
      order by n
  ) loop
    execute s;
  end loop;
end
