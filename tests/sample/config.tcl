# Settings of this trading company. SQL reads them by subst($conf::NAME), and
# whatever follows from them by expr(...) and eval(...).
namespace eval conf {
    variable currency	EUR
    variable vat	19
    variable low	10
    variable kinds	{customer supplier carrier}
    variable stages	{draft open shipped paid void}
}

# A list of words as SQL strings: 'a', 'b'
proc quoted {words} {
    return [join [lmap w $words {string cat ' $w '}] ", "]
}

# Columns of an alias: a.x, a.y
proc columns {alias cols} {
    return [join [lmap c $cols {string cat $alias . $c}] ", "]
}

# Columns that say when a row came and who made it.
define STAMPS {, made_at	timestamptz	not null default current_timestamp
    , made_by	name		not null default session_user}

# A column that points at another table: REF(COLUMN, TYPE, TABLE)
define REF {%1	%2	not null references %3 on update cascade}

# An amount of money: MONEY(COLUMN)
define MONEY {%1	numeric(14,2)	not null check (%1 >= 0)}
