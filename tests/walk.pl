#!/usr/bin/perl
# walk.pl SEED STEPS DIR - a random walk of a schema through versions.
#
# Makes a schema of tables, views, functions and keys, and edits it STEPS
# times; each version is written to DIR/N/ (w.wms, Wyseman.delta), with N/rows.sql
# (rows to insert before the step is applied) and N/keep.sql: queries, one a
# line, "before TAB after", whose results must be equal across the step. Equal
# seeds give equal walks.
use strict;
use warnings;

my ($seed, $steps, $dir) = @ARGV;
die "usage: walk.pl SEED STEPS DIR\n" unless defined $dir;

# A generator of our own, so that walks are the same everywhere.
my $state = $seed * 2654435761 % 4294967296 || 1;
sub rnd {
	my ($n) = @_;
	$state = ($state * 1103515245 + 12345) % 2147483648;
	return int($state / 65536) % $n;
}
sub pick { return $_[rnd(scalar @_)] }
sub chance { return rnd(100) < $_[0] }

my $serial = 0;
my @tables;	# { name, cols => [...], checks => [...], idx => [...], ... }
my @views;	# { name, over (table or view), cols => [...], where, grant }
my @funcs;	# { name, table, col, kind, ret }
my @enums;	# { name, values => [...] }
my %delta;	# table name to commands
my %renamed;	# this step: "table.old" to new
my %touched;	# this step: "table.col" whose values change

my @types = ('int', 'bigint', 'text', 'varchar(20)', 'numeric(8,2)',
    'boolean', 'date', 'timestamptz', 'jsonb');
my %value = (
	'int' => '7', 'bigint' => '8', 'text' => "'t'", 'boolean' => 'true',
	'date' => "'2020-02-02'", 'timestamptz' => "'2021-01-01 00:00+00'",
	'jsonb' => "'{}'",
);
sub value {
	my ($t) = @_;
	return $value{$t} if exists $value{$t};
	for (@enums) { return "'$_->{values}[0]'" if $_->{name} eq $t }
	return "'v'" if $t =~ /^varchar/;
	return '1.5';
}
my %wider = (
	'int' => ['bigint'], 'varchar(20)' => ['varchar(40)', 'text'],
	'varchar(40)' => ['varchar(60)', 'text'],
	'varchar(60)' => ['text'],
	'numeric(8,2)' => ['numeric(10,2)'],
	'numeric(10,2)' => ['numeric'],
);

sub name { return pick(@_) . ++$serial }
sub col {
	my %c = (name => name('c', 'Mixed', 'order_'), type => pick(@types),
	    fresh => 1);
	$c{type} = pick(@enums)->{name} if @enums && chance(15);
	$c{default} = value($c{type}) if chance(50);
	$c{notnull} = 1 if $c{default} && chance(50);
	return \%c;
}
sub q_ { my ($n) = @_; return $n =~ /[A-Z]/ ? "\"$n\"" : $n }

sub new_table {
	my $t = { name => 'w.' . name('t'), cols => [], checks => [],
		idx => [], fks => [], uniq => [] };
	push @{$t->{cols}}, col() for 1 .. 2 + rnd(4);
	# rows of this walk have ids below 1000
	$t->{parts} = [[0, 100], [100, 1000]] if chance(20);
	push @tables, $t;
	return $t;
}
sub new_enum {
	push @enums, { name => 'w.' . name('e'), values => ['one', 'two'] };
}
# Columns that may change their type or values: nothing hangs on them.
sub is_key {
	my ($t, $col) = @_;
	return 1 if grep { $_->{col} eq $col || ($_->{col2} // '') eq $col }
	    @{$t->{fks}};
	return scalar grep { $_->{ref} eq $t->{name} &&
	    ($_->{refcol} // '') eq $col } map { @{$_->{fks}} } @tables;
}
# Foreign keys to a key of the table that goes.
sub unkey {
	my ($t, $col) = @_;
	for my $u (@tables) {
		$u->{fks} = [grep { $_->{ref} ne $t->{name} ||
		    ($_->{refcol} // '') ne $col } @{$u->{fks}}];
	}
}
sub rename_col {
	my ($t, $c, $new) = @_;
	my $old = $c->{name};
	push @{$delta{$t->{name}}}, 'rename ' . q_($old) . ' to ' . q_($new);
	$c->{name} = $new;
	for my $k (qw(checks idx uniq fks)) {
		$_->{col} eq $old and $_->{col} = $new for @{$t->{$k}};
	}
	for (@{$t->{fks}}) { $_->{col2} = $new if ($_->{col2} // '') eq $old }
	for (@{$t->{cols}}) { $_->{of} = $new if ($_->{of} // '') eq $old }
	for my $k (map { @{$_->{fks}} } @tables) {
		$k->{refcol} = $new if $k->{ref} eq $t->{name} &&
		    ($k->{refcol} // '') eq $old;
	}
	for (@funcs) {
		$_->{col} = $new if $_->{table} eq $t->{name} &&
		    ($_->{col} // '') eq $old;
	}
	my ($first) = grep { $renamed{$_} eq "$t->{name}.$old" } keys %renamed;
	$renamed{$first || "$t->{name}.$old"} = "$t->{name}.$new";
	propagate($t->{name}, $old, $new);
}
sub cols_of {	# names of what a view or table offers
	my ($name) = @_;
	for (@tables) {
		return ('id', map { $_->{name} } @{$_->{cols}}) if $_->{name} eq $name;
	}
	for (@views) { return @{$_->{cols}} if $_->{name} eq $name }
	return ();
}
sub new_view {
	my @over = ((map { $_->{name} } @tables), (map { $_->{name} } @views));
	my $over = pick(@over);
	my @c = cols_of($over);
	my @take = grep { $_ eq 'id' || chance(60) } @c;
	push @take, $c[0] unless @take;
	push @views, { name => 'w.' . name('v'), over => $over,
		cols => [@take], where => chance(30) ? "$take[0] is not null" : '',
		wcol => $take[0], grant => chance(40) };
}
sub new_func {
	my $t = pick(@tables);
	push @funcs, { name => 'w.' . name('f'), table => $t->{name},
		col => chance(60) ? pick(@{$t->{cols}})->{name} : undef,
		kind => pick('sql', 'plpgsql', 'atomic'), ret => 'bigint',
		n => 1 };
}

# What reads a column of a table or view, directly or not, loses or renames it.
sub propagate {
	my ($of, $col, $to) = @_;
	for my $v (grep { $_->{over} eq $of } @views) {
		my $had = grep { $_ eq $col } @{$v->{cols}};
		if (defined $to) {
			$_ eq $col and $_ = $to for @{$v->{cols}};
			$v->{wcol} = $to if $v->{wcol} eq $col;
		} else {
			$v->{cols} = [grep { $_ ne $col } @{$v->{cols}}];
			if ($v->{wcol} eq $col) { $v->{where} = ''; $v->{wcol} = '' }
		}
		propagate($v->{name}, $col, $to) if $had;
	}
	if (!defined $to) {	# a view without columns is no view
		for my $v (grep { !@{$_->{cols}} } @views) {
			drop_view($v->{name});
		}
	}
}
sub drop_view {
	my ($name) = @_;
	my @on = map { $_->{name} } grep { $_->{over} eq $name } @views;
	drop_view($_) for @on;
	@views = grep { $_->{name} ne $name } @views;
}

my @edits = (
	[20, sub {	# add a column
		my $t = pick(@tables);
		push @{$t->{cols}}, col();
	}],
	[6, sub {	# not null without default: declared with a value
		my $t = pick(@tables);
		my $c = { name => name('n'), type => pick('int', 'text', 'date') };
		$c->{notnull} = 1;
		push @{$t->{cols}}, $c;
		push @{$delta{$t->{name}}}, "add $c->{name} '$c->{type} not null' " .
		    value($c->{type});
	}],
	[10, sub {	# drop a column
		my $t = pick(@tables);
		return if @{$t->{cols}} < 2;
		my $c = pick(@{$t->{cols}});
		my @go = ((grep { ($_->{of} // '') eq $c->{name} }
		    @{$t->{cols}}), $c);
		return if @go == @{$t->{cols}};
		for my $c (@go) {
			my $n = $c->{name};
			$t->{cols} = [grep { $_ != $c } @{$t->{cols}}];
			unkey($t, $n);
			for my $k (qw(checks idx uniq)) {
				$t->{$k} = [grep { $_->{col} ne $n } @{$t->{$k}}];
			}
			$t->{fks} = [grep { $_->{col} ne $n &&
			    ($_->{col2} // '') ne $n } @{$t->{fks}}];
			for (@funcs) {
				$_->{col} = undef if $_->{table} eq $t->{name} &&
				    ($_->{col} // '') eq $n;
			}
			push @{$delta{$t->{name}}}, 'drop ' . q_($n);
			propagate($t->{name}, $n, undef);
		}
	}],
	[12, sub {	# rename a column
		my $t = pick(@tables);
		my $c = pick(@{$t->{cols}});
		return if $touched{"$t->{name}.$c->{name}"};
		rename_col($t, $c, name('r', 'Ren'));
	}],
	[3, sub {	# two columns take each other's names
		my $t = pick(@tables);
		my ($c, $d) = (pick(@{$t->{cols}}), pick(@{$t->{cols}}));
		return if $c == $d || grep { $touched{"$t->{name}.$_->{name}"} ||
		    $_->{fresh} } $c, $d;
		my ($x, $y) = ($c->{name}, $d->{name});
		rename_col($t, $c, name('swap'));
		rename_col($t, $d, $x);
		rename_col($t, $c, $y);
	}],
	[4, sub {	# a column that is computed
		my $t = pick(@tables);
		my @c = grep { $_->{type} =~ /int$/ && !$_->{of} } @{$t->{cols}};
		return unless @c;
		my $c = pick(@c);
		push @{$t->{cols}}, { name => name('g', 'Gen'),
			type => 'numeric', of => $c->{name}, n => 1 + rnd(9) };
	}],
	[2, sub { new_enum() if @enums < 3 }],
	[5, sub {	# a value more
		return unless @enums;
		my $e = pick(@enums);
		splice @{$e->{values}}, 1 + rnd(scalar @{$e->{values}}), 0,
		    name('val');
	}],
	[3, sub {	# a partition more
		my @p = grep { $_->{parts} } @tables;
		return unless @p;
		my $t = pick(@p);
		my $last = $t->{parts}[-1][1];
		push @{$t->{parts}}, [$last, $last + 1000];
	}],
	[4, sub {	# foreign key of two columns
		my $i = 1 + rnd(@tables - 1);
		my ($t, $u) = ($tables[$i], $tables[rnd($i)]);
		return unless @{$u->{uniq}};
		my $k = pick(@{$u->{uniq}});
		my ($of) = grep { $_->{name} eq $k->{col} } @{$u->{cols}};
		return if $of->{of};
		my @c = map { { name => name('k'), type => $_ } } 'int',
		    $of->{type};
		push @{$t->{cols}}, @c;
		push @{$t->{fks}}, { col => $c[0]{name}, col2 => $c[1]{name},
			ref => $u->{name}, refcol => $k->{col},
			act => pick('', ' on update cascade') };
	}],
	[8, sub {	# widen a type
		my $t = pick(@tables);
		my @w = grep { $wider{$_->{type}} && !$_->{of} &&
		    !is_key($t, $_->{name}) } @{$t->{cols}};
		return unless @w;
		my $c = pick(@w);
		$c->{type} = pick(@{$wider{$c->{type}}});
	}],
	[8, sub {	# default
		my $t = pick(@tables);
		my $c = pick(@{$t->{cols}});
		return if $c->{of} || is_key($t, $c->{name});
		# what rows get that are there already has to be said
		return if $c->{fresh} && $c->{notnull};
		if ($c->{default}) { delete $c->{default} }
		else { $c->{default} = value($c->{type}) }
	}],
	[8, sub {	# not null, with the values declared
		my $t = pick(@tables);
		my $c = pick(@{$t->{cols}});
		return if $c->{of} || is_key($t, $c->{name});
		if ($c->{notnull}) { delete $c->{notnull} }
		else {
			$c->{notnull} = 1;
			(my $v = value($c->{type})) =~ s/'/''/g;
			my $n = q_($c->{name});
			push @{$delta{$t->{name}}},
			    "update $n 'coalesce($n, $v)'";
			$touched{"$t->{name}.$c->{name}"} = 1;
			for (grep { ($_->{of} // '') eq $c->{name} } @{$t->{cols}}) {
				$touched{"$t->{name}.$_->{name}"} = 1;
			}
		}
	}],
	[8, sub {	# check
		my $t = pick(@tables);
		if (@{$t->{checks}} && chance(50)) { pop @{$t->{checks}} }
		else {
			my $c = pick(@{$t->{cols}});
			push @{$t->{checks}}, { col => $c->{name},
				name => chance(40) ? name('ck') : '',
				inline => chance(50), n => rnd(1000) };
		}
	}],
	[5, sub {	# unique, together with the key
		my $t = pick(@tables);
		if (@{$t->{uniq}} && chance(50)) {
			unkey($t, $t->{uniq}[-1]{col});
			pop @{$t->{uniq}};
		}
		else {
			my @c = grep { $_->{type} ne 'jsonb' } @{$t->{cols}};
			return unless @c;
			my $c = pick(@c);
			return if grep { $_->{col} eq $c->{name} } @{$t->{uniq}};
			push @{$t->{uniq}}, { col => $c->{name} };
		}
	}],
	[6, sub {	# foreign key
		# to a table made before it: declared circles are refused
		my $i = 1 + rnd(@tables - 1);
		my ($t, $u) = ($tables[$i], $tables[rnd($i)]);
		my $c = { name => name('k'), type => 'int' };
		push @{$t->{cols}}, $c;
		push @{$t->{fks}}, { col => $c->{name}, ref => $u->{name},
			act => pick('', ' on delete cascade', ' deferrable') };
	}],
	[4, sub { my $t = pick(@tables);	# foreign key goes
		pop @{$t->{fks}}; }],
	[5, sub {	# index
		my $t = pick(@tables);
		if (@{$t->{idx}} && chance(40)) { pop @{$t->{idx}} }
		else {
			my @c = grep { $_->{type} ne 'jsonb' } @{$t->{cols}};
			return unless @c;
			push @{$t->{idx}}, { name => name('ix'),
				col => pick(@c)->{name} };
		}
	}],
	[8, sub { new_view() }],
	[8, sub {	# view's columns
		return unless @views;
		my $v = pick(@views);
		my @more = grep { my $n = $_; !grep { $_ eq $n } @{$v->{cols}} }
		    cols_of($v->{over});
		if (@more && chance(60)) {
			if (chance(50)) { push @{$v->{cols}}, pick(@more) }
			else { unshift @{$v->{cols}}, pick(@more) }
		} elsif (@{$v->{cols}} > 1) {
			my $c = $v->{cols}[-1];
			pop @{$v->{cols}};
			propagate($v->{name}, $c, undef);
		}
	}],
	[4, sub {	# view's condition, grant
		return unless @views;
		my $v = pick(@views);
		$v->{wcol} = $v->{cols}[0];
		$v->{where} = $v->{where} ? '' : "$v->{wcol} is not null";
		$v->{grant} = !$v->{grant} if chance(50);
	}],
	[3, sub { drop_view(pick(@views)->{name}) if @views }],
	[6, sub { new_func() }],
	[5, sub {	# function
		return unless @funcs;
		my $f = pick(@funcs);
		if (chance(60)) { $f->{n}++ }
		else { $f->{ret} = $f->{ret} eq 'bigint' ? 'numeric' : 'bigint' }
	}],
	[2, sub { pop @funcs }],
	[5, sub { new_table() if @tables < 8 }],
	[2, sub { $_->{space} = rnd(5) for @tables }],
);

sub source {
	my $s = "module walk\nschema w {} {} -grant public\n";
	for my $e (@enums) {
		$s .= "other $e->{name} w {create type $e->{name} as enum (" .
		    join(', ', map { "'$_'" } @{$e->{values}}) .
		    ")} {drop type if exists $e->{name}}\n";
	}
	for my $t (@tables) {
		my @deps = ('w', (map { $_->{ref} } @{$t->{fks}}),
		    grep { my $n = $_; grep { $_->{name} eq $n } @enums }
		    map { $_->{type} } @{$t->{cols}});
		my %seen;
		my $sep = "\n" . (' ' x (4 + ($t->{space} || 0))) . ', ';
		my @e = ('id int primary key');
		for my $c (@{$t->{cols}}) {
			my $e = q_($c->{name}) . " $c->{type}";
			$e .= ' generated always as (' . q_($c->{of}) .
			    " * $c->{n}) stored" if $c->{of};
			$e .= ' not null' if $c->{notnull};
			$e .= " default $c->{default}" if $c->{default};
			for my $k (grep { $_->{inline} && $_->{col} eq $c->{name} }
			    @{$t->{checks}}) {
				$e .= " constraint $k->{name}" if $k->{name};
				$e .= ' check (' . q_($c->{name}) . "::text <> '$k->{n}')";
			}
			for my $k (grep { $_->{col} eq $c->{name} && !$_->{col2} }
			    @{$t->{fks}}) {
				$e .= " references $k->{ref}$k->{act}";
			}
			push @e, $e;
		}
		for my $k (grep { !$_->{inline} } @{$t->{checks}}) {
			push @e, ($k->{name} ? "constraint $k->{name} " : '') .
			    'check (' . q_($k->{col}) . "::text <> '$k->{n}')";
		}
		push @e, "unique (id, " . q_($_->{col}) . ')' for @{$t->{uniq}};
		push @e, 'foreign key (' . q_($_->{col}) . ', ' . q_($_->{col2}) .
		    ") references $_->{ref} (id, " . q_($_->{refcol}) . ")$_->{act}"
		    for grep { $_->{col2} } @{$t->{fks}};
		my $body = join $sep, @e;
		$body = "create table $t->{name} (\n    $body\n) partition by " .
		    'range (id)' if $t->{parts};
		$s .= "table $t->{name} {" .
		    join(' ', grep { !$seen{$_}++ && $_ ne $t->{name} } @deps) .
		    "} {\n    $body\n}\n";
		for my $p (@{$t->{parts} // []}) {
			my $n = "$t->{name}_$p->[0]";
			$s .= "table $n $t->{name} {create table $n partition of " .
			    "$t->{name} for values from ($p->[0]) to ($p->[1])}\n";
		}
		for my $i (@{$t->{idx}}) {
			my $c = q_($i->{col});
			$s .= "index $i->{name} $t->{name} " .
			    "{create index $i->{name} on $t->{name} ($c)} " .
			    "{drop index if exists w.$i->{name}}\n";
		}
	}
	for my $v (@views) {
		$s .= "view $v->{name} $v->{over} {select " .
		    join(', ', map { q_($_) } @{$v->{cols}}) .
		    " from $v->{over}" .
		    ($v->{where} ? ' where ' . q_($v->{wcol}) . ' is not null' : '') .
		    '}' . ($v->{grant} ? ' -grant public' : '') . "\n";
	}
	for my $f (@funcs) {
		my $what = defined $f->{col} ? q_($f->{col}) : '*';
		my $body = "select count($what)::$f->{ret} + $f->{n} " .
		    "from $f->{table}";
		my $text = $f->{kind} eq 'atomic' ?
		    "language sql begin atomic $body; end" : "language $f->{kind} " .
		    'as $$ ' . ($f->{kind} eq 'sql' ? $body :
		    "begin return ($body); end") . ' $$';
		$s .= "function {$f->{name}()} $f->{table} " .
		    "{returns $f->{ret} $text}\n";
	}
	return $s;
}

sub delta {
	my @t;
	for my $n (sort keys %delta) {
		push @t, "\"$n\": [" . join(', ', map {
			(my $x = $_) =~ s/(["\\])/\\$1/g; "\"$x\"" } @{$delta{$n}}) . ']';
	}
	return '{' . join(",\n", @t) . "}\n";
}

sub put {
	my ($file, $text) = @_;
	open my $f, '>', $file or die "$file: $!\n";
	print $f $text;
	close $f or die "$file: $!\n";
}

# Queries that must give the same before and after the step.
sub keep {
	my ($before) = @_;
	my $s = '';
	for my $t (@tables) {
		my $old = $before->{$t->{name}} or next;
		my (@a, @b);
		for my $c (@$old) {
			next if $touched{"$t->{name}.$c->[0]"};
			my $to = $renamed{"$t->{name}.$c->[0]"};
			my $now = $to ? (split /\./, $to)[2] : $c->[0];
			my ($is) = grep { $_->{name} eq $now } @{$t->{cols}};
			next unless $is && !$touched{"$t->{name}.$now"};
			push @a, q_($c->[0]) . '::text';
			push @b, q_($now) . '::text';
		}
		my $q = "select count(*), md5(coalesce(string_agg(concat_ws('|', id%s), " .
		    "',' order by id), '')) from $t->{name}";
		$s .= sprintf($q, join '', map { ", $_" } @a) . "\t" .
		    sprintf($q, join '', map { ", $_" } @b) . "\n";
	}
	return $s;
}

sub rows {	# a few rows for each table, where its checks allow them
	my ($step) = @_;
	my $s = '';
	for my $t (@tables) {
		my @c = grep { my $c = $_; !$c->{of} && !grep {
		    $_->{col} eq $c->{name} || ($_->{col2} // '') eq $c->{name} }
		    @{$t->{fks}} } @{$t->{cols}};
		for my $i (1 .. 2) {
			my $id = $step * 10 + $i;
			$s .= "insert into $t->{name} (id" .
			    join('', map { ', ' . q_($_->{name}) } @c) . ") values ($id" .
			    join('', map { $_->{notnull} || chance(70) ?
				', ' . value($_->{type}) : ', null' } @c) .
			    ") on conflict do nothing;\n";
		}
	}
	return $s;
}

new_enum();
new_table() for 1 .. 3;
new_view() for 1 .. 3;
new_func() for 1 .. 2;
my $rows = '';
for my $n (0 .. $steps) {
	my %before;
	%renamed = %touched = ();
	for my $t (@tables) { delete $_->{fresh} for @{$t->{cols}} }
	$before{$_->{name}} = [map { [$_->{name}] } @{$_->{cols}}] for @tables;
	if ($n > 0) {
		for (1 .. 1 + rnd(4)) {
			my $sum = 0;
			$sum += $_->[0] for @edits;
			my $r = rnd($sum);
			for my $e (@edits) {
				if (($r -= $e->[0]) < 0) { $e->[1]->(); last }
			}
		}
	}
	mkdir "$dir/$n" or die "$dir/$n: $!\n";
	put("$dir/$n/w.wms", source());
	put("$dir/$n/Wyseman.delta", delta()) if %delta;
	put("$dir/$n/rows.sql", $rows);
	put("$dir/$n/keep.sql", $n > 0 ? keep(\%before) : '');
	$rows = rows($n);
}
