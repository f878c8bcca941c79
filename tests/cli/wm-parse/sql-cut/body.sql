create function f() returns int language sql as $x$
select 1;
$$;
