view two-x {} {select 1}
require ../y/five.tcl
