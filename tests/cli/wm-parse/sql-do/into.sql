select a.*, f(a) as x into into_one from elsewhere a;
select 1 as one into temp into_two;
select max(id) as id into into_three from (select 1::bigint as id) q;
