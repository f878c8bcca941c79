#!/bin/bash
# What the README and the manual pages show works as it is shown.
. "$(dirname "$0")/../lib.sh"
export PGDATABASE NO_COLOR=1
unset PGDATABASE

# commands FILE - each example's command, then what it is to print, both ended
# by NUL. A command begins with "$ "; in a manual page, lines behind it that
# begin with a blank belong to it.
commands() {
	perl -e '
		my ($file) = @ARGV;
		my $man = $file =~ /\.[1-9]$/;
		my ($in, @list);
		open my $f, "<", $file or die "$file: $!\n";
		while (<$f>) {
			if ($man ? /^\.Sh / : /^```/) {
				$in = $man ? /^\.Sh EXAMPLES/ : /^```console/;
				next;
			}
			next if !$in;
			if ($man) {
				s/\\e/\\/g;
				s/\\([-&])/$1 eq "&" ? "" : $1/ge;
			}
			if (/^\$ (.*)/) {
				push @list, [ $1, "" ];
			} elsif (@list && $man) {
				$list[-1][0] .= "\n$_" if /^ /;
			} elsif (@list) {
				$list[-1][1] .= $_;
			}
		}
		print map { "$_->[0]\0$_->[1]\0" } @list;
	' "$1"
}

# run_all FILE - run its commands one after the other in this shell.
run_all() {
	local command wanted rc n=0
	while IFS= read -r -d '' command && IFS= read -r -d '' wanted; do
		n=$((n + 1))
		set +u
		eval "$command" >"$tmp/got" 2>&1 </dev/null
		rc=$?
		set -u
		printf '%s' "$wanted" >"$tmp/wanted"
		if [[ $1 == *.md && -s $tmp/wanted ]]; then
			is_file "$tmp/got" "$tmp/wanted" \
			    "${1##*/}: ${command%%$'\n'*}"
			[[ $wanted == *error:* ]] || [ $rc = 0 ] ||
			    fail "${1##*/}: status $rc: $command"
		else
			tap $((rc != 0)) "${1##*/}: ${command%%$'\n'*}" ||
			    diag "$(cat "$tmp/got")"
		fi
	done < <(commands "$1")
	[ $n -gt 0 ] || fail "$1 has no examples"
}

empty_db() {
	psql -Xqc 'drop database if exists wm_sample with (force)' postgres \
	    2>/dev/null
}

mkdir "$tmp/readme" && ln -s "$TESTS" "$tmp/readme/tests"
cd "$tmp/readme" || exit 3
empty_db
run_all "$TOP/README.md"

for page in "$TOP"/man/*.[1-9]; do
	rm -rf "$tmp/page"
	cp -R "$TESTS/sample" "$tmp/page" && cd "$tmp/page" || exit 3
	empty_db
	createdb -T template0 wm_sample
	export PGDATABASE=wm_sample
	if [[ $page != */wm-schema.5 ]]; then
		run_all "$page"
		continue
	fi

	# Its examples are sources.
	{
		printf 'module app\nschema app {} {}\n'
		perl -ne '
			$ex = /EXAMPLES/ if /^\.Sh /;
			$in = 0 if /^\.Ed/;
			print if $ex && $in;
			$in = 1 if /^\.Bd/;
		' "$page"
	} >all.wms
	ok "wm-schema.5: the examples are correct sources" \
	    wm-parse -W error all.wms
	wm-parse all.wms | wm-diff | wm-apply >"$tmp/got" 2>&1
	is "$(psql -Atc 'select count(*) from wm.objects where module = $$app$$')" \
	    "$(grep -c '^{"obj_typ"' <(wm-parse all.wms))" \
	    "wm-schema.5: the examples can be built"
done
cd /
empty_db
done_testing
