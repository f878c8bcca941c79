view four-top {} {select 1}
