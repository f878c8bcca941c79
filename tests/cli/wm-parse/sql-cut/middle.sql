create table t (
	a int
\echo x
);
