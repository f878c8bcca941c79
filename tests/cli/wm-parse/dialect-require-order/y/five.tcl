view five {} {select 1}
