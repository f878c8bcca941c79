create table w (a int);
do $$ begin
	create table w (b int);
end $$;
