# tables.pl - what tables.t does with its cases: prepare FILE DIR, judge DIR.
#
# A case begins with "== NAME"; lines "KEY: VALUE" follow, and lines that begin
# with white space continue the value. "@" stands for the case's own schema
# and module (c001). "step:" begins another change of the same case.
#
#   old, new      columns of table @.t; without new, the table stays
#   old=, new=    the whole Tcl that makes the table (also others)
#   pre, post     Tcl before and behind the table, at all steps
#   old+, new+    Tcl behind the table, at that step
#   rows          "(...), (...)" for @.t, or SQL
#   sql           SQL run in the old database: what nobody declared
#   also          SQL run in the fresh database, to be equal to that
#   delta         a migration of @.t; one a line, added to those before
#   delta TABLE   of another table
#   undelta       forget the migrations of the steps before
#   is            QUERY => ROWS, columns divided by "|", rows by " / "
#   refused       exit 4, with this in the message; nothing changes
#   fails         the same with another status
#   free          @.t keeps its file: nothing is written anew
#   steps         number of the plan's steps besides the record
#   plan, noplan  pattern that the plan's SQL has to match, or not
#   ignore        pattern of lines of the catalog that may differ
use strict;
use warnings;
use JSON::PP;

my ($verb, @args) = @ARGV;

sub put {
	my ($path, $text) = @_;
	open my $f, '>:raw', $path or die "$path: $!\n";
	print $f $text;
	close $f or die "$path: $!\n";
}

sub get {
	my ($path) = @_;
	open my $f, '<:raw', $path or return '';
	local $/;
	my $s = <$f>;
	return $s // '';
}

# The file of cases as a list of { name, steps => [{key => [values]}] }.
sub cases {
	my ($file) = @_;
	my ($case, $value, @all);
	open my $f, '<:raw', $file or die "$file: $!\n";
	while (<$f>) {
		next if /^#/ || /^$/;
		if (/^== (.*)$/) {
			$case = { name => $1, steps => [{}] };
			push @all, $case;
			$value = undef;
		} elsif (/^step:/) {
			push @{$case->{steps}}, {};
			$value = undef;
		} elsif (/^(\w+[=+]?(?: [^:]+?)?):[ \t]*(.*)$/s) {
			my ($k, $v) = ($1, $2);
			push @{$case->{steps}[-1]{$k}}, $v;
			$value = \$case->{steps}[-1]{$k}[-1];
		} elsif (/^\s/ && $value) {
			$$value .= $_;
		} else {
			die "$file:$.: what is this: $_";
		}
	}
	return @all;
}

sub one {
	my ($step, $key) = @_;
	return $step->{$key} ? join('', @{$step->{$key}}) : undef;
}

sub prepare {
	my ($file, $dir, $only) = @_;
	my ($n, $rows, $also, $checks) = (0, '', '', '');
	for my $case (cases($file)) {
		my $id = sprintf 'c%03d', ++$n;
		next if defined $only && $only ne '' &&
		    $case->{name} !~ /$only/ && $id ne $only;
		my $sub = sub {
			my ($s) = @_;
			$s =~ s/\@(?=[\s._})"',;(]|$)/$id/g if defined $s;
			return $s;
		};
		mkdir "$dir/$id";
		put "$dir/$id/name", $case->{name};
		my ($whole, $last, %delta);
		my $first = $case->{steps}[0];
		my $pre = $sub->(one($first, 'pre')) // '';
		my $post = $sub->(one($first, 'post')) // '';
		my $stage = 0;
		my $write = sub {
			my ($extra) = @_;
			mkdir "$dir/$id/$stage";
			put "$dir/$id/$stage/$id.wms", "module $id\n" .
			    "schema $id {}\n$pre\n$whole\n$post\n" .
			    ($extra // '') . "\n";
			put "$dir/$id/$stage/Wyseman.delta",
			    JSON::PP->new->latin1->pretty->encode(\%delta)
			    if %delta;
		};
		my $table = sub {
			my ($step, $key) = @_;
			my $w = one($step, "$key=");
			my $b = one($step, $key);
			$whole = $sub->($w) if defined $w;
			$whole = "table $id.t $id {\n" . $sub->($b) . "\n}"
			    if defined $b;
		};
		$table->($first, 'old');
		$write->($sub->(one($first, 'old+')));
		my $r = $sub->(one($first, 'rows'));
		my $s = $sub->(one($first, 'sql'));
		$r = "insert into $id.t values $r" if defined $r && $r =~ /^\(/;
		$rows .= "\\echo $id\n";
		$rows .= "$r\n;\n" if defined $r;
		$rows .= "$s\n;\n" if defined $s;
		for my $step (@{$case->{steps}}) {
			$stage++;
			%delta = () if $step->{undelta};
			$table->($step, 'new');
			for my $k (sort keys %$step) {
				next unless $k =~ /^delta(?: (.*))?$/;
				my $t = $sub->($1 // '@.t');
				push @{$delta{$t}}, map { chomp; $sub->($_) }
				    @{$step->{$k}};
			}
			$write->($sub->(one($step, 'new+')));
			for my $k (qw(refused fails free steps plan noplan
			    ignore)) {
				put "$dir/$id/$stage/$k", join "\n",
				    map { chomp; $sub->($_) } @{$step->{$k}}
				    if $step->{$k};
			}
			my $a = $sub->(one($step, 'also'));
			$also .= "\\echo $id\n$a\n;\n" if defined $a;
		}
		put "$dir/$id/stages", $stage;
		# what is asked at the end, whatever step it stands at
		for my $step (@{$case->{steps}}) {
			for my $q (@{$step->{is} // []}) {
				chomp(my $x = $q);
				$x =~ /^(.*?)\s+=>\s*(.*)$/s or
				    die "$case->{name}: $q";
				my ($query, $want) = ($sub->($1), $sub->($2));
				$checks .= "\\echo \@\@$id\n$query\n;\n";
				open my $f, '>>', "$dir/$id/wanted";
				print $f "$want\n";
				close $f;
			}
		}
	}
	put "$dir/rows.sql", $rows;
	put "$dir/also.sql", $also;
	put "$dir/checks.sql", $checks;
}

# Lines of a file by the case they belong to.
sub by_case {
	my ($path) = @_;
	my %of;
	for my $line (split /\n/, get($path)) {
		$of{$1}{$line} = 1 while $line =~ /\b(c\d\d\d)(?![a-z0-9])/g;
	}
	return \%of;
}

sub compare {
	my ($want, $got, $ignore, $what) = @_;
	my @out;
	for my $l (sort keys %{{%{$want // {}}, %{$got // {}}}}) {
		next if defined $ignore && $l =~ /$ignore/;
		next if $want->{$l} && $got->{$l};
		push @out, ($want->{$l} ? "- $l" : "+ $l");
	}
	unshift @out, $what if @out;
	return @out;
}

# Answers to the checks: per case, one text a query.
sub answers {
	my ($path) = @_;
	my (%of, $id);
	for (split /\n/, get($path)) {
		if (/^\@\@(c\d+)$/) {
			$id = $1;
			push @{$of{$id}}, [];
		} elsif ($id) {
			push @{$of{$id}[-1]}, $_;
		}
	}
	return \%of;
}

sub wrong_answers {
	my ($dir, $id, $got) = @_;
	my @wanted = split /\n/, get("$dir/$id/wanted"), -1;
	my @out;
	pop @wanted if @wanted;
	for my $i (0 .. $#wanted) {
		my $have = join ' / ', @{$got->{$id}[$i] // ['(none)']};
		push @out, "query " . ($i + 1) . ": $have",
		    "expected: $wanted[$i]" if $have ne $wanted[$i];
	}
	return @out;
}

sub relfiles {
	my %of = map { split /\|/, $_, 2 } grep { /\|/ }
	    split /\n/, get($_[0]);
	return \%of;
}

sub judge {
	my ($dir) = @_;
	my $fresh = by_case("$dir/fresh.cat");
	my $before = by_case("$dir/before.cat");
	my $after = by_case("$dir/after.cat");
	my $batch = by_case("$dir/batch.cat");
	my $got = answers("$dir/answers");
	my $got2 = answers("$dir/batch.answers");
	my ($rel0, $rel1) = (relfiles("$dir/before.rel"),
	    relfiles("$dir/after.rel"));
	my $still = get("$dir/still");
	my ($n, $failed) = (0, 0);
	for my $path (sort glob "$dir/c???") {
		my ($id) = $path =~ /(c\d+)$/;
		my $last = get("$path/stages");
		my $ok = get("$path/ok");
		my $ignore = -e "$path/$last/ignore" ?
		    get("$path/$last/ignore") : undef;
		my @out = split /\n/, get("$path/out");
		# a case whose every step is refused is as it was
		my $changed = grep { !-e "$path/$_/refused" &&
		    !-e "$path/$_/fails" } 1 .. $last;
		unless (@out) {
			push @out, compare($changed ? $fresh->{$id} :
			    $before->{$id}, $after->{$id}, $ignore,
			    $changed ? "upgraded is not like fresh" :
			    "refused, but it changed");
			push @out, compare($fresh->{$id}, $batch->{$id},
			    $ignore, "all at once is not like fresh")
			    if $changed && -s "$dir/batch.cat";
			push @out, wrong_answers($dir, $id, $got);
			push @out, map { "all at once: $_" }
			    wrong_answers($dir, $id, $got2)
			    if $changed && -s "$dir/batch.answers";
			push @out, "the table was written anew"
			    if -e "$path/1/free" && ($rel0->{"$id.t"} // 0) ne
			    ($rel1->{"$id.t"} // 1);
			push @out, "there is still something to do"
			    if $still =~ /\b$id(?![a-z0-9])/;
		}
		$n++;
		$failed++ if @out;
		print((@out ? 'not ok' : 'ok') . " $n - " .
		    get("$path/name") . " ($id)\n");
		print map { "# $_\n" } @out[0 .. ($#out > 30 ? 30 : $#out)];
	}
	my $err = get("$dir/batch.err");
	$n++;
	print(($err eq '' ? 'ok' : 'not ok') . " $n - all of them in one plan\n");
	print map { "# $_\n" } split /\n/, $err;
	print "1..$n\n";
	exit($failed || $err ne '' ? 1 : 0);
}

# What a plan's steps are: checks number and pattern.
sub plan {
	my ($dir, $path) = @_;
	my $p = eval { decode_json(get($path)) } or return;
	my @steps = grep { $_->{action} ne 'record' &&
	    ($_->{sql} // '') !~ /^select wm\./ } @{$p->{steps}};
	my $sql = join ";\n", map { $_->{sql} } @steps;
	if (-e "$dir/steps" && get("$dir/steps") != @steps) {
		print scalar(@steps), " steps, expected ", get("$dir/steps"),
		    "\n$sql\n";
	}
	for my $re (-e "$dir/plan" ? split /\n/, get("$dir/plan") : ()) {
		print "the plan has no $re:\n$sql\n" unless $sql =~ /$re/s;
	}
	for my $re (-e "$dir/noplan" ? split /\n/, get("$dir/noplan") : ()) {
		print "the plan has $re:\n$sql\n" if $sql =~ /$re/s;
	}
}

prepare(@args) if $verb eq 'prepare';
judge(@args) if $verb eq 'judge';
plan(@args) if $verb eq 'plan';
