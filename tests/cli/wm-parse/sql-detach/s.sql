create schema "S";
create table "S".p (a int, b text) partition by range (a);
create table p1 partition of "S".p for values from (1) to (10);
create table p2 (a int, b text);
alter table "S".p attach partition p2 for values from (10) to (20);
alter table "S".p detach partition p1 concurrently;
alter table "S".p detach partition p2;
