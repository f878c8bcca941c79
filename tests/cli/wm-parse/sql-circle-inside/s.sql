create table dep (
	id int primary key,
	head int references emp (id) on delete set null,	-- who leads it
	check (id > 0)
);
create table emp (id int primary key, dep int not null references dep,
    boss int references emp, room int references room (no));
create table room (no int primary key, site int references site);
create table site (id int primary key, guard int unique, constraint g
    foreign key (guard) references emp deferrable);
create table log (id int references late);
create table late (id int primary key);
comment on constraint dep_head_fkey on dep is 'closes the circle';
