# The only makefile. Modes: dev (default), rel, asan, cov; objects of each go
# to build/MODE, so that modes coexist.
#
#   make            build all programs        make check   run all tests
#   make demo       see it work               make bench   measure
#   make deps       install what is needed    make lint    static checks
#   make install DESTDIR= prefix=/usr/local

# short lines by default; V=1 shows the commands
ifeq ($(V),1)
say := @:
else
say := @printf '  %s %s\n'
Q := @
endif

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

MODE ?= dev
B := build/$(MODE)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
datadir ?= $(prefix)/share/wm-tools
VERSION := 0.1

tools := wm-parse wm-diff wm-apply wm-migrate wm-release
PKG_CONFIG ?= pkg-config

# libpg_query brings no .pc file, and its header needs protobuf-c's
libs_wm-parse := yajl libxxhash tcl yaml-0.1
libs_wm-diff := yajl libxxhash libpq libcrypto zlib
libs_wm-apply := yajl libxxhash libpq libcrypto
libs_wm-migrate := yajl libxxhash libpq libcrypto zlib
libs_wm-release := yajl libxxhash zlib
libs_unit := yajl libxxhash libpq libcrypto libarchive zlib
# loaded by the first call into them (common/late.h)
late_wm-diff := late archive
late_wm-release := late archive crypto pq
all_libs := yajl libxxhash tcl libpq libcrypto libarchive zlib yaml-0.1

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
flags_dev := -O1 -g -Werror -DWM_FAULTS
flags_rel := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
flags_asan := -O1 -g -Werror -DWM_FAULTS -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
flags_cov := -O0 -g --coverage -DWM_FAULTS
ldflags_asan := -fsanitize=address,undefined
ldflags_cov := --coverage
ifeq ($(flags_$(MODE)),)
$(error MODE is one of dev, rel, asan, cov)
endif

cflags = -std=c11 $(warnings) $(flags_$(MODE)) -pthread -Icommon -I$B/gen \
	-DWM_VERSION='"$(VERSION)"' \
	$(shell $(PKG_CONFIG) --cflags $(all_libs) 2>/dev/null) \
	$(CPPFLAGS) $(CFLAGS)
cflags := $(cflags)
ldflags = $(ldflags_$(MODE)) -pthread -Wl,--as-needed $(LDFLAGS)

common_src := $(wildcard common/*.c)
common_obj := $(common_src:%.c=$B/%.o) $B/gen/embed.o
unit_src := $(wildcard tests/unit/*.c)
units := $(unit_src:tests/unit/%.c=$B/unit/%)
bins := $(tools:%=$B/bin/%)
mans := $(wildcard man/*.[15])

all: $(bins)

obj_of = $(patsubst %.c,$B/%.o,$(wildcard $1/*.c))
define tool_rule
$B/bin/$1: $(call obj_of,$1) $(late_$1:%=$B/common/late/%.o) \
    $(if $(filter wm-parse,$1),,$B/libwm-schema.a) $B/libwm.a
	@mkdir -p $$(@D)
	$(say) LD $$@
	$(Q)$(CC) $(ldflags) -o $$@ $$^ -lpg_query \
	    $$(shell $(PKG_CONFIG) --libs $(libs_$1))
endef
$(foreach t,$(tools),$(eval $(call tool_rule,$t)))

$B/libwm.a: $(filter-out $B/gen/embed.o,$(common_obj))
	@rm -f $@
	$(say) AR $@
	$(Q)$(AR) rcs $@ $^

# The record's SQL and the dictionary, which is parsed by the wm-parse just
# built, are part of the programs: they run without installed files.
$B/libwm-schema.a: $B/gen/embed.o
	@rm -f $@
	$(say) AR $@
	$(Q)$(AR) rcs $@ $^

dictionary := common/dictionary/tables.wms common/dictionary/natives.wms \
	common/dictionary/views.wms
$B/gen/dictionary.json: $(dictionary) $B/bin/wm-parse
	@mkdir -p $(@D)
	$(Q)cd common/dictionary && $(CURDIR)/$B/bin/wm-parse \
	    $(notdir $(dictionary)) >$(CURDIR)/$@

sql_files := $(wildcard common/*.sql wm-diff/sql/*.sql wm-apply/sql/*.sql \
	wm-release/doc/*.css wm-release/doc/*.js \
	wm-release/sql/*.sql)
$B/gen/embed.c: common/embed.pl $(sql_files) $B/gen/dictionary.json
	$(Q)perl common/embed.pl $(sql_files) $B/gen/dictionary.json >$@

$B/gen/embed.o: $B/gen/embed.c $B/flags
	$(say) CC $@
	$(Q)$(CC) $(cflags) -MMD -MP -c -o $@ $<

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(cflags) -MMD -MP -c -o $@ $<

$B/unit/%: $B/tests/unit/%.o $B/libwm-schema.a $B/libwm.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ldflags) -o $@ $^ -lpg_query \
	    $$($(PKG_CONFIG) --libs $(libs_unit))

$B/flags: FORCE
	@mkdir -p $B; echo '$(CC) $(subst ','\'',$(cflags))' | cmp -s - $@ || \
	    echo '$(CC) $(subst ','\'',$(cflags))' >$@

-include $(wildcard $B/*/*.d $B/*/*/*.d)

deps:
	tests/deps

# tests/deps first: the flags of a bare machine are found in a second make
check check-long: deps
	$(MAKE) MODE=$(MODE) all units
	$(if $(filter check-long,$@),WM_LONG=1) tests/run --mode $(MODE) $(TESTS)

units: $(units)

accept: all
	WM_ACCEPT=1 tests/run --mode $(MODE) cli

demo: deps
	@$(MAKE) --no-print-directory -s MODE=rel all
	tests/demo

bench: deps
	@$(MAKE) --no-print-directory -s MODE=rel all
	tests/bench $(BENCH)

lint:
	tests/deps lint
	$(MAKE) MODE=$(MODE) all
	tests/lint --mode $(MODE)

install:
	$(MAKE) MODE=rel all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
	    $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(datadir)
	install -m 755 $(tools:%=build/rel/bin/%) $(DESTDIR)$(bindir)
	install -m 644 $(filter %.1,$(mans)) $(DESTDIR)$(mandir)/man1
	install -m 644 $(filter %.5,$(mans)) $(DESTDIR)$(mandir)/man5
	install -m 644 $(dictionary) common/boot.sql $(DESTDIR)$(datadir)

clean:
	rm -rf build

print-cflags:
	@echo '$(subst ','\'',$(cflags))'

FORCE:
.PHONY: all deps check check-long units accept demo bench lint install clean \
	print-cflags FORCE
