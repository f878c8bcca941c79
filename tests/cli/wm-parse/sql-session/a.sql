create table t (a int);
-- all that a session does, and leaves nothing of
explain analyze select * from t;
begin;
declare c cursor for select * from t;
fetch all from c;
move next in c;
close c;
commit;
prepare p as insert into t values ($1);
execute p(1);
deallocate p;
listen x;
notify x;
unlisten x;
alter tablespace ts set (random_page_cost = 1);
-- what may do anything
call do_it(1);
import foreign schema s from server srv into public;
