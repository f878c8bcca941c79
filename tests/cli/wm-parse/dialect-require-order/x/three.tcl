view three-x {} {select 1}
