-- every kind of object, in an order that psql can run
set check_function_bodies = off;
create schema app;
comment on schema app is 'the application';
create schema "Mixed Case";
create extension if not exists hstore schema app;
comment on extension hstore is 'keys';
create function app.handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create language plhandled handler app.handler;
create type app.mood as enum ('sad', 'ok', 'happy');
alter type app.mood add value 'elated';
create type app.pair as (a int, b text);
alter type app.pair add attribute c numeric(10, 2);
create type app.span as range (subtype = float8);
create domain app.email as text collate "C" default 'x@y' not null check (value ~ '@');
alter domain app.email add constraint short check (length(value) < 100);
comment on constraint short on domain app.email is 'not long';
create type app.base;
create function app.base_in(cstring) returns app.base language internal immutable strict as 'int4in';
create function app.base_out(app.base) returns cstring language internal immutable strict as 'int4out';
create type app.base (input = app.base_in, output = app.base_out, like = int4);
create function app.base_eq(app.base, app.base) returns boolean language internal immutable strict as 'int4eq';
create function app.base_lt(app.base, app.base) returns boolean language internal immutable strict as 'int4lt';
create function app.base_le(app.base, app.base) returns boolean language internal immutable strict as 'int4le';
create function app.base_gt(app.base, app.base) returns boolean language internal immutable strict as 'int4gt';
create function app.base_ge(app.base, app.base) returns boolean language internal immutable strict as 'int4ge';
create function app.base_cmp(app.base, app.base) returns int language internal immutable strict as 'btint4cmp';
create operator app.= (leftarg = app.base, rightarg = app.base, procedure = app.base_eq);
create operator app.< (leftarg = app.base, rightarg = app.base, procedure = app.base_lt);
create operator app.<= (leftarg = app.base, rightarg = app.base, procedure = app.base_le);
create operator app.> (leftarg = app.base, rightarg = app.base, procedure = app.base_gt);
create operator app.>= (leftarg = app.base, rightarg = app.base, procedure = app.base_ge);
create function app.neg(app.base) returns app.base language internal immutable strict as 'int4um';
create operator app.- (rightarg = app.base, procedure = app.neg);
comment on operator app.- (none, app.base) is 'minus';
create operator family app.base_ops using btree;
create operator class app.base_ops default for type app.base using btree family app.base_ops as
	operator 1 app.<, operator 2 app.<=, operator 3 app.=, operator 4 app.>=,
	operator 5 app.>, function 1 app.base_cmp(app.base, app.base);
create cast (app.base as int4) without function as assignment;
create function app.to_base(text) returns app.base language sql immutable as $$ select null::app.base $$;
create cast (text as app.base) with function app.to_base(text);
comment on cast (text as app.base) is 'from text';
create collation app.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation app.copied (locale = 'C');
create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search dictionary app.dict (template = simple, stopwords = english);
create text search configuration app.conf (copy = simple);
alter text search configuration app.conf alter mapping for word with app.dict, simple;
create function app.to_sql(internal) returns internal language internal immutable strict as 'int4recv';
create sequence app.numbers as int increment by 5 minvalue 10 cache 3;
create table app.parent (id int generated always as identity primary key, made timestamptz default now());
create table app.child (extra text) inherits (app.parent);
create unlogged table app.log (at timestamptz, what text) with (fillfactor = 70);
create table app.things (
	id bigint default nextval('app.numbers'),
	name text collate app.nocase not null,
	mood app.mood default 'ok',
	mail app.email,
	p app.pair,
	b app.base,
	tags app.hstore,
	during app.span,
	price numeric(10, 2) check (price > 0),
	total numeric generated always as (price * 2) stored,
	parent int references app.parent on delete cascade deferrable initially deferred,
	constraint things_pkey primary key (id),
	exclude using gist (during with &&)
);
alter sequence app.numbers owned by app.things.id;
alter table app.things alter column name set statistics 500, alter column name set storage external;
alter table app.things alter column name set (n_distinct = 5);
alter table app.things replica identity full;
alter table app.things enable row level security;
alter table app.things set (autovacuum_enabled = off);
comment on table app.things is 'things';
comment on column app.things.name is 'their name';
create type app.row_type as (x int, y text);
create table app.typed of app.row_type (primary key (x));
create index things_name on app.things using btree (name collate "C" desc nulls last) include (mood);
create index on app.things (lower(name), mood);
create unique index things_b on app.things (b);
alter index app.things_name set (fillfactor = 60);
comment on index app.things_name is 'an index';
alter table app.things cluster on things_name;
create statistics app.stat (dependencies) on name, mood from app.things;
alter statistics app.stat set statistics 200;
create table app.parts (at date not null, k int, v text, primary key (at, k)) partition by range (at);
create table app.parts_1 partition of app.parts for values from ('2020-01-01') to ('2021-01-01');
create table app.parts_2 (at date not null, k int not null, v text);
alter table only app.parts_2 add constraint parts_2_pkey primary key (at, k);
alter table app.parts attach partition app.parts_2 for values from ('2021-01-01') to ('2022-01-01');
create table app.parts_rest partition of app.parts default;
create index parts_v on only app.parts (v);
create index parts_1_v on app.parts_1 (v);
create index parts_2_v on app.parts_2 (v);
create index parts_rest_v on app.parts_rest (v);
alter index app.parts_v attach partition app.parts_1_v;
alter index app.parts_v attach partition app.parts_2_v;
alter index app.parts_v attach partition app.parts_rest_v;
create view app.v with (security_barrier) as select id, name, price from app.things where price > 0 with check option;
alter view app.v alter column price set default 7;
create materialized view app.mv as select name, count(*) as n from app.v group by 1 with no data;
create unique index mv_name on app.mv (name);
comment on index app.mv_name is 'of the view';
create function app.add(a int, b int default 1, out c int) language sql immutable as 'select a + b';
create function app.touch() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$;
create function app.atomic(x int) returns int language sql begin atomic select x; select x + 1; end;
create function app.many(variadic xs int[]) returns setof app.things language plpgsql as $$
declare r app.things%rowtype; n app.things.id%type;
begin for r in select * from app.things loop return next r; end loop; end $$;
create procedure app.work(inout a int) language plpgsql as $$ begin insert into app.log values (now(), a::text); end $$;
create aggregate app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
create aggregate app.nothing(*) (sfunc = int8inc, stype = int8, initcond = '0');
create trigger touch before insert or update of name on app.things for each row when (new.price > 0) execute function app.touch();
create constraint trigger later after insert on app.things deferrable initially deferred for each row execute function app.touch();
alter table app.things disable trigger later;
create trigger v_ins instead of insert on app.v for each row execute function app.touch();
create rule no_del as on delete to app.log do instead nothing;
alter table app.log disable rule no_del;
create policy mine on app.things as restrictive for select to public using (price > 0);
comment on policy mine on app.things is 'mine only';
create function app.on_ddl() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger watch on ddl_command_end when tag in ('CREATE ACCESS METHOD') execute function app.on_ddl();
alter event trigger watch disable;
create foreign data wrapper wrap options (debug 'true');
create server srv foreign data wrapper wrap options (host 'x');
create user mapping for public server srv options (user 'u');
create foreign table app.far (a int options (n 'x'), b text) server srv options (t 'far');
create publication pub for table app.things (id, name), app.parent with (publish = 'insert');
create table app.left_side (id int primary key, other int);
create table app.right_side (id int primary key, other int references app.left_side);
alter table app.left_side add constraint left_other foreign key (other) references app.right_side;
create table "Mixed Case"."Select" ("Order" int, "Größe" text, primary key ("Order"));
create view "Mixed Case"."select" as select "Order" from "Mixed Case"."Select";
alter default privileges in schema app grant select on tables to public;
grant usage on schema app to public;
grant select (id, name), insert on app.things to public;
revoke execute on function app.add(int, int) from public;
grant select on all tables in schema "Mixed Case" to public;
grant usage on type app.mood, app.email to public;
grant usage on foreign server srv to public;
grant usage on schema public to public;
comment on trigger touch on app.things is 't';
comment on rule no_del on app.log is 'r';
comment on column app.v.name is 'vn';
comment on function app.add is 'adds';
comment on type app.mood is 'm';
comment on constraint things_pkey on app.things is 'pk';
