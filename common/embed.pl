#!/usr/bin/perl
# embed.pl FILE... - write C source that holds each file as a string.
#
# FILE dir/some-name.ext becomes `const char embed_some_name_ext[]`, with its
# length in embed_some_name_ext_len; embed.h declares those in use.
use strict;
use warnings;

print "/* made by common/embed.pl */\n#include \"embed.h\"\n";
for my $file (@ARGV) {
	open my $in, '<:raw', $file or die "$file: $!\n";
	local $/;
	my $text = <$in>;
	(my $name = $file) =~ s{.*/}{};
	$name =~ s/\W/_/g;
	print "\nconst char embed_${name}[] = {\n";
	my $n = 0;
	for my $c (unpack 'C*', $text . "\0") {
		printf "%s%d,", ($n++ % 20 ? '' : "\n"), $c > 127 ? $c - 256 : $c;
	}
	printf "\n};\nconst size_t embed_${name}_len = %d;\n", length $text;
}
