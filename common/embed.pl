#!/usr/bin/perl
# embed.pl FILE... - write C source that holds each file as a string.
#
# FILE dir/some-name.ext becomes `const char embed_some_name_ext[]`, with its
# length in embed_some_name_ext_len; embed.h declares those in use. Where a file
# holds several queries, each under a line "--- WORD", each of them becomes an
# array, embed_some_name_WORD; what stands before the first is left out. A line
# "\ir OTHER", as psql has it, stands for the text of a file in the same folder.
use strict;
use warnings;

print "/* made by common/embed.pl */\n#include \"embed.h\"\n";

# array NAME TEXT
sub array {
	my ($name, $text) = @_;
	print "\nconst char embed_$name\[] = {\n";
	my $n = 0;
	for my $c (unpack 'C*', $text . "\0") {
		printf "%s%d,", ($n++ % 20 ? '' : "\n"), $c > 127 ? $c - 256 : $c;
	}
	printf "\n};\nconst size_t embed_${name}_len = %d;\n", length $text;
}

# text FILE - with what it includes.
sub text {
	my ($file) = @_;
	my ($dir) = $file =~ m{^(.*/)};
	open my $in, '<:raw', $file or die "$file: $!\n";
	local $/;
	return <$in> =~ s{^\\ir (\S+)\n}{text($dir . $1)}gemr;
}

for my $file (@ARGV) {
	my $text = text($file);
	(my $name = $file) =~ s{.*/}{};
	my (undef, @parts) = split /^--- (\w+)\n/m, $text;
	if (@parts) {
		$name =~ s/\.\w+$//;
		while (my ($word, $part) = splice @parts, 0, 2) {
			array("${name}_$word" =~ s/\W/_/gr, $part);
		}
		next;
	}
	$name =~ s/\W/_/g;
	array($name, $text);
}
