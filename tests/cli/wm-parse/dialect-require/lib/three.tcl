proc fromthree {} {return 3}
view x.three {} {select 3}
