table t {} {id int}
