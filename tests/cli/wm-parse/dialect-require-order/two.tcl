view two-top {} {select 1}
