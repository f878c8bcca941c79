require three.tcl
proc fromone {} {return 1}
