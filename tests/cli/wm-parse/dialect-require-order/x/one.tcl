view one {} {select 1}
