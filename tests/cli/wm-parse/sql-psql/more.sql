-- module first
-- require: sub.sql
-- renamed from: old.name
create table now (
	a int, -- renamed from: was_a
	-- renamed from: was_b
	b int
);
\ir sub.sql
