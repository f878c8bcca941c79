create schema app;
create type app.mood as enum ('sad', 'it''s ok', 'ünder');
create domain app.code as text check (value ~ '^[a-z]+$');
create table app.a (
	id serial primary key,
	mood app.mood default 'sad' not null,
	"Odd ""name""" app.code,
	at timestamp with time zone default now(),
	constraint "c;1" check (id > 0 /* ; */)
);
comment on table app.a is 'a; -- b /* c';
create table app.b (id int primary key, a int references app.a, b int references app.b);
create index on app.b (a) where a > 1;
create view app.v as select a.id, b.a from app.a join app.b on a.id = b.a;
create function app.f(x app.mood) returns int language plpgsql as $_$
begin
	-- not the end;
	return (select count(*) from app.a where mood = x);
end;
$_$;
create function app.g() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t before insert on app.a for each row execute function app.g();
grant select on app.a to public;
alter table app.a enable row level security;
create policy p on app.a using (id > 1);
