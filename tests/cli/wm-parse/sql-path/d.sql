create table d (a int);
reset search_path;
