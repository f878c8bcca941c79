# bench-old.tcl - run the older Wyseman's parser over schema files.
#
#   tclsh bench-old.tcl LIB FILE...
#
# LIB is the folder lib of a checkout of the older Wyseman. What its parser hands
# over is only counted; the time it takes is what tests/bench wants to know.

set lib [lindex $argv 0]
source [file join $lib wylib.tcl]
source [file join $lib wmparse.tcl]
set count 0
foreach hand {object priv query cnat pkey} {
    proc hand_$hand args {incr ::count}
}
foreach file [lrange $argv 1 end] {
    wmparse::parse $file
}
if {$count == 0} {
    puts stderr "nothing was parsed"
    exit 1
}
