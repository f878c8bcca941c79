#!/usr/bin/perl
# mutate.pl SEED COUNT DIR FILE - FILE changed at random, COUNT times, as
# DIR/N.sql: bytes flipped, put in or taken out, the end cut off, statements
# swapped, left out or told twice. Equal arguments give equal files.
use strict;
use warnings;

my ($seed, $count, $dir, $file) = @ARGV;
open my $in, '<:raw', $file or die "$file: $!\n";
my $text = do { local $/; <$in> };
my @parts = split /(?<=;)\n/, $text;

# not rand(): its numbers are perl's own
my $state = $seed * 2654435761 % 4294967296;
sub pick {
	$state = ($state * 1103515245 + 12345) % 4294967296;
	return int($state / 65536) % $_[0];
}

my @odd = ("'", '"', '$$', '$a$', '/*', '*/', '--', "\\", "\\.", ';', '(', ')',
    "\n", "\t", ':x', '::', '0x', "\xc3", "\xf0\x9f", 'E\'', ',', '.', '@', '%');

sub bytes {
	my ($s) = @_;
	for (0 .. pick(4)) {
		my $at = pick(length($s) + 1);
		my $way = pick(4);
		if ($way == 0 && $at < length $s) {
			substr($s, $at, 1) = chr(1 + pick(255));
		} elsif ($way == 1) {
			substr($s, $at, 0) = $odd[pick(scalar @odd)];
		} elsif ($way == 2) {
			substr($s, $at, 1 + pick(20)) = '' if $at < length $s;
		} else {
			my $from = pick(length($s) + 1);
			substr($s, $at, 0) = substr($s, $from, pick(60));
		}
	}
	return $s;
}

for my $n (1 .. $count) {
	my $few = 3 + pick(12);
	my $at = pick(scalar @parts);
	my @some = map { $parts[($at + $_) % @parts] } 0 .. $few;
	my $way = pick(5);
	if ($way == 0) {
		my ($i, $k) = (pick(scalar @some), pick(scalar @some));
		@some[$i, $k] = @some[$k, $i];
	} elsif ($way == 1) {
		splice @some, pick(scalar @some), 1;
	} elsif ($way == 2) {
		push @some, $some[pick(scalar @some)];
	}
	my $s = join "\n", @some;
	$s = bytes($s) if $way >= 2;
	$s = substr $s, 0, pick(length $s) if pick(6) == 0;
	open my $out, '>:raw', "$dir/$n.sql" or die "$dir/$n.sql: $!\n";
	print $out $s;
	close $out or die "$dir/$n.sql: $!\n";
}
