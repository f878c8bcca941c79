create function p1(a text default 'x') returns int
    language plpgsql;
create function p2() returns int language plpgsql return 1;
create procedure p3() language 'plpgsql';
create function p4() returns int as 'begin return 1; end' language plpgsql;
create function p5() returns int language "plpgsql" immutable;
create function s1() returns int language sql;
create function s2() returns int language sql return 1;
create procedure s3() language sql begin atomic select 1; end;
create function s4() returns int as 'select 1' language sql;
