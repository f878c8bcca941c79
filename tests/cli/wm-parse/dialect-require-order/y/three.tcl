view three-y {} {select 1}
